"""
The arena: mailbot among machines that answer everything, and one person.

Days of virtual time pass on the store alone, with the octets as they would come; two
mailbots with real servers between them meet in `test_automatic.py`.
"""

import os
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from mailbot import service
from mailbot.cases.known.arrivals import Arrival, Sight
from mailbot.cases.known.claimed import Claimed
from mailbot.desk.letter_outcomes import Delivered
from mailbot.letters.office import Office
from mailbot.mail.outcome import Sent
from mailbot.mail.reading.parse import parse
from mailbot.store import ledger, outbox
from mailbot.store.database import database
from mailbot.workers import record
from tests.flow.house import FRIDAY, JANE, SERVICE, Mail, settings
from tests.store.desk import LEASE, settled

#: MAILBOT_ARENA_TURNS=10000 by hand: a turn costs a twentieth of a second of work.
TURNS = int(os.environ.get("MAILBOT_ARENA_TURNS", "150"))
TURN = timedelta(seconds=30)
#: The machines' memory of what we said: older letters they have answered long ago.
_REMEMBERED = 6

_NUMBERS = count(1)


def an_id(host: str = "robot.example.com") -> str:
    return f"arena.{next(_NUMBERS)}@{host}"


def in_answer(letter: Claimed | None, sender: str, text: str) -> Mail:
    """
    A mail of that machine's, in the thread of the letter if there is one; nothing in
    it tells that a machine wrote it.
    """
    thread = (("In-Reply-To", f"<{letter.message_id}>"),) if letter else ()
    return Mail(
        sender=sender, subject="Re: your mail", text=text, message_id=an_id(), headers=thread
    )


def second_mailbot(letter: Claimed | None, turn: int) -> Mail:
    text = f"Thank you for your message. We have opened case TEL-{turn:06}-11."
    return in_answer(None, "Telco <help@telco.example>", text)


def without_headers(letter: Claimed | None, turn: int) -> Mail:
    return in_answer(letter, "Info <info@robot.example.com>", "Your mail was received. Thank you!")


def changing_addresses(letter: Claimed | None, turn: int) -> Mail:
    sender = f"Desk <desk.{turn}@robot.example.net>"
    return in_answer(letter, sender, f"Ticket {turn} has been created.")


def bouncing(letter: Claimed | None, turn: int) -> bytes:
    of = letter.message_id if letter else an_id()
    return (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.org\r\n"
        f"To: {SERVICE}\r\nSubject: Undelivered Mail\r\nMessage-ID: <{an_id()}>\r\n"
        "Date: Fri, 20 Nov 2026 16:44:00 +0000\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org"
        "\r\n\r\nFinal-Recipient: rfc822; user@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        f"\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{of}>\r\n\r\n--b--\r\n"
    ).encode()


def echoing_list(letter: Claimed | None, turn: int) -> bytes:
    head = f"List-Id: <all.example.org>\r\nPrecedence: list\r\nX-Turn: {turn}\r\n"
    echoed = letter.content if letter else bytes(Mail(message_id=an_id()))
    return head.encode() + echoed


MACHINES: tuple[Callable[[Claimed | None, int], Mail | bytes], ...] = (
    second_mailbot,
    without_headers,
    changing_addresses,
    bouncing,
    echoing_list,
)


@dataclass
class Arena:
    """
    We on the one side, on the other the machines in turn; everything arrives.
    """

    office: Office
    turn: int = 0
    sent: list[tuple[int, Claimed]] = field(default_factory=list)
    _heard: deque[Claimed] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    @property
    def now(self) -> datetime:
        return FRIDAY + self.turn * TURN

    async def play(self, turns: int) -> None:
        for _ in range(turns):
            self.turn += 1
            machine = MACHINES[self.turn % len(MACHINES)]
            letter = self._heard.popleft() if self._heard else None
            await self.arrives(machine(letter, self.turn))

    async def arrives(self, mail: Mail | bytes) -> None:
        seen = Sight("INBOX", 7, next(_NUMBERS), self.now)
        attempt = (await ledger.begin_first([seen]))[seen.uid]
        content = bytes(mail)
        message = parse(content, received_at=self.now)
        arrival = Arrival(attempt=attempt, content=content, message=message)
        await record.message(arrival, self.office, self.now)
        await self._deliver()

    async def _deliver(self) -> None:
        for letter in await outbox.claim(self.now, limit=100, lease=LEASE):
            delivered = Delivered(letter=letter, result=Sent("250 ok"), at=self.now, next_at=None)
            await settled(delivered, self.office)
            self.sent.append((self.turn, letter))
            if not letter.to_staff:
                self._heard.append(letter)

    def acknowledged(self) -> list[tuple[int, str]]:
        """
        Who got an acknowledgement, and in which turn.
        """
        return [
            (turn, letter.recipient.lower())
            for turn, letter in self.sent
            if letter.template == "acknowledgement"
        ]


def at_most(arena: Arena, window: timedelta, to: str = "") -> int:
    """
    The most acknowledgements that fell into any such window.
    """
    wide = window // TURN
    turns = [turn for turn, who in arena.acknowledged() if to in {"", who}]
    return max(
        (sum(1 for each in turns if first <= each < first + wide) for first in turns), default=0
    )


async def test_machines_that_answer_everything_stay_within_the_caps_and_a_person_is_answered(
    tmp_path: Path,
) -> None:
    firm = settings(tmp_path)
    caps = firm.rulebook.caps
    half = TURNS // 2
    async with database(f"sqlite://{tmp_path}/mailbot.sqlite3"):
        arena = Arena(await service.office(firm))
        await arena.play(half)
        await arena.arrives(Mail(sender=f"Jane Doe <{JANE}>", message_id="jane@example.com"))
    # Everything is opened anew: the counts are in the database.
    async with database(f"sqlite://{tmp_path}/mailbot.sqlite3"):
        arena.office = await service.office(firm)
        await arena.play(TURNS - half)

    told = Counter(who for _, who in arena.acknowledged())
    assert told[JANE] == 1
    assert len(told) > TURNS // 10
    for who in told:
        assert at_most(arena, timedelta(hours=1), who) <= caps.acknowledgements_per_address_per_hour
        assert at_most(arena, timedelta(days=1), who) <= caps.acknowledgements_per_address_per_day
    assert at_most(arena, timedelta(hours=1)) <= caps.acknowledgements_per_hour
    # To the outside goes what opens a case, and to whoever is acknowledged; no more.
    to_others = Counter(each.template for _, each in arena.sent if not each.to_staff)
    assert set(to_others) == {"acknowledgement", "introduction"}
    assert to_others["introduction"] == to_others["acknowledgement"] == told.total()
    # No mail of theirs is told to more than two of ours.
    assert sum(1 for _, each in arena.sent if each.to_staff) <= 2 * TURNS
