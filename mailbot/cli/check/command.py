"""
From the configuration folder to what was found, shown.
"""

import asyncio
import os
from collections.abc import Sequence

import typer
from rich.console import Console
from rich.text import Text

from mailbot import log
from mailbot.cli.check.trying import Report, check
from mailbot.cli.options import Folder
from mailbot.cli.shown.document import Document, print_document
from mailbot.settings import effective


def check_everything(*, with_an_alarm: bool, as_json: bool) -> None:
    log.to_stderr()
    found = asyncio.run(check(Folder.path, os.environ, with_an_alarm=with_an_alarm))
    configuration = effective(found.settings) if found.settings else []
    if as_json:
        print_document(findings(found, configuration))
    else:
        print_findings(Console(soft_wrap=True), found, configuration)
    if found.problems:
        raise typer.Exit(1)


def findings(found: Report, configuration: Sequence[tuple[str, str]]) -> Document:
    """
    What was found, and the *configuration* that it was found under.
    """
    return {
        "problems": found.problems,
        "warnings": found.warnings,
        "facts": found.facts,
        "mailbox": found.mailbox,
        "configuration": dict(configuration),
    }


def print_findings(
    console: Console, found: Report, configuration: Sequence[tuple[str, str]]
) -> None:
    """
    The configuration in force, what works, and last what has to be mended.
    """
    for key, value in configuration:
        console.print(Text(f"{key} = {value}", style="dim"))
    for heading, lines in (
        ("ok:", found.facts),
        ("warning:", found.warnings),
        ("problem:", found.problems),
    ):
        for line in lines:
            console.print(Text(f"{heading} {line}"))
    if found.problems:
        count = _counted(len(found.problems), "problem")
        console.print(Text(f"{count}: mailbot cannot work until each is mended", style="bold"))
    else:
        count = _counted(len(found.warnings), "warning")
        console.print(Text(f"ready to run, {count}", style="bold"))


def _counted(number: int, thing: str) -> str:
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"
