"""
A message in a file, read as the worker reads its mail; and when it is taken to come.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import typer

from mailbot.mail.message import InboundMessage
from mailbot.mail.reading.confined import read_in_bounds
from mailbot.mail.reading.parse import parse_header
from mailbot.mail.reading.scan import Malformed
from mailbot.settings import Settings
from mailbot.settings.environment import variable

#: The years for which the calendar, and the bank holidays in it, mean anything.
_FIRST, _LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

#: RFC 5322 §3.3 and §4.3, a comment behind it included. A Date without one names no instant.
_ZONE = re.compile(r"([+-]\d{4}|\b[A-Za-z]{1,4})\s*(\(.*\))?\s*$")


class FileProblem(Exception):  # noqa: N818 - it is the file's
    """
    A file that cannot be read; str() says which and why.
    """


def without_passwords(environ: Mapping[str, str]) -> dict[str, str]:
    """
    The environment with something in place of every password that is not given: none
    is used here.
    """
    names = (variable("imap", "password"), variable("smtp", "password"))
    return {**environ, **{name: environ.get(name) or "not-needed" for name in names}}


def instant_of(text: str) -> datetime:
    """
    The instant that --at names, or a usage error.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _misused(f'expected an instant such as "2026-11-20T16:45Z", got "{text}"') from None
    if at.tzinfo is None:
        raise _misused(f'"{text}" does not say where on earth: add Z, or an offset such as +01:00')
    if not _is_sensible(at):
        raise _misused(f'expected an instant from 1990 to 2099, got "{text}"')
    return at.astimezone(UTC)


def _misused(why: str) -> typer.BadParameter:
    return typer.BadParameter(why, param_hint="--at")


def _is_sensible(at: datetime) -> bool:
    return _FIRST <= at < _LAST


def octets(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as fault:
        raise FileProblem(f"{file} cannot be read: {reason(fault)}") from fault


def read(content: bytes, received_at: datetime, settings: Settings) -> tuple[InboundMessage, str]:
    """
    The message, and why its body could not be read; as the worker reads its mail.
    """
    if len(content) > settings.imap.max_message:
        return header(content, received_at), "larger than [imap] max_message"
    try:
        return read_in_bounds(content, received_at=received_at), ""
    except Malformed as bound:
        return header(content, received_at), str(bound)


def header(content: bytes, received_at: datetime) -> InboundMessage:
    try:
        return parse_header(content, received_at=received_at)
    except (Malformed, ValueError, LookupError, TypeError):
        return InboundMessage(received_at=received_at, readable=False)


def receipt(message: InboundMessage, at: datetime | None, now: datetime) -> tuple[datetime, str]:
    """
    When it is taken to be received, and by whose clock.
    """
    if at:
        return at, "as --at says"
    date = message.date
    if date and _ZONE.search(message.first("date")) and _is_sensible(date):
        return date.astimezone(UTC), "the message's own Date; a live one counts from its arrival"
    return now, "now, because the message has no Date that can be used"


def reason(fault: OSError) -> str:
    return fault.strerror or type(fault).__name__
