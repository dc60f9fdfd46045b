"""
Open, join, note, relay, hold or file: every rule, every reason.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from mailbot.cases.identity.match import Candidate, Evidence, Match
from mailbot.cases.identity.staff_mail import (
    MOST_RECEIPTS,
    MOST_UNPROVED,
    Proof,
    StaffMail,
    StaffToken,
)
from mailbot.cases.identity.triage import Action, Triage, triage
from mailbot.cases.people.handlers import Handler
from mailbot.cases.wording import receipt_words
from mailbot.mail.message import Address, InboundMessage, Kind
from mailbot.mail.origin.classify import Classification, Surroundings, classify
from mailbot.mail.quoting.forwarded import Forwarded, How
from tests.cases.builders import (
    JANE,
    OWEN,
    RHIAN,
    SERVICE,
    a_firm,
    a_message,
    a_staff_mail,
    a_token,
    at,
)

FIRM = a_firm()
RHIANS = Address(email=RHIAN.email)
NO_CASE = Match()
A_CASE = Match(serial=4217, evidence=Evidence.IN_REPLY_TO)
TWO_CASES = Match(is_ambiguous=True, evidence=Evidence.IN_REPLY_TO)

MAY_HIDE_A_PERSON = {Kind.LIST, Kind.NO_REPLY, Kind.AUTO_REPLY, Kind.OUT_OF_OFFICE}
PEOPLE = {Kind.PERSON, Kind.SPAM, Kind.STAFF}


def by_a_party(evidence: Evidence) -> Match:
    known = Candidate(evidence, 4217, knows_sender=True)
    return Match(serial=4217, evidence=evidence, candidates=(known,))


def decided(
    kind: Kind,
    match: Match = NO_CASE,
    message: InboundMessage | None = None,
    mail: StaffMail | None = None,
) -> Triage:
    return triage(message or a_message(), Classification(kind, "the_rule"), match, mail, FIRM)


def staff(mail: StaffMail) -> Triage:
    return decided(Kind.STAFF, NO_CASE, mail.message, mail)


def answering(token: StaffToken | None, writer: Handler = RHIAN) -> Triage:
    return staff(a_staff_mail(writer=writer, answers=token, serial=token.serial if token else None))


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


@pytest.mark.parametrize(
    "rule", ["response_suppressed", "list_field", "old_list_field", "precedence"]
)
def test_a_party_who_answers_us_by_a_way_that_robots_take_too_is_a_person(rule: str) -> None:
    def answer(match: Match, message: InboundMessage | None = None) -> Triage:
        said = Classification(Kind.LIST, rule)
        return triage(message or a_message(), said, match, None, FIRM)

    signed = by_a_party(Evidence.IN_REPLY_TO)
    noted = Triage(Action.NOTE, rule)

    assert answer(signed) == Triage(Action.JOIN, "joined_by_in_reply_to")
    assert answer(replace(signed, candidates=A_CASE.candidates)) == noted
    assert answer(by_a_party(Evidence.REFERENCE)) == noted
    assert answer(signed, a_message(text="> Dear Jane")) == noted
    assert answer(signed, a_message(text="")) == noted
    assert answer(signed, a_message(subject="Jane Doe is out of the office.")) == noted
    away = "I am out of the office until 3 December. In urgent cases please call 01495 000 000."
    assert answer(signed, a_message(text=away)) == noted


@pytest.mark.parametrize("rule", ["auto_submitted", "out_of_office_subject", "loop_field"])
def test_what_says_itself_that_it_is_a_machines_changes_nothing_whoever_sent_it(rule: str) -> None:
    said = Classification(Kind.AUTO_REPLY, rule)

    decided_on = triage(a_message(), said, by_a_party(Evidence.IN_REPLY_TO), None, FIRM)

    assert decided_on == Triage(Action.NOTE, rule)


@pytest.mark.parametrize("kind", [each for each in Kind if each not in PEOPLE])
def test_a_machine_without_a_case_opens_none(kind: Kind) -> None:
    action = Action.HOLD if kind in MAY_HIDE_A_PERSON else Action.FILE

    assert decided(kind) == Triage(action, "the_rule")


REPLIED = {"auto-submitted": ("auto-replied",)}
GENERATED = {"auto-submitted": ("auto-generated",)}


@pytest.mark.parametrize(
    ("subject", "headers"),
    [
        ("Automatic reply: Please confirm", REPLIED),
        ("Automatic reply: Please confirm", GENERATED),
        ("Rhian Price is out of the office.", GENERATED),
        ("Away", {"x-autoreply": ("yes",)}),
        ("Away", {"x-autogenerated": ("Reply",)}),
        ("Away", {"precedence": ("auto_reply",)}),
    ],
)
def test_an_absence_of_our_own_people_is_filed_and_no_task_for_anybody(
    subject: str, headers: dict[str, tuple[str, ...]]
) -> None:
    def absence(sender: Address = RHIANS, reply_to: tuple[str, ...] = ()) -> Triage:
        message = a_message(sender=sender, subject=subject, headers=headers, reply_to=reply_to)
        said = classify(message, Surroundings())
        return triage(message, said, NO_CASE, None, FIRM)

    assert absence().action is Action.FILE
    assert absence(reply_to=(RHIAN.email,)).action is Action.FILE
    # A form may write in a name of ours.
    assert absence(reply_to=(JANE.email,)).action is Action.HOLD
    assert absence(JANE).action is Action.HOLD


@pytest.mark.parametrize(
    ("subject", "headers"),
    [("Complaint from the web", GENERATED), ("Automatic reply: Please confirm", {})],
)
def test_what_does_not_say_that_it_answers_for_somebody_of_ours_waits_for_a_person(
    subject: str, headers: dict[str, tuple[str, ...]]
) -> None:
    message = a_message(sender=RHIANS, subject=subject, headers=headers)

    said = classify(message, Surroundings())

    assert triage(message, said, NO_CASE, None, FIRM).action is Action.HOLD


@pytest.mark.parametrize(
    "headers", [{}, GENERATED, REPLIED, {"precedence": ("bulk",)}, {"x-spam-flag": ("YES",)}]
)
def test_what_is_in_our_own_name_and_bears_no_sign_of_ours_waits_for_a_person(
    headers: dict[str, tuple[str, ...]],
) -> None:
    around = Surroundings(own_addresses=frozenset({SERVICE, "complaints@example.com"}))
    for sender in (SERVICE, "complaints@example.com", "service+voicemail@example.com"):
        message = a_message(sender=Address(email=sender), headers=headers)

        found = triage(message, classify(message, around), NO_CASE, None, FIRM)

        assert found == Triage(Action.HOLD, "our_address")


# --- staff: words for the customer ------------------------------------------


@pytest.mark.parametrize("purpose", ["assignment", "customer-reply"])
def test_a_handlers_own_token_relays_the_answer(purpose: str) -> None:
    assert answering(a_token(purpose=purpose)) == Triage(Action.RELAY, "staff_answer")


@pytest.mark.parametrize("purpose", ["warning", "breach", "task", "receipt", "held"])
def test_an_answer_to_any_other_staff_mail_is_not_relayed(purpose: str) -> None:
    assert answering(a_token(purpose=purpose)) == Triage(Action.ANSWER_STAFF, "not_answerable")


def test_a_from_line_alone_proves_nothing() -> None:
    assert answering(None) == Triage(Action.HOLD, "staff_not_proved")


def test_who_is_nobody_of_ours_is_never_taken_for_staff() -> None:
    assert decided(Kind.STAFF, A_CASE) == Triage(Action.HOLD, "staff_not_proved")


def test_a_colleagues_token_is_not_ones_own() -> None:
    assert answering(a_token(), OWEN) == Triage(Action.HOLD, "token_of_another_handler")


def test_a_handler_may_write_from_another_address_of_theirs() -> None:
    rhian = replace(RHIAN, also=("Rhian@Home.example",))

    assert answering(a_token(), rhian).action is Action.RELAY


def test_a_spent_token_is_no_proof() -> None:
    assert answering(a_token(is_spent=True)) == Triage(Action.HOLD, "token_is_spent")


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(days=30), Triage(Action.RELAY, "staff_answer")),
        (timedelta(days=30, seconds=1), Triage(Action.HOLD, "token_has_expired")),
    ],
)
def test_a_token_is_believed_for_thirty_days(age: timedelta, expected: Triage) -> None:
    assert answering(a_token(age=age)) == expected


def test_an_answer_to_a_staff_mail_without_a_case_has_nothing_to_answer() -> None:
    assert answering(a_token(serial=None, purpose="task")) == Triage(
        Action.ANSWER_STAFF, "nothing_to_answer"
    )


def test_the_id_of_a_staff_mail_is_no_proof_of_who_answers_it() -> None:
    assert answering(a_token(by_address=False)) == Triage(Action.HOLD, "staff_not_proved")


def test_a_handlers_mail_without_a_token_is_held_even_with_evidence_of_a_case() -> None:
    assert staff(a_staff_mail(serial=4217)).action is Action.HOLD


def test_without_reply_addresses_an_answer_to_the_bare_one_is_enough() -> None:
    proved = a_staff_mail(
        answers=a_token(by_address=False), proof=Proof.MAIL_SYSTEM, answers_need_no_address=True
    )

    assert staff(proved) == Triage(Action.RELAY, "staff_answer")


def test_a_thread_alone_is_kept_by_mail_to_others_and_is_never_relayed() -> None:
    thread = a_token(by_address=False)
    to_bob = frozenset({"bob@engineers.example"})
    for mail in (
        a_staff_mail(answers=thread, proof=Proof.MAIL_SYSTEM),
        a_staff_mail(
            answers=thread,
            proof=Proof.MAIL_SYSTEM,
            answers_need_no_address=True,
            outsiders=to_bob,
        ),
        a_staff_mail(answers=a_token(), is_titled_as_a_forward=True, outsiders=to_bob),
    ):
        assert staff(mail) == Triage(Action.ANSWER_STAFF, "not_a_reply")


def test_beyond_so_many_receipts_a_day_only_answers_to_customers_go_on() -> None:
    def found(text: str) -> Triage:
        mail = a_staff_mail(text, answers=a_token(), receipts_lately=MOST_RECEIPTS)
        return staff(mail)

    assert found("##### THANK YOU #####") == Triage(Action.HOLD, "too_many_in_their_name")
    assert found("We have found the fault.").action is Action.RELAY


def test_a_proved_mail_that_answers_none_of_ours_is_not_for_the_customer() -> None:
    assert staff(a_staff_mail(proof=Proof.MAIL_SYSTEM)) == Triage(
        Action.ANSWER_STAFF, "answers_nothing"
    )


def test_held_words_go_to_the_customer_once_a_person_says_whose_they_are() -> None:
    assert staff(a_staff_mail(proof=Proof.CONFIRMED)) == Triage(Action.RELAY, "released")


def test_held_words_about_no_case_stay_held_whoever_says_so() -> None:
    nowhere = a_staff_mail(serial=None, proof=Proof.CONFIRMED)

    assert staff(nowhere) == Triage(Action.HOLD, "names_no_case")


# --- staff: commands, forwards, copies ----------------------------------------


@pytest.mark.parametrize("proof", list(Proof))
@pytest.mark.parametrize("text", ["#note Rang.", "#close phone Jane, 20/11 9:00", "#status"])
def test_commands_go_to_the_case_which_asks_where_the_proof_is_not_enough(
    text: str, proof: Proof
) -> None:
    assert staff(a_staff_mail(text, proof=proof)) == Triage(Action.RELAY, "staff_command")


@pytest.mark.parametrize("text", ["#help", "#status", "#note Rang.", "#open\nname: Jane"])
def test_what_is_about_no_case_is_an_errand(text: str) -> None:
    assert staff(a_staff_mail(text, serial=None)).action is Action.ERRAND


@pytest.mark.parametrize("text", ["#open\nname: Jane", "#away 21 Dec to 2 Jan", "#release 7"])
def test_some_commands_are_about_no_case_whatever_they_answer(text: str) -> None:
    assert staff(a_staff_mail(text, answers=a_token())).action is Action.ERRAND


@pytest.mark.parametrize("text", ["#release", "#reject"])
def test_a_release_is_of_the_case_unless_held_mail_is_answered(text: str) -> None:
    about_held_mail = a_token(purpose="held", held_id=7)

    assert staff(a_staff_mail(text, answers=a_token())).action is Action.RELAY
    assert staff(a_staff_mail(text, answers=about_held_mail)).action is Action.ERRAND


def test_a_mail_passed_on_is_an_errand() -> None:
    passed_on = (Forwarded(how=How.INLINE, sender=JANE, text="It is broken."),)

    assert staff(a_staff_mail("", passed_on=passed_on)) == Triage(Action.ERRAND, "forward")


@pytest.mark.parametrize("proof", list(Proof))
def test_what_went_straight_to_the_customer_is_never_relayed(proof: Proof) -> None:
    mail = a_staff_mail(goes_to_the_customer=True, proof=proof)

    assert staff(mail) == Triage(Action.ANSWER_STAFF, "written_directly")


@pytest.mark.parametrize("text", ["#note Rang.", "#open\nname: Jane", "yes", "#help"])
def test_where_only_our_mail_system_is_believed_nobody_is_asked_instead(text: str) -> None:
    assert staff(a_staff_mail(text, may_be_asked=False)) == Triage(Action.HOLD, "staff_not_proved")


@pytest.mark.parametrize("token", [a_token(is_spent=True), a_token(age=timedelta(days=60))])
def test_commands_to_a_worthless_reply_address_are_held(token: StaffToken) -> None:
    assert staff(a_staff_mail("#note Rang.", answers=token)).action is Action.HOLD


def test_a_flood_in_a_handlers_name_waits_in_the_list_alone() -> None:
    one_more = a_staff_mail("#help", unproved_lately=MOST_UNPROVED)

    assert staff(one_more) == Triage(Action.HOLD, "too_many_in_their_name")
    assert staff(replace(one_more, unproved_lately=MOST_UNPROVED - 1)).action is Action.RELAY


def test_a_machine_that_answers_receipts_gets_no_more_of_them() -> None:
    one_more = a_staff_mail(answers=a_token(purpose="receipt"), receipts_lately=MOST_RECEIPTS)

    assert staff(one_more) == Triage(Action.HOLD, "too_many_in_their_name")


@pytest.mark.parametrize("text", ["#call\nWe spoke.", "We have found the fault."])
def test_the_same_words_to_the_same_mail_are_a_replay(text: str) -> None:
    again = a_staff_mail(text, answers=a_token(), is_replay=True)

    assert staff(again) == Triage(Action.ANSWER_STAFF, "replayed")


def test_a_question_may_be_asked_twice() -> None:
    again = a_staff_mail("#status", answers=a_token(), is_replay=True)

    assert staff(again) == Triage(Action.RELAY, "staff_command")


# --- the first start -------------------------------------------------------


@pytest.mark.parametrize("kind", list(Kind))
def test_mail_from_before_the_first_day_is_filed_whoever_wrote_it(kind: Kind) -> None:
    firm = a_firm(answer_from=date(2026, 11, 21))

    found = triage(a_message(), Classification(kind, "the_rule"), A_CASE, a_staff_mail(), firm)

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
        answering(None).reason,
        answering(a_token(), OWEN).reason,
        answering(a_token(is_spent=True)).reason,
        answering(a_token(age=timedelta(days=60))).reason,
    }

    assert said == set(receipt_words.HELD_STAFF)


def test_every_reason_for_a_receipt_has_words() -> None:
    said = {
        answering(a_token(purpose="warning")).reason,
        answering(a_token(serial=None)).reason,
        staff(a_staff_mail(proof=Proof.MAIL_SYSTEM)).reason,
        staff(a_staff_mail(answers=a_token(), is_replay=True)).reason,
    }

    assert said <= set(receipt_words.RECEIPTS)
