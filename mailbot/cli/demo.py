"""
`mailbot demo`: the play, where its servers are installed.
"""

from pathlib import Path

from rich.console import Console

from mailbot import log
from mailbot.cli.office import PROBLEMS
from mailbot.cli.opening import carried_out, give_up


def show_demo(folder: Path | None) -> None:
    log.to_stderr()
    try:
        from mailbot.demo import play  # noqa: PLC0415 - its servers are an optional dependency
    except ImportError as missing:
        give_up(
            f"the demonstration needs {missing.name}, which is not installed:"
            " install mailbot with its extra, mailbot[demo]"
        )
    carried_out(play(Console(), folder), *PROBLEMS)
