"""
The figures of a month as tables: those seen first, each promise, and the rest.
"""

from collections.abc import Callable, Iterator

from mailbot.cases.month.figures import Figures
from mailbot.cases.month.report import Report, percent
from mailbot.cases.month.tally import ENDINGS, Tally
from mailbot.cases.month.times import Spread
from mailbot.cases.wording import month_words
from mailbot.cases.wording.promise_words import PROMISES
from mailbot.report.sheet import NOTHING, Key, Row, Table


def keys(own: Figures, last: Figures) -> Iterator[Key]:
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


def promises(own: Figures) -> Table:
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
        label=PROMISES[tally.promise].title,
        note=tally.clause,
        cells=(
            *(str(each) if each else NOTHING for each in counts),
            percent(len(tally.kept), tally.decided) or NOTHING,
        ),
        is_bad=bool(tally.broken or tally.kept_late),
    )


def month(report: Report) -> Table:
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
