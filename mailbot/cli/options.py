"""
What may stand with any command: where the configuration is, and how to answer.
"""

from pathlib import Path
from typing import Annotated

import typer

JsonOption = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout, and nothing else.")
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Write over a file that is there already.")
]
ConfigOption = Annotated[
    Path,
    typer.Option(envvar="MAILBOT_CONFIG", help="The folder of the three configuration files."),
]


class Folder:
    """
    Where the configuration is, as the global option or the environment says.
    """

    path = Path("config")


def global_options_first(words: list[str]) -> list[str]:
    """
    `--config DIR` is a global option: it may stand behind the command as well.
    """
    for index, word in enumerate(words):
        if word == "--config" and index + 1 < len(words):
            return [word, words[index + 1], *words[:index], *words[index + 2 :]]
        if word.startswith("--config="):
            return [word, *words[:index], *words[index + 1 :]]
    return words
