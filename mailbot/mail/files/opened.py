"""
A message of any size taken apart, to be shown and handed out: its header, its files, and
what of it is words. Nothing in it is read as `parse` reads it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from mailbot.mail.files.attached import attachments
from mailbot.mail.message import Attachment, InboundMessage
from mailbot.mail.reading.enclosed import without_encoding
from mailbot.mail.reading.library import tree_of
from mailbot.mail.reading.parse import parse_header
from mailbot.mail.reading.parts import MESSAGES, Part, part_of
from mailbot.mail.reading.scan import Malformed, header_of, mended_header, scan
from mailbot.mail.reading.set_aside import set_aside

#: What a library makes of octets that nobody foresaw: one mail keeps no case from being shown.
_UNREADABLE = (
    *(Malformed, RecursionError, ValueError, LookupError, TypeError, AttributeError),
    AssertionError,
)
#: Messages in messages in messages that are looked into.
_DEEPEST = 5


@dataclass(frozen=True, kw_only=True)
class Opened:
    """
    *words* are the octets in which anything may be said: the header, each text, and each
    attached message. *html* is the first HTML there is.
    """

    header: InboundMessage
    words: tuple[bytes, ...]
    html: str = ""
    files: tuple[Attachment, ...] = ()
    #: False where the message is beyond our bounds, and no file was taken out of it.
    is_whole: bool = True


def opened(content: bytes, *, received_at: datetime) -> Opened:
    """
    The message in *content*. What cannot be read is left in its octets, and never raises.
    """
    try:
        header = parse_header(content, received_at=received_at)
    except _UNREADABLE:
        header = InboundMessage(received_at=received_at, readable=False)
    try:
        scan(content)
        aside = set_aside(content)
        tree = part_of(tree_of(mended_header(aside.content)))
        leaves = tuple(tree.leaves)
        found = attachments(leaves, of_a_report=tree.sub_type == "report")
        files = tuple(replace(each, content=aside.put_back(each.content)) for each in found)
        said = tuple(map(aside.put_back, _said_in(leaves)))
    except _UNREADABLE:
        return Opened(header=header, words=(content,), is_whole=False)
    html = next((each.text for each in leaves if each.content_type == "text/html"), "")
    return Opened(header=header, words=(header_of(content), *said), html=html, files=files)


def _said_in(leaves: Iterable[Part], deepest: int = _DEEPEST) -> Iterator[bytes]:
    """
    What each of them says, and what is said in a message among them.
    """
    for each in leaves:
        if each.main_type not in {"text", "message"}:
            continue
        is_a_message = each.content_type in MESSAGES
        yield without_encoding(each, each.enclosed_octets) if is_a_message else each.octets
        for inside in each.enclosed if is_a_message and deepest else ():
            yield from _said_in(inside.leaves, deepest - 1)
