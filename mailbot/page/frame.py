"""
What every page of ours stands in: it needs nothing from anywhere, and nothing runs in it.
"""

from collections.abc import Iterable

from mailbot.face import PLAIN, Face
from mailbot.page import face as firms
from mailbot.page.words import said


def framed(
    title: str, style: str, body: Iterable[str], face: Face = PLAIN, *, has_night: bool = True
) -> str:
    """
    A whole page of these lines of HTML, under the firm's *face*. *style* says whether it
    *has_night*: colours for a dark screen.
    """
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            # A stranger's words stand in it: whatever they are, nothing is fetched, nothing runs.
            (
                '<meta http-equiv="Content-Security-Policy"'
                " content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
            ),
            f"<title>{said(title)}</title>",
            f"<style>{style}{firms.style(face, has_night=has_night)}</style>",
            "</head>",
            "<body>",
            *firms.head(face),
            *body,
            "</body>",
            "</html>",
            "",
        )
    )
