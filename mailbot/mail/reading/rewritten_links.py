"""
Links that a mail gateway has rewritten, as they were written.

A gateway sets its own address before each link, often with the reader's address in it:
whoever gets the text next would read that. Where the original stands in the new one it is
put back; where only the gateway knows it, the link stays as it is.
"""

import re
from base64 import b64decode, urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from html import escape, unescape
from urllib.parse import parse_qs, unquote, urlsplit

_LINK = re.compile(r"https?://[^\s<>\"'`\\]+", re.IGNORECASE)
_ORIGINAL = re.compile(r"(?:https?://|mailto:)[^\s<>\"'`\\{}|^]+", re.IGNORECASE)
_BEHIND_A_LINK = ".,;:!?)]"
#: One gateway behind the other.
_MOST_TIMES = 4
#: Of a link so long nothing is a gateway's.
_LONGEST = 8_000

_Undone = Callable[[str], str]


def as_written(text: str, *, is_html: bool = False) -> str:
    """
    The text, or HTML, with the original of each rewritten link.
    """
    if not any(mark in text for mark in _MARKS):
        return text

    def original(link: re.Match[str]) -> str:
        said = link[0].rstrip(_BEHIND_A_LINK)
        behind = link[0][len(said) :]
        target = unescape(said) if is_html else said
        found = _original(target)
        if found == target:
            return link[0]
        return (escape(found) if is_html else found) + behind

    return _LINK.sub(original, text)


def _original(link: str) -> str:
    for _ in range(_MOST_TIMES):
        if len(link) > _LONGEST:
            break
        found = _undone(link).strip()
        if not _ORIGINAL.fullmatch(found) or found == link:
            break
        link = found
    return link


def _undone(link: str) -> str:
    """
    What a gateway was given, where *link* is one of its; else "".
    """
    try:
        host = (urlsplit(link).hostname or "").lower()
        return next((undo(link) for end, undo in _GATEWAYS if _is_at(host, end)), "")
    except (ValueError, IndexError, LookupError, NotBase64):
        return ""


def _is_at(host: str, end: str) -> bool:
    return host == end or host.endswith(f".{end}")


def _in_field(*names: str) -> _Undone:
    """
    The original stands in the query, under the first of these *names* that is there.
    """

    def undo(link: str) -> str:
        said = parse_qs(urlsplit(link).query)
        return next((said[name][0] for name in names if name in said), "")

    return undo


def _google(link: str) -> str:
    return _in_field("q", "url")(link) if urlsplit(link).path == "/url" else ""


def _proofpoint(link: str) -> str:
    version = urlsplit(link).path.split("/")[1]
    if version == "v3":
        return _proofpoint_3(link)
    said = _in_field("u")(link)
    return unquote(said.replace("-", "%").replace("_", "/")) if version == "v2" else said


#: How many characters a "**" and one of these stand for: two, three ...
_RUNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _proofpoint_3(link: str) -> str:
    """
    `/v3/__LINK__;CHARACTERS!…`: each "*" of the link stands for the next of the characters.
    """
    found = re.search(r"/v3/__(.+?)__;([^!]*)!", link)
    if found is None:
        return ""
    kept = found[2]
    spare = urlsafe_b64decode(kept + "=" * (-len(kept) % 4)).decode()
    at = 0

    def character(star: re.Match[str]) -> str:
        nonlocal at
        length = _RUNS.index(star[1]) + 2 if star[1] else 1
        at += length
        if at > len(spare):
            raise ValueError("the characters that it stands for are lost")
        return spare[at - length : at]

    said = re.sub(r"\*(?:\*(.))?", character, found[1])
    # Two slashes in a row are one in a path.
    return re.sub(r"^(\w+:)/(?!/)", r"\1//", said)


def _between_underscores(link: str) -> str:
    found = re.search(r"/v\d/[^/]*___(.+?)___\.", link) or re.search(r"/___(.+?)___\.", link)
    return found[1] if found else ""


def _sophos(link: str) -> str:
    said = _in_field("u")(link)
    return b64decode(said + "=" * (-len(said) % 4), validate=True).decode()


def _cisco(link: str) -> str:
    return unquote(urlsplit(link).path.rpartition("/")[2])


_GATEWAYS: tuple[tuple[str, _Undone], ...] = (
    ("safelinks.protection.outlook.com", _in_field("url")),
    ("safelinks.protection.office365.us", _in_field("url")),
    ("statics.teams.cdn.office.net", _in_field("url")),
    ("urldefense.proofpoint.com", _proofpoint),
    ("urldefense.com", _proofpoint),
    ("urldefense.us", _proofpoint),
    ("linkprotect.cudasvc.com", _in_field("a")),
    ("protection.sophos.com", _sophos),
    ("secure-web.cisco.com", _cisco),
    ("fireeye.com", _in_field("u")),
    ("clicktime.symantec.com", _in_field("u")),
    ("clicktime.cloud.postoffice.net", _in_field("u")),
    ("trendmicro.com", _in_field("url")),
    ("mimecast.com", _in_field("url", "u")),
    ("edgepilot.com", _in_field("u")),
    ("titanhq.com", _in_field("url")),
    ("hornetsecurity.com", _in_field("url")),
    ("avanan.click", _between_underscores),
    ("protect.checkpoint.com", _between_underscores),
    ("l.facebook.com", _in_field("u")),
    ("lm.facebook.com", _in_field("u")),
    ("google.com", _google),
    ("google.co.uk", _google),
)
#: A quick look: what is in no text need not be looked for in its links.
_MARKS = tuple(host for host, _ in _GATEWAYS)
