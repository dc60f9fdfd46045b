"""
The firm's face on a page: its colour along the upper edge, in headings, links and under the heads
of tables, and its logo above everything.

A page keeps its own colours where the firm's would not be read, and always where a colour says
that something was kept or broken.
"""

from collections.abc import Iterator

from mailbot.face import Face
from mailbot.page.pictures import address_of
from mailbot.page.words import said

_LOGO = """
.logo { margin: 0.25rem 0 1.25rem; }
.logo img { display: block; box-sizing: content-box; }
"""
#: A logo is made for white paper.
_LOGO_BY_NIGHT = """
@media (prefers-color-scheme: dark) {
  .logo img { background: #fff; padding: 0.5rem; border-radius: 0.25rem; } }
"""


def style(face: Face, *, has_night: bool) -> str:
    """
    What is added to the style of a page, which *has_night* where it is dark on a dark screen.
    """
    rules = ""
    if face.own_colour:
        rules += _coloured(face.own_colour, face.for_words, face.for_lines)
        if has_night:
            by_night = _coloured(face.by_night, face.by_night, face.by_night)
            rules += f"@media (prefers-color-scheme: dark) {{\n{by_night}}}\n"
    if face.logo:
        rules += _LOGO + (_LOGO_BY_NIGHT if has_night else "")
    return rules


def head(face: Face) -> Iterator[str]:
    """
    What stands above everything on the page.
    """
    if face.logo:
        width, height = face.size
        yield (
            f'<p class="logo"><img src="{address_of("image/png", face.logo)}"'
            f' alt="{said(face.logo_text)}" width="{width}" height="{height}"></p>'
        )


def _coloured(edge: str, words: str, lines: str) -> str:
    rules = f"html {{ border-top: 0.4rem solid {edge}; }}\n"
    if words:
        rules += f":root {{ --link: {words}; }}\nh1, h2 {{ color: {words}; }}\n"
    if lines:
        rules += f":root thead th, h2 {{ border-color: {lines}; }}\n"
    return rules
