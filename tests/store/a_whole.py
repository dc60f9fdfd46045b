"""
A database with something in each of its tables, and all of its rows.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from tortoise import connections

from mailbot.letters.office import Office
from mailbot.store import home, presence
from mailbot.store.control import keep_largest_mail
from mailbot.store.database import database, transact
from mailbot.store.tables import AbsenceRow
from mailbot.store.whole.pages import TABLES, Place, Row
from tests.flow.house import FRIDAY, RHIAN, Mail
from tests.store.desk import Desk

MAILBOX = "service@127.0.0.1"


async def lived(office: Office, *, host: str = "here") -> None:
    """
    Some days of the firm: cases, letters, held mail, somebody away, and a worker that is gone.
    """
    desk = Desk(office)
    await home.settle_in(await home.here(MAILBOX, host), FRIDAY)
    await desk.arrives(Mail(text="Es tut mir leid — łączy nic 🙃 nie działa"))
    await desk.arrives(Mail(sender="tom@b.example", message_id="b@b.example", text="x" * 5000))
    await desk.arrives(Mail(sender="", message_id="c@b.example"))
    await AbsenceRow.create(
        email_key=RHIAN,
        first_on=date(2026, 12, 21),
        last_on=date(2027, 1, 2),
        said_by="Olwen",
        said_at=FRIDAY,
    )
    await desk.until(FRIDAY + timedelta(days=5))
    await keep_largest_mail(10_000_000, FRIDAY)
    await presence.enter("elsewhere", 1, FRIDAY - timedelta(days=1))


async def rows_of(url: str) -> Mapping[str, list[Row]]:
    """
    By table the rows that belong to the whole.
    """
    async with database(url):
        return await transact(lambda tx: _rows(Place.open_database(tx)))


async def _rows(place: Place) -> Mapping[str, list[Row]]:
    return {
        table.name: [row async for page in place.pages(table) for row in page] for table in TABLES
    }


async def numbers_after(url: str) -> dict[str, int]:
    """
    By table the key that the engine gives next.
    """
    async with database(url):
        connection = connections.get("default")
        given = {}
        for table in (each for each in TABLES if each.is_numbered):
            if connection.capabilities.dialect == "sqlite":
                [row] = await connection.execute_query_dict(
                    "SELECT seq FROM sqlite_sequence WHERE name = ?", [table.name]
                ) or [{"seq": 0}]
                given[table.name] = int(row["seq"]) + 1
            else:
                [row] = await connection.execute_query_dict(
                    "SELECT nextval(pg_get_serial_sequence($1, $2)) AS seq",
                    [f'"{table.name}"', table.key],
                )
                given[table.name] = int(row["seq"])
        return given
