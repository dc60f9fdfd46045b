"""
The message that a mail system returns, or as much of it as there is, wherever it put it:
as a part, in a report within its message, in a file, or below its words.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from email.parser import BytesParser
from itertools import islice

from mailbot.mail.message import Attachment
from mailbot.mail.reading.charsets import decoded
from mailbot.mail.reading.enclosed import without_encoding
from mailbot.mail.reading.encoded_words import ids_in
from mailbot.mail.reading.parts import HEADERS, MESSAGES, STATUSES, Part, part_of
from mailbot.mail.reading.scan import header_of
from mailbot.mail.signed_ids import ids_like_ours

#: What is said stands on top.
_LOOKED_AT = 32 * 1024
_MOST_FILES = 8
_DEEPEST = 3
_LONGEST_FIELD = 2000

_PART_HEADER = re.compile(rb"\s*content-type[ \t]*:", re.IGNORECASE)
_ID_FIELD = re.compile(
    rb"^(?:message-id|references)[ \t]*:((?:.|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE
)
_ID_LINE = re.compile(
    r"^[>| \t]*(?:x-)?(?:original-)?(?:message-id|references)[ \t]*:(.*(?:\n[> \t]+<.*)*)",
    re.IGNORECASE | re.MULTILINE,
)
_TO_FIELD = re.compile(rb"^to[ \t]*:((?:.|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE)
_TO_LINE = re.compile(r"^[>| \t]*to[ \t]*:(.*)", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"[^\s<>,;:()\"]+@[^\s<>,;:()\"]+")
_ENDINGS = (".txt", ".eml", ".log", ".dsn", ".hdr")


def as_meant(leaves: Iterable[Part]) -> Iterator[Part]:
    """
    The parts of a report; one whose header stands below an empty line too many is read anew.
    """
    for part in leaves:
        if not part.fields and _PART_HEADER.match(part.octets):
            yield from part_of(BytesParser().parsebytes(part.octets.lstrip())).leaves
        else:
            yield part


def reports_within(leaves: Iterable[Part], depth: int = _DEEPEST) -> Iterator[Part]:
    """
    The parts of those attached messages that are reports themselves: gateways pass on in a
    message of their own what another system told them.
    """
    for part in leaves:
        for enclosed in part.enclosed if part.content_type in MESSAGES and depth else ():
            inside = tuple(as_meant(enclosed.leaves))
            is_a_report = enclosed.content_type == "multipart/report" or any(
                each.content_type in STATUSES for each in inside
            )
            if is_a_report:
                yield from inside
                yield from reports_within(inside, depth - 1)


def texts_beside(text: str, files: Iterable[Attachment]) -> tuple[str, ...]:
    """
    Whatever a mail system may have put its words into, besides the parts that are for
    them: its *text*, and files of text.
    """
    of_text = (
        each.content
        for each in files
        if each.content_type.startswith("text/")
        or (each.content_type not in MESSAGES and each.name.lower().endswith(_ENDINGS))
    )
    read = (decoded(each[:_LOOKED_AT], "utf-8") for each in islice(of_text, _MOST_FILES))
    return (text[:_LOOKED_AT], *read)


def returned_ids(parts: Iterable[Part]) -> Iterator[str]:
    """
    The ids in the header of the message that a report returns.
    """
    for header in _headers(parts):
        for found in _ID_FIELD.findall(header):
            yield from ids_in([found.decode("ascii", "replace")])


def ids_that_came_back(parts: Sequence[Part], words: Iterable[str]) -> tuple[str, ...]:
    """
    The same, or where none of them looks like ours also those in a header that is returned
    as so much text, quoted or not, and whatever does look like ours: no other word does.
    """
    found = tuple(returned_ids(parts))
    if not any(map(ids_like_ours, found)):
        messages = (each for each in parts if each.content_type in MESSAGES)
        enclosed = (each.enclosed_octets[:_LOOKED_AT] for each in islice(messages, _MOST_FILES))
        texts = (*words, *(decoded(each, "utf-8") for each in enclosed))
        found += ids_in(line for each in words for line in _ID_LINE.findall(each))
        found += tuple(each for text in texts for each in ids_like_ours(text))
    return tuple(dict.fromkeys(found))


def returned_to(parts: Iterable[Part], texts: Iterable[str]) -> tuple[str, ...]:
    """
    To whom the returned message went, by its own header, lower-case.
    """
    fields = [found.decode("utf-8", "replace") for each in _headers(parts) for found in _to(each)]
    fields += [found for each in texts if _ID_LINE.search(each) for found in _TO_LINE.findall(each)]
    return tuple(
        dict.fromkeys(
            each.lower() for said in fields for each in _ADDRESS.findall(said[:_LONGEST_FIELD])
        )
    )


def _to(header: bytes) -> list[bytes]:
    return _TO_FIELD.findall(header)


def _headers(parts: Iterable[Part]) -> Iterator[bytes]:
    for part in parts:
        if part.content_type in MESSAGES | HEADERS:
            yield header_of(without_encoding(part, part.enclosed_octets))
        elif part.content_type == "text/rfc822-headers":
            yield part.octets
