"""
What a restored database is asked, and told, while it catches up with the mailbox.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise import connections

from mailbot.cases.known.beyond import Gone
from mailbot.cases.known.claimed import Claimed
from mailbot.cases.letter_status import Status
from mailbot.store import bulk, control, standstill
from mailbot.store.control import SERIALS_SEEN
from mailbot.store.database import Tx, transact
from mailbot.store.outbox import as_claimed
from mailbot.store.rows import instant
from mailbot.store.standstill import RESTORED
from mailbot.store.tables import CaseRow, ControlRow, MessageRow, OutboxRow

#: Values that are asked for with one statement.
_AT_ONCE = 5_000
#: As the index of what is underway has it, word for word.
_UNDERWAY = (
    "SELECT id, message_id, created_at, length(content) AS octets FROM outbox"
    " WHERE status IN ('queued','deferred','uncertain') ORDER BY id"
)


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


async def letters_here(wanted: Sequence[str]) -> set[str]:
    """
    Which letters, by their Message-ID, are in the outbox.
    """
    found: set[str] = set()
    for some in _some(wanted):
        rows = OutboxRow.filter(message_id__in=some).values_list("message_id", flat=True)
        found.update(str(each) for each in await rows)
    return found


def _some(wanted: Sequence[str]) -> Iterable[list[str]]:
    return (list(wanted[at : at + _AT_ONCE]) for at in range(0, len(wanted), _AT_ONCE))


@dataclass(frozen=True)
class Underway:
    """
    A letter that has not left, as far as is known.
    """

    id: int
    message_id: str
    created_at: datetime
    is_without_octets: bool


async def underway() -> list[Underway]:
    """
    Every letter that has not left, as far as is known.
    """
    rows = await connections.get("default").execute_query_dict(_UNDERWAY)
    return [
        Underway(row["id"], row["message_id"], instant(row["created_at"]), row["octets"] == 0)
        for row in rows
    ]


async def put_octets(outbox_id: int, content: bytes) -> None:
    await OutboxRow.filter(id=outbox_id).update(content=content)


async def in_hand(outbox_id: int) -> Claimed:
    """
    The letter as its outcome is told of.
    """
    return as_claimed(await OutboxRow.get(id=outbox_id))


async def lies_in_sent_folder(message_ids: Sequence[str]) -> None:
    """
    Nobody has to lay a copy of these there.
    """
    for some in _some(message_ids):
        await OutboxRow.filter(message_id__in=some).exclude(copy_to="").update(copy_to="")


async def cases_at(serials: Iterable[int]) -> Mapping[int, int]:
    """
    By its serial each of these cases that exists, and where it is by now.
    """
    rows = await CaseRow.filter(serial__in=sorted(set(serials)))
    return {row.serial: row.merged_into or row.serial for row in rows}


async def put_letter(letter: Gone, case: int, content: bytes) -> None:
    """
    A letter that no rule wrote again, as it left.
    """
    row = {
        "case_id": case,
        "key": f"{case}|{letter.template}|found.{letter.nonce}",
        "template": letter.template[:32],
        "template_hash": "",
        "to_staff": letter.to_staff,
        "recipient": letter.recipient[:320],
        "recipient_key": letter.recipient_key[:320],
        "recipient_name": letter.recipient_name[:200],
        "occasion": f"found.{letter.nonce}",
        "message_id": letter.message_id,
        "key_id": letter.key_id,
        "nonce": letter.nonce,
        "content": content,
        "status": Status.QUEUED,
        "created_at": letter.at,
        "next_attempt_at": letter.at,
    }
    await transact(lambda tx: bulk.insert(tx, OutboxRow, [row]))


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
