"""
A case opened: its number, its complainant with a thread of their own, and what follows.
"""

from dataclasses import replace
from datetime import datetime

from mailbot.cases.case import Case, Party
from mailbot.cases.known.lately import Beginning
from mailbot.cases.known.questions import Asks, Question
from mailbot.cases.reference import reference
from mailbot.cases.triggers import Acknowledged
from mailbot.desk import people
from mailbot.desk.turn import Turn

_HOUR_SECONDS, _DAY_SECONDS = 3600, 86400


def open_new(
    turn: Turn,
    who: Party,
    *,
    received_at: datetime,
    verdict: str = "",
    message_id: str | None = None,
    before: int | None = None,
) -> Case:
    """
    A new case of *who* complains, for whatever follows from its opening: under the number that
    it had *before*, or that it is told it had where that message had opened one and its
    database was lost.
    """
    known, firm = turn.known, turn.firm
    serial = before or _number(turn, who.address.key, message_id)
    known.opens(serial)
    case = Case(
        serial=serial,
        reference=reference(firm.reference_prefix, serial),
        received_at=received_at,
        opened_at=turn.now,
        complainant=who,
        rulebook_version=firm.rulebook.version,
        verdict=verdict,
        # Who has no mail address is written to on paper.
        by_post=not who.address.email,
    )
    case = replace(case, complainant=people.add(turn, serial, who))
    known.put_case(case)
    return case


def _number(turn: Turn, who: str, message_id: str | None) -> int:
    """
    The next one; of a case that was opened before the one that somebody was told.
    """
    known, past = turn.known, turn.office.past
    told = (
        past.serial_for(who, message_id, turn.now, lambda each: known.serial_at(each) is not None)
        if past
        else None
    )
    return told or known.number_case()


def begins_with(turn: Turn, case: Case, began: Beginning) -> None:
    """
    Note what there is to read for whoever takes the case over.
    """
    turn.known.beginnings[case.serial] = began
    turn.known.asked.add(Question(Asks.COMPLAINT, case.serial))


def acknowledged(turn: Turn, email: str) -> Acknowledged:
    """
    The acknowledgements of late to that address, and to everybody.
    """
    ages = [(turn.now - at).total_seconds() for at in turn.known.acknowledged(email)]
    return Acknowledged(
        address_last_hour=sum(1 for age in ages if age < _HOUR_SECONDS),
        address_last_day=sum(1 for age in ages if age < _DAY_SECONDS),
        everyone_last_hour=turn.known.acknowledged_within_the_hour(),
    )
