"""
What the README's recipes tell people to write, to type and to look for.
"""

import re
import textwrap
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text()


def chapter(heading: str) -> str:
    """
    The text under that heading, to the next one of its rank.
    """
    found = re.search(
        rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL
    )
    assert found, heading
    return found[1]


def blocks(heading: str) -> list[str]:
    """
    What is to be typed or written, block by block, in order.
    """
    found: list[list[str]] = []
    is_inside = False
    for line in chapter(heading).splitlines():
        if re.match(r" {4}", line) or (is_inside and not line):
            found += [] if is_inside else [[]]
            found[-1].append(line)
            is_inside = True
        else:
            is_inside = False
    return [textwrap.dedent("\n".join(each)).strip() for each in found]


def configurations(heading: str) -> list[str]:
    """
    The parts of mailbot.toml that stand there.
    """
    return [each for each in blocks(heading) if "[oauth2]" in each]


def lines_of_check(heading: str) -> list[str]:
    """
    The lines that `mailbot check` must print.
    """
    return [
        line for each in blocks(heading) for line in each.splitlines() if line.startswith("ok: ")
    ]
