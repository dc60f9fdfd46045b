"""
The mails of the morning: when they are due, who gets one, and what stands in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.morning.known import HeldMail, Known, OpenCase, Relayed
from mailbot.cases.morning.mails import MOST_IN_A_LIST, MOST_IN_ALL, SECTIONS, letters
from mailbot.cases.morning.working_day import Morning, morning
from mailbot.cases.obligation import Obligation, ObligationState
from mailbot.cases.people.handlers import Handler
from tests.cases.builders import MANAGER, OWEN, RHIAN, a_firm, at, away
from tests.mail.test_templates import mail

FIRM = a_firm()
#: A Monday.
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
BREACHED = ObligationState.BREACHED


def the_morning(now: datetime = NINE) -> Morning:
    of = morning(now, FIRM.calendar)
    assert of is not None
    return of


def a_duty(
    promise: str,
    due: str,
    *,
    acts: str | None = None,
    state: ObligationState = ObligationState.OPEN,
    agreed: bool = False,
) -> Obligation:
    return Obligation(
        promise=promise,
        clause="a clause",
        acts_at=at(acts or due),
        due_at=at(due),
        state=state,
        since=None if agreed else at("2026-11-16 09:00"),
    )


def an_open_case(
    *owed: Obligation,
    handler: Handler | None = RHIAN,
    handler_email: str = "",
    verdict: str = "",
    to_post: tuple[str, ...] = (),
    received: str = "2026-11-16 09:00",
    is_marked: bool = False,
    broken_before: tuple[Obligation, ...] = (),
) -> OpenCase:
    return OpenCase(
        reference="ISS-004217-57",
        customer="Jane Doe",
        received_at=at(received),
        opened_at=at(received),
        handler=handler,
        handler_email=handler_email,
        verdict=verdict,
        owed=owed,
        broken_before=broken_before,
        to_post=to_post,
        is_marked=is_marked,
    )


def a_held(number: int = 17, **changes: str) -> HeldMail:
    fields = {
        "sender": "ivor@customer.example",
        "subject": "My complaints",
        "reason": "names_several_cases",
    }
    return HeldMail(held_id=number, at=at("2026-11-20 15:00"), **(fields | changes))


def mails(*cases: OpenCase, firm: Firm = FIRM, **more: object) -> Mapping[str, Letter]:
    """
    The digests by reader.
    """
    known = replace(Known(cases=cases), **more)  # type: ignore[arg-type]
    return {
        each.to.email: each
        for each in letters(known, the_morning(), firm)
        if each.template == "digest"
    }


def lines(letter: Letter, section: str) -> list[str]:
    """
    The lines of one list as they are read, without the case.
    """
    rows = letter.facts[section]
    assert isinstance(rows, Sequence)
    return [", ".join(filter(None, (row["what"], row["when"], row["who"]))) for row in rows]


def filled(letter: Letter) -> set[str]:
    return {name for name, value in letter.facts.items() if isinstance(value, list) and value}


@pytest.mark.parametrize(
    ("now", "is_due"),
    [
        ("2026-11-23 08:59", False),
        ("2026-11-23 09:00", True),
        ("2026-11-23 16:59", True),
        ("2026-11-23 17:00", False),
        ("2026-11-22 10:00", False),  # a Sunday
        ("2026-12-25 10:00", False),
    ],
)
def test_the_morning_is_a_working_days_from_its_opening_on(now: str, is_due: bool) -> None:
    assert (morning(at(now), FIRM.calendar) is not None) is is_due


def test_a_monday_knows_of_friday_and_of_tuesday() -> None:
    of = the_morning()

    assert of.since == at("2026-11-20 09:00")
    assert of.next_day == date(2026, 11, 24)
    assert of.next_ends == at("2026-11-25 00:00")


def test_on_a_day_with_nothing_to_say_nobody_gets_anything() -> None:
    later = an_open_case(a_duty("answer", "2026-11-26 17:00"))

    assert letters(Known(cases=(later,)), the_morning(), FIRM) == ()


def test_a_handler_reads_what_is_overdue_due_today_and_due_tomorrow() -> None:
    digest = mails(
        an_open_case(a_duty("answer", "2026-11-20 17:00", state=BREACHED)),
        an_open_case(a_duty("agree_contact", "2026-11-23 17:00")),
        an_open_case(a_duty("answer", "2026-11-24 17:00")),
        an_open_case(a_duty("answer", "2026-11-25 17:00")),
    )[RHIAN.email]

    assert lines(digest, "overdue") == [
        "answer to the customer's message, was due Friday 20 November 2026, 5pm"
    ]
    assert lines(digest, "due_today") == ["agreed contact time, by Monday 23 November 2026, 5pm"]
    assert lines(digest, "due_next") == [
        "answer to the customer's message, by Tuesday 24 November 2026, 5pm"
    ]


def test_on_a_friday_what_falls_due_at_the_weekend_is_due_today() -> None:
    friday = the_morning(at("2026-11-20 09:00"))
    case = an_open_case(a_duty("data_protection", "2026-11-22 00:00"))

    digest, _ = letters(Known(cases=(case,)), friday, FIRM)

    assert lines(digest, "due_today") == [
        "acknowledgement of the data-protection complaint, by the end of Saturday 21 November 2026"
    ]
    assert digest.facts["is_before_a_pause"]


def test_what_mailbot_sends_of_itself_is_no_handlers_duty() -> None:
    case = an_open_case(
        a_duty("introduce", "2026-11-23 12:00"), a_duty("adr_rights", "2026-11-23 17:00")
    )

    assert RHIAN.email not in mails(case)


def test_a_promised_contact_is_told_with_its_time() -> None:
    digest = mails(
        an_open_case(
            a_duty("keep_contact", "2026-11-23 17:00", acts="2026-11-23 14:00", agreed=True)
        ),
        an_open_case(a_duty("keep_contact", "2026-11-24 17:00", acts="2026-11-24 09:00")),
    )[RHIAN.email]

    assert lines(digest, "contacts") == [
        "as agreed with the customer, Monday 23 November 2026, 2pm",
        "the next regular contact, by Tuesday 24 November 2026, 5pm",
    ]


def test_a_case_that_nears_six_weeks_is_told_on_its_days_to_handler_and_manager() -> None:
    rights = a_duty("adr_rights", "2026-12-08 00:00", acts="2026-12-07 09:00")
    case = an_open_case(rights, received="2026-10-26 10:00", is_marked=True)

    told = mails(case)

    says = "day 28, the letter about independent help goes out on Monday 7 December 2026"
    assert lines(told[RHIAN.email], "six_weeks") == [says]
    assert lines(told[MANAGER.email], "at_risk") == [f"{says}, with Rhian Price"]
    assert mails(replace(case, is_marked=False)) == {}


def test_letters_that_wait_to_be_posted_are_counted() -> None:
    digest = mails(an_open_case(to_post=("acknowledgement", "introduction")))[RHIAN.email]

    assert lines(digest, "to_post") == ["2 letters, say #posted when it is done"]


def test_answers_of_the_last_working_day_are_told_to_whoever_wrote_them() -> None:
    answers = tuple(
        Relayed(
            reference="ISS-004217-57",
            customer="Jane Doe",
            at=at("2026-11-20 11:00"),
            writer=RHIAN.email,
            status=status,
        )
        for status in ("sent", "bounced")
    )

    told = mails(relayed=answers)

    assert set(told) == {RHIAN.email}
    assert [line.partition(",")[0] for line in lines(told[RHIAN.email], "relayed")] == [
        "sent to the customer",
        "NOT delivered: please see the task about it",
    ]


def test_who_is_away_gets_no_digest_and_their_stand_in_reads_for_whom() -> None:
    firm = a_firm(handlers=(away(RHIAN), OWEN, MANAGER))
    case = an_open_case(a_duty("answer", "2026-11-24 17:00"), handler=away(RHIAN))

    told = mails(case, firm=firm)

    assert set(told) == {OWEN.email}
    (line,) = lines(told[OWEN.email], "due_next")
    assert line.endswith("for Rhian Price, who is away")


def test_the_manager_reads_what_was_broken_until_it_is_made_good() -> None:
    newer = a_duty("keep_contact", "2026-11-27 17:00")
    told = mails(
        an_open_case(a_duty("agree_contact", "2026-11-18 17:00", state=BREACHED)),
        an_open_case(
            newer, broken_before=(a_duty("keep_contact", "2026-11-20 17:00", state=BREACHED),)
        ),
        an_open_case(
            newer, broken_before=(a_duty("keep_contact", "2026-11-13 17:00", state=BREACHED),)
        ),
    )[MANAGER.email]

    assert lines(told, "breaches") == [
        "agreed contact time, was due Wednesday 18 November 2026, 5pm, with Rhian Price",
        "agreed contact with the customer, was due Friday 20 November 2026, 5pm, with Rhian Price",
    ]


def test_the_manager_reads_of_cases_that_nobody_has_and_of_those_who_left() -> None:
    told = mails(
        an_open_case(handler=None),
        an_open_case(handler=None, handler_email="gone@example.com"),
    )[MANAGER.email]

    assert lines(told, "unassigned") == [
        "nobody has it yet, received Monday 16 November 2026, 9am",
        (
            "its handler, gone@example.com, is not in handlers.toml any more,"
            " received Monday 16 November 2026, 9am"
        ),
    ]


def test_the_manager_reads_of_cases_under_a_verdict_and_of_the_last_day_of_a_promise() -> None:
    told = mails(
        an_open_case(verdict="spam_verdict"),
        an_open_case(a_duty("answer", "2026-11-23 17:00")),
        an_open_case(a_duty("keep_contact", "2026-11-23 17:00")),
    )[MANAGER.email]

    assert len(lines(told, "verdicts")) == 1
    assert lines(told, "at_risk") == [
        "answer to the customer's message, by Monday 23 November 2026, 5pm, with Rhian Price"
    ]


def test_held_mail_is_a_list_of_its_own_for_the_manager() -> None:
    (letter,) = letters(Known(held=(a_held(), a_held(18, sender=""))), the_morning(), FIRM)

    assert (letter.template, letter.to.email) == ("held", MANAGER.email)
    assert letter.facts["count"] == 2
    assert letter.facts["example"] == "17"


def test_a_long_list_of_held_mail_is_cut_and_the_rest_counted() -> None:
    held = tuple(a_held(number) for number in range(60))

    (letter,) = letters(Known(held=held), the_morning(), FIRM)

    assert (letter.facts["count"], letter.facts["more"]) == (60, 10)


def test_what_is_held_in_a_handlers_name_is_in_their_digest() -> None:
    held = a_held(sender=RHIAN.email, reason="staff_not_proved")

    digest = mails(held=(held,))[RHIAN.email]

    assert filled(digest) == {"held"}


def test_each_mail_of_a_day_has_one_key_a_reader() -> None:
    case = an_open_case(a_duty("answer", "2026-11-23 17:00"))

    monday = letters(Known(cases=(case,), held=(a_held(),)), the_morning(), FIRM)
    again = letters(Known(cases=(case,)), the_morning(NINE + timedelta(hours=3)), FIRM)

    keys = {(each.template, each.occasion) for each in monday}
    assert len(keys) == len(monday) == 3
    assert {(each.template, each.occasion) for each in again} < keys


# --- how long it may become -----------------------------------------------------------

#: Beyond it Gmail shows no more of a mail's HTML.
CLIPPED_AT = 102_000


def four_hundred() -> list[OpenCase]:
    duties = [
        a_duty(each, "2026-11-20 17:00", state=BREACHED) for each in ("agree_contact", "answer")
    ]
    of_today = a_duty("confirm_closure", "2026-11-23 17:00")
    return [
        replace(
            an_open_case(*duties, of_today, handler=MANAGER),
            customer="Jane Llewellyn-Jones of the Corner House",
        )
        for _ in range(400)
    ]


def test_a_digest_of_four_hundred_cases_is_not_clipped_and_says_how_many_are_left_out() -> None:
    digest = mails(*four_hundred())[MANAGER.email]
    rendered = mail("digest", **digest.facts)

    assert len(rendered.html.encode()) < CLIPPED_AT
    assert len(lines(digest, "overdue")) == MOST_IN_A_LIST
    assert f"And {800 - MOST_IN_A_LIST} more. To see your open cases" in rendered.text


def test_what_nobody_has_is_told_before_the_work_of_every_day() -> None:
    nobodys = an_open_case(a_duty("answer", "2026-11-23 17:00"), handler=None)
    digest = mails(*four_hundred(), nobodys)[MANAGER.email]

    assert len(lines(digest, "unassigned")) == 1
    assert sum(len(lines(digest, each)) for each in SECTIONS) <= MOST_IN_ALL


def test_a_digest_of_a_few_cases_leaves_nothing_out() -> None:
    digest = mails(an_open_case(a_duty("answer", "2026-11-20 17:00", state=BREACHED)))[RHIAN.email]

    assert "more. To see" not in mail("digest", **digest.facts).text
