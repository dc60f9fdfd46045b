"""
Whose refusal it is: theirs, while others are accepted in the same minute; ours, where nobody is.
"""

from datetime import UTC, datetime, timedelta

from mailbot.mail.outcome import Deferred
from mailbot.workers.refusals import Refusals

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FULL = Deferred("RCPT answered 552 5.2.2: about us", about_us=True, may_be_theirs=True)
DENIED = Deferred("RCPT answered 554 5.7.1: about us", about_us=True)
JANE, SAM, RHIAN = "jane@example.com", "sam@example.org", "rhian@example.net"


def test_who_is_refused_beside_a_neighbour_is_to_blame_themselves() -> None:
    refusals = Refusals()
    refusals.accepted(RHIAN, NOON)

    for who in (JANE, SAM):
        judged = refusals.judged(who, FULL, "", NOON + timedelta(seconds=50))
        assert (judged.is_theirs, judged.about_us) == (True, False)
        assert judged.reason == "RCPT answered 552 5.2.2: the recipient's"
    assert not refusals.is_us


def test_a_neighbour_of_an_hour_ago_says_nothing() -> None:
    refusals = Refusals()
    refusals.accepted(RHIAN, NOON)

    refusals.judged(JANE, FULL, "", NOON + timedelta(hours=1))
    second = refusals.judged(SAM, FULL, "", NOON + timedelta(hours=1))
    assert second.about_us
    assert refusals.is_us


def test_nobody_is_their_own_neighbour() -> None:
    refusals = Refusals()
    refusals.accepted(JANE, NOON)

    refusals.judged(JANE, FULL, "", NOON)
    refusals.judged(SAM, FULL, "", NOON)
    assert not refusals.is_us
    assert refusals.is_among(JANE)
    assert not refusals.is_among(SAM)


def test_one_alone_is_presumed_to_be_to_blame() -> None:
    judged = Refusals().judged(JANE, FULL, "", NOON)

    assert judged.reason == "RCPT answered 552 5.2.2: the recipient's, as it seems"


def test_a_neighbour_that_comes_later_in_the_minute_tells_too() -> None:
    refusals = Refusals()
    refusals.judged(JANE, FULL, "", NOON)
    refusals.judged(SAM, FULL, "", NOON)
    assert refusals.is_us
    refusals.accepted(RHIAN, NOON + timedelta(seconds=30))

    # The next night, with nobody else to write to.
    late = NOON + timedelta(hours=14)
    assert refusals.judged(JANE, FULL, "", late).is_theirs
    assert refusals.judged(SAM, FULL, "", late).is_theirs
    assert not refusals.is_us


def test_what_was_known_before_a_restart_is_read_from_the_letter() -> None:
    refusals = Refusals()

    for who in (JANE, SAM, RHIAN):
        assert refusals.judged(who, FULL, "RCPT answered 550: the recipient's", NOON).is_theirs
    assert not refusals.is_us


def test_what_is_said_of_us_is_ours_whoever_was_accepted() -> None:
    refusals = Refusals()
    refusals.accepted(RHIAN, NOON)

    assert refusals.judged(JANE, DENIED, "", NOON) == DENIED
    assert refusals.judged(SAM, DENIED, "", NOON) == DENIED
    assert refusals.is_us
    assert not refusals.is_open


def test_who_is_accepted_again_is_not_remembered() -> None:
    refusals = Refusals()
    refusals.accepted(RHIAN, NOON)
    refusals.judged(JANE, FULL, "", NOON)
    refusals.accepted(JANE, NOON + timedelta(minutes=5))

    assert not refusals.judged(JANE, FULL, "", NOON + timedelta(hours=2)).reason.endswith("'s")
