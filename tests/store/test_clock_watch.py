"""
The clock of the machine is looked at before anything goes out by it.
"""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from mailbot.letters.office import Office
from mailbot.store import control
from mailbot.store.tables import EventRow, OutboxRow
from mailbot.workers import orders
from mailbot.workers.clock_watch import ClockWatch
from mailbot.workers.scheduler import Scheduler
from tests.flow.house import FRIDAY, Mail
from tests.store.desk import Desk

IN_2036 = FRIDAY.replace(year=2036)
SOON = timedelta(seconds=15)


class Hands:
    """
    A clock that a test sets.
    """

    def __init__(self) -> None:
        self.at = FRIDAY

    def __call__(self) -> datetime:
        return self.at


async def believed(watch: ClockWatch, hands: Hands, at: datetime) -> bool:
    hands.at = at
    return await watch.is_believed()


async def test_for_twenty_seconds_in_2036_no_letter_goes_out_by_the_clock(office: Office) -> None:
    desk, hands = Desk(office), Hands()
    await desk.arrives(Mail())
    watch = ClockWatch(hands)
    clock = Scheduler(office, hands, is_believed=watch.is_believed)
    await clock.step()
    before = await OutboxRow.all().count()

    with capture_logs() as said:
        hands.at = IN_2036
        assert await clock.step() == 0
        hands.at = IN_2036 + SOON
        assert await clock.step() == 0
        hands.at = FRIDAY + 3 * SOON
        await clock.step()
    assert await OutboxRow.all().count() == before
    events = [each["event"] for each in said if each["event"].startswith("clock_")]
    assert events == ["clock_doubted", "clock_believed"]


async def test_the_alarm_is_said_again_each_day(office: Office) -> None:
    hands = Hands()
    watch = ClockWatch(hands)
    await believed(watch, hands, FRIDAY)
    with capture_logs() as said:
        for hours in (0, 1, 23, 25, 26, 49):
            assert not await believed(watch, hands, IN_2036 + timedelta(hours=hours))
    assert [each["event"] for each in said] == ["clock_doubted"] * 3


async def test_a_leap_is_doubtful_before_it_is_looked_at(office: Office) -> None:
    # A server is asked for its time, too.
    hands, right = Hands(), datetime.now(UTC)
    watch = ClockWatch(hands)
    assert watch.is_doubtful()
    await believed(watch, hands, right)
    assert not watch.is_doubtful()

    hands.at = IN_2036
    assert watch.is_doubtful()
    await watch.is_believed()
    assert watch.is_doubtful()
    await believed(watch, hands, right + SOON)
    assert not watch.is_doubtful()


async def test_a_word_of_operations_lets_it_go_on(office: Office) -> None:
    hands = Hands()
    watch = ClockWatch(hands)
    await believed(watch, hands, FRIDAY)
    assert not await believed(watch, hands, IN_2036)

    await orders.resume_clock("Olwen", IN_2036 + SOON)
    assert await believed(watch, hands, IN_2036 + 2 * SOON)
    assert (await EventRow.get(event="clock_resumed")).cause == "command by Olwen"


async def test_mail_that_the_server_stamps_with_that_day_does_too(office: Office) -> None:
    hands = Hands()
    watch = ClockWatch(hands)
    await believed(watch, hands, FRIDAY)
    woken = FRIDAY + timedelta(days=8)
    assert not await believed(watch, hands, woken)

    # What waited since says nothing.
    watch.saw_mail(FRIDAY + timedelta(days=1))
    assert not await believed(watch, hands, woken + SOON)
    watch.saw_mail(woken + timedelta(hours=2))
    assert await believed(watch, hands, woken + timedelta(hours=2))


async def test_mail_from_years_ahead_says_that_the_clock_is_behind(office: Office) -> None:
    hands = Hands()
    watch = ClockWatch(hands)
    await believed(watch, hands, FRIDAY)
    watch.saw_mail(FRIDAY + timedelta(days=400))

    assert not await believed(watch, hands, FRIDAY + SOON)


async def test_one_mail_from_years_ahead_does_not_outlast_the_word_of_operations(
    office: Office,
) -> None:
    hands = Hands()
    watch = ClockWatch(hands)
    await believed(watch, hands, FRIDAY)
    watch.saw_mail(IN_2036)
    assert not await believed(watch, hands, FRIDAY + SOON)

    await orders.resume_clock("Olwen", FRIDAY + 2 * SOON)
    assert [await believed(watch, hands, FRIDAY + each * SOON) for each in (3, 4)] == [True, True]

    watch.saw_mail(IN_2036)
    assert not await believed(watch, hands, FRIDAY + 5 * SOON)


async def test_a_machine_that_was_off_for_a_week_goes_on(office: Office) -> None:
    hands = Hands()
    await believed(ClockWatch(hands), hands, FRIDAY)

    assert await believed(ClockWatch(hands), hands, FRIDAY + timedelta(weeks=1))


async def test_one_that_starts_in_2036_or_in_the_past_does_not(office: Office) -> None:
    hands = Hands()
    await believed(ClockWatch(hands), hands, FRIDAY)

    assert not await believed(ClockWatch(hands), hands, IN_2036)
    # Nor does it once it is started again.
    assert not await believed(ClockWatch(hands), hands, IN_2036 + SOON)
    assert await believed(ClockWatch(hands), hands, FRIDAY + SOON)
    assert (await control.clock()).doubted is None
    assert not await believed(ClockWatch(hands), hands, FRIDAY - timedelta(days=3))


async def test_another_worker_with_the_right_time_does_not_speak_for_operations(
    office: Office,
) -> None:
    hands, others = Hands(), Hands()
    watch = ClockWatch(hands)
    await believed(watch, hands, FRIDAY)
    assert not await believed(watch, hands, IN_2036)
    assert await believed(ClockWatch(others), others, FRIDAY + SOON)

    assert not await believed(watch, hands, IN_2036 + SOON)


# --- a clock that ran ahead and was put right ------------------------------------------------


async def underway(office: Office, hands: Hands, ahead: timedelta) -> None:
    """
    One letter that was written by a clock so far ahead, one that was tried by it.
    """
    desk = Desk(office)
    await desk.arrives(Mail())
    first, second, *_ = await OutboxRow.all().order_by("id")
    hands.at = FRIDAY
    wrong = FRIDAY + ahead
    await OutboxRow.filter(id=first.id).update(
        status="queued", attempts=0, created_at=wrong, next_attempt_at=wrong
    )
    later = wrong + timedelta(minutes=15)
    await OutboxRow.filter(id=second.id).update(
        status="deferred", attempts=3, created_at=wrong, next_attempt_at=later
    )


@pytest.mark.parametrize(
    "ahead", [timedelta(hours=1), timedelta(days=1), timedelta(days=366)], ids=str
)
async def test_what_was_written_by_a_clock_that_ran_ahead_goes_once_it_is_right(
    office: Office, ahead: timedelta
) -> None:
    hands = Hands()
    await underway(office, hands, ahead)
    watch = ClockWatch(hands)
    with capture_logs() as said:
        # As after a restart: nothing but the rows tells of it.
        await believed(watch, hands, FRIDAY + SOON)
    now = FRIDAY + SOON
    rows = await OutboxRow.filter(status__in=("queued", "deferred"))
    assert len(rows) == 2
    assert all(
        each.next_attempt_at and each.next_attempt_at <= now and each.created_at <= now
        for each in rows
    )
    [line] = [each for each in said if each["event"] == "letters_brought_back"]
    assert line["count"] == 2


async def test_a_clock_that_falls_back_for_a_moment_makes_no_letter_old(office: Office) -> None:
    """
    As at the start of a machine whose battery is flat: until the network has set its clock, it
    is 1970. A letter of that year would be given up at the next refusal.
    """
    # A server is asked for its time, too.
    hands, right = Hands(), datetime.now(UTC)
    await Desk(office).arrives(Mail())
    later = right + timedelta(minutes=15)
    await OutboxRow.all().update(
        status="deferred", attempts=3, created_at=right, next_attempt_at=later
    )
    await believed(ClockWatch(hands), hands, right)

    watch = ClockWatch(hands)
    assert not await believed(watch, hands, datetime(1970, 1, 1, tzinfo=UTC))
    assert await believed(watch, hands, right + SOON)
    rows = await OutboxRow.all()
    assert {(each.created_at, each.next_attempt_at) for each in rows} == {(right, later)}


async def test_it_is_seen_while_it_runs_too(office: Office) -> None:
    hands = Hands()
    watch = ClockWatch(hands)
    await believed(watch, hands, FRIDAY + timedelta(hours=1))
    await underway(office, hands, timedelta(hours=1))
    assert await believed(watch, hands, FRIDAY + SOON)
    assert not await OutboxRow.filter(next_attempt_at__gt=FRIDAY + SOON).count()


async def test_a_letter_that_has_to_wait_waits_on(office: Office) -> None:
    hands = Hands()
    await Desk(office).arrives(Mail())
    later = FRIDAY + timedelta(minutes=65)
    await OutboxRow.all().update(status="deferred", attempts=4, next_attempt_at=later)
    await believed(ClockWatch(hands), hands, FRIDAY + SOON)
    assert await OutboxRow.filter(next_attempt_at=later).count() == await OutboxRow.all().count()


async def test_what_somebody_has_in_hand_stays_there(office: Office) -> None:
    hands = Hands()
    await underway(office, hands, timedelta(hours=1))
    until = FRIDAY + timedelta(minutes=70)
    await OutboxRow.all().update(claimed_until=until, next_attempt_at=until)
    await believed(ClockWatch(hands), hands, FRIDAY + SOON)
    assert not await OutboxRow.exclude(next_attempt_at=until).count()


async def test_what_is_done_once_a_day_is_not_left_until_that_hour_comes(office: Office) -> None:
    day = timedelta(days=1)
    assert await control.is_due("daily", day, IN_2036)
    assert await control.is_due("daily", day, FRIDAY)
    assert not await control.is_due("daily", day, FRIDAY + timedelta(hours=1))


async def test_acknowledgements_of_a_day_to_come_count_against_nobody(office: Office) -> None:
    desk = Desk(office)
    for number in range(3):
        await desk.arrives(Mail(message_id=f"{number}@example.com"))
    await OutboxRow.all().update(created_at=IN_2036)
    await desk.arrives(Mail(message_id="again@example.com"))
    last = await OutboxRow.filter(template="acknowledgement").order_by("-id").first()
    assert last
    assert last.status == "sent"


async def test_the_database_is_asked_for_its_time(office: Office, url: str) -> None:
    """
    A server has a clock of its own; a file has none.
    """
    hands = Hands()
    hands.at = datetime.now(UTC) + timedelta(hours=1)
    watch = ClockWatch(hands)
    await watch.is_believed()
    ahead = watch.others.ahead.get("database")
    if url.startswith("postgres"):
        assert ahead is not None
        assert 3590 <= ahead <= 3610
    else:
        assert ahead is None
