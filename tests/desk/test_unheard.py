"""
Words that may mean danger: seen at once in every mail to our people that carries them, and an
alarm where nobody who gets one is in.
"""

from dataclasses import replace
from datetime import date

import pytest

from mailbot.cases.people.handlers import Absence, Handler
from mailbot.desk.recorded import Recorded
from tests.cases.builders import HEAD, MANAGER, OWEN, RHIAN, a_firm, a_message, at, away
from tests.desk.builders import Desk, an_office, subject_of, with_a_case, words_of

CHRISTMAS_EVE = at("2026-12-24 16:30")
TELECARE = "My mother's telecare line is dead, she is alone."
FRAIL = "Mae fy nhad ar oxygen, a does dim ffôn yn y tŷ."
EVERYBODY_AWAY = (away(RHIAN), away(OWEN), away(MANAGER), away(HEAD))

ALERT = "Somebody may be at risk"


def on_christmas_eve(
    text: str, *, handlers: tuple[Handler, ...] = EVERYBODY_AWAY
) -> tuple[Desk, Recorded]:
    desk = Desk(office=an_office(a_firm(handlers=handlers)), now=CHRISTMAS_EVE)
    return desk, desk.arrives(a_message(text=text, received_at=CHRISTMAS_EVE))


@pytest.mark.parametrize("text", [TELECARE, FRAIL, "There is no\ndial tone. She is vulnerable."])
def test_with_everybody_away_the_task_carries_the_alert_and_it_is_an_alarm(text: str) -> None:
    desk, recorded = on_christmas_eve(text)
    task = desk.letter("task")

    assert subject_of(task).startswith(ALERT)
    assert "ring the customer at once" in words_of(task)
    assert recorded.is_unheard


def test_one_who_is_in_is_enough() -> None:
    desk, recorded = on_christmas_eve(TELECARE, handlers=(away(RHIAN), OWEN, MANAGER))

    assert subject_of(desk.letter("assignment")).startswith(ALERT)
    assert not recorded.is_unheard


def test_a_day_on_which_nobody_works_is_an_absence_of_everybody() -> None:
    christmas = at("2026-12-25 11:00")
    desk = Desk(now=christmas)

    assert desk.arrives(a_message(text=TELECARE, received_at=christmas)).is_unheard


def test_mail_without_such_words_is_no_alarm_whoever_is_away() -> None:
    desk, recorded = on_christmas_eve("My bill is wrong again.")

    assert not recorded.is_unheard
    assert not subject_of(desk.letter("task")).startswith(ALERT)


def test_a_further_message_that_reaches_only_an_absent_handler_is_an_alarm() -> None:
    desk = with_a_case()
    absent = tuple(
        replace(each, away=(Absence(first=date(2026, 11, 23), last=date(2026, 11, 30)),))
        for each in (RHIAN, OWEN, MANAGER, HEAD)
    )
    desk.office = an_office(a_firm(handlers=absent))
    desk.now = at("2026-11-24 10:00")
    recorded = desk.arrives(
        a_message(text=FRAIL, message_id="again@customer.example", received_at=desk.now)
    )

    assert recorded.is_unheard


def test_an_unreadable_or_withheld_mail_says_it_too() -> None:
    desk = Desk()
    desk.arrives(a_message(text=TELECARE, headers={"x-spam-flag": ("YES",)}))

    assert all(subject_of(each).startswith(ALERT) for each in desk.letters("task"))
    assert desk.letters("task")


def test_whoever_takes_the_case_over_later_is_alerted_as_the_first_was() -> None:
    desk = Desk()
    desk.arrives(a_message(text=TELECARE))
    desk.sends()
    desk.orders(f"#assign {OWEN.name}")

    assert desk.letter("assignment").recipient == OWEN.email
    assert subject_of(desk.letter("assignment")).startswith(ALERT)


def test_a_mail_to_the_customer_has_no_alert() -> None:
    desk, _ = on_christmas_eve(TELECARE)

    assert "risk" not in subject_of(desk.letter("acknowledgement"))
