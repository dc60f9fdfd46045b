"""
The times that staff write, and those that are refused because they may mean several.
"""

from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.cases.commands.reading.spoken_moment import Doubtful, Reckoning, day, moment, span
from tests.cases.builders import a_firm, at

#: A Wednesday.
NOW = at("2026-11-25 10:00")
AHEAD = Reckoning(NOW, a_firm().calendar)
BACK = Reckoning(NOW, a_firm().calendar, is_ahead=False)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("tue 14:00", "2026-12-01 14:00"),
        ("Tue 2pm", "2026-12-01 14:00"),
        ("tues 2.30pm", "2026-12-01 14:30"),
        ("on Tuesday at 9am", "2026-12-01 09:00"),
        ("thurs 9am", "2026-11-26 09:00"),
        ("weds 9am", "2026-12-02 09:00"),
        ("today 16:15", "2026-11-25 16:15"),
        ("tomorrow at 5 pm", "2026-11-26 17:00"),
        ("25/11 2pm", "2026-11-25 14:00"),
        ("1/12/2026 09:30", "2026-12-01 09:30"),
        ("01/12/26 09:30", "2026-12-01 09:30"),
        ("5/6/2027 9am", "2027-06-05 08:00"),
        ("2026-12-01 14:00", "2026-12-01 14:00"),
        ("1 Dec 2pm", "2026-12-01 14:00"),
        ("1st December 2026 at 2pm", "2026-12-01 14:00"),
        ("2 sept 2027 2pm", "2027-09-02 13:00"),
        ("Tue 1 Dec 14:00", "2026-12-01 14:00"),
        ("Tuesday, 1 December 2026 at 14:00", "2026-12-01 14:00"),
        ("4 jan 9:00", "2027-01-04 09:00"),
        ("  TUE   14:00 ", "2026-12-01 14:00"),
        ("1 dec 12am", "2026-12-01 00:00"),
        ("1 dec 12pm", "2026-12-01 12:00"),
    ],
)
def test_a_time_is_read_as_people_in_london_mean_it(words: str, expected: str) -> None:
    assert moment(words, AHEAD) == at(expected)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("wed 14:00", "2026-11-18 14:00"),
        ("mon 14:00", "2026-11-23 14:00"),
        ("yesterday 9am", "2026-11-24 09:00"),
        ("24/11 9am", "2026-11-24 09:00"),
        ("20 sep 9:00", "2026-09-20 08:00"),
    ],
)
def test_what_has_been_is_looked_for_in_the_past(words: str, expected: str) -> None:
    assert moment(words, BACK) == at(expected)


def test_a_day_of_the_year_before_is_found_after_new_year() -> None:
    january = Reckoning(at("2027-01-05 10:00"), a_firm().calendar, is_ahead=False)

    assert day("31/12", january) == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("tue", "no time of day"),
        ("", "no time of day"),
        ("soon", "no time of day"),
        ("1 dec 2026", "no time of day"),
        ("tue 2600", "no time of day"),
        ("tue 2", "morning or afternoon"),
        ("25 nov 14", "morning or afternoon"),
        ("tue 13pm", "no time of day"),
        ("tue 0am", "no time of day"),
        ("tue 25:00", "no such time"),
        ("tue 24:00", "no such time"),
        ("tue 14:60", "no such time"),
        ("31/11/2026 9:00", "no such day"),
        ("11/25/2026 9:00", "no such day"),
        ("29 feb 2027 9:00", "no such day"),
        ("next tue 14:00", "no day that we can read"),
        ("monkey 9:00", "no day that we can read"),
        ("sunny 9:00", "no day that we can read"),
        ("25 marvel 9:00", "no day that we can read"),
        ("mo 9:00", "no day that we can read"),
        ("Mon 1 Dec 14:00", "that day is a Tuesday"),
        ("20/11 14:00", "of which year"),
        ("1 aug 14:00", "of which year"),
    ],
)
def test_a_doubtful_time_is_refused_with_what_to_write(words: str, why: str) -> None:
    with pytest.raises(Doubtful, match=why) as doubt:
        moment(words, AHEAD)

    assert "25/11/2026 2pm" in str(doubt.value)


@pytest.mark.parametrize("words", ["29 mar 2027 14:00", "29/3/2027 2pm"])
def test_the_clock_change_is_londons(words: str) -> None:
    expected = datetime.fromisoformat("2027-03-29T13:00+00:00")

    assert moment(words, AHEAD) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("25/11 at 2pm", "2026-11-25 14:00"),
        ("in three working days at 10am", "2026-11-30 10:00"),
        ("10am in 3 working days", "2026-11-30 10:00"),
        ("in three days at 10am", "2026-11-28 10:00"),
        ("in a fortnight, 9am", "2026-12-09 09:00"),
        ("two working days from now 9am", "2026-11-27 09:00"),
        ("in two weeks' time at 9am", "2026-12-09 09:00"),
        ("9am tomorrow", "2026-11-26 09:00"),
        ("the day after tomorrow 9am", "2026-11-27 09:00"),
        ("at 2pm on Tuesday", "2026-12-01 14:00"),
        ("Tuesday at half past two", "2026-12-01 14:30"),
        ("half two on Tuesday", "2026-12-01 14:30"),
        ("fri quarter to five", "2026-11-27 16:45"),
        ("fri a quarter past nine", "2026-11-27 09:15"),
        ("fri quarter to 5pm", "2026-11-27 16:45"),
        ("fri quarter to 12pm", "2026-11-27 11:45"),
        ("fri quarter to 1pm", "2026-11-27 12:45"),
        ("fri twenty-five past four", "2026-11-27 16:25"),
        ("two o'clock on Friday", "2026-11-27 14:00"),
        ("tomorrow at 5 in the afternoon", "2026-11-26 17:00"),
        ("fri half past five in the evening", "2026-11-27 17:30"),
        ("fri 4 p.m.", "2026-11-27 16:00"),
        ("tue noon", "2026-12-01 12:00"),
        ("tomorrow at 12 noon", "2026-11-26 12:00"),
        ("midday on friday", "2026-11-27 12:00"),
        ("the 27th at 14:00", "2026-11-27 14:00"),
        ("the 20th at 14:00", "2026-12-20 14:00"),
        ("this Friday 9am", "2026-11-27 09:00"),
        ("Tuesday next week 9am", "2026-12-01 09:00"),
        ("next week on Tuesday at 9am", "2026-12-01 09:00"),
        ("Tuesday week 9am", "2026-12-08 09:00"),
        ("a week on Tuesday 9am", "2026-12-08 09:00"),
        ("tomorrow week 9am", "2026-12-03 09:00"),
        ("December 1st at 9am", "2026-12-01 09:00"),
        ("1st of December 2026 9am", "2026-12-01 09:00"),
        ("Dec 1, 2026 9am", "2026-12-01 09:00"),
        ("Tuesday the 1st of December at 9am", "2026-12-01 09:00"),
        ("30 Nov (Mon) 9am", "2026-11-30 09:00"),
        ("1 Rhagfyr 9am", "2026-12-01 09:00"),
        ("1.12.2026 9am", "2026-12-01 09:00"),
        ("tue 02:30", "2026-12-01 02:30"),
        ("wed 25/11 at 14:00.", "2026-11-25 14:00"),
        ("tues. 10am", "2026-12-01 10:00"),
        ("Fri., 27 Nov., 10am!", "2026-11-27 10:00"),
        ("25.11 14:00", "2026-11-25 14:00"),
        ("1.12. at 14:00", "2026-12-01 14:00"),
        ("tue 1400", "2026-12-01 14:00"),
        ("thu 0930", "2026-11-26 09:30"),
        ("1 dec 2026 1400hrs", "2026-12-01 14:00"),
        ("1/12 1630", "2026-12-01 16:30"),
        ("fri 14h", "2026-11-27 14:00"),
        ("fri 14h30", "2026-11-27 14:30"),
        ("tomorrow at 9", "2026-11-26 09:00"),
        ("tue at 2", "2026-12-01 14:00"),
        ("at 4 on friday", "2026-11-27 16:00"),
        ("tomorrow @10", "2026-11-26 10:00"),
        ("weds 9am", "2026-12-02 09:00"),
        ("weds 25th nov 2pm", "2026-11-25 14:00"),
        ("in two hours", "2026-11-25 12:00"),
        ("in half an hour", "2026-11-25 10:30"),
        ("in an hour and a half", "2026-11-25 11:30"),
    ],
)
def test_a_time_may_be_written_as_it_is_spoken(words: str, expected: str) -> None:
    assert moment(words, AHEAD) == at(expected)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("20 minutes ago", "2026-11-25 09:40"),
        ("two days ago at noon", "2026-11-23 12:00"),
        ("two working days ago 9am", "2026-11-23 09:00"),
        ("the 20th at 2pm", "2026-11-20 14:00"),
        ("the 27th at 2pm", "2026-10-27 14:00"),
    ],
)
def test_what_was_may_be_written_as_it_is_spoken(words: str, expected: str) -> None:
    assert moment(words, BACK) == at(expected)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("next Tuesday at half past two", "Tue 1 December or Tue 8 December"),
        ("last Tuesday 9am", "no day that we can read for certain"),
        ("this Monday 9am", "Mon 30 November or Mon 7 December"),
        ("the 25th at 14:00", "today"),
        ("the 31st at 14:00", "no such day"),
        ("noon", "no day that we can read"),
        ("5pm", "no day that we can read"),
        ("tue midnight", "midnight before or after"),
        ("tue 2:30", "morning or afternoon"),
        ("tue 8:30", "morning or afternoon"),
        ("fri half past five", "morning or afternoon"),
        ("tue 2 to 3", "the customer is told one"),
        ("tue 2-3pm", "the customer is told one"),
        ("tue 2 or 3pm", "the customer is told one"),
        ("weds 25th nov 2-4pm", "the customer is told one"),
        ("wed 14:00", "today or Wednesday 2 December"),
        ("on Wednesday at 2pm", "today or Wednesday 2 December"),
        ("next wednesday 2pm", "Wed 2 December or Wed 9 December"),
        ("tue 14:00 or wed 15:00", "no day that we can read"),
        ("tomorrow morning", "no time of day"),
        ("in three working days", "no time of day"),
        ("3 working days 9am", "no day that we can read"),
        ("in 9999 days 9am", "more than a year"),
        ("Mon the 1st of December 9am", "that day is a Tuesday"),
        ("1 dec 14 9am", "no day that we can read"),
        ("1 dec 2026 EST 9am", "no day that we can read"),
        ("August 1st 9am", "of which year"),
        ("february 29th 9am", "no such day"),
        ("half 1 dec", "no day that we can read"),
    ],
)
def test_what_may_be_spoken_of_several_times_is_refused(words: str, why: str) -> None:
    with pytest.raises(Doubtful, match=why) as doubt:
        moment(words, AHEAD)

    assert "25/11/2026 2pm" in str(doubt.value)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("21 Dec to 2 Jan", date(2026, 12, 21), date(2027, 1, 2)),
        ("21/12-2/1", date(2026, 12, 21), date(2027, 1, 2)),
        ("21/12/2026 - 02/01/2027", date(2026, 12, 21), date(2027, 1, 2)),
        ("2026-12-21 to 2027-01-02", date(2026, 12, 21), date(2027, 1, 2)),
        ("from 21st Dec until 2nd January", date(2026, 12, 21), date(2027, 1, 2)),
        ("21 Dec \u2013 2 Jan", date(2026, 12, 21), date(2027, 1, 2)),
        ("21-24 December", date(2026, 12, 21), date(2026, 12, 24)),
        ("21 to 24 Dec 2026", date(2026, 12, 21), date(2026, 12, 24)),
        ("until Friday", date(2026, 11, 25), date(2026, 11, 27)),
        ("until today", date(2026, 11, 25), date(2026, 11, 25)),
        ("tomorrow", date(2026, 11, 26), date(2026, 11, 26)),
        ("mon - wed", date(2026, 11, 30), date(2026, 12, 2)),
        ("from tomorrow until Tuesday", date(2026, 11, 26), date(2026, 12, 1)),
        ("the 27th to the 2nd", date(2026, 11, 27), date(2026, 12, 2)),
    ],
)
def test_a_span_names_its_first_and_last_day(words: str, first: date, last: date) -> None:
    assert span(words, AHEAD) == (first, last)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", "no day that we can read"),
        ("soon", "no day that we can read"),
        ("2 Jan 2027 to 21 Dec 2026", "before the first"),
        ("21 Dec 2026 to 2 Jan 2028", "more than a year"),
        ("21 Dec to 2 Jan to 3 Jan", "more than two days"),
        ("21 to Friday", "of which month"),
        ("until next week", "no day that we can read"),
    ],
)
def test_a_doubtful_span_is_refused(words: str, why: str) -> None:
    with pytest.raises(Doubtful, match=why):
        span(words, AHEAD)


SPOKEN = st.sampled_from(
    [
        *("mon", "tuesday", "next", "in", "three", "3", "25", "1st", "dec", "2026", "12/1", "at"),
        *("14:00", "2pm", "half", "past", "to", "noon", "working", "days", "week", "ago", "the"),
        *("-", ",", "o'clock", "a", "quarter", "until", "hour", "mawrth", "may"),
    ]
)


@given(st.one_of(st.lists(SPOKEN, max_size=6).map(" ".join), st.text(max_size=40)))
def test_any_words_are_a_time_or_a_doubt(words: str) -> None:
    for read in (moment, day, span):
        for reckoning in (AHEAD, BACK):
            with suppress(Doubtful):
                read(words, reckoning)


@given(
    st.datetimes(datetime(2026, 11, 26), datetime(2027, 4, 30)),  # noqa: DTZ001 - any local time
    st.sampled_from(
        ["%d/%m/%Y %H:%M", "%a %d %b %Y at %H:%M", "%H:%M on %d %B %Y", "%Y-%m-%d %H:%M"]
    ),
)
def test_a_time_written_in_full_is_read_as_it_stands(local: datetime, form: str) -> None:
    expected = AHEAD.calendar.at(local.date(), local.time().replace(second=0, microsecond=0))

    assert moment(local.strftime(form), AHEAD) == expected
    assert moment(local.strftime(form), AHEAD).tzinfo is UTC


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("from 1 Dec", "until when"),
        ("from tomorrow", "until when"),
        ("since Monday", "until when"),
        ("starting 1 December", "until when"),
        ("wed", "today, or in a week"),
        ("until wednesday", "today, or in a week"),
        ("wed to fri", "today, or in a week"),
    ],
)
def test_an_absence_of_unknown_length_is_asked_about(words: str, why: str) -> None:
    with pytest.raises(Doubtful, match=why) as doubt:
        span(words, AHEAD)

    assert "21 Dec to 2 Jan" in str(doubt.value)
