"""
A backup holds the whole of a database, of either engine, and goes back into either.
"""

import asyncio
import json
import os
import sqlite3
import stat
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot import service, signing_keys
from mailbot.letters.office import Office
from mailbot.store import presence, standstill
from mailbot.store.control import standing
from mailbot.store.database import DatabaseFault, Tx, database, transact
from mailbot.store.tables import CaseRow, ControlRow, WorkerRow
from mailbot.store.whole import manifest
from mailbot.store.whole.backup import Backup, back_up, latest
from mailbot.store.whole.filling import NotFree
from mailbot.store.whole.manifest import NoBackup
from mailbot.store.whole.pages import TABLES
from mailbot.store.whole.restoring import restore
from tests.flow.house import FRIDAY, Mail, settings
from tests.servers.migrated import lay
from tests.store.a_whole import lived, numbers_after, rows_of
from tests.store.desk import Desk


@dataclass(frozen=True)
class Firm:
    """
    Where a firm has what it keeps.
    """

    url: str
    keys: Path
    vault: Path

    async def backs_up(self, **later: float) -> Backup:
        now = FRIDAY + timedelta(**later)
        return await back_up(
            self.url, self.keys, self.vault, now, program="1", try_keys=lambda needed: needed
        )


@pytest.fixture
def firm(office: Office, url: str, tmp_path: Path) -> Firm:
    return Firm(url, tmp_path / "token.key", tmp_path / "vault")


@pytest.fixture
async def on_a_file(tmp_path: Path) -> Firm:
    """
    A firm with a case, where the engine makes no difference.
    """
    url = f"sqlite://{lay(tmp_path)}"
    async with database(url):
        await Desk(await service.office(settings(tmp_path))).arrives(Mail())
    return Firm(url, tmp_path / "token.key", tmp_path / "vault")


@pytest.fixture(params=["sqlite", "postgres"])
def free_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """
    A place where there is nothing yet.
    """
    if request.param == "sqlite":
        return f"sqlite://{tmp_path}/new/mailbot.sqlite3"
    return str(request.getfixturevalue("postgres_url"))


_BACKING_UP = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from mailbot.store.whole import manifest
from mailbot.store.whole.backup import back_up
url, keys, vault = sys.argv[1:]
now = datetime.now(UTC)
asyncio.run(back_up(url, Path(keys), Path(vault), now, program="", try_keys=lambda _: None))
"""


async def test_what_was_backed_up_on_either_engine_is_put_back_into_either(
    office: Office, firm: Firm, free_url: str
) -> None:
    await lived(office)
    made = await firm.backs_up()
    before, numbers = await rows_of(firm.url), await numbers_after(firm.url)
    held = firm.keys.read_bytes()
    firm.keys.unlink()

    await restore(firm.vault, free_url, firm.keys, FRIDAY)

    after, given = await rows_of(free_url), await numbers_after(free_url)
    assert [each for each in TABLES if not before[each.name]] == []
    restored = after["control"].pop([row[1] for row in after["control"]].index("restored"))
    assert json.loads(restored[2])["made_at"] == made.manifest.made_at
    assert after == before
    assert {name: made.manifest.rows[name] for name in before} == {
        name: len(rows) + (name == "control") for name, rows in before.items()
    }
    assert {name: max(number, numbers[name]) for name, number in given.items()} == given
    assert firm.keys.read_bytes() == held


async def test_nothing_leaves_what_was_restored_and_no_worker_is_at_work_on_it(
    office: Office, firm: Firm, free_url: str
) -> None:
    await lived(office)
    one = await presence.enter("one", 2, FRIDAY)
    await presence.seen(one, FRIDAY, holds_mailbox=True)
    await firm.backs_up()

    await restore(firm.vault, free_url, firm.keys, FRIDAY)

    async with database(free_url):
        paused, _ = await standing(None)
        assert paused == "all"
        assert await WorkerRow.all().count() == 0
        assert not await ControlRow.filter(name=presence.told_by(one)).exists()
        await standstill.unmark(standstill.RESTORED)
        assert (await standing(None))[0] == ""


async def test_a_backup_is_readable_for_nobody_else(office: Office, firm: Firm) -> None:
    await lived(office)

    made = await firm.backs_up()

    assert sorted(each.name for each in made.folder.iterdir()) == [
        "mailbot.sqlite3", "manifest.json", "token.key",
    ]  # fmt: skip
    assert {stat.S_IMODE(each.stat().st_mode) for each in made.folder.iterdir()} == {0o600}
    assert {stat.S_IMODE(each.stat().st_mode) for each in (firm.vault, made.folder)} == {0o700}


async def test_a_backup_waits_for_nobody_who_writes(office: Office, firm: Firm) -> None:
    await Desk(office).arrives(Mail())

    async def backed_up_meanwhile(tx: Tx) -> Backup:
        await CaseRow.all().using_db(tx).update(level=7)
        made = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _BACKING_UP, firm.url, str(firm.keys), str(firm.vault))
        )
        assert await asyncio.wait_for(made.wait(), 60) == 0
        return Backup(latest(firm.vault), manifest.read(latest(firm.vault)))

    made = await transact(backed_up_meanwhile)

    with closing(sqlite3.connect(made.folder / "mailbot.sqlite3")) as file:
        assert file.execute('SELECT "level" FROM "case"').fetchall() == [(0,)]


async def test_the_latest_that_was_finished_is_meant_and_older_ones_stay(on_a_file: Firm) -> None:
    first = await on_a_file.backs_up()
    second = await on_a_file.backs_up(hours=1)
    begun = on_a_file.vault / "mailbot-20991231T000000.000000Z.unfinished"
    begun.mkdir()

    assert latest(on_a_file.vault) == second.folder
    assert latest(first.folder) == first.folder
    third = await on_a_file.backs_up(hours=2)
    assert sorted(on_a_file.vault.iterdir()) == [first.folder, second.folder, third.folder]


async def test_a_backup_whose_maker_was_killed_is_none(on_a_file: Firm) -> None:
    making = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _BACKING_UP),
        *(on_a_file.url, str(on_a_file.keys), str(on_a_file.vault)),
    )
    while not list(on_a_file.vault.glob("*")):
        await asyncio.sleep(0)
    making.kill()
    await making.wait()

    for each in on_a_file.vault.iterdir():
        assert each.name.endswith(".unfinished") or manifest.read(each)
    made = await on_a_file.backs_up(hours=1)
    assert not list(on_a_file.vault.glob("*.unfinished"))
    assert manifest.read(made.folder) == made.manifest


async def test_a_backup_that_cannot_be_made_leaves_nothing(on_a_file: Firm) -> None:

    def lacking(needed: list[str]) -> None:
        raise signing_keys.KeyFileProblem(", ".join(needed))

    with pytest.raises(signing_keys.KeyFileProblem, match=r"\w"):
        await back_up(
            on_a_file.url, on_a_file.keys, on_a_file.vault, FRIDAY, program="1", try_keys=lacking
        )
    assert list(on_a_file.vault.iterdir()) == []


@pytest.mark.parametrize(
    ("mark", "said", "told"),
    [
        (standstill.MOVING, {"from": "a file", "command": "mailbot move"}, "has not ended"),
        (standstill.MOVED, {"to": "a server"}, "was moved to a server"),
    ],
)
async def test_of_what_is_not_the_database_to_work_on_there_is_no_backup(
    office: Office, firm: Firm, mark: str, said: dict[str, str], told: str
) -> None:
    await lived(office)
    await transact(lambda tx: standstill.mark(tx, mark, said, FRIDAY))

    with pytest.raises(DatabaseFault, match=told):
        await firm.backs_up()

    assert list(firm.vault.iterdir()) == []


async def test_a_database_whose_keys_are_gone_is_no_backup_and_the_remedy_is_said(
    on_a_file: Firm,
) -> None:
    on_a_file.keys.unlink()

    with pytest.raises(NoBackup, match=r"token\.key is not there: .* Copy the file"):
        await on_a_file.backs_up()
    assert list(on_a_file.vault.iterdir()) == []


def shortened(backup: Path) -> None:
    os.truncate(backup / "mailbot.sqlite3", 8192)


def changed(backup: Path) -> None:
    with closing(sqlite3.connect(backup / "mailbot.sqlite3")) as file:
        file.execute('UPDATE "case" SET "reference" = ?', ["ISS-000002-92"])
        file.commit()


def without_keys(backup: Path) -> None:
    (backup / "token.key").unlink()


def without_manifest(backup: Path) -> None:
    (backup / "manifest.json").unlink()


def newer(backup: Path) -> None:
    said = json.loads((backup / "manifest.json").read_text())
    said["migrations"].append("9999_later")
    (backup / "manifest.json").write_text(json.dumps(said))


@pytest.mark.parametrize("spoil", [shortened, changed, without_keys, without_manifest, newer])
async def test_what_is_not_as_it_was_made_is_put_back_nowhere(
    on_a_file: Firm,
    tmp_path: Path,
    spoil: Callable[[Path], None],
) -> None:
    made = await on_a_file.backs_up()
    spoil(made.folder)

    with pytest.raises(NoBackup):
        await restore(made.folder, f"sqlite://{tmp_path}/new.sqlite3", on_a_file.keys, FRIDAY)

    assert list(tmp_path.glob("new*")) == []


async def test_only_an_empty_place_takes_a_backup(office: Office, firm: Firm) -> None:
    await Desk(office).arrives(Mail())
    await firm.backs_up()
    before = await rows_of(firm.url)

    with pytest.raises(NotFree):
        await restore(firm.vault, firm.url, firm.keys, FRIDAY)

    assert await rows_of(firm.url) == before


@pytest.mark.parametrize("beside", ["mailbot.sqlite3-wal", "mailbot.sqlite3-journal"])
async def test_what_lies_beside_a_lost_file_would_be_taken_for_its_own(
    on_a_file: Firm, tmp_path: Path, beside: str
) -> None:
    await on_a_file.backs_up()
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / beside).write_bytes(b"of another file")

    with pytest.raises(NotFree, match=beside):
        await restore(
            on_a_file.vault, f"sqlite://{tmp_path}/new/mailbot.sqlite3", on_a_file.keys, FRIDAY
        )


async def test_other_keys_are_not_replaced(on_a_file: Firm, free_url: str) -> None:
    await on_a_file.backs_up()
    on_a_file.keys.write_text("another\n")

    with pytest.raises(NotFree, match=r"token\.key"):
        await restore(on_a_file.vault, free_url, on_a_file.keys, FRIDAY)

    assert on_a_file.keys.read_text() == "another\n"


async def test_put_back_elsewhere_it_is_a_copy(
    office: Office, firm: Firm, free_url: str, tmp_path: Path
) -> None:
    await lived(office, host="a host that is gone")
    await firm.backs_up()

    await restore(firm.vault, free_url, firm.keys, FRIDAY)

    async with database(free_url):
        here = await service.at_home(settings(tmp_path, MAILBOT_DATABASE__URL=free_url))
        assert (await standing(here))[1] != ""
        assert await ControlRow.filter(name="home").count() == 1


async def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "no.sqlite3").write_bytes(b"no database" * 1000)
    firm = Firm(f"sqlite://{tmp_path}/no.sqlite3", tmp_path / "token.key", tmp_path / "vault")

    with pytest.raises(DatabaseFault):
        await firm.backs_up()
