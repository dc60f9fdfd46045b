"""
Two versions of one text: what only one of them says counts.
"""

import pytest

from mailbot.mail.reading.alternatives import Read, is_visible, read_twice, says_all_of

LETTER = "The line has been dead since Monday, and nobody came."


@pytest.mark.parametrize(
    "plain",
    [
        "",
        "\xa0\n\u200b",
        "\u3164\u2800",
        "This message is in HTML format.",
        "This is a multi-part message in MIME format.",
        "Your email client cannot read this email. To view it online, go here: https://x.example/1",
        "Ce message est au format HTML.",
        "Este mensaje está en formato HTML",
        "[No plain text version]",
    ],
)
def test_what_stands_in_place_of_a_text_is_none(plain: str) -> None:
    assert read_twice(plain, LETTER) == Read(LETTER)


@pytest.mark.parametrize(
    ("plain", "laid_out", "read"),
    [
        # The same, as clients break, mark and number it.
        ("The line\nhas been *dead*.", "The line has been dead.", "The line\nhas been *dead*."),
        ("Dead. [cid:image001.png@01D]\nJane", "Dead.\nJane", "Dead. [cid:image001.png@01D]\nJane"),
        ("It\u2019s dead\u200b", "It\u2019s dead", "It\u2019s dead\u200b"),
        # One says more.
        ("Yes", "Yes, but the bill is wrong", "Yes, but the bill is wrong"),
        ("I accept.", "I do not accept.", "I do not accept."),
        ("Dead. A footer of a list.", "Dead.", "Dead. A footer of a list."),
        ("See it.", "See it. https://photos.example/1", "See it. https://photos.example/1"),
    ],
)
def test_where_one_says_all_of_the_other_it_is_the_text(
    plain: str, laid_out: str, read: str
) -> None:
    assert read_twice(plain, laid_out) == Read(read)


@pytest.mark.parametrize(
    ("plain", "laid_out"),
    [
        ("Yes", "No"),
        ("On Tuesday at nine.", "On Thursday at ten."),
        ("Ie, diolch.", "Na, dim o gwbl."),
    ],
)
def test_where_each_says_what_the_other_does_not_both_are_kept(plain: str, laid_out: str) -> None:
    assert {*read_twice(plain, laid_out)} == {plain, laid_out}


def test_a_word_said_twice_is_not_said_by_saying_it_once() -> None:
    assert not says_all_of("The bill is wrong.", "The bill is wrong, wrong.")
    assert says_all_of("The bill is wrong, wrong.", "The bill is wrong.")


@pytest.mark.parametrize(
    ("text", "seen"), [("\u200d\ufe0f \xa0", False), ("👍", True), (".", True)]
)
def test_only_what_is_seen_is_a_text(text: str, seen: bool) -> None:
    assert is_visible(text) is seen


@pytest.mark.parametrize(
    "placeholder",
    [
        "Ditt e-postprogram kan inte visa detta meddelande.",
        "Detta meddelande kan inte visas.",
        "このメールはHTML形式です。HTML対応のメールソフトでご覧ください。",
        "您的邮件客户端不支持此格式。",
        "Il tuo programma di posta non può visualizzare questo messaggio, purtroppo.",
        "Nid yw eich rhaglen e-bost yn gallu dangos y neges hon.",
        "Ваша почтовая программа не может показать это письмо.",
        "View this email: https://mail.example/v/7",
    ],
)
def test_a_placeholder_in_any_tongue_is_nobodys_words(placeholder: str) -> None:
    assert read_twice(placeholder, "The line is dead.") == ("The line is dead.", "")


def test_who_writes_of_their_mail_program_is_read_in_both_versions() -> None:
    plain = "My mail program shows nothing, and my browser is dead. Ring 01495 000 009."
    laid_out = "My mail program shows nothing, and my browser is dead. Ring 01495 000 008."

    assert {*read_twice(plain, laid_out)} == {plain, laid_out}
