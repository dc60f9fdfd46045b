"""
Octets of mail with defaults: a test names only the fields it is about.
"""

from datetime import UTC, datetime

from mailbot.mail.message import InboundMessage
from mailbot.mail.reading.parse import parse

RECEIVED_AT = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)

_DEFAULTS = (
    ("From", "Jane Doe <jane@example.com>"),
    ("To", "service@example.com"),
    ("Subject", "No internet"),
    ("Date", "Fri, 20 Nov 2026 16:44:00 +0000"),
    ("Message-ID", "<first@example.com>"),
)


def mail(*fields: tuple[str, str | bytes], body: str | bytes = "The line is dead.") -> bytes:
    """
    A message with these header fields; a default field gives way to one of its name.
    """
    named = {name.lower() for name, _ in fields}
    kept = [each for each in _DEFAULTS if each[0].lower() not in named]
    header = b"".join(
        name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()) + b"\r\n"
        for name, value in (*kept, *fields)
    )
    octets = body if isinstance(body, bytes) else body.replace("\n", "\r\n").encode()
    return header + b"\r\n" + octets


def multipart(subtype: str, *parts: str, fields: tuple[tuple[str, str], ...] = ()) -> bytes:
    """
    A multipart message; each part begins with its own header fields.
    """
    body = "".join(f"--edge\n{part}\n" for part in parts) + "--edge--\n"
    kind = ("Content-Type", f'multipart/{subtype}; boundary="edge"')
    return mail(*fields, kind, body=body)


def report(kind: str, *parts: str, fields: tuple[tuple[str, str], ...] = ()) -> bytes:
    """
    An RFC 6522 report.
    """
    return multipart(f"report; report-type={kind}", *parts, fields=fields)


def read(content: bytes) -> InboundMessage:
    return parse(content, received_at=RECEIVED_AT)
