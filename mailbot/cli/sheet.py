"""
`mailbot sheet`: the page for case handlers, to print.
"""

from pathlib import Path

from mailbot.cli.opening import give_up, quiet_settings
from mailbot.letters.sheet import sheet


def print_sheet(file: Path) -> None:
    settings = quiet_settings()
    printed = sheet(settings.firm)
    try:
        file.write_bytes(printed.pdf)
    except OSError as fault:
        give_up(f"{file} cannot be written: {fault.strerror}")
    print(f"one page of A4 for your case handlers: {file}")
