"""
The facts, wherever they lie: in the database, on its disk, and beside the configuration.
"""

import os
from datetime import datetime
from pathlib import Path

from mailbot.health.facts import Ending, Facts, Memory
from mailbot.settings import Settings
from mailbot.store import wellbeing
from mailbot.store.database import DatabaseFault, database, is_new
from mailbot.store.soundness import free_space
from mailbot.transport.oauth2.expiry import ends


async def facts_from_elsewhere(settings: Settings, now: datetime) -> Facts:
    """
    For a process of its own, which opens the database to look at it.
    """
    url = settings.database.url.get_secret_value()
    if is_new(url):
        file = url.removeprefix("sqlite://")
        return facts(settings, now, fault=f"there is no database at {file}: mailbot run makes it")
    try:
        async with database(url, may_change=False):
            return await facts_here(settings, now)
    except DatabaseFault as fault:
        return facts(settings, now, fault=str(fault))


async def facts_here(settings: Settings, now: datetime) -> Facts:
    """
    For whoever has the database open.
    """
    try:
        return facts(settings, now, memory=await wellbeing.memory(now))
    except DatabaseFault as fault:
        return facts(settings, now, fault=str(fault))


def facts(
    settings: Settings, now: datetime, *, memory: Memory | None = None, fault: str = ""
) -> Facts:
    return Facts(
        now=now,
        calendar=settings.calendar,
        memory=memory,
        fault=fault,
        poll_every=settings.imap.poll_every,
        free_space=free_space(settings.database.url.get_secret_value()),
        has_token_key=_has_token_key(settings, memory),
        ending=_ending(settings, now),
        left_behind=_left_behind(settings, memory),
    )


def _has_token_key(settings: Settings, memory: Memory | None) -> bool:
    """
    Whether it is there, once somebody has worked here: the first start makes it.
    """
    was_used = memory is not None and (memory.workers or memory.rounds)
    return not was_used or os.access(settings.service.token_key_file, os.F_OK)


def _ending(settings: Settings, now: datetime) -> list[Ending]:
    if "oauth2" not in {settings.imap.auth, settings.smtp.auth}:
        return []
    given = settings.oauth2
    file = Path(given.certificate_file) if given.certificate_file else None
    found = ends(file, given.secret_expires_on, now.astimezone(settings.zone).date())
    return [Ending(key=each.key, days=each.days) for each in found]


def _left_behind(settings: Settings, memory: Memory | None) -> int:
    by_handler = memory.at_work.items() if memory else ()
    return sum(count for email, count in by_handler if settings.people.by_address(email) is None)
