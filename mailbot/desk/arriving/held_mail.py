"""
Who is told of a message that is held, and what they had of late.
"""

from mailbot.cases.identity.set_aside import SetAside, held_letters
from mailbot.cases.identity.triage import hides_somebody
from mailbot.cases.letter import Letter
from mailbot.desk.arriving.brief import Brief
from mailbot.desk.turn import Turn


def letters_about(turn: Turn, told: Brief, reason: str, held_id: int) -> tuple[Letter, ...]:
    """
    The letters to our own people about the message that is held under that number.
    """
    firm, hides = turn.firm, hides_somebody(told.classification)
    held = SetAside(held_id=held_id, reason=reason, message=told.in_words, hides_somebody=hides)
    manager = firm.people.manager(firm.calendar.local_day(turn.now))
    lately = turn.known.mailed(manager.email.lower()) if manager and hides else ()
    return held_letters(held, firm, turn.now, lately)
