"""
What stands in the day's digest of our own people.
"""

#: Of a case that our own mail system keeps in, why: in the manager's digest.
VERDICTS = {
    "spam_verdict": "our mail system took the complaint for spam, and nothing is sent",
    "dmarc_verdict": "the sender could not be proved, and nothing is sent",
}

#: status of a handler's answer -> what became of it, in their digest.
RELAYED = {
    "sent": "sent to the customer",
    "queued": "waiting to be sent",
    "deferred": "the mail server does not take it yet, and it is tried again",
    "uncertain": "the line was lost while it was sent, and it is tried again",
    "withheld": "written and kept in",
    "withdrawn": "withdrawn",
}
NOT_DELIVERED = "NOT delivered: please see the task about it"
