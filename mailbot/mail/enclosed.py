"""
What an attachment is, in words for the handler who sees it listed.

Nothing in here opens one: Outlook's own format, and what is signed or encrypted, is
named for what it is, and a person's program may read it.
"""

from mailbot.mail.message import Attachment

#: By content type: the name where the sender gave none, and what a person is told.
_KNOWN = {
    # [MS-OXTNEF]: the whole message in Outlook's own format.
    "application/ms-tnef": ("winmail.dat", "Outlook's own format, not readable here"),
    "application/vnd.ms-tnef": ("winmail.dat", "Outlook's own format, not readable here"),
    # RFC 8551 §3.2, §3.5
    "application/pkcs7-mime": ("smime.p7m", "S/MIME, encrypted or signed as a whole"),
    "application/x-pkcs7-mime": ("smime.p7m", "S/MIME, encrypted or signed as a whole"),
    "application/pkcs7-signature": ("smime.p7s", "S/MIME signature, not checked"),
    "application/x-pkcs7-signature": ("smime.p7s", "S/MIME signature, not checked"),
    # RFC 3156 §4, §5, §7
    "application/pgp-encrypted": ("version.asc", "PGP, says that the message is encrypted"),
    "application/pgp-signature": ("signature.asc", "PGP signature, not checked"),
    "application/pgp-keys": ("public-key.asc", "PGP key"),
    "message/rfc822": ("attached message.eml", "another message"),
    "message/global": ("attached message.eml", "another message"),
    "message/rfc822-headers": ("returned header.txt", "the header of another message"),
    "text/rfc822-headers": ("returned header.txt", "the header of another message"),
    "message/partial": ("piece of a message.eml", "a piece of a message sent in several"),
    "message/external-body": ("kept elsewhere.txt", "a reference to something kept elsewhere"),
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
    ".ics": "text/calendar",
}
_PGP = b"-----BEGIN PGP MESSAGE-----"


def default_name(content_type: str) -> str:
    """
    The name of a part that its sender gave none.
    """
    return _KNOWN.get(content_type, ("unnamed", ""))[0]


def what_it_is(attachment: Attachment) -> str:
    """
    What a person is told of it: "S/MIME signature, not checked"; its content type
    where that says enough.
    """
    if attachment.content.lstrip().startswith(_PGP):
        return "PGP, encrypted"
    name = attachment.name.lower()
    by_name = next((kind for end, kind in _BY_ENDING.items() if name.endswith(end)), "")
    for kind in (attachment.content_type, by_name):
        if kind in _KNOWN:
            return _KNOWN[kind][1]
    return attachment.content_type
