"""
What a named person has done beside any case: a complaint entered, an absence, held mail
rejected.
"""

from dataclasses import replace
from datetime import date

from mailbot.cases.case import Party
from mailbot.cases.commands.orders import Away, Back, Open
from mailbot.cases.decision import Event
from mailbot.cases.known.lately import Beginning
from mailbot.cases.known.rows import KnownAbsence
from mailbot.cases.people.handlers import Handler
from mailbot.cases.triggers import CaseOpened
from mailbot.desk.consequences import follow
from mailbot.desk.opening import begins_with, open_new
from mailbot.desk.recorded import Ordered
from mailbot.desk.turn import Turn
from mailbot.mail.message import Address, InboundMessage
from mailbot.mail.words import date_words


def enter(turn: Turn, command: Open, by: str) -> Ordered:
    """
    A complaint that came another way than by mail, as a case of its own.
    """
    if turn.firm.is_ours(command.email):
        why = f"{command.email} is an address of the firm, and no customer's"
        return Ordered(is_done=False, answer=why)
    who = Party(
        address=Address(name=command.name, email=command.email),
        phone=command.phone,
        postal_address=command.address,
    )
    in_work = turn.known.in_work_of(command.email.lower()) if command.email else []
    others = [reference for _, reference in in_work]
    case = open_new(turn, who, received_at=command.received_at)
    begins_with(turn, case, Beginning(command.text))
    trigger = CaseOpened(
        message=InboundMessage(
            received_at=command.received_at, senders=(who.address,), text=command.text
        ),
        occasion=f"entered.{case.serial}",
        rule=command.way.replace(" ", "_"),
        busy=turn.known.workload(),
        possible=tuple(others),
        by=by,
        way=command.way,
    )
    recorded = follow(turn, case, trigger)
    handler = recorded.after.handler if recorded.after else None
    said = f"{case.reference} is open, with {handler.name if handler else 'nobody yet'}."
    also = f" The same customer has {', '.join(others)} open." if others else ""
    return Ordered(is_done=True, answer=said + also, serial=case.serial)


def absence(turn: Turn, command: Away | Back, by: str) -> Ordered:
    """
    Somebody of the firm is away, or in again, as *by* says.
    """
    people = turn.firm.people
    person = people.named(command.who or by)
    if person is None:
        names = ", ".join(each.name for each in people.handlers)
        return Ordered(
            is_done=False,
            answer=f'"{command.who or by}" is nobody in handlers.toml; they are: {names}',
        )
    if isinstance(command, Away):
        return _gone(turn, person, command, by)
    return _back(turn, person, by, turn.firm.calendar.local_day(turn.now))


def _gone(turn: Turn, person: Handler, command: Away, by: str) -> Ordered:
    row = KnownAbsence(
        id=turn.known.new_id(),
        email_key=person.email.lower(),
        first_on=command.first,
        last_on=command.last,
        said_by=by,
        said_at=turn.now,
    )
    turn.known.absences[row.id] = row
    period = f"{date_words(command.first)} to {date_words(command.last)}"
    said = Event(
        name="absence_recorded",
        cause=f"command by {by}",
        reason="command",
        about=f"{person.name}, {period}",
    )
    turn.known.note(None, [said], turn.now)
    return Ordered(
        is_done=True,
        answer=(
            f"{person.name} is away from {period}, both days included. New cases go to"
            " others; what cannot wait in their own goes to whoever is in with the fewest"
            f" cases. To take it back: #away {person.name}: back"
        ),
    )


def _back(turn: Turn, person: Handler, by: str, today: date) -> Ordered:
    """
    Every absence that was said by command and is not over is taken back.
    """
    theirs = [
        each
        for each in turn.known.absences.values()
        if each.email_key in person.addresses and each.ended_at is None and each.last_on >= today
    ]
    if not theirs:
        return Ordered(
            is_done=False,
            answer=(
                f"no absence of {person.name} was entered by command; what stands in"
                " handlers.toml is changed there"
            ),
        )
    for each in theirs:
        turn.known.absences[each.id] = replace(each, ended_at=turn.now)
    said = Event(
        name="absence_ended", cause=f"command by {by}", reason="command", about=person.name
    )
    turn.known.note(None, [said], turn.now)
    return Ordered(is_done=True, answer=f"{person.name} is in again.")


def reject(turn: Turn, held_id: int, by: str) -> bool:
    """
    Nothing is to be done with a held message, says a named person; its octets stay.
    False if nothing is held under that number.
    """
    held = turn.known.held_under(held_id)
    if held is None or held.resolved_at is not None:
        return False
    resolution = f"rejected by {by}"[:64]
    turn.known.held[held_id] = replace(held, resolved_at=turn.now, resolution=resolution)
    event = Event(name="message_rejected", cause=f"command by {by}", reason="command")
    turn.known.note(None, [event], turn.now)
    return True
