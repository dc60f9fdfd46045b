"""
The rules together: what of the facts is a reason, what explains the rest first.
"""

from collections.abc import Callable, Iterator

from mailbot.health import place, waiting, work
from mailbot.health.facts import Facts, Memory
from mailbot.health.reasons import Trouble

_Rule = Callable[[Facts], Iterator[Trouble]]
_Remembered = Callable[[Memory, Facts], Iterator[Trouble]]

_RULES: tuple[_Rule, ...] = (
    *(place.database, place.disk, place.token_key, place.credentials, place.left_behind),
)
#: Of what the database says.
_OF_THE_MEMORY: tuple[_Remembered, ...] = (
    *(place.writable, place.standstill, place.copy),
    *(work.workers, work.alike, work.parts, work.folders, work.refused, work.clock),
    *(work.other_clocks, work.beside, place.mailbox),
    *(waiting.mail_waits, waiting.promised, waiting.paused, waiting.deadlines, waiting.held),
)


def troubles(facts: Facts) -> list[Trouble]:
    """
    Everything that a person has to do something about, what explains the rest first. None
    where mailbot is well.
    """
    found = [each for rule in _RULES for each in rule(facts)]
    if facts.memory is not None:
        found += [each for ask in _OF_THE_MEMORY for each in ask(facts.memory, facts)]
    return found
