"""
`mailbot sheet`: the page for case handlers, to print.
"""

from pathlib import Path

from mailbot.cli.leaving import leave, must_be_free
from mailbot.cli.opening import quiet_settings
from mailbot.letters.sheet import sheet


def print_sheet(file: Path, *, is_forced: bool) -> None:
    settings = quiet_settings()
    must_be_free(file, is_forced=is_forced)
    leave(file, sheet(settings.firm).pdf, is_forced=is_forced)
    print(f"one page of A4 for your case handlers: {file}")
