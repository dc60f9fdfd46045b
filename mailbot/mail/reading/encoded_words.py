"""
Encoded words and ids, as header fields spell them.
"""

import re
from collections.abc import Iterable
from email.errors import HeaderParseError
from email.header import decode_header

from mailbot.mail.reading.charsets import clean, decoded

#: RFC 2047 §2, as the library finds it; and several of them, with white space between.
_WORD = r"=\?[^?]*\?[qb]\?.*?\?="
_WORDS = re.compile(rf"{_WORD}(?:\s*{_WORD})*", re.IGNORECASE)
_ONE = re.compile(_WORD, re.IGNORECASE)
#: What the library makes of a word that is none.
_DEFECTS = (HeaderParseError, ValueError, LookupError)

#: RFC 5322 §3.6.4 has no control characters in an id, and no database stores a NUL.
IN_BRACKETS = re.compile(r"<([^<>\s\x00-\x1f\x7f]+)>")


def words(value: str) -> str:
    """
    RFC 2047 encoded words decoded; a word that cannot be is left as it stands.
    """
    if "=?" not in value:
        return value
    # The library is shown the words alone: what stands raw beside them it escapes.
    return clean(_WORDS.sub(_together, value))


def _together(run: re.Match[str]) -> str:
    """
    Words in a row: a character may begin in one and end in the next.
    """
    try:
        return _decoded(run[0])
    except _DEFECTS:
        return _ONE.sub(_alone, run[0])


def _alone(word: re.Match[str]) -> str:
    try:
        return _decoded(word[0])
    except _DEFECTS:
        return word[0]


def _decoded(run: str) -> str:
    return "".join(
        # RFC 2231 §5: a language may stand behind the charset.
        decoded(chunk, (charset or "utf-8").partition("*")[0])
        if isinstance(chunk, bytes)
        else chunk
        for chunk, charset in decode_header(run)
    )


def ids_in(values: Iterable[str]) -> tuple[str, ...]:
    # A client that folds in the middle of an id leaves white space inside it.
    return tuple(each for value in values for each in IN_BRACKETS.findall(value))
