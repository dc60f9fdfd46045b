"""
From octets to what the rules look at; where reading fails for good, to as much as can be read.

A message whose sender can be read gets its case, whatever the rest is like; any
other is held with its octets, and so is one from which nothing can be made.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from mailbot.cases.identity.triage import Vouched
from mailbot.cases.known.arrivals import Arrival, Attempt, Left
from mailbot.desk.recorded import Recorded
from mailbot.letters.office import Office
from mailbot.log import get_logger
from mailbot.mail.message import InboundMessage
from mailbot.mail.origin.placeholders import is_placeholder
from mailbot.mail.reading.confined import read_confined
from mailbot.mail.reading.parse import parse, parse_header
from mailbot.mail.reading.scan import Malformed, is_heavy
from mailbot.store import held
from mailbot.store.database import DatabaseFault
from mailbot.workers import record

log = get_logger()

_THREE_TIMES = "taking it in failed three times"
_DEADLY = "whoever took it in died, ten times"


class Reader:
    def __init__(
        self,
        office: Office,
        now: Callable[[], datetime],
        *,
        holder: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._office = office
        self._now = now
        #: The number of the mailbox's holder, of whoever takes its mail in.
        self._holder = holder

    @property
    def office(self) -> Office:
        return self._office

    def work_for(self, office: Office) -> None:
        """
        From the next message on by the rules, and with the people, of that office.
        """
        self._office = office

    async def read(self, attempt: Attempt, content: bytes, *, left: Left | None = None) -> Arrival:
        """
        The message of *attempt*, in full, or by its header where the rest is *left*. Raises
        whatever is wrong with it, or with us, as long as it will be tried again.
        """
        return await self._arrived(
            Arrival(
                attempt=attempt,
                content=content,
                message=_unread(attempt),
                left=left,
            )
        )

    async def take_in(
        self,
        attempt: Attempt,
        content: bytes,
        *,
        left: Left | None = None,
        again: int | None = None,
        released: Vouched | None = None,
    ) -> Recorded:
        """
        Make the message of *attempt* ours. *again* is the message row of held
        mail that is read once more, *released* a person's word on it.
        """
        unread = Arrival(
            attempt=attempt,
            content=content,
            message=_unread(attempt),
            left=left,
            again=again,
            released=released,
        )
        arrival = await self._arrived(unread)
        # With less and less of it, until it is ours: in full, by its header, by its octets.
        for less in (self._by_header, lambda arrival, _: replace(arrival, message=unread.message)):
            try:
                return await record.message(
                    arrival, self._office, self._now(), holder=self._holder()
                )
            except DatabaseFault:
                raise
            # Only the last attempt goes on with less; before it, it is Intake that counts.
            except Exception as defect:
                if not attempt.is_last:
                    raise
                log.warning("message_not_taken_in", defect=defect)
            arrival = less(arrival, _THREE_TIMES)
        return await record.message(arrival, self._office, self._now(), holder=self._holder())

    async def retry(self, held_id: int, released: Vouched | None = None) -> Recorded | None:
        """
        Read a held message once more, and with a person's word do what they say;
        None if nothing is held under that number.
        """
        row = await held.find(held_id)
        if row is None or row.resolved_at is not None:
            return None
        if row.reason in set(Left):
            is_first = await held.fetch_again(row, self._now())
            return Recorded(reason="fetched_at_the_next_round") if is_first else None
        attempt = await held.attempt_of(None, row)
        octets = row.message.content.octets
        return await self.take_in(attempt, octets, again=row.message_id, released=released)

    async def _arrived(self, unread: Arrival) -> Arrival:
        attempt, content = unread.attempt, unread.content
        if unread.left:
            return self._by_header(unread, unread.left.words)
        if attempt.is_deadly and unread.again is None:
            return self._by_header(unread, _DEADLY)
        # Whoever died at it may have died of it: read where it kills nobody but its reader.
        is_suspect = attempt.is_beyond and unread.again is None
        read = self._read_apart if is_suspect else self._read
        try:
            message = await read(content, attempt.sight.received_at)
        except Malformed as bound:
            return self._by_header(unread, str(bound))
        # Only the last attempt goes on with less; before it, it is Intake that counts.
        except Exception as defect:
            if not attempt.is_last:
                raise
            log.warning("message_not_taken_in", defect=defect)
            return self._by_header(unread, _THREE_TIMES)
        return replace(unread, message=message)

    async def _read(self, content: bytes, received_at: datetime) -> InboundMessage:
        # A thread alone would hold the interpreter's lock, and nothing could stop it.
        if is_heavy(content):
            return await self._read_apart(content, received_at)
        return parse(content, received_at=received_at)

    async def _read_apart(self, content: bytes, received_at: datetime) -> InboundMessage:
        return await asyncio.to_thread(read_confined, content, received_at=received_at)

    def _by_header(self, arrival: Arrival, why: str) -> Arrival:
        message = _unread(arrival.attempt)
        # A notice of the server's has a header that is nobody's.
        content = b"" if is_placeholder(arrival.content) else arrival.content
        try:
            message = parse_header(content, received_at=message.received_at)
        except (Malformed, ValueError, LookupError, TypeError) as defect:
            log.warning("header_unreadable", defect=defect)
        return replace(arrival, message=message, unreadable=why)


def _unread(attempt: Attempt) -> InboundMessage:
    return InboundMessage(received_at=attempt.sight.received_at, readable=False)
