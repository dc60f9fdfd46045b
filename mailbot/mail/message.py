"""
What a message is once it has been read: values, and nothing that reads or decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

#: RFC 5321 §4.5.5: the reverse path of every bounce.
NULL_PATH = ""


class Kind(StrEnum):
    """
    Who or what wrote a message; decided once, before anything else is.
    """

    PERSON = "person"
    STAFF = "staff"
    AUTO_REPLY = "auto_reply"
    OUT_OF_OFFICE = "out_of_office"
    BOUNCE_HARD = "bounce_hard"
    BOUNCE_SOFT = "bounce_soft"
    BOUNCE_DELAY = "bounce_delay"
    LIST = "list"
    OWN = "own"
    NO_REPLY = "no_reply"
    ABUSE_REPORT = "abuse_report"
    READ_RECEIPT = "read_receipt"
    CHALLENGE = "challenge"
    CALENDAR_REPLY = "calendar_reply"
    RECALL = "recall"
    REACTION = "reaction"
    SPAM = "spam"


class Sealed(StrEnum):
    """
    Why the words of a message cannot be read by anybody here.
    """

    NOT = ""
    SMIME = "smime"
    PGP = "pgp"
    #: [MS-OXTNEF]: winmail.dat, and no words beside it.
    OUTLOOK = "outlook"


@dataclass(frozen=True, kw_only=True)
class Address:
    """
    A mailbox as RFC 5322 §3.4 has it: the display name and the addr-spec.
    """

    name: str = ""
    email: str

    @property
    def key(self) -> str:
        """
        The address for comparing. The local part is folded too: no provider
        that a customer uses tells two people apart by its case.
        """
        return self.email.lower()


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """
    A part that is not the sender's own words: named, typed, never opened.
    """

    name: str
    content_type: str
    content: bytes = field(repr=False, default=b"")
    #: By which the sender's HTML shows it (RFC 2392), without `<>`; "" = it has none.
    content_id: str = ""
    #: Why there are no octets, where the mail held some; "" = these are all.
    missing: str = ""


@dataclass(frozen=True, kw_only=True)
class DeliveryStatus:
    """
    What a bounce says of one recipient: `failed`, `delayed` and the other actions of
    RFC 3464 §2.3.3, with a status of RFC 3463.
    """

    final_recipient: str
    action: str
    status: str
    diagnostic: str = ""
    #: The address that we wrote, where the system behind it delivers to another (§2.3.1).
    original_recipient: str = ""
    #: Told by the words of a bounce that has no RFC 3464 part.
    in_words: bool = False

    @property
    def recipients(self) -> tuple[str, ...]:
        """
        The address that we wrote and the one it became, lower-case, each once.
        """
        said = (self.original_recipient.lower(), self.final_recipient.lower())
        return tuple(dict.fromkeys(filter(None, said)))


@dataclass(frozen=True, kw_only=True)
class InboundMessage:
    """
    A message as read. Header values are decoded; ids stand without `<>`, verbatim.
    """

    received_at: datetime
    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    #: Every address of every From field, in order. RFC 5322 §3.6.2 allows several.
    senders: tuple[Address, ...] = ()
    from_fields: int = 1
    #: The From field broke the grammar, and one address stood in it: it is answered, and
    #: proves nothing.
    is_sender_guessed: bool = False
    recipients: tuple[Address, ...] = ()
    #: Where the message asks for answers to go (RFC 5322 §3.6.2): its writer's word alone.
    reply_to: tuple[Address, ...] = ()
    #: Where the servers say it was delivered: Delivered-To, X-Original-To, Envelope-To.
    delivered_to: tuple[str, ...] = ()
    subject: str = ""
    #: The sender's own clock, if it can be read. Never used for a deadline.
    date: datetime | None = None
    #: None is unknown (some servers do not keep it); "" is the null path.
    return_path: str | None = None
    #: Every header field from the top: its name, lower-case, and its value unfolded but
    #: not decoded. What a host of ours wrote stands above what came with the message.
    fields: tuple[tuple[str, str], ...] = field(repr=False, default=())
    #: The header held what is no field; other programs may have read it otherwise.
    mended: bool = False
    #: Lower-case name to all its values, for the rules that look at header fields.
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    text: str = ""
    #: What the other of two versions says, plain and HTML, where they disagree; "" = they say
    #: the same, or one of them says all that the other does.
    other_text: str = ""
    #: The same words as the sender laid them out; "" = there is no HTML. Not to be shown
    #: to anybody as it is.
    html: str = field(repr=False, default="")
    attachments: tuple[Attachment, ...] = ()
    content_type: str = "text/plain"
    #: `method` of a text/calendar part, lower-case.
    calendar_method: str = ""
    delivery_statuses: tuple[DeliveryStatus, ...] = ()
    #: RFC 8098 §3.2.6, lower-case: "automatic-action/mdn-sent-automatically; deleted".
    disposition: str = ""
    #: The topmost contiguous Authentication-Results fields (RFC 8601 §5): any other
    #: below them came with the message.
    authentication: tuple[str, ...] = ()
    #: Message-IDs found in a returned message or header (RFC 3464 §2, third part).
    returned_ids: tuple[str, ...] = ()
    #: To whom the returned message went, by its own header, lower-case.
    returned_to: tuple[str, ...] = ()
    #: Why its words, or some of them, are not in the text.
    sealed: Sealed = Sealed.NOT
    #: False where only the header could be read; the text is then empty.
    readable: bool = True

    @property
    def sender(self) -> Address | None:
        """
        The one who is taken to have written: the first address of the first From field.
        """
        return self.senders[0] if self.senders else None

    @property
    def has_one_sender(self) -> bool:
        """
        Exactly one From field with one address, as the grammar has it; nothing else is
        ever staff's.
        """
        is_one = self.from_fields == 1 and len(self.senders) == 1
        return is_one and not self.is_sender_guessed

    @property
    def parts_disagree(self) -> bool:
        """
        Whether plain part and HTML part say different things: nobody knows which is meant.
        """
        return bool(self.other_text)

    def values(self, name: str) -> tuple[str, ...]:
        """
        All values of a header field, in order; empty if it is absent.
        """
        return self.headers.get(name, ())

    def first(self, name: str) -> str:
        values = self.headers.get(name)
        return values[0] if values else ""
