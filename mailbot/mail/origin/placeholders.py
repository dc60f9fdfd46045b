"""
What a mail server hands out in the place of a message that it cannot open: a notice of its
own, which is nobody's mail.

Courier says that a message is "no longer available", Exchange that "retrieval using the
IMAP4 protocol failed". The message itself may be had later.
"""

import re
from email.parser import BytesHeaderParser
from email.utils import parseaddr

from mailbot.mail.reading.encoded_words import words

#: A notice is short; a message that is longer is somebody's.
_LONGEST = 32_768

#: Whatever came by SMTP, or from a program that sends mail, has one of these.
_OF_MAIL = ("received", "message-id", "dkim-signature", "return-path")

_THE_SERVER = re.compile(
    r"^(root|postmaster|mailer[-_.]?daemon|system|daemon|administrator|admin|imap\w*|mail[-_.]?server"
    r"|microsoft\w*|exchange\w*|noreply|no-reply)$",
    re.IGNORECASE,
)
_NAMES_THE_SERVER = re.compile(
    r"microsoft exchange|exchange server|mail (server|system)|system administrator|imap server",
    re.IGNORECASE,
)
_NOT_TO_BE_HAD = re.compile(
    r"message (is )?(unavailable|not available)|no longer available"
    r"|(couldn.t|could not|cannot|can.t|unable to|failed to) (be )?(retriev|load|open|read|display|fetch)"
    r"|(retrieval|retrieving|abruf|r\S{1,8}cup\S+ration|recuperaci\S+n|recupero|ophalen|h\S{1,4}mtning)"
    r".{0,60}(imap|pop)|(imap|pop)\d?.{0,60}(failed|fehlgeschlagen|\S?chec|error|mislukt|misslyckades)"
    r"|nicht (mehr )?(abgerufen|verf\S{1,4}gbar|ge\S{1,4}ffnet)|n.est plus disponible|non (\S )?disponibile"
    r"|niet (meer )?beschikbaar|no est\S{1,2} disponible",
    re.IGNORECASE | re.DOTALL,
)


def is_placeholder(content: bytes) -> bool:
    """
    Whether these octets are a server's notice that a message cannot be had.
    """
    if len(content) > _LONGEST:
        return False
    header = BytesHeaderParser().parsebytes(content)
    if any(header.get_all(name) for name in _OF_MAIL):
        return False
    name, address = parseaddr(str(header.get("from", "")))
    local, _, domain = address.rpartition("@")
    is_local = domain.lower() in {"", "localhost", "localhost.localdomain", "localdomain"}
    is_the_server = bool(
        _NAMES_THE_SERVER.search(words(name)) or _THE_SERVER.match(local or domain)
    )
    if not (is_the_server or (is_local and not address)):
        return False
    subject = words(str(header.get("subject", "")))
    body = str(header.get_payload() or "")
    return bool(_NOT_TO_BE_HAD.search(subject) or _NOT_TO_BE_HAD.search(body[:4096]))
