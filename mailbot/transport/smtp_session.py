"""
One connection to the next hop: opened, logged in, begun anew before its token ends, and
ended; and what keeps us from having one.
"""

import math
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPHeloError,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from mailbot.mail.outcome import Deferred
from mailbot.password_file import as_it_is_now
from mailbot.transport.certificates import verifying
from mailbot.transport.lines import place, watched
from mailbot.transport.oauth2.client import TokenFault
from mailbot.transport.oauth2.logins import token_refused
from mailbot.transport.oauth2.tokens import Token, Tokens, Waited
from mailbot.transport.smtp_remedies import (
    is_the_tokens_fault,
    login_refused,
    turned_away,
    unreachable,
)
from mailbot.transport.smtp_reply import Said, asks_for_less, clean, said

XOAUTH2 = "xoauth2"
_AS_LONG_AS_A_TOKEN = re.compile(r"[A-Za-z0-9+/=_.~-]{32,}")
#: RFC 5321 §4.1.1.1: EHLO is not known, and HELO may be said.
_NO_EHLO = frozenset({500, 501, 502, 504, 550})

#: Seconds that a QUIT may take: nobody waits long for a goodbye.
PARTING = 2.0


@dataclass(frozen=True, kw_only=True)
class SmtpAccount:
    """
    Where our mail leaves, as whom, and with what patience.
    """

    host: str
    port: int
    tls: Literal["implicit", "starttls", "none"]
    #: "" is no AUTH.
    username: str = ""
    password: str = field(default="", repr=False)
    #: Where the password stands; looked up at each login.
    password_file: Path | None = None
    #: Access tokens in the place of a password.
    tokens: Tokens | None = field(default=None, repr=False)
    #: The envelope sender of every mail: bounces must reach us.
    sender: str
    #: Seconds for each single answer.
    timeout: float = 60.0
    #: Certificates to trust beside the system's own.
    cafile: str | None = None

    @property
    def password_now(self) -> str:
        return as_it_is_now(self.password, self.password_file)


class SmtpFault(Exception):  # noqa: N818 - people speak of a fault
    """
    There is no conversation: no connection, no TLS or no login.

    str() says what and what to do; *phrase* only what, fit for a log; *detail* is
    the server's own text, which may name people.
    """

    def __init__(
        self,
        phrase: str,
        remedy: str,
        *,
        where: str,
        code: int | None = None,
        detail: str = "",
        throttled: bool = False,
    ) -> None:
        super().__init__(f"{where}: {phrase}; {remedy}")
        self.phrase = phrase
        self.code = code
        self.detail = detail
        #: It takes mail, but not so much of it, or over so many connections, at a time.
        self.throttled = throttled

    @property
    def outcome(self) -> Deferred:
        """
        What it means for a mail that was to go: it waits, and so does the next one.
        """
        return Deferred(
            self.phrase,
            code=self.code,
            about_us=self.code is not None and self.code >= 500,
            channel=True,
            throttled=self.throttled,
            detail=self.detail,
        )


class TokenRefused(Exception):  # noqa: N818 - the server's word, not a defect
    """
    The server does not take this token.
    """

    def __init__(self, reply: Said) -> None:
        super().__init__(reply.named)
        self.reply = reply


class SmtpSession:
    """
    At most one connection.
    """

    def __init__(self, account: SmtpAccount) -> None:
        self._account = account
        self.smtp: SMTP | None = None
        #: One that has not greeted yet, or not taken the login.
        self.opening: SMTP | None = None
        self._tokens = Waited(account.tokens) if account.tokens is not None else None
        #: When it is to begin anew, for what it rests on.
        self._until = math.inf

    @property
    def rests_on_a_token(self) -> bool:
        return self._tokens is not None

    def cut(self) -> None:
        """
        End whatever is waited for now.
        """
        if self._tokens is not None:
            self._tokens.give_up()
        for smtp in (self.smtp, self.opening):
            if smtp is not None:
                smtp.close()

    async def close(self) -> None:
        """
        Have no connection, and wait for no token.
        """
        if self._tokens is not None:
            self._tokens.close()
        await self.part()

    async def part(self) -> None:
        """
        Say QUIT where there is someone to say it to, and have no connection.
        """
        if self.smtp is not None and self.smtp.is_connected:
            with suppress(SMTPException, OSError):
                await self.smtp.quit(timeout=min(PARTING, self._account.timeout))
        self.drop()

    async def connected(self) -> SMTP:
        """
        The connection, made if there is none, or if the last one is to begin anew.
        """
        is_due = time.monotonic() >= self._until
        if self.smtp is not None and self.smtp.is_connected and not is_due:
            return self.smtp
        await self.part()
        if self._tokens is None:
            self.smtp = await self._opened(None)
            return self.smtp
        try:
            return await self._connected_by_token(self._tokens)
        except TokenFault as fault:
            raise self._no(fault.phrase, fault.remedy) from fault

    async def _connected_by_token(self, tokens: Waited) -> SMTP:
        """
        A token that was given out before may have ended in between: then by another, once.
        """
        token, is_fresh = await tokens.current()
        while True:
            try:
                self.smtp = await self._opened(token)
            except TokenRefused as refused:
                if is_fresh:
                    raise self._token_refused(refused, token) from refused
                token, is_fresh = await tokens.another(token), True
            else:
                self._until = token.session_until
                return self.smtp

    async def _opened(self, token: Token | None) -> SMTP:
        """
        A connection that is logged in, by the token if there is one. TokenRefused if the
        server does not take that.
        """
        account = self._account
        smtp = SMTP(
            hostname=account.host,
            port=account.port,
            # RFC 5321 §4.1.1.1 wants a name; looking up our own may hang on a name server.
            local_hostname=account.sender.rpartition("@")[2] or "localhost",
            timeout=account.timeout,
            use_tls=account.tls == "implicit",
            start_tls=False,
            tls_context=None if account.tls == "none" else verifying(account.cafile),
        )
        self.opening = smtp
        try:
            await smtp.connect()
            if smtp.transport is not None:
                watched(smtp.transport.get_extra_info("socket"))
            await _introduce(smtp)
            if account.tls == "starttls":
                await self._start_tls(smtp)
            if token is not None:
                await self._log_in_by_token(smtp, token)
            elif account.username:
                await self._log_in(smtp)
        except (SMTPException, OSError, UnicodeError) as fault:
            smtp.close()
            raise self.fault(fault) from fault
        except BaseException:
            smtp.close()
            raise
        finally:
            self.opening = None
        return smtp

    async def _start_tls(self, smtp: SMTP) -> None:
        if not smtp.supports_extension("starttls"):
            raise self._no("STARTTLS is not offered", 'check [smtp] port and tls (or "implicit")')
        await smtp.starttls()
        await _introduce(smtp)

    async def _log_in(self, smtp: SMTP) -> None:
        # One way, once: SMTP.login() tries every way there is with the same wrong
        # password, and three failures at a time lock accounts.
        ways = {
            "plain": smtp.auth_plain,
            "login": smtp.auth_login,
            "cram-md5": smtp.auth_crammd5,
        }
        way = next((ways[each] for each in ways if each in smtp.server_auth_methods), None)
        if way is None:
            raise self._no("no login that we know is offered", "check [smtp] port, tls and auth")
        await way(self._account.username, self._account.password_now)

    async def _log_in_by_token(self, smtp: SMTP, token: Token) -> None:
        # Never by PLAIN with the token for a password: its no would hide the true one.
        if XOAUTH2 not in smtp.server_auth_methods:
            raise self._no(
                "the server offers no login by OAuth 2.0",
                'check [smtp] host, port and tls, or set [smtp] auth = "password"',
            )
        try:
            await smtp.auth_xoauth2(self._account.username, token.value)
        except SMTPAuthenticationError as no:
            # Some servers repeat what they were told.
            text = _AS_LONG_AS_A_TOKEN.sub("…", no.message)
            reply = said("", no.code, text)
            if not is_the_tokens_fault(reply):
                raise SMTPAuthenticationError(no.code, text) from None
            raise TokenRefused(reply) from None

    def _token_refused(self, refused: "TokenRefused", token: Token) -> SmtpFault:
        """
        Why the server does not take even a fresh token, and what to do.
        """
        tokens, reply = self._account.tokens, refused.reply
        assert tokens is not None  # noqa: S101 - there was a token
        tokens.forget(token)
        return self._no(
            f"the login with an access token was refused ({reply.answered})",
            token_refused("smtp", tokens.client, token.value),
            code=reply.code,
        )

    def drop(self) -> None:
        if self.smtp is not None:
            self.smtp.close()
        self.smtp = None
        self._until = math.inf

    def _no(
        self,
        phrase: str,
        remedy: str,
        *,
        code: int | None = None,
        detail: str = "",
        throttled: bool = False,
    ) -> SmtpFault:
        where = f"SMTP {place(self._account.host, self._account.port)}"
        return SmtpFault(phrase, remedy, where=where, code=code, detail=detail, throttled=throttled)

    def fault(self, fault: SMTPException | OSError | UnicodeError) -> SmtpFault:
        """
        The same fault in words that say what to do about it.
        """
        detail = text_of(fault)
        if isinstance(fault, SMTPResponseException):
            if fault.code <= 0:
                return self._no(
                    "no SMTP is spoken", "check [smtp] host, port and tls", detail=detail
                )
            reply = said("", fault.code, fault.message)
            is_login = isinstance(fault, SMTPAuthenticationError)
            by_token = self._account.tokens is not None
            phrase, remedy = (
                login_refused(reply, by_token=by_token) if is_login else turned_away(reply)
            )
            return self._no(
                phrase,
                remedy,
                code=fault.code,
                # A server may repeat what it was told, and that was a token.
                detail="" if is_login and by_token else detail,
                throttled=asks_for_less(reply),
            )
        # aiosmtplib wraps what the system said.
        cause = fault.__cause__ if isinstance(fault.__cause__, OSError) else fault
        if isinstance(cause, SMTPServerDisconnected):
            cause = ConnectionResetError()
        phrase, remedy = unreachable(cause, self._account.timeout, self._account.cafile)
        return self._no(phrase, remedy, detail=detail)


async def _introduce(smtp: SMTP) -> None:
    try:
        await smtp.ehlo()
    except SMTPHeloError as no:
        if no.code not in _NO_EHLO:
            raise
        await smtp.helo()


def text_of(fault: SMTPException | OSError | UnicodeError) -> str:
    """
    What the server or the system said, for the file, not for the log.
    """
    return clean(str(fault.message) if isinstance(fault, SMTPException) else str(fault))
