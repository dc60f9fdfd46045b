"""
The clock of a case: who is warned, what is sent, and what is broken when an instant passes.
"""

from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import assert_never

from mailbot.cases import wording
from mailbot.cases.firm import Firm
from mailbot.cases.model import (
    Case,
    Decision,
    Does,
    Event,
    Letter,
    Obligation,
    ObligationState,
    Settlement,
    Step,
)
from mailbot.cases.states import State
from mailbot.cases.tasks import address_of, task
from mailbot.cases.triggers import ClockStruck

#: Of several clock mails in one round the customer gets the first of these that is due.
CLOCK_MAIL_ORDER = ("adr-rights", "follow-up")

#: States in which the clocks of the case have nothing more to say.
SETTLED = frozenset({State.CLOSED, State.NOT_A_COMPLAINT})


def struck(case: Case, trigger: ClockStruck, firm: Firm, now: datetime) -> Decision:
    decisions = [
        _step(case, step, firm, now) for step in _not_overtaken(case, trigger.steps, firm, now)
    ]
    together = Decision(reason="nothing_owed")
    for each in decisions:
        together = replace(together.joined_with(each), reason=each.reason)
    return _one_clock_mail(together, firm, now)


def _not_overtaken(case: Case, steps: tuple[Step, ...], firm: Firm, now: datetime) -> list[Step]:
    """
    After an outage a warning about what has meanwhile happened is noise: of one
    promise's warnings only the last counts, and none once the promise acts.
    """
    kept = []
    for _, group in groupby(sorted(steps, key=_by_promise), key=lambda each: each.promise):
        due = list(group)
        latest = due[-1]
        kept += [each for each in due if each.does is not Does.WARN or each is latest]
    return sorted(kept, key=lambda each: each.at)


def _by_promise(step: Step) -> tuple[str, datetime, bool]:
    return step.promise, step.at, step.does is Does.DUE


def _step(case: Case, step: Step, firm: Firm, now: datetime) -> Decision:
    obligation = case.obligation(step.promise)
    if obligation is None or not obligation.is_owed or obligation.number != step.number:
        return Decision(reason="already_settled")
    if case.state in SETTLED:
        return Decision(reason=f"case_is_{case.state}")
    match step.does:
        case Does.ACT:
            return _act(case, step, firm, now)
        case Does.WARN:
            return _warn(case, step, obligation, firm, now)
        case Does.ALARM:
            return _alarm(step, firm, now)
        case Does.DUE:
            return _due(case, step, obligation, firm, now)
        case _:
            assert_never(step.does)


def _act(case: Case, step: Step, firm: Firm, now: datetime) -> Decision:
    if step.promise == "adr_rights":
        return _six_weeks(case, step, firm, now)
    if step.promise == "agree_contact":
        return _third_working_day(case, step, firm, now)
    return Decision(reason="acts_when_the_case_opens")


def _six_weeks(case: Case, step: Step, firm: Firm, now: datetime) -> Decision:
    # Code, stage 6. The case may have moved on since the obligation was booked.
    if case.rights_letters:
        return Decision(reason="rights_letter_already_decided")
    letter = Letter(
        template="adr-rights",
        to=case.complainant.address,
        occasion=_occasion(step),
        withheld=case.verdict,
    )
    event = Event(name="rights_letter_decided", cause="clock", reason="six_weeks_open")
    decision = Decision(reason="six_weeks_open", letters=(letter,), events=(event,))
    if case.verdict:
        tasks = task(firm, now, _occasion(step), wording.RIGHTS_WITHHELD)
        return decision.joined_with(Decision(reason=case.verdict, letters=tasks))
    return decision


def _third_working_day(case: Case, step: Step, firm: Firm, now: datetime) -> Decision:
    obligation = case.obligation(step.promise)
    warning = (
        _warn(case, step, obligation, firm, now) if obligation else Decision(reason="not_booked")
    )
    letter = Letter(
        template="follow-up",
        to=case.complainant.address,
        occasion=_occasion(step),
        withheld=case.verdict,
    )
    event = Event(name="follow_up_decided", cause="clock", reason="no_contact_time_agreed")
    return Decision(
        reason="no_contact_time_agreed", letters=(letter,), events=(event,)
    ).joined_with(warning)


def _warn(case: Case, step: Step, obligation: Obligation, firm: Firm, now: datetime) -> Decision:
    reader = case.handler or firm.people.manager(firm.calendar.local_day(now))
    event = Event(name="warning_decided", cause="clock", reason=step.promise)
    if reader is None:
        return Decision(reason="warned", events=(event,))
    letter = Letter(
        template="warning",
        to=address_of(reader),
        occasion=_occasion(step),
        to_staff=True,
        facts={
            "promise": wording.PROMISES[step.promise].name,
            "what": wording.PROMISES[step.promise].todo,
            "due_at": obligation.due_at,
        },
    )
    return Decision(reason="warned", letters=(letter,), events=(event,))


def _alarm(step: Step, firm: Firm, now: datetime) -> Decision:
    event = Event(name="alarm_raised", cause="clock", reason=step.promise)
    tasks = task(firm, now, _occasion(step), wording.ALARMS[step.promise])
    return Decision(reason="not_yet_met", letters=tasks, events=(event,))


def _due(case: Case, step: Step, obligation: Obligation, firm: Firm, now: datetime) -> Decision:
    if obligation.state is not ObligationState.OPEN:
        return Decision(reason="already_breached")
    end = Settlement(
        promise=step.promise,
        state=ObligationState.BREACHED,
        at=obligation.due_at,
        evidence="no evidence by the last instant",
    )
    event = Event(name="obligation_breached", cause="clock", reason=step.promise)
    reader = firm.people.manager(firm.calendar.local_day(now))
    if reader is None:
        return Decision(reason="breached", settled=(end,), events=(event,))
    letter = Letter(
        template="breach",
        to=address_of(reader),
        occasion=_occasion(step),
        to_staff=True,
        facts={
            "promise": wording.PROMISES[step.promise].name,
            "clause": obligation.clause,
            "what": wording.PROMISES[step.promise].mend,
            "due_at": obligation.due_at,
        },
    )
    return Decision(reason="breached", settled=(end,), letters=(letter,), events=(event,))


def _one_clock_mail(decision: Decision, firm: Firm, now: datetime) -> Decision:
    """
    At most one clock mail a round reaches the customer; the manager is told of the rest.
    """
    clock_mails = [each for each in decision.letters if each.template in CLOCK_MAIL_ORDER]
    clock_mails.sort(key=lambda each: CLOCK_MAIL_ORDER.index(each.template))
    superseded = clock_mails[1:]
    if not superseded:
        return decision
    names = ", ".join(each.template for each in superseded)
    tasks = task(firm, now, f"superseded.{superseded[0].occasion}", wording.SUPERSEDED, why=names)
    return replace(
        decision,
        letters=(*(each for each in decision.letters if each not in superseded), *tasks),
        events=(
            *decision.events,
            *(
                Event(name="letter_superseded", cause="clock", reason="superseded", about=each)
                for each in (letter.template for letter in superseded)
            ),
        ),
    )


def _occasion(step: Step) -> str:
    return f"{step.promise}.{step.number}.{step.does}.{step.at:%Y%m%dT%H%M}"
