"""
`mailbot pause` and `mailbot resume`: whether mail goes, by an operator's word.
"""

from datetime import datetime

from mailbot import service
from mailbot.cases.known.home import Moved
from mailbot.cases.letter_status import Paused
from mailbot.cli.office import PROBLEMS
from mailbot.cli.opening import carried_out, operator, quiet_settings
from mailbot.store import home, standstill
from mailbot.store.database import database
from mailbot.workers import orders


def pause_mail(reason: str, *, all_mail: bool) -> None:
    """
    Recorded, also before the first run.
    """
    settings = quiet_settings()
    how_much = Paused.EVERYTHING if all_mail else Paused.AUTOMATIC

    async def say() -> None:
        async with database(settings.database.url.get_secret_value()):
            await orders.pause(how_much, reason, operator(), service.utc_now())

    carried_out(say())
    print("paused: all mail" if all_mail else "paused: automatic mail to customers")


def resume_clock() -> None:
    """
    What is paused stays so.
    """
    settings = quiet_settings()

    async def say() -> datetime:
        async with database(settings.database.url.get_secret_value()):
            now = service.utc_now()
            await orders.resume_clock(operator(), now)
            return now

    print(f"resumed: the clock is right at {carried_out(say()):%Y-%m-%d %H:%M} UTC")


def resume_mail() -> None:
    settings = quiet_settings()

    async def say() -> Moved:
        async with database(settings.database.url.get_secret_value()):
            now = service.utc_now()
            await standstill.unmark(standstill.MOVED)
            moved = await home.move(await service.at_home(settings), now)
            await orders.pause(Paused.NOTHING, moved, operator(), now)
            return moved

    moved = carried_out(say(), *PROBLEMS)
    print("resumed: the database is at home here now" if moved else "resumed")
