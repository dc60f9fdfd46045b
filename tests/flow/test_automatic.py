"""
Mail from machines: never answered by a machine, never dropped.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mailbot import rounds
from mailbot.cases.letter_status import Paused
from mailbot.mail.message import Kind
from mailbot.store.database import database
from mailbot.store.tables import CaseRow, EventRow, HeldRow, MessageRow, ObligationRow, OutboxRow
from mailbot.workers import orders
from tests.flow.house import (
    FRIDAY,
    JANE,
    MANAGER,
    RHIAN,
    SERVICE,
    Clock,
    House,
    Mail,
    an_answer,
    id_of,
    read,
    templates,
    text_of,
)
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Received, SmtpSink


def report(kind: str, part: str, more: str = "") -> bytes:
    """
    A multipart/report; *part* is its machine-readable half.
    """
    return (
        "From: MAILER-DAEMON <mailer-daemon@mx.example.net>\r\n"
        "To: service@infinitysystemsolutions.co.uk\r\nSubject: report\r\n"
        "Message-ID: <report@mx.example.net>\r\nDate: Fri, 20 Nov 2026 17:00:00 +0000\r\n"
        f"{more}"
        f'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={kind}; boundary="b"\r\n'
        "\r\n--b\r\nContent-Type: text/plain\r\n\r\nSomething happened.\r\n"
        f"--b\r\n{part}\r\n--b--\r\n"
    ).encode()


def bounce(of: str, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    return report(
        "delivery-status",
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
        f"Final-Recipient: rfc822; {JANE}\r\nAction: {action}\r\nStatus: {status}\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: <{of}>\r\nSubject: x\r\n",
    )


def with_header(name: str, value: str) -> bytes:
    return bytes(Mail(headers=((name, value),)))


#: One message of each class that no automatic answer goes to.
ROBOTS: dict[str, tuple[bytes, Kind]] = {
    "auto-replied": (with_header("Auto-Submitted", "auto-replied; x=1"), Kind.AUTO_REPLY),
    "auto-generated": (with_header("Auto-Submitted", " Auto-Generated "), Kind.AUTO_REPLY),
    "unheard-of": (with_header("Auto-Submitted", "auto-beamed"), Kind.AUTO_REPLY),
    "suppress": (with_header("X-Auto-Response-Suppress", "DR, OOF"), Kind.AUTO_REPLY),
    "autoreply": (with_header("X-Autoreply", "yes"), Kind.AUTO_REPLY),
    "autorespond": (with_header("X-Autorespond", "thanks"), Kind.AUTO_REPLY),
    "autoresponder": (with_header("X-Autoresponder", "1"), Kind.AUTO_REPLY),
    "null path": (with_header("Return-Path", "<>"), Kind.AUTO_REPLY),
    "precedence": (with_header("Precedence", "bulk"), Kind.LIST),
    "list": (with_header("List-Id", "<news.example.com>"), Kind.LIST),
    "no-reply": (bytes(Mail(sender="Shop <no-reply@example.com>")), Kind.NO_REPLY),
    "postmaster": (bytes(Mail(sender="postmaster@example.com")), Kind.NO_REPLY),
    "mailer-daemon": (bytes(Mail(sender="MAILER-DAEMON@example.com")), Kind.BOUNCE_SOFT),
    "ourselves": (
        bytes(Mail(sender="service@infinitysystemsolutions.co.uk")),
        Kind.OWN,
    ),
    "out of office": (bytes(Mail(subject="Automatic reply: No internet")), Kind.OUT_OF_OFFICE),
    "hard bounce": (bounce("unknown@example.net"), Kind.BOUNCE_HARD),
    "soft bounce": (bounce("unknown@example.net", status="4.2.2"), Kind.BOUNCE_SOFT),
    "delay": (bounce("unknown@example.net", action="delayed", status="4.4.1"), Kind.BOUNCE_DELAY),
    "read receipt": (
        report(
            "disposition-notification",
            "Content-Type: message/disposition-notification\r\n\r\nDisposition: x/y; displayed\r\n",
        ),
        Kind.READ_RECEIPT,
    ),
    "abuse report": (
        report(
            "feedback-report",
            "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n",
        ),
        Kind.ABUSE_REPORT,
    ),
    "calendar": (
        bytes(Mail()).replace(
            b"Content-Type: text/plain; charset=utf-8",
            b"Content-Type: text/calendar; method=REPLY; charset=utf-8",
        ),
        Kind.CALENDAR_REPLY,
    ),
    "recall": (with_header("Content-Class", "IPM.Outlook.Recall"), Kind.RECALL),
}

#: Behind these somebody may stand, unless they say that they answer by themselves.
MAY_HIDE_A_PERSON = {Kind.LIST, Kind.NO_REPLY, Kind.AUTO_REPLY, Kind.OUT_OF_OFFICE, Kind.OWN}
SAYS_IT_ANSWERS = b"auto-replied"


def may_hide_a_person(content: bytes, kind: Kind) -> bool:
    return kind in MAY_HIDE_A_PERSON and SAYS_IT_ANSWERS not in content


@pytest.mark.parametrize("robot", ROBOTS)
async def test_a_machine_gets_no_answer_and_class_and_rule_are_kept(
    house: House, robot: str
) -> None:
    content, kind = ROBOTS[robot]

    fresh = await house.take_in(content)

    row = await house.row(MessageRow)
    assert row.kind == kind
    assert row.rule
    assert row.silence
    assert await house.rows(CaseRow) == []
    is_told = may_hide_a_person(content, kind)
    assert templates(fresh) == (["task"] if is_told else [])
    assert {each.rcpt_to[0] for each in fresh} <= {MANAGER}
    assert len(await house.rows(HeldRow)) == is_told
    assert house.mailbox.count("Processed") == 1


@pytest.mark.parametrize("robot", ["auto-replied", "no-reply", "out of office", "calendar"])
async def test_a_machines_answer_in_a_case_is_filed_there_and_changes_nothing(
    house: House, robot: str
) -> None:
    await house.take_in(Mail(message_id="human@example.com", date="Fri, 20 Nov 2026 10:00 +0000"))
    before = [(each.promise, each.state) for each in await house.rows(ObligationRow)]
    ours = id_of(house.one("acknowledgement"))
    content, kind = ROBOTS[robot]

    fresh = await house.take_in(b"In-Reply-To: <" + ours.encode() + b">\r\n" + content)

    # The handler sees what may be somebody's words; the customer gets nothing.
    assert templates(fresh) == (["customer-reply"] if may_hide_a_person(content, kind) else [])
    row = await house.row(MessageRow, kind=kind)
    assert row.case_id == 1
    assert [(each.promise, each.state) for each in await house.rows(ObligationRow)] == before


@pytest.mark.parametrize("robot", ["suppress", "list", "precedence"])
async def test_a_partys_answer_by_a_way_that_robots_take_too_is_owed_an_answer(
    house: House, robot: str
) -> None:
    await house.take_in(Mail(message_id="human@example.com", date="Fri, 20 Nov 2026 10:00 +0000"))
    ours = id_of(house.one("acknowledgement"))
    content, kind = ROBOTS[robot]

    fresh = await house.take_in(b"In-Reply-To: <" + ours.encode() + b">\r\n" + content)

    assert [(each.rcpt_to[0], *templates([each])) for each in fresh] == [(RHIAN, "customer-reply")]
    assert (await house.row(MessageRow, kind=kind)).decision == "joined_by_in_reply_to"
    assert [each.state for each in await house.rows(ObligationRow, promise="answer")] == ["open"]


async def test_a_list_that_writes_all_day_asks_the_manager_once(house: House) -> None:
    for number in range(4):
        house.deliver(
            Mail(message_id=f"{number}@example.com", headers=(("List-Id", "<l.example.com>"),))
        )
    assert await house.round()

    assert templates(house.sink.received) == ["task"]
    assert len(await house.rows(HeldRow)) == 4


VOICEMAIL = Mail(
    sender=f"Voicemail <{SERVICE}>",
    subject="New voicemail from 01495000098 (0:12)",
    text="You have a new voicemail.\nTranscript: please ring me about my bill",
    message_id="voicemail.1@switch.example",
)


async def test_every_customer_who_comes_in_our_own_name_has_a_task_and_a_risk_is_named(
    house: House,
) -> None:
    dead = "You have a new voicemail.\nTranscript: my telecare line is dead please ring me"
    first = await house.take_in(VOICEMAIL)
    second = await house.take_in(replace(VOICEMAIL, text=dead, message_id="2@switch.example"))

    for fresh in (first, second):
        assert [(each.rcpt_to[0], *templates([each])) for each in fresh] == [(MANAGER, "task")]
    assert "about my bill" in text_of(first[0])
    assert "at risk" not in text_of(first[0])
    assert "Somebody may be at risk" in str(read(second[0])["Subject"])
    assert "- telecare" in text_of(second[0])
    assert [each.reason for each in await house.rows(HeldRow)] == ["our_address"] * 2
    assert await house.rows(CaseRow) == []


async def test_a_letter_of_ours_that_comes_back_under_another_id_is_ours_and_asks_nobody(
    house: House,
) -> None:
    await house.take_in(Mail(message_id="human@example.com"))
    ours = house.one("acknowledgement").content
    named = id_of(house.one("acknowledgement")).encode()
    sent_on = ours.replace(b"Message-ID: <" + named, b"Message-ID: <0101.rewritten@relay.example")
    assert sent_on != ours

    assert await house.take_in(sent_on) == []
    assert (await house.row(MessageRow, rule="our_own_copy")).kind == "own"


async def test_words_in_our_own_name_in_a_case_are_shown_to_the_handler(house: House) -> None:
    await house.take_in(Mail(message_id="human@example.com"))
    answers = (("In-Reply-To", f"<{id_of(house.one('acknowledgement'))}>"),)

    fresh = await house.take_in(replace(VOICEMAIL, headers=answers))

    assert [(each.rcpt_to[0], *templates([each])) for each in fresh] == [(RHIAN, "customer-reply")]
    assert [each.state for each in await house.rows(ObligationRow, promise="answer")] == []


async def test_spam_opens_a_case_whose_letters_are_withheld_and_a_person_is_asked(
    house: House,
) -> None:
    fresh = await house.take_in(with_header("X-Spam-Flag", "YES"))

    assert JANE not in {each.rcpt_to[0] for each in fresh}
    assert "task" in templates(fresh)
    assert (await house.row(CaseRow)).verdict == "spam_verdict"
    withheld = await house.rows(OutboxRow, recipient=JANE)
    assert {each.status for each in withheld} == {"withheld"}
    house.clock.at = FRIDAY.replace(year=2027, month=1, day=1, hour=9, minute=0)
    assert await house.round()
    assert house.sink.to(JANE) == []


# --- bounces ---------------------------------------------------------------


async def test_a_hard_bounce_opens_the_promise_again_and_asks_a_person(house: House) -> None:
    await house.take_in(Mail())
    house.clock.move(hours=1)

    fresh = await house.take_in(bounce(id_of(house.one("acknowledgement"))))

    assert [(each.rcpt_to[0], *templates([each])) for each in fresh] == [(RHIAN, "task")]
    assert (await house.row(OutboxRow, template="acknowledgement")).status == "bounced"
    assert (await house.row(ObligationRow, promise="acknowledge")).state == "open"
    assert (await house.row(ObligationRow, promise="introduce")).state == "met"


async def test_a_late_bounce_breaches_the_promise(house: House) -> None:
    await house.take_in(Mail())
    house.clock.move(days=6)
    await house.round()

    await house.take_in(bounce(id_of(house.one("acknowledgement"))))

    assert (await house.row(ObligationRow, promise="acknowledge")).state == "breached"


@pytest.mark.parametrize(
    ("action", "status"), [("delayed", "4.4.1"), ("delivered", "2.0.0"), ("relayed", "2.0.0")]
)
async def test_a_delay_is_no_failure(house: House, action: str, status: str) -> None:
    await house.take_in(Mail())

    of = id_of(house.one("acknowledgement"))
    assert await house.take_in(bounce(of, action=action, status=status)) == []

    assert (await house.row(ObligationRow, promise="acknowledge")).state == "met"


async def test_a_server_that_has_given_up_has_failed_whatever_its_digits(house: House) -> None:
    await house.take_in(Mail())
    of = id_of(house.one("acknowledgement"))

    # RFC 3464 §2.3.3: "failed" is final, also where the status says that it was temporary.
    assert templates(await house.take_in(bounce(of, action="failed", status="4.2.2"))) == ["task"]
    assert (await house.row(ObligationRow, promise="acknowledge")).state == "open"


async def test_a_bounce_without_an_id_of_ours_changes_nothing(house: House) -> None:
    await house.take_in(Mail())
    ours = id_of(house.one("acknowledgement"))

    assert await house.take_in(bounce(ours.replace("c.1.", "c.1.aaaa"))) == []

    assert {each.state for each in await house.rows(ObligationRow, promise="acknowledge")} == {
        "met"
    }


# --- caps ------------------------------------------------------------------


async def complain(house: House, number: int) -> list[Received]:
    return await house.take_in(
        Mail(message_id=f"m{number}@example.com", text=f"Complaint number {number}.")
    )


async def test_the_fourth_within_an_hour_gets_a_case_and_a_task_but_no_acknowledgement(
    house: House,
) -> None:
    for number in range(3):
        assert "acknowledgement" in templates(await complain(house, number))

    # Each round opened everything anew: the counts are in the database.
    fourth = await complain(house, 3)

    assert JANE not in {each.rcpt_to[0] for each in fourth}
    assert (MANAGER, "task") in [(each.rcpt_to[0], *templates([each])) for each in fourth]
    assert len(await house.rows(CaseRow)) == 4
    stopped = await house.rows(OutboxRow, case_id=4, recipient=JANE)
    assert {each.status for each in stopped} == {"withheld"}
    assert {each.reason for each in stopped} == {"cap_per_address_per_hour"}

    house.clock.move(hours=1)
    assert "acknowledgement" in templates(await complain(house, 4))


async def test_the_cap_counts_one_address_however_it_is_spelt(house: House) -> None:
    for number in range(3):
        await complain(house, number)

    fresh = await house.take_in(Mail(sender="JANE@Example.COM", message_id="loud@example.com"))

    assert "acknowledgement" not in templates(fresh)


async def test_eleven_in_a_day_are_ten_acknowledgements(house: House) -> None:
    for number in range(11):
        house.deliver(Mail(message_id=f"m{number}@example.com", text=f"Number {number}."))
        assert await house.round()
        house.clock.move(minutes=61)

    assert len(house.sent("acknowledgement")) == 10


async def test_everybody_together_is_capped_too(house: House) -> None:
    house.rewrite("code.toml", "acknowledgements_per_hour = 2000", "acknowledgements_per_hour = 5")
    for number in range(8):
        house.deliver(Mail(sender=f"j{number}@example.com", message_id=f"m{number}@example.com"))
    assert await house.round()

    assert len(house.sent("acknowledgement")) == 5
    assert len(await house.rows(CaseRow)) == 8


# --- old mail, shadow, pause -----------------------------------------------


async def test_mail_from_before_answer_from_is_filed_without_a_case(house: House) -> None:
    house.rewrite("code.toml", "# answer_from = 2026-11-02", "answer_from = 2026-11-20")
    house.clock.at = FRIDAY.replace(day=19, hour=23, minute=59)
    house.deliver(Mail(message_id="old@example.com"))
    house.clock.at = FRIDAY.replace(hour=0, minute=0)
    house.deliver(Mail(sender="Sam <sam@example.org>", message_id="new@example.com"))

    assert await house.round()

    assert {each.rcpt_to[0] for each in house.sent("acknowledgement")} == {"sam@example.org"}
    old = await house.row(MessageRow, message_id="old@example.com")
    assert (old.case_id, old.silence) == (None, "before_answer_from")


async def test_in_shadow_everything_is_decided_and_nothing_leaves(house: House) -> None:
    house.more["MAILBOT_SERVICE__SEND"] = "none"

    assert await house.take_in(Mail()) == []
    house.clock.at = FRIDAY.replace(year=2027, month=1, day=1, hour=9, minute=0)
    assert await house.round()

    rows = await house.rows(OutboxRow)
    assert {"acknowledgement", "introduction", "assignment", "adr-rights"} <= {
        each.template for each in rows
    }
    assert {each.status for each in rows} == {"withheld"}
    assert house.sink.connections == 0
    # Switched on, what was withheld in the shadow stays where it is.
    del house.more["MAILBOT_SERVICE__SEND"]
    before = len(rows)
    assert await house.round()
    assert house.sink.received == []
    assert len(await house.rows(OutboxRow)) == before


async def pause(house: House, how_much: Paused) -> None:
    async with database(house.url):
        await orders.pause(how_much, "a test", "tester", house.clock())


async def test_paused_mail_waits_and_goes_after_resume(house: House) -> None:
    await pause(house, Paused.AUTOMATIC)

    fresh = await house.take_in(Mail())
    assert templates(fresh) == ["assignment"]
    assert {each.status for each in await house.rows(OutboxRow, to_staff=False)} == {"queued"}

    await pause(house, Paused.NOTHING)
    assert await house.round()
    assert sorted(templates(house.sink.received[1:])) == ["acknowledgement", "introduction"]


async def test_a_handlers_answer_and_the_rights_letter_go_on_through_a_pause(
    house: House,
) -> None:
    await house.take_in(Mail())
    await pause(house, Paused.AUTOMATIC)
    answer = an_answer(house.one("assignment"), "Good news.", sender=f"Rhian <{RHIAN}>")

    assert templates(await house.take_in(answer)) == ["handler-reply"]
    house.clock.at = FRIDAY.replace(year=2027, month=1, day=1, hour=9, minute=0)
    assert await house.round()
    assert [*templates(house.sink.to(JANE))][-1] == "adr-rights"


async def test_pause_all_stops_them_too(house: House) -> None:
    await house.take_in(Mail())
    await pause(house, Paused.EVERYTHING)
    answer = an_answer(house.one("assignment"), "Good news.", sender=f"Rhian <{RHIAN}>")

    assert await house.take_in(answer) == []
    house.clock.at = FRIDAY.replace(year=2027, month=1, day=1, hour=9, minute=0)
    before = len(house.sink.received)
    assert await house.round()
    assert len(house.sink.received) == before

    await pause(house, Paused.NOTHING)
    assert await house.round()
    assert {"handler-reply", "adr-rights"} <= {*templates(house.sink.received)}
    events = [each.event for each in await house.rows(EventRow, case_id=None)]
    assert events.count("mail_paused") == events.count("mail_resumed") == 1


# --- two of us -------------------------------------------------------------


def as_it_came(received: Received) -> bytes:
    return received.content


def stripped(received: Received) -> bytes:
    """
    What a relay leaves that removes every sign of a machine.
    """
    signs = (b"auto-submitted", b"x-auto-response-suppress", b"x-mailbot", b"precedence")
    head, _, body = received.content.partition(b"\r\n\r\n")
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(signs)]
    return b"\r\n".join(kept) + b"\r\n\r\n" + body


@pytest.mark.parametrize("relay", [as_it_came, stripped])
async def test_two_mailbots_that_write_to_each_other_stop_by_themselves(
    house: House,
    mail_server: Dovecot,
    relay: Callable[[Received], bytes],
) -> None:
    there = house.folder / "there"
    there.mkdir()
    async with SmtpSink() as sink:
        mailbox = mail_server.mailbox(f"{house.mailbox.username}there")
        other = House(there, mailbox, sink, Clock(house.clock.at))
        other.more["MAILBOT_SERVICE__ADDRESS"] = "help@telco.example"
        other.more["MAILBOT_SERVICE__REFERENCE_PREFIX"] = "TEL"
        address = {house: "service@infinitysystemsolutions.co.uk", other: "help@telco.example"}

        house.deliver(Mail(sender="Telco <help@telco.example>"))
        exchanged = 0
        for _ in range(12):
            news = 0
            for here, away in ((house, other), (other, house)):
                seen = len(here.sink.to(address[away]))
                assert await here.round()
                for each in here.sink.to(address[away])[seen:]:
                    away.deliver(relay(each))
                    news += 1
                here.clock.move(minutes=5)
            exchanged += news
            if not news:
                break
        else:
            pytest.fail("they never stop")

    assert exchanged <= 6


async def test_a_mailbot_that_writes_to_itself_stops(house: House) -> None:
    house.deliver(Mail(sender="service@infinitysystemsolutions.co.uk"))
    async with house.open() as running:
        assert await rounds.run_once(running)
    told = house.one("task", MANAGER)
    assert house.sink.received == [told]

    # Our own words come back to us, and that is the end of it.
    assert await house.take_in(told.content) == []
