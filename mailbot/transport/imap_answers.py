"""
imapclient's answers, faults and sockets, taken as servers really give them.
"""

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

from mailbot.transport.certificates import unverified
from mailbot.transport.imap_faults import code_of, remedy
from mailbot.transport.mailbox import ImapAccount

#: imapclient trips over a garbled answer with whatever comes to hand.
UNREADABLE = (ProtocolError, ValueError, LookupError, TypeError, AttributeError)
FAULTS = (IMAPClientError, OSError, *UNREADABLE)

_LATER = "it is tried again"

#: UIDs in one command: its line stays below 8 KB, which every server takes.
BATCH = 500
#: RFC 2177 wants IDLE renewed before 29 minutes; routers forget a silent line sooner.
LONGEST_IDLE = 600.0
#: A wait that ended sooner than this was not ended by its length.
SHORTEST_WAIT = 5.0
#: Seconds that a LOGOUT may take.
PARTING = 2.0


def in_words(fault: Exception, account: ImapAccount) -> str:
    """
    What went wrong and what to do. Never what the server said beyond its codes:
    that may be somebody's mail.
    """
    match fault:
        case ssl.SSLCertVerificationError():
            said, what_to_do = unverified(fault, "imap", account.cafile)
            return f"the certificate of {account.host} {said}; {what_to_do}"
        case ssl.SSLError():
            return "TLS could not be agreed on; check [imap] port and tls"
        # A name with an empty label does not even get as far as the resolver.
        case socket.gaierror() | UnicodeError():
            return "the host's name is not known; check [imap] host and the network"
        case ConnectionRefusedError():
            return "the connection was refused; check [imap] host and port"
        case TimeoutError():
            return (
                f"no answer within {account.timeout:g} s;"
                " check [imap] host, port and tls, and the network"
            )
        case OSError():
            return "the connection was lost; it is made again"
        case _:
            return answer_in_words(fault)


def answer_in_words(fault: Exception) -> str:
    """
    What a server's answer means and what to do.
    """
    text = str(fault)
    code = code_of(text)
    said = f" ({code})" if code else ""
    known = remedy(text)
    match fault:
        # imapclient makes a LoginError of a server that hung up, too.
        case LoginError() if not isinstance(fault.__context__, IMAPClientAbortError):
            words = known.words if known else "check [imap] username and password"
            return f"the login was refused{said}; {words}"
        case IMAPClientAbortError() | LoginError():
            return known.words if known else "the connection was lost; it is made again"
        case CapabilityError():
            return f"{fault}; check [imap] port and tls"
        # A goodbye in place of a greeting.
        case IMAPClientError() if "* BYE" in text[:8]:
            return f"the connection was refused{said}; {known.words if known else _LATER}"
        case IMAPClientError() if not isinstance(fault, ProtocolError):
            command = text.partition(" ")[0][:20]
            words = known.words if known else "check the rights on the folders"
            return f"{command} was refused{said}; {words}"
        case _:
            return f"an answer could not be read ({type(fault).__name__}); it is asked again"


def refused_in_words(said: str) -> str:
    """
    The same of a refusal that was no fault of the connection.
    """
    return answer_in_words(IMAPClientError(said))


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


def batches(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(uids), BATCH):
        yield uids[start : start + BATCH]


def has_news(told: Sequence[Any]) -> bool:
    """
    Whether more mail is there; flags that people set are no news.
    """
    return any(len(each) > 1 and each[1] == b"EXISTS" for each in told)


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
