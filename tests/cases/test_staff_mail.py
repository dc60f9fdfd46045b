"""
What a mail of one of our people is there for, and what is proof enough for it.
"""

from dataclasses import replace

import pytest

from mailbot.cases.commands.reading.command_lines import GRAVE
from mailbot.cases.commands.reading.grammar import KNOWN
from mailbot.cases.identity.staff_mail import (
    ASKS_TO_CONFIRM,
    DOUBTS,
    Proof,
    Wants,
    doubt,
    is_meant,
    needs_a_yes,
    wants,
)
from mailbot.cases.wording.receipt_words import RECEIPTS
from mailbot.mail.message import InboundMessage, Sealed
from mailbot.mail.quoting.forwarded import Forwarded, How
from tests.cases.builders import FRIDAY, JANE, a_token

PASSED_ON = (Forwarded(how=How.ATTACHED, sender=JANE, text="It is broken."),)
LIGHT = sorted(set(KNOWN.replace("#", "").split(", ")) - GRAVE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We have found the fault.", Wants.ANSWER),
        ("", Wants.ANSWER),
        ("#note Rang.", Wants.COMMANDS),
        ("#nonsense", Wants.COMMANDS),
        ("#release", Wants.COMMANDS),
        ("#release 7", Wants.ERRAND),
        ("#reject 7", Wants.ERRAND),
        ("#case ISS-000001-95 7", Wants.ERRAND),
        ("#open\nname: Jane", Wants.ERRAND),
        ("#note first\n#away 21 Dec to 2 Jan", Wants.ERRAND),
        ("#status", Wants.TELLING),
        ("#help\n#status", Wants.TELLING),
        ("#status\n#note Rang.", Wants.COMMANDS),
    ],
)
def test_the_words_say_what_it_is_there_for(text: str, expected: Wants) -> None:
    assert wants(text, a_token(), (), goes_to_the_customer=False, has_a_case=True) is expected


def test_whatever_answers_the_question_is_an_answer_to_it() -> None:
    asked = a_token(purpose=ASKS_TO_CONFIRM)

    for text in ("yes", "#note Rang.", ""):
        found = wants(text, asked, PASSED_ON, goes_to_the_customer=True, has_a_case=True)

        assert found is Wants.CONFIRMATION


def test_commands_come_before_what_is_passed_on_and_that_before_who_reads_along() -> None:
    def found(text: str, passed_on: tuple[Forwarded, ...]) -> Wants:
        return wants(text, None, passed_on, goes_to_the_customer=True, has_a_case=True)

    assert found("#note Rang.", PASSED_ON) is Wants.COMMANDS
    assert found("See below.", PASSED_ON) is Wants.FORWARD
    assert found("See below.", ()) is Wants.DIRECT


SIGNED = "\n\nRegards\nRhian\n\nInfinity is registered in England. It may be confidential."


@pytest.mark.parametrize("word", sorted(GRAVE))
@pytest.mark.parametrize(
    ("proof", "expected"),
    [
        (Proof.FROM_LINE, True),
        (Proof.REPLY_ADDRESS, True),
        (Proof.MAIL_SYSTEM, False),
        (Proof.CONFIRMED, False),
    ],
)
def test_a_grave_command_needs_more_than_a_reply_address(
    word: str, proof: Proof, expected: bool
) -> None:
    assert needs_a_yes(f"#{word} x", proof) is expected


@pytest.mark.parametrize("word", LIGHT)
def test_any_other_needs_a_reply_address(word: str) -> None:
    assert needs_a_yes(f"#{word} x", Proof.FROM_LINE) is (word not in {"help", "status"})
    assert needs_a_yes(f"#{word} x", Proof.REPLY_ADDRESS) is False


def test_one_grave_command_makes_the_mail_grave() -> None:
    assert needs_a_yes("#note first\n#close phone Jane, 20/11 9:00", Proof.REPLY_ADDRESS)


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "Yes.",
        " CONFIRM\n",
        "Ydw",
        "yes\n\n--",
        "Yes\n-- \nRhian Price\nInfinity",
        f"Yes{SIGNED}",
        "Yes, please.",
    ],
)
def test_a_yes_is_the_whole_answer(text: str) -> None:
    assert is_meant(text) is True


@pytest.mark.parametrize("text", ["no", "No!", "#reject", "nac ydw"])
def test_so_is_a_no(text: str) -> None:
    assert is_meant(text) is False


@pytest.mark.parametrize(
    "text",
    ["", "What is this?", "yes but not today", "yes\nno", "yes\n\nbut only half", "yes\n\nor?"],
)
def test_anything_else_is_neither(text: str) -> None:
    assert is_meant(text) is None


@pytest.mark.parametrize(
    ("text", "other", "why"),
    [
        ("We come on Tuesday.", "We come on Thursday.", "parts_disagree"),
        ("We come.", "We do not come.", "parts_disagree"),
        # They differ in what they quote, or in what a program printed.
        ("We come on Tuesday.", "We come\non *Tuesday*.", ""),
        ("See the form.", "See the form <https://example.com/7>.", ""),
        ("We come on Tuesday.", "", ""),
    ],
)
def test_two_versions_are_in_doubt_where_their_new_words_differ(
    text: str, other: str, why: str
) -> None:
    message = InboundMessage(received_at=FRIDAY, text=text, other_text="They differ somewhere.")

    assert doubt(message, text, other) == why
    assert doubt(replace(message, other_text=""), text, other) == ""


@pytest.mark.parametrize("sealed", [each for each in Sealed if each])
def test_what_nobody_can_read_is_in_doubt_and_has_a_receipt(sealed: Sealed) -> None:
    message = InboundMessage(received_at=FRIDAY, sealed=sealed)

    assert doubt(message, "", "") in DOUBTS
    assert set(RECEIPTS) >= DOUBTS


def test_no_receipt_says_that_a_letter_has_left_when_it_was_only_written() -> None:
    done = [outcome for outcome, _, _ in RECEIPTS.values() if not outcome.startswith("Nothing")]

    assert done
    assert not [each for each in done if "sent to the customer." in each and "not sent" not in each]
    assert RECEIPTS["answer_relayed"][0] == "Your answer goes to the customer."
