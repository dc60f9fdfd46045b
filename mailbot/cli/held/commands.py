"""
What can be typed of the mail that waits for a person.
"""

from pathlib import Path
from typing import Annotated

import typer

from mailbot.cli.options import ForceOption, JsonOption

held_app = typer.Typer(help="Mail that waits for a person.", no_args_is_help=True)


@held_app.command("list")
def held_list(*, json: JsonOption = False) -> None:
    """
    What is held, and why.
    """
    from mailbot.cli.held.looking import list_held

    list_held(as_json=json)


@held_app.command("show")
def held_show(held_id: int, *, json: JsonOption = False) -> None:
    """
    One held message: why it waits, what it says, and what can be done with it.
    """
    from mailbot.cli.held.looking import show_held

    show_held(held_id, as_json=json)


@held_app.command("export")
def held_export(
    held_id: int,
    file: Annotated[Path | None, typer.Argument(help="Where to; by default stdout.")] = None,
    *,
    force: ForceOption = False,
) -> None:
    """
    The octets of a held message, as they came.
    """
    from mailbot.cli.held.looking import export_held

    export_held(held_id, file, is_forced=force)


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
    from mailbot.cli.held.deciding import release_held

    release_held(held_id, case_, as_json=json)


@held_app.command("reject")
def held_reject(held_id: int) -> None:
    """
    Nothing is to be done with it; the octets stay on file.
    """
    from mailbot.cli.held.deciding import reject_held

    reject_held(held_id)


@held_app.command("retry")
def held_retry(held_id: int, *, json: JsonOption = False) -> None:
    """
    Read a held message once more, with its own time of receipt.
    """
    from mailbot.cli.held.deciding import retry_held

    retry_held(held_id, as_json=json)
