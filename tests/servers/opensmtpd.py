"""
OpenSMTPD, set up as its manual shows a server for mail clients.
"""

import subprocess

from tests.servers.unpacked import PASSWORD
from tests.servers.unpacked_relay import OWN_VAR, USER, UnpackedRelay

_CONFIGURATION = """
pki mail cert "/etc/mail.cert"
pki mail key "/etc/mail.key"
table logins file:/etc/mail.logins
table known {{ {known}@{domain} }}
smtp max-message-size {size_limit}
listen on {host} port {submission} hostname {name} tls-require pki mail auth <logins>
listen on {host} port {smtps} hostname {name} smtps pki mail auth <logins>
action onward relay host smtp://{host}:{sink_port}
match from any for domain {domain} rcpt-to <known> action onward
match from any for domain {domain} reject
match auth from any for any action onward
"""


class OpenSmtpd(UnpackedRelay):
    """
    Debian's OpenSMTPD. CannotRunHere where it cannot speak TLS.
    """

    packages = ("opensmtpd",)
    users = ("opensmtpd", "opensmtpq")
    file = "smtpd.conf"
    configuration = _CONFIGURATION
    starts_with = f"""{OWN_VAR}
install -d /var/spool /var/empty /var/lib/opensmtpd/empty
install -d -m 0711 /var/spool/smtpd
exec smtpd -d
"""

    def start(self) -> None:
        super().start()
        self.shake_hands()

    def prepare(self) -> None:
        super().prepare()
        hashed = subprocess.check_output(["openssl", "passwd", "-6", PASSWORD], text=True)
        self._write("mail.logins", f"{USER} {hashed}")


class LocalOpenSmtpd(OpenSmtpd):
    """
    As it comes: no TLS and no login, and whoever is on the machine may send to the world.
    """

    configuration = """
table known {{ {known}@{domain} }}
smtp max-message-size {size_limit}
listen on {host} port {submission} hostname {name}
action onward relay host smtp://{host}:{sink_port}
match from any for domain {domain} rcpt-to <known> action onward
match from any for domain {domain} reject
match from local for any action onward
"""

    def shake_hands(self) -> None:
        """
        There is nobody to shake hands with.
        """
