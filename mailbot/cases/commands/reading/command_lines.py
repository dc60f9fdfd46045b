"""
Which lines of a text are commands, and of which sort, by their words alone.
"""

import re
import unicodedata

#: Too grave for a reply token alone: over the From line of a stolen mail they would do harm.
GRAVE = frozenset(
    {
        *("close", "deadlock", "not-complaint", "not-eligible", "credit", "correct", "assign"),
        *("party", "merge", "open", "release", "case", "subject"),
    }
)

#: They change nothing, and say nothing that the one who asks may not know.
TELLING = frozenset({"help", "status"})

#: Commands whose text for the customer stands below them, in a letter that greets and is signed.
SPEAKING = frozenset({"call", "outcome", "deadlock"})

#: Commands that take what stands below them.
WITH_A_TEXT = SPEAKING | {"note", "need", "escalate", "post", "correct", "open", "subject"}

#: Commands that are about no case, whatever mail they answer.
ABOUT_NO_CASE = frozenset({"open", "away", "case"})

#: Commands that are about held mail where a number, or the mail they answer, says which.
ABOUT_HELD_MAIL = frozenset({"release", "reject"})


def has_commands(text: str) -> bool:
    """
    Whether the first line that says anything starts with `#`.
    """
    return bool(split_commands(text)[0])


def words(text: str) -> tuple[str, ...]:
    """
    The words of the commands at the top of *text*, in order, without their signs.
    """
    return tuple(map(word_of, split_commands(text)[0]))


def names_held_mail(text: str) -> bool:
    """
    Whether a command at the top of *text* has the number of a held message.
    """
    return any(
        word_of(line) in ABOUT_HELD_MAIL and line.split()[1:] for line in split_commands(text)[0]
    )


def grave(text: str) -> tuple[str, ...]:
    """
    The grave commands at the top of *text*, as written.
    """
    lines, _ = split_commands(text)
    return tuple(f"#{word_of(line)}" for line in lines if word_of(line) in GRAVE)


def split_commands(text: str) -> tuple[list[str], str]:
    """
    The command lines at the top, over empty ones between them, and the text below.
    """
    lines = text.strip().splitlines()
    commands = []
    while lines and (not _seen(lines[0]) or _seen(lines[0]).startswith("#")):
        line = _seen(lines.pop(0))
        commands += [line] if line else []
    return commands, "\n".join(lines).strip()


def _seen(line: str) -> str:
    """
    The line as its writer sees it: what begins it may be invisible, or a "#" of another width.
    """
    said = _UNSEEN_BEFORE.sub("", line.strip())
    return "#" + said[1:] if said.startswith("\uff03") else said


def word_of(line: str) -> str:
    """
    The word of a command line in lower case; "" if the line is none.
    """
    words = line.strip().lstrip("#").split(maxsplit=1)
    # People write "#note: rang her" as well.
    return words[0].lower().rstrip(":") if words and line.lstrip().startswith("#") else ""


def hidden_word_of(line: str) -> str:
    """
    The word of a command as people's programs write one: behind a bullet or a number, in
    bold, with characters that nobody sees.
    """
    if line.isascii() and "#" not in line:
        return ""
    seen = "".join(
        each for each in unicodedata.normalize("NFKC", line) if unicodedata.category(each) != "Cf"
    )
    found = _DECORATED.match(seen)
    return found["word"].lower() if found else ""


_UNSEEN_BEFORE = re.compile("^[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\\s]+")
_DECORATED = re.compile(
    r"[^\w#>]*(?:\d{1,2}[.)])?[^\w#>]*#[\s*_]*(?P<word>[A-Za-z]+(?:-[A-Za-z]+)*)"
)
