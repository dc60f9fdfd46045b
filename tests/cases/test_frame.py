"""
What a handler's mail program signs is no text; what a letter of ours says itself is not said
twice; and words that go nowhere are not lost in silence.
"""

import pytest

from mailbot.cases.correspondence.frame import (
    names_of,
    says_nothing,
    without_greeting,
    without_rule,
    without_signature,
)
from mailbot.cases.decision import Decision
from mailbot.cases.wording.receipt_words import WORDS_BELOW
from tests.cases.builders import MANAGER, RHIAN
from tests.cases.life import Life

NAMES = names_of("Rhian Price")
#: As Thunderbird sets it above a quote: without a rule.
BLOCK = "Rhian Price\nCase Handler\nInfinity System Solutions"
#: As mutt and Thunderbird set it at the end.
RULED = "--\nRhian Price, Infinity System Solutions\nTel 01495 000 001"
TEXT = "We replaced the joint.\n\nThe credit is on your next bill."


def letter(decision: Decision, template: str) -> dict[str, object]:
    return dict(next(each for each in decision.letters if each.template == template).facts)


def filed(decision: Decision) -> str:
    return next(each.about for each in decision.events if each.name == "note_filed")


@pytest.mark.parametrize("signature", [BLOCK, RULED, "Kind regards,\nRhian", "Rhian"])
def test_a_signature_is_told_from_the_words_above_it(signature: str) -> None:
    assert without_signature(f"{TEXT}\n\n{signature}\n", NAMES) == TEXT
    assert says_nothing(signature, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "Ask for Rhian Price\nwhen you ring us.",
        "Rhian Price\nwill ring you at noon tomorrow.",
        "--\nThe bill for December is not yet written.",
        "We have two offices:\n\nEbbw Vale\nTredegar",
        "Thank you.",
    ],
)
def test_what_says_something_is_no_signature(text: str) -> None:
    assert without_signature(text, NAMES) == text
    assert not says_nothing(text, NAMES)


@pytest.mark.parametrize("greeting", ["Dear Jane,", "Hello Ms Doe,", "Good morning"])
def test_a_greeting_is_told_from_the_words_below_it(greeting: str) -> None:
    assert without_greeting(f"{greeting}\n\n{TEXT}") == TEXT
    assert without_greeting(greeting) == greeting


def test_words_that_begin_like_a_greeting_stay() -> None:
    text = f"Dear Jane, we have found the fault.\n\n{TEXT}"

    assert without_greeting(text) == text


@pytest.mark.parametrize("signature", [BLOCK, RULED])
def test_the_outcome_is_greeted_and_signed_once(signature: str) -> None:
    decision = Life().mailed(f"#outcome\nDear Jane,\n\n{TEXT}\n\n{signature}")

    assert letter(decision, "outcome")["body"] == TEXT


def test_who_writes_in_the_handlers_place_signs_for_themselves() -> None:
    text = f"{TEXT}\n\nKind regards,\n{MANAGER.name}"

    assert letter(Life().mailed(f"#outcome\n{text}", writer=MANAGER), "outcome")["body"] == text


@pytest.mark.parametrize("signature", [BLOCK, RULED])
def test_a_signature_is_no_text_for_a_command_that_wants_one(signature: str) -> None:
    decision = Life().mailed(f"#outcome\n\n{signature}")

    assert "#outcome needs the text" in decision.refusal
    assert [each.template for each in decision.letters] == ["receipt"]


@pytest.mark.parametrize("signature", [BLOCK, RULED])
def test_a_note_is_filed_without_the_signature(signature: str) -> None:
    assert filed(Life().mailed(f"#note Ring after 6pm.\n\n{signature}")) == "Ring after 6pm."


def test_a_signature_alone_is_not_sent_to_the_customer() -> None:
    decision = Life().mailed(BLOCK)

    assert decision.reason == "nothing_new"


def test_a_signature_is_relayed_without_the_rule_above_it() -> None:
    sent = letter(Life().mailed(f"{TEXT}\n{RULED}"), "handler-reply")

    assert sent["body"] == f"{TEXT}\n\n{RULED.removeprefix('--').strip()}"


@pytest.mark.parametrize("text", [TEXT, "One.\n--\n" + "Another line.\n" * 9, "--\nRhian", "--"])
def test_a_rule_that_is_above_no_signature_stays(text: str) -> None:
    assert without_rule(text) == text


def test_words_below_commands_that_take_none_are_not_lost_in_silence() -> None:
    decision = Life().mailed("#contact wed 2pm\n\nDear Jane, I have found the fault.")

    assert WORDS_BELOW in str(letter(decision, "receipt")["outcome"])
    assert letter(decision, "contact-agreed")


@pytest.mark.parametrize("below", ["", f"\n\n{BLOCK}", f"\n\n{RULED}"])
def test_where_nothing_is_said_below_there_is_nothing_to_tell(below: str) -> None:
    decision = Life().mailed(f"#contact wed 2pm{below}", writer=RHIAN)

    assert WORDS_BELOW not in str(letter(decision, "receipt")["outcome"])
