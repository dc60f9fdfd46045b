"""
What came of a rebuild, in words: what is there again, what is not, and what nobody can know.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mailbot.cli.shown.lines import counted
from mailbot.workers.past.replay import Found

#: So many of one kind are named; of more the number is said.
_MOST = 50

#: Nobody wrote it into a mail that is kept.
UNKNOWABLE = (
    "what was ordered at a terminal and wrote no letter: notes, calls, needs, who was away",
    "what a command that only its letter tells of said besides, and who gave it",
    "the relay's answers, the ids that it gave our letters, and attempts that failed",
    "what operations declared, withheld, let go or rejected",
    "the rulebook under which a case was opened: all dates are by the present one",
)


@dataclass(frozen=True, kw_only=True)
class Came:
    """
    What came of it.
    """

    found: Found
    counts: dict[str, int]
    #: Letters to customers that were decided again and lie in no sent folder: of which case,
    #: by what template, when.
    withheld: Sequence[tuple[str, str, datetime]] = ()
    #: References on letters of which no case came.
    missing: Sequence[str] = ()
    #: Letters that no key of ours has signed.
    strangers: int = 0
    #: Messages that the next `run` takes in.
    left: int = 0
    #: Serials below the highest that no case has.
    gaps: Sequence[int] = ()


def told(came: Came, *, dry_run: bool) -> Iterator[str]:
    found = came.found
    if dry_run:
        yield "Nothing was changed. This would come of it:"
        yield ""
    listed = ", ".join(f"{name} {count}" for name, count in came.counts.items())
    yield f"Rebuilt: {listed}."
    yield f"Messages taken in again: {found.messages}. Letters found: {found.letters}."
    if found.ended_at:
        yield f"The last sign of life is of {found.ended_at:%Y-%m-%d %H:%M} UTC: what was due by then was done or is not known to have been; what is due since is done by the next mailbot run."
    if came.left:
        were, them = ("was", "it") if came.left == 1 else ("were", "them")
        yield f"{counted(came.left, 'message')} in the inbox {were} not answered yet: the next mailbot run takes {them} in."
    yield from _missing(came)
    yield ""
    yield "What a mailbox does not tell, and is not in the new database:"
    yield from (f"- {each}" for each in UNKNOWABLE)
    if not dry_run:
        yield ""
        yield "Look at mailbot cases before you start mailbot run: it sends what is overdue."


def _missing(came: Came) -> Iterator[str]:
    found = came.found
    by_case = Counter(
        (reference or "no case", template) for reference, template, _ in came.withheld
    )
    yield from _list(
        "Letters to customers that are in no sent folder. They were sent, or never will be:"
        " write to the customer yourself where it matters",
        [
            f"{reference}: {template}" + (f" ({count})" if count > 1 else "")
            for (reference, template), count in by_case.items()
        ],
    )
    yield from _list(
        "Cases whose first message is not there: they were opened by their letters, with the day"
        " of the first letter as the day of receipt",
        found.opened_by_letters,
    )
    yield from _list(
        "Commands that only a letter tells of, carried out as far as it does",
        [
            f"{each.reference}: {each.template}, {each.written_at:%Y-%m-%d}"
            for each in found.commands
        ],
    )
    yield from _list(
        "Letters that no rule explains, laid into their case",
        [
            f"{reference or 'no case'}: {template}" + (f" ({count})" if count > 1 else "")
            for (reference, template), count in Counter(
                (each.reference, each.template) for each in found.adopted
            ).items()
        ],
    )
    yield from _list("References on letters that have no case", list(came.missing))
    yield from _list("Numbers that no case has, and no letter names", list(map(str, came.gaps)))
    if came.strangers:
        were = "was" if came.strangers == 1 else "were"
        yield f"{counted(came.strangers, 'letter')} in the sent folder {were} signed with a key that is not in token.key: put the old key back below the others, and rebuild again."
    if found.unread:
        yield f"{counted(found.unread, 'message')} could not be read in full."


def _list(title: str, lines: Sequence[str]) -> Iterator[str]:
    if not lines:
        return
    yield ""
    yield f"{title}:"
    yield from (f"- {each}" for each in lines[:_MOST])
    if len(lines) > _MOST:
        yield f"- and {len(lines) - _MOST} more"
