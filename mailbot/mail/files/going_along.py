"""
Which attachments go along with a mail of ours, and why the others stay behind.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from mailbot.mail.files.kinds import WRAPPED_BY_SMIME, kind_of, wraps_what_is_read
from mailbot.mail.files.packed import Closed, TooMuch, octets_in
from mailbot.mail.message import Attachment, InboundMessage

#: Of all attachments of a mail together. Base64 makes 14 MB of it, and many servers
#: take no more than 20 or 25.
MOST_OCTETS = 10 * 1024 * 1024
#: What a server takes that has not said so: the limit that Postfix comes with.
USUAL_LIMIT = 10_240_000
#: Octets of a mail that are not its files: the longest text, twice, and the header.
_WITHOUT_FILES = 512 * 1024
#: RFC 2045 §6.8: base64 makes four octets of three, and a line end after 76.
_GROWN, _BEFORE = 4 * 78, 3 * 76
#: Octets of the header of each file.
_ITS_HEADER = 512
#: A picture within the text that is smaller is the logo of a signature.
_LARGEST_LOGO = 16 * 1024

#: Programs: many mail systems refuse the whole mail for one of these (5.7.x).
_PROGRAMS = (
    *(".ade", ".adp", ".apk", ".app", ".appx", ".bat", ".cab", ".chm", ".cmd", ".com", ".cpl"),
    *(".dll", ".dmg", ".exe", ".hta", ".img", ".ins", ".iso", ".isp", ".jar", ".js", ".jse"),
    *(".lib", ".lnk", ".mde", ".msc", ".msi", ".msix", ".msp", ".mst", ".nsh", ".pif", ".ps1"),
    *(".psm1", ".reg", ".scr", ".sct", ".shb", ".sys", ".url", ".vb", ".vbe", ".vbs", ".vhd"),
    *(".vhdx", ".vxd", ".wsc", ".wsf", ".wsh", ".xll"),
)
#: Messages, which may hold one of ours: a customer must not see what went to staff.
_MESSAGES = frozenset(
    {
        *("message/rfc822", "message/global", "message/rfc822-headers", "text/rfc822-headers"),
        *("message/partial", "message/external-body", "message/feedback-report"),
        *("application/vnd.ms-outlook", "application/x-mimearchive", "application/mbox"),
    }
)
#: What nobody but the addressee's own program reads, and nobody here looks into.
_SEALED = frozenset(
    {
        *("application/ms-tnef", "application/vnd.ms-tnef", "application/pgp-encrypted"),
        *WRAPPED_BY_SMIME,
    }
)
#: A signature is one of the mail as it was, not as we lay it out.
_SIGNATURES = frozenset(
    {
        *("application/pkcs7-signature", "application/x-pkcs7-signature"),
        "application/pgp-signature",
    }
)


class Stays(StrEnum):
    """
    Why an attachment does not go along.
    """

    TOO_LARGE = "too_large"
    PROGRAM = "program"
    MESSAGE = "message"
    SEALED = "sealed"
    SIGNATURE = "signature"
    NAMES_STAFF = "names_staff"
    #: Packed or encrypted: what stands in it, nobody can tell.
    CLOSED = "closed"
    LOGO = "logo"
    #: It could not be taken out of the text in which it stood.
    MISSING = "missing"
    #: It came long ago, in a message that is slow to read.
    NOT_READ_AGAIN = "not_read_again"


@dataclass(frozen=True)
class Files:
    """
    The attachments of a message in its order, each with why it stays; None: it goes along.
    """

    each: tuple[tuple[Attachment, Stays | None], ...] = ()

    @property
    def going(self) -> tuple[Attachment, ...]:
        return tuple(attachment for attachment, stays in self.each if stays is None)

    @property
    def staying(self) -> tuple[tuple[Attachment, Stays], ...]:
        return tuple((attachment, stays) for attachment, stays in self.each if stays)


def room(largest: int) -> int:
    """
    How many octets the files of a mail may have together where the server takes mails of
    so many octets (RFC 1870); 0 is a server without a limit.
    """
    if not largest:
        return MOST_OCTETS
    return max(0, min(MOST_OCTETS, (largest - _WITHOUT_FILES) * _BEFORE // _GROWN))


def to_staff(attachments: Iterable[Attachment], most: int = MOST_OCTETS) -> Files:
    """
    What a handler gets of a customer's attachments: whatever it is, up to *most* octets,
    but nothing for which their mail system would refuse the mail.
    """
    return _bounded(((each, _not_to_be_had(each)) for each in attachments), most)


def to_a_customer(
    message: InboundMessage, names_staff: Callable[[bytes], bool], most: int = MOST_OCTETS
) -> Files:
    """
    What a customer gets of a handler's attachments, up to *most* octets. *names_staff*
    tells of octets whether they hold what was issued to staff alone.
    """
    shown = message.html.lower()
    return _bounded(((each, _why(each, shown, names_staff)) for each in message.attachments), most)


def _bounded(judged: Iterable[tuple[Attachment, Stays | None]], most: int) -> Files:
    """
    One after the other as long as there is room: a large one leaves room for the small.
    """
    found = []
    left = most
    for attachment, why in judged:
        takes = len(attachment.content) + (_ITS_HEADER if most < MOST_OCTETS else 0)
        stays = why or (Stays.TOO_LARGE if takes > left else None)
        left -= 0 if stays else takes
        found.append((attachment, stays))
    return Files(tuple(found))


def _as_program(attachment: Attachment) -> Stays | None:
    return Stays.PROGRAM if attachment.name.lower().endswith(_PROGRAMS) else None


def _not_to_be_had(attachment: Attachment) -> Stays | None:
    return Stays.MISSING if attachment.missing else _as_program(attachment)


def _why(attachment: Attachment, shown: str, names_staff: Callable[[bytes], bool]) -> Stays | None:
    if attachment.missing:
        return Stays.MISSING
    kind = kind_of(attachment)
    if kind in _MESSAGES or kind.startswith("message/"):
        return Stays.MESSAGE
    if kind in _SIGNATURES or (kind in WRAPPED_BY_SMIME and wraps_what_is_read(attachment)):
        return Stays.SIGNATURE
    if kind in _SEALED:
        return Stays.SEALED
    if len(attachment.content) > MOST_OCTETS:
        return Stays.TOO_LARGE
    if _is_logo(attachment, shown):
        return Stays.LOGO
    said = f"{attachment.name}\n{attachment.content_type}".encode()
    try:
        if names_staff(said) or any(map(names_staff, octets_in(attachment.content))):
            return Stays.NAMES_STAFF
    except TooMuch:
        return Stays.TOO_LARGE
    except Closed:
        return Stays.CLOSED
    return _as_program(attachment)


def _is_logo(attachment: Attachment, shown: str) -> bool:
    is_shown = bool(attachment.content_id) and f"cid:{attachment.content_id.lower()}" in shown
    is_picture = attachment.content_type.startswith("image/")
    return is_picture and is_shown and len(attachment.content) < _LARGEST_LOGO
