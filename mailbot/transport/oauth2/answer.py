"""
What a token endpoint's answer means: a token, a no, or "not now" (RFC 6749 §5).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from mailbot.transport.oauth2.client import Client, TokenFault
from mailbot.transport.oauth2.refusals import Refused, is_for_now, refused

#: Seconds that a token is taken to last whose endpoint does not say (RFC 6749 §5.1).
_USUAL = 3600
#: Seconds: a longer wish for rest is some server's mistake, and mail waits meanwhile.
_LONGEST_REST = 900.0
#: An access token is written into a SASL string, where a control character would end it; a
#: refresh token into a file, as one line (RFC 6749 appendix A).
_TOKEN = re.compile(r"[\x21-\x7e]+")

_TOO_MANY_REQUESTS = 429
_PROXY_LOGIN = 407
_NOT_FOUND = frozenset({404, 405, 410})


@dataclass(frozen=True)
class Reply:
    """
    An answer as it came. Its body may hold tokens.
    """

    status: int
    body: bytes = field(repr=False)
    retry_after: str = ""
    #: What the endpoint's own clock says (RFC 9110 §6.6.1).
    date: str = ""


@dataclass(frozen=True)
class Granted:
    """
    A token, how many seconds it lasts (0: unknown, or gone at once), and the refresh token
    that replaces the one that was used; "" if that stays.
    """

    token: str = field(repr=False)
    lasts: int
    refresh_token: str = field(default="", repr=False)


def granted(reply: Reply, client: Client, now: datetime) -> Granted:
    """
    The token of an answer; a TokenFault says why it holds none. Of what the endpoint said
    only codes are repeated: its sentences name people.
    """
    if reply.status == _PROXY_LOGIN:
        raise proxy_wants_a_login()
    told = document(reply.body)
    if reply.status == _TOO_MANY_REQUESTS or reply.status >= 500 or _is_later(told):
        raise TokenFault(
            f"the token endpoint cannot answer just now ({reply.status})",
            "nothing has to be changed here: it is asked again; if that lasts, see the provider's"
            " status page",
            rest=rest(reply.retry_after, now),
        )
    if told is None:
        raise _no_document(reply, client)
    if 200 <= reply.status < 300 and (token := _token(told, "access_token")):
        return Granted(token, lasts(told), _token(told, "refresh_token"))
    if code := _text(told, "error"):
        raise _as_fault(refused(code, _text(told, "error_description"), client))
    raise TokenFault(
        f"the token endpoint answered {reply.status} without a token",
        "check [oauth2] token_url",
        needs_a_person=True,
    )


def clock(reply: Reply) -> datetime | None:
    """
    The time that the endpoint has; None where it does not say.
    """
    try:
        at = parsedate_to_datetime(reply.date)
    except (TypeError, ValueError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def proxy_wants_a_login() -> TokenFault:
    return TokenFault("the proxy wants a login", "put it into HTTPS_PROXY (http://user:password@…)")


def document(body: bytes) -> Mapping[str, Any] | None:
    """
    The JSON object in an answer, or None if there is none.
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def lasts(told: Mapping[str, Any]) -> int:
    """
    The seconds of `expires_in`, which some write as text, and some leave out.
    """
    said = told.get("expires_in")
    if said is None or isinstance(said, bool):
        return _USUAL
    try:
        return max(0, int(float(said)))
    except (TypeError, ValueError, OverflowError):
        return _USUAL


def rest(retry_after: str, now: datetime) -> float:
    """
    Seconds that a Retry-After asks for, given as a number or as a date (RFC 9110 §10.2.3).
    """
    said = retry_after.strip()
    if said.isdecimal():
        return min(float(said), _LONGEST_REST)
    try:
        until = parsedate_to_datetime(said)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    left = ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds()
    return min(max(0.0, left), _LONGEST_REST)


def _is_later(told: Mapping[str, Any] | None) -> bool:
    return told is not None and is_for_now(_text(told, "error"), _text(told, "error_description"))


def _token(told: Mapping[str, Any], key: str) -> str:
    token = _text(told, key)
    return token if _TOKEN.fullmatch(token) else ""


def _text(told: Mapping[str, Any], key: str) -> str:
    value = told.get(key)
    return value if isinstance(value, str) else ""


def _as_fault(no: Refused) -> TokenFault:
    return TokenFault(f"no access token ({no.named}): {no.phrase}", no.remedy, needs_a_person=True)


def _no_document(reply: Reply, client: Client) -> TokenFault:
    if reply.status in _NOT_FOUND:
        return TokenFault(
            f"there is no token endpoint at that address ({reply.status})",
            "check [oauth2] token_url",
            needs_a_person=True,
        )
    return TokenFault(
        f"what answered for {client.host} ({reply.status}) is no token endpoint",
        "check [oauth2] token_url, and whether a proxy or a login page stands in between",
    )
