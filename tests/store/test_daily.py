"""
The mails of the morning from the store: once a day, whoever asks, and of what is there.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta

from mailbot.cases.morning.working_day import morning
from mailbot.letters.office import Office
from mailbot.mail.reading.parse import parse
from mailbot.store.packing import Kept, KeptText
from mailbot.store.tables import CaseRow, HeldRow, MessageRow, OutboxRow
from mailbot.workers import orders
from tests.flow.house import MANAGER, RHIAN, Mail, read, text_of
from tests.store.desk import Desk

#: From Friday 16:45 to Monday 09:00.
TO_MONDAY = timedelta(days=2, hours=16, minutes=15)


async def begin_the_day(desk: Desk) -> list[str]:
    of = morning(desk.now, desk.office.firm.calendar)
    assert of is not None
    written = await orders.daily(of, desk.office, desk.now)
    await desk.deliver()
    return written


async def mail_to(recipient: str, template: str = "digest") -> str:
    row = await OutboxRow.filter(template=template, recipient=recipient).order_by("-id").first()
    assert row is not None
    return text_of(row.content)


async def test_the_morning_has_one_mail_a_reader_whatever_restarts(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.until(desk.now + TO_MONDAY + timedelta(days=1))

    assert await begin_the_day(desk) == ["digest"]
    assert await begin_the_day(Desk(office, now=desk.now + timedelta(hours=2))) == []
    assert "agreed contact time, by Wednesday 25 November 2026, 5pm" in await mail_to(RHIAN)


async def test_of_workers_that_meet_one_writes_the_mails(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.until(desk.now + TO_MONDAY + timedelta(days=1))
    of = morning(desk.now, office.firm.calendar)
    assert of is not None

    written = await asyncio.gather(*(orders.daily(of, office, desk.now) for _ in range(3)))

    assert sorted(written) == [[], [], ["digest"]]


async def test_a_case_of_today_is_no_news_of_the_morning(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())

    assert await begin_the_day(desk) == []


async def test_held_mail_is_listed_for_the_manager_each_day_until_it_is_not(
    office: Office,
) -> None:
    desk = Desk(office)
    unproved = Mail(sender=f"Rhian <{RHIAN}>", text="I say so.", subject="Your case")
    await desk.arrives(unproved)
    desk.now += TO_MONDAY

    assert sorted(await begin_the_day(desk)) == ["digest", "held"]
    assert "Number 1, since Friday 20 November 2026, 4:45pm" in await mail_to(MANAGER, "held")
    assert "Emails held in your name" in await mail_to(RHIAN)

    desk.now += timedelta(days=1)
    assert sorted(await begin_the_day(desk)) == ["digest", "held"]


async def test_what_a_clock_that_ran_ahead_has_dated_is_listed_before_that_hour(
    office: Office,
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.arrives(Mail(sender=f"Rhian <{RHIAN}>", text="I say so.", subject="Your case"))
    await desk.until(desk.now + TO_MONDAY + timedelta(days=1))
    ahead = desk.now + timedelta(days=3650)
    await CaseRow.all().update(opened_at=ahead)
    await HeldRow.all().update(at=ahead)

    assert sorted(await begin_the_day(desk)) == ["digest", "held"]
    assert "agreed contact time, by Wednesday 25 November 2026, 5pm" in await mail_to(RHIAN)


async def test_a_relayed_answer_is_receipted_the_next_morning(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    answer = await desk.answer_to("assignment", "We are on our way.")
    await desk.arrives(replace(answer, sender=f"Rhian <{RHIAN}>"))
    desk.now += TO_MONDAY

    await begin_the_day(desk)

    text = await mail_to(RHIAN)
    assert "Your answers since the last working day" in text
    assert "Jane Doe: sent to the customer, Friday 20 November 2026, 4:45pm" in text


async def test_on_day_28_the_handler_is_told_of_the_six_weeks(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.until(desk.now + timedelta(days=27, hours=16, minutes=15))  # Friday 18 December

    await begin_the_day(desk)

    assert "day 28, the letter about independent help goes out on Friday 1 January 2027" in (
        await mail_to(RHIAN)
    )


async def test_a_case_of_somebody_who_left_is_in_the_managers_digest(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await CaseRow.filter(serial=1).update(handler_email="gone@example.com")
    desk.now += TO_MONDAY

    await begin_the_day(desk)

    assert "its handler, gone@example.com, is not in handlers.toml any more" in (
        await mail_to(MANAGER)
    )


async def test_a_digest_belongs_to_no_case_and_is_automatic(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await CaseRow.filter(serial=1).update(handler_email="")
    desk.now += TO_MONDAY
    await begin_the_day(desk)

    row = await OutboxRow.get(template="digest")
    mail = read(row.content)
    assert mail["X-Mailbot-Template"] == "digest"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Mailbot-Case"] is None
    assert parse(row.content, received_at=desk.now).subject.startswith("Monday 23 November 2026")


async def test_what_is_damaged_keeps_the_mails_of_the_morning_from_nobody(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    answer = await desk.answer_to("assignment", "We are on our way.")
    await desk.arrives(replace(answer, sender=f"Rhian <{RHIAN}>"))
    await desk.arrives(
        Mail(sender=f"Rhian <{RHIAN}>", text="I say so.", message_id="2@example.com")
    )
    await OutboxRow.filter(template="handler-reply").update(content=Kept(b"\0\1rot"))
    await MessageRow.all().update(text=KeptText("\x02AArot"))
    desk.now += TO_MONDAY

    assert sorted(await begin_the_day(desk)) == ["digest", "held"]
    assert "Jane Doe: sent to the customer" in await mail_to(RHIAN)
