"""
The rulebook: the published complaints code as data, read from code.toml.

A frozen value whose parts agree with each other. What cannot be kept is refused
here, by the key that says it, and not in the week when it matters.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator

from mailbot.cases.rulebook.choices import (
    Caps,
    Closure,
    Escalation,
    Intake,
    Links,
    Reporting,
    Retention,
    Safety,
)
from mailbot.cases.rulebook.consistency import contradictions
from mailbot.cases.rulebook.hours import Hours
from mailbot.cases.rulebook.particulars import Adr, Company, DataProtection, Ofcom
from mailbot.cases.rulebook.promise import Promise
from mailbot.cases.rulebook.promise_tables import Promises
from mailbot.cases.rulebook.table import Table, raise_all
from mailbot.cases.rulebook.working_days import Calendar

#: How long a check of the ADR details, and of the bank holidays, is trusted.
ADR_CHECK_LASTS = timedelta(days=180)

HOLIDAYS_CHECK_LASTS = timedelta(days=365)


class Rulebook(Table):
    """
    The whole of code.toml.
    """

    version: Annotated[str, Field(min_length=1, max_length=64)]
    hours: Hours
    promises: Promises
    company: Company
    adr: Adr
    ofcom: Ofcom
    caps: Caps = Caps()
    intake: Intake = Intake()
    safety: Safety = Safety()
    closure: Closure = Closure()
    escalation: Escalation = Escalation()
    dp: DataProtection = DataProtection()
    links: Links = Links()
    report: Reporting = Reporting()
    retention: Retention = Retention()

    @field_validator("promises")
    @classmethod
    def _can_be_kept(cls, promises: Promises, info: ValidationInfo) -> Promises:
        hours = info.data.get("hours")
        if isinstance(hours, Hours):
            # No zone makes a difference: the trial compares local times with each other.
            calendar = hours.calendar(ZoneInfo("UTC"))
            raise_all(
                ((name, *key), sentence)
                for name in Promises.model_fields
                for key, sentence in contradictions(getattr(promises, name).named(name), calendar)
            )
        return promises

    def promise(self, name: str) -> Promise:
        """
        The promise of that name; KeyError if the rulebook has no such table.
        """
        return self.promises.by_name[name]

    def calendar(self, zone: ZoneInfo) -> Calendar:
        return self.hours.calendar(zone)

    @property
    def hosts_allowed(self) -> tuple[str, ...]:
        """
        The hosts that a link in a mail may have: the allow-list, and whoever the
        rulebook itself names.
        """
        sites = (self.company.code_url, self.ofcom.web, self.adr.web, self.dp.web)
        named = (urlsplit(each).hostname for each in sites)
        mail = (each.rpartition("@")[2] for each in (self.ofcom.email, self.adr.email))
        return tuple(dict.fromkeys(filter(None, (*self.links.allowed, *named, *mail))))

    def warnings(self, today: date) -> list[str]:
        """
        What the owner should see to, each with its remedy. Nothing here stops the program.
        """
        return list(self._warnings(today))

    def _warnings(self, today: date) -> Iterator[str]:
        if not self.adr.scheme:
            yield (
                "adr.scheme is empty: the rights letter sends customers to Ofcom, as the published "
                "code does, but Ofcom does not decide single complaints. Name the approved ADR "
                "scheme that the firm has joined, with its address and checked_on"
            )
        elif self.adr.checked_on and today - self.adr.checked_on > ADR_CHECK_LASTS:
            yield (
                f"adr.checked_on ({self.adr.checked_on}) is more than {ADR_CHECK_LASTS.days} days "
                "ago: compare the [adr] details with the scheme's own site and set it to that day"
            )
        checked_on = self.hours.holidays_checked_on
        if checked_on is None or today - checked_on > HOLIDAYS_CHECK_LASTS:
            age = "is not set" if checked_on is None else f"({checked_on}) is over a year ago"
            yield (
                f"hours.holidays_checked_on {age}: compare the bank holidays with the "
                "government's list, write differences into extra_holidays and removed_holidays, "
                "and set it to that day"
            )
        if not self.company.number.strip("0"):
            yield (
                "company.number is still the example's: put in the registered number of the "
                "company, which the law wants in every business mail"
            )
