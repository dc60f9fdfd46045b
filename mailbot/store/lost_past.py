"""
What a database is asked, and told, while a past is gone through once more: a restored one that
catches up with the mailbox, or one that is made anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from mailbot.cases.known.claimed import Claimed
from mailbot.cases.letter_status import UNDERWAY
from mailbot.store import bulk, control, standstill
from mailbot.store.control import SERIALS_SEEN
from mailbot.store.database import Tx, transact
from mailbot.store.outbox import as_claimed
from mailbot.store.standstill import RESTORED
from mailbot.store.tables import ControlRow, HeldRow, MessageRow, OutboxRow

#: Values that are asked for with one statement.
_AT_ONCE = 5_000


async def made_at() -> datetime | None:
    """
    When the backup was made that this database comes from and has not caught up with; None
    where there is nothing to catch up with.
    """
    said = await standstill.marked(RESTORED)
    return datetime.fromisoformat(said["made_at"]) if said else None


async def identities_here(wanted: Sequence[str]) -> set[str]:
    """
    Which of these messages, by their identity, are ours.
    """
    found: set[str] = set()
    for some in _some(wanted):
        rows = MessageRow.filter(identity__in=some).values_list("identity", flat=True)
        found.update(str(each) for each in await rows)
    return found


async def letters_here(nonces: Sequence[str]) -> dict[str, bool]:
    """
    By nonce those of these letters that are in the outbox, and whether no outcome is known yet.
    """
    found: dict[str, bool] = {}
    for some in _some(nonces):
        rows = OutboxRow.filter(nonce__in=some).values_list("nonce", "status")
        found |= {nonce: status in UNDERWAY for nonce, status in await rows}
    return found


def _some(wanted: Sequence[str]) -> Iterable[list[str]]:
    return (list(wanted[at : at + _AT_ONCE]) for at in range(0, len(wanted), _AT_ONCE))


async def letters_with(nonces: Sequence[str]) -> dict[str, Claimed]:
    """
    By nonce these letters, as their outcome is told of.
    """
    rows = await OutboxRow.filter(nonce__in=list(nonces))
    return {row.nonce: as_claimed(row) for row in rows}


async def put_octets(contents: Mapping[int, bytes]) -> None:
    """
    By their rows, what lies in the sent folder of these letters; nobody has to lay a copy there.
    """
    rows = {number: {"content": content, "copy_to": ""} for number, content in contents.items()}
    await transact(lambda tx: bulk.change(tx, OutboxRow, rows))


async def lie_in_sent_folder(nonces: Sequence[str]) -> None:
    """
    Nobody has to lay a copy of these there.
    """
    for some in _some(nonces):
        await OutboxRow.filter(nonce__in=some).exclude(copy_to="").update(copy_to="")


async def held_as(message_id: str) -> int | None:
    """
    Under which number that message is held; None if it is not.
    """
    held = HeldRow.filter(resolved_at=None, message__message_id_key=message_id)
    row = await held.order_by("id").first()
    return row.id if row else None


async def number_above(serial: int, now: datetime) -> None:
    """
    No case is given a number that somebody was told before.
    """

    async def work(tx: Tx) -> None:
        row = await ControlRow.get_or_none(name=SERIALS_SEEN, using_db=tx)
        if serial and (row is None or int(row.value) < serial):
            await control.keep_serials_seen(tx, serial, now)

    await transact(work)


async def caught_up() -> None:
    """
    Mail goes again.
    """
    await standstill.unmark(RESTORED)
