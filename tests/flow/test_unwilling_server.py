"""
No state of one message, of a folder or of a quota keeps the next customer from an answer.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext

from mailbot import rounds, service
from mailbot.cases.known.arrivals import LedgerState
from mailbot.cli.check.trying import check
from mailbot.settings import Settings
from mailbot.store.tables import CaseRow, HeldRow, LedgerRow, MessageRow
from mailbot.transport import imap
from mailbot.transport.imap import ImapSource
from mailbot.transport.oauth2.tokens import Tokens
from tests.flow.house import House, Mail
from tests.servers.imap_unwilling import Trouble, UnwillingImap
from tests.servers.migrated import lay
from tests.servers.smtp import SmtpSink
from tests.statements import recorded


@pytest.fixture
def unwilling() -> Iterator[UnwillingImap]:
    with UnwillingImap() as server:
        yield server


@pytest.fixture
def house(
    tmp_path: Path, unwilling: UnwillingImap, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> House:
    lay(tmp_path)
    made = service.source

    def impatient(settings: Settings, by: Tokens | None) -> ImapSource:
        return ImapSource(replace(made(settings, by)._account, timeout=0.7))

    monkeypatch.setattr(service, "source", impatient)
    # Nobody delivers through it: the server is the test's own.
    return House(tmp_path, unwilling, sink)  # type: ignore[arg-type]


def refusing(command: str, answer: str) -> Callable[[str], str]:
    """
    Every such command refused, all others done.
    """
    return lambda said: answer if command and said.startswith(command) else ""


def complaint(name: str) -> bytes:
    return bytes(Mail(sender=f"{name} <{name}@example.com>", message_id=f"{name}@example.com"))


def acknowledged(house: House) -> set[str]:
    return {each.rcpt_to[0].partition("@")[0] for each in house.sent("acknowledgement")}


REFUSING = [Trouble.NO, Trouble.BAD, Trouble.BYE, Trouble.MISSING, Trouble.NIL]


@pytest.mark.parametrize("hides_size", [False, True])
@pytest.mark.parametrize("trouble", [*REFUSING, Trouble.SILENT])
async def test_a_message_that_the_server_will_not_hand_out_keeps_nobody_from_an_answer(
    house: House, unwilling: UnwillingImap, trouble: Trouble, hides_size: bool
) -> None:
    for name in ("ada", "bob"):
        unwilling.deliver(complaint(name))
    unwilling.deliver(complaint("eve"), trouble, hides_size=hides_size)
    for name in ("cyd", "dan"):
        unwilling.deliver(complaint(name))

    assert await house.round()

    assert acknowledged(house) >= {"ada", "bob", "cyd", "dan"}
    assert "eve" not in acknowledged(house)


async def test_at_the_third_refusal_it_is_set_aside_by_its_envelope_and_a_person_is_told(
    house: House, unwilling: UnwillingImap
) -> None:
    unwilling.deliver(complaint("eve"), Trouble.NO)

    for _ in range(3):
        assert not house.logged("message_set_aside")
        assert await house.round()

    [line] = house.logged("message_set_aside")
    assert (line["level"], line["reason"], line["attempt"]) == ("error", "not_handed_out", 3)
    # The envelope is Ada's: who wrote is known, and gets an answer.
    assert {each.rcpt_to[0] for each in house.sent("acknowledgement")} == {"ada@example.org"}
    assert (await house.row(HeldRow)).reason == "not_handed_out"
    assert len(house.sent("task")) == 1
    assert list(unwilling.messages) == [1]


async def test_at_the_last_attempt_one_refusal_is_none(
    house: House, unwilling: UnwillingImap
) -> None:
    unwilling.deliver(complaint("eve"), Trouble.BYE)
    for _ in range(2):
        assert await house.round()
    # From now on it is handed out; the first line on which it is asked for breaks.
    unwilling.messages[1] = replace(unwilling.messages[1], trouble=Trouble.NONE)
    left = ["NO the session has ended"]
    unwilling.refuses = lambda said: left.pop() if left and "BODY.PEEK[]" in said else ""

    assert await house.round()

    assert not left
    assert acknowledged(house) == {"eve"}
    assert not house.logged("message_set_aside")


async def test_one_of_which_nothing_can_be_had_is_listed_all_the_same(
    house: House, unwilling: UnwillingImap
) -> None:
    unwilling.refuses = refusing("FETCH", "NO [SERVERBUG] internal")
    unwilling.deliver(complaint("eve"))

    for _ in range(3):
        assert await house.round()

    held = await house.row(HeldRow)
    assert held.reason == "not_handed_out"
    assert len(house.sent("task")) == 1
    assert not await house.rows(CaseRow)


async def test_what_is_set_aside_is_asked_for_again_every_day_and_taken_in_when_it_comes(
    house: House, unwilling: UnwillingImap
) -> None:
    uid = unwilling.deliver(complaint("ada"), Trouble.BYE)
    for _ in range(3):
        assert await house.round()
    house.clock.move(minutes=15)
    # The first question of the day.
    assert await house.round()
    asked = len(unwilling.commands)
    assert await house.round()
    assert not [each for each in unwilling.commands[asked:] if "BODY" in each]

    house.clock.move(days=1, hours=1)
    assert await house.round()
    assert house.logged("messages_set_aside")[-1]["count"] == 1

    house.clock.move(days=1)
    unwilling.messages[uid].trouble = Trouble.NONE
    assert await house.round()

    [row] = await house.rows(LedgerRow)
    assert row.state == LedgerState.RECORDED
    assert (await house.row(HeldRow)).resolved_at is not None
    assert not unwilling.messages
    assert len(await house.rows(CaseRow)) == 1


async def test_what_was_set_aside_while_the_servers_disk_was_away_is_had_soon_after(
    house: House, unwilling: UnwillingImap
) -> None:
    for name in ("ada", "bob", "cyd"):
        unwilling.deliver(complaint(name))
    unwilling.refuses = lambda said: (
        "NO [SERVERBUG] Internal error" if re.match("FETCH.*(BODY|ENVELOPE)", said) else ""
    )
    for _ in range(4):
        assert await house.round()
    assert len(house.logged("message_set_aside")) == 3
    assert not house.logged("messages_set_aside")

    house.clock.move(minutes=15)
    assert await house.round()
    house.clock.move(minutes=15)
    unwilling.refuses = refusing("", "")
    assert await house.round()

    assert {each.state for each in await house.rows(LedgerRow)} == {LedgerState.RECORDED}
    assert acknowledged(house) >= {"ada", "bob", "cyd"}
    assert [line["count"] for line in house.logged("messages_set_aside")] == [3]


@pytest.mark.parametrize(
    "answer",
    [
        "BAD Request is throttled. Suggested Backoff Time: 4000 milliseconds",
        "NO [THROTTLED] too fast",
        "NO [LIMIT] Too many simultaneous connections",
    ],
)
async def test_a_server_that_wants_a_rest_sets_nobodys_mail_aside(
    house: House, unwilling: UnwillingImap, answer: str
) -> None:
    for name in ("ada", "bob", "cyd"):
        unwilling.deliver(complaint(name))
    unwilling.refuses = lambda said: answer if said.startswith("FETCH") and "BODY" in said else ""

    for _ in range(3):
        assert not await house.round()
    unwilling.refuses = refusing("", "")
    assert await house.round()

    assert acknowledged(house) == {"ada", "bob", "cyd"}
    assert not house.logged("message_set_aside")


async def test_one_message_that_is_always_answered_with_a_wish_for_rest_is_set_aside(
    house: House, unwilling: UnwillingImap
) -> None:
    unwilling.deliver(complaint("eve"))
    unwilling.deliver(complaint("ada"))
    unwilling.refuses = lambda said: (
        "NO [THROTTLED] slow down" if re.match(r"FETCH 1\b.*BODY", said) else ""
    )

    for _ in range(4):
        await house.round()

    assert "ada" in acknowledged(house)
    assert [line["uid"] for line in house.logged("message_set_aside")] == [1]


async def test_a_notice_of_the_server_is_nobodys_complaint_and_the_message_is_asked_for_again(
    house: House, unwilling: UnwillingImap
) -> None:
    notice = b"From: root@localhost\r\nSubject: message unavailable\r\n\r\nIt is gone.\r\n"
    uid = unwilling.deliver(notice)
    for _ in range(3):
        assert await house.round()

    assert (await house.row(HeldRow)).reason == "server_placeholder"
    assert not [each for each in house.sink.received if "root" in each.rcpt_to[0]]

    house.clock.move(days=2)
    unwilling.messages[uid].content = complaint("ada")
    assert await house.round()
    assert not unwilling.messages


async def test_an_empty_message_is_recorded_and_held(
    house: House, unwilling: UnwillingImap
) -> None:
    unwilling.deliver(b"")

    assert await house.round()

    assert (await house.row(LedgerRow)).state == LedgerState.HELD
    assert not unwilling.messages
    assert not house.logged("messages_not_fetched")


@pytest.mark.parametrize(
    ("refused", "answer", "says"),
    [
        ("MOVE", "NO [OVERQUOTA] Quota exceeded", "the mailbox is full"),
        ("MOVE", "NO [NOPERM] Permission denied", "right"),
        ("MOVE", "BYE that was too much", "connection"),
        ("CREATE", "NO [CANNOT] Invalid mailbox name", "no folder of that name"),
    ],
)
async def test_a_folder_that_takes_nothing_is_told_once_and_keeps_nobody_from_an_answer(
    house: House, unwilling: UnwillingImap, refused: str, answer: str, says: str
) -> None:
    unwilling.refuses = refusing(refused, answer)
    async with house.open() as running:
        for name in ("ada", "bob", "cyd"):
            unwilling.deliver(complaint(name))
            assert await rounds.run_once(running)
            house.clock.move(minutes=10)

        assert acknowledged(house) == {"ada", "bob", "cyd"}
        lines = house.logged("part_failed")
        assert [line["part"] for line in lines] == ["processed_folder"]
        assert says in str(lines[0]["reason"])

        house.clock.move(days=1)
        assert await rounds.run_once(running)
        assert len(house.logged("part_failed")) == 2

        unwilling.refuses = refusing("", "")
        house.clock.move(hours=2)
        assert await rounds.run_once(running)

    assert len(house.logged("part_recovered")) == 1
    assert len(unwilling.folders["Processed"]) == 3


async def test_one_message_that_cannot_be_moved_leaves_the_others_in_order(
    house: House, unwilling: UnwillingImap
) -> None:
    unwilling.deliver(complaint("ada"))
    unwilling.deliver(complaint("bob"), moves=False)
    unwilling.deliver(complaint("cyd"))

    assert await house.round()

    assert acknowledged(house) == {"ada", "bob", "cyd"}
    assert list(unwilling.messages) == [2]


async def test_what_another_worker_has_put_away_meanwhile_is_no_alarm(
    house: House, unwilling: UnwillingImap
) -> None:
    for name in ("ada", "bob"):
        unwilling.deliver(complaint(name))
    unwilling.refuses = refusing("MOVE", "NO [EXPUNGEISSUED] Some messages no longer exist")

    assert await house.round()

    assert acknowledged(house) == {"ada", "bob"}
    assert not house.logged("part_failed")


@pytest.mark.parametrize("answer", ["NO not now", "BAD unknown command", "BYE not with me"])
async def test_a_server_that_does_not_tell_of_new_mail_is_asked_for_it_and_that_is_no_alarm(
    house: House, unwilling: UnwillingImap, answer: str
) -> None:
    unwilling.capabilities += " IDLE"
    unwilling.refuses = refusing("IDLE", answer)
    house.more["MAILBOT_IMAP__POLL_EVERY"] = "1s"
    async with house.open() as running:
        work = asyncio.create_task(rounds.run(running))
        async with asyncio.timeout(20):
            while len([each for each in unwilling.commands if each.startswith("IDLE")]) < 2:
                await asyncio.sleep(0.05)
        unwilling.deliver(complaint("ada"))
        await house.sink.until(lambda _: acknowledged(house) == {"ada"})
        running.stop.set()
        await work

    assert not house.logged("part_failed")


@pytest.mark.parametrize(
    ("end", "hangs_up"),
    [
        ("* BYE idled for too long", True),
        ("", True),
        ("TAG OK IDLE terminated", False),
        ("* BYE [UNAVAILABLE] restarting\r\nTAG OK done", True),
    ],
)
async def test_a_server_that_ends_the_wait_after_its_minutes_is_no_alarm(
    house: House,
    unwilling: UnwillingImap,
    monkeypatch: pytest.MonkeyPatch,
    end: str,
    hangs_up: bool,
) -> None:
    # What servers count in minutes.
    monkeypatch.setattr(imap, "SHORTEST_WAIT", 0.1)
    unwilling.capabilities += " IDLE"
    unwilling.ends_idle, unwilling.hangs_up = end, hangs_up
    async with house.open() as running:
        work = asyncio.create_task(rounds.run(running))
        async with asyncio.timeout(20):
            while len([each for each in unwilling.commands if each.startswith("IDLE")]) < 3:
                await asyncio.sleep(0.05)
        unwilling.deliver(complaint("ada"))
        await house.sink.until(lambda _: acknowledged(house) == {"ada"})
        running.stop.set()
        await work

    assert not house.logged("part_failed")


async def test_one_connection_is_enough_and_whoever_comes_beside_it_is_told_so(
    house: House, unwilling: UnwillingImap
) -> None:
    unwilling.capabilities += " IDLE"
    unwilling.most_lines = 1
    house.more["MAILBOT_IMAP__SENT_FOLDER"] = "Sent"
    house.more["MAILBOT_IMAP__POLL_EVERY"] = "1s"
    async with house.open() as running:
        work = asyncio.create_task(rounds.run(running))
        unwilling.deliver(complaint("ada"))
        await house.sink.until(lambda _: acknowledged(house) == {"ada"})
        unwilling.deliver(complaint("bob"))
        await house.sink.until(lambda _: acknowledged(house) == {"ada", "bob"})
        async with asyncio.timeout(60):
            while len(unwilling.folders.get("Sent", [])) < len(house.sink.received):
                await asyncio.sleep(0.05)
        # As in a process of its own: the worker's database stays open beside it.
        async with TortoiseContext():
            found = await check(house.config, house.process_environ)
        running.stop.set()
        await work

    assert len(unwilling.folders["Processed"]) == 2
    assert not house.logged("part_failed")
    [said] = found.problems
    assert "the connection was refused (LIMIT); the server allows no more connections" in said
    assert "a mailbot that runs beside this among them" in said


async def test_a_sent_folder_that_takes_nothing_delays_no_acknowledgement(
    house: House, unwilling: UnwillingImap
) -> None:
    house.more["MAILBOT_IMAP__SENT_FOLDER"] = "Sent"
    unwilling.refuses = refusing("APPEND", "NO [OVERQUOTA] full")
    async with house.open() as running:
        for name in ("ada", "bob"):
            unwilling.deliver(complaint(name))
            assert await rounds.run_once(running)
            house.clock.move(minutes=10)

    assert acknowledged(house) == {"ada", "bob"}
    assert [line["part"] for line in house.logged("part_failed")] == ["sent_folder"]


async def test_a_line_that_is_lost_while_copies_are_laid_is_no_fault_of_their_folder(
    house: House, unwilling: UnwillingImap
) -> None:
    house.more["MAILBOT_IMAP__SENT_FOLDER"] = "Sent"
    lost: list[str] = []

    def lose_once(said: str) -> str:
        if lost or not said.startswith("APPEND"):
            return ""
        lost.append(said)
        return "BYE restarting"

    unwilling.refuses = lose_once
    unwilling.deliver(complaint("ada"))

    assert await house.round()

    assert lost
    assert len(unwilling.folders["Sent"]) == len(house.sink.received)
    assert not house.logged("part_failed")


async def test_folders_are_made_where_the_server_keeps_ours(
    house: House, unwilling: UnwillingImap
) -> None:
    unwilling.namespace = '(("INBOX." ".")) NIL NIL'
    unwilling.refuses = lambda said: (
        "NO Invalid mailbox name" if said.startswith("CREATE") and "INBOX." not in said else ""
    )
    house.more["MAILBOT_IMAP__SENT_FOLDER"] = "Sent"
    unwilling.deliver(complaint("ada"))

    assert await house.round()

    assert {"INBOX.Processed", "INBOX.Sent"} <= unwilling.folders.keys()
    assert len(unwilling.folders["INBOX.Processed"]) == 1
    assert not house.logged("part_failed")


async def test_a_folder_that_somebody_else_makes_at_the_same_moment_is_as_good(
    house: House, unwilling: UnwillingImap
) -> None:
    def make_first(said: str) -> str:
        if not said.startswith("CREATE"):
            return ""
        unwilling.folders.setdefault("Processed", [])
        return "NO Mailbox already exists"

    unwilling.refuses = make_first
    unwilling.deliver(complaint("ada"))

    assert await house.round()

    assert len(unwilling.folders["Processed"]) == 1
    assert not house.logged("part_failed")


@pytest.mark.parametrize(("folder", "processed"), [("INBOX.Done", "Done"), ("INBOX", "Inbox")])
async def test_nothing_is_put_away_into_the_folder_that_it_came_from(
    house: House, unwilling: UnwillingImap, folder: str, processed: str
) -> None:
    unwilling.namespace = '(("INBOX." ".")) NIL NIL'
    unwilling.folders["INBOX.Done"] = []
    house.more["MAILBOT_IMAP__FOLDER"] = folder
    house.more["MAILBOT_IMAP__PROCESSED_FOLDER"] = processed
    unwilling.deliver(complaint("ada"))

    found = await check(house.config, house.process_environ)
    assert [each for each in found.problems if "processed_folder" in each]
    assert await house.round()

    assert acknowledged(house) == {"ada"}
    assert list(unwilling.messages) == [1]
    [line] = house.logged("part_failed")
    assert "the folder that mail is fetched from" in str(line["reason"])


async def test_check_takes_away_the_levels_that_came_with_a_folder_it_tried(
    house: House, unwilling: UnwillingImap
) -> None:
    unwilling.capabilities = "IMAP4rev1 MOVE NAMESPACE"
    unwilling.namespace = '(("INBOX." ".")) NIL NIL'
    unwilling.makes_levels = True
    unwilling.folders |= {"INBOX.Kept": []}
    house.more["MAILBOT_IMAP__PROCESSED_FOLDER"] = "Complaints/2026/Dealt with"
    house.more["MAILBOT_IMAP__SENT_FOLDER"] = "Kept/Sent"

    found = await check(house.config, house.process_environ)

    assert not found.problems, found.problems
    assert [each for each in unwilling.commands if each.startswith("CREATE")]
    assert set(unwilling.folders) == {"INBOX", "INBOX.Kept"}


async def test_check_leaves_a_folder_that_a_worker_beside_it_has_put_mail_into(
    house: House, unwilling: UnwillingImap
) -> None:
    unwilling.capabilities = "IMAP4rev1 MOVE NAMESPACE"

    def fill(said: str) -> str:
        if said.startswith("SELECT") and "Processed" in said:
            unwilling.folders["Processed"].append(complaint("ada"))
        return ""

    unwilling.refuses = fill

    found = await check(house.config, house.process_environ)

    assert not found.problems, found.problems
    assert unwilling.folders["Processed"] == [complaint("ada")]


async def test_a_message_that_a_server_did_not_show_for_a_while_is_answered_all_the_same(
    house: House, unwilling: UnwillingImap
) -> None:
    uid = unwilling.deliver(complaint("ada"), Trouble.MISSING)
    assert await house.round()
    hidden = unwilling.messages.pop(uid)
    assert await house.round()
    assert [line["count"] for line in house.logged("messages_gone")] == [1]

    unwilling.messages[uid] = hidden
    hidden.trouble = Trouble.NONE
    assert await house.round()

    assert acknowledged(house) == {"ada"}
    assert (await house.row(LedgerRow)).state == LedgerState.RECORDED


async def test_what_another_worker_has_begun_after_our_look_is_not_gone(
    house: House, unwilling: UnwillingImap
) -> None:
    unwilling.deliver(complaint("ada"), Trouble.MISSING)
    assert await house.round()
    # A look that does not show what is there, as one does that was before it.
    unwilling.refuses = lambda said: "OK done" if said == "SEARCH ALL" else ""
    assert await house.round()

    assert not house.logged("messages_gone")
    assert (await house.row(LedgerRow)).state == LedgerState.BEGUN


async def test_in_a_full_folder_that_nothing_leaves_each_is_answered_once(
    house: House, unwilling: UnwillingImap
) -> None:
    house.more["MAILBOT_IMAP__PROCESSED_FOLDER"] = ""
    async with house.open() as running:
        for _ in range(600):
            unwilling.deliver(b"")
        unwilling.deliver(complaint("ada"))
        assert await rounds.run_once(running)
        at = len(unwilling.commands)
        assert await rounds.run_once(running)
        with recorded() as asked:
            assert await running.intake.step() == 0
        unwilling.deliver(complaint("bob"))
        assert await rounds.run_once(running)

    assert len(asked.said) == 1, asked.said
    customers = Counter(each.rcpt_to[0] for each in house.sent("acknowledgement"))
    assert customers == {"ada@example.com": 1, "bob@example.com": 1}
    searches = [each for each in unwilling.commands[at:] if each.startswith("SEARCH")]
    assert set(searches) == {"SEARCH UID 602:*", "SEARCH UID 602"}


async def test_years_of_mail_that_is_only_filed_keep_nobody_new_waiting(
    house: House, unwilling: UnwillingImap
) -> None:
    house.rewrite("code.toml", "# answer_from = 2026-11-02", "answer_from = 2026-11-02")
    for number in range(100):
        unwilling.deliver(complaint(f"old{number}"), date="01-Mar-2024 09:00:00 +0000")
    unwilling.deliver(complaint("ada"))
    fetched = 0

    def somebody_writes(said: str) -> str:
        nonlocal fetched
        if said.startswith("FETCH") and "BODY" in said:
            fetched += 1
            # The first was Ada.
            if fetched == 2:
                unwilling.deliver(complaint("bob"))
        return ""

    unwilling.refuses = somebody_writes
    assert await house.round()

    assert acknowledged(house) == {"ada", "bob"}
    rows = await house.rows(MessageRow)
    assert len(rows) == 102
    places = [at for at, row in enumerate(rows) if row.silence != "before_answer_from"]
    assert places[0] == 0
    assert places[1] < 20


@pytest.mark.parametrize("size", ["0", "1", "90000", "4294967296", "", "NIL", "-5"])
async def test_a_size_that_is_wrong_keeps_nobody_from_an_answer(
    house: House, unwilling: UnwillingImap, size: str
) -> None:
    unwilling.deliver(complaint("ada"), size=size)
    unwilling.deliver(complaint("bob"))

    for _ in range(2):
        assert await house.round()

    assert acknowledged(house) == {"ada", "bob"}
    too_large = await house.rows(HeldRow, reason="too_large")
    assert len(too_large) == (size == "4294967296")


@pytest.mark.parametrize("lacking", ["IDLE", "MOVE", "UIDPLUS", "NAMESPACE", "ALL"])
async def test_what_a_server_cannot_do_is_done_without(
    house: House, unwilling: UnwillingImap, lacking: str
) -> None:
    has = ["IDLE", "MOVE", "UIDPLUS", "NAMESPACE", "LITERAL+", "QUOTA", "ACL"]
    kept = [each for each in has if lacking not in {each, "ALL"}]
    unwilling.capabilities = " ".join(["IMAP4rev1", *kept])
    house.more["MAILBOT_IMAP__SENT_FOLDER"] = "Sent"
    unwilling.refuses = lambda said: (
        "BAD unknown command" if said.partition(" ")[0] in set(has) - set(kept) else ""
    )
    unwilling.deliver(complaint("ada"))

    assert await house.round()

    assert acknowledged(house) == {"ada"}
    assert unwilling.folders["Processed"]
    assert len(unwilling.folders["Sent"]) == len(house.sink.received)
    assert not house.logged("part_failed")
    assert not (await check(house.config, house.process_environ)).problems


async def test_a_server_that_is_gone_counts_against_no_message(
    house: House, unwilling: UnwillingImap
) -> None:
    unwilling.deliver(complaint("ada"))
    is_gone = False

    def refuse(said: str) -> str:
        nonlocal is_gone
        is_gone = is_gone or (said.startswith("FETCH") and "BODY" in said)
        return "BYE shutting down" if is_gone else ""

    for _ in range(5):
        unwilling.refuses = refuse
        is_gone = False
        assert not await house.round()
    assert (await house.row(LedgerRow)).attempts == 0

    unwilling.refuses = refusing("", "")
    assert await house.round()
    assert acknowledged(house) == {"ada"}
