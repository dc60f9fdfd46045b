"""
What a named person has done beside any case: a complaint entered, an absence, held mail
rejected. Each within somebody's transaction.
"""

from dataclasses import dataclass
from datetime import date, datetime

from mailbot.cases.case import Party
from mailbot.cases.commands.orders import Away, Back, Open
from mailbot.cases.decision import Event
from mailbot.cases.people.handlers import Handler
from mailbot.cases.triggers import CaseOpened
from mailbot.mail.message import Address, InboundMessage
from mailbot.mail.words import date_words
from mailbot.store import absences, casefile, lately
from mailbot.store.candidates import open_cases_of
from mailbot.store.database import LARGEST, Tx
from mailbot.store.decided import decided
from mailbot.store.office import Office
from mailbot.store.tables import HeldRow


@dataclass(frozen=True)
class Ordered:
    """
    Whether commands were carried out, and what to tell whoever gave them.
    """

    is_done: bool
    answer: str
    #: The case that it was about, or that it opened.
    serial: int | None = None


async def enter(tx: Tx, command: Open, by: str, office: Office, now: datetime) -> Ordered:
    """
    A complaint that came another way than by mail, as a case of its own.
    """
    if office.firm.is_ours(command.email):
        why = f"{command.email} is an address of the firm, and no customer's"
        return Ordered(is_done=False, answer=why)
    who = Party(
        address=Address(name=command.name, email=command.email),
        phone=command.phone,
        postal_address=command.address,
    )
    case = await casefile.open_new(
        tx,
        who,
        received_at=command.received_at,
        verdict="",
        firm=office.firm,
        keyring=office.keyring,
        nonce=office.chance(),
        now=now,
    )
    others = await open_cases_of(tx, command.email, but=case.serial)
    trigger = CaseOpened(
        message=InboundMessage(
            received_at=command.received_at, senders=(who.address,), text=command.text
        ),
        occasion=f"entered.{case.serial}",
        rule=command.way.replace(" ", "_"),
        busy=await lately.busy(tx),
        possible=tuple(others),
        by=by,
        way=command.way,
    )
    recorded = await decided(tx, case, trigger, office, now)
    handler = recorded.after.handler if recorded.after else None
    said = f"{case.reference} is open, with {handler.name if handler else 'nobody yet'}."
    also = f" The same customer has {', '.join(others)} open." if others else ""
    return Ordered(is_done=True, answer=said + also, serial=case.serial)


async def absence(tx: Tx, command: Away | Back, by: str, office: Office, now: datetime) -> Ordered:
    """
    Somebody of the firm is away, or in again, as *by* says.
    """
    people = office.firm.people
    person = people.named(command.who or by)
    if person is None:
        names = ", ".join(each.name for each in people.handlers)
        return Ordered(
            is_done=False,
            answer=f'"{command.who or by}" is nobody in handlers.toml; they are: {names}',
        )
    if isinstance(command, Away):
        return await _gone(tx, person, command, by, now)
    return await _back(tx, person, by, now, office.firm.calendar.local_day(now))


async def _gone(tx: Tx, person: Handler, command: Away, by: str, now: datetime) -> Ordered:
    await absences.add(tx, person, command.first, command.last, by=by, now=now)
    period = f"{date_words(command.first)} to {date_words(command.last)}"
    event = Event(
        name="absence_recorded",
        cause=f"command by {by}",
        reason="command",
        about=f"{person.name}, {period}",
    )
    await casefile.add_events(tx, None, [event], now)
    return Ordered(
        is_done=True,
        answer=(
            f"{person.name} is away from {period}, both days included. New cases go to"
            " others; what cannot wait in their own goes to whoever is in with the fewest"
            f" cases. To take it back: #away {person.name}: back"
        ),
    )


async def _back(tx: Tx, person: Handler, by: str, now: datetime, today: date) -> Ordered:
    if not await absences.end(tx, person, today, now):
        return Ordered(
            is_done=False,
            answer=(
                f"no absence of {person.name} was entered by command; what stands in"
                " handlers.toml is changed there"
            ),
        )
    event = Event(
        name="absence_ended",
        cause=f"command by {by}",
        reason="command",
        about=person.name,
    )
    await casefile.add_events(tx, None, [event], now)
    return Ordered(is_done=True, answer=f"{person.name} is in again.")


async def reject(tx: Tx, held_id: int, by: str, now: datetime) -> bool:
    """
    Nothing is to be done with a held message, says a named person; its octets stay.
    False if nothing is held under that number.
    """
    mine = HeldRow.filter(id=min(held_id, LARGEST), resolved_at=None).using_db(tx)
    if not await mine.update(resolved_at=now, resolution=f"rejected by {by}"[:64]):
        return False
    event = Event(name="message_rejected", cause=f"command by {by}", reason="command")
    await casefile.add_events(tx, None, [event], now)
    return True
