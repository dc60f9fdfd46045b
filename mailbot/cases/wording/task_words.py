"""
The tasks that our own people get: heading, reason and steps, one entry an occasion.
"""

from dataclasses import dataclass

from mailbot.cases.wording.promise_words import PROMISES


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

#: {by} is the last day, {command} what is to be typed.
ACCESS_REQUESTED = Task(
    "A customer asks for a copy of the data that we hold about them",
    "The law gives one month from the day on which the request reached anybody of us: until {by} if"
    " that was today",
    (
        "Make sure that it is the customer who asks: ring them, or ask what only they can know.",
        "Have operations run this, which makes one file of everything: {command}",
        "Read its index page, and the notes of your own people in it, before you hand it out.",
        "Give it to the customer by a way that you trust. This email is for commands alone.",
        "If one month cannot be enough: tell the customer so within it, and why.",
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
    "Its header was read and a case opened; what the message says could not be read",
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

#: What a receipt says of letters to a customer who gets them by post.
NOTHING_HAS_GONE = (
    "Nothing has gone to the customer yet, who gets letters by post. {who} a task with the page"
    " to print and post: {letters}. Once it is in the post, answer that task with #posted."
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

#: By the number of the held message, and the reference of the case.
PROBABLY_RETURNED = Task(
    "A mail of ours has probably come back",
    "A mail system says that it could not deliver something, and does not say which mail",
    (
        "To read it: mailbot held show {held_id}",
        (
            "If it is about that mail: answer this email with #case {reference} {held_id}. The"
            " mail then counts as returned, and what it was to keep is owed again."
        ),
        "If it is about another mail: answer with #reject {held_id}, and nothing changes.",
    ),
)

#: What the handler must know of a letter on which something rested, by its template.
RESTED_ON = {
    "outcome": (
        "The case is open again, and nobody is asked whether it is resolved. Once the page is"
        " posted the question is asked; or send the outcome again with #outcome."
    ),
    "contact-agreed": (
        "The customer has not been told of the agreed time. Ring them at once; once you have"
        " been in touch, say #call."
    ),
    "deadlock": (
        "The customer has not been told that we cannot agree: what the letter had ended is owed"
        " again, and after six weeks they are told of their rights. Posted, or sent again with"
        " #deadlock, it counts."
    ),
    "handler-reply": "It counts for no contact: what was owed to the customer is owed again.",
}

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

LETTER_WAITS = Task(
    "A mail about this case has not been accepted for a day",
    "The mail server of that address refuses it, while others are accepted; it is tried each hour"
    " until five days are over",
    (
        "If it is for the customer, reach them by telephone, and check the address with them.",
        "If the address is wrong, have it corrected: #correct email, and the right one behind it",
        "If their mailbox is full, the mail goes by itself as soon as there is room.",
    ),
)

STAFF_LETTER_WAITS = Task(
    "A mail to one of your people has not been accepted for a day",
    "Their mail server refuses it, while others are accepted; it is tried each hour until five"
    " days are over",
    (
        "Tell them yourself what it says; you find it with: mailbot case REFERENCE",
        "Where it belongs to no case, you find it with: mailbot outbox list",
        "See whether their mailbox is full, and whether the address in handlers.toml is right.",
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

#: A message that names no customer's address itself.
_ENTER_IT = (
    "If it is a complaint of somebody whom only its text names (a voicemail, a form): enter it with"
    " #open, and below it the lines channel:, received:, name: and email:"
)

HELD = {
    "our_address": Task(
        "Mail in our own name is held",
        "It came from our own address, and mailbot did not send it: a form of the web site, a"
        " voicemail, a scanner, or somebody who uses our name",
        (
            *_DECIDE,
            "Released, it is the case of the one address in its Reply-To, if there is one.",
            _ENTER_IT,
        ),
    ),
    "journal_report": Task(
        "A copy of somebody's mail for the archive is held",
        "A mail system journals to our address, and what it has copied may be a customer's",
        (
            *_DECIDE,
            "Released, it is the case of whoever wrote the mail in it.",
            "Have journaling to this address switched off: customers write to it themselves.",
        ),
    ),
    "quarantine_list": Task(
        "Mail to our address waits in quarantine",
        "A mail system lists what it keeps back, and customers' mail may be among it: nobody is"
        " answered whose mail does not come here",
        (
            "Look through the list, and let through what customers wrote.",
            "If nothing is left to be done: answer this email with #reject {held_id}",
        ),
    ),
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
    "not_handed_out": Task(
        "A message is stuck in the mailbox",
        "The mail server does not hand it out, and nobody can know yet what it says",
        (
            "Open the mailbox in a mail program and look for it; a customer may be waiting.",
            "If it can be read there: forward it to the service address, or enter it with #open.",
            "It is asked for again every day, and at once with: mailbot held retry {held_id}",
            "If it is nothing for us: answer with #reject {held_id}. Its sender gets no answer.",
        ),
    ),
    "server_placeholder": Task(
        "The mail server shows a notice in the place of a message",
        "It could not open the message itself, and nobody can know yet what it says",
        (
            "Open the mailbox in a mail program and look for it; a customer may be waiting.",
            "If it can be read there: forward it to the service address, or enter it with #open.",
            "It is asked for again every day, and at once with: mailbot held retry {held_id}",
            "If it is nothing for us: answer with #reject {held_id}. Its sender gets no answer.",
        ),
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
