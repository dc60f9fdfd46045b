"""
A letter has reached nobody: what it was evidence of is owed again, and it may go by post.
"""

from dataclasses import replace
from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.letter import COPY, RESTS, RIGHTS_LETTERS, Letter, Rests
from mailbot.cases.life import outcome
from mailbot.cases.obligation import Obligation, ObligationState
from mailbot.cases.people import unreached
from mailbot.cases.promises import contact
from mailbot.cases.promises.deadlines import OUTLIVE_THE_CASE
from mailbot.cases.promises.settling import by_letter, ended, owed_again, withdrawn
from mailbot.cases.sending.by_post import occasion, waiting
from mailbot.cases.states import SETTLED, State
from mailbot.cases.triggers import LetterFailed, LetterWaits
from mailbot.cases.wording import task_words
from mailbot.cases.wording.tasks import task

#: Letters that are written from the case alone, so that they can be written anew for paper.
_WRITTEN_ANEW = frozenset({"acknowledgement", "introduction", "follow-up", "adr-rights"})

_LONGEST_OCCASION = 128

_KEPT = frozenset({ObligationState.MET, ObligationState.MET_LATE})


def failed(case: Case, trigger: LetterFailed, firm: Firm, now: datetime) -> Decision:
    event = Event(
        name=f"letter_{trigger.outcome}",
        cause=trigger.cause,
        reason=trigger.outcome,
        about=trigger.template,
    )
    decision = Decision(reason=trigger.outcome, events=(event,)).joined_with(
        _undone(case, trigger, firm, now)
    )
    if trigger.to_staff:
        tasks = unreached.told(trigger, firm, now)
        reason = trigger.outcome if tasks else "nobody_else_to_tell"
        told = Decision(reason=reason, letters=tasks)
        return decision.joined_with(told, reason=reason)
    if trigger.template == COPY:
        # Whoever has that address by now: the letter itself went to the customer.
        tasks = task(
            firm,
            now,
            f"{COPY}.{trigger.outcome}.{trigger.occasion}",
            task_words.COPY_FAILED,
            why=f"{trigger.template} to {trigger.to.email}: {trigger.reason}",
            case=case,
        )
        told = Decision(reason="task_given", letters=tasks)
    else:
        told = _to_be_posted(case, trigger, firm, now)
    return decision.joined_with(told)


def waits(case: Case, trigger: LetterWaits, firm: Firm, now: datetime) -> Decision:
    """
    A person is told, once a letter; nothing is settled, and the letter goes as soon as it can.
    """
    if trigger.to_staff:
        tasks = unreached.told_of_waiting(trigger, firm, now)
        return Decision(reason="task_given" if tasks else "nobody_else_to_tell", letters=tasks)
    tasks = task(
        firm,
        now,
        f"waits.{trigger.template}.{trigger.occasion}"[:_LONGEST_OCCASION],
        task_words.LETTER_WAITS,
        why=f"{trigger.template} to {trigger.to.email}: {trigger.reason}",
        case=case,
    )
    return Decision(reason="task_given", letters=tasks)


def _to_be_posted(case: Case, trigger: LetterFailed, firm: Firm, now: datetime) -> Decision:
    """
    What did not arrive by mail may go by post: the handler gets it ready to print.
    """
    letter = Letter(template=trigger.template, to=trigger.to, occasion=trigger.occasion)
    is_wanted = _is_wanted_still(case, trigger)
    tasks = task(
        firm,
        now,
        f"{occasion(letter)}.{trigger.outcome}",
        task_words.LETTER_FAILED if is_wanted else task_words.LETTER_FAILED_ELSEWHERE,
        why=unreached.why(trigger),
        case=case,
    )
    if not is_wanted:
        return Decision(reason="task_given", letters=tasks)
    if rested := task_words.RESTED_ON.get(trigger.template):
        tasks = tuple(_beginning_with(each, rested) for each in tasks)
    if trigger.template in _WRITTEN_ANEW:
        tasks = tuple(replace(each, encloses=letter) for each in tasks)
    else:
        tasks = tuple(replace(each, on_paper=trigger.content) for each in tasks)
    changes = {"to_post": waiting(case, trigger.template)}
    return Decision(reason="task_given", letters=tasks, changes=changes)


def _is_wanted_still(case: Case, trigger: LetterFailed) -> bool:
    """
    Whether whoever it was for is the customer, and has the right to it that it tells of.
    """
    is_theirs = trigger.to.key == case.complainant.address.key
    return is_theirs and not (trigger.template == "adr-rights" and case.not_eligible)


def _beginning_with(task: Letter, step: str) -> Letter:
    todo = task.facts["todo"]
    return replace(
        task, facts={**task.facts, "todo": [step, *(todo if isinstance(todo, list) else ())]}
    )


def _undone(case: Case, trigger: LetterFailed, firm: Firm, now: datetime) -> Decision:
    """
    Whatever rested on this very letter: promises are owed again, what it ended begins
    again, what it asked is asked no more.
    """
    if trigger.to_staff or trigger.template == COPY:
        return Decision(reason="nothing_rests_on_it")
    undone = _opened_again(case, trigger, now)
    rests = RESTS.get(trigger.template, Rests())
    if rests.ends:
        undone = undone.joined_with(_begun_again(undone.applied_to(case), trigger, firm, now))
    if rests.asks and not trigger.followed_by:
        asked = outcome.lost(
            undone.applied_to(case), firm, now, trigger.outcome, cause=trigger.cause
        )
        undone = undone.joined_with(asked)
    if trigger.template in RIGHTS_LETTERS:
        undone = undone.joined_with(_not_told(undone.applied_to(case), trigger, now))
    return undone


def _opened_again(case: Case, trigger: LetterFailed, now: datetime) -> Decision:
    """
    Whatever was met by this very letter is owed again. To an address that is not
    the customer's any more it goes anew, to the present one.
    """
    opened = Decision(reason="nothing_to_open_again")
    for obligation in case.obligations:
        if obligation.state in _KEPT and _rests_on(case, obligation, trigger):
            again = (
                _rests_on_the_next(obligation, trigger)
                if trigger.followed_by and obligation.promise in _carried_by(trigger)
                else _owed_again(case, obligation, trigger, now)
            )
            opened = opened.joined_with(again)
    if not opened.events:
        return opened
    is_theirs = trigger.to.key == case.complainant.address.key
    has_the_right = trigger.template != "adr-rights" or not case.not_eligible
    if not is_theirs and has_the_right and trigger.template in _WRITTEN_ANEW:
        letter = Letter(
            template=trigger.template,
            to=case.complainant.address,
            occasion=f"anew.{trigger.occasion}",
        )
        opened = replace(opened, letters=(letter,))
    return replace(opened, reason="opened_again")


def _carried_by(trigger: LetterFailed) -> tuple[str, ...]:
    return RESTS.get(trigger.template, Rests()).carries


def _rests_on(case: Case, obligation: Obligation, trigger: LetterFailed) -> bool:
    if obligation.promise in _carried_by(trigger):
        is_its_words = obligation.evidence.endswith(by_letter("", trigger.occasion))
        is_named = bool(trigger.message_id) and trigger.message_id in obligation.evidence
        return (is_its_words or is_named) and not _was_in_touch_since(case, obligation, trigger)
    if obligation.promise not in RESTS.get(trigger.template, Rests()).keeps:
        return False
    if trigger.outcome != "bounced":
        # A refused or expired letter has kept nothing: another one did.
        return False
    if not trigger.message_id:
        return trigger.to.key == case.complainant.address.key
    return trigger.message_id in obligation.evidence


def _was_in_touch_since(case: Case, agreed: Obligation, trigger: LetterFailed) -> bool:
    """
    Whether the agreed time, of which the customer was not told, matters no more.
    """
    if trigger.template != "contact-agreed":
        return False
    return case.state is not State.OPEN or any(
        each.promise == "keep_contact"
        and each.state in _KEPT
        and each.settled_at is not None
        and (agreed.settled_at is None or each.settled_at >= agreed.settled_at)
        for each in case.obligations
    )


def _rests_on_the_next(obligation: Obligation, trigger: LetterFailed) -> Decision:
    """
    The same was said again since, in a letter that has not failed: that one is the evidence.
    """
    what = obligation.evidence.removesuffix(by_letter("", trigger.occasion))
    end = ended(
        obligation,
        obligation.state,
        obligation.settled_at or obligation.due_at,
        by_letter(what, trigger.followed_by),
    )
    return Decision(reason="said_again_since", settled=(end,))


def _begun_again(case: Case, trigger: LetterFailed, firm: Firm, now: datetime) -> Decision:
    """
    What the letter had ended is owed again, as if it had never been written.
    """
    again = Decision(reason="nothing_was_ended")
    for promise in RESTS[trigger.template].ends:
        obligation = case.obligation(promise)
        if (
            obligation
            and obligation.state is ObligationState.WITHDRAWN
            and trigger.message_id in obligation.evidence
            and obligation.evidence.startswith(f"{trigger.template} ")
        ):
            again = again.joined_with(owed_again(case, promise, now, cause=trigger.cause))
    if not again.settled or case.state is not State.OPEN:
        return again
    after = again.applied_to(case)
    if any((each := after.obligation(name)) and _is_open(each) for name in contact.IN_TOUCH):
        return again
    # Its time is over, and nothing strikes for it any more: somebody has to be in touch.
    booked = contact.next_contact(after, firm, now)
    return again.joined_with(Decision(reason="contact_booked", booked=(booked,)))


def _is_open(obligation: Obligation) -> bool:
    return obligation.state is ObligationState.OPEN


def _not_told(case: Case, trigger: LetterFailed, now: datetime) -> Decision:
    """
    The customer has not been told of their rights by this letter. After the six weeks the
    letter about them goes in place of a deadlock letter, at once (code, stage 6).
    """
    promised = case.obligation("adr_rights")
    if promised is None or (
        promised.state in _KEPT and promised.evidence.startswith(f"{trigger.template} ")
    ):
        # By the same letter to another address, or on paper.
        return Decision(reason="told_all_the_same")
    told = case.rights_letters - {trigger.template}
    untold = Decision(reason="not_told", changes={"rights_letters": told})
    is_owed = promised.is_owed and case.state not in SETTLED and not case.not_eligible
    if trigger.template != "deadlock" or told or not is_owed or now < promised.acts_at:
        return untold
    letter = Letter(
        template="adr-rights",
        to=case.complainant.address,
        occasion=f"instead.{trigger.occasion}",
    )
    event = Event(name="rights_letter_decided", cause=trigger.cause, reason="six_weeks_open")
    return untold.joined_with(Decision(reason="six_weeks_open", letters=(letter,), events=(event,)))


def _owed_again(
    case: Case, obligation: Obligation, trigger: LetterFailed, now: datetime
) -> Decision:
    is_over = case.state in SETTLED and obligation.promise not in OUTLIVE_THE_CASE
    if is_over or (obligation.promise == "adr_rights" and case.not_eligible):
        # Nothing proves it any more, and nothing is owed: were that undone, it is.
        what = "the case is over" if is_over else "the customer is not eligible"
        why = f"{trigger.template} {trigger.outcome}, and {what}"
        end = ended(obligation, ObligationState.WITHDRAWN, now, why)
        gone = Event(name="obligation_withdrawn", cause="delivery", reason=obligation.promise)
        return Decision(reason="withdrawn", settled=(end,), events=(gone,))
    late = now > obligation.due_at
    end = ended(
        obligation,
        ObligationState.BREACHED if late else ObligationState.OPEN,
        now,
        f"{trigger.template} {trigger.outcome}",
    )
    event = Event(name="obligation_opened_again", cause="delivery", reason=obligation.promise)
    again = Decision(reason="opened_again", settled=(end,), events=(event,))
    following = case.obligation(obligation.promise)
    if late or following is None or following.number == obligation.number:
        return again
    # The next contact was booked on the strength of a letter that never arrived.
    return again.joined_with(
        withdrawn(case, obligation.promise, now, f"{trigger.template} came back", cause="delivery")
    )
