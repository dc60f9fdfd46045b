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
from mailbot.cases.wording.cutting import ENCLOSED, KEPT, bounded, in_full
from mailbot.cases.wording.files import listed
from mailbot.mail.files.going_along import Files
from mailbot.mail.message import Address, InboundMessage

_NO_TEXT = "(this message has no text)"
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
        "words": bounded(text, rest=ENCLOSED if in_full(text) else KEPT)
        or (_NO_TEXT if message.readable else _UNREAD),
        "attachments": listed(files, reference),
    }


def address_of(handler: Handler) -> Address:
    return Address(name=handler.name, email=handler.email)


def alerts(message: InboundMessage, firm: Firm) -> list[str]:
    """
    The safety words of the rulebook that stand in the message. They alert a
    person; a program decides no more than that.
    """
    said = unicodedata.normalize("NFKC", f"{message.subject}\n{message.text}")
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
    *word* by itself or in the plural, over any white space: "medical" is not in
    "paramedical", nor "112" in 112.50, £112 or a reference.
    """
    plural = "(['\u2019]?s)?" if word[-1:].isalpha() else ""
    spelt = r"\s+".join(map(re.escape, word.split()))
    return re.compile(rf"(?<![\w£$€])(?<!\d[.,-]){spelt}{plural}(?!\w)(?![.,-]\d)", re.IGNORECASE)
