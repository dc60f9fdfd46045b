"""
The rulebook: what the example says, what an owner changes in one line, and every refusal.
"""

import tomllib
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from mailbot.cases.obligation import Does
from mailbot.cases.rulebook.clock_language import parse_acts, parse_within
from mailbot.cases.rulebook.rulebook import Rulebook
from mailbot.settings.problems import problems_of

LONDON = ZoneInfo("Europe/London")
EXAMPLE = Path(__file__).parents[2] / "config" / "code.toml"
TEXT = EXAMPLE.read_text()
TABLES = tomllib.loads(TEXT)
RECEIVED_AT = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)

Tables = dict[str, Any]
SCHEME = {"scheme": "Example Scheme", "telephone": "020 0000 0000"}


def unchanged(tables: Tables) -> None:
    pass


def a_rulebook(change: Callable[[Tables], object] = unchanged) -> Rulebook:
    tables = deepcopy(TABLES)
    change(tables)
    return Rulebook.model_validate(tables)


def problems(change: Callable[[Tables], object]) -> list[str]:
    with pytest.raises(ValidationError) as refusal:
        a_rulebook(change)
    return [f"{each.key}: {each.sentence}" for each in problems_of(refusal.value, Rulebook)]


def setting(path: str, value: object) -> Callable[[Tables], None]:
    """
    A change of the key at that dotted path; a number is a place in a list.
    """

    def change(tables: Tables) -> None:
        *tables_on_the_way, key = path.split(".")
        here: Any = tables
        for part in tables_on_the_way:
            here = here[int(part)] if part.isdigit() else here[part]
        here[key] = value

    return change


def test_the_clauses_of_the_example_are_the_codes_own_words() -> None:
    rulebook = a_rulebook()

    assert "within 24 working hours" in rulebook.promise("acknowledge").clause
    assert "within 48 hours of your complaint" in rulebook.promise("introduce").clause
    assert "within the first 3 working days" in rulebook.promise("agree_contact").clause
    assert "6 weeks or longer" in rulebook.promise("adr_rights").clause


def test_three_working_days_become_two_by_one_line() -> None:
    changed = Rulebook.model_validate(
        tomllib.loads(TEXT.replace('within = "3 working days"', 'within = "2 working days"'))
    )

    obligation = changed.promise("agree_contact").book(RECEIVED_AT, changed.calendar(LONDON))

    assert [(step.does, f"{step.at:%d %b %H:%M}") for step in obligation.steps] == [
        (Does.WARN, "23 Nov 09:00"),
        (Does.ACT, "24 Nov 09:00"),
        (Does.DUE, "24 Nov 17:00"),
    ]


def test_six_weeks_become_eight_by_one_line_and_the_warnings_follow() -> None:
    changed = Rulebook.model_validate(
        tomllib.loads(TEXT.replace('within = "6 weeks"', 'within = "8 weeks"'))
    )

    obligation = changed.promise("adr_rights").book(RECEIVED_AT, changed.calendar(LONDON))

    assert [f"{step.at:%d %b %H:%M}" for step in obligation.steps] == [
        "01 Jan 09:00",
        "08 Jan 09:00",
        "12 Jan 09:00",
        "15 Jan 09:00",
        "15 Jan 12:00",
        "16 Jan 00:00",
    ]


def test_the_calendar_is_that_of_the_hours_table() -> None:
    def change(tables: Tables) -> None:
        tables["hours"] |= {
            "opens": "08:00",
            "closes": "18:00",
            "days": ["Mon", "Sat"],
            "extra_holidays": [date(2026, 11, 23)],
            "removed_holidays": [date(2026, 12, 28)],
        }

    calendar = a_rulebook(change).calendar(LONDON)

    assert calendar.next_working_day(date(2026, 11, 20)) == date(2026, 11, 21)
    assert calendar.next_working_day(date(2026, 11, 21)) == date(2026, 11, 28)
    assert calendar.is_working_day(date(2026, 12, 28))
    assert (calendar.opens.hour, calendar.closes.hour) == (8, 18)


def test_a_promise_that_the_program_does_not_know_has_no_value() -> None:
    with pytest.raises(KeyError):
        a_rulebook().promise("refund")


def test_links_may_go_where_the_rulebook_itself_points() -> None:
    rulebook = a_rulebook(setting("links.allowed", ["status.example.net"]))

    assert rulebook.hosts_allowed == (
        "status.example.net",
        "www.infinitysystemsolutions.co.uk",
        "www.ofcom.org.uk",
        "ico.org.uk",
        "ofcom.org.uk",
    )


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("version", "", "version: must not be empty"),
        ("version", "1" * 65, f'version: expected a shorter text, got "{"1" * 60}…"'),
        ("version", 3, "version: expected text in quotes, got 3"),
        ("versoin", "1", "versoin: unknown setting (version?)"),
        (
            "promises.agree_contct",
            {},
            "promises.agree_contct: unknown setting (agree_contact?)",
        ),
        (
            "promises.agree_contact.wihtin",
            "3 days",
            "promises.agree_contact.wihtin: unknown setting (within?)",
        ),
        (
            "promises.agree_contact.name",
            "x",
            "promises.agree_contact.name: unknown setting",
        ),
        (
            "promises.agree_contact.within",
            "3 wrking days",
            (
                'promises.agree_contact.within: expected a length such as "24 working hours", '
                '"48 hours", "3 working days", "42 days" or "6 weeks", got "3 wrking days"'
            ),
        ),
        (
            "promises.agree_contact.within",
            3,
            "promises.agree_contact.within: expected text in quotes, got 3",
        ),
        (
            "promises.agree_contact.within",
            "24 working hours",
            (
                "promises.agree_contact.acts: 24 working hours have no last day to count from: "
                'write it from the receipt, such as "17:00, 1 working day after receipt"'
            ),
        ),
        (
            "promises.introduce.due",
            "17:00",
            "promises.introduce.due: leave it out: 48 hours end at an instant of their own",
        ),
        (
            "promises.introduce.within",
            "2 days",
            (
                "promises.introduce.due: is needed: the time on the last day of 2 days, "
                'such as "17:00"'
            ),
        ),
        (
            "promises.agree_contact.due",
            "5pm",
            'promises.agree_contact.due: expected a time such as "09:00" or "24:00", got "5pm"',
        ),
        (
            "promises.agree_contact.due",
            "08:59",
            (
                "promises.agree_contact.acts: lies after the last moment in time: received "
                "Mon 14 Dec 2026 00:00, it comes Thu 17 Dec 2026 09:00 and the promise ends "
                "Thu 17 Dec 2026 08:59. Choose an earlier moment"
            ),
        ),
        (
            "promises.adr_rights.acts",
            "now",
            (
                'promises.adr_rights.acts: expected "at once" or a moment such as "09:00", '
                '"09:00, 1 working day before", "09:00, 14 days before" or '
                '"17:00, 1 working day after receipt", got "now"'
            ),
        ),
        (
            "promises.adr_rights.acts",
            "09:00, 50 days before",
            (
                "promises.adr_rights.acts: always lies before the receipt: "
                "choose fewer days, within 6 weeks"
            ),
        ),
        (
            "promises.adr_rights.steps.0.at",
            "09:00, 43 days after receipt",
            (
                "promises.adr_rights.steps.1.at: lies after the last moment in time: received "
                "Mon 14 Dec 2026 00:00, it comes Tue 26 Jan 2027 09:00 and the promise ends "
                "Tue 26 Jan 2027 00:00. Choose an earlier moment"
            ),
        ),
        (
            "promises.adr_rights.steps.0.does",
            "act",
            'promises.adr_rights.steps.1.does: expected "warn" or "alarm", got "act"',
        ),
        (
            "promises.acknowledge.steps.0.at",
            "17:00",
            (
                "promises.acknowledge.steps.1.at: 24 working hours have no last day to count from: "
                'write it from the receipt, such as "17:00, 1 working day after receipt"'
            ),
        ),
        (
            "hours.opens",
            "24:00",
            'hours.opens: expected a time from "00:00" to "23:59", got "24:00"',
        ),
        ("hours.closes", "09:00", "hours.closes: must be later than opens (09:00), got 09:00"),
        (
            "hours.days",
            ["Monday"],
            'hours.days.1: expected one of Mon, Tue, Wed, Thu, Fri, Sat, Sun, got "Monday"',
        ),
        ("hours.days", [], "hours.days: must not be empty"),
        (
            "hours.extra_holidays",
            ["2026-12-24"],
            (
                "hours.extra_holidays.1: expected a date such as 2026-12-31, without quotes, "
                'got "2026-12-24"'
            ),
        ),
        (
            "adr.checked_on",
            "last year",
            'adr.checked_on: expected a date such as 2026-12-31, without quotes, got "last year"',
        ),
        (
            "caps.acknowledgements_per_hour",
            0,
            "caps.acknowledgements_per_hour: expected at least 1, got 0",
        ),
        (
            "caps.acknowledgements_per_hour",
            True,
            "caps.acknowledgements_per_hour: expected a whole number, got true",
        ),
        (
            "caps.acknowledgements_per_address_per_day",
            2,
            (
                "caps.acknowledgements_per_address_per_day: must not be less than the cap of an hour "
                "(3): raise it"
            ),
        ),
        (
            "intake.spam_signals",
            ["YES"],
            'intake.spam_signals.1: expected a header line such as "X-Spam-Flag: YES", got "YES"',
        ),
        (
            "safety.words",
            "telecare",
            'safety.words: expected a list such as ["one", "two"], got "telecare"',
        ),
        (
            "promises.adr_rights.acts",
            "at once",
            (
                'promises.adr_rights.acts: "at once" would send the rights letter on the day of'
                " receipt: say when"
            ),
        ),
        ("retention.months", 6, "retention.months: expected at least 12, got 6"),
        ("company", "us", 'company: expected a table, got "us"'),
    ],
)
def test_a_mistake_is_told_at_its_key_with_what_may_stand_there(
    path: str, value: object, problem: str
) -> None:
    assert problem in problems(setting(path, value))


def test_a_promise_of_the_code_cannot_be_left_out() -> None:
    assert problems(lambda tables: tables["promises"].pop("adr_rights")) == [
        "promises.adr_rights: is needed; the example of this file shows it"
    ]


def test_a_holiday_cannot_be_both_added_and_removed() -> None:
    day = date(2026, 12, 24)

    def change(tables: Tables) -> None:
        tables["hours"] |= {"extra_holidays": [day], "removed_holidays": [day]}

    assert problems(change) == [
        "hours.removed_holidays: 2026-12-24 is in extra_holidays too: keep it in one of them"
    ]


def test_a_scheme_needs_a_way_to_reach_it_and_a_day_of_checking() -> None:
    assert problems(setting("adr.scheme", "Example Scheme")) == [
        "adr.web: a scheme needs a way to reach it: address, telephone, email or web",
        (
            "adr.checked_on: is needed with a scheme: the day these details were last compared "
            "with what the scheme itself publishes"
        ),
    ]


def test_only_a_scheme_that_was_never_named_is_warned_of_while_all_checks_are_fresh() -> None:
    rulebook = a_rulebook(setting("company.number", "00000001"))

    (warning,) = rulebook.warnings(date(2026, 11, 1))

    assert warning.startswith("adr.scheme is empty: ")
    assert "Name the approved ADR scheme" in warning


@pytest.mark.parametrize(("today", "warned"), [("2027-03-30", False), ("2027-03-31", True)])
def test_adr_details_are_trusted_for_180_days(today: str, warned: bool) -> None:
    def change(tables: Tables) -> None:
        tables["adr"] |= SCHEME | {"checked_on": date(2026, 10, 1)}

    found = a_rulebook(change).warnings(date.fromisoformat(today))

    assert any("adr.checked_on (2026-10-01) is more than 180" in each for each in found) is warned


@pytest.mark.parametrize(("today", "warned"), [("2027-10-01", False), ("2027-10-02", True)])
def test_bank_holidays_are_trusted_for_a_year(today: str, warned: bool) -> None:
    found = a_rulebook().warnings(date.fromisoformat(today))

    assert any("hours.holidays_checked_on (2026-10-01) is over" in each for each in found) is warned


def test_bank_holidays_that_nobody_ever_checked_are_warned_of() -> None:
    rulebook = a_rulebook(lambda tables: tables["hours"].pop("holidays_checked_on"))

    assert any("holidays_checked_on is not set" in each for each in rulebook.warnings(date.min))


def test_the_example_company_number_is_warned_of() -> None:
    assert any("company.number" in each for each in a_rulebook().warnings(date(2026, 11, 1)))


def test_what_ends_exactly_where_it_must_is_taken() -> None:
    def change(tables: Tables) -> None:
        tables["promises"]["agree_contact"]["acts"] = "17:00"
        tables["caps"]["acknowledgements_per_address_per_day"] = 3

    assert a_rulebook(change).promise("agree_contact").acts == parse_acts("17:00")


def test_a_warning_on_the_day_of_receipt_is_taken_though_it_may_come_early() -> None:
    # "1 working day before" of a promise of one working day: a Friday for mail of a Saturday.
    rulebook = a_rulebook(setting("promises.agree_contact.within", "1 working day"))

    assert rulebook.promise("agree_contact").within == parse_within("1 working day")
