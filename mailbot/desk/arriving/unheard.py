"""
Whether words that may mean danger reach anybody who is in.
"""

from collections.abc import Collection

from mailbot.cases.known.rows import Draft
from mailbot.desk.turn import Turn
from mailbot.letters.facts import alerts_of


def is_unheard(turn: Turn, before: Collection[int]) -> bool:
    """
    Whether a mail to our own people with an alert was written beside those drafts, and
    nobody who gets one is in on that day: all are away, or it is no working day.
    """
    alerting = [
        draft
        for number, draft in turn.known.drafts.items()
        if number not in before and draft.letter.to_staff and alerts_of(draft.letter, draft.firm)
    ]
    return bool(alerting) and not any(_is_in(each) for each in alerting)


def _is_in(draft: Draft) -> bool:
    calendar = draft.firm.calendar
    day = calendar.local_day(draft.at)
    reader = draft.firm.people.by_address(draft.letter.to.email)
    return reader is not None and not reader.is_away(day) and calendar.is_working_day(day)
