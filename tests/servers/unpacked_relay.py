"""
A relay out of unpacked packages, between mailbot and a sink: `submission` and `smtps` are its
ports for mail clients (RFC 8314 §3.3), and whoever logs in as `service` may send to the world.
"""

import shutil
import socket
import ssl
from pathlib import Path
from typing import ClassVar

from tests.servers.certificate import self_signed
from tests.servers.ports import free_port
from tests.servers.postfix import KNOWN, NAME, SIZE_LIMIT
from tests.servers.unpacked import PASSWORD, SECONDS_TO_START, CannotRunHere, Unpacked

USER = "service"

#: Queue, databases and logs: they outlive a restart, and are not this machine's.
OWN_VAR = """
mount --bind $VAR /var
ln -sfn /run /var/run
"""


class UnpackedRelay(Unpacked):
    """
    What it takes goes to *sink_port*. It knows every mailbox of one domain, as Postfix here does.
    """

    greeting = b"220"
    #: What its own configuration looks like, and where that lies below /etc.
    configuration: ClassVar[str]
    file: ClassVar[str]

    def __init__(self, folder: Path, unpacked_in: Path, sink_port: int) -> None:
        super().__init__(folder, unpacked_in)
        self.sink_port = sink_port
        self.submission = self.port
        self.smtps = free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificate = self_signed(self.folder)

    def prepare(self) -> None:
        (self.folder / "var").mkdir(exist_ok=True)
        self._write(
            self.file,
            self.configuration.format(
                name=NAME,
                host=self.host,
                submission=self.submission,
                smtps=self.smtps,
                sink_port=self.sink_port,
                size_limit=SIZE_LIMIT,
                known=KNOWN.partition("@")[0],
                domain=KNOWN.partition("@")[2],
                user=USER,
                password=PASSWORD,
            ),
        )
        shutil.copy(self.certificate.cert, self.folder / "etc/mail.cert")
        shutil.copy(self.certificate.key, self.folder / "etc/mail.key")

    def shake_hands(self) -> None:
        """
        CannotRunHere where it says that it speaks TLS and does not: OpenSMTPD before 7 cannot
        where OpenSSL is 3.
        """
        trusting = ssl.create_default_context(cafile=str(self.certificate.cert))
        with socket.create_connection((self.host, self.smtps), SECONDS_TO_START) as line:
            try:
                trusting.wrap_socket(line, server_hostname=self.host).close()
            except ssl.SSLError as fault:
                self.stop()
                raise CannotRunHere(f"it cannot speak TLS: {fault.reason}") from fault

    def environ(self) -> dict[str, str]:
        return {"VAR": str(self.folder / "var")}

    def _write(self, file: str, text: str) -> None:
        path = self.folder / "etc" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
