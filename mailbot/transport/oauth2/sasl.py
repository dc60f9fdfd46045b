"""
What a mail server is told of a token, and what it says to one that it does not take.

XOAUTH2 is Google's and Microsoft's, OAUTHBEARER is RFC 7628.
"""

import base64
import json
import re
from collections.abc import Callable

XOAUTH2 = "XOAUTH2"
OAUTHBEARER = "OAUTHBEARER"

#: What a person could enter, or look up; whatever else a server says may be our own token.
_SCOPE = re.compile(r"https://[a-z0-9./_-]{1,90}", re.IGNORECASE)
_STATUS = re.compile(r"[a-z0-9_]+")


class Conversation:
    """
    The client's half of one login. Both mechanisms say everything at once; a challenge
    after that is the server's no, with its reasons, and wants an empty word before the no
    itself comes.
    """

    def __init__(self, first: str, farewell: bytes) -> None:
        self._first = first
        self._farewell = farewell
        self._was_said = False
        self._challenge = b""

    def __call__(self, challenge: bytes) -> bytes:
        if not self._was_said:
            self._was_said = True
            return self._first.encode()
        self._challenge = challenge
        return self._farewell

    @property
    def status(self) -> str:
        """
        The status in the server's reasons ("400", "401", "invalid_token"); "" without any.
        """
        status = self._reason("status")[:20]
        return status if _STATUS.fullmatch(status) else ""

    @property
    def scope(self) -> str:
        """
        The scope that the server wants (RFC 7628 §3.2.2); "" if it does not say.
        """
        scope = self._reason("scope")
        return scope if _SCOPE.fullmatch(scope) else ""

    def _reason(self, key: str) -> str:
        for text in (self._challenge, _decoded(self._challenge)):
            try:
                told = json.loads(text)
            except (ValueError, RecursionError):
                continue
            reason = told.get(key) if isinstance(told, dict) else None
            return str(reason) if reason is not None else ""
        return ""


def conversation(mechanism: str, username: str, token: str) -> Conversation:
    """
    The login of that mailbox by that token.
    """
    if mechanism == OAUTHBEARER:
        # RFC 7628 §3.1, §3.2.3: the name as RFC 5801 §4 writes it; %x01 is the farewell.
        name = username.replace("=", "=3D").replace(",", "=2C")
        return Conversation(f"n,a={name},\x01auth=Bearer {token}\x01\x01", b"\x01")
    return Conversation(f"user={username}\x01auth=Bearer {token}\x01\x01", b"")


def chosen(offers: Callable[[str], bool]) -> str:
    """
    The mechanism to use of those that the server *offers*; "" if it takes no tokens.
    """
    return next((each for each in (XOAUTH2, OAUTHBEARER) if offers(each)), "")


def _decoded(challenge: bytes) -> bytes:
    try:
        return base64.b64decode(challenge)
    except ValueError:
        return b""
