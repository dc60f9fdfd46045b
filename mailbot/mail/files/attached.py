"""
What a sender attached: kept as it came, under a name that any folder can hold.
"""

import re
from collections.abc import Container, Iterable, Iterator
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Any

from mailbot.mail.files.kinds import default_name, ending_of
from mailbot.mail.message import Attachment
from mailbot.mail.reading.charsets import clean
from mailbot.mail.reading.enclosed import without_encoding
from mailbot.mail.reading.encoded_words import words
from mailbot.mail.reading.parts import DISPOSITIONS, MESSAGES, STATUSES, Part

_NOT_IN_A_NAME = re.compile(r'[\\/:*?"<>|\t]+')
#: Marks that hide in a name, or turn it around: "invoice\u202efdp.exe" (UAX #9).
_MARKS = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LONGEST_NAME = 120
_WORDS = frozenset(
    {
        *("text/plain", "text/html", "text/enriched", "text/richtext"),
        *("text/markdown", "text/x-markdown", "text/x-web-markdown"),
    }
)
#: Pages that are programs, beside the same words in HTML.
IF_THERE_IS_NO_OTHER = frozenset({"text/x-amp-html", "text/watch-html"})
#: Texts for a program to read, whatever else is in the mail.
_FOR_A_PROGRAM = frozenset(
    {
        *("text/calendar", "text/vcard", "text/x-vcard", "text/directory", "text/css"),
        *("text/javascript", "text/csv", "text/tab-separated-values", "text/xml", "text/rtf"),
        *("text/rfc822-headers", "text/vnd.google.email-reaction+json", "text/x-patch"),
        *("text/x-diff", "text/json", "text/x-log"),
    }
)
_DISPOSITION, _TYPE = "content-disposition", "content-type"


def is_attached(part: Part) -> bool:
    """
    Whether a leaf is a file of the sender's, and not their words.
    """
    if part.main_type == "multipart":
        # Its boundary is missing or never comes: what stands in it is shown as it is.
        return False
    if part.content_type not in _WORDS | IF_THERE_IS_NO_OTHER:
        return True
    return part.disposition == "attachment" or bool(_file_name(part))


def may_be_words(part: Part, *, is_all_there_is: bool = False) -> bool:
    """
    Whether a text that looks like a file may be the message itself, where nothing else is:
    what telephones write has the name of one. RFC 2046 §4.1.4: a text of an unknown kind
    is to be shown as a plain one.
    """
    is_text = part.main_type == "text" or part.content_type == "application/xhtml+xml"
    is_meant = is_all_there_is or part.disposition != "attachment"
    return is_text and is_meant and part.content_type not in _FOR_A_PROGRAM


def attachments(
    parts: Iterable[Part], *, of_a_report: bool = False, besides: Container[Part] = ()
) -> Iterator[Attachment]:
    """
    The files of a message, in its order. What a report says for machines is none of them;
    the same in a person's mail is a file that they attached. What was read has a place here
    only by its name: *besides*.
    """
    for part in parts:
        kind = part.content_type
        if part in besides and not _file_name(part):
            continue
        is_a_message = kind in MESSAGES | STATUSES
        is_said = of_a_report and kind in STATUSES | DISPOSITIONS
        if not (is_a_message or is_attached(part)):
            yield from _inside(part)
            continue
        if is_said:
            continue
        yield Attachment(
            name=_file_name(part) or default_name(kind),
            content_type=clean(kind).strip(),
            content=without_encoding(part, part.enclosed_octets) if is_a_message else part.octets,
            content_id=part.first("content-id").strip("<> "),
        )


def _inside(part: Part) -> Iterator[Attachment]:
    """
    The files in the HTML itself, also those that could not be taken out of it.
    """
    if part.content_type != "text/html":
        return
    for number, each in enumerate(part.laid_out[1], start=1):
        yield Attachment(
            name=f"in the text {number}{ending_of(each.content_type)}",
            content_type=each.content_type,
            content=each.octets,
            missing=each.left_out,
        )


def _file_name(part: Part) -> str:
    """
    The name that the sender gave it, fit for a folder; "" if there is none.
    """
    try:
        name = _parameter(part, _DISPOSITION, "filename") or _parameter(part, _TYPE, "name")
    except (
        LookupError,
        UnicodeError,
        ValueError,
        TypeError,
    ):  # a lying charset in an RFC 2231 name
        return "unreadable name"
    if not name and part.main_type not in {"text", "multipart"}:
        # RFC 2557 §4.2: where a page would find it; the last piece of an address is a name.
        name = part.first("content-location").partition("?")[0].rpartition("/")[2]
    return safe_file_name(words(name)) if name else ""


def _parameter(part: Part, field: str, name: str) -> str:
    """
    The value; of two spellings the one of RFC 2231, which needs no guess at a charset.
    """
    value = part.first(field)
    # Most name nothing, and one look tells.
    if "*" not in value and name not in value.lower():
        return ""
    # The library decodes a name only where the field is text already.
    fields = Message()
    fields.add_header(field, value)
    said = fields.get_params([], field)
    values: list[Any] = [value for key, value in said or [] if key.lower() == name]
    values.sort(key=lambda value: not isinstance(value, tuple))
    return collapse_rfc2231_value(values[0]) if values else ""


def safe_file_name(name: str) -> str:
    """
    The name without a path, control or reordering characters, or a leading dot; at
    most 120 characters, its ending among them. "" if nothing is left.
    """
    said = _NOT_IN_A_NAME.sub("_", _MARKS.sub("", clean(name).replace("\n", " ")))
    said = " ".join(said.split()).strip(". ")
    if len(said) <= _LONGEST_NAME:
        return said
    stem, dot, ending = said.rpartition(".")
    kept = dot + ending if stem and len(ending) <= 10 else ""
    return said[: _LONGEST_NAME - len(kept)] + kept
