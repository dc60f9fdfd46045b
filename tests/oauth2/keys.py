"""
Keys and certificates, made when they are asked for.
"""

import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

RSA = ("rsa:2048",)
EC = ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")


@cache
def pair(*kind: str) -> tuple[str, str]:
    """
    A private key and its certificate, both as PEM.
    """
    with TemporaryDirectory() as folder:
        key, certificate = Path(folder, "key"), Path(folder, "certificate")
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-nodes", "-days", "90", "-subj", "/CN=mailbot"),
                *("-newkey", *kind, "-keyout", str(key), "-out", str(certificate)),
            ],
            check=True,
            capture_output=True,
        )
        return key.read_text(), certificate.read_text()


@cache
def encrypted() -> str:
    """
    The same RSA key behind a password.
    """
    made = subprocess.run(
        ["openssl", "rsa", "-aes256", "-passout", "pass:secret"],
        input=pair(*RSA)[0].encode(),
        check=True,
        capture_output=True,
    )
    return made.stdout.decode()
