"""
A text for a reader who wrote what it quotes: the answer above, the quote below.
"""

from mailbot.mail.quoting.new_text import Part, Whose, parts, with_signs

#: So many quoted lines are read on the way to an answer; more hide it.
_MOST_ABOVE = 8


def answer_first(text: str, ours: str = "") -> str:
    """
    The whole text with its quotes marked, as `marked` has it. An answer in one piece below a
    long quote, where Thunderbird and mutt begin it, is put above that quote; one that stands
    between the lines stays there.
    """
    found = parts(text, ours)
    shown = "".join(map(with_signs, found))
    said = [part for part in found if part.text.strip() and part.whose is not Whose.BANNER]
    if [part.whose for part in said] != [Whose.QUOTED, Whose.WRITERS] or not _is_long(said[0]):
        return shown
    quote, answer = map(with_signs, said)
    banners = [part.text for part in found if part.whose is Whose.BANNER]
    return "\n\n".join(each.strip("\n") for each in (answer, quote, *banners)) + "\n"


def _is_long(quote: Part) -> bool:
    lines = [line for line in quote.text.splitlines() if line.strip(" >|\t")]
    return len(lines) > _MOST_ABOVE
