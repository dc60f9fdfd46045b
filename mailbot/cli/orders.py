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
from mailbot.cli.opening import give_up, need_a_database, operator, quiet_settings
from mailbot.cli.shown.document import print_document
from mailbot.desk.recorded import Ordered
from mailbot.letters.office import Office
from mailbot.settings import Settings
from mailbot.workers import orders

#: How long stdin is looked at: a pipe may be open for ever with nothing to say.
_AT_HAND, _SLOW = 0.1, 3.0  # seconds


def do_in_case(reference: str, words: list[str], *, as_json: bool) -> None:
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

    _answer(settings, order, as_json=as_json)


def do_without_case(words: list[str], *, as_json: bool) -> None:
    settings = quiet_settings()
    now = service.utc_now()
    ordered = _ordered("\n".join(words), Reckoning(now, settings.calendar))
    match ordered:
        case (Open() as command,):
            _enter(settings, command, now, as_json=as_json)
        case (Release(held_id=int(number)),):
            release(settings, number, "", as_json=as_json)
        case (FileIn(reference=named, held_id=int(number)),):
            release(settings, number, named, as_json=as_json)
        case (Reject(held_id=int(number)),):
            reject(settings, number, as_json=as_json)
        case (Away() | Back() as absence,):
            _away(settings, absence, as_json=as_json)
        case (Help(),):
            _say(f"The commands are: {KNOWN}.", as_json=as_json)
        case _:
            give_up(
                "only #open, #away, #help and, with the number of a held message, #release, #reject and"
                " #case need no case; mailbot case REF do '#command …' has one"
            )


def _enter(settings: Settings, command: Open, now: datetime, *, as_json: bool) -> None:
    async def enter(office: Office) -> Ordered:
        return await orders.entered(command, operator(), office, now)

    _answer(settings, enter, as_json=as_json)


def _away(settings: Settings, command: Away | Back, *, as_json: bool) -> None:
    async def say(office: Office) -> Ordered:
        return await orders.absence(command, operator(), office, service.utc_now())

    _answer(settings, say, as_json=as_json)


def _answer(
    settings: Settings, order: Callable[[Office], Awaitable[Ordered]], *, as_json: bool
) -> None:
    need_a_database(settings)
    refused = Ordered(is_done=False, answer="there is no database; mailbot run makes it")
    answered = at_the_office(settings, order, nothing=refused)
    if not answered.is_done:
        give_up(answered.answer)
    _say(answered.answer, as_json=as_json)


def _say(answer: str, *, as_json: bool) -> None:
    if as_json:
        print_document({"answer": answer})
    else:
        print(answer)


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
