"""
The clock of a case: who is warned, what is sent, and what is broken when an instant passes.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import assert_never

from mailbot.cases.firm import Firm
from mailbot.cases.life import closing
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
from mailbot.cases.promises import contact
from mailbot.cases.promises.stand_in import reader, standing_in
from mailbot.cases.states import Move, State
from mailbot.cases.triggers import ClockStruck
from mailbot.cases.wording import promise_words, task_words
from mailbot.cases.wording.moments import in_words
from mailbot.cases.wording.tasks import address_of, task

#: Of several clock mails in one round the customer gets the first of these that is due.
CLOCK_MAIL_ORDER = ("adr-rights", "contact-missed", "follow-up", "confirm-reminder")

#: States in which the clocks of the case have nothing more to say, but for these two.
SETTLED = frozenset({State.CLOSED, State.NOT_A_COMPLAINT})
#: How a question about an outcome ends that nobody answered.
NOT_ANSWERED = "the customer has not answered"

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
            return _six_weeks(case, step, firm, now)
        case "agree_contact":
            return _third_working_day(case, step, firm, now)
        case "confirm_closure" if step.number == first_asked(case):
            return _ask_again(case, step)
        case "answer" | "credit" | "data_protection" | "confirm_closure":
            return _warn(case, step, obligation, firm, now)
        case "decide_reopening":
            return _nobody_decided(case, step, firm, now)
        case "keep_contact":
            # The agreed instant itself: the handler was reminded the working day before.
            return Decision(reason="contact_is_due_today")
        case _:
            return Decision(reason="acts_when_the_case_opens")


def _nobody_decided(case: Case, step: Step, firm: Firm, now: datetime) -> Decision:
    """
    The case opens by itself, and the mail that woke it is owed an answer.
    """
    why = "you wrote to us again after it was closed"
    reopened = closing.reopened(
        case, firm, now, why, _occasion(step), move=Move.REOPENED, cause="clock"
    )
    tasks = task(firm, now, _occasion(step), task_words.REOPENED_BY_ITSELF, case=case)
    number = case.next_number("answer")
    answer = firm.rulebook.promise("answer").book(now, firm.calendar, number)
    return reopened.joined_with(Decision(reason="answer_owed", booked=(answer,), letters=tasks))


def first_asked(case: Case) -> int:
    """
    The number of the first question about the present outcome: those since then
    ended because nobody had answered.
    """
    asked = [each for each in case.obligations if each.promise == "confirm_closure"]
    first = asked[-1].number if asked else 1
    for earlier in reversed(asked[:-1]):
        if earlier.evidence != NOT_ANSWERED:
            break
        first = earlier.number
    return first


def _ask_again(case: Case, step: Step) -> Decision:
    letter = Letter(
        template="confirm-reminder",
        to=case.complainant.address,
        occasion=_occasion(step),
    )
    event = Event(name="confirmation_asked_again", cause="clock", reason="not_confirmed")
    return Decision(reason="not_confirmed", letters=(letter,), events=(event,))


def _six_weeks(case: Case, step: Step, firm: Firm, now: datetime) -> Decision:
    # Code, stage 6. The case may have moved on since the obligation was booked.
    if case.rights_letters:
        return Decision(reason="rights_letter_already_decided")
    letter = Letter(
        template="adr-rights",
        to=case.complainant.address,
        occasion=_occasion(step),
    )
    event = Event(name="rights_letter_decided", cause="clock", reason="six_weeks_open")
    decision = Decision(
        reason="six_weeks_open",
        letters=(letter,),
        events=(event,),
        # Should one still be here while mail is paused, this letter says more.
        withdraws=frozenset({"follow-up", "confirm-reminder"}),
    )
    if case.verdict:
        tasks = task(firm, now, _occasion(step), task_words.RIGHTS_WITHHELD)
        return decision.joined_with(Decision(reason=case.verdict, letters=tasks))
    return decision


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
        occasion=_occasion(step),
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
        occasion=_occasion(step),
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
    tasks = task(firm, now, _occasion(step), task_words.alarm(step.promise))
    return Decision(reason="not_yet_met", letters=tasks, events=(event,))


def _due(case: Case, step: Step, obligation: Obligation, firm: Firm, now: datetime) -> Decision:
    if obligation.state is not ObligationState.OPEN:
        return Decision(reason="already_breached")
    if step.promise == "confirm_closure":
        return _silence_closes_nothing(case, step, firm, now)
    return _breached(case, step, obligation, firm, now).joined_with(
        _after_breach(case, step, obligation, firm, now)
    )


def _silence_closes_nothing(case: Case, step: Step, firm: Firm, now: datetime) -> Decision:
    """
    The customer owes us no answer: nobody has broken a promise, and we ask again.
    """
    end = Settlement(
        promise=step.promise,
        number=step.number,
        state=ObligationState.WITHDRAWN,
        at=step.at,
        evidence=NOT_ANSWERED,
    )
    promise = firm.rulebook.promise(step.promise)
    number = case.next_number(step.promise)
    again = promise.book(step.at, firm.calendar, number)
    if again.due_at <= now:
        # After an outage the customer is not asked once for each time that was missed.
        again = promise.book(now, firm.calendar, number)
    return Decision(
        reason="not_confirmed",
        settled=(end,),
        events=(Event(name="not_confirmed", cause="clock", reason="silence_closes_nothing"),),
    ).joined_with(Decision(reason="asked_again", booked=(again,)))


def _after_breach(
    case: Case, step: Step, obligation: Obligation, firm: Firm, now: datetime
) -> Decision:
    """
    A missed contact is apologised for, and the next one is booked.
    """
    if step.promise == "credit":
        return _credit_still_owed(case, obligation, firm)
    if step.promise not in {"agree_contact", "keep_contact"}:
        return Decision(reason="nothing_follows")
    if step.promise == "agree_contact" and case.owes("keep_contact"):
        return Decision(reason="contact_is_booked")
    following = contact.next_contact(case, firm, step.at)
    if following.due_at <= now:
        # After an outage the next contact lies ahead, and one apology is enough.
        following = contact.next_contact(case, firm, now)
    decision = Decision(reason="contact_booked", booked=(following,))
    if step.promise == "agree_contact":
        return decision
    letter = Letter(
        template="contact-missed",
        to=case.complainant.address,
        occasion=_occasion(step),
        facts={
            # An agreed moment is what the customer was told; else the last one in time is.
            "missed": in_words(obligation.due_at if obligation.since else obligation.acts_at, firm),
            "next_by": in_words(following.due_at, firm),
        },
    )
    event = Event(name="contact_missed", cause="clock", reason="no_contact_in_time")
    return decision.joined_with(
        Decision(reason="contact_missed", letters=(letter,), events=(event,))
    )


def _credit_still_owed(case: Case, obligation: Obligation, firm: Firm) -> Decision:
    """
    Nobody stops asking for a credit before it is applied: next month again.
    """
    # `due_at` is the midnight at which the next month begins.
    first = firm.calendar.local_day(obligation.due_at).replace(day=1)
    if first <= firm.calendar.local_day(obligation.acts_at):
        first = _next_month(first)
    number = case.next_number("credit")
    booked = firm.rulebook.promise("credit").book_month(first, firm.calendar, number)
    return Decision(reason="credit_still_owed", booked=(booked,))


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _breached(
    case: Case, step: Step, obligation: Obligation, firm: Firm, now: datetime
) -> Decision:
    end = Settlement(
        promise=step.promise,
        number=step.number,
        state=ObligationState.BREACHED,
        at=obligation.due_at,
        evidence="no evidence by the last instant",
    )
    event = Event(name="obligation_breached", cause="clock", reason=step.promise)
    manager = firm.people.manager(firm.calendar.local_day(now))
    if manager is None:
        return Decision(reason="breached", settled=(end,), events=(event,))
    letter = Letter(
        template="breach",
        to=address_of(manager),
        occasion=_occasion(step),
        to_staff=True,
        facts={
            "promise": promise_words.PROMISES[step.promise].name,
            "clause": obligation.clause,
            "what": promise_words.PROMISES[step.promise].mend,
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


def _occasion(step: Step) -> str:
    return f"{step.promise}.{step.number}.{step.does}.{step.at:%Y%m%dT%H%M}"
