"""
The command line: what an operator types. Each command opens what it needs, shows or
does one thing, and ends with the exit status of the contract.

`commands` says what can be typed, and loads what a command does when it is typed;
beside what a command does stands how its answer is shown.
"""

import gc
import sys

from mailbot.cli.commands import app
from mailbot.cli.options import global_options_first


def main() -> None:
    """
    The console script `mailbot`.
    """
    # What a start loads stays to the end: to look through it for what is gone takes a
    # tenth of the start, and finds nothing. `opening` looks again from then on.
    gc.disable()
    try:
        app(global_options_first(sys.argv[1:]))
    finally:
        gc.enable()
