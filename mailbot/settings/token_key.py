"""
The keys in token.key: one a line, the one that signs first.
"""

import errno
from pathlib import Path


def key_lines(path: Path) -> list[bytes]:
    """
    The keys, none where the file is empty; OSError if it cannot be read.
    """
    try:
        # With or without the mark that some editors put in front.
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        raise OSError(errno.EILSEQ, "it is no text", str(path)) from fault
    return [line.strip().encode() for line in text.splitlines() if line.strip()]
