"""
Months, and to which of them a promise belongs.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from mailbot.cases.month.figures import figures
from mailbot.cases.month.known import Duty, Happening, Known, KnownCase, RightsLetter
from mailbot.cases.month.months import Month, last_whole, month_named
from mailbot.cases.month.report import count, report
from mailbot.cases.month.tally import Tally
from mailbot.cases.month.times import DAY, HOUR, NOT_MEASURED, Spread, spread
from mailbot.cases.obligation import ObligationState
from tests.cases.builders import a_firm, at

FIRM = a_firm()

JUNE, JULY = Month(date(2026, 6, 1)), Month(date(2026, 7, 1))
REFERENCE = "ISS-000001-95"


def a_duty(
    state: ObligationState,
    due_at: str,
    settled_at: str = "",
    *,
    promise: str = "keep_contact",
    since: str = "2026-06-01 10:00",
) -> Duty:
    return Duty(
        promise=promise,
        number=1,
        clause="what the code says",
        due_at=at(due_at),
        state=state,
        since=at(since),
        settled_at=at(settled_at) if settled_at else None,
    )


def a_case(
    *duties: Duty,
    received_at: str = "2026-06-01 10:00",
    history: tuple[Happening, ...] = (),
    is_merged: bool = False,
) -> KnownCase:
    return KnownCase(
        reference=REFERENCE,
        received_at=at(received_at),
        handler_email="rhian.price@infinitysystemsolutions.co.uk",
        duties=duties,
        history=history,
        is_merged=is_merged,
    )


def happened(when: str, event: str, about: str = "") -> Happening:
    return Happening(at=at(when), event=event, about=about)


def tally(case: KnownCase, month: Month, promise: str = "keep_contact") -> Tally:
    [of_month] = figures(Known(cases=(case,)), [month], FIRM.rulebook, FIRM.calendar)
    return next(each for each in of_month.promises if each.promise == promise)


def ended(case: KnownCase, month: Month) -> dict[str, int]:
    found = tally(case, month)
    names = ("kept", "kept_late", "broken", "withdrawn", "open")
    return {each: len(getattr(found, each)) for each in names if getattr(found, each)}


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("2026-12", date(2026, 12, 1)),
        (" 2026-01 ", date(2026, 1, 1)),
        ("2026-13", None),
        ("2026-1", None),
        ("0000-01", None),
        ("0001-01", None),
        ("9999-12", None),
        ("December", None),
    ],
)
def test_a_month_is_named_in_one_way(text: str, first: date | None) -> None:
    assert month_named(text) == (Month(first) if first else None)


def test_a_month_has_the_twelve_before_it() -> None:
    before = JUNE.year_before()

    assert [each.name for each in (before[0], before[-1])] == ["2025-06", "2026-05"]
    assert Month(date(2026, 12, 1)).following == Month(date(2027, 1, 1))


def test_a_month_begins_at_local_midnight() -> None:
    assert JULY.begins(FIRM.calendar) == datetime.fromisoformat("2026-06-30T23:00Z")
    assert last_whole(datetime.fromisoformat("2026-06-30T23:30Z"), FIRM.calendar) == JUNE


def test_what_was_kept_belongs_to_the_month_in_which_it_was() -> None:
    case = a_case(a_duty(ObligationState.MET, "2026-07-02 17:00", "2026-06-30 16:00"))

    assert (ended(case, JUNE), ended(case, JULY)) == ({"kept": 1}, {})


@pytest.mark.parametrize("state", [ObligationState.MET_LATE, ObligationState.BREACHED])
def test_what_was_not_belongs_to_the_month_in_which_it_fell_due(state: ObligationState) -> None:
    case = a_case(a_duty(state, "2026-06-30 17:00", "2026-07-09 10:00"))
    name = "kept_late" if state is ObligationState.MET_LATE else "broken"

    assert (ended(case, JUNE), ended(case, JULY)) == ({name: 1}, {})


def test_the_midnight_that_ends_a_month_is_its_own() -> None:
    case = a_case(a_duty(ObligationState.BREACHED, "2026-06-30 23:00", "2026-06-30 23:00"))

    assert ended(case, JUNE) == {"broken": 1}


def test_what_is_due_in_the_next_month_is_still_to_be_kept() -> None:
    duty = a_duty(ObligationState.MET, "2026-07-03 17:00", "2026-07-02 10:00")

    assert ended(a_case(duty), JUNE) == {"open": 1}
    # What was promised only afterwards is not.
    later = a_duty(ObligationState.OPEN, "2026-07-03 17:00", since="2026-07-01 10:00")
    assert ended(a_case(later), JUNE) == {}


def test_a_merger_takes_no_broken_promise_away() -> None:
    duty = a_duty(ObligationState.WITHDRAWN, "2026-06-10 17:00", "2026-06-12 10:00")

    assert ended(a_case(duty, is_merged=True), JUNE) == {"broken": 1}
    assert ended(a_case(duty), JUNE) == {"withdrawn": 1}


def test_mail_that_a_person_rejected_owes_nobody_anything() -> None:
    duty = a_duty(ObligationState.BREACHED, "2026-06-10 17:00")
    case = a_case(duty, history=(happened("2026-06-11 10:00", "case_rejected"),))

    assert ended(case, JUNE) == {}


def test_of_a_broken_promise_it_is_said_who_had_it_and_what_was_done_since() -> None:
    broken = a_duty(ObligationState.BREACHED, "2026-06-10 17:00")
    case = a_case(
        broken,
        history=(
            happened("2026-06-01 10:00", "assigned", "Gareth Evans"),
            happened("2026-06-11 10:00", "assigned", "Rhian Price"),
            happened("2026-06-20 10:00", "case_closed"),
        ),
    )
    made = report(
        count(Known(cases=(case,)), JUNE, FIRM),
        FIRM,
        made_at=at("2026-07-01 09:00"),
        made_by="Olwen",
    )

    [item] = made.broken
    assert item.who == "Gareth Evans"
    assert item.since == "Never made good; the case was closed on Saturday 20 June 2026, 11am."
    assert not made.is_unfinished


def test_a_month_without_anything_says_so() -> None:
    made = report(count(Known(), JUNE, FIRM), FIRM, made_at=at("2026-06-15 09:00"), made_by="Olwen")

    assert " ".join(made.lead) == (
        "In June 2026 we received no complaints (0 the month before) and closed 0."
        " No promise fell due. When this was made, no complaint was open."
    )
    assert made.is_unfinished


def test_of_a_month_before_the_first_complaint_on_record_it_is_not_said_that_none_came() -> None:
    known = Known(began_at=at("2026-07-01 00:00"))

    made = report(count(known, JUNE, FIRM), FIRM, made_at=at("2026-07-02 09:00"), made_by="Olwen")

    assert made.lead == (
        "Nothing of June 2026 is on record.",
        (
            "Records begin with a complaint of Wednesday 1 July 2026: what came before that is not"
            " known here."
        ),
    )


def test_nine_of_ten_is_the_shortest_that_nine_of_ten_did_not_exceed() -> None:
    lengths = [timedelta(hours=each) for each in (1, 2, 3, 4, 5, 6, 7, 8, 9, 100)]

    assert spread(lengths, HOUR) == Spread(5.5, 9.0)
    assert spread(lengths[:1], DAY) == Spread(0.0, 0.0)
    assert spread([], DAY) == NOT_MEASURED


def test_one_promise_that_was_kept_is_not_all_of_several() -> None:
    duty = a_duty(ObligationState.MET, "2026-06-10 17:00", "2026-06-10 10:00")
    made = report(
        count(Known(cases=(a_case(duty),)), JUNE, FIRM),
        FIRM,
        made_at=at("2026-07-01 09:00"),
        made_by="Olwen",
    )

    assert "The one promise of the month was kept in time." in made.lead


def test_a_merger_takes_back_neither_a_credit_nor_a_letter_about_rights() -> None:
    case = replace(
        a_case(is_merged=True, history=(happened("2026-06-11 10:00", "credit_agreed", "£25.00"),)),
        rights=(RightsLetter(template="adr-rights", accepted_at=at("2026-06-12 09:00")),),
    )
    [made] = figures(Known(cases=(case,)), [JUNE], FIRM.rulebook, FIRM.calendar)

    assert (made.credits.references, made.credits.amount) == ((REFERENCE,), Decimal("25.00"))
    assert made.rights_letters == (REFERENCE,)
    assert made.received == ()
