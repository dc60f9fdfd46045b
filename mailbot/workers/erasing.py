"""
What may go of one person goes, on somebody's word: case by case, and then mail of no case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mailbot.cases.decision import Event
from mailbot.store import erasure, retention
from mailbot.store.erasure import MAIL_ANONYMISED, PARTY_ANONYMISED, Plan
from mailbot.store.retention import CASE_ANONYMISED


@dataclass(frozen=True)
class Erased:
    """
    The references of the cases that were emptied, or in which the person is nobody now; and
    how many mails of no case.
    """

    cases: Sequence[str] = ()
    mails: int = 0


async def erase(plan: Plan, by: str, now: datetime) -> Erased:
    """
    As *by* asked. A case in which something has happened since the plan was made is left.
    """
    cause = f"command by {by}"
    done = []
    for each in plan.cases:
        if each.past is None:
            continue
        if each.is_own:
            said = Event(name=CASE_ANONYMISED, cause=cause, reason="erasure")
            is_done = await retention.anonymise(each.past, said, now)
        else:
            said = Event(name=PARTY_ANONYMISED, cause=cause, reason="erasure")
            is_done = await erasure.leave_case(each.past, plan.person, said, now)
        if is_done:
            done.append(each.reference)
    loose = Event(name=MAIL_ANONYMISED, cause=cause, reason="erasure")
    return Erased(done, await erasure.empty_mail_of_no_case(plan, loose, now))
