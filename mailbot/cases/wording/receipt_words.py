"""
What we answer to the mail of our own people: what was done or refused, why, and what to
write instead.
"""

from mailbot.mail.quoting.forwarded import Doubt

#: Of files that came with commands.
FILES_ARE_ON_FILE = "Kept on file, and not sent to the customer:"

#: Of words below commands that take none.
WORDS_BELOW = (
    "What you wrote below the commands is on file, and nobody was sent it. To answer the customer,"
    " send it again without a # line."
)

#: On the receipt after which none comes for a while.
THE_LAST_OF_THE_DAY = (
    "You have had more than a hundred receipts within a day. What you write is still done: from"
    " here on you hear only of what could not be done, until the day is over. To see what was"
    " done on a case, write #status in answer to the latest email about it."
)

#: reason -> (what was done or refused, why, what to write instead)
RECEIPTS = {
    "misspoken": (
        "Nothing was done.",
        "Your mail starts with a # line, and we could not read it.",
        (
            "Put each command on a line of its own at the very top. To answer the customer,"
            " write without a # line."
        ),
    ),
    "misplaced_command": (
        "Nothing was sent to the customer, and nothing was done.",
        "There is a line that looks like a command below other text, where none is carried out:",
        (
            "Put each command on a line of its own at the very top. If the line is meant for the"
            " customer, write it without the #."
        ),
    ),
    "under_verdict": (
        "Nothing was sent to the customer.",
        "Our mail system does not trust the mail that opened this case, and nobody has released it.",
        "If it is a complaint, answer the mail that told you of it with #release first.",
    ),
    "reads_like_an_absence": (
        "Nothing was sent to the customer.",
        "Your mail reads like an automatic notice that you are away.",
        "If you wrote it to the customer, send it again in other words.",
    ),
    "neither_yes_nor_no": (
        "Nothing was done.",
        "Your answer says neither yes nor no to what we asked you about.",
        "If you mean it, answer that email again with the one word yes at the very top.",
    ),
    "not_meant": (
        (
            "Nothing was done, as you say. If you did not write that email either, tell your"
            " manager: somebody used your address."
        ),
        "What we asked you about is rejected, and stays on file.",
        "",
    ),
    "confirmed_before": (
        "Nothing more was done.",
        "What we asked you about was decided before.",
        "To do it again, write a new email.",
    ),
    "replayed": (
        "Nothing was done.",
        "The very same words came before in answer to the same email of ours.",
        (
            "If you mean it once more, answer the latest mailbot mail about the case. If you did"
            " not write it, tell your manager: somebody has a copy of your mail."
        ),
    ),
    "came_again_with_files": (
        "Nothing more was sent to the customer.",
        "Your mail came a second time, now with a file that the first one had not.",
        "If the customer is to have the file, send it in a new answer to the same mail of ours.",
    ),
    "not_a_reply": (
        "Nothing was sent to the customer.",
        (
            "Your email is a forward, or did not go to the reply address of our mail, so it may be"
            " meant for somebody else."
        ),
        (
            "To write to the customer, press Reply in the assignment (“New case for you”) or in the"
            " customer's latest message as mailbot forwarded it (“The customer has written"
            " again”), and change nothing in To."
        ),
    ),
    "answers_nothing": (
        "Nothing was sent to the customer.",
        "Your email answers none of ours, so it was filed with the case and nobody else saw it.",
        (
            "To write to the customer, reply to the assignment (“New case for you”) or to the"
            " customer's latest message as mailbot forwarded it (“The customer has written"
            " again”)."
        ),
    ),
    "names_no_case": (
        "Nothing was done.",
        "Nothing in your email says which case it is about.",
        (
            "Answer the latest mailbot mail about the case, or put its reference into the subject,"
            " such as [ISS-000001-95]."
        ),
    ),
    "names_several_cases": (
        "Nothing was done.",
        "Your email names more than one case.",
        "Write once for each case, with one reference in the subject.",
    ),
    "stands_alone": (
        "Nothing was done.",
        "One of these commands is about no case, or about held mail, and has to stand alone:",
        "Send each of them in an email of its own.",
    ),
    "account_managers_command": (
        "Nothing was done.",
        "Account managers enter complaints with #open; the rest is for whoever has the case.",
        "Ask the case handler. You may write #note, #need and #status, and #open.",
    ),
    "not_yours_to_decide": (
        "Nothing was done.",
        "That message is not held in your name, and you are not the customer service manager.",
        "Ask the customer service manager to decide it.",
    ),
    "not_your_absence": (
        "Nothing was done.",
        "The absence of somebody else is entered by the customer service manager.",
        "For yourself, leave out the name: #away 21 Dec to 2 Jan",
    ),
    "forward_not_read": (
        "Nothing was done.",
        "You passed an email on, and we could not read for certain",
        (
            "Pass it on once more as an attachment, or enter it yourself: #open with the lines"
            " channel:, received:, name: and email:, and the text below."
        ),
    ),
    "forward_of_several": (
        "Nothing was done.",
        "You passed on more than one email at once.",
        "Pass each of them on by itself.",
    ),
    "forward_of_ours": (
        "Nothing was done.",
        "The email that you passed on was not written by a customer:",
        "Pass on the customer's own email, or enter the complaint yourself with #open.",
    ),
    "nothing_new": (
        "Nothing was sent to the customer.",
        "Apart from our own quoted mail there was no new text in your answer.",
        "Write your answer at the very top of the mail, above the marked line.",
    ),
    "sealed_smime": (
        "Nothing was done, and nothing was sent to the customer.",
        "Your mail is encrypted with S/MIME, or cannot be opened: nobody here can read it.",
        "Write it once more without encryption. A signature alone does no harm.",
    ),
    "sealed_pgp": (
        "Nothing was done, and nothing was sent to the customer.",
        "Your mail, or a part of it, is encrypted with PGP: nobody here can read it.",
        "Write it once more without encryption. A signature alone does no harm.",
    ),
    "sealed_outlook": (
        "Nothing was done, and nothing was sent to the customer.",
        (
            "What you wrote stands in Outlook's own format alone (the file winmail.dat), which"
            " cannot be read here."
        ),
        "Write it once more as HTML or as plain text: in Outlook, Format Text.",
    ),
    "parts_disagree": (
        "Nothing was done, and nothing was sent to the customer.",
        (
            "Your mail came in two versions, plain text and HTML, that say different things: nobody"
            " can tell which you mean."
        ),
        "Write it once more as plain text.",
    ),
    "not_answerable": (
        "Nothing was sent to the customer.",
        "You answered a mail that was meant for you alone.",
        (
            "To write to the customer, reply to the assignment (“New case for you”) or to the"
            " customer's latest message as mailbot forwarded it (“The customer has written"
            " again”)."
        ),
    ),
    "nothing_to_answer": (
        "Nothing was sent to anyone.",
        "Your email belongs to no case.",
        (
            "To write to a customer, reply to the assignment of their case (“New case for you”) or"
            " to their latest message as mailbot forwarded it."
        ),
    ),
    "customer_had_it_directly": (
        "Your mail was filed, and counts as contact. It was not sent to the customer again.",
        "The customer was already among its recipients.",
        "Next time, reply to mailbot only: the customer then answers under the reference.",
    ),
    "files_not_passed_on": (
        "Your answer goes to the customer, but not every file with it.",
        "These stayed behind:",
        (
            "If the customer needs one of them, answer once more with the file itself, smaller or"
            " as a PDF, and never with a message or our own mail attached. Or send it by post."
        ),
    ),
    "answer_relayed": ("Your answer goes to the customer.", "", ""),
}

#: What came of an answer to a customer who gets letters: nobody has sent it yet.
ON_PAPER = {
    "files_not_passed_on": "Your answer is written, but not every file goes with it.",
    "answer_relayed": "Your answer is written.",
}

#: What could not be read of an email that was passed on.
NOT_READ = {
    Doubt.SENDER_MISSING: "who wrote it",
    Doubt.SENDER_WITHOUT_ADDRESS: "the address of whoever wrote it",
    Doubt.SEVERAL_SENDERS: "which of several people wrote it",
    Doubt.SUBJECT_MISSING: "its subject",
    Doubt.TEXT_MISSING: "its text",
    Doubt.UNREADABLE: "the attached message",
    Doubt.OUTLOOK_ITEM: "the attached message, which is in Outlook's own format",
}

#: What we tell the handler in whose name an unproved message came.
HELD_STAFF = {
    "staff_not_proved": (
        "It was sent from your address, and there is no proof that you wrote it: it is no answer"
        " to a mail that mailbot sent you, or our own mail system does not vouch for it. Nothing"
        " was passed on."
    ),
    "token_of_another_handler": (
        "It answers a mail that mailbot sent to somebody else. Nothing was passed on."
    ),
    "token_is_spent": (
        "It answers a mail whose reply address is no longer valid. Nothing was passed on."
    ),
    "token_has_expired": (
        "It answers a mail that is more than 30 days old. Nothing was passed on."
    ),
}

HELD_STAFF_TODO = (
    (
        "If you wrote it: answer this email with #release, at the very top. We ask you once more,"
        " and then it is done."
    ),
    "If you did not write it: answer with #reject, and tell your manager. Somebody used your address.",
)
