"""
The plain text of a letter as `letters/octets` spells it, without reading the letter.

Nearly every answer is laid beside the letter that it answers, and of that only the first
part counts. Only what is spelt to the octet as we do is taken; all else is for `parse`.
"""

import re
from binascii import a2b_qp

from mailbot.mail.reading.charsets import decoded

_BEFORE_THE_TEXT = re.compile(
    rb"(?:(?!(?i:Content-))[\w-]+:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*)+"
    rb'(?:Content-Type: multipart/mixed;\r\n boundary="(?P<mixed>=_\w+)"\r\n\r\n'
    rb"--(?P=mixed)\r\n)?"
    rb'Content-Type: multipart/alternative;\r\n boundary="(?P<words>=_\w+)"\r\n\r\n'
    rb"--(?P=words)\r\n"
    rb"Content-Type: text/plain; charset=utf-8\r\n"
    rb"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)
_ENCLOSURE = re.compile(rb"Content-Type: [^\r\n]*\r\nContent-Disposition: attachment;")


def plain_text(content: bytes) -> str | None:
    """
    The text; None where it is blank or the letter is spelt in any other way.
    """
    before = _BEFORE_THE_TEXT.match(content)
    if before is None:
        return None
    delimiter = b"--" + before["words"]
    end = content.find(delimiter, before.end())
    if content[end - 2 : end + len(delimiter) + 2] != b"\r\n" + delimiter + b"\r\n":
        return None
    if before["mixed"] and not _holds_files_only(content[end:], before["mixed"]):
        return None
    text = decoded(a2b_qp(content[before.end() : end - 2]), "utf-8")
    return text if text.strip() else None


def _holds_files_only(rest: bytes, boundary: bytes) -> bool:
    """
    Whether all parts behind the first one are files: no words are in them.
    """
    delimiter = b"--" + boundary
    _, *enclosed = rest.split(b"\r\n" + delimiter + b"\r\n")
    is_whole = rest.count(delimiter) == len(enclosed) + 1
    return is_whole and all(map(_ENCLOSURE.match, enclosed))
