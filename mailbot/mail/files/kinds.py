"""
What an attachment is, in words for the handler who sees it listed.

Nothing in here opens one: Outlook's own format, and what is encrypted, is named for what
it is, and a person's program may read it.
"""

from mimetypes import MimeTypes

from mailbot.mail.message import Attachment
from mailbot.mail.reading.cms import Wrapped
from mailbot.mail.reading.cms import kind_of as wrapped

PGP_ENCRYPTED = "application/pgp-encrypted"
WRAPPED_BY_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
OUTLOOKS_OWN = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})

#: RFC 8551 §3.2: one type for all that S/MIME wraps. What it is stands in its first octets.
_WRAPPED = {
    Wrapped.NOTHING: "S/MIME, not readable here",
    Wrapped.SIGNED: "S/MIME, signed as a whole; what it says is shown, its signature not checked",
    Wrapped.COMPRESSED: "S/MIME, compressed",
    Wrapped.ENCRYPTED: "S/MIME, encrypted: nobody here can open it",
}

#: By content type: the name where the sender gave none, and what a person is told.
_KNOWN = {
    # [MS-OXTNEF]: the whole message in Outlook's own format.
    "application/ms-tnef": ("winmail.dat", "Outlook's own format, not readable here"),
    "application/vnd.ms-tnef": ("winmail.dat", "Outlook's own format, not readable here"),
    # RFC 8551 §3.2, §3.5
    "application/pkcs7-mime": ("smime.p7m", _WRAPPED[Wrapped.NOTHING]),
    "application/x-pkcs7-mime": ("smime.p7m", _WRAPPED[Wrapped.NOTHING]),
    "application/pkcs7-signature": ("smime.p7s", "S/MIME signature, not checked"),
    "application/x-pkcs7-signature": ("smime.p7s", "S/MIME signature, not checked"),
    # RFC 3156 §4, §5, §7
    PGP_ENCRYPTED: ("version.asc", "PGP, encrypted"),
    "application/pgp-signature": ("signature.asc", "PGP signature, not checked"),
    "application/pgp-keys": ("public-key.asc", "PGP key"),
    # [MS-OXMSG], and a page or mail saved whole (RFC 2557)
    "application/vnd.ms-outlook": ("message.msg", "another message, in Outlook's own format"),
    "application/x-mimearchive": ("page.mht", "a saved page or message"),
    "application/mbox": ("messages.mbox", "other messages"),
    "message/rfc822": ("attached message.eml", "another message"),
    "message/global": ("attached message.eml", "another message"),
    "message/rfc822-headers": ("returned header.txt", "the header of another message"),
    "text/rfc822-headers": ("returned header.txt", "the header of another message"),
    "message/partial": ("piece of a message.eml", "a piece of a message sent in several"),
    "message/external-body": ("kept elsewhere.txt", "a reference to something kept elsewhere"),
    "message/delivery-status": ("delivery report.txt", "what a mail server said of a mail"),
    "message/disposition-notification": ("receipt.txt", "what a mail program said of a mail"),
    "message/feedback-report": ("abuse report.txt", "an abuse report"),
    "text/calendar": ("invitation.ics", "an appointment"),
    "application/ics": ("invitation.ics", "an appointment"),
    "text/vcard": ("contact.vcf", "contact details"),
    "text/x-vcard": ("contact.vcf", "contact details"),
    "text/vnd.google.email-reaction+json": ("reaction.json", "a reaction"),
}

#: By the name, for clients that type everything as application/octet-stream.
_BY_ENDING = {
    "winmail.dat": "application/ms-tnef",
    ".p7m": "application/pkcs7-mime",
    ".p7s": "application/pkcs7-signature",
    ".eml": "message/rfc822",
    ".msg": "application/vnd.ms-outlook",
    ".mht": "application/x-mimearchive",
    ".mhtml": "application/x-mimearchive",
    ".mbox": "application/mbox",
    ".gpg": PGP_ENCRYPTED,
    ".pgp": PGP_ENCRYPTED,
    ".ics": "text/calendar",
}
#: What Python does not know, or has several endings for.
_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/pjpeg": ".jpg",
    "image/heic": ".heic",
    "image/heif": ".heif",
    "image/webp": ".webp",
    "image/tiff": ".tif",
    "audio/amr": ".amr",
    "audio/mp4": ".m4a",
    "audio/x-m4a": ".m4a",
    "audio/wav": ".wav",
    "audio/ogg": ".ogg",
    "video/mp4": ".mp4",
    "video/3gpp": ".3gp",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "application/rtf": ".rtf",
    "application/smil": ".smil",
    "application/x-zip-compressed": ".zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    # Nobody knows what it is, and ".bin" opens nothing.
    "application/octet-stream": "",
}
#: Not `mimetypes.guess_extension`, which asks the machine: a name is the same everywhere.
_TYPES = MimeTypes()
_PGP = b"-----BEGIN PGP MESSAGE-----"
_A_FEW_LINES = 200


def default_name(content_type: str) -> str:
    """
    The name of a part that its sender gave none.
    """
    if content_type in _KNOWN:
        return _KNOWN[content_type][0]
    return f"unnamed{ending_of(content_type)}"


def ending_of(content_type: str) -> str:
    """
    ".jpg": what a file of that type ends in, so that the reader's program opens it; "" where
    that is not known.
    """
    if content_type in _ENDINGS:
        return _ENDINGS[content_type]
    return _TYPES.guess_extension(content_type) or ""


def what_it_is(attachment: Attachment) -> str:
    """
    What a person is told of it: "S/MIME signature, not checked"; its content type
    where that says enough.
    """
    kind = kind_of(attachment)
    if kind in WRAPPED_BY_SMIME:
        return _WRAPPED[wrapped(attachment.content)]
    return _KNOWN[kind][1] if kind in _KNOWN else kind


def wraps_what_is_read(attachment: Attachment) -> bool:
    """
    Whether all that is left of a S/MIME file is its signature: the rest is the message.
    """
    return wrapped(attachment.content) in {Wrapped.SIGNED, Wrapped.COMPRESSED}


def kind_of(attachment: Attachment) -> str:
    """
    The content type of what it is, also where its sender's program gave another one.
    """
    if attachment.content[:_A_FEW_LINES].lstrip().startswith(_PGP):
        return PGP_ENCRYPTED
    name = attachment.name.lower()
    by_name = next((kind for end, kind in _BY_ENDING.items() if name.endswith(end)), "")
    kinds = (attachment.content_type, by_name)
    return next((kind for kind in kinds if kind in _KNOWN), attachment.content_type)
