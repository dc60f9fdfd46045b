"""
[monitoring]: where /health and /metrics are answered.
"""

import re

from pydantic import StrictBool, ValidationInfo, field_validator

from mailbot.settings.values import Section, is_loopback

_LISTEN = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+):([1-9]\d{0,4})")


class Monitoring(Section):
    listen: str = ""
    beyond_loopback: StrictBool = False

    @property
    def host_and_port(self) -> tuple[str, int]:
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @field_validator("listen")
    @classmethod
    def _a_place(cls, listen: str) -> str:
        found = _LISTEN.fullmatch(listen)
        if listen and not (found and int(found[2]) <= 65535):
            raise ValueError(
                f'expected an address and a port such as "127.0.0.1:9464", got "{listen}"'
            )
        return listen

    @field_validator("beyond_loopback")
    @classmethod
    def _said_so(cls, beyond: bool, info: ValidationInfo) -> bool:
        listen = info.data.get("listen", "")
        if listen and not beyond and not is_loopback(listen.rpartition(":")[0]):
            raise ValueError(
                f'listen = "{listen}" answers whoever reaches it, without a password and in the'
                ' open: listen on "127.0.0.1:9464", or, where a firewall lets nobody but your'
                " monitoring in, set beyond_loopback = true"
            )
        return beyond
