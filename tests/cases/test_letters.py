"""
What the letters say, in words.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.cases.case import Case, Party
from mailbot.cases.letter import Letter
from mailbot.cases.states import State
from mailbot.cases.wording.moments import in_words
from mailbot.cases.wording.promise_words import PROMISES
from mailbot.letters.facts import facts
from mailbot.mail.message import Address
from mailbot.mail.quoting.new_text import MARKER
from tests.cases.builders import JANE, RHIAN, SERVICE, a_case, a_firm, a_new_case, at, promise
from tests.cases.life import Life

FIRM = a_firm()


def said(
    template: str = "acknowledgement",
    *,
    case: Case | None = None,
    to: Address = JANE,
    to_staff: bool = False,
    **own: object,
) -> dict[str, object]:
    letter = Letter(template=template, to=to, occasion="x", to_staff=to_staff, facts=own)
    return facts(letter, case or a_case(), FIRM)


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        ("2026-11-25 17:00", "Wednesday 25 November 2026, 5pm"),
        ("2026-06-01 16:30", "Monday 1 June 2026, 5:30pm"),
        ("2026-11-25 12:00", "Wednesday 25 November 2026, noon"),
        # 24:00 of a day is the end of that day, in winter and in summer time.
        ("2027-01-02 00:00", "the end of Friday 1 January 2027"),
        ("2026-06-30 23:00", "the end of Tuesday 30 June 2026"),
        ("2027-01-01 00:00", "the end of Thursday 31 December 2026"),
        ("2027-01-02 00:01", "Saturday 2 January 2027, 12:01am"),
    ],
)
def test_an_instant_is_said_in_local_words(instant: str, words: str) -> None:
    assert in_words(at(instant), FIRM) == words


def test_a_letter_names_the_case_the_customer_and_every_date() -> None:
    found = said()

    assert found["reference"] == "ISS-004217-57"
    assert found["salutation"] == "Dear Jane Doe"
    assert found["received"] == "Friday 20 November 2026, 4:45pm"
    assert found["customer"] == {
        "name": "Jane Doe",
        "email": JANE.email,
        "phone": "",
        "address": "",
    }
    assert found["introduce_by"] == "Sunday 22 November 2026, 4:45pm"
    assert found["contact_by"] == "Wednesday 25 November 2026, 5pm"
    assert found["rights_on"] == "Friday 1 January 2027"


def test_the_handler_is_told_the_same_dates() -> None:
    dates = said("assignment", to_staff=True)["dates"]

    assert isinstance(dates, list)
    assert [each["by"] for each in dates] == [
        "Sunday 22 November 2026, 4:45pm",
        "Wednesday 25 November 2026, 5pm",
        "Friday 1 January 2027",
    ]


def test_what_is_due_first_is_read_first() -> None:
    life = Life()
    life.customer("Any news?")
    dates = said("assignment", case=life.case, to_staff=True)["dates"]

    assert isinstance(dates, list)
    whats = [each["what"] for each in dates]
    assert whats.index("The customer expects an answer by") < whats.index(
        "A contact time has to be agreed by"
    )


def test_the_firm_answers_under_its_service_address() -> None:
    company = said()["company"]

    assert isinstance(company, dict)
    assert company["email"] == SERVICE
    assert company["name"] == FIRM.rulebook.company.name


@pytest.mark.parametrize(("shown", "email"), [(False, ""), (True, RHIAN.email)])
def test_a_handlers_own_address_is_shown_only_if_they_want(shown: bool, email: str) -> None:
    case = a_case(handler=replace(RHIAN, show_direct_email=shown))

    assert said(case=case)["handler"] == {
        "name": "Rhian Price",
        "role": "Case handler",
        "phone": "01495 000 001",
        "email": email,
    }


def test_a_relayed_answer_is_signed_by_who_wrote_it() -> None:
    writer = replace(RHIAN, name="Owen Parry")
    found = said("handler-reply", body="We found it.", writer=writer)

    handler = found["handler"]
    assert isinstance(handler, dict)
    assert handler["name"] == "Owen Parry"
    assert "writer" not in found


def test_a_staff_letter_carries_the_marker_and_a_customers_letter_never() -> None:
    assert said("warning", to_staff=True)["marker"] == MARKER
    assert "marker" not in said()


def test_a_staff_letter_greets_by_name_or_else_by_address() -> None:
    named = said("warning", to=Address(name="Rhian Price", email=RHIAN.email), to_staff=True)
    unnamed = said("warning", to=Address(email=RHIAN.email), to_staff=True)

    assert (named["handler_name"], unnamed["handler_name"]) == ("Rhian Price", RHIAN.email)


def test_a_due_instant_becomes_words() -> None:
    case = a_case()
    found = said("warning", case=case, to_staff=True, due_at=promise(case, "adr_rights").due_at)

    assert found["due"] == "the end of Friday 1 January 2027"
    assert "due_at" not in found


def test_only_the_rights_letter_carries_the_scheme_and_ofcom() -> None:
    assert said("adr-rights")["ofcom"] == FIRM.rulebook.ofcom
    assert said("adr-rights")["adr"] == FIRM.rulebook.adr
    assert "ofcom" not in said("follow-up")


@pytest.mark.parametrize(
    ("case", "status"),
    [
        (a_case(), "Open, with Rhian Price"),
        (a_case(handler=None), "Open, with nobody yet"),
        (
            a_case(state=State.AWAITING_CONFIRMATION),
            "Waiting for the customer to confirm the outcome, with Rhian Price",
        ),
        (a_case(state=State.CLOSED), "Closed, with Rhian Price"),
        (a_case(state=State.NOT_A_COMPLAINT), "Not a complaint, with Rhian Price"),
    ],
)
def test_the_status_is_a_sentence(case: Case, status: str) -> None:
    assert said(case=case)["status"] == status


def test_what_is_not_promised_is_not_dated() -> None:
    found = said(case=a_new_case())

    assert (found["introduce_by"], found["rights_on"], found["dates"]) == ("", "", [])
    assert found["handler"] is None


def test_a_name_with_a_link_in_it_is_not_greeted() -> None:
    rogue = Party(address=Address(name="Win at evil.com", email=JANE.email))

    assert said(case=replace(a_case(), complainant=rogue))["salutation"] == "Hello"


def test_a_letter_about_no_case_has_no_reference() -> None:
    letter = Letter(template="task", to=JANE, occasion="x", to_staff=True, facts={"what": "W"})
    found = facts(letter, None, FIRM)

    assert (found["reference"], found["what"]) == ("", "W")
    assert "customer" not in found


def test_after_an_outage_nothing_is_announced_for_a_time_that_is_past() -> None:
    case = a_case()
    letter = Letter(template="introduction", to=case.complainant.address, occasion="late")
    due = case.obligation("agree_contact")
    assert due is not None

    in_time = facts(letter, case, a_firm(), due.due_at)
    late = facts(letter, case, a_firm(), due.due_at + timedelta(seconds=1))

    assert in_time["contact_by"]
    assert (late["introduce_by"], late["contact_by"]) == ("", "")


def test_who_is_asked_to_confirm_reads_since_when_and_when_we_ask_again() -> None:
    life = Life()
    life.until(life.day(3))
    life.order("#outcome Mended.")

    for template in ("outcome", "confirm-reminder"):
        found = said(template, case=life.case)
        assert found["outcome_on"] == "Monday 23 November 2026"
        # The reminder goes on the 30th: it names the day of the one after it.
        asked = {"outcome": "Monday 30 November 2026", "confirm-reminder": "Monday 7 December 2026"}
        assert found["confirm_by"] == asked[template]


def test_our_own_people_read_the_dates_that_are_past() -> None:
    late = promise(a_case(), "agree_contact").due_at + timedelta(days=1)
    letter = Letter(template="assignment", to=JANE, occasion="x", to_staff=True)

    assert facts(letter, a_case(), FIRM, late)["contact_by"] == "Wednesday 25 November 2026, 5pm"
    assert facts(letter, a_case(), FIRM, late)["commands"]
    assert "commands" not in facts(replace(letter, template="warning"), a_case(), FIRM, late)


def test_a_warning_says_which_promise_and_what_to_do() -> None:
    life = Life()
    life.until(life.day(4, "09:00"))
    (warning,) = life.sent("warning")

    assert warning.letter.facts["promise"] == PROMISES["agree_contact"].name
    assert warning.letter.facts["what"] == PROMISES["agree_contact"].todo


@pytest.mark.parametrize(
    ("template", "on_day_43"), [("call-summary", ""), ("outcome", "Friday 1 January 2027")]
)
def test_no_letter_about_rights_is_announced_for_a_day_that_is_past(
    template: str, on_day_43: str
) -> None:
    letter = Letter(template=template, to=JANE, occasion="x")

    on_its_day = facts(letter, a_case(), FIRM, at("2027-01-01 23:59"))
    assert on_its_day["rights_on"] == "Friday 1 January 2027"
    afterwards = facts(letter, a_case(), FIRM, at("2027-01-02 00:01"))
    assert afterwards["rights_on"] == on_day_43
