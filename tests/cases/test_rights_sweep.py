"""
The letter that the law wants, swept over sixty days for every kind of history:
exactly what the code demands, once, and never late where it could be in time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest

from mailbot.cases.correspondence.yes_or_no import Said
from mailbot.cases.obligation import ObligationState
from mailbot.cases.states import State
from tests.cases.builders import at
from tests.cases.life import Life

MET, MET_LATE = ObligationState.MET, ObligationState.MET_LATE
WITHDRAWN = ObligationState.WITHDRAWN
BREACHED = ObligationState.BREACHED

#: The four worked examples of mission.md with the last day of the six weeks.
RECEIPTS = {
    "2026-11-20 16:45": "2027-01-01",
    "2026-11-21 11:00": "2027-01-02",
    "2026-12-24 16:30": "2027-02-04",
    "2027-03-25 12:00": "2027-05-06",
}
LAST_DAY = 60
NINE, NOON = "09:00", "12:00"
CLOSE = "#close phone Jane Doe, yesterday 9:00"
DEADLOCK = "#deadlock\nWe cannot agree about the bill."
NOT_ELIGIBLE = "#not-eligible larger"
NO_COMPLAINT = "#not-complaint opening hours"

Play = Callable[[Life], None]


@dataclass(frozen=True)
class History:
    """
    What happens on which day, and which letters the code then demands on which.
    """

    play: Play
    letters: tuple[tuple[str, int, str], ...]
    promise: ObligationState
    verdict: str = ""


def on(*orders: tuple[int, str], clock: str = NOON) -> Play:
    """
    A history of commands, each at noon of its day.
    """

    def play(life: Life) -> None:
        for number, text in orders:
            life.until(life.day(number, clock))
            assert not life.order(text).refusal

    return play


def nothing(life: Life) -> None:
    """
    Nobody does anything.
    """


def said_no_on_day_41(life: Life) -> None:
    on((40, "#outcome Mended."))(life)
    life.until(life.day(41))
    life.customer("No", said=Said.NO)


def said_yes_on_day_41(life: Life) -> None:
    on((40, "#outcome Mended."))(life)
    life.until(life.day(41))
    life.customer("Yes", said=Said.YES)


def said_yes_and_wrote_on_day_50(life: Life) -> None:
    said_yes_on_day_41(life)
    life.until(life.day(50))
    life.customer("It is broken again.")


def wrote_on_day_50_and_only_thanked(life: Life) -> None:
    said_yes_and_wrote_on_day_50(life)
    life.order("#note Only thanks.")


def mailbot_stood_still(first: int, last: int) -> Play:
    def play(life: Life) -> None:
        life.until(life.day(first))
        life.stops()
        life.until(life.day(last))
        life.starts()

    return play


def server_was_down(first: int, last: int) -> Play:
    def play(life: Life) -> None:
        life.until(life.day(first))
        life.server_down()
        life.until(life.day(last))
        life.server_up()

    return play


def closed_while_the_server_was_down(life: Life) -> None:
    life.server_down()
    on((1, "#outcome Mended."), (2, CLOSE))(life)


def confirmed_during_the_outage(life: Life) -> None:
    """
    The yes came on day 41; mailbot reads it on day 50, before the clock strikes.
    """
    on((39, "#outcome Mended."))(life)
    life.stops()
    life.until(life.day(50))
    life.customer("Yes", said=Said.YES)
    life.starts()


def in_touch_all_the_time(life: Life) -> None:
    on((1, "#contact tomorrow 14:00 anyway"))(life)
    for number in range(2, LAST_DAY, 3):
        life.until(life.day(number))
        life.customer()
        life.mailed("We are still looking.")


RIGHTS = (("adr-rights", 42, NINE),)
HISTORIES = {
    "nobody does anything": History(nothing, RIGHTS, MET),
    "the handler is in touch all the time": History(in_touch_all_the_time, RIGHTS, MET),
    "outcome on day 41, unanswered": History(on((41, "#outcome Mended.")), RIGHTS, MET),
    "outcome on day 10, unanswered": History(on((10, "#outcome Mended.")), RIGHTS, MET),
    "two outcomes, unanswered": History(
        on((38, "#outcome Mended."), (41, "#outcome And paid.")), RIGHTS, MET
    ),
    "the customer says no on day 41": History(said_no_on_day_41, RIGHTS, MET),
    "the customer says yes on day 41": History(said_yes_on_day_41, (), WITHDRAWN),
    "yes on day 41, again broken on day 50": History(
        # The rest of day 50 and the next working day are for a person to decide.
        said_yes_and_wrote_on_day_50,
        (("adr-rights", -1, "17:00"),),
        MET_LATE,
    ),
    "yes on day 41, thanks on day 50": History(wrote_on_day_50_and_only_thanked, (), WITHDRAWN),
    "closed on day 41": History(on((41, CLOSE)), (), WITHDRAWN),
    "closed on day 5": History(on((5, CLOSE)), (), WITHDRAWN),
    "closed on day 42, after the letter": History(on((42, CLOSE)), RIGHTS, MET),
    "closed on day 42, before the letter": History(on((42, CLOSE), clock="08:59"), (), WITHDRAWN),
    "closed on day 41, re-opened on day 50": History(
        on((41, CLOSE), (50, "#reopen broken again")), (("adr-rights", 50, NOON),), MET_LATE
    ),
    "closed on day 20, re-opened on day 30": History(
        on((20, CLOSE), (30, "#reopen broken again")), RIGHTS, MET
    ),
    "closed on day 41, re-opened on day 42": History(
        on((41, CLOSE), (42, "#reopen broken again")), (("adr-rights", 42, NOON),), MET
    ),
    "closed, re-opened and closed again": History(
        on((30, CLOSE), (35, "#reopen broken again"), (41, CLOSE)), (), WITHDRAWN
    ),
    "closed and re-opened twice after day 42": History(
        on((41, CLOSE), (50, "#reopen a"), (52, CLOSE), (55, "#reopen b")),
        (("adr-rights", 50, NOON),),
        MET_LATE,
    ),
    "the letter went, closed, re-opened": History(
        on((45, CLOSE), (50, "#reopen broken again")), RIGHTS, MET
    ),
    "deadlock on day 10": History(on((10, DEADLOCK)), (("deadlock", 10, NOON),), MET),
    "deadlock on day 10, closed and re-opened": History(
        on((10, DEADLOCK), (20, CLOSE), (50, "#reopen broken again")),
        (("deadlock", 10, NOON),),
        MET,
    ),
    "deadlock after the outcome": History(
        on((30, "#outcome Mended."), (35, DEADLOCK)), (("deadlock", 35, NOON),), MET
    ),
    "deadlock after the letter": History(
        on((50, DEADLOCK)), (*RIGHTS, ("deadlock", 50, NOON)), MET
    ),
    "not eligible on day 30": History(on((30, NOT_ELIGIBLE)), (), WITHDRAWN),
    "not eligible on day 30, withdrawn on day 45": History(
        on((30, NOT_ELIGIBLE), (45, "#eligible")), (("adr-rights", 45, NOON),), MET_LATE
    ),
    "not eligible on day 30, withdrawn on day 40": History(
        on((30, NOT_ELIGIBLE), (40, "#eligible")), RIGHTS, MET
    ),
    "not eligible, closed, re-opened": History(
        on((30, NOT_ELIGIBLE), (35, CLOSE), (50, "#reopen broken again")), (), WITHDRAWN
    ),
    "not eligible, closed, eligible, re-opened": History(
        on((30, NOT_ELIGIBLE), (35, CLOSE), (45, "#eligible"), (50, "#reopen a")),
        (("adr-rights", 50, NOON),),
        MET_LATE,
    ),
    "no complaint on day 5": History(on((5, NO_COMPLAINT)), (), WITHDRAWN),
    "no complaint on day 5, undone on day 44": History(
        on((5, NO_COMPLAINT), (44, "#complaint it is one")), (("adr-rights", 44, NOON),), MET_LATE
    ),
    "no complaint on day 5, undone on day 20": History(
        on((5, NO_COMPLAINT), (20, "#complaint it is one")), RIGHTS, MET
    ),
    "no complaint and not eligible, undone one by one": History(
        on((5, NO_COMPLAINT), (6, NOT_ELIGIBLE), (44, "#complaint a"), (47, "#eligible")),
        (("adr-rights", 47, NOON),),
        MET_LATE,
    ),
    "mailbot stood still from day 40 to 50": History(
        mailbot_stood_still(40, 50), (("adr-rights", 50, NOON),), MET_LATE
    ),
    "mailbot stood still from the first day": History(
        mailbot_stood_still(0, 50), (("adr-rights", 50, NOON),), MET_LATE
    ),
    "mailbot stood still over the nine o'clock": History(
        mailbot_stood_still(41, 42), (("adr-rights", 42, NOON),), MET
    ),
    "the server was down from day 40 to 50": History(server_was_down(40, 50), RIGHTS, MET_LATE),
    "the server was down for an hour": History(server_was_down(41, 42), RIGHTS, MET),
    "the yes lay unread while mailbot stood still": History(
        confirmed_during_the_outage, (), WITHDRAWN
    ),
    "closed on day 2 while the server was down": History(
        closed_while_the_server_was_down, (), WITHDRAWN
    ),
    "re-assigned on day 41": History(on((41, "#assign Owen Parry")), RIGHTS, MET),
    "escalated on day 41": History(on((41, "#escalate she asked")), RIGHTS, MET),
    "escalated to the top and beyond": History(
        on((10, "#escalate a"), (20, "#escalate b"), (30, "#escalate c")), RIGHTS, MET
    ),
    "outcome, then escalated": History(
        on((30, "#outcome Mended."), (41, "#escalate she asked")), RIGHTS, MET
    ),
    "about personal data, with a credit": History(
        on((1, "#dp"), (2, "#credit 5.00 June 2027")), RIGHTS, MET
    ),
    "marked as spam": History(nothing, (), BREACHED, verdict="spam_verdict"),
    "sender not proved": History(nothing, (), BREACHED, verdict="dmarc_verdict"),
    "marked as spam, judged no complaint, and one after all": History(
        on((41, NO_COMPLAINT), (50, "#complaint it is one")),
        (("adr-rights", 50, NOON),),
        MET_LATE,
        verdict="spam_verdict",
    ),
    "marked as spam, released on day 3": History(
        on((3, "#release")), RIGHTS, MET, verdict="spam_verdict"
    ),
    "marked as spam, released on day 50": History(
        on((50, "#release")), (("adr-rights", 50, NOON),), MET_LATE, verdict="spam_verdict"
    ),
    "marked as spam, rejected on day 10": History(
        on((10, "#reject")), (), WITHDRAWN, verdict="spam_verdict"
    ),
    "sender not proved, rejected, and a complaint after all": History(
        on((10, "#reject"), (50, "#release"), (51, "#complaint it is one")),
        (("adr-rights", 51, NOON),),
        MET_LATE,
        verdict="dmarc_verdict",
    ),
}


@pytest.fixture(params=RECEIPTS)
def received(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@cache
def lived(name: str, received: str) -> Life:
    """
    That history to its sixtieth day; nobody changes it afterwards.
    """
    history = HISTORIES[name]
    life = Life(received_at=at(received), verdict=history.verdict)
    history.play(life)
    return life.until(life.day(LAST_DAY))


@pytest.mark.parametrize("name", HISTORIES)
def test_exactly_the_letters_that_the_code_demands(name: str, received: str) -> None:
    history = HISTORIES[name]
    life = lived(name, received)
    calendar = life.firm.calendar

    def when(number: int, clock: str) -> object:
        if number >= 0:
            return life.day(number, clock)
        # The end of the working day after day 50.
        day = calendar.next_working_day(calendar.local_day(life.day(50)))
        return calendar.at(day, calendar.closes)

    assert life.rights() == [
        (template, when(number, clock)) for template, number, clock in history.letters
    ]


@pytest.mark.parametrize("name", HISTORIES)
def test_the_promise_ends_as_the_evidence_says(name: str, received: str) -> None:
    promise = lived(name, received).obligation("adr_rights")

    assert promise.state is HISTORIES[name].promise


@pytest.mark.parametrize("name", HISTORIES)
def test_whatever_happens_the_six_weeks_never_move(name: str, received: str) -> None:
    life = lived(name, received)
    rights = life.obligation("adr_rights")

    assert rights.number == 1
    assert rights.due_at == life.day(43, "00:00")
    last = life.firm.calendar.local_day(life.day(42))
    assert last.isoformat() == RECEIPTS[received]


@pytest.mark.parametrize("name", HISTORIES)
def test_no_history_ends_without_a_pending_promise_or_an_end(name: str, received: str) -> None:
    life = lived(name, received)
    over = life.case.state in {State.CLOSED, State.NOT_A_COMPLAINT}
    awaited = [
        each
        for each in life.case.obligations
        if each.state is ObligationState.OPEN and each.due_at > life.now
    ]

    # After an accepted deadlock letter nobody promises to be in touch.
    is_deadlocked = any(each.evidence == "deadlock accepted" for each in life.case.obligations)
    assert over or awaited or is_deadlocked


@pytest.mark.parametrize("name", HISTORIES)
def test_nothing_that_is_past_its_time_is_left_open(name: str, received: str) -> None:
    """
    What is neither met, withdrawn nor broken has its last instant still to come.
    """
    life = lived(name, received)

    assert [
        (each.promise, each.number)
        for each in life.case.obligations
        if each.state is ObligationState.OPEN and each.due_at < life.now
    ] == []


@pytest.mark.parametrize("name", HISTORIES)
def test_a_customer_gets_at_most_one_clock_mail_at_an_instant(name: str, received: str) -> None:
    life = lived(name, received)
    clock_mails = [
        each.at
        for each in life.written
        if each.letter.template in {"adr-rights", "contact-missed", "follow-up", "confirm-reminder"}
    ]

    assert len(clock_mails) == len(set(clock_mails))


def test_the_handler_is_warned_on_days_28_35_and_39(received: str) -> None:
    life = lived("nobody does anything", received)
    promise = life.obligation("adr_rights")

    assert [
        each.at for each in life.sent("warning") if each.letter.facts["due_at"] == promise.due_at
    ] == [life.day(each, NINE) for each in (28, 35, 39)]


def test_while_the_server_is_down_a_person_is_told_by_noon(received: str) -> None:
    life = lived("the server was down from day 40 to 50", received)

    assert "task" in [template for template, _ in life.to_staff(life.day(42, NOON))]
