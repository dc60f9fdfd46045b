"""
From octets to the record; where reading fails for good, from as much as can be read.

A message whose sender can be read gets its case, whatever the rest is like; any
other is held with its octets, and so is one from which nothing can be made.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog

from mailbot.cases.identity.triage import Vouched
from mailbot.mail.message import InboundMessage
from mailbot.mail.reading.confined import read_confined
from mailbot.mail.reading.parse import parse, parse_header
from mailbot.mail.reading.scan import Malformed, is_heavy
from mailbot.store import held, record
from mailbot.store.arrival import Arrival
from mailbot.store.database import DatabaseFault
from mailbot.store.decided import Recorded
from mailbot.store.ledger import Attempt
from mailbot.store.office import Office

log = structlog.get_logger()

_THREE_TIMES = "taking it in failed three times"


class Reader:
    def __init__(self, office: Office, now: Callable[[], datetime]) -> None:
        self._office = office
        self._now = now

    def work_for(self, office: Office) -> None:
        """
        From the next message on by the rules, and with the people, of that office.
        """
        self._office = office

    async def take_in(
        self,
        attempt: Attempt,
        content: bytes,
        *,
        is_whole: bool = True,
        again: int | None = None,
        released: Vouched | None = None,
    ) -> Recorded:
        """
        Make the message of *attempt* ours. *again* is the message row of held
        mail that is read once more, *released* a person's word on it.
        """
        if not is_whole:
            why = "larger than [imap] max_message"
            return await self._by_header(attempt, content, why, is_whole=False)
        if attempt.is_beyond and again is None:
            return await self._by_header(attempt, content, _THREE_TIMES)
        try:
            return await self._in_full(attempt, content, again, released)
        except Malformed as bound:
            return await self._by_header(
                attempt, content, str(bound), again=again, released=released
            )
        except DatabaseFault:
            raise
        # Only the last attempt goes on with less; before it, it is Intake that counts.
        except Exception as defect:
            if not attempt.is_last:
                raise
            log.warning("message_not_taken_in", defect=defect)
        return await self._by_header(attempt, content, _THREE_TIMES, again=again, released=released)

    async def retry(self, held_id: int, released: Vouched | None = None) -> Recorded | None:
        """
        Read a held message once more, and with a person's word do what they say;
        None if nothing is held under that number.
        """
        row = await held.find(held_id)
        if row is None or row.resolved_at is not None:
            return None
        if row.reason == held.TOO_LARGE:
            is_first = await held.fetch_again(row, self._now())
            return Recorded(reason="fetched_at_the_next_round") if is_first else None
        attempt = await held.attempt_of(None, row)
        octets = row.message.content.octets
        return await self.take_in(attempt, octets, again=row.message_id, released=released)

    async def _in_full(
        self, attempt: Attempt, content: bytes, again: int | None, released: Vouched | None
    ) -> Recorded:
        message = await self._read(content, attempt.sight.received_at)
        arrival = Arrival(
            attempt=attempt, content=content, message=message, again=again, released=released
        )
        return await record.message(arrival, self._office, self._now())

    async def _read(self, content: bytes, received_at: datetime) -> InboundMessage:
        # A thread alone would hold the interpreter's lock, and nothing could stop it.
        if is_heavy(content):
            return await asyncio.to_thread(read_confined, content, received_at=received_at)
        return parse(content, received_at=received_at)

    async def _by_header(
        self,
        attempt: Attempt,
        content: bytes,
        why: str,
        *,
        is_whole: bool = True,
        again: int | None = None,
        released: Vouched | None = None,
    ) -> Recorded:
        unread = InboundMessage(received_at=attempt.sight.received_at, readable=False)
        arrival = Arrival(
            attempt=attempt,
            content=content,
            message=self._header(content, attempt.sight.received_at) or unread,
            unreadable=why,
            is_whole=is_whole,
            again=again,
            released=released,
        )
        if arrival.message is unread:
            return await record.held_without_reading(arrival, self._office, self._now())
        try:
            return await record.message(arrival, self._office, self._now())
        except DatabaseFault:
            raise
        # What follows from it cannot be decided or written: a person has to, from the octets.
        except Exception as defect:
            if not attempt.is_last:
                raise
            log.warning("message_not_taken_in", defect=defect)
        arrival = replace(arrival, message=unread)
        return await record.held_without_reading(arrival, self._office, self._now())

    def _header(self, content: bytes, received_at: datetime) -> InboundMessage | None:
        try:
            return parse_header(content, received_at=received_at)
        except (Malformed, ValueError, LookupError, TypeError) as defect:
            log.warning("header_unreadable", defect=defect)
            return None
