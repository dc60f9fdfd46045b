"""
The command line: what an operator types. Each command opens what it needs,
shows or does one thing, and ends with the exit status of the contract.
"""

import asyncio
import getpass
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.text import Text

from mailbot import log, report, service
from mailbot.check import check as check_everything
from mailbot.mail.compose import TemplateProblem
from mailbot.service import KeyFileProblem
from mailbot.settings import ConfigurationProblems, Settings, effective, load
from mailbot.store import control, held, outbox, record
from mailbot.store.database import DatabaseFault, database
from mailbot.store.outbox import Paused
from mailbot.workers.reading import Reader

T = TypeVar("T")

app = typer.Typer(
    help="Keeps a firm's complaints code for it, inside the mailbox.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
held_app = typer.Typer(help="Mail that waits for a person.", no_args_is_help=True)
outbox_app = typer.Typer(help="Mail on its way.", no_args_is_help=True)
app.add_typer(held_app, name="held")
app.add_typer(outbox_app, name="outbox")

JsonOption = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout, and nothing else.")
]


class _Folder:
    """
    Where the configuration is, as the global option or the environment says.
    """

    path = Path("config")


def main() -> None:
    """
    The console script `mailbot`.
    """
    app()


@app.callback()
def _global(
    config: Annotated[
        Path,
        typer.Option(envvar="MAILBOT_CONFIG", help="The folder of the three configuration files."),
    ] = Path("config"),
) -> None:
    _Folder.path = config


# --- the worker ------------------------------------------------------------


@app.command()
def run(
    *, once: Annotated[bool, typer.Option("--once", help="One complete round, then exit.")] = False
) -> None:
    """
    Take in mail, keep the deadlines, deliver: until SIGTERM, or one round.
    """
    log.to_stdout()
    settings = _settings()

    async def work() -> bool:
        async with service.service(settings) as running:
            if once:
                return await service.run_once(running)
            await service.run(running)
            return True

    if not _carried_out(work()):
        raise typer.Exit(1)


@app.command()
def demo(
    folder: Annotated[
        Path | None, typer.Option(help="Where the mails are left; a new folder by default.")
    ] = None,
) -> None:
    """
    Show six weeks of a complaint on this machine, with embedded servers and a virtual clock.
    """
    log.to_stderr()
    try:
        from mailbot.demo import play  # noqa: PLC0415 - its servers are an optional dependency
    except ImportError as missing:
        _give_up(
            f"the demonstration needs {missing.name}, which is not installed:"
            " install mailbot with its extra, mailbot[demo]"
        )
    _carried_out(play(Console(), folder))


# --- looking ---------------------------------------------------------------


@app.command()
def check() -> None:
    """
    Try everything that `run` needs; send and change nothing.
    """
    log.to_stderr()
    found = asyncio.run(check_everything(_Folder.path, os.environ))
    console = Console(soft_wrap=True)
    if found.settings:
        for key, value in effective(found.settings):
            console.print(Text(f"{key} = {value}", style="dim"))
    report.listed(console, "ok:", found.facts)
    report.listed(console, "warning:", found.warnings)
    report.listed(console, "problem:", found.problems)
    if found.problems:
        raise typer.Exit(1)


@app.command()
def cases(
    *,
    all_: Annotated[bool, typer.Option("--all", help="Closed cases too.")] = False,
    json: JsonOption = False,
) -> None:
    """
    Open cases: reference, state, handler, next deadline.
    """
    document = _asked(report.cases(closed_too=all_))
    if json:
        print(report.as_json(document))
        return
    columns = {
        "reference": "case",
        "state": "state",
        "complainant": "complainant",
        "handler": "handler",
        "received_at": "received",
        "next_due_at": "next deadline",
    }
    report.table(Console(), document["cases"], columns)


@app.command()
def case(reference: str, *, json: JsonOption = False) -> None:
    """
    One case whole: promises, messages, history, and why.
    """
    settings = _settings()
    document = _asked(report.case(reference.strip().upper(), settings.people))
    if document is None:
        _give_up(f"there is no case {reference}; mailbot cases --all lists them")
    if json:
        print(report.as_json(document))
    else:
        report.print_case(Console(), document)


@held_app.command("list")
def held_list(*, json: JsonOption = False) -> None:
    """
    What is held, and why.
    """
    document = _asked(report.held_list())
    if json:
        print(report.as_json(document))
        return
    columns = {
        "id": "id",
        "at": "since",
        "reason": "reason",
        "from": "from",
        "subject": "subject",
        "detail": "detail",
    }
    report.table(Console(), document["held"], columns)


@held_app.command("show")
def held_show(held_id: int) -> None:
    """
    The octets of a held message, as they came.
    """

    async def octets() -> bytes | None:
        row = await held.find(held_id)
        return row.message.content.octets if row else None

    found = _asked(octets())
    if found is None:
        _give_up(f"nothing is held under {held_id}; mailbot held list shows what is")
    sys.stdout.buffer.write(found)


@held_app.command("retry")
def held_retry(held_id: int) -> None:
    """
    Read a held message once more, with its own time of receipt.
    """
    settings = _settings()

    async def again() -> record.Recorded | None:
        return await Reader(await service.office(settings), service.utc_now).retry(held_id)

    recorded = _asked(again())
    if recorded is None:
        _give_up(f"nothing is held under {held_id}; mailbot held list shows what is")
    if recorded.action == "hold":
        _give_up(f"still held: {recorded.reason}")
    print(f"{recorded.reason} {recorded.case}".strip())


@outbox_app.command("list")
def outbox_list(*, json: JsonOption = False) -> None:
    """
    Every letter that has not been sent, and why.
    """
    document = _asked(report.outbox_list())
    if json:
        print(report.as_json(document))
        return
    columns = {
        "id": "id",
        "case": "case",
        "template": "letter",
        "to": "to",
        "status": "status",
        "attempts": "attempts",
        "next_attempt_at": "next attempt",
        "reason": "reason",
    }
    report.table(Console(), document["outbox"], columns)


@outbox_app.command("retry")
def outbox_retry(outbox_id: int) -> None:
    """
    Make a letter due at once: the next round sends it.
    """
    if not _asked(outbox.retry_now(outbox_id, service.utc_now())):
        _give_up(f"letter {outbox_id} cannot be sent again; mailbot outbox list shows what can")
    print("due now")


# --- saying ----------------------------------------------------------------


@app.command()
def pause(
    reason: Annotated[str, typer.Option(help="Why; recorded with your name.")] = "",
    *,
    all_: Annotated[
        bool, typer.Option("--all", help="Handlers' answers and the rights letters too.")
    ] = False,
) -> None:
    """
    Stop automatic mail to customers; it stays queued.
    """
    how_much = Paused.EVERYTHING if all_ else Paused.AUTOMATIC
    _asked(control.pause(how_much, reason, _operator(), service.utc_now()))
    print("paused: all mail" if all_ else "paused: automatic mail to customers")


@app.command()
def resume() -> None:
    """
    Let mail go again.
    """
    _asked(control.pause(Paused.NOTHING, "", _operator(), service.utc_now()))
    print("resumed")


# --- shared ----------------------------------------------------------------


def _settings() -> Settings:
    try:
        return load(_Folder.path, os.environ)
    except ConfigurationProblems as wrong:
        for each in wrong.problems:
            print(f"mailbot: {each}", file=sys.stderr)
        raise typer.Exit(1) from None


def _carried_out(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except (DatabaseFault, KeyFileProblem, TemplateProblem) as wrong:
        _give_up(str(wrong))


def _asked(question: Coroutine[Any, Any, T]) -> T:
    """
    The answer of the database to a short command.
    """
    log.to_stderr()
    settings = _settings()

    async def ask() -> T:
        async with database(settings.database.url.get_secret_value()):
            return await question

    return _carried_out(ask())


def _give_up(why: str) -> NoReturn:
    print(f"mailbot: {why}", file=sys.stderr)
    raise typer.Exit(1)


def _operator() -> str:
    return getpass.getuser()
