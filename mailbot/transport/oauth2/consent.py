"""
A person lets us in, once: by a code that they type on any machine (RFC 8628), or by their
browser coming back to this one (RFC 6749 §4.1 with RFC 7636 and RFC 8252). The refresh token
that comes of it is the caller's to keep.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from mailbot.transport.oauth2.answer import Reply, document, granted, lasts
from mailbot.transport.oauth2.client import Client, Provider, TokenFault
from mailbot.transport.oauth2.refusals import is_void, refused
from mailbot.transport.oauth2.request import who

#: RFC 8628 §3.4.
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
#: Seconds between two questions, where the endpoint does not say (RFC 8628 §3.2), and what
#: "slow down" adds to them (§3.5).
_INTERVAL = 5.0
_SLOWER_BY = 5.0
#: Seconds that a person has.
_LONGEST = 1800.0

_GOOGLES_AUTHORIZATION = "https://accounts.google.com/o/oauth2/v2/auth"

Post = Callable[[Client, str, dict[str, str]], Reply]
Sleep = Callable[[float], None]


@dataclass(frozen=True)
class DeviceCode:
    """
    What the person is asked to type, and where.
    """

    code: str = field(repr=False)
    user_code: str
    address: str
    interval: float
    ends_at: float


class NoDeviceFlow(Exception):  # noqa: N818 - a way that is closed, not a defect
    """
    The provider, or the tenant, has no device code for this client: str() says why.
    """


def scope(client: Client) -> str:
    """
    What is asked for; Microsoft hands out a refresh token for `offline_access` alone.
    """
    scopes = list(client.scopes)
    if client.provider is Provider.MICROSOFT and "offline_access" not in scopes:
        scopes.append("offline_access")
    return " ".join(scopes)


def device_code(client: Client, post: Post) -> DeviceCode:
    """
    A code for a person to type; NoDeviceFlow where there is none to be had. Google's device
    flow knows no scopes for mail, so it is not asked.
    """
    url = client.device_url or _beside(client.token_url, "devicecode")
    if client.provider is Provider.GOOGLE and not client.device_url:
        raise NoDeviceFlow("Google has no device code for mail")
    reply = post(client, url, {"client_id": client.client_id, "scope": scope(client)})
    told = document(reply.body) or {}
    code, user_code = told.get("device_code"), told.get("user_code")
    address = told.get("verification_uri") or told.get("verification_url")
    if not (isinstance(code, str) and isinstance(user_code, str) and isinstance(address, str)):
        raise NoDeviceFlow(_why(reply, told, client))
    interval = told.get("interval")
    return DeviceCode(
        code=code,
        user_code=user_code,
        address=address,
        interval=float(interval) if isinstance(interval, int) and interval > 0 else _INTERVAL,
        ends_at=time.monotonic() + min(lasts(told) or _LONGEST, _LONGEST),
    )


def by_device_code(
    client: Client, device: DeviceCode, post: Post, sleep: Sleep = time.sleep
) -> str:
    """
    The refresh token, once the person has typed the code. A TokenFault if they do not, or
    say no.
    """
    interval = device.interval
    asked = {"grant_type": _DEVICE_GRANT, "device_code": device.code}
    while (left := device.ends_at - time.monotonic()) > 0:
        sleep(min(interval, left))
        try:
            form = asked | who(client, datetime.now(UTC))
            reply = post(client, client.token_url, form)
            match (document(reply.body) or {}).get("error"):
                case "authorization_pending":
                    continue
                case "slow_down":
                    interval += _SLOWER_BY
                case "expired_token":
                    break
                case "access_denied" | "authorization_declined":
                    raise _declined()
                case _:
                    return _refresh_token(reply, client)
        except TokenFault as fault:
            if fault.needs_a_person:
                raise
            # RFC 8628 §3.5: nobody has said no; it is asked again, more slowly.
            interval += max(_SLOWER_BY, fault.rest)
    raise TokenFault(
        "nobody typed the code in time",
        "run `mailbot login` again; where the tenant blocks device codes, `mailbot login --browser`",
    )


@dataclass(frozen=True)
class BrowserLogin:
    """
    One login by a browser: *address* is where the person goes, and *redirect* where the
    provider sends them afterwards.
    """

    address: str
    redirect: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


def browser_login(client: Client, redirect: str) -> BrowserLogin:
    """
    RFC 7636: whoever intercepts the code cannot use it without what only we know.
    """
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    state = secrets.token_urlsafe(24)
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect,
        "scope": scope(client),
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    if client.provider is Provider.GOOGLE:
        # Google hands out a refresh token only where it is asked for one, and consent anew.
        asked |= {"access_type": "offline", "prompt": "consent"}
    address = client.authorization_url
    if not address and client.provider is Provider.GOOGLE:
        address = _GOOGLES_AUTHORIZATION
    address = address or _beside(client.token_url, "authorize")
    joined = "&" if urlsplit(address).query else "?"
    return BrowserLogin(f"{address}{joined}{urlencode(asked)}", redirect, state, verifier)


def by_browser(client: Client, login: BrowserLogin, came_back: str, post: Post) -> str:
    """
    The refresh token for the address at which the browser *came back*. A TokenFault if that
    is no answer to this login, or a no.
    """
    told = {key: values[0] for key, values in parse_qs(urlsplit(came_back).query).items()}
    if not secrets.compare_digest(told.get("state", "").encode(), login.state.encode()):
        raise TokenFault(
            "that is not the answer to this login",
            "take the address at which the browser came to a halt, as a whole",
        )
    if error := told.get("error"):
        no = refused(error, told.get("error_description", ""), client)
        raise TokenFault(f"the login was refused ({no.named}): {no.phrase}", no.remedy)
    form = {
        "grant_type": "authorization_code",
        "code": told.get("code", ""),
        "redirect_uri": login.redirect,
        "code_verifier": login.verifier,
    }
    form |= who(client, datetime.now(UTC))
    return _refresh_token(post(client, client.token_url, form), client)


def _declined() -> TokenFault:
    return TokenFault("the login was declined", "run `mailbot login` again", needs_a_person=True)


def _refresh_token(reply: Reply, client: Client) -> str:
    told = document(reply.body) or {}
    error, description = (str(told.get(each, "")) for each in ("error", "error_description"))
    if error and is_void(error, description, client):
        named = refused(error, description, client).named
        raise TokenFault(
            f"the code of this login was not taken ({named}): it is too old, or was used already",
            "run `mailbot login` again",
            needs_a_person=True,
        )
    answer = granted(reply, client, datetime.now(UTC))
    if not answer.refresh_token:
        raise TokenFault(
            "the provider gave no refresh token",
            'add "offline_access" to [oauth2] scopes (Microsoft), or remove mailbot under the'
            " account's third-party access and log in again (Google)",
            needs_a_person=True,
        )
    return answer.refresh_token


def _why(reply: Reply, told: Mapping[str, Any], client: Client) -> str:
    error = told.get("error")
    if not isinstance(error, str):
        return f"there is no device code to be had ({reply.status})"
    no = refused(error, str(told.get("error_description", "")), client)
    return f"no device code ({no.named}): {no.phrase}; {no.remedy}"


def _beside(url: str, name: str) -> str:
    """
    The endpoint of that name beside the token endpoint, as Microsoft and many others have it.
    """
    parts = urlsplit(url)
    path = parts.path.rpartition("/")[0] + "/" + name
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
