"""
Alarms on their way, to a server that takes them as a webhook does.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from mailbot import log
from mailbot.alarms.bell import Bell
from mailbot.alarms.urls import Way, ways
from mailbot.settings import ConfigurationProblems, load
from tests.servers.ports import free_port

CONFIG = Path(__file__).parents[2] / "config"
PATIENCE = 20.0


class Hook:
    """
    A webhook that remembers what it was told.
    """

    def __init__(self, port: int = 0) -> None:
        self.told: list[str] = []
        self.news = Event()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                octets = self.rfile.read(int(self.headers["Content-Length"]))
                hook.told.append(json.loads(octets)["title"])
                hook.news.set()
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", port), Handler)
        self._thread = Thread(target=self._server.serve_forever)

    @property
    def url(self) -> str:
        return f"json://user:secret@127.0.0.1:{self._server.server_port}/"

    @contextmanager
    def open(self) -> Iterator["Hook"]:
        self._thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def until(self, is_so: Callable[[], bool]) -> None:
        for _ in range(200):
            if is_so():
                return
            self.news.wait(PATIENCE / 200)
            self.news.clear()
        pytest.fail(f"it never came true: {self.told}")


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook().open() as opened:
        yield opened


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 30, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@contextmanager
def a_bell(urls: list[str], clock: Clock, after: float = 300) -> Iterator[Bell]:
    bell = Bell(ways(urls), timedelta(seconds=after), clock, firm="Infinity", host="mail1")
    bell.start()
    try:
        yield bell
    finally:
        bell.stop()


def test_an_alarm_goes_out_with_nothing_of_the_program_but_a_line_of_its_log(hook: Hook) -> None:
    with a_bell([hook.url], Clock()) as bell:
        bell.hear({"event": "alert_unheard", "level": "error", "case": "ISS-000001-95"})
        hook.until(lambda: bool(hook.told))
    assert hook.told == [
        (
            "ALARM: a message speaks of danger, and nobody who was told of it is in"
            " (mailbot, Infinity, mail1)"
        )
    ]


def test_what_lasts_is_told_when_it_begins_and_when_it_is_over(hook: Hook) -> None:
    clock = Clock()
    with a_bell([hook.url], clock, after=0) as bell:
        bell.hear({"event": "part_failed", "level": "error", "part": "imap"})
        hook.until(lambda: len(hook.told) == 1)
        bell.hear({"event": "part_recovered", "level": "info", "part": "imap"})
        hook.until(lambda: len(hook.told) == 2)
    assert [each.split(" (")[0] for each in hook.told] == [
        "ALARM: no mail is taken in",
        "Over: no mail is taken in",
    ]


def test_an_address_that_takes_nothing_holds_up_no_other_and_has_it_later(hook: Hook) -> None:
    clock, port = Clock(), free_port()
    with a_bell([f"json://127.0.0.1:{port}/", hook.url], clock) as bell:
        bell.hear({"event": "message_failed", "level": "error"})
        hook.until(lambda: len(hook.told) == 1)
        with Hook(port).open() as late:
            clock.now += timedelta(minutes=1)
            bell.hear({"event": "started", "level": "info"})
            late.until(lambda: len(late.told) == 1)
    assert len(hook.told) == 1


class Reluctant(Way):
    """
    One that takes nothing at first.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.failed, self.taken = Event(), Event()

    def tell(self, title: str, body: str) -> bool:
        is_first = not self.failed.is_set()
        (self.failed if is_first else self.taken).set()
        return not is_first


def test_a_way_that_failed_while_the_clock_was_years_ahead_is_gone_once_it_is_put_back() -> None:
    clock, way = Clock(), Reluctant("json://127.0.0.1/")
    clock.now += timedelta(days=3650)
    bell = Bell([way], timedelta(), clock, firm="Infinity", host="mail1")
    bell.start()
    bell.hear({"event": "message_failed", "level": "error"})
    assert way.failed.wait(PATIENCE)

    clock.now -= timedelta(days=3650)
    bell.hear({"event": "clock_believed", "level": "info"})

    assert way.taken.wait(PATIENCE)
    bell.stop()


def test_a_program_that_ends_says_first_why(hook: Hook) -> None:
    with a_bell([hook.url], Clock()) as bell:
        bell.hear({"event": "crashed", "level": "critical"})
    assert len(hook.told) == 1


def test_what_it_says_of_its_own_failure_is_no_alarm(
    hook: Hook, capsys: pytest.CaptureFixture[str]
) -> None:
    log.to_stdout()
    nobody = f"json://user:secret@127.0.0.1:{free_port()}/"
    with a_bell([nobody], Clock()) as bell:
        bell.hear({"event": "message_failed", "level": "error"})
    said = capsys.readouterr().out
    assert "alarm_not_sent" in said
    assert '"level": "warning"' in said
    assert "secret" not in said


def test_the_name_of_a_way_has_none_of_its_secrets() -> None:
    way = Way("json://user:secret@hooks.example.net/T0K3N?x=y")
    assert way.name == "json://hooks.example.net"
    assert "secret" not in repr(way)


@pytest.mark.parametrize(
    "url",
    [
        "opsgenie://0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f",
        "pagerduty://A1B2C3@D4E5F6",
        "tgram://123456789:AAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/12315544/",
        "nobody-knows-this://0a1b2c3d",
    ],
)
def test_a_key_that_stands_where_a_host_would_is_not_named(url: str) -> None:
    scheme, _, _ = url.partition(":")

    assert Way(url).name == f"{scheme}://…"


def test_what_is_no_address_at_all_has_a_name_without_secrets() -> None:
    assert Way("json://user:secret@[").name == "no://…"


def test_what_apprise_does_not_know_is_not_understood() -> None:
    assert [
        each.is_understood for each in ways(["carrier-pigeon://dovecote", "json://127.0.0.1/"])
    ] == [
        False,
        True,
    ]


# --- in mailbot.toml


def settings(folder: Path, words: str) -> list[str]:
    for each in CONFIG.glob("*.toml"):
        text = each.read_text().replace("urls = []", words).replace('urls_file = ""', "")
        (folder / each.name).write_text(text)
    return load(folder, {"MAILBOT_IMAP__PASSWORD": "x"}).alarm.ways


def test_addresses_come_from_the_section_and_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "urls"
    file.write_text("# the pager\njson://one/\n\njson://two/\n")
    found = settings(tmp_path, f'urls = ["json://zero/"]\nurls_file = "{file}"')
    assert found == ["json://zero/", "json://one/", "json://two/"]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationProblems, match=r"alarm\.urls_file: nowhere cannot be read"):
        settings(tmp_path, 'urls_file = "nowhere"')
