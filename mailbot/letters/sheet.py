"""
What a case handler needs to know, on one page of A4 to pin beside the screen.
"""

from pathlib import Path

from mailbot.cases.firm import Firm
from mailbot.cases.wording.command_words import ASKED_FIRST, COMMANDS
from mailbot.letters.typeset import Printed, typeset

_LAYOUT = Path(__file__).with_name("sheet.typ").read_bytes()

#: What a promise asks of a person, in the order in which a case meets them: which one, how long
#: it runs ("" = as the rulebook says), and what.
_ASKS = (
    ("agree_contact", "", "a time to talk is agreed and written down: #contact"),
    ("keep_contact", "", "without a time agreed, each time: ring or write, then say so with #call"),
    ("answer", "", "a customer who wrote again has an answer"),
    ("confirm_closure", "", "after an outcome, each time: the customer is asked if it is resolved"),
    ("adr_rights", "", "the letter about independent help goes in your name, by itself"),
    ("credit", "the month named", "a credit is on the invoice; then say #credit applied"),
    ("data_protection", "", "a complaint about personal data (#dp) has been acknowledged"),
)

_HOW = (
    (
        "Read “assignment” and “customer-reply” mails like any mail, and reply to them. Your words"
        " go to the customer from {service}, under your name. Your own address is not shown."
    ),
    (
        "A line at the top of your reply that starts with # is a command, and no customer sees it."
        " With #call, #outcome and #deadlock the text below it goes to the customer."
    ),
    (
        "Other mails from us (warnings, tasks, receipts) take commands only: what you write there"
        " goes to nobody, and you are told so."
    ),
    (
        "A plain answer that went to the customer stands in the digest of the next morning. Everything else"
        " you send gets one answer at once: what was done, or what to write instead."
    ),
    (
        "Files go along. Put nobody outside in To or Cc: they would have your reply address, which is"
        " then changed. Somebody else who is to read along: #party add."
    ),
    "Never give anybody the reply address of a mail of ours: it is your signature.",
)

_WRONG = (
    "The wrong words went out: write to the customer again; nothing can be called back.",
    "A mail of yours is held: answer the mail that says so, with #release or #reject.",
    (
        "A complaint came by telephone, letter or fax, or to your own address: #open, or pass the"
        " mail on to {service} as it is. The clock began when it reached us, not when you enter it."
    ),
    "You will be away: #away 21 Dec to 2 Jan, in answer to any mail of ours.",
    "Somebody may be in danger without a line: ring first, write afterwards.",
)


def sheet(firm: Firm) -> Printed:
    """
    The page as a PDF, by the firm's own rulebook.
    """
    company, promises = firm.rulebook.company, firm.rulebook.promises.by_name
    words = {
        "firm": company.short_name,
        "how": [each.format(service=firm.service_address) for each in _HOW],
        "asks": [
            {"within": within or str(promises[name].within), "what": what}
            for name, within, what in _ASKS
        ],
        "commands": COMMANDS,
        "asked": ASKED_FIRST,
        "wrong": [each.format(service=firm.service_address) for each in _WRONG],
        "version": firm.rulebook.version,
    }
    return typeset(_LAYOUT, words, firm.face)
