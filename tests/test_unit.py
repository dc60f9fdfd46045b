"""
The unit for systemd is one that systemd understands as a whole, and that gives little away.
"""

import asyncio
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mailbot.mail.reading.confined import MOST_MEMORY
from mailbot.systemd import Supervisor
from tests.conftest import missing

UNIT = Path(__file__).parents[1] / "config" / "mailbot@.service"
#: Of ten, which is a service that may do everything; `systemd-analyze security` calls 2 "OK".
MOST_EXPOSED = 2.0


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """
    The unit, with a program that is there.
    """
    if not shutil.which("systemd-analyze"):
        missing("systemd-analyze")
    there = tmp_path / UNIT.name
    there.write_text(UNIT.read_text().replace("/opt/mailbot/bin/mailbot", sys.executable))
    return there


def analyzed(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, check=False
    )


def about_ours(said: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in (said.stdout + said.stderr).splitlines() if "mailbot@" in line]


def test_systemd_understands_every_line_of_the_unit(unit: Path) -> None:
    # By the name of an instance: what %i stands for is looked at as well.
    instance = unit.with_name("mailbot@infinity.service")
    instance.symlink_to(unit)

    assert about_ours(analyzed("verify", str(instance))) == []

    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSistem=strict"))
    assert any("ProtectSistem" in line for line in about_ours(analyzed("verify", str(instance))))


def test_the_worker_may_do_little_besides_its_work(unit: Path) -> None:
    said = analyzed("security", "--offline=true", "--no-pager", str(unit)).stdout

    told = re.search(r"Overall exposure level[^:]*: ([\d.]+)", said)
    assert told, said
    assert float(told[1]) < MOST_EXPOSED


def test_the_reader_of_a_heavy_message_fits_beside_the_worker() -> None:
    told = re.search(r"^MemoryMax=(\d+)G$", UNIT.read_text(), re.MULTILINE)

    assert told
    assert int(told[1]) * 1024**3 >= 2 * MOST_MEMORY
    assert "OOMPolicy=continue" in UNIT.read_text().splitlines()


async def test_the_unit_waits_for_the_workers_own_word_and_for_signs_of_life(
    tmp_path: Path,
) -> None:
    lines = UNIT.read_text().splitlines()
    told = re.search(r"^WatchdogSec=(\d+)min$", UNIT.read_text(), re.MULTILINE)
    assert {"Type=notify", "NotifyAccess=main", "TimeoutStartSec=infinity"} <= set(lines)
    assert told

    # As systemd hands it over, in microseconds.
    given = {
        "NOTIFY_SOCKET": str(tmp_path / "notify"),
        "WATCHDOG_USEC": str(int(told[1]) * 60 * 1_000_000),
    }
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(given["NOTIFY_SOCKET"])
        feeding = asyncio.create_task(Supervisor(given).keep_alive())
        await asyncio.sleep(0)
        feeding.cancel()
        assert systemd.recv(100) == b"WATCHDOG=1"
