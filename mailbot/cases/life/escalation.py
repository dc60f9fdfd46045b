"""
Up the ladder of stage 5, and what stands at its end.
"""

from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.people.assignment import assigned
from mailbot.cases.people.handlers import Handler, Role
from mailbot.cases.states import Move
from mailbot.cases.wording import plain_names, task_words
from mailbot.cases.wording.tasks import task
from mailbot.mail.message import Address


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
