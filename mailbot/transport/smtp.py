"""
From ready octets to the next hop. The only user of aiosmtplib.

aiosmtplib tells a rejected login and an unknown recipient by the same exception,
and a line that was cut before the content by the same one as a line that was cut
after it. So MAIL, RCPT and DATA are said one by one here, and what comes back is
a value of `mailbot.mail.delivery`.
"""

import re
import socket
import ssl
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

#: RFC 3463 codes that speak of the recipient; every other refusal is about us.
ABOUT_THE_RECIPIENT = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
#: RFC 3463 §3.4: the message itself is too big, today and tomorrow.
TOO_BIG = frozenset({"5.3.4"})

GO_AHEAD = 354
#: RFC 5321 §3.8: the server ends the conversation, whatever was said.
CLOSING = 421

#: Seconds that a QUIT may take: nobody waits long for a goodbye.
PARTING = 2.0

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)")
_BARE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
#: RFC 5321 §4.1.2, read generously; nothing in it can end the command or the brackets.
_LOCAL_PART = re.compile(r'"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*"|[^\s<>"@\\\x00-\x1f\x7f]+')
_DOMAIN = re.compile(r'[^\s<>"@\\\x00-\x1f\x7f]+')


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
        self, phrase: str, remedy: str, *, where: str, code: int | None = None, detail: str = ""
    ) -> None:
        super().__init__(f"{where}: {phrase}; {remedy}")
        self.phrase = phrase
        self.code = code
        self.detail = detail

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
            detail=self.detail,
        )


class Courier:
    """
    One kept connection, for one mail at a time.
    """

    def __init__(self, account: SmtpAccount) -> None:
        self._account = account
        self._smtp: SMTP | None = None

    async def connect(self) -> None:
        """
        Have a connection that is logged in; SmtpFault says why there is none.
        """
        await self._connected()

    async def deliver(self, content: bytes, recipient: str) -> Outcome:
        """
        What became of these octets, which must have CRLF at every line's end.
        """
        try:
            smtp, answer = await self._mail(content, recipient)
            if not _is_yes(answer):
                return await self._after(refusal("MAIL", answer))
            mailbox = writable(recipient, with_utf8=smtp.supports_extension("smtputf8"))
            if mailbox is None:
                return await self._after(Refused("the address cannot be written to this server"))
            answer = await smtp.execute_command(b"RCPT", b"TO:<" + mailbox + b">")
            if not _is_yes(answer):
                return await self._after(refusal("RCPT", answer, final=ABOUT_THE_RECIPIENT))
            answer = await smtp.execute_command(b"DATA")
            if answer.code != GO_AHEAD:
                return await self._after(refusal("DATA", answer, final=TOO_BIG))
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
            return await self._after(refusal("DATA", answer, final=TOO_BIG))
        return Sent(f"{answer.code} {_clean(answer.message)}")

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
            if not is_kept or answer.code != CLOSING:
                return smtp, answer
        except (SMTPServerDisconnected, SMTPTimeoutError):
            if not is_kept:
                raise
        # Servers hang up on clients that rest, or after so many mails. Nothing
        # was said about this mail yet, so it may simply be said again.
        self._drop()
        smtp = await self._connected()
        return smtp, await smtp.execute_command(*self._envelope(smtp, content, recipient))

    def _envelope(self, smtp: SMTP, content: bytes, recipient: str) -> list[bytes]:
        # No SIZE: with it a server says "too big" to MAIL, where a refusal is
        # otherwise about us; without it the same server says it to DATA.
        command = [b"MAIL", b"FROM:<" + self._account.sender.encode() + b">"]
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
        if self._smtp is not None and self._smtp.is_connected:
            return self._smtp
        self._drop()
        account = self._account
        smtp = SMTP(
            hostname=account.host,
            port=account.port,
            # RFC 5321 §4.1.1.1 wants a name; looking up our own may hang on a name server.
            local_hostname=account.sender.rpartition("@")[2] or "localhost",
            timeout=account.timeout,
            use_tls=account.tls == "implicit",
            start_tls=False,
            tls_context=None if account.tls == "none" else _verifying(account.cafile),
        )
        try:
            await smtp.connect()
            await _introduce(smtp)
            if account.tls == "starttls":
                await self._start_tls(smtp)
            if account.username:
                await self._log_in(smtp)
        except (SMTPException, OSError, UnicodeError) as fault:
            smtp.close()
            raise self._fault(fault) from fault
        except BaseException:
            smtp.close()
            raise
        self._smtp = smtp
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

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None

    def _no(
        self, phrase: str, remedy: str, *, code: int | None = None, detail: str = ""
    ) -> SmtpFault:
        where = f"SMTP {self._account.host}:{self._account.port}"
        return SmtpFault(phrase, remedy, where=where, code=code, detail=detail)

    def _fault(self, fault: SMTPException | OSError | UnicodeError) -> SmtpFault:
        """
        The same fault in words that say what to do about it.
        """
        detail = _text(fault)
        if isinstance(fault, SMTPAuthenticationError):
            # RFC 4954 §4.7.12: 454 is a server that cannot look it up just now.
            phrase = f"the login was refused ({fault.code})"
            return self._no(
                phrase, "check [smtp] username and password", code=fault.code, detail=detail
            )
        if isinstance(fault, SMTPResponseException):
            code = fault.code if fault.code > 0 else None
            phrase = f"the server does not want to talk ({code})" if code else "no SMTP is spoken"
            return self._no(phrase, "check [smtp] host, port and tls", code=code, detail=detail)
        # aiosmtplib wraps what the system said.
        cause = fault.__cause__ if isinstance(fault.__cause__, OSError) else fault
        match cause:
            case ssl.SSLCertVerificationError():
                phrase = f"the certificate could not be verified: {cause.verify_message}"
                remedy = "check [smtp] host, or have the server's certificate renewed"
            case ssl.SSLError():
                phrase, remedy = "TLS could not be agreed on", "check [smtp] port and tls"
            # A name with an empty label does not even get as far as the resolver.
            case socket.gaierror() | UnicodeError():
                phrase, remedy = "the host's name is not known", "check [smtp] host and the network"
            case TimeoutError():
                phrase = f"no answer within {self._account.timeout:g} s"
                remedy = "check [smtp] host, port and tls, and the network"
            case ConnectionRefusedError():
                phrase, remedy = "the connection was refused", "check [smtp] host and port"
            case _:
                phrase = "the connection could not be made"
                remedy = "check [smtp] host, port and tls, and the network"
        return self._no(phrase, remedy, detail=detail)


def refusal(
    command: str, answer: SMTPResponse, *, final: frozenset[str] = frozenset()
) -> Deferred | Refused:
    """
    What a reply that is no yes means. Only a 5xx with one of the *final* enhanced
    codes is the end; a bare 550 may be anything.
    """
    text = _clean(answer.message)
    enhanced = _ENHANCED.match(text)
    status = enhanced.group() if enhanced else ""
    said = f"{command} answered {answer.code} {status}".strip()
    if 500 <= answer.code < 600 and status in final:
        return Refused(f"{said}: final", code=answer.code, detail=text)
    if 500 <= answer.code < 600:
        # RFC 5321 §4.2.1 calls it permanent, but a relay that is denied or a
        # quota of ours is mended by people, and then the mail still goes.
        return Deferred(f"{said}: about us", code=answer.code, about_us=True, detail=text)
    # MAIL says the same for every letter: "too much mail from you" is about the channel.
    is_channel = answer.code == CLOSING or (command == "MAIL" and 400 <= answer.code < 500)
    return Deferred(f"{said}: for now", code=answer.code, channel=is_channel, detail=text)


def writable(recipient: str, *, with_utf8: bool) -> bytes | None:
    """
    The recipient as it stands in RCPT, or None if this server cannot be told.
    """
    local, _, domain = recipient.rpartition("@")
    if not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        return None
    try:
        if recipient.isascii() or with_utf8:
            return recipient.encode()
        # RFC 5891: a domain has a spelling in ASCII; a local part has none (RFC 6531 §3.2).
        return local.encode("ascii") + b"@" + domain.encode("idna")
    except UnicodeError:
        return None


def on_the_wire(content: bytes) -> bytes:
    """
    The octets between 354 and the answer: dots doubled, and the end.
    """
    ends = content.count(b"\r\n")
    if content.count(b"\r") != ends or content.count(b"\n") != ends:
        # A bare LF ends a line for some servers and not for others, which lets
        # text smuggle in a mail of its own (RFC 5321 §2.3.8).
        content = _BARE_LINE_END.sub(b"\r\n", content)
    if content.startswith(b"."):
        content = b"." + content
    content = content.replace(b"\r\n.", b"\r\n..")
    return content + (b".\r\n" if content.endswith(b"\r\n") or not content else b"\r\n.\r\n")


async def _introduce(smtp: SMTP) -> None:
    try:
        await smtp.ehlo()
    except SMTPHeloError:
        await smtp.helo()


def _verifying(cafile: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if cafile is not None:
        context.load_verify_locations(cafile)
    return context


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
    return _clean(str(fault.message) if isinstance(fault, SMTPException) else str(fault))


def _clean(text: str) -> str:
    # aiosmtplib keeps octets that are no UTF-8 as lone surrogates; no database takes those.
    return text.encode(errors="surrogateescape").decode(errors="replace").replace("\x00", "")
