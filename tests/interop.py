"""
Whether mailbot works with the IMAP servers that firms run, as Debian brings them.

    python -m tests.interop [NAME ...] [--keep FOLDER] [--json FILE]

Each server is started on loopback, with a mailbox that nobody used before, and mailbot runs
beside it as it would at a firm: as processes, by the real clock. Prints a table of what went
well, and of what did not and why; a server that cannot be had here is left out by name. Exit
status 1 if anything did not go well. The suite does not run it.

Cyrus and Courier are fetched as packages and not installed: see tests/servers/unpacked.py.
--keep keeps what was fetched, for the next time.
"""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from imapclient import IMAPClient
from rich.console import Console
from rich.table import Table

from tests.flow.house import (
    Mail,
    an_answer,
    id_of,
    process_environ,
    reply_address,
    template_of,
    text_of,
)
from tests.servers import dovecot
from tests.servers.courier import Courier
from tests.servers.cyrus import Cyrus
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.smtp import Received, SmtpSink
from tests.servers.unpacked import CannotRunHere

ROOT = Path(__file__).parents[1]
USER = "service"
#: Seconds for whatever has to happen; a server without IDLE is looked at every POLL.
PATIENCE = 60.0
POLL = 10
#: Sooner than that is by the server's own word.
TOLD = POLL / 2

_PREFIXED = """
namespace inbox {
  separator = .
  prefix = INBOX.
}
"""


class Server(Protocol):
    folder: Path
    host: str
    port: int

    def restart(self) -> None: ...


Start = Callable[[Path, Path], AbstractContextManager[Server]]


def _a_dovecot(folder: Path, _: Path, more: str = "") -> Dovecot:
    if not dovecot.PROGRAM.exists():
        raise CannotRunHere("Dovecot is not installed")
    return Dovecot(folder, more=more)


def _a_cyrus(folder: Path, kept: Path, **more: str) -> Cyrus:
    return Cyrus(folder, kept / "cyrus", more)


def _a_courier(folder: Path, kept: Path) -> Courier:
    return Courier(folder, kept / "courier")


SERVERS: dict[str, Start] = {
    "dovecot": _a_dovecot,
    "dovecot-inbox": partial(_a_dovecot, more=_PREFIXED),
    "cyrus": _a_cyrus,
    "cyrus-altnamespace": partial(_a_cyrus, altnamespace="yes", unixhierarchysep="yes"),
    "courier": _a_courier,
}


class Failed(Exception):  # noqa: N818 - a step that failed
    """
    A step did not end as it should; str() says how.
    """


@dataclass
class Firm:
    """
    A mailbox on the server, mailbot beside it, and all that it sends.
    """

    server: Server
    sink: SmtpSink
    folder: Path
    process: asyncio.subprocess.Process | None = None
    #: References by who complained.
    cases: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def imap(self) -> Iterator[Any]:
        client = IMAPClient(self.server.host, self.server.port, ssl=False, timeout=20)
        try:
            client.login(USER, PASSWORD)
            yield client
        finally:
            client.logout()

    def deliver(self, mail: Mail) -> None:
        with self.imap() as client:
            client.append("INBOX", bytes(mail), (), datetime.now(UTC))

    def folders(self) -> dict[str, list[bytes]]:
        """
        All folders, with what lies in them.
        """
        found: dict[str, list[bytes]] = {}
        with self.imap() as client:
            for flags, _, name in client.list_folders():
                if {b"\\noselect", b"\\nonexistent"} & {each.lower() for each in flags}:
                    continue
                client.select_folder(name, readonly=True)
                answers = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
                found[name] = [each[b"BODY[]"] for each in answers.values()]
        return found

    def holding(self, configured: str) -> list[bytes]:
        """
        What lies in the folder that the configuration calls so, wherever it was made.
        """
        return [
            each
            for name, contents in self.folders().items()
            if name in (configured, f"INBOX.{configured}")
            for each in contents
        ]

    def sent(self, template: str, to: str) -> list[Received]:
        return [each for each in self.sink.to(to) if template_of(each) == template]

    async def mailbot(self, *words: str, **more: str) -> asyncio.subprocess.Process:
        servers = {
            "MAILBOT_IMAP__PORT": str(self.server.port),
            "MAILBOT_IMAP__USERNAME": USER,
            "MAILBOT_IMAP__PASSWORD": PASSWORD,
            "MAILBOT_IMAP__SENT_FOLDER": "Sent",
            "MAILBOT_IMAP__POLL_EVERY": f"{POLL}s",
            "MAILBOT_SMTP__PORT": str(self.sink.port),
        }
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mailbot", *words),
            cwd=ROOT,
            env=process_environ(self.folder, **{**servers, **more}),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if words[0] != "run" else self.log.open("ab"),
            stderr=asyncio.subprocess.STDOUT,
        )

    async def said(self, *words: str, **more: str) -> tuple[int, str]:
        """
        The exit status of a command, and what it printed.
        """
        process = await self.mailbot(*words, **more)
        output, _ = await process.communicate()
        return process.returncode or 0, output.decode(errors="replace")

    @property
    def log(self) -> Path:
        return self.folder / "mailbot.log"

    def logged(self) -> list[dict[str, Any]]:
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    async def stop(self) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self.process.wait(), PATIENCE)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()
        return self.process.returncode or 0


async def until(what: str, is_so: Callable[[], bool], patience: float = PATIENCE) -> float:
    """
    The seconds until it was so.
    """
    began = time.monotonic()
    while not await asyncio.to_thread(is_so):
        if time.monotonic() - began > patience:
            raise Failed(f"no {what} within {patience:g} s")
        await asyncio.sleep(0.1)
    return time.monotonic() - began


def complaint(name: str, **fields: Any) -> Mail:
    now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    given = {"sender": f"{name.title()} <{name}@example.com>", "date": now}
    return Mail(**(given | {"message_id": f"{name}@example.com"} | fields))


async def checked(firm: Firm) -> str:
    """
    `mailbot check` says ready before the first start, and leaves no folder behind.
    """
    return await _check(firm)


async def _check(firm: Firm, **more: str) -> str:
    before = set(firm.folders())
    status, said = await firm.said("check", **more)
    if status != 0 or "ready to run" not in said:
        problems = " ".join(said.split()).partition("problem: ")[2]
        raise Failed(problems or f"exit status {status}")
    if left := set(firm.folders()) - before:
        raise Failed(f"left behind: {', '.join(sorted(left))}")
    return "ready"


async def other_names(firm: Firm) -> str:
    """
    Folders on levels, in other alphabets, and as the server itself would call them.
    """
    with firm.imap() as client:
        [(prefix, separator), *_] = client.namespace().personal
    for processed, sent in (
        ("Complaints/Dealt with", "Gesendet/Über"),
        (f"{prefix}Erledigt{separator}2026", "Отправленные"),
    ):
        await _check(firm, MAILBOT_IMAP__PROCESSED_FOLDER=processed, MAILBOT_IMAP__SENT_FOLDER=sent)
    return "ready"


async def taken_in(firm: Firm) -> str:
    """
    What waited before the start is taken in, and answered.
    """
    names = ("ada", "bob", "cyd", "dan")
    for name in names:
        await asyncio.to_thread(firm.deliver, complaint(name))
    firm.process = await firm.mailbot("run")
    for name in names:
        await _acknowledged(firm, name)
    return f"{len(names)} answered"


async def _acknowledged(firm: Firm, name: str) -> float:
    address = f"{name}@example.com"
    took = await until(
        f"acknowledgement of {name}'s", lambda: bool(firm.sent("acknowledgement", address))
    )
    [letter] = firm.sent("acknowledgement", address)
    case = message_case(letter)
    if case in firm.cases.values():
        raise Failed(f"{name}'s complaint was put into somebody's case")
    firm.cases[name] = case
    return took


def message_case(letter: Received) -> str:
    line = next(each for each in letter.content.splitlines() if b"X-Mailbot-Case:" in each)
    return line.partition(b":")[2].strip().decode()


async def told(firm: Firm) -> str:
    """
    The server says that mail has come, or it is found at the next look.
    """
    # It has to rest first.
    await asyncio.sleep(2)
    await asyncio.to_thread(firm.deliver, complaint("eve"))
    took = await _acknowledged(firm, "eve")
    if took > POLL + TOLD:
        raise Failed(f"after {took:.0f} s, later than it looks by itself")
    return f"{'IDLE' if took < TOLD else 'next look'}, {took:.1f} s"


async def relayed(firm: Firm) -> str:
    """
    A handler's plain answer goes to the customer.
    """
    await until("assignment", lambda: any(_assignments(firm, "ada")))
    [assignment] = _assignments(firm, "ada")
    handler = assignment.rcpt_to[0]
    answer = an_answer(
        assignment, "Dear Ada,\nyour line is mended.", sender=f"A handler <{handler}>"
    )
    await asyncio.to_thread(firm.deliver, answer)
    await until("relayed answer", lambda: bool(firm.sent("handler-reply", "ada@example.com")))
    [relay] = firm.sent("handler-reply", "ada@example.com")
    if "your line is mended" not in text_of(relay):
        raise Failed("the handler's words are not in it")
    return "to the customer"


def _assignments(firm: Firm, name: str) -> list[Received]:
    return [
        each
        for each in firm.sink.received
        if template_of(each) == "assignment" and message_case(each) == firm.cases[name]
    ]


async def threaded(firm: Firm) -> str:
    """
    A reply that has nothing of ours but the address it goes to joins its case.
    """
    [letter] = firm.sent("acknowledgement", "bob@example.com")
    reply = complaint(
        "bob",
        to=reply_address(letter),
        subject="one more thing",
        text="It is dead again.",
        message_id="again@example.com",
    )
    before = len(firm.sent("acknowledgement", "bob@example.com"))
    await asyncio.to_thread(firm.deliver, reply)

    def is_passed_on() -> bool:
        return any(
            template_of(each) == "customer-reply" and message_case(each) == firm.cases["bob"]
            for each in firm.sink.received
        )

    await until("word of it to the handler", is_passed_on)
    if len(firm.sent("acknowledgement", "bob@example.com")) != before:
        raise Failed("it was acknowledged as a new complaint")
    return "by its reply address"


async def restarted(firm: Firm) -> str:
    """
    The server goes and comes back while mailbot runs.
    """
    await asyncio.to_thread(firm.server.restart)
    await asyncio.to_thread(firm.deliver, complaint("fay"))
    took = await _acknowledged(firm, "fay")
    return f"answered after {took:.0f} s"


async def filed(firm: Firm) -> str:
    """
    All that was recorded lies in the processed folder once, and nothing in the INBOX.
    """
    expected = 8
    await until("empty INBOX", lambda: not firm.folders()["INBOX"], 2 * PATIENCE)
    found = await asyncio.to_thread(firm.holding, "Processed")
    if len(found) != expected or len({id_of(each) for each in found}) != expected:
        raise Failed(f"{len(found)} messages instead of {expected}")
    return f"{expected} messages"


async def copied(firm: Firm) -> str:
    """
    Every letter lies in the sent folder, once.
    """

    def lacking() -> set[str]:
        letters = {id_of(each) for each in firm.sink.received}
        return letters ^ {id_of(each) for each in firm.holding("Sent")}

    await until("copy of each letter", lambda: not lacking(), 2 * PATIENCE)
    found = await asyncio.to_thread(firm.holding, "Sent")
    if len(found) != len(firm.sink.received):
        raise Failed(f"{len(found)} copies of {len(firm.sink.received)} letters")
    return f"{len(found)} letters"


async def set_aside(firm: Firm) -> str:
    """
    One message whose file the server cannot open keeps nobody else from an answer, is set
    aside, and its place is nobody's complaint.
    """
    await firm.stop()
    for name in ("hal", "ivy"):
        await asyncio.to_thread(firm.deliver, complaint(name))
    [file] = _files(firm.server.folder, b"<hal@example.com>")
    file.chmod(0)
    firm.process = await firm.mailbot("run")
    await _acknowledged(firm, "ivy")
    await until(
        "word of it in the log",
        lambda: any(each["event"] == "message_set_aside" for each in firm.logged()),
    )
    _, said = await firm.said("held", "list", "--json")
    [held] = json.loads(said)["held"]
    # By what the server still tells of it he is known, and answered, or he is not.
    known = {"hal@example.com"}
    strangers = {
        address
        for each in firm.sink.received
        for address in each.rcpt_to
        if address.endswith(("@example.com", "localhost"))
    } - {f"{name}@example.com" for name in firm.cases}
    if strangers - known:
        raise Failed(f"mail went to {', '.join(sorted(strangers - known))}")
    return str(held["reason"])


def _files(folder: Path, message_id: bytes) -> list[Path]:
    """
    The message as the server keeps it, without its notes on messages.
    """
    return [
        each
        for each in folder.rglob("*")
        if each.is_file()
        and not each.name.startswith(("cyrus.", "dovecot"))
        and b"Message-ID: " + message_id in each.read_bytes()
    ]


async def left_in_place(firm: Firm) -> str:
    """
    With no processed folder a message stays, is flagged, and is not taken in again.
    """
    await firm.stop()
    firm.process = await firm.mailbot("run", MAILBOT_IMAP__PROCESSED_FOLDER="")
    await asyncio.to_thread(firm.deliver, complaint("gus"))
    await _acknowledged(firm, "gus")

    def is_flagged() -> bool:
        with firm.imap() as client:
            client.select_folder("INBOX", readonly=True)
            return bool(client.search("SEEN"))

    await until("flag", is_flagged)
    return "flagged"


#: What is said of a message that is not handed out.
_OF_ONE_MESSAGE = {"messages_not_fetched", "message_set_aside", "messages_set_aside"}


async def stopped(firm: Firm) -> str:
    """
    It stops when told to, and had nothing to complain of but the restart, and the message
    that was not handed out.
    """
    if status := await firm.stop():
        raise Failed(f"exit status {status}")
    wrong = [
        each
        for each in firm.logged()
        if each["level"] == "error"
        and each["event"] not in _OF_ONE_MESSAGE
        # The server was away.
        and each.get("part") != "imap"
    ]
    if wrong:
        raise Failed(
            ", ".join(
                " ".join(str(each[key]) for key in ("event", "part", "reason") if key in each)
                for each in wrong
            )
        )
    return "cleanly"


STEPS = (
    checked,
    other_names,
    taken_in,
    told,
    relayed,
    threaded,
    restarted,
    filed,
    copied,
    set_aside,
    left_in_place,
    stopped,
)

#: By step, what it said and whether it went well.
Outcome = dict[str, tuple[bool, str]]


async def tell(server: Server, folder: Path) -> Outcome:
    """
    The whole story with one server. A step that fails stops no other.
    """
    outcome: Outcome = {}
    async with SmtpSink() as sink:
        firm = Firm(server, sink, folder)
        try:
            for step in STEPS:
                try:
                    outcome[step.__name__] = (True, await step(firm))
                # Whatever it was, it is told in the table.
                except Exception as failure:  # noqa: BLE001
                    words = str(failure) if isinstance(failure, Failed) else repr(failure)
                    outcome[step.__name__] = (False, words)
        finally:
            if firm.process is not None:
                await firm.stop()
    return outcome


def try_server(name: str, kept: Path) -> Outcome | str:
    """
    What became of each step, or why the server was left out.
    """
    with tempfile.TemporaryDirectory(prefix="interop") as place:
        folder = Path(place)
        folder.chmod(0o755)
        (folder / "firm").mkdir()
        try:
            with SERVERS[name](folder / "server", kept) as server:
                return asyncio.run(tell(server, folder / "firm"))
        except CannotRunHere as reason:
            return str(reason)


def table(found: dict[str, Outcome]) -> Table:
    lines = Table("step", *found)
    for step in STEPS:
        name = step.__name__
        cells = [outcome.get(name, (False, "not tried")) for outcome in found.values()]
        lines.add_row(
            name.replace("_", " "), *(said if well else f"NO: {said}" for well, said in cells)
        )
    return lines


def main() -> None:
    options = read()
    found: dict[str, Outcome] = {}
    left_out: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="packages") as folder:
        Path(folder).chmod(0o755)
        kept = options.keep or Path(folder)
        for name in options.names or SERVERS:
            became = try_server(name, kept)
            if isinstance(became, str):
                left_out[name] = became
            else:
                found[name] = became
    console = Console(width=None if sys.stdout.isatty() else 30 * (len(found) + 1))
    if found:
        console.print(table(found))
    for name, reason in left_out.items():
        console.print(f"left out: {name}: {reason}", markup=False)
    is_well = all(well for outcome in found.values() for well, _ in outcome.values())
    sys.exit(0 if is_well and found else 1)


def read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.interop", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*SERVERS, []])
    parser.add_argument("--keep", type=Path, help="where fetched packages stay for next time")
    return parser.parse_args()


if __name__ == "__main__":
    main()
