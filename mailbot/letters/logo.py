"""
The firm's logo within a mail.
"""

from base64 import encodebytes
from functools import cache

from mailbot.letters.octets import field_line

#: Which part of the mail the picture is (RFC 2392).
LOGO_ID = "logo"


@cache
def logo_part(logo: bytes) -> bytes:
    """
    The logo as a part beside the HTML that shows it (RFC 2387); it is no file to save.
    """
    header = (
        field_line("Content-Type", ["image/png"])
        + field_line("Content-ID", [f"<{LOGO_ID}>"])
        + field_line("Content-Disposition", ["inline;", 'filename="logo.png"'])
        + field_line("Content-Transfer-Encoding", ["base64"])
    )
    return header.encode() + b"\r\n" + encodebytes(logo).replace(b"\n", b"\r\n")
