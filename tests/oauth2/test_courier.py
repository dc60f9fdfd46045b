"""
A courier that logs in by tokens leaves nothing behind, and keeps the token to itself.
"""

import asyncio
import base64
import threading

import pytest

from mailbot.mail.outcome import Sent
from mailbot.transport.oauth2.tokens import Tokens
from mailbot.transport.smtp import Courier
from mailbot.transport.smtp_session import SmtpAccount, SmtpFault
from tests.oauth2.clients import Asked, a_client, a_token
from tests.servers.smtp import SmtpSink

CONTENT = b"From: <service@example.com>\r\nSubject: x\r\n\r\nx\r\n"
TOKEN = "EwB4A8l6BAAU" * 3


def a_courier(sink: SmtpSink) -> Courier:
    return Courier(
        SmtpAccount(
            host=sink.host,
            port=sink.port,
            tls="none",
            username="service",
            tokens=Tokens(a_client(), ask=Asked([a_token(TOKEN)])),
            sender="service@example.com",
        )
    )


async def test_a_courier_that_is_closed_leaves_neither_thread_nor_line(sink: SmtpSink) -> None:
    sink.takes_token = TOKEN.__eq__
    before = threading.active_count()
    courier = a_courier(sink)
    for _ in range(3):
        assert isinstance(await courier.deliver(CONTENT, "jane@example.com"), Sent)
        await courier.close()

    async with asyncio.timeout(20):
        while threading.active_count() > before or sink.open_connections:
            await asyncio.sleep(0.01)
    assert sink.logins == [("service", TOKEN)] * 3


async def test_a_server_that_repeats_what_it_was_told_gives_no_token_away(sink: SmtpSink) -> None:
    sink.takes_token = TOKEN.__eq__
    said = base64.b64encode(f"user=service\x01auth=Bearer {TOKEN}\x01\x01".encode()).decode()
    sink.answer("AUTH", f"500 5.5.1 unknown command: AUTH XOAUTH2 {said} ({TOKEN})")

    with pytest.raises(SmtpFault) as fault:
        await a_courier(sink).connect()

    told = f"{fault.value} {fault.value.phrase} {fault.value.detail} {fault.value.outcome}"
    assert "500 5.5.1" in told
    assert said not in told
    assert TOKEN not in told
