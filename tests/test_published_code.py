"""
The published code of the example: each of its sentences is answered, and each answer is true.
"""

import json
import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mailbot.cases.commands.reading.grammar import KNOWN
from mailbot.cases.rulebook.published import Answer, answered, sentences
from mailbot.cli.commands import app
from mailbot.settings.published import answers_in, published_code
from tests.html_shape import Shape

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "config"
SENTENCES = tuple(sentences(published_code(CONFIG)))
ANSWERS = answers_in(CONFIG)
KEPT = [each for each in ANSWERS if each.does]

A_CODE = """Our code

We answer. We answer "soon": that is a promise.

How to reach us:

Telephone\t01 (from 9.00 to 5.00)
In writing\tOne Street. Two people read it.

\tStage\tWhat happens
1\tFirst\tYou write. We read.

Who decides:

The Ombudsman
 Some Road
"""


def test_a_code_is_cut_into_sentences_rows_and_lists_under_their_headings() -> None:
    assert [(each.under, each.words) for each in sentences(A_CODE)] == [
        (("Our code",), "We answer."),
        (("Our code",), 'We answer "soon": that is a promise.'),
        (("Our code",), "How to reach us:"),
        (("Our code", "Telephone"), "01 (from 9.00 to 5.00)"),
        (("Our code", "In writing"), "One Street."),
        (("Our code", "In writing"), "Two people read it."),
        (("Our code", "1 First"), "You write."),
        (("Our code", "1 First"), "We read."),
        (("Our code",), "Who decides: The Ombudsman Some Road"),
    ]


def test_every_word_of_the_code_is_in_a_heading_or_in_a_sentence() -> None:
    text = " ".join(published_code(CONFIG).replace("\tStage\tDescription", "").split())
    for each in sorted(SENTENCES, key=lambda each: len(each.words), reverse=True):
        assert each.words in text
        text = text.replace(each.words, "")
    headings = {word for each in SENTENCES for part in each.under for word in part.split()}
    # The title, and a chapter that has only chapters in it.
    headings |= {"Complaints", "Code", "Complaint", "Handling", "and", "Dispute", "Resolution"}
    assert set(text.split()) <= headings


def test_no_sentence_of_the_code_is_without_an_answer() -> None:
    found, stale = answered(SENTENCES, ANSWERS)
    assert [each.sentence.words for each in found if each.answer is None] == []
    assert stale == []


def test_an_answer_to_what_the_code_does_not_say_any_more_is_told() -> None:
    old, vague = Answer(words="within 12 hours", does="x"), Answer(words="e", does="x")
    assert answered(SENTENCES, [*ANSWERS, old, vague])[1] == [old, vague]


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda each: each.words)
def test_an_answer_says_what_is_done_or_why_nothing_is(answer: Answer) -> None:
    assert answer.does or answer.people
    assert bool(answer.tests) == bool(answer.does)
    assert bool(answer.by) == bool(answer.does)


def test_every_test_that_is_named_is_there() -> None:
    written = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", file.read_text(), re.MULTILINE)
    }
    assert {name for each in ANSWERS for name in each.tests} <= written


@pytest.mark.parametrize("answer", KEPT, ids=lambda each: each.words)
def test_what_an_answer_rests_on_is_there(answer: Answer) -> None:
    rulebook = tomllib.loads((CONFIG / "code.toml").read_text())
    keys = "".join((CONFIG / name).read_text() for name in ("mailbot.toml", "code.toml"))
    keys += (CONFIG / "handlers.toml").read_text()
    for each in answer.by:
        kind, _, name = each.partition(" ")
        match kind:
            case "promise":
                assert name in rulebook["promises"]
            case "template":
                assert (ROOT / "templates" / "en" / f"{name}.txt").exists()
            case "command":
                assert name in KNOWN.replace(",", " ").split()
            case "setting":
                words = re.findall(r"\[\w+\]|\b[a-z_]+\b", name)
                assert all(each in keys for each in words if each not in {"in", "toml"})
            case _:
                pytest.fail(f"what is {each}?")


def test_every_promise_of_the_rulebook_is_what_some_sentence_rests_on() -> None:
    rulebook = tomllib.loads((CONFIG / "code.toml").read_text())
    assert {f"promise {name}" for name in rulebook["promises"]} <= {
        by for each in ANSWERS for by in each.by
    }


def test_the_page_quotes_every_sentence_and_needs_nothing_from_anywhere(tmp_path: Path) -> None:
    page = tmp_path / "code.html"
    done = CliRunner().invoke(
        app,
        ["--config", str(CONFIG), "code", "--html", str(page)],
        env={"MAILBOT_IMAP__PASSWORD": "x"},
    )
    html = page.read_text()
    assert done.exit_code == 0, done.output
    shape = Shape()
    shape.feed(html)
    assert shape.open == []
    assert not shape.tags & {"script", "img", "link", "iframe"}
    assert html.count("<blockquote>") == len(SENTENCES)


def test_a_firm_with_another_code_is_told_what_it_has_to_look_at(tmp_path: Path) -> None:
    for each in CONFIG.glob("*.toml"):
        (tmp_path / each.name).write_text(each.read_text())
    more = "We ring you within a day."
    (tmp_path / "published-code.txt").write_text(f"{published_code(CONFIG)}\n{more}\n")
    done = CliRunner().invoke(
        app, ["--config", str(tmp_path), "code", "--json"], env={"MAILBOT_IMAP__PASSWORD": "x"}
    )
    said = json.loads(done.stdout)
    assert done.exit_code == 1
    assert [each["words"] for each in said["sentences"] if each["answer"] is None] == [more]


def test_a_clause_of_the_rulebook_that_the_code_does_not_say_is_told(tmp_path: Path) -> None:
    for each in (*CONFIG.glob("*.toml"), *CONFIG.glob("*.txt")):
        (tmp_path / each.name).write_text(each.read_text())
    rulebook = tmp_path / "code.toml"
    ours = "If we cannot resolve your complaint within the first 2 working days"
    rulebook.write_text(rulebook.read_text().replace(ours.replace("2", "3"), ours))
    page = tmp_path / "code.html"
    command = ["--config", str(tmp_path), "code", "--json", "--html", str(page)]
    done = CliRunner().invoke(app, command, env={"MAILBOT_IMAP__PASSWORD": "x"})

    assert done.exit_code == 1
    [apart] = json.loads(done.stdout)["not_published"]
    assert apart["promise"] == "agree_contact"
    assert apart["clause"].startswith(ours)
    assert f"<li>{ours}" in page.read_text()
