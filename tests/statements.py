"""
Every statement that goes to a database, as Tortoise's clients say it: whoever asks.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

_CLIENTS = logging.getLogger("tortoise.db_client")


class Statements(logging.Handler):
    """
    What was asked, in order, with its values.
    """

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[str, Sequence[Any]]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == "%s: %s" and isinstance(record.args, tuple):
            query, values = record.args
            self.said.append((str(query), values or ()))  # type: ignore[arg-type]


@contextmanager
def recorded() -> Iterator[Statements]:
    statements = Statements()
    level = _CLIENTS.level
    _CLIENTS.addHandler(statements)
    _CLIENTS.setLevel(logging.DEBUG)
    try:
        yield statements
    finally:
        _CLIENTS.removeHandler(statements)
        _CLIENTS.setLevel(level)
