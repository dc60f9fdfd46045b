"""
Whether a customer's answer to an outcome is a yes or a no.

Only a text that, greeting and signature aside, is one of the rulebook's listed
words counts; everything else is for the handler to judge.
"""

import re
import unicodedata
from enum import StrEnum

from mailbot.cases.rulebook.choices import Closure

_GREETING = re.compile(
    r"(?:hi|hello|hiya|dear|good (?:morning|afternoon|evening))\b(?P<rest>.*)", re.IGNORECASE
)
_PARTING = re.compile(
    r"(?:(?:many )?thanks|thank you|cheers|(?:kind|best|warm)? ?(?:regards|wishes)"
    r"|(?:yours )?(?:sincerely|faithfully|truly)|yours)\b(?P<rest>.*)",
    re.IGNORECASE,
)
_POLITE = frozenset({"again", "so much", "very much", "for your help", "for all your help"})
#: Words that stand in names and titles without a capital letter.
_IN_NAMES = frozenset({"and", "of", "or", "the", "there", "all", "both", "team", "sir", "madam"})
#: Words that stand in sentences and in no name: with one of them a line says something.
_IN_SENTENCES = frozenset({"but", "i", "is", "it", "its", "my", "no", "not", "still", "we", "yet"})
_SENT_FROM = re.compile(r"(sent from|get outlook for)\b.*", re.IGNORECASE)
_LONGEST_SIGNATURE = 6  # lines
_LONGEST_NAME = 5  # words


class Said(StrEnum):
    YES = "yes"
    NO = "no"
    ELSE = ""


def said(text: str, closure: Closure) -> Said:
    """
    What the new text of an answer says.
    """
    body = body_of(text)
    if "?" in body:
        # "Resolved?" asks.
        return Said.ELSE
    words = bare(body)
    if words in {bare(each) for each in closure.yes}:
        return Said.YES
    if words in {bare(each) for each in closure.no}:
        return Said.NO
    return Said.ELSE


def body_of(text: str) -> str:
    """
    The lines between greeting and signature. A line that may say something is
    part of it: a yes that was none closes a case, one too many asks a handler.
    """
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not _SENT_FROM.fullmatch(line)]
    if len(lines) > 1 and (greeting := _GREETING.fullmatch(lines[0])) and _names(greeting["rest"]):
        lines = lines[1:]
    for index in range(1, len(lines)):
        if _is_signature(lines[index:]):
            return " ".join(lines[:index])
    return " ".join(lines)


def says_nothing(text: str, names: frozenset[str]) -> bool:
    """
    Whether a text is a signature or less: the words of a mail program, a parting above
    one of the *names* of its writer, that name, punctuation. "Thank you." says something.
    """
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if bare(line) and not _SENT_FROM.fullmatch(line)]
    has_name = any(bare(line) in names for line in lines)
    return not lines or (has_name and (len(lines) == 1 or _is_signature(lines)))


def _is_signature(lines: list[str]) -> bool:
    first, rest = lines[0], lines[1:]
    if len(lines) > _LONGEST_SIGNATURE:
        return False
    if first in {"--", "—"}:
        return True
    parting = _PARTING.fullmatch(first)
    if parting is None:
        return False
    is_polite = bare(parting["rest"]) in _POLITE or _names(parting["rest"])
    return is_polite and all(_names(line) for line in rest)


def _names(text: str) -> bool:
    """
    Whether the line can be a name, an address or a number: it is no sentence.
    """
    words = text.replace(",", " ").split()
    if len(words) > _LONGEST_NAME or any(bare(word) in _IN_SENTENCES for word in words):
        return False
    return len(words) == 1 or all(
        not word[0].islower() or word.lower() in _IN_NAMES or "@" in word or "." in word[:-1]
        for word in words
    )


def bare(text: str) -> str:
    """
    The words alone: folded, without punctuation.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[^\w\s]", " ", folded).split())
