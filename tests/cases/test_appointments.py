"""
An agreed time that is moved or taken back says so.
"""

import pytest

from mailbot.cases.obligation import ObligationState
from tests.cases.builders import at
from tests.cases.life import Life

MONDAY = at("2026-11-23 10:00")


def agreed(when: str = "wed 14:00") -> Life:
    life = Life().until(MONDAY)
    life.order(f"#contact {when}")
    return life


def facts(life: Life, template: str) -> dict[str, object]:
    return dict(life.sent(template)[-1].letter.facts)


def test_the_first_time_stands_instead_of_nothing() -> None:
    assert "instead_of" not in facts(agreed(), "contact-agreed")


def test_another_time_says_which_one_it_replaces() -> None:
    life = agreed()
    life.order("#contact thu 11:30")

    assert facts(life, "contact-agreed")["instead_of"] == "Wednesday 25 November 2026, 2pm"


def test_the_same_time_once_more_replaces_nothing() -> None:
    life = agreed()
    life.order("#contact wed 14:00")

    assert "instead_of" not in facts(life, "contact-agreed")


def test_a_time_that_is_over_is_not_replaced() -> None:
    life = agreed().until(at("2026-11-25 16:00"))
    life.order("#contact thu 11:30")

    assert "instead_of" not in facts(life, "contact-agreed")


@pytest.mark.parametrize(
    ("order", "template"),
    [
        ("#close phone Jane Doe, today 9:30", "closed"),
        ("#outcome\nThe mast was repaired.", "outcome"),
        ("#deadlock\nWe cannot agree.", "deadlock"),
        ("#not-complaint opening hours", "not-complaint"),
    ],
)
def test_what_ends_it_takes_the_time_back(order: str, template: str) -> None:
    life = agreed()
    life.order(order)

    assert facts(life, template)["cancelled"] == "Wednesday 25 November 2026, 2pm"
    assert life.obligation("keep_contact").state is not ObligationState.OPEN


def test_an_interval_was_agreed_with_nobody_as_a_time() -> None:
    life = agreed().until(at("2026-11-25 15:00"))
    life.order("#every 3 days")
    life.order("#call\nShe is content to wait.")
    life.order("#close phone Jane Doe, today 14:30")

    assert "cancelled" not in facts(life, "closed")
