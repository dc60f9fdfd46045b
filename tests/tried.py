"""
The firm's paper, loaded and tried once for all tests of a process.
"""

from pathlib import Path
from typing import Protocol

from mailbot import service
from mailbot.cases.firm import Firm
from mailbot.letters.stationery import Stationery
from mailbot.settings import Settings

_Octets = dict[str, bytes]


class Load(Protocol):
    def __call__(self, settings: Settings, *, may_keep: bool = False) -> Stationery: ...


class Tried:
    """
    Does what *load* does, and does it once for the same templates of the same firm.
    What was wrong is not remembered.
    """

    def __init__(self, load: Load) -> None:
        self._load = load
        self._known: list[tuple[_Octets, Firm, Stationery]] = []

    def __call__(self, settings: Settings, *, may_keep: bool = False) -> Stationery:
        octets, firm = _octets(service.templates_folder(settings)), settings.firm
        for known_octets, known_firm, paper in self._known:
            if (octets, firm) == (known_octets, known_firm):
                return paper
        paper = self._load(settings, may_keep=may_keep)
        self._known.append((octets, firm, paper))
        return paper


def _octets(folder: Path) -> _Octets:
    return {
        str(each.relative_to(folder)): each.read_bytes()
        for each in sorted(folder.rglob("*"))
        if each.is_file()
    }
