"""
From a layout and what is to stand in it to a PDF. The only user of typst.

The fonts are those inside typst, and no clock is read, so that the same arguments give the
same octets. They have Latin, Greek, Cyrillic, Hebrew and Arabic letters; for words that have
others, the fonts of the machine are asked too, and what none of them has is named. A page
takes about ten milliseconds, during which other threads may run.
"""

import json
import pickle
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mailbot.face import PLAIN, Face

if TYPE_CHECKING:
    import typst

_FACE = Path(__file__).with_name("face.typ").read_bytes()

#: What the fonts inside typst have for certain.
_SURELY = re.compile(
    r"[ -\u024f\u0300-\u04ff\u1e00-\u1eff\u200b\u2010-\u2027\u2030-\u203a\u20a0-\u20bf]*"
)
#: The standard that refuses a page with an empty box on it, and how typst says which.
_NO_BOXES: Literal["ua-1"] = "ua-1"
_IS_A_BOX = re.compile(r'the text `"(.*?)"` could not be displayed')

#: Twenty thousand cases take a second.
_LONGEST = timedelta(minutes=5)
_BESIDE_THE_PACKAGE = Path(__file__).parents[2]


@dataclass(frozen=True)
class Printed:
    """
    The PDF, and the characters in whose place it has an empty box.
    """

    pdf: bytes
    missing: tuple[str, ...] = ()


def typeset(layout: bytes, words: Mapping[str, Any], face: Face = PLAIN) -> Printed:
    """
    The pages that *layout*, in typst's language, makes of *words*, which it gets as JSON under
    `sys.inputs.words`: data, never markup, whatever somebody has written. How the firm's *face*
    is printed stands in face.typ.
    """
    layout = _FACE + layout
    said = json.dumps({**words, "face": _said(face)}, ensure_ascii=False)
    fonts = _fonts()
    if _SURELY.fullmatch(said):
        return Printed(_compiled(layout, said, fonts))
    missing = _missing(layout, said, fonts)
    if missing:
        fonts = _fonts_of_the_machine()
        missing = _missing(layout, said, fonts)
    return Printed(_compiled(layout, said, fonts), missing)


def typeset_apart(layout: bytes, words: Mapping[str, Any], face: Face = PLAIN) -> bytes:
    """
    The PDF of the same in a process of its own, for what a worker prints that is large: typst
    keeps what it made until it has made ten others, and a report of twenty thousand cases takes
    150 MB. Raises subprocess.SubprocessError where it did not come to an end.
    """
    printed = subprocess.run(  # noqa: S603 - our own program, without an argument
        [sys.executable, "-m", __name__],
        input=pickle.dumps((layout, words, face)),
        capture_output=True,
        cwd=_BESIDE_THE_PACKAGE,
        check=True,
        timeout=_LONGEST.total_seconds(),
    )
    return printed.stdout


def _said(face: Face) -> dict[str, Any]:
    return {
        "colour": face.own_colour,
        "for_words": face.for_words,
        "for_lines": face.for_lines,
        "logo": list(face.logo),
        "logo_text": face.logo_text,
    }


def _missing(layout: bytes, words: str, fonts: "typst.Fonts") -> tuple[str, ...]:
    """
    The characters that none of the fonts has, each once.
    """
    import typst  # noqa: PLC0415 - as below

    try:
        _compiled(layout, words, fonts, standard=_NO_BOXES)
    except typst.TypstError as refusal:
        return tuple(dict.fromkeys(_IS_A_BOX.findall(refusal.diagnostic)))
    return ()


def _compiled(
    layout: bytes, words: str, fonts: "typst.Fonts", *, standard: Literal["ua-1"] | None = None
) -> bytes:
    # Few pages are printed, and most starts print none.
    import typst  # noqa: PLC0415

    return typst.compile(
        layout,
        format="pdf",
        font_paths=fonts,
        ignore_system_fonts=True,
        sys_inputs={"words": words},
        pdf_standards=standard,
        timestamp=0,
    )


@cache
def _fonts() -> "typst.Fonts":
    import typst  # noqa: PLC0415 - as above

    # With the fonts of the machine two machines would print two letters.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


@cache
def _fonts_of_the_machine() -> "typst.Fonts":
    import typst  # noqa: PLC0415 - as above

    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True)


def main() -> None:
    """
    The other end of `typeset_apart`.
    """
    layout, words, face = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by `typeset_apart`
    sys.stdout.buffer.write(typeset(layout, words, face).pdf)


if __name__ == "__main__":
    main()
