"""
Octets from the server, and what becomes of a message whose octets do not come.

What a server cannot open it refuses in every way: NO, BAD, a line that ends, nothing, or a
notice of its own in the message's place. The others are fetched without it. A server that
wants to be left alone for a while says that of no message.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from mailbot.cases.known.arrivals import Left
from mailbot.mail.origin.placeholders import is_placeholder
from mailbot.transport.mailbox import Fetched, ImapFault, Mailbox, Waiting


class Server(Protocol):
    """
    The mailbox, as `transport/imap.py` has it.
    """

    async def reach(self) -> None: ...
    async def fetch(self, waiting: Sequence[Waiting]) -> list[Fetched]: ...
    async def fetch_header(self, waiting: Waiting) -> Fetched | None: ...


class Throttled(ImapFault):
    """
    The server hands out nothing just now, because we ask for too much.
    """


@dataclass(frozen=True)
class Had:
    """
    What the server gave of a message: all of it, or why the rest is *left* there.
    """

    item: Fetched
    left: Left | None = None


@dataclass(frozen=True)
class Fetching:
    server: Server
    #: Octets; a larger message is known by its header.
    largest: int

    def is_too_large(self, each: Waiting) -> bool:
        return each.size is not None and each.size > self.largest

    async def together(self, batch: Sequence[Waiting]) -> dict[int, Had]:
        """
        By UID what came of these messages. Whatever did not come, or is no message, is
        missing, and so are all where the server refused them as a whole. Throttled if it
        wants a rest.
        """
        if len(batch) == 1 and self.is_too_large(batch[0]):
            had = await self._try_header(batch[0])
            return {batch[0].uid: Had(had, Left.TOO_LARGE)} if had else {}
        try:
            items = await self.server.fetch(batch)
        except ImapFault as fault:
            if fault.rest:
                raise Throttled(str(fault), rest=fault.rest) from fault
            await self.server.reach()
            return {}
        return {each.uid: Had(each) for each in items if not is_placeholder(each.content)}

    async def alone(self, each: Waiting, *, is_last: bool = False) -> tuple[Had | None, Left]:
        """
        The message, or None and why not. An ImapFault if the server is gone, which is
        nothing that the message could help; Throttled if it wants a rest, unless it is
        asked for the last time: a wish for rest may be what one message always gets.
        """
        if self.is_too_large(each):
            header = await self._try_header(each)
            return (Had(header, Left.TOO_LARGE) if header else None), Left.NOT_HANDED_OUT
        try:
            items = await self.server.fetch([each])
        except ImapFault as fault:
            if fault.rest and not is_last:
                raise Throttled(str(fault), rest=fault.rest) from fault
            await self.server.reach()
            items = []
        for item in items:
            if is_placeholder(item.content):
                return None, Left.PLACEHOLDER
            return Had(item), Left.NOT_HANDED_OUT
        return None, Left.NOT_HANDED_OUT

    async def by_its_header(self, each: Waiting, mailbox: Mailbox, why: Left) -> Had:
        """
        What can be known of a message that does not come: its header, or nothing.
        """
        header = await self._try_header(each)
        if header is None or is_placeholder(header.content):
            nothing = Fetched(
                mailbox=mailbox.name,
                uid_validity=mailbox.uid_validity,
                uid=each.uid,
                received_at=each.received_at,
                content=b"",
                size=each.size or 0,
                is_whole=False,
            )
            header = replace(header, content=b"") if header else nothing
        return Had(header, why)

    async def _try_header(self, each: Waiting) -> Fetched | None:
        try:
            return await self.server.fetch_header(each)
        except ImapFault:
            await self.server.reach()
            return None
