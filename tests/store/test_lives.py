"""
Whole lives through the real store: what a rule decides is what the tables say afterwards.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.letters.office import Office
from mailbot.store import query
from mailbot.store.tables import CaseRow, EventRow, MessageRow, ObligationRow, OutboxRow
from mailbot.workers import record
from tests.flow.house import FRIDAY, Mail, text_of
from tests.store.desk import Desk

ON_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


@pytest.fixture
async def desk(office: Office) -> Desk:
    """
    A desk with the complaint of Friday on it.
    """
    desk = Desk(office)
    await desk.arrives(Mail())
    return desk


async def test_a_long_life_from_the_first_mail_to_the_second_closure(desk: Desk) -> None:
    await desk.until(desk.day(3))
    assert (await desk.order("#contact tue 14:00\n#every 3 working days")).is_done
    await desk.until(desk.day(5))  # and nobody rang
    await desk.arrives(await desk.answer_to("assignment", "I am sorry. We found the fault."))
    await desk.order("#outcome\nWe replaced the router.")
    await desk.until(desk.day(10))
    await desk.arrives(await desk.answer_to("outcome", "Hi,\nNo.\nRegards\nJane"))
    assert ((await desk.case()).state, (await desk.case()).level) == ("open", 1)
    await desk.order("#outcome\nWe replaced the line.")
    await desk.arrives(await desk.answer_to("outcome", "Yes"))
    assert (await desk.case()).state == "closed"

    await desk.until(desk.day(410))
    await desk.arrives(await desk.answer_to("outcome", "It is broken again."))
    assert (await desk.case()).state == "closed"
    await desk.until(desk.day(413))
    assert (await desk.case()).state == "open"

    assert await desk.letters(to_staff=False) == [
        "acknowledgement",
        "introduction",
        "contact-agreed",
        "contact-missed",
        "handler-reply",
        "outcome",
        "reopened",
        "introduction",
        "outcome",
        "closed",
        "reopened",
        "adr-rights",
    ]
    assert await desk.states("keep_contact") == ["met_late", "met", "met", "met", "open"]
    assert await desk.states("confirm_closure") == ["met", "met"]
    assert await desk.states("decide_reopening") == ["met"]
    assert await desk.states("adr_rights") == ["met_late"]


@ON_SQLITE
async def test_sixty_days_in_which_nobody_does_anything(desk: Desk) -> None:
    await desk.until(desk.day(60))

    sent = await desk.letters(to_staff=False)
    assert [each for each in sent if each != "contact-missed"] == [
        "acknowledgement",
        "introduction",
        "follow-up",
        "adr-rights",
    ]
    assert await desk.states("adr_rights") == ["met"]
    assert await desk.states("acknowledge") == ["met"]
    assert await desk.states("agree_contact") == ["breached"]
    missed = await desk.states("keep_contact")
    assert missed == ["breached"] * sent.count("contact-missed") + ["open"]


@ON_SQLITE
async def test_what_was_ordered_is_there_when_the_case_is_read_again(desk: Desk) -> None:
    await desk.order("#need large print\n#need speak slowly\n#dp\n#every 3 working days")
    await desk.order("#credit 25.00 December 2026")
    await desk.order("#not-eligible larger")
    case = await desk.case()

    assert case.needs == "large print\nspeak slowly"
    assert (case.interval, case.is_data_protection) == ("3 working days", True)
    assert case.credit == "£25.00 December 2026"
    assert case.not_eligible.startswith("larger business")
    assert await desk.states("data_protection") == ["met"]
    applied = await desk.order("#credit applied")
    assert applied.is_done
    letter = await OutboxRow.filter(template="credit").order_by("-id").first()
    assert letter
    assert "£25.00" in text_of(letter.content)
    assert "December 2026" in text_of(letter.content)


@ON_SQLITE
async def test_of_refused_orders_nothing_is_written_but_the_refusal(desk: Desk) -> None:
    before = [await table.all().count() for table in (ObligationRow, OutboxRow, EventRow)]
    ordered = await desk.order("#outcome Mended.\n#credit applied")

    after = [await table.all().count() for table in (ObligationRow, OutboxRow, EventRow)]
    assert not ordered.is_done
    assert "#credit 25.00 December 2026" in ordered.answer
    assert [new - old for new, old in zip(after, before, strict=True)] == [0, 0, 1]
    assert (await desk.case()).state == "open"


@ON_SQLITE
async def test_a_grave_command_by_mail_waits_for_the_answer_to_a_fresh_mail(desk: Desk) -> None:
    mail = await desk.answer_to("assignment", "#close phone Jane Doe, today 9:00")
    recorded = await desk.arrives(mail)

    assert recorded.reason == "to_be_confirmed"
    assert (await desk.case()).state == "open"
    assert (await desk.letters(to_staff=True))[-1] == "confirm-command"

    yes = await desk.answer_to("confirm-command", "yes")
    assert (await desk.arrives(yes)).reason == "confirmation"
    assert (await desk.case()).state == "closed"


@ON_SQLITE
async def test_a_question_is_answered_once(desk: Desk) -> None:
    first = await desk.arrives(await desk.answer_to("assignment", "#credit 25.00 December 2026"))
    assert first.reason == "to_be_confirmed"
    for _ in range(2):
        recorded = await desk.arrives(await desk.answer_to("confirm-command", "yes"))

    assert (recorded.action, recorded.reason) == ("hold", "token_is_spent")
    assert await ObligationRow.filter(promise="credit").count() == 1


@ON_SQLITE
async def test_a_stolen_answer_address_confirms_nothing(desk: Desk) -> None:
    await desk.arrives(await desk.answer_to("assignment", "#credit 25.00 December 2026"))
    mail = await desk.answer_to("confirm-command", "yes")
    recorded = await desk.arrives(replace(mail, sender="A Stranger <stranger@example.org>"))

    assert recorded.reason != "commands_carried_out"
    assert await ObligationRow.filter(promise="credit").count() == 0


@ON_SQLITE
async def test_a_plain_command_by_mail_is_carried_out_and_receipted(desk: Desk) -> None:
    desk.now = desk.day(3)
    await desk.arrives(await desk.answer_to("assignment", "#contact tomorrow 14:00 anyway"))

    assert (await desk.letters(to_staff=True))[-1] == "receipt"
    assert (await desk.letters(to_staff=False))[-1] == "contact-agreed"
    assert await desk.states("agree_contact") == ["met"]


@ON_SQLITE
async def test_thanks_on_a_closed_case_wake_nothing_once_a_note_says_so(desk: Desk) -> None:
    await desk.order("#outcome Mended.")
    await desk.arrives(await desk.answer_to("outcome", "Yes thanks"))
    await desk.until(desk.day(4))
    await desk.arrives(await desk.answer_to("closed", "Thank you!"))
    await desk.arrives(await desk.answer_to("customer-reply", "#note Only thanks."))
    await desk.until(desk.day(60))

    assert (await desk.case()).state == "closed"
    assert "adr-rights" not in await desk.letters(to_staff=False)
    assert await query.next_due() is None or (await query.next_due() or FRIDAY) > desk.now


@ON_SQLITE
async def test_undone_after_day_42_the_letter_goes_at_once_and_once(desk: Desk) -> None:
    await desk.until(desk.day(5))
    await desk.order("#not-complaint opening hours")
    await desk.until(desk.day(44))
    at_once: list[Awaitable[object]] = [
        record.clock(1, desk.office, desk.now),
        desk.order("#complaint it is one"),
        desk.order("#complaint it is one"),
        record.clock(1, desk.office, desk.now),
    ]
    await asyncio.gather(*at_once)
    await desk.until(desk.day(60))

    rights = await OutboxRow.filter(template="adr-rights")
    assert [each.created_at for each in rights] == [desk.day(44)]


@ON_SQLITE
async def test_a_missed_contact_books_the_next_once_however_many_look(desk: Desk) -> None:
    await desk.until(desk.day(3))
    await desk.order("#contact tue 14:00")
    desk.now = FRIDAY.replace(hour=17, minute=0) + timedelta(days=4)
    await asyncio.gather(*(record.clock(1, desk.office, desk.now) for _ in range(4)))

    assert await desk.states("keep_contact") == ["breached", "open"]
    assert (await desk.letters(to_staff=False)).count("contact-missed") == 1


async def test_the_same_text_again_and_again_is_filed_and_floods_nobody(desk: Desk) -> None:
    for number in range(2, 12):
        mail = Mail(
            message_id=f"again.{number}@example.com", date=f"Fri, 20 Nov 2026 16:{number}:00 +0000"
        )
        recorded = await desk.arrives(mail)

    assert (recorded.action, recorded.silence) == ("note", "same_text_again")
    assert await CaseRow.all().count() == 3
    assert (await desk.letters(to_staff=True)).count("assignment") == 3
    assert await MessageRow.all().count() == 11


async def test_the_same_text_on_another_day_is_shown_again(desk: Desk) -> None:
    for number in range(2, 5):
        await desk.arrives(Mail(message_id=f"again.{number}@example.com", subject=str(number)))
    desk.now += timedelta(days=2)
    recorded = await desk.arrives(Mail(message_id="later@example.com"))

    assert recorded.action == "open"
