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

#: The promises that a letter keeps once it has been accepted by the next hop, or posted.
KEEPS: Mapping[str, tuple[str, ...]] = {
    "acknowledgement": ("acknowledge", "data_protection"),
    "introduction": ("introduce",),
    "adr-rights": ("adr_rights",),
    "deadlock": ("adr_rights",),
}

#: A letter to the complainant once more, for somebody else: it keeps no promise.
COPY = "copy"

#: The two letters the law wants: never capped, and sent while automatic mail is paused.
RIGHTS_LETTERS = frozenset({"adr-rights", "deadlock"})
