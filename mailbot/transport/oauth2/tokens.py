"""
The access token in hand: one for IMAP and SMTP, asked for by one at a time, renewed before
it ends, and asked for anew when a server has refused it.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from mailbot.transport.oauth2 import refresh_token
from mailbot.transport.oauth2.answer import Granted, Reply, clock, granted
from mailbot.transport.oauth2.client import Client, Flow, TokenFault
from mailbot.transport.oauth2.request import fields
from mailbot.transport.one_thread import OneThread

#: A token is renewed, and a session that rests on it made anew, so many seconds before its
#: end, or a sixth of its life before.
_EARLY = 600.0
_PART_OF_ITS_LIFE = 6
_SHORTEST_SESSION = 60.0
#: Seconds for which a fault is the answer to whoever asks: two protocols over several
#: connections shall not all ask the same at once.
_TOLD_AGAIN = 5.0
_NEEDS_A_PERSON = 30.0

Post = Callable[[Client, str, dict[str, str]], Reply]
Seconds = Callable[[], float]

#: Of the files that let us in: which each is, when it was written, and how large it is.
_Stamps = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Token:
    """
    An access token. *renew_at* and *ends_at* are seconds of the clock that nobody sets;
    None is an end that nobody knows.
    """

    value: str = field(repr=False)
    renew_at: float
    ends_at: float | None
    seconds: Seconds = field(default=time.monotonic, repr=False, compare=False)

    @property
    def is_due(self) -> bool:
        """
        Whether the next login wants a new one.
        """
        return self.seconds() >= self.renew_at

    @property
    def session_until(self) -> float:
        """
        When a session that begins with it now should begin anew, before the server ends it.
        """
        if self.ends_at is None:
            return math.inf
        # One that lasts for seconds, or could not be renewed in time, shall not be logged in
        # with all the time.
        return max(self.renew_at, self.seconds() + _SHORTEST_SESSION)

    @property
    def lasts(self) -> float | None:
        """
        Seconds until it ends; None where nobody has said.
        """
        return None if self.ends_at is None else max(0.0, self.ends_at - self.seconds())


class Tokens:
    """
    Where every connection of this process has its token from. Safe between threads; calls
    block for as long as one question takes.
    """

    def __init__(
        self,
        client: Client,
        *,
        ask: Post | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        seconds: Seconds = time.monotonic,
    ) -> None:
        self.client = client
        self._ask_endpoint = ask or _by_http()
        self._now = now
        self._seconds = seconds
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._fault: TokenFault | None = None
        self._fault_until = 0.0
        self._stamps: _Stamps = ()
        #: A refresh token that could not be written down, and what stood in the file then.
        self._unkept: tuple[str, str] | None = None
        #: What keeps the refresh token from being written down; "" = nothing.
        self.trouble = ""
        #: The time that the endpoint had last, and when that was, of the clock that nobody sets.
        self.clock: tuple[datetime, float] | None = None

    def current(self) -> tuple[Token, bool]:
        """
        A token that is good for a login, and whether it is fresh: nobody was given it before.
        A TokenFault says why there is none.
        """
        with self._lock:
            if self._token is not None and not self._token.is_due:
                return self._token, False
            return self._renewed()

    def another(self, refused: Token) -> Token:
        """
        A token in the place of one that a server has refused. A TokenFault if there is none,
        or if the endpoint hands out the very same again.
        """
        with self._lock:
            if self._token is not None and self._token.value != refused.value:
                return self._token
            self._token = None
            token = self._asked()
            if token.value == refused.value:
                self._token = None
                raise TokenFault(
                    "the token endpoint hands out again the token that the server has refused",
                    "check [oauth2] scopes, and that each username is the mailbox that the token is"
                    " for; if they are right, wait until that token ends",
                )
            return token

    def forget(self, refused: Token) -> None:
        """
        A server has refused it: whoever comes next asks for another.
        """
        with self._lock:
            if self._token is not None and self._token.value == refused.value:
                self._token = None

    def _renewed(self) -> tuple[Token, bool]:
        before = self._token
        try:
            return self._asked(), True
        except TokenFault:
            # The one in hand may still be good for some minutes.
            if before is not None and (before.lasts or 0.0) > 0.0:
                self._token = before
                return before, False
            raise

    def _asked(self) -> Token:
        if self._fault is not None and not self._may_ask_again():
            raise self._fault.again(self._fault_until - self._seconds())
        stamps = _stamps(self.client)
        try:
            answer = self._granted()
        except TokenFault as fault:
            told_again = _NEEDS_A_PERSON if fault.needs_a_person else _TOLD_AGAIN
            # The same without where it came from: what was asked with stands there.
            self._fault = fault.again(fault.rest)
            self._fault_until = self._seconds() + max(fault.rest, told_again)
            self._stamps = stamps
            raise
        self._fault = None
        self._token = _lasting(answer, self._seconds)
        return self._token

    def _may_ask_again(self) -> bool:
        """
        The rest is over, or a person has done something: a new secret, a new login.
        """
        if self._seconds() >= self._fault_until:
            return True
        is_resting = self._fault is not None and self._fault.rest > 0.0
        return not is_resting and _stamps(self.client) != self._stamps

    def _granted(self) -> Granted:
        if self.client.flow is not Flow.REFRESH_TOKEN:
            return self._answer_to(fields(self.client, self._now()))
        file = self.client.refresh_token_file
        assert file is not None  # noqa: S101 - the settings see to it
        with refresh_token.alone(file):
            return self._refreshed(file)

    def _refreshed(self, file: Path) -> Granted:
        """
        By the refresh token; what replaces it is on the disk before anybody has the access
        token, so that whatever happens next the chain goes on.
        """
        token = self._refresh_token(file)
        try:
            answer = self._answer_to(fields(self.client, self._now(), refresh_token=token))
        except TokenFault as fault:
            # Another program may have used it up meanwhile, and written down what came.
            newer = self._refresh_token(file)
            if not fault.needs_a_person or newer == token:
                raise
            token = newer
            answer = self._answer_to(fields(self.client, self._now(), refresh_token=token))
        if answer.refresh_token and answer.refresh_token != token:
            self._keep(file, answer.refresh_token, used=token)
        return answer

    def _refresh_token(self, file: Path) -> str:
        if self._unkept is None:
            return refresh_token.stored(file)
        newest, replaced = self._unkept
        try:
            in_file = refresh_token.stored(file)
        except TokenFault:
            return newest
        if in_file != replaced:
            # A person has let us in anew meanwhile.
            self._unkept, self.trouble = None, ""
            return in_file
        self._keep(file, newest, used=replaced)
        return newest

    def _keep(self, file: Path, token: str, *, used: str) -> None:
        """
        Write it down in the place of the *used* one. Where that cannot be done mail goes on
        with it all the same: the customers' answers do not wait for a disk, and it is tried
        again at the next renewal.
        """
        try:
            refresh_token.keep(file, token)
        except OSError as fault:
            self._unkept = token, self._unkept[1] if self._unkept else used
            self.trouble = f"{file} cannot be written ({fault.strerror})"
        else:
            self._unkept, self.trouble = None, ""

    def _answer_to(self, form: dict[str, str]) -> Granted:
        reply = self._ask_endpoint(self.client, self.client.token_url, form)
        if at := clock(reply):
            self.clock = (at, self._seconds())
        return granted(reply, self.client, self._now())


class Waited:
    """
    The same for a coroutine: what blocks has a thread of its own.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._thread: OneThread | None = None

    async def current(self) -> tuple[Token, bool]:
        return await self._run().run(self._tokens.current)

    async def another(self, refused: Token) -> Token:
        return await self._run().run(lambda: self._tokens.another(refused))

    def close(self) -> None:
        """
        Nobody waits any more: the thread ends.
        """
        if self._thread is not None:
            self._thread.end()
            self._thread = None

    def give_up(self) -> None:
        """
        Whoever waits for a token waits no longer.
        """
        if self._thread is not None:
            self._thread.give_up(TokenFault("interrupted", "it is asked again"))
            self._thread = None

    def _run(self) -> OneThread:
        if self._thread is None:
            self._thread = OneThread()
        return self._thread


def _by_http() -> Post:
    # Loaded where tokens are asked for: a start without them does not wait for it.
    from mailbot.transport.oauth2.endpoint import post

    return post


def _lasting(answer: Granted, seconds: Seconds) -> Token:
    at = seconds()
    if not answer.lasts:
        return Token(answer.token, at, None, seconds)
    early = min(_EARLY, answer.lasts / _PART_OF_ITS_LIFE)
    return Token(answer.token, at + answer.lasts - early, at + answer.lasts, seconds)


def _stamps(client: Client) -> _Stamps:
    found = []
    for each in client.files:
        try:
            known = each.stat()
        except OSError:
            found.append((0, 0, 0))
        else:
            found.append((known.st_ino, known.st_mtime_ns, known.st_size))
    return tuple(found)
