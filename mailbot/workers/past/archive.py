"""
What the mailbox has kept and the database has not: the messages that were taken in, and the
letters that were sent.

Only headers are in memory; octets come in the order of time, some at once.
"""

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Protocol, TypeVar

from mailbot.cases.known.arrivals import NOT_OURS_YET, Left, Sight, identity
from mailbot.cases.known.past import Past
from mailbot.letters.office import Office
from mailbot.mail.message import InboundMessage
from mailbot.mail.reading.parse import parse_header, text_of
from mailbot.mail.reading.scan import Malformed
from mailbot.mail.sent_copy import (
    FIELDS,
    OWN_WORDS,
    SentCopy,
    answered,
    sent_copy,
    with_words,
)
from mailbot.store import ledger, lost_past
from mailbot.transport.mailbox import Fetched, Mailbox, Waiting
from mailbot.workers.courtesies import Reached, twice

T = TypeVar("T")

#: Headers that are asked for at once, and octets.
_HEADERS = 500
_OCTETS = 25
_MOST_OCTETS = 16 * 1024 * 1024

#: What tells one message from another, and which letters of ours it answers.
_OF_A_MESSAGE = ("Message-ID", "From", "Date", "In-Reply-To", "References")

#: What was filed last is looked at first, until so many in a row were known, and are older than
#: the backup by so much: mail may wait for days before it is taken in.
_ENOUGH_KNOWN = 1000
_OLDER = timedelta(days=14)

_EVER = datetime.min.replace(tzinfo=UTC)


class Folder(Reached, Protocol):
    """
    One folder of the mailbox, as `transport/imap.py` has it.
    """

    async def look(self) -> Mailbox: ...
    async def seen(self) -> frozenset[int]: ...
    async def fetch(self, waiting: Sequence[Waiting]) -> list[Fetched]: ...
    async def fetch_header(self, waiting: Waiting) -> Fetched | None: ...
    async def fetch_fields(
        self, waiting: Sequence[Waiting], names: Sequence[str]
    ) -> list[Fetched]: ...


@dataclass(frozen=True, kw_only=True)
class Shelves:
    """
    The folders that are gone through; None where there is none.
    """

    inbox: Folder
    processed: Folder | None
    sent: Folder | None


@dataclass(frozen=True, slots=True)
class Kept:
    """
    One message that was taken in, and when that was, as far as a letter tells.
    """

    folder: Folder
    mailbox: str
    uid_validity: int
    waiting: Waiting
    #: None where it has none, or its header cannot be read.
    message_id: str | None
    #: Whether it lies where it is to stay.
    is_put_away: bool
    taken_in_at: datetime = _EVER

    @property
    def sight(self) -> Sight:
        waiting = self.waiting
        return Sight(self.mailbox, self.uid_validity, waiting.uid, waiting.received_at)


@dataclass(frozen=True)
class Taking:
    """
    The same with its octets, or with as much as the server hands out of it.
    """

    kept: Kept
    content: bytes
    left: Left | None


@dataclass
class Archive:
    """
    What lies in the folders beyond a database as it was at *since*; all of it, where that is
    None and nothing is known.
    """

    shelves: Shelves
    since: datetime | None = None
    messages: list[Kept] = field(default_factory=list)
    past: Past = field(default_factory=Past)
    #: The letters to be gone through: those that no outcome is known of.
    letters: list[SentCopy] = field(default_factory=list)
    #: When somebody was at work last; None where nothing tells.
    ended_at: datetime | None = None
    #: Letters that say that they are ours, and that no key of ours has signed.
    strangers: int = 0
    #: Messages of INBOX that nobody is known to have seen to: the next `run` takes them in.
    left: int = 0
    _where: dict[int, Waiting] = field(default_factory=dict)

    async def read(self, office: Office) -> None:
        """
        Read the header of everything that is not known.
        """
        copies = await self._letters_sent(office)
        answers: dict[str, SentCopy] = {}
        found = await self._not_known(office, answers)
        told = chain(copies, answers.values())
        here = await lost_past.letters_here([each.nonce for each in told])
        self.past = Past.of(
            copies, answers.values(), standing=here, sends_the_rest=self.since is not None
        )
        self.letters = [each for each in self.past.copies if here.get(each.nonce, True)]
        self._see_to(found)

    # --- letters -----------------------------------------------------------------

    async def _letters_sent(self, office: Office) -> list[SentCopy]:
        if self.shelves.sent is None:
            return []
        lying = (await self.shelves.sent.look()).waiting
        lately = [each for each in lying if each.received_at >= self._oldest]
        copies: list[SentCopy] = []
        for some in _some(lately, _HEADERS):
            by_uid = {each.uid: each for each in some}
            for each in await self.shelves.sent.fetch_fields(some, FIELDS):
                copy = sent_copy(
                    *(each.content, each.uid, each.received_at),
                    *(office.keyring, office.firm.service_address),
                )
                if copy is None:
                    continue
                if not copy.is_ours:
                    self.strangers += 1
                    continue
                copies.append(copy)
                self._where[each.uid] = by_uid[each.uid]
        return await self._with_words(copies)

    async def _with_words(self, copies: Sequence[SentCopy]) -> list[SentCopy]:
        """
        The same, those with a person's words as known by them.
        """
        own = [each for each in copies if each.template == OWN_WORDS]
        said = {
            copy.nonce: with_words(copy, text_of(content))
            async for copy, content in self._with_octets(own)
        }
        return [said.get(each.nonce, each) for each in copies]

    async def octets_of_letters(self) -> AsyncGenerator[tuple[SentCopy, bytes], None]:
        """
        Each letter in the order of its Date, with its octets; b"" where they are not had.
        """
        async for each in self._with_octets(self.letters):
            yield each

    async def _with_octets(
        self, copies: Sequence[SentCopy]
    ) -> AsyncGenerator[tuple[SentCopy, bytes], None]:
        for some in _bounded(copies, self._size):
            wanted = [self._where[each.where] for each in some if each.where is not None]
            came: dict[int | None, bytes] = {}
            if wanted and self.shelves.sent:
                had = await _had(self.shelves.sent, wanted)
                came = {each.uid: each.content for each in had}
            for copy in some:
                yield copy, came.get(copy.where, b"")

    def _size(self, copy: SentCopy) -> int:
        return (self._where[copy.where].size or 0) if copy.where is not None else 0

    # --- messages ----------------------------------------------------------------

    @property
    def _oldest(self) -> datetime:
        return self.since - _OLDER if self.since else _EVER

    async def _not_known(self, office: Office, answers: dict[str, SentCopy]) -> list[Kept]:
        """
        The messages that this database does not have; into *answers* by nonce the letters that
        they answer, each by its first answer.
        """
        found: list[Kept] = []
        shelves = self.shelves
        for folder in filter(None, (shelves.processed, shelves.inbox)):
            async for kept, read in self._in(folder, stays_there=shelves.processed is None):
                found.append(kept)
                for each in answered(read, office.keyring) if read else ():
                    before = answers.get(each.nonce)
                    if before is None or each.accepted_at < before.accepted_at:
                        answers[each.nonce] = each
        return found

    async def _in(
        self, folder: Folder, *, stays_there: bool
    ) -> AsyncGenerator[tuple[Kept, InboundMessage | None], None]:
        lying = await folder.look()
        is_inbox = folder is self.shelves.inbox
        seen = await folder.seen() if is_inbox and stays_there else frozenset()
        known_in_a_row = 0
        # The latest filed first: UIDs rise (RFC 3501 §2.3.1.1).
        latest = sorted(lying.waiting, key=lambda each: each.uid, reverse=True)
        for some in _some(latest, _HEADERS):
            new = await self._new(folder, lying, some, by_identity=not is_inbox)
            for waiting, read in new:
                message_id = read.message_id if read else None
                is_put_away = not is_inbox or waiting.uid in seen
                yield (
                    Kept(
                        *(folder, lying.name, lying.uid_validity, waiting, message_id),
                        is_put_away,
                    ),
                    read,
                )
            known_in_a_row = 0 if new else known_in_a_row + len(some)
            is_old = all(each.received_at < self._oldest for each in some)
            if is_old and known_in_a_row >= _ENOUGH_KNOWN:
                break

    async def _new(
        self, folder: Folder, lying: Mailbox, some: Sequence[Waiting], *, by_identity: bool
    ) -> list[tuple[Waiting, InboundMessage | None]]:
        """
        What the database does not have; of what was put away it may be known from elsewhere.
        """
        rows = await ledger.known(lying.name, lying.uid_validity, [each.uid for each in some])
        new = [
            each
            for each in some
            if (row := rows.get(each.uid)) is None or row.state in NOT_OURS_YET
        ]
        fields = await folder.fetch_fields(new, _OF_A_MESSAGE) if new else []
        headers = {each.uid: _header(each) for each in fields}
        read = [(each, headers.get(each.uid)) for each in new]
        if not by_identity:
            return read
        identities = {
            each.uid: identity(header) for each, header in read if header and header.message_id
        }
        here = await lost_past.identities_here(list(identities.values()))
        return [
            (each, header)
            for each, header in read
            if identities.get(each.uid) not in here
            # Without an id it is known by its text, which a header has not: taken in again, it
            # is recognised.
            and (each.uid in identities or each.received_at >= self._oldest)
        ]

    def _see_to(self, found: Sequence[Kept]) -> None:
        """
        Note what was taken in, in the order of time, and until when somebody was at work. What
        nobody is known to have seen to is left to the next `run`; where it had not left, if
        nobody has answered it, whatever came while somebody was at work was seen to.
        """
        past = self.past
        letters = [each.accepted_at for each in past.copies if each.is_there]
        last = max(letters, default=_EVER)
        taken: list[Kept] = []
        rest: list[Kept] = []
        for each in found:
            is_inbox, at = each.folder is self.shelves.inbox, each.waiting.received_at
            is_seen = each.is_put_away and (past.sends_the_rest or not is_inbox or at <= last)
            is_taken = is_seen or past.was_answered(each.message_id)
            taken_in_at = past.taken_in_at(each.message_id, at)
            (taken if is_taken else rest).append(replace(each, taken_in_at=taken_in_at))
        signs = [*letters, *(each.taken_in_at for each in taken)]
        self.ended_at = max(signs, default=self.since)
        if past.sends_the_rest and self.ended_at:
            taken += [each for each in rest if each.waiting.received_at <= self.ended_at]
        self.left = len(found) - len(taken)
        self.messages = sorted(
            taken,
            key=lambda each: (
                *(each.taken_in_at, each.waiting.received_at),
                *(each.folder is self.shelves.inbox, each.waiting.uid),
            ),
        )

    async def octets_of_messages(self, max_message: int) -> AsyncGenerator[list[Taking], None]:
        """
        The messages in their order, some at a time, with their octets, or with their header
        where they are too large; with nothing where the server does not hand it out.
        """
        for some in _bounded(self.messages, lambda each: each.waiting.size or 0):
            whole = [each for each in some if (each.waiting.size or 0) <= max_message]
            came: dict[tuple[str, int], Fetched] = {}
            for folder in {id(each.folder): each.folder for each in whole}.values():
                wanted = [each.waiting for each in whole if each.folder is folder]
                came |= {(each.mailbox, each.uid): each for each in await _had(folder, wanted)}
            takings = []
            for each in some:
                fetched, left = came.get((each.mailbox, each.waiting.uid)), None
                if fetched is None:
                    left = Left.NOT_HANDED_OUT if each in whole else Left.TOO_LARGE
                    fetched = await _first(each)
                takings.append(Taking(each, fetched.content if fetched else b"", left))
            yield takings


def _some(everything: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(everything), most):
        yield everything[start : start + most]


def _bounded(everything: Sequence[T], size: Callable[[T], int]) -> Iterator[Sequence[T]]:
    """
    As many as fit into memory well; one that is larger stands alone.
    """
    batch: list[T] = []
    octets = 0
    for each in everything:
        if batch and (len(batch) == _OCTETS or octets + size(each) > _MOST_OCTETS):
            yield batch
            batch, octets = [], 0
        batch.append(each)
        octets += size(each)
    if batch:
        yield batch


async def _had(folder: Folder, wanted: Sequence[Waiting]) -> list[Fetched]:
    """
    Their octets. The line to a folder that is seldom asked may have been ended meanwhile.
    """
    return await twice(folder, lambda: folder.fetch(wanted))


async def _first(kept: Kept) -> Fetched | None:
    """
    Its header.
    """
    return await twice(kept.folder, lambda: kept.folder.fetch_header(kept.waiting))


def _header(fetched: Fetched) -> InboundMessage | None:
    try:
        return parse_header(fetched.content, received_at=fetched.received_at)
    except (Malformed, ValueError, LookupError, TypeError):
        return None
