"""
A letter has reached nobody: what it was evidence of is owed again, and it may go by post.
"""

from dataclasses import replace
from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.letter import COPY, KEEPS, RIGHTS_LETTERS, Letter
from mailbot.cases.obligation import Obligation, ObligationState
from mailbot.cases.people import unreached
from mailbot.cases.promises.deadlines import OUTLIVE_THE_CASE
from mailbot.cases.promises.settling import by_letter, ended, withdrawn
from mailbot.cases.sending.by_post import occasion, waiting
from mailbot.cases.states import SETTLED
from mailbot.cases.triggers import LetterFailed, LetterWaits
from mailbot.cases.wording import task_words
from mailbot.cases.wording.tasks import task

#: Letters that are written from the case alone, so that they can be written anew for paper.
_WRITTEN_ANEW = frozenset({"acknowledgement", "introduction", "follow-up", "adr-rights"})

#: A person's words to the customer: contact, as long as they arrive.
_ARE_CONTACT = frozenset({"handler-reply", "outcome"})

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
        _opened_again(case, trigger, now)
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
    is_theirs = trigger.to.key == case.complainant.address.key
    tasks = task(
        firm,
        now,
        f"{occasion(letter)}.{trigger.outcome}",
        task_words.LETTER_FAILED if is_theirs else task_words.LETTER_FAILED_ELSEWHERE,
        why=unreached.why(trigger),
        case=case,
    )
    if not is_theirs:
        return Decision(reason="task_given", letters=tasks)
    if trigger.template in _WRITTEN_ANEW:
        tasks = tuple(replace(each, encloses=letter) for each in tasks)
    else:
        tasks = tuple(replace(each, on_paper=trigger.content) for each in tasks)
    changes = {"to_post": waiting(case, trigger.template)}
    return Decision(reason="task_given", letters=tasks, changes=changes)


def _opened_again(case: Case, trigger: LetterFailed, now: datetime) -> Decision:
    """
    Whatever was met by this very letter is owed again. To an address that is not
    the customer's any more it goes anew, to the present one.
    """
    opened = Decision(reason="nothing_to_open_again")
    for obligation in case.obligations:
        if obligation.state in _KEPT and _rests_on(case, obligation, trigger):
            opened = opened.joined_with(_owed_again(case, obligation, trigger, now))
    if not opened.settled:
        return opened
    if trigger.template in RIGHTS_LETTERS:
        told = case.rights_letters - {trigger.template}
        opened = replace(opened, changes={"rights_letters": told})
    is_theirs = trigger.to.key == case.complainant.address.key
    if not is_theirs and trigger.template in _WRITTEN_ANEW:
        letter = Letter(
            template=trigger.template,
            to=case.complainant.address,
            occasion=f"anew.{trigger.occasion}",
        )
        opened = replace(opened, letters=(letter,))
    return replace(opened, reason="opened_again")


def _rests_on(case: Case, obligation: Obligation, trigger: LetterFailed) -> bool:
    if trigger.template in _ARE_CONTACT:
        return obligation.evidence.endswith(by_letter("", trigger.occasion))
    if obligation.promise not in KEEPS.get(trigger.template, ()):
        return False
    if trigger.outcome != "bounced":
        # A refused or expired letter has kept nothing: another one did.
        return False
    if not trigger.message_id:
        return trigger.to.key == case.complainant.address.key
    return trigger.message_id in obligation.evidence


def _owed_again(
    case: Case, obligation: Obligation, trigger: LetterFailed, now: datetime
) -> Decision:
    if case.state in SETTLED and obligation.promise not in OUTLIVE_THE_CASE:
        # Nothing proves it any more, and nothing is owed: were the case to open again, it is.
        why = f"{trigger.template} {trigger.outcome}, and the case is over"
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
