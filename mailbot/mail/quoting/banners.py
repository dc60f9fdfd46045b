"""
The warning that a mail gateway sets above a mail, told from its writer's first words.

Exchange, Mimecast, Proofpoint, Google and their like write it into the text itself. It is
nobody's word: no command, yes or absence is hidden by it, and it is never relayed. If in
doubt a sentence is its writer's: only what warns of the mail itself, or of whoever sent it,
begins a banner.
"""

import re
import unicodedata
from dataclasses import dataclass

from mailbot.mail.quoting.banner_words import (
    CAUTION,
    EXPLAINED_AT,
    advises,
    is_label,
    is_tag,
    warns_of_the_mail,
)

_MOST_LOOKED_AT = 4000  # characters: no gateway has more to say
_LONGEST_SENTENCE = 600  # characters
#: Lines of more are not wrapped, and of fewer neither.
_WRAPPED = range(45, 85)
_SHORT = 48  # characters of a line that can be a headline
#: What draws a box or a rule, and what clients print for bold; a "#" before a word does not.
_DRAWN = r"\s*|¦•·_=~<>\-\u2013\u2014\u2015+!⚠⛔🛑🚨❗❌✋📧🔒\ufe0f\u2500-\u259f\u25a0-\u25ff\u200b-\u200f\u2060\ufeff"
_EDGES = re.compile(rf"^(?:[{_DRAWN}]|#(?!\w))+|(?:[{_DRAWN}]|#(?!\w))+$")
_BRACKETS = ("[", "(", "{", "【", "「", "《")
#: Proofpoint's own marks, which no reader sees.
_MARKS = re.compile(r"ZjQcmQRYFpfpt\w*", re.IGNORECASE)
_LINK = re.compile(r"[<\[(]?\b(?:https?://|mailto:)[^\s>\])]+[>\])]?|\[(?:cid|image):[^\]]*\]")
_SENTENCE_END = re.compile(r"[.!?:](?:[\"')\]*_]*)(?=\s|$)|[。！？](?:[」】])?|\](?=\s|$)|】")  # noqa: RUF001
_REST_OF_A_LINK = re.compile(r"[^\s>\])]*[>\])]*")
_RULE = re.compile(rf"[{_DRAWN}#\[\]()]*")
#: A line that ends in one of these goes on.
_UNFINISHED = re.compile(
    r"\b(?:of|the|from|to|your|our|and|or|by|in|an?|der|die|das|von|des|und|oder|de|la|le|les|du|l'"
    r"|et|ou|del|y|da|di|van|het|en|not|nicht|if)$",
    re.IGNORECASE,
)
_LONGEST_WRAPPED = 100  # characters
_EMPTY_LINE = re.compile(r"\n[ \t\r]*\n")
_MOST_BELOW = 4  # paragraphs, rules among them
_WRITERS_I = re.compile(r"(?<!\w)I(?:['\u2019](?:m|ve|d|ll))?(?![\w'\u2019])")


@dataclass(frozen=True)
class _Sentence:
    """
    A stretch of the text as it is read, and where it ends.
    """

    said: str
    end: int
    is_set_off: bool
    begins_a_block: bool


def without_banner(text: str) -> str:
    """
    The text without the warning of a gateway above it; the same text if there is none.
    """
    return text[banner_end(text) :]


def banner_end(text: str) -> int:
    """
    Where the writer's own text begins, below a banner: 0 if there is none.
    """
    head = text[:_MOST_LOOKED_AT]
    end = position = _explained(head)
    has_warned = has_advised = bool(end)
    is_cautioned = False
    while (found := _next(head, position)) is not None:
        said = found.said
        if not said:
            # A rule or an empty line: it belongs to what stands above it.
            end, position = (found.end if has_warned else end), found.end
            continue
        is_set_off = found.is_set_off or is_cautioned
        if is_tag(said, is_set_off=is_set_off) or warns_of_the_mail(said, is_set_off=is_set_off):
            has_warned = True
        elif _is_caution(said):
            is_cautioned = True
        elif has_warned and is_label(said):
            pass
        elif advises(said) and not (has_advised and found.begins_a_block):
            has_advised = True
        else:
            break
        position = found.end
        end = position if has_warned else end
    return _over_blank(text, end)


def footer_start(text: str) -> int:
    """
    Where the warning begins that some gateways set below a mail, in paragraphs of its own
    behind its writer's words; the length of the text if there is none.
    """
    shown = text.rstrip()
    # Behind an empty line: what stands there is no end of the writer's sentence.
    gaps = list(_EMPTY_LINE.finditer(shown, max(0, len(shown) - _MOST_LOOKED_AT)))
    for gap in gaps[-_MOST_BELOW:]:
        if banner_end(below := shown[gap.end() :]) == len(below):
            return gap.end()
    return len(text)


def _is_caution(said: str) -> bool:
    """
    Whether it is a word of caution and nothing else.
    """
    return CAUTION.search(said) is not None and not re.search(r"\w", CAUTION.sub(" ", said))


def _next(text: str, start: int) -> _Sentence | None:
    """
    The next sentence, headline or rule from *start* on; None at the end of what is looked at.
    """
    lines = text[start : start + 3 * _LONGEST_SENTENCE].splitlines(keepends=True)
    if not lines:
        return None
    if _RULE.fullmatch(_MARKS.sub("", lines[0]).strip()):
        return _Sentence("", start + len(lines[0]), is_set_off=True, begins_a_block=True)
    before = text[:start].rstrip(" \t")
    begins_a_block = not before or before.endswith(("\n\n", "\n\r\n"))
    taken = ""
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        stop = _stop(line)
        taken += line[:stop] if stop else line
        width = len(line.strip()) + (
            0 if len(taken) > len(line) else start - _line_start(text, start)
        )
        goes_on = not stop and _goes_on(line, following, width)
        if not goes_on or len(taken) > _LONGEST_SENTENCE:
            break
    shown = taken.strip()
    return _Sentence(
        said=_read(shown)
        if shown.isupper() or not _WRITERS_I.search(shown)
        else "i " + _read(shown),
        end=start + len(taken),
        is_set_off=_is_set_off(shown),
        begins_a_block=begins_a_block,
    )


def _stop(line: str) -> int:
    """
    Where in the line a sentence ends before the line does; 0 if none does.
    """
    found = _SENTENCE_END.search(line)
    while found and not line[: found.end()].strip(" *_|>[(-"):
        found = _SENTENCE_END.search(line, found.end())
    return found.end() if found and line[found.end() :].strip() else 0


def _line_start(text: str, position: int) -> int:
    return text.rfind("\n", 0, position) + 1


def _goes_on(line: str, following: str, width: int) -> bool:
    """
    Whether a sentence that has no end in the line goes on in the one below it; *width* is
    that of the whole line.
    """
    shown, below = line.strip(), _EDGES.sub("", following.strip())
    if not below or _SENTENCE_END.search(shown[-2:]) or below.startswith("#"):
        return False
    if _UNFINISHED.search(shown):
        return True
    said = _read(shown)
    is_headline = len(shown) <= _SHORT and (
        is_tag(said, is_set_off=True) or warns_of_the_mail(said, is_set_off=False)
    )
    if is_headline or is_label(said) or width > _LONGEST_WRAPPED:
        return False
    return below[0].islower() or width in _WRAPPED


def _read(shown: str) -> str:
    """
    The words as they are compared.
    """
    said = _LINK.sub(" ", _MARKS.sub(" ", shown))
    said = unicodedata.normalize("NFKC", said).casefold().replace("\u2019", "'")
    said = " ".join(_EDGES.sub("", line) for line in said.splitlines())
    return " ".join(re.sub(r"[\[\](){}【】「」|*_]", " ", said).split()).strip(" .:!?-,")


def _is_set_off(shown: str) -> bool:
    """
    Whether brackets, rules or capitals set it off, or a word of caution begins it.
    """
    bare = _EDGES.sub("", shown)
    is_ruled = len(bare) < len(shown.rstrip("!")) and not bare.startswith("#")
    is_bracketed = bare.startswith(_BRACKETS)
    begins = CAUTION.search(_read(shown)[:40])
    return (
        is_ruled or is_bracketed or bare.isupper() or (begins is not None and begins.start() == 0)
    )


def _explained(head: str) -> int:
    """
    The end of a first block that a link explains which none but gateways set.
    """
    top = len(head) - len(head.lstrip())
    block = re.split(r"\n[ \t]*\r?\n", head[top:], maxsplit=1)[0]
    links = list(EXPLAINED_AT.finditer(block[: 2 * _LONGEST_SENTENCE]))
    if not links or "#" in block[: links[0].start()] or links[0].start() > _LONGEST_SENTENCE:
        return 0
    rest = _REST_OF_A_LINK.match(block, links[-1].end())
    return top + (rest.end() if rest else links[-1].end())


def _over_blank(text: str, end: int) -> int:
    if not end:
        return 0
    return len(text) - len(text[end:].lstrip())
