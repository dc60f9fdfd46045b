"""
How a recipient and a mail are spelt on the wire.
"""

import re

_BARE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
#: RFC 5321 §4.1.2, read generously; nothing in it can end the command or the brackets.
_LOCAL_PART = re.compile(r'"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*"|[^\s<>"@\\\x00-\x1f\x7f]+')
_DOMAIN = re.compile(r'[^\s<>"@\\\x00-\x1f\x7f]+')
#: RFC 5321 §4.5.3.1.3, without the brackets: no server need take more.
_LONGEST = 254


def writable(recipient: str, *, with_utf8: bool) -> bytes | None:
    """
    The recipient as it stands in RCPT, or None if this server cannot be told.
    """
    local, _, domain = recipient.rpartition("@")
    if not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        return None
    try:
        if recipient.isascii() or with_utf8:
            spelt = recipient.encode()
        else:
            # RFC 5891: a domain has a spelling in ASCII; a local part has none (RFC 6531 §3.2).
            spelt = local.encode("ascii") + b"@" + domain.encode("idna")
    except UnicodeError:
        return None
    return spelt if len(spelt) <= _LONGEST else None


def on_the_wire(content: bytes) -> bytes:
    """
    The octets between 354 and the answer: dots doubled, and the end.
    """
    ends = content.count(b"\r\n")
    if content.count(b"\r") != ends or content.count(b"\n") != ends:
        # A bare LF ends a line for some servers and not for others, which lets
        # text smuggle in a mail of its own (RFC 5321 §2.3.8).
        content = _BARE_LINE_END.sub(b"\r\n", content)
    if content.startswith(b"."):
        content = b"." + content
    content = content.replace(b"\r\n.", b"\r\n..")
    return content + (b".\r\n" if content.endswith(b"\r\n") or not content else b"\r\n.\r\n")
