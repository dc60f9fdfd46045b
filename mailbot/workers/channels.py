"""
The connections over which letters leave: as many as are configured, and as the server allows.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from mailbot.log import get_logger
from mailbot.mail.outcome import Outcome
from mailbot.transport.smtp_session import SmtpFault

log = get_logger()

#: Seconds that a further connection may take before the others do without it.
_CONNECTED_WITHIN = 10.0
#: For so many seconds a server is not asked again for a connection that it did not give.
_FEWER_FOR = 600.0


class Channel(Protocol):
    """
    One kept connection, as `transport/smtp.py` has it.
    """

    async def connect(self) -> None: ...
    async def deliver(self, content: bytes, recipient: str) -> Outcome: ...
    def cut(self) -> None: ...
    async def close(self) -> None: ...


class ChannelClosed(Exception):  # noqa: N818 - a state, told to the loop
    """
    The server will not take the next message either; the loop waits and tries again.
    """


class ChannelRefused(ChannelClosed):
    """
    The server turns us down, recipient after recipient. Nothing tells that this is over but a
    letter that is accepted: `delivery_paused` and `delivery_recovered` say so.
    """


class ChannelSlowed(ChannelClosed):
    """
    The server takes mail, but not so much of it; *retry_after* is in seconds.
    """

    def __init__(self, reason: str, retry_after: float) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Lines:
    """
    The channels in the order in which they are used: the first one has the connection that
    the server is sure to give.
    """

    def __init__(self, channels: Sequence[Channel]) -> None:
        self._channels = list(channels)
        #: Until then the server is asked for one connection alone.
        self._fewer_until = 0.0

    @property
    def are_several(self) -> bool:
        return len(self._channels) > 1 and _seconds() >= self._fewer_until

    def may_use(self, channel: Channel) -> bool:
        return channel is self._channels[0] or self.are_several

    async def connected(self, *, just_one: bool) -> list[Channel]:
        """
        The channels to use now, the first of them with a connection; SmtpFault says why
        none of them has one.
        """
        for left in reversed(range(len(self._channels))):
            try:
                await self._channels[0].connect()
            except SmtpFault as fault:
                if not fault.throttled or not left:
                    raise
                # One that is open already may be all that the server allows.
                await self.do_without(self._channels[0])
            else:
                break
        return self._channels[:1] if just_one or not self.are_several else list(self._channels)

    async def is_open(self, channel: Channel) -> bool:
        """
        Whether the channel has a connection, a further one beside the first.
        """
        if channel is self._channels[0]:
            return True
        try:
            async with asyncio.timeout(_CONNECTED_WITHIN):
                await channel.connect()
        except (SmtpFault, TimeoutError):
            await self.do_without(channel)
            return False
        return True

    async def do_without(self, channel: Channel) -> None:
        """
        The server allows fewer connections than are configured: known for a while.
        """
        if self.are_several:
            log.info("connections_limited", count=1)
        self._fewer_until = _seconds() + _FEWER_FOR
        self._channels.remove(channel)
        self._channels.append(channel)
        await channel.close()


def _seconds() -> float:
    """
    The loop's own clock, which nobody sets.
    """
    return asyncio.get_running_loop().time()
