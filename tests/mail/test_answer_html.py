"""
The formatting of an answer, with our own mail cut off whatever client quoted it.
"""

import email
import email.policy
import tomllib
from html import escape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.mail.quoting.answer_html import kept_html
from mailbot.mail.quoting.new_text import new_text
from mailbot.mail.quoting.repeated import repeated, squeezed
from mailbot.mail.reading.html import html_to_text

REPLIES = Path(__file__).parents[1] / "replies"
OURS = (REPLIES / "notification.txt").read_text(encoding="utf-8")
OURS_HTML = "".join(f"<p>{escape(line)}</p>" for line in OURS.splitlines())
WITH_HTML = [each for each in sorted(REPLIES.glob("*.toml")) if "html_kept" in each.read_text()]

QUOTES = {
    "Gmail": (
        '<div class="gmail_quote"><div class="gmail_attr">On Fri, 20 Nov 2026 at 16:45, Infinity '
        '&lt;<a href="mailto:service%2Bstoken@example.com">service+stoken@example.com</a>&gt; '
        'wrote:<br></div><blockquote class="gmail_quote">{}</blockquote></div>'
    ),
    "Outlook on the web": (
        '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Infinity<br>'
        "<b>Sent:</b> 20 November 2026 16:45</div><div>{}</div>"
    ),
    "Apple Mail": '<blockquote type="cite"><div>On 20 Nov 2026, Infinity wrote:</div>{}</blockquote>',
    "Thunderbird": (
        '<div class="moz-cite-prefix">On 20/11/2026 16:45, Infinity wrote:<br></div>'
        '<blockquote type="cite">{}</blockquote>'
    ),
    "no container at all": "<div>{}</div>",
}


def html_of(reply: Path) -> str:
    message = email.message_from_bytes(
        reply.with_suffix(".eml").read_bytes(), policy=email.policy.default
    )
    return next(
        str(part.get_content()) for part in message.walk() if part.get_content_type() == "text/html"
    )


@pytest.mark.parametrize("reply", WITH_HTML, ids=lambda path: path.stem)
def test_the_html_of_each_client_is_kept_without_our_mail(reply: Path) -> None:
    said = tomllib.loads(reply.read_text(encoding="utf-8"))

    kept = kept_html(html_of(reply), said["sees"])

    assert (kept is not None) == said["html_kept"]
    if kept is not None:
        assert squeezed(html_to_text(kept)) == squeezed(said["sees"].replace("\n", " "))
        assert [each for each in said["must_not_see"] if each in kept] == []


@pytest.mark.parametrize("quote", QUOTES.values(), ids=QUOTES)
def test_bold_words_lists_and_links_are_kept(quote: str) -> None:
    answer = (
        "<p>Dear <b>Jane</b>,</p><ul><li>the line <i>works</i>!</li></ul>"
        '<p>See <a href="https://www.example.com/bill">your bill</a>.</p>'
    )
    kept = "Dear *Jane*,\n\n  - the line works!\n\nSee your bill <https://www.example.com/bill>."

    assert kept_html(answer + quote.format(OURS_HTML), kept) == answer


def test_an_answer_below_and_between_quotes_keeps_its_formatting() -> None:
    quote = '<blockquote type="cite"><p>When can you come?</p></blockquote>'
    html = f"{quote}<p>On <b>Monday</b>.</p>{quote}<p>Rhian</p>"

    assert kept_html(html, "On Monday.\n\nRhian") == "<p>On <b>Monday</b>.</p><p>Rhian</p>"


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<p>We come on Monday.</p>", "We come on Tuesday."),
        ("<p>We come.</p><p>Or not.</p><p>Never.</p>", "We come. Never."),
        ("<p>We come on Monday", "We come on Monday morning."),
        ("<p>We come.</p>", ""),
        ("", "We come."),
        ("<html></html>", "We come."),
        ("<?xml version='1.0' encoding='utf-8'?>", "We come."),
        ("<!-- only a comment -->", "We come."),
    ],
)
def test_html_that_says_anything_else_is_not_kept(html: str, kept: str) -> None:
    assert kept_html(html, kept) is None


def test_words_that_no_reader_sees_are_not_kept() -> None:
    html = '<div style="display: none">Preview</div><p>Hello.</p><p hidden>x</p><title>T</title>'

    assert kept_html(html, "Hello.") == "<p>Hello.</p>"


def test_a_link_to_our_secret_address_is_not_kept_under_other_words() -> None:
    html = '<p>Write <a href="mailto:service%2Bstoken@example.com?subject=x">to us</a>.</p>'

    assert kept_html(html, "Write to us.") == "<p>Write <a>to us</a>.</p>"


def test_blocks_that_are_not_listed_do_not_run_together() -> None:
    html = "<section>one</section><center>two</center>"

    assert kept_html(html, "one\ntwo") == "<div>one</div><div>two</div>"


@pytest.mark.parametrize("html", ["<div>" * 20000 + "Hello.", "<b><p>" * 5000 + "Hello."])
def test_html_nested_beyond_measure_is_read_or_left(html: str) -> None:
    kept = kept_html(html, "Hello.")

    assert kept is None or squeezed(html_to_text(kept)) == "hello"


WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=9)
PARAGRAPHS = st.lists(
    st.tuples(
        st.sampled_from(["<p>{}</p>", "<div><b>{}</b></div>", "<p>zz <i>{}</i>!</p>", "{}<br>"]),
        st.lists(WORDS, min_size=1, max_size=6).map(lambda each: "zz" + " zz".join(each)),
    ),
    min_size=1,
    max_size=5,
).map(lambda each: "".join(shape.format(words) for shape, words in each))


@given(PARAGRAPHS, st.sampled_from(sorted(QUOTES.values())))
@settings(max_examples=150)
def test_nothing_of_our_notification_survives_in_the_html(answer: str, quote: str) -> None:
    html = answer + quote.format(OURS_HTML)

    kept = kept_html(html, new_text(html_to_text(html), OURS))

    assert kept is not None
    assert repeated(html_to_text(kept).splitlines(), OURS) == set()
    assert "stoken" not in kept


@given(st.text(max_size=300), st.text(max_size=100))
def test_any_html_is_kept_in_the_same_words_or_not_at_all(html: str, said: str) -> None:
    kept = kept_html(html, said)

    assert kept is None or squeezed(html_to_text(kept)) == squeezed(said.replace("\n", " "))


def test_the_blank_lines_of_word_do_not_widen_the_space_between_paragraphs() -> None:
    html = "<p class=MsoNormal>Hello.</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>Rhian</p>"

    assert kept_html(html, "Hello.\n\nRhian") == "<p>Hello.</p><p>Rhian</p>"


@pytest.mark.parametrize(
    "signature",
    [
        '<pre class="moz-signature" cols="72">-- \nRhian Price\nCase handler</pre>',
        '<div class="moz-signature">-- <br>Rhian Price<br>Case handler</div>',
        '<span>-- </span><br><div dir="ltr">Rhian Price<br>Case handler</div>',
    ],
    ids=["Thunderbird, plain", "Thunderbird, HTML", "Gmail"],
)
def test_a_signature_is_kept_without_the_rule_that_a_client_sets_above_it(signature: str) -> None:
    kept = kept_html(f"<p>It works.</p>{signature}", "It works.\n\nRhian Price\nCase handler")

    assert kept is not None
    assert "--" not in kept
    assert squeezed(html_to_text(kept)) == squeezed("It works. Rhian Price Case handler")
