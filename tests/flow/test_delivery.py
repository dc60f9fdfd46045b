"""
Mail goes out: once if it can be known, again if it cannot, and always the same octets.
"""

import asyncio
from base64 import encodebytes
from datetime import timedelta
from itertools import pairwise

import pytest

from mailbot import rests, rounds
from mailbot.health.told import Part
from mailbot.store import outbox
from mailbot.store.database import database
from mailbot.store.packing import Kept, KeptText
from mailbot.store.tables import MessageRow, ObligationRow, OutboxRow
from mailbot.workers import stopping
from tests.flow.house import (
    FRIDAY,
    JANE,
    MANAGER,
    RHIAN,
    House,
    Mail,
    id_of,
    read,
    templates,
    text_of,
)

STAFF = (RHIAN, MANAGER)


async def acknowledgement(house: House) -> OutboxRow:
    return await house.row(OutboxRow, template="acknowledgement")


async def promise(house: House, name: str) -> str:
    return (await house.row(ObligationRow, promise=name)).state


async def stand_still_until_due(house: House) -> None:
    """
    Move the clock to the acknowledgement's next attempt.
    """
    row = await acknowledgement(house)
    assert row.next_attempt_at is not None
    house.clock.at = row.next_attempt_at


def refuse_for_now(house: House) -> None:
    """
    Jane has written, and whoever receives her mail wants it later.
    """
    house.sink.answer("RCPT", "451 4.3.0 Try later", recipient=JANE)
    house.deliver(Mail())


# --- final -----------------------------------------------------------------


@pytest.mark.parametrize("code", ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"])
async def test_the_recipients_own_no_is_final_and_becomes_a_task(house: House, code: str) -> None:
    house.sink.answer("RCPT", f"550 {code} No such user", recipient=JANE)

    await house.take_in(Mail())

    row = await acknowledgement(house)
    assert (row.status, row.attempts) == ("refused", 1)
    assert await promise(house, "acknowledge") == "open"
    assert await promise(house, "introduce") == "open"
    assert (RHIAN, "task") in [
        (each.rcpt_to[0], *templates([each])) for each in house.sink.received
    ]
    house.clock.move(hours=2)
    house.sink.commands.clear()
    assert await house.round()
    assert not [each for each in house.sink.commands if JANE in each]


async def test_a_letter_that_did_not_arrive_comes_to_the_handler_ready_to_print(
    house: House,
) -> None:
    house.sink.answer("RCPT", "550 5.1.1 No such user", recipient=JANE)

    await house.take_in(Mail())

    pages = [
        bytes(part.get_payload(decode=True))[:5]
        for each in house.sent("task")
        for part in read(each).iter_attachments()
        if part.get_content_type() == "application/pdf"
    ]
    # The acknowledgement and the introduction.
    assert pages == [b"%PDF-"] * 2


async def test_too_big_at_the_end_of_data_is_final(house: House) -> None:
    house.sink.answer("after-dot", "552 5.3.4 Too big", recipient=JANE)
    await house.take_in(Mail())
    assert (await acknowledgement(house)).status == "refused"


async def test_an_address_that_cannot_be_written_to_this_server_is_a_task_at_once(
    house: House,
) -> None:
    await house.take_in(Mail(sender="Jâne <jâne@example.com>"))

    assert (await acknowledgement(house)).status == "refused"
    assert "task" in templates(house.sink.received)


# --- not final -------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        ("RCPT", "550 relaying denied"),
        ("RCPT", "550 5.7.1 relaying denied"),
        ("RCPT", "552 5.2.2 mailbox full"),
        ("MAIL", "550 5.1.1 not you"),
        ("DATA", "554 5.7.0 no"),
        ("after-dot", "550 5.1.1 spam"),
    ],
)
async def test_every_other_no_is_about_us_and_keeps_the_mail(
    house: House, stage: str, reply: str
) -> None:
    house.sink.answer(stage, reply)
    house.deliver(Mail())
    await house.round()

    rows = await house.rows(OutboxRow)
    assert {each.status for each in rows} <= {"deferred", "queued"}
    assert "deferred" in {each.status for each in rows}
    assert house.logged("delivery_refused_for_us")

    house.sink.behave()
    house.clock.move(minutes=20)
    assert await house.round()
    assert len(house.sent("acknowledgement")) == 1


async def test_for_now_is_tried_again_by_the_schedule_and_expires_after_five_days(
    house: House,
) -> None:
    refuse_for_now(house)
    made = []
    async with house.open() as running:
        running.delivery._spread = lambda: 0.0
        while True:
            await rounds.run_once(running)
            row = await OutboxRow.get(template="acknowledgement")
            made.append(house.clock())
            if row.next_attempt_at is None:
                break
            house.clock.at = row.next_attempt_at

    gaps = [int((after - before) / timedelta(minutes=1)) for before, after in pairwise(made)]
    assert gaps[:6] == [1, 5, 15, 60, 60, 60]
    assert {*gaps[4:]} == {60}
    assert row.status == "expired"
    assert timedelta(days=5) <= made[-1] - FRIDAY <= timedelta(days=5, hours=1)
    tasks = [text_of(each) for each in house.sent("task", RHIAN)]
    assert any("acknowledgement" in each for each in tasks)
    assert await promise(house, "acknowledge") == "breached"


async def test_by_a_clock_that_leapt_no_letter_is_too_old(house: House) -> None:
    refuse_for_now(house)
    async with house.open() as running:
        for _ in range(3):
            await rounds.run_once(running)
            house.clock.move(minutes=20)
        running.delivery._is_doubtful = lambda: True
        house.clock.move(days=3650)
        await rounds.run_once(running)
        assert (await OutboxRow.get(template="acknowledgement")).status == "deferred"

        running.delivery._is_doubtful = lambda: False
        house.clock.move(hours=2)
        await rounds.run_once(running)
        assert (await OutboxRow.get(template="acknowledgement")).status == "expired"


async def test_promised_mail_that_waits_an_hour_is_an_alarm_once(house: House) -> None:
    refuse_for_now(house)
    async with house.open() as running:
        for _ in range(8):
            await rounds.run_once(running)
            house.clock.move(minutes=30)

    assert [line["level"] for line in house.logged("promised_mail_overdue")] == ["error"]


async def test_a_line_cut_inside_data_is_uncertain_and_said_again_with_the_same_octets(
    house: House,
) -> None:
    house.sink.cut("after-dot", recipient=JANE, times=2)
    house.deliver(Mail())
    await house.round()

    row = await acknowledgement(house)
    assert (row.status, row.attempts) == ("uncertain", 1)
    assert row.next_attempt_at == FRIDAY + timedelta(minutes=15)
    assert await promise(house, "acknowledge") == "open"

    house.clock.at = row.next_attempt_at
    assert await house.round()

    once, again = house.sent("acknowledgement")
    assert once.content == again.content
    assert id_of(once) == id_of(again) == row.message_id
    assert row.content == once.content
    assert await promise(house, "acknowledge") == "met"


async def test_where_ids_are_rewritten_an_uncertain_mail_waits_an_hour(house: House) -> None:
    house.sink.reply_with("250 2.0.0 OK <0100abcdef@email.relay.example>")
    await house.take_in(Mail(sender="Sam <sam@example.org>", message_id="sam@example.org"))

    house.sink.cut("in-data", recipient=JANE)
    house.deliver(Mail())
    await house.round()

    row = await house.row(OutboxRow, template="acknowledgement", recipient=JANE)
    assert row.status == "uncertain"
    assert row.next_attempt_at == FRIDAY + timedelta(hours=1)


async def test_the_octets_of_every_attempt_are_the_same_across_restarts_and_new_templates(
    house: House,
) -> None:
    house.sink.answer("after-dot", "451 4.3.0 Try later", times=3)
    house.deliver(Mail())
    await house.round()
    before = (await acknowledgement(house)).content

    house.rewrite("code.toml", 'short_name = "Infinity"', 'short_name = "Eternity"')
    house.clock.move(minutes=20)
    assert await house.round()

    assert house.one("acknowledgement").content == before


@pytest.mark.parametrize("stage", ["CONNECT", "EHLO"])
async def test_a_server_that_hangs_up_at_once_costs_no_letter_an_attempt(
    house: House, stage: str
) -> None:
    house.sink.answer(stage, "421 4.3.2 Too busy")
    house.deliver(Mail())

    assert not await house.round()

    assert {each.attempts for each in await house.rows(OutboxRow)} == {0}
    house.sink.behave()
    assert await house.round()
    assert len(house.sent("acknowledgement")) == 1


async def test_a_server_that_is_down_costs_no_letter_an_attempt(house: House) -> None:
    house.deliver(Mail())
    await house.sink.stop()

    assert not await house.round()
    assert not await house.round()

    assert {(each.status, each.attempts) for each in await house.rows(OutboxRow)} == {("queued", 0)}
    await house.sink.start()
    assert await house.round()
    assert len(house.sent("acknowledgement")) == 1


async def test_a_refused_login_costs_no_letter_an_attempt(house: House) -> None:
    house.sink.login = ("service", "right")
    house.more |= {"MAILBOT_SMTP__USERNAME": "service", "MAILBOT_SMTP__PASSWORD": "wrong"}
    house.deliver(Mail())

    assert not await house.round()

    assert {(each.status, each.attempts) for each in await house.rows(OutboxRow)} == {("queued", 0)}
    assert len(house.logged("part_failed")) == 1
    house.more["MAILBOT_SMTP__PASSWORD"] = "right"
    assert await house.round()
    assert len(house.sent("acknowledgement")) == 1


async def test_a_421_in_the_middle_slows_the_channel_and_not_the_rest_of_the_mail(
    house: House,
) -> None:
    house.more["MAILBOT_SMTP__CONNECTIONS"] = "1"
    house.sink.answer("RCPT", "421 4.7.0 Too many", times=1)
    house.deliver(Mail())

    assert not await house.round()

    # Nothing was said of any letter: nobody's schedule is used up.
    assert {each.attempts for each in await house.rows(OutboxRow)} == {0}
    assert await house.round()
    assert sorted(templates(house.sink.received)) == [
        "acknowledgement",
        "assignment",
        "introduction",
    ]


async def test_two_recipients_refused_for_our_sake_leave_one_probe_until_one_succeeds(
    house: House,
) -> None:
    house.more["MAILBOT_SMTP__CONNECTIONS"] = "1"
    house.sink.answer("RCPT", "550 5.7.1 Relaying denied")
    for number in range(10):
        house.deliver(Mail(sender=f"j{number}@example.com", message_id=f"m{number}@example.com"))

    async with house.open() as running:
        assert not await rounds.run_once(running)
        assert running.delivery.is_probing
        tried = len([each for each in house.sink.commands if each.startswith("RCPT")])
        assert tried <= 3
        for _ in range(3):
            house.sink.commands.clear()
            house.clock.move(minutes=20)
            assert not await rounds.run_once(running)
            probes = [each for each in house.sink.commands if each.startswith("RCPT")]
            assert len(probes) == 1

        house.sink.behave()
        house.clock.move(minutes=61)
        assert await rounds.run_once(running)
        assert not running.delivery.is_probing

    assert len(house.sent("acknowledgement")) == 10
    assert [line["level"] for line in house.logged("delivery_paused")] == ["error"]
    assert len(house.logged("delivery_recovered")) == 1


async def test_it_is_not_said_that_mail_leaves_again_while_all_of_it_waits_for_its_next_attempt(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rests, "_FIRST_REST", 0.05)
    house.sink.answer("MAIL", "550 5.7.1 Relaying denied, account suspended")
    house.deliver(Mail())
    async with house.open() as running, asyncio.timeout(20):
        work = asyncio.create_task(rounds.run(running))
        while not running.vitals.told().parts.get("smtp", Part()).fault:
            await asyncio.sleep(0.02)
        while running.vitals.told().parts["smtp"].fault:
            await asyncio.sleep(0.02)
        running.stop.set()
        await work

    assert len(house.logged("delivery_paused")) == 1
    assert not house.logged("delivery_recovered")
    assert not house.logged("part_recovered")
    assert not house.logged("part_failed")


async def test_one_recipient_refused_for_our_sake_does_not_stop_the_others(house: House) -> None:
    house.sink.answer("RCPT", "550 5.7.1 Not you", recipient=JANE)
    house.deliver(Mail())
    house.deliver(Mail(sender="Sam <sam@example.org>", message_id="sam@example.org"))

    assert await house.round()

    assert len(house.sent("acknowledgement", "sam@example.org")) == 1


async def test_one_connection_where_two_are_configured_is_learnt_and_no_alarm(
    house: House,
) -> None:
    house.sink.most_lines = 1
    for number in range(6):
        house.deliver(Mail(sender=f"j{number}@example.com", message_id=f"m{number}@example.com"))

    assert await house.round()

    rows = await house.rows(OutboxRow)
    assert {(each.status, each.attempts) for each in rows} == {("sent", 1)}
    assert len(house.logged("connections_limited")) == 1
    assert not [line for line in house.logged("part_failed") if line["level"] == "error"]


async def test_one_recipient_with_a_full_mailbox_pauses_nothing_and_becomes_a_task(
    house: House,
) -> None:
    for each in (JANE, "sam@example.org"):
        house.sink.answer("RCPT", "552 5.2.2 mailbox full", recipient=each)
    house.deliver(Mail())
    house.deliver(Mail(sender="Sam <sam@example.org>", message_id="sam@example.org"))
    async with house.open() as running:
        for _ in range(60):
            await rounds.run_once(running)
            house.clock.move(minutes=30)

    assert not house.logged("delivery_paused")
    assert not house.logged("delivery_refused_for_us")
    rows = await house.rows(OutboxRow, template="acknowledgement")
    assert {each.status for each in rows} == {"deferred"}
    assert all(each.attempts > 20 for each in rows)
    told = [text_of(each) for each in house.sent("task") if "552 5.2.2" in text_of(each)]
    assert any("acknowledgement" in each for each in told)


async def test_what_is_promised_goes_first_through_a_throttled_channel(house: House) -> None:
    house.more["MAILBOT_SMTP__CONNECTIONS"] = "1"
    for number in range(3):
        house.deliver(Mail(sender=f"j{number}@example.com", message_id=f"m{number}@example.com"))

    assert await house.round()

    order = templates(house.sink.received)
    assert set(order[:6]) == {"acknowledgement", "introduction"}
    assert set(order[6:]) == {"assignment"}


async def test_a_stop_comes_after_the_letter_in_hand_and_gives_the_others_back(
    house: House,
) -> None:
    house.more["MAILBOT_SMTP__PER_MINUTE"] = "12"
    for number in range(3):
        house.deliver(Mail(sender=f"j{number}@example.com", message_id=f"m{number}@example.com"))
    async with house.open() as running:
        while await running.intake.step():
            pass
        sending = asyncio.create_task(running.delivery.step())
        await house.sink.until(lambda received: len(received) == 1)
        running.stop.set()
        await asyncio.wait_for(sending, 3)

    assert len(house.sink.received) == 1
    rows = await house.rows(OutboxRow)
    assert sorted(each.attempts for each in rows) == [0] * 8 + [1]
    assert {each.next_attempt_at for each in rows if not each.attempts} == {FRIDAY}


async def test_a_photo_that_the_relay_does_not_take_keeps_no_handler_from_the_case(
    house: House,
) -> None:
    house.sink.answer("after-dot", "554 Stream is more than the max allowed", times=1)
    with_photo = MIXED.replace(b"PHOTO", encodebytes(bytes(300_000)))

    assert await house.round()
    house.deliver(with_photo)
    house.sink.behave()
    house.sink.answer("after-dot", "554 Stream is more than the max allowed", recipient=RHIAN,
                      times=1)  # fmt: skip
    assert await house.round()
    assert await house.round()

    assert "not attached: photo.jpg" in " ".join(text_of(house.one("assignment")).split())
    assert not house.logged("staff_unreached")
    assert len(house.logged("letter_written_again")) == 1


async def test_what_the_relay_takes_is_learnt_and_the_next_mail_is_written_by_it(
    house: House,
) -> None:
    house.sink.size_limit = 700_000
    await house.take_in(Mail())

    await house.take_in(MIXED.replace(b"PHOTO", encodebytes(bytes(300_000))))

    shown = house.sent("assignment")[-1]
    assert not list(read(shown).iter_attachments())
    assert "too large for our mail server" in " ".join(text_of(shown).split())


MIXED = b"""From: Ann <ann@example.org>\r
To: service@infinitysystemsolutions.co.uk\r
Subject: Le c\xc3\xa2ble\r
Message-ID: <photo@example.org>\r
Date: Fri, 20 Nov 2026 16:44:00 +0000\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/plain; charset=utf-8\r
\r
See the photo of the cable.\r
--b\r
Content-Type: image/jpeg; name=photo.jpg\r
Content-Disposition: attachment; filename=photo.jpg\r
Content-Transfer-Encoding: base64\r
\r
PHOTO\r
--b--\r
"""


# --- the line is cut -------------------------------------------------------

#: What the letter that met the cut is until the next round; None: no letter met it.
CUTS = {
    "CONNECT": None,
    "EHLO": None,
    # On a kept connection it is simply said again.
    "MAIL": None,
    "RCPT": "deferred",
    "DATA": "deferred",
    "in-data": "uncertain",
    "after-dot": "uncertain",
    "QUIT": None,
}


@pytest.mark.parametrize("stage", CUTS)
async def test_wherever_the_line_is_cut_every_letter_arrives_and_never_with_other_octets(
    house: House, stage: str
) -> None:
    house.more["MAILBOT_SMTP__CONNECTIONS"] = "1"
    house.sink.cut(stage, times=1)
    house.deliver(Mail())

    is_complete = await house.round()

    rows = await house.rows(OutboxRow)
    met_it = [each.status for each in rows if each.status not in {"sent", "queued"}]
    assert met_it == ([CUTS[stage]] if CUTS[stage] else [])
    # A lost line before the content closes the channel; inside it, only the letter waits.
    assert is_complete is (stage in {"MAIL", "in-data", "after-dot", "QUIT"})
    house.clock.move(minutes=20)
    assert await house.round()
    assert {each.status for each in await house.rows(OutboxRow)} == {"sent"}
    octets = {row.message_id: row.content for row in rows}
    assert {id_of(each) for each in house.sink.received} == set(octets)
    assert {(id_of(each), each.content) for each in house.sink.received} == {*octets.items()}
    # At worst once more, where nobody could know.
    assert len(house.sink.received) == len(octets) + (stage == "after-dot")


@pytest.mark.parametrize("stage", CUTS)
async def test_a_line_that_is_always_cut_loses_nothing_in_five_days(
    house: House, stage: str
) -> None:
    house.sink.cut(stage)
    house.deliver(Mail())
    for _ in range(4):
        await house.round()
        house.clock.move(hours=24)

    house.sink.behave()
    assert await house.round()

    assert {each.status for each in await house.rows(OutboxRow, template="acknowledgement")} == {
        "sent"
    }
    sent = {(id_of(each), each.content) for each in house.sent("acknowledgement")}
    assert len(sent) == 1


# --- aliases ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "alias"),
    [
        ("250 2.6.0 <AB12@eur.prod.outlook.example> Queued mail", "ab12@eur.prod.outlook.example"),
        ("250 Ok 0102018f0c5bd1c3-1e2d3c4b-000000", "0102018f0c5bd1c3-1e2d3c4b-000000"),
    ],
)
async def test_an_id_in_the_250_line_is_an_alias_by_which_answers_find_the_case(
    house: House, line: str, alias: str
) -> None:
    house.sink.reply_with(line)
    await house.take_in(Mail())
    assert (await acknowledgement(house)).alias == alias
    house.clock.move(hours=1)
    host = "" if "@" in alias else "@eu-west-1.relay.example"

    fresh = await house.take_in(
        Mail(
            message_id="second@example.com",
            headers=(("In-Reply-To", f"<{alias.upper()}{host}>"),),
        )
    )

    assert templates(fresh) == ["customer-reply"]


# --- a crash between claim and settle --------------------------------------


async def test_a_claim_that_nobody_settled_is_due_again_after_its_lease(house: House) -> None:
    house.deliver(Mail())
    async with house.open() as running:
        await running.intake.step()
        lost = await outbox.claim(house.clock(), limit=10, lease=timedelta(minutes=10))
        assert len(lost) == 3
        assert await rounds.run_once(running)
        assert house.sink.received == []

        house.clock.move(minutes=9)
        assert await rounds.run_once(running)
        assert house.sink.received == []

        house.clock.move(minutes=2)
        assert await rounds.run_once(running)

    assert [each.content for each in house.sent("acknowledgement")] == [
        each.content for each in lost if each.template == "acknowledgement"
    ]
    assert {(each.status, each.attempts) for each in await house.rows(OutboxRow)} == {("sent", 2)}


# --- the stop ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "said", "becomes"),
    [
        ("EHLO", "EHLO", "queued"),
        ("MAIL", "MAIL", "deferred"),
        ("RCPT", "RCPT", "deferred"),
        ("after-dot", "DATA", "uncertain"),
    ],
)
async def test_a_server_that_does_not_answer_keeps_nobody_from_stopping(
    house: House, monkeypatch: pytest.MonkeyPatch, stage: str, said: str, becomes: str
) -> None:
    monkeypatch.setattr(stopping, "LAST_WORD", 0.2)
    house.sink.fall_silent(stage)
    house.deliver(Mail())
    async with house.open() as running, asyncio.timeout(20):
        work = asyncio.create_task(rounds.run(running))
        while not any(each.startswith(said) for each in house.sink.commands):
            await asyncio.sleep(0.02)
        began = asyncio.get_running_loop().time()
        running.stop.set()
        await work
        assert asyncio.get_running_loop().time() - began < 5

    assert (await acknowledgement(house)).status == becomes
    untouched = await house.rows(OutboxRow, template="introduction")
    assert [(each.status, each.attempts) for each in untouched] == [("queued", 0)]


async def test_a_defect_in_one_worker_cuts_no_other_off_from_the_letter_in_its_hand(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> int:
        raise ValueError("a defect")

    monkeypatch.setattr(rests, "_CLOCK_REST", 0.05)
    house.sink.latency = 0.1
    house.deliver(Mail())
    async with house.open() as running, asyncio.timeout(20):
        work = asyncio.create_task(rounds.run(running))
        while "DATA" not in house.sink.commands:
            await asyncio.sleep(0.02)
        house.sink.latency = 0.5
        monkeypatch.setattr(running.scheduler, "step", broken)
        with pytest.raises(ValueError, match="a defect"):
            await work

    assert len(house.sink.received) == 1
    assert len(await house.rows(OutboxRow, status="sent")) == 1


# --- the sent folder ---------------------------------------------------------


async def test_a_letter_that_leaves_while_nothing_comes_soon_lies_in_the_sent_folder(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rests, "_COPIES_REST", 0.2)
    house.more |= {"MAILBOT_IMAP__SENT_FOLDER": "Sent", "MAILBOT_IMAP__POLL_EVERY": "10m"}
    # The look at the mailbox is over, and the next one is far away, when they leave.
    house.sink.latency = 0.1
    house.deliver(Mail())
    async with house.open() as running, asyncio.timeout(60):
        work = asyncio.create_task(rounds.run(running))
        while house.mailbox.count("Sent") < 3:
            await asyncio.sleep(0.05)
        running.stop.set()
        await work

    assert {each.template for each in await house.rows(OutboxRow, copy_to="")} == {
        *("acknowledgement", "introduction", "assignment")
    }


async def test_who_is_stopped_lays_the_copies_of_the_letters_that_left_just_now(
    house: House,
) -> None:
    house.more |= {"MAILBOT_IMAP__SENT_FOLDER": "Sent", "MAILBOT_IMAP__POLL_EVERY": "10m"}
    house.sink.latency = 0.1
    house.deliver(Mail())
    async with house.open() as running, asyncio.timeout(60):
        work = asyncio.create_task(rounds.run(running))
        while await OutboxRow.filter(status="sent").count() < 3:
            await asyncio.sleep(0.05)
        assert house.mailbox.count("Sent") < 3
        running.stop.set()
        await work

    assert house.mailbox.count("Sent") == 3


# --- the disk ----------------------------------------------------------------


async def test_a_letter_whose_octets_are_damaged_keeps_no_other_and_is_a_persons_to_write(
    house: House,
) -> None:
    house.deliver(Mail())
    async with house.open() as running:
        await running.intake.step()
        await OutboxRow.filter(template="introduction").update(content=Kept(b"\0\1rot"))
        await MessageRow.all().update(text=KeptText("\x02AArot"))
    answers = ("In-Reply-To", "<first@example.com>")
    house.deliver(Mail(message_id="second@example.com", text="Still dead.", headers=(answers,)))
    house.deliver(Mail(sender="Bob <bob@example.com>", message_id="bobs@example.com"))

    assert await house.round()

    assert [each.rcpt_to[0] for each in house.sent("introduction")] == ["bob@example.com"]
    assert len(house.sent("acknowledgement", JANE)) == 1
    assert house.sent("task")
    async with database(house.url):
        states = await OutboxRow.filter(template="introduction").order_by("id").values("status")
        kept = await ObligationRow.filter(promise="introduce").order_by("id").values("state")
    assert [each["status"] for each in states] == ["refused", "sent"]
    assert [each["state"] for each in kept] == ["open", "met"]


async def test_a_copy_of_damaged_octets_is_not_laid_and_keeps_no_other_and_no_mail(
    house: House,
) -> None:
    house.more["MAILBOT_IMAP__SENT_FOLDER"] = "Sent"
    house.deliver(Mail())
    async with house.open() as running:
        await running.intake.step()
        await running.delivery.step()
        await OutboxRow.filter(template="introduction").update(content=Kept(b"\0\1rot"))

    assert await house.round()

    assert house.mailbox.count("Sent") == 2
    async with database(house.url):
        assert not await OutboxRow.exclude(copy_to="").exists()
