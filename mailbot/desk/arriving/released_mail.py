"""
What one of our people has let go goes the way of any other message, and they read what
became of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mailbot.cases.identity.triage import Action
from mailbot.cases.known.rows import KnownLetter
from mailbot.cases.wording.account import rule
from mailbot.desk import drafts
from mailbot.desk.recorded import LetGo, Recorded
from mailbot.desk.turn import Turn

#: What nobody can read here may still be read by whoever runs mailbot.
BY_OPERATIONS = Recorded(reason="read_by_operations", action=Action.HOLD)

_WENT = {
    Action.OPEN: "It opened a case, and its sender got what is promised to everybody.",
    Action.JOIN: "It was added to the case, and its handler got it.",
    Action.RELAY: "The words went to the customer.",
}
_STILL_HELD = {
    "names_no_case": "nothing in it says whose case it is about",
    "names_several_cases": "it names several cases",
    "no_sender": "it names nobody who could be answered",
}
_INSTEAD = "Say which case it belongs to, with its number: #case REFERENCE NUMBER"


def told(
    turn: Turn, word: Recorded, let: LetGo, went: Recorded, written: Sequence[KnownLetter]
) -> Recorded:
    """
    The word of the person with what followed from it. They get a receipt, if what they
    have let go has not brought one among the letters *written*.
    """
    letters = (*word.letters, *went.letters)
    template, reader = let.receipt.template, let.receipt.to.key
    if not any((each.template, each.recipient_key) == (template, reader) for each in written):
        letter = replace(let.receipt, facts={**let.receipt.facts, **_became(went)})
        letters += drafts.templates(drafts.write(turn, None, [letter]))
    return replace(word, case=went.case, letters=letters, lets_go=None)


def _became(went: Recorded) -> Mapping[str, str]:
    """
    What became of it, for the receipt.
    """
    if went.action == Action.HOLD:
        why = _STILL_HELD.get(went.reason, rule(went.reason))
        return {"outcome": "It is still held.", "why": f"{why}.", "instead": _INSTEAD}
    if went.answer:
        # Commands: what was done, in the words of their own receipt.
        return {"outcome": went.answer}
    sentence = _WENT.get(Action(went.action), "It was taken in.")
    return {"outcome": f"{sentence} Case: {went.case}." if went.case else sentence}
