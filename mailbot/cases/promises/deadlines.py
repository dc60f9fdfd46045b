"""
The clock of a case: who is warned, what is sent, and what is broken when an instant passes.
"""

from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import assert_never

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.life.reopening import nobody_decided
from mailbot.cases.obligation import Does, Obligation, ObligationState, Step
from mailbot.cases.people.stand_in import reader, standing_in
from mailbot.cases.promises.breach import after_breach, breached
from mailbot.cases.promises.six_weeks import six_weeks
from mailbot.cases.promises.unanswered_outcome import ask_again, first_asked, silence_closes_nothing
from mailbot.cases.states import SETTLED
from mailbot.cases.triggers import ClockStruck
from mailbot.cases.wording import promise_words, task_words
from mailbot.cases.wording.tasks import address_of, task

#: Of several clock mails in one round the customer gets the first of these that is due.
CLOCK_MAIL_ORDER = ("adr-rights", "contact-missed", "follow-up", "confirm-reminder")

#: What is owed whatever becomes of the case: a closure does not acknowledge a complaint.
OUTLIVE_THE_CASE = frozenset(
    {"acknowledge", "introduce", "credit", "data_protection", "decide_reopening"}
)


def struck(case: Case, trigger: ClockStruck, firm: Firm, now: datetime) -> Decision:
    decisions = [
        _step(case, step, firm, now) for step in _not_overtaken(case, trigger.steps, firm, now)
    ]
    together = Decision(reason="nothing_owed")
    for each in decisions:
        together = together.joined_with(each, reason=each.reason)
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
        acts_now = any(each.does is Does.ACT for each in due)
        kept += [
            each
            for each in due
            if (each.does is not Does.WARN or each is latest)
            # What goes out in this very round is late, and not missing.
            and not (each.does is Does.ALARM and acts_now)
        ]
    return sorted(kept, key=lambda each: each.at)


def _by_promise(step: Step) -> tuple[str, datetime, bool]:
    return step.promise, step.at, step.does is Does.DUE


def _step(case: Case, step: Step, firm: Firm, now: datetime) -> Decision:
    obligation = case.numbered(step.promise, step.number)
    latest = case.obligation(step.promise)
    if obligation is None or latest is None or not obligation.is_owed:
        return Decision(reason="already_settled")
    if latest.number != obligation.number and latest.is_owed:
        # The next one is what counts from now on.
        return Decision(reason="already_settled")
    if case.state in SETTLED and step.promise not in OUTLIVE_THE_CASE:
        return Decision(reason=f"case_is_{case.state}")
    match step.does:
        case Does.ACT:
            return _act(case, step, obligation, firm, now)
        case Does.WARN:
            return _warn(case, step, obligation, firm, now)
        case Does.ALARM:
            return _alarm(step, firm, now)
        case Does.DUE:
            return _due(case, step, obligation, firm, now)
        case _:
            assert_never(step.does)


def _act(case: Case, step: Step, obligation: Obligation, firm: Firm, now: datetime) -> Decision:
    match step.promise:
        case "adr_rights":
            return six_weeks(case, step, firm, now)
        case "agree_contact":
            return _third_working_day(case, step, firm, now)
        case "confirm_closure" if step.number == first_asked(case):
            return ask_again(case, step)
        case "answer" | "credit" | "data_protection" | "confirm_closure":
            return _warn(case, step, obligation, firm, now)
        case "decide_reopening":
            return nobody_decided(case, step, firm, now)
        case "keep_contact":
            # The agreed instant itself: the handler was reminded the working day before.
            return Decision(reason="contact_is_due_today")
        case _:
            return Decision(reason="acts_when_the_case_opens")


def _third_working_day(case: Case, step: Step, firm: Firm, now: datetime) -> Decision:
    obligation = case.obligation(step.promise)
    is_ahead = obligation is not None and now <= obligation.due_at
    warning = (
        _warn(case, step, obligation, firm, now)
        if obligation and is_ahead
        else Decision(reason="too_late_to_warn")
    )
    letter = Letter(
        template="follow-up",
        to=case.complainant.address,
        occasion=step.occasion,
    )
    event = Event(name="follow_up_decided", cause="clock", reason="no_contact_time_agreed")
    return Decision(
        reason="no_contact_time_agreed", letters=(letter,), events=(event,)
    ).joined_with(warning)


def _warn(case: Case, step: Step, obligation: Obligation, firm: Firm, now: datetime) -> Decision:
    person = reader(case, firm, now)
    event = Event(name="warning_decided", cause="clock", reason=step.promise)
    if person is None:
        return Decision(reason="warned", events=(event,))
    letter = Letter(
        template="warning",
        to=address_of(person),
        occasion=step.occasion,
        to_staff=True,
        facts={
            "promise": promise_words.PROMISES[step.promise].name,
            "what": promise_words.PROMISES[step.promise].todo,
            "due_at": obligation.due_at,
            **standing_in(case, person),
        },
    )
    return Decision(reason="warned", letters=(letter,), events=(event,))


def _alarm(step: Step, firm: Firm, now: datetime) -> Decision:
    event = Event(name="alarm_raised", cause="clock", reason=step.promise)
    tasks = task(firm, now, step.occasion, task_words.alarm(step.promise))
    return Decision(reason="not_yet_met", letters=tasks, events=(event,))


def _due(case: Case, step: Step, obligation: Obligation, firm: Firm, now: datetime) -> Decision:
    if obligation.state is not ObligationState.OPEN:
        return Decision(reason="already_breached")
    if step.promise == "confirm_closure":
        return silence_closes_nothing(case, step, firm, now)
    return breached(case, step, obligation, firm, now).joined_with(
        after_breach(case, step, obligation, firm, now)
    )


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
    tasks = task(
        firm, now, f"superseded.{superseded[0].occasion}", task_words.SUPERSEDED, why=names
    )
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
