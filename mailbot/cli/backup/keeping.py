"""
`mailbot backup` and `mailbot restore`.
"""

from datetime import datetime
from pathlib import Path

from mailbot import __version__, service, signing_keys
from mailbot.cases.known.home import Moved
from mailbot.cli.opening import carried_out, give_up, quiet_settings
from mailbot.cli.shown.document import print_document
from mailbot.settings import Settings
from mailbot.signing_keys import KeyFileProblem
from mailbot.store import home
from mailbot.store.database import database, is_new
from mailbot.store.whole.backup import Backup, back_up
from mailbot.store.whole.filling import NotFree
from mailbot.store.whole.manifest import Manifest, NoBackup
from mailbot.store.whole.restoring import Restored, restore
from mailbot.store.whole.sameness import NotTheSame

#: Why there is none, or nothing to put it into.
_PROBLEMS = (NoBackup, NotFree, NotTheSame, KeyFileProblem, OSError)

_NOT_AT_HOME = (
    "it was at home elsewhere: nothing leaves from here until mailbot resume. Say that once"
    " nobody works on the one that it was made of"
)


def keep_a_backup(into: Path, *, as_json: bool) -> None:
    settings = quiet_settings()
    url = settings.database.url.get_secret_value()
    if is_new(url):
        give_up(f"there is no database at {url}; mailbot run makes it")
    keys = settings.service.token_key_file

    def try_keys(needed: list[str]) -> None:
        signing_keys.read_keys(keys, settings, needed)

    made = carried_out(
        back_up(url, keys, into, service.utc_now(), program=__version__, try_keys=try_keys),
        *_PROBLEMS,
    )
    if as_json:
        print_document(_document(made.folder, made.manifest))
    else:
        print(_told(made))


def _told(made: Backup) -> str:
    octets = sum(each["octets"] for each in made.manifest.files.values())
    cases = made.manifest.rows["case"]
    return f"{made.folder}: {cases} cases, {octets / 1e6:.1f} MB"


def _document(folder: Path, made: Manifest) -> dict[str, object]:
    return {
        "folder": str(folder),
        "made_at": made.made_at.replace("+00:00", "Z"),
        "rows": dict(made.rows),
        "octets": sum(each["octets"] for each in made.files.values()),
    }


def put_back(folder: Path, *, as_json: bool) -> None:
    settings = quiet_settings()
    restored, moved = carried_out(_restored(folder, settings, service.utc_now()), *_PROBLEMS)
    if as_json:
        print_document(
            {**_document(restored.folder, restored.manifest), "at_home_elsewhere": moved or None}
        )
        return
    made_at = datetime.fromisoformat(restored.manifest.made_at)
    print(f"restored {restored.folder}, made {made_at:%Y-%m-%d %H:%M} UTC")
    print("mailbot run takes in what the mailbox has beyond it, before anything is sent")
    if moved:
        print(_NOT_AT_HOME)


async def _restored(folder: Path, settings: Settings, now: datetime) -> tuple[Restored, Moved]:
    url = settings.database.url.get_secret_value()
    restored = await restore(folder, url, settings.service.token_key_file, now)
    async with database(url):
        return restored, await home.moved(await service.at_home(settings))
