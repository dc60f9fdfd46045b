"""
Answers to letters of which nobody here has heard yet that they were sent.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.cases.known.rows import KnownLetter
from mailbot.cases.letter_status import Status
from mailbot.cases.states import State
from mailbot.desk.consequences import put
from mailbot.desk.letter_outcomes import Word
from mailbot.mail.outcome import Uncertain
from tests.cases.builders import STRANGER
from tests.desk.builders import Desk, an_answer, with_a_case
from tests.desk.test_returned import a_bounce


def tried(desk: Desk, template: str) -> KnownLetter:
    """
    Its letter, which somebody has in hand, or had when they died.
    """
    letter = replace(
        desk.letter(template), attempts=1, claimed_until=desk.now + timedelta(minutes=10)
    )
    desk.known.letters[letter.id] = letter
    return letter


def asked() -> Desk:
    """
    An outcome has left, and whoever sent it died before saying so.
    """
    desk = with_a_case()
    assert desk.orders("#outcome\nThe line is mended.").is_done
    tried(desk, "outcome")
    desk.lets_pass(timedelta(minutes=1))
    return desk


def test_a_yes_to_an_outcome_that_nobody_has_heard_of_closes() -> None:
    desk = asked()

    desk.arrives(an_answer(desk.letter("outcome"), "Yes, thank you."))

    assert desk.case().state is State.CLOSED
    assert desk.state_of("confirm_closure") == "met"
    outcome = desk.letter("outcome")
    assert (outcome.status, outcome.next_attempt_at, outcome.claimed_until) == ("sent", None, None)


def test_a_no_to_it_opens_the_case_again_and_the_question_was_asked() -> None:
    desk = asked()

    desk.arrives(an_answer(desk.letter("outcome"), "No", received_at=desk.now))

    assert desk.case().state is State.OPEN
    assert desk.state_of("confirm_closure") == "met"


def test_an_answer_to_the_acknowledgement_keeps_its_promise_from_when_it_came() -> None:
    desk = Desk()
    desk.arrives()
    letter = tried(desk, "acknowledgement")
    came = desk.now + timedelta(minutes=2)
    # It is taken in after an outage.
    desk.lets_pass(timedelta(days=30))

    desk.arrives(an_answer(letter, "And what of my bill?", received_at=came))

    assert desk.state_of("acknowledge") == "met"
    [kept] = [each for each in desk.case().obligations if each.promise == "acknowledge"]
    assert kept.settled_at == came


def test_what_the_relay_says_later_of_an_answered_letter_changes_nothing() -> None:
    desk = asked()
    letter = desk.letter("outcome")
    desk.arrives(an_answer(letter, "Yes"))

    assert desk.settles(letter, Uncertain("the line broke")) == "claimed_by_another"
    assert desk.letter("outcome").status == Status.SENT


@pytest.mark.parametrize(
    "what", ["a stranger's", "a machine's", "only in the thread", "nobody has tried it"]
)
def test_no_other_answer_proves_that_it_has_arrived(what: str) -> None:
    desk = asked()
    letter = desk.letter("outcome")
    answer = an_answer(letter, "Yes")
    if what == "a stranger's":
        answer = an_answer(letter, "Yes", sender=STRANGER.email)
    elif what == "a machine's":
        answer = replace(answer, headers={"auto-submitted": ("auto-replied",)})
    elif what == "only in the thread":
        answer = replace(answer, in_reply_to=(), references=(letter.message_id,))
    else:
        desk.known.letters[letter.id] = replace(letter, attempts=0)

    desk.arrives(answer)

    assert desk.letter("outcome").status == Status.QUEUED
    assert desk.case().state is State.AWAITING_CONFIRMATION


# --- what was in somebody's hand --------------------------------------------------------


def test_what_came_back_or_was_said_of_a_letter_takes_it_out_of_the_hand_that_had_it() -> None:
    desk = with_a_case()
    for template in ("acknowledgement", "introduction"):
        tried(desk, template)
        desk.known.letters[desk.letter(template).id] = replace(
            desk.letter(template), status=Status.UNCERTAIN
        )

    desk.does(lambda turn: put(turn, replace(desk.letter("introduction"), reason="looked at")))
    assert desk.letter("introduction").claimed_until is not None, "it is underway"

    desk.resolves(desk.letter("introduction"), Word.SENT)
    desk.arrives(a_bounce(desk.letter("acknowledgement").message_id))

    assert desk.letter("acknowledgement").status == Status.BOUNCED
    assert desk.letter("introduction").status == Status.SENT
    for template in ("acknowledgement", "introduction"):
        assert desk.letter(template).claimed_until is None, template
