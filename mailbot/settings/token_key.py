"""
The keys in token.key: one a line, the one that signs first.
"""

from pathlib import Path


def key_lines(path: Path) -> list[bytes]:
    """
    The keys, none where the file is empty; OSError if it cannot be read.
    """
    return [line.strip().encode() for line in path.read_text().splitlines() if line.strip()]
