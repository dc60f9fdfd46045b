"""
What stands on the report of a month, in words and figures, whatever it is printed on.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mailbot import __version__
from mailbot.cases.firm import Firm
from mailbot.cases.month.broken import Broken
from mailbot.cases.month.figures import Figures
from mailbot.cases.month.report import Report, percent
from mailbot.cases.month.tally import ENDINGS, Tally
from mailbot.cases.month.times import Spread
from mailbot.cases.rulebook.working_days import ONE_DAY
from mailbot.cases.wording import month_words
from mailbot.cases.wording.moments import in_words
from mailbot.cases.wording.promise_words import PROMISES
from mailbot.mail.words import date_words

#: Where there is nothing to say.
NOTHING = "\u2013"


@dataclass(frozen=True, kw_only=True)
class Row:
    label: str
    cells: tuple[str, ...]
    #: What is said below the label.
    note: str = ""
    #: Whether it tells of something that went wrong.
    is_bad: bool = False
    #: Whether it is a part of the row above.
    is_part: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    heading: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Series:
    name: str
    #: One a month, the month of the report last.
    values: tuple[int, ...]
    is_bad: bool = False


@dataclass(frozen=True, kw_only=True)
class Chart:
    name: str
    title: str
    #: "Dec", and January with its year.
    months: tuple[str, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, kw_only=True)
class Item:
    """
    A promise that was not kept in time, as often as the same is to be said of it.
    """

    reference: str
    name: str
    due: tuple[str, ...]
    #: "Broken 4 times".
    how: str
    who: str
    missing: str
    since: str


@dataclass(frozen=True, kw_only=True)
class Key:
    """
    One of the few figures that are seen first.
    """

    value: str
    label: str
    before: str
    is_bad: bool = False


@dataclass(frozen=True, kw_only=True)
class Sheet:
    title: str
    firm: str
    lead: tuple[str, ...]
    keys: tuple[Key, ...]
    promises: Table
    month: Table
    charts: tuple[Chart, ...]
    items: tuple[Item, ...]
    definitions: tuple[tuple[str, str], ...]
    #: A figure, and the cases that it counts.
    behind: tuple[tuple[str, tuple[str, ...]], ...]
    #: Who made it, when, by which rules.
    foot: tuple[str, ...]
    warning: str = ""


def sheet(report: Report, firm: Firm) -> Sheet:
    return Sheet(
        title=f"Complaints in {report.month.words}",
        firm=report.firm,
        lead=report.lead,
        keys=tuple(_keys(report.figures, report.before[-1])),
        promises=_promises(report.figures),
        month=_month(report),
        charts=_charts(report),
        items=tuple(_items(report.broken, firm)),
        definitions=tuple(month_words.DEFINITIONS.items()),
        behind=tuple(_behind(report.figures)),
        foot=tuple(_foot(report, firm)),
        warning=_warning(report, firm),
    )


def _keys(own: Figures, last: Figures) -> Iterator[Key]:
    before = "the month before: {}"
    counts: dict[str, Callable[[Figures], int]] = {
        "received": lambda each: len(each.received),
        "closed": lambda each: len(each.closed),
        "open at the end": lambda each: len(each.open_at_end),
    }
    for label, count in counts.items():
        yield Key(value=str(count(own)), label=label, before=before.format(count(last)))
    yield Key(
        value=_share(own) or NOTHING,
        label="of promises kept in time",
        before=before.format(_share(last) or NOTHING),
    )
    late = own.of("kept_late") + own.of("broken")
    yield Key(
        value=str(late),
        label="promises late or broken",
        before=before.format(last.of("kept_late") + last.of("broken")),
        is_bad=late > 0,
    )


def _share(figures: Figures) -> str:
    return percent(figures.of("kept"), figures.decided)


def _promises(own: Figures) -> Table:
    rows = [_promise(each) for each in own.promises if _is_shown(each)]
    total = Row(
        label="All promises",
        cells=(*(str(own.of(each)) for each in ENDINGS), _share(own) or NOTHING),
    )
    return Table(
        heading="The promises of our code",
        columns=(
            "Promise, and what the code says",
            *month_words.ENDINGS.values(),
            "Kept in time",
        ),
        rows=(*rows, total),
    )


def _is_shown(tally: Tally) -> bool:
    """
    Every promise that the code makes; what else was owed only where there was any.
    """
    return tally.promise != "decide_reopening" or any(getattr(tally, each) for each in ENDINGS)


def _promise(tally: Tally) -> Row:
    counts = [len(getattr(tally, each)) for each in ENDINGS]
    return Row(
        label=_capital(PROMISES[tally.promise].name),
        note=tally.clause,
        cells=(
            *(str(each) if each else NOTHING for each in counts),
            percent(len(tally.kept), tally.decided) or NOTHING,
        ),
        is_bad=bool(tally.broken or tally.kept_late),
    )


def _month(report: Report) -> Table:
    own, last = report.figures, report.before[-1]

    def counted(label: str, count: Callable[[Figures], int], *, is_part: bool = False) -> Row:
        total = sum(count(each) for each in report.before)
        return Row(
            label=label,
            cells=(*(str(each) if each else NOTHING for each in (count(own), count(last), total)),),
            is_part=is_part,
        )

    def state(label: str, count: Callable[[Figures], int], *, is_part: bool = False) -> Row:
        row = counted(label, count, is_part=is_part)
        return Row(label=label, cells=(*row.cells[:2], NOTHING), is_part=is_part)

    def measured(label: str, spread: Callable[[Figures], Spread], unit: str) -> Row:
        cells = (_spread(spread(own), unit), _spread(spread(last), unit), NOTHING)
        return Row(label=label, cells=cells)

    return Table(
        heading="The month in figures",
        columns=("", report.month.words, last.month.words, "Twelve months before"),
        rows=(
            counted("Complaints received", lambda each: len(each.received)),
            *(
                counted(f"by {words.lower()}", _by(channel), is_part=True)
                for channel, words in month_words.CHANNELS.items()
            ),
            counted("Judged to be no complaint", lambda each: len(each.not_complaints)),
            counted("Closed, as the customer confirmed", lambda each: len(each.closed)),
            counted("Opened again", lambda each: len(each.reopened)),
            counted("Handed up to a manager", lambda each: len(each.escalated)),
            counted(
                "Told of independent help after six weeks", lambda each: len(each.rights_letters)
            ),
            counted(
                "Told that we cannot agree (deadlock)", lambda each: len(each.deadlock_letters)
            ),
            Row(
                label="Credits agreed",
                cells=(_credits(own), _credits(last), _credits(*report.before)),
            ),
            state("Open at the end of the month", lambda each: len(each.open_at_end)),
            *(
                state(f"for {words}", _aged(age), is_part=True)
                for age, words in month_words.AGES.items()
            ),
            measured("Hours to acknowledge", lambda each: each.hours_to_acknowledge, "h"),
            measured("Hours to introduce the handler", lambda each: each.hours_to_introduce, "h"),
            measured("Days to close", lambda each: each.days_to_close, "d"),
        ),
        note="Of times: the middle one, then the one that nine of ten did not exceed.",
    )


def _by(channel: str) -> Callable[[Figures], int]:
    return lambda each: len(each.by_channel[channel])


def _aged(age: str) -> Callable[[Figures], int]:
    return lambda each: len(each.open_by_age[age])


def _credits(*months: Figures) -> str:
    count = sum(len(each.credits.references) for each in months)
    amount = sum(each.credits.amount for each in months)
    return f"{count} (£{amount:,.2f})" if count else NOTHING


def _spread(spread: Spread, unit: str) -> str:
    if spread.median is None or spread.p90 is None:
        return NOTHING
    return f"{_length(spread.median, unit)}; {_length(spread.p90, unit)}"


def _length(value: float, unit: str) -> str:
    return f"{value:g} {unit}" if value else "at once"


def _charts(report: Report) -> tuple[Chart, ...]:
    months = (*report.before, report.figures)
    names = tuple(map(_short, months))

    def series(name: str, count: Callable[[Figures], int], *, is_bad: bool = False) -> Series:
        return Series(name=name, values=tuple(count(each) for each in months), is_bad=is_bad)

    return (
        Chart(
            name="received",
            title="Complaints received and closed",
            months=names,
            series=(
                series("Received", lambda each: len(each.received)),
                series("Closed", lambda each: len(each.closed)),
            ),
        ),
        Chart(
            name="broken",
            title="Promises broken, and kept late",
            months=names,
            series=(
                series("Broken", lambda each: each.of("broken"), is_bad=True),
                series("Kept late", lambda each: each.of("kept_late")),
            ),
        ),
        Chart(
            name="open",
            title="Complaints open at the end of the month",
            months=names,
            series=(
                series(
                    "Over six weeks",
                    lambda each: len(each.open_by_age["over_six_weeks"]),
                    is_bad=True,
                ),
                series("Up to six weeks", _young),
            ),
        ),
    )


def _short(figures: Figures) -> str:
    """
    "Dec", and with its year where one begins.
    """
    first = figures.month.first
    return f"{first:%b} \u2019{first:%y}" if first.month == 1 else f"{first:%b}"


def _young(figures: Figures) -> int:
    return len(figures.open_at_end) - len(figures.open_by_age["over_six_weeks"])


def _items(broken: Sequence[Broken], firm: Firm) -> Iterator[Item]:
    alike: dict[tuple[object, ...], list[Broken]] = {}
    for each in broken:
        same = (each.reference, each.promise, each.is_late, each.who, each.missing, each.since)
        alike.setdefault(same, []).append(each)
    for some in alike.values():
        yield Item(
            reference=some[0].reference,
            name=_capital(some[0].name),
            due=tuple(in_words(each.due_at, firm) for each in some),
            how=_how(some),
            who=some[0].who or "nobody",
            missing=some[0].missing,
            since=some[0].since,
        )


def _how(some: Sequence[Broken]) -> str:
    what = "Late" if some[0].is_late else "Broken"
    return what if len(some) == 1 else f"{what} {len(some)} times"


def _behind(own: Figures) -> Iterator[tuple[str, tuple[str, ...]]]:
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
            (f"{_capital(PROMISES[each.promise].name)}: {words.lower()}", getattr(each, ending))
            for each in own.promises
            for ending, words in month_words.ENDINGS.items()
        ),
    )
    return ((label, references) for label, references in named if references)


def _foot(report: Report, firm: Firm) -> Iterator[str]:
    yield f"Made on {in_words(report.made_at, firm)} by {report.made_by}, with mailbot {__version__}."
    if len(report.rulebooks) == 1:
        yield f"The complaints were kept by version {report.rulebooks[0]} of the rulebook."
    elif report.rulebooks:
        yield f"The complaints were kept by versions {', '.join(report.rulebooks)} of the rulebook."
    if report.began_at:
        began = date_words(firm.calendar.local_day(report.began_at))
        yield f"Records begin with a complaint of {began}."
    if report.figures.anonymised:
        yield f"{report.figures.anonymised} old cases were anonymised in this month."
    yield "Every figure with the references of its cases: mailbot report --json."


def _warning(report: Report, firm: Firm) -> str:
    if not report.is_unfinished:
        return ""
    if report.made_at < report.month.begins(firm.calendar):
        return "The month has not begun."
    last: datetime = report.month.ends(firm.calendar)
    day = date_words(firm.calendar.local_day(last) - ONE_DAY)
    return f"The month is not over: it ends on {day}. These are the figures so far."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
