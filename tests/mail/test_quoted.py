"""
What of an answer is the writer's own.
"""

import textwrap
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.mail.parse import html_to_text
from mailbot.mail.quoted import MARKER, new_text

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


def test_a_long_line_of_ours_is_cut_wherever_it_stands() -> None:
    text = f"A complaint was assigned to you: ISS-004217-57.\n{ANSWER}"

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


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_can_be_cut_and_nothing_is_added(text: str, ours: str) -> None:
    kept = new_text(text, ours)

    assert set(kept.split()) <= set(text.split())
