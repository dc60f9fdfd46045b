"""
A long text in a mail to our own people: as much as their client shows, and where the
rest is.
"""

from bisect import bisect_right
from html import escape

from mailbot.mail.message import Attachment

#: Octets of the words in the HTML part. Gmail hides what is behind the first 102 KB of it,
#: the way to answer among it, and some servers refuse a mail that is larger still.
MOST_OCTETS = 60_000
#: What one character takes there at most, as an entity or in UTF-8.
_LARGEST = 6
#: So far a cut goes back to the end of a line or a word, characters.
_BACK = 200

#: A text that is longer than this goes along with no mail, octets.
_MOST_ENCLOSED = 2_000_000
_FILE = "the whole message.txt"

ENCLOSED = f"(This is only the beginning. All of it is in the attached file “{_FILE}”.)"
KEPT = "(This is only the beginning. All of it is kept on file, see: mailbot case, mailbot held)"


def bounded(text: str, most: int = MOST_OCTETS, *, rest: str = KEPT) -> str:
    """
    Of a very long text as much as takes *most* octets, and under it the sentence *rest*.
    """
    if not is_cut(text, most):
        return text
    at = bisect_right(range(min(len(text), most)), most, key=lambda end: _octets(text[:end]))
    beginning = text[: max(at - 1, 0)]
    for end in ("\n", " "):
        if end in beginning[-_BACK:]:
            beginning = beginning[: beginning.rindex(end)]
            break
    return f"{beginning}\n\n{rest}"


def is_cut(text: str, most: int = MOST_OCTETS) -> bool:
    return len(text) * _LARGEST > most and _octets(text) > most


def in_full(text: str) -> tuple[Attachment, ...]:
    """
    The file that goes with a mail whose words are cut, where it is not too large for one.
    """
    if not is_cut(text):
        return ()
    # The mark says to whatever opens it that it is UTF-8.
    content = text.encode("utf-8-sig", "replace")
    if len(content) > _MOST_ENCLOSED:
        return ()
    return (Attachment(name=_FILE, content_type="text/plain", content=content),)


def _octets(text: str) -> int:
    """
    What the text takes in the HTML part.
    """
    return len(escape(text).encode("utf-8", "replace")) + text.count("\n") * (len("<br>") - 1)
