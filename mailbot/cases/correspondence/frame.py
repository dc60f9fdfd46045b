"""
The frame that people and their mail programs set around what they say: a greeting, a parting,
a signature. Which words are the frame and which are said.
"""

import re
import unicodedata

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
#: Words that take a yes back.
_TAKING_BACK = frozenset({"but", "no", "not", "still", "yet"})
_SENT_FROM = re.compile(r"(sent from|get outlook for)\b.*", re.IGNORECASE)
_RULES = frozenset({"--", "—"})  # between the words and a signature
_LONGEST_SIGNATURE = 6  # lines
_LONGEST_NAME = 5  # words


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
        below = lines[index:]
        if _is_signature(below) and not any(map(_takes_back, below)):
            return " ".join(lines[:index])
    return " ".join(lines)


def says_nothing(text: str, names: frozenset[str]) -> bool:
    """
    Whether a text is a signature or less: the words of a mail program, a parting above
    one of the *names* of its writer, that name with what they are below it, punctuation.
    "Thank you." says something.
    """
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if bare(line) or line in _RULES]
    lines = [line for line in lines if not _SENT_FROM.fullmatch(line)]
    return not any(map(bare, lines)) or _is_signed(lines, names)


def without_signature(text: str, names: frozenset[str]) -> str:
    """
    The text without the signature that its writer, who has those *names*, or their mail
    program has set below it.
    """
    lines = text.rstrip().splitlines()
    said = [(index, line.strip()) for index, line in enumerate(lines) if line.strip()]
    for at in range(max(len(said) - _LONGEST_SIGNATURE, 0), len(said)):
        below = [line for _, line in said[at:]]
        if _is_signed(below, names):
            return "\n".join(lines[: said[at][0]]).rstrip()
    return "\n".join(lines)


def without_rule(text: str) -> str:
    """
    The text without the "--" that a mail program sets above a signature: the letter has a
    rule of its own, below it.
    """
    lines = text.splitlines()
    for at in range(max(len(lines) - _LONGEST_SIGNATURE - 1, 1), len(lines)):
        if lines[at].strip() in _RULES and _is_signature([each.strip() for each in lines[at:]]):
            return "\n".join(
                [*lines[:at], *([""] if lines[at - 1].strip() else []), *lines[at + 1 :]]
            )
    return text


def without_greeting(text: str) -> str:
    """
    The text without the line on top that greets and says no more.
    """
    first, _, rest = text.strip().partition("\n")
    greeting = _GREETING.fullmatch(first.strip())
    return rest.strip() if greeting and rest.strip() and _names(greeting["rest"]) else text


def names_of(name: str) -> frozenset[str]:
    """
    How somebody of that name signs: with it, or the first word of it.
    """
    return frozenset({bare(name), bare(name.partition(" ")[0])})


def _is_signed(lines: list[str], names: frozenset[str]) -> bool:
    """
    Whether the lines are a signature: below a rule, or with one of those names in it, which
    comes first where nothing parts from the reader, as mail programs write it.
    """
    if len(lines) > _LONGEST_SIGNATURE:
        return False
    if lines[0] in _RULES:
        return all(map(_names, lines[1:]))
    if not any(bare(line) in names for line in lines):
        return False
    return _is_signature(lines) or (bare(lines[0]) in names and all(map(_names, lines)))


def _is_signature(lines: list[str]) -> bool:
    first, rest = lines[0], lines[1:]
    if len(lines) > _LONGEST_SIGNATURE:
        return False
    if first in _RULES:
        return True
    parting = _PARTING.fullmatch(first)
    if parting is None:
        return False
    is_polite = bare(parting["rest"]) in _POLITE or _names(parting["rest"])
    return is_polite and all(_names(line) for line in rest)


def _takes_back(line: str) -> bool:
    """
    Whether a line below a rule may take back what stands above it. That it is the small print
    of somebody's firm, a person sees.
    """
    return any(bare(word) in _TAKING_BACK for word in line.split())


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
