"""
Mail that waited for a person, and what their word makes of it.
"""

import pytest

from mailbot.cases.identity.triage import Action
from mailbot.desk.letter_outcomes import Statement, Word
from mailbot.letters.office import Office
from mailbot.store import held, outbox
from mailbot.store.tables import CaseRow, MessageRow, OutboxRow, PartyRow
from mailbot.workers import orders
from mailbot.workers.orders import resolve
from tests.flow.house import FRIDAY, JANE, RHIAN, SERVICE, Mail
from tests.store.desk import Desk

FORM = "Website <noreply@forms.example.net>"


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def a_form(
    *reply_to: str, sender: str = FORM, number: int = 1, fields: tuple[tuple[str, str], ...] = ()
) -> Mail:
    """
    What the form of a web site sends for somebody.
    """
    wanted = tuple(("Reply-To", each) for each in reply_to)
    return Mail(
        sender=sender,
        subject="Contact form",
        message_id=f"form.{number}@forms.example.net",
        headers=(*wanted, *fields),
    )


async def complainants() -> list[str]:
    rows = await PartyRow.filter(role="complainant").order_by("id")
    return [each.email for each in rows]


async def written_to() -> set[str]:
    """
    Who got a letter and is not of the firm.
    """
    return {row.recipient for row in await OutboxRow.filter(to_staff=False)}


@pytest.mark.parametrize(
    "form",
    [
        a_form(f"Jane Doe <{JANE}>"),
        a_form(f"Jane Doe <{JANE}>", fields=(("Auto-Submitted", "auto-generated"),)),
        a_form(f"Jane Doe <{JANE}>", sender=f"Website <{SERVICE}>"),
    ],
    ids=["an address that nobody reads", "a robot", "our own address"],
)
async def test_the_released_form_of_a_web_site_is_the_case_of_whoever_filled_it_in(
    desk: Desk, form: Mail
) -> None:
    recorded = await desk.arrives(form)
    assert (recorded.action, await CaseRow.all().count(), await written_to()) == (
        Action.HOLD,
        0,
        set(),
    )

    desk.now = desk.day(1)
    await desk.release()

    assert await complainants() == [JANE]
    assert await written_to() == {JANE}
    assert (await CaseRow.get(serial=1)).received_at == FRIDAY


async def test_a_form_that_asks_to_answer_several_is_the_case_of_its_sender(desk: Desk) -> None:
    await desk.arrives(a_form(f"{JANE}, sam@example.org"))

    await desk.release()

    assert await complainants() == ["noreply@forms.example.net"]


async def test_a_form_in_our_own_name_for_nobody_stays_held_until_its_case_is_named(
    desk: Desk,
) -> None:
    await desk.arrives(Mail(message_id="jane@example.com"))
    await desk.arrives(a_form(f"{JANE}, sam@example.org", sender=f"Website <{SERVICE}>"))

    refused = await desk.release()
    assert (refused.action, refused.reason) == (Action.HOLD, "no_sender")
    recorded = await desk.release(serial=1)

    assert recorded.action is Action.JOIN
    assert await complainants() == [JANE]


async def test_a_person_who_wants_answers_elsewhere_is_answered_where_they_wrote_from(
    desk: Desk,
) -> None:
    await desk.arrives(Mail(headers=(("Reply-To", "elsewhere@example.org"),)))

    assert await complainants() == [JANE]
    assert await written_to() == {JANE}


async def test_a_number_that_no_database_takes_names_nothing(desk: Desk) -> None:
    await desk.arrives(a_form(JANE))
    number = 10**22 - 1
    said = Statement(outbox_id=number, word=Word.SENT, by="Olwen")

    assert await held.find(number) is None
    assert not await orders.reject(number, "Olwen", desk.office, desk.now)
    assert not await outbox.retry_now(number, desk.now)
    assert not await resolve(said, desk.office, desk.now)


async def test_mail_without_a_sender_goes_where_a_person_files_it(desk: Desk) -> None:
    await desk.arrives(Mail())
    await desk.arrives(Mail(sender="undisclosed", message_id="nobody@example.com"))

    refused = await desk.release()
    assert (refused.action, refused.reason) == (Action.HOLD, "no_sender")
    recorded = await desk.release(serial=1)

    assert (recorded.action, recorded.case) == (Action.JOIN, "ISS-000001-95")
    assert [row.case_id for row in await MessageRow.all().order_by("id")] == [1, 1]
    shown = await OutboxRow.filter(template="customer-reply").order_by("id")
    assert [row.recipient for row in shown] == [RHIAN]
