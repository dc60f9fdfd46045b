"""
What follows where a mail that belongs to no case did not arrive: it can only have
been for one of our own people.
"""

from datetime import datetime

from mailbot.cases.decision import Event
from mailbot.cases.people import unreached
from mailbot.cases.triggers import LetterFailed
from mailbot.store import absences, casefile, post
from mailbot.store.database import Tx
from mailbot.store.office import Office
from mailbot.store.tables import OutboxRow


async def told(tx: Tx, failed: LetterFailed, office: Office, now: datetime) -> list[OutboxRow]:
    """
    The event, and the task of somebody else; returns the letters that were written.
    """
    event = Event(
        name=f"letter_{failed.outcome}",
        cause=failed.cause,
        reason=failed.outcome,
        about=failed.template,
    )
    await casefile.add_events(tx, None, [event], now)
    office = await absences.known_to(tx, office, now)
    return await post.write(tx, None, unreached.told(failed, office.firm, now), office, now)
