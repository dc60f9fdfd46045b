"""
Alarms: once when one begins, once a day, once when it is over.
"""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import mailbot
from mailbot.alarms.endings import ENDINGS
from mailbot.alarms.standing import Notice, Standing
from mailbot.alarms.words import WORDS, body, title

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
AFTER = timedelta(minutes=5)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def a_line(event: str, level: str = "error", **more: Any) -> dict[str, Any]:
    return {"event": event, "level": level, **more}


BROKEN = a_line("part_failed", part="smtp", reason="relay away")
MENDED = a_line("part_recovered", "info", part="smtp")


def told(standing: Standing, minutes: float) -> list[tuple[str, bool]]:
    return [(each.event, each.is_over) for each in standing.due(at(minutes))]


def test_what_lasts_is_told_once_it_has_lasted() -> None:
    standing = Standing(AFTER)
    standing.hear(BROKEN, at(0))
    assert told(standing, 4.9) == []
    assert standing.next_at() == at(5)
    assert told(standing, 5) == [("part_failed", False)]
    assert told(standing, 6) == []


def test_what_was_over_by_then_is_never_told() -> None:
    standing = Standing(AFTER)
    standing.hear(BROKEN, at(0))
    standing.hear(MENDED, at(4))
    assert told(standing, 5) == []
    assert told(standing, 60 * 48) == []
    assert standing.next_at() is None


def test_what_began_while_the_clock_was_years_ahead_is_told_once_it_is_put_back() -> None:
    standing, ahead = Standing(AFTER), 60 * 24 * 3650
    standing.hear(BROKEN, at(ahead))
    assert told(standing, 0) == []
    assert standing.next_at() == at(5)
    assert told(standing, 5) == [("part_failed", False)]


def test_what_was_told_while_the_clock_was_years_ahead_is_told_again_in_its_time() -> None:
    standing, ahead = Standing(AFTER), 60 * 24 * 3650
    standing.hear(BROKEN, at(ahead))
    standing.hear(a_line("message_failed"), at(ahead))
    assert len(told(standing, ahead + 5)) == 2
    standing.hear(a_line("message_failed"), at(0))
    assert told(standing, 60) == [("message_failed", False)]
    assert told(standing, 60 * 24) == [("part_failed", False)]


def test_what_was_told_is_told_to_be_over_once() -> None:
    standing = Standing(AFTER)
    standing.hear(BROKEN, at(0))
    told(standing, 5)
    standing.hear(MENDED, at(9))
    standing.hear(MENDED, at(9))
    assert told(standing, 9) == [("part_failed", True)]
    assert told(standing, 10) == []


def test_what_lasts_on_is_told_once_a_day_since_when_and_in_todays_words() -> None:
    standing = Standing(AFTER)
    standing.hear(BROKEN, at(0))
    told(standing, 5)
    standing.hear(BROKEN | {"reason": "wrong password"}, at(60 * 20))
    assert told(standing, 60 * 24) == []
    [notice] = standing.due(at(60 * 24 + 5))
    assert (notice.since, notice.reason) == (at(0), "wrong password")


def test_each_part_is_an_alarm_of_its_own() -> None:
    standing = Standing(AFTER)
    standing.hear(BROKEN, at(0))
    standing.hear(a_line("part_failed", part="imap"), at(1))
    standing.hear(MENDED, at(2))
    [notice] = standing.due(at(10))
    assert notice.part == "imap"


def test_what_has_no_end_is_told_at_once_and_the_rest_of_its_kind_within_the_hour_together() -> (
    None
):
    standing = Standing(AFTER)
    for minute in range(30):
        standing.hear(a_line("message_failed", reason=str(minute)), at(minute))
    assert told(standing, 30) == [("message_failed", False)]
    [notice] = standing.due(at(60))
    assert (notice.reason, notice.more) == ("29", 28)
    assert told(standing, 120) == []
    assert standing.next_at() is None


def test_only_alarms_are_told() -> None:
    standing = Standing(AFTER)
    for level in ("debug", "info", "warning"):
        standing.hear(a_line("letter_deferred", level), at(0))
    assert standing.due(at(600)) == []
    standing.hear(a_line("crashed", "critical"), at(600))
    assert told(standing, 600) == [("crashed", False)]


# --- the words


def alarms_of_the_program() -> set[str]:
    """
    What any file logs at level error or above.
    """
    found = set()
    for file in Path(mailbot.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"error", "critical", "exception"}
                and node.args
                and isinstance(node.args[0], ast.Constant)
                and isinstance(node.args[0].value, str)
                and node.args[0].value.isidentifier()
            ):
                found.add(node.args[0].value)
    return found


def test_every_alarm_of_the_program_has_words_and_no_other() -> None:
    said_by_level = {"credentials_expire"}
    assert alarms_of_the_program() | said_by_level == set(WORDS)


def test_what_ends_is_an_alarm_of_the_program() -> None:
    assert set(ENDINGS) <= set(WORDS)


def test_who_is_woken_reads_what_does_not_work_since_when_and_what_to_do() -> None:
    notice = Notice(event="part_failed", part="smtp", reason="relay away", since=NOON)
    assert title(notice, "Infinity", "mail1") == "ALARM: no mail leaves (mailbot, Infinity, mail1)"
    assert body(notice).splitlines() == [
        "Since 2026-11-30 12:00 UTC.",
        "Reason: relay away",
        "What to do: mailbot check says what is wrong; it is tried again by itself.",
        "In the log: part_failed, part smtp",
    ]


def test_who_is_told_that_it_is_over_has_nothing_to_do() -> None:
    notice = Notice(event="delivery_paused", since=NOON, is_over=True)
    assert title(notice, "Infinity", "mail1").startswith("Over: the mail server turns us down")
    assert "What to do" not in body(notice)
