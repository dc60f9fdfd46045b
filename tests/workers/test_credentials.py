"""
What lets us in and runs out is told from thirty days before, once a day.
"""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mailbot import log
from mailbot.store.database import database
from mailbot.transport.oauth2.client import Client, Flow
from mailbot.transport.oauth2.tokens import Tokens
from mailbot.workers.credentials import Credentials
from tests.flow.house import Clock
from tests.servers.migrated import lay

LONDON = ZoneInfo("Europe/London")
CLIENT = Client(
    flow=Flow.CLIENT_CREDENTIALS,
    token_url="https://login.microsoftonline.com/tenant/oauth2/v2.0/token",
    client_id="client",
    client_secret="hunter2",
)
#: The last day of the secret, and midday of it.
END = date(2027, 3, 1)
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
NO_SPACE = "var/refresh.token cannot be written (No space left on device)"


@pytest.fixture(autouse=True)
async def _database(tmp_path: Path) -> AsyncIterator[None]:
    async with database(f"sqlite://{lay(tmp_path)}"):
        yield


@pytest.fixture
def journal() -> io.StringIO:
    written = io.StringIO()
    log.configure(written, as_json=True)
    return written


def lines(journal: io.StringIO) -> list[tuple[str, object, object]]:
    told = [json.loads(line) for line in journal.getvalue().splitlines()]
    return [(each["level"], each["reason"], each.get("days")) for each in told]


async def stepped(worker: Credentials, clock: Clock, days: int) -> None:
    """
    The worker's steps over so many days, four a day.
    """
    for _ in range(4 * days):
        await worker.step()
        clock.move(hours=6)


async def test_a_secret_is_told_daily_from_thirty_days_before_and_is_an_alarm_for_the_last_seven(
    journal: io.StringIO,
) -> None:
    clock = Clock(NOON - timedelta(days=33))
    worker = Credentials(Tokens(CLIENT), END, LONDON, clock)

    await stepped(worker, clock, 34)

    told = lines(journal)
    assert {reason for _, reason, _ in told} == {"client_secret_file"}
    assert [days for _, _, days in told] == list(range(30, -2, -1))
    assert [days for level, _, days in told if level == "error"] == list(range(7, -2, -1))
    assert "hunter2" not in journal.getvalue()


async def test_two_workers_and_a_restart_say_it_once_a_day_together(journal: io.StringIO) -> None:
    clock = Clock(NOON - timedelta(days=10))

    for _ in range(3):
        await Credentials(Tokens(CLIENT), END, LONDON, clock).step()

    assert len(lines(journal)) == 1


async def test_without_a_date_nothing_is_told(journal: io.StringIO) -> None:
    await Credentials(Tokens(CLIENT), None, LONDON, Clock(NOON)).step()

    assert lines(journal) == []


async def test_a_certificate_knows_its_own_end_and_a_new_one_is_seen_the_day_after(
    journal: io.StringIO, tmp_path: Path
) -> None:
    file = tmp_path / "mailbot.pem"
    file.write_bytes(await asyncio.to_thread(a_certificate, END))
    client = replace(CLIENT, client_secret="", certificate_file=file)
    clock = Clock(NOON - timedelta(days=20))
    worker = Credentials(Tokens(client), None, LONDON, clock)
    await stepped(worker, clock, 2)

    file.write_bytes(await asyncio.to_thread(a_certificate, END + timedelta(days=730)))
    await stepped(worker, clock, 30)

    assert lines(journal) == [
        ("warning", "certificate_file", 20),
        ("warning", "certificate_file", 19),
        ("warning", "certificate_file", 18),
    ]


async def test_a_refresh_token_that_cannot_be_kept_is_an_alarm_once_a_day_until_it_is_kept(
    journal: io.StringIO,
) -> None:
    tokens, clock = Tokens(CLIENT), Clock(NOON)
    worker = Credentials(tokens, None, LONDON, clock)

    tokens.trouble = NO_SPACE
    await stepped(worker, clock, 3)
    tokens.trouble = ""
    await stepped(worker, clock, 1)

    assert lines(journal) == [("error", NO_SPACE, None)] * 3


def a_certificate(end: date) -> bytes:
    """
    Key and certificate, which end at noon of that day.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mailbot")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime.combine(end, datetime.min.time(), UTC) + timedelta(hours=12))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem + made.public_bytes(serialization.Encoding.PEM)
