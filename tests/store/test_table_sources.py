"""
A source that is found quickly is the very source.
"""

import inspect

import pytest
from tortoise import Model

from mailbot.store import tables
from mailbot.store.table_sources import found_quickly, source_of

TABLES = [each for each in vars(tables).values() if isinstance(each, type)]


@pytest.mark.parametrize(
    "kind", [each for each in TABLES if issubclass(each, Model)], ids=lambda each: each.__name__
)
def test_a_source_is_the_one_that_inspect_finds(kind: type) -> None:
    assert source_of(kind) == inspect.getsource(kind)


def test_a_class_without_a_source_has_none() -> None:
    made = type("Made", (), {"__module__": __name__})

    with pytest.raises(OSError, match="no source of Made"):
        source_of(made)


def test_inspect_is_left_as_it_was() -> None:
    before = inspect.getsource

    with found_quickly():
        assert inspect.getsource is not before
        assert inspect.getsource(inspect.getsource).startswith("    def source(")

    assert inspect.getsource is before
