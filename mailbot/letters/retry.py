"""
When a letter that did not go is tried again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Retry:
    """
    The delays after the first, second, … attempt; the last one repeats until
    the letter is too old.
    """

    delays: tuple[timedelta, ...] = (
        1 * _MINUTE,
        5 * _MINUTE,
        15 * _MINUTE,
        60 * _MINUTE,
    )
    give_up_after: timedelta = timedelta(days=5)
    #: An outage, a pause or a throttled channel may keep a letter from being tried at
    #: all until it is old: a server that then says "in five minutes" is asked again.
    give_up_attempts: int = 3
    #: Nobody knows whether an uncertain letter arrived: it waits before it is said again.
    after_uncertain: timedelta = 15 * _MINUTE
    #: Where the relay gives our mail new ids, a repeated one would not be recognised.
    after_uncertain_rewritten: timedelta = 60 * _MINUTE

    def next_attempt_at(
        self, created_at: datetime, attempts: int, now: datetime, spread: float = 0.0
    ) -> datetime | None:
        """
        The instant of the next attempt, or None once the letter is too old and has
        been tried often enough.

        *attempts* counts the one just made; *spread* in [0, 1) lengthens the
        delay by up to its own tenth, so that an outage does not end in one burst.
        """
        if now - created_at >= self.give_up_after and attempts >= self.give_up_attempts:
            return None
        delay = self.delays[min(attempts, len(self.delays)) - 1]
        return now + delay * (1 + spread / 10)


#: A promised letter that has waited this long is an alarm.
ALARM_AFTER = timedelta(hours=1)

#: What somebody who is gone had in hand goes at once, unless it was tried oftener: it may be what
#: ends whoever tries it, and then it would go again at each start.
MOST_AT_ONCE = 3
