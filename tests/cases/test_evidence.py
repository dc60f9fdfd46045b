"""
A letter that reaches the customer is evidence, whatever became of its promise meanwhile.
"""

from mailbot.cases.model import ObligationState
from tests.cases.builders import at
from tests.cases.life import Life

MONDAY = at("2026-11-23 10:00")


def test_a_rights_letter_accepted_while_its_promise_was_withdrawn_has_kept_it() -> None:
    life = Life().until(MONDAY)
    life.server_down()
    life.order("#deadlock We cannot agree.")
    life.order("#close phone Jane Doe, today 9:00")
    life.server_up()
    life.until(life.day(50))
    life.order("#reopen the fault is back")

    assert life.obligation("adr_rights").state is ObligationState.MET


def test_an_acknowledgement_accepted_while_it_was_no_complaint_has_kept_its_promise() -> None:
    life = Life(is_server_up=False)
    life.order("#not-complaint opening hours")
    life.server_up()
    life.order("#complaint it is one")

    assert life.obligation("acknowledge").state is ObligationState.MET
