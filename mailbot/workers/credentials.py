"""
What lets us into the mail servers and runs out is told before it does: secret, certificate,
and a refresh token that cannot be written down.
"""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from mailbot.log import get_logger
from mailbot.store import control
from mailbot.transport.oauth2.expiry import expiring
from mailbot.transport.oauth2.tokens import Tokens
from mailbot.workers.lasting import Lasting

log = get_logger()

#: When it was last said, by whichever worker.
_SAID = "credentials_said_at"
#: Days that leave no time: from then on it is an alarm.
_URGENT = 7


class Credentials:
    def __init__(
        self,
        tokens: Tokens,
        secret_expires_on: date | None,
        zone: ZoneInfo,
        now: Callable[[], datetime],
    ) -> None:
        self._tokens = tokens
        self._secret_expires_on = secret_expires_on
        self._zone = zone
        self._now = now
        self._looked_on: date | None = None
        self._unkept = Lasting()

    @property
    def is_unkept(self) -> bool:
        """
        Whether there is a refresh token that could not be written down.
        """
        return bool(self._tokens.trouble)

    async def step(self) -> None:
        """
        Say what has to be said; each thing once a day while it lasts.
        """
        now = self._now()
        if not (trouble := self._tokens.trouble):
            self._unkept.is_over()
        elif self._unkept.is_news(trouble, now):
            log.error("refresh_token_not_kept", reason=trouble)
        here = now.astimezone(self._zone)
        today = here.date()
        if today == self._looked_on:
            return
        self._looked_on = today
        ending = expiring(self._tokens.client, self._secret_expires_on, today)
        # Since midnight, not a day ago: what was said yesterday evening is said today.
        midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
        if not ending or not await control.is_due(_SAID, now - midnight, now):
            return
        for each in ending:
            say = log.error if each.days <= _URGENT else log.warning
            say("credentials_expire", reason=each.key, days=each.days)
