"""
A database that is lost, and made anew from what the mailbox has kept.
"""

import asyncio
import signal
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tortoise import connections

from mailbot import rounds
from mailbot.cases.commands.reading.grammar import parse
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.cases.identity.triage import Vouched
from mailbot.cli.rebuild.command import rebuilt
from mailbot.cli.rebuild.telling import Came, told
from mailbot.dossier.document import document
from mailbot.service import Service
from mailbot.signing_keys import KeyFileProblem
from mailbot.store import presence, query, rebuilding
from mailbot.store.database import DatabaseFault, as_found, database
from mailbot.store.tables import CaseRow, HeldRow, ObligationRow, OutboxRow
from mailbot.transport.mailbox import ImapFault
from mailbot.workers import orders
from mailbot.workers.past.replay import Found
from mailbot.workers.reading import Reader
from tests.flow.house import (
    GARETH,
    JANE,
    RHIAN,
    House,
    Mail,
    an_answer,
    id_of,
    read,
    templates,
)
from tests.flow.test_automatic import bounce
from tests.servers.dovecot import Dovecot
from tests.servers.forked import program
from tests.servers.migrated import lay
from tests.servers.smtp import Received, SmtpSink

#: In the past of the machine too: Dovecot turns a date that is to come into now.
MONDAY = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
WITH_SENT_ITEMS = r"""
namespace inbox {
  mailbox "Sent Items" {
    auto = create
    special_use = \Sent
  }
}
"""
SENT = {"MAILBOT_IMAP__SENT_FOLDER": "Sent"}


@dataclass
class Life:
    """
    The firm's mailbox over some weeks, one service all along.
    """

    house: House
    running: Service

    async def comes_to(self, at: datetime) -> None:
        """
        Everything that is due before *at*, each in its time.
        """
        while (due := await query.next_due()) is not None and due < at:
            self.house.clock.at = max(due, self.house.clock.at)
            await self.round()
        self.house.clock.at = at

    async def round(self) -> None:
        assert await rounds.run_once(self.running)

    async def writes(self, mail: Mail | bytes, at: datetime) -> None:
        await self.comes_to(at)
        self.house.deliver(mail)
        await self.round()

    async def orders(self, reference: str, command: str, at: datetime) -> None:
        await self.comes_to(at)
        reckoning = Reckoning(at, self.running.settings.calendar)
        ordered = await orders.commands(
            reference, parse(command, reckoning), "olwen", self.running.office, at
        )
        assert ordered.is_done, ordered.answer
        await self.round()

    def last(self, template: str, to: str) -> Received:
        return self.house.sent(template, to)[-1]


@asynccontextmanager
async def living(house: House) -> AsyncIterator[Life]:
    house.more |= SENT
    house.clock.at = MONDAY
    async with house.open() as running:
        yield Life(house, running)


def complaint(
    name: str, text: str = "The line has been dead since Monday.", number: int = 1
) -> Mail:
    return Mail(
        sender=f"{name} <{name.lower()}@example.com>",
        subject="No internet",
        text=text,
        message_id=f"{number}.{name.lower()}@client.example.com",
        date="Mon, 07 Sep 2026 09:00:00 +0000",
    )


def forged(reference: str, text: str) -> Mail:
    """
    What anybody could write in Rhian's name.
    """
    return Mail(
        sender=f"Rhian Price <{RHIAN}>",
        subject=f"[{reference}]",
        text=text,
        message_id=f"{len(text)}.forged@client.example.com",
    )


def case_of(received: Received) -> str:
    return str(read(received)["X-Mailbot-Case"])


def day(number: float) -> datetime:
    return MONDAY + timedelta(days=number)


async def some_weeks(life: Life) -> None:
    """
    Jane is answered, and confirms; Bob is left alone until his rights letter; Carys writes twice,
    and her cases become one; Dan cannot be reached; Emrys is worked on at a terminal; and somebody
    writes in the name of one of our people.
    """
    house = life.house
    for name in ("Jane", "Bob", "Carys", "Dan", "Emrys"):
        await life.writes(complaint(name), house.clock.at + timedelta(minutes=7))
    bill = "My bill is wrong as well, by ten pounds."
    await life.writes(complaint("Carys", bill, number=2), day(0.3))
    await life.writes(bounce(id_of(life.last("acknowledgement", "dan@example.com"))), day(0.31))
    first = house.sent("assignment")[0]
    await life.writes(an_answer(first, "We are looking into it, and will call."), day(1))
    reply = life.last("handler-reply", JANE)
    await life.writes(an_answer(reply, "Thank you. It still does not work."), day(2))
    jane, _, carys, _, emrys, second = [each.reference for each in await cases()]
    await life.writes(forged(jane, "#outcome It is mended."), day(2.1))
    asked = life.last("confirm-command", RHIAN)
    await life.writes(an_answer(asked, "No"), day(2.2))
    await life.writes(forged(jane, "#note They shouted."), day(2.3))
    await life.orders(emrys, "#contact 21/9 14:00", day(3))
    await life.orders(second, f"#merge {carys}", day(3.1))
    has_it = (await CaseRow.get(reference=emrys)).handler_email
    await life.orders(emrys, f"#assign {GARETH if has_it == RHIAN else RHIAN}", day(4))
    shown = life.last("customer-reply", first.rcpt_to[0])
    await life.writes(an_answer(shown, "#outcome We mended it."), day(5))
    await life.writes(an_answer(life.last("outcome", JANE), "Yes"), day(6))
    await life.orders(emrys, "#credit 25.00 October 2026", day(7))
    await life.orders(emrys, "#close phone Emrys, 21/9 2pm", day(14.5))
    await life.comes_to(day(45))
    await life.round()


async def cases() -> list[CaseRow]:
    return list(await CaseRow.all().order_by("serial"))


async def told_of(house: House) -> dict[str, Any]:
    """
    What `case REF --json` says of each reference.
    """
    async with database(house.url):
        firm = house.settings.firm
        return {each.reference: await document(each.reference, firm) for each in await cases()}


def throw_away(house: House) -> None:
    for each in house.folder.glob("mailbot.sqlite3*"):
        each.unlink()


async def rebuild(house: House) -> Came:
    throw_away(house)
    came = await rebuilt(house.settings, dry_run=False)
    assert came is not None
    return came


def differences(one: Any, other: Any, *path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            yield from differences(one.get(key), other.get(key), *path, key)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for each, its_other in zip(one, other, strict=True):
            yield from differences(each, its_other, *path)
    elif one != other:
        yield ".".join(path), one, other


#: What no mailbox tells of a letter: what the relay said, and of which version of its
#: template it was made.
NOT_IN_A_MAILBOX = {"reply", "template_hash", "messages.evidence"}

#: Who gave a command at a terminal, and under which number it stood.
OF_A_TERMINAL = {
    *("contacts.who", "events.cause", "events.proof.by"),
    *("obligations.evidence", "obligations.proof.by"),
}


async def test_a_rebuilt_database_tells_of_each_case_what_the_lost_one_told(
    house: House,
) -> None:
    async with living(house) as life:
        await some_weeks(life)
    before, sent = await told_of(house), len(house.sink.received)
    held = len(await house.rows(HeldRow))

    came = await rebuild(house)

    after = await told_of(house)
    assert list(after) == list(before)
    for reference, told_before in before.items():
        other = {
            path
            for path, _, _ in differences(told_before, after[reference])
            if path not in NOT_IN_A_MAILBOX and path.rpartition(".")[2] not in NOT_IN_A_MAILBOX
        }
        # Nobody but Emrys was worked on at a terminal.
        is_emrys = after[reference]["complainant"]["email"] == "emrys@example.com"
        assert other <= (OF_A_TERMINAL if is_emrys else set()), reference
    assert len(house.sink.received) == sent
    assert 2 == held == len(await house.rows(HeldRow))
    assert not came.withheld
    # The mails of a morning are about no case, and no rule writes them again.
    assert {each.template for each in came.found.adopted} == {"digest", "held", "report"}
    assert [each.template for each in came.found.commands] == [
        *("contact-agreed", "task", "introduction", "credit", "closed")
    ]


#: What a case has been told at a terminal, and nowhere else.
AT_A_TERMINAL = {
    "deadlock": ["#deadlock We cannot agree."],
    "escalated": ["#escalate It needs somebody above."],
    "judged, and judged again": ["#not-complaint just asks", "#complaint he objects"],
    "closed, and opened again": ["#close phone Jane, 8/9 10am", "#reopen still broken"],
    "an outcome, refused": ["#outcome It is mended.", "No"],
    "a call": ["#call We spoke about it."],
    "a credit, applied": ["#credit 25.00 October 2026", "#credit applied"],
}


@pytest.mark.parametrize("said", AT_A_TERMINAL.values(), ids=AT_A_TERMINAL)
async def test_a_command_that_only_its_letter_tells_of_is_carried_out_again(
    house: House, said: list[str]
) -> None:
    async with living(house) as life:
        await life.writes(complaint("Jane"), day(0.1))
        for number, command in enumerate(said, start=1):
            if command.startswith("#"):
                await life.orders("ISS-000001-95", command, day(number + 0.1))
            else:
                await life.writes(an_answer(life.last("outcome", JANE), command), day(number + 0.1))
        await life.comes_to(day(9))
        await life.round()
    [before] = (await told_of(house)).values()

    came = await rebuild(house)

    [after] = (await told_of(house)).values()
    for each in ("state", "handler", "resolution", "received_at"):
        assert after[each] == before[each], each
    promised = [
        [(each["promise"], each["number"], each["state"], each["due_at"], each["settled_at"])]
        for each in before["obligations"]
    ]
    assert promised == [
        [(each["promise"], each["number"], each["state"], each["due_at"], each["settled_at"])]
        for each in after["obligations"]
    ]
    assert not came.withheld
    assert {each.template for each in came.found.adopted} <= {"digest", "held", "report"}


async def test_a_rebuilt_database_goes_on_where_the_lost_one_ended(house: House) -> None:
    async with living(house) as life:
        for name in ("Jane", "Bob"):
            await life.writes(complaint(name), house.clock.at + timedelta(minutes=7))
        acknowledged = life.last("acknowledgement", JANE)
        await life.comes_to(day(2))
        await life.round()
    await rebuild(house)
    sent = len(house.sink.received)

    assert await house.round()
    assert len(house.sink.received) == sent
    fresh = await house.take_in(an_answer(acknowledged, "Is anybody there?"))

    assert templates(fresh) == ["customer-reply"]
    assert case_of(fresh[0]) == case_of(acknowledged)
    opened = await house.take_in(complaint("Ffion", "My router has caught fire.", number=9))
    assert case_of(opened[0]).startswith("ISS-000003")


# --- what is not there --------------------------------------------------------------------


def copies(house: House, template: str, to: str) -> list[int]:
    """
    The UIDs in the sent folder of that letter to that reader.
    """
    with house.mailbox.imap() as client:
        client.select_folder("Sent")
        return list(client.search(["HEADER", "X-Mailbot-Template", template, "TO", to]))


def expunge(house: House, folder: str, uids: list[int]) -> None:
    assert uids
    with house.mailbox.imap() as client:
        client.select_folder(folder)
        client.delete_messages(uids)
        client.expunge(uids)


async def test_a_letter_that_lies_in_no_sent_folder_is_never_sent_and_is_named(
    house: House,
) -> None:
    async with living(house) as life:
        await life.writes(complaint("Jane"), day(0.1))
    expunge(house, "Sent", copies(house, "introduction", JANE))
    sent = len(house.sink.received)

    came = await rebuild(house)

    assert await house.round()
    assert len(house.sink.received) == sent
    [row] = await house.rows(OutboxRow, template="introduction")
    assert (row.status, row.reason) == ("withheld", "rebuilt")
    assert [(reference, template) for reference, template, _ in came.withheld] == [
        ("ISS-000001-95", "introduction")
    ]
    assert "- ISS-000001-95: introduction" in list(told(came, dry_run=False))
    assert (await house.row(ObligationRow, promise="introduce")).state == "open"


async def test_a_case_whose_first_message_is_gone_is_opened_by_its_letters(house: House) -> None:
    async with living(house) as life:
        for name in ("Anna", "Jane"):
            await life.writes(complaint(name), life.house.clock.at + timedelta(minutes=7))
        acknowledged = life.last("acknowledgement", JANE)
        await life.writes(an_answer(life.last("assignment", GARETH), "We will call."), day(1))
    before = await told_of(house)
    with house.mailbox.imap() as client:
        client.select_folder("Processed")
        first = client.search(["FROM", JANE])
    expunge(house, "Processed", first)

    came = await rebuild(house)

    after = await told_of(house)
    assert came.found.opened_by_letters == ["ISS-000002-92"]
    assert list(after) == list(before)
    same = ("reference", "state", "handler", "received_at", "complainant")
    for each in same:
        assert after["ISS-000002-92"][each] == before["ISS-000002-92"][each], each
    fresh = await house.take_in(an_answer(acknowledged, "Is anybody there?"))
    assert templates(fresh) == ["customer-reply"]


async def test_what_was_held_and_let_go_has_its_case_again(house: House) -> None:
    async with living(house) as life:
        listed = replace(complaint("Jane"), headers=(("List-Id", "<l.example.com>"),))
        await life.writes(listed, day(0.1))
        house.clock.at = day(0.2)
        [held] = await HeldRow.all()
        reader = Reader(life.running.office, house.clock)
        await reader.retry(held.id, Vouched(by="olwen"))
        await life.round()
    before = await told_of(house)
    assert list(before) == ["ISS-000001-95"]

    came = await rebuild(house)

    after = await told_of(house)
    assert list(after) == list(before)
    assert not came.found.opened_by_letters
    assert [each.resolution for each in await house.rows(HeldRow)] == ["retried"]


async def test_what_was_due_while_nobody_was_at_work_was_done_when_somebody_was(
    house: House,
) -> None:
    async with living(house) as life:
        await life.writes(complaint("Jane"), day(0.1))
        # A fortnight later the first round does in one mail what four would have said.
        house.clock.at = day(14)
        await life.round()
        await life.comes_to(day(22))
        await life.round()
    before = await told_of(house)

    came = await rebuild(house)

    [[reference, case]] = (await told_of(house)).items()
    found = {path for path, _, _ in differences(before[reference], case)}
    assert {each.rpartition(".")[2] for each in found} <= NOT_IN_A_MAILBOX | {"evidence"}
    assert not came.withheld


async def test_what_fell_due_since_is_done_by_the_next_run_and_said_once(house: House) -> None:
    async with living(house) as life:
        await life.writes(complaint("Jane"), day(0.1))
        await life.comes_to(day(40))
        await life.round()
    house.clock.at = day(44)
    await rebuild(house)
    assert not house.sent("adr-rights")

    for _ in range(2):
        assert await house.round()

    assert len(house.sent("adr-rights", JANE)) == 1
    assert (await house.row(ObligationRow, promise="adr_rights")).state == "met_late"
    await rebuild(house)
    assert await house.round()
    assert len(house.sent("adr-rights", JANE)) == 1
    assert (await house.row(ObligationRow, promise="adr_rights")).state == "met_late"


async def test_a_letter_that_an_unknown_key_has_signed_is_not_believed(house: House) -> None:
    async with living(house) as life:
        await life.writes(complaint("Jane"), day(0.1))
    (house.folder / "token.key").write_text("another\n")

    came = await rebuild(house)

    assert came.strangers == house.mailbox.count("Sent")
    assert came.counts["cases"] == 1
    assert any("not in token.key" in each for each in told(came, dry_run=False))


# --- where it lies --------------------------------------------------------------------------


async def test_where_the_provider_keeps_sent_mail_its_own_folder_is_read(
    tmp_path: Path, sink: SmtpSink
) -> None:
    lay(tmp_path)
    with Dovecot(tmp_path / "dovecot", more=WITH_SENT_ITEMS) as server:
        house = House(tmp_path, server.mailbox(), sink)
        async with living(house) as life:
            await life.writes(complaint("Jane"), day(0.1))
        with house.mailbox.imap() as client:
            client.rename_folder("Sent", "Old")
            client.select_folder("Old")
            client.copy(client.search("ALL"), "Sent Items")
            client.delete_folder("Old")
        before = await told_of(house)
        house.more["MAILBOT_IMAP__SENT_FOLDER"] = ""

        came = await rebuild(house)

        assert came.found.letters == len(sink.received)
        after = await told_of(house)
        found = {path for path, _, _ in differences(before, after)}
        assert {each.rpartition(".")[2] for each in found} <= NOT_IN_A_MAILBOX | {"evidence"}


async def test_where_messages_stay_in_the_inbox_those_that_were_seen_to_are_taken_in(
    house: House,
) -> None:
    house.more["MAILBOT_IMAP__PROCESSED_FOLDER"] = ""
    async with living(house) as life:
        await life.writes(complaint("Jane"), day(0.1))
        await life.writes(an_answer(life.last("acknowledgement", JANE), "Hello?"), day(0.2))
        house.clock.at = day(0.3)
        house.deliver(complaint("Bob"))

    came = await rebuild(house)

    assert (came.counts["cases"], came.counts["messages"], came.left) == (1, 2, 1)
    sent = len(house.sink.received)
    assert await house.round()
    assert set(templates(house.sink.received[sent:])) == {
        *("acknowledgement", "introduction", "assignment")
    }


async def test_a_message_that_was_answered_and_not_put_away_is_not_answered_again(
    house: House,
) -> None:
    async with living(house) as life:
        await life.writes(complaint("Jane"), day(0.1))
    with house.mailbox.imap() as client:
        client.select_folder("Processed")
        client.move(client.search("ALL"), "INBOX")
    sent = len(house.sink.received)

    came = await rebuild(house)

    assert await house.round()
    assert (came.counts["cases"], came.left) == (1, 0)
    assert len(house.sink.received) == sent
    assert house.mailbox.count("INBOX") == 0


# --- where it is built ---------------------------------------------------------------------


def typed(house: House, *words: str) -> subprocess.CompletedProcess[str]:
    """
    `mailbot rebuild` in a process of its own.
    """
    return subprocess.run(
        [*program(), "rebuild", *words],
        env={**house.process_environ},
        cwd=house.folder,
        capture_output=True,
        text=True,
        check=False,
    )


async def test_the_command_leaves_a_database_alone_that_has_something_in_it(house: House) -> None:
    async with living(house) as life:
        await life.writes(complaint("Jane"), day(0.1))
    before = await told_of(house)

    refused = typed(house)

    assert refused.returncode == 1
    assert "there is a database already" in refused.stderr
    assert await told_of(house) == before
    throw_away(house)
    made = typed(house)
    assert (made.returncode, made.stderr) == (0, "")
    assert "Rebuilt: cases 1, parties 1, messages 1" in made.stdout
    assert list(await told_of(house)) == list(before)


async def test_without_the_key_nothing_is_rebuilt(house: House) -> None:
    async with living(house) as life:
        await life.writes(complaint("Jane"), day(0.1))
    throw_away(house)
    (house.folder / "token.key").unlink()

    with pytest.raises(KeyFileProblem, match="restore the file from your backup"):
        await rebuilt(house.settings, dry_run=False)

    assert not list(house.folder.glob("mailbot.sqlite3*"))


async def test_a_dry_run_says_what_would_come_of_it_and_leaves_nothing(house: House) -> None:
    async with living(house) as life:
        await life.writes(complaint("Jane"), day(0.1))
    throw_away(house)

    came = await rebuilt(house.settings, dry_run=True)

    assert came is not None
    lines = list(told(came, dry_run=True))
    assert lines[0] == "Nothing was changed. This would come of it:"
    assert lines[2].startswith("Rebuilt: cases 1, parties 1, messages 1")
    assert not list(house.folder.glob("mailbot.sqlite3*"))


async def test_a_rebuild_that_was_killed_leaves_nothing_half(own_house: House) -> None:
    house = own_house
    async with living(house) as life:
        await life.writes(complaint("Jane"), day(0.1))
    throw_away(house)
    for end in ("", "-wal", "-shm"):
        (house.folder / f"mailbot.sqlite3.rebuild{end}").write_bytes(b"half of a page")
    house.mailbox.server.stop()

    with pytest.raises(ImapFault):
        await rebuilt(house.settings, dry_run=False)
    assert not (house.folder / "mailbot.sqlite3").exists()
    house.mailbox.server.start()
    await rebuild(house)

    assert list(await told_of(house)) == ["ISS-000001-95"]
    assert not list(house.folder.glob("*.rebuild*"))


async def test_what_somebody_takes_in_meanwhile_is_not_replaced(house: House) -> None:
    house.more |= SENT

    async def built_while_somebody_begins() -> None:
        async with rebuilding.beside(house.url):
            house.deliver(complaint("Jane"))
            run = [*program(), "run", "--once"]
            begun = partial(subprocess.run, run, env={**house.process_environ}, check=True)
            await asyncio.to_thread(begun, cwd=house.folder)

    with pytest.raises(DatabaseFault, match="stop every worker"):
        await built_while_somebody_begins()

    assert list(await told_of(house)) == ["ISS-000001-95"]
    assert not list(house.folder.glob("*.rebuild*"))


async def test_nothing_is_built_in_the_place_of_what_a_worker_works_on(house: House) -> None:
    async with house.open():
        await presence.enter("here", 1, datetime.now(UTC))

    with pytest.raises(DatabaseFault, match="stop every worker"):
        await rebuilding.beside(house.url).__aenter__()


def taken_in(draft: Path) -> int:
    """
    How many messages are in a database that another process builds.
    """
    try:
        with closing(sqlite3.connect(f"file:{draft}?mode=ro", uri=True)) as there:
            return int(there.execute("SELECT count(*) FROM message").fetchone()[0])
    except sqlite3.Error:
        return 0


async def test_whoever_kills_it_finds_nothing_and_begun_again_it_is_whole(house: House) -> None:
    async with living(house) as life:
        for number in range(20):
            house.deliver(complaint(f"Jane{number}", f"Line {number} is dead."))
        await life.round()
    before = await told_of(house)
    throw_away(house)
    draft = house.folder / "mailbot.sqlite3.rebuild"
    building = subprocess.Popen(
        [*program(), "rebuild"],
        env={**house.process_environ},
        cwd=house.folder,
        stdout=subprocess.DEVNULL,
    )
    while taken_in(draft) == 0 and building.poll() is None:
        await asyncio.sleep(0)
    building.kill()

    assert building.wait() == -signal.SIGKILL
    assert 0 < taken_in(draft) < len(before)
    assert not (house.folder / "mailbot.sqlite3").exists()
    assert typed(house).returncode == 0
    assert {reference: case["state"] for reference, case in (await told_of(house)).items()} == {
        reference: case["state"] for reference, case in before.items()
    }
    assert not list(house.folder.glob("*.rebuild*"))


async def test_in_postgresql_it_takes_the_place_of_empty_tables(
    house: House, migrated_postgres_url: str
) -> None:
    async with living(house) as life:
        await life.writes(complaint("Jane"), day(0.1))
        await life.writes(an_answer(life.last("assignment", RHIAN), "We will call."), day(1))
    before = await told_of(house)
    house.more["MAILBOT_DATABASE__URL"] = migrated_postgres_url
    async with as_found(house.url):
        killed = "CREATE SCHEMA mailbot_rebuild; CREATE TABLE mailbot_rebuild.message (id int)"
        await connections.get("default").execute_script(killed)

    assert await rebuilt(house.settings, dry_run=False) is not None

    [[reference, case]] = (await told_of(house)).items()
    found = {path for path, _, _ in differences(before[reference], case)}
    assert {each.rpartition(".")[2] for each in found} <= NOT_IN_A_MAILBOX | {"evidence"}
    assert await rebuilt(house.settings, dry_run=False) is None
    assert await house.round()
    fresh = await house.take_in(an_answer(house.one("acknowledgement"), "Is anybody there?"))
    assert templates(fresh) == ["customer-reply"]


def test_one_of_a_kind_is_said_of_one() -> None:
    lines = list(told(Came(found=Found(unread=1), counts={}, strangers=1, left=1), dry_run=False))
    assert [each for each in lines if each.startswith("1 ")] == [
        "1 message in the inbox was not answered yet: the next mailbot run takes it in.",
        (
            "1 letter in the sent folder was signed with a key that is not in token.key: put the"
            " old key back below the others, and rebuild again."
        ),
        "1 message could not be read in full.",
    ]
