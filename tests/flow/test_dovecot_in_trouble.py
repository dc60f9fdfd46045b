"""
A real server whose files and folders are in trouble: the others are answered.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailbot import rounds
from mailbot.cases.known.arrivals import LedgerState
from mailbot.cli.check import trying
from mailbot.cli.check.trying import Report, check
from mailbot.store.tables import HeldRow, LedgerRow
from mailbot.workers import space
from tests.flow.house import House, Mail
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.migrated import lay
from tests.servers.smtp import SmtpSink

_QUOTA = """
mail_plugins = $mail_plugins quota
protocol imap {
  mail_plugins = $mail_plugins quota imap_quota
}
plugin {
  quota = maildir:User quota
  quota_rule = *:storage=8k
}
"""


def complaint(name: str, text: str = "The line is dead.") -> bytes:
    sender = f"{name} <{name}@example.com>"
    return bytes(Mail(sender=sender, message_id=f"{name}@example.com", text=text))


def acknowledged(house: House) -> set[str]:
    return {each.rcpt_to[0].partition("@")[0] for each in house.sent("acknowledgement")}


def file_with(mailbox: Mailbox, words: bytes) -> Path:
    maildir = mailbox._path("INBOX")
    files = [each for part in ("new", "cur") for each in (maildir / part).iterdir()]
    [found] = [each for each in files if words in each.read_bytes()]
    return found


def recount(house: House) -> None:
    """
    Dovecot counts what is there when it has no count.
    """
    (house.mailbox._path("INBOX") / "maildirsize").unlink(missing_ok=True)


async def checked(house: House) -> Report:
    return await check(house.config, house.process_environ)


async def test_a_file_that_the_server_cannot_open_is_set_aside_and_taken_in_once_it_can(
    own_house: House,
) -> None:
    house = own_house
    for name in ("ada", "eve", "bob"):
        house.deliver(complaint(name))
    unreadable = file_with(house.mailbox, b"eve@example.com")
    unreadable.chmod(0)

    assert "does not hand out 1 of its messages" in " ".join((await checked(house)).warnings)
    for _ in range(3):
        assert await house.round()
        house.clock.move(minutes=1)
    house.deliver(complaint("cyd"))
    assert await house.round()

    assert acknowledged(house) >= {"ada", "bob", "cyd"}
    assert (await house.row(HeldRow)).reason == "not_handed_out"
    assert len(house.logged("message_set_aside")) == 1

    [left] = [
        each for part in ("new", "cur") for each in (house.mailbox._path("INBOX") / part).iterdir()
    ]
    left.chmod(0o600)
    house.clock.move(days=1, hours=1)
    assert await house.round()

    assert house.mailbox.count() == 0
    assert {row.state for row in await house.rows(LedgerRow)} == {LedgerState.RECORDED}


@pytest.fixture
def sealed(own_house: House) -> Iterator[House]:
    """
    A firm whose folder of what is done belongs to somebody else.
    """
    house = own_house
    house.deliver(complaint("first"))
    folder = house.mailbox._maildir("Processed")
    parts = [folder, *(folder / each for each in ("cur", "new", "tmp"))]
    for each in parts:
        os.chown(each, 0, 0) if os.geteuid() == 0 else None
        each.chmod(0o500 if os.geteuid() else 0o700)
    yield house
    for each in parts:
        each.chmod(0o700)


async def test_a_folder_that_nothing_can_be_put_into_is_told_by_check_and_stops_nobody(
    sealed: House,
) -> None:
    house = sealed
    assert "processed_folder" in " ".join((await checked(house)).problems)

    async with house.open() as running:
        for name in ("ada", "bob"):
            house.deliver(complaint(name))
            assert await rounds.run_once(running)

    assert acknowledged(house) == {"first", "ada", "bob"}
    assert [line["part"] for line in house.logged("part_failed")] == ["processed_folder"]


@pytest.fixture
def full(tmp_path: Path, sink: SmtpSink) -> Iterator[House]:
    """
    A firm whose mailbox has next to no room, on a server that has to copy.
    """
    lay(tmp_path)
    with Dovecot(tmp_path / "dovecot", capability="IMAP4rev1 UIDPLUS QUOTA", more=_QUOTA) as server:
        yield House(tmp_path, server.mailbox(), sink)


async def test_a_mailbox_without_room_is_told_by_check_and_stops_nobody(full: House) -> None:
    house = full
    for name in ("ada", "bob", "cyd"):
        house.deliver(complaint(name, text="dead " * 500))
    found = await checked(house)
    assert "room" in " ".join([*found.problems, *found.warnings])

    assert await house.round()

    assert acknowledged(house) == {"ada", "bob", "cyd"}
    [line] = house.logged("part_failed")
    assert line["part"] == "processed_folder"
    assert "full" in str(line["reason"])


async def test_a_mailbox_without_room_is_told_though_nothing_comes_and_until_there_is_room(
    full: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(space, "_ASKED_EVERY", 0.0)
    house = full
    async with house.open() as running:
        await running.see_how_full_the_mailbox_is()
        assert (running.told().space_share or 0.0) > 0.9

        house.mailbox.deliver(complaint("old", text="dead " * 3000), folder="Archive")
        recount(house)
        await running.see_how_full_the_mailbox_is()
        told = running.told()
        assert (told.space_share, told.space_octets) == (0.0, 0)

        house.deliver(complaint("ada"))
        await running.intake.step()
        await running.intake.step()
        assert house.mailbox.count("Processed") == 0
        [old] = house.mailbox.files("Archive")
        old.unlink()
        recount(house)
        await running.see_how_full_the_mailbox_is()
        # Not after a rest: what was refused for want of room.
        await running.intake.step()
        assert house.mailbox.count("Processed") == 1
        assert (running.told().space_share or 0.0) > 0.5


async def test_where_the_server_does_not_tell_its_refusal_does(
    tmp_path: Path, sink: SmtpSink
) -> None:
    lay(tmp_path)
    with Dovecot(tmp_path / "dovecot", capability="IMAP4rev1 UIDPLUS", more=_QUOTA) as server:
        house = House(tmp_path, server.mailbox(), sink)
        house.deliver(complaint("ada", text="dead " * 3000))
        async with house.open() as running:
            await running.see_how_full_the_mailbox_is()
            assert running.told().space_share is None
            await running.intake.step()
            assert running.told().space_share == 0.0


async def test_check_leaves_no_trace_of_what_it_tried(own_house: House) -> None:
    house = own_house
    house.deliver(complaint("ada"))
    house.more["MAILBOT_IMAP__SENT_FOLDER"] = "Sent"

    found = await checked(house)

    assert not found.problems, found.problems
    assert house.mailbox.count() == 1
    with house.mailbox.imap() as client:
        assert [name for _, _, name in client.list_folders()] == ["INBOX"]


async def test_check_tries_a_folder_that_is_there_and_leaves_it_as_it_was(
    own_house: House,
) -> None:
    house = own_house
    house.deliver(complaint("ada"))
    house.mailbox.deliver(complaint("old"), folder="Processed")

    found = await checked(house)

    assert not found.problems, found.problems
    assert house.mailbox.count("Processed") == 1


async def test_check_of_a_very_full_mailbox_reads_some_of_it_and_says_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "_READ", 2)
    for number in range(3):
        house.deliver(Mail(message_id=f"{number}@example.com"))

    found = await check(house.config, house.process_environ)

    told = "mailbox: 3 messages wait; of them the 2 that came first were looked at"
    assert told in found.warnings
    assert found.mailbox["opens"] == 2
