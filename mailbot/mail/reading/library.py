"""
What mailparser makes of octets, and of a field of addresses. The only user of it.

It answers a misspelt attribute with "" and a repeated header with a list, and merges
attached messages into the outer text. None of that gets past this file: what leaves it
is the tree, and pairs of a name and an address.
"""

import re
from email.errors import HeaderParseError
from email.parser import BytesFeedParser
from functools import lru_cache
from typing import Self, cast

from mailparser import MailParser
from mailparser.exceptions import MailParserError, MailParserRecursionError
from mailparser.utils import get_addresses

from mailbot.mail.reading.transfer import BodyPart

#: One mailbox without anything that would have to be interpreted.
_ATOMS = r"[\w+-]+(?:\.[\w+-]+)*"
_PLAIN_MAILBOX = re.compile(
    rf"(?:(?P<name>[\w'.-]+(?: [\w'.-]+)*) )?<(?P<email>{_ATOMS}@{_ATOMS})>"
    rf"|(?P<bare>{_ATOMS}@{_ATOMS})",
    re.ASCII,
)
_PIECE = 8192  # octets
#: What mailparser lets through of its own and the library's failures on a stranger's octets.
_PARSER_DEFECTS = (
    *(MailParserError, HeaderParseError),
    *(ValueError, LookupError, AttributeError, TypeError),
)


def tree_of(content: bytes) -> BodyPart:
    """
    The message as the library's tree. Raises RecursionError where it nests too deeply.
    """
    try:
        return _Tree.from_bytes(content).message
    except MailParserRecursionError as defect:
        raise RecursionError("the parser gave up on the structure") from defect


# Every message names the service address, and a correspondence the same people.
@lru_cache(maxsize=256)
def names_and_addresses(value: str) -> tuple[tuple[str, str], ...]:
    # Most fields are so plain that the library would look at each character for nothing.
    if plain := _PLAIN_MAILBOX.fullmatch(value):
        return ((plain["name"] or "", plain["email"] or plain["bare"]),)
    try:
        found = get_addresses(value, decode_names=True)
    except _PARSER_DEFECTS:
        # A name that cannot be decoded must not cost us the address behind it.
        found = get_addresses(value)
    return tuple(found)


class _Tree(MailParser):  # type: ignore[misc] # the library has no types
    """
    mailparser as far as the tree: what it goes on to make of it, one list of texts and one
    of files for the message and all others in it, is three quarters of its work, and no
    answer to any question of ours.
    """

    message: BodyPart

    @classmethod
    def from_bytes(cls, bt: bytes) -> Self:
        """
        The message in *bt*, fed in pieces as the library itself feeds those that it reads
        from a file: all at once it would be held in memory six times.
        """

        def fed() -> BodyPart:
            parser = BytesFeedParser()
            for start in range(0, len(bt), _PIECE):
                parser.feed(bt[start : start + _PIECE])
            return parser.close()

        return cast("Self", cls._parse_guarded(fed))

    def parse(self) -> Self:
        return self
