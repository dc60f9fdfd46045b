"""
Each way in which mailbot stops being well, and how it is well again.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailbot.cases.known.clock import Doubt, Doubted
from mailbot.cases.known.home import Moved
from mailbot.cases.letter_status import Paused
from mailbot.health.facts import Ending, Facts, Waiting
from mailbot.health.place import ENOUGH, SCARCE
from mailbot.health.reasons import REMEDIES, Reason
from mailbot.health.rules import troubles
from mailbot.health.told import PARTS, Part, Told
from mailbot.store.standstill import ALL, MOVED, MOVING, RESTORED
from tests.health.house import NOW, WELL, a_worker, ago, facts, told, with_worker

LOST = "IMAP mail.example.net: the connection was lost; it is tried again"
DOUBTED = Doubted(doubt=Doubt.AHEAD, believed_at=ago(days=40), doubted_at=ago(minutes=1))


def lasts(name: str, **time: float) -> Facts:
    return with_worker(told(lasting={name: ago(**time)}))


def broken(part: str, **time: float) -> Facts:
    return with_worker(told(part, ago(**time), LOST))


def ending(key: str, days: int) -> Facts:
    return replace(WELL, ending=[Ending(key=key, days=days)])


def stalled(part: str, **time: float) -> Facts:
    quiet = told()
    parts = {**quiet.parts, part: Part(last_round_at=ago(**time))}
    return with_worker(replace(quiet, parts=parts))


def waits(**time: float) -> Waiting:
    return Waiting(count=2, since=ago(**time))


def no_worker(**time: float) -> Facts:
    return facts(workers=[], rounds=dict.fromkeys(("imap", "clock", "smtp"), ago(**time)))


def nobody_holds(**time: float) -> Facts:
    standing_by = told()
    parts = {**standing_by.parts, "imap": Part(last_round_at=ago(**time))}
    return facts(workers=[a_worker(replace(standing_by, parts=parts), holds_mailbox=False)])


def two(*works_by: dict[str, str], **time: float) -> Facts:
    """
    As many workers as are given what they work by; the last was started so long ago.
    """
    workers = [a_worker(told(works_by=each)) for each in works_by]
    workers[-1] = replace(workers[-1], host="two", holds_mailbox=False, started_at=ago(**time))
    return facts(workers=workers)


ONE_RULEBOOK, ANOTHER = {"code.toml": "0a", "mailbot": "1"}, {"code.toml": "0b", "mailbot": "1"}

#: The same thing when nobody has to do anything yet, or any more; and when somebody has.
WAYS: dict[Reason, list[tuple[Facts, Facts]]] = {
    Reason.DATABASE_UNREACHABLE: [(WELL, replace(WELL, memory=None, fault="it is away"))],
    Reason.DATABASE_READ_ONLY: [(WELL, facts(is_writable=False))],
    Reason.DATABASE_MOVED: [
        (WELL, facts(standstill=MOVED, stands_still_since=ago(minutes=1))),
    ],
    Reason.NOT_CAUGHT_UP: [
        (
            facts(standstill=mark, stands_still_since=ago(minutes=50)),
            facts(standstill=mark, stands_still_since=ago(minutes=70)),
        )
        for mark in (RESTORED, MOVING)
    ],
    Reason.COPY: [(lasts(each, minutes=9), lasts(each, minutes=11)) for each in Moved if each],
    Reason.DISK_FULL: [
        (replace(WELL, free_space=SCARCE), replace(WELL, free_space=SCARCE - 1)),
        (replace(WELL, free_space=None), replace(WELL, free_space=0)),
    ],
    Reason.MAILBOX_FULL: [
        (with_worker(told(space_share=0.05)), with_worker(told(space_share=0.049))),
        (WELL, with_worker(told(space_share=0.0))),
        (
            with_worker(told(space_share=0.04, space_octets=ENOUGH)),
            with_worker(told(space_share=0.04, space_octets=ENOUGH - 1)),
        ),
    ],
    Reason.TOKEN_KEY_MISSING: [(WELL, replace(WELL, has_token_key=False))],
    Reason.NOBODY_AT_WORK: [
        (no_worker(minutes=9), no_worker(minutes=11)),
        (
            facts(workers=[a_worker(seen_at=ago(minutes=9))]),
            facts(
                workers=[
                    a_worker(
                        Told(parts={"imap": Part(last_round_at=ago(minutes=12))}),
                        seen_at=ago(minutes=11),
                    )
                ]
            ),
        ),
        (WELL, facts(workers=[])),
    ],
    Reason.WORKERS_DIFFER: [
        (two(ONE_RULEBOOK, ANOTHER, minutes=9), two(ONE_RULEBOOK, ANOTHER, minutes=11)),
        (two(ONE_RULEBOOK, ONE_RULEBOOK, minutes=11), two(ONE_RULEBOOK, ANOTHER, minutes=11)),
        # Whoever is of an earlier version says nothing.
        (two(ONE_RULEBOOK, {}, minutes=11), two(ANOTHER, ONE_RULEBOOK, minutes=11)),
    ],
    Reason.MAILBOX_NOT_HELD: [
        (nobody_holds(minutes=9), nobody_holds(minutes=11)),
        (
            facts(workers=[a_worker(Told(), holds_mailbox=False, started_at=ago(minutes=9))]),
            facts(workers=[a_worker(Told(), holds_mailbox=False, started_at=ago(minutes=11))]),
        ),
    ],
    Reason.IMAP_FAILING: [(broken("imap", minutes=9), broken("imap", minutes=11))],
    Reason.SMTP_FAILING: [(broken("smtp", minutes=9), broken("smtp", minutes=11))],
    Reason.CLOCK_FAILING: [(broken("clock", minutes=9), broken("clock", minutes=11))],
    Reason.FOLDER_FAILING: [
        (broken(each, minutes=50), broken(each, minutes=70))
        for each in ("processed_folder", "sent_folder")
    ],
    Reason.PART_STALLED: [
        (stalled("clock", minutes=29), stalled("clock", minutes=31)),
        (stalled("smtp", minutes=29), stalled("smtp", minutes=31)),
        # Mail is looked for once a minute by default; who looks less often has longer.
        (stalled("imap", minutes=30), stalled("imap", minutes=32)),
        (
            replace(stalled("imap", minutes=100), poll_every=timedelta(hours=2)),
            replace(stalled("imap", minutes=151), poll_every=timedelta(hours=2)),
        ),
    ],
    Reason.MAIL_WAITS: [
        (
            with_worker(told(oldest_waiting_at=ago(minutes=29))),
            with_worker(told(oldest_waiting_at=ago(minutes=31))),
        )
    ],
    Reason.PROMISED_MAIL_UNSENT: [
        (facts(promised=waits(minutes=59)), facts(promised=waits(minutes=61)))
    ],
    Reason.DELIVERY_REFUSED: [
        (lasts("delivery_refused", minutes=9), lasts("delivery_refused", minutes=11))
    ],
    Reason.PAUSED: [
        (
            facts(paused=each, paused_since=ago(hours=23)),
            facts(paused=each, paused_since=ago(hours=25)),
        )
        for each in Paused
        if each
    ],
    Reason.DEADLINE_NOT_STRUCK: [
        (facts(next_due_at=ago(minutes=9)), facts(next_due_at=ago(minutes=11)))
    ],
    Reason.CLOCK_DOUBTED: [(WELL, facts(doubted=DOUBTED, next_due_at=ago(days=1)))],
    Reason.CLOCK_DIFFERS: [
        (
            with_worker(told(clocks={whose: sign * seconds})),
            with_worker(told(clocks={whose: sign * (seconds + 1)})),
        )
        for sign in (1, -1)
        for whose, seconds in (("database", 300), ("token endpoint", 300), ("mail server", 900))
    ],
    Reason.DIGESTS_FAILED: [
        (lasts("digests_failed", minutes=9), lasts("digests_failed", minutes=11))
    ],
    # From Monday 11:00 two working days are over on Wednesday at 11:00.
    Reason.HELD_TOO_LONG: [(facts(held=waits(days=2)), facts(held=waits(days=2, minutes=1)))],
    Reason.SET_ASIDE_TOO_LONG: [
        (facts(set_aside=waits(days=1)), facts(set_aside=waits(days=1, minutes=1)))
    ],
    Reason.CREDENTIALS_EXPIRE: [
        (ending(key, 8), ending(key, days))
        for key in ("client_secret_file", "certificate_file")
        for days in (7, 1, 0, -1)
    ],
    Reason.REFRESH_TOKEN_NOT_KEPT: [
        (lasts("refresh_token_not_kept", minutes=9), lasts("refresh_token_not_kept", minutes=11))
    ],
    Reason.PEOPLE_NOT_READ: [
        (lasts("people_not_read", minutes=9), lasts("people_not_read", minutes=11))
    ],
    Reason.CASES_LEFT_BEHIND: [(WELL, replace(WELL, left_behind=each)) for each in (1, 2)],
}


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_begins_when_somebody_has_to_do_something_and_ends_with_it(
    reason: Reason,
) -> None:
    assert troubles(WELL) == []
    for well, failing in WAYS[reason]:
        assert troubles(well) == []
        [found] = troubles(failing)
        assert found.reason is reason
        assert not found.sentence[0].isupper()
        assert not found.sentence.endswith(".")
        assert found.remedy == REMEDIES[reason]


def test_every_reason_has_a_remedy() -> None:
    assert set(REMEDIES) == set(Reason)


def test_every_mark_that_keeps_mail_back_is_told_of() -> None:
    for mark in ALL:
        assert troubles(facts(standstill=mark, stands_still_since=ago(days=1)))


# --- what is no reason ------------------------------------------------------------


def test_a_worker_that_stands_by_is_well_and_its_old_view_of_the_mailbox_counts_for_nothing() -> (
    None
):
    standing_by = a_worker(told("imap", ago(hours=5), LOST), host="two", holds_mailbox=False)

    assert troubles(facts(workers=[a_worker(), standing_by])) == []


def test_a_fault_of_one_of_two_workers_is_told() -> None:
    cut_off = a_worker(told("smtp", ago(hours=5), LOST), host="two", holds_mailbox=False)

    [found] = troubles(facts(workers=[a_worker(), cut_off]))

    assert found.reason is Reason.SMTP_FAILING
    assert found.sentence == f"no letter could be delivered for 5 hours: {LOST}"


def test_a_mailbox_that_is_quiet_over_a_weekend_is_well() -> None:
    assert troubles(facts(recorded_at=ago(days=4))) == []


def test_who_works_off_years_of_mail_is_busy_and_well() -> None:
    busy = with_worker(told(oldest_waiting_at=ago(days=800)))
    assert busy.memory

    assert troubles(replace(busy, memory=replace(busy.memory, recorded_at=ago(minutes=1)))) == []
    assert (
        troubles(with_worker(told(oldest_waiting_at=ago(days=800)), started_at=ago(minutes=5)))
        == []
    )


def test_who_catches_up_after_a_restore_ends_no_round_until_it_is_done() -> None:
    catching_up = stalled("imap", minutes=50)
    assert catching_up.memory
    restored = replace(catching_up.memory, standstill=RESTORED, stands_still_since=ago(minutes=50))

    assert troubles(replace(catching_up, memory=restored)) == []


def test_rounds_that_somebody_starts_every_few_minutes_are_work() -> None:
    assert troubles(no_worker(minutes=5)) == []


def test_held_mail_has_its_days_over_a_weekend() -> None:
    monday = datetime(2026, 11, 30, 16, 59, tzinfo=UTC)
    friday_evening = Waiting(count=1, since=datetime(2026, 11, 27, 17, 30, tzinfo=UTC))
    over_the_weekend = replace(facts(held=friday_evening, next_due_at=None), now=monday)
    assert over_the_weekend.memory
    at_work = a_worker(Told(), seen_at=monday, started_at=monday)
    memory = replace(over_the_weekend.memory, workers=[at_work])

    assert troubles(replace(over_the_weekend, memory=memory)) == []


def test_a_relay_that_refuses_us_is_told_of_once() -> None:
    refused = told("smtp", ago(hours=1), "the server refuses our mail to several recipients")
    both = with_worker(replace(refused, lasting={"delivery_refused": ago(hours=1)}))

    assert [each.reason for each in troubles(both)] == [Reason.DELIVERY_REFUSED]


def test_a_clock_that_is_doubted_is_not_told_of_twice() -> None:
    doubted = with_worker(told(clocks={"database": 200_000}))
    assert doubted.memory
    memory = replace(doubted.memory, doubted=DOUBTED)
    [trouble] = troubles(replace(doubted, memory=memory))
    assert trouble.reason is Reason.CLOCK_DOUBTED


def test_what_waits_while_mail_cannot_be_fetched_is_told_of_once() -> None:
    lost = told("imap", ago(hours=1), LOST, oldest_waiting_at=ago(hours=1))

    assert [each.reason for each in troubles(with_worker(lost))] == [Reason.IMAP_FAILING]


def test_what_was_written_while_the_clock_was_years_ahead_is_no_sign_of_life() -> None:
    ahead = NOW + timedelta(days=3650)
    said = Told(parts=dict.fromkeys(PARTS, Part(last_round_at=ahead)))
    gone = a_worker(said, seen_at=ahead, started_at=ahead)
    rounds = dict.fromkeys(PARTS, ahead)
    stalled = a_worker(Told(parts=dict.fromkeys(PARTS, Part(last_round_at=ago(hours=1)))))

    nobody = troubles(facts(workers=[gone], rounds=rounds))
    others = troubles(facts(workers=[stalled, gone], rounds=rounds, recorded_at=ahead))

    assert [each.sentence for each in nobody] == [
        "whoever was at work here was last heard of by a clock that ran ahead"
    ]
    assert [each.reason for each in others] == [Reason.PART_STALLED] * 3


def test_a_clock_that_went_back_makes_nothing_old() -> None:
    back = NOW - timedelta(days=30)
    seen_again = a_worker(seen_at=back, told=Told(), started_at=NOW)
    assert WELL.memory
    memory = replace(WELL.memory, workers=[seen_again], rounds=dict.fromkeys(PARTS, NOW))
    assert troubles(replace(WELL, now=back, memory=memory)) == []


def test_who_died_under_a_clock_that_ran_ahead_is_not_at_work_until_that_hour() -> None:
    for ahead in (timedelta(hours=1), timedelta(days=366)):
        [trouble] = troubles(replace(WELL, now=NOW - ahead))
        assert trouble.reason is Reason.NOBODY_AT_WORK
        assert trouble.sentence.endswith("last heard of by a clock that ran ahead")


def test_what_a_clock_that_ran_ahead_has_dated_hides_nothing_that_stands_still() -> None:
    tomorrow = NOW + timedelta(days=1)
    waiting = with_worker(told(oldest_waiting_at=ago(minutes=31)), started_at=tomorrow)
    assert waiting.memory
    memory = replace(waiting.memory, recorded_at=tomorrow)
    reasons = [each.reason for each in troubles(replace(waiting, memory=memory))]
    assert reasons == [Reason.MAIL_WAITS]

    quiet = stalled("clock", minutes=31)
    assert quiet.memory
    [worker] = quiet.memory.workers
    memory = replace(quiet.memory, workers=[replace(worker, started_at=tomorrow)])
    reasons = [each.reason for each in troubles(replace(quiet, memory=memory))]
    assert reasons == [Reason.PART_STALLED]


@pytest.mark.parametrize(
    ("began", "reason"),
    [
        (broken("imap", days=-366), Reason.IMAP_FAILING),
        (broken("sent_folder", days=-1), Reason.FOLDER_FAILING),
        (lasts("delivery_refused", hours=-1), Reason.DELIVERY_REFUSED),
        (lasts("people_not_read", days=-366), Reason.PEOPLE_NOT_READ),
        (facts(promised=waits(days=-366)), Reason.PROMISED_MAIL_UNSENT),
        (facts(held=waits(days=-366)), Reason.HELD_TOO_LONG),
        (facts(paused=Paused.EVERYTHING, paused_since=ago(days=-366)), Reason.PAUSED),
        (facts(standstill=RESTORED, stands_still_since=ago(days=-366)), Reason.NOT_CAUGHT_UP),
    ],
    ids=lambda each: each.value if isinstance(each, Reason) else "",
)
def test_what_is_wrong_since_a_clock_ran_ahead_does_not_wait_for_that_hour(
    began: Facts, reason: Reason
) -> None:
    [trouble] = troubles(began)
    assert trouble.reason is reason
    assert reason is Reason.PEOPLE_NOT_READ or "an unknown time" in trouble.sentence


def test_a_deadline_that_is_still_to_come_is_not_late() -> None:
    assert troubles(facts(next_due_at=ago(days=-366))) == []


# --- the words ----------------------------------------------------------------------


def test_the_sentences_say_what_and_for_how_long() -> None:
    for failing, said in (
        (facts(promised=waits(days=3)),
         "2 promised letters have not left; the oldest has waited for 3 days"),
        (facts(promised=Waiting(count=1, since=ago(minutes=61))),
         "1 letter that is promised has not left; the oldest has waited for 61 minutes"),
        (facts(held=waits(days=5)), "2 messages are held for a person, the first for 5 days"),
        (ending("certificate_file", 1),
         "the certificate of [oauth2] certificate_file ends in 1 day: mail stops with it"),
        (ending("client_secret_file", 0),
         "the client secret of [oauth2] client_secret_file ends today: mail stops with it"),
        (ending("client_secret_file", -3),
         "the client secret of [oauth2] client_secret_file ended 3 days ago: mail stops with it"),
        (facts(doubted=DOUBTED), "the machine's clock leapt ahead: no deadline strikes"),
        (with_worker(told(space_share=0.034, space_octets=34 * 1024**2)),
         ("the mailbox has 3% of its space left (34 MB): once it is full, its server turns customers"
          " away, and nothing of that is seen here")),
        (with_worker(told(space_share=0.0, space_octets=0)),
         "the mailbox is full: its server turns customers away, and nothing of that is seen here"),
        (with_worker(told(clocks={"mail server": 3570, "database": 3599, "token endpoint": 2})),
         ("the machine's clock is 59 minutes ahead of the database's and the mail server's: by it"
          " deadlines strike, and promises are kept or broken")),
        (no_worker(hours=7), "no worker was heard of for 7 hours"),
        (replace(WELL, free_space=3 * 1024**2), "3 MB are free on the disk of the database"),
    ):  # fmt: skip
        [found] = troubles(failing)
        assert found.sentence == said
