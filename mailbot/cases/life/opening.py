"""
A complaint arrives: what is promised, who takes it, what is said at once.
"""

from dataclasses import replace
from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.obligation import Does, Obligation
from mailbot.cases.people.assignment import assign
from mailbot.cases.people.handlers import Handler
from mailbot.cases.triggers import Acknowledged, CaseOpened
from mailbot.cases.wording import task_words
from mailbot.cases.wording.cutting import in_full
from mailbot.cases.wording.found_telephones import found_telephones
from mailbot.cases.wording.tasks import address_of, alerts, task, whole, words_of
from mailbot.mail.files.going_along import to_staff

#: By an email to one of our people, who passed it on.
PASSED_ON = "passed_on"

#: Promises that begin when a complaint arrives.
AT_RECEIPT = ("acknowledge", "introduce", "agree_contact", "adr_rights")


def opened(case: Case, trigger: CaseOpened, firm: Firm, now: datetime) -> Decision:
    booked = tuple(
        _without_past_acts(firm.rulebook.promise(name).book(case.received_at, firm.calendar), case)
        for name in AT_RECEIPT
    )
    handler = assign(firm, trigger.busy, now)
    withheld = case.verdict or ("" if trigger.by else _over_cap(trigger.acknowledged, firm))
    cause = _cause(trigger)
    # What one of our people typed in is not the customer's own text.
    is_theirs = not trigger.by or trigger.way == PASSED_ON
    found = found_telephones(case, trigger.message.text, firm) if is_theirs else []
    said = whole(trigger.message, trigger.message.text)
    opening = Decision(
        reason="case_opened",
        events=(
            Event(
                name="case_opened",
                cause=cause,
                reason=trigger.rule,
                # What came by mail is on file as it came; this is all there is of the rest.
                about=trigger.message.text if trigger.by and trigger.way != PASSED_ON else "",
            ),
        ),
        booked=booked,
        handler=handler,
        letters=(
            Letter(
                template="acknowledgement",
                to=case.complainant.address,
                occasion="opened",
                in_reply_to=trigger.message.message_id,
                is_reply=not trigger.by,
                facts={"way": _BY_WAY.get(trigger.way, ""), "found_phones": found},
                withheld=withheld,
            ),
        ),
    )
    if handler is None:
        tasks = task(firm, now, "nobody", task_words.NOBODY_TO_ASSIGN, words=said)
        opening = opening.joined_with(Decision(reason="nobody_to_assign", letters=tasks))
    else:
        opening = opening.joined_with(
            _introduced(case, trigger, handler, firm, withheld=withheld, found=found)
        )
    if withheld:
        tasks = task(firm, now, "withheld", task_words.WITHHELD[withheld], words=said)
        opening = opening.joined_with(
            Decision(
                reason=withheld,
                letters=tasks,
                events=(Event(name="acknowledgement_withheld", cause=cause, reason=withheld),),
            )
        )
    if trigger.unreadable:
        tasks = task(firm, now, "unreadable", task_words.UNREADABLE, why=trigger.unreadable)
        opening = opening.joined_with(Decision(reason="unreadable", letters=tasks))
    return opening


#: How the acknowledgement says by which way a complaint came that was no mail.
_BY_WAY = {
    "telephone": "by telephone",
    "fax": "by fax",
    "letter": "by letter",
    "account manager": "through your account manager",
    PASSED_ON: "by email to one of our team",
}


def _cause(trigger: CaseOpened) -> str:
    return f"command by {trigger.by}" if trigger.by else "message"


def _without_past_acts(obligation: Obligation, case: Case) -> Obligation:
    """
    What is done at once is done in the decision that opens the case.
    """
    steps = tuple(
        step
        for step in obligation.steps
        if not (step.does is Does.ACT and step.at <= case.received_at)
    )
    return obligation if steps == obligation.steps else replace(obligation, steps=steps)


def _introduced(
    case: Case,
    trigger: CaseOpened,
    handler: Handler,
    firm: Firm,
    *,
    withheld: str,
    found: list[str],
) -> Decision:
    files = to_staff(trigger.message.attachments, firm.room_for_files)
    facts = words_of(trigger.message, files, trigger.message.text, case.reference) | {
        "alerts": alerts(trigger.message, firm),
        "possible_matches": [*trigger.possible, *trigger.near],
        "from_address": "",
        "found_phones": found,
    }
    if trigger.cover:
        facts |= trigger.cover.facts
    return Decision(
        reason="assigned",
        events=(
            Event(
                name="assigned",
                cause=_cause(trigger),
                reason="fewest_open_cases",
                about=handler.name,
            ),
        ),
        letters=(
            Letter(
                template="introduction",
                to=case.complainant.address,
                occasion=f"assigned.{handler.email.lower()}",
                in_reply_to=trigger.message.message_id,
                is_reply=not trigger.by,
                withheld=withheld,
            ),
            Letter(
                template="assignment",
                to=address_of(handler),
                occasion=f"assigned.{handler.email.lower()}",
                to_staff=True,
                facts=facts,
                attachments=(*files.going, *in_full(trigger.message.text)),
            ),
        ),
    )


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
