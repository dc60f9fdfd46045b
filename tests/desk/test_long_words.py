"""
A long message in a mail to our own people: cut where everybody sees it, and whole beside it.
"""

import pytest

from mailbot.cases.known.rows import KnownLetter
from mailbot.mail.message import Attachment
from tests.cases.builders import RHIAN, a_message
from tests.desk.builders import Desk, an_answer, octets_of, with_a_case, words_of

#: Gmail shows no more of an HTML part.
SHOWN = 102_000

PROSE = 'Nobody came & nobody rang, and <Friday> was the "last day" that I could be in.\n' * 3000
CHINESE = "请尽快处理这个问题 否则我将取消合同\n" * 9000
ENDLESS = "x" * 90_000


def html_of(letter: KnownLetter) -> str:
    part = octets_of(letter).get_body(("html",))
    return part.get_content() if part else ""


def files_of(letter: KnownLetter) -> dict[str, str]:
    return {
        each.get_filename() or "": each.get_content().removeprefix("\ufeff")
        for each in octets_of(letter).iter_attachments()
    }


@pytest.mark.parametrize("text", [PROSE, CHINESE, ENDLESS], ids=["prose", "chinese", "endless"])
def test_a_client_shows_all_of_the_mail_and_the_file_has_all_of_the_words(text: str) -> None:
    desk = Desk()
    desk.arrives(a_message(text=text))
    letter = desk.letter("assignment")

    assert len(html_of(letter).encode()) < SHOWN
    assert "How to answer" in html_of(letter)
    assert "only the beginning. All of it is in the attached file" in words_of(letter)
    assert files_of(letter) == {"the whole message.txt": text}


def test_a_later_message_is_cut_alike() -> None:
    desk = with_a_case()
    desk.arrives(an_answer(desk.letter("acknowledgement"), PROSE))
    letter = desk.letter("customer-reply")

    assert len(html_of(letter).encode()) < SHOWN
    assert files_of(letter)["the whole message.txt"].strip() == PROSE.strip()


def test_whoever_takes_the_case_over_gets_the_file_too() -> None:
    desk = Desk()
    desk.arrives(a_message(text=PROSE))
    desk.orders("#assign Owen Parry")
    letter = desk.letter("assignment")

    assert len(html_of(letter).encode()) < SHOWN
    assert files_of(letter) == {"the whole message.txt": PROSE}


def test_what_fits_is_not_cut() -> None:
    desk = Desk()
    desk.arrives(a_message(text=PROSE[:30_000]))
    letter = desk.letter("assignment")

    assert files_of(letter) == {}
    assert "only the beginning" not in words_of(letter)
    assert words_of(letter).count("Nobody came") == PROSE[:30_000].count("Nobody came")


def test_a_message_that_no_mail_can_take_along_is_on_file() -> None:
    desk = Desk()
    desk.arrives(a_message(text=PROSE * 10))
    letter = desk.letter("assignment")

    assert files_of(letter) == {}
    assert "All of it is kept on file, see: mailbot case" in words_of(letter)


def test_a_handler_gets_their_own_long_words_back_cut() -> None:
    desk = with_a_case()
    desk.arrives(an_answer(desk.letter("assignment"), f"#credti 25\n{PROSE}", sender=RHIAN.email))
    letter = desk.letter("receipt")

    assert len(html_of(letter).encode()) < SHOWN
    assert "only the beginning" in words_of(letter)


def test_of_very_many_files_some_are_named_and_the_rest_counted() -> None:
    desk = Desk()
    photos = tuple(
        Attachment(
            name=f"photo {number} of the socket.jpg", content_type="image/jpeg", content=b"x"
        )
        for number in range(500)
    )
    desk.arrives(a_message(attachments=photos))
    letter = desk.letter("assignment")

    assert "and 460 more" in words_of(letter)
    assert len(html_of(letter).encode()) < SHOWN
