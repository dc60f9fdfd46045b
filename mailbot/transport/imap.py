"""
From the mailbox to octets, and into the folder of what is done. The only user of imapclient.

imapclient blocks and is not thread safe, so a source has a thread of its own: two
coroutines can never share the connection. Whatever goes wrong there is an ImapFault,
ends the connection, and says nothing about any message; the next call connects anew.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from imapclient.exceptions import (
    IMAPClientAbortError,
    IMAPClientError,
    ProtocolError,
)

from mailbot.transport.imap_answers import (
    FAULTS,
    LONGEST_IDLE,
    PARTING,
    SHORTEST_WAIT,
    cut,
    has_news,
    in_words,
    refused_in_words,
)
from mailbot.transport.imap_faults import is_not_connected, remedy, rest
from mailbot.transport.imap_folders import INTO_ITSELF, Folders, file, space_left
from mailbot.transport.imap_handed_out import HandedOut
from mailbot.transport.imap_login import (
    last_words,
    says_expired,
)
from mailbot.transport.imap_looking import Looking, searched, there
from mailbot.transport.imap_session import ImapSession
from mailbot.transport.imap_trial import Tried, try_folders
from mailbot.transport.mailbox import (
    Fetched,
    Filed,
    ImapAccount,
    ImapFault,
    Mailbox,
    Settled,
    SpaceLeft,
    Waiting,
)
from mailbot.transport.oauth2.client import TokenFault
from mailbot.transport.one_thread import OneThread

T = TypeVar("T")


class ImapSource:
    """
    One mailbox. Calls wait for one another, so whoever has to append while another
    one idles has a source of their own.
    """

    def __init__(self, account: ImapAccount) -> None:
        self._account = account
        self._thread: OneThread | None = None
        self._session = ImapSession(account, lambda: self._is_given_up)
        self._was_interrupted = False
        self._folders: Folders | None = None
        self._last_words = ""
        self._looking = Looking()

    async def look(self, settled: Settled | None = None) -> Mailbox:
        """
        All that lies in the folder, whatever its flags. Where there is much, what is
        *settled* may be missing.
        """
        looking = self._looking
        uids: Collection[int] = await self._in_thread(self._list)
        name, uid_validity = self._account.folder, looking.uid_validity or 0
        if settled and looking.is_large and uids:
            uids = set(uids) - await settled(name, uid_validity, list(uids))
        waiting = await self._in_thread(lambda: looking.describe(self._open_and_alive, uids))
        return Mailbox(name, uid_validity, waiting)

    async def there(self, uids: Sequence[int]) -> frozenset[int]:
        """
        Which of these messages the server has at this moment.
        """
        return await self._in_thread(lambda: self._there(uids))

    async def has_news(self) -> bool:
        """
        Whether more has come since the last look.
        """
        return await self._in_thread(lambda: self._looking.has_news(self._open_and_alive()))

    async def fetch(self, waiting: Sequence[Waiting]) -> list[Fetched]:
        """
        These messages, in this order. One that is gone is missing; so is one whose
        octets did not come, which is left alone.
        """
        return await self._in_thread(lambda: self._handed_out().whole(waiting))

    async def fetch_header(self, waiting: Waiting) -> Fetched | None:
        """
        The header alone, for a message that is too big; None if it is gone.
        """
        return await self._in_thread(lambda: self._handed_out().header(waiting))

    async def folder(self, configured: str) -> str | None:
        r"""
        The server's name for a folder, or for the one of a use, as `\Sent`; None where there
        is none.
        """
        return await self._in_thread(lambda: self._folder(configured))

    async def fetch_fields(self, waiting: Sequence[Waiting], names: Sequence[str]) -> list[Fetched]:
        """
        Of these messages, in this order, the header fields of those names alone.
        """
        return await self._in_thread(lambda: self._handed_out().fields(waiting, names))

    async def seen(self) -> frozenset[int]:
        r"""
        Which messages are flagged as \Seen.
        """
        return await self._in_thread(lambda: frozenset(searched(self._open_and_alive(), "SEEN")))

    async def reach(self) -> None:
        """
        Meet the server and open the folder; an ImapFault if that cannot be done now.
        """
        await self._in_thread(self._open_and_alive)

    async def file(self, uids: Sequence[int]) -> Filed:
        """
        Put recorded messages out of the way; one that is gone is no fault, and one that
        the server will not move stops no other.
        """
        return await self._in_thread(lambda: self._file(uids))

    async def try_folders(self, sent_folder: str) -> Tried:
        """
        Whether the folders of the configuration can be used, the sent folder among them
        unless it is "".
        """
        return await self._in_thread(lambda: self._try_folders(sent_folder))

    async def space_left(self) -> SpaceLeft | None:
        """
        How full the mailbox is; None where the server does not say.
        """
        return await self._in_thread(self._space_left)

    async def append(self, folder: str, content: bytes, at: datetime) -> None:
        """
        Lay a copy into a folder, which is made if it is missing.
        """
        await self._in_thread(lambda: self._append(folder, content, at))

    async def idle(self, seconds: float) -> bool:
        """
        Wait for new mail; True if some came, or if the wait ended and there has to be
        another look. At once False if the server has no IDLE.
        """
        began = time.monotonic()
        try:
            return await self._in_thread(lambda: self._idle(seconds))
        except ImapFault:
            if self._was_interrupted:
                return False
            # Servers and routers end a long silence as they like: no more than a reason to
            # look again, which finds out whether there is more to it.
            if time.monotonic() - began >= SHORTEST_WAIT:
                return True
            raise

    def interrupt(self, *, for_good: bool = False) -> None:
        """
        From the loop: whatever the thread waits for ends now. A call that was cut
        off is an ImapFault; `idle` just says that nothing came. The next call starts
        anew, unless this is *for good*.
        """
        self._was_interrupted = True
        self._session.is_over = self._session.is_over or for_good
        if self._session.imap is not None:
            cut(self._session.imap)
        elif self._thread is not None:
            # Looking up a name or connecting: nothing can be cut, so nobody waits.
            self._thread.give_up(ImapFault(f"{self._where}: interrupted while connecting"))
            self._thread = None

    async def close(self) -> None:
        """
        Log out where that is possible soon, and end the thread.
        """
        thread, imap = self._thread, self._session.imap
        if thread is None:
            return
        try:
            await asyncio.wait_for(thread.run(self._session.log_out), PARTING)
        except TimeoutError:
            if imap is not None:
                cut(imap)
        thread.end()
        self._thread = None

    async def _in_thread(self, call: Callable[[], T]) -> T:
        self._was_interrupted = False
        if self._thread is None:
            self._thread = OneThread()
        return await self._thread.run(lambda: self._begun_anew(call))

    def _begun_anew(self, call: Callable[[], T]) -> T:
        """
        What comes of it; once more where the server has ended the session for its age, which
        is routine: tokens last for an hour.
        """
        try:
            return self._without_library_faults(call)
        except ImapFault as fault:
            cause = fault.__cause__
            if says_expired(cause, self._last_words):
                self._session.forget_token()
            elif self._was_interrupted or not self._is_lost_for_its_age(cause):
                raise
            return self._without_library_faults(call)

    def _is_lost_for_its_age(self, cause: BaseException | None) -> bool:
        """
        Whether the server hung up without a word on a session whose token's time is over.
        """
        is_lost = isinstance(cause, (IMAPClientAbortError, OSError))
        return is_lost and self._session.is_past_its_age

    def _without_library_faults(self, call: Callable[[], T]) -> T:
        if self._is_given_up:
            raise ImapFault(f"{self._where}: interrupted before it began")
        self._last_words = ""
        try:
            return call()
        except ImapFault:
            self._session.drop()
            raise
        except TokenFault as fault:
            self._session.drop()
            raise ImapFault(f"{self._where}: {fault}", rest=fault.rest) from fault
        except FAULTS as fault:
            self._last_words = last_words(self._session.imap)
            self._session.drop()
            words = in_words(fault, self._account)
            if is_not_connected(str(fault)):
                words = self._session.not_connected(words)
            raise ImapFault(f"{self._where}: {words}", rest=rest(str(fault))) from fault

    @property
    def _is_given_up(self) -> bool:
        """
        Whether nobody waits for the present thread any more, and another one may be
        at work on the connection.
        """
        return self._thread is None or not self._thread.is_current

    # From here on: in the thread.

    def _list(self) -> list[int]:
        imap = self._alive()
        return self._looking.listed(imap, self._select(imap))

    def _there(self, uids: Sequence[int]) -> frozenset[int]:
        return there(self._open_and_alive(), uids)

    def _handed_out(self) -> HandedOut:
        imap, uid_validity = self._selected()
        return HandedOut(imap, self._account.folder, uid_validity, self._open_and_alive)

    def _folder(self, configured: str) -> str | None:
        folders = self._folders_of(self._alive())
        name = folders.named(configured)
        return name if folders.is_there(name) else None

    def _file(self, uids: Sequence[int]) -> Filed:
        if not uids:
            return Filed(frozenset())
        imap, _ = self._selected()
        folders, processed = self._folders_of(imap), self._account.processed_folder
        if processed and folders.are_one(processed, self._account.folder):
            # Each message would come back as a new one, for ever.
            return Filed(frozenset(), f"{self._where}: {INTO_ITSELF}")
        done, refusal = file(folders, uids, processed)
        return Filed(frozenset(done), refusal and f"{self._where}: {refused_in_words(refusal)}")

    def _try_folders(self, sent_folder: str) -> Tried:
        folders = self._folders_of(self._session.connected())
        tried = try_folders(folders, self._account, sent_folder)
        self._session.is_selected = False
        return tried

    def _space_left(self) -> SpaceLeft | None:
        imap = self._alive()
        return space_left(imap, self._folders_of(imap).named(self._account.folder))

    def _append(self, folder: str, content: bytes, at: datetime) -> None:
        imap = self._alive()
        imap.append(self._folders_of(imap).made(folder), content, (rb"\Seen",), at)

    def _folders_of(self, imap: Any) -> Folders:
        if self._folders is None or self._folders.imap is not imap:
            self._folders = Folders.of(imap)
        return self._folders

    def _idle(self, seconds: float) -> bool:
        if not self._session.lasts:
            # What came since the last look would be no news to a new session.
            return True
        imap, _ = self._selected()
        if not imap.has_capability("IDLE"):
            return False
        # What came since the last look would not be told again.
        if has_news(imap.noop()[1]):
            return True
        # The next look begins a new session, before the server ends this one.
        left = self._session.lasts
        return self._wait_for_news(imap, min(seconds, left)) or left < seconds

    def _wait_for_news(self, imap: Any, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            patience = min(left, LONGEST_IDLE)
            started = time.monotonic()
            imap.idle()
            told = imap.idle_check(timeout=patience)
            is_ended = not told and time.monotonic() - started < patience / 2
            if is_ended or any(each[0] == b"BYE" for each in told):
                raise ConnectionResetError("the server ended the wait")
            if has_news(told) | has_news(imap.idle_done()[1]):
                return True
        return False

    def _alive(self) -> Any:
        """
        A connection; made anew if the server has ended the last one meanwhile, as it may, or
        will do so soon.
        """
        self._session.end_if_due()
        if self._session.imap is not None:
            try:
                self._session.imap.noop()
            except FAULTS:
                self._session.drop()
        return self._session.connected()

    def _open_and_alive(self) -> Any:
        """
        The same, with the folder open.
        """
        self._alive()
        return self._selected()[0]

    def _selected(self) -> tuple[Any, int]:
        """
        A connection on which UIDs mean what they meant at the last look.
        """
        self._session.end_if_due()
        imap = self._session.connected()
        if not self._session.is_selected:
            uid_validity = int(self._select(imap)[b"UIDVALIDITY"])
            if self._looking.uid_validity is None:
                self._looking.uid_validity = uid_validity
            if uid_validity != self._looking.uid_validity:
                raise ImapFault(
                    f"{self._where}: the folder was rebuilt since the last look"
                    " (UIDVALIDITY changed); look again"
                )
        return imap, self._looking.uid_validity or 0

    def _select(self, imap: Any) -> Mapping[bytes, Any]:
        try:
            answer: Mapping[bytes, Any] = imap.select_folder(
                self._folders_of(imap).named(self._account.folder)
            )
        except (IMAPClientAbortError, ProtocolError):
            raise
        except IMAPClientError as fault:
            if is_not_connected(str(fault)):
                raise
            known = remedy(str(fault))
            words = known.words if known else "create it or mend [imap] folder"
            raise ImapFault(
                f'{self._where}: the folder "{self._account.folder}" cannot be opened; {words}',
                rest=rest(str(fault)),
            ) from fault
        self._session.is_selected = True
        return answer

    @property
    def _where(self) -> str:
        return self._session.where
