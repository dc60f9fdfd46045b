"""
Paragraphs that a client has broken to its own width, and lines that somebody meant.
"""

import textwrap
from pathlib import Path

import pytest

from mailbot.letters.stationery import Stationery
from mailbot.letters.wrapped import put_together

PROSE = """\
our broadband at home has been dead since Monday morning. I rang
twice and was told both times that somebody would ring me back.
Nobody has. I work from home and I cannot go on like this."""

GERMAN = """\
unser Anschluss ist seit Montag gestört, und ich habe schon dreimal
angerufen. Jedes Mal wurde mir versprochen, dass sich ein Techniker
meldet. Bis heute hat sich niemand gemeldet, und ich bitte Sie
dringend um einen Termin in dieser Woche."""

WELSH = """\
mae'r llinell deleffon wedi marw ers dydd Llun ac nid oes neb wedi
fy ffonio yn ôl. Rwy'n gweithio gartref ac ni allaf fynd ymlaen fel
hyn heb wasanaeth."""


def shown(text: str) -> list[str]:
    """
    The lines as the HTML part has them.
    """
    return put_together(text).split("\n")


@pytest.mark.parametrize("paragraph", [PROSE, GERMAN, WELSH])
def test_a_paragraph_that_a_client_has_broken_is_whole_again(paragraph: str) -> None:
    assert shown(paragraph) == [paragraph.replace("\n", " ")]


@pytest.mark.parametrize("width", [60, 65, 72, 76, 78, 80])
def test_whatever_the_width_the_words_stay_as_they_were(width: int) -> None:
    whole = (PROSE + "\n" + WELSH).replace("\n", " ")

    assert shown(textwrap.fill(whole, width)) == [whole]


def test_the_greeting_above_and_the_name_below_stay_lines() -> None:
    text = f"Hello,\n{PROSE}\nKind regards\nMegan Davies\n01632 960 123"

    assert shown(text) == [
        "Hello,",
        PROSE.replace("\n", " "),
        "Kind regards",
        "Megan Davies",
        "01632 960 123",
    ]


def test_what_is_quoted_is_put_together_at_its_own_depth() -> None:
    deeper = "\n".join(f"> > {line}" for line in PROSE.split("\n"))
    quoted = "\n".join(f"> {line}" for line in WELSH.split("\n"))

    assert shown(f"{deeper}\n{quoted}\nI agree.") == [
        "> > " + PROSE.replace("\n", " "),
        "> " + WELSH.replace("\n", " "),
        "I agree.",
    ]


def test_an_item_of_a_list_goes_on_and_the_next_one_begins() -> None:
    text = f"{PROSE}\n- the engineer who did not come on Monday, although you had\n  told me that he would\n- the bill"

    assert shown(text)[1:] == [
        "- the engineer who did not come on Monday, although you had told me that he would",
        "- the bill",
    ]


def test_one_longer_line_elsewhere_does_not_hide_what_was_broken() -> None:
    foot = "Bevan & Daughters, Bakers since 1921, open from Monday to Saturday, 7am to 5pm"

    assert shown(f"{PROSE}\n\n{foot}") == [PROSE.replace("\n", " "), "", foot]


ADDRESS = "Flat 4, The Old Bakery\n12 Long Acre Street\nMerthyr Tydfil\nCF47 0AA"
LONG_ADDRESS = "Flat 4, The Old Bakery, 12 Long Acre Street, Merthyr Tydfil\nCF47 0AA\nWales"
POEM = """\
Shall I compare thee to a summer's day, my dearest of all friends?
Thou art more lovely and more temperate than any flower in the world:
Rough winds do shake the darling buds of May and everything besides,
And summer's lease hath all too short a date for any of us down here."""
TABLE = """\
Router rental for the month    12.00    1 November 2026 to 1 December
Line rental for the month      24.00    1 November 2026 to 1 December"""
SENTENCES = """\
I rang on the first of December at ten and waited for forty minutes.
I rang again on the second and was cut off after twenty-five minutes."""
CODE = """\
if (speed_of_the_line < promised_speed) { report(the_line, reason); }
while (nobody_answers(the_telephone)) { wait(twenty_minutes, music); }"""
NUMBERED = """\
1. Nobody came on Monday although I had taken the day off for that
2. nobody rang on Tuesday, and nobody answered when I rang you then
3. the bill of November is for the whole month"""
LOG = """\
pinging www.example.com with thirty-two bytes of data in every one\tms
reply from the router after more than four thousand milliseconds, \tms"""
CHINESE = """\
我们家的宽带从星期一早上就断了。 我打了两次电话。 每次都说会有人回电话。 但是到现在为止没有任何人联系我。 我在家工作不能这样下去。 请尽快处理
请尽快处理这个问题。 否则我将取消合同。 并且要求贵公司赔偿我这几天以来的全部损失。 谢谢。 期待您的答复。 也请您告诉我什么时候可以修好线路"""


@pytest.mark.parametrize(
    "meant",
    [ADDRESS, LONG_ADDRESS, POEM, TABLE, SENTENCES, CODE, NUMBERED, LOG, CHINESE, "One\ntwo", ""],
)
def test_lines_that_somebody_meant_stay_lines(meant: str) -> None:
    assert shown(meant) == meant.split("\n")
    assert shown(f"{PROSE}\n\n{meant}")[2:] == meant.split("\n")


def test_who_writes_without_breaks_means_those_that_are_there() -> None:
    text = (
        "Please send the engineer to the shop and not to the house, for nobody is in the house on a"
        " weekday before six in the evening.\n\nthe key is with the neighbour, who is in until noon on"
        " weekdays\nthe dog is with me"
    )

    assert shown(text) == text.split("\n")


def test_a_paragraph_from_elsewhere_is_seen_beside_a_line_without_end() -> None:
    disclaimer = "This email is confidential. " * 8

    assert shown(f"{PROSE}\n\n{disclaimer}")[0] == PROSE.replace("\n", " ")


def test_an_address_of_a_page_keeps_its_line() -> None:
    page = "https://www.example.com/complaints/of/a/customer/who/waits"

    assert shown(f"{PROSE}\n{page}")[-1] == page


LETTER = "Subject: Hi\n\n{{ words | quoted }}\n\n{{ words | verbatim }}\n"
LAYOUT = "{% for block in blocks %}<{{ block.kind }}>{{ block.lines | broken }}{% endfor %}"


def test_the_text_part_has_the_lines_as_they_were_written(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "layout.html").write_text(LAYOUT)
    (tmp_path / "en" / "letter.txt").write_text(LETTER)

    words = "\n".join(f"> {line}" for line in WELSH.split("\n")) + f"\n\n{PROSE}"
    rendered = Stationery.load(tmp_path).render("letter", {"words": words})

    indented = "\n".join(f"    {line}".rstrip() for line in words.split("\n"))
    assert rendered.text == f"{indented}\n\n{words}\n"
    assert rendered.html.count(PROSE.replace("\n", " ")) == 2
    assert rendered.html.count("&gt;") == 2
