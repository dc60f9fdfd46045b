"""
Encoded words and ids, as header fields spell them.
"""

import re
from collections.abc import Iterable
from email.errors import HeaderParseError
from email.header import decode_header

from mailbot.mail.reading.charsets import clean, decoded

#: RFC 5322 §3.6.4 has no control characters in an id, and no database stores a NUL.
IN_BRACKETS = re.compile(r"<([^<>\s\x00-\x1f\x7f]+)>")


def words(value: str) -> str:
    """
    RFC 2047 encoded words decoded; a word that cannot be is left as it stands.
    """
    if "=?" not in value:
        return value
    try:
        chunks = decode_header(value)
    except (HeaderParseError, ValueError, LookupError):
        return value
    return clean(
        "".join(
            decoded(chunk, charset or "utf-8") if isinstance(chunk, bytes) else chunk
            for chunk, charset in chunks
        )
    )


def ids_in(values: Iterable[str]) -> tuple[str, ...]:
    # A client that folds in the middle of an id leaves white space inside it.
    return tuple(each for value in values for each in IN_BRACKETS.findall(value))
