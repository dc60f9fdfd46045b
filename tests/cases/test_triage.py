"""
Open, join, note, relay, hold or file: every rule, every reason.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from mailbot.cases import wording
from mailbot.cases.match import Evidence, Match
from mailbot.cases.triage import Action, StaffToken, Triage, triage
from mailbot.mail.classify import Classification
from mailbot.mail.message import Address, InboundMessage, Kind
from tests.cases.builders import FRIDAY, OWEN, RHIAN, a_firm, a_message, at

FIRM = a_firm()
NO_CASE = Match()
A_CASE = Match(serial=4217, evidence=Evidence.IN_REPLY_TO)
TWO_CASES = Match(is_ambiguous=True, evidence=Evidence.IN_REPLY_TO)

MAY_HIDE_A_PERSON = {Kind.LIST, Kind.NO_REPLY, Kind.AUTO_REPLY, Kind.OUT_OF_OFFICE}
PEOPLE = {Kind.PERSON, Kind.SPAM, Kind.STAFF}


def a_token(
    *,
    serial: int | None = 4217,
    handler_email: str = RHIAN.email,
    purpose: str = "assignment",
    age: timedelta = timedelta(hours=1),
    is_spent: bool = False,
) -> StaffToken:
    return StaffToken(
        nonce="abcdefgh",
        serial=serial,
        handler_email=handler_email,
        purpose=purpose,
        issued_at=FRIDAY - age,
        is_spent=is_spent,
    )


def decided(
    kind: Kind,
    match: Match = NO_CASE,
    message: InboundMessage | None = None,
    token: StaffToken | None = None,
) -> Triage:
    return triage(message or a_message(), Classification(kind, "the_rule"), match, token, FIRM)


def staff(token: StaffToken | None, sender: str = RHIAN.email) -> Triage:
    return decided(Kind.STAFF, NO_CASE, a_message(sender=Address(email=sender)), token)


@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.SPAM])
def test_a_person_without_a_case_gets_one(kind: Kind) -> None:
    assert decided(kind) == Triage(Action.OPEN, "the_rule")


@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.SPAM])
@pytest.mark.parametrize("evidence", [each for each in Evidence if each])
def test_a_person_with_evidence_joins_and_the_evidence_is_named(
    kind: Kind, evidence: Evidence
) -> None:
    found = decided(kind, Match(serial=4217, evidence=evidence))

    assert found == Triage(Action.JOIN, f"joined_by_{evidence.label}")


def test_a_message_that_names_two_cases_is_held() -> None:
    assert decided(Kind.PERSON, TWO_CASES) == Triage(Action.HOLD, "names_several_cases")


def test_a_message_without_a_sender_is_held_whatever_it_names() -> None:
    for match in (NO_CASE, A_CASE, TWO_CASES):
        found = decided(Kind.PERSON, match, a_message(sender=None))

        assert found == Triage(Action.HOLD, "no_sender")


@pytest.mark.parametrize("kind", [each for each in Kind if each not in PEOPLE])
def test_a_machine_in_a_case_is_noted_there(kind: Kind) -> None:
    assert decided(kind, A_CASE) == Triage(Action.NOTE, "the_rule")


@pytest.mark.parametrize("kind", [each for each in Kind if each not in PEOPLE])
def test_a_machine_without_a_case_opens_none(kind: Kind) -> None:
    action = Action.HOLD if kind in MAY_HIDE_A_PERSON else Action.FILE

    assert decided(kind) == Triage(action, "the_rule")


# --- staff -----------------------------------------------------------------


@pytest.mark.parametrize("purpose", ["assignment", "customer-reply"])
def test_a_handlers_own_token_relays_the_answer(purpose: str) -> None:
    assert staff(a_token(purpose=purpose)) == Triage(Action.RELAY, "staff_answer")


@pytest.mark.parametrize("purpose", ["warning", "breach", "task", "receipt", "held"])
def test_an_answer_to_any_other_staff_mail_is_not_relayed(purpose: str) -> None:
    assert staff(a_token(purpose=purpose)) == Triage(Action.ANSWER_STAFF, "not_answerable")


def test_a_from_line_alone_proves_nothing() -> None:
    assert staff(None) == Triage(Action.HOLD, "staff_not_proved")


def test_a_token_proves_nothing_for_who_is_not_staff() -> None:
    assert staff(a_token(), "jane@customer.example") == Triage(Action.HOLD, "staff_not_proved")


def test_a_colleagues_token_is_not_ones_own() -> None:
    assert staff(a_token(), OWEN.email) == Triage(Action.HOLD, "token_of_another_handler")


def test_a_handler_may_write_from_another_address_of_theirs() -> None:
    rhian = replace(RHIAN, also=("Rhian@Home.example",))
    message = a_message(sender=Address(email="rhian@home.example"))
    kind = Classification(Kind.STAFF, "handlers_address")

    found = triage(message, kind, NO_CASE, a_token(), a_firm(handlers=(rhian,)))

    assert found.action is Action.RELAY


def test_a_spent_token_is_no_proof() -> None:
    assert staff(a_token(is_spent=True)) == Triage(Action.HOLD, "token_is_spent")


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(days=30), Triage(Action.RELAY, "staff_answer")),
        (timedelta(days=30, seconds=1), Triage(Action.HOLD, "token_has_expired")),
    ],
)
def test_a_token_is_believed_for_thirty_days(age: timedelta, expected: Triage) -> None:
    assert staff(a_token(age=age)) == expected


def test_an_answer_to_a_staff_mail_without_a_case_has_nothing_to_answer() -> None:
    assert staff(a_token(serial=None, purpose="task")) == Triage(
        Action.ANSWER_STAFF, "nothing_to_answer"
    )


def test_a_handlers_mail_without_a_token_is_held_even_with_evidence_of_a_case() -> None:
    message = a_message(sender=Address(email=RHIAN.email))

    assert decided(Kind.STAFF, A_CASE, message).action is Action.HOLD


# --- the first start -------------------------------------------------------


@pytest.mark.parametrize("kind", list(Kind))
def test_mail_from_before_the_first_day_is_filed_whoever_wrote_it(kind: Kind) -> None:
    firm = a_firm(answer_from=date(2026, 11, 21))

    found = triage(a_message(), Classification(kind, "the_rule"), A_CASE, a_token(), firm)

    assert found == Triage(Action.FILE, "before_answer_from")


@pytest.mark.parametrize(
    ("received", "action"),
    [("2026-05-31 22:59", Action.FILE), ("2026-05-31 23:00", Action.OPEN)],
)
def test_the_first_day_begins_at_local_midnight(received: str, action: Action) -> None:
    firm = a_firm(answer_from=date(2026, 6, 1))  # in summer time
    message = a_message(received_at=at(received))
    kind = Classification(Kind.PERSON, "nothing_automatic")

    assert triage(message, kind, NO_CASE, None, firm).action is action


# --- no silence without words ----------------------------------------------


def test_every_reason_for_holding_staff_mail_has_words_for_the_handler() -> None:
    said = {
        staff(None).reason,
        staff(a_token(), OWEN.email).reason,
        staff(a_token(is_spent=True)).reason,
        staff(a_token(age=timedelta(days=60))).reason,
    }

    assert said == set(wording.HELD_STAFF)


def test_every_reason_for_a_receipt_has_words() -> None:
    said = {
        staff(a_token(purpose="warning")).reason,
        staff(a_token(serial=None)).reason,
    }

    assert said <= set(wording.RECEIPTS)
