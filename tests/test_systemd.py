"""
What systemd hears of us, by a socket as it gives one.
"""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from mailbot import rounds
from mailbot.service import Service
from mailbot.store.database import DatabaseAway
from mailbot.systemd import READY, Supervisor


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
        ours.bind(str(tmp_path / "notify"))
        ours.setblocking(False)
        yield ours


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {"NOTIFY_SOCKET": str(tmp_path / "notify"), **more}


def heard(ours: socket.socket) -> list[str]:
    found = []
    with suppress(BlockingIOError):
        while True:
            found.append(ours.recv(4096).decode())
    return found


def test_what_is_said_arrives_and_a_status_once(tmp_path: Path, listening: socket.socket) -> None:
    supervisor = Supervisor(environment(tmp_path))
    supervisor.say(READY)
    supervisor.show("at work")
    supervisor.show("at work")
    supervisor.show("smtp: refused")

    assert heard(listening) == ["READY=1", "STATUS=at work", "STATUS=smtp: refused"]


def test_an_address_without_a_file_is_understood() -> None:
    name = f"@mailbot-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
        ours.bind(f"\0{name[1:]}")
        ours.setblocking(False)
        Supervisor({"NOTIFY_SOCKET": name}).say(READY)

        assert heard(ours) == ["READY=1"]


def test_nobody_who_listens_is_nobody_to_wait_for(tmp_path: Path) -> None:
    Supervisor({}).say(READY)
    Supervisor(environment(tmp_path)).say(READY)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(str(tmp_path / "notify"))
        for _ in range(5000):
            Supervisor(environment(tmp_path)).say("STATUS=" + "x" * 4000)


async def test_the_watchdog_is_fed_while_the_loop_turns_and_starves_when_it_does_not(
    tmp_path: Path, listening: socket.socket
) -> None:
    supervisor = Supervisor(environment(tmp_path, WATCHDOG_USEC="60000"))
    feeding = asyncio.create_task(supervisor.keep_alive())
    async with asyncio.timeout(60):
        fed: list[str] = []
        while len(fed) < 3:
            await asyncio.sleep(0.01)
            fed += heard(listening)
    # The loop is held up for as long as this waits.
    listening.settimeout(0.3)
    with pytest.raises(TimeoutError):
        listening.recv(4096)
    feeding.cancel()

    assert set(fed) == {"WATCHDOG=1"}


@pytest.mark.parametrize("more", [{}, {"WATCHDOG_USEC": "60000", "WATCHDOG_PID": "1"}])
async def test_a_watchdog_that_is_not_ours_is_not_fed(
    tmp_path: Path, listening: socket.socket, more: dict[str, str]
) -> None:
    await Supervisor(environment(tmp_path, **more)).keep_alive()

    assert heard(listening) == []


async def test_a_start_that_waits_for_the_database_is_seen_to_wait(
    tmp_path: Path, listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))

    @asynccontextmanager
    async def away() -> AsyncIterator[Service]:
        os.kill(os.getpid(), signal.SIGTERM)
        raise DatabaseAway("nobody answers there")
        yield

    async with asyncio.timeout(20):
        await rounds.run_when_there_is_a_database(away)

    assert heard(listening) == ["STATUS=waits to start: nobody answers there"]
