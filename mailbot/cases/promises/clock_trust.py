"""
Whether the clock of the machine can be believed before letters go out by it.

A machine that was off for a week is believed when it starts: nothing contradicts it. One that
leaps while it runs, or stands years after everything that is on record, is not.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from mailbot.cases.known.clock import Doubt, Doubted

#: What two clocks may differ by, with summer time and a wrong zone on top.
LEAP = timedelta(days=1)

#: Nobody is off for longer and starts again as if nothing had been.
LONGEST_OUTAGE = timedelta(days=366)

#: A clock that is wrong for longer is somebody's setting.
_LASTS = timedelta(hours=1)


def doubt(
    now: datetime,
    last: datetime | None,
    *,
    is_running: bool,
    others: Collection[datetime] = (),
) -> Doubt:
    """
    What to make of *now*, where the last look that was believed was at *last* (None: there
    was none), in this same run or before it. *others* are what the servers of mail and
    database say: those may be wrong themselves by a zone or a month, and not by years.
    """
    for other in others:
        if abs(now - other) > LONGEST_OUTAGE:
            return Doubt.AHEAD if now > other else Doubt.BEHIND
    if last is None:
        return Doubt.NONE
    if now < last - LEAP:
        return Doubt.BEHIND
    longest = LEAP if is_running else LONGEST_OUTAGE
    return Doubt.AHEAD if now - last > longest else Doubt.NONE


def is_put_right(now: datetime, doubted: Doubted) -> bool:
    """
    Whether the clock is back where it was left.
    """
    if now < doubted.believed_at - LEAP:
        return False
    return doubted.doubt is not Doubt.AHEAD or now < doubted.doubted_at - LEAP


def is_borne_out(now: datetime, mail: datetime | None, doubted: Doubted) -> bool:
    """
    Whether the mail server has given a message of late the time that was doubted, as after a
    machine has slept. It may run on this very machine: what lasts for minutes proves nothing.
    """
    return mail is not None and abs(now - mail) <= LEAP and mail >= doubted.doubted_at + _LASTS
