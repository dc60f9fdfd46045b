"""
What became of letters: a promise met or owed again, and somebody told.
"""

from datetime import timedelta

import pytest

from mailbot.cases.known.arrivals import arriving
from mailbot.cases.known.rows import KnownLetter
from mailbot.desk import letter_outcomes
from mailbot.desk.letter_outcomes import CLAIMED_BY_ANOTHER, Delivered, Word, alias_in
from mailbot.mail.outcome import Deferred, Outcome, Refused, Sent, Uncertain
from tests.cases.builders import FRIDAY, MANAGER, RHIAN, a_message, at
from tests.desk.builders import Desk, claimed, with_a_case, words_of

SOON = FRIDAY + timedelta(minutes=5)


def a_desk() -> Desk:
    """
    A case is open, and its letters wait.
    """
    desk = Desk()
    desk.arrives()
    return desk


# --- settled ------------------------------------------------------------------


def test_a_letter_that_was_accepted_keeps_its_promise() -> None:
    desk = a_desk()
    letter = desk.letter("acknowledgement")

    assert desk.settles(letter, Sent("250 Ok")) == "sent"
    assert desk.state_of("acknowledge") == "met"
    assert desk.known.letters[letter.id].accepted_at == FRIDAY
    assert desk.known.letters[letter.id].next_attempt_at is None


def test_the_evidence_of_a_promise_is_the_id_of_its_letter() -> None:
    desk = a_desk()
    letter = desk.letter("acknowledgement")

    desk.settles(letter, Sent("250 Ok"))
    kept = desk.case().obligation("acknowledge")
    assert kept is not None
    assert letter.message_id in kept.evidence


def test_a_letter_that_keeps_no_promise_is_only_sent() -> None:
    desk = a_desk()
    before = desk.events()

    assert desk.settles(desk.letter("assignment"), Sent("250 Ok")) == "sent"
    assert desk.events() == before


def test_a_refused_acknowledgement_is_a_task_for_the_handler() -> None:
    desk = a_desk()

    assert desk.settles(desk.letter("acknowledgement"), Refused("550 5.1.1")) == "refused"
    assert desk.state_of("acknowledge") == "open"
    task = desk.letter("task")
    assert task.recipient == RHIAN.email
    assert desk.known.letters[desk.letter("acknowledgement").id].reason == "550 5.1.1"


@pytest.mark.parametrize(
    ("result", "status"), [(Deferred("450"), "deferred"), (Uncertain("line lost"), "uncertain")]
)
def test_what_may_still_go_waits_for_its_next_attempt(result: Outcome, status: str) -> None:
    desk = a_desk()
    letter = desk.letter("acknowledgement")

    assert desk.settles(letter, result, SOON) == status
    assert desk.known.letters[letter.id].next_attempt_at == SOON
    assert desk.letters("task") == []


@pytest.mark.parametrize("result", [Deferred("450"), Uncertain("line lost")])
def test_what_has_no_next_attempt_has_expired_and_is_a_task(result: Outcome) -> None:
    desk = a_desk()

    assert desk.settles(desk.letter("acknowledgement"), result) == "expired"
    assert len(desk.letters("task")) == 1


def test_a_stale_claim_changes_nothing() -> None:
    desk = a_desk()
    letter = desk.letter("acknowledgement")
    stale = claimed(letter, attempt=letter.attempts + 1)

    late = Delivered(letter=stale, result=Sent("250 Ok"), at=FRIDAY, next_at=None)
    assert desk.does(lambda turn: letter_outcomes.settle(turn, [late])) == [CLAIMED_BY_ANOTHER]
    assert desk.known.letters[letter.id] == letter
    assert desk.state_of("acknowledge") == "open"


@pytest.mark.parametrize("later", [Deferred("450"), Sent("250 Later")])
@pytest.mark.parametrize("first", [Sent("250 Ok"), Refused("550")])
def test_what_is_settled_is_not_settled_by_a_later_line(first: Outcome, later: Outcome) -> None:
    desk = a_desk()
    letter = desk.letter("acknowledgement")
    desk.settles(letter, first)
    settled = desk.known.letters[letter.id]

    assert desk.settles(letter, later, SOON) == CLAIMED_BY_ANOTHER
    assert desk.known.letters[letter.id] == settled


@pytest.mark.parametrize("result", [Deferred("450"), Uncertain("line lost"), Refused("550")])
def test_a_letter_that_was_made_pointless_on_the_line_never_leaves_afterwards(
    result: Outcome,
) -> None:
    desk = with_a_case()
    desk.strikes(at=at("2026-11-25 09:00"))
    on_the_line = desk.letter("follow-up")
    desk.orders("#contact 26/11 14:00")

    assert desk.settles(on_the_line, result, SOON) == CLAIMED_BY_ANOTHER
    follow_up = desk.letter("follow-up")
    assert (follow_up.status, follow_up.next_attempt_at) == ("withdrawn", None)
    assert desk.letters("task") == []


def test_a_letter_that_had_left_before_it_was_made_pointless_was_sent() -> None:
    desk = with_a_case()
    desk.strikes(at=at("2026-11-25 09:00"))
    on_the_line = desk.letter("follow-up")
    desk.orders("#contact 26/11 14:00")

    assert desk.settles(on_the_line, Sent("250 Ok")) == "sent"


@pytest.mark.parametrize("result", [Sent("250 Ok"), Refused("550 5.1.1"), Deferred("450")])
def test_a_letter_whose_address_is_corrected_on_the_line_goes_to_the_new_one(
    result: Outcome,
) -> None:
    desk = a_desk()
    on_the_line = desk.letter("acknowledgement")
    desk.orders("#correct email jane.doe@elsewhere.example")

    assert desk.settles(on_the_line, result, SOON) == CLAIMED_BY_ANOTHER
    corrected = desk.letter("acknowledgement")
    assert corrected.recipient == "jane.doe@elsewhere.example"
    assert (corrected.status, corrected.next_attempt_at) == ("queued", desk.now)
    assert desk.state_of("acknowledge") == "open"
    assert desk.letters("task") == []


def test_a_letter_that_is_gone_is_somebody_elses() -> None:
    desk = a_desk()
    letter = desk.letter("acknowledgement")
    del desk.known.letters[letter.id]

    assert desk.settles(letter, Sent("250 Ok")) == CLAIMED_BY_ANOTHER


def test_of_two_letters_of_one_case_each_keeps_its_own_promise() -> None:
    desk = a_desk()

    assert desk.sends() == ["sent", "sent", "sent"]
    assert (desk.state_of("acknowledge"), desk.state_of("introduce")) == ("met", "met")


def test_each_letter_is_settled_at_its_own_instant() -> None:
    desk = a_desk()
    letters = [desk.letter("acknowledgement"), desk.letter("introduction")]
    delivered = [
        Delivered(letter=claimed(each), result=Sent("250"), at=at, next_at=None)
        for each, at in zip(letters, (FRIDAY, SOON), strict=True)
    ]

    desk.does(lambda turn: letter_outcomes.settle(turn, delivered))
    kept = [desk.case().obligation(each) for each in ("acknowledge", "introduce")]
    assert [each.settled_at for each in kept if each] == [FRIDAY, SOON]


def test_a_task_without_a_case_that_is_refused_goes_up_the_ladder() -> None:
    desk = Desk()
    desk.arrives(a_message(headers={"list-id": ("<news.example.com>",)}))
    [task] = desk.letters("task")

    desk.settles(task, Refused("550"))
    assert desk.letters("task")[0].recipient == MANAGER.email
    assert len(desk.letters("task")) == 2
    assert desk.events(None)[-1] == "letter_refused"


def test_a_case_with_the_number_nought_hears_of_its_letters() -> None:
    desk = Desk()
    desk.known.numbers = type(desk.known.numbers)(case=0)
    desk.takes_in(arriving(b"octets", a_message()))

    desk.sends()
    assert desk.state_of("acknowledge", serial=0) == "met"


# --- how the next hop calls it -------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "alias"),
    [
        ("250 2.6.0 <ABC@PROD.OUTLOOK.COM> [InternalId=1] Queued", "abc@prod.outlook.com"),
        ("250 Ok 0100018f5c2d-aaaa-000000", "0100018f5c2d-aaaa-000000"),
        ("250 2.0.0 Ok: queued as 4XY", ""),
        ("250 Ok short", ""),
        ("250", ""),
        (f"250 <{'a' * 300}@host.example>", ""),
        ("250 2.6.0 <@host.example>", ""),
    ],
)
def test_the_alias_is_what_the_next_hops_line_names(reply: str, alias: str) -> None:
    assert alias_in(reply) == alias


# --- by the word of a person ------------------------------------------------------


def in_doubt(template: str = "acknowledgement") -> tuple[Desk, KnownLetter]:
    desk = a_desk()
    desk.settles(desk.letter(template), Uncertain("line lost"), SOON)
    return desk, desk.letter(template)


def test_who_says_that_it_arrived_meets_its_promise_with_their_word() -> None:
    desk, letter = in_doubt()

    assert desk.resolves(letter, Word.SENT, "she thanked us")
    kept = desk.case().obligation("acknowledge")
    assert kept is not None
    assert kept.state == "met"
    assert "says Olwen: she thanked us" in kept.evidence
    assert desk.known.letters[letter.id].reply == "says Olwen: she thanked us"
    assert "letter_declared_sent" in desk.events()


def test_who_says_that_it_did_not_makes_it_a_task() -> None:
    desk, letter = in_doubt()

    assert desk.resolves(letter, Word.FAILED)
    assert desk.known.letters[letter.id].status == "refused"
    assert desk.known.letters[letter.id].reason == "says Olwen"
    assert len(desk.letters("task")) == 1


def test_nobody_can_say_of_a_sent_letter_that_it_failed() -> None:
    desk = with_a_case()

    assert not desk.resolves(desk.letter("acknowledgement"), Word.FAILED)
    assert desk.letter("acknowledgement").status == "sent"


def test_of_a_refused_letter_only_its_arrival_can_be_said() -> None:
    desk = a_desk()
    desk.settles(desk.letter("acknowledgement"), Refused("550"))
    letter = desk.letter("acknowledgement")

    assert not desk.resolves(letter, Word.FAILED)
    assert desk.resolves(letter, Word.SENT)
    assert desk.state_of("acknowledge") == "met"


def test_nothing_can_be_said_of_a_letter_that_still_waits() -> None:
    desk = a_desk()

    assert not desk.resolves(desk.letter("acknowledgement"), Word.SENT)


def test_nothing_can_be_said_of_a_letter_that_is_not_there() -> None:
    desk = a_desk()
    letter = desk.letter("acknowledgement")
    del desk.known.letters[letter.id]

    assert not desk.resolves(letter, Word.SENT)


def test_a_declared_failure_shows_the_letter_as_it_was() -> None:
    desk, letter = in_doubt()

    desk.resolves(letter, Word.FAILED, "she rang")
    assert "she rang" in words_of(desk.letter("task"))


# --- what rests on a letter ---------------------------------------------------------


def test_a_question_is_asked_once_the_outcome_was_accepted() -> None:
    desk = with_a_case()
    desk.orders("#outcome\nThe exchange was repaired.")
    assert desk.case().obligation("confirm_closure") is None

    desk.settles(desk.letter("outcome"), Sent("250 Ok"))
    assert desk.state_of("confirm_closure") == "open"


def test_an_older_outcome_that_fails_is_followed_by_the_newer_one() -> None:
    desk = with_a_case()
    desk.orders("#outcome\nThe exchange was repaired.")
    first = desk.letter("outcome")
    desk.lets_pass(timedelta(minutes=1))
    desk.orders("#outcome\nAnd you get a credit.")
    desk.settles(desk.letter("outcome"), Sent("250 Ok"))

    desk.settles(first, Refused("550 5.1.1"))
    assert desk.case().state == "awaiting_confirmation"
    assert desk.state_of("confirm_closure") == "open"


def test_where_both_have_failed_the_outcome_is_owed() -> None:
    desk = with_a_case()
    desk.orders("#outcome\nThe exchange was repaired.")
    first = desk.letter("outcome")
    desk.lets_pass(timedelta(minutes=1))
    desk.orders("#outcome\nAnd you get a credit.")
    desk.settles(desk.letter("outcome"), Refused("550 5.1.1"))
    desk.settles(first, Refused("550 5.1.1"))

    assert desk.case().state == "open"
    assert desk.state_of("agree_contact") == "open"


def test_a_deadlock_letter_that_was_refused_can_be_written_again() -> None:
    desk = with_a_case()
    desk.orders("#deadlock\nWe cannot agree.")
    desk.settles(desk.letter("deadlock"), Refused("550 5.7.1"))
    desk.lets_pass(timedelta(minutes=1))

    assert desk.orders("#deadlock\nWe cannot agree.").is_done
    assert [each.status for each in desk.letters("deadlock")] == ["refused", "queued"]
