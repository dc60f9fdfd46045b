"""
The sections of mailbot.toml: every key, its default, and what may stand there.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    StrictBool,
    StrictInt,
    ValidationInfo,
    field_validator,
)

from mailbot.settings import database_url
from mailbot.settings.alarm import Alarm
from mailbot.settings.certificates import a_file_of_certificates
from mailbot.settings.face import Face
from mailbot.settings.monitoring import Monitoring
from mailbot.settings.oauth2 import Oauth2
from mailbot.settings.problems import suggestion
from mailbot.settings.values import (
    OCTETS,
    Addresses,
    EmailAddress,
    Port,
    Section,
    Text,
    duration,
    is_loopback,
    size,
)

#: RFC 5321 §4.5.3.1.1: octets before the "@"; and what a reply token adds, "+" included.
LOCAL_PART_LIMIT = 64
TOKEN_LENGTH = 34

#: Where each of these looks for our host's name.
_BY_OUR_HOSTS_NAME = {"authserv": "Authentication-Results", "submission": "`by` of its Received"}

#: RFC 6154: what the server itself uses a folder for.
_USE_OF = {"processed_folder": r"\Archive", "sent_folder": r"\Sent"}

Tls = Literal["implicit", "starttls", "none"]
T = TypeVar("T")


class Service(Section):
    address: EmailAddress
    aliases: Addresses = ()
    reference_prefix: str = "ISS"
    timezone: str = "Europe/London"
    plus_addressing: StrictBool = True
    token_key_file: Path = Path("var/token.key")
    staff_proof: Literal["confirm", "authserv", "exchange", "submission"] = "confirm"
    authserv_id: str = ""
    send: Literal["live", "none"] = "live"

    @field_validator("token_key_file", mode="before")
    @classmethod
    def _some_file(cls, file: object) -> object:
        if file == "":
            raise ValueError('must name a file, such as "var/token.key"')
        return file

    @field_validator("reference_prefix")
    @classmethod
    def _prefix(cls, prefix: str) -> str:
        if not re.fullmatch("[A-Z]{2,8}", prefix):
            raise ValueError(f'expected two to eight capital letters, got "{prefix}"')
        return prefix

    @field_validator("timezone")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        # KeyError: no such zone. The others: a name that is a path or a folder.
        except (KeyError, ValueError, OSError):
            near = suggestion(name, available_timezones())
            raise ValueError(
                f'expected a time zone such as "Europe/London", got "{name}"{near}'
            ) from None
        return name

    @field_validator("plus_addressing")
    @classmethod
    def _room_for_a_token(cls, plus_addressing: bool, info: ValidationInfo) -> bool:
        local_part = str(info.data.get("address", "")).partition("@")[0]
        if plus_addressing and len(local_part) + TOKEN_LENGTH > LOCAL_PART_LIMIT:
            raise ValueError(
                f'the address leaves no room for a reply token: before the "@" it may have '
                f"{LOCAL_PART_LIMIT - TOKEN_LENGTH} characters, it has {len(local_part)}. "
                "Use a shorter service.address"
            )
        return plus_addressing

    @field_validator("staff_proof")
    @classmethod
    def _proof_we_can_ask_for(cls, proof: str, info: ValidationInfo) -> str:
        if proof == "confirm" and info.data.get("plus_addressing") is False:
            raise ValueError(
                '"confirm" knows staff by the address they answer to: set plus_addressing = true'
            )
        return proof

    @field_validator("authserv_id")
    @classmethod
    def _name_of_our_host(cls, name: str, info: ValidationInfo) -> str:
        proof = info.data.get("staff_proof")
        if not name and proof in _BY_OUR_HOSTS_NAME:
            raise ValueError(
                f'staff_proof = "{proof}" goes by our own mail host\'s name in'
                f' {_BY_OUR_HOSTS_NAME[proof]}: set it, for example "mx.example.net"'
            )
        # RFC 8601 §2.2: a token; and none of what ends one in either field.
        if name and not re.fullmatch(r"[\w.-]*\w", name, re.ASCII):
            raise ValueError(f'expected a host\'s name such as "mx.example.net", got "{name}"')
        return name


class Server(Section):
    """
    What the two servers have in common.
    """

    host: Text
    port: Port
    tls: Tls
    cafile: str = ""
    auth: Literal["password", "oauth2"] = "password"
    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: str = ""

    @field_validator("host")
    @classmethod
    def _without_brackets(cls, host: str) -> str:
        # As in an address of the web; what connects wants none.
        return host[1:-1] if re.fullmatch(r"\[[0-9A-Fa-f:.]+(%\w+)?\]", host) else host

    @field_validator("cafile")
    @classmethod
    def _some_certificates(cls, file: str) -> str:
        return a_file_of_certificates(file)

    @field_validator("tls")
    @classmethod
    def _no_secrets_in_the_open(cls, tls: T, info: ValidationInfo) -> T:
        host = info.data.get("host", "localhost")
        if tls == "none" and not is_loopback(host):
            raise ValueError(
                f'"none" would send passwords and complaints to {host} in the open: '
                'set "implicit" or "starttls"'
            )
        return tls


class Imap(Server):
    port: Port = 993
    tls: Tls = "implicit"
    username: Text
    folder: Text = "INBOX"
    max_message: Annotated[int, BeforeValidator(size)] = Field(
        default=30 * OCTETS["MB"], validate_default=False
    )
    processed_folder: str = "Processed"
    sent_folder: str = ""
    poll_every: Annotated[timedelta, BeforeValidator(duration)] = Field(
        default=timedelta(seconds=60), validate_default=False
    )
    idle: StrictBool = True

    @field_validator("processed_folder", "sent_folder")
    @classmethod
    def _known_use(cls, folder: str, info: ValidationInfo) -> str:
        use = _USE_OF[info.field_name or ""]
        if folder.startswith("\\") and folder.lower() != use.lower():
            raise ValueError(f"expected the name of a folder, or '{use}', got '{folder}'")
        return folder

    @field_validator("processed_folder")
    @classmethod
    def _elsewhere(cls, processed: str, info: ValidationInfo) -> str:
        if processed and processed == info.data.get("folder"):
            raise ValueError(
                f'is the folder that mail is fetched from ("{processed}"): '
                'name another, or "" to leave messages where they are'
            )
        return processed


class Smtp(Server):
    port: Port = 587
    tls: Tls = "starttls"
    connections: Annotated[StrictInt, Field(ge=1)] = 2
    per_minute: Annotated[StrictInt, Field(ge=0)] = 0


class Database(Section):
    #: Secret because the url of a server carries its password.
    url: SecretStr = SecretStr("sqlite://var/mailbot.sqlite3")
    password_file: str = ""

    @field_validator("url")
    @classmethod
    def _engine_we_know(cls, url: SecretStr) -> SecretStr:
        if wrong := database_url.problem(url.get_secret_value()):
            raise ValueError(wrong)
        return url


class Paths(Section):
    #: None: the package's own.
    templates: Path | None = None

    @field_validator("templates", mode="before")
    @classmethod
    def _empty_is_none(cls, folder: object) -> object:
        return None if folder == "" else folder


class Servers(Section):
    """
    The whole of mailbot.toml.
    """

    service: Service
    imap: Imap
    smtp: Smtp
    oauth2: Oauth2 = Oauth2()
    database: Database = Database()
    monitoring: Monitoring = Monitoring()
    paths: Paths = Paths()
    face: Face = Face()
    alarm: Alarm = Alarm()

    @property
    def uses_tokens(self) -> bool:
        """
        Whether any server is logged in to by OAuth 2.0.
        """
        return "oauth2" in {self.imap.auth, self.smtp.auth}
