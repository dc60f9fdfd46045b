"""
The command line: what an operator types. Each command opens what it needs, shows or
does one thing, and ends with the exit status of the contract.

`commands` says what can be typed, and loads what a command does when it is typed;
beside what a command does stands how its answer is shown.
"""

import gc
import io
import os
import sys

from mailbot.cli.commands import app
from mailbot.cli.options import global_options_first


def main() -> None:
    """
    The console script `mailbot`.
    """
    words = sys.argv[1:]
    if any(map(_is_no_text, words)):
        sys.exit(
            "mailbot: what was typed is not UTF-8, and would not be kept as it was meant: type it"
            " at a terminal that speaks UTF-8, or set LANG=C.UTF-8"
        )
    # A terminal, or the mail of a cron job, may have no letter for what a customer wrote.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    # What a start loads stays to the end: to look through it for what is gone takes a
    # tenth of the start, and finds nothing. `opening` looks again from then on.
    gc.disable()
    try:
        app(global_options_first(words))
    finally:
        gc.enable()


def _is_no_text(word: str) -> bool:
    """
    Whether it holds octets of another character set (PEP 383), and is no file of that name.
    """
    is_text = all(not "\udc80" <= each <= "\udcff" for each in word)
    return not is_text and not os.access(word, os.F_OK)
