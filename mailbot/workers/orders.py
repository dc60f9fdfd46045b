"""
What a person orders, and the mails of the morning: each decided and kept in a transaction.
"""

import asyncio
from datetime import datetime

from mailbot.cases.commands.orders import Away, Back, Command, Merge, Open
from mailbot.cases.decision import Event
from mailbot.cases.known.questions import Asks, Question
from mailbot.cases.letter import Letter
from mailbot.cases.letter_status import Paused
from mailbot.cases.month.months import last_whole
from mailbot.cases.month.report import report
from mailbot.cases.morning import mails
from mailbot.cases.morning.known import Known as ThisMorning
from mailbot.cases.morning.open_case import open_case
from mailbot.cases.morning.working_day import Morning
from mailbot.cases.promises.recalculate import Recalculated
from mailbot.desk import letter_outcomes, orders
from mailbot.desk.letter_outcomes import Statement
from mailbot.desk.recorded import Ordered
from mailbot.desk.staff import errands
from mailbot.letters.office import Office
from mailbot.store import control, month, morning, outbox, retention
from mailbot.store.database import Tx, transact
from mailbot.store.retention import CASE_ANONYMISED, PastCase
from mailbot.workers.counting import counted
from mailbot.workers.transaction import decided, sit


async def resolve(statement: Statement, office: Office, now: datetime) -> bool:
    """
    A letter that nobody can know about, settled by a person's word; False if there is none
    of which it can be said.
    """
    asked = [Question(Asks.LETTER, statement.outbox_id)]
    # Known beforehand, so that the case is locked before its letter, as delivery does it.
    if serial := await outbox.case_of(statement.outbox_id):
        asked.append(Question(Asks.CASE, serial))
    return await decided(office, now, asked, lambda turn: letter_outcomes.resolve(turn, statement))


async def commands(
    reference: str, ordered: tuple[Command, ...], by: str, office: Office, now: datetime
) -> Ordered:
    """
    What an operator orders on a case, by their name; the answer is for them to read.
    """
    named = [reference, *(each.into for each in ordered if isinstance(each, Merge))]
    asked = [Question(Asks.REFERENCE, each) for each in named]
    return await decided(
        office, now, asked, lambda turn: orders.commands(turn, reference, ordered, by)
    )


async def entered(command: Open, by: str, office: Office, now: datetime) -> Ordered:
    """
    A complaint that came another way than by mail, opened as a case of its own.
    """
    return await decided(
        office, now, [], lambda turn: errands.enter(turn, command, by), gives_numbers=True
    )


async def absence(command: Away | Back, by: str, office: Office, now: datetime) -> Ordered:
    """
    Somebody of the firm is away, or in again, as *by* says.
    """
    return await decided(office, now, [], lambda turn: errands.absence(turn, command, by))


async def reject(held_id: int, by: str, office: Office, now: datetime) -> bool:
    """
    Nothing is to be done with a held message, says a named person; its octets stay.
    False if nothing is held under that number.
    """
    asked = [Question(Asks.HELD, held_id)]
    return await decided(office, now, asked, lambda turn: errands.reject(turn, held_id, by))


async def pause(how_much: Paused, reason: str, by: str, now: datetime) -> None:
    """
    Stop mail, or let it go again with Paused.NOTHING; recorded with who said so.
    """
    said = Event(
        name="mail_paused" if how_much else "mail_resumed",
        cause=f"command by {by}",
        reason=how_much or "all mail goes",
        about=reason,
    )
    await control.pause(how_much, said, now)


async def resume_clock(by: str, now: datetime) -> None:
    """
    The machine's clock is right as it stands, says *by*: letters go out by it again.
    """
    said = Event(name="clock_resumed", cause=f"command by {by}", reason="command")
    await control.resume_clock(said, now)


async def recalculation(
    reference: str, by: str, office: Office, now: datetime, *, dry_run: bool
) -> tuple[Recalculated, ...] | None:
    """
    What is owed in a case as it is stored and under the present rules; None if there
    is no such case. Recorded unless *dry_run*.
    """
    return await decided(
        office,
        now,
        [Question(Asks.REFERENCE, reference)],
        lambda turn: orders.recalculation(turn, reference, by, dry_run=dry_run),
    )


async def daily(of: Morning, office: Office, now: datetime) -> list[str]:
    """
    The mails of the morning, once a working day whatever restarts; returns their templates.
    """

    async def work(tx: Tx) -> list[str]:
        if not await morning.begin(tx, of, now):
            return []
        sitting = await sit(tx, office, now, [])
        today = await sitting.do(lambda turn: turn.today, now)
        opened = [
            open_case(each.case, each.handler_email, is_marked=each.is_marked)
            async for each in morning.cases(tx, of, today.firm)
        ]
        this_morning = ThisMorning(
            cases=tuple(each for each in opened if each),
            held=await morning.held(tx, of),
            relayed=await morning.relayed(tx, of),
        )
        letters = mails.letters(this_morning, of, today.firm)
        written = await sitting.do(lambda turn: orders.say(turn, letters), now)
        await sitting.keep()
        return written

    return await transact(work)


async def monthly(office: Office, now: datetime) -> list[str]:
    """
    The report of the last whole month to the managers, once, on the first working day on which
    anybody is at work; returns its templates. None where there was nothing to report yet.
    """
    # Few starts see a first working day of a month.
    from mailbot.report.filled import sheet  # noqa: PLC0415
    from mailbot.report.mail import letters  # noqa: PLC0415

    firm = office.firm
    of = last_whole(now, firm.calendar)
    ends = of.ends(firm.calendar)
    if not firm.rulebook.report.send or await month.is_reported(of.name, ends, now):
        return []
    found = await counted(of, firm)
    if found.began_at is None or found.began_at >= ends:
        return []

    def written() -> tuple[Letter, ...]:
        made = report(found, firm, made_at=now, made_by="mailbot")
        return letters(made, sheet(made, firm), firm)

    # A page and a PDF take their time, in which the others go on.
    wanted = await asyncio.to_thread(written)

    async def work(tx: Tx) -> list[str]:
        if not await month.begin(tx, of.name, now):
            return []
        sitting = await sit(tx, office, now, [])
        said = await sitting.do(lambda turn: orders.say(turn, wanted), now)
        await sitting.keep()
        return said

    return await transact(work)


async def anonymise(case: PastCase, by: str, now: datetime) -> bool:
    """
    Empty the case of everything that tells whose it was, as *by* asked, or by the clock where
    nobody did; False if anything happened in it since it was found.
    """
    cause = f"command by {by}" if by else "clock"
    return await retention.anonymise(
        case, Event(name=CASE_ANONYMISED, cause=cause, reason="retention"), now
    )
