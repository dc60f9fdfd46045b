"""
What staff order and enter, through the tables and as octets, on both databases.
"""

from dataclasses import replace
from email.message import EmailMessage

import pytest

from mailbot.cases.letter_status import Paused, Status
from mailbot.letters.office import Office
from mailbot.store import query
from mailbot.store.tables import CaseRow, ObligationRow, OutboxRow, PartyRow, StepRow
from mailbot.workers import orders
from tests.flow.house import FRIDAY, JANE, Mail, read, text_of
from tests.store.desk import REFERENCE, Desk

ADDRESS = "#post\n1 High Street\nEbbw Vale\nNP23 6XX"
SECOND = "ISS-000002-92"
BY_TELEPHONE = """#open
channel: telephone
received: 19/11 14:15
name: Bronwen Rees
{how}

Her line has been dead since Tuesday."""

#: The customer of Friday, under another address of theirs.
OF_JANE = BY_TELEPHONE.format(how="email: bron@example.net").replace("Bronwen Rees", "Jane Doe")


@pytest.fixture
async def desk(office: Office) -> Desk:
    """
    A desk with the complaint of Friday on it.
    """
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.until(desk.day(3))
    return desk


async def latest(template: str) -> OutboxRow:
    row = await OutboxRow.filter(template=template).order_by("-id").first()
    assert row
    return row


def pages(message: EmailMessage) -> list[bytes]:
    return [
        bytes(part.get_content())
        for part in message.iter_attachments()
        if part.get_content_type() == "application/pdf"
    ]


# --- by post ------------------------------------------------------------------------


async def test_a_letter_by_post_is_a_task_with_a_page_and_its_text(desk: Desk) -> None:
    await desk.order(ADDRESS)
    await desk.order("#contact wed 14:00")
    row = await latest("task")
    message = read(row.content)

    assert row.recipient == "rhian.price@infinitysystemsolutions.co.uk"
    (page,) = pages(message)
    assert page.startswith(b"%PDF-")
    text = text_of(row.content)
    assert "Wednesday 25 November 2026, 2pm" in text
    assert "#posted" in text
    assert "Reply to this email. Your answer" not in text
    assert "contact-agreed" not in await desk.letters(to_staff=False)


async def test_the_handlers_word_by_mail_meets_the_promise_of_the_letter(desk: Desk) -> None:
    await desk.order(ADDRESS)
    await desk.until(FRIDAY.replace(year=2027, month=1, day=1, hour=9, minute=30))
    assert await desk.states("adr_rights") == ["open"]

    row = await OutboxRow.filter(template="task", occasion__startswith="post.adr-rights").get()
    answer = await desk.answer_to("task", "#posted")
    reply_to = str(read(row.content)["Reply-To"])
    await desk.arrives(replace(answer, to=reply_to))

    assert await desk.states("adr_rights") == ["met"]
    assert "Recorded as posted: adr-rights." in text_of((await latest("receipt")).content)


async def test_a_wish_for_post_and_the_address_are_remembered(desk: Desk) -> None:
    await desk.order(ADDRESS)

    case, party = await desk.case(), await PartyRow.get(case_id=1)
    assert case.by_post
    assert party.postal_address.splitlines() == ["1 High Street", "Ebbw Vale", "NP23 6XX"]


# --- corrections and parties ----------------------------------------------------------


async def test_a_corrected_address_is_where_the_next_mail_goes(desk: Desk) -> None:
    await desk.order("#correct email jane.smith@example.net")
    await desk.order("#contact wed 14:00")

    assert (await latest("contact-agreed")).recipient == "jane.smith@example.net"
    # Answers to what went to the old address still find the case.
    assert (await PartyRow.get(case_id=1)).token in str(
        read((await latest("contact-agreed")).content)["Reply-To"]
    )


async def test_a_partys_mail_with_the_reference_is_filed_in_the_case(desk: Desk) -> None:
    bob = Mail(
        sender="Bob <bob@example.net>",
        subject=f"About {REFERENCE}",
        text="I write for her.",
        message_id="bob@example.net",
    )
    await desk.order("#party add bob@example.net solicitor")
    recorded = await desk.arrives(bob)

    assert (recorded.case, recorded.reason) == (REFERENCE, "joined_by_reference")


# --- complaints that came another way ---------------------------------------------------


async def test_what_is_entered_by_telephone_runs_from_its_own_receipt(desk: Desk) -> None:
    answer = await desk.enter(BY_TELEPHONE.format(how="email: bron@example.net"))
    case = await CaseRow.get(serial=2)
    rights = await ObligationRow.get(case_id=2, promise="adr_rights")

    assert answer.is_done
    assert answer.answer.startswith(f"{SECOND} is open, with ")
    assert case.received_at.isoformat() == "2026-11-19T14:15:00+00:00"
    assert rights.acts_at.isoformat() == "2026-12-31T09:00:00+00:00"
    acknowledgement = await OutboxRow.get(template="acknowledgement", case_id=2)
    assert acknowledgement.recipient == "bron@example.net"
    assert "We received your message by telephone on Thursday 19 November" in text_of(
        acknowledgement.content
    )
    assert read(acknowledgement.content)["Auto-Submitted"] == "auto-generated"
    assignment = await OutboxRow.get(template="assignment", case_id=2)
    assert "Her line has been dead since Tuesday." in text_of(assignment.content)


async def test_who_has_no_mail_address_gets_every_letter_on_paper(desk: Desk) -> None:
    await desk.enter(BY_TELEPHONE.format(how="phone: 01495 000 777"))
    rows = await OutboxRow.filter(case_id=2).order_by("id")

    assert (await CaseRow.get(serial=2)).by_post
    assert {row.to_staff for row in rows} == {True}
    tasks = [row for row in rows if row.template == "task"]
    assert len(tasks) == 2
    assert all(pages(read(row.content)) for row in tasks)
    assert "01495 000 777" in text_of(tasks[0].content)


async def test_several_customers_without_an_address_are_several(desk: Desk) -> None:
    for phone in ("1", "2"):
        assert (await desk.enter(BY_TELEPHONE.format(how=f"phone: {phone}"))).is_done

    assert await CaseRow.all().count() == 3


async def test_who_complains_again_by_telephone_is_shown_with_the_case_that_is_open(
    desk: Desk,
) -> None:
    answer = await desk.enter(BY_TELEPHONE.format(how="email: jane@example.com"))

    assert f"The same customer has {REFERENCE} open." in answer.answer


# --- mergers ------------------------------------------------------------------------------


async def test_both_references_lead_to_the_case_that_stays(desk: Desk) -> None:
    await desk.enter(OF_JANE)
    assert (await desk.order(f"#merge {SECOND}")).is_done

    for reference in (REFERENCE, SECOND):
        found = await query.case(reference)
        assert found
        assert found.reference == SECOND
    assert [each.reference for each in await query.parts(2)] == [REFERENCE]
    assert [row.reference async for row in query.cases(closed_too=True)] == [SECOND]
    assert await query.messages(2)
    assert "acknowledgement" in {row.template for row in await query.letters(2)}
    assert not await StepRow.filter(case_id=1).exists()


async def test_an_answer_to_mail_of_the_case_that_went_joins_the_one_that_stays(
    desk: Desk,
) -> None:
    answer = await desk.answer_to("introduction", "Any news?")
    await desk.enter(OF_JANE)
    await desk.order(f"#merge {SECOND}")
    recorded = await desk.arrives(answer)

    assert (recorded.case, recorded.reason) == (SECOND, "joined_by_reply_token")


async def test_a_reference_of_the_case_that_went_counts_with_its_customers_address(
    desk: Desk,
) -> None:
    await desk.enter(OF_JANE)
    await desk.order(f"#merge {SECOND}")
    mail = Mail(subject=f"Re: {REFERENCE}", text="Any news?", message_id="new@example.com")
    recorded = await desk.arrives(mail)

    assert (recorded.case, recorded.reason) == (SECOND, "joined_by_reference")


async def test_a_command_on_the_reference_that_went_is_carried_out_where_it_leads(
    desk: Desk,
) -> None:
    await desk.enter(OF_JANE)
    await desk.order(f"#merge {SECOND}")
    answer = await desk.order("#status")

    assert answer.answer.startswith(f"{SECOND} is open")


async def test_the_earlier_receipt_moves_the_stored_day_of_the_rights_letter(desk: Desk) -> None:
    await desk.enter(OF_JANE)
    await desk.order(f"#merge {REFERENCE}", SECOND)
    await desk.until(FRIDAY.replace(year=2026, month=12, day=31, hour=9, minute=0))

    letters = await OutboxRow.filter(template="adr-rights")
    assert [(row.case_id, row.recipient) for row in letters] == [(1, "jane@example.com")]
    await desk.until(FRIDAY.replace(year=2027, month=2, day=1))
    assert await OutboxRow.filter(template="adr-rights").count() == 1


# --- recalculation --------------------------------------------------------------------------


async def test_a_dry_run_shows_and_changes_nothing(desk: Desk) -> None:
    before = [(row.promise, row.due_at) for row in await ObligationRow.all()]
    compared = await orders.recalculation(REFERENCE, "Olwen", desk.office, desk.now, dry_run=True)

    assert compared
    assert not any(each.differs for each in compared)
    assert [(row.promise, row.due_at) for row in await ObligationRow.all()] == before


async def test_no_such_case_is_none(desk: Desk) -> None:
    office, now = desk.office, desk.now

    assert await orders.recalculation("ISS-000009-71", "Olwen", office, now, dry_run=True) is None


# --- letters that became pointless -------------------------------------------------------------


async def test_a_reminder_that_a_pause_kept_here_does_not_go_out_after_the_closure(
    desk: Desk,
) -> None:
    await orders.pause(Paused.AUTOMATIC, "", "Olwen", desk.now)
    await desk.until(desk.day(6))
    assert (await latest("follow-up")).status == Status.QUEUED
    await desk.order("#close phone Jane Doe, today 9am")

    follow_up = await latest("follow-up")
    assert (follow_up.status, follow_up.reason) == (Status.WITHDRAWN, "made_pointless")


# --- what was kept in ------------------------------------------------------------------------------


async def test_a_released_case_is_acknowledged_and_the_withheld_letter_stays_on_file(
    office: Office,
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail(headers=(("X-Spam-Flag", "YES"),)))
    assert [row.status for row in await OutboxRow.filter(template="acknowledgement")] == [
        Status.WITHHELD
    ]
    assert (await desk.order("#release")).is_done

    rows = await OutboxRow.filter(template="acknowledgement").order_by("id")
    assert [row.status for row in rows] == [Status.WITHHELD, Status.SENT]
    assert await desk.states("acknowledge") == ["met"]
    assert (await desk.case()).verdict == ""


# --- a corrected address -----------------------------------------------------------------------------


async def test_what_is_still_here_goes_to_the_corrected_address_as_the_same_letter(
    desk: Desk,
) -> None:
    await orders.pause(Paused.AUTOMATIC, "", "Olwen", desk.now)
    await desk.order("#contact wed 14:00")
    before = await latest("contact-agreed")
    await desk.order("#correct email jane.smith@example.net")
    after = await latest("contact-agreed")

    assert (after.recipient, after.message_id) == ("jane.smith@example.net", before.message_id)
    assert read(after.content)["To"] == "Jane Doe <jane.smith@example.net>"
    assert after.content.partition(b"\r\n\r\n")[2] == before.content.partition(b"\r\n\r\n")[2]


async def test_a_rights_letter_on_its_way_is_not_written_twice_for_a_new_address(
    desk: Desk,
) -> None:
    await orders.pause(Paused.EVERYTHING, "", "Olwen", desk.now)
    await desk.until(FRIDAY.replace(year=2027, month=1, day=1, hour=12))
    await desk.order("#correct email jane.smith@example.net")
    await orders.pause(Paused.NOTHING, "", "Olwen", desk.now)
    await desk.deliver()

    rows = await OutboxRow.filter(template="adr-rights")
    assert [(row.recipient, row.status) for row in rows] == [("jane.smith@example.net", "sent")]


@pytest.mark.parametrize("email", ["service@infinitysystemsolutions.co.uk", JANE])
async def test_nobody_becomes_a_customer_under_an_address_of_ours_or_of_the_case(
    desk: Desk, email: str
) -> None:
    assert not (await desk.order(f"#correct email {email}")).is_done


async def test_what_is_entered_for_an_address_of_the_firm_is_refused(desk: Desk) -> None:
    how = "email: rhian.price@infinitysystemsolutions.co.uk"

    assert not (await desk.enter(BY_TELEPHONE.format(how=how))).is_done
    assert await CaseRow.all().count() == 1
