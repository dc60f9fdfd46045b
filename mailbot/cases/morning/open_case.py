"""
A case as a digest looks at it: what is owed in it, and what was broken before.
"""

from collections.abc import Iterable

from mailbot.cases.case import Case
from mailbot.cases.morning.known import OpenCase
from mailbot.cases.obligation import Obligation, ObligationState
from mailbot.cases.promises.deadlines import OUTLIVE_THE_CASE
from mailbot.cases.states import SETTLED


def open_case(case: Case, handler_email: str, *, is_marked: bool) -> OpenCase | None:
    """
    None where nothing is to be done any more. *handler_email* is as the case has it, also of
    somebody who has left.
    """
    is_open = case.state not in SETTLED
    duties = sorted(case.obligations, key=lambda each: each.number)
    if not is_open:
        duties = [each for each in duties if each.promise in OUTLIVE_THE_CASE]
    latest = {each.promise: each for each in duties}
    owed = _soonest(each for each in latest.values() if each.is_owed)
    if not (is_open or owed):
        return None
    return OpenCase(
        reference=case.reference,
        customer=case.complainant.address.name or case.complainant.address.email,
        received_at=case.received_at,
        opened_at=case.opened_at,
        handler=case.handler,
        handler_email=handler_email,
        verdict=case.verdict if is_open else "",
        owed=owed,
        broken_before=_soonest(
            each
            for each in duties
            if each.state is ObligationState.BREACHED and each is not latest[each.promise]
        ),
        to_post=case.to_post,
        is_marked=is_marked,
    )


def _soonest(duties: Iterable[Obligation]) -> tuple[Obligation, ...]:
    return tuple(sorted(duties, key=lambda each: each.due_at))
