"""
What the mailbox has kept: the messages that were taken in, and the letters that were sent.

Only headers are in memory; octets come in the order of time, some at once.
"""

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from mailbot.cases.known.arrivals import Left
from mailbot.cases.known.past import Past
from mailbot.letters.office import Office
from mailbot.mail.reading.parse import parse_header
from mailbot.mail.reading.scan import Malformed
from mailbot.mail.sent_copy import FIELDS, SentCopy, sent_copy
from mailbot.transport.mailbox import Fetched, Mailbox, Waiting
from mailbot.workers.courtesies import Reached, twice

T = TypeVar("T")

#: Headers that are asked for at once, and octets.
_HEADERS = 500
_OCTETS = 25
_MOST_OCTETS = 16 * 1024 * 1024


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


@dataclass(frozen=True, slots=True)
class Kept:
    """
    One message that was taken in, and when that was, as far as a letter tells.
    """

    folder: int
    waiting: Waiting
    taken_in_at: datetime
    #: Whether it lies where it is to stay.
    is_put_away: bool


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
    The folders by number, what lies in them, and the past that the letters tell of.
    """

    folders: list[Folder]
    sent: Folder
    mailboxes: list[Mailbox] = field(default_factory=list)
    messages: list[Kept] = field(default_factory=list)
    past: Past = field(default_factory=Past)
    #: Of the sent folder, by UID.
    _letters: dict[int, Waiting] = field(default_factory=dict)
    #: Letters that say that they are ours, and that no key of ours has signed.
    strangers: int = 0
    #: Messages of INBOX that the next `run` takes in.
    left: int = 0

    async def list_letters(self, office: Office) -> None:
        """
        Read the header of each letter in the sent folder.
        """
        lying = await self.sent.look()
        copies: list[SentCopy] = []
        for some in _some(lying.waiting, _HEADERS):
            by_uid = {each.uid: each for each in some}
            for each in await self.sent.fetch_fields(some, FIELDS):
                copy = sent_copy(
                    each.content,
                    each.uid,
                    each.received_at,
                    office.keyring,
                    office.firm.service_address,
                )
                if copy is None:
                    continue
                if not copy.is_ours:
                    self.strangers += 1
                    continue
                copies.append(copy)
                self._letters[each.uid] = by_uid[each.uid]
        self.past = Past.of({each.nonce: each for each in copies}.values())

    async def list_messages(self, number: int, *, is_inbox: bool, stays_there: bool) -> None:
        """
        Note what of that folder was taken in: of INBOX only what was answered, and, where
        messages stay there, what is flagged.
        """
        folder = self.folders[number]
        lying = await folder.look()
        self.mailboxes.append(lying)
        flagged = await folder.seen() if stays_there else frozenset()
        last = max((each.accepted_at for each in self.past.copies), default=None)
        for some in _some(lying.waiting, _HEADERS):
            by_uid = {each.uid: each for each in some}
            ids = {
                each.uid: _message_id(each)
                for each in await folder.fetch_fields(some, ("Message-ID",))
            }
            for uid, waiting in by_uid.items():
                message_id = ids.get(uid)
                was_taken = uid in flagged and last is not None and waiting.received_at <= last
                if is_inbox and not (was_taken or self.past.was_answered(message_id)):
                    self.left += 1
                    continue
                at = self.past.taken_in_at(message_id, waiting.received_at)
                self.messages.append(Kept(number, waiting, at, stays_there or not is_inbox))

    def in_time(self) -> None:
        """
        Put the messages into the order in which they were taken in.
        """
        self.messages.sort(
            key=lambda each: (
                each.taken_in_at,
                each.waiting.received_at,
                each.folder,
                each.waiting.uid,
            )
        )

    async def octets_of_messages(self, max_message: int) -> AsyncGenerator[Taking, None]:
        """
        Each message in its order with its octets, or with its header where it is too large;
        with nothing where the server does not hand it out.
        """
        for some in _bounded(self.messages, lambda each: each.waiting.size or 0):
            whole = [each for each in some if (each.waiting.size or 0) <= max_message]
            came: dict[tuple[int, int], Fetched] = {}
            for number, folder in enumerate(self.folders):
                wanted = [each.waiting for each in whole if each.folder == number]
                if wanted:
                    found = await _had(folder, wanted)
                    came |= {(number, each.uid): each for each in found}
            for each in some:
                fetched, left = came.get((each.folder, each.waiting.uid)), None
                if fetched is None:
                    left = Left.NOT_HANDED_OUT if each in whole else Left.TOO_LARGE
                    fetched = await _header(self.folders[each.folder], each.waiting)
                yield Taking(each, fetched.content if fetched else b"", left)

    async def octets_of_letters(self) -> AsyncGenerator[tuple[SentCopy, bytes], None]:
        """
        Each letter in the order of its Date, with its octets; b"" where they are not had.
        """
        size = self._letters
        for some in _bounded(list(self.past.copies), lambda each: size[each.where].size or 0):
            wanted = [self._letters[each.where] for each in some]
            came = {each.uid: each.content for each in await _had(self.sent, wanted)}
            for copy in some:
                yield copy, came.get(copy.where, b"")


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


async def _header(folder: Folder, wanted: Waiting) -> Fetched | None:
    return await twice(folder, lambda: folder.fetch_header(wanted))


def _message_id(fetched: Fetched) -> str | None:
    try:
        return parse_header(fetched.content, received_at=fetched.received_at).message_id
    except (Malformed, ValueError, LookupError, TypeError):
        return None
