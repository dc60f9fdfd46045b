"""
The one receipt for a handler's mail: what became of it, why, and what to write instead.
"""

from collections.abc import Sequence
from dataclasses import replace

from mailbot.cases.decision import Decision, Event
from mailbot.cases.identity.staff_mail import MOST_RECEIPTS
from mailbot.cases.letter import Letter
from mailbot.cases.triggers import StaffAnswered
from mailbot.cases.wording import receipt_words
from mailbot.cases.wording.cutting import bounded
from mailbot.cases.wording.tasks import address_of

#: Receipts for what the customer has: the handler need not read it once more.
_PASSED_ON = frozenset({"answer_relayed", "files_not_passed_on"})


def receipt(
    trigger: StaffAnswered, reason: str, *, also: str = "", by_post: bool = False
) -> Decision:
    """
    *by_post*: the customer gets letters, and has nothing yet.
    """
    outcome, why, instead = receipt_words.RECEIPTS[reason]
    if by_post:
        outcome = receipt_words.ON_PAPER.get(reason, outcome)
    letter = Letter(
        template="receipt",
        to=address_of(trigger.writer),
        occasion=trigger.occasion,
        to_staff=True,
        is_reply=True,
        in_reply_to=trigger.message.message_id,
        facts={
            "outcome": outcome,
            "why": f"{why} {_sentence(also)}".strip(),
            "instead": instead,
            "original": "" if reason in _PASSED_ON else bounded(trigger.text),
        },
    )
    event = Event(name="receipt_given", cause="message", reason=reason)
    return Decision(reason=reason, events=(event,), letters=(letter,))


def _sentence(said: str) -> str:
    """
    With a full stop, whoever says it: the command line prints the same words without one.
    """
    return said if not said or said.endswith((".", "!", "?")) else f"{said}."


def with_bound(
    letters: Sequence[Letter], receipts_lately: int, *, is_done: bool
) -> tuple[Letter, ...]:
    """
    The letters of a decision without those receipts that would be too many within a day.

    What was done is done without one beyond MOST_RECEIPTS, and the last that comes says so.
    What was not done is told as often again: a person has to know, and a machine that answers
    our receipts comes to an end.
    """
    most = MOST_RECEIPTS if is_done else 2 * MOST_RECEIPTS
    if receipts_lately == MOST_RECEIPTS:
        return tuple(_summing_up(each) for each in letters)
    return tuple(each for each in letters if each.template != "receipt" or receipts_lately < most)


def _summing_up(letter: Letter) -> Letter:
    if letter.template != "receipt":
        return letter
    outcome = f"{letter.facts['outcome']} {receipt_words.THE_LAST_OF_THE_DAY}".strip()
    return replace(letter, facts={**letter.facts, "outcome": outcome})
