"""
The month on a terminal.
"""

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from mailbot.cli.shown.lines import printable
from mailbot.report.sheet import Sheet, Table


def tell(console: Console, sheet: Sheet) -> None:
    """
    What the page says first, its two tables, and the promises that were not kept in time.
    """
    console.print(Text(sheet.title, style="bold"))
    if sheet.warning:
        console.print(Text(sheet.warning))
    console.print(Text(" ".join(sheet.lead)))
    for table in (sheet.promises, sheet.month):
        console.print()
        console.print(_grid(table))
    for each in sheet.items:
        console.print()
        console.print(
            Text(printable(f"{each.reference}, with {each.who}. {each.how}: {each.name}"))
        )
        console.print(Text(f"Due {'; '.join(each.due)}."))
        console.print(Text(printable(f"{each.missing} {each.since}")))
    console.print()
    for line in sheet.foot:
        console.print(Text(printable(line)))


def _grid(table: Table) -> Grid:
    grid = Grid(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    grid.add_column(table.heading, min_width=30)
    for each in table.columns[1:]:
        grid.add_column(each, justify="right")
    for row in table.rows:
        grid.add_row(Text(f"{'  ' if row.is_part else ''}{row.label}"), *map(Text, row.cells))
    return grid
