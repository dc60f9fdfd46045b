"""
While a handler is away: who reads what cannot wait, and whose the case stays.
"""

from dataclasses import replace
from datetime import UTC, date, datetime

from mailbot.cases.decide import decide
from mailbot.cases.firm import Firm
from mailbot.cases.obligation import Does
from mailbot.cases.people.handlers import Absence, People
from mailbot.cases.people.stand_in import acting
from mailbot.cases.triggers import ClockStruck, MessageJoined
from tests.cases.builders import (
    HEAD,
    MANAGER,
    OWEN,
    RHIAN,
    a_case,
    a_firm,
    a_message,
    away,
    step,
)

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
TODAY = date(2026, 11, 23)
SIOBHAN = replace(OWEN, name="Siobhan Lee", email="siobhan@example.com")

RHIAN_IS_AWAY = a_firm(handlers=(away(RHIAN), OWEN, SIOBHAN, MANAGER, HEAD))


def with_work(firm: Firm, **cases: int) -> Firm:
    return replace(firm, busy={f"{name}@example.com": count for name, count in cases.items()})


def test_a_handler_who_is_in_has_no_stand_in() -> None:
    assert acting(RHIAN, a_firm(), TODAY) == RHIAN


def test_of_those_who_are_in_the_one_with_the_fewest_cases_stands_in() -> None:
    assert acting(RHIAN, with_work(RHIAN_IS_AWAY, owen=3, siobhan=2), TODAY) == SIOBHAN
    assert acting(RHIAN, with_work(RHIAN_IS_AWAY, owen=3, siobhan=4), TODAY) == OWEN


def test_where_no_handler_is_in_the_manager_stands_in() -> None:
    firm = a_firm(handlers=(away(RHIAN), away(OWEN), MANAGER, HEAD))

    assert acting(RHIAN, firm, TODAY) == MANAGER


def test_for_the_manager_the_head_stands_in_and_no_handler() -> None:
    firm = a_firm(handlers=(RHIAN, OWEN, away(MANAGER), HEAD))

    assert acting(MANAGER, firm, TODAY) == HEAD


def test_where_everybody_is_away_the_case_stays_where_it_is_known() -> None:
    firm = a_firm(handlers=(away(RHIAN), away(OWEN), away(MANAGER), away(HEAD)))

    assert acting(RHIAN, firm, TODAY) == away(RHIAN)


def test_a_case_with_nobody_is_the_managers() -> None:
    assert acting(None, a_firm(), TODAY) == MANAGER


def test_an_absence_that_was_entered_counts_beside_those_of_the_file() -> None:
    period = Absence(first=TODAY, last=TODAY)
    people = People((replace(RHIAN, also=("r.price@example.com",)), OWEN))

    told = people.also_away({"r.price@example.com": (period,)})

    assert [each.is_away(TODAY) for each in told.handlers] == [True, False]
    assert not told.handlers[0].is_away(date(2026, 11, 24))


def test_a_customers_message_goes_to_the_handler_and_to_their_stand_in() -> None:
    trigger = MessageJoined(
        message=a_message(), occasion="message.7", reason="joined_by_references"
    )

    decision = decide(a_case(), trigger, RHIAN_IS_AWAY, MONDAY)

    shown = [each for each in decision.letters if each.template == "customer-reply"]
    assert [each.to.email for each in shown] == [RHIAN.email, OWEN.email]
    assert [each.facts.get("stands_in_for") for each in shown] == [None, RHIAN.name]
    assert len({each.occasion for each in shown}) == 2
    assert decision.handler is None  # the case stays Rhian's


def test_a_warning_goes_to_the_stand_in_alone() -> None:
    case = a_case()
    trigger = ClockStruck(steps=(step(case, "agree_contact", Does.WARN),))

    decision = decide(case, trigger, RHIAN_IS_AWAY, MONDAY)

    (warning,) = [each for each in decision.letters if each.template == "warning"]
    assert warning.to.email == OWEN.email
    assert warning.facts["stands_in_for"] == RHIAN.name
