"""
What follows from what happened: the one place for every rule.

`decide(case, trigger, firm, now)` serves intake, clock and delivery alike. Same
arguments, same answer; every branch ends in a named reason.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import assert_never

from mailbot.cases import wording
from mailbot.cases.firm import Firm
from mailbot.cases.model import (
    Case,
    Decision,
    Does,
    Event,
    Handler,
    Letter,
    Obligation,
    ObligationState,
    Role,
    Settlement,
    Step,
)
from mailbot.cases.states import Move, State
from mailbot.cases.triggers import (
    Acknowledged,
    CaseOpened,
    ClockStruck,
    LetterAccepted,
    LetterFailed,
    MessageJoined,
    MessageNoted,
    StaffAnswered,
    Trigger,
)
from mailbot.mail.message import Address, InboundMessage

#: The promise that a letter keeps once the next hop has accepted it.
KEEPS: Mapping[str, str] = {
    "acknowledgement": "acknowledge",
    "introduction": "introduce",
    "adr-rights": "adr_rights",
    "deadlock": "adr_rights",
}

#: Promises that begin when a complaint arrives.
AT_RECEIPT = ("acknowledge", "introduce", "agree_contact", "adr_rights")

#: Of several clock mails in one round the customer gets the first of these that is due.
CLOCK_MAIL_ORDER = ("adr-rights", "follow-up")

_KEPT = frozenset({ObligationState.MET, ObligationState.MET_LATE})

#: States in which the clocks of the case have nothing more to say.
SETTLED = frozenset({State.CLOSED, State.NOT_A_COMPLAINT})


def decide(case: Case, trigger: Trigger, firm: Firm, now: datetime) -> Decision:
    """
    Everything that follows from *trigger* for *case*, at the instant *now*.
    """
    match trigger:
        case CaseOpened():
            return _opened(case, trigger, firm, now)
        case MessageJoined():
            return _joined(case, trigger, firm, now)
        case MessageNoted():
            return _noted(trigger)
        case StaffAnswered():
            return _answered(case, trigger)
        case ClockStruck():
            return _struck(case, trigger, firm, now)
        case LetterAccepted():
            return _accepted(case, trigger)
        case LetterFailed():
            return _failed(case, trigger, firm, now)
        case _:
            assert_never(trigger)


# --- a complaint arrives ---------------------------------------------------


def _opened(case: Case, trigger: CaseOpened, firm: Firm, now: datetime) -> Decision:
    booked = tuple(
        _without_past_acts(firm.rulebook.promise(name).book(case.received_at, firm.calendar), case)
        for name in AT_RECEIPT
    )
    handler = assign(firm, trigger.busy, now)
    withheld = case.verdict or _over_cap(trigger.acknowledged, firm)
    opening = Decision(
        reason="case_opened",
        events=(Event(name="case_opened", cause="message", reason=trigger.rule),),
        booked=booked,
        handler=handler,
        letters=(
            Letter(
                template="acknowledgement",
                to=case.complainant.address,
                occasion="opened",
                in_reply_to=trigger.message.message_id,
                is_reply=True,
                withheld=withheld,
            ),
        ),
    )
    if handler is None:
        task = _task(firm, now, "nobody", wording.NOBODY_TO_ASSIGN, words=trigger.message.text)
        opening = opening.joined_with(Decision(reason="nobody_to_assign", letters=task))
    else:
        opening = opening.joined_with(_introduced(case, trigger, handler, firm, withheld))
    if withheld:
        task = _task(firm, now, "withheld", wording.WITHHELD[withheld], words=trigger.message.text)
        opening = opening.joined_with(
            Decision(
                reason=withheld,
                letters=task,
                events=(Event(name="acknowledgement_withheld", cause="message", reason=withheld),),
            )
        )
    if trigger.unreadable:
        task = _task(firm, now, "unreadable", wording.UNREADABLE, why=trigger.unreadable)
        opening = opening.joined_with(Decision(reason="unreadable", letters=task))
    return opening


def _without_past_acts(obligation: Obligation, case: Case) -> Obligation:
    """
    What is done at once is done in the decision that opens the case.
    """
    steps = tuple(
        step
        for step in obligation.steps
        if not (step.does is Does.ACT and step.at <= case.received_at)
    )
    return replace(obligation, steps=steps)


def _introduced(
    case: Case, trigger: CaseOpened, handler: Handler, firm: Firm, withheld: str
) -> Decision:
    facts = _words_of(trigger.message) | {
        "alerts": alerts(trigger.message, firm),
        "possible_matches": [*trigger.possible, *trigger.near],
        "from_address": "",
    }
    return Decision(
        reason="assigned",
        events=(Event(name="assigned", cause="message", reason="fewest_open_cases"),),
        letters=(
            Letter(
                template="introduction",
                to=case.complainant.address,
                occasion=f"assigned.{handler.email.lower()}",
                in_reply_to=trigger.message.message_id,
                is_reply=True,
                withheld=withheld,
            ),
            Letter(
                template="assignment",
                to=_address(handler),
                occasion=f"assigned.{handler.email.lower()}",
                to_staff=True,
                facts=facts,
            ),
        ),
    )


def assign(firm: Firm, busy: Mapping[str, int], now: datetime) -> Handler | None:
    """
    The handler with the fewest open cases who is not away, else the customer
    service manager, else None.
    """
    today = firm.calendar.local_day(now)
    present = [each for each in firm.people.in_role(Role.HANDLER) if not each.is_away(today)]
    if present:
        return min(present, key=lambda each: busy.get(each.email.lower(), 0))
    managers = firm.people.in_role(Role.MANAGER)
    return next((each for each in managers if not each.is_away(today)), None)


def _over_cap(acknowledged: Acknowledged, firm: Firm) -> str:
    """
    The name of the cap that is reached, or "". Caps fail closed: they stop the
    answer, never the case.
    """
    caps = firm.rulebook.caps
    if acknowledged.address_last_hour >= caps.acknowledgements_per_address_per_hour:
        return "cap_per_address_per_hour"
    if acknowledged.address_last_day >= caps.acknowledgements_per_address_per_day:
        return "cap_per_address_per_day"
    if acknowledged.everyone_last_hour >= caps.acknowledgements_per_hour:
        return "cap_per_hour"
    return ""


def alerts(message: InboundMessage, firm: Firm) -> list[str]:
    """
    The safety words of the rulebook that stand in the message. They alert a
    person; a program decides no more than that.
    """
    said = unicodedata.normalize("NFKC", f"{message.subject}\n{message.text}")
    return [word for word in firm.rulebook.safety.words if _as_a_word(word).search(said)]


@cache
def _as_a_word(word: str) -> re.Pattern[str]:
    """
    *word* by itself or in the plural, over any white space: "medical" is not in
    "paramedical", nor "112" in 112.50, £112 or a reference.
    """
    plural = "(['\u2019]?s)?" if word[-1:].isalpha() else ""
    spelt = r"\s+".join(map(re.escape, word.split()))
    return re.compile(rf"(?<![\w£$€])(?<!\d[.,-]){spelt}{plural}(?!\w)(?![.,-]\d)", re.IGNORECASE)


# --- more mail in a case ---------------------------------------------------


def _joined(case: Case, trigger: MessageJoined, firm: Firm, now: datetime) -> Decision:
    sender = trigger.message.sender
    is_party = sender is not None and case.party(sender.email) is not None
    reason = "altered_copy" if trigger.is_altered_copy else trigger.reason
    if not is_party:
        # Signed evidence is of the case, never of a person: it is shown to the
        # handler, and that address gets no answer and confirms nothing.
        reason = "from_another_address"
    event = Event(name="message_joined", cause="message", reason=reason)
    reader = case.handler or firm.people.manager(firm.calendar.local_day(now))
    if reader is None:
        return Decision(reason=reason, events=(event,), moves=(Move.MESSAGE_JOINED,))
    facts = _words_of(trigger.message) | {
        "alerts": alerts(trigger.message, firm),
        "possible_matches": list(trigger.near),
        "from_address": "" if is_party or sender is None else sender.email,
    }
    letter = Letter(
        template="customer-reply",
        to=_address(reader),
        occasion=trigger.occasion,
        to_staff=True,
        facts=facts,
    )
    return Decision(reason=reason, events=(event,), letters=(letter,), moves=(Move.MESSAGE_JOINED,))


def _noted(trigger: MessageNoted) -> Decision:
    event = Event(
        name="automatic_message_noted", cause="message", reason=trigger.reason, about=trigger.kind
    )
    return Decision(reason=trigger.reason, events=(event,))


# --- a handler answers -----------------------------------------------------


def _answered(case: Case, trigger: StaffAnswered) -> Decision:
    """
    A handler's words, once the token proved whose they are.
    """
    decision = _relayed(case, trigger)
    if not trigger.went_to:
        return decision
    # Others have seen the staff address now: it is spent, and this mail brings a new one.
    return decision.joined_with(
        Decision(
            reason="token_spent",
            events=(Event(name="token_spent", cause="message", reason="went_to_others"),),
            letters=(_assignment_again(trigger.writer, trigger.occasion, trigger.first_words),),
        )
    )


def _assignment_again(reader: Handler, occasion: str, words: str) -> Letter:
    return Letter(
        template="assignment",
        to=_address(reader),
        occasion=f"again.{occasion}",
        to_staff=True,
        facts={
            "words": words,
            "attachments": [],
            "alerts": [],
            "possible_matches": [],
            "from_address": "",
        },
    )


def _relayed(case: Case, trigger: StaffAnswered) -> Decision:
    if not trigger.may_relay:
        return _receipt(trigger, trigger.reason)
    first_line = next((line.strip() for line in trigger.text.splitlines() if line.strip()), "")
    if first_line.startswith("#"):
        return _receipt(trigger, "commands_not_available")
    if not trigger.text.strip():
        return _receipt(trigger, "nothing_new")
    if case.complainant.address.key in trigger.went_to:
        return _receipt(trigger, "customer_had_it_directly")
    relayed = Decision(
        reason="answer_relayed",
        events=(Event(name="answer_relayed", cause="message", reason="staff_answer"),),
        letters=(
            Letter(
                template="handler-reply",
                to=case.complainant.address,
                occasion=trigger.occasion,
                facts={"body": trigger.text, "writer": trigger.writer},
            ),
        ),
    )
    if trigger.message.attachments:
        return relayed.joined_with(_receipt(trigger, "attachments_not_passed_on"))
    if trigger.writer.receipts == "all":
        return relayed.joined_with(_receipt(trigger, "answer_relayed"))
    return relayed


def _receipt(trigger: StaffAnswered, reason: str) -> Decision:
    outcome, why, instead = wording.RECEIPTS[reason]
    letter = Letter(
        template="receipt",
        to=_address(trigger.writer),
        occasion=trigger.occasion,
        to_staff=True,
        is_reply=True,
        in_reply_to=trigger.message.message_id,
        facts={
            "outcome": outcome,
            "why": why,
            "instead": instead,
            "original": "" if reason == "answer_relayed" else trigger.text,
        },
    )
    event = Event(name="receipt_given", cause="message", reason=reason)
    return Decision(reason=reason, events=(event,), letters=(letter,))


# --- the clock -------------------------------------------------------------


def _struck(case: Case, trigger: ClockStruck, firm: Firm, now: datetime) -> Decision:
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
        task = _task(firm, now, _occasion(step), wording.RIGHTS_WITHHELD)
        return decision.joined_with(Decision(reason=case.verdict, letters=task))
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
        to=_address(reader),
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
    task = _task(firm, now, _occasion(step), wording.ALARMS[step.promise])
    return Decision(reason="not_yet_met", letters=task, events=(event,))


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
        to=_address(reader),
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
    task = _task(firm, now, f"superseded.{superseded[0].occasion}", wording.SUPERSEDED, why=names)
    return replace(
        decision,
        letters=(*(each for each in decision.letters if each not in superseded), *task),
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


# --- what became of a letter -----------------------------------------------


def _accepted(case: Case, trigger: LetterAccepted) -> Decision:
    promise = KEEPS.get(trigger.template, "")
    obligation = case.obligation(promise)
    if obligation is None or not obligation.is_owed:
        return Decision(reason="keeps_no_open_promise")
    if trigger.recipient.lower() != case.complainant.address.key:
        return Decision(reason="to_somebody_else")
    # `due_at` is the last instant in time.
    in_time = trigger.at <= obligation.due_at
    state = ObligationState.MET if in_time else ObligationState.MET_LATE
    end = Settlement(promise=promise, state=state, at=trigger.at, evidence=trigger.evidence)
    event = Event(name=f"obligation_{state}", cause="delivery", reason=promise)
    return Decision(reason=str(state), settled=(end,), events=(event,))


def _failed(case: Case, trigger: LetterFailed, firm: Firm, now: datetime) -> Decision:
    event = Event(
        name=f"letter_{trigger.outcome}",
        cause="delivery",
        reason=trigger.outcome,
        about=trigger.template,
    )
    decision = Decision(reason=trigger.outcome, events=(event,)).joined_with(
        _opened_again(case, trigger, now)
    )
    if trigger.to_staff and trigger.template == "task":
        # A task about a task that cannot arrive would go the same way: the alarm is in the log.
        return replace(decision, reason="task_undeliverable")
    what = wording.STAFF_LETTER_FAILED if trigger.to_staff else wording.LETTER_FAILED
    reader = None if trigger.to_staff else case.handler
    task = _task(
        firm,
        now,
        f"{trigger.outcome}.{trigger.occasion}",
        what,
        why=f"{trigger.template} to {trigger.to.email}: {trigger.reason}",
        reader=reader,
    )
    return replace(decision.joined_with(Decision(reason="", letters=task)), reason=trigger.outcome)


def _opened_again(case: Case, trigger: LetterFailed, now: datetime) -> Decision:
    """
    A promise that was met by a letter which then came back is owed again.
    """
    promise = KEEPS.get(trigger.template, "")
    obligation = case.obligation(promise)
    if obligation is None or obligation.state not in _KEPT or trigger.outcome != "bounced":
        # A refused or expired letter has kept nothing: another one did, or a closure ended it.
        return Decision(reason="nothing_to_open_again")
    if trigger.to.key != case.complainant.address.key:
        return Decision(reason="to_somebody_else")
    late = now > obligation.due_at
    end = Settlement(
        promise=promise,
        state=ObligationState.BREACHED if late else ObligationState.OPEN,
        at=now,
        evidence=f"{trigger.template} {trigger.outcome}",
    )
    event = Event(name="obligation_opened_again", cause="delivery", reason=promise)
    return Decision(reason="opened_again", settled=(end,), events=(event,))


# --- shared ----------------------------------------------------------------


def _task(
    firm: Firm,
    now: datetime,
    occasion: str,
    task: wording.Task,
    *,
    why: str = "",
    words: str = "",
    reader: Handler | None = None,
) -> tuple[Letter, ...]:
    """
    The task for a person: *reader*, or the manager. Empty only where the file
    names no manager at all, which start-up refuses.
    """
    person = reader or firm.people.manager(firm.calendar.local_day(now))
    if person is None:
        return ()
    facts: dict[str, object] = {
        "what": task.what,
        "why": f"{task.why} ({why})" if why else task.why,
        "todo": list(task.todo),
    }
    if words:
        facts["words"] = words
    return (
        Letter(template="task", to=_address(person), occasion=occasion, to_staff=True, facts=facts),
    )


def _words_of(message: InboundMessage) -> dict[str, object]:
    return {
        "words": message.text or "(this message has no text)",
        "attachments": [each.name for each in message.attachments],
    }


def _address(handler: Handler) -> Address:
    return Address(name=handler.name, email=handler.email)
