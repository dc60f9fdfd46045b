"""
How the firm's mails and letters look: one colour, and a small picture with its text.
"""

import hashlib
import struct
from base64 import encodebytes
from dataclasses import dataclass
from functools import cached_property

from mailbot.letters.octets import field_line

#: Which part of the mail the picture is (RFC 2392).
LOGO_ID = "logo"

#: A logo is shown not larger than so, in pixels of the page.
_HIGHEST, _WIDEST = 48, 240


@dataclass(frozen=True, kw_only=True)
class Face:
    #: Of what is to be pressed, as #rrggbb; and of the words on it.
    colour: str = "#0b4f9e"
    ink: str = "#ffffff"
    #: A PNG; b"" = none. The text is read where it is not shown.
    logo: bytes = b""
    logo_text: str = ""

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
    def part(self) -> bytes:
        """
        The logo as a part beside the HTML that shows it (RFC 2387); it is no file to save.
        """
        header = (
            field_line("Content-Type", ["image/png"])
            + field_line("Content-ID", [f"<{LOGO_ID}>"])
            + field_line("Content-Disposition", ["inline;", 'filename="logo.png"'])
            + field_line("Content-Transfer-Encoding", ["base64"])
        )
        return header.encode() + b"\r\n" + encodebytes(self.logo).replace(b"\n", b"\r\n")

    @cached_property
    def fingerprint(self) -> str:
        """
        Changes with anything that it is made of.
        """
        said = f"{self.colour} {self.ink} {self.logo_text} ".encode()
        return hashlib.sha256(said + self.logo).hexdigest()


#: What a firm has that has said nothing.
PLAIN = Face()
