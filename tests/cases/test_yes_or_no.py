"""
Whether an answer to an outcome is a yes or a no: the listed words, and nothing else.
"""

import pytest
from pydantic import ValidationError

from mailbot.cases.correspondence.yes_or_no import Said, said
from mailbot.cases.rulebook.choices import Closure
from tests.cases.builders import a_firm

CLOSURE = a_firm().rulebook.closure


@pytest.mark.parametrize("words", CLOSURE.yes)
def test_each_listed_yes_is_a_yes(words: str) -> None:
    assert said(words, CLOSURE) is Said.YES


@pytest.mark.parametrize("words", CLOSURE.no)
def test_each_listed_no_is_a_no(words: str) -> None:
    assert said(words, CLOSURE) is Said.NO


@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "{}.",
        "{}!!",
        "  {}  ",
        "Hi,\n{}",
        "Dear Rhian,\n\n{}\n\nKind regards\nJane Doe",
        "Hello Mr Price\n{}\nThanks,\nJane\n01495 000 000",
        "Good morning\n{}.\nYours sincerely\nJane Doe",
        "{}\n-- \nJane Doe\n12 High Street",
        "{}\n\nSent from my iPhone",
        "{}\n\nGet Outlook for Android",
        "Hi\n{}\nMany thanks\n\nSent from my phone",
    ],
)
@pytest.mark.parametrize("words", [*CLOSURE.yes, *CLOSURE.no])
def test_greeting_and_signature_are_set_aside(form: str, words: str) -> None:
    expected = Said.YES if words in CLOSURE.yes else Said.NO

    assert said(form.format(words), CLOSURE) is expected
    assert said(form.format(words.upper()), CLOSURE) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thanks",
        "Hi",
        "Yes, but it is broken again",
        "Yes\nbut it is broken again",
        "Yes\n--\nbut my bill is still wrong",
        "yes\n\N{EM DASH}\nStill broken",
        "Yes\n-- \nJane Doe\nNot resolved",
        "Not yes",
        "Yes and no",
        "No problem",
        "It is not yet resolved",
        "Is it resolved?\nNo",
        "Hi, yes I still wait",
        "Yes\nThank you, but the bill is still wrong and I want my money back this week",
        "Yes\nThanks\none\ntwo\nthree\nfour\nfive\nsix\nseven",
        "resolved unresolved",
        "Yesterday",
        "\N{THUMBS UP SIGN}",
        "Ydy",
    ],
)
def test_anything_else_is_for_the_handler_to_judge(text: str) -> None:
    assert said(text, CLOSURE) is Said.ELSE


def test_a_question_mark_makes_no_yes() -> None:
    assert said("Resolved?", CLOSURE) is Said.ELSE


@pytest.mark.parametrize(
    "text",
    [
        "Yes\nThanks for nothing, it still fails",
        "Yes\nThanks\nBut it is broken again",
        "YES\nTHANKS\nBUT IT IS BROKEN AGAIN",
        "Yes\nRegards\nJane\nplease ring me about the bill",
        "Yes\nThanks not",
        "Yes\nThanks\nNOT Mended",
        # Six words are no name, however they are written.
        "Yes\nRegards\nOne Two Three Four Five Six",
    ],
)
def test_what_stands_behind_a_parting_word_can_undo_the_yes(text: str) -> None:
    assert said(text, CLOSURE) is Said.ELSE


@pytest.mark.parametrize("text", ["Hi Rhian, it is not mended.\nYes", "Hello still broken\nYes"])
def test_what_stands_behind_a_greeting_can_undo_the_yes(text: str) -> None:
    assert said(text, CLOSURE) is Said.ELSE


@pytest.mark.parametrize(
    "text",
    [
        "Hi Rhian\nYes\nThanks Rhian\nJane",
        "Dear Sir or Madam,\nYes.\nYours faithfully,\nMrs Jane Doe\n12 High Street\nEbbw Vale",
        "hi rhian\nyes\nthanks for your help\njane",
        "Yes\nThanks\nJane Doe\n12 High Street\nEbbw Vale\nNP23 8XA\n01495 000 000",
        "Yes\nRegards\nJane Doe\nHead of Oak and Ash\nWeb www.customer.example\nMail jane@localhost",
        "Hi all of the team\nYes\nThanks very much\nJane",
        "Dear both sir and madam\nYes\nMany thanks again\nOne Two Three Four Five",
        "Hello there!\nYes\nBest wishes\nJane Doe\njane@customer.example\nwww.customer.example",
    ],
)
def test_people_greet_and_sign_in_many_ways(text: str) -> None:
    assert said(text, CLOSURE) is Said.YES


@pytest.mark.parametrize(
    "text", ["", "...", "\N{THUMBS DOWN SIGN}", "\N{POUTING FACE}", "\N{THUMBS UP SIGN}"]
)
def test_an_answer_without_a_word_says_nothing(text: str) -> None:
    listed = Closure.model_construct(
        yes=("yes", "\N{THUMBS UP SIGN}"), no=("no", "\N{THUMBS DOWN SIGN}")
    )

    assert said(text, listed) is Said.ELSE


@pytest.mark.parametrize("key", ["yes", "no"])
def test_a_sign_alone_is_no_word_of_a_confirmation(key: str) -> None:
    with pytest.raises(ValidationError, match="leave it out"):
        Closure.model_validate({key: ["\N{THUMBS UP SIGN}"]})
