"""
Cyrus as Debian brings it: a mailbox is made by its user's first login, and folders of one's
own are called `INBOX.Processed`.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from tests.servers.unpacked import NOBODY, PASSWORD, Unpacked

#: Debian's cyrus.conf without the services that are no IMAP.
_SERVICES = """
START {{
  recover cmd="/usr/sbin/cyrus ctl_cyrusdb -r"
}}
SERVICES {{
  imap cmd="imapd -U 30" listen="{host}:{port}" prefork=1 maxchild=100
}}
EVENTS {{
  checkpoint cmd="/usr/sbin/cyrus ctl_cyrusdb -c" period=30
}}
"""


class Cyrus(Unpacked):
    """
    The server; *more* are keys of imapd.conf with values that are not Debian's.
    """

    packages = ("cyrus-imapd", "sasl2-bin")
    starts_with = """
install -d -o nobody /run/cyrus /run/cyrus/socket /run/cyrus/proc /run/cyrus/lock
echo $PASSWORD | saslpasswd2 -p -c -u localhost service
chown nobody /etc/sasldb2
exec /usr/lib/cyrus/bin/master -D
"""

    def __init__(
        self, folder: Path, unpacked_in: Path, more: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(folder, unpacked_in)
        self._more = more or {}

    def prepare(self) -> None:
        for name in ("config", "config/socket", "mail"):
            (self.folder / name).mkdir(exist_ok=True)
            os.chown(self.folder / name, NOBODY, NOBODY)
        keys = {
            "configdirectory": str(self.folder / "config"),
            "partition-default": str(self.folder / "mail"),
            "servername": "localhost",
            "sasl_mech_list": "PLAIN LOGIN",
            **self._more,
        }
        self.lay("imapd.conf", form="{key}: {value}", values=keys)
        services = _SERVICES.format(host=self.host, port=self.port)
        (self.folder / "etc/cyrus.conf").write_text(services)

    def environ(self) -> Mapping[str, str]:
        return {"CYRUS_USER": "nobody", "CYRUS_VERBOSE": "1", "PASSWORD": PASSWORD}
