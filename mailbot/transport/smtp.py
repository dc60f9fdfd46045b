"""
From ready octets to the next hop. The only user of aiosmtplib.

aiosmtplib tells a rejected login and an unknown recipient by the same exception,
and a line that was cut before the content by the same one as a line that was cut
after it. So MAIL, RCPT and DATA are said one by one here, and what comes back is
a value of `mailbot.mail.delivery`.
"""

import math
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPHeloError,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)
from aiosmtplib.response import SMTPResponse

from mailbot.mail.outcome import Deferred, Outcome, Refused, Sent, Uncertain
from mailbot.transport.certificates import verifying
from mailbot.transport.oauth2.client import TokenFault
from mailbot.transport.oauth2.logins import token_refused
from mailbot.transport.oauth2.tokens import Token, Tokens, Waited
from mailbot.transport.smtp_answers import (
    CLOSING,
    Said,
    asks_for_less,
    clean,
    is_the_tokens_fault,
    login_refused,
    refusal,
    said,
    turned_away,
    unreachable,
    wants_a_login,
)
from mailbot.transport.smtp_wire import on_the_wire, writable

GO_AHEAD = 354
XOAUTH2 = "xoauth2"
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
    #: Access tokens in the place of a password.
    tokens: Tokens | None = field(default=None, repr=False)
    #: The envelope sender of every mail: bounces must reach us.
    sender: str
    #: Seconds for each single answer.
    timeout: float = 60.0
    #: Certificates to trust beside the system's own.
    cafile: str | None = None


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


class Courier:
    """
    One kept connection, for one mail at a time.
    """

    def __init__(self, account: SmtpAccount) -> None:
        self._account = account
        self._smtp: SMTP | None = None
        #: One that has not greeted yet, or not taken the login.
        self._opening: SMTP | None = None
        self._was_cut = False
        self._tokens = Waited(account.tokens) if account.tokens is not None else None
        #: When the session is to begin anew, for what it rests on.
        self._session_until = math.inf

    async def connect(self) -> None:
        """
        Have a connection that is logged in; SmtpFault says why there is none.
        """
        await self._connected()

    @property
    def largest(self) -> int | None:
        """
        The octets of the largest mail that the server takes, as it has said itself; 0 is
        no limit (RFC 1870 §4), None that it has said nothing.
        """
        announced = self._smtp.esmtp_extensions.get("size", "") if self._smtp else ""
        return int(announced) if announced.isdecimal() else None

    async def try_sender(self) -> Deferred | Refused | None:
        """
        What the server has against mail from us, if anything: asked, and taken back before
        there is a recipient. SmtpFault if there is no connection.
        """
        smtp = await self._connected()
        try:
            answer = await smtp.execute_command(*self._envelope(smtp, b"", ""))
            return None if _is_yes(answer) else refusal("MAIL", answer.code, answer.message)
        except (SMTPException, OSError) as fault:
            raise self._fault(fault) from fault
        finally:
            with suppress(SMTPException, OSError):
                await smtp.rset()

    async def deliver(self, content: bytes, recipient: str) -> Outcome:
        """
        What became of these octets, which must have CRLF at every line's end.
        """
        try:
            await self._connected()
            if (most := self.largest) and len(content) > most:
                # RFC 1870 §5: it would be refused, after megabytes of it.
                return Refused(
                    f"the mail has {len(content)} octets, the server takes {most}: too big",
                    too_big=True,
                )
            smtp, answer = await self._mail(content, recipient)
            if not _is_yes(answer):
                return await self._after(refusal("MAIL", answer.code, answer.message))
            mailbox = writable(recipient, with_utf8=smtp.supports_extension("smtputf8"))
            if mailbox is None:
                return await self._after(Refused("the address cannot be written to this server"))
            answer = await smtp.execute_command(b"RCPT", b"TO:<" + mailbox + b">")
            if not _is_yes(answer):
                return await self._after(refusal("RCPT", answer.code, answer.message))
            answer = await smtp.execute_command(b"DATA")
            if answer.code != GO_AHEAD:
                return await self._after(refusal("DATA", answer.code, answer.message))
        except SmtpFault as fault:
            return fault.outcome
        except (SMTPException, OSError) as fault:
            self._drop()
            return Deferred(f"before the content: {_how(fault)}", channel=True, detail=_text(fault))
        try:
            answer = await self._content(smtp, content)
        except (SMTPException, OSError) as fault:
            # The final dot may have been read: the one place where nobody can know.
            self._drop()
            return Uncertain(f"inside the content: {_how(fault)}", detail=_text(fault))
        if not _is_yes(answer):
            return await self._after(refusal("DATA", answer.code, answer.message))
        return Sent(f"{answer.code} {clean(answer.message)}")

    def cut(self) -> None:
        """
        End whatever is waited for now: what becomes of the mail in hand is then told as
        where a line is lost. Nothing is said again on another.
        """
        self._was_cut = True
        if self._tokens is not None:
            self._tokens.give_up()
        for smtp in (self._smtp, self._opening):
            if smtp is not None:
                smtp.close()

    async def close(self) -> None:
        """
        Say QUIT where there is someone to say it to, and have no connection.
        """
        if self._smtp is not None and self._smtp.is_connected:
            with suppress(SMTPException, OSError):
                await self._smtp.quit(timeout=min(PARTING, self._account.timeout))
        self._drop()

    async def _mail(self, content: bytes, recipient: str) -> tuple[SMTP, SMTPResponse]:
        """
        The answer to MAIL, and who gave it.
        """
        is_kept = self._smtp is not None and self._smtp.is_connected
        smtp = await self._connected()
        try:
            answer = await smtp.execute_command(*self._envelope(smtp, content, recipient))
            reply = said("MAIL", answer.code, answer.message)
            is_over = answer.code == CLOSING or (self._tokens is not None and wants_a_login(reply))
            if not is_kept or not is_over:
                return smtp, answer
        except (SMTPServerDisconnected, SMTPTimeoutError):
            if not is_kept or self._was_cut:
                raise
        # Servers hang up on clients that rest, or after so many mails, or forget a login whose
        # token has ended. Nothing was said about this mail yet, so it may simply be said again.
        self._drop()
        smtp = await self._connected()
        return smtp, await smtp.execute_command(*self._envelope(smtp, content, recipient))

    def _envelope(self, smtp: SMTP, content: bytes, recipient: str) -> list[bytes]:
        command = [b"MAIL", b"FROM:<" + self._account.sender.encode() + b">"]
        if content and smtp.supports_extension("size"):
            # RFC 1870 §3: "too big" is said before megabytes have gone.
            command.append(f"SIZE={len(content)}".encode())
        if not content.isascii() and smtp.supports_extension("8bitmime"):
            command.append(b"BODY=8BITMIME")
        head = content.partition(b"\r\n\r\n")[0]
        is_plain = head.isascii() and recipient.isascii() and self._account.sender.isascii()
        if not is_plain and smtp.supports_extension("smtputf8"):
            command.append(b"SMTPUTF8")
        return command

    async def _content(self, smtp: SMTP, content: bytes) -> SMTPResponse:
        # Not SMTP.data(), which says DATA itself, so that a refusal of the word
        # and a loss after it look alike.
        if smtp.protocol is None:
            raise SMTPServerDisconnected("Connection lost")
        smtp.protocol.write(on_the_wire(content))
        return await smtp.protocol.read_response(timeout=self._account.timeout)

    async def _after(self, outcome: Deferred | Refused) -> Outcome:
        """
        The same outcome, once the next mail can start with a clean envelope.
        """
        try:
            if self._smtp is not None and self._smtp.is_connected:
                await self._smtp.rset()
        except (SMTPException, OSError):
            self._drop()
        return outcome

    async def _connected(self) -> SMTP:
        is_due = time.monotonic() >= self._session_until
        if self._smtp is not None and self._smtp.is_connected and not is_due:
            return self._smtp
        await self.close()
        if self._tokens is None:
            self._smtp = await self._opened(None)
            return self._smtp
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
                self._smtp = await self._opened(token)
            except TokenRefused as refused:
                if is_fresh:
                    raise self._token_refused(refused, token) from refused
                token, is_fresh = await tokens.another(token), True
            else:
                self._session_until = token.session_until
                return self._smtp

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
        self._opening = smtp
        try:
            await smtp.connect()
            await _introduce(smtp)
            if account.tls == "starttls":
                await self._start_tls(smtp)
            if token is not None:
                await self._log_in_by_token(smtp, token)
            elif account.username:
                await self._log_in(smtp)
        except (SMTPException, OSError, UnicodeError) as fault:
            smtp.close()
            raise self._fault(fault) from fault
        except BaseException:
            smtp.close()
            raise
        finally:
            self._opening = None
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
        await way(self._account.username, self._account.password)

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
            reply = said("", no.code, no.message)
            if not is_the_tokens_fault(reply):
                raise
            raise TokenRefused(reply) from no

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

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None
        self._session_until = math.inf

    def _no(
        self,
        phrase: str,
        remedy: str,
        *,
        code: int | None = None,
        detail: str = "",
        throttled: bool = False,
    ) -> SmtpFault:
        where = f"SMTP {self._account.host}:{self._account.port}"
        return SmtpFault(phrase, remedy, where=where, code=code, detail=detail, throttled=throttled)

    def _fault(self, fault: SMTPException | OSError | UnicodeError) -> SmtpFault:
        """
        The same fault in words that say what to do about it.
        """
        detail = _text(fault)
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
        phrase, remedy = unreachable(cause, self._account.timeout)
        return self._no(phrase, remedy, detail=detail)


async def _introduce(smtp: SMTP) -> None:
    try:
        await smtp.ehlo()
    except SMTPHeloError as no:
        if no.code not in _NO_EHLO:
            raise
        await smtp.helo()


def _is_yes(answer: SMTPResponse) -> bool:
    return 200 <= answer.code < 300


def _how(fault: SMTPException | OSError) -> str:
    if isinstance(fault, TimeoutError):
        return "no answer in time"
    if isinstance(fault, SMTPResponseException):
        return "an answer that is no SMTP"
    return "the connection was lost"


def _text(fault: SMTPException | OSError | UnicodeError) -> str:
    """
    What the server or the system said, for the file, not for the log.
    """
    return clean(str(fault.message) if isinstance(fault, SMTPException) else str(fault))
