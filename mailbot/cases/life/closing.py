"""
The end of a case, and what undoes it: outcome, confirmation, closure, re-opening,
escalation, deadlock, and the word that it is no complaint.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

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
from mailbot.cases.promises import contact
from mailbot.cases.states import Move
from mailbot.cases.wording import plain_names, task_words
from mailbot.cases.wording.moments import in_words
from mailbot.cases.wording.tasks import address_of, task
from mailbot.mail.message import Address

#: What a closed case that a customer writes on is owed; no promise of the rulebook has it.
STAGE_5 = (
    "If after you have spoken to the case handler you are not satisfied with our response, the"
    " original case will be re-opened or immediately escalated"
)

#: What a closure ends. A credit that was agreed and the clock of the data-protection law go on.
_ENDED_BY_CLOSURE = ("keep_contact", "answer", "confirm_closure", "adr_rights")

#: Letters that nobody needs any more once a case is over, if they have not left yet.
_CHASING = frozenset({"follow-up", "contact-missed", "confirm-reminder"})

#: What an assignment shows where it brings no message: the store puts the complaint in.
THE_COMPLAINT: Mapping[str, object] = MappingProxyType(
    {"words": "", "attachments": [], "alerts": [], "possible_matches": [], "from_address": ""}
)

#: What is owed again with its original date when a case opens again, besides the rights letter.
_OWED_AGAIN = ("acknowledge", "introduce", "agree_contact")


def outcome(case: Case, firm: Firm, at: datetime, *, text: str, occasion: str, by: str) -> Decision:
    """
    The outcome goes to the customer, who is asked to confirm it.
    """
    letter = Letter(
        template="outcome",
        to=case.complainant.address,
        occasion=occasion,
        facts={"body": text},
    )
    decision = Decision(
        reason="outcome_sent",
        letters=(letter,),
        moves=(Move.OUTCOME_SENT,),
        changes={"outcome_at": at},
        withdraws=frozenset({"follow-up", "confirm-reminder"}),
        events=(Event(name="outcome_sent", cause=by, reason="outcome", about=text),),
    )
    # One that goes by post has reached nobody yet: `#posted` is the evidence.
    for promise in () if case.by_post else contact.MET_BY_OUTCOME:
        decision = decision.joined_with(
            contact.settled(
                case, promise, at, contact.by_letter("an outcome was sent", occasion), cause=by
            )
        )
    asked_before = contact.withdrawn(case, "confirm_closure", at, "a new outcome", cause=by)
    decision = decision.joined_with(asked_before)
    # By post the question is asked on the day on which it is posted.
    return decision if case.by_post else decision.joined_with(confirmation_asked(case, firm, at))


def confirmation_asked(case: Case, firm: Firm, at: datetime) -> Decision:
    promise = firm.rulebook.promise("confirm_closure")
    asked = promise.book(at, firm.calendar, case.next_number("confirm_closure"))
    return Decision(reason="confirmation_asked", booked=(asked,))


def closed(
    case: Case, at: datetime, how: str, occasion: str, *, move: Move, cause: str
) -> Decision:
    """
    The case is closed on a confirmation; *how* says by which, as a clause of a sentence.
    """
    letter = Letter(
        template="closed",
        to=case.complainant.address,
        occasion=occasion,
        facts={"how": how},
    )
    decision = Decision(
        reason="case_closed",
        letters=(letter,),
        moves=(move,),
        events=(Event(name="case_closed", cause=cause, reason=str(move), about=how),),
        withdraws=_CHASING,
    )
    evidence = f"closed: {how}"
    decision = decision.joined_with(
        contact.settled(case, "agree_contact", at, evidence, cause=cause)
    )
    for promise in _ENDED_BY_CLOSURE:
        met = promise == "confirm_closure"
        end = contact.settled if met else contact.withdrawn
        decision = decision.joined_with(end(case, promise, at, evidence, cause=cause))
    return decision


def reopened(
    case: Case, firm: Firm, now: datetime, why: str, occasion: str, *, move: Move, cause: str
) -> Decision:
    """
    Open again, with the original dates: what closure, or the word that it is no
    complaint, had withdrawn is owed again, and a rights letter whose day is past
    goes at once.
    """
    following, booking = contact.resumed(case, firm, now)
    letter = Letter(
        template="reopened",
        to=case.complainant.address,
        occasion=occasion,
        facts={"why": why, "next_by": in_words(following.due_at, firm)},
    )
    decision = Decision(
        reason="case_reopened",
        letters=(letter,),
        moves=(move,),
        events=(Event(name="case_reopened", cause=cause, reason=str(move), about=why),),
        withdraws=frozenset({"confirm-reminder"}),
    )
    decision = decision.joined_with(
        contact.settled(case, "decide_reopening", now, "re-opened", cause=cause)
    )
    said = "the customer said no" if move is Move.DISPUTED else "re-opened"
    decision = decision.joined_with(
        contact.settled(case, "confirm_closure", now, said, cause=cause)
    )
    decision = decision.joined_with(booking)
    for promise in _OWED_AGAIN:
        decision = decision.joined_with(_owed_again(case, promise, now, cause=cause))
    return decision.joined_with(rights_owed_again(case, firm, now, occasion, cause=cause))


def decision_due(case: Case, now: datetime, firm: Firm) -> Obligation:
    """
    By the end of the next working day somebody decides whether a case that is
    over opens again; otherwise it does. Counted from when the handler gets the
    message: after an outage nobody has seen it before.
    """
    calendar = firm.calendar
    day = calendar.next_working_day(calendar.local_day(now))
    at = calendar.at(day, calendar.closes)
    number = case.next_number("decide_reopening")
    return Obligation(
        promise="decide_reopening",
        number=number,
        clause=STAGE_5,
        acts_at=at,
        due_at=at,
        steps=(Step(does=Does.ACT, at=at, promise="decide_reopening", number=number),),
    )


def _owed_again(case: Case, promise: str, now: datetime, *, cause: str) -> Decision:
    """
    What was withdrawn counts again, from the original day.
    """
    obligation = case.obligation(promise)
    if obligation is None or obligation.state is not ObligationState.WITHDRAWN:
        return Decision(reason="not_withdrawn")
    # Its last step may have struck in vain just now; evidence of this instant is still in time.
    late = now >= obligation.due_at
    end = Settlement(
        promise=promise,
        number=obligation.number,
        state=ObligationState.BREACHED if late else ObligationState.OPEN,
        at=now,
        evidence="owed again",
    )
    event = Event(name="obligation_opened_again", cause=cause, reason=promise)
    return Decision(reason="owed_again", settled=(end,), events=(event,))


def rights_owed_again(
    case: Case, firm: Firm, now: datetime, occasion: str, *, cause: str
) -> Decision:
    """
    The six weeks count again as if nothing had stopped them, unless somebody has
    said that the customer is not eligible.
    """
    obligation = case.obligation("adr_rights")
    if obligation is None or case.not_eligible:
        return Decision(reason="no_right_to_the_letter")
    decision = _owed_again(case, "adr_rights", now, cause=cause)
    if not decision.settled or now < obligation.acts_at or case.rights_letters:
        return decision
    letter = Letter(
        template="adr-rights",
        to=case.complainant.address,
        occasion=f"again.{occasion}",
    )
    told = task(firm, now, f"again.{occasion}", task_words.RIGHTS_WITHHELD) if case.verdict else ()
    return decision.joined_with(
        Decision(
            reason="six_weeks_open",
            letters=(letter, *told),
            events=(Event(name="rights_letter_decided", cause=cause, reason="six_weeks_open"),),
        )
    )


def escalated(
    case: Case, firm: Firm, now: datetime, why: str, occasion: str, *, cause: str, told: bool = True
) -> Decision:
    """
    One step up the ladder of stage 5; at its top the case stays, and a task says so.
    *told* is False where another letter already tells the customer.
    """
    ladder = firm.rulebook.escalation.ladder
    taker = _on_the_ladder(case, firm, now)
    if taker is None:
        tasks = task(firm, now, f"top.{occasion}", task_words.TOP_OF_THE_LADDER, why=why)
        return Decision(
            reason="top_of_the_ladder",
            letters=tasks,
            events=(Event(name="escalation_at_the_top", cause=cause, reason="escalated"),),
        )
    level, person = taker
    letters = assigned(case, person, occasion)
    if told:
        letters = (
            Letter(
                template="escalated",
                to=case.complainant.address,
                occasion=occasion,
                facts={
                    "to": {
                        "name": person.name,
                        "role": plain_names.ROLES_IN_LETTERS[Role(ladder[level - 1])],
                    }
                },
            ),
            *letters[1:],
        )
    return Decision(
        reason="escalated",
        handler=person,
        letters=letters,
        changes={"level": level},
        events=(Event(name="escalated", cause=cause, reason=f"level {level}", about=why),),
    )


def _on_the_ladder(case: Case, firm: Firm, now: datetime) -> tuple[int, Handler] | None:
    """
    The next level at which somebody is in who does not have the case already.
    """
    today = firm.calendar.local_day(now)
    for level, role in enumerate(firm.rulebook.escalation.ladder, start=1):
        people = [each for each in firm.people.in_role(Role(role)) if not each.is_away(today)]
        free = [each for each in people if each != case.handler]
        if level > case.level and free:
            return level, free[0]
    return None


def assigned(case: Case, person: Handler, occasion: str) -> tuple[Letter, ...]:
    """
    The introduction to the customer and the assignment to the person.
    """
    return (
        Letter(
            template="introduction",
            to=case.complainant.address,
            occasion=occasion,
            facts={"writer": person},
        ),
        Letter(
            template="assignment",
            to=address_of(person),
            occasion=occasion,
            to_staff=True,
            facts=THE_COMPLAINT,
        ),
    )


def deadlocked(case: Case, text: str, occasion: str, by: str) -> Decision:
    """
    We cannot agree: the deadlock letter, which keeps the promise of the rights letter.
    """
    letter = Letter(
        template="deadlock",
        to=Address(name=case.complainant.address.name, email=case.complainant.address.email),
        occasion=occasion,
        facts={"body": text},
    )
    return Decision(
        reason="deadlock",
        letters=(letter,),
        moves=(Move.DEADLOCKED,),
        events=(Event(name="deadlock_declared", cause=by, reason="deadlock", about=text),),
    )


def no_complaint(case: Case, at: datetime, why: str, occasion: str, by: str) -> Decision:
    """
    A person says that it is no complaint: the promises stop, and the customer is
    told how to object.
    """
    letter = Letter(
        template="not-complaint",
        to=case.complainant.address,
        occasion=occasion,
        facts={"why": why},
    )
    decision = Decision(
        reason="not_a_complaint",
        letters=(letter,),
        moves=(Move.JUDGED_NOT_A_COMPLAINT,),
        events=(Event(name="judged_not_a_complaint", cause=by, reason="judged", about=why),),
        withdraws=_CHASING,
    )
    for promise in dict.fromkeys(each.promise for each in case.obligations):
        if promise not in {"credit", "data_protection"}:
            decision = decision.joined_with(
                contact.withdrawn(case, promise, at, f"no complaint: {why}", cause=by)
            )
    return decision
