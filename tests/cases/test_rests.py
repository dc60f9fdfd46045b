"""
No step rests on a letter that did not arrive: every letter to the customer, and what becomes
of what rested on it.
"""

from pathlib import Path

import pytest

from mailbot.cases.correspondence.yes_or_no import Said
from mailbot.cases.letter import HEARD_OF, RESTS
from mailbot.cases.obligation import ObligationState
from mailbot.cases.promises.deadlines import CLOCK_MAIL_ORDER
from mailbot.cases.states import State
from mailbot.cases.triggers import LetterAccepted, LetterFailed
from tests.cases.builders import JANE, STRANGER, at
from tests.cases.life import Life

TEMPLATES = Path(__file__).parents[2] / "templates" / "en"

#: Letters to our own people, and the copy of another letter.
NOT_TO_THE_CUSTOMER = {
    *("assignment", "customer-reply", "warning", "breach", "receipt", "confirm-command", "task"),
    *("held", "digest", "report", "copy"),
}

MONDAY = at("2026-11-23 10:00")
OPEN, MET, MET_LATE = ObligationState.OPEN, ObligationState.MET, ObligationState.MET_LATE
BREACHED, WITHDRAWN = ObligationState.BREACHED, ObligationState.WITHDRAWN

FATES = ("refused", "expired", "bounced", "declared_failed")


def fails(life: Life, template: str, fate: str = "refused") -> None:
    """
    The last letter of that template reaches nobody.
    """
    letter = life.sent(template)[-1].letter
    life._waiting = [each for each in life._waiting if each is not letter]
    life.happens(
        LetterFailed(
            template=template,
            to=letter.to,
            to_staff=False,
            occasion=letter.occasion,
            outcome=fate,
            reason="550 5.7.1 not from you",
            message_id="" if fate == "declared_failed" else f"{template} accepted",
        )
    )


def tasks(life: Life) -> list[str]:
    return [
        str(each.letter.facts["todo"]) for each in life.written if each.letter.template == "task"
    ]


def test_of_every_letter_to_the_customer_it_is_said_what_rests_on_it() -> None:
    written = {each.stem for each in TEMPLATES.glob("*.txt") if not each.stem.startswith("_")}

    assert set(RESTS) == written - NOT_TO_THE_CUSTOMER


def test_what_something_rests_on_is_heard_of_once_it_is_accepted() -> None:
    assert {"acknowledgement", "introduction", "outcome", "adr-rights", "deadlock"} == HEARD_OF


@pytest.mark.parametrize("template", sorted(set(RESTS) - {"copy"}))
@pytest.mark.parametrize("fate", FATES)
def test_each_letter_that_does_not_arrive_is_somebodys_task(template: str, fate: str) -> None:
    life = Life().until(MONDAY)
    life.happens(
        LetterFailed(
            template=template,
            to=JANE,
            to_staff=False,
            occasion="somewhere.1",
            outcome=fate,
            reason="550",
        )
    )

    assert len(tasks(life)) == 1
    assert life.case.to_post == (template,)


@pytest.mark.parametrize("template", CLOCK_MAIL_ORDER[1:])
def test_what_only_reminds_opens_nothing_when_it_fails(template: str) -> None:
    assert RESTS[template] == type(RESTS[template])()


# --- the outcome ------------------------------------------------------------------------


def with_an_outcome(*, is_accepted: bool) -> Life:
    life = Life().until(MONDAY)
    if not is_accepted:
        life.server_down()
    life.order("#outcome\nYour router was replaced, and the line tested for a day.")
    return life


def test_nobody_is_asked_about_an_outcome_that_has_not_been_accepted() -> None:
    life = with_an_outcome(is_accepted=False)
    life.until(at("2026-12-14 17:00"))

    assert life.case.obligation("confirm_closure") is None
    assert life.sent("confirm-reminder") == []


def test_the_question_is_asked_from_the_instant_at_which_it_was_accepted() -> None:
    life = with_an_outcome(is_accepted=False)
    life.until(at("2026-11-25 11:00")).server_up()

    assert life.obligation("confirm_closure").acts_at == at("2026-12-02 09:00")


def test_a_yes_to_an_outcome_that_nobody_has_accepted_is_for_the_handler_to_judge() -> None:
    life = with_an_outcome(is_accepted=False)
    life.customer("Yes", said=Said.YES)

    assert life.case.state is State.AWAITING_CONFIRMATION
    assert life.obligation("answer").state is OPEN
    assert life.sent("closed") == []


def test_a_no_to_it_is_heard_all_the_same() -> None:
    life = with_an_outcome(is_accepted=False)
    life.customer("No", said=Said.NO)

    assert life.case.state is State.OPEN
    assert life.case.level == 1


def test_a_yes_to_an_accepted_outcome_closes() -> None:
    life = with_an_outcome(is_accepted=True)
    life.customer("Yes", said=Said.YES)

    assert life.case.state is State.CLOSED
    assert life.obligation("confirm_closure").state is MET


@pytest.mark.parametrize("fate", FATES)
def test_an_outcome_that_reaches_nobody_is_owed_as_before(fate: str) -> None:
    life = with_an_outcome(is_accepted=fate == "bounced")
    fails(life, "outcome", fate)

    assert life.case.state is State.OPEN
    assert life.case.outcome_at is None
    assert life.obligation("agree_contact").state is OPEN
    assert "outcome_lost" in [each.name for each in life.decisions[-1].events]
    assert "#outcome" in tasks(life)[-1]


def test_the_question_about_it_is_withdrawn() -> None:
    life = with_an_outcome(is_accepted=True).until(at("2026-11-27 10:00"))
    fails(life, "outcome", "bounced")
    life.until(at("2026-12-14 17:00"))

    assert life.obligation("confirm_closure").state is WITHDRAWN
    assert life.sent("confirm-reminder") == []


def test_a_yes_after_it_came_back_closes_nothing() -> None:
    life = with_an_outcome(is_accepted=True)
    fails(life, "outcome", "bounced")
    life.customer("Yes", said=Said.YES)

    assert life.case.state is State.OPEN
    assert life.obligation("answer").state is OPEN


def test_somebody_is_in_touch_again_where_the_first_days_are_over() -> None:
    life = with_an_outcome(is_accepted=True).until(at("2026-12-01 10:00"))
    fails(life, "outcome", "bounced")

    assert life.obligation("agree_contact").state is BREACHED
    assert life.obligation("keep_contact").due_at == at("2026-12-08 17:00")


def test_an_outcome_that_comes_back_after_a_call_closed_the_case_opens_nothing() -> None:
    life = with_an_outcome(is_accepted=True)
    life.order("#close phone Jane Doe, today 9:30")
    fails(life, "outcome", "bounced")

    assert life.case.state is State.CLOSED


def test_a_lost_outcome_that_is_posted_asks_the_question() -> None:
    life = with_an_outcome(is_accepted=True)
    fails(life, "outcome", "bounced")
    life.until(at("2026-11-25 10:00")).order("#posted outcome")

    assert life.case.state is State.AWAITING_CONFIRMATION
    assert life.obligation("confirm_closure").acts_at == at("2026-12-02 09:00")
    assert life.obligation("agree_contact").state is MET


def test_a_lost_outcome_of_which_somebody_says_that_it_arrived_asks_it_too() -> None:
    life = with_an_outcome(is_accepted=False)
    fails(life, "outcome", "expired")
    life.happens(
        LetterAccepted(template="outcome", recipient=JANE.email, at=life.now, evidence="says Olwen")
    )

    assert life.case.state is State.AWAITING_CONFIRMATION
    assert life.case.owes("confirm_closure")


def test_an_outcome_that_arrives_after_a_no_asks_nothing() -> None:
    life = with_an_outcome(is_accepted=False)
    life.order("#reopen the fault is back")
    life.server_up()

    assert life.case.state is State.OPEN
    assert life.case.obligation("confirm_closure") is None


def test_an_older_outcome_that_comes_back_leaves_the_newer_one_as_it_is() -> None:
    life = with_an_outcome(is_accepted=True)
    first = life.sent("outcome")[0].letter
    life.order("#outcome\nWe have credited the month as well.")
    life.happens(
        LetterFailed(
            template="outcome",
            to=JANE,
            to_staff=False,
            occasion=first.occasion,
            outcome="bounced",
            reason="550",
            followed_by="order.2.0",
        )
    )

    assert life.case.state is State.AWAITING_CONFIRMATION
    assert life.case.owes("confirm_closure")
    # And what it had met rests on the newer one from now on.
    assert life.obligation("agree_contact").evidence == "an outcome was written [order.2.0]"


def test_an_older_outcome_that_is_accepted_late_asks_nothing() -> None:
    life = with_an_outcome(is_accepted=False)
    life.happens(
        LetterAccepted(
            template="outcome",
            recipient=JANE.email,
            at=life.now,
            evidence="outcome accepted",
            followed_by="order.2.0",
        )
    )

    assert life.case.obligation("confirm_closure") is None


# --- an agreed time ---------------------------------------------------------------------


def test_a_time_of_which_the_customer_was_not_told_is_not_agreed() -> None:
    life = Life().until(MONDAY)
    life.order("#contact wed 14:00")
    fails(life, "contact-agreed", "bounced")

    assert life.obligation("agree_contact").state is OPEN
    # The handler rings at that time all the same.
    assert life.obligation("keep_contact").state is OPEN


def test_whoever_is_rung_at_that_time_was_agreed_with_after_all() -> None:
    life = Life().until(MONDAY)
    life.order("#contact wed 14:00")
    fails(life, "contact-agreed", "bounced")
    life.until(at("2026-11-25 14:10")).order("#call\nThe new line works.")

    assert life.obligation("agree_contact").state is MET


def test_it_matters_no_more_once_they_were_in_touch() -> None:
    life = Life().until(MONDAY)
    life.order("#contact today 14:00")
    life.until(at("2026-11-23 14:10")).order("#call\nShe will be in on Friday.")
    fails(life, "contact-agreed", "bounced")

    assert life.obligation("agree_contact").state is MET


# --- the deadlock letter ----------------------------------------------------------------


def deadlocked(*, is_accepted: bool = True, when: str = "2026-11-24 10:00") -> Life:
    life = Life().until(at(when))
    if not is_accepted:
        life.server_down()
    life.order("#deadlock\nWe cannot agree on the charge for the second line.")
    return life


def test_after_an_accepted_deadlock_letter_nobody_promises_to_be_in_touch() -> None:
    life = deadlocked().until(at("2027-01-20 12:00"))

    assert life.to_customer(at("2026-11-24 10:01")) == []
    assert life.obligation("agree_contact").state is WITHDRAWN
    assert [each for each, _ in life.to_staff(at("2026-11-24 10:01")) if each == "breach"] == []


def test_it_ends_the_weekly_contact_too() -> None:
    life = Life().until(MONDAY)
    life.order("#contact wed 14:00")
    life.order("#deadlock\nWe cannot agree.")
    life.until(at("2027-01-20 12:00"))

    assert life.obligation("keep_contact").state is WITHDRAWN
    assert life.sent("contact-missed") == []


def test_one_that_nobody_has_accepted_ends_nothing() -> None:
    life = deadlocked(is_accepted=False)

    assert life.obligation("agree_contact").state is OPEN


def test_one_that_is_posted_ends_it() -> None:
    life = Life().until(MONDAY)
    life.order("#post 1 High Street, Ebbw Vale, NP23 6XX")
    life.order("#deadlock\nWe cannot agree.")
    assert life.obligation("agree_contact").state is OPEN
    life.order("#posted deadlock")

    assert life.obligation("agree_contact").state is WITHDRAWN


def test_a_customer_who_writes_after_it_is_kept_in_touch_with() -> None:
    life = deadlocked().until(at("2026-12-07 11:00"))
    life.customer("I would rather have the old contract back.")

    assert life.obligation("answer").state is OPEN
    assert life.obligation("keep_contact").due_at == at("2026-12-14 17:00")


def test_within_the_first_days_a_time_is_still_to_be_agreed() -> None:
    life = deadlocked().until(at("2026-11-24 15:00"))
    life.customer("Please ring me.")

    assert life.obligation("agree_contact").state is OPEN
    assert life.case.obligation("keep_contact") is None


def test_a_contact_that_is_agreed_after_it_is_owed() -> None:
    life = deadlocked()
    life.order("#contact thu 10:00")

    assert life.obligation("keep_contact").due_at == at("2026-11-26 17:00")


def test_a_deadlock_letter_that_comes_back_opens_what_it_had_ended() -> None:
    life = deadlocked()
    fails(life, "deadlock", "bounced")

    assert life.obligation("agree_contact").state is OPEN
    assert life.obligation("adr_rights").state is OPEN
    assert life.case.rights_letters == frozenset()


def test_one_that_comes_back_weeks_later_books_the_next_contact() -> None:
    life = deadlocked().until(at("2026-12-08 10:00"))
    fails(life, "deadlock", "bounced")

    assert life.obligation("keep_contact").due_at == at("2026-12-15 17:00")


@pytest.mark.parametrize("fate", FATES)
def test_a_deadlock_letter_that_reached_nobody_never_stands_for_the_rights_letter(
    fate: str,
) -> None:
    life = deadlocked(is_accepted=fate == "bounced")
    fails(life, "deadlock", fate)
    life.server_up()
    life.until(at("2027-01-01 09:00"))

    assert [template for template, _ in life.rights()] == ["deadlock", "adr-rights"]


@pytest.mark.parametrize("fate", FATES)
def test_after_the_six_weeks_the_rights_letter_goes_at_once_in_its_place(fate: str) -> None:
    life = deadlocked(is_accepted=fate == "bounced", when="2026-12-30 10:00")
    life.until(at("2027-01-03 11:00"))
    fails(life, "deadlock", fate)

    assert life.rights()[-1] == ("adr-rights", at("2027-01-03 11:00"))


def test_where_the_rights_letter_had_gone_before_it_is_not_said_again() -> None:
    life = Life().until(at("2027-01-04 10:00"))
    life.order("#deadlock\nWe cannot agree.")
    fails(life, "deadlock", "refused")

    assert [template for template, _ in life.rights()] == ["adr-rights", "deadlock"]
    assert life.obligation("adr_rights").state is MET
    # And it can be written once more.
    assert life.case.rights_letters == {"adr-rights"}


def test_a_copy_that_does_not_arrive_undoes_nothing() -> None:
    life = with_an_outcome(is_accepted=True)
    life.happens(
        LetterFailed(
            template="copy",
            to=STRANGER,
            to_staff=False,
            occasion="outcome.abc.order.1.0",
            outcome="bounced",
            reason="550",
        )
    )

    assert life.case.state is State.AWAITING_CONFIRMATION
    assert life.case.owes("confirm_closure")


@pytest.mark.parametrize("to", [JANE.email, "jane@new.example"])
def test_a_rights_letter_comes_back_to_nobody_who_has_that_right(to: str) -> None:
    life = Life()
    life.until(life.day(43))
    life.order("#not-eligible larger")
    life.order(f"#correct email {to}")
    fails(life, "adr-rights", "bounced")

    assert life.obligation("adr_rights").state is WITHDRAWN
    assert [each.letter.encloses for each in life.written if each.letter.encloses] == []
    assert len(life.sent("adr-rights")) == 1
    assert "Nothing has to be posted" in tasks(life)[-1]

    # Were that said in error, it goes at once; never twice to one address.
    life.order("#eligible")
    assert len(life.sent("adr-rights")) == (1 if to == JANE.email else 2)
