"""
What is promised, by when, and what became of it.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from mailbot.page.story import Row, Story
from mailbot.page.words import said


def promises(story: Story) -> Iterator[str]:
    yield '<section aria-labelledby="promises">'
    yield '<h2 id="promises">What is promised</h2>'
    yield '<table class="promises">'
    yield (
        '<thead><tr><th scope="col">Promise</th><th scope="col">By</th>'
        f'<th scope="col">{said(story.ends)}</th></tr></thead>'
    )
    # A promise that was made again and again is quoted once, with every date below.
    rows = sorted(story.promises, key=_first_of(story.promises))
    for (promise, clause), same in groupby(rows, key=lambda row: (row.promise, row.clause)):
        dates = list(same)
        yield "<tbody>"
        for number, each in enumerate(dates):
            named = (
                f'<th scope="rowgroup" rowspan="{len(dates)}">{said(promise)}'
                f"<q>{said(clause)}</q></th>"
            )
            yield (
                f"<tr>{'' if number else named}<td>{said(each.due)}</td>"
                f'<td class="{_end_of(each)}">{said(each.end)}{_evidence(each)}</td></tr>'
            )
        yield "</tbody>"
    yield "</table>"
    yield "</section>"


def _first_of(rows: Sequence[Row]) -> Callable[[Row], int]:
    """
    The order of the promises: each where it is made first.
    """
    first: dict[tuple[str, str], int] = {}
    for number, each in enumerate(rows):
        first.setdefault((each.promise, each.clause), number)
    return lambda row: first[row.promise, row.clause]


def _end_of(row: Row) -> str:
    if row.is_broken:
        return "broken"
    return {"kept": "kept", "kept late": "late"}.get(row.end, "open")


def _evidence(row: Row) -> str:
    return f"<small>{said(row.evidence)}</small>" if row.evidence else ""
