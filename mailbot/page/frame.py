"""
What every page of ours stands in: it needs nothing from anywhere, and nothing runs in it.
"""

from collections.abc import Iterable

from mailbot.page.words import said


def framed(title: str, style: str, body: Iterable[str]) -> str:
    """
    A whole page of these lines of HTML.
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
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            *body,
            "</body>",
            "</html>",
            "",
        )
    )
