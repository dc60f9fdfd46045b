"""
A file of certificates that a server is known by.
"""

import ssl
from pathlib import Path

_HOW = (
    "copy the certificate of the authority that signed the server's there, as PEM (\"-----BEGIN"
    ' CERTIFICATE-----")'
)


def a_file_of_certificates(file: str) -> str:
    """
    The name of the file, or ValueError if no server could be known by what is in it; ""
    names none.
    """
    if not file:
        return file
    try:
        # Read by us: OpenSSL says nothing of why a file cannot be.
        text = Path(file).read_text(encoding="ascii", errors="ignore")
    except OSError as fault:
        raise ValueError(f'cannot read "{file}" ({fault.strerror}): {_HOW}') from None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        raise ValueError(f'"{file}" holds no certificate: {_HOW}') from None
    return file
