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
from mailbot.mail.reading.encoded_words import words
from mailbot.mail.reading.parts import (
    DISPOSITIONS,
    MESSAGES,
    STATUSES,
    BodyPart,
    clean,
    fields_of,
    inner,
    payload,
    unfolded,
)

_NOT_IN_A_NAME = re.compile(r'[\\/:*?"<>|\t]+')
#: Marks that hide in a name, or turn it around: "invoice\u202efdp.exe" (UAX #9).
_MARKS = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LONGEST_NAME = 120


def is_attached(part: BodyPart) -> bool:
    if part.get_content_maintype() == "multipart":
        # Its boundary is missing or never comes: what stands in it is shown as it is.
        return False
    if part.get_content_maintype() != "text":
        return True
    if part.get_content_subtype() not in {"plain", "html", "enriched"}:
        return True
    return part.get_content_disposition() == "attachment" or bool(_file_name(part))


def attachments(parts: Iterable[BodyPart], *, of_a_report: bool = False) -> Iterator[Attachment]:
    """
    The files of a message, in its order. What a report says for machines is none of them;
    the same in a person's mail is a file that they attached.
    """
    for part in parts:
        kind = part.get_content_type()
        is_a_message = kind in MESSAGES | STATUSES
        is_said = of_a_report and kind in STATUSES | DISPOSITIONS
        if is_said or not (is_a_message or is_attached(part)):
            continue
        yield Attachment(
            name=_file_name(part) or default_name(kind),
            content_type=clean(kind).strip(),
            content=inner(part) if is_a_message else payload(part),
            content_id=unfolded(str(part.get("content-id", ""))).strip("<> "),
        )


def _file_name(part: BodyPart) -> str:
    """
    The name that the sender gave it, fit for a folder; "" if there is none.
    """
    # The library decodes a name only where the field is text already.
    fields = Message()
    for name, value in fields_of(part):
        if name in {"content-disposition", "content-type"}:
            fields.add_header(name, value)
    try:
        name = _parameter(fields, "content-disposition", "filename")
        name = name or _parameter(fields, "content-type", "name")
    except (
        LookupError,
        UnicodeError,
        ValueError,
        TypeError,
    ):  # a lying charset in an RFC 2231 name
        return "unreadable name"
    if not name and part.get_content_maintype() not in {"text", "multipart"}:
        # RFC 2557 §4.2: where a page would find it; the last piece of an address is a name.
        name = next((value for field, value in fields_of(part) if field == "content-location"), "")
        name = name.partition("?")[0].rpartition("/")[2]
    return safe_file_name(words(name))


def _parameter(fields: Message, field: str, name: str) -> str:
    """
    The value; of two spellings the one of RFC 2231, which needs no guess at a charset.
    """
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
