"""
What lies in the folders of the mailbox and is not in the database: messages, and letters of
ours in the sent folder.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from mailbot.cases.known.arrivals import LedgerState, identity
from mailbot.cases.known.beyond import Gone
from mailbot.desk import beyond
from mailbot.desk.beyond import OWN_WORDS, SentCopy
from mailbot.mail.message import InboundMessage
from mailbot.mail.reading.parse import parse, parse_header
from mailbot.mail.reading.scan import Malformed
from mailbot.mail.signed_ids import Keyring
from mailbot.store import ledger, lost_past
from mailbot.transport.mailbox import Fetched, Filed, Mailbox, Settled, Waiting
from mailbot.workers.intake import Source

#: Headers that are asked for at a time.
_HEADERS = 200
#: What was filed last is looked at first, until so many in a row were known, and are older than
#: the backup by so much: mail may wait for days before it is taken in.
_ENOUGH_KNOWN = 1000
_OLDER = timedelta(days=14)


class Folder(Source, Protocol):
    """
    A folder of the mailbox, as `transport/imap.py` has it.
    """

    async def headers(self, waiting: Sequence[Waiting]) -> dict[int, bytes]: ...


@dataclass(frozen=True, kw_only=True)
class Shelves:
    """
    The folders that are gone through; None where there is none.
    """

    inbox: Folder
    processed: Folder | None
    sent: Folder | None


@dataclass
class Shown:
    """
    A folder of which only some messages are shown.
    """

    folder: Folder
    name: str
    uid_validity: int
    waiting: tuple[Waiting, ...] = ()
    #: Whether what is ours is put away; it lies where it belongs otherwise.
    files: bool = False

    async def look(self, settled: Settled | None = None) -> Mailbox:
        return Mailbox(self.name, self.uid_validity, self.waiting)

    async def there(self, uids: Sequence[int]) -> frozenset[int]:
        return await self.folder.there(uids)

    async def has_news(self) -> bool:
        """
        Never: what comes meanwhile is for the first round.
        """
        return False

    async def fetch(self, waiting: Sequence[Waiting]) -> list[Fetched]:
        return await self.folder.fetch(waiting)

    async def fetch_header(self, waiting: Waiting) -> Fetched | None:
        return await self.folder.fetch_header(waiting)

    async def reach(self) -> None:
        await self.folder.reach()

    async def file(self, uids: Sequence[int]) -> Filed:
        return await self.folder.file(uids) if self.files else Filed(frozenset(uids))

    async def append(self, folder: str, content: bytes, at: datetime) -> None:
        await self.folder.append(folder, content, at)

    async def still_waits(self) -> None:
        """
        From now on without what is ours.
        """
        self.waiting = tuple(await _pending(self, self.waiting))


@dataclass(frozen=True)
class Unknown:
    """
    A message that this database does not have.
    """

    waiting: Waiting
    shelf: Shown
    #: Its header; None where the server gives none that can be read.
    read: InboundMessage | None

    @property
    def is_filed(self) -> bool:
        """
        Whether it was put away, by somebody who had it then.
        """
        return not self.shelf.files


async def _pending(shown: Shown, waiting: Sequence[Waiting]) -> list[Waiting]:
    uids = [each.uid for each in waiting]
    known = await ledger.known(shown.name, shown.uid_validity, uids)
    return [
        each
        for each in waiting
        if (row := known.get(each.uid)) is None or row.state == LedgerState.BEGUN
    ]


async def unknown_messages(shelves: Shelves, made_at: datetime) -> list[Unknown]:
    """
    What lies in the folders and is not in a database as it was at *made_at*, oldest first.
    """
    box = await shelves.inbox.look()
    shown = Shown(shelves.inbox, box.name, box.uid_validity, files=True)
    unknown = await _read(await _pending(shown, box.waiting), shown)
    if shelves.processed:
        unknown += await _unknown_in(shelves.processed, made_at - _OLDER)
    return sorted(unknown, key=lambda each: (each.waiting.received_at, each.waiting.uid))


async def _unknown_in(folder: Folder, since: datetime) -> list[Unknown]:
    box = await folder.look()
    shown = Shown(folder, box.name, box.uid_validity)
    unknown: list[Unknown] = []
    known_in_a_row = 0
    # The latest filed first: UIDs rise (RFC 3501 §2.3.1.1).
    latest = sorted(box.waiting, key=lambda each: each.uid, reverse=True)
    for start in range(0, len(latest), _HEADERS):
        some = await _read(latest[start : start + _HEADERS], shown)
        new = await _new(some, since)
        unknown += new
        known_in_a_row = 0 if new else known_in_a_row + len(some)
        is_old = all(each.waiting.received_at < since for each in some)
        if is_old and known_in_a_row >= _ENOUGH_KNOWN:
            break
    return unknown


async def _new(some: Sequence[Unknown], since: datetime) -> list[Unknown]:
    identities = {
        each.waiting.uid: identity(each.read) for each in some if each.read and each.read.message_id
    }
    here = await lost_past.identities_here(list(identities.values()))
    return [
        each
        for each in some
        if identities.get(each.waiting.uid) not in here
        # Without an id it is known by its text, which a header has not: taken in again, it is
        # recognised.
        and (each.waiting.uid in identities or each.waiting.received_at >= since)
    ]


async def _read(waiting: Sequence[Waiting], shown: Shown) -> list[Unknown]:
    read: list[Unknown] = []
    for start in range(0, len(waiting), _HEADERS):
        some = waiting[start : start + _HEADERS]
        headers = await shown.folder.headers(some)
        read += [Unknown(each, shown, _header(headers.get(each.uid), each)) for each in some]
    return read


def _header(header: bytes | None, waiting: Waiting) -> InboundMessage | None:
    try:
        return parse_header(header, received_at=waiting.received_at) if header else None
    except (Malformed, ValueError, LookupError, TypeError):
        return None


# --- the sent folder ------------------------------------------------------------------


async def letters_sent(
    folder: Folder | None, made_at: datetime, keyring: Keyring
) -> list[tuple[Gone, InboundMessage]]:
    """
    Ours in the sent folder, since shortly before *made_at*.
    """
    if folder is None:
        return []
    box = await folder.look()
    lately = [each for each in box.waiting if each.received_at >= made_at - _OLDER]
    found: list[tuple[Gone, InboundMessage]] = []
    for start in range(0, len(lately), _HEADERS):
        some = lately[start : start + _HEADERS]
        headers = await folder.headers(some)
        for each in some:
            read = _header(headers.get(each.uid), each)
            if read and beyond.is_ours(read, keyring):
                read = await _with_its_words(folder, each, read)
                letter = beyond.gone(SentCopy(each.uid, each.received_at, read), keyring)
                found += [(letter, read)] if letter else []
    return found


async def _with_its_words(folder: Folder, waiting: Waiting, read: InboundMessage) -> InboundMessage:
    if OWN_WORDS not in "".join(read.headers.get("x-mailbot-template", ())):
        return read
    content = await octets(folder, waiting)
    try:
        return parse(content, received_at=waiting.received_at) if content else read
    except Malformed:
        return read


async def octets(folder: Folder | None, waiting: Waiting) -> bytes:
    """
    A letter as it lies there; b"" if it is gone.
    """
    fetched = await folder.fetch([waiting]) if folder else []
    return fetched[0].content if fetched else b""
