"""
Base64 of many lines, set aside before a parser looks at each of them.

The library takes a second for ten megabytes, and makes a string of each line; what is in
them is of no account for the tree. In the place of such a run stands one line of base64 that
says which; who has decoded a part puts back what the run holds.
"""

import hashlib
import re
from base64 import b64encode
from binascii import a2b_base64
from dataclasses import dataclass

#: Lines of the greatest length (RFC 2045 §6.8): what clients write. Fewer are soon read.
_RUN = re.compile(rb"(?:[A-Za-z0-9+/]{76}\r?\n){400,}+")
#: Digits of the number of a run, and of a digest: together the octets of a line of 76.
_DIGITS, _OF_DIGEST = 17, 40


@dataclass(frozen=True)
class SetAside:
    """
    The octets of a message without its runs, and those, each by the mark that stands for it.
    """

    content: bytes
    runs: dict[bytes, bytes]

    def put_back(self, octets: bytes) -> bytes:
        """
        The octets of a part as they would be had nothing been set aside: decoded, or as they
        came where nobody has decoded them.
        """
        for mark, run in self.runs.items():
            if mark in octets:
                octets = octets.replace(mark, a2b_base64(run))
            line = b64encode(mark)
            if line in octets:
                # The library writes an attached message anew with line ends of its own.
                bare = run.replace(b"\r\n", b"\n")
                octets = octets.replace(line + b"\r\n", bare.replace(b"\n", b"\r\n"))
                octets = octets.replace(line + b"\n", bare).replace(line, bare.rstrip(b"\n"))
        return octets


def set_aside(content: bytes) -> SetAside:
    """
    A mark holds the digest of the whole message: nobody can write one into it.
    """
    runs: dict[bytes, bytes] = {}
    digest = hashlib.sha256(content).hexdigest()[:_OF_DIGEST]

    def marked(found: re.Match[bytes]) -> bytes:
        mark = f"{len(runs):0{_DIGITS}}{digest}".encode()
        runs[mark] = found[0]
        return b64encode(mark) + (b"\r\n" if found[0].endswith(b"\r\n") else b"\n")

    return SetAside(_RUN.sub(marked, content), runs)
