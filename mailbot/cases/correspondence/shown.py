"""
A message as the handler of its case gets it, or whoever reads it in their place.
"""

from dataclasses import replace
from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision
from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.people.stand_in import reader, standing_in
from mailbot.cases.triggers import MessageJoined
from mailbot.cases.wording.cutting import in_full
from mailbot.cases.wording.found_telephones import found_telephones
from mailbot.cases.wording.tasks import address_of, alerts, words_of
from mailbot.mail.files.going_along import to_staff
from mailbot.mail.message import Address
from mailbot.mail.quoting.answer_first import answer_first


def to_the_reader(
    case: Case,
    trigger: MessageJoined,
    firm: Firm,
    now: datetime,
    *,
    is_party: bool,
    news: str = "",
) -> Decision:
    """
    The message as the handler gets it, or the manager where there is none. While
    they are away their stand-in gets it, too, and answers it.
    """
    sender = trigger.message.sender
    is_theirs = sender is not None and sender.key == case.complainant.address.key
    person = reader(case, firm, now)
    if person is None:
        return Decision(reason="nobody_to_show_it_to")
    came = to_staff(trigger.message.attachments, firm.room_for_files)
    # Nothing is left out for the handler: what is quoted is marked.
    text = answer_first(trigger.message.text, trigger.answered)
    facts = words_of(trigger.message, came, text, case.reference) | {
        "alerts": alerts(trigger.message, firm),
        "possible_matches": list(trigger.near),
        "news": news,
        "from_address": "" if is_theirs or sender is None else sender.email,
        "from_role": _role(case, sender) if is_party else "",
    }
    if trigger.cover:
        facts |= trigger.cover.facts
    if is_theirs:
        facts["found_phones"] = found_telephones(case, trigger.message.text, firm, trigger.answered)
    letter = Letter(
        template="customer-reply",
        to=address_of(case.handler or person),
        occasion=trigger.occasion,
        to_staff=True,
        facts=facts,
        attachments=(*came.going, *in_full(text)),
    )
    if not (for_whom := standing_in(case, person)):
        return Decision(reason="shown_to_the_handler", letters=(letter,))
    to_stand_in = replace(
        letter,
        to=address_of(person),
        occasion=f"{trigger.occasion}.stand-in",
        facts=facts | for_whom,
    )
    return Decision(reason="shown_to_the_stand_in", letters=(letter, to_stand_in))


def _role(case: Case, sender: Address | None) -> str:
    party = case.party(sender.email) if sender else None
    return party.role if party and party is not case.complainant else ""
