"""
Octets as text, whatever they say they are.

A charset in mail is a claim. Which one is meant is taken from what browsers and mail
clients do (WHATWG Encoding Standard, §4.2): of two names of one charset the larger
repertoire, for nobody means the smaller one's refusal.
"""

import re

#: C0 but tab and line feed, and DEL.
_NOT_TEXT = bytes({*range(0x20), 0x7F} - set(b"\t\n"))

#: The name claimed, as Python spells it or not, and the codec that reads what is meant.
_MEANT = {
    **dict.fromkeys(("gb2312", "gbk", "x-gbk", "gb_2312-80", "cp936", "euc-cn"), "gb18030"),
    **dict.fromkeys(("ks_c_5601-1987", "euc-kr", "ksc5601", "korean"), "cp949"),
    **dict.fromkeys(("shift_jis", "shift-jis", "x-sjis", "sjis", "ms_kanji"), "cp932"),
    **dict.fromkeys(("big5", "x-x-big5", "big5-hkscs", "cn-big5"), "big5hkscs"),
    **dict.fromkeys(("iso-8859-8-i", "iso-8859-8-e", "visual", "logical"), "iso-8859-8"),
    **dict.fromkeys(("iso-8859-9", "latin5"), "cp1254"),
    **dict.fromkeys(("iso-8859-11", "tis-620"), "cp874"),
    **dict.fromkeys(("unicode-1-1-utf-7", "x-unicode-2-0-utf-7"), "utf-7"),
    **dict.fromkeys(("unicode-1-1-utf-8", "x-unicode20utf8", "cp65001"), "utf-8"),
    **dict.fromkeys(("macintosh", "x-mac-roman", "x-macroman"), "mac-roman"),
    **dict.fromkeys(("x-mac-cyrillic", "x-mac-ukrainian"), "mac-cyrillic"),
}
#: Where one is claimed and the octets break its rules, it is read by the other first.
_RELATIVES = {"iso-2022-jp": ("iso2022_jp_ext", "iso2022_jp_2004"), "euc-jp": ("euc_jis_2004",)}
#: What clients claim that ask nobody, by each of its names.
_CLAIMED_BY_DEFAULT = frozenset(
    {
        *("iso-8859-1", "iso-ir-100", "csisolatin1", "latin1", "latin-1", "l1", "cp819", "ibm819"),
        *("us-ascii", "ascii", "ansi_x3.4-1968", "windows-1252", "cp1252", "x-cp1252"),
    }
)
#: "iso8859-1", "ISO_8859-1:1987": one charset, as many as six spellings.
_ISO_8859 = re.compile(r"iso[-_ ]?8859[-_ ]?(\d{1,2})(?::\d{4})?")
_UTF_8 = frozenset({"utf-8", "utf8", ""})
#: With one of these a text says what it is itself, whatever is claimed (WHATWG §6).
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_LAST_RESORT = "cp1252"
_ESCAPE = b"\x1b"
#: Octets of a text that are looked at for its charset, and sequences that chance may bring.
_LOOKED_AT = 64 * 1024
_BY_CHANCE = 3

#: RFC 3629 §4: one character of UTF-8 that is none of ASCII.
_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
    rb"|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}"
    rb"|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
_LONG_SEQUENCE = re.compile(rb"[\xe1-\xec][\x80-\xbf]{2}")
#: What is left of UTF-8 without its characters: single octets, or a run of them.
_STRAY = re.compile(rb"[\x80-\xff]+")
#: A letter of Windows-1252 in a word, as a footer in another charset leaves it; at the end of
#: one not what begins quotes, dashes and emoji in UTF-8: there the rest of those was lost.
_LONE_LETTER = re.compile(
    rb"(?<=[a-z])(?:[\xe0-\xf6\xf8-\xff](?=[a-z])"
    rb"|[\xe0\xe1\xe3-\xee\xf1-\xf6\xf8-\xfd](?![\x80-\xff]))"
)
_MORE_THAN_ONE_OCTET = frozenset(
    {"gb18030", "cp949", "cp932", "big5hkscs", "iso-2022-jp", "iso-2022-kr", "euc-jp", "hz-gb-2312"}
)
#: One character that cannot be read in so many is a fault; more, and it is another charset.
_READABLE_TO_ONE_THAT_IS_NOT = 5


def decoded(octets: bytes, charset: str) -> str:
    """
    *octets* as text: by the charset they claim, else UTF-8, else Windows-1252 with
    replacement characters, so that a wrong guess can be seen. A few octets that break
    the rules of a charset are replaced, and cost nothing of the rest.
    """
    claimed = charset.strip("\"' ").lower()
    if spelt := _ISO_8859.fullmatch(claimed):
        claimed = f"iso-8859-{spelt[1]}"
    claimed = _MARKS.get(octets[:2], claimed)
    for codec in _candidates(claimed, octets):
        text = _strictly(octets, codec)
        if text is not None:
            return text
    codec = _MEANT.get(claimed, claimed)
    if codec in _MORE_THAN_ONE_OCTET and (text := _mostly(octets, codec)):
        return text
    if _is_nearly_utf_8(octets):
        return _mended_utf_8(octets)
    is_named = claimed not in _CLAIMED_BY_DEFAULT and claimed not in _UTF_8
    text = _mostly(octets, codec) if is_named else ""
    return text or octets.decode(_LAST_RESORT, "replace")


def clean(text: str) -> str:
    """
    Without control characters and lone surrogates, with plain line ends.
    """
    # As octets, for it may be megabytes: none of a longer UTF-8 sequence looks like these.
    octets = text.encode("utf-8", "replace")
    del text
    if b"\r" in octets:
        octets = octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return octets.translate(None, _NOT_TEXT).decode()


def _strictly(octets: bytes, codec: str) -> str | None:
    try:
        text = octets.decode(codec)
        text.encode()  # some codecs make lone surrogates, which no output can hold
    except (LookupError, UnicodeError, ValueError):
        return None
    return text.removeprefix("\ufeff")


def _candidates(claimed: str, octets: bytes) -> tuple[str, ...]:
    if claimed in _CLAIMED_BY_DEFAULT:
        return ("utf-8",)
    codec = _MEANT.get(claimed, claimed)
    # "cp-850", "windows_1250": a dash too many, or the wrong one
    without_dash = claimed.replace("-", "").replace("_", "")
    named = (codec, without_dash, *_RELATIVES.get(claimed, ()))
    if _ESCAPE in octets and codec.startswith("iso-2022"):
        # Its octets are all ASCII, and so would be UTF-8 of nonsense.
        return named
    return ("utf-8", *named) if _is_utf_8_by_another_name(octets) else (*named, "utf-8")


def _is_utf_8_by_another_name(octets: bytes) -> bool:
    """
    Whether it is UTF-8, whatever it claims: no text of any length in another charset
    keeps its rules from end to end by chance. One of ASCII alone says nothing.
    """
    # Most octets that are none of ASCII stand early or nowhere.
    found = _SEQUENCE.findall(octets[:_LOOKED_AT])
    is_telling = len(found) >= _BY_CHANCE or any(map(_LONG_SEQUENCE.match, found))
    return is_telling and _strictly(octets, "utf-8") is not None


def _is_nearly_utf_8(octets: bytes) -> bool:
    """
    Whether it is UTF-8 but for a few octets: fewer than are right, or each alone in words
    of ASCII, as one that was lost, or a footer in Latin-1, leaves them.
    """
    right = len(_SEQUENCE.findall(octets))
    if not right:
        return False
    strays = _STRAY.findall(_SEQUENCE.sub(b" ", octets))
    return sum(map(len, strays)) <= right or all(len(each) == 1 for each in strays)


def _mended_utf_8(octets: bytes) -> str:
    letters = _LONE_LETTER.sub(lambda found: found[0].decode(_LAST_RESORT).encode(), octets)
    return letters.decode("utf-8", "replace").removeprefix("\ufeff")


def _mostly(octets: bytes, codec: str) -> str:
    """
    The text by the charset that it claims, if nearly all of it can be read so; else "".
    """
    try:
        text = octets.decode(codec, "replace")
        text.encode()
    except (LookupError, UnicodeError, ValueError):
        return ""
    unread = text.count("\ufffd")
    foreign = len(text) - unread - len(text.encode("ascii", "ignore"))
    is_read = unread * _READABLE_TO_ONE_THAT_IS_NOT <= foreign or unread == 1
    return text.removeprefix("\ufeff") if is_read else ""
