"""
What several rules say to people of the firm: tasks, addresses, the words of a message.
"""

import re
import unicodedata
from datetime import datetime
from functools import cache

from mailbot.cases.case import Case
from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.people.handlers import Handler
from mailbot.cases.people.stand_in import reader, standing_in
from mailbot.cases.wording import task_words
from mailbot.cases.wording.cutting import ENCLOSED, KEPT, MOST_OCTETS, bounded, in_full
from mailbot.cases.wording.files import listed
from mailbot.mail.files.going_along import Files
from mailbot.mail.message import Address, InboundMessage, Sealed

_NO_TEXT = "(this message has no text)"
_SEALED = {
    Sealed.SMIME: (
        "(this message is encrypted with S/MIME, or cannot be opened, and nobody here can read it:"
        " ask for it once more, without encryption)"
    ),
    Sealed.PGP: (
        "(this message, or a part of it, is encrypted with PGP, and nobody here can read it: ask"
        " for it once more, without encryption)"
    ),
    Sealed.OUTLOOK: (
        "(what this message says stands in Outlook's own format alone, the file winmail.dat, which"
        " cannot be read here: ask for it once more as plain text or HTML)"
    ),
}
_OTHER = "(this message was sent in two versions that differ; the other one says:)"
_UNREAD = "(this message could not be read in full; it is kept, see: mailbot held list)"


def task(
    firm: Firm,
    now: datetime,
    occasion: str,
    task: task_words.Task,
    *,
    why: str = "",
    words: str = "",
    case: Case | None = None,
) -> tuple[Letter, ...]:
    """
    The task for a person: the manager, or, with *case*, whoever acts for it. Empty
    only where the file names no manager at all, which start-up refuses.
    """
    person = reader(case, firm, now) if case else firm.people.manager(firm.calendar.local_day(now))
    if person is None:
        return ()
    facts: dict[str, object] = {
        "what": task.what,
        "why": f"{task.why} ({why})" if why else task.why,
        "todo": list(task.todo),
    }
    if case:
        facts |= standing_in(case, person)
    if words:
        facts["words"] = bounded(words)
    return (
        Letter(
            template="task", to=address_of(person), occasion=occasion, to_staff=True, facts=facts
        ),
    )


def words_of(message: InboundMessage, files: Files, text: str, reference: str) -> dict[str, object]:
    """
    The facts of a staff mail that shows the message of a case: *text* as it is to be read
    there, and its *files*. With what is too long for that goes the file that `in_full` makes.
    """
    return {
        "words": whole(message, text, rest=ENCLOSED if in_full(text) else KEPT),
        "attachments": listed(files, reference),
    }


def whole(message: InboundMessage, text: str, most: int = MOST_OCTETS, *, rest: str = KEPT) -> str:
    """
    All that it says, for one of our people: *text* as it is to be read there, as much of it
    as takes *most* octets and under that the sentence *rest*; what another version of it
    says; and what is missing.
    """
    if not message.readable:
        return bounded(text, most, rest=rest) or _UNREAD
    said = [bounded(text, most, rest=rest)]
    if message.other_text:
        said += [_OTHER, bounded(message.other_text, most // 2)]
    if message.sealed:
        said.append(_SEALED[message.sealed])
    return "\n\n".join(filter(None, said)) or _NO_TEXT


def address_of(handler: Handler) -> Address:
    return Address(name=handler.name, email=handler.email)


def alerts(message: InboundMessage, firm: Firm) -> list[str]:
    """
    The safety words of the rulebook that stand in the message. They alert a
    person; a program decides no more than that.
    """
    return alerts_in(f"{message.subject}\n{message.text}\n{message.other_text}", firm)


def alerts_in(text: str, firm: Firm) -> list[str]:
    """
    The same of a text by itself.
    """
    said = unicodedata.normalize("NFKC", text)
    # Where case is ignored, Python's patterns take these two for "i".
    seen = said.replace("\u0130", "i").replace("\u0131", "i").lower()
    return [
        word
        for word in firm.rulebook.safety.words
        if _heart(word) in seen and _as_a_word(word).search(said)
    ]


@cache
def _heart(word: str) -> str:
    """
    What stands wherever *word* is found, for a quick look: its longest piece, or ""
    where its letters may have been spelt in more ways than two.
    """
    return max(word.lower().split(), key=len, default="") if word.isascii() else ""


@cache
def _as_a_word(word: str) -> re.Pattern[str]:
    """
    *word* by itself or in the plural, over any white space or a hyphen: "medical" is not in
    "paramedical", nor "112" in 112.50, £112 or a reference.
    """
    plural = "(['\u2019]?s)?" if word[-1:].isalpha() else ""
    spelt = "[\\s\u2010\u2013-]+".join(map(re.escape, word.split()))
    return re.compile(rf"(?<![\w£$€])(?<!\d[.,-]){spelt}{plural}(?!\w)(?![.,-]\d)", re.IGNORECASE)
