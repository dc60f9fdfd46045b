"""
Letters on their way into the outbox: each once, and with what its reader needs.
"""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mailbot.cases.known.known import Known
from mailbot.cases.known.lately import Beginning
from mailbot.cases.known.questions import Asks, Question, Unread
from mailbot.cases.known.rows import KnownLetter
from mailbot.cases.letter import Letter
from mailbot.cases.people.assignment import assignment_again
from mailbot.desk import drafts
from mailbot.desk.turn import Turn
from mailbot.mail.message import Address, Attachment
from tests.cases.builders import FRIDAY, JANE, RHIAN, STRANGER, a_case, a_message
from tests.desk.builders import KEYRING, Desk, an_office, with_a_case, words_of

ACKNOWLEDGEMENT = Letter(template="acknowledgement", to=JANE, occasion="opened")
SUMMARY = Letter(template="call-summary", to=JANE, occasion="operator.1")
COPY = Letter(template="copy", to=STRANGER, occasion="call-summary.operator.1", copy_of=SUMMARY)


def writes(desk: Desk, letters: Sequence[Letter]) -> tuple[KnownLetter, ...]:
    """
    What is drafted of them, in a case.
    """
    case = a_case()
    desk.known.put_case(case)
    turn = Turn(desk.known, desk.office, desk.now)
    return drafts.write(turn, case, letters)


def test_a_letter_is_said_once() -> None:
    desk = Desk()

    assert drafts.templates(writes(desk, [SUMMARY, SUMMARY])) == ("call-summary",)
    assert writes(desk, [SUMMARY]) == ()


def test_on_another_occasion_it_is_said_again() -> None:
    desk = Desk()
    writes(desk, [SUMMARY])

    assert writes(desk, [replace(SUMMARY, occasion="operator.2")])


def test_an_acknowledgement_is_said_once_to_an_address_whatever_the_occasion() -> None:
    desk = Desk()
    writes(desk, [ACKNOWLEDGEMENT])

    assert writes(desk, [replace(ACKNOWLEDGEMENT, occasion="again")]) == ()
    assert writes(desk, [replace(ACKNOWLEDGEMENT, to=STRANGER)])


@pytest.mark.parametrize("letter", [ACKNOWLEDGEMENT, SUMMARY])
def test_in_another_case_it_is_another_letter(letter: Letter) -> None:
    assert drafts.key(1, letter) != drafts.key(2, letter)


def test_a_copy_goes_with_its_original() -> None:
    assert drafts.templates(writes(Desk(), [SUMMARY, COPY])) == ("call-summary", "copy")


def test_a_copy_of_what_was_said_before_does_not_follow() -> None:
    desk = Desk()
    writes(desk, [SUMMARY])

    assert writes(desk, [SUMMARY, COPY]) == ()


def test_a_copy_goes_with_its_original_on_paper_too() -> None:
    enclosing = Letter(
        template="task", to=Address(email=RHIAN.email), occasion="post.1", encloses=SUMMARY
    )

    assert drafts.templates(writes(Desk(), [enclosing, COPY])) == ("task", "copy")


def test_a_letter_is_queued_at_the_instant_of_its_decision() -> None:
    [row] = writes(Desk(), [SUMMARY])

    assert (row.status, row.created_at, row.next_attempt_at) == ("queued", FRIDAY, FRIDAY)


def test_what_is_withheld_has_no_next_attempt() -> None:
    [row] = writes(Desk(), [replace(SUMMARY, withheld="spam_verdict")])

    assert (row.status, row.reason, row.next_attempt_at) == ("withheld", "spam_verdict", None)


def test_the_id_of_a_letter_is_signed_and_names_its_case() -> None:
    [row] = writes(Desk(), [SUMMARY])

    signed = KEYRING.read_id(row.message_id)
    assert signed is not None
    assert (signed.serial, signed.nonce, signed.thread.is_staff) == (4217, row.nonce, False)
    assert row.key_id == KEYRING.signing_id


def test_the_id_of_a_mail_to_our_own_people_says_so() -> None:
    [row] = writes(Desk(), [replace(SUMMARY, to_staff=True)])

    signed = KEYRING.read_id(row.message_id)
    assert signed is not None
    assert signed.thread.is_staff


def test_a_letter_is_drafted_with_the_case_as_it_stands_after_the_decision() -> None:
    desk = with_a_case()

    desk.orders("#assign Owen Parry")
    draft = desk.known.drafts[desk.letter("introduction").id]
    assert draft.case is not None
    assert draft.case.handler is not None
    assert draft.case.handler.name == "Owen Parry"


def test_a_copy_for_the_folder_of_sent_mail_is_noted() -> None:
    [row] = writes(Desk(office=an_office(sent_folder="Sent")), [SUMMARY])

    assert row.copy_to == "Sent"


# --- with what the case began -----------------------------------------------------


def test_whoever_takes_a_case_over_reads_the_complaint() -> None:
    desk = with_a_case()

    desk.orders("#assign Owen Parry")
    assert "The line has been dead since Monday." in words_of(desk.letter("assignment"))


def test_what_a_case_began_with_is_asked_for_where_it_was_not_read() -> None:
    known = Known()
    known.put_case(a_case())
    known.opens(a_case().serial)
    turn = Turn(known, an_office(), FRIDAY)

    with pytest.raises(Unread) as asked:
        drafts.write(turn, a_case(), [assignment_again(RHIAN, "message.9")])
    assert asked.value.question == Question(Asks.COMPLAINT, 4217)


def test_a_letter_that_was_said_before_asks_for_nothing() -> None:
    desk = Desk()
    desk.known.beginnings[4217] = Beginning("The line is dead.")
    writes(desk, [assignment_again(RHIAN, "message.9")])
    desk.known.beginnings.clear()

    assert writes(desk, [assignment_again(RHIAN, "message.9")]) == ()


def test_a_file_that_cannot_be_read_again_is_told_by_its_name() -> None:
    desk = Desk()
    desk.known.beginnings[4217] = Beginning("See the photo.", ("line.jpg",), None)

    [row] = writes(desk, [assignment_again(RHIAN, "message.9")])
    draft = desk.known.drafts[row.id]
    assert draft.letter.attachments == ()
    assert "line.jpg" in str(draft.letter.facts["attachments"])


def test_a_file_goes_along_where_the_octets_can_be_read_again() -> None:
    desk = Desk()
    octets = (
        b"From: jane@customer.example\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
        b'Content-Type: text/plain; name="notes.txt"\r\n'
        b'Content-Disposition: attachment; filename="notes.txt"\r\n\r\nnotes\r\n--b--\r\n'
    )
    desk.known.beginnings[4217] = Beginning("See my notes.", ("notes.txt",), octets)

    [row] = writes(desk, [assignment_again(RHIAN, "message.9")])
    assert [each.name for each in desk.known.drafts[row.id].letter.attachments] == ["notes.txt"]


def test_the_first_handler_has_the_words_from_the_message_itself() -> None:
    desk = Desk()
    photo = Attachment(name="line.jpg", content_type="image/jpeg", content=b"\xff\xd8\xff")

    desk.arrives(a_message(text="See the photo.", attachments=(photo,)))
    draft = desk.known.drafts[desk.letter("assignment").id]
    assert [each.name for each in draft.letter.attachments] == ["line.jpg"]
