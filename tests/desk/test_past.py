"""
What the mailbox tells of a past that was lost: whose case had which number, and what has left.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest

from mailbot.cases.case import Party
from mailbot.cases.known.past import Past
from mailbot.cases.letter import Letter
from mailbot.cases.letter_status import Status
from mailbot.desk import drafts
from mailbot.desk.opening import open_new
from mailbot.desk.past import went_then
from mailbot.desk.turn import Turn
from mailbot.mail.message import Address, InboundMessage
from mailbot.mail.sent_copy import SentCopy, answered, sent_copy, with_words
from mailbot.mail.signed_ids import Keyring, Thread
from tests.cases.builders import FRIDAY, JANE, RHIAN, STRANGER, a_case, a_message
from tests.desk.builders import KEYRING, Desk, an_office

THE_HANDLER = Address(name=RHIAN.name, email=RHIAN.email)
COMPLAINT = "complaint@home.example"
THEIRS = Keyring([b"x" * 32], "example.com")
FOREIGN_ANCHOR = THEIRS.message_id(Thread.CUSTOMER_ANCHOR, 7, "anchoranchor")


def a_copy(
    template: str = "acknowledgement",
    *,
    serial: int = 7,
    nonce: str = "aaaaaaaaaaaa",
    to: Address = JANE,
    keyring: Keyring = KEYRING,
    text: str = "",
    later: float = 0.0,
    answers: str = COMPLAINT,
) -> SentCopy:
    """
    A letter as it lies in the sent folder; *later* in hours.
    """
    thread = Thread.STAFF if to == THE_HANDLER else Thread.CUSTOMER
    anchor = keyring.message_id(Thread.CUSTOMER_ANCHOR, serial, "anchoranchor")
    at = FRIDAY + timedelta(hours=later)
    fields = {
        "Message-ID": f"<{keyring.message_id(thread, serial, nonce)}>",
        "From": "service@example.com",
        "To": f"{to.name} <{to.email}>",
        "Date": format_datetime(at),
        "References": f"<{anchor}> <{answers}>" if answers else f"<{anchor}>",
        "In-Reply-To": f"<{answers}>" if answers else "",
        "X-Mailbot-Template": template,
    }
    header = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    copy = sent_copy(header.encode(), int(later) + 1, at, KEYRING, "service@example.com")
    assert copy is not None
    return with_words(copy, text)


def known_from(copies: Sequence[SentCopy] = (), answers: Sequence[InboundMessage] = ()) -> Past:
    told = [each for answer in answers for each in answered(answer, KEYRING)]
    return Past.of([each for each in copies if each.is_ours], told, sends_the_rest=True)


def an_answer_to(copy: SentCopy, sender: Address = JANE, anchor: str = "") -> InboundMessage:
    anchor = anchor or copy.anchor
    return a_message(
        sender=sender,
        message_id="answer@home.example",
        in_reply_to=(copy.message_id,),
        references=(anchor, COMPLAINT, copy.message_id),
    )


def a_desk(past: Past) -> Desk:
    return Desk(an_office(past=past, sent_folder="Sent"))


def written(desk: Desk, letter: Letter, serial: int = 7) -> list[str]:
    """
    The ids under which it is drafted, or was.
    """
    case = replace(a_case(), serial=serial)
    desk.known.put_case(case)
    rows = drafts.write(Turn(desk.known, desk.office, desk.now), case, [letter])
    for each in rows:
        went_then(desk.known, each.id, desk.known.drafts[each.id], desk.office)
    return [desk.known.letters[each.id].message_id for each in rows]


def an_acknowledgement(to: Address = JANE) -> Letter:
    return Letter(template="acknowledgement", to=to, occasion="opened")


# --- numbers and threads ---------------------------------------------------------------


@pytest.mark.parametrize("by", ["a letter", "an answer"])
def test_a_case_has_the_number_and_the_thread_that_it_had(by: str) -> None:
    copy = a_copy()
    desk = a_desk(
        known_from([copy]) if by == "a letter" else known_from(answers=[an_answer_to(copy)])
    )

    recorded = desk.arrives(a_message(sender=JANE, message_id=COMPLAINT))

    assert recorded.case == "ISS-000007-77"
    [party] = desk.known.parties_of(7)
    assert party.anchor == KEYRING.message_id(Thread.CUSTOMER_ANCHOR, 7, "anchoranchor")
    assert party.token == KEYRING.token("anchoranchor", for_staff=False)


def test_a_case_that_no_mail_opened_is_known_by_whom_it_was_acknowledged_to() -> None:
    desk = a_desk(known_from([a_copy(answers=""), a_copy(serial=6, nonce="bbbbbbbbbbbb")]))

    cases = [
        desk.does(lambda turn: open_new(turn, Party(address=JANE), received_at=FRIDAY))
        for _ in range(2)
    ]

    assert [each.serial for each in cases] == [7, 1]


def test_nobody_gets_anothers_number_by_their_message_id() -> None:
    desk = a_desk(known_from([a_copy()]))

    assert desk.arrives(a_message(sender=STRANGER, message_id=COMPLAINT)).case != "ISS-000007-77"


def test_a_number_is_given_once() -> None:
    desk = a_desk(known_from([a_copy()]))
    desk.known.put_case(replace(a_case(), serial=7))

    assert desk.arrives(a_message(sender=JANE, message_id=COMPLAINT)).case != "ISS-000007-77"


def test_what_others_have_signed_tells_nothing() -> None:
    forged = a_copy(keyring=THEIRS)

    assert not forged.is_ours
    assert not known_from(answers=[an_answer_to(forged, anchor=FOREIGN_ANCHOR)]).copies


def test_numbers_begin_above_all_that_were_told() -> None:
    copy = a_copy(serial=9, nonce="bbbbbbbbbbbb")

    assert known_from([a_copy(), copy]).highest == 9
    assert known_from(answers=[an_answer_to(copy)]).highest == 9


# --- letters ---------------------------------------------------------------------------


def test_what_lies_in_the_sent_folder_is_the_letter_and_is_not_composed_anew() -> None:
    copy = a_copy()
    desk = a_desk(known_from([copy]))

    assert written(desk, an_acknowledgement()) == [copy.message_id]
    [row] = desk.known.letters.values()
    assert (row.content, row.copy_to, row.status) == (b"", "", Status.QUEUED)


def test_each_is_found_once_the_first_first() -> None:
    warnings = [
        a_copy("warning", nonce=f"nonce{each}nonce", to=THE_HANDLER, later=each) for each in (2, 3)
    ]
    desk = a_desk(known_from(warnings[::-1]))

    ids = [
        *written(desk, Letter(template="warning", to=THE_HANDLER, occasion="1", to_staff=True)),
        *written(desk, Letter(template="warning", to=THE_HANDLER, occasion="2", to_staff=True)),
        *written(desk, Letter(template="warning", to=THE_HANDLER, occasion="3", to_staff=True)),
    ]

    assert ids[:2] == [each.message_id for each in warnings]
    assert ids[2] not in ids[:2]


@pytest.mark.parametrize("other", [a_copy("introduction"), a_copy(serial=8), a_copy(to=STRANGER)])
def test_another_letter_is_another(other: SentCopy) -> None:
    desk = a_desk(known_from([other]))

    assert written(desk, an_acknowledgement()) != [other.message_id]


@pytest.mark.parametrize(
    ("words", "is_found"),
    [("We come\non  Tuesday.", True), ("We come on Wednesday.", False), ("", False)],
)
def test_a_handlers_answer_is_known_by_its_words(words: str, is_found: bool) -> None:
    copy = a_copy("handler-reply", text="Dear Jane,\n\nWe come on Tuesday.\n\nRhian")
    desk = a_desk(known_from([copy]))
    letter = Letter(template="handler-reply", to=JANE, occasion="1", facts={"body": words})

    assert (written(desk, letter) == [copy.message_id]) is is_found


def test_an_answer_proves_the_acknowledgement_and_nothing_else() -> None:
    copy = a_copy()
    desk = a_desk(known_from(answers=[an_answer_to(copy)]))

    assert written(desk, an_acknowledgement()) == [copy.message_id]
    assert written(desk, Letter(template="introduction", to=JANE, occasion="1")) != [
        copy.message_id
    ]


def test_whoever_answers_had_what_they_answer() -> None:
    copy = a_copy("introduction")

    [found] = answered(an_answer_to(copy), KEYRING)

    assert (found.message_id, found.accepted_at) == (copy.message_id, FRIDAY)
    assert not found.is_there
    forged = a_copy(keyring=THEIRS)
    assert list(answered(an_answer_to(forged, anchor=FOREIGN_ANCHOR), KEYRING)) == []
