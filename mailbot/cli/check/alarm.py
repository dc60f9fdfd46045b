"""
The second way for alarms: whether its addresses are understood, and whether a test goes through.
"""

import socket
from collections.abc import Sequence
from datetime import UTC, datetime

from mailbot.alarms.urls import Way, ways
from mailbot.settings import Settings


def try_alarms(settings: Settings, *, with_a_test: bool) -> tuple[list[str], list[str]]:
    """
    Facts and problems. A test alarm goes out only when somebody asked for it.
    """
    found = ways(settings.alarm.ways)
    if not found:
        return [], ["alarm.urls: there are none: nobody would have a test"] if with_a_test else []
    unknown = [
        f"alarm.urls: number {number} ({each.name}) is no address that apprise understands:"
        " look it up in its list of services"
        for number, each in enumerate(found, 1)
        if not each.is_understood
    ]
    if not with_a_test:
        told = ", ".join(each.name for each in found if each.is_understood)
        return [f"alarms go to {told}"] if told else [], unknown
    facts, problems = _tested(found, settings)
    return facts, [*unknown, *problems]


def _tested(found: Sequence[Way], settings: Settings) -> tuple[list[str], list[str]]:
    firm = settings.rulebook.company.short_name
    title = f"Test: alarms reach you (mailbot, {firm}, {socket.gethostname()})"
    body = f"Sent by hand at {datetime.now(UTC):%Y-%m-%d %H:%M} UTC. Nothing is wrong."
    facts, problems = [], []
    for each in found:
        if not each.is_understood:
            continue
        if each.tell(title, body):
            facts.append(f"a test alarm went to {each.name}: see whether it arrived")
        else:
            problems.append(
                f"alarm.urls: {each.name} did not take a test alarm: look at the address, its"
                " secret, and whether this machine reaches it"
            )
    return facts, problems
