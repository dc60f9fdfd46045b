"""
Octets as text, whatever they say they are.

A charset in mail is a claim. Which one is meant is taken from what browsers and mail
clients do (WHATWG Encoding Standard, §4.2): of two names of one charset the larger
repertoire, for nobody means the smaller one's refusal.
"""

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
#: What clients claim that ask nobody. Text that is UTF-8 from end to end is nothing else.
_CLAIMED_BY_DEFAULT = {"iso-8859-1", "latin1", "us-ascii", "ascii", "windows-1252", "cp1252"}
_LAST_RESORT = "cp1252"


def decoded(octets: bytes, charset: str) -> str:
    """
    *octets* as text: by the charset they claim, else UTF-8, else Windows-1252 with
    replacement characters, so that a wrong guess can be seen.
    """
    for codec in _candidates(charset.strip("\"' ").lower()):
        try:
            text = octets.decode(codec)
            text.encode()  # some codecs make lone surrogates, which no output can hold
        except (LookupError, UnicodeError, ValueError):
            continue
        return text.removeprefix("\ufeff")
    return octets.decode(_LAST_RESORT, "replace")


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


def _candidates(claimed: str) -> tuple[str, ...]:
    if claimed in _CLAIMED_BY_DEFAULT:
        return ("utf-8", _LAST_RESORT)
    codec = _MEANT.get(claimed, claimed)
    # "cp-850", "windows_1250": a dash too many, or the wrong one
    without_dash = claimed.replace("-", "").replace("_", "")
    return (codec, without_dash, "utf-8")
