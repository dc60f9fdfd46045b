"""
A Postfix of our own, the relay that most firms have, between mailbot and a sink.

It takes mail on loopback and hands all of it to one port on loopback; it asks no
name server and knows no other way out. How it refuses is Postfix's own doing, by
its tables and its restrictions: see CONFIGURATION.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.servers.certificate import Certificate
from tests.servers.ports import LOOPBACK, free_port

PROGRAM = Path("/usr/sbin/postfix")
SECONDS_TO_START = 20.0
SIZE_LIMIT = 60_000
#: What it calls itself in its Received.
NAME = "relay.example.net"

#: Whom it refuses, and where in the conversation.
GREYLISTED = "greylisted@example.org"
REFUSED_AT_DATA = "refused.at.data@example.org"
#: In the domain whose every mailbox it knows.
KNOWN = "jane@example.com"
UNKNOWN = "moved-away@example.com"
#: A Subject that its content checks do not like, after the final dot.
SUSPICIOUS = "suspicious"

CONFIGURATION = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}
myhostname = {name}
mydestination =
inet_interfaces = {host}
inet_protocols = ipv4
alias_maps =
alias_database =
biff = no

# Nowhere but to the sink, and no name server asked.
default_transport = smtp:[{host}]:{sink_port}
relay_transport = $default_transport
disable_dns_lookups = yes
smtp_host_lookup = native
minimal_backoff_time = 1s
queue_run_delay = 1s
notify_classes =

# RFC 3463 5.1.1: only this domain's mailboxes are known to it.
relay_domains = example.com
relay_recipient_maps = regexp:{folder}/config/mailboxes
message_size_limit = {size_limit}
header_checks = regexp:{folder}/config/headers
smtpd_recipient_restrictions =
    check_recipient_access regexp:{folder}/config/recipients
    reject_unlisted_recipient
    {who}
    reject_unauth_destination
smtpd_relay_restrictions =
smtpd_data_restrictions = check_recipient_access regexp:{folder}/config/at_data
smtpd_error_sleep_time = 0
smtpd_client_restrictions = {client}
smtpd_client_message_rate_limit = {at_most}
smtpd_client_event_limit_exceptions =
mynetworks = {networks}
{login}
{tls}
"""

SERVICES = """
{host}:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
postlog unix-dgram n - n - 1 postlogd
"""

#: The ports for mail clients, as Debian's own master.cf has them (RFC 8314 §3.3).
SUBMISSION = """
{host}:{submission} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
{host}:{smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
tlsmgr unix - - n 1000? 1 tlsmgr
"""

TABLES = {
    "mailboxes": "/^jane@example\\.com$/ known\n",
    "recipients": "/^greylisted@/ 450 4.2.0 Greylisted, come again\n",
    "at_data": "/^refused\\.at\\.data@/ 554 5.7.1 Not after all\n",
    "headers": "/^Subject: .*suspicious/ REJECT looks like spam\n",
}

LOGIN = """
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth_socket}
smtpd_sasl_security_options = noanonymous
# The login stands in Received; and a test may say from where it comes (XCLIENT).
smtpd_sasl_authenticated_header = yes
# Access tokens are longer than the 2048 that are usual.
line_length_limit = 12288
smtpd_authorized_xclient_hosts = {host}
"""

TLS = """
smtpd_tls_cert_file = {cert}
smtpd_tls_key_file = {key}
smtpd_tls_auth_only = yes
"""


class Postfix:
    """
    The relay. It needs root, as any Postfix does, and what it takes goes to *sink_port*.

    With *auth_socket*, a Dovecot's, only who logs in may send to the world; with a
    *certificate* it has the ports `submission` (STARTTLS) and `smtps` besides.
    """

    host = LOOPBACK

    def __init__(
        self,
        sink_port: int,
        *,
        auth_socket: Path | None = None,
        certificate: Certificate | None = None,
    ) -> None:
        self.port = free_port()
        self.submission = free_port() if certificate else 0
        self.smtps = free_port() if certificate else 0
        self.certificate = certificate
        self.sink_port = sink_port
        self._auth_socket = auth_socket
        # Its own users have to get in, and the names of its sockets must stay short.
        self.folder = Path(tempfile.mkdtemp(prefix="postfix"))
        self._process: subprocess.Popen[bytes] | None = None
        self._networks = f"{LOOPBACK}/32"
        self._answer = ""
        self._at_most = 0

    def __enter__(self) -> Self:
        self.folder.chmod(0o755)
        for name in ("config", "queue", "data", "log"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        self._configure()
        # Makes the folders of the queue, each with its owner.
        subprocess.run(
            [PROGRAM, "-c", self.folder / "config", "check"], check=True, capture_output=True
        )
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def start(self) -> None:
        """
        Listen, on the same port as ever, with everything that is in the queue.
        """
        with (self.folder / "stderr.log").open("ab") as log:
            # The master itself, not `postfix start`: it stays our child and ends by its pid.
            self._process = subprocess.Popen(
                ["/usr/lib/postfix/sbin/master", "-c", self.folder / "config", "-d"],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_for_an_answer()

    def stop(self) -> None:
        """
        End at once, with every conversation; what it has accepted is in its queue.
        """
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=10)
            self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def deny_relaying(self) -> None:
        """
        From now on only mail to its own domain is taken: "Relay access denied".
        """
        self._networks = "192.0.2.0/24"
        self._configure_anew()

    def allow_relaying(self) -> None:
        self._networks = f"{LOOPBACK}/32"
        self._configure_anew()

    def turn_away(self, answer: str) -> None:
        """
        Answer every client so instead of serving it; "" is serving it again.
        """
        self._answer = answer
        self._configure_anew()

    def take_at_most(self, messages: int) -> None:
        """
        So many from one client in a unit of time; 0 is no limit.
        """
        self._at_most = messages
        self._configure_anew()

    @property
    def log(self) -> str:
        path = self.folder / "log" / "mail.log"
        return path.read_text() if path.exists() else ""

    def _configure_anew(self) -> None:
        self._configure()
        self.restart()

    def _configure(self) -> None:
        config = self.folder / "config"
        texts = {
            **TABLES,
            "clients": f"/./ {self._answer}\n" if self._answer else "",
            "master.cf": self._services(),
            "main.cf": CONFIGURATION.format(
                folder=self.folder,
                name=NAME,
                host=self.host,
                sink_port=self.sink_port,
                size_limit=SIZE_LIMIT,
                networks=self._networks,
                at_most=self._at_most,
                who="permit_sasl_authenticated" if self._auth_socket else "permit_mynetworks",
                client=f"check_client_access regexp:{config}/clients",
                login=self._login(),
                tls=self._tls(),
            ),
        }
        for name, text in texts.items():
            (config / name).write_text(text)

    def _login(self) -> str:
        if self._auth_socket is None:
            return ""
        return LOGIN.format(auth_socket=self._auth_socket, host=self.host)

    def _services(self) -> str:
        ours = SERVICES.format(host=self.host, port=self.port)
        if self.certificate is None:
            return ours
        return ours + SUBMISSION.format(
            host=self.host, submission=self.submission, smtps=self.smtps
        )

    def _tls(self) -> str:
        if self.certificate is None:
            return ""
        return TLS.format(cert=self.certificate.cert, key=self.certificate.key)

    def _wait_for_an_answer(self) -> None:
        assert self._process is not None
        for _ in range(int(SECONDS_TO_START * 50)):
            if self._process.poll() is not None:
                break
            try:
                with socket.create_connection((self.host, self.port), timeout=10) as line:
                    if line.recv(3) in {b"220", b"421", b"450", b"554"}:
                        return
            except ConnectionError:
                pass
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=0.02)
        said = (self.folder / "stderr.log").read_text()
        raise RuntimeError(f"Postfix does not answer:\n{said}\n{self.log}")
