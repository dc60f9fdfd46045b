"""
A database that was lost comes back from a backup: the mailbox tells what went on since, and
nobody gets a letter a second time.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailbot import rounds, service
from mailbot.cases.commands.orders import Open
from mailbot.cases.commands.reading.grammar import parse as parse_commands
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.desk.recorded import Ordered
from mailbot.store import home, query, standstill
from mailbot.store.database import DatabaseFault, database, transact
from mailbot.store.tables import CaseRow, MessageRow, ObligationRow, OutboxRow, PartyRow
from mailbot.store.whole.backup import back_up
from mailbot.store.whole.restoring import restore
from mailbot.workers import orders
from tests.flow.house import GARETH, JANE, RHIAN, House, Mail, an_answer, template_of
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.smtp import SmtpSink

TOM = "tom@example.org"


@dataclass(eq=False)
class Firm(House):
    """
    A firm that keeps backups, and loses its database.
    """

    after: str = field(default="")

    async def backs_up(self) -> None:
        await back_up(
            self.url,
            self.folder / "token.key",
            self.folder / "vault",
            self.clock(),
            program="1",
            try_keys=lambda needed: needed,
        )

    async def next_due(self) -> datetime | None:
        async with database(self.url):
            return await query.next_due()

    async def loses_everything(self) -> None:
        """
        Database and keys; what it had is put back from the latest backup.
        """
        (self.folder / "token.key").unlink()
        if self.after:
            self.more["MAILBOT_DATABASE__URL"] = self.after
        else:
            for each in self.folder.glob("mailbot.sqlite3*"):
                each.unlink()
        await restore(self.folder / "vault", self.url, self.folder / "token.key", self.clock())
        # As `mailbot resume` has it: another database is at home now.
        async with database(self.url):
            await home.move(await service.at_home(self.settings), self.clock())


@pytest.fixture(params=["sqlite", "postgres"])
def firm(request: pytest.FixtureRequest, tmp_path: Path, dovecot: Mailbox, sink: SmtpSink) -> Firm:
    """
    Copies of what is sent lie in a folder; PostgreSQL is lost with its server.
    """
    more = {"MAILBOT_IMAP__SENT_FOLDER": "Sent"}
    if request.param == "sqlite":
        return Firm(tmp_path, dovecot, sink, more=more)
    before = request.getfixturevalue("migrated_postgres_url")
    return Firm(
        tmp_path, dovecot, sink, more={**more, "MAILBOT_DATABASE__URL": before},
        after=request.getfixturevalue("postgres_url"),
    )  # fmt: skip


@pytest.fixture
def on_a_file(tmp_path: Path, dovecot: Mailbox, sink: SmtpSink) -> Firm:
    return Firm(tmp_path, dovecot, sink, more={"MAILBOT_IMAP__SENT_FOLDER": "Sent"})


async def some_days(firm: Firm) -> None:
    """
    What goes on beyond the backup: another customer, a handler's word, answers, deadlines.
    """
    firm.clock.move(hours=1)
    await firm.take_in(Mail(sender=f"Tom <{TOM}>", message_id="tom@example.org"))
    handlers = [RHIAN, GARETH]
    for each in [each for each in firm.sent("assignment") if each.rcpt_to[0] in handlers]:
        firm.clock.move(hours=2)
        await firm.take_in(an_answer(each, "We have found the fault and mend it on Tuesday."))
    firm.clock.move(hours=1)
    await firm.take_in(an_answer(firm.sent("acknowledgement", JANE)[0], "Still nothing."))
    until = firm.clock() + timedelta(days=6)
    while (due := await firm.next_due()) and due <= until:
        firm.clock.at = max(due, firm.clock())
        await firm.round()


async def story(firm: Firm) -> Mapping[str, object]:
    """
    What a firm has to know of its cases, without the numbers of rows.
    """
    cases = {
        row.serial: (row.reference, row.state, row.handler_email, row.received_at)
        for row in await firm.rows(CaseRow)
    }
    return {
        "cases": cases,
        "people": sorted((row.case_id, row.email, row.token) for row in await firm.rows(PartyRow)),
        "messages": Counter(
            (row.case_id, row.message_id, row.kind) for row in await firm.rows(MessageRow)
        ),
        "promises": Counter(
            (row.case_id, row.promise, row.number, row.state, row.due_at)
            for row in await firm.rows(ObligationRow)
        ),
        "letters": Counter(
            (row.case_id, row.template, row.recipient, row.message_id, row.status, row.content)
            for row in await firm.rows(OutboxRow)
            if row.case_id
        ),
    }


async def test_what_went_on_beyond_a_backup_is_there_again_and_nothing_is_sent_twice(
    firm: Firm,
) -> None:
    await firm.take_in(Mail())
    await firm.backs_up()
    await some_days(firm)
    before, sent = await story(firm), list(firm.sink.received)

    await firm.loses_everything()
    await firm.round()

    assert [template_of(each) for each in firm.sink.received[len(sent) :]] == []
    assert await story(firm) == before
    [said] = firm.logged("caught_up")
    assert said["unplaced"] == 0
    assert "reason" not in said


async def test_a_backup_of_what_had_not_caught_up_lacks_what_that_did(on_a_file: Firm) -> None:
    firm = on_a_file
    await firm.take_in(Mail())
    await firm.backs_up()
    await some_days(firm)
    before, sent = await story(firm), len(firm.sink.received)
    firm.clock.move(days=30)
    await firm.loses_everything()
    await firm.backs_up()

    await firm.loses_everything()
    async with firm.open() as running:
        await running.catching_up.step()

    assert len(firm.sink.received) == sent
    written = [row.template for row in await firm.rows(OutboxRow, status="queued")]
    assert "acknowledgement" not in written
    assert (await story(firm))["people"] == before["people"]


async def test_mail_to_our_own_people_about_no_case_is_not_sent_twice(firm: Firm) -> None:
    await firm.take_in(Mail())
    await firm.backs_up()
    firm.clock.move(hours=1)
    await firm.take_in(Mail(sender="", message_id="nobody@example.org", text="Who am I?"))
    # The next working days, with the mails of their mornings.
    firm.clock.at = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    await firm.take_in(
        Mail(sender=f"Rhian Price <{RHIAN}>", message_id="r@example.com", subject="x", text="#help")
    )
    firm.clock.move(days=1)
    await firm.round()
    before = [template_of(each) for each in firm.sink.received]
    assert {"digest", "held", "receipt"} <= set(before), before

    await firm.loses_everything()
    firm.clock.move(minutes=20)
    await firm.round()

    assert [template_of(each) for each in firm.sink.received] == before
    assert {row.status for row in await firm.rows(OutboxRow, case_id=None)} == {"sent"}


async def test_whoever_is_ended_while_catching_up_goes_on(on_a_file: Firm) -> None:
    firm = on_a_file
    await firm.take_in(Mail())
    await firm.backs_up()
    await some_days(firm)
    before, sent = await story(firm), len(firm.sink.received)
    await firm.loses_everything()

    for taken_in in (1, 2, 3):
        known = len(firm.logged("message_recorded"))
        async with firm.open() as running:
            catching_up = asyncio.create_task(running.catching_up.step())
            while len(firm.logged("message_recorded")) < known + min(taken_in, 2):
                await asyncio.sleep(0)
                if catching_up.done():
                    break
            catching_up.cancel()
            with suppress(asyncio.CancelledError):
                await catching_up
    await firm.round()

    assert len(firm.sink.received) == sent
    assert await story(firm) == before


async def test_who_was_not_stopped_for_a_restore_catches_up_all_the_same(
    on_a_file: Firm,
) -> None:
    firm = on_a_file
    await firm.take_in(Mail())
    firm.clock.move(hours=1)
    firm.deliver(Mail(sender=f"Tom <{TOM}>", message_id="tom@example.org"))

    async with firm.open() as running:
        assert await running.catching_up.is_over()
        said = {"made_at": firm.clock().isoformat()}
        await transact(lambda tx: standstill.mark(tx, standstill.RESTORED, said, firm.clock()))
        assert await rounds.run_once(running)

    assert len(firm.logged("caught_up")) == 1
    assert len(firm.sent("acknowledgement", TOM)) == 1


async def test_after_it_work_goes_on(on_a_file: Firm) -> None:
    firm = on_a_file
    await firm.take_in(Mail())
    await firm.backs_up()
    await some_days(firm)
    to_tom = firm.sent("acknowledgement", TOM)[0]
    await firm.loses_everything()
    await firm.round()

    await firm.take_in(an_answer(to_tom, "When on Tuesday?"))
    caused = await firm.take_in(
        Mail(sender="ann@example.net", message_id="ann@example.net", text="Another line is dead.")
    )

    assert [row.case_id for row in await firm.rows(MessageRow, sender=TOM)] == [2, 2]
    assert template_of(caused[0]) == "acknowledgement"
    assert [row.serial for row in await firm.rows(CaseRow)] == [1, 2, 3]
    assert len(firm.logged("caught_up")) == 1
    assert firm.logged("lost_past_noticed") == []
    assert firm.logged("copy_noticed") == []


async def test_without_a_sent_folder_an_answer_proves_the_acknowledgement(
    on_a_file: Firm,
) -> None:
    firm = on_a_file
    firm.more["MAILBOT_IMAP__SENT_FOLDER"] = ""
    await firm.take_in(Mail())
    await firm.backs_up()
    firm.clock.move(hours=1)
    await firm.take_in(Mail(sender=f"Tom <{TOM}>", message_id="tom@example.org"))
    to_tom = firm.sent("acknowledgement", TOM)[0]
    await firm.take_in(an_answer(to_tom, "When on Tuesday?"))
    before, sent = await story(firm), len(firm.sink.received)

    await firm.loses_everything()
    await firm.round()

    caused = firm.sink.received[sent:]
    assert [each for each in caused if template_of(each) == "acknowledgement"] == []
    after = await story(firm)
    assert after["cases"] == before["cases"]
    assert after["people"] == before["people"]
    assert [each["reason"] for each in firm.logged("caught_up")] == ["no_sent_folder"]


_KEEPS_WHAT_IS_SENT = r"""
namespace inbox {
  mailbox "Sent Items" {
    auto = create
    special_use = \Sent
  }
}
"""


async def test_where_the_provider_keeps_what_was_sent_it_is_read_there(
    tmp_path: Path, sink: SmtpSink
) -> None:
    with Dovecot(tmp_path / "dovecot", more=_KEEPS_WHAT_IS_SENT) as server:
        firm = Firm(tmp_path, server.mailbox(), sink)
        await firm.take_in(Mail())
        await firm.backs_up()
        await some_days(firm)
        before, sent = await story(firm), len(firm.sink.received)
        with firm.mailbox.imap() as imap:
            for each in firm.sink.received:
                imap.append("Sent Items", each.content, (), firm.clock())
        await firm.loses_everything()

        await firm.round()

        assert len(firm.sink.received) == sent
        after = await story(firm)
        assert after["cases"] == before["cases"]
        assert after["letters"] == before["letters"]


async def test_a_letter_that_had_not_left_leaves_now(on_a_file: Firm) -> None:
    firm = on_a_file
    await firm.take_in(Mail())
    await firm.backs_up()
    firm.deliver(Mail(sender=f"Tom <{TOM}>", message_id="tom@example.org"))
    async with firm.open() as running:
        await running.intake.step()
    await firm.loses_everything()

    await firm.round()

    assert len(firm.sent("acknowledgement", TOM)) == 1
    [row] = await firm.rows(OutboxRow, template="acknowledgement", recipient=TOM)
    assert row.status == "sent"


async def test_a_letter_that_waited_in_the_backup_and_left_since_does_not_leave_again(
    on_a_file: Firm,
) -> None:
    firm = on_a_file
    firm.deliver(Mail())
    async with firm.open() as running:
        await running.intake.step()
    await firm.backs_up()
    await firm.round()
    sent = len(firm.sink.received)
    await firm.loses_everything()

    await firm.round()

    assert len(firm.sink.received) == sent
    assert {row.status for row in await firm.rows(OutboxRow)} == {"sent"}
    assert firm.mailbox.count("Sent") == sent


async def test_where_messages_stay_in_the_inbox_they_are_found_there(on_a_file: Firm) -> None:
    firm = on_a_file
    firm.more["MAILBOT_IMAP__PROCESSED_FOLDER"] = ""
    await firm.take_in(Mail())
    await firm.backs_up()
    await some_days(firm)
    before, sent = await story(firm), len(firm.sink.received)

    await firm.loses_everything()
    await firm.round()

    assert len(firm.sink.received) == sent
    assert await story(firm) == before


async def test_no_case_is_opened_under_a_number_that_the_lost_past_has_given(firm: Firm) -> None:
    await firm.take_in(Mail())
    await firm.backs_up()
    firm.clock.move(hours=1)
    await firm.take_in(Mail(sender=f"Tom <{TOM}>", message_id="tom@example.org"))
    firm.clock.move(hours=1)
    await firm.loses_everything()

    with pytest.raises(DatabaseFault, match="has not caught up with the mailbox"):
        await opens(firm)

    await firm.round()
    assert (await opens(firm)).serial == 3
    assert {row.case_id for row in await firm.rows(PartyRow, email=TOM)} == {2}


async def opens(firm: Firm) -> Ordered:
    """
    A complaint that came by telephone, as an operator enters it.
    """
    async with database(firm.url):
        office = await service.office(firm.settings)
        reckoning = Reckoning(firm.clock(), office.firm.calendar)
        (command,) = parse_commands(
            "#open\nchannel: telephone\nname: Sam Hill\nphone: 01495 2\n\nNo dial tone.", reckoning
        )
        assert isinstance(command, Open)
        return await orders.entered(command, "Olwen", office, firm.clock())
