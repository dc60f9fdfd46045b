"""
What the year of `forty.py` must amount to, counted without mailbot.

What the scripts say is counted from the scripts: who wrote when, what was closed, reopened,
handed up, credited. What a promise of the code came to in a month was counted by hand, with
the calendar of 2026 on the desk.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import ceil

from tests.store.forty import LIVES, Life, at

MONTHS = tuple(range(1, 13))

#: Marked as spam and rejected by a person; part of the next one; no complaint at all.
REJECTED, MERGED, NO_COMPLAINT = "James Whittle", "Sheila Grant", "Eleri Vaughan"

#: Whose complaint a merged one brought forward.
EARLIER = {"Sheila Grant 2": "06-08 13:50"}

#: Six weeks over, and not closed: the letter goes at nine on that day.
RIGHTS_LETTERS = {
    "Frank Osei": "03-31 09:00",
    "Owen Parry": "06-25 09:00",
    "Bethan Moss": "10-13 09:00",
    "Jane Doe": "12-22 09:00",
}

#: Acknowledged at another time than the case was opened: posted, or let go by a person; of two
#: that became one by the letter of the first. Pauline Reeves never was.
ACKNOWLEDGED = {
    "Sheila Grant 2": "06-08 13:50",
    "Liam Burke": "04-20 15:05",
    "Dilys Watkins": "09-16 10:00",
    "Edward Nash": "09-25 09:30",
}
NEVER_ACKNOWLEDGED = "Pauline Reeves"

_A, _I, _G, _K, _N, _C, _R, _M, _D, _O = (
    *("acknowledge", "introduce", "agree_contact", "keep_contact", "answer"),
    *("confirm_closure", "adr_rights", "credit", "data_protection", "decide_reopening"),
)

#: Kept, kept late, broken, no longer owed, still to be kept; what is not here is nothing.
PROMISES: dict[int, dict[str, tuple[int, int, int, int, int]]] = {
    1: {
        _A: (3, 0, 0, 0, 0),
        _I: (3, 0, 0, 0, 0),
        _G: (3, 0, 0, 0, 0),
        # Alice 2, Brian 1, Carol 3; Carol hears from us again in February.
        _K: (6, 0, 0, 0, 1),
        _N: (1, 0, 0, 0, 0),
        # Brian did not answer by the 21st, was asked again, and rang.
        _C: (3, 0, 0, 1, 0),
        _R: (0, 0, 0, 2, 1),
        _M: (0, 0, 0, 0, 2),
    },
    2: {
        _A: (3, 0, 0, 0, 0),
        _I: (3, 0, 0, 0, 0),
        # David in time, Frank in April; Eleri had no complaint.
        _G: (1, 1, 0, 1, 0),
        _K: (3, 1, 0, 0, 1),
        _C: (2, 0, 0, 0, 0),
        _R: (0, 0, 0, 3, 1),
        _M: (2, 0, 0, 0, 0),
    },
    3: {
        _A: (3, 0, 0, 0, 0),
        _I: (3, 0, 0, 0, 0),
        _G: (3, 0, 0, 0, 0),
        # Frank: the 6th, 13th, 20th and 27th; the next is due after Easter.
        _K: (2, 4, 0, 0, 1),
        _C: (3, 0, 0, 0, 0),
        _R: (1, 0, 0, 3, 0),
        # Gwen's, for March, was applied on 2 April.
        _M: (0, 1, 0, 0, 0),
    },
    4: {
        _A: (2, 1, 0, 0, 0),
        _I: (3, 0, 0, 0, 0),
        _G: (2, 1, 0, 0, 0),
        # Karen 2 and one late, Liam 1, Mair 2, Frank 2 and one late.
        _K: (7, 2, 0, 0, 1),
        _N: (1, 0, 0, 0, 0),
        _C: (3, 0, 0, 0, 0),
        _R: (0, 0, 0, 2, 1),
        _M: (1, 0, 0, 0, 0),
    },
    5: {
        _A: (2, 0, 1, 0, 0),
        _I: (2, 0, 1, 0, 0),
        _G: (3, 0, 0, 0, 0),
        # Mair 1 and one ended by deadlock, Nia 2, Owen 2, Pauline 1 and one to come.
        _K: (6, 0, 0, 1, 1),
        _C: (1, 0, 0, 0, 1),
        _R: (1, 0, 0, 1, 2),
        _M: (0, 0, 0, 0, 1),
    },
    6: {
        _A: (4, 0, 0, 0, 0),
        _I: (4, 0, 0, 0, 0),
        # Rhys, Sheila's second, Tomos; Sheila's first was merged.
        _G: (3, 0, 0, 1, 0),
        _K: (8, 0, 0, 2, 0),
        # Owen is asked each week: the 1st, 8th, 15th, 22nd and 29th.
        _C: (3, 0, 0, 5, 2),
        _R: (1, 0, 0, 4, 1),
        _M: (1, 0, 0, 0, 0),
        _O: (1, 0, 0, 0, 0),
    },
    7: {
        _A: (3, 0, 0, 0, 0),
        _I: (3, 0, 0, 0, 0),
        _G: (3, 0, 0, 0, 0),
        _K: (6, 0, 0, 1, 1),
        _N: (1, 0, 0, 0, 0),
        _C: (3, 0, 0, 4, 1),
        _R: (1, 0, 0, 3, 0),
        _D: (1, 0, 0, 0, 0),
    },
    8: {
        _A: (3, 0, 0, 0, 0),
        _I: (3, 0, 0, 0, 0),
        _G: (2, 1, 0, 0, 0),
        _K: (5, 0, 0, 1, 1),
        _C: (3, 0, 0, 4, 1),
        _R: (0, 0, 0, 3, 0),
    },
    9: {
        _A: (4, 0, 0, 0, 0),
        _I: (4, 0, 0, 0, 0),
        _G: (4, 0, 0, 0, 0),
        _K: (11, 0, 0, 0, 1),
        _N: (1, 0, 0, 0, 0),
        _C: (4, 0, 0, 5, 1),
        _R: (0, 0, 0, 3, 1),
    },
    10: {
        _A: (3, 0, 0, 0, 0),
        _I: (3, 0, 0, 0, 0),
        _G: (3, 0, 0, 0, 0),
        _K: (8, 0, 0, 0, 1),
        # Owen four times, and Gareth's outcome that came back.
        _C: (3, 0, 0, 5, 1),
        _R: (1, 0, 0, 2, 1),
        _M: (1, 0, 0, 0, 0),
    },
    11: {
        _A: (4, 0, 0, 0, 0),
        _I: (4, 0, 0, 0, 0),
        _G: (3, 0, 1, 0, 0),
        # Jane Doe: the 20th and the 27th.
        _K: (8, 0, 2, 0, 2),
        _N: (1, 0, 1, 0, 0),
        _C: (3, 0, 0, 4, 2),
        _R: (0, 0, 0, 2, 3),
        # Helen's was applied, Ivor's was not.
        _M: (1, 0, 1, 0, 0),
    },
    12: {
        _A: (3, 0, 0, 0, 0),
        _I: (3, 0, 0, 0, 0),
        _G: (3, 0, 0, 0, 0),
        # Jane Doe: the 4th, 11th, 18th and 29th; Nesta: late for the 16th, and the 29th.
        _K: (8, 1, 5, 0, 3),
        _N: (1, 0, 0, 0, 0),
        _C: (4, 0, 0, 5, 1),
        _R: (1, 0, 0, 3, 2),
        # Ivor's again; Lowri's is for January.
        _M: (0, 0, 1, 0, 1),
    },
}


def month_of(when: str) -> int:
    return at(when).month


def received() -> dict[int, list[Life]]:
    """
    By the month the complaints that count.
    """
    made: dict[int, list[Life]] = defaultdict(list)
    for life in LIVES:
        if life.who not in {REJECTED, MERGED}:
            made[month_of(life.at)].append(life)
    return made


def closures(life: Life) -> list[str]:
    said_yes = [each.at for each in life.turns if (each.verb, each.words) == ("says", "Yes")]
    return [*said_yes, *_ordered(life, "#close")]


def reopenings(life: Life) -> list[str]:
    said_no = [each.at for each in life.turns if (each.verb, each.words) == ("says", "No")]
    return [*said_no, *_ordered(life, "#reopen")]


def escalations(life: Life) -> list[str]:
    said_no = [each.at for each in life.turns if (each.verb, each.words) == ("says", "No")]
    return [*said_no, *_ordered(life, "#escalate")]


def _ordered(life: Life, command: str) -> list[str]:
    return [
        each.at for each in life.turns if each.verb == "orders" and each.words.split()[0] == command
    ]


def people_with(month: int, told: dict[str, list[str]]) -> list[str]:
    """
    Who has one of these instants in that month.
    """
    return sorted(
        who for who, when in told.items() if any(month_of(each) == month for each in when)
    )


def credits_of(month: int) -> tuple[int, float]:
    sums = [
        float(each.words.split()[1])
        for life in LIVES
        for each in life.turns
        if each.words.startswith("#credit ")
        and each.words != "#credit applied"
        and month_of(each.at) == month
    ]
    return len(sums), round(sum(sums), 2)


def open_after(month: int) -> list[str]:
    """
    Whose complaint is open when that month is over.
    """
    return sorted(each.who for each in LIVES if _is_open(each, month))


def _is_open(life: Life, month: int) -> bool:
    if life.who in {REJECTED, MERGED, NO_COMPLAINT} or month_of(life.at) > month:
        return False
    turns = [(each, "closed") for each in closures(life)]
    turns += [(each, "open") for each in reopenings(life)]
    before = sorted(each for each in turns if month_of(each[0]) <= month)
    return not before or before[-1][1] == "open"


def received_at(life: Life) -> datetime:
    return at(EARLIER.get(life.who, life.at))


def days_to_close(month: int) -> Iterator[float]:
    for life in LIVES:
        in_it = sorted(each for each in closures(life) if month_of(each) == month)
        if in_it:
            yield _elapsed(received_at(life), at(in_it[-1])) / timedelta(days=1)


def hours_to_acknowledge(month: int) -> Iterator[float]:
    for life in LIVES:
        if life.who in {REJECTED, NEVER_ACKNOWLEDGED}:
            continue
        # Of a complaint that was brought forward the letter to the earlier one was the first.
        when = EARLIER.get(life.who) or ACKNOWLEDGED.get(life.who, life.begins)
        if month_of(when) == month:
            yield _elapsed(received_at(life), at(when)) / timedelta(hours=1)


def _elapsed(begins: datetime, ends: datetime) -> timedelta:
    """
    What really passed: between two times of one zone the change of the clocks is lost.
    """
    return ends.astimezone(UTC) - begins.astimezone(UTC)


def middle(values: list[float]) -> float | None:
    ranked = sorted(values)
    if not ranked:
        return None
    half = len(ranked) // 2
    return ranked[half] if len(ranked) % 2 else (ranked[half - 1] + ranked[half]) / 2


def nine_of_ten(values: list[float]) -> float | None:
    ranked = sorted(values)
    return ranked[ceil(len(ranked) * 9 / 10) - 1] if ranked else None
