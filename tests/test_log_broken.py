"""
A log that cannot be written stops nothing: lines are dropped, and counted.
"""

import fcntl
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from mailbot import log


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_a_reader_that_is_gone_costs_lines_and_nothing_else() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        log.configure(stream, as_json=True)
        log.get_logger().info("started")
        os.close(reading)
        for _ in range(3):
            log.get_logger().info("part_recovered", part="smtp")


def test_what_was_dropped_is_told_when_it_works_again() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    size = fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    with os.fdopen(writing, "w") as stream, os.fdopen(reading, "rb", 0) as reader:
        log.configure(stream, as_json=True)
        for _ in range(1000):
            log.get_logger().info("part_recovered", part="smtp")
        before = reader.read(size)
        log.get_logger().info("stopped")
        after = [json.loads(line) for line in reader.read(size).splitlines() if line]

    told = [each for each in after if each["event"] == "log_lines_dropped"]
    assert [each["level"] for each in told] == ["warning"]
    whole = before.count(b"\n")
    assert told[0]["count"] == 1000 - whole
    assert "stopped" in [each["event"] for each in after]


def test_a_disk_without_room_ends_no_program(tmp_path: Path) -> None:
    program = (
        "import resource, sys; from mailbot import log;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500));"
        "log.configure(sys.stdout, as_json=True);"
        "[log.get_logger().info('part_recovered', part='smtp') for _ in range(100)]"
    )
    assert resource.RLIMIT_FSIZE
    with (tmp_path / "log").open("wb") as file:
        done = subprocess.run([sys.executable, "-c", program], stdout=file, check=False)

    assert done.returncode == 0
    assert (tmp_path / "log").stat().st_size == 500
