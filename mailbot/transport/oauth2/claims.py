"""
What an access token says of itself, where it can be read (RFC 9068): for people who look for
a mistake, and never to decide anything.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Protocol = Literal["imap", "smtp"]

#: What Exchange Online asks of an app, and of a person's consent.
_ROLE: dict[Protocol, str] = {"imap": "IMAP.AccessAsApp", "smtp": "SMTP.SendAsApp"}
_SCOPE: dict[Protocol, str] = {"imap": "IMAP.AccessAsUser.All", "smtp": "SMTP.Send"}

#: Whom a token for Exchange Online is made out to; the number is its own id.
_EXCHANGE = ("outlook.office", "00000002-0000-0ff1-ce00-000000000000")


@dataclass(frozen=True)
class Claims:
    """
    Whom the token is made out to, what it allows, and as whom: *object_id* is that of the
    service principal, where the token is an app's.
    """

    audience: str = ""
    allows: frozenset[str] = frozenset()
    is_apps: bool = False
    object_id: str = ""

    def lacks(self, protocol: Protocol) -> str:
        """
        The permission of Exchange Online that is missing for this protocol; "" if none is.
        """
        if not self.audience:
            return ""
        wanted = (_ROLE if self.is_apps else _SCOPE)[protocol]
        return "" if wanted in self.allows else wanted

    @property
    def is_for_exchange(self) -> bool:
        return not self.audience or any(each in self.audience for each in _EXCHANGE)


def claims(token: str) -> Claims:
    """
    What can be read of it; nothing of a token that is no JWT. Its signature is the
    server's to verify.
    """
    told = _payload(token)
    roles = told.get("roles")
    scopes = told.get("scp")
    is_apps = not isinstance(scopes, str)
    allows = roles if isinstance(roles, list) else str(scopes or "").split()
    return Claims(
        audience=str(told.get("aud", "")),
        allows=frozenset(str(each) for each in allows),
        is_apps=is_apps,
        object_id=str(told.get("oid", "")) if is_apps else "",
    )


def _payload(token: str) -> Mapping[str, Any]:
    _, _, rest = token.partition(".")
    middle = rest.partition(".")[0]
    try:
        told = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
