"""
The section [oauth2] of mailbot.toml: what is needed for each flow, and the mistakes that the
two large providers answer with riddles.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import SecretStr, field_validator

from mailbot.settings.values import Section, Texts, is_loopback

#: Scopes that belong to no service: RFC 6749 §1.5 as OpenID Connect spells it.
_OF_NO_SERVICE = frozenset({"offline_access", "openid", "profile", "email"})

_GRAPH = "graph.microsoft.com"
_EXCHANGES_SCOPE = 'scopes = ["https://outlook.office365.com/.default"]'
_MANY_TENANTS = frozenset({"common", "organizations", "consumers"})


class Oauth2(Section):
    flow: Literal["", "client_credentials", "refresh_token", "service_account"] = ""
    token_url: str = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    client_secret_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    refresh_token_file: str = ""
    subject: str = ""
    scopes: Texts = ()
    secret_expires_on: date | None = None
    device_url: str = ""
    authorization_url: str = ""
    cafile: str = ""

    @field_validator("secret_expires_on", mode="before")
    @classmethod
    def _a_day(cls, value: object) -> object:
        if value == "":
            return None
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                raise ValueError(f'expected a date such as 2027-01-31, got "{value}"') from None
        return value

    @field_validator("token_url", "device_url", "authorization_url")
    @classmethod
    def _not_in_the_open(cls, url: str) -> str:
        if not url:
            return url
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            host, parts = "", urlsplit("")
        if host and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
            return url
        raise ValueError("must begin with https://, because secrets are sent there")

    def problems(self) -> Iterator[str]:
        """
        What is missing or contradicts itself, now that tokens are asked for: each with its key.
        """
        if not self.flow:
            yield (
                'oauth2.flow: is needed, because auth = "oauth2": "client_credentials" (Microsoft'
                ' 365), "service_account" (Google), or "refresh_token" (both)'
            )
            return
        if not self.token_url:
            yield "oauth2.token_url: is needed: where access tokens are had; the README has it"
        if not self.scopes:
            yield "oauth2.scopes: is needed: what the token is for; the README has it"
        match self.flow:
            case "client_credentials":
                yield from self._as_an_app()
            case "refresh_token":
                yield from self._as_a_person()
            case "service_account":
                yield from self._as_a_service_account()
        yield from self._files()
        yield from self._microsofts()

    def _as_an_app(self) -> Iterator[str]:
        if not self.client_id:
            yield "oauth2.client_id: is needed: the Application (client) ID"
        has_secret = bool(self.client_secret.get_secret_value() or self.client_secret_file)
        if has_secret == bool(self.certificate_file):
            yield (
                "oauth2.client_secret_file: give either client_secret_file or certificate_file:"
                " by one of them the endpoint knows who asks"
            )

    def _as_a_person(self) -> Iterator[str]:
        if not self.client_id:
            yield "oauth2.client_id: is needed: the id of the app that a person lets in"
        if not self.refresh_token_file:
            yield (
                "oauth2.refresh_token_file: is needed: where `mailbot login` puts the refresh"
                ' token, such as "var/refresh.token"'
            )

    def _as_a_service_account(self) -> Iterator[str]:
        if not self.key_file:
            yield "oauth2.key_file: is needed: the JSON key of the service account"
        elif not self.client_id and not self.key_file.endswith(".json"):
            yield "oauth2.client_id: is needed beside a key that is no JSON file of Google's"

    def _files(self) -> Iterator[str]:
        for key in ("client_secret_file", "certificate_file", "key_file", "cafile"):
            name = getattr(self, key)
            if not name:
                continue
            try:
                text = Path(name).read_text(encoding="utf-8-sig").strip()
            except (OSError, UnicodeDecodeError) as fault:
                why = fault.strerror if isinstance(fault, OSError) else "it is no text"
                remedy = (
                    "put it there"
                    if isinstance(fault, FileNotFoundError)
                    else "let mailbot read it"
                )
                yield f'oauth2.{key}: cannot read "{name}" ({why}): {remedy}'
            else:
                if not text:
                    yield f'oauth2.{key}: "{name}" is empty: put into it what it is for'

    def _microsofts(self) -> Iterator[str]:
        services = {
            urlsplit(each).netloc or each for each in self.scopes if each not in _OF_NO_SERVICE
        }
        if _GRAPH in services or any(each.startswith(("IMAP.", "SMTP.")) for each in services):
            # Without the service's address Microsoft takes a scope for Graph's.
            yield (
                "oauth2.scopes: a token for Graph opens no mailbox by IMAP: name Exchange Online,"
                f" {_EXCHANGES_SCOPE} for an app, https://outlook.office.com/… for a person"
            )
        elif len(services) > 1 and any("office" in each for each in services):
            yield (
                "oauth2.scopes: are those of two services, and a token is for one: keep those of"
                " Exchange Online (https://outlook.office.com/…)"
            )
        parts = urlsplit(self.token_url)
        if not (parts.hostname or "").endswith(("microsoftonline.com", "microsoftonline.us")):
            return
        if "/v2.0/" not in parts.path:
            yield (
                "oauth2.token_url: is of the old kind, which knows no scopes: it ends in"
                " /oauth2/v2.0/token"
            )
        if self.flow == "client_credentials" and parts.path.split("/")[1] in _MANY_TENANTS:
            yield (
                "oauth2.token_url: an app asks its own tenant: put the Directory (tenant) ID in the"
                " place of common"
            )
        if self.flow == "client_credentials" and not _is_default(self.scopes):
            yield f"oauth2.scopes: an app asks for one scope: {_EXCHANGES_SCOPE}"


def _is_default(scopes: tuple[str, ...]) -> bool:
    return len(scopes) == 1 and scopes[0].endswith("/.default")
