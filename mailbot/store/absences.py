"""
Who is away, as it was said by command: kept in the database, and known to every decision.
"""

from dataclasses import replace
from datetime import date, datetime

from mailbot.cases.people.handlers import Absence, Handler
from mailbot.store import lately
from mailbot.store.database import Tx
from mailbot.store.office import Office
from mailbot.store.tables import AbsenceRow


async def known_to(tx: Tx, office: Office, now: datetime) -> Office:
    """
    The office with today's absences, and, where somebody is away, with everybody's
    open cases: they say who stands in.
    """
    firm = office.firm
    today = firm.calendar.local_day(now)
    rows = await AbsenceRow.filter(ended_at=None, last_on__gte=today).using_db(tx).order_by("id")
    periods: dict[str, tuple[Absence, ...]] = {}
    for row in rows:
        period = Absence(first=row.first_on, last=row.last_on)
        periods[row.email_key] = (*periods.get(row.email_key, ()), period)
    people = firm.people.also_away(periods) if periods else firm.people
    if not any(each.is_away(today) for each in people.handlers):
        return office
    return replace(office, firm=replace(firm, people=people, busy=await lately.busy(tx)))


async def add(tx: Tx, person: Handler, first: date, last: date, *, by: str, now: datetime) -> None:
    """
    From now on the person is away on these days.
    """
    await AbsenceRow.create(
        using_db=tx,
        email_key=person.email.lower(),
        first_on=first,
        last_on=last,
        said_by=by,
        said_at=now,
    )


async def end(tx: Tx, person: Handler, today: date, now: datetime) -> int:
    """
    Take back every absence of the person that was said by command and is not over
    before *today*; returns how many there were.
    """
    addresses = sorted(person.addresses)
    theirs = AbsenceRow.filter(email_key__in=addresses, last_on__gte=today, ended_at=None)
    return await theirs.using_db(tx).update(ended_at=now)
