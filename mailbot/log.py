"""
The log: events by name, and nothing about a person.

Only the keys of KEYS get into a line, and a defect only by its type and place:
an exception's text may quote the message that caused it.
"""

import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO, cast


@contextmanager
def _as_if_not_installed(package: str) -> Iterator[None]:
    """
    Whoever can do without it does.
    """
    modules: dict[str, Any] = sys.modules
    before = modules.get(package)
    # The import system's own word for what is not there.
    modules[package] = None
    try:
        yield
    finally:
        del modules[package]
        if before:
            modules[package] = before


# structlog takes rich to show tracebacks, of which no line of ours has one.
with _as_if_not_installed("rich"):
    import structlog

get_logger = structlog.get_logger

#: Every key that a line may have. What is not here is left out.
KEYS = frozenset(
    {
        "action",
        "attempt",
        "case",
        "cases",
        "count",
        "days",
        "defect",
        "event",
        "evidence",
        "kind",
        "level",
        "letters",
        "messages",
        "outbox",
        "part",
        "place",
        "reason",
        "retry_after",
        "says",
        "send",
        "serial",
        "silence",
        "template",
        "timestamp",
        "uid",
        "unplaced",
        "version",
    }
)

_Line = MutableMapping[str, Any]

#: Whoever hears each line beside the stream.
_listeners: list[Callable[[Mapping[str, Any]], None]] = []


class _Unbreakable:
    """
    A stream that nobody may be reading any more, or on a disk that is full: a line that
    cannot be written is dropped and counted, and the count is told when it works again.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._dropped = 0
        #: A line was cut in the middle.
        self._is_cut = False
        self._begun = ""
        #: structlog holds a lock for each file while it writes to it: what is said about a
        #: line inside of its writing goes by a file of its own.
        self._beside = _Beside(self)

    def write(self, text: str) -> None:
        # The end of a line comes apart from its words.
        self._begun += text
        if not self._begun.endswith("\n"):
            return
        line, self._begun = self._begun, ""
        try:
            self._put(f"\n{line}" if self._is_cut else line)
        # ValueError: the stream is closed.
        except (OSError, ValueError):
            self._dropped += 1
            return
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            beside = structlog.PrintLogger(cast("TextIO", self._beside))
            log = structlog.wrap_logger(beside)
            log.warning("log_lines_dropped", count=dropped)

    def flush(self) -> None:
        """
        Nothing waits: each line is on its way.
        """

    def _put(self, text: str) -> None:
        try:
            number = self._stream.fileno()
        except (OSError, ValueError, AttributeError):
            self._stream.write(text)
            return
        # Past the stream's own buffer: what it cannot write it would try again at the end,
        # and end the program with that fault.
        self._stream.flush()
        octets = text.encode(errors="replace")
        while octets:
            written = os.write(number, octets)
            octets = octets[written:]
            self._is_cut = bool(octets)


class _Beside:
    """
    The same stream, under a lock of its own.
    """

    def __init__(self, by: _Unbreakable) -> None:
        self._by = by

    def write(self, text: str) -> None:
        self._by.write(text)

    def flush(self) -> None:
        pass


def configure(stream: TextIO, *, as_json: bool) -> None:
    """
    Log to *stream* from now on, as JSON lines or for a person to read.
    """
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=stream.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _defects_by_place,
            _known_keys_only,
            _heard,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Unbreakable(stream))),
        cache_logger_on_first_use=False,
    )
    # Libraries put what they read into their messages.
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)


def _defects_by_place(_: Any, __: str, line: _Line) -> _Line:
    defect = line.get("defect")
    if isinstance(defect, BaseException):
        line["defect"] = type(defect).__name__
        line["place"] = _place(defect.__traceback__)
    return line


def _place(trace: TracebackType | None) -> str:
    """
    Where it happened: the last frames, without a line of source or a value.
    """
    frames = traceback.extract_tb(trace)[-4:]
    return " < ".join(f"{Path(each.filename).name}:{each.lineno}" for each in reversed(frames))


def _known_keys_only(_: Any, __: str, line: _Line) -> _Line:
    return {key: value for key, value in line.items() if key in KEYS and value not in ("", None)}


def _heard(_: Any, __: str, line: _Line) -> _Line:
    for each in _listeners:
        each(dict(line))
    return line


def listen(listener: Callable[[Mapping[str, Any]], None]) -> None:
    """
    Give each line to *listener* too, as it is written; it must return at once.
    """
    _listeners.append(listener)


def to_stdout() -> None:
    """
    For `run`: JSON lines, unless somebody is watching.
    """
    configure(sys.stdout, as_json=not sys.stdout.isatty())


def to_stderr() -> None:
    """
    For the short commands, whose stdout is their answer.
    """
    configure(sys.stderr, as_json=not sys.stderr.isatty())


@contextmanager
def quiet() -> Iterator[None]:
    """
    Warnings and alarms only, while something else is on the screen.
    """
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        yield
    finally:
        structlog.configure(**before)
