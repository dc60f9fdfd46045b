"""
What can be typed of the mail on its way.
"""

from typing import Annotated, Literal

import typer

from mailbot.cli.options import JsonOption

outbox_app = typer.Typer(help="Mail on its way.", no_args_is_help=True)


@outbox_app.command("list")
def outbox_list(*, json: JsonOption = False) -> None:
    """
    Every letter that has not been sent, and why.
    """
    from mailbot.cli.outbox.waiting import list_waiting

    list_waiting(as_json=json)


@outbox_app.command("retry")
def outbox_retry(outbox_id: int, *, json: JsonOption = False) -> None:
    """
    Make a letter due at once: the next round sends it.
    """
    from mailbot.cli.outbox.saying import retry_letter

    retry_letter(outbox_id, as_json=json)


@outbox_app.command("resolve")
def outbox_resolve(
    outbox_id: int,
    word: Annotated[
        Literal["sent", "failed"],
        typer.Argument(help="What became of it, as you have found out."),
    ],
    reason: Annotated[str, typer.Option(help="How you know; recorded with your name.")] = "",
    *,
    json: JsonOption = False,
) -> None:
    """
    Settle a letter of which nobody can know, by your word: what it keeps is met by
    that, or it becomes the task of a letter that failed.
    """
    from mailbot.cli.outbox.saying import resolve_letter

    resolve_letter(outbox_id, word, reason, as_json=json)
