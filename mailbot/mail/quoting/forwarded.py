"""
What somebody passes on: the original's sender, date, subject and text.

Attached (RFC 2046 §5.2.1) it is a message and read as one. Inline it is text that a
client has written above other text, so whatever cannot be read for certain is said
to be in doubt and left empty: a person confirms it, nobody guesses it.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Protocol

from mailbot.mail.message import Address, Attachment, InboundMessage
from mailbot.mail.quoting.client_words import (
    Field,
    begins_a_forward,
    begins_a_message,
    field_of,
    is_quoted,
    visible,
)
from mailbot.mail.quoting.new_text import is_header_block
from mailbot.mail.quoting.shown_date import DateDoubt, read_shown_date
from mailbot.mail.reading.parse import parse
from mailbot.mail.reading.scan import Malformed

_MESSAGES = {"message/rfc822", "message/global"}
_UNTYPED = {"application/octet-stream", "text/plain"}
_OUTLOOK_ITEM = "application/vnd.ms-outlook"
_ATOM = r"[^\s<>\[\]()\"',;:@]+"
_ADDRESS = re.compile(rf"{_ATOM}@{_ATOM}\.\w+")
_ADDRESS_SHOWN = re.compile(
    rf"[<\[(]*\s*(?:mailto:)?\s*{_ADDRESS.pattern}\s*[>\])]*", re.IGNORECASE
)
_MAILTO = re.compile(r"<mailto:[^>]*>", re.IGNORECASE)
_END = re.compile(r"^\s*[-_=*]{2,}\s*end (?:of )?forwarded\b.*$", re.IGNORECASE)
_RULE = re.compile(r"^\s*[_\-=]{8,}\s*$")
_SIGN = re.compile(r"^\s*>[ ]?")
_PASSED_ON = re.compile(
    r"^\s*(?:(?:fwd?|wg|tr|rv|enc|vb|vs|pd|i|doorst|ymlaen|videresend|továbbítás)\s*(?:\[\d+\])?\s*:"
    # The address of who wrote it before their own Subject is how mutt says so.
    rf"|\[{_ADDRESS.pattern}: .*\]\s*$)",
    re.IGNORECASE,
)
#: RFC 5322 §2.2: a field of any name, and a line that goes on with one.
_ANY_FIELD = re.compile(r"[!-9;-~]+:\s|[ \t]+\S")
_FOLD = re.compile(r"\n[ \t]+")
_HEADER_LINES = 8
_LONGEST_FIELD = 3  # lines onto which a client may wrap one
_DEEPEST = 5  # forwards of forwards
_MOST_LINES = 5000


class Read(Protocol):
    """
    From octets to a message; Malformed if they are beyond the bounds.
    """

    def __call__(self, content: bytes, *, received_at: datetime) -> InboundMessage: ...


class How(StrEnum):
    ATTACHED = "attached"
    INLINE = "inline"


class Doubt(StrEnum):
    """
    What could not be read of a forwarded mail; of its date `DateDoubt` speaks.
    """

    SENDER_MISSING = "sender_missing"
    #: Outlook shows a known contact by name alone.
    SENDER_WITHOUT_ADDRESS = "sender_without_address"
    SEVERAL_SENDERS = "several_senders"
    SUBJECT_MISSING = "subject_missing"
    TEXT_MISSING = "text_missing"
    UNREADABLE = "attached_message_unreadable"
    #: Outlook's own format (.msg), which is no internet message.
    OUTLOOK_ITEM = "outlook_item"


@dataclass(frozen=True, kw_only=True)
class Forwarded:
    """
    A mail that somebody has passed on, as far as it could be read.
    """

    how: How
    sender: Address | None = None
    #: The name, also where there is no address to go with it.
    sender_name: str = ""
    #: Aware, in UTC or in the sender's offset; None if it is not known.
    sent_at: datetime | None = None
    subject: str = ""
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    #: An attached one as it was read, and its octets.
    message: InboundMessage | None = None
    content: bytes = field(default=b"", repr=False)
    #: What the one who passes it on has written beside it; empty for an attached one.
    comment: str = ""
    #: Everything that is not known, or not quite.
    doubts: tuple[Doubt | DateDoubt, ...] = ()


def is_passed_on(subject: str) -> bool:
    """
    Whether a Subject says that something is forwarded: "Fwd:", "FW:", "WG:" and their
    like, or the sender's address before their own Subject.
    """
    return bool(_PASSED_ON.match(subject))


def forwarded(
    message: InboundMessage, *, zone: tzinfo, read: Read = parse
) -> tuple[Forwarded, ...]:
    """
    What *message* passes on: every attached mail, else the chain of inline ones, the
    latest first. Empty if it passes nothing on. *zone* is the reader's, for clients
    that show a time without one; *read* reads the attached ones.
    """
    attached = [
        _attached(each, message.received_at, read) for each in message.attachments if _is_mail(each)
    ]
    return tuple(attached) or inline(message.text, zone=zone, before=message.received_at)


def inline(text: str, *, zone: tzinfo, before: datetime) -> tuple[Forwarded, ...]:
    """
    The forwards in a text, the latest first; each text holds the earlier ones too.
    """
    found: list[Forwarded] = []
    lines = [line.rstrip() for line in text.splitlines()[:_MOST_LINES]]
    while len(found) < _DEEPEST:
        at = _begins_at(lines)
        if at is None:
            break
        one, lines = _inline(lines, at, zone, before)
        found.append(one)
    return tuple(found)


# --- attached --------------------------------------------------------------


def _is_mail(attachment: Attachment) -> bool:
    name = attachment.name.lower()
    return attachment.content_type in _MESSAGES | {_OUTLOOK_ITEM} or (
        attachment.content_type in _UNTYPED and name.endswith((".eml", ".msg"))
    )


def _attached(attachment: Attachment, before: datetime, read: Read) -> Forwarded:
    if attachment.content_type == _OUTLOOK_ITEM or attachment.name.lower().endswith(".msg"):
        return Forwarded(how=How.ATTACHED, attachments=(attachment,), doubts=(Doubt.OUTLOOK_ITEM,))
    try:
        inner = read(attachment.content, received_at=before)
    except Malformed:
        return Forwarded(how=How.ATTACHED, attachments=(attachment,), doubts=(Doubt.UNREADABLE,))
    doubts: list[Doubt | DateDoubt] = []
    sender = inner.sender if inner.has_one_sender else None
    if sender is None:
        doubts.append(Doubt.SEVERAL_SENDERS if inner.senders else Doubt.SENDER_MISSING)
    sent_at = inner.date
    if sent_at is None:
        is_shown = bool(inner.values("date"))
        doubts.append(DateDoubt.UNREADABLE if is_shown else DateDoubt.MISSING)
    elif sent_at > before + timedelta(hours=1):
        sent_at = None
        doubts.append(DateDoubt.AHEAD)
    return Forwarded(
        how=How.ATTACHED,
        message=inner,
        content=attachment.content,
        sender=sender,
        sender_name=sender.name if sender else "",
        sent_at=sent_at,
        subject=inner.subject,
        text=inner.text,
        attachments=inner.attachments,
        doubts=(*doubts, *_missing(inner.subject, inner.text)),
    )


def _missing(subject: str, text: str) -> list[Doubt]:
    missing = [] if subject.strip() else [Doubt.SUBJECT_MISSING]
    return missing if text.strip() else [*missing, Doubt.TEXT_MISSING]


# --- inline ----------------------------------------------------------------


def _begins_at(lines: list[str]) -> int | None:
    """
    The index of the line with which the first forward begins, or None.
    """
    for index, line in enumerate(lines):
        seen = visible(line)
        if begins_a_message(seen) and (begins_a_forward(seen) or _header_after(lines, index)):
            return index
        if not is_quoted(seen) and is_header_block(_seen(lines, index)):
            return index
    return None


def _header_after(lines: list[str], index: int) -> bool:
    """
    Whether a header follows a title such as "-----Original Message-----".
    """
    ahead = [line for line in lines[index + 1 : index + 6] if line.strip()]
    return bool(ahead) and field_of(visible(_SIGN.sub("", ahead[0]))) is not None


def _seen(lines: list[str], index: int) -> list[str]:
    return [visible(line) for line in lines[index : index + _HEADER_LINES]]


def _inline(
    lines: list[str], at: int, zone: tzinfo, before: datetime
) -> tuple[Forwarded, list[str]]:
    """
    The forward that begins there, and its lines, in which an earlier one may begin.
    """
    above, below = lines[:at], lines[at:]
    if begins_a_message(visible(below[0])):
        below = below[1:]
    below, after = _body(below)
    fields, start = _header(below)
    lines = below[start:]
    text = "\n".join(lines).strip()
    name, sender, doubts = _sender(fields.get(Field.FROM, ""))
    shown = read_shown_date(fields.get(Field.DATE, ""), zone=zone, before=before)
    subject = fields.get(Field.SUBJECT, "")
    comment = "\n".join([*_without_rule(above), "", *after]).strip()
    one = Forwarded(
        how=How.INLINE,
        sender=sender,
        sender_name=name,
        sent_at=shown.at,
        subject=subject,
        text=text,
        comment=comment,
        doubts=(*doubts, *([shown.doubt] if shown.doubt else []), *_missing(subject, text)),
    )
    return one, lines


def _body(lines: list[str]) -> tuple[list[str], list[str]]:
    """
    The lines of the forward, without the client's signs before each, and those after it.
    """
    while lines and not lines[0].strip():
        lines = lines[1:]
    end = next((index for index, line in enumerate(lines) if _END.match(line)), len(lines))
    if lines and is_quoted(lines[0]):
        # Apple's phones mark every line of it; what is not marked is not of it.
        quoted = (index for index, line in enumerate(lines) if line.strip() and not is_quoted(line))
        end = min(end, next(quoted, end))
        after = [line for line in lines[end:] if not _END.match(line)]
        return [_SIGN.sub("", line) for line in lines[:end]], after
    return lines[:end], lines[end + 1 :]


def _header(lines: list[str]) -> tuple[dict[Field, str], int]:
    """
    What each field of the header says, and where the text begins.
    """
    fields: dict[Field, str] = {}
    last: Field | None = None
    if whole := _whole_header(lines):
        unfolded = _FOLD.sub(" ", "\n".join(lines[:whole])).splitlines()
        return _header([line for line in unfolded if field_of(line)])[0], whole
    for index, line in enumerate(lines):
        seen = visible(line)
        shown = field_of(seen)
        if shown and shown[0] not in fields:
            last, fields[shown[0]] = shown
        elif last and seen.strip() and _goes_on(lines, index, fields[last]):
            fields[last] = f"{fields[last]} {seen.strip()}".strip()
        elif seen.strip() or fields:
            return fields, index
    return fields, len(lines)


def _whole_header(lines: list[str]) -> int:
    """
    How many lines the header takes where a client has left nothing of it out, as mutt
    does if told so: it ends at an empty line, and its fields are not only those that
    clients show. 0 if it is another.
    """
    end = next((index for index, line in enumerate(lines) if not line.strip()), 0)
    above = lines[:end]
    is_header = bool(above) and all(map(_ANY_FIELD.match, above)) and not above[0][:1].isspace()
    is_whole = any(line.lower().startswith(("message-id:", "received:")) for line in above)
    return end if is_header and is_whole else 0


def _goes_on(lines: list[str], index: int, said: str) -> bool:
    """
    Whether the line belongs to the field above it, because another field follows or
    a list of addresses is not at its end.
    """
    if lines[index][:1].isspace() or said.endswith((",", ";")):
        return True
    for line in lines[index + 1 : index + 1 + _LONGEST_FIELD]:
        if not line.strip():
            return False
        if field_of(visible(line)):
            return True
    return False


def _sender(said: str) -> tuple[str, Address | None, list[Doubt]]:
    """
    Name and address as the client shows them: "Jane Doe <jane@example.com>", with
    "[mailto:…]", in quotes, bold, or one of the two alone.
    """
    said = _MAILTO.sub("", said) if _ADDRESS.search(_MAILTO.sub("", said)) else said
    found = {each.lower(): each for each in _ADDRESS.findall(said.replace("mailto:", " "))}
    name = " ".join(_ADDRESS_SHOWN.sub(" ", said).split()).strip("\"'*<>[]() ")
    if len(found) > 1:
        return name, None, [Doubt.SEVERAL_SENDERS]
    if not found:
        return name, None, [Doubt.SENDER_WITHOUT_ADDRESS if name else Doubt.SENDER_MISSING]
    return name, Address(name=name, email=next(iter(found.values()))), []


def _without_rule(lines: list[str]) -> list[str]:
    while lines and (not lines[-1].strip() or _RULE.match(lines[-1])):
        lines = lines[:-1]
    return lines
