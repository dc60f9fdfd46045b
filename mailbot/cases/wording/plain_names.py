"""
What the names of the program are called: states, letters, kinds of message, proofs.
"""

from collections.abc import Mapping

from mailbot.cases.identity.match import Evidence
from mailbot.cases.identity.staff_mail import Proof, Wants
from mailbot.cases.identity.triage import Action
from mailbot.cases.obligation import ObligationState
from mailbot.cases.people.handlers import Role
from mailbot.cases.states import State
from mailbot.mail.message import Kind
from mailbot.mail.origin.host_proof import HostVerdict

STATES: Mapping[str, str] = {
    State.OPEN: "Open",
    State.AWAITING_CONFIRMATION: "Waiting for the customer to confirm the outcome",
    State.CLOSED: "Closed",
    State.NOT_A_COMPLAINT: "Not a complaint",
}

#: How a promise stands.
ENDS: Mapping[str, str] = {
    ObligationState.OPEN: "still open",
    ObligationState.MET: "kept",
    ObligationState.MET_LATE: "kept late",
    ObligationState.BREACHED: "broken",
    ObligationState.WITHDRAWN: "withdrawn",
}

ROLES: Mapping[str, str] = {
    Role.HANDLER: "case handler",
    Role.MANAGER: "customer service manager",
    Role.HEAD: "head of professional services",
    Role.ACCOUNT_MANAGER: "account manager",
    "complainant": "complainant",
}

#: template -> what the letter is
LETTERS = {
    "acknowledgement": "the acknowledgement",
    "introduction": "the introduction of the case handler",
    "follow-up": "the question when contact would suit",
    "contact-agreed": "the confirmation of the agreed contact time",
    "contact-missed": "the apology for a missed contact",
    "handler-reply": "the handler's answer",
    "call-summary": "the summary of a telephone call",
    "outcome": "the outcome",
    "confirm-reminder": "the question whether the outcome resolves the complaint",
    "closed": "the confirmation that the case is closed",
    "reopened": "the notice that the case is open again",
    "escalated": "the notice that the case has been escalated",
    "correction": "the notice that our records were corrected",
    "party": "the notice who else gets copies",
    "copy": "a copy of a letter to the customer",
    "not-complaint": "the notice that we do not treat it as a complaint",
    "adr-rights": "the letter about the right to independent help",
    "deadlock": "the deadlock letter",
    "credit": "the confirmation of a credit",
    "assignment": "the assignment to the handler",
    "customer-reply": "the customer's message, passed to the handler",
    "warning": "a warning that a promise is running out",
    "breach": "the notice that a promise is broken",
    "receipt": "the receipt for the handler's mail",
    "confirm-command": "the question whether a command is meant",
    "task": "a task",
    "held": "the notice of held mail",
    "digest": "the day's digest",
    "report": "the report of a month",
}

KINDS: Mapping[str, str] = {
    Kind.PERSON: "a person's message",
    Kind.STAFF: "a message of one of our people",
    Kind.AUTO_REPLY: "an automatic answer",
    Kind.OUT_OF_OFFICE: "an out-of-office answer",
    Kind.BOUNCE_HARD: "a notice that a mail could not be delivered",
    Kind.BOUNCE_SOFT: "a notice that a mail could not be delivered for now",
    Kind.BOUNCE_DELAY: "a notice that a mail is delayed",
    Kind.LIST: "mail from a list",
    Kind.OWN: "a mail of our own",
    Kind.NO_REPLY: "mail from an address that takes no answers",
    Kind.ABUSE_REPORT: "a report of abuse",
    Kind.READ_RECEIPT: "a read receipt",
    Kind.CHALLENGE: "a machine's question who we are",
    Kind.CALENDAR_REPLY: "an answer to a calendar entry",
    Kind.RECALL: "the recall of a message",
    Kind.REACTION: "a reaction to a message",
    Kind.SPAM: "what our own mail system does not trust",
}

#: What is done with a message.
ACTIONS: Mapping[str, str] = {
    Action.OPEN: "it opens a case of its own",
    Action.JOIN: "it joins the case as a further message",
    Action.NOTE: "it is added to the case and changes nothing else",
    Action.RELAY: "it goes on to the customer as the handler's answer",
    Action.ANSWER_STAFF: "it is filed, and the handler gets a receipt",
    Action.ERRAND: "it is about no case, and is done or asked about by itself",
    Action.HOLD: "it is held for a person to look at",
    Action.FILE: "it is kept without a case, and nothing follows",
}

#: What a mail of one of our people is there for.
WANTS: Mapping[str, str] = {
    Wants.CONFIRMATION: "it answers our question whether something is meant",
    Wants.TELLING: "it asks for help or for the state of things",
    Wants.ERRAND: "it wants something that is about no case, or about held mail",
    Wants.COMMANDS: "it gives commands on a case",
    Wants.FORWARD: "it passes a customer's mail on",
    Wants.DIRECT: "it went straight to the customer, and to us as a copy",
    Wants.ANSWER: "it has words for the customer",
}

#: What shows that they wrote it.
PROOFS: Mapping[str, str] = {
    Proof.FROM_LINE.name.lower(): "nothing but its From line, which anybody can write",
    Proof.REPLY_ADDRESS.name.lower(): "the secret reply address that only they have",
    Proof.MAIL_SYSTEM.name.lower(): "our own mail host",
    Proof.CONFIRMED.name.lower(): "a yes to a fresh mail, or the word of a named person",
}

#: What our own mail host says of the sender.
HOST_VERDICTS: Mapping[str, str] = {
    HostVerdict.DMARC_PASSED: "the sender's domain vouches for it (DMARC)",
    HostVerdict.DKIM_ALIGNED: "the sender's domain has signed it (DKIM)",
    HostVerdict.INTERNAL: "somebody inside has sent it",
    HostVerdict.AUTHENTICATED_LOGIN: "it was handed in under this handler's login",
    HostVerdict.HOST_NOT_ASKED: "it is not asked",
    HostVerdict.NOT_WRITTEN_TO_US: "we are in neither To nor Cc, so it may be a mail sent on",
    HostVerdict.NOT_A_HANDLERS_ADDRESS: "the sender is in handlers.toml under no address",
    HostVerdict.NOT_ONE_SENDER: "the From field does not name exactly one address",
    HostVerdict.HEADER_IS_NO_HEADER: "its header is broken, so no field of it is believed",
    HostVerdict.NO_RESULTS_OF_OURS: "no Authentication-Results of ours stand in it",
    HostVerdict.RESULTS_OF_ANOTHER_ON_TOP: "Authentication-Results of another host stand above ours",
    HostVerdict.RESULTS_BELOW_OURS: "somebody else wrote Authentication-Results in our host's name",
    HostVerdict.RESULTS_UNREADABLE: "our Authentication-Results cannot be read for certain",
    HostVerdict.RESULTS_CONTRADICT: "our Authentication-Results contradict each other",
    HostVerdict.RESULTS_OF_ANOTHER_DOMAIN: "what passed is about another domain than the sender's",
    HostVerdict.DMARC_NOT_PASSED: "DMARC did not pass",
    HostVerdict.NOTHING_PASSED: "no check that counts has passed",
    HostVerdict.NOT_SAID_BY_EXCHANGE: "Exchange does not say whence it came",
    HostVerdict.SAID_TWICE: "Exchange's field stands in it twice, so one is not Exchange's",
    HostVerdict.NOT_INTERNAL: "it came from outside",
    HostVerdict.NO_LOGIN_KNOWN: "handlers.toml names no login of this handler",
    HostVerdict.NOT_RECEIVED_BY_US: "no Received field of our host is on top",
    HostVerdict.NO_LOGIN: "it was handed in without a login",
    HostVerdict.ANOTHER_LOGIN: "it was handed in under somebody else's login",
}

#: Where in a message something may name a case.
SIGNALS: Mapping[str, str] = {
    Evidence.REPLY_TOKEN.label: "a secret reply address of ours among its recipients",
    Evidence.IN_REPLY_TO.label: "the mail that it answers",
    Evidence.REFERENCES.label: "a mail of the conversation that it belongs to, or returns",
    Evidence.OWN_MESSAGE_ID.label: "an earlier message of a customer",
    Evidence.REFERENCE.label: "a reference in its subject",
    Evidence.REFERENCE_IN_TEXT.label: "a reference in its text",
}

#: What became of a letter.
STATUSES = {
    "queued": "waiting to be sent",
    "deferred": "not accepted yet, and tried again",
    "uncertain": "perhaps accepted, and tried again",
    "sent": "accepted",
    "refused": "refused",
    "expired": "given up after five days",
    "withheld": "written, and not sent",
    "withdrawn": "withdrawn",
    "bounced": "accepted, and returned as undeliverable",
}

#: How a role is called in a letter to a customer.
ROLES_IN_LETTERS = {
    Role.HANDLER: "case handler",
    Role.MANAGER: "Customer Service Manager",
    Role.HEAD: "Head of Professional Services",
    Role.ACCOUNT_MANAGER: "account manager",
}
