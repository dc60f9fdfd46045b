"""
What of an answer is the writer's own.
"""

import textwrap
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.mail.quoting.new_text import MARKER, Whose, marked, new_text, parts
from mailbot.mail.reading.html import html_to_text

OURS = f"""{MARKER}

Dear Rhian Price,

A complaint was assigned to you: ISS-004217-57.
The customer expects you to introduce yourself by Sunday 22 November 2026, 4:45pm.

- A contact time has to be agreed by Wednesday 25 November 2026, 5pm
- The customer is told of their right on Friday 1 January 2027

The customer's words:

    The line has been dead since Monday and nobody answers the telephone at all.

How to answer: reply to this mail. What you write goes to the customer."""

ANSWER = "We have found the fault.\nAn engineer comes tomorrow."
ATTRIBUTION = "On Fri, 20 Nov 2026 at 16:45, Infinity <service+stoken@example.com> wrote:"

OUTLOOK = f"""{ANSWER}

________________________________
From: Infinity <service@example.com>
Sent: 20 November 2026 16:45
To: Rhian Price <rhian@example.com>
Subject: [ISS-004217-57] A complaint for you

{OURS}"""


def quoted(text: str = OURS) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def flat(text: str) -> str:
    return " ".join(text.replace("*", " ").replace(">", " ").split())


def leaks(relayed: str) -> list[str]:
    """
    The lines of our notification that a customer would still read.
    """
    told = [flat(line).strip("- ") for line in OURS.splitlines()]
    return [line for line in told if len(line) >= 15 and line in flat(relayed)]


def wrapped(text: str, width: int) -> str:
    return "\n".join(
        part for line in text.splitlines() for part in textwrap.wrap(line, width) or [""]
    )


TOP_POSTED = {
    "Gmail": f"{ANSWER}\n\n{ATTRIBUTION}\n\n{quoted()}",
    "Gmail with a wrapped attribution": (
        f"{ANSWER}\n\nOn Fri, 20 Nov 2026 at 16:45, Infinity\n<service+stoken@example.com>\nwrote:\n\n"
        f"{quoted()}"
    ),
    "Apple Mail": f"{ANSWER}\n\n> On 20 Nov 2026, at 16:45, Infinity wrote:\n> \n{quoted()}",
    "Outlook": OUTLOOK,
    "Outlook with bold fields": OUTLOOK.replace("From:", "*From:*").replace("Sent:", "*Sent:*"),
    "Outlook in Welsh": OUTLOOK.replace("From:", "Oddi wrth:").replace("Sent:", "Anfonwyd:"),
    "Outlook classic": f"{ANSWER}\n\n-----Original Message-----\nFrom: Infinity\n\n{OURS}",
    "an unquoted marker": f"{ANSWER}\n\n{OURS}",
    "a quoted marker": f"{ANSWER}\n\n{quoted()}",
    "no sign at all below the attribution": f"{ANSWER}\n\n{ATTRIBUTION}\n\n{OURS}",
    "a German client": (
        f"{ANSWER}\n\nAm 20.11.2026 um 16:45 schrieb Infinity <s@example.com>:\n{quoted()}"
    ),
    "a French client": f"{ANSWER}\n\nLe 20 nov. 2026, Infinity a écrit :\n{quoted()}",
    "a Welsh client": f"{ANSWER}\n\nAr 20 Tach 2026 ysgrifennodd Infinity:\n{quoted()}",
    "a client that wraps what it quotes": f"{ANSWER}\n\n{ATTRIBUTION}\n{quoted(wrapped(OURS, 40))}",
    "a client that quotes without signs and wraps": f"{ANSWER}\n\n{wrapped(OURS, 40)}",
    "quotes of quotes": f"{ANSWER}\n\n{ATTRIBUTION}\n{quoted(quoted())}",
    "quote bars": f"{ANSWER}\n\n" + "\n".join(f"| {line}" for line in OURS.splitlines()),
}


@pytest.mark.parametrize("text", TOP_POSTED.values(), ids=TOP_POSTED)
def test_of_an_answer_on_top_the_writers_words_are_left(text: str) -> None:
    assert new_text(text, OURS) == ANSWER


@pytest.mark.parametrize(
    "client", [each for each in TOP_POSTED if "without signs" not in each and "bars" not in each]
)
def test_most_clients_are_understood_without_knowing_what_they_answer(client: str) -> None:
    relayed = new_text(TOP_POSTED[client])

    assert relayed == ANSWER


def test_an_answer_below_the_quote_is_kept() -> None:
    assert new_text(f"{ATTRIBUTION}\n{quoted()}\n\n{ANSWER}", OURS) == ANSWER


def test_answers_between_quoted_lines_are_kept_in_their_order() -> None:
    first, second = quoted().splitlines()[:4], quoted().splitlines()[4:]
    text = "\n".join([ATTRIBUTION, *first, "Yes, found.", *second, "Tomorrow."])

    assert new_text(text, OURS).split("\n") == ["Yes, found.", "Tomorrow."]


def test_an_html_only_answer_is_cut_at_its_attribution() -> None:
    html = (
        "<div>We have found the fault.</div><div>An engineer comes tomorrow.</div>"
        f"<div>{ATTRIBUTION.replace('<', '&lt;').replace('>', '&gt;')}<br></div>"
        f"<blockquote>{''.join(f'<p>{line}</p>' for line in OURS.splitlines())}</blockquote>"
    )

    assert new_text(html_to_text(html), OURS) == ANSWER


@pytest.mark.parametrize(
    "text", ["", "   \n\n", quoted(), OURS, f"{ATTRIBUTION}\n{quoted()}", wrapped(OURS, 50), MARKER]
)
def test_where_nothing_is_new_nothing_is_left(text: str) -> None:
    assert new_text(text, OURS) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Thank you.",
        "On Monday we will come.",
        "From: the exchange we hear that it works.",
        "He wrote: it works.",
        "Yes -- as promised --",
        "Total: 5 > 3",
        "one\n\ntwo",
    ],
)
def test_ordinary_words_are_not_taken_for_quotes(text: str) -> None:
    assert new_text(text, OURS) == text


def test_a_short_line_that_happens_to_stand_in_our_mail_is_the_writers() -> None:
    assert new_text("Friday\nWe come then.", OURS) == "Friday\nWe come then."


@pytest.mark.parametrize(
    "text",
    [
        (
            "You wrote:\nThe line has been dead since Monday and nobody answers the telephone at all.\n"
            "That is right, we have found the fault."
        ),
        "Please give our engineer this reference:\nISS-004217-57\nHe comes on\nFriday 1 January 2027",
        "A complaint was assigned to you: ISS-004217-57.\nThat is what our system told me.",
        "Dear Rhian Price,\nis how your letter began, and I am not her.",
    ],
)
def test_without_a_sign_of_a_quote_a_line_of_ours_is_the_writers(text: str) -> None:
    assert new_text(text, OURS) == text


@pytest.mark.parametrize("sign", [MARKER, ATTRIBUTION, "-----Original Message-----", f"> {MARKER}"])
def test_below_a_sign_a_line_of_ours_is_quoted_and_above_it_it_is_the_writers(sign: str) -> None:
    own = "Your reference is\nISS-004217-57\nWe come on\nFriday 1 January 2027"

    assert new_text(f"{own}\n\n{sign}\n\n{OURS}", OURS) == own


def test_above_a_quote_without_any_sign_a_line_of_ours_is_the_writers() -> None:
    own = "Your case is\nISS-004217-57"

    assert new_text(f"{own}\n\n{OURS.removeprefix(MARKER).strip()}", OURS) == own


def test_a_line_of_ours_below_our_marker_is_cut() -> None:
    text = f"{ANSWER}\n{MARKER}\nA complaint was assigned to you: ISS-004217-57."

    assert new_text(text, OURS) == ANSWER


def test_many_empty_lines_become_one() -> None:
    assert new_text("one\n\n\n\n\ntwo") == "one\n\ntwo"


WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=9)
#: No word of ours begins with zz: these lines can only be the writer's.
LINES = st.lists(WORDS, min_size=1, max_size=8).map(lambda each: "zz" + " zz".join(each))

SHAPES = st.sampled_from(
    [
        lambda text: text,
        quoted,
        lambda text: quoted(quoted(text)),
        lambda text: f"{ATTRIBUTION}\n{quoted(text)}",
        lambda text: f"{ATTRIBUTION}\n\n{text}",
        lambda text: "\n".join(f"  {line}" for line in text.splitlines()),
        lambda text: "\n".join(f"*{line}*" if line else "" for line in text.splitlines()),
        lambda text: text.replace(" ", "\u00a0"),
    ]
)


@given(st.lists(LINES, min_size=1, max_size=6), SHAPES, st.integers(20, 200))
@settings(max_examples=300)
def test_nothing_of_our_notification_survives_and_the_writers_words_do(
    lines: list[str],
    shape: Callable[[str], str],
    width: int,
) -> None:
    answer = "\n".join(lines)

    relayed = new_text(f"{answer}\n\n{shape(wrapped(OURS, width))}", OURS)

    assert leaks(relayed) == []
    assert relayed == answer


#: Clients that set no sign at all, and one that has lost the marker.
UNSIGNED = st.sampled_from(
    [
        lambda text: text,
        lambda text: text.removeprefix(MARKER),
        lambda text: "\n".join(f"\t{line}" for line in text.removeprefix(MARKER).splitlines()),
        lambda text: "\n".join(f"| {line}" for line in text.removeprefix(MARKER).splitlines()),
    ]
)


@given(st.lists(LINES, min_size=1, max_size=3), UNSIGNED, st.integers(20, 200), st.integers(0, 12))
@settings(max_examples=300)
def test_without_any_sign_not_even_a_short_line_of_ours_survives(
    lines: list[str],
    shape: Callable[[str], str],
    width: int,
    place: int,
) -> None:
    answer = "\n".join(lines)
    below = shape(wrapped(OURS, width)).splitlines()
    text = "\n".join([answer, "", *below[:place], "", "zzanswer between", "", *below[place:]])

    relayed = new_text(text, OURS)

    assert set(relayed.splitlines()) - {*lines, "zzanswer between", ""} == set()
    assert relayed.startswith(answer)


def test_what_a_customer_quoted_in_our_mail_is_no_sign_of_a_quote() -> None:
    inner = "    On Mon, 16 Nov 2026 at 09:00, Infinity <sales@example.com> wrote:\n    > Buy it."
    ours = OURS.replace("How to answer", f"{inner}\n\nHow to answer")
    without_marker = ours.removeprefix(MARKER)

    assert new_text(f"{ANSWER}\n{without_marker}", ours) == ANSWER


def test_a_sign_of_our_own_above_a_clients_sign_leaves_nothing_of_ours() -> None:
    ours = OURS.replace("How to answer", "    > Buy it now and today.\n\nHow to answer")
    without_marker = ours.removeprefix(MARKER)

    relayed = new_text(f"{ANSWER}\n{without_marker}\n\n{OUTLOOK.partition('____')[2]}", ours)

    assert relayed == ANSWER


def test_a_greeting_that_was_used_before_stays_above_a_quote() -> None:
    ours = f"{OURS}\n\n    Kind regards from the whole team\n    Rhian Price"
    answer = f"{ANSWER}\n\nKind regards from the whole team\nRhian Price"

    assert new_text(f"{answer}\n\n{ATTRIBUTION}\n{quoted(ours)}", ours) == answer


def test_a_line_that_the_client_has_run_into_the_quote_is_kept_up_to_it() -> None:
    assert new_text(f"It works again. {ATTRIBUTION}\n{quoted()}", OURS) == "It works again."


def test_an_answer_within_an_unmarked_quote_is_not_sent_but_known() -> None:
    text = OUTLOOK.replace("How to answer", "Yes, at noon.\n\nHow to answer")

    doubtful = [each.text.strip() for each in parts(text, OURS) if each.whose is Whose.DOUBTFUL]

    assert new_text(text, OURS) == ANSWER
    assert doubtful == ["Yes, at noon."]


@pytest.mark.parametrize("between", ["\n", ">\n", ">\n\n"], ids=repr)
@pytest.mark.parametrize(
    "answer",
    [
        "It is not resolved",
        "My complaint is resolved.\n\nJane Doe",
        "Yes.\nInfinity System Solutions",
    ],
)
def test_below_a_marked_quote_our_own_phrases_are_the_writers(answer: str, between: str) -> None:
    ours = (
        "Is your complaint resolved?\n\nIf your complaint is resolved, reply to this email with the"
        " one word yes.\n\nIf it is not resolved, reply with the one word no.\n\n"
        "Dear Jane Doe, yours sincerely,\n\nInfinity System Solutions Ltd\nTelephone: 0330 9000 009"
    )
    quote = "".join(f"> {line}\n" for line in ours.splitlines())

    assert new_text(f"{ATTRIBUTION}\n{quote}{between}{answer}\n", ours) == answer


def test_the_end_of_a_quote_that_was_wrapped_off_its_sign_is_ours_still() -> None:
    ours = "Please read this.\n" * 8 + "We will write to you again about your right to go outside."
    quote = "".join(f"> {line}\n" for line in ours.splitlines()).replace(
        " about your", "\nabout your"
    )

    assert new_text(f"{ATTRIBUTION}\n{quote}\nThank you.\n", ours) == "Thank you."


def test_a_whole_part_of_our_mail_below_a_quote_is_ours_whoever_forgot_the_signs() -> None:
    ours = "".join(f"This is sentence number {number} of our letter.\n" for number in range(20))
    lines = ours.splitlines(keepends=True)
    quote = "".join(f"> {line}" for line in lines[:14]) + "\n" + "".join(lines[14:])

    assert new_text(f"Thank you.\n\n{ATTRIBUTION}\n{quote}", ours) == "Thank you."


def test_a_reader_sees_what_is_quoted_and_what_was_answered_between() -> None:
    text = f"Please see below.\n\n{ATTRIBUTION}\n> When can you come?\n\nOn Monday.\n"

    assert marked(text) == (
        f"Please see below.\n\n> {ATTRIBUTION}\n> When can you come?\n> \nOn Monday.\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "---- Our offer to you ----\nTwenty pounds.",
        "---- A message for Jane from our engineer ----\nThe line works.",
        "Date: Wednesday 25 November\nTime: 9:00\nAddress: 1 High Street",
        "To do: ring them\nFrom: Monday",
        "I am sorry for what we wrote:\nit was wrong.",
        "Ar ddydd Mawrth byddwn yn dod.",
        "Am Dienstag kommen wir.",
        "ISP> is what the box shows",
    ],
)
def test_what_only_looks_like_a_clients_words_is_the_writers(text: str) -> None:
    assert new_text(text, OURS) == text


def test_a_text_beyond_all_measure_is_not_relayed_below_its_first_lines() -> None:
    relayed = new_text("word\n" * 6000)

    assert len(relayed.splitlines()) == 5000


@given(st.text(max_size=300), st.text(max_size=300))
def test_what_is_kept_and_what_is_quoted_are_together_the_original(text: str, ours: str) -> None:
    found = parts(text, ours)

    assert "".join(part.text for part in found) == text
    assert all(one.whose is not next_.whose for one, next_ in pairwise(found))


MAIL_LINES = st.sampled_from(
    [*OUTLOOK.splitlines(), *quoted().splitlines(), ATTRIBUTION, "", "Yes.", "> > no", "-- "]
)


@given(st.lists(MAIL_LINES, max_size=30).map("\n".join))
@settings(max_examples=300)
def test_of_any_mixture_of_lines_none_is_lost_or_added(text: str) -> None:
    found = parts(text, OURS)

    assert "".join(part.text for part in found) == text
    kept = "".join(part.text for part in found if part.whose is Whose.WRITERS).split()
    assert new_text(text, OURS).split() == kept


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_can_be_cut_and_nothing_is_added(text: str, ours: str) -> None:
    kept = new_text(text, ours)

    assert set(kept.split()) <= set(text.split())


@pytest.mark.parametrize(
    "command", ["#contact tue 14:00", "#every 3 working days", "#credit 25.00 December 2026"]
)
@pytest.mark.parametrize("below", ["", "\n\nText for the file.", f"\n\n{OURS}"])
def test_a_command_that_reads_like_our_example_of_it_is_the_handlers(
    command: str, below: str
) -> None:
    ours = f"{OURS}\n- #contact tue 14:00: the agreed contact time\n- #every 3 working days: the interval\n- #credit 25.00 December 2026; #assign NAME"

    assert new_text(command + below, ours).startswith(command)
