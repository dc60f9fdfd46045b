"""
What is listed one by one: promises that were not kept, and the cases behind each figure.
"""

from collections.abc import Iterator, Sequence

from mailbot.cases.firm import Firm
from mailbot.cases.month.broken import Broken
from mailbot.cases.month.figures import Figures
from mailbot.cases.wording import month_words
from mailbot.cases.wording.moments import in_words
from mailbot.cases.wording.promise_words import PROMISES
from mailbot.report.sheet import Item


def items(broken: Sequence[Broken], firm: Firm) -> Iterator[Item]:
    alike: dict[tuple[object, ...], list[Broken]] = {}
    for each in broken:
        same = (each.reference, each.promise, each.is_late, each.who, each.missing, each.since)
        alike.setdefault(same, []).append(each)
    for some in alike.values():
        yield Item(
            reference=some[0].reference,
            name=PROMISES[some[0].promise].title,
            due=tuple(in_words(each.due_at, firm) for each in some),
            how=_how(some),
            who=some[0].who or "nobody",
            missing=some[0].missing,
            since=some[0].since,
        )


def _how(some: Sequence[Broken]) -> str:
    what = "Late" if some[0].is_late else "Broken"
    return what if len(some) == 1 else f"{what} {len(some)} times"


def behind(own: Figures) -> Iterator[tuple[str, tuple[str, ...]]]:
    named = (
        ("Received", own.received),
        *(
            (f"Received by {words.lower()}", own.by_channel[channel])
            for channel, words in month_words.CHANNELS.items()
        ),
        ("Judged to be no complaint", own.not_complaints),
        ("Marked by our mail system, and rejected", own.rejected),
        ("Merged into another complaint", own.merged),
        ("Closed", own.closed),
        ("Opened again", own.reopened),
        ("Handed up to a manager", own.escalated),
        ("Told of independent help after six weeks", own.rights_letters),
        ("Told that we cannot agree", own.deadlock_letters),
        ("Credits agreed", own.credits.references),
        *(
            (f"Open at the end, for {words}", own.open_by_age[age])
            for age, words in month_words.AGES.items()
        ),
        *(
            (f"{PROMISES[each.promise].title}: {words.lower()}", getattr(each, ending))
            for each in own.promises
            for ending, words in month_words.ENDINGS.items()
        ),
    )
    return ((label, references) for label, references in named if references)
