"""
What the rules say to the firm's own people, in plain words.

Customers' letters live in the templates. These are the headings, reasons and
next steps that staff letters are filled with, one entry a reason.
"""

from dataclasses import dataclass

from mailbot.cases.people.handlers import Role
from mailbot.mail.files.going_along import Stays
from mailbot.mail.quoting.forwarded import Doubt


@dataclass(frozen=True)
class PromiseWords:
    """
    How a promise is called, what a handler who is warned can do, and what a
    manager must do once it is broken.
    """

    name: str
    todo: str
    mend: str


PROMISES = {
    "acknowledge": PromiseWords(
        "acknowledgement of the complaint",
        "Please acknowledge the complaint by telephone or letter.",
        "Our acknowledgement has not been accepted for delivery. Please see that the customer is"
        " told by telephone or letter that we have the complaint, and have the mail server"
        " looked at.",
    ),
    "introduce": PromiseWords(
        "introduction of the case handler",
        "Please ring the customer and introduce yourself.",
        "The customer has not been told who handles the complaint. Please see that somebody"
        " rings the customer today and introduces themselves.",
    ),
    "agree_contact": PromiseWords(
        "agreed contact time",
        "Please ring the customer and agree when you will next be in touch, then answer the"
        " assignment mail with that time, such as: #contact tue 14:00",
        "No agreed contact time is on record. Please ask the handler what was agreed with the"
        " customer, and see that the customer hears from us today.",
    ),
    "adr_rights": PromiseWords(
        "letter about the right to independent help",
        "If the complaint can be resolved before then, now is the time. Otherwise mailbot"
        " sends the customer the letter about their right to independent help on that day.",
        "The letter about the customer's right to independent help was not accepted in time."
        " Look with mailbot case whether it has gone out since; if not, the law wants it posted"
        " today.",
    ),
    "keep_contact": PromiseWords(
        "agreed contact with the customer",
        "Please ring the customer at the agreed time, or write to them by answering the"
        " assignment mail, and say when you will next be in touch.",
        "The customer was promised to hear from us by then and did not. mailbot has"
        " apologised. Please see that somebody is in touch with the customer today.",
    ),
    "answer": PromiseWords(
        "answer to the customer's message",
        "Please answer the customer: reply to the mail in which mailbot forwarded the message,"
        " or ring.",
        "The customer wrote again and has had no answer. Please see that they get one today.",
    ),
    "decide_reopening": PromiseWords(
        "decision whether a closed case opens again",
        "The customer has written on a closed case. Answer with #reopen, or with #note and why"
        " it stays closed; otherwise it opens by itself.",
        "The case has opened again by itself, because nobody decided.",
    ),
    "confirm_closure": PromiseWords(
        "confirmation of the outcome",
        "The customer has not said whether the outcome resolves the complaint. Please ring and"
        " ask. Silence never closes a case.",
        "The customer has not said whether the outcome resolves the complaint. Please ring and"
        " ask. Silence never closes a case.",
    ),
    "credit": PromiseWords(
        "credit to the customer's invoice",
        "Please apply the credit to this month's invoice, then tell mailbot with #credit applied.",
        "The credit that was agreed has not been applied in its month. Please have it applied,"
        " and see that the customer is told.",
    ),
    "data_protection": PromiseWords(
        "acknowledgement of the data-protection complaint",
        "By law the complaint about personal data must be acknowledged within 30 days. Please"
        " see that it is.",
        "The complaint about personal data was not acknowledged within 30 days. The law wants"
        " it: please have it done today and tell whoever answers for data protection.",
    ),
}

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

#: How a role is called in a letter to a customer.
ROLES = {
    Role.HANDLER: "case handler",
    Role.MANAGER: "Customer Service Manager",
    Role.HEAD: "Head of Professional Services",
    Role.ACCOUNT_MANAGER: "account manager",
}


@dataclass(frozen=True)
class Task:
    """
    A task for a person: heading, reason and steps.
    """

    what: str
    why: str
    todo: tuple[str, ...]


TOP_OF_THE_LADDER = Task(
    "A complaint was to be escalated, and nobody is left above",
    "The case is with the highest person on the ladder, or everybody above is away",
    ("Decide who takes it, and tell the customer.",),
)

NOBODY_TO_ASSIGN = Task(
    "Nobody could be assigned to a new complaint",
    "Every case handler and the customer service manager are marked as away",
    (
        "Decide who takes the case and introduce them to the customer within 48 hours of receipt.",
        "Correct the away dates in handlers.toml if they are wrong.",
    ),
)

_ANSWER_BY_HAND = "If a person wrote it, acknowledge it by telephone or letter."

_JUDGE = (
    "If it is a complaint: answer this email with #release, and the customer gets what is owed.",
    "If it is not: answer with #reject, and the sender gets nothing.",
    "Until then the promises of the code run, and nothing is sent.",
)

WITHHELD = {
    "cap_per_address_per_hour": Task(
        "A complaint was recorded but not acknowledged",
        "This address has already had as many acknowledgements in an hour as the rulebook allows",
        (_ANSWER_BY_HAND, "If a machine is writing, the case waits for you without any answer."),
    ),
    "cap_per_address_per_day": Task(
        "A complaint was recorded but not acknowledged",
        "This address has already had as many acknowledgements in a day as the rulebook allows",
        (_ANSWER_BY_HAND, "If a machine is writing, the case waits for you without any answer."),
    ),
    "cap_per_hour": Task(
        "A complaint was recorded but not acknowledged",
        "We have sent as many acknowledgements in an hour as the rulebook allows",
        (_ANSWER_BY_HAND, "Look at what is arriving: this many complaints at once is unusual."),
    ),
    "spam_verdict": Task(
        "A message that looks like spam was recorded as a case and not answered",
        "Our own mail system marked it as spam",
        _JUDGE,
    ),
    "dmarc_verdict": Task(
        "A message with an unproved sender was recorded as a case and not answered",
        "It failed our own mail system's check of its sender (DMARC)",
        _JUDGE,
    ),
}

RIGHTS_WITHHELD = Task(
    "A letter about the right to independent help was not sent",
    "The case stands under a spam or sender verdict that nobody has lifted",
    (
        "Decide today whether this is a complaint.",
        "If it is: answer this email with #release, and the letter goes at once.",
        "If it is not: answer with #reject.",
    ),
)

MERGED = Task(
    "Another case has become part of this one",
    "Somebody found that the two are one complaint",
    (
        "Read what came with it: mailbot case REFERENCE, or ask operations to print it.",
        "The earlier of the two days of receipt counts from now on; look at the dates.",
    ),
)

REOPENED_BY_ITSELF = Task(
    "A case has opened again by itself",
    "The customer had written on a closed case, and nobody decided by the end of the next working"
    " day",
    (
        "Read the customer's latest message and answer it: an answer is owed.",
        "The customer has been told that the case is open, with its original dates.",
    ),
)

UNREADABLE = Task(
    "A message could be read only in part",
    "Its header was read and a case opened; the body is kept but could not be read",
    (
        "Look at it with: mailbot held show ID, then: mailbot held release ID, or: mailbot held reject ID",
        "Ask the customer to tell you by telephone what it said.",
    ),
)

SUPERSEDED = Task(
    "Letters to a customer were left out",
    "Several fell due at once, and a customer gets one of them, not all",
    ("Read the case and ring the customer if something is left unsaid.",),
)

PRINT_THE_FILES = "Print the files that are attached as well, and put them in: "
_PRINT = "Print the enclosed page and post it today, in an envelope with a window."
_SAY_POSTED = "Then answer this email with the one line: #posted"

TO_POST = Task(
    "A letter for the customer is ready to print and post",
    "The customer gets letters instead of emails",
    (_PRINT, _SAY_POSTED, "Until you do, our promise to the customer stays open."),
)

TO_POST_WITHOUT_ADDRESS = Task(
    "A letter for the customer is ready to print, and no postal address is known",
    "The customer gets letters instead of emails",
    (
        "Ring the customer, ask for the postal address, and write it on the envelope.",
        "Have the address put into the case: #correct address 1 High Street, Ebbw Vale, NP23 6XX",
        _PRINT,
        _SAY_POSTED,
    ),
)

LETTER_FAILED = Task(
    "A mail to the customer could not be delivered",
    "The customer's mail server does not accept it",
    (
        "Reach the customer by telephone, and check the address with them.",
        _PRINT,
        _SAY_POSTED,
        "If the address is wrong, have it corrected: #correct email, and the right one behind it",
    ),
)

LETTER_FAILED_ELSEWHERE = Task(
    "A mail about this case could not be delivered",
    "The mail server of that address does not accept it",
    ("Nothing has to be posted. Look whether the customer has to be told otherwise.",),
)

COPY_FAILED = Task(
    "A copy of a letter could not be delivered to somebody who gets copies",
    "The mail server of that address does not accept it; the letter to the customer is one of its"
    " own, and not touched by this",
    (
        "Find out the right address: #party remove and the old one, #party add and the right one.",
        "If nobody reads it any more, #party remove alone will do. The customer is told.",
    ),
)

STAFF_LETTER_FAILED = Task(
    "A mail to one of your people could not be delivered",
    "Their mail server does not accept it",
    (
        "Tell them yourself what it said; you find it with: mailbot case REFERENCE",
        "Where it belongs to no case, you find it with: mailbot outbox list",
        "Correct the address in handlers.toml.",
    ),
)

ALARMS = {
    "acknowledge": Task(
        "A complaint is not acknowledged yet",
        "Our acknowledgement has not been accepted for delivery by the end of the next working day",
        (
            "Acknowledge the complaint by telephone or letter.",
            "See what holds the mail up with: mailbot outbox list",
        ),
    ),
    "introduce": Task(
        "A customer has not been told who handles the complaint",
        "Our introduction has not been accepted for delivery",
        ("Ring the customer.", "See what holds the mail up with: mailbot outbox list"),
    ),
    "agree_contact": Task(
        "No contact time is agreed yet",
        "The code promises one by the end of today",
        ("Ask the handler to ring the customer.",),
    ),
    "adr_rights": Task(
        "The letter about the right to independent help has not gone out",
        "Our mail server has not accepted it by noon of the day on which it is due",
        (
            "Send the customer the letter by post today.",
            "See what holds the mail up with: mailbot outbox list",
        ),
    ),
}


def alarm(promise: str) -> Task:
    """
    The task of an alarm that the rulebook puts on *promise*.
    """
    if promise in ALARMS:
        return ALARMS[promise]
    words = PROMISES[promise]
    return Task(f"Still open: {words.name}", "The rulebook asks for it by now", (words.todo,))


#: What a person can do with one held message, by its number.
_DECIDE = (
    "To read it: mailbot held show {held_id}",
    (
        "If it is a complaint: answer this email with #release {held_id}. It is taken in with its"
        " own time of receipt, and every promise counts from there."
    ),
    "If it belongs to a case: answer with #case REFERENCE {held_id}",
    "If it is nothing for us: answer with #reject {held_id}. Its sender gets no answer.",
)

HELD = {
    "no_sender": Task(
        "A message without a sender is held", "It names nobody who could be answered", _DECIDE
    ),
    "names_several_cases": Task(
        "A message that names several cases is held",
        "It carries equally good evidence of more than one case, so a person must say which",
        _DECIDE,
    ),
    "unreadable": Task(
        "A message that cannot be read is held",
        "Reading it failed or would have taken too long, and it names no sender",
        _DECIDE,
    ),
    "automatic": Task(
        "Mail from a list or a form is held",
        "A machine sent it, so it got no automatic answer, but a person may stand behind it",
        (
            *_DECIDE,
            "Released, it is its sender's case; a machine's, that of the one address in its Reply-To.",
        ),
    ),
}

#: What a handler can order by mail, one line each.
COMMANDS = (
    "#note TEXT: filed; nobody outside sees it",
    "#contact tue 14:00: the agreed contact time, confirmed to the customer",
    "#call, and below it what was said: a telephone call took place; the text goes to the customer",
    "#every 3 working days: the agreed interval of contact",
    "#outcome, and below it the outcome: goes to the customer, who is asked to confirm it",
    "#reopen: opens a closed case again",
    "#escalate WHY: hands the case up to the next person",
    "#post, and below it the postal address; #email: how the customer wants to hear from us",
    "#posted: the letter that waited has gone into the post",
    "#dp: the complaint is also about personal data",
    "#need TEXT: what somebody in touch with this customer should know",
    "#status, #help: you get an answer, and nothing else happens",
    "#away 21 Dec to 2 Jan: you are away, and others stand in; #away NAME: back ends it",
)

#: What it asks about by mail once more before it is done.
ASKED_FIRST = (
    "#close phone Jane Doe, 25/11 14:00: closes on a confirmation given elsewhere",
    "#deadlock, and below it our final position; #not-complaint WHY; #not-eligible WHY",
    "#credit 25.00 December 2026; #assign NAME; #correct phone NUMBER",
    "#party add ADDRESS ROLE: what they write is filed; they get nothing; #party remove ADDRESS",
    "#party add ADDRESS ROLE, copies: the same, and they get a copy of every letter",
    "#merge REFERENCE: this case becomes part of that one",
    (
        "#open, and below it the lines channel:, received:, name: and email:, an empty line and"
        " what was said: a complaint that came by telephone, fax, letter or an account manager"
    ),
    "#release, #reject, #case REFERENCE: what becomes of an email that was held",
    "a customer's email that came to you: pass it on to our service address, and it is taken in",
)

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

#: Why a customer's file is only named in a staff mail.
_ASK_FOR_IT = "it is kept with the message, which whoever runs mailbot can give you"
NOT_SHOWN = {
    Stays.TOO_LARGE: f"not attached, there is too much of it; {_ASK_FOR_IT}",
    Stays.NOT_READ_AGAIN: f"not attached a second time; {_ASK_FOR_IT}",
    Stays.PROGRAM: f"not attached, mail systems refuse programs; {_ASK_FOR_IT}",
}

#: Why a handler's file did not go to the customer.
NOT_PASSED_ON = {
    Stays.TOO_LARGE: "too large: all files of a mail together may have 10 MB",
    Stays.PROGRAM: "a program, which mail systems refuse",
    Stays.MESSAGE: "a message, in which the customer could see what is for you alone",
    Stays.SEALED: "encrypted, signed or in Outlook's own format: the customer could not open it",
    Stays.CLOSED: "packed or encrypted: nobody can tell whether it holds what is for you alone",
    Stays.NAMES_STAFF: "it holds a reply address or an id that is for you alone",
}

#: Of files that came with commands.
FILES_ARE_ON_FILE = "Kept on file, and not sent to the customer:"

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
        "Nothing was done, as you say.",
        "What we asked you about is rejected, and stays on file.",
        "If you did not write it either, tell your manager: somebody used your address.",
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
    "not_a_reply": (
        "Nothing was sent to the customer.",
        (
            "Your email is a forward, or did not go to the reply address of our mail, so it may be"
            " meant for somebody else."
        ),
        (
            "To write to the customer, press Reply in the assignment mail or in the customer's"
            " latest message as mailbot forwarded it, and change nothing in To."
        ),
    ),
    "answers_nothing": (
        "Nothing was sent to the customer.",
        "Your email answers none of ours, so it was filed with the case and nobody else saw it.",
        (
            "To write to the customer, reply to the assignment mail or to the customer's latest"
            " message as mailbot forwarded it."
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
    "not_answerable": (
        "Nothing was sent to the customer.",
        "You answered a mail that was meant for you alone.",
        (
            "To write to the customer, reply to the assignment mail or to the customer's latest"
            " message as mailbot forwarded it."
        ),
    ),
    "nothing_to_answer": (
        "Nothing was sent to anyone.",
        "Your email belongs to no case.",
        "To write to a customer, reply to the assignment mail of their case.",
    ),
    "customer_had_it_directly": (
        "Your mail was filed, and counts as contact. It was not sent to the customer again.",
        "The customer was already among its recipients.",
        "Next time, reply to mailbot only: the customer then answers under the reference.",
    ),
    "files_not_passed_on": (
        "Your answer was sent to the customer, but not every file with it.",
        "These stayed behind:",
        (
            "If the customer needs one of them, answer once more with the file itself, smaller or"
            " as a PDF, and never with a message or our own mail attached. Or send it by post."
        ),
    ),
    "answer_relayed": ("Your answer was sent to the customer.", "", ""),
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
