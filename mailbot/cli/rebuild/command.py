"""
`mailbot rebuild`: where the parts of a lost database are, and the new one put together.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from mailbot import service, signing_keys
from mailbot.cli.office import PROBLEMS
from mailbot.cli.opening import carried_out, give_up, quiet_settings
from mailbot.cli.rebuild.telling import Came, told
from mailbot.desk.past import REBUILT
from mailbot.letters.office import Office
from mailbot.settings import Settings
from mailbot.signing_keys import KeyFileProblem
from mailbot.store import rebuilding
from mailbot.transport.mailbox import ImapFault
from mailbot.workers.past.archive import Archive, Shelves
from mailbot.workers.past.replay import Replay


def rebuild_database(*, dry_run: bool) -> None:
    settings = quiet_settings()
    came = carried_out(rebuilt(settings, dry_run=dry_run), *PROBLEMS, ImapFault)
    if came is None:
        give_up(
            "there is a database already, and something in it. Move it away if it is"
            " lost; what is only older than the mailbox is brought up by mailbot restore"
        )
    for line in told(came, dry_run=dry_run):
        print(line)


async def rebuilt(settings: Settings, *, dry_run: bool) -> Came | None:
    """
    What came of it; None if there is a database with something in it.

    Raises a KeyFileProblem without token.key, an ImapFault if a folder cannot be read: then
    nothing is left behind.
    """
    url = settings.database.url.get_secret_value()
    if not dry_run and not await rebuilding.is_empty(url):
        return None
    office = _office(settings)
    by = service.tokens(settings)
    inbox = service.source(settings, by)
    place: AbstractAsyncContextManager[None] = (
        rebuilding.thrown_away() if dry_run else rebuilding.beside(url)
    )
    try:
        async with service.shelves(settings, by, inbox) as shelves:
            _are_all_there(shelves, settings)
            async with place:
                return await _came(shelves, office, settings)
    finally:
        await inbox.close()


def _are_all_there(shelves: Shelves, settings: Settings) -> None:
    """
    An ImapFault if one is missing: what lies on it would be taken for lost.
    """
    imap = settings.imap
    if imap.processed_folder and shelves.processed is None:
        raise ImapFault(f"there is no folder {imap.processed_folder}: mend [imap] processed_folder")
    if shelves.sent is None:
        name = imap.sent_folder or "for sent mail"
        raise ImapFault(f"there is no folder {name}: say in [imap] sent_folder where it is")


def _office(settings: Settings) -> Office:
    path = settings.service.token_key_file
    if not signing_keys.may_be_there(path):
        raise KeyFileProblem(
            f"{path}: is not there. Without it no letter in the sent folder can be told from a"
            " stranger's, and no answer finds its case: restore the file from your backup"
        )
    return service.office_with(settings, signing_keys.read_keys(path, settings, []))


async def _came(shelves: Shelves, office: Office, settings: Settings) -> Came:
    archive = Archive(shelves)
    await archive.read(office)
    # Whatever is decided now was decided then: what a letter tells was live.
    then = replace(office, past=archive.past, is_live=True)
    max_message = settings.imap.max_message
    found = await Replay(archive, then, service.utc_now, max_message=max_message).run()
    return Came(
        found=found,
        counts=await rebuilding.counts(),
        withheld=await rebuilding.withheld_with(REBUILT),
        missing=await rebuilding.without_case(archive.past.references),
        strangers=archive.strangers,
        left=archive.left,
        gaps=await rebuilding.numbers_without_case(archive.past.highest),
    )
