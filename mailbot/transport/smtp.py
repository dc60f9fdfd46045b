"""
From ready octets to the next hop, with smtp_session the only user of aiosmtplib.

aiosmtplib tells a rejected login and an unknown recipient by the same exception,
and a line that was cut before the content by the same one as a line that was cut
after it. So MAIL, RCPT and DATA are said one by one here, and what comes back is
a value of `mailbot.mail.outcome`.
"""

from contextlib import suppress

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)
from aiosmtplib.response import SMTPResponse

from mailbot.mail.outcome import Deferred, Outcome, Refused, Sent, Uncertain
from mailbot.transport.smtp_answers import has_had_enough, refusal
from mailbot.transport.smtp_remedies import wants_a_login
from mailbot.transport.smtp_reply import clean, said
from mailbot.transport.smtp_session import SmtpAccount, SmtpFault, SmtpSession, text_of
from mailbot.transport.smtp_wire import on_the_wire, writable

GO_AHEAD = 354


class Courier:
    """
    One kept connection, for one mail at a time.
    """

    def __init__(self, account: SmtpAccount) -> None:
        self._account = account
        self._session = SmtpSession(account)
        self._was_cut = False

    async def connect(self) -> None:
        """
        Have a connection that is logged in; SmtpFault says why there is none.
        """
        await self._session.connected()

    @property
    def largest(self) -> int | None:
        """
        The octets of the largest mail that the server takes, as it has said itself; 0 is
        no limit (RFC 1870 §4), None that it has said nothing.
        """
        announced = (
            self._session.smtp.esmtp_extensions.get("size", "") if self._session.smtp else ""
        )
        return int(announced) if announced.isdecimal() else None

    @property
    def offers_login(self) -> bool:
        """
        Whether the server has said that one may log in (RFC 4954 §3).
        """
        return self._session.smtp is not None and bool(self._session.smtp.server_auth_methods)

    async def try_sender(self) -> Deferred | Refused | None:
        """
        What the server has against mail from us, if anything: asked, and taken back before
        there is a recipient. SmtpFault if there is no connection.
        """
        smtp = await self._session.connected()
        try:
            answer = await smtp.execute_command(*self._envelope(smtp, b"", ""))
            return None if _is_yes(answer) else refusal("MAIL", answer.code, answer.message)
        except (SMTPException, OSError) as fault:
            raise self._session.fault(fault) from fault
        finally:
            with suppress(SMTPException, OSError):
                await smtp.rset()

    async def deliver(self, content: bytes, recipient: str) -> Outcome:
        """
        What became of these octets, which must have CRLF at every line's end.
        """
        try:
            await self._session.connected()
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
            self._session.drop()
            return Deferred(
                f"before the content: {_how(fault)}", channel=True, detail=text_of(fault)
            )
        try:
            answer = await self._content(smtp, content)
        except (SMTPException, OSError) as fault:
            # The final dot may have been read: the one place where nobody can know.
            self._session.drop()
            return Uncertain(f"inside the content: {_how(fault)}", detail=text_of(fault))
        if not _is_yes(answer):
            return await self._after(refusal("DATA", answer.code, answer.message))
        return Sent(f"{answer.code} {clean(answer.message)}")

    def cut(self) -> None:
        """
        End whatever is waited for now: what becomes of the mail in hand is then told as
        where a line is lost. Nothing is said again on another.
        """
        self._was_cut = True
        self._session.cut()

    async def close(self) -> None:
        """
        Say QUIT where there is someone to say it to, and have no connection.
        """
        await self._session.close()

    async def _mail(self, content: bytes, recipient: str) -> tuple[SMTP, SMTPResponse]:
        """
        The answer to MAIL, and who gave it.
        """
        is_kept = self._session.smtp is not None and self._session.smtp.is_connected
        smtp = await self._session.connected()
        try:
            answer = await smtp.execute_command(*self._envelope(smtp, content, recipient))
            reply = said("MAIL", answer.code, answer.message)
            is_over = has_had_enough(reply) or (
                self._session.rests_on_a_token and wants_a_login(reply)
            )
            if not is_kept or not is_over:
                return smtp, answer
        except (SMTPServerDisconnected, SMTPTimeoutError):
            if not is_kept or self._was_cut:
                raise
        # Servers hang up on clients that rest, or after so many mails, or forget a login whose
        # token has ended. Nothing was said about this mail yet, so it may simply be said again.
        self._session.drop()
        smtp = await self._session.connected()
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
            if self._session.smtp is not None and self._session.smtp.is_connected:
                await self._session.smtp.rset()
        except (SMTPException, OSError):
            self._session.drop()
        return outcome


def _is_yes(answer: SMTPResponse) -> bool:
    return 200 <= answer.code < 300


def _how(fault: SMTPException | OSError) -> str:
    if isinstance(fault, TimeoutError):
        return "no answer in time"
    if isinstance(fault, SMTPResponseException):
        return "an answer that is no SMTP"
    return "the connection was lost"
