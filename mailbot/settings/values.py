"""
What may stand in a key: addresses, durations, sizes, hosts.
"""

import re
from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt
from pydantic_core import PydanticKnownError

_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(\.{_LABEL})*")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
OCTETS = {"KB": 1024, "MB": 1024**2, "GB": 1024**3}


def an_address(text: object) -> str:
    """
    The text, or ValueError if no mail could be sent there.
    """
    if not isinstance(text, str):
        raise PydanticKnownError("string_type")
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f'expected a mail address such as "name@example.net", got "{text}"')
    return text


def _quantity(units: dict[str, int], example: str, value: object) -> int:
    found = re.fullmatch(rf"([1-9]\d{{0,8}}) ?({'|'.join(units)})", str(value))
    if not found:
        shown = f'"{value}"' if isinstance(value, str) else value
        raise ValueError(f"expected {example}, got {shown}")
    return int(found[1]) * units[found[2]]


def duration(value: object) -> timedelta:
    return timedelta(seconds=_quantity(_SECONDS, 'a duration such as "60s", "5m" or "1h"', value))


def size(value: object) -> int:
    return _quantity(OCTETS, 'a size such as "500KB" or "30MB"', value)


def is_loopback(host: str) -> bool:
    """
    Whether what is said to that host never leaves this machine.
    """
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


EmailAddress = Annotated[str, BeforeValidator(an_address)]
Text = Annotated[str, Field(min_length=1)]
Port = Annotated[StrictInt, Field(ge=1, le=65535)]
Addresses = tuple[EmailAddress, ...]
Texts = tuple[Text, ...]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
