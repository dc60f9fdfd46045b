"""
Mail of which it is not plain at once what it is, or whose.
"""

from datetime import timedelta

import pytest

from mailbot.cases.identity.triage import Action
from mailbot.cases.known.known import NOWHERE
from mailbot.letters.office import Office
from mailbot.store import retention
from mailbot.store.held import waiting
from mailbot.store.tables import CaseRow, MessageRow, OutboxRow
from mailbot.workers import orders
from tests.flow.house import JANE, MANAGER, RHIAN, Mail, text_of
from tests.store.desk import REFERENCE, Desk

LIST = ("List-Id", "<users.example.org>")
PHOTO = (
    "--edge\nContent-Type: text/plain\n\nThe photograph you asked for.\n--edge\n"
    "Content-Type: image/jpeg; name=router.jpg\nContent-Transfer-Encoding: base64\n\n{}\n--edge--"
)
ABSENCE = "I am out of the office until 3 December and will answer when I return."


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


async def shown() -> list[OutboxRow]:
    return await OutboxRow.filter(template="customer-reply").order_by("id")


async def test_an_absence_of_staff_without_any_header_field_is_never_relayed(desk: Desk) -> None:
    await desk.arrives(Mail())
    answer = await desk.answer_to("assignment", ABSENCE)

    recorded = await desk.arrives(answer)

    assert (recorded.action, recorded.reason) == (Action.ANSWER_STAFF, "reads_like_an_absence")
    assert await OutboxRow.filter(template="handler-reply").count() == 0


@pytest.mark.parametrize("is_answer", [False, True])
async def test_an_absence_of_staff_that_names_no_case_is_filed_and_nobody_is_asked(
    desk: Desk, is_answer: bool
) -> None:
    await desk.arrives(Mail(headers=(LIST,)))
    task = await OutboxRow.get(template="task")
    before = await OutboxRow.all().count()
    named = (("In-Reply-To", f"<{task.message_id}>"),) if is_answer else ()

    recorded = await desk.arrives(
        Mail(
            sender=f"Sian Evans <{MANAGER}>",
            subject="Automatic reply: To decide",
            text=ABSENCE,
            message_id="away@example.com",
            headers=(("Auto-Submitted", "auto-replied"), *named),
        )
    )

    assert (recorded.action, recorded.silence) == (Action.FILE, "out_of_office_subject")
    assert len(await waiting()) == 1
    assert await OutboxRow.all().count() == before


async def test_what_is_a_machines_by_its_words_alone_waits_for_a_person(desk: Desk) -> None:
    recorded = await desk.arrives(Mail(subject="Automatic reply: No internet"))

    assert recorded.action is Action.HOLD
    assert [row.recipient for row in await OutboxRow.filter(template="task")] == [MANAGER]


async def test_in_a_case_it_is_shown_and_owes_nothing(desk: Desk) -> None:
    await desk.arrives(Mail())

    recorded = await desk.arrives(await desk.answer_to("acknowledgement", ABSENCE))

    assert (recorded.action, recorded.reason) == (Action.NOTE, "absence_in_words")
    assert [row.recipient for row in await shown()] == [RHIAN]
    assert await desk.states("answer") == []


async def test_the_direct_mail_is_acknowledged_though_the_copy_of_a_list_came_first(
    desk: Desk,
) -> None:
    assert (await desk.arrives(Mail(headers=(LIST,)))).action is Action.HOLD

    assert (await desk.arrives(Mail())).action is Action.OPEN
    assert await OutboxRow.filter(template="acknowledgement", recipient=JANE).count() == 1


async def test_the_copy_of_a_list_after_the_direct_mail_opens_and_holds_nothing(
    desk: Desk,
) -> None:
    await desk.arrives(Mail())
    footer = Mail(headers=(LIST,), text="The line has been dead since Monday.\n-- \nUsers list")

    assert (await desk.arrives(Mail(headers=(LIST,)))).reason == "seen_before"
    assert (await desk.arrives(footer)).reason == "altered_copy"
    assert await CaseRow.all().count() == 1
    assert await OutboxRow.filter(template="acknowledgement").count() == 1


async def test_a_flood_swallows_no_yes_to_an_outcome(desk: Desk) -> None:
    await desk.arrives(Mail())
    for number in range(4):
        await desk.arrives(Mail(text="Yes", message_id=f"yes.{number}@example.com"))
    await desk.order("#outcome\nThe line works again.")

    await desk.arrives(await desk.answer_to("outcome", "Yes"))

    assert (await desk.case()).state == "closed"


async def test_a_flood_swallows_no_photographs(desk: Desk) -> None:
    await desk.arrives(Mail())
    before = len(await shown())

    for number in range(5):
        photo = PHOTO.format(f"AAA{number}")
        plain = await desk.answer_to("acknowledgement", photo)
        content = bytes(plain).replace(
            b"text/plain; charset=utf-8", b'multipart/mixed; boundary="edge"', 1
        )
        await desk.arrives(content)

    assert len(await shown()) == before + 5


async def test_the_pages_of_a_scanner_without_ids_are_not_copies_of_each_other(
    desk: Desk,
) -> None:
    for page in ("AAA1", "AAA2", "AAA2"):
        mail = Mail(message_id="", date="", subject="Scan", text=PHOTO.format(page))
        content = bytes(mail).replace(
            b"text/plain; charset=utf-8", b'multipart/mixed; boundary="edge"', 1
        )
        await desk.arrives(content)

    assert await MessageRow.all().count() == 2


async def test_a_yes_that_looks_like_spam_confirms_nothing(desk: Desk) -> None:
    await desk.arrives(Mail())
    await desk.order("#outcome\nThe line works again.")
    answer = await desk.answer_to("outcome", "Yes")

    await desk.arrives(b"X-Spam-Flag: YES\r\n" + bytes(answer))

    assert (await desk.case()).state == "awaiting_confirmation"
    assert [row.recipient for row in await shown()] == [RHIAN]


async def test_the_handler_reads_who_wrote_where_it_was_not_the_customer(desk: Desk) -> None:
    await desk.arrives(Mail())
    answer = await desk.answer_to("acknowledgement", "It is dead in my flat, too.")

    await desk.arrives(bytes(answer).replace(JANE.encode(), b"jo@example.org"))

    (row,) = await shown()
    assert "jo@example.org" in text_of(row.content)


async def test_nobody_is_joined_to_a_case_that_was_made_nobodys(desk: Desk) -> None:
    await desk.arrives(Mail())
    late = await desk.answer_to("acknowledgement", "Do you remember me?")
    await desk.order("#not-complaint a wrong number")
    await desk.strike()
    desk.now += timedelta(days=365 * 8)
    (found,) = await retention.past(desk.now, 12)
    assert await orders.anonymise(found, "Olwen", desk.now)

    recorded = await desk.arrives(late)

    assert (recorded.action, recorded.case != REFERENCE) == (Action.OPEN, True)
    assert await OutboxRow.filter(recipient__endswith=NOWHERE, attempts=0).count() == 0
