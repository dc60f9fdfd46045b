"""
From the mailbox to octets, and into the folder of what is done. The only user of imapclient.

imapclient blocks and is not thread safe, so a source has a thread of its own: two
coroutines can never share the connection. Whatever goes wrong there is an ImapFault,
ends the connection, and says nothing about any message; the next call connects anew.
"""

import asyncio
import math
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from imapclient import IMAPClient
from imapclient.exceptions import (
    IMAPClientAbortError,
    IMAPClientError,
    ProtocolError,
)

from mailbot.transport.certificates import verifying
from mailbot.transport.imap_answers import (
    FAULTS,
    LONGEST_IDLE,
    PARTING,
    SHORTEST_WAIT,
    asked,
    cut,
    hang_up,
    has_news,
    in_words,
    refused_in_words,
)
from mailbot.transport.imap_faults import is_not_connected, remedy, rest
from mailbot.transport.imap_folders import INTO_ITSELF, Folders, file
from mailbot.transport.imap_listing import header_of, waiting
from mailbot.transport.imap_login import (
    TokenRefused,
    by_password,
    by_token,
    is_expired,
    not_connected_in_words,
    refused_token_in_words,
)
from mailbot.transport.imap_trial import Tried, try_inbox, try_target
from mailbot.transport.mailbox import Fetched, Filed, ImapAccount, ImapFault, Mailbox, Waiting
from mailbot.transport.oauth2.client import TokenFault
from mailbot.transport.oauth2.tokens import Token, Tokens
from mailbot.transport.one_thread import OneThread

T = TypeVar("T")


class ImapSource:
    """
    One mailbox. Calls wait for one another, so whoever has to append while another
    one idles has a source of their own.
    """

    def __init__(self, account: ImapAccount) -> None:
        self._account = account
        self._imap: Any = None
        self._thread: OneThread | None = None
        self._was_interrupted = False
        self._is_selected = False
        self._folders: Folders | None = None
        #: What the session rests on, and when it is to begin anew for that.
        self._token: Token | None = None
        self._session_until = math.inf
        #: Of the last look: what a UID means.
        self._uid_validity: int | None = None
        #: RFC 3501 §2.3.1.1: size and date of a UID never change, so they are asked once.
        self._seen: dict[int, Waiting] = {}

    async def look(self) -> Mailbox:
        """
        All that lies in the folder, whatever its flags.
        """
        return await self._in_thread(self._look)

    async def fetch(self, waiting: Sequence[Waiting]) -> list[Fetched]:
        """
        These messages, in this order. One that is gone is missing; so is one whose
        octets did not come, which is left alone.
        """
        return await self._in_thread(lambda: self._fetch(waiting))

    async def fetch_header(self, waiting: Waiting) -> Fetched | None:
        """
        The header alone, for a message that is too big; None if it is gone.
        """
        return await self._in_thread(lambda: self._fetch_header(waiting))

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

    def interrupt(self) -> None:
        """
        From the loop: whatever the thread waits for ends now. A call that was cut
        off is an ImapFault; `idle` just says that nothing came.
        """
        self._was_interrupted = True
        if self._imap is not None:
            cut(self._imap)
        elif self._thread is not None:
            # Looking up a name or connecting: nothing can be cut, so nobody waits.
            self._thread.give_up(ImapFault(f"{self._where}: interrupted while connecting"))
            self._thread = None

    async def close(self) -> None:
        """
        Log out where that is possible soon, and end the thread.
        """
        thread, imap = self._thread, self._imap
        if thread is None:
            return
        try:
            await asyncio.wait_for(thread.run(self._log_out), PARTING)
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
            if not isinstance(cause, Exception) or not is_expired(cause):
                raise
            self._forget_token()
            return self._without_library_faults(call)

    def _without_library_faults(self, call: Callable[[], T]) -> T:
        if self._is_given_up:
            raise ImapFault(f"{self._where}: interrupted before it began")
        try:
            return call()
        except ImapFault:
            self._drop()
            raise
        except TokenFault as fault:
            self._drop()
            raise ImapFault(f"{self._where}: {fault}", rest=fault.rest) from fault
        except FAULTS as fault:
            self._drop()
            words = in_words(fault, self._account)
            if is_not_connected(str(fault)):
                words = self._not_connected(words)
            raise ImapFault(f"{self._where}: {words}", rest=rest(str(fault))) from fault

    def _not_connected(self, words: str) -> str:
        """
        Why a login that was taken has no mailbox. The right may come with another token.
        """
        tokens, token = self._account.tokens, self._token
        if tokens is None or token is None:
            return words
        self._forget_token()
        return not_connected_in_words(tokens, token)

    def _forget_token(self) -> None:
        if self._account.tokens is not None and self._token is not None:
            self._account.tokens.forget(self._token)

    @property
    def _is_given_up(self) -> bool:
        """
        Whether nobody waits for the present thread any more, and another one may be
        at work on the connection.
        """
        return self._thread is None or not self._thread.is_current

    # From here on: in the thread.

    def _look(self) -> Mailbox:
        imap = self._alive()
        found = self._select(imap)
        uid_validity = int(found[b"UIDVALIDITY"])
        if uid_validity != self._uid_validity:
            self._uid_validity, self._seen = uid_validity, {}
        # Plain ALL: flags are anybody's, and Exchange stumbles over a CHARSET.
        uids = [int(uid) for uid in imap.search("ALL")] if found[b"EXISTS"] else []
        for each in waiting(self._open_and_alive, [uid for uid in uids if uid not in self._seen]):
            self._seen[each.uid] = each
        self._seen = {uid: self._seen[uid] for uid in uids if uid in self._seen}
        oldest_first = sorted(self._seen.values(), key=lambda each: (each.received_at, each.uid))
        return Mailbox(self._account.folder, uid_validity, tuple(oldest_first))

    def _fetch(self, waiting: Sequence[Waiting]) -> list[Fetched]:
        imap, uid_validity = self._selected()
        # BODY.PEEK: reading must not set \Seen; the ledger alone is memory.
        answers = asked(imap, [each.uid for each in waiting], "BODY.PEEK[]")
        fetched = []
        for each in waiting:
            content = answers.get(each.uid, {}).get(b"BODY[]")
            # Nothing is what an empty message has, and what no other can be.
            if isinstance(content, bytes) and (content or each.size == 0):
                fetched.append(self._as_fetched(each, uid_validity, content, is_whole=True))
        return fetched

    def _fetch_header(self, waiting: Waiting) -> Fetched | None:
        imap, uid_validity = self._selected()
        content = None
        with suppress(*FAULTS):
            answers = asked(imap, [waiting.uid], "BODY.PEEK[HEADER]")
            content = answers.get(waiting.uid, {}).get(b"BODY[HEADER]")
        if not isinstance(content, bytes) or not content:
            answers = asked(self._open_and_alive(), [waiting.uid], "ENVELOPE")
            content = header_of(answers.get(waiting.uid, {}))
        if not content:
            return None
        return self._as_fetched(waiting, uid_validity, content, is_whole=False)

    def _as_fetched(
        self, waiting: Waiting, uid_validity: int, content: bytes, *, is_whole: bool
    ) -> Fetched:
        return Fetched(
            mailbox=self._account.folder,
            uid_validity=uid_validity,
            uid=waiting.uid,
            received_at=waiting.received_at,
            content=content,
            # What the server says of a size is never compared with what it sends:
            # some give the size as stored.
            size=len(content) if is_whole else waiting.size or len(content),
            is_whole=is_whole,
        )

    def _file(self, uids: Sequence[int]) -> Filed:
        if not uids:
            return Filed(frozenset())
        imap, _ = self._selected()
        if self._files_into_itself(self._folders_of(imap)):
            # Each message would come back as a new one, for ever.
            return Filed(frozenset(), f"{self._where}: {INTO_ITSELF}")
        done, refusal = file(self._folders_of(imap), uids, self._account.processed_folder)
        return Filed(frozenset(done), refusal and f"{self._where}: {refused_in_words(refusal)}")

    def _try_folders(self, sent_folder: str) -> Tried:
        folders = self._folders_of(self._connected())
        processed = self._account.processed_folder
        tried = try_inbox(folders, self._account.folder, moves=bool(processed))
        if self._files_into_itself(folders):
            tried = tried.and_(Tried(problems=(f"[imap] processed_folder: {INTO_ITSELF}",)))
        for key, name in (("processed_folder", processed), ("sent_folder", sent_folder)):
            if name:
                tried = tried.and_(try_target(folders, key, name))
        self._is_selected = False
        return tried

    def _files_into_itself(self, folders: Folders) -> bool:
        """
        Whether both names mean one folder of the server, `Done` and `INBOX.Done`.
        """
        processed = self._account.processed_folder
        return bool(processed) and folders.named(processed) == folders.named(self._account.folder)

    def _append(self, folder: str, content: bytes, at: datetime) -> None:
        imap = self._alive()
        imap.append(self._folders_of(imap).made(folder), content, (rb"\Seen",), at)

    def _folders_of(self, imap: Any) -> Folders:
        if self._folders is None or self._folders.imap is not imap:
            self._folders = Folders.of(imap)
        return self._folders

    def _idle(self, seconds: float) -> bool:
        imap, _ = self._selected()
        if not imap.has_capability("IDLE"):
            return False
        # What came since the last look would not be told again.
        if has_news(imap.noop()[1]):
            return True
        # The next look begins a new session, before the server ends this one.
        left = max(0.0, self._session_until - time.monotonic())
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
        if time.monotonic() >= self._session_until:
            self._log_out()
        if self._imap is not None:
            try:
                self._imap.noop()
            except FAULTS:
                self._drop()
        return self._connected()

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
        imap = self._connected()
        if not self._is_selected:
            uid_validity = int(self._select(imap)[b"UIDVALIDITY"])
            if self._uid_validity is None:
                self._uid_validity = uid_validity
            if uid_validity != self._uid_validity:
                raise ImapFault(
                    f"{self._where}: the folder was rebuilt since the last look"
                    " (UIDVALIDITY changed); look again"
                )
        return imap, self._uid_validity or 0

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
        self._is_selected = True
        return answer

    def _connected(self) -> Any:
        if self._imap is not None:
            return self._imap
        tokens = self._account.tokens
        if tokens is not None:
            return self._connected_by_token(tokens)
        imap = self._opened()
        by_password(imap, self._account)
        return imap

    def _connected_by_token(self, tokens: Tokens) -> Any:
        """
        A token that was given out before may have ended in between: then by another, once.
        """
        # Before there is a connection: nobody listens for a greeting meanwhile, and a stop
        # need not wait for the endpoint.
        token, is_fresh = tokens.current()
        while True:
            imap = self._opened()
            try:
                by_token(imap, self._account, token)
            except TokenRefused as refused:
                self._drop()
                if is_fresh:
                    tokens.forget(token)
                    words = refused_token_in_words(refused, tokens, token)
                    raise ImapFault(f"{self._where}: {words}") from refused
                token, is_fresh = tokens.another(token), True
            else:
                self._token, self._session_until = token, token.session_until
                return imap

    def _opened(self) -> Any:
        """
        A connection that nobody has logged in on yet.
        """
        account = self._account
        context = None if account.tls == "none" else verifying(account.cafile)
        try:
            imap = IMAPClient(
                account.host,
                account.port,
                ssl=account.tls == "implicit",
                ssl_context=context,
                timeout=account.timeout,
            )
        except IMAPClientAbortError as fault:
            # A greeting of another protocol, or none: TLS is awaited, or nobody is at home.
            raise ImapFault(
                f"{self._where}: no IMAP is spoken; if that lasts, check [imap] host, port and tls"
            ) from fault
        # Commands are short and each waits for its answer: none shall wait for a full packet.
        imap.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # imapclient would turn INTERNALDATE into naive local time.
        imap.normalise_times = False
        if self._is_given_up:
            hang_up(imap)
            raise ImapFault(f"{self._where}: interrupted while connecting")
        self._imap, self._is_selected = imap, False
        if account.tls == "starttls":
            imap.starttls(context)
        return imap

    def _log_out(self) -> None:
        imap, self._imap = self._imap, None
        self._session_until = math.inf
        if imap is not None:
            try:
                imap.logout()
            except FAULTS:
                hang_up(imap)

    def _drop(self) -> None:
        if self._is_given_up:
            return
        imap, self._imap = self._imap, None
        self._session_until = math.inf
        if imap is not None:
            hang_up(imap)

    @property
    def _where(self) -> str:
        return f"IMAP {self._account.host}:{self._account.port}"
