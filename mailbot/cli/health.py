"""
`mailbot health`: whether a person has to do something, asked of the database.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import typer

from mailbot.cli.opening import quiet_settings
from mailbot.cli.shown.document import print_document
from mailbot.health.document import document, unusable
from mailbot.health.facts import Facts, at_work, last_round_at
from mailbot.health.reasons import Trouble
from mailbot.health.rules import troubles
from mailbot.monitoring.asking import facts_from_elsewhere


def show_health(*, as_json: bool) -> None:
    # A script that asks is told in its own way what is wrong with them.
    settings = quiet_settings(_as_document) if as_json else quiet_settings()
    facts = asyncio.run(facts_from_elsewhere(settings, datetime.now(UTC)))
    wrong = troubles(facts)
    if as_json:
        print_document(document(facts, wrong))
    else:
        for line in told(facts, wrong, settings.zone):
            print(line)
    if wrong:
        raise typer.Exit(1)


def _as_document(problems: Sequence[str]) -> None:
    print_document(unusable(problems))


def told(facts: Facts, wrong: Sequence[Trouble], zone: ZoneInfo) -> Iterator[str]:
    """
    The same for a person: what is wrong, each with its remedy, and how it stands.
    """
    for each in wrong:
        yield f"failing: {each.reason}: {each.sentence}"
        yield f"    {each.remedy}"
    if not wrong:
        yield "healthy"
    memory = facts.memory
    if memory is None:
        return
    held, aside, workers = memory.held.count, memory.set_aside.count, at_work(memory, facts.now)
    yield f"last round of every part: {_local(last_round_at(memory, facts.now), zone)}"
    yield f"next deadline: {_local(memory.next_due_at, zone)}"
    unsent, kept_out = memory.promised.count + memory.kept_out.count, memory.kept_out.count
    whose = f"; kept out by their readers' own mail systems: {kept_out}" if kept_out else ""
    yield f"promised letters that have not left: {unsent}{whose}"
    yield f"held for a person: {held}; set aside: {aside}"
    if not workers:
        yield "at work: nobody"
    for one in workers:
        holds = ", takes mail in" if one.holds_mailbox else ""
        yield f"at work: {one.host}, process {one.pid}{holds}"


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else "none"
