"""
Journal reports: the copy of each mail that a mail system keeps for the archive, attached to
a message of its own. One that comes to us may hold a customer's mail.

Exchange and Microsoft 365 mark theirs; others (Google, Mimecast, Barracuda, archives) write
the same few lines without a mark ([MS-OXJRNL] has no RFC).
"""

import re
from collections.abc import Callable

from mailbot.mail.message import InboundMessage
from mailbot.mail.reading.encoded_words import ids_in
from mailbot.mail.reading.scan import header_of

_MARKS = frozenset({"x-ms-journal-report", "x-gm-journal-report", "x-journal-report"})
_MESSAGES = frozenset({"message/rfc822", "message/global"})
#: The lines of a report: Exchange's, and the few that others add.
_NAMES = frozenset(
    {
        *("sender", "from", "on-behalf-of", "subject", "message-id", "label", "date", "sent"),
        *("to", "cc", "bcc", "recipient", "recipients", "envelope-to", "envelope-from", "size"),
        *("received", "sender ip", "direction", "client ip", "server"),
    }
)
_SENDERS = frozenset({"sender", "from", "envelope-from"})
_RECIPIENTS = frozenset({"to", "cc", "bcc", "recipient", "recipients", "envelope-to"})
_MOST_LINES = 2000  # a report to a large group has a line a recipient
_ID = re.compile(rb"^message-id[ \t]*:((?:.|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE)


def is_a_journal_report(message: InboundMessage) -> bool:
    """
    Whether it is marked as one, or says nothing but who sent what to whom, above a mail.
    """
    if not _MARKS.isdisjoint(message.headers):
        return True
    return any(_originals(message)) and _lists_an_envelope(message.text)


def journals_our_own(message: InboundMessage, is_our_id: Callable[[str], bool]) -> bool:
    """
    Whether what it keeps are letters of ours and nothing else. To show one to somebody
    would write the next, which is kept in its turn.
    """
    originals = _originals(message)
    return bool(originals) and all(_is_ours(each, is_our_id) for each in originals)


def _is_ours(octets: bytes, is_our_id: Callable[[str], bool]) -> bool:
    found = _ID.search(header_of(octets))
    if found is None:
        return False
    return any(map(is_our_id, ids_in([found[1].decode("ascii", "replace")])))


def _originals(message: InboundMessage) -> list[bytes]:
    return [each.content for each in message.attachments if each.content_type in _MESSAGES]


def _lists_an_envelope(text: str) -> bool:
    lines = [each for each in text.splitlines() if each.strip()]
    if not lines or len(lines) > _MOST_LINES:
        return False
    names = {name.strip().lower() for name, _, _ in (each.partition(":") for each in lines)}
    is_told = bool(names & _SENDERS and names & _RECIPIENTS)
    return is_told and "message-id" in names and names <= _NAMES
