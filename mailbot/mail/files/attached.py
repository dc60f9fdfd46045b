"""
What a sender attached: kept as it came, under a name that any folder can hold.
"""

import re
from collections.abc import Iterable, Iterator
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Any

from mailbot.mail.files.kinds import default_name
from mailbot.mail.message import Attachment
from mailbot.mail.reading.charsets import clean
from mailbot.mail.reading.encoded_words import words
from mailbot.mail.reading.parts import DISPOSITIONS, MESSAGES, STATUSES, Part

_NOT_IN_A_NAME = re.compile(r'[\\/:*?"<>|\t]+')
#: Marks that hide in a name, or turn it around: "invoice\u202efdp.exe" (UAX #9).
_MARKS = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LONGEST_NAME = 120
_WORDS = frozenset({"text/plain", "text/html", "text/enriched"})
_DISPOSITION, _TYPE = "content-disposition", "content-type"


def is_attached(part: Part) -> bool:
    """
    Whether a leaf is a file of the sender's, and not their words.
    """
    if part.main_type == "multipart":
        # Its boundary is missing or never comes: what stands in it is shown as it is.
        return False
    if part.content_type not in _WORDS:
        return True
    return part.disposition == "attachment" or bool(_file_name(part))


def attachments(parts: Iterable[Part], *, of_a_report: bool = False) -> Iterator[Attachment]:
    """
    The files of a message, in its order. What a report says for machines is none of them;
    the same in a person's mail is a file that they attached.
    """
    for part in parts:
        kind = part.content_type
        is_a_message = kind in MESSAGES | STATUSES
        is_said = of_a_report and kind in STATUSES | DISPOSITIONS
        if is_said or not (is_a_message or is_attached(part)):
            continue
        yield Attachment(
            name=_file_name(part) or default_name(kind),
            content_type=clean(kind).strip(),
            content=part.enclosed_octets if is_a_message else part.octets,
            content_id=part.first("content-id").strip("<> "),
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
