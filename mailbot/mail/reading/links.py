"""
The address behind a link, printed where a reader of the text alone would miss it.
"""

import re
import unicodedata

#: What a person could follow, or write to. All else is for a program.
_FOLLOWED = re.compile(r"(?:https?://|mailto:|tel:)[^\s<>\"]+", re.IGNORECASE)
_PRINTED = re.compile(r"<((?:https?://|mailto:|tel:)[^\s<>]+)>", re.IGNORECASE)
_SCHEME = re.compile(r"^(?:https?://(?:www\.)?|www\.|mailto:|tel:)", re.IGNORECASE)
#: The secret of a reply address stands behind a "+": it is never printed anew.
_SECRET = re.compile(r"\+[a-z0-9]{20,}@", re.IGNORECASE)
#: Letters and digits before a link by which its place in another text is known.
_TELLING = 24
_LOOKED_BACK = 160  # characters
_MOST_LINKS = 200
#: Characters of a text in which places are looked for.
_LONGEST = 100_000
_BETWEEN = re.compile(r"[\W_]+")


def behind(words: str, target: str) -> str:
    """
    "<https://…>", to be set behind the *words* of a link to *target*; "" where they are
    that address themselves, or where nobody could follow it.
    """
    target = target.strip()
    if target.lower().startswith("www."):
        target = f"https://{target}"
    if target.lower().startswith("mailto:"):
        # What a link would write for its reader ("?body=") is not where it leads.
        target = target.partition("?")[0]
    target = re.sub(r"\s+", "%20", target).replace("<", "%3C").replace(">", "%3E")
    if not _FOLLOWED.fullmatch(target) or _SECRET.search(target):
        return ""
    is_said = _address(target) in _address(words) or _names_its_host(words, target)
    return "" if is_said else f"<{target}>"


def with_links_of(plain: str, laid_out: str) -> str:
    """
    The *plain* text with each address that only *laid_out* prints, behind the same words;
    one whose words are not found stands at the end.
    """
    links = list(_PRINTED.finditer(laid_out))[:_MOST_LINKS]
    known = _address(plain)
    links = [each for each in links if _address(each[1]) not in known]
    if not links:
        return plain
    row, places = _row(plain) if len(plain) <= _LONGEST else ("", [])
    inserts: list[tuple[int, str]] = []
    left: list[str] = []
    cursor = 0
    for link in links:
        before = laid_out[max(0, link.start() - _LOOKED_BACK) : link.start()]
        before = _letters(_PRINTED.sub("", before))[-_TELLING:]
        at = row.find(before, max(0, cursor - len(before))) if before else -1
        if at < 0:
            left.append(link[0])
            continue
        cursor = at + len(before)
        inserts.append((places[cursor - 1] + 1, f" {link[0]}"))
    text = plain
    for place, link_text in reversed(inserts):
        text = text[:place] + link_text + text[place:]
    return "\n".join([text.rstrip(), "", *dict.fromkeys(left)]) if left else text


def is_printed_in(text: str, address: str) -> bool:
    return _address(address) in _address(text)


def _names_its_host(words: str, target: str) -> bool:
    """
    "MailScanner" for http://www.mailscanner.example/: nothing but the name of its home page.
    """
    host, _, path = _address(target).partition("/")
    return not path and _letters(words) in map(_letters, host.split("."))


def _row(text: str) -> tuple[str, list[int]]:
    """
    The text squeezed, and where in it each character stood.
    """
    letters = [(each, place) for place, char in enumerate(text) for each in _letters(char)]
    return "".join(each for each, _ in letters), [place for _, place in letters]


def _letters(text: str) -> str:
    """
    Letters and digits alone, in one case: what no client changes when it breaks lines.
    """
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text).casefold())


def _address(text: str) -> str:
    """
    An address, or words that may be one, for comparing.
    """
    said = re.sub(r"[\s<>]+", "", text).lower()
    return _SCHEME.sub("", said).rstrip("/.,;:!?)")
