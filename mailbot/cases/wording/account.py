"""
The history of a case in plain words: what happened, who caused it, by which rule, and
which clause of the code is behind it.

Whatever tells a person of a case takes its words from here; they stand in `event_words`,
`rule_words` and `plain_names`. A test names every event and reason that has none yet.
"""

import re

from mailbot.cases.wording.event_words import EVENTS
from mailbot.cases.wording.plain_names import LETTERS
from mailbot.cases.wording.promise_words import PROMISES
from mailbot.cases.wording.rule_words import RULES
from mailbot.mail.words import one_line

_CAUSES = {
    "message": "a message",
    "clock": "the clock",
    "delivery": "a mail server's answer",
    "rebuild": "the rebuilding of the database",
}
_COMMAND = "command by "

#: Behind it stands the case in which it went, where that is part of this one.
_ACCEPTED = re.compile(r"([\w-]+) accepted, \S+(?: \(([\w-]+)\))?")
#: What stands for the words of somebody who is nobody now.
_ANONYMISED = "anonymised"
#: By which letter evidence stands or falls (cases/promises/settling).
_OCCASION = re.compile(r" \[[^\[\]]+\]$")


def sentence(event: str, reason: str = "", about: str = "") -> str:
    """
    What happened, as a sentence with its full stop; *about* is in it only where it is
    short and belongs there, see `text`.
    """
    words = EVENTS.get(event)
    if words is None:
        return f"{_plain(event)}."
    said = words.said.format(promise=promise(reason))
    if about and words.link:
        plain = kept_by(about) if event == "obligation_withdrawn" else for_staff(about)
        said += words.link + _bare(words.names.get(about, one_line(plain)))
    return f"{said}."


def for_staff(basis: str) -> str:
    """
    The basis of a closure, which its letter says to the customer, as said of them.
    """
    return re.sub(r"\byou told us\b", "the customer told us", basis)


def kept_by(evidence: str) -> str:
    """
    What a promise was kept by, without what only mailbot looks at: which letter it rests on
    stands beside it.
    """
    if evidence == _ANONYMISED:
        return "what kept it was removed when the case was anonymised"
    if accepted := _ACCEPTED.fullmatch(evidence):
        of = f", in case {accepted[2]}" if accepted[2] else ""
        return f"{LETTERS.get(accepted[1], accepted[1])} was accepted{of}"
    # Whether it has left by now is said of the letter, as far as it is known.
    return _OCCASION.sub("", for_staff(evidence)).replace(
        "an outcome was sent", "an outcome was written"
    )


def text(event: str, about: str) -> str:
    """
    The words of somebody that the event holds, "" where they are in the sentence.
    """
    words = EVENTS.get(event)
    return about if words is None or not words.link else ""


def rule(reason: str) -> str:
    """
    The rule that decided, as half a sentence; "" where the event says it already.
    """
    if reason in PROMISES:
        return ""
    level = reason.removeprefix("level ")
    if level != reason:
        return f"step {level} of the ladder"
    # What a server said is no name of ours, and stays as it is.
    return RULES.get(reason, reason if " " in reason else reason.replace("_", " "))


def cause(named: str) -> str:
    """
    Who or what made it happen.
    """
    who = named.removeprefix(_COMMAND)
    return f"a command of {who}" if who != named else _CAUSES.get(named, named)


def by_what_it_went(reply: str) -> str:
    """
    By what it is known that a letter was accepted: the answer of our mail server, which begins
    with its code (RFC 5321 §4.2), or what told of it besides.
    """
    is_the_servers = reply[:3].isdecimal() and reply[:3].isascii()
    return f"our mail server answered “{reply}”" if is_the_servers else f"by this sign: {reply}"


def who(named: str) -> str:
    """
    The person who gave a command, "" where the cause is none.
    """
    return named.removeprefix(_COMMAND) if named.startswith(_COMMAND) else ""


def behind(event: str, reason: str) -> str:
    """
    The promise whose clause is behind an event; "" if none is.
    """
    if reason in PROMISES:
        return reason
    words = EVENTS.get(event)
    return words.promise if words else ""


def promise(name: str) -> str:
    """
    How a promise is called.
    """
    words = PROMISES.get(name)
    return words.name if words else name.replace("_", " ")


def _bare(said: str) -> str:
    return said.rstrip(".")


def _plain(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]
