"""
The complaint, act by act.
"""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import typer
from rich.console import Console

from mailbot.demo import reasons, script
from mailbot.demo.album import CONVERSATION, TIMELINE, FolderInUse, new_album
from mailbot.demo.diary import due_words
from mailbot.demo.letters import Writer, read
from mailbot.demo.script import CUSTOMER
from mailbot.demo.stage import Stage, stage
from mailbot.log import quiet
from mailbot.page.layout import page
from mailbot.page.story import Row, Story
from mailbot.store import query
from mailbot.store.tables import ObligationRow

TITLE = "Eleven weeks of a complaint"


async def play(console: Console, folder: Path | None) -> None:
    """
    Tell the story on *console*; every mail is left in *folder*, or in a new one.
    """
    try:
        album = new_album(folder, datetime.now(UTC).astimezone())
    except FolderInUse as used:
        raise typer.BadParameter(str(used), param_hint="--folder") from used
    with quiet(), (album.folder / CONVERSATION).open("w", encoding="utf-8") as text:
        paper = Console(file=text, width=80, color_system=None, force_terminal=False)
        async with stage([console, paper], album) as on:
            _introduce(on)
            await _eleven_weeks(on)
            await _sum_up(on)


def _introduce(on: Stage) -> None:
    firm = on.settings.rulebook.company.name
    on.teller.title(TITLE)
    on.teller.prose(
        f"{CUSTOMER.name}, a customer of {firm}, complains by email. You will see every mail"
        " that anybody sends or gets because of it, and why. Lines that begin with * say what"
        " mailbot decided. Everybody here is made up."
    )
    on.teller.prose(
        "A mail server for receiving and one for sending run inside this program, on this"
        " machine alone; nothing leaves it. Between them works the same code that"
        " `mailbot run` runs. Only the clock is a play clock: it jumps from one event to the"
        " next."
    )
    on.teller.prose(
        "Long mails are trimmed here, and so is what stands below an answer as a quote and the"
        " firm's particulars at the foot; of a kind of mail that was there before only the"
        f" beginning is shown. Each mail lies whole in {on.album.folder}, under the number in"
        " brackets."
    )


async def _eleven_weeks(on: Stage) -> None:
    handler = await _complaint(on)
    await _first_answers(on, handler)
    await _appointment_missed(on, handler)
    manager = await _outcome_refused(on, handler)
    await _six_weeks(on, manager)
    await _put_right(on, manager)
    await _afterwards(on, manager)


async def _complaint(on: Stage) -> Writer:
    """
    The complaint comes in; returns the handler whom mailbot chose.
    """
    at = on.at("2026-11-20 16:45")
    complaint = CUSTOMER.new(
        to=on.settings.service.address, subject=script.SUBJECT, text=script.COMPLAINT, at=at
    )
    await on.arrives(CUSTOMER, complaint, at, "the complaint")
    on.diary.turn("The complaint arrives. Within the minute: an acknowledgement and a handler.")
    return _whoever_has_it(on)


async def _first_answers(on: Stage, handler: Writer) -> None:
    on.teller.prose("The handler answers in her own mail program, and so does the customer.")
    await on.answers(handler, "assignment", script.FIRST_ANSWER, on.at("2026-11-23 09:35"))
    on.diary.turn("The handler answers by email; the customer writes back.")
    await on.answers(CUSTOMER, "handler-reply", script.CUSTOMER_AGAIN, on.at("2026-11-23 18:20"))
    await on.answers(handler, "customer-reply", script.SECOND_ANSWER, on.at("2026-11-24 10:10"))

    at = on.at("2026-11-24 10:11")
    answered = on.latest("handler-reply", CUSTOMER)
    away = CUSTOMER.is_away(answered, script.AWAY, at, to=on.settings.service.address)
    await on.arrives(CUSTOMER, away, at, "an automatic reply", what="-auto-reply")
    on.diary.turn("An out-of-office reply. It gets no answer and changes nothing.")


async def _appointment_missed(on: Stage, handler: Writer) -> None:
    await on.wait_until(on.at("2026-11-25 09:00"))
    on.diary.turn("No time to talk is agreed: the customer is asked. Now the handler rings.")
    await on.answers(handler, "assignment", script.APPOINTMENT, on.at("2026-11-25 11:20"))
    await on.wait_until(on.at("2026-12-01 12:00"))
    on.teller.prose("Tuesday comes, two o'clock comes, and nobody rings.")
    await on.wait_until(on.at("2026-12-01 17:00"))
    on.diary.turn(
        "Nobody rings at the time agreed. The customer gets an apology; the manager hears."
    )
    await on.answers(handler, "assignment", script.LATE_CALL, on.at("2026-12-02 10:05"))


async def _outcome_refused(on: Stage, handler: Writer) -> Writer:
    """
    The customer says no to the outcome; returns who has the case then.
    """
    await on.answers(handler, "assignment", script.FIRST_OUTCOME, on.at("2026-12-04 10:15"))
    on.diary.turn("A first outcome, and the question whether it resolves the complaint.")
    at = on.at("2026-12-07 08:15")
    await on.wait_until(at)
    refusal = CUSTOMER.clicks(on.latest("outcome", CUSTOMER), "No", at)
    await on.arrives(CUSTOMER, refusal, at, "a click on the No of the outcome")
    on.diary.turn("The customer says no. The case opens again and goes to the manager.")
    return _whoever_has_it(on)


async def _six_weeks(on: Stage, manager: Writer) -> None:
    await on.answers(manager, "assignment", script.MANAGER_CALLS, on.at("2026-12-08 11:30"))
    await on.answers(manager, "assignment", script.MANAGER_WRITES, on.at("2026-12-22 15:10"))
    on.teller.prose("Christmas. Nobody writes; the six weeks go on all the same.")
    await on.wait_until(on.at("2027-01-01 09:00"))
    on.diary.turn("Six weeks: the letter about the right to go to Ofcom, bank holiday or not.")


async def _put_right(on: Stage, manager: Writer) -> None:
    await on.answers(manager, "warning", script.CREDIT_IS_AGREED, on.at("2027-01-05 10:30"))
    await on.orders(manager, "#credit 48.50 February 2027", on.at("2027-01-05 10:40"))
    on.diary.turn("A credit of £48.50 is agreed, and confirmed to the customer.")
    await on.answers(manager, "warning", script.SECOND_OUTCOME, on.at("2027-01-14 16:00"))
    on.diary.turn("A second outcome.")
    await on.wait_until(on.at("2027-01-21 09:00"))
    on.diary.turn("No answer, so the customer is asked again. Silence closes nothing.")

    at = on.at("2027-01-22 19:40")
    await on.wait_until(at)
    confirmation = CUSTOMER.clicks(on.latest("outcome", CUSTOMER), "Yes", at)
    await on.arrives(CUSTOMER, confirmation, at, "a click on the Yes of the outcome")
    on.diary.turn("The customer says yes. The case is closed.")


async def _afterwards(on: Stage, manager: Writer) -> None:
    on.teller.prose("The case is closed. The credit that was promised is still owed.")
    await on.orders(manager, "#credit applied", on.at("2027-02-01 14:00"))
    on.diary.turn("The credit is applied: that promise outlived the case.")
    await on.answers(CUSTOMER, "credit", script.THANKS, on.at("2027-02-02 18:05"))
    await on.answers(manager, "customer-reply", script.STAYS_CLOSED, on.at("2027-02-03 09:20"))
    on.diary.turn("A thank-you is read by a person, and the case stays closed.")
    await on.wait_until(on.at("2027-02-04 12:00"))


def _whoever_has_it(on: Stage) -> Writer:
    """
    The reader of the latest assignment.
    """
    chosen = read(on.posted("assignment"))["To"].addresses[0]
    return Writer(chosen.display_name, chosen.addr_spec)


async def _sum_up(on: Stage) -> None:
    row = await anext(query.cases(closed_too=True))
    zone = on.settings.zone
    obligations = await query.obligations(row.serial)
    _leave_page(on, row.reference, obligations)
    on.teller.prose(
        f"Case {row.reference} is {row.state}. What the firm promised, and what became of it:"
    )
    on.teller.row(("", 0))
    for each in obligations:
        on.teller.row(
            (reasons.STATES[each.state], 10),
            (reasons.name(each.promise), 48),
            (f"by {_short(each.due_at.astimezone(zone))}", 0),
        )
    on.teller.prose(
        f"{on.album.count} mails lie in {on.album.folder}, in the order of the story;"
        f" what you have just read is there too, as {CONVERSATION}, and with each mail as its"
        f" reader sees it as a page for the browser, {TIMELINE}."
    )


def _leave_page(on: Stage, reference: str, obligations: Iterable[ObligationRow]) -> None:
    """
    The whole story in one file for a browser.
    """
    firm = on.settings.rulebook.company.name
    rows = [
        Row(
            promise=reasons.name(each.promise),
            clause=each.clause,
            due=due_words(each.due_at, on.settings.zone),
            end=reasons.STATES[each.state],
            is_broken=each.state == "breached",
            # Without the ids and numbers by which the program finds it again.
            evidence=re.split(r", | \[", each.evidence, maxsplit=1)[0],
        )
        for each in obligations
    ]
    lead = (
        f"{CUSTOMER.name}, a customer of {firm}, complained by email, and the case {reference}"
        " was opened. Here is every mail that anybody sent or got because of it, and why."
        " Everybody here is made up."
    )
    story = Story(
        title=TITLE,
        lead=(lead, _balance(on.album.count, rows)),
        turns=tuple(on.diary.turns),
        promises=tuple(rows),
        moments=tuple(on.diary.moments),
    )
    whole = page(story, on.settings.calendar)
    (on.album.folder / TIMELINE).write_text(whole, encoding="utf-8")


def _balance(mails: int, rows: list[Row]) -> str:
    """
    "59 mails, and 18 promises: 16 kept, 1 kept late, 1 withdrawn."
    """
    ends = Counter(row.end for row in rows)
    counted = ", ".join(f"{number} {end}" for end, number in ends.most_common())
    return f"{mails} mails, and {len(rows)} promises: {counted}."


def _short(local: datetime) -> str:
    """
    "Wed 25 Nov 17:00"; midnight is 24:00 of the day that ends.
    """
    is_midnight = local.time() == time(0)
    day = local - timedelta(days=1) if is_midnight else local
    return f"{day:%a} {day.day} {day:%b} {'24:00' if is_midnight else f'{day:%H:%M}'}"
