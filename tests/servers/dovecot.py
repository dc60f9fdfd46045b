"""
A Dovecot of our own: any user name is a fresh mailbox, its password is `secret`.

It runs as root or as anybody. Mail is delivered straight into the Maildir, with the
time of receipt as the file's time: Dovecot turns a future date in APPEND into now.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Self

from imapclient import IMAPClient

from tests.servers.certificate import Certificate, self_signed
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.processes import children, named

PROGRAM = Path("/usr/sbin/dovecot")
PASSWORD = "secret"
SECONDS_TO_START = 10.0

#: Whom it asks about an access token (RFC 7662).
TOKENS = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf.ext
}}
"""
INTROSPECTION = """
introspection_url = {base}/introspect
introspection_mode = post
username_attribute = username
active_attribute = active
active_value = true
"""

#: Who owns the mail when root runs the server: Dovecot refuses mail of root's.
NOBODY = 65534

CONFIGURATION = """
base_dir = {run}
state_dir = {run}
log_path = {folder}/dovecot.log
protocols = imap
listen = {host}
default_login_user = {login_user}
default_internal_user = {internal_user}
default_internal_group = {internal_group}
mail_home = {folder}/users/%u
mail_location = maildir:~/Maildir
mail_fsync = never
first_valid_uid = 1
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
auth_cache_size = 0
disable_plaintext_auth = no
mail_max_userip_connections = 1000
{capability}
{tls}
namespace inbox {{
  inbox = yes
  separator = /
}}
{more}
{tokens}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/users/%u allow_all_users=yes
}}
service anvil {{
  chroot =
  # No penalty for the test after the one whose login fails.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service auth {{
  # Where a Postfix beside it asks whether a login is right.
  unix_listener auth-for-smtp {{
    mode = 0666
  }}
}}
service imap-login {{
  chroot =
  # One process for all logins: it is there when the next test comes.
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""


class Dovecot:
    """
    The server. `port` speaks plainly (and STARTTLS with *tls*), `tls_port` only TLS.

    *capability* replaces what it says it can do, for servers that can less; *more* is
    further configuration. *tokens_from* is the address of a token endpoint that it asks about
    access tokens; *mechanisms* then are those that it offers.
    """

    def __init__(
        self,
        folder: Path,
        *,
        tls: bool = False,
        capability: str = "",
        more: str = "",
        host: str = LOOPBACK,
        tokens_from: str = "",
        mechanisms: str = "",
    ) -> None:
        self.folder = folder.resolve()
        self.host = host
        self.port = free_port()
        self.tls_port = free_port() if tls else 0
        self.certificate: Certificate | None = None
        self._has_tls = tls
        self._capability = capability
        self._more = more
        self._tokens_from = tokens_from
        self._mechanisms = mechanisms or "xoauth2 oauthbearer"
        self._process: subprocess.Popen[bytes] | None = None
        self._is_root = os.geteuid() == 0
        self.owner = (NOBODY, NOBODY) if self._is_root else (os.geteuid(), os.getegid())
        # Unix sockets live here, and their names must stay short.
        self._run = Path()

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._is_root:
            _open_the_way_to(self.folder)
        if self._has_tls:
            self.certificate = self_signed(self.folder)
        (self.folder / "users").mkdir(exist_ok=True)
        os.chown(self.folder / "users", *self.owner)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """
        Listen again, on the same port as ever. The sockets are new ones: the old
        server's processes may take a moment to die.
        """
        self._run = Path(tempfile.mkdtemp(prefix="dovecot"))
        self._run.chmod(0o755)
        (self.folder / "dovecot.conf").write_text(self._configuration())
        with (self.folder / "stderr.log").open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "-F", "-c", self.folder / "dovecot.conf"],
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        _wait_for_greeting(self.host, self.port, self._process, self.folder)

    def stop(self) -> None:
        """
        End at once, with every conversation: a clean stop takes Dovecot a second,
        and even then a session may live on to answer one more command.
        """
        if self._process is not None:
            with suppress(ProcessLookupError):  # it may have failed to start
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=10)
            self._process = None
            shutil.rmtree(self._run, ignore_errors=True)

    def kill_a_session(self, choose: Callable[[Sequence[int]], int]) -> bool:
        """
        End one client's session alone; False if there is none.
        """
        assert self._process is not None
        sessions = [each for each in children(self._process.pid) if named(each) == "imap"]
        with suppress(IndexError, ProcessLookupError):
            os.kill(choose(sessions), signal.SIGKILL)
            return True
        return False

    def restart(self) -> None:
        self.stop()
        self.start()

    @property
    def auth_socket(self) -> Path:
        """
        Where an SMTP server asks whether a login is right.
        """
        return self._run / "auth-for-smtp"

    def mailbox(self, username: str = "service") -> "Mailbox":
        return Mailbox(self, username)

    def deliver(self, content: bytes, at: datetime | None = None, folder: str = "INBOX") -> None:
        self.mailbox().deliver(content, at, folder)

    def imap(self) -> Any:
        return self.mailbox().imap()

    def messages(self, folder: str = "INBOX") -> list[bytes]:
        return self.mailbox().messages(folder)

    def count(self, folder: str = "INBOX") -> int:
        return self.mailbox().count(folder)

    def reset_uid_validity(self) -> None:
        self.mailbox().reset_uid_validity()

    def _configuration(self) -> str:
        me = subprocess.check_output(["/usr/bin/id", "-un"], text=True).strip()
        my_group = subprocess.check_output(["/usr/bin/id", "-gn"], text=True).strip()
        tls = "ssl = no"
        if self.certificate is not None:
            tls = (
                f"ssl = yes\nssl_cert = <{self.certificate.cert}\nssl_key = <{self.certificate.key}"
            )
        tokens, mechanisms = "", "plain login"
        if self._tokens_from:
            tokens = TOKENS.format(folder=self.folder)
            mechanisms = f"plain {self._mechanisms}"
            asked = INTROSPECTION.format(base=self._tokens_from)
            (self.folder / "oauth2.conf.ext").write_text(asked)
        return CONFIGURATION.format(
            tokens=tokens,
            mechanisms=mechanisms,
            run=self._run,
            folder=self.folder,
            host=self.host,
            port=self.port,
            tls_port=self.tls_port,
            login_user="dovenull" if self._is_root else me,
            internal_user="dovecot" if self._is_root else me,
            internal_group="dovecot" if self._is_root else my_group,
            uid=self.owner[0],
            gid=self.owner[1],
            password=PASSWORD,
            capability=f"imap_capability = {self._capability}" if self._capability else "",
            more=self._more,
            tls=tls,
        )


@dataclass(frozen=True)
class Mailbox:
    """
    One user of the server, as a postman and as a reader.
    """

    server: Dovecot
    username: str
    password: str = PASSWORD

    @property
    def host(self) -> str:
        return self.server.host

    @property
    def port(self) -> int:
        return self.server.port

    def deliver(self, content: bytes, at: datetime | None = None, folder: str = "INBOX") -> None:
        """
        Put a message there, received *at* that instant (INTERNALDATE) or now.
        """
        maildir = self._maildir(folder)
        name = f"{next(_NUMBERS):012}.P{os.getpid()}.mailbot"
        path = maildir / "tmp" / name
        path.write_bytes(content)
        if self.server.owner[0] != os.geteuid():
            os.chown(path, *self.server.owner)
        if at is not None:
            os.utime(path, (at.timestamp(), at.timestamp()))
        path.rename(maildir / "new" / name)

    @contextmanager
    def imap(self) -> Iterator[Any]:
        """
        A logged-in client of the test's own.
        """
        client = IMAPClient(self.host, self.port, ssl=False, timeout=10)
        client.normalise_times = False
        try:
            client.login(self.username, self.password)
            yield client
        finally:
            client.logout()

    def messages(self, folder: str = "INBOX") -> list[bytes]:
        """
        What lies there, oldest UID first; looking changes nothing.
        """
        with self.imap() as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
            return [found[uid][b"BODY[]"] for uid in sorted(found)]

    def count(self, folder: str = "INBOX") -> int:
        """
        How many lie there, by the files.
        """
        return len(self.files(folder))

    def files(self, folder: str = "INBOX") -> list[Path]:
        path = self._path(folder)
        return [each for part in ("new", "cur") for each in (path / part).glob("*")]

    def reset_uid_validity(self, folder: str = "INBOX") -> None:
        """
        What a restored backup does: every message has another UID in another epoch.
        """
        with self.imap() as client:
            old = client.select_folder(folder, readonly=True)[b"UIDVALIDITY"]
        self.server.stop()
        path = self._path(folder)
        for each in (*path.glob("dovecot*"), *path.glob("dovecot-uidvalidity*")):
            each.unlink(missing_ok=True)
        uids = path / "dovecot-uidlist"
        uids.write_text(f"3 V{old + 1000} N101 G{secrets.token_hex(16)}\n")
        os.chown(uids, *self.server.owner)
        self.server.start()

    def _path(self, folder: str) -> Path:
        home = self.server.folder / "users" / self.username / "Maildir"
        return home if folder == "INBOX" else home / ("." + folder.replace("/", "."))

    def _maildir(self, folder: str) -> Path:
        """
        The folder's files, made as Dovecot would make them.
        """
        path = self._path(folder)
        if not (path / "new").is_dir():
            home = self.server.folder / "users" / self.username
            missing = [path / part for part in ("tmp", "new", "cur")]
            for each in (home, home / "Maildir", path, *missing):
                each.mkdir(exist_ok=True)
                os.chown(each, *self.server.owner)
        return path


#: Dovecot gives UIDs in the order of the names that it finds.
_NUMBERS = count(1)


def _open_the_way_to(folder: Path) -> None:
    """
    Let the mail's owner pass through folders that were made for root alone.
    """
    temporary = Path(tempfile.gettempdir()).resolve()
    for each in (folder, *folder.parents):
        if each == temporary or temporary not in each.parents:
            break
        each.chmod(each.stat().st_mode | 0o711)


def _wait_for_greeting(
    host: str, port: int, process: subprocess.Popen[bytes], folder: Path
) -> None:
    for _ in range(int(SECONDS_TO_START * 50)):
        if process.poll() is not None:
            break
        try:
            with socket.create_connection((host, port), timeout=SECONDS_TO_START) as line:
                if line.recv(4) == b"* OK":
                    return
        except ConnectionError:
            pass
        try:
            process.wait(timeout=0.02)
        except subprocess.TimeoutExpired:
            continue
    said = "\n".join(
        path.read_text()
        for path in (folder / "stderr.log", folder / "dovecot.log")
        if path.exists()
    )
    raise RuntimeError(f"Dovecot does not answer:\n{said}")
