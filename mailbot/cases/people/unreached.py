"""
Who hears of it that a mail to one of our own people did not arrive.
"""

from datetime import datetime

from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.people.handlers import Handler, Role
from mailbot.cases.triggers import LetterFailed, LetterWaits
from mailbot.cases.wording import task_words
from mailbot.cases.wording.tasks import address_of

#: The occasion of a task about a mail that did not arrive begins so.
_ABOUT = "unreached."
_LONGEST_OCCASION = 128


def told(failed: LetterFailed, firm: Firm, now: datetime) -> tuple[Letter, ...]:
    """
    The task of the first on the ladder for whom that mail was not, those who are in
    before the others. Empty where there is nobody else, or where the mail was such a
    task itself, which would go round for ever: the alarm in the log is left.
    """
    if failed.occasion.startswith(_ABOUT):
        return ()
    return tuple(
        _task(each, failed, failed.outcome, task_words.STAFF_LETTER_FAILED)
        for each in _others(failed, firm, now)[:1]
    )


def told_of_waiting(waits: LetterWaits, firm: Firm, now: datetime) -> tuple[Letter, ...]:
    """
    The same of a mail that has been refused for a day, and is tried on.
    """
    if waits.occasion.startswith(_ABOUT):
        return ()
    return tuple(
        _task(each, waits, "waits", task_words.STAFF_LETTER_WAITS)
        for each in _others(waits, firm, now)[:1]
    )


def why(failed: LetterFailed | LetterWaits) -> str:
    return f"{failed.template} to {failed.to.email}: {failed.reason}"


def _others(failed: LetterFailed | LetterWaits, firm: Firm, now: datetime) -> list[Handler]:
    today = firm.calendar.local_day(now)
    ladder = firm.people.in_role(Role.MANAGER) + firm.people.in_role(Role.HEAD)
    others = [each for each in ladder if failed.to.key not in each.addresses]
    return sorted(others, key=lambda each: each.is_away(today))


def _task(
    person: Handler, failed: LetterFailed | LetterWaits, outcome: str, task: task_words.Task
) -> Letter:
    return Letter(
        template="task",
        to=address_of(person),
        occasion=f"{_ABOUT}{outcome}.{failed.occasion}"[:_LONGEST_OCCASION],
        to_staff=True,
        facts={
            "what": task.what,
            "why": f"{task.why} ({why(failed)})",
            "todo": list(task.todo),
        },
    )
