"""
The section [face] of mailbot.toml: how the firm's mails and letters look.
"""

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from mailbot.settings.values import Section

_PNG = b"\x89PNG\r\n\x1a\n"
#: It travels with each letter, and is kept with each.
_LARGEST = 20 * 1024
#: Of words to what is behind them, and of what is to be pressed to the page (WCAG 2.2, 1.4.3
#: and 1.4.11).
_TO_BE_READ, _TO_BE_SEEN = 4.5, 3.0
_WHITE, _BLACK = "#ffffff", "#000000"


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
        return file

    @field_validator("logo_text")
    @classmethod
    def _read_where_it_is_not_seen(cls, text: str, info: ValidationInfo) -> str:
        if info.data.get("logo") and not text:
            raise ValueError("is needed with a logo: what is read where no picture is shown")
        return text

    @property
    def ink(self) -> str:
        """
        White or black, whichever is read on the colour; white where both are.
        """
        return _WHITE if contrast(_WHITE, self.colour) >= _TO_BE_READ else _BLACK

    def reminders(self) -> list[str]:
        """
        What a customer would hardly see.
        """
        found = contrast(_WHITE, self.colour) if self.colour else _TO_BE_SEEN
        if found >= _TO_BE_SEEN:
            return []
        return [
            (
                f"face.colour: {self.colour} on a white page has a contrast of {found:.1f} to 1, and a"
                f" button is seen from {_TO_BE_SEEN:.0f} to 1 on: take a darker colour"
            )
        ]


def contrast(one: str, other: str) -> float:
    """
    How far two colours stand apart, from 1 to 21 (WCAG 2.2, "contrast ratio").
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
