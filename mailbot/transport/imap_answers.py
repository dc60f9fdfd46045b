"""
imapclient's answers, faults and sockets, taken as servers really give them.
"""

import re
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from imapclient.exceptions import (
    CapabilityError,
    IMAPClientAbortError,
    IMAPClientError,
    LoginError,
    ProtocolError,
)

#: imapclient trips over a garbled answer with whatever comes to hand.
UNREADABLE = (ProtocolError, ValueError, LookupError, TypeError, AttributeError)
FAULTS = (IMAPClientError, OSError, *UNREADABLE)

#: UIDs in one command: its line stays below 8 KB, which every server takes.
BATCH = 500
#: RFC 2177 wants IDLE renewed before 29 minutes; routers forget a silent line sooner.
LONGEST_IDLE = 600.0
#: Seconds that a LOGOUT may take.
PARTING = 2.0

_RESPONSE_CODE = re.compile(r"\[([A-Z][A-Z-]+)\]")


def answer_in_words(fault: Exception) -> str:
    """
    The same, where the server did answer.
    """
    code = _RESPONSE_CODE.search(str(fault))
    said = f" ({code.group(1)})" if code else ""
    match fault:
        # imapclient makes a LoginError of a server that hung up, too.
        case LoginError() if not isinstance(fault.__context__, IMAPClientAbortError):
            return f"the login was refused{said}; check [imap] username and password"
        case IMAPClientAbortError() | LoginError():
            return "the connection was lost; it is made again"
        case CapabilityError():
            return f"{fault}; check [imap] port and tls"
        case IMAPClientError() if not isinstance(fault, ProtocolError):
            command = str(fault).partition(" ")[0][:20]
            return f"{command} was refused{said}; check the rights on the folders"
        case _:
            return f"an answer could not be read ({type(fault).__name__}); it is asked again"


def asked(imap: Any, uids: Sequence[int], *items: str) -> dict[int, Mapping[bytes, Any]]:
    """
    What the server says of these messages. One whose answer cannot be read does not
    stop the others: it is asked alone, and then stands there with nothing known.
    """
    try:
        answers: dict[int, Mapping[bytes, Any]] = imap.fetch(uids, items)
    except IMAPClientAbortError:
        raise
    except UNREADABLE:
        if len(uids) == 1:
            return {uids[0]: dict.fromkeys([b"INTERNALDATE"])}
        answers = {}
        for uid in uids:
            answers.update(asked(imap, [uid], *items))
    return answers


def received_at(answer: Mapping[bytes, Any]) -> datetime:
    """
    INTERNALDATE as UTC. Where a server has none that can be read, the message counts
    as received when we first saw it.
    """
    at = answer.get(b"INTERNALDATE")
    if isinstance(at, datetime):
        with suppress(ValueError, OverflowError):
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    return datetime.now(UTC)


def make_if_missing(imap: Any, folder: str) -> None:
    if not imap.folder_exists(folder):
        imap.create_folder(folder)
        # Most clients show only what is subscribed; a server without it is no matter.
        with suppress(IMAPClientError):
            imap.subscribe_folder(folder)


def batches(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(uids), BATCH):
        yield uids[start : start + BATCH]


def has_news(told: Sequence[Any]) -> bool:
    """
    Whether more mail is there; flags that people set are no news.
    """
    return any(len(each) > 1 and each[1] == b"EXISTS" for each in told)


def verifying(cafile: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if cafile is not None:
        context.load_verify_locations(cafile)
    return context


def cut(imap: Any) -> None:
    """
    End a connection under a thread that waits for it.
    """
    with suppress(OSError):
        # Not the TLS socket's own shutdown: that changes it under its reader.
        socket.socket.shutdown(imap.socket(), socket.SHUT_RDWR)


def hang_up(imap: Any) -> None:
    with suppress(*FAULTS):
        imap.shutdown()
