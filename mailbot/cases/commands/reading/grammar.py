"""
What staff say by mail or on the command line: one grammar, from text to values.

Commands stand one a line at the top and start with `#`. Text after them is the
body: for `#call`, `#outcome` and `#deadlock` it goes to the customer, for every
other command it stays inside. Nothing is done here; `cases/commands/carry_out.py` decides.
"""

from collections.abc import Mapping
from difflib import get_close_matches

from mailbot.cases.commands.orders import (
    Assign,
    Call,
    Command,
    Complaint,
    DataProtection,
    Deadlock,
    Eligible,
    Email,
    Escalate,
    Help,
    Misspoken,
    Need,
    NotComplaint,
    Note,
    NotEligible,
    Outcome,
    Reject,
    Release,
    Reopen,
    Status,
    SubjectAccess,
)
from mailbot.cases.commands.reading.command_lines import (
    SPEAKING,
    hidden_word_of,
    split_commands,
    word_of,
    words,
)
from mailbot.cases.commands.reading.dates_and_sums import away, close, contact, credit, every
from mailbot.cases.commands.reading.entry import opened
from mailbot.cases.commands.reading.people_and_addresses import correct, party, post, posted
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.cases.commands.reading.texts import (
    Reader,
    bare,
    internal_text,
    reason,
    text_for_the_customer,
)
from mailbot.cases.commands.reading.which_case import file_in, held_number, merge

#: More lines than this are no instruction but a pasted text.
MOST_COMMANDS = 20

#: Whose text the customer reads.


def parse(text: str, reckoning: Reckoning) -> tuple[Command, ...]:
    """
    The commands at the top of *text*, in order, each with the body where it wants one.

    Misspoken if there is none, or if any one of them cannot be read: then none counts.
    """
    lines, body = split_commands(text)
    if not lines:
        raise Misspoken(f"there is no command. The commands are: {KNOWN}")
    if len(lines) > MOST_COMMANDS:
        raise Misspoken(f"more than {MOST_COMMANDS} commands in one mail; send the rest in another")
    _no_doubt_about_the_body(lines, body)
    return tuple(_one(line, body, reckoning) for line in lines)


def are_known(text: str) -> bool:
    """
    Whether each command at the top of *text* is one of ours.
    """
    return set(words(text)) <= set(_READERS)


def strays(text: str) -> tuple[str, ...]:
    """
    Lines that look like commands of ours and stand where none is carried out: below
    a greeting, say. No customer may ever read one.
    """
    lines, body = split_commands(text)
    below = body.splitlines() if not lines else []
    return tuple(each.strip() for each in below if hidden_word_of(each) in _READERS)


def _no_doubt_about_the_body(lines: list[str], body: str) -> None:
    """
    Misspoken where a command would be sent to the customer as text, or one text
    as two mails.
    """
    for word in map(hidden_word_of, body.splitlines()):
        if word in _READERS:
            raise Misspoken(f"#{word} stands below other text; put every command at the top")
    speaking = [f"#{word_of(line)}" for line in lines if word_of(line) in SPEAKING]
    if body and len(speaking) > 1:
        raise Misspoken(
            f"{' and '.join(speaking)} in one mail have one text below; send them in two mails"
        )


def _one(line: str, body: str, reckoning: Reckoning) -> Command:
    word = word_of(line)
    rest = line.lstrip("#").strip()[len(word) :].lstrip(":").strip()
    reader = _READERS.get(word)
    if reader is None:
        near = get_close_matches(word, _READERS, n=1)
        meant = f", perhaps you meant #{near[0]}" if near else ""
        raise Misspoken(f"#{word} is no command{meant}. The commands are: {KNOWN}")
    return reader(rest, body, reckoning)


_READERS: Mapping[str, Reader] = {
    "note": internal_text("note", Note),
    "contact": contact,
    "call": text_for_the_customer("call", Call),
    "every": every,
    "outcome": text_for_the_customer("outcome", Outcome),
    "close": close,
    "reopen": lambda rest, *_: Reopen(rest),
    "escalate": internal_text("escalate", Escalate),
    "deadlock": text_for_the_customer("deadlock", Deadlock),
    "not-complaint": reason("not-complaint", NotComplaint, "a question about opening hours"),
    "complaint": lambda rest, *_: Complaint(rest),
    "assign": reason("assign", Assign, "Rhian Price"),
    "credit": credit,
    "need": internal_text("need", Need),
    "not-eligible": reason("not-eligible", NotEligible, "larger business"),
    "eligible": bare(Eligible),
    "dp": bare(DataProtection),
    "subject": lambda rest, body, _: SubjectAccess("\n\n".join(filter(None, (rest, body)))),
    "post": post,
    "email": bare(Email),
    "posted": posted,
    "correct": correct,
    "party": party,
    "merge": merge,
    "open": opened,
    "release": lambda rest, *_: Release(held_number(rest, "release")),
    "reject": lambda rest, *_: Reject(held_number(rest, "reject")),
    "case": file_in,
    "away": away,
    "status": bare(Status),
    "help": bare(Help),
}

KNOWN = ", ".join(f"#{each}" for each in sorted(_READERS))
