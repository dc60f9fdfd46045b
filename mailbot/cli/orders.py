"""
`mailbot case REF do` and `mailbot do`: commands as a handler would send them, on an
operator's word.
"""

import select
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime

import typer

from mailbot import service
from mailbot.cases.commands.orders import (
    Away,
    Back,
    Command,
    FileIn,
    Help,
    Misspoken,
    Open,
    Reject,
    Release,
)
from mailbot.cases.commands.reading.grammar import KNOWN, parse
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.cli.held.deciding import reject, release
from mailbot.cli.office import at_the_office
from mailbot.cli.opening import give_up, operator, quiet_settings
from mailbot.desk.recorded import Ordered
from mailbot.letters.office import Office
from mailbot.settings import Settings
from mailbot.workers import orders

#: How long stdin is looked at: a pipe may be open for ever with nothing to say.
_AT_HAND, _SLOW = 0.1, 3.0  # seconds


def do_in_case(reference: str, words: list[str]) -> None:
    """
    Carry commands out, or say why not and what to write.
    """
    settings = quiet_settings()
    named = reference.strip().upper()
    if words[0] != "do" or len(words) < 2:
        raise typer.BadParameter(f"expected: mailbot case {named} do '#command …'")
    now = service.utc_now()
    ordered = _ordered("\n".join(words[1:]), Reckoning(now, settings.calendar))

    async def order(office: Office) -> Ordered:
        return await orders.commands(named, ordered, operator(), office, now)

    _answer(settings, order, f"there is no case {named}")


def do_without_case(words: list[str]) -> None:
    settings = quiet_settings()
    now = service.utc_now()
    ordered = _ordered("\n".join(words), Reckoning(now, settings.calendar))
    match ordered:
        case (Open() as command,):
            _enter(settings, command, now)
        case (Release(held_id=int(number)),):
            release(settings, number, "")
        case (FileIn(reference=named, held_id=int(number)),):
            release(settings, number, named)
        case (Reject(held_id=int(number)),):
            reject(settings, number)
        case (Away() | Back() as absence,):
            _away(settings, absence)
        case (Help(),):
            print(f"The commands are: {KNOWN}.")
        case _:
            give_up(
                "only #open, #away, #help and, with the number of a held message, #release, #reject and"
                " #case need no case; mailbot case REF do '#command …' has one"
            )


def _enter(settings: Settings, command: Open, now: datetime) -> None:
    async def enter(office: Office) -> Ordered:
        return await orders.entered(command, operator(), office, now)

    _answer(settings, enter)


def _away(settings: Settings, command: Away | Back) -> None:
    async def say(office: Office) -> Ordered:
        return await orders.absence(command, operator(), office, service.utc_now())

    _answer(settings, say)


def _answer(
    settings: Settings,
    order: Callable[[Office], Awaitable[Ordered]],
    without_database: str = "there is no database; mailbot run makes it",
) -> None:
    refused = Ordered(is_done=False, answer=without_database)
    answered = at_the_office(settings, order, nothing=refused)
    if not answered.is_done:
        give_up(answered.answer)
    print(answered.answer)


def _ordered(lines: str, reckoning: Reckoning) -> tuple[Command, ...]:
    """
    The commands, with the body from stdin where there is one. Where they make no
    sense without, a body that is slow to come is waited for.
    """
    body = _waiting_on_stdin(_AT_HAND)
    try:
        return parse(f"{lines}\n{body}", reckoning)
    except Misspoken as doubt:
        late = "" if body else _waiting_on_stdin(_SLOW)
        if not late:
            give_up(str(doubt))
    try:
        return parse(f"{lines}\n{late}", reckoning)
    except Misspoken as doubt:
        give_up(str(doubt))


def _waiting_on_stdin(seconds: float) -> str:
    # Of a program that was started with its stdin closed there is none.
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    if not select.select([sys.stdin], [], [], seconds)[0]:
        return ""
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        give_up("the text on stdin is not UTF-8; save it as UTF-8 and give it again")
