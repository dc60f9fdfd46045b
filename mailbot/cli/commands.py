"""
What can be typed. What a command does is loaded when it is typed: whoever asks for
help, or for the list of what is held, does not wait for what others need.
"""

from pathlib import Path
from typing import Annotated

import typer

from mailbot.cli.held.commands import held_app
from mailbot.cli.options import ConfigOption, Folder, ForceOption, JsonOption
from mailbot.cli.outbox.commands import outbox_app

app = typer.Typer(
    help="Keeps a firm's complaints code for it, inside the mailbox.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(held_app, name="held")
app.add_typer(outbox_app, name="outbox")


@app.callback()
def _global(config: ConfigOption = Path("config")) -> None:
    Folder.path = config


# --- the worker ------------------------------------------------------------


@app.command()
def run(
    *, once: Annotated[bool, typer.Option("--once", help="One complete round, then exit.")] = False
) -> None:
    """
    Take in mail, keep the deadlines, deliver: until SIGTERM, or one round.
    """
    from mailbot.cli.run import run_worker

    run_worker(once=once)


@app.command()
def login(
    *,
    browser: Annotated[
        bool, typer.Option("--browser", help="By a browser at once, without a device code.")
    ] = False,
) -> None:
    """
    Let mailbot into the mailbox (OAuth 2.0, flow "refresh_token"): once, by a person.
    """
    from mailbot.cli.login import log_in

    log_in(with_browser=browser)


@app.command()
def demo(
    folder: Annotated[
        Path | None, typer.Option(help="Where the mails are left; a new folder by default.")
    ] = None,
) -> None:
    """
    Show eleven weeks of a complaint on this machine, with embedded servers and a virtual clock.
    """
    from mailbot.cli.demo import show_demo

    show_demo(folder)


@app.command()
def simulate(
    file: Annotated[Path, typer.Argument(help="A message as it arrives, headers and all.")],
    at: Annotated[
        str, typer.Option(help="When it is received: 2026-11-20T16:45Z. By default its own Date.")
    ] = "",
    html: Annotated[Path | None, typer.Option(help="Leave it here as a page, too.")] = None,
    *,
    force: ForceOption = False,
) -> None:
    """
    Every mail and date that would follow from a message if nobody did anything.
    """
    from mailbot.cli.simulate.command import simulate_file

    simulate_file(file, at, html, is_forced=force)


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
    from mailbot.cli.explain.command import explain_message

    explain_message(name, at, as_json=json)


# --- looking ---------------------------------------------------------------


@app.command()
def check(
    *,
    alarm: Annotated[
        bool, typer.Option("--alarm", help="Send a test alarm by every way of [alarm], too.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """
    Try everything that `run` needs; send no mail and change nothing.
    """
    from mailbot.cli.check.command import check_everything

    check_everything(with_an_alarm=alarm, as_json=json)


@app.command()
def code(
    html: Annotated[Path | None, typer.Option(help="Leave it here as a page, too.")] = None,
    *,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """
    The published code sentence by sentence: what keeps each, and what no program can.
    """
    from mailbot.cli.code import tell_the_code

    tell_the_code(html, is_forced=force, as_json=json)


@app.command()
def sheet(
    file: Annotated[Path, typer.Argument(metavar="FILE.pdf", help="Where it is left.")],
    *,
    force: ForceOption = False,
) -> None:
    """
    One page of A4 for case handlers: how it works, the promises, every command.
    """
    from mailbot.cli.sheet import print_sheet

    print_sheet(file, is_forced=force)


@app.command()
def health(*, json: JsonOption = False) -> None:
    """
    Whether a person has to do something, and what, as the database has it.
    """
    from mailbot.cli.health import show_health

    show_health(as_json=json)


@app.command()
def cases(
    *,
    all_: Annotated[bool, typer.Option("--all", help="Closed cases too.")] = False,
    json: JsonOption = False,
) -> None:
    """
    Open cases: reference, state, age, handler, next deadline.
    """
    from mailbot.cli.cases import list_cases

    list_cases(closed_too=all_, as_json=json)


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
    if words:
        from mailbot.cli.orders import do_in_case

        do_in_case(reference, words, as_json=json)
        return
    from mailbot.cli.case.command import show_case

    show_case(reference, as_json=json)


@app.command()
def evidence(
    reference: Annotated[
        str, typer.Argument(metavar="REF|verify", help="The case; or the word verify.")
    ],
    file: Annotated[Path, typer.Argument(metavar="FILE.zip")],
    *,
    internal: Annotated[
        bool, typer.Option("--internal", help="What your own people wrote to each other, too.")
    ] = False,
    fingerprint: Annotated[
        str | None, typer.Option(help="With verify: the one that the firm has told you.")
    ] = None,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """
    Everything on one case for the ombudsman, signed; with `verify`, whether a file is intact.
    """
    from mailbot.cli.evidence.command import make_the_file, verify_the_file

    if reference == "verify":
        if internal:
            raise typer.BadParameter("verify looks at a file as it is", param_hint="--internal")
        if force:
            raise typer.BadParameter("verify writes nothing", param_hint="--force")
        if fingerprint is not None and not fingerprint.strip():
            raise typer.BadParameter("there is none to compare with", param_hint="--fingerprint")
        verify_the_file(file, fingerprint=fingerprint or "", as_json=json)
    else:
        if fingerprint is not None:
            raise typer.BadParameter("goes with verify", param_hint="--fingerprint")
        make_the_file(reference, file, is_internal=internal, is_forced=force, as_json=json)


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
    from mailbot.cli.pause import pause_mail

    pause_mail(reason, all_mail=all_)


@app.command()
def resume(
    *,
    clock: Annotated[
        bool,
        typer.Option("--clock", help="The machine's clock is right: letters go by it; no more."),
    ] = False,
) -> None:
    """
    Let mail go again, and make this the home of a database that was copied here.
    """
    from mailbot.cli.pause import resume_clock, resume_mail

    resume_clock() if clock else resume_mail()


@app.command()
def retention(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what is past its time; change nothing.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """
    Make the cases nobody's that have been kept for as long as the rulebook says.
    """
    from mailbot.cli.retention import keep_to_retention

    keep_to_retention(dry_run=dry_run, as_json=json)


@app.command()
def subject(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS|REF", help="Whose; or a case of theirs.")
    ],
    file: Annotated[Path, typer.Argument(metavar="FILE.zip")],
    *,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """
    Everything held about one person, for them: other people's data blacked out, and signed.
    """
    from mailbot.cli.subject.command import make_the_file

    make_the_file(address, file, is_forced=force, as_json=json)


@app.command()
def erase(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS|REF", help="Whose; or a case of theirs.")
    ],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would go and what stays; change nothing.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """
    Make one person nobody, as far as the floors of retention allow; what stays, and why.
    """
    from mailbot.cli.erase import erase_person

    erase_person(address, dry_run=dry_run, as_json=json)


@app.command()
def rebuild(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would come of it; leave nothing.")
    ] = False,
) -> None:
    """
    A new database from the mailbox alone: Processed, the sent folder and token.key.
    """
    from mailbot.cli.rebuild.command import rebuild_database

    rebuild_database(dry_run=dry_run)


@app.command()
def do(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="'#COMMAND …'", help="A command that is about no case: #open, #away."
        ),
    ],
    *,
    json: JsonOption = False,
) -> None:
    """
    A command on no case, as if a handler had sent it; the text of the body comes on stdin.
    """
    from mailbot.cli.orders import do_without_case

    do_without_case(words, as_json=json)


@app.command()
def recalc(
    reference: Annotated[str, typer.Argument(help="The case; none with --all.")] = "",
    *,
    every: Annotated[bool, typer.Option("--all", help="Every open case.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would move; change nothing.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """
    What is owed in a case under the present rules: shown, and recorded with your name.
    """
    from mailbot.cli.recalc import recalculate, recalculate_all

    if every == bool(reference):
        raise typer.BadParameter("name one case, or say --all")
    if every:
        recalculate_all(dry_run=dry_run, as_json=json)
    else:
        recalculate(reference, dry_run=dry_run, as_json=json)


@app.command()
def report(
    *,
    month: Annotated[
        str, typer.Option("--month", metavar="YYYY-MM", help="The last whole month if left out.")
    ] = "",
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write it as a page.")
    ] = None,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", metavar="FILE", help="Write it as a PDF.")
    ] = None,
    shadow: Annotated[
        bool,
        typer.Option("--shadow", help='With send = "none": beside what people sent instead.'),
    ] = False,
    since: Annotated[
        str, typer.Option("--since", metavar="YYYY-MM-DD", help="With --shadow: from that day on.")
    ] = "",
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """
    How the code was kept in a month, beside the twelve before.
    """
    if shadow:
        from mailbot.cli.report.shadow import report_shadow

        if pdf or (month and since):
            raise typer.BadParameter("--shadow goes with --month or --since, and with --html")
        report_shadow(month, since, html, is_forced=force, as_json=json)
        return
    if since:
        raise typer.BadParameter("--since goes with --shadow; a month is named by --month")
    from mailbot.cli.report.command import report_month

    report_month(month, html, pdf, is_forced=force, as_json=json)


# --- the whole database --------------------------------------------------------


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="A new folder is made in it.")],
    *,
    json: JsonOption = False,
) -> None:
    """
    Keep the database and its keys, beside a running worker.
    """
    from mailbot.cli.backup.keeping import keep_a_backup

    keep_a_backup(folder, as_json=json)


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="A backup, or the folder of several: the latest.")],
    *,
    json: JsonOption = False,
) -> None:
    """
    Put a backup back into an empty place; the worker catches up before anything is sent.
    """
    from mailbot.cli.backup.keeping import put_back

    put_back(folder, as_json=json)


@app.command()
def move(
    url: Annotated[str, typer.Argument(help="postgres://user@host:5432/name, empty.")],
    *,
    json: JsonOption = False,
) -> None:
    """
    Take a database from its file to PostgreSQL, with every worker stopped.
    """
    from mailbot.cli.backup.moving import move_database

    move_database(url, as_json=json)
