"""
The fields of RFC 3464 §2.3, wherever a mail system put them: in the part that is theirs, in
a text, wrapped as no field may be, with an empty line too many.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from email.errors import MissingHeaderBodySeparatorDefect

from mailbot.mail.message import DeliveryStatus
from mailbot.mail.reading.charsets import decoded
from mailbot.mail.reading.enclosed import without_encoding
from mailbot.mail.reading.parts import Part

#: RFC 3464 §2.2, §2.3. Any other line belongs to the field above it.
_NAMES = (
    *("original-envelope-id", "reporting-mta", "dsn-gateway", "received-from-mta"),
    *("arrival-date", "original-recipient", "final-recipient", "action", "status"),
    *("remote-mta", "diagnostic-code", "last-attempt-date", "final-log-id", "will-retry-until"),
)
_FIELD = re.compile(rf"[>|\s]*({'|'.join(_NAMES)}|x-[\w-]+)\s*:(.*)", re.IGNORECASE)
_NOTHING = re.compile(r"[>|\s]*")

_RECIPIENTS = ("original-recipient", "final-recipient")
#: What a group says once: said again, it is about somebody else.
_SAID_ONCE = (*_RECIPIENTS, "action", "status")

_ADDRESS = re.compile(r"(?:\"[^\"]*\"|[^\s<>;,()\"]+)@[^\s<>;,()\"]+")
#: RFC 6533 §3, utf-8-addr-xtext
_ESCAPED = re.compile(r"\\x\{([0-9a-f]{2,6})\}", re.IGNORECASE)
_LAST_CHARACTER = 0x10FFFF

# Not of an address such as 198.51.100.7.
_ENHANCED = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_REPLY = re.compile(r"\b([245])\d\d\b")

#: How those who do not keep to the keywords of §2.3.3 begin: Lotus says "failure",
#: OpenSMTPD "error". What has expired has failed.
_FAILED = (
    *("fail", "error", "expire", "undeliver", "bounce", "reject", "refuse", "timed", "timeout"),
    *("denied", "drop", "permanent"),
)
_KEYWORDS = frozenset({"delivered", "relayed", "expanded", "delayed", "deliverable"})

_MOST_GROUPS = 200
#: Characters of a value, with the lines that belong to it.
_LONGEST_VALUE = 2000


def statuses_of(part: Part) -> Iterator[DeliveryStatus]:
    """
    What the part of a report says, one for each recipient that it names.
    """
    yield from _statuses(_lines(part))


def statuses_in(text: str) -> tuple[DeliveryStatus, ...]:
    """
    The same of fields that stand among other words.
    """
    return tuple(_statuses(text.splitlines(), in_words=True))


def _lines(part: Part) -> list[str]:
    """
    The lines as they came. The library ends a header at a line that is no field, where
    no empty line is.
    """
    lines: list[str] = []
    for each in part.enclosed:
        lines += [f"{name}: {value}" for name, value in each.fields]
        is_cut = any(isinstance(d, MissingHeaderBodySeparatorDefect) for d in each.source.defects)
        lines += [] if is_cut else [""]
        lines += decoded(each.octets, "utf-8").splitlines()
    if not part.enclosed:
        return part.text.splitlines()
    octets = "\n".join(lines).encode("utf-8", "surrogatepass")
    read = without_encoding(part, octets)
    return lines if read is octets else decoded(read, "utf-8").splitlines()


def _statuses(lines: Iterable[str], *, in_words: bool = False) -> Iterator[DeliveryStatus]:
    for number, group in enumerate(_groups(lines)):
        if number >= _MOST_GROUPS:
            return
        if status := _status(group, in_words=in_words):
            yield status


def _groups(lines: Iterable[str]) -> Iterator[Mapping[str, str]]:
    """
    The fields of each recipient; of a field that is repeated the first.
    """
    group: dict[str, str] = {}
    for block in _blocks(lines):
        if _is_about_another(group, block):
            yield group
            group = {}
        # §2.1 has an empty line between groups; some have one within them too.
        group = {**block, **group}
    yield group


def _is_about_another(group: Mapping[str, str], block: Mapping[str, str]) -> bool:
    return any(name in group and name in block for name in _SAID_ONCE)


def _blocks(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """
    What stands together, without an empty line and about one recipient.
    """
    block: dict[str, str] = {}
    again: dict[str, str] = {}
    name = ""
    for line in lines:
        if found := _FIELD.match(line):
            name, value = found[1].lower(), found[2].strip()[:_LONGEST_VALUE]
            if name in _RECIPIENTS and name in block and _other(block[name], value):
                yield block
                # The address that we wrote may stand before each one that it became.
                block, again = again, {}
            if name in block:
                again |= {name: value} if name in _RECIPIENTS else {}
                name = ""
            else:
                block[name] = value
        elif _NOTHING.fullmatch(line):
            yield block
            block, again, name = {}, {}, ""
        elif name and len(block[name]) < _LONGEST_VALUE:
            block[name] += f" {line.strip()[:_LONGEST_VALUE]}"
    yield block


def _other(one: str, another: str) -> bool:
    return _recipient(one).lower() != _recipient(another).lower()


def _status(said: Mapping[str, str], *, in_words: bool) -> DeliveryStatus | None:
    """
    What a group of fields says of a recipient; None if it names none.
    """
    original, final = (_recipient(said.get(each, "")) for each in _RECIPIENTS)
    if not (original or final):
        return None
    diagnostic = said.get("diagnostic-code", "")
    status = _status_code(said.get("status", "")) or _status_code(diagnostic)
    if in_words and not (status or said.get("action")):
        # The fields of a receipt (RFC 8098 §3.2) name a recipient, too.
        return None
    return DeliveryStatus(
        final_recipient=final or original,
        original_recipient=original if final else "",
        action=_action(said.get("action", "delayed" if _is_tried_on(said) else ""), status),
        status=status,
        diagnostic=diagnostic,
        in_words=in_words,
    )


def _is_tried_on(said: Mapping[str, str]) -> bool:
    # RFC 3464 §2.3.9: of a delay alone.
    return "will-retry-until" in said


def _recipient(value: str) -> str:
    # §2.1.2 "rfc822; jane@example.org"; some leave the type out, or add brackets or a comment.
    kind, separator, rest = value.partition(";")
    said = rest if separator and "@" not in kind else value
    said = _ESCAPED.sub(_character, said)
    found = _ADDRESS.search(said)
    return found[0] if found else said.partition("(")[0].strip().strip("<>")


def _character(escaped: re.Match[str]) -> str:
    number = int(escaped[1], 16)
    return chr(number) if number <= _LAST_CHARACTER else escaped[0]


def _action(value: str, status: str) -> str:
    """
    A keyword of §2.3.3; what no keyword says, class 5 does: it is final (RFC 3463 §3.1).
    """
    word = value.partition("(")[0].strip().lower()
    first = next(iter(word.split()), "").rstrip(".;,")
    if first.startswith(_FAILED):
        return "failed"
    if first in _KEYWORDS:
        return first
    return "failed" if status.startswith("5.") else word


def _status_code(value: str) -> str:
    """
    The status of RFC 3463 in *value*, or the class of its SMTP reply; "" if neither is there.
    """
    if found := _ENHANCED.search(value):
        return found[0]
    found = _REPLY.search(value)
    return f"{found[1]}.0.0" if found else ""
