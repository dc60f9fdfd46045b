"""
What stands on the report of a month, in words and figures, whatever it is printed on.
"""

from dataclasses import dataclass

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
