"""
Mail of our own people: what proves it, what is asked back, and what happens to the address
that it came to.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.cases.identity.staff_mail import MOST_RECEIPTS
from mailbot.cases.identity.triage import Action
from mailbot.cases.known.rows import KnownLetter
from mailbot.cases.states import State
from mailbot.mail.message import InboundMessage
from mailbot.mail.origin.host_proof import Asked
from tests.cases.builders import FRIDAY, JANE, MANAGER, OWEN, RHIAN, STRANGER, at
from tests.desk.builders import (
    FIRST,
    FIRST_REFERENCE,
    Desk,
    an_answer,
    an_office,
    from_staff,
    octets_of,
    reply_address,
    with_a_case,
    words_of,
)

CLOSE = "#close phone Jane Doe, 20/11 16:00"
ENTRY = (
    "#open\nchannel: telephone\nreceived: 19/11 14:00\nname: Carys Hughes\n"
    "email: carys@customer.example\n\nNobody rang me back."
)
PASSED_ON = (
    "-------- Forwarded Message --------\nSubject: Still broken\n"
    "Date: Wed, 18 Nov 2026 09:30:00 +0000\nFrom: Carys Hughes <carys@customer.example>\n"
    "To: rhian@example.com\n\nNobody rang me back."
)
#: The assignment shows both, and so does no customer's letter.
IN_OUR_WORDS = f"Please give our engineer this reference:\n{FIRST_REFERENCE}\nHe comes on\nFriday 1 January 2027"
IN_THEIR_WORDS = (
    "You wrote:\nThe line has been dead since Monday.\nThat is right, we have found the fault."
)
WARNINGS = (
    (
        "CAUTION: This email originated from outside of the organization. Do not click links or open"
        " attachments unless you recognize the sender and know the content is safe."
    ),
    "ACHTUNG: Diese E-Mail kommt von extern.",
    "You don't often get email from rhian@example.com. Learn why this is important",
)
BY_THE_HOST = (("x-ms-exchange-organization-authas", "Internal"), ("from", RHIAN.email))


def passed_on(number: int = 1) -> InboundMessage:
    return from_staff(
        PASSED_ON, subject="Fwd: Still broken", message_id=f"f{number}@client.example"
    )


def asks(desk: Desk, message: InboundMessage) -> KnownLetter:
    """
    The question that it brings.
    """
    recorded = desk.arrives(message)
    assert recorded.letters == ("confirm-command",), recorded
    return desk.letter("confirm-command")


def flat(text: str) -> str:
    return " ".join(text.split())


def says(desk: Desk, text: str, question: KnownLetter | None = None, number: int = 1) -> None:
    """
    The answer to a question, and all that follows.
    """
    question = question or desk.letter("confirm-command")
    recorded = desk.told(text, question, message_id=f"word-{number}@client.example")
    if recorded.lets_go:
        desk.lets_go(recorded)


# --- words for the customer -----------------------------------------------------------


def test_an_answer_to_the_assignment_goes_to_the_customer() -> None:
    desk = with_a_case()

    recorded = desk.told("We have found the fault.", desk.letter("assignment"))
    assert (recorded.action, recorded.reason) == (Action.RELAY, "answer_relayed")
    relayed = desk.letter("handler-reply")
    assert relayed.recipient == JANE.email
    assert "We have found the fault." in words_of(relayed)


def test_what_they_quote_does_not_go_out() -> None:
    desk = with_a_case()
    assignment = desk.letter("assignment")
    quoted = "\n".join(f"> {line}" for line in words_of(assignment).splitlines())

    desk.told(f"Found it.\n\nOn Friday mailbot wrote:\n{quoted}", assignment)
    assert "write your answer above" not in words_of(desk.letter("handler-reply"))


@pytest.mark.parametrize("text", [IN_OUR_WORDS, IN_THEIR_WORDS])
def test_words_of_ours_that_the_handler_writes_again_go_out(text: str) -> None:
    desk = with_a_case()

    desk.told(text, desk.letter("assignment"))
    sent = words_of(desk.letter("handler-reply"))
    assert [line for line in text.splitlines() if line not in sent] == []


@pytest.mark.parametrize("warning", WARNINGS)
def test_the_warning_of_a_gateway_never_goes_out(warning: str) -> None:
    desk = with_a_case()

    desk.told(f"{warning}\n\nWe come on Tuesday.", desk.letter("assignment"))
    sent = words_of(desk.letter("handler-reply"))
    assert "We come on Tuesday." in sent
    assert warning[:30] not in sent


@pytest.mark.parametrize("warning", WARNINGS)
def test_a_command_under_the_warning_of_a_gateway_is_carried_out(warning: str) -> None:
    desk = with_a_case()

    recorded = desk.told(f"{warning}\n\n#contact wed 14:00", desk.letter("assignment"))
    assert recorded.letters == ("contact-agreed", "receipt")


@pytest.mark.parametrize(
    "text",
    [
        "Hi\n\n#contact tue 14:00",
        "Hi\n#credit 25.00 December 2026",
        "Good morning,\n\n#call\nI rang her, and she is content.",
        "Annwyl Jane,\n\nDiolch.\n\n#close phone Jane Doe, 20/11 16:00\n\nRhian",
        "Done.\n\n-- \nRhian Price\n#note she was out",
    ],
)
@pytest.mark.parametrize("quotes", [False, True])
def test_a_command_below_other_words_sends_nothing_and_says_what_to_write(
    text: str, *, quotes: bool
) -> None:
    desk = with_a_case()
    assignment = desk.letter("assignment")
    below = "\n".join(f"> {line}" for line in words_of(assignment).splitlines())
    text = f"{text}\n\nOn Friday mailbot wrote:\n{below}" if quotes else text

    recorded = desk.told(text, assignment)
    assert recorded.reason == "misplaced_command"
    assert recorded.letters == ("receipt",)
    assert "very top" in words_of(desk.letter("receipt"))


@pytest.mark.parametrize(
    "text",
    [
        "Hi Jane,\n\nyou are our\n#1 priority this week.",
        "Hi Jane,\n\nplease press # and wait.\n#Newport #broadband",
        "Hi Jane,\n\nthe code is #1471#",
        "Hi Jane,\n\n# What we did\n\nWe changed the socket.",
    ],
)
def test_a_hash_that_is_no_command_goes_to_the_customer(text: str) -> None:
    desk = with_a_case()

    assert desk.told(text, desk.letter("assignment")).reason == "answer_relayed"


def test_an_answer_of_another_handler_to_a_strange_address_is_held() -> None:
    desk = with_a_case()

    recorded = desk.told("Found it.", desk.letter("assignment"), sender=OWEN.email)
    assert (recorded.action, recorded.reason) == (Action.HOLD, "token_of_another_handler")
    assert desk.letters("handler-reply") == []


def test_an_answer_after_a_month_is_held_and_its_owner_gets_a_new_address() -> None:
    desk = with_a_case()
    assignment = desk.letter("assignment")
    desk.lets_pass(timedelta(days=31))

    recorded = desk.told("Found it.", assignment)
    assert recorded.reason == "token_has_expired"
    assert desk.letter("assignment").id != assignment.id


def test_words_from_the_address_alone_are_held_and_told_to_the_handler() -> None:
    desk = with_a_case()

    recorded = desk.arrives(from_staff("Found it.", subject=f"Re: {FIRST_REFERENCE}"))
    assert (recorded.action, recorded.reason) == (Action.HOLD, "staff_not_proved")
    assert desk.letter("held").recipient == RHIAN.email
    assert desk.letters("handler-reply") == []


def test_held_words_go_out_once_the_handler_has_let_them_go_and_said_yes() -> None:
    desk = with_a_case()
    desk.arrives(from_staff("Found it.", subject=f"Re: {FIRST_REFERENCE}"))

    desk.told("#release", desk.letter("held"), message_id="release@client.example")
    assert desk.letters("handler-reply") == []
    says(desk, "yes")
    assert "Found it." in words_of(desk.letter("handler-reply"))
    assert desk.held == []
    assert len(desk.letters("receipt")) == 1


def test_held_words_are_rejected_by_the_handler() -> None:
    desk = with_a_case()
    desk.arrives(from_staff("Pay me.", subject=FIRST_REFERENCE))

    recorded = desk.told("#reject", desk.letter("held"), message_id="reject@client.example")
    assert recorded.letters == ("receipt",)
    assert desk.held == []
    assert "message_rejected" in desk.events(None)


def test_an_absence_in_words_alone_is_never_relayed() -> None:
    desk = with_a_case()

    text = "I am out of the office until 3 December and will answer when I return."
    recorded = desk.told(text, desk.letter("assignment"))
    assert (recorded.action, recorded.reason) == (Action.ANSWER_STAFF, "reads_like_an_absence")
    assert desk.letters("handler-reply") == []


def test_an_answer_that_went_to_the_customer_as_well_is_not_sent_twice() -> None:
    desk = with_a_case()

    desk.told("It works again.", desk.letter("assignment"), cc=(JANE.email,))
    assert desk.letters("handler-reply") == []


@pytest.mark.parametrize("text", ["#call\nWe spoke.", "We have found the fault."])
def test_the_same_words_in_another_message_are_a_replay(text: str) -> None:
    desk = with_a_case()
    assignment = desk.letter("assignment")
    desk.told(text, assignment)
    before = [each for each in desk.known.letters.values() if not each.to_staff]

    recorded = desk.told(text, assignment, message_id="replay@client.example")
    assert recorded.reason == "replayed"
    assert [each for each in desk.known.letters.values() if not each.to_staff] == before


def test_an_unproved_copy_that_came_first_makes_no_replay_of_the_real_one() -> None:
    desk = with_a_case()
    assignment = desk.letter("assignment")
    desk.told("Found it.", assignment, to="service@example.com", message_id="copy@client.example")

    recorded = desk.told("Found it.", assignment, message_id="real@client.example")
    assert recorded.reason == "answer_relayed"


def test_another_text_under_the_id_of_a_handlers_mail_is_held() -> None:
    desk = with_a_case()
    desk.told("Found it.", desk.letter("assignment"))

    altered = an_answer(desk.letter("assignment"), "Pay me.", to="service@example.com")
    recorded = desk.arrives(altered)
    assert (recorded.action, recorded.reason) == (Action.HOLD, "staff_not_proved")


# --- commands ---------------------------------------------------------------------------


def test_a_light_command_to_the_reply_address_is_done_at_once() -> None:
    desk = with_a_case()

    desk.told("#note She rang.", desk.letter("assignment"))
    assert "note_filed" in desk.events()
    assert desk.letter("receipt").recipient == RHIAN.email


def test_a_grave_command_waits_for_a_yes() -> None:
    desk = with_a_case()
    question = asks(desk, an_answer(desk.letter("assignment"), CLOSE))
    assert desk.case().state is State.OPEN
    assert [each.reason for each in desk.held] == ["to_be_confirmed"]
    assert desk.known.events[-1].event.reason == "grave_command"

    says(desk, "yes", question)
    assert desk.case().state is State.CLOSED
    assert desk.held == []


def test_a_question_is_answered_once() -> None:
    desk = with_a_case()
    question = asks(desk, an_answer(desk.letter("assignment"), CLOSE))
    says(desk, "yes", question)
    assert desk.known.letters[question.id].spent_why == "answered"

    again = desk.told("no", question, message_id="again@client.example")
    assert (again.action, again.reason) == (Action.HOLD, "token_is_spent")
    assert desk.case().state is State.CLOSED


def test_a_no_is_the_end_of_it() -> None:
    desk = with_a_case()
    question = asks(desk, an_answer(desk.letter("assignment"), CLOSE))

    says(desk, "no", question)
    assert desk.case().state is State.OPEN
    assert desk.held == []
    assert len(desk.letters("receipt")) == 1
    assert "command_not_meant" in [each.event.name for each in desk.known.events]


@pytest.mark.parametrize(
    ("answers", "event"),
    [
        (["no"], ("command_not_meant", "command")),
        (["Which case?"], ("receipt_given", "neither_yes_nor_no")),
        (["decided meanwhile", "yes"], ("receipt_given", "confirmed_before")),
    ],
)
def test_a_receipt_to_such_an_answer_is_in_the_thread_and_the_history_of_the_case(
    answers: list[str], event: tuple[str, str]
) -> None:
    desk = with_a_case()
    question = asks(desk, an_answer(desk.letter("assignment"), CLOSE))

    if answers[0] == "decided meanwhile":
        (held,) = desk.held
        desk.known.held[held.id] = replace(held, resolved_at=FRIDAY)
    says(desk, answers[-1], question)
    receipt = desk.letter("receipt")
    assert receipt.case_id == FIRST
    mail = octets_of(receipt)
    assert mail["X-Mailbot-Case"] == FIRST_REFERENCE
    assert FIRST_REFERENCE in str(mail["subject"])
    assert mail["References"].split()[0] == octets_of(question)["References"].split()[0]
    noted = [(each.event.name, each.event.reason) for each in desk.known.events if each.case_id]
    assert noted[-1] == event


def test_after_a_hundred_receipts_what_is_proved_is_done_and_summed_up_once() -> None:
    desk = with_a_case()

    for number in range(MOST_RECEIPTS + 5):
        recorded = desk.told(
            f"#note {number}", desk.letter("assignment"), message_id=f"n{number}@c.example"
        )
        assert recorded.reason == "commands_carried_out"
    assert desk.held == []
    receipts = desk.letters("receipt")
    assert len(receipts) == MOST_RECEIPTS + 1
    assert ["still done" in words_of(each) for each in receipts[-2:]] == [False, True]


def test_after_a_hundred_receipts_a_command_that_fails_is_still_told() -> None:
    desk = with_a_case()
    for number in range(MOST_RECEIPTS + 2):
        desk.told(f"#note {number}", desk.letter("assignment"), message_id=f"n{number}@c.example")

    recorded = desk.told("#contact soon", desk.letter("assignment"), message_id="s@c.example")
    assert recorded.letters == ("receipt",)


def test_after_a_hundred_receipts_a_yes_is_still_a_yes() -> None:
    desk = with_a_case()
    for number in range(MOST_RECEIPTS + 2):
        desk.told(f"#note {number}", desk.letter("assignment"), message_id=f"n{number}@c.example")

    says(desk, "yes", asks(desk, an_answer(desk.letter("assignment"), CLOSE)))
    assert desk.case().state is State.CLOSED


def test_anything_else_leaves_the_question_open() -> None:
    desk = with_a_case()
    question = asks(desk, an_answer(desk.letter("assignment"), CLOSE))

    recorded = desk.told("Which case?", question, message_id="else@client.example")
    assert recorded.reason == "neither_yes_nor_no"
    assert [each.reason for each in desk.held] == ["to_be_confirmed"]
    assert desk.known.letters[question.id].spent_at is None
    says(desk, "yes", question)
    assert desk.case().state is State.CLOSED


def test_a_yes_of_somebody_else_confirms_nothing() -> None:
    desk = with_a_case()
    question = asks(desk, an_answer(desk.letter("assignment"), CLOSE))

    recorded = desk.told("yes", question, sender=OWEN.email)
    assert (recorded.action, recorded.lets_go) == (Action.HOLD, None)
    assert desk.case().state is State.OPEN


def test_a_yes_in_the_thread_alone_confirms_nothing() -> None:
    desk = with_a_case()
    question = asks(desk, an_answer(desk.letter("assignment"), CLOSE))

    recorded = desk.told("yes", question, to="service@example.com")
    assert recorded.lets_go is None
    assert desk.case().state is State.OPEN


def test_a_yes_to_what_was_decided_meanwhile_is_told_so() -> None:
    desk = with_a_case()
    question = asks(desk, an_answer(desk.letter("assignment"), CLOSE))
    [held] = desk.held
    desk.known.held[held.id] = replace(held, resolved_at=FRIDAY)

    recorded = desk.told("yes", question, message_id="late@client.example")
    assert recorded.reason == "confirmed_before"


def test_nothing_of_an_unproved_mail_is_in_the_file_of_the_case() -> None:
    desk = with_a_case()

    asks(desk, from_staff("#note She rang.", subject=FIRST_REFERENCE))
    assert desk.messages[-1].case_id is None
    assert "note_filed" not in desk.events()
    says(desk, "yes")
    assert "note_filed" in desk.events()
    assert desk.messages[-2].case_id == FIRST


def test_help_is_told_to_the_address_in_the_file_at_once() -> None:
    desk = with_a_case()

    recorded = desk.arrives(from_staff("#help"))
    assert (recorded.action, recorded.letters) == (Action.ERRAND, ("receipt",))
    assert desk.letter("receipt").recipient == RHIAN.email


def test_a_flood_in_a_handlers_name_ends_in_the_list() -> None:
    desk = with_a_case()

    for number in range(12):
        desk.arrives(
            from_staff(f"#note {number}", subject=FIRST_REFERENCE, message_id=f"{number}@c.example")
        )
    assert len(desk.letters("confirm-command")) == 10
    assert [each.reason for each in desk.held][-2:] == ["too_many_in_their_name"] * 2


def test_a_flood_of_an_hour_ago_is_forgotten() -> None:
    desk = with_a_case()
    for number in range(11):
        desk.arrives(
            from_staff(f"#note {number}", subject=FIRST_REFERENCE, message_id=f"{number}@c.example")
        )
    desk.lets_pass(timedelta(hours=1))

    asks(desk, from_staff("#note late", subject=FIRST_REFERENCE, received_at=desk.now))


def test_two_cases_are_merged_by_mail_once_it_is_confirmed() -> None:
    desk = with_a_case()
    desk.arrives(from_customer("And the telephone."))
    assignment = desk.letter("assignment")
    asks(desk, an_answer(assignment, f"#merge {FIRST_REFERENCE}"))

    says(desk, "yes")
    assert desk.known.merged == [(2, FIRST)]


def from_customer(text: str) -> InboundMessage:
    return from_staff(text, sender=JANE.email, message_id="second@customer.example")


# --- errands, beside any case ---------------------------------------------------------------


def test_a_complaint_by_telephone_is_entered_once_it_is_confirmed() -> None:
    desk = with_a_case()
    asks(desk, from_staff(ENTRY))
    assert list(desk.known.cases) == [FIRST]

    says(desk, "yes")
    assert desk.case(2).received_at == at("2026-11-19 14:00")
    assert "ISS-000002-92 is open" in words_of(desk.letter("receipt"))
    assert desk.held == []


def test_an_absence_is_entered_by_answering_any_of_our_mails() -> None:
    desk = with_a_case()

    desk.told("#away 21 Dec to 2 Jan", desk.letter("assignment"))
    [absence] = desk.known.absences.values()
    assert (absence.email_key, absence.said_by) == (RHIAN.email, RHIAN.name)


def test_what_is_not_held_cannot_be_released() -> None:
    desk = with_a_case()

    recorded = desk.told("#release 99", desk.letter("assignment"))
    assert recorded.letters == ("receipt",)
    assert "no held message has the number 99" in words_of(desk.letter("receipt"))


def test_what_is_held_in_anothers_name_is_the_managers_to_decide() -> None:
    desk = with_a_case()
    desk.arrives(from_staff("Pay me.", sender=OWEN.email, subject=FIRST_REFERENCE))
    [held] = desk.held

    desk.told(f"#reject {held.id}", desk.letter("assignment"))
    assert [each.id for each in desk.held] == [held.id]
    assert desk.letter("receipt").recipient == RHIAN.email


def test_what_is_filed_in_a_case_that_is_not_there_is_refused() -> None:
    desk = with_a_case()
    desk.arrives(from_staff("Found it."))
    [held] = desk.held

    desk.told(f"#case ISS-000009-68 {held.id}", desk.letter("held"), message_id="c@c.example")
    assert "there is no case ISS-000009-68" in words_of(desk.letter("receipt"))


# --- a customer's mail, passed on --------------------------------------------------------------


def test_a_mail_that_is_passed_on_opens_a_case_with_its_true_date() -> None:
    desk = with_a_case()
    asks(desk, passed_on())

    says(desk, "yes")
    assert desk.case(2).received_at == at("2026-11-18 09:30")
    assert desk.case(2).complainant.address.email == "carys@customer.example"
    assert "carys@customer.example" in {each.sender for each in desk.messages}


def test_what_is_written_above_it_is_for_who_gets_the_case_and_for_nobody_outside() -> None:
    desk = with_a_case()
    cover = "She is on oxygen. Please be quick."
    question = asks(
        desk, from_staff(f"{cover}\n\n{RHIAN.name}\n{PASSED_ON}", subject="Fwd: Still broken")
    )
    assert cover in flat(words_of(question))
    assert "message, or what was written above it, speaks of" in flat(words_of(question))

    says(desk, "yes")
    assert cover in flat(words_of(desk.letter("assignment")))
    assert f"What {RHIAN.name} wrote with it" in flat(words_of(desk.letter("assignment")))
    assert "oxygen" in words_of(desk.letter("assignment")).partition("What the customer wrote")[0]
    for each in ("acknowledgement", "introduction"):
        assert "oxygen" not in words_of(desk.letter(each))
    assert cover in [
        each.event.about for each in desk.known.events if each.event.name == "note_filed"
    ]


def test_a_mail_that_is_here_already_is_not_taken_in_twice() -> None:
    desk = with_a_case()
    asks(desk, passed_on())
    says(desk, "yes")

    second = asks(desk, passed_on(2))
    says(desk, "yes", second, number=2)
    assert sorted(desk.known.cases) == [1, 2]
    assert "is here already, in ISS-000002-92" in words_of(desk.letter("receipt"))


def test_a_mail_of_a_customer_with_an_open_case_is_filed_there() -> None:
    desk = with_a_case()
    theirs = PASSED_ON.replace("carys@customer.example", JANE.email)
    asks(desk, from_staff(theirs, subject="Fwd: Still broken"))

    says(desk, "yes")
    assert list(desk.known.cases) == [FIRST]
    assert f"It is filed in {FIRST_REFERENCE}" in words_of(desk.letter("receipt"))


# --- the reply address -------------------------------------------------------------------------


def test_an_address_that_others_have_seen_is_spent_and_replaced() -> None:
    desk = with_a_case()
    assignment = desk.letter("assignment")

    desk.told("Found it.", assignment, cc=(STRANGER.email,))
    assert desk.known.letters[assignment.id].spent_why == "went_to_others"
    renewed = desk.letter("assignment")
    assert (renewed.recipient, renewed.spent_at) == (RHIAN.email, None)
    assert renewed.id != assignment.id


def test_an_errand_that_others_have_read_costs_its_address_too() -> None:
    desk = with_a_case()
    assignment = desk.letter("assignment")

    desk.told("#away 21 Dec to 2 Jan", assignment, cc=(STRANGER.email,))
    assert desk.known.letters[assignment.id].spent_why == "went_to_others"
    assert desk.letter("assignment").spent_at is None


def test_an_address_that_only_its_owner_has_used_stays() -> None:
    desk = with_a_case()
    assignment = desk.letter("assignment")

    desk.told("Found it.", assignment, cc=(MANAGER.email,))
    assert desk.known.letters[assignment.id].spent_at is None


def test_a_spent_address_proves_nothing_and_the_new_one_does() -> None:
    desk = with_a_case()
    assignment = desk.letter("assignment")
    desk.told("Found it.", assignment, cc=(STRANGER.email,))

    late = desk.told("And more.", assignment, message_id="late@client.example")
    assert (late.action, late.reason) == (Action.HOLD, "token_is_spent")
    fresh = desk.told("And more.", desk.letter("assignment"), message_id="new@client.example")
    assert fresh.reason == "answer_relayed"


def test_a_renewed_address_brings_the_complaint_with_it() -> None:
    desk = with_a_case()

    desk.told("Found it.", desk.letter("assignment"), cc=(STRANGER.email,))
    assert "The line has been dead since Monday." in words_of(desk.letter("assignment"))


def test_a_customers_address_among_the_recipients_is_no_staff_address() -> None:
    desk = with_a_case()
    acknowledgement = desk.letter("acknowledgement")

    to = reply_address(acknowledgement)
    recorded = desk.arrives(from_staff("Hello", sender=JANE.email, recipients=(to,)))
    assert recorded.reason != "answer_relayed"
    assert {each.spent_at for each in desk.known.letters.values()} == {None}


# --- where our own mail host vouches -------------------------------------------------------------


def vouched() -> Desk:
    return with_a_case(office=an_office(staff_proof=Asked.EXCHANGE))


def test_a_grave_command_that_our_host_vouches_for_is_done_at_once() -> None:
    desk = vouched()

    desk.arrives(replace(from_staff(CLOSE, subject=FIRST_REFERENCE), fields=BY_THE_HOST))
    assert desk.case().state is State.CLOSED
    assert desk.letters("confirm-command") == []


def test_a_reply_address_alone_is_no_proof_where_our_host_is_asked() -> None:
    desk = vouched()

    recorded = desk.told("Found it.", desk.letter("assignment"))
    assert (recorded.action, recorded.reason) == (Action.HOLD, "staff_not_proved")


def test_what_was_read_out_of_a_mail_is_asked_about_whoever_vouches_for_its_writer() -> None:
    desk = vouched()

    asks(desk, replace(passed_on(), fields=BY_THE_HOST))
    assert list(desk.known.cases) == [FIRST]


def test_a_complaint_entered_by_a_vouched_handler_is_open_at_once() -> None:
    desk = vouched()

    recorded = desk.arrives(replace(from_staff(ENTRY), fields=BY_THE_HOST))
    assert recorded.letters == ("receipt",)
    assert desk.case(2).complainant.address.email == "carys@customer.example"
    assert desk.messages[-1].case_id == 2
