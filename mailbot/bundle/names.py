"""
What the files of a bundle are called: names that every system can unpack.
"""

import re
import unicodedata

#: APPNOTE.TXT of PKWARE §4.4.17: forward slashes, no drive, no leading slash.
_NOT_SAFE = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]|\ufffd')
_LONGEST = 200
#: What may hold a script, and opens in a browser.
_PAGES = frozenset(
    {
        *("text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml"),
        *("text/x-amp-html", "application/x-mimearchive", "multipart/related"),
    }
)
_PAGE_ENDINGS = (
    ".htm",
    ".html",
    ".shtml",
    ".xhtml",
    ".xht",
    ".svg",
    ".svgz",
    ".xml",
    ".xsl",
    ".mht",
    ".mhtml",
)
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


def is_safe(name: str) -> bool:
    """
    Whether a file of that name stays within the folder in which it is unpacked, everywhere.
    """
    pieces = name.split("/")
    return (
        0 < len(name) <= _LONGEST
        and not _NOT_SAFE.search(name)
        and not any(each in {"", ".", ".."} or each != each.strip(" .") for each in pieces)
    )


def plain(words: str) -> str:
    """
    The words as a part of a name: letters and digits of ASCII, with dashes; "file" where
    none is left. The ending of a name stays.
    """
    ascii_only = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    stem, dot, ending = ascii_only.rpartition("/")[2].rpartition(".")
    if not dot or len(ending) > 10:
        stem, dot, ending = stem + dot + ending, "", ""
    said = _NOT_PLAIN.sub("-", stem).strip("-._")[:60].strip("-._") or "file"
    ending = _NOT_PLAIN.sub("-", ending)
    return f"{said}{dot}{ending}" if ending else said


def harmless(name: str, content_type: str) -> str:
    """
    The plain name under which a stranger's file is put in: a page, which a browser would run,
    is shown as the text that it is.
    """
    said = plain(name)
    is_page = content_type.lower() in _PAGES or said.lower().endswith(_PAGE_ENDINGS)
    return f"{said}.txt" if is_page else said
