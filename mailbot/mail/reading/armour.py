"""
Text that was signed by PGP within itself (RFC 9580 §7): the words, without what is around.
"""

import re

_SIGNED = re.compile(
    r"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\n(?:[A-Za-z]+: [^\n]*\n)*[ \t]*\n"
    r"(?P<words>.*?)"
    r"^-----BEGIN PGP SIGNATURE-----[ \t]*\n.*?(?:^-----END PGP SIGNATURE-----[ \t]*(?:\n|\Z)|\Z)",
    re.MULTILINE | re.DOTALL,
)
_BEGINS = "-----BEGIN PGP SIGNED MESSAGE-----"


def without_armour(text: str) -> str:
    """
    The text with the words of what was signed in it. The signature is not checked.
    """
    if _BEGINS not in text:
        return text
    text = text.replace("\r\n", "\n")
    return _SIGNED.sub(lambda signed: re.sub(r"(?m)^- ", "", signed["words"]), text)
