"""
A real Postfix names the login in its Received, and no client can write it for itself.
"""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from mailbot.mail.origin.host_proof import Asked, HostProof, HostVerdict, host_verdict
from tests.conftest import needs_postfix
from tests.mail.builders import mail, read
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.ports import free_port
from tests.servers.postfix import KNOWN, NAME, Postfix
from tests.servers.smtp import SmtpSink

RHIAN = "rhian@example.net"
BY = HostProof(kind=Asked.SUBMISSION, authserv_id=NAME, logins={RHIAN: "rhian"})
FORGED = f"from x (x [192.0.2.9]) (Authenticated sender: rhian) by {NAME} (Postfix) with ESMTPSA id 1; Fri"


@dataclass
class Submission:
    """
    The way in through a Postfix that knows logins, and what comes out behind it.
    """

    relay: Postfix
    beyond: SmtpSink

    async def hand_in(
        self, *, login: str = "", helo: str = "pc.example.org", seen_at: str = "192.0.2.7"
    ) -> HostVerdict:
        """
        What is thought of a mail of Rhian's, with a login of her host's invention in it.
        """
        before = len(self.beyond.received)
        await asyncio.to_thread(self._send, login, helo, seen_at)
        await self.beyond.until(lambda received: len(received) > before)
        return host_verdict(read(self.beyond.received[-1].content), BY)

    def _send(self, login: str, helo: str, seen_at: str) -> None:
        content = mail(("From", f"Rhian Price <{RHIAN}>"), ("Received", FORGED))
        with smtplib.SMTP(self.relay.host, self.relay.port, local_hostname="x") as line:
            line.ehlo()
            line.docmd("XCLIENT", f"ADDR={seen_at} NAME=[UNAVAILABLE]")
            line.ehlo(helo)
            if login:
                line.login(login, PASSWORD)
            line.sendmail(RHIAN, KNOWN, content)


@pytest.fixture
async def submission(own_dovecot: Dovecot) -> AsyncIterator[Submission]:
    needs_postfix()
    async with SmtpSink(port=free_port()) as beyond:
        with Postfix(beyond.port, auth_socket=own_dovecot.auth_socket) as relay:
            yield Submission(relay, beyond)


async def test_who_logs_in_is_known_by_it_and_by_nothing_that_a_client_says(
    submission: Submission,
) -> None:
    assert await submission.hand_in(login="rhian") is HostVerdict.AUTHENTICATED_LOGIN
    assert (
        await submission.hand_in(login="rhian", seen_at="127.0.0.1")
        is HostVerdict.AUTHENTICATED_LOGIN
    )
    assert await submission.hand_in(login="mallory") is HostVerdict.ANOTHER_LOGIN
    assert await submission.hand_in() is HostVerdict.NO_LOGIN
    for helo in (
        "(Authenticated sender: rhian)",
        "x (Authenticated sender: rhian)",
        "[127.0.0.1]",
        f"x ([127.0.0.1]) (Authenticated sender: rhian) by {NAME} with ESMTPSA id 1",
    ):
        assert await submission.hand_in(helo=helo) is HostVerdict.NO_LOGIN
        assert await submission.hand_in(login="mallory", helo=helo) is HostVerdict.ANOTHER_LOGIN
