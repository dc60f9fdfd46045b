"""
How the firm looks to whoever reads of it: one colour, and a small picture with its text.

The colour may be any. Words are written in it where they are read on their ground, lines drawn in
it where they are seen; else both stay as they are without it. What says that a promise was
kept or broken never takes it.
"""

import hashlib
import struct
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

#: A logo is shown not larger than so, in pixels of the page.
_HIGHEST, _WIDEST = 48, 240

#: Of words to what is behind them, and of what is to be made out to the page (WCAG 2.2, 1.4.3
#: and 1.4.11).
TO_BE_READ, TO_BE_SEEN = 4.5, 3.0

#: Our pages by day, and paper; and by night, as each style of a page has it.
WHITE, BLACK, NIGHT = "#ffffff", "#000000", "#171716"

#: What is to be pressed has a colour in any case.
_PRESSED = "#0b4f9e"

#: Steps from a colour to white, of which the first is taken that can be read by night.
_STEPS = 20


@dataclass(frozen=True, kw_only=True)
class Face:
    #: The firm's own, as #rrggbb; "" = it has none.
    own_colour: str = ""
    #: A PNG; b"" = none. The text is read where it is not shown.
    logo: bytes = b""
    logo_text: str = ""

    @property
    def colour(self) -> str:
        """
        Of what is to be pressed.
        """
        return self.own_colour or _PRESSED

    @cached_property
    def ink(self) -> str:
        """
        White or black, whichever is read on the colour; white where both are.
        """
        return WHITE if contrast(WHITE, self.colour) >= TO_BE_READ else BLACK

    @cached_property
    def for_words(self) -> str:
        """
        The colour, where words in it are read on white; else "".
        """
        return self._on_white(TO_BE_READ)

    @cached_property
    def for_lines(self) -> str:
        """
        The colour, where a line in it is seen on white; else "".
        """
        return self._on_white(TO_BE_SEEN)

    def _on_white(self, least: float) -> str:
        own = self.own_colour
        return own if own and contrast(WHITE, own) >= least else ""

    @cached_property
    def by_night(self) -> str:
        """
        The colour as it is read on a dark page: as much lighter as that takes; "" = there is none.
        """
        return _lighter(self.own_colour, NIGHT, TO_BE_READ) if self.own_colour else ""

    @property
    def without_logo(self) -> Self:
        """
        For a page that is not the firm's own: what somebody wrote, as it was.
        """
        return replace(self, logo=b"", logo_text="")

    @cached_property
    def size(self) -> tuple[int, int]:
        """
        How wide and how high the logo is shown.
        """
        # The first chunk of a PNG says its size (PNG, 11.2.2).
        width, height = struct.unpack(">II", self.logo[16:24])
        scale = min(1.0, _HIGHEST / height, _WIDEST / width)
        return max(1, round(width * scale)), max(1, round(height * scale))

    @cached_property
    def fingerprint(self) -> str:
        """
        Changes with anything that it is made of.
        """
        said = f"{self.colour} {self.ink} {self.logo_text} ".encode()
        return hashlib.sha256(said + self.logo).hexdigest()


#: What a firm has that has said nothing.
PLAIN = Face()


def contrast(one: str, other: str) -> float:
    """
    How far two colours stand apart, from 1 to 21 (WCAG 2.2, "contrast ratio").
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _lighter(colour: str, ground: str, least: float) -> str:
    parts = _parts(colour)
    mixed = (
        "#" + "".join(f"{round(part + (255 - part) * step / _STEPS):02x}" for part in parts)
        for step in range(_STEPS + 1)
    )
    return next(each for each in mixed if contrast(each, ground) >= least)


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (each / 255 for each in _parts(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
