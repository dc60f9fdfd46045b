"""
The section [face] of mailbot.toml: how whatever the firm shows looks.
"""

import re
import struct
import zlib
from functools import cached_property
from math import floor
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from mailbot import face as firms
from mailbot.face import TO_BE_READ, TO_BE_SEEN, WHITE, contrast
from mailbot.settings.values import Section

_PNG = b"\x89PNG\r\n\x1a\n"
#: Octets of a chunk around its data: the length, the name and the check.
_AROUND = 12
#: It travels with each letter, and is kept with each.
_LARGEST = 20 * 1024


class Face(Section):
    colour: Annotated[str, Field(validate_default=False)] = ""
    logo: Path | None = None
    logo_text: str = Field(default="", validate_default=True)

    @field_validator("colour")
    @classmethod
    def _six_digits(cls, colour: str) -> str:
        if colour and not re.fullmatch("#[0-9A-Fa-f]{6}", colour):
            raise ValueError(f'expected a colour such as "#0b4f9e", got "{colour}"')
        return colour.lower()

    @field_validator("logo", mode="before")
    @classmethod
    def _empty_is_none(cls, file: object) -> object:
        return None if file == "" else file

    @field_validator("logo")
    @classmethod
    def _a_small_picture(cls, file: Path | None) -> Path | None:
        if file is None:
            return None
        try:
            octets = file.read_bytes()
        except OSError as fault:
            raise ValueError(f"{file} cannot be read: {fault.strerror}") from fault
        if not octets.startswith(_PNG) or len(octets) < len(_PNG) + 16:
            raise ValueError(f"{file} is no PNG: mail clients show few other kinds")
        if len(octets) > _LARGEST:
            raise ValueError(
                f"{file} has {len(octets) // 1024} KB, and goes with each mail to a customer:"
                f" make it smaller than {_LARGEST // 1024} KB"
            )
        # One that cannot be drawn would stop every letter on paper.
        if not _is_whole(octets):
            raise ValueError(f"{file} is a PNG that is cut off or broken: export it once more")
        return file

    @field_validator("logo_text")
    @classmethod
    def _read_where_it_is_not_seen(cls, text: str, info: ValidationInfo) -> str:
        if info.data.get("logo") and not text:
            raise ValueError("is needed with a logo: what is read where no picture is shown")
        return text

    @cached_property
    def shown(self) -> firms.Face:
        """
        How the firm looks; OSError where the logo is not there any more.
        """
        if self.logo is None:
            return firms.Face(own_colour=self.colour)
        logo = self.logo.read_bytes()
        return firms.Face(own_colour=self.colour, logo=logo, logo_text=self.logo_text)

    def reminders(self) -> list[str]:
        """
        What a customer would hardly see.
        """
        if not self.colour or self.shown.for_lines:
            return []
        return [
            (
                f"face.colour: {self._on_white}, and a button is seen from {TO_BE_SEEN:.0f} to 1 on:"
                " take a darker colour. On pages and PDFs the upper edge alone has this one"
            )
        ]

    def facts(self) -> list[str]:
        """
        What the colour is good for.
        """
        if self.shown.for_words:
            return [f"face: {self._on_white}: for buttons, edges, lines, headings and links"]
        if self.shown.for_lines:
            words = f"words are read from {TO_BE_READ} to 1 on, and stay as they are without it"
            return [f"face: {self._on_white}: for buttons, edges and lines; {words}"]
        return []

    @property
    def _on_white(self) -> str:
        found = contrast(WHITE, self.colour)
        # Rounded up, it would say of a colour that just fails what it fails by.
        return f"{self.colour} on white has a contrast of {floor(found * 10) / 10} to 1"


def _is_whole(png: bytes) -> bool:
    """
    Whether each chunk is as it was written, to the last (PNG, 5.3).
    """
    at = len(_PNG)
    while at + _AROUND <= len(png):
        (length,) = struct.unpack_from(">I", png, at)
        end = at + _AROUND + length
        said, check = png[at + 4 : end - 4], png[end - 4 : end]
        if check != zlib.crc32(said).to_bytes(4, "big"):
            return False
        if said == b"IEND":
            return True
        at = end
    return False
