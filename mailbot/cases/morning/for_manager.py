"""
What the manager has to know: what is broken, what is at risk, who has no handler.
"""

from collections.abc import Iterator

from mailbot.cases.firm import Firm
from mailbot.cases.morning.known import Known, OpenCase
from mailbot.cases.morning.lines import Line, age, letter_on, line, name_of
from mailbot.cases.morning.working_day import Morning
from mailbot.cases.obligation import ObligationState
from mailbot.cases.wording import digest_words
from mailbot.cases.wording.moments import happened, in_words
from mailbot.mail.words import date_words

#: Work of every day; whether it is at risk, the handler knows best.
_ROUTINE = frozenset({"adr_rights", "keep_contact", "confirm_closure"})


def for_manager(known: Known, of: Morning, firm: Firm) -> dict[str, list[Line]]:
    cases = known.cases
    return {
        "breaches": [
            line(case, None, name_of(duty), f"was due {in_words(duty.due_at, firm)}")
            for case in cases
            for duty in (*case.broken_before, *case.owed)
            if duty.state is ObligationState.BREACHED
            and (duty in case.owed or duty.due_at >= of.since)
        ],
        "unassigned": [
            line(case, None, _why_nobody(case), f"received {happened(case.received_at, firm)}")
            | {"who": ""}
            for case in cases
            if case.handler is None
        ],
        "at_risk": list(_at_risk(cases, of, firm)),
        "verdicts": [
            line(case, None, digest_words.VERDICTS[case.verdict], f"since {_day(case, firm)}")
            for case in cases
            if case.verdict
        ],
    }


def _at_risk(cases: tuple[OpenCase, ...], of: Morning, firm: Firm) -> Iterator[Line]:
    """
    What has to be done within the day, and the cases that near their six weeks.
    """
    for case in cases:
        for duty in case.owed:
            is_last_day = of.since < duty.due_at <= of.today_ends
            if duty.state is ObligationState.OPEN and is_last_day and duty.promise not in _ROUTINE:
                yield line(case, None, name_of(duty), f"by {in_words(duty.due_at, firm)}")
            if duty.promise == "adr_rights" and case.is_marked:
                yield line(case, None, age(case, of, firm), letter_on(duty, firm))


def _why_nobody(case: OpenCase) -> str:
    if case.handler_email:
        return f"its handler, {case.handler_email}, is not in handlers.toml any more"
    return "nobody has it yet"


def _day(case: OpenCase, firm: Firm) -> str:
    return date_words(firm.calendar.local_day(case.opened_at))
