"""
Tables for people: instants by the clock on their wall, and nothing that steers the terminal.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mailbot.cli.shown.document import Document
from mailbot.cli.shown.lines import printable

#: Narrower than this nobody reads what is folded.
_NARROWEST = 20

#: What people wrote or servers said; names of ours stay in one piece.
_FOLDED = {"complainant", "detail", "evidence", "from", "subject", "to", "who", "why"}


def print_table(
    console: Console, rows: Sequence[Document], columns: Mapping[str, str], zone: ZoneInfo
) -> None:
    """
    Print *rows* under the headings of *columns* (key to heading); a column in which
    nothing stands is left out.
    """
    filled = {key: each for key, each in columns.items() if any(row.get(key) for row in rows)}
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    for key, heading in filled.items():
        is_folded = key in _FOLDED
        table.add_column(
            heading,
            overflow="fold",
            no_wrap=not is_folded,
            min_width=_NARROWEST if is_folded else None,
        )
    for row in rows:
        table.add_row(*(Text(shown(key, row.get(key), zone)) for key in filled))
    # On a narrow screen a line runs on: the name of a state or of a person is not cut short.
    width = console.measure(table).minimum
    console.print(table, width=max(console.width, width), crop=False, soft_wrap=True)


def shown(key: str, value: object, zone: ZoneInfo) -> str:
    """
    The value as people read it; the name of its *key* says whether it is an instant.
    """
    if value is None:
        return ""
    if _is_instant(key):
        return f"{datetime.fromisoformat(str(value)).astimezone(zone):%Y-%m-%d %H:%M}"
    return printable(str(value))


def _is_instant(key: str) -> bool:
    return key == "at" or key.endswith("_at")
