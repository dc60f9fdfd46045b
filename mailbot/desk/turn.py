"""
One decision's turn: on what is known it works, for which office, at which instant.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from mailbot.cases.firm import Firm
from mailbot.cases.known.known import Known
from mailbot.cases.people.handlers import Absence
from mailbot.letters.office import Office


@dataclass(frozen=True)
class Turn:
    #: A copy of its own: what breaks leaves nothing behind.
    known: Known
    office: Office
    now: datetime

    @property
    def firm(self) -> Firm:
        return self.office.firm

    @property
    def today(self) -> Office:
        """
        The office with today's absences, and, where somebody is away, with everybody's
        open cases: they say who stands in.
        """
        firm = self.firm
        today = firm.calendar.local_day(self.now)
        periods: dict[str, tuple[Absence, ...]] = {}
        for each in self.known.absences.values():
            if each.ended_at is None and each.last_on >= today:
                period = Absence(first=each.first_on, last=each.last_on)
                periods[each.email_key] = (*periods.get(each.email_key, ()), period)
        people = firm.people.also_away(periods) if periods else firm.people
        if not any(each.is_away(today) for each in people.handlers):
            return self.office
        busy = self.known.workload()
        return replace(self.office, firm=replace(firm, people=people, busy=busy))
