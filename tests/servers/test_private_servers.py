"""
Servers with certificates of their own, and with addresses of IPv6, as the configuration
names them.
"""

import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from mailbot.cli.check.trying import Report, check
from mailbot.transport.certificates import unverified
from mailbot.transport.lines import watched
from tests.flow.house import CONFIG
from tests.servers.certificate import Certificate, self_signed
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.smtp import SmtpSink


async def tried(folder: Path, imap: Dovecot, smtp: SmtpSink, tls: str, **more: str) -> Report:
    """
    What `check` says of the two.
    """
    environ = {
        "MAILBOT_IMAP__HOST": imap.host,
        "MAILBOT_IMAP__PORT": str(imap.tls_port if tls == "implicit" else imap.port),
        "MAILBOT_IMAP__TLS": tls,
        "MAILBOT_IMAP__PASSWORD": PASSWORD,
        "MAILBOT_SMTP__HOST": smtp.host,
        "MAILBOT_SMTP__PORT": str(smtp.port),
        "MAILBOT_SMTP__TLS": tls,
        "MAILBOT_DATABASE__URL": f"sqlite://{folder}/mailbot.sqlite3",
        "MAILBOT_SERVICE__TOKEN_KEY_FILE": str(folder / "token.key"),
    }
    return await check(CONFIG, {**environ, **more})


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("host", ["::1", "[::1]"])
async def test_servers_with_an_address_of_ipv6_and_a_private_certificate_are_met(
    tmp_path: Path, tls: Any, host: str
) -> None:
    with Dovecot(tmp_path / "dovecot", tls=True, host="::1") as imap:
        assert imap.certificate is not None
        async with SmtpSink(tls=tls, certificate=imap.certificate, host="::1") as smtp:
            found = await tried(
                *(tmp_path, imap, smtp, tls),
                MAILBOT_IMAP__HOST=host,
                MAILBOT_SMTP__HOST=host,
                MAILBOT_IMAP__CAFILE=str(imap.certificate.cert),
                MAILBOT_SMTP__CAFILE=str(imap.certificate.cert),
            )

    assert not found.problems
    assert "imap: logged in" in found.facts
    assert [each for each in found.facts if each.startswith("smtp: reached")]


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_a_private_certificate_is_told_with_the_key_that_takes_its_file(
    tmp_path: Path, tls: Any
) -> None:
    other = self_signed(tmp_path)
    with Dovecot(tmp_path / "dovecot", tls=True) as imap:
        async with SmtpSink(tls=tls, certificate=imap.certificate) as smtp:
            without = await tried(tmp_path, imap, smtp, tls)
            wrong = await tried(
                *(tmp_path, imap, smtp, tls),
                MAILBOT_IMAP__CAFILE=str(other.cert),
                MAILBOT_SMTP__CAFILE=str(other.cert),
            )

    for section, said in zip(("smtp", "imap"), without.problems, strict=True):
        assert "could not be verified: self-signed certificate; if it is a private one" in said
        assert f"name the file with its authority's certificate in [{section}] cafile" in said
    for section, said in zip(("smtp", "imap"), wrong.problems, strict=True):
        assert f"nor does [{section}] cafile (server.crt) vouch for it" in said


async def test_a_certificate_of_another_name_is_told_with_the_key_that_has_the_name(
    tmp_path: Path, own_certificate: Certificate
) -> None:
    with Dovecot(tmp_path / "dovecot", tls=True) as imap:
        async with SmtpSink(tls="implicit", certificate=own_certificate) as smtp:
            found = await tried(
                *(tmp_path, imap, smtp, "implicit"),
                MAILBOT_IMAP__CAFILE=str(imap.certificate and imap.certificate.cert),
                MAILBOT_SMTP__CAFILE=str(own_certificate.cert),
            )

    [said] = found.problems
    assert "set [smtp] host to a name that stands in the certificate" in said


@pytest.fixture
def own_certificate(tmp_path: Path) -> Certificate:
    """
    Of a server with a name that is not ours.
    """
    folder = tmp_path / "other"
    folder.mkdir()
    return self_signed(folder, "DNS:mail.example.net")


def test_a_certificate_out_of_date_is_told_so() -> None:
    fault = ssl.SSLCertVerificationError()
    fault.verify_code, fault.verify_message = 10, "certificate has expired"

    said, remedy = unverified(fault, "imap", None)

    assert said == "could not be verified: certificate has expired"
    assert remedy.startswith("have the server's certificate renewed")


def test_a_line_that_dies_in_silence_is_given_up_within_two_minutes() -> None:
    with socket.socket() as line:
        watched(line)

        def of(name: str) -> int:
            return line.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))

        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert of("TCP_KEEPIDLE") + of("TCP_KEEPINTVL") * of("TCP_KEEPCNT") < 120
        assert of("TCP_USER_TIMEOUT") < 60_000


def test_a_certificate_that_is_not_yet_valid_is_the_clocks_first() -> None:
    fault = ssl.SSLCertVerificationError()
    fault.verify_code, fault.verify_message = 9, "certificate is not yet valid"

    _, remedy = unverified(fault, "imap", None)

    assert remedy.startswith("put this machine's clock right")
