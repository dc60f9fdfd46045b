"""
One mail that a decision sends, and which letters keep which promise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailbot.mail.message import Address, Attachment


@dataclass(frozen=True, kw_only=True)
class Letter:
    """
    One mail that a decision sends, before it is composed.

    *occasion* makes it unique: (case, occasion, template) is said once. For the
    templates in ONCE_PER_RECIPIENT the recipient takes its place.
    """

    template: str
    to: Address
    occasion: str
    to_staff: bool = False
    #: What the template needs beyond what every letter of the case has.
    facts: Mapping[str, object] = field(default_factory=dict)
    #: What goes with it, in order: files of the message that caused it.
    attachments: tuple[Attachment, ...] = ()
    #: The message it answers, so that the reader's client threads it.
    in_reply_to: str | None = None
    #: Auto-Submitted: auto-replied, because the recipient's own message caused it.
    is_reply: bool = False
    #: Why it is written but not sent, if so.
    withheld: str = ""
    #: The letter to the customer that goes with it as a page ready to print.
    encloses: "Letter | None" = None
    #: The octets of a mail that came back, where that letter cannot be written anew.
    on_paper: bytes = field(default=b"", repr=False)
    #: The octets of a mail to staff that was too big: its words go again, without its files.
    again: bytes = field(default=b"", repr=False)
    #: The letter to the complainant that it repeats for somebody else.
    copy_of: "Letter | None" = None


#: Said once to an address in the life of a case, whatever the occasion.
ONCE_PER_RECIPIENT = frozenset({"acknowledgement", "adr-rights", "deadlock"})


@dataclass(frozen=True, kw_only=True)
class Rests:
    """
    What of a case rests on one letter to the customer. What it did not bring about,
    because it never arrived, is undone.
    """

    #: The promises that it keeps once the next hop has accepted it, or it is posted.
    keeps: tuple[str, ...] = ()
    #: The promises that its words keep when they are written, as long as it arrives.
    carries: tuple[str, ...] = ()
    #: The promises that end once it has been accepted or posted, until something begins them.
    ends: tuple[str, ...] = ()
    #: Whether the customer is asked to confirm once it has been accepted or posted.
    asks: bool = False


#: Every letter to the customer is here. Where nothing rests on it, one that does not arrive is
#: a task for the handler, as each of them is, and nothing more.
RESTS: Mapping[str, Rests] = {
    "acknowledgement": Rests(keeps=("acknowledge", "data_protection")),
    "introduction": Rests(keeps=("introduce",)),
    # Asks for a time, and agrees none.
    "follow-up": Rests(),
    "contact-agreed": Rests(carries=("agree_contact",)),
    "contact-missed": Rests(),
    "handler-reply": Rests(carries=("keep_contact", "answer")),
    # The call itself was the contact.
    "call-summary": Rests(),
    "outcome": Rests(carries=("agree_contact", "keep_contact", "answer"), asks=True),
    "confirm-reminder": Rests(),
    # Closed on a confirmation, and none by a person's judgement: both stand by themselves.
    "closed": Rests(),
    "not-complaint": Rests(),
    "reopened": Rests(),
    "escalated": Rests(),
    "correction": Rests(),
    "party": Rests(),
    # Kept by the handler's word that it is applied.
    "credit": Rests(),
    "adr-rights": Rests(keeps=("adr_rights",)),
    "deadlock": Rests(keeps=("adr_rights",), ends=("agree_contact", "keep_contact")),
}

#: The promises that a letter keeps once it has been accepted by the next hop, or posted.
KEEPS: Mapping[str, tuple[str, ...]] = {
    template: each.keeps for template, each in RESTS.items() if each.keeps
}

#: The letters of which a case has to hear that they were accepted.
HEARD_OF = frozenset(
    template for template, each in RESTS.items() if each.keeps or each.ends or each.asks
)

#: A letter to the complainant once more, for somebody else: it keeps no promise.
COPY = "copy"

#: The two letters the law wants: never capped, and sent while automatic mail is paused.
RIGHTS_LETTERS = frozenset({"adr-rights", "deadlock"})
