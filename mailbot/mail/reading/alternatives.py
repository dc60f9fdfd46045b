"""
One text said twice: which of the two parts of a multipart/alternative is to be read.

RFC 2046 §5.1.4 wants the same in each. Programs set a placeholder for one of them, leave
out half of it, or a person changes one alone; then what only one of them says counts.
"""

import re
import unicodedata
from collections import Counter
from typing import NamedTuple

from mailbot.mail.reading.links import is_printed_in, with_links_of

#: Characters with a shape of their own, and none that is seen: fillers, a blank of Braille,
#: the joiner of graphemes, selectors of a variant.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f") | {
    chr(each) for each in (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10))
}
_UNSEEN = {"Zs", "Zl", "Zp", "Cc", "Cf"}
_FORMAT = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LINK = re.compile(r"<?(?:https?://|mailto:|tel:|www\.)[^\s<>]+>?", re.IGNORECASE)
#: What a mail program prints for a picture: "[cid:image001.png]", "[image: logo]", its title.
_FOR_A_PICTURE = re.compile(r"\[[^\[\]\n]{1,80}\]")
#: A word; in scripts that set none apart, a character.
_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
_INSTEAD = re.compile(
    # Beside letters of other scripts too, which set no word apart.
    r"(?<![a-z])x?html(?![a-z])|\bmime\b|multi-?part|(?:e-?mail|mail) ?(?:client|reader|program|software)"
    r"|(?:plain|no) text (?:version|part)|(?:web ?)?browser|navigat(?:eur|or)|\bonline\b"
    r"|\b(?:message|e-?mail|mail) (?:cannot|can't|could not) be (?:displayed|shown|viewed)"
    r"|\bview (?:this|the) (?:e-?mail|message)\b"
    r"|courrielleur|(?:logiciel|client|programme) de messagerie|e-?mail-?programm|mailprogramm"  # fr, de
    r"|correo electrónico en formato|(?:programa|cliente|lector) de (?:correo|e-?mail)"  # es, pt
    r"|(?:programma|client|lettore) di posta|e-?post(?:program|klient|läsare|leser)"  # it, sv, no
    r"|det(?:ta| här) meddelande\w* kan inte visas|denne (?:meddelelse|besked) kan ikke vises"
    r"|sähköposti(?:ohjelma|sovellu|asiakas)|program pocztowy|klient poczt"  # fi, pl
    r"|poštovní (?:program|klient)|levelező ?(?:program|kliens)|e-?posta (?:program|istemci)"  # cs, hu, tr
    r"|program\w* de e-?mail|rhaglen (?:e-?bost|post)|почтов\w+ (?:программ|клиент)"  # ro, cy, ru
    r"|поштов\w+ (?:програм|клієнт)|πρόγραμμα (?:αλληλογραφίας|ηλεκτρονικού)"
    r"|メールソフト|メーラー|ブラウザ|邮件客户端|郵件軟體|浏览器|瀏覽器|메일 ?프로그램|브라우저",
    re.IGNORECASE,
)
_LONGEST_PLACEHOLDER = 60  # words
_APART = 5  # of so many words of a placeholder more than one is not in the text
#: Characters of a text beyond which nobody compares.
_LONGEST = 1_000_000


class Read(NamedTuple):
    """
    The words of a part; `other` is what its second version says where the two disagree.
    """

    text: str
    other: str = ""


def is_visible(text: str) -> bool:
    """
    Whether there is anything in it that a reader sees.
    """
    return any(unicodedata.category(each) not in _UNSEEN and each not in _BLANK for each in text)


def read_twice(plain: str, laid_out: str) -> Read:
    """
    The words of two versions of one text: of the *plain* one, with the addresses of links
    that only the other has, where it says all; of the one *laid_out* where that says more.
    """
    if not (is_visible(plain) and is_visible(laid_out)):
        return Read(plain if is_visible(plain) else laid_out)
    if max(len(plain), len(laid_out)) > _LONGEST:
        return Read(plain)
    in_plain, in_html = _words(plain), _words(laid_out)
    only_in_html = in_html - in_plain
    if not only_in_html and not _has_another_link(laid_out, plain):
        return Read(with_links_of(plain, laid_out))
    only_in_plain = in_plain - in_html
    # Who writes of their browser says it in both.
    is_apart = only_in_plain.total() * _APART > in_plain.total()
    if not only_in_plain or (is_apart and is_placeholder(plain)):
        return Read(laid_out)
    first, second = sorted((plain, laid_out), key=len, reverse=True)
    return Read(first, second)


def says_all_of(text: str, other: str) -> bool:
    """
    Whether every word of *other* stands in *text*, as often.
    """
    return not is_visible(other) or not _words(other) - _words(text)


def _words(text: str) -> Counter[str]:
    text = _FOR_A_PICTURE.sub(" ", _LINK.sub(" ", _FORMAT.sub("", text)))
    return Counter(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _has_another_link(laid_out: str, plain: str) -> bool:
    """
    Whether an address stands among the words of one that is nowhere in the other.
    """
    bare = (each for each in _LINK.findall(laid_out) if not each.startswith("<"))
    return not all(is_printed_in(plain, each) for each in bare)


def is_placeholder(text: str) -> bool:
    """
    Whether a program says in few words that there is nothing to read here.
    """
    return len(text.split()) <= _LONGEST_PLACEHOLDER and bool(_INSTEAD.search(text))
