"""
One arriving message: opened, joined, noted, held or filed, and never twice.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.cases.identity.triage import Action, Vouched
from mailbot.cases.known.arrivals import LedgerState, Left, words_digest
from mailbot.cases.known.lately import Lately
from mailbot.cases.known.questions import Asks, Question
from mailbot.cases.states import State
from mailbot.desk.recorded import Recorded
from mailbot.mail.message import Address, Attachment, InboundMessage, Kind
from tests.cases.builders import FRIDAY, JANE, MANAGER, RHIAN, STRANGER, a_firm, a_message, away
from tests.desk.builders import (
    FIRST,
    FIRST_REFERENCE,
    Desk,
    an_answer,
    an_arrival,
    an_office,
    octets_of,
    reply_address,
    subject_of,
    with_a_case,
    words_of,
)
from tests.mail.builders import mail

A_LIST = {"list-id": ("<news.example.com>",)}
AN_ABSENCE = {"auto-submitted": ("auto-replied",)}
SPAM = {"x-spam-flag": ("YES",)}


def another(**other: object) -> InboundMessage:
    """
    A second mail of Jane Doe's.
    """
    given = {"message_id": "second@customer.example", "subject": "Again", "text": "Still dead."}
    return a_message(**(given | other))  # type: ignore[arg-type]


# --- opened ------------------------------------------------------------------


def test_a_persons_first_mail_opens_a_case() -> None:
    desk = Desk()

    recorded = desk.arrives()
    assert (recorded.action, recorded.case) == (Action.OPEN, FIRST_REFERENCE)
    assert recorded.letters == ("acknowledgement", "introduction", "assignment")
    assert recorded.silence == ""


def test_the_message_its_octets_and_its_case_know_each_other() -> None:
    desk = Desk()

    desk.arrives(content=b"the octets")
    [message] = desk.messages
    assert message.case_id == FIRST
    assert desk.known.contents[message.content_id].octets == b"the octets"
    assert desk.known.ledger[message.ledger_id] == (LedgerState.RECORDED, None)


def test_a_case_opened_later_has_the_next_number() -> None:
    desk = with_a_case()

    recorded = desk.arrives(another(sender=STRANGER))
    assert recorded.case == "ISS-000002-92"
    assert [each.case_id for each in desk.messages] == [1, 2]


def test_the_next_case_goes_to_whoever_has_fewer() -> None:
    desk = with_a_case()

    desk.arrives(another(sender=STRANGER))
    assert [desk.case(serial).handler for serial in (1, 2)] == [RHIAN, a_firm().people.handlers[1]]


def test_what_is_slow_to_read_opens_a_case_and_waits_for_a_person_too() -> None:
    desk = Desk()

    recorded = desk.arrives(unreadable="more than 1000 parts")
    assert recorded.action is Action.OPEN
    [held] = desk.held
    assert (held.reason, held.detail) == ("unreadable", "more than 1000 parts")


def test_spam_opens_a_case_under_its_verdict_and_nothing_leaves() -> None:
    desk = Desk()

    desk.arrives(a_message(headers=SPAM))
    assert desk.case().verdict == "spam_verdict"
    assert desk.letter("acknowledgement").status == "withheld"
    assert desk.messages[0].silence == desk.case().verdict


def test_a_mail_without_a_sender_is_held() -> None:
    desk = Desk()

    recorded = desk.arrives(a_message(sender=None))
    assert (recorded.action, recorded.reason) == (Action.HOLD, "no_sender")
    assert desk.known.cases == {}


def test_with_nobody_in_a_case_is_opened_all_the_same() -> None:
    desk = Desk(office=an_office(a_firm(handlers=(away(RHIAN), away(MANAGER)))))

    recorded = desk.arrives()
    assert recorded.letters == ("acknowledgement", "task")
    assert desk.case().handler is None


def test_a_desk_that_is_not_live_writes_and_sends_nothing() -> None:
    desk = Desk(office=an_office(is_live=False))

    desk.arrives()
    assert {each.status for each in desk.known.letters.values()} == {"withheld"}
    assert {each.reason for each in desk.known.letters.values()} == {"send_is_none"}


def test_beyond_the_cap_an_acknowledgement_is_written_and_withheld() -> None:
    desk = Desk()

    for number in range(4):
        desk.arrives(another(message_id=f"{number}@customer.example", text=f"Dead {number}."))
    became = [each.status for each in desk.letters("acknowledgement")]
    assert became == ["queued", "queued", "queued", "withheld"]


def test_acknowledgements_of_another_day_are_not_counted() -> None:
    desk = Desk()

    desk.arrives()
    desk.lets_pass(timedelta(days=2))
    desk.arrives(another(received_at=desk.now))
    assert [each.status for each in desk.letters("acknowledgement")] == ["queued", "queued"]


@pytest.mark.parametrize(("age", "status"), [(23, "withheld"), (25, "queued")])
def test_ten_acknowledgements_of_the_last_day_are_enough(age: int, status: str) -> None:
    desk = Desk()
    then = FRIDAY - timedelta(hours=age)
    earlier = (Lately("acknowledgement", "opened", then),) * 10
    desk.known.lately[Question(Asks.ACKNOWLEDGED, JANE.email)] = earlier

    desk.arrives()
    assert desk.letter("acknowledgement").status == status


# --- joined ------------------------------------------------------------------


@pytest.mark.parametrize("template", ["acknowledgement", "introduction"])
def test_an_answer_in_the_thread_joins_its_case(template: str) -> None:
    desk = with_a_case()

    recorded = desk.arrives(
        an_answer(desk.letter(template), "Thank you.", to="service@example.com")
    )
    assert (recorded.action, recorded.case) == (Action.JOIN, FIRST_REFERENCE)
    assert recorded.evidence == "in_reply_to"
    assert recorded.letters == ("customer-reply",)
    assert recorded.silence == "acknowledged_before"


def test_the_address_of_a_party_joins_by_its_token() -> None:
    desk = with_a_case()

    [jane] = desk.known.parties_of(FIRST)
    to = f"service+{jane.token}@example.com"
    recorded = desk.arrives(another(recipients=(to,)))
    assert (recorded.action, recorded.evidence) == (Action.JOIN, "reply_token")


def test_a_reference_joins_for_whoever_is_in_the_case() -> None:
    desk = with_a_case()

    recorded = desk.arrives(another(subject=f"About {FIRST_REFERENCE}"))
    assert (recorded.action, recorded.evidence) == (Action.JOIN, "reference")


def test_a_reference_from_a_stranger_opens_a_case_of_their_own() -> None:
    desk = with_a_case()

    recorded = desk.arrives(another(sender=STRANGER, subject=f"About {FIRST_REFERENCE}"))
    assert (recorded.action, recorded.case) == (Action.OPEN, "ISS-000002-92")


def test_who_answers_their_own_earlier_mail_joins() -> None:
    desk = with_a_case()

    recorded = desk.arrives(another(in_reply_to=("first@customer.example",)))
    assert (recorded.action, recorded.evidence) == (Action.JOIN, "own_message_id")


def test_the_alias_under_which_a_relay_sent_ours_on_joins() -> None:
    desk = Desk()
    desk.arrives()
    desk.known.letters = {
        number: replace(each, alias="0100-abc-000000@email.example")
        for number, each in desk.known.letters.items()
    }

    recorded = desk.arrives(another(in_reply_to=("0100-ABC-000000@email.example",)))
    assert (recorded.action, recorded.evidence) == (Action.JOIN, "in_reply_to")


def test_what_leads_to_a_case_that_was_anonymised_is_new() -> None:
    desk = with_a_case()
    [jane] = desk.known.parties_of(FIRST)
    desk.known.parties[jane.id] = replace(jane, email_key="a1@anonymised.invalid")

    recorded = desk.arrives(another(recipients=(f"service+{jane.token}@example.com",)))
    assert recorded.action is Action.OPEN


def test_two_cases_named_as_well_as_each_other_are_for_a_person() -> None:
    desk = with_a_case()
    desk.arrives(another())

    both = f"{FIRST_REFERENCE} and ISS-000002-92"
    recorded = desk.arrives(another(message_id="3@customer.example", subject=both))
    assert (recorded.action, recorded.reason) == (Action.HOLD, "names_several_cases")


# --- yes and no ----------------------------------------------------------------


def with_an_outcome() -> Desk:
    desk = with_a_case()
    assert desk.orders("#outcome\nThe line is mended.").is_done
    desk.sends()
    return desk


def test_the_customers_yes_to_the_outcome_closes() -> None:
    desk = with_an_outcome()

    desk.arrives(an_answer(desk.letter("outcome"), "Yes, thank you.", to="service@example.com"))
    assert desk.case().state is State.CLOSED


def test_a_strangers_yes_closes_nothing() -> None:
    desk = with_an_outcome()

    desk.arrives(
        an_answer(desk.letter("outcome"), "Yes", sender=STRANGER.email, to="service@example.com")
    )
    assert desk.case().state is State.AWAITING_CONFIRMATION


def test_a_yes_to_the_acknowledgement_closes_nothing() -> None:
    desk = with_an_outcome()

    desk.arrives(an_answer(desk.letter("acknowledgement"), "Yes", to="service@example.com"))
    assert desk.case().state is State.AWAITING_CONFIRMATION


def test_a_yes_to_an_earlier_outcome_closes_nothing() -> None:
    desk = with_an_outcome()
    earlier = desk.letter("outcome")
    desk.lets_pass(timedelta(hours=1))
    desk.orders("#outcome\nAnd the router is new.")

    desk.arrives(an_answer(earlier, "Yes", to="service@example.com"))
    assert desk.case().state is State.AWAITING_CONFIRMATION


def test_a_no_opens_the_case_again() -> None:
    desk = with_an_outcome()

    desk.arrives(an_answer(desk.letter("outcome"), "No", to="service@example.com"))
    assert desk.case().state is State.OPEN


def test_spam_that_says_yes_closes_nothing() -> None:
    desk = with_an_outcome()

    answer = an_answer(desk.letter("outcome"), "Yes", to="service@example.com", headers=SPAM)
    desk.arrives(answer)
    assert desk.case().state is State.AWAITING_CONFIRMATION


def answered(desk: Desk, text: str, *, yes: bool) -> Recorded:
    """
    A click on one of the two addresses of the outcome, with these words.
    """
    outcome = desk.letter("outcome")
    token = desk.office.keyring.answer_token(outcome.nonce, yes=yes)
    return desk.arrives(an_answer(outcome, text, to=f"service+{token}@example.com"))


def test_a_click_on_yes_without_a_word_closes() -> None:
    desk = with_an_outcome()

    answered(desk, "", yes=True)
    assert desk.case().state is State.CLOSED


def test_an_address_that_says_yes_under_words_that_say_no_closes_nothing() -> None:
    desk = with_an_outcome()

    answered(desk, "No", yes=True)
    assert desk.case().state is State.AWAITING_CONFIRMATION


# --- noted, held, filed -----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "letters"), [("That day does not suit me.", ("customer-reply",)), ("", ())]
)
def test_what_somebody_writes_beside_their_no_to_an_appointment_is_shown(
    text: str, letters: tuple[str, ...]
) -> None:
    desk = with_a_case()

    answer = an_answer(desk.letter("acknowledgement"), text)
    recorded = desk.arrives(replace(answer, calendar_method="reply"))
    assert (recorded.action, recorded.letters) == (Action.NOTE, letters)


def test_an_absence_in_the_thread_is_noted_and_answered_by_nobody() -> None:
    desk = with_a_case()

    answer = an_answer(desk.letter("acknowledgement"), "I am away.", headers=AN_ABSENCE)
    recorded = desk.arrives(answer)
    assert (recorded.action, recorded.letters) == (Action.NOTE, ())
    assert recorded.silence
    assert desk.messages[-1].case_id == FIRST


def test_an_absence_about_nothing_is_filed() -> None:
    desk = Desk()

    recorded = desk.arrives(a_message(headers=AN_ABSENCE, in_reply_to=("x@y.example",)))
    assert (recorded.action, recorded.letters) == (Action.FILE, ())
    assert desk.messages[0].case_id is None
    assert desk.events(None) == ["message_filed"]


def test_mail_of_a_list_waits_and_the_manager_is_told() -> None:
    desk = Desk()

    recorded = desk.arrives(a_message(headers=A_LIST))
    assert (recorded.action, recorded.letters) == (Action.HOLD, ("task",))
    assert desk.known.ledger[1] == (LedgerState.HELD, None)
    assert desk.letter("task").recipient == MANAGER.email
    assert desk.events(None) == ["message_held"]


def test_mail_from_before_the_first_day_is_filed() -> None:
    desk = Desk(office=an_office(a_firm(answer_from=FRIDAY.date() + timedelta(days=1))))

    assert desk.arrives().reason == "before_answer_from"


def test_what_has_not_even_a_header_is_held_by_its_octets() -> None:
    desk = Desk()

    nothing = InboundMessage(received_at=FRIDAY, readable=False)
    recorded = desk.takes_in(an_arrival(nothing, content=b"\0\0", unreadable="no header"))
    assert (recorded.action, recorded.reason) == (Action.HOLD, "unreadable")
    assert recorded.silence == "unreadable"
    assert desk.held[0].detail == "no header"
    assert desk.known.contents[1].octets == b"\0\0"


# --- here before --------------------------------------------------------------------


def test_a_second_sight_of_what_is_ours_does_nothing() -> None:
    desk = Desk()
    desk.arrives(ledger_id=5)
    before = desk.known.after()

    recorded = desk.arrives(ledger_id=5)
    assert recorded.reason == "already_ours"
    assert desk.known.messages == before.messages
    assert desk.known.letters == before.letters


def test_what_was_taken_for_gone_while_its_octets_came_is_taken_in() -> None:
    desk = Desk()
    desk.known.ledger[1] = (LedgerState.GONE, None)

    assert desk.arrives().action is Action.OPEN
    assert desk.known.ledger[1] == (LedgerState.RECORDED, None)


def test_another_delivery_of_the_same_message_is_seen_before() -> None:
    desk = Desk()
    desk.arrives()

    recorded = desk.arrives()
    assert (recorded.reason, recorded.letters) == ("seen_before", ())
    assert len(desk.messages) == 1
    assert desk.known.ledger[2] == (LedgerState.RECORDED, desk.messages[0].id)


def test_another_text_under_the_same_identity_is_filed_with_the_first() -> None:
    desk = with_a_case()

    recorded = desk.arrives(a_message(text="The line has been dead. Scanned by us."))
    assert (recorded.action, recorded.case) == (Action.JOIN, FIRST_REFERENCE)
    assert desk.messages[-1].copy_of == desk.messages[0].id
    assert "acknowledgement" not in recorded.letters
    assert len(desk.known.cases) == 1


PHOTO = Attachment(name="photo.jpg", content_type="image/jpeg", content=b"a photograph")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((), (PHOTO,)),
        ((PHOTO,), ()),
        ((PHOTO,), (replace(PHOTO, content=b"another photograph"),)),
        ((PHOTO,), (PHOTO, replace(PHOTO, name="bill.pdf", content=b"a bill"))),
    ],
    ids=["a file more", "without its file", "another file of that name", "one of two"],
)
def test_another_file_under_the_same_identity_is_another_text(
    first: tuple[Attachment, ...], second: tuple[Attachment, ...]
) -> None:
    desk = Desk()
    desk.arrives(a_message(attachments=first))

    recorded = desk.arrives(a_message(attachments=second))

    assert (recorded.action, recorded.reason) == (Action.JOIN, "altered_copy")
    assert recorded.letters == ("customer-reply",)
    shown = words_of(desk.letter("customer-reply"))
    assert [each.name in shown for each in second] == [True] * len(second)
    assert desk.arrives(a_message(attachments=second)).reason == "seen_before"


def test_the_same_files_are_the_same_message_by_whatever_way() -> None:
    note = Attachment(name="note.txt", content_type="text/plain", content=b"dead\r\nline\r\n")
    desk = Desk()
    desk.arrives(a_message(attachments=(PHOTO, note)))

    again = (replace(PHOTO, content_id="1"), replace(note, content=b"dead\nline\n"))
    assert desk.arrives(a_message(attachments=again)).reason == "seen_before"


def test_what_was_kept_when_files_did_not_count_is_known_by_their_names() -> None:
    desk = Desk()
    desk.arrives(a_message(attachments=(PHOTO,)))
    row = desk.messages[0]
    digest = words_digest(a_message(attachments=(PHOTO,)))
    desk.known.messages[row.id] = replace(row, text_digest=digest)

    assert desk.arrives(a_message(attachments=(PHOTO,))).reason == "seen_before"
    more = (PHOTO, replace(PHOTO, name="bill.pdf"))
    assert desk.arrives(a_message(attachments=more)).reason == "altered_copy"


def test_one_mail_sent_to_the_addresses_of_two_cases_is_in_both() -> None:
    desk = with_a_case()
    desk.arrives(another(message_id="second@customer.example", text="The bill is wrong."))
    one, two = (str(octets_of(each)["Reply-To"]) for each in desk.letters("acknowledgement"))

    def sent_to(address: str) -> Recorded:
        both = {"message_id": "both@customer.example", "text": "When do you ring?"}
        return desk.arrives(another(recipients=(address,), **both))

    assert [sent_to(one).case, sent_to(two).case] == [FIRST_REFERENCE, "ISS-000002-92"]
    assert [sent_to(one).reason, sent_to(two).reason] == ["seen_before"] * 2


def test_the_same_words_a_week_later_or_on_another_day_are_no_copy() -> None:
    desk = with_a_case()
    later = FRIDAY + timedelta(days=7)

    assert desk.arrives(a_message(message_id="next@customer.example")).action is Action.OPEN
    assert desk.arrives(replace(a_message(), date=later)).reason != "seen_before"
    nameless = a_message(message_id=None, sender=STRANGER)
    assert desk.arrives(nameless).action is Action.OPEN
    assert desk.arrives(nameless).reason == "seen_before"
    assert desk.arrives(replace(nameless, received_at=later)).reason != "seen_before"


def test_another_text_of_what_nobody_has_a_case_of_is_taken_for_itself() -> None:
    desk = Desk()
    desk.arrives(a_message(headers=A_LIST))
    held = next(iter(desk.known.held.values()))
    desk.known.held[held.id] = replace(held, resolved_at=FRIDAY, resolution="rejected")

    assert desk.arrives(a_message(text="My own words, sent to you.")).action is Action.OPEN


def test_an_altered_copy_of_what_has_no_case_has_none_either() -> None:
    desk = Desk()
    desk.arrives(a_message(headers=A_LIST))

    recorded = desk.arrives(a_message(headers=A_LIST, text="Altered."))
    assert recorded.action is Action.HOLD


def test_what_a_list_made_of_a_mail_with_a_case_is_noted_there() -> None:
    desk = with_a_case()

    recorded = desk.arrives(a_message(headers=A_LIST, text="Altered by the list."))
    assert (recorded.action, recorded.case) == (Action.NOTE, FIRST_REFERENCE)


def test_the_direct_mail_after_the_copy_of_a_list_opens_its_case() -> None:
    desk = Desk()
    desk.arrives(a_message(headers=A_LIST))

    assert desk.arrives().action is Action.OPEN


def test_the_copy_of_an_altered_copy_is_seen_before() -> None:
    desk = with_a_case()
    desk.arrives(a_message(text="Altered."))

    assert desk.arrives(a_message(text="Altered.")).reason == "seen_before"


# --- journaled ----------------------------------------------------------------------


def a_journal(of: bytes) -> InboundMessage:
    original = Attachment(name="mail.eml", content_type="message/rfc822", content=of)
    return a_message(
        sender=Address(email="microsoftexchange0f@example.com"),
        message_id="report@journal.example",
        text="Sender: huw@customer.example",
        headers={"x-ms-journal-report": ("",)},
        attachments=(original,),
    )


HUWS = mail(("From", "Huw <huw@customer.example>"), body="My telecare line is dead.")


def test_a_customers_mail_in_a_journal_report_waits_with_its_words_and_their_risk() -> None:
    desk = Desk()

    recorded = desk.arrives(a_journal(HUWS))

    assert (recorded.action, recorded.reason) == (Action.HOLD, "journal_report")
    task = desk.letter("task")
    assert "My telecare line is dead" in words_of(task)
    assert "at risk" in subject_of(task)


def test_released_it_is_the_case_of_whoever_wrote_it() -> None:
    desk = Desk()
    desk.arrives(a_journal(HUWS))
    [held] = desk.held

    went = desk.again(a_journal(HUWS), held, Vouched(by="Olwen"))

    assert went.action is Action.OPEN
    assert desk.case().complainant.address.email == "huw@customer.example"


def test_a_letter_of_ours_that_is_journaled_is_shown_to_nobody() -> None:
    desk = with_a_case()
    before = len(desk.known.letters)

    recorded = desk.arrives(a_journal(desk.letter("assignment").content or b""))

    assert (recorded.action, recorded.reason) == (Action.FILE, "journal_of_our_own")
    assert len(desk.known.letters) == before


# --- the same text again and again ------------------------------------------------------


def the_same(number: int, **other: object) -> InboundMessage:
    return another(message_id=f"{number}@customer.example", text="Dead.", **other)


def test_the_fourth_mail_with_one_text_is_filed_where_the_third_is() -> None:
    desk = Desk()
    for number in range(3):
        desk.arrives(the_same(number))

    recorded = desk.arrives(the_same(3))
    assert (recorded.action, recorded.reason) == (Action.NOTE, "same_text_again")
    assert recorded.case == desk.case(3).reference
    assert len(desk.known.cases) == 3


def test_after_a_day_the_same_text_is_no_flood() -> None:
    desk = Desk()
    for number in range(3):
        desk.arrives(the_same(number))

    desk.lets_pass(timedelta(days=1))
    assert desk.arrives(the_same(3, received_at=desk.now)).action is Action.OPEN


def test_the_same_text_of_somebody_else_is_no_flood() -> None:
    desk = Desk()
    for number in range(3):
        desk.arrives(the_same(number))

    assert desk.arrives(the_same(3, sender=STRANGER)).action is Action.OPEN


def test_what_brings_a_file_is_no_flood() -> None:
    desk = Desk()
    for number in range(3):
        desk.arrives(the_same(number))

    photo = Attachment(name="line.jpg", content_type="image/jpeg", content=b"\xff\xd8")
    assert desk.arrives(the_same(3, attachments=(photo,))).action is Action.OPEN


def test_a_flood_that_names_another_case_goes_there() -> None:
    desk = Desk()
    for number in range(3):
        desk.arrives(the_same(number))

    recorded = desk.arrives(the_same(3, subject=f"Re: {FIRST_REFERENCE}"))
    assert (recorded.action, recorded.case) == (Action.JOIN, FIRST_REFERENCE)


# --- read once more -----------------------------------------------------------------------


def test_held_mail_that_was_released_opens_its_case() -> None:
    desk = Desk()
    mail = a_message(headers=A_LIST)
    desk.arrives(mail)

    recorded = desk.again(mail, desk.held[0], Vouched(by="Olwen"))
    assert (recorded.action, recorded.case) == (Action.OPEN, FIRST_REFERENCE)
    assert desk.held == []
    assert len(desk.messages) == 1
    assert "message_released" in desk.events()


def test_held_mail_released_into_a_case_joins_it() -> None:
    desk = with_a_case()
    mail = another(headers=A_LIST)
    desk.arrives(mail)

    recorded = desk.again(mail, desk.held[0], Vouched(by="Olwen", serial=FIRST))
    assert (recorded.action, recorded.case) == (Action.JOIN, FIRST_REFERENCE)


def test_what_names_nobody_stays_held_whoever_releases_it() -> None:
    desk = Desk()
    mail = a_message(sender=None)
    desk.arrives(mail)

    recorded = desk.again(mail, desk.held[0], Vouched(by="Olwen"))
    assert (recorded.action, recorded.reason) == (Action.HOLD, "no_sender")
    [held] = desk.held
    assert held.attempts == 2
    assert recorded.letters == ()


def test_what_is_held_no_more_is_not_released_twice() -> None:
    desk = Desk()
    mail = a_message(headers=A_LIST)
    desk.arrives(mail)
    [held] = desk.held
    desk.again(mail, held, Vouched(by="Olwen"))

    assert desk.again(mail, held, Vouched(by="Olwen")).reason == "already_ours"
    assert len(desk.known.cases) == 1


def test_what_was_read_at_last_joins_the_case_it_opened() -> None:
    desk = Desk()
    desk.arrives(unreadable="more than 1000 parts")

    recorded = desk.again(a_message(), desk.held[0])
    assert (recorded.action, recorded.case) == (Action.JOIN, FIRST_REFERENCE)
    assert desk.messages[0].decision == "read_at_last"
    assert len(desk.known.cases) == 1


def test_the_whole_message_takes_the_place_of_its_header() -> None:
    desk = Desk()
    desk.arrives(ledger_id=9, left=Left.TOO_LARGE, unreadable="too large", content=b"head")
    assert desk.held[0].reason == "too_large"
    assert desk.known.ledger[9] == (LedgerState.LEFT, None)
    [message] = desk.messages

    desk.again(a_message(), desk.held[0])
    [whole] = desk.messages
    assert whole.content_id != message.content_id
    assert desk.known.contents[whole.content_id].octets == b"octets"


def test_a_machine_is_answered_once_a_person_has_said_whose_words_it_brings() -> None:
    desk = Desk()
    form = a_message(
        sender=Address(email="wordpress@web.example"),
        reply_to=(JANE.email,),
        headers={"auto-submitted": ("auto-generated",)},
    )
    assert desk.arrives(form).kind != Kind.PERSON

    desk.again(form, desk.held[0], Vouched(by="Olwen"))
    assert desk.case().complainant.address.email == JANE.email
    assert "line has been dead" in words_of(desk.letter("assignment"))


def test_a_staff_address_that_a_machine_answers_is_renewed_for_its_owner() -> None:
    desk = with_a_case()
    assignment = desk.letter("assignment")

    to = reply_address(assignment)
    desk.arrives(another(sender=STRANGER, headers=AN_ABSENCE, recipients=(to,)))
    assert desk.known.letters[assignment.id].spent_why == "seen_from_another_address"
    assert desk.letter("assignment").id != assignment.id
