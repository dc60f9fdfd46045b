"""
Who asks for access tokens, of whom, and for what.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit


class Flow(StrEnum):
    """
    What a token is had for: RFC 6749 §4.4, §6, RFC 7523 §2.1.
    """

    CLIENT_CREDENTIALS = "client_credentials"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the flow's name
    SERVICE_ACCOUNT = "service_account"


class Provider(StrEnum):
    """
    Whose words and remedies fit.
    """

    MICROSOFT = "microsoft"
    GOOGLE = "google"
    ANOTHER = "another"


_MICROSOFT = ("microsoftonline.com", "microsoftonline.us", "partner.microsoftonline.cn")
_MICROSOFTS_SCOPES = ("https://outlook.office", "https://ps.outlook.com")
_GOOGLE = ("googleapis.com", "google.com")
_GOOGLES_SCOPES = ("https://mail.google.com", "https://www.googleapis.com")


@dataclass(frozen=True, kw_only=True)
class Client:
    """
    One client of one token endpoint. What is secret is named by its file, or hidden.
    """

    flow: Flow
    token_url: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    client_secret_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    refresh_token_file: Path | None = None
    #: The mailbox that a service account acts for.
    subject: str = ""
    scopes: tuple[str, ...] = ()
    #: Where a person lets us in; "" = beside token_url.
    device_url: str = ""
    authorization_url: str = ""
    #: Certificates to trust beside the system's own.
    cafile: str | None = None
    #: Seconds for one question, from the first octet to the last.
    timeout: float = 30.0

    @property
    def host(self) -> str:
        return urlsplit(self.token_url).hostname or ""

    @property
    def provider(self) -> Provider:
        return provider_of(self.token_url, self.scopes)

    @property
    def scope(self) -> str:
        """
        RFC 6749 §3.3: scopes are divided by spaces.
        """
        return " ".join(self.scopes)

    @property
    def files(self) -> tuple[Path, ...]:
        """
        The files that a person changes to let us in again.
        """
        known = (
            self.client_secret_file,
            self.certificate_file,
            self.key_file,
            self.refresh_token_file,
        )
        return tuple(each for each in known if each is not None)


def provider_of(token_url: str, scopes: tuple[str, ...]) -> Provider:
    """
    By the endpoint, or by what the token is for where the endpoint is a firm's own.
    """
    host = (urlsplit(token_url).hostname or "").lower()
    if _is_below(host, _MICROSOFT) or any(each.startswith(_MICROSOFTS_SCOPES) for each in scopes):
        return Provider.MICROSOFT
    if _is_below(host, _GOOGLE) or any(each.startswith(_GOOGLES_SCOPES) for each in scopes):
        return Provider.GOOGLE
    return Provider.ANOTHER


def _is_below(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == each or host.endswith(f".{each}") for each in domains)


class TokenFault(Exception):  # noqa: N818 - people speak of a fault
    """
    There is no access token. str() says why and what to do; *phrase* only why. *rest* is
    how many seconds the endpoint wants to be left alone; *needs_a_person* says whether it
    stays so until somebody does something.
    """

    def __init__(
        self, phrase: str, remedy: str, *, rest: float = 0.0, needs_a_person: bool = False
    ) -> None:
        super().__init__(f"{phrase}; {remedy}")
        self.phrase = phrase
        self.remedy = remedy
        self.rest = rest
        self.needs_a_person = needs_a_person

    def again(self, rest: float) -> "TokenFault":
        """
        The same, told to the next who asks; of its rest *rest* seconds are left.
        """
        left = min(self.rest, max(0.0, rest))
        return TokenFault(self.phrase, self.remedy, rest=left, needs_a_person=self.needs_a_person)
