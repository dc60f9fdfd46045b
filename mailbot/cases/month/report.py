"""
The report of a month: one value, whatever shape it is shown in.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from mailbot.cases.firm import Firm
from mailbot.cases.month.broken import Broken, broken, in_order
from mailbot.cases.month.figures import Figures, figures
from mailbot.cases.month.known import Known
from mailbot.cases.month.life import Life
from mailbot.cases.month.months import Month
from mailbot.cases.wording.promise_words import PROMISES
from mailbot.mail.words import date_words


@dataclass(frozen=True, kw_only=True)
class Report:
    firm: str
    figures: Figures
    #: The twelve months before, the oldest first.
    before: tuple[Figures, ...]
    broken: tuple[Broken, ...]
    #: How the month was, a sentence each.
    lead: tuple[str, ...]
    #: The rulebooks under which the complaints of this month were opened.
    rulebooks: tuple[str, ...]
    made_at: datetime
    made_by: str
    #: Whether the month was not over when this was made.
    is_unfinished: bool
    #: When the first complaint on record came.
    began_at: datetime | None

    @property
    def month(self) -> Month:
        return self.figures.month


def first_needed(month: Month, firm: Firm) -> datetime:
    """
    From when on the history has to be known.
    """
    return month.year_before()[0].begins(firm.calendar)


@dataclass(frozen=True, kw_only=True)
class Count:
    """
    What was counted of some cases. A year of them is gone through in portions, and never in
    hand at once.
    """

    #: The twelve months before, the oldest first, and the month.
    figures: tuple[Figures, ...] = field(repr=False)
    broken: tuple[Broken, ...] = field(repr=False)
    rulebooks: frozenset[str]
    began_at: datetime | None

    def plus(self, more: "Count") -> "Count":
        both = zip(self.figures, more.figures, strict=True)
        return Count(
            figures=tuple(one.plus(other) for one, other in both),
            broken=self.broken + more.broken,
            rulebooks=self.rulebooks | more.rulebooks,
            began_at=self.began_at or more.began_at,
        )


def count(known: Known, month: Month, firm: Firm) -> Count:
    made = figures(known, (*month.year_before(), month), firm.rulebook, firm.calendar)
    seen = {*made[-1].received, *made[-1].open_at_end, *made[-1].closed}
    return Count(
        figures=made,
        broken=broken([Life(each) for each in known.cases], month, firm),
        rulebooks=frozenset(
            each.rulebook_version for each in known.cases if each.reference in seen
        ),
        began_at=known.began_at,
    )


def report(counted: Count, firm: Firm, *, made_at: datetime, made_by: str) -> Report:
    *before, own = counted.figures
    is_unfinished = made_at < own.month.ends(firm.calendar)
    return Report(
        firm=firm.rulebook.company.name,
        figures=own,
        before=tuple(before),
        broken=in_order(counted.broken),
        lead=tuple(
            _before_records(own, counted.began_at, firm)
            or _lead(own, before[-1], firm, is_unfinished=is_unfinished)
        ),
        rulebooks=tuple(sorted(counted.rulebooks)),
        made_at=made_at,
        made_by=made_by,
        is_unfinished=is_unfinished,
        began_at=counted.began_at,
    )


def _before_records(own: Figures, began_at: datetime | None, firm: Firm) -> tuple[str, ...]:
    """
    Of a month before the first complaint on record nobody can say that none came.
    """
    if began_at is None or began_at < own.month.ends(firm.calendar):
        return ()
    if own.received or own.decided or own.open_at_end:
        return ()
    began = date_words(firm.calendar.local_day(began_at))
    return (
        f"Nothing of {own.month.words} is on record.",
        f"Records begin with a complaint of {began}: what came before that is not known here.",
    )


def _lead(own: Figures, last: Figures, firm: Firm, *, is_unfinished: bool) -> Iterator[str]:
    """
    The month in words: what came, how the promises were kept, what is left, what went wrong.
    """
    month = own.month.words
    yield (
        f"In {month} we received {_many(len(own.received), 'complaint')}"
        f" ({len(last.received)} the month before) and closed {len(own.closed)}."
    )
    yield from _kept(own)
    yield from _left(own, firm, "When this was made," if is_unfinished else "At its end")
    if own.rights_letters:
        told = _many(len(own.rights_letters), "customer")
        yield f"We told {told} of the right to independent help, because six weeks were over."
    if own.deadlock_letters:
        told = _many(len(own.deadlock_letters), "customer")
        yield f"We told {told} that we cannot agree, and who decides."


def _kept(own: Figures) -> Iterator[str]:
    if not own.decided:
        yield "No promise fell due."
        return
    kept, late, missed = own.of("kept"), own.of("kept_late"), own.of("broken")
    if not late and not missed:
        are_all = f"All {own.decided} promises of the month were"
        yield f"{are_all if own.decided > 1 else 'The one promise of the month was'} kept in time."
        return
    sentence = (
        f"Of {_many(own.decided, 'promise')} we kept {kept} in time ({percent(kept, own.decided)})"
    )
    rest = [f"{late} late"] if late else []
    sentence += ", ".join(["", *rest]) + (f" and broke {missed}" if missed else " and broke none")
    worst = sorted(
        (each for each in own.promises if each.broken or each.kept_late),
        key=lambda each: -(len(each.broken) + len(each.kept_late)),
    )
    said = [
        f"{PROMISES[each.promise].name} ({len(each.broken) + len(each.kept_late)})"
        for each in worst
    ]
    yield f"{sentence}."
    yield f"Late or broken: {_listed(said)}."


def _left(own: Figures, firm: Firm, when: str) -> Iterator[str]:
    if not own.open_at_end:
        yield f"{when} no complaint was open."
        return
    over = len(own.open_by_age["over_six_weeks"])
    sentence = f"{when} {_many(len(own.open_at_end), 'complaint was', 'complaints were')} open"
    if over:
        sentence += f", {over} of them for over six weeks"
    if own.oldest:
        day = date_words(firm.calendar.local_day(own.oldest[1]))
        sentence += f"; the oldest, {own.oldest[0]}, came on {day}"
    yield f"{sentence}."


def percent(part: int, whole: int) -> str:
    """
    Rounded down, so that 100% means all of them.
    """
    return f"{part * 100 // whole}%" if whole else ""


def _many(count: int, what: str, plural: str = "") -> str:
    return f"{count} {what}" if count == 1 else f"{count or 'no'} {plural or what + 's'}"


def _listed(parts: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
