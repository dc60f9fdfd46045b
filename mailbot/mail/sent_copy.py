"""
What the header of a letter of ours still says of it in the sent folder; and what an answer
to a letter says of it, where no copy of it is found.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from sys import intern

from mailbot.mail.message import Address, InboundMessage
from mailbot.mail.reading.parse import parse_header
from mailbot.mail.reading.scan import Malformed
from mailbot.mail.signed_ids import Keyring, SignedId, Thread, canonical, plus_token

#: The header fields that are read.
FIELDS = (
    *("Message-ID", "Date", "From", "To", "Reply-To", "In-Reply-To", "References"),
    *("X-Mailbot-Template", "X-Mailbot-Case"),
)

#: The letter that everybody whose case was opened got first.
FIRST = "acknowledgement"
#: A person's words, which no rule writes a second time: known by them alone.
OWN_WORDS = "handler-reply"

#: So long a letter is tried (RFC 5321 §4.5.4.1). A copy that lies there from before or for
#: longer was laid there by a person, or by whoever moved the mailbox.
_TRIED_FOR = timedelta(days=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCopy:
    """
    One letter of ours that was sent. *where* is its UID; None where only an answer tells of it.
    """

    where: int | None
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
    #: Of one that was answered both are when the answer came.
    written_at: datetime
    accepted_at: datetime
    #: The message that it answers, for comparing; "" = none.
    answers: str
    #: The id that stands first in the thread of a customer, and where their answers go.
    anchor: str
    token: str
    #: The messages of others that it names, for comparing, and the case that they are about;
    #: 0 where that is not one.
    names: tuple[str, ...] = ()
    about: int = 0
    #: The text of what a person has written.
    words: str = field(default="", repr=False)

    @property
    def is_ours(self) -> bool:
        return bool(self.nonce)

    @property
    def is_there(self) -> bool:
        """
        Whether its octets lie in the sent folder.
        """
        return self.where is not None

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
    named = _signed_in(read, keyring)
    to_staff = signed.thread.is_staff if signed else False
    anchor = "" if to_staff else _anchor(named)
    token = "" if to_staff else _token(read, keyring, service_address)
    # There may be hundreds of thousands of letters to a few people: what they share stands once.
    return SentCopy(
        where=where,
        message_id=message_id,
        nonce=signed.nonce if signed else "",
        serial=signed.serial if signed else 0,
        key_id=_key_id(message_id) if signed else "",
        to_staff=to_staff,
        template=intern(template),
        reference=intern(read.first("x-mailbot-case").strip()),
        name=intern(to.name),
        email=intern(to.email),
        written_at=written_at,
        accepted_at=laid_at if is_of_the_time else written_at,
        answers=canonical(read.in_reply_to[0]) if read.in_reply_to else "",
        anchor=anchor,
        token=token or _token_of(anchor, keyring),
        names=() if to_staff else _others(read, named),
        about=0 if to_staff else _case_of(named),
    )


def with_words(copy: SentCopy, text: str) -> SentCopy:
    """
    The letter with what a person says in it.
    """
    return replace(copy, words=" ".join(text.split()))


def answered(read: InboundMessage, keyring: Keyring) -> Iterator[SentCopy]:
    """
    The letters to customers that a message answers: whoever answers has had them. The oldest
    in the thread is the acknowledgement; of the others nobody knows what they said.
    """
    if read.sender is None:
        return
    named = _signed_in(read, keyring)
    letters = {each: signed for each, signed in named.items() if signed.thread is Thread.CUSTOMER}
    names, about = _others(read, named), _case_of(named)
    anchor, at = _anchor(named), read.received_at.astimezone(UTC)
    first = next((each for each, signed in letters.items() if signed.serial), None)
    for message_id, signed in letters.items():
        yield SentCopy(
            where=None,
            message_id=message_id,
            nonce=signed.nonce,
            serial=signed.serial,
            key_id=_key_id(message_id),
            to_staff=False,
            template=FIRST if message_id == first else "",
            reference="",
            name=intern(read.sender.name),
            email=intern(read.sender.email),
            written_at=at,
            accepted_at=at,
            answers="",
            anchor=anchor,
            token=_token_of(anchor, keyring),
            names=names,
            about=about,
        )


def _signed_in(read: InboundMessage, keyring: Keyring) -> dict[str, SignedId]:
    """
    The ids of ours that a message names, the oldest first (RFC 5322 §3.6.4).
    """
    return {
        canonical(each): signed
        for each in (*read.references, *read.in_reply_to)
        if (signed := keyring.read_id(each))
    }


def _others(read: InboundMessage, ours: Container[str]) -> tuple[str, ...]:
    named = (canonical(each) for each in (*read.in_reply_to, *read.references))
    return tuple(dict.fromkeys(each for each in named if each not in ours))


def _case_of(named: dict[str, SignedId]) -> int:
    """
    The one case that all of these ids are about; 0 if it is not one.
    """
    serials = {each.serial for each in named.values() if each.serial and not each.thread.is_staff}
    return serials.pop() if len(serials) == 1 else 0


def _anchor(named: dict[str, SignedId]) -> str:
    anchors = (each for each, signed in named.items() if signed.thread is Thread.CUSTOMER_ANCHOR)
    return intern(next(anchors, ""))


def _key_id(message_id: str) -> str:
    """
    Which key has signed an id that verified.
    """
    return intern(message_id.partition("@")[0].split(".")[-2])


def _token(read: InboundMessage, keyring: Keyring, service_address: str) -> str:
    """
    Where the customer's answers come to, which is the same in all letters to them.
    """
    for each in read.reply_to:
        token = plus_token(each.email, service_address) or ""
        signed = keyring.read_token(token)
        if signed and not signed.for_staff and not signed.answer:
            return intern(token)
    return ""


def _token_of(anchor: str, keyring: Keyring) -> str:
    """
    The token of a thread that is known by its anchor alone.
    """
    signed = keyring.read_id(anchor) if anchor else None
    return keyring.token(signed.nonce, for_staff=False) if signed else ""
