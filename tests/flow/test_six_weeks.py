"""
Six weeks of one complaint, each round a process of its own under a clock of its own.
"""

from datetime import UTC, datetime

import pytest

from mailbot.store.tables import ObligationRow
from tests.flow.clocked import FAKETIME, mailbot
from tests.flow.house import JANE, MANAGER, RHIAN, House, Mail, template_of
from tests.servers.smtp import Received

LONDON_IS_UTC = UTC  # from November to January

pytestmark = [
    pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed"),
    pytest.mark.long,
]


async def round_at(house: House, at: datetime, *, ends: int = 0) -> list[tuple[str, str]]:
    """
    `mailbot run --once` at that instant; who got which letter. The mails of the
    morning have tests of their own.
    """
    before = len(house.sink.received)
    await mailbot(house, at, "run", "--once", ends=ends)
    letters = map(_letter, house.sink.received[before:])
    return sorted(each for each in letters if each[1] not in {"digest", "report"})


def _letter(received: Received) -> tuple[str, str]:
    return received.rcpt_to[0], template_of(received)


def at(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, 1, tzinfo=LONDON_IS_UTC)


async def test_the_letters_of_six_weeks_are_those_of_the_code_and_no_others(house: House) -> None:
    house.deliver(Mail())

    letters = {
        instant: await round_at(house, instant)
        for instant in (
            at(2026, 11, 20, 16, 45),
            at(2026, 11, 23, 17),
            at(2026, 11, 24, 8, 59),
            at(2026, 11, 24),
            at(2026, 11, 25, 8, 59),
            at(2026, 11, 25),
            at(2026, 11, 25, 17),
            at(2026, 12, 18),
            at(2026, 12, 25),
            at(2026, 12, 29),
            at(2027, 1, 1, 8, 59),
            at(2027, 1, 1),
            at(2027, 1, 1, 12),
            at(2027, 1, 2),
        )
    }

    assert letters == {
        # Day 0: at once, at any hour.
        at(2026, 11, 20, 16, 45): [
            (JANE, "acknowledgement"),
            (JANE, "introduction"),
            (RHIAN, "assignment"),
        ],
        # The stricter reading of 24 working hours: kept.
        at(2026, 11, 23, 17): [],
        at(2026, 11, 24, 8, 59): [],
        # The working day before the third.
        at(2026, 11, 24): [(RHIAN, "warning")],
        at(2026, 11, 25, 8, 59): [],
        # The third working day, morning and close.
        at(2026, 11, 25): [(JANE, "follow-up"), (RHIAN, "warning")],
        at(2026, 11, 25, 17): [(MANAGER, "breach")],
        # Nobody was in touch since: one apology, one breach. And days 28, 35 and 39.
        at(2026, 12, 18): [(JANE, "contact-missed"), (RHIAN, "warning"), (MANAGER, "breach")],
        at(2026, 12, 25): [(RHIAN, "warning"), (RHIAN, "warning")],
        at(2026, 12, 29): [(RHIAN, "warning")],
        at(2027, 1, 1, 8, 59): [(JANE, "contact-missed"), (MANAGER, "breach")],
        # Day 42, a bank holiday: still that day. Accepted, so noon has nothing to say.
        at(2027, 1, 1): [(JANE, "adr-rights")],
        at(2027, 1, 1, 12): [],
        at(2027, 1, 2): [],
    }
    states = {each.promise: each.state for each in await house.rows(ObligationRow)}
    assert states == {
        "acknowledge": "met",
        "keep_contact": "open",
        "introduce": "met",
        "agree_contact": "breached",
        "adr_rights": "met",
    }
    # On the first working day of December on which anything ran: November, once.
    assert {to for each in house.sent("report") for to in each.rcpt_to} == {
        MANAGER,
        "david.hughes@infinitysystemsolutions.co.uk",
    }


async def test_a_rights_letter_that_is_not_accepted_by_noon_is_a_task(house: House) -> None:
    house.deliver(Mail())
    await round_at(house, at(2026, 11, 20, 16, 45))
    await round_at(house, at(2026, 12, 31))
    house.sink.answer("RCPT", "451 4.3.0 Try later", recipient=JANE)

    assert await round_at(house, at(2027, 1, 1)) == []
    assert await round_at(house, at(2027, 1, 1, 12)) == [(MANAGER, "task")]

    house.sink.behave()
    assert await round_at(house, at(2027, 1, 1, 15)) == [(JANE, "adr-rights")]
    assert (await house.row(ObligationRow, promise="adr_rights")).state == "met"


async def test_after_a_long_outage_the_customer_gets_one_clock_mail_and_the_manager_the_rest(
    house: House,
) -> None:
    house.deliver(Mail())

    letters = await round_at(house, at(2027, 1, 4))

    to_jane = [template for recipient, template in letters if recipient == JANE]
    assert to_jane == ["acknowledgement", "adr-rights", "introduction"]
    assert (MANAGER, "task") in letters
