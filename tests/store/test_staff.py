"""
What the firm's people say by mail, through the real store: what is proved is done, what
is not is asked about, and every mail of theirs gets exactly one answer.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailbot.cases.identity.staff_mail import MOST_RECEIPTS, MOST_UNPROVED
from mailbot.cases.identity.triage import Action
from mailbot.letters.office import Office
from mailbot.mail.origin.host_proof import Asked
from mailbot.store.held import waiting
from mailbot.store.tables import (
    AbsenceRow,
    CaseRow,
    EventRow,
    HeldRow,
    MessageRow,
    ObligationRow,
    OutboxRow,
)
from tests.flow.house import GARETH, JANE, MANAGER, RHIAN, SERVICE, Mail, read, text_of
from tests.store.desk import REFERENCE, Desk

BY_RHIAN = f"Rhian Price <{RHIAN}>"
#: What tells one of our people what became of their mail.
ANSWERS = ("receipt", "confirm-command", "held")

AN_ENTRY = (
    "#open\nchannel: telephone\nreceived: 19/11 14:00\nname: Carys Hughes\n"
    "email: carys@example.com\n\nNo dial tone since Tuesday."
)
CLOSE = "#close phone Jane Doe, today 9:00"


@pytest.fixture
async def desk(office: Office) -> Desk:
    """
    A desk with the complaint of Friday on it, on the Monday.
    """
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.until(desk.day(3))
    return desk


@pytest.fixture
async def vouched(desk: Desk) -> Desk:
    """
    The same, where our own mail host vouches for the handlers.
    """
    desk.office = replace(desk.office, staff_proof=Asked.EXCHANGE)
    return desk


def by_the_host(mail: Mail) -> Mail:
    word = ("X-MS-Exchange-Organization-AuthAs", "Internal")
    return replace(mail, headers=(word, *mail.headers))


def by_rhian(text: str, *, subject: str = "To mailbot", number: int = 1, cc: str = "") -> Mail:
    """
    A new mail from Rhian's address: nothing proves that she wrote it.
    """
    return Mail(
        sender=BY_RHIAN, subject=subject, text=text, message_id=f"new.{number}@example.com", cc=cc
    )


async def told(desk: Desk, email: str = RHIAN) -> list[str]:
    rows = await OutboxRow.filter(recipient=email, template__in=ANSWERS).order_by("id")
    return [each.template for each in rows]


async def last(template: str) -> str:
    row = await OutboxRow.filter(template=template).order_by("-id").first()
    assert row
    return text_of(row.content)


async def say_yes(desk: Desk, word: str = "yes") -> None:
    await desk.arrives(await desk.answer_to("confirm-command", word))


async def held_reasons() -> list[str]:
    return [each.reason for each in await waiting()]


# --- asked, and confirmed ----------------------------------------------------------


async def test_a_complaint_by_telephone_is_entered_by_mail_once_it_is_confirmed(
    desk: Desk,
) -> None:
    await desk.arrives(by_rhian(AN_ENTRY))
    assert await CaseRow.all().count() == 1
    assert await held_reasons() == ["to_be_confirmed"]
    assert "Received by telephone on Thursday 19 November 2026, 2pm" in await last(
        "confirm-command"
    )

    await say_yes(desk)

    case = await CaseRow.get(serial=2)
    assert case.received_at == datetime(2026, 11, 19, 14, 0, tzinfo=UTC)
    assert await held_reasons() == []
    assert await told(desk) == ["confirm-command", "receipt"]
    assert "ISS-000002-92 is open" in await last("receipt")
    opened = await EventRow.get(event="case_opened", case_id=2)
    assert (opened.cause, opened.reason) == ("command by Rhian Price", "telephone")


async def test_a_command_without_a_reply_address_names_its_case_in_the_subject(desk: Desk) -> None:
    await desk.arrives(by_rhian("#note She rang.", subject=f"About [{REFERENCE}]"))
    assert await EventRow.filter(event="note_filed").count() == 0

    await say_yes(desk)

    assert (await EventRow.get(event="note_filed")).about == "She rang."
    assert await told(desk) == ["confirm-command", "receipt"]


async def test_nothing_of_an_unproved_mail_is_in_the_file_of_the_case(desk: Desk) -> None:
    await desk.arrives(by_rhian(CLOSE, subject=REFERENCE))

    row = await MessageRow.get(message_id="new.1@example.com")
    assert (row.case_id, row.kind) == (None, "staff")


async def test_a_grave_command_to_a_reply_address_is_confirmed_once(desk: Desk) -> None:
    await desk.arrives(await desk.answer_to("assignment", CLOSE))
    await say_yes(desk)
    await say_yes(desk, "yes, I did")

    assert (await desk.case()).state == "closed"
    closed = await OutboxRow.filter(template="closed").count()
    assert closed == 1
    assert await told(desk) == ["confirm-command", "receipt", "held"]


async def test_a_no_is_the_end_of_it(desk: Desk) -> None:
    await desk.arrives(by_rhian(AN_ENTRY))
    await say_yes(desk, "no")

    assert await held_reasons() == []
    assert await CaseRow.all().count() == 1
    assert "rejected" in await last("receipt")


async def test_anything_else_leaves_the_question_open(desk: Desk) -> None:
    await desk.arrives(by_rhian(AN_ENTRY))
    await say_yes(desk, "What is this?")
    assert await held_reasons() == ["to_be_confirmed"]

    await say_yes(desk)

    assert await CaseRow.all().count() == 2
    assert await told(desk) == ["confirm-command", "receipt", "receipt"]


@pytest.mark.parametrize("sender", [f"Rhian <{RHIAN}>", "A Stranger <stranger@example.org>"])
async def test_a_yes_that_nothing_proves_confirms_nothing(desk: Desk, sender: str) -> None:
    await desk.arrives(by_rhian(AN_ENTRY))
    letter = await OutboxRow.get(template="confirm-command")
    await desk.arrives(
        Mail(
            sender=sender,
            text="yes",
            message_id="guess@example.org",
            headers=(("In-Reply-To", f"<{letter.message_id}>"),),
        )
    )

    assert await CaseRow.filter(parties__email="carys@example.com").count() == 0


async def test_a_case_that_has_changed_meanwhile_refuses_with_a_receipt(desk: Desk) -> None:
    await desk.arrives(await desk.answer_to("assignment", CLOSE))
    await desk.order("#not-complaint opening hours")
    await say_yes(desk)

    assert (await desk.case()).state == "not_a_complaint"
    assert "this cannot be done" in await last("receipt")


async def test_two_cases_are_merged_by_mail(desk: Desk) -> None:
    await desk.arrives(Mail(message_id="second@example.com", subject="Again", text="And another."))
    await desk.arrives(await desk.answer_to("assignment", f"#merge {REFERENCE}"))
    await say_yes(desk)

    assert (await CaseRow.get(serial=2)).merged_into == 1


# --- told at once ------------------------------------------------------------------


async def test_status_is_told_to_the_address_in_the_file_at_once(desk: Desk) -> None:
    await desk.arrives(by_rhian("#status"))

    assert await told(desk) == ["receipt"]
    assert f"Your open cases: {REFERENCE}" in await last("receipt")


async def test_help_teaches_how_to_answer_and_every_command(desk: Desk) -> None:
    await desk.arrives(by_rhian("#help", subject=REFERENCE))
    text = await last("receipt")

    assert "#contact tue 14:00" in text
    assert "reference of the case into the subject" in text


async def test_a_flood_in_a_handlers_name_ends_in_the_list(desk: Desk) -> None:
    for number in range(MOST_UNPROVED + 5):
        await desk.arrives(by_rhian(f"#note {number}", subject=REFERENCE, number=number))

    assert len(await told(desk)) == MOST_UNPROVED
    assert (await held_reasons()).count("too_many_in_their_name") == 5


# --- held mail ---------------------------------------------------------------------


async def test_words_in_a_handlers_name_wait_until_the_handler_lets_them_go(desk: Desk) -> None:
    await desk.arrives(by_rhian("We have found the fault.", subject=f"Re: {REFERENCE}"))
    assert "We have found the fault." in await last("held")
    assert "handler-reply" not in await desk.letters(to_staff=False)

    await desk.arrives(await desk.answer_to("held", "#release"))
    assert "handler-reply" not in await desk.letters(to_staff=False)
    await say_yes(desk)

    assert (await desk.letters(to_staff=False))[-1] == "handler-reply"
    reply = await OutboxRow.get(template="handler-reply")
    assert "We have found the fault." in text_of(reply.content)
    assert read(reply.content)["From"] == f'"Rhian Price, Infinity" <{SERVICE}>'
    assert await held_reasons() == []
    assert await told(desk) == ["held", "confirm-command", "receipt"]
    assert "The words went to the customer." in await last("receipt")


async def test_a_handler_can_reject_what_was_written_in_their_name(desk: Desk) -> None:
    await desk.arrives(by_rhian("Pay me.", subject=REFERENCE))
    await desk.arrives(await desk.answer_to("held", "#reject"))

    assert await held_reasons() == []
    assert (await HeldRow.get(id=1)).resolution == "rejected by Rhian Price"
    assert await told(desk) == ["held", "receipt"]


async def test_another_text_under_the_id_of_a_handlers_mail_is_held_and_told_to_the_handler(
    desk: Desk,
) -> None:
    direct = replace(by_rhian("It works again.", cc=SERVICE), to=JANE)
    await desk.arrives(direct)
    await say_yes(desk)
    before = await told(desk)

    altered = replace(direct, to=SERVICE, cc="", text="We agree to pay Jane 5000 pounds.")
    recorded = await desk.arrives(altered)

    assert (recorded.action, recorded.reason) == (Action.HOLD, "staff_not_proved")
    assert (await told(desk))[len(before) :] == ["held"]
    assert "We agree to pay Jane 5000 pounds." in await last("held")
    assert await MessageRow.filter(case_id=1, subject="To mailbot").count() == 1


async def test_a_footer_to_what_a_handler_answered_is_no_second_answer(desk: Desk) -> None:
    answer = await desk.answer_to("assignment", "We have found the fault.")
    await desk.arrives(answer)
    before = await told(desk)

    recorded = await desk.arrives(replace(answer, text=f"{answer.text}\n-- \nScanned by us."))

    assert (recorded.action, recorded.reason) == (Action.NOTE, "altered_copy")
    assert await told(desk) == before
    assert (await desk.letters(to_staff=False)).count("handler-reply") == 1


async def test_words_that_name_no_case_need_one_to_go_out(desk: Desk) -> None:
    await desk.arrives(by_rhian("We have found the fault."))
    await desk.arrives(await desk.answer_to("held", "#release"))
    await say_yes(desk)
    assert "nothing in it says whose case it is about" in await last("receipt")
    assert await held_reasons() == ["staff_not_proved"] or await held_reasons() == ["names_no_case"]

    await desk.arrives(by_rhian(f"#case {REFERENCE} 1", number=2))
    await say_yes(desk)

    assert (await desk.letters(to_staff=False))[-1] == "handler-reply"


async def test_what_is_held_in_anothers_name_is_for_the_manager_to_decide(desk: Desk) -> None:
    form = Mail(sender="no-reply@form.example", message_id="form@form.example", text="Help!")
    await desk.arrives(form)
    await desk.arrives(by_rhian("#release 1"))
    assert "not the customer service manager" in await last("receipt")

    answer = await desk.answer_to("task", "#release 1")
    await desk.arrives(answer)
    await say_yes(desk)

    assert answer.sender.endswith(f"<{MANAGER}>")
    assert await CaseRow.all().count() == 2
    assert "It opened a case" in await last("receipt")


async def test_what_is_not_held_cannot_be_released(desk: Desk) -> None:
    await desk.arrives(by_rhian("#release 99"))

    assert await told(desk) == ["receipt"]
    assert "no held message has the number 99" in await last("receipt")


# --- a customer's mail, passed on ----------------------------------------------------

ORIGINAL = (
    "From: Carys Hughes <carys@example.com>\r\nTo: Rhian Price <rhian.price@example.com>\r\n"
    "Subject: Still broken\r\nDate: Wed, 18 Nov 2026 09:30:00 +0000\r\n"
    "Message-ID: <carys.1@example.com>\r\n\r\nNobody rang me back.\r\n"
)


def passed_on(number: int = 1) -> bytes:
    return (
        f"From: {BY_RHIAN}\r\nTo: {SERVICE}\r\nSubject: Fwd: Still broken\r\n"
        f"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <fwd.{number}@example.com>\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThis came to me.\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{ORIGINAL}\r\n--b--\r\n"
    ).encode()


async def test_a_customers_mail_that_is_passed_on_opens_their_case_with_its_true_date(
    desk: Desk,
) -> None:
    await desk.arrives(passed_on())
    assert await CaseRow.all().count() == 1
    assert "From: Carys Hughes <carys@example.com>" in await last("confirm-command")

    await say_yes(desk)

    case = await CaseRow.get(serial=2)
    assert case.received_at == datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
    theirs = await MessageRow.get(message_id="carys.1@example.com")
    assert (theirs.case_id, theirs.kind, theirs.sender) == (2, "person", "carys@example.com")
    acknowledged = await OutboxRow.get(template="acknowledgement", case_id=2)
    assert acknowledged.recipient == "carys@example.com"
    assert "by email to one of our team" in text_of(acknowledged.content)
    assert await told(desk) == ["confirm-command", "receipt"]


async def test_the_customer_who_writes_on_finds_that_case_by_their_own_mail(desk: Desk) -> None:
    await desk.arrives(passed_on())
    await say_yes(desk)
    await desk.arrives(
        Mail(
            sender="Carys Hughes <carys@example.com>",
            message_id="carys.2@example.com",
            text="Any news?",
            headers=(("References", "<carys.1@example.com>"),),
        )
    )

    assert (await MessageRow.get(message_id="carys.2@example.com")).case_id == 2


async def test_a_mail_that_is_here_already_is_not_taken_in_twice(desk: Desk) -> None:
    await desk.arrives(passed_on())
    await say_yes(desk)
    await desk.arrives(passed_on(2))
    await say_yes(desk)

    assert await CaseRow.all().count() == 2
    assert "here already, in ISS-000002-92" in await last("receipt")


async def test_a_mail_of_a_customer_with_an_open_case_is_filed_there(desk: Desk) -> None:
    inline = (
        "See below.\n\n---------- Forwarded message ---------\nFrom: Jane Doe <jane@example.com>\n"
        f"Date: Mon, 23 Nov 2026 at 09:00\nSubject: Hello\nTo: <{RHIAN}>\n\nIt is still dead."
    )
    await desk.arrives(by_rhian(inline, subject="Fwd: Hello"))
    await say_yes(desk)

    assert await CaseRow.all().count() == 1
    joined = await MessageRow.filter(case_id=1, kind="person", decision="passed_on").first()
    assert joined
    assert joined.text == "It is still dead."
    assert "answer" in [each.promise for each in await ObligationRow.filter(case_id=1)]
    assert (await desk.letters(to_staff=True)).count("customer-reply") == 1


# --- straight to the customer ---------------------------------------------------------


async def test_a_copy_of_a_direct_mail_counts_as_contact_once_it_is_confirmed(desk: Desk) -> None:
    await desk.order("#contact today 15:00")
    desk.now = datetime(2026, 11, 23, 15, 10, tzinfo=UTC)
    direct = Mail(
        sender=BY_RHIAN, to=JANE, cc=SERVICE, text="It works again.", message_id="d@example.com"
    )
    await desk.arrives(direct)
    assert await desk.states("keep_contact") == ["open"]

    desk.now = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    await say_yes(desk)

    kept = await ObligationRow.get(promise="keep_contact", number=1)
    assert (kept.state, kept.settled_at) == ("met", datetime(2026, 11, 23, 15, 10, tzinfo=UTC))
    assert "handler-reply" not in await desk.letters(to_staff=False)
    assert await told(desk) == ["confirm-command", "receipt"]


async def test_an_answer_that_the_customer_got_as_well_is_not_sent_twice(desk: Desk) -> None:
    answer = await desk.answer_to("assignment", "It works again.")
    await desk.arrives(Mail(**{**vars(answer), "cc": JANE}))

    assert "handler-reply" not in await desk.letters(to_staff=False)
    spent = await OutboxRow.filter(spent_why="went_to_others").count()
    assert spent == 1
    assert (await desk.letters(to_staff=True))[-2:] == ["confirm-command", "assignment"]


# --- absences, replays -------------------------------------------------------------------


async def test_an_absence_is_entered_by_answering_any_of_our_mails(desk: Desk) -> None:
    await desk.arrives(await desk.answer_to("assignment", "#away 21 Dec to 2 Jan"))
    assert (await AbsenceRow.get(id=1)).email_key == RHIAN

    await desk.arrives(await desk.answer_to("receipt", "#away: back"))

    assert (await AbsenceRow.get(id=1)).ended_at is not None


@pytest.mark.parametrize("text", ["#call\nWe spoke.", "We have found the fault."])
async def test_the_same_words_to_the_same_mail_in_another_message_are_a_replay(
    desk: Desk, text: str
) -> None:
    answer = await desk.answer_to("assignment", text)
    await desk.arrives(answer)
    before = await desk.letters(to_staff=False)
    await desk.arrives(Mail(**{**vars(answer), "message_id": "replay@example.com"}))

    assert await desk.letters(to_staff=False) == before
    assert "came before in answer to the same email" in await last("receipt")


async def test_an_unproved_copy_that_comes_first_makes_no_replay_of_the_real_one(
    desk: Desk,
) -> None:
    answer = await desk.answer_to("assignment", "#call\nWe spoke.")
    await desk.arrives(Mail(**{**vars(answer), "to": SERVICE, "message_id": "before@example.com"}))
    await desk.arrives(answer)

    assert (await desk.letters(to_staff=False))[-1] == "call-summary"


async def test_a_colleague_has_no_use_for_a_forwarded_notification(desk: Desk) -> None:
    answer = await desk.answer_to("assignment", "#note mine")
    await desk.arrives(Mail(**{**vars(answer), "sender": f"Gareth <{GARETH}>"}))

    assert await EventRow.filter(event="note_filed").count() == 0
    assert await told(desk, GARETH) == ["held"]


# --- what a second pair of eyes found --------------------------------------------------------


async def by_thread() -> Mail:
    """
    A mail of Rhian's that keeps the thread of the assignment and goes elsewhere.
    """
    letter = await OutboxRow.get(template="assignment")
    mail = by_rhian("Bob, she is a pain. Check the line?", subject="FW: New case for you")
    return replace(mail, headers=(("In-Reply-To", f"<{letter.message_id}>"),))


async def test_an_answer_that_quotes_a_customers_mail_is_an_answer(desk: Desk) -> None:
    text = (
        "We have found the fault.\n\n-----Original Message-----\nFrom: Jane Doe <jane@example.com>\n"
        "Sent: Friday, 20 November 2026 16:44\nTo: Infinity\nSubject: No internet\n\nIt is dead."
    )
    await desk.arrives(await desk.answer_to("assignment", text))

    assert (await desk.letters(to_staff=False))[-1] == "handler-reply"


@pytest.mark.parametrize(
    "known", [{"to": "bob@engineers.example", "cc": SERVICE}, {"to": SERVICE}, {"to": JANE}]
)
async def test_our_mail_passed_on_to_somebody_else_is_never_relayed(
    vouched: Desk, known: dict[str, str]
) -> None:
    mail = await by_thread()
    mail = replace(mail, to=known["to"], cc=known.get("cc", ""))
    await vouched.arrives(by_the_host(mail))

    assert "handler-reply" not in await vouched.letters(to_staff=False)


async def test_a_customers_mail_passed_on_in_our_thread_is_asked_about(vouched: Desk) -> None:
    text = (
        "She is wrong, ignore her.\n\nFrom: Jane Doe <jane@example.com>\nSent: Monday, 23 November"
        f" 2026 09:00\nTo: Rhian Price <{RHIAN}>\nSubject: RE: x\n\nStill dead."
    )
    mail = replace(await by_thread(), text=text, subject="FW: your line")
    await vouched.arrives(by_the_host(mail))

    assert (await vouched.letters(to_staff=True))[-1] == "confirm-command"
    assert "Still dead." in await last("confirm-command")


async def test_a_machine_is_not_receipted_for_ever(desk: Desk) -> None:
    answer = await desk.answer_to("assignment", "##### THANK YOU #####\nI read my mail twice.")
    for _ in range(MOST_RECEIPTS + 5):
        await desk.arrives(answer)
        letter = await OutboxRow.filter(recipient=RHIAN).order_by("-id").first()
        assert letter
        answer = replace(await desk.answer_to(letter.template, answer.text), sender=BY_RHIAN)

    assert await OutboxRow.filter(template="receipt").count() <= MOST_RECEIPTS


async def test_two_answers_that_read_like_absences_have_a_receipt_each(desk: Desk) -> None:
    for text in (
        "I am on annual leave until Thursday, so Gareth will ring you.",
        "I'll be out of the office tomorrow and back on Thursday with the engineer.",
    ):
        await desk.arrives(await desk.answer_to("assignment", text))

    assert await told(desk) == ["receipt", "receipt"]


async def test_whoever_releases_has_the_receipt(vouched: Desk) -> None:
    await vouched.arrives(by_rhian("#note hello", subject=REFERENCE))
    manager = Mail(sender=f"Sian <{MANAGER}>", text="#release 1", message_id="r@example.com")
    await vouched.arrives(by_the_host(manager))

    assert await told(vouched, MANAGER) == ["receipt"]
    assert "Your note is filed." in await last("receipt")


async def test_help_is_told_in_answer_to_an_old_mail_as_well(desk: Desk) -> None:
    mail = await desk.answer_to("assignment", "#help")
    desk.now = desk.day(40)
    await desk.arrives(mail)

    assert await told(desk) == ["receipt"]
