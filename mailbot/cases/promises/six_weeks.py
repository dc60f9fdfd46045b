"""
Day 42: the letter that tells the customer of their right to independent help.
"""

from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.obligation import Step
from mailbot.cases.promises.settling import owed_again
from mailbot.cases.wording import task_words
from mailbot.cases.wording.tasks import task


def six_weeks(case: Case, step: Step, firm: Firm, now: datetime) -> Decision:
    # Code, stage 6. The case may have moved on since the obligation was booked.
    if case.rights_letters:
        return Decision(reason="rights_letter_already_decided")
    letter = Letter(
        template="adr-rights",
        to=case.complainant.address,
        occasion=step.occasion,
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
        tasks = task(firm, now, step.occasion, task_words.RIGHTS_WITHHELD)
        return decision.joined_with(Decision(reason=case.verdict, letters=tasks))
    return decision


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
    decision = owed_again(case, "adr_rights", now, cause=cause)
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
