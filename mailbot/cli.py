"""
The command line: what an operator types. Each command opens what it needs,
shows or does one thing, and ends with the exit status of the contract.
"""

import asyncio
import getpass
import os
import select
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, NoReturn, TypeVar

import structlog
import typer
from rich.console import Console

from mailbot import log, report, retention, service
from mailbot.cases.commands.orders import (
    Away,
    Back,
    Command,
    FileIn,
    Help,
    Misspoken,
    Open,
    Reject,
    Release,
)
from mailbot.cases.commands.reading.grammar import KNOWN, parse
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.cases.identity.triage import Vouched
from mailbot.cases.letter_status import Paused
from mailbot.cases.promises.recalculate import Recalculated
from mailbot.cases.wording import account
from mailbot.check import check as check_everything
from mailbot.desk.fates import Statement, Word
from mailbot.desk.recorded import Ordered, Recorded
from mailbot.dossier.document import document as dossier
from mailbot.dossier.show import show
from mailbot.explain.command import Asked, NothingToExplain, explained
from mailbot.explain.telling import tell
from mailbot.letters.templates import TemplateProblem
from mailbot.report import Document
from mailbot.service import KeyFileProblem
from mailbot.settings import ConfigurationProblems, Settings, effective, load
from mailbot.simulate.command import simulate_command
from mailbot.simulate.file import FileProblem, instant, without_passwords
from mailbot.store import control, held, home, outbox, query
from mailbot.store.database import DatabaseFault, database, is_new
from mailbot.workers import record
from mailbot.workers.reading import Reader
from mailbot.workers.record import resolve

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
    app(_global_options_first(sys.argv[1:]))


def _global_options_first(words: list[str]) -> list[str]:
    """
    `--config DIR` is a global option: it may stand behind the command as well.
    """
    for index, word in enumerate(words):
        if word == "--config" and index + 1 < len(words):
            return [word, words[index + 1], *words[:index], *words[index + 2 :]]
        if word.startswith("--config="):
            return [word, *words[:index], *words[index + 1 :]]
    return words


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
    sys.excepthook = _crashed

    async def work(settings: Settings) -> bool:
        async with service.service(settings) as running:
            if once:
                return await service.run_once(running)
            await service.run(running)
            return True

    try:
        is_complete = _carried_out(work(_settings()))
    except typer.Exit:
        # The words are on stderr: what is wrong with a configuration may name people.
        structlog.get_logger().error("start_failed")
        raise
    if not is_complete:
        raise typer.Exit(1)


def _crashed(kind: type[BaseException], defect: BaseException, trace: TracebackType | None) -> None:
    """
    Python's own last words would quote the values of the moment: somebody's mail.
    """
    structlog.get_logger().critical("crashed", defect=defect)


@app.command()
def demo(
    folder: Annotated[
        Path | None, typer.Option(help="Where the mails are left; a new folder by default.")
    ] = None,
) -> None:
    """
    Show eleven weeks of a complaint on this machine, with embedded servers and a virtual clock.
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


@app.command()
def simulate(
    file: Annotated[Path, typer.Argument(help="A message as it arrives, headers and all.")],
    at: Annotated[
        str, typer.Option(help="When it is received: 2026-11-20T16:45Z. By default its own Date.")
    ] = "",
    html: Annotated[Path | None, typer.Option(help="Leave it here as a page, too.")] = None,
) -> None:
    """
    Every mail and date that would follow from a message if nobody did anything.
    """
    log.to_stderr()
    received_at = instant(at) if at else None
    settings = _settings(without_passwords(os.environ))
    try:
        simulate_command(settings, file, received_at, html, service.utc_now())
    except (FileProblem, TemplateProblem) as wrong:
        _give_up(str(wrong))


@app.command()
def explain(
    name: Annotated[
        str,
        typer.Argument(metavar="FILE.eml|MESSAGE-ID", help="A message as it arrives, or its id."),
    ],
    at: Annotated[
        str, typer.Option(help="When the file's message is received. By default its own Date.")
    ] = "",
    *,
    json: JsonOption = False,
) -> None:
    """
    How a message is or was read, by which rules, and what follows; changes nothing.
    """
    log.to_stderr()
    file = Path(name) if Path(name).exists() else None
    received_at = instant(at) if at else None
    if at and file is None:
        raise typer.BadParameter("only a file can come at another time", param_hint="--at")
    settings = _settings(without_passwords(os.environ))
    asked = Asked(name=name, file=file, at=received_at, now=service.utc_now())
    try:
        document = _carried_out(explained(asked, settings))
    except (FileProblem, NothingToExplain) as wrong:
        _give_up(str(wrong))
    if json:
        print(report.as_json(document))
    else:
        tell(Console(), document, service.firm(settings))


# --- looking ---------------------------------------------------------------


@app.command()
def check(*, json: JsonOption = False) -> None:
    """
    Try everything that `run` needs; send and change nothing.
    """
    log.to_stderr()
    found = asyncio.run(check_everything(_Folder.path, os.environ))
    shown = effective(found.settings) if found.settings else []
    if json:
        print(report.as_json(report.findings(found, shown)))
    else:
        report.print_findings(Console(soft_wrap=True), found, shown)
    if found.problems:
        raise typer.Exit(1)


@app.command()
def cases(
    *,
    all_: Annotated[bool, typer.Option("--all", help="Closed cases too.")] = False,
    json: JsonOption = False,
) -> None:
    """
    Open cases: reference, state, age, handler, next deadline.
    """
    settings = _quiet_settings()
    document: Document = _asked(
        settings, lambda: report.cases(closed_too=all_), nothing={"cases": []}
    )
    if json:
        print(report.as_json(document))
    else:
        report.print_cases(Console(), document, settings, service.utc_now())


@app.command()
def case(
    reference: str,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[do '#COMMAND …']", help="Commands, as a handler would write them."
        ),
    ] = None,
    *,
    json: JsonOption = False,
) -> None:
    """
    One case whole: promises, messages, history, and why. With `do '#command …'` a
    command on it, as if a handler had sent it; the text of the body comes on stdin.
    """
    settings = _quiet_settings()
    named = reference.strip().upper()
    if words:
        _do(settings, named, words)
        return
    firm = service.firm(settings)
    document = _asked(settings, lambda: dossier(named, firm), nothing=None)
    if document is None:
        _give_up(f"there is no case {reference}; mailbot cases --all lists them")
    if json:
        print(report.as_json(document))
    else:
        show(Console(), document, firm)


@held_app.command("list")
def held_list(*, json: JsonOption = False) -> None:
    """
    What is held, and why.
    """
    settings = _quiet_settings()
    document: Document = _asked(settings, report.held_list, nothing={"held": []})
    if json:
        print(report.as_json(document))
    else:
        report.print_held(Console(), document, settings.zone)


@held_app.command("show")
def held_show(held_id: int, *, json: JsonOption = False) -> None:
    """
    One held message: why it waits, what it says, and what can be done with it.
    """
    settings = _quiet_settings()
    document = _asked(settings, lambda: report.held_one(held_id), nothing=None)
    if document is None:
        _give_up(_NOT_HELD.format(held_id))
    if json:
        print(report.as_json(document))
    else:
        report.print_held_one(Console(soft_wrap=True), document, settings.zone)


_NOT_HELD = "nothing is held under {}; mailbot held list shows what is"


@held_app.command("export")
def held_export(
    held_id: int,
    file: Annotated[Path | None, typer.Argument(help="Where to; by default stdout.")] = None,
) -> None:
    """
    The octets of a held message, as they came.
    """

    async def octets() -> bytes | None:
        row = await held.find(held_id)
        return row.message.content.octets if row else None

    found = _asked(_quiet_settings(), octets, nothing=None)
    if found is None:
        _give_up(_NOT_HELD.format(held_id))
    if file is None:
        sys.stdout.buffer.write(found)
        return
    try:
        with file.open("xb") as fresh:
            fresh.write(found)
    except OSError as fault:
        _give_up(f"{file}: {fault.strerror}")


@held_app.command("release")
def held_release(
    held_id: int,
    case_: Annotated[str, typer.Option("--case", help="The reference of its case.")] = "",
    *,
    json: JsonOption = False,
) -> None:
    """
    It may go on, with its own time of receipt: into its case, or as a case of its own.
    """
    _release(_quiet_settings(), held_id, case_.strip().upper(), as_json=json)


@held_app.command("reject")
def held_reject(held_id: int) -> None:
    """
    Nothing is to be done with it; the octets stay on file.
    """
    _reject(_quiet_settings(), held_id)


@held_app.command("retry")
def held_retry(held_id: int, *, json: JsonOption = False) -> None:
    """
    Read a held message once more, with its own time of receipt.
    """
    settings = _quiet_settings()

    async def again() -> Recorded | None:
        return await Reader(await service.office(settings), service.utc_now).retry(held_id)

    recorded = _asked(settings, again, nothing=None)
    if recorded is None:
        _give_up(_NOT_HELD.format(held_id))
    if recorded.action == "hold":
        _give_up(f"still held: {recorded.reason}")
    if json:
        print(report.as_json({"held": held_id, "reason": recorded.reason, "case": recorded.case}))
    else:
        print(f"{recorded.reason} {recorded.case}".strip())


@outbox_app.command("list")
def outbox_list(*, json: JsonOption = False) -> None:
    """
    Every letter that has not been sent, and why.
    """
    settings = _quiet_settings()
    document: Document = _asked(settings, report.outbox_list, nothing={"outbox": []})
    if json:
        print(report.as_json(document))
    else:
        report.print_outbox(Console(), document, settings.zone)


@outbox_app.command("retry")
def outbox_retry(outbox_id: int, *, json: JsonOption = False) -> None:
    """
    Make a letter due at once: the next round sends it.
    """
    now = service.utc_now()
    if not _asked(_quiet_settings(), lambda: outbox.retry_now(outbox_id, now), nothing=False):
        _give_up(f"letter {outbox_id} cannot be sent again; mailbot outbox list shows what can")
    if json:
        print(report.as_json({"outbox": outbox_id, "next_attempt_at": report.instant(now)}))
    else:
        print("due now")


@outbox_app.command("resolve")
def outbox_resolve(
    outbox_id: int,
    word: Annotated[Word, typer.Argument(help="What became of it, as you have found out.")],
    reason: Annotated[str, typer.Option(help="How you know; recorded with your name.")] = "",
    *,
    json: JsonOption = False,
) -> None:
    """
    Settle a letter of which nobody can know, by your word: what it keeps is met by
    that, or it becomes the task of a letter that failed.
    """
    settings = _quiet_settings()
    said = Statement(outbox_id=outbox_id, word=word, by=getpass.getuser(), reason=reason)

    async def settle() -> bool:
        return await resolve(said, await service.office(settings), service.utc_now())

    if not _asked(settings, settle, nothing=False):
        _give_up(
            f"of letter {outbox_id} that cannot be said: it is gone, failed or sent already;"
            " mailbot outbox list shows what waits"
        )
    if json:
        print(report.as_json({"outbox": outbox_id, "resolved": word}))
    else:
        print(f"{word}, {said.said}")


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
    _said(how_much, reason)
    print("paused: all mail" if all_ else "paused: automatic mail to customers")


@app.command()
def resume() -> None:
    """
    Let mail go again, and make this the home of a database that was copied here.
    """
    settings = _quiet_settings()

    async def say() -> home.Moved:
        async with database(settings.database.url.get_secret_value()):
            now = service.utc_now()
            moved = await home.move(await service.at_home(settings), now)
            await control.pause(Paused.NOTHING, moved, getpass.getuser(), now)
            return moved

    moved = _carried_out(say())
    print("resumed: the database is at home here now" if moved else "resumed")


@app.command(name="retention")
def retention_(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what is past its time; change nothing.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """
    Make the cases nobody's that have been kept for as long as the rulebook says.
    """
    settings = _quiet_settings()
    now, months = service.utc_now(), settings.rulebook.retention.months

    async def work() -> retention.Carried:
        found = await retention.look(now, months)
        return found if dry_run else await retention.carry_out(found, getpass.getuser(), now)

    carried = _asked(settings, work, nothing=retention.Carried(months=months))
    if json:
        print(report.as_json(retention.document(carried)))
    else:
        retention.show(Console(), carried, settings.zone)


@app.command()
def do(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="'#COMMAND …'", help="A command that is about no case: #open, #away."
        ),
    ],
) -> None:
    """
    A command on no case, as if a handler had sent it; the text of the body comes on stdin.
    """
    settings = _quiet_settings()
    now = service.utc_now()
    ordered = _ordered("\n".join(words), Reckoning(now, settings.calendar))
    match ordered:
        case (Open() as command,):
            _enter(settings, command, now)
        case (Release(held_id=int(number)),):
            _release(settings, number, "")
        case (FileIn(reference=named, held_id=int(number)),):
            _release(settings, number, named)
        case (Reject(held_id=int(number)),):
            _reject(settings, number)
        case (Away() | Back() as absence,):
            _away(settings, absence)
        case (Help(),):
            print(f"The commands are: {KNOWN}.")
        case _:
            _give_up(
                "only #open, #away, #help and, with the number of a held message, #release, #reject and"
                " #case need no case; mailbot case REF do '#command …' has one"
            )


def _enter(settings: Settings, command: Open, now: datetime) -> None:
    async def enter() -> Ordered:
        the_office = await service.office(settings)
        return await record.entered(command, getpass.getuser(), the_office, now)

    _answer(settings, enter, _NO_DATABASE)


_NO_DATABASE = Ordered(is_done=False, answer="there is no database; mailbot run makes it")


def _away(settings: Settings, command: Away | Back) -> None:
    async def say() -> Ordered:
        the_office = await service.office(settings)
        return await record.absence(command, getpass.getuser(), the_office, service.utc_now())

    _answer(settings, say, _NO_DATABASE)


def _release(settings: Settings, held_id: int, reference: str, *, as_json: bool = False) -> None:
    """
    The way of any other message, on a person's word.
    """

    async def work() -> Recorded | None:
        serial = None
        if reference:
            row = await query.case(reference)
            if row is None:
                _give_up(f"there is no case {reference}; mailbot cases --all lists them")
            serial = row.serial
        said = Vouched(by=getpass.getuser(), serial=serial)
        reader = Reader(await service.office(settings), service.utc_now)
        return await reader.retry(held_id, said)

    recorded = _asked(settings, work, nothing=None)
    if recorded is None:
        _give_up(_NOT_HELD.format(held_id))
    if recorded.action == "hold":
        _give_up(_STILL_HELD.get(recorded.reason, f"still held: {account.rule(recorded.reason)}"))
    if as_json:
        print(report.as_json({"held": held_id, "reason": recorded.reason, "case": recorded.case}))
    else:
        print(f"released {recorded.case}".strip())


_STILL_HELD = {
    "names_no_case": "nothing in it says whose case it is about: name it with --case REFERENCE",
    "names_several_cases": "it names several cases: say which with --case REFERENCE",
    "no_sender": (
        "it names nobody who could be answered: name its case with --case REFERENCE, or enter it"
        " with mailbot do '#open'"
    ),
}


def _reject(settings: Settings, held_id: int) -> None:
    by, now = getpass.getuser(), service.utc_now()
    if not _asked(settings, lambda: held.reject(held_id, by, now), nothing=False):
        _give_up(_NOT_HELD.format(held_id))
    print("rejected; its octets stay on file")


@app.command()
def recalc(
    reference: str,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would move; change nothing.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """
    What is owed in a case under the present rules: shown, and recorded with your name.
    """
    settings = _quiet_settings()
    named = reference.strip().upper()

    async def work() -> tuple[Recalculated, ...] | None:
        the_office = await service.office(settings)
        return await record.recalculation(
            named, getpass.getuser(), the_office, service.utc_now(), dry_run=dry_run
        )

    compared = _asked(settings, work, nothing=None)
    if compared is None:
        _give_up(f"there is no case {reference}; mailbot cases --all lists them")
    document = report.recalculated(named, compared, is_recorded=not dry_run)
    if json:
        print(report.as_json(document))
    else:
        report.print_recalculated(Console(), document, settings.zone)


# --- shared ----------------------------------------------------------------


def _settings(environ: Mapping[str, str] = os.environ) -> Settings:
    try:
        return load(_Folder.path, environ)
    except ConfigurationProblems as wrong:
        for each in wrong.problems:
            print(f"mailbot: {each}", file=sys.stderr)
        raise typer.Exit(1) from None


def _quiet_settings() -> Settings:
    """
    For a short command, whose stdout is its answer.
    """
    log.to_stderr()
    return _settings()


def _carried_out(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except (DatabaseFault, KeyFileProblem, TemplateProblem) as wrong:
        _give_up(str(wrong))


def _asked(settings: Settings, question: Callable[[], Awaitable[T]], *, nothing: T) -> T:
    """
    The answer of the database, or *nothing* where there is none yet: asking in the
    wrong folder must not make one, nor may a command migrate one under a worker.
    """
    url = settings.database.url.get_secret_value()
    if is_new(url):
        print(f"mailbot: there is no database at {url}; mailbot run makes it", file=sys.stderr)
        return nothing

    async def ask() -> T:
        async with database(url, may_change=False):
            return await question()

    return _carried_out(ask())


def _said(how_much: Paused, reason: str) -> None:
    """
    Recorded, also before the first run.
    """
    settings = _quiet_settings()

    async def say() -> None:
        async with database(settings.database.url.get_secret_value()):
            await control.pause(how_much, reason, getpass.getuser(), service.utc_now())

    _carried_out(say())


def _do(settings: Settings, reference: str, words: list[str]) -> None:
    """
    Carry commands out, or say why not and what to write.
    """
    if words[0] != "do" or len(words) < 2:
        raise typer.BadParameter(f"expected: mailbot case {reference} do '#command …'")
    now = service.utc_now()
    ordered = _ordered("\n".join(words[1:]), Reckoning(now, settings.calendar))

    async def order() -> Ordered:
        the_office = await service.office(settings)
        return await record.commands(reference, ordered, getpass.getuser(), the_office, now)

    _answer(settings, order, Ordered(is_done=False, answer=f"there is no case {reference}"))


def _answer(settings: Settings, order: Callable[[], Awaitable[Ordered]], nothing: Ordered) -> None:
    answered = _asked(settings, order, nothing=nothing)
    if not answered.is_done:
        _give_up(answered.answer)
    print(answered.answer)


def _ordered(lines: str, reckoning: Reckoning) -> tuple[Command, ...]:
    """
    The commands, with the body from stdin where there is one. Where they make no
    sense without, a body that is slow to come is waited for.
    """
    body = _waiting_on_stdin(_AT_HAND)
    try:
        return parse(f"{lines}\n{body}", reckoning)
    except Misspoken as doubt:
        late = "" if body else _waiting_on_stdin(_SLOW)
        if not late:
            _give_up(str(doubt))
    try:
        return parse(f"{lines}\n{late}", reckoning)
    except Misspoken as doubt:
        _give_up(str(doubt))


#: How long stdin is looked at: a pipe may be open for ever with nothing to say.
_AT_HAND, _SLOW = 0.1, 3.0  # seconds


def _waiting_on_stdin(seconds: float) -> str:
    if sys.stdin.isatty() or not select.select([sys.stdin], [], [], seconds)[0]:
        return ""
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        _give_up("the text on stdin is not UTF-8; save it as UTF-8 and give it again")


def _give_up(why: str) -> NoReturn:
    print(f"mailbot: {why}", file=sys.stderr)
    raise typer.Exit(1)
