"""
Paragraphs that a client has broken, whole again (RFC 3676).
"""

import pytest

from mailbot.mail.reading.flowed import unfolded
from mailbot.mail.reading.parse import parse
from tests.cases.builders import FRIDAY


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("One line \nthat goes on.\nAnother.", "One line that goes on.\nAnother."),
        ("> Quoted \n> and on.\nMine.", "> Quoted and on.\nMine."),
        (">> Deeper \n> not on.", ">> Deeper\n> not on."),
        ("Regards \n-- \nJane", "Regards\n-- \nJane"),
        ("One line \n From the start", "One line From the start"),
        ("> One.\n> \n> Two \n> and on.\n> \nMine.", "> One.\n>\n> Two and on.\n>\nMine."),
        ("One.\n From here on.\n  - two in", "One.\nFrom here on.\n  - two in"),
        ("> One.\n> Two.\n>> Three.", "> One.\n> Two.\n>> Three."),
        ("One.\n \nTwo.", "One.\n\nTwo."),
        ("A paragraph. \n\nThe next.", "A paragraph. \nThe next.".replace(" \n", "\n")),
        ("No soft breaks\nat all", "No soft breaks\nat all"),
        ("", ""),
    ],
)
def test_a_line_that_ends_in_a_space_goes_on(written: str, read: str) -> None:
    assert unfolded(written) == read


def test_the_space_goes_where_the_client_says_so() -> None:
    assert unfolded("Llanfair \npwll", deletes_space=True) == "Llanfairpwll"


def test_only_a_part_that_says_so_is_put_together() -> None:
    def text(parameters: str) -> str:
        content = (
            f"From: jane@example.com\r\nContent-Type: text/plain{parameters}\r\n\r\n"
            "One line \r\nthat goes on.\r\n"
        )
        return parse(content.encode(), received_at=FRIDAY).text

    assert text("; format=flowed") == "One line that goes on."
    assert text("; FORMAT=Flowed; DelSp=Yes") == "One linethat goes on."
    assert text("").splitlines() == ["One line ", "that goes on."]
