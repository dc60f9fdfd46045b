"""
What the header of a letter of ours still says of it in the sent folder.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from sys import intern

from mailbot.mail.message import Address, InboundMessage
from mailbot.mail.reading.parse import parse_header
from mailbot.mail.reading.scan import Malformed
from mailbot.mail.signed_ids import Keyring, Thread, canonical, plus_token

#: The header fields that are read.
FIELDS = (
    *("Message-ID", "Date", "From", "To", "Reply-To", "In-Reply-To", "References"),
    *("X-Mailbot-Template", "X-Mailbot-Case"),
)

#: So long a letter is tried (RFC 5321 §4.5.4.1). A copy that lies there from before or for
#: longer was laid there by a person, or by whoever moved the mailbox.
_TRIED_FOR = timedelta(days=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCopy:
    """
    One letter of ours that was sent. *where* is its UID.
    """

    where: int
    message_id: str
    #: What its signed Message-ID says; "" and 0 where no key of ours has signed it.
    nonce: str
    serial: int
    key_id: str
    to_staff: bool
    template: str
    reference: str
    name: str
    email: str
    #: When it was written, by its Date; and when the next hop took it, as far as one can tell.
    written_at: datetime
    accepted_at: datetime
    #: The message that it answers, for comparing; "" = none.
    answers: str
    #: The id that stands first in the thread of a customer, and where their answers go.
    anchor: str
    token: str

    @property
    def is_ours(self) -> bool:
        return bool(self.nonce)

    @property
    def to(self) -> Address:
        return Address(name=self.name, email=self.email)


def sent_copy(
    header: bytes, where: int, laid_at: datetime, keyring: Keyring, service_address: str
) -> SentCopy | None:
    """
    The letter with that header, laid into the folder at *laid_at*; None if mailbot has not
    written it.
    """
    try:
        read = parse_header(header, received_at=laid_at)
    except (Malformed, ValueError, LookupError, TypeError):
        return None
    template = read.first("x-mailbot-template").strip()
    if not template or not read.recipients:
        return None
    message_id = canonical(read.message_id or "")
    signed = keyring.read_id(message_id)
    written_at = (read.date or laid_at).astimezone(UTC)
    laid_at = laid_at.astimezone(UTC)
    is_of_the_time = written_at <= laid_at <= written_at + _TRIED_FOR
    to = read.recipients[0]
    # There may be hundreds of thousands of letters to a few people: what they share stands once.
    return SentCopy(
        where=where,
        message_id=message_id,
        nonce=signed.nonce if signed else "",
        serial=signed.serial if signed else 0,
        key_id=intern(message_id.partition("@")[0].split(".")[-2]) if signed else "",
        to_staff=signed.thread is Thread.STAFF if signed else False,
        template=intern(template),
        reference=intern(read.first("x-mailbot-case").strip()),
        name=intern(to.name),
        email=intern(to.email),
        written_at=written_at,
        accepted_at=laid_at if is_of_the_time else written_at,
        answers=canonical(read.in_reply_to[0]) if read.in_reply_to else "",
        anchor=intern(_anchor(read, keyring)),
        token=intern(_token(read, keyring, service_address)),
    )


def _anchor(read: InboundMessage, keyring: Keyring) -> str:
    first = canonical(read.references[0]) if read.references else ""
    signed = keyring.read_id(first)
    return first if signed and signed.thread is Thread.CUSTOMER_ANCHOR else ""


def _token(read: InboundMessage, keyring: Keyring, service_address: str) -> str:
    """
    Where the customer's answers come to, which is the same in all letters to them.
    """
    for each in read.reply_to:
        token = plus_token(each.email, service_address) or ""
        signed = keyring.read_token(token)
        if signed and not signed.for_staff and not signed.answer:
            return token
    return ""
