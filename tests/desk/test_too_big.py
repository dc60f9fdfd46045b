"""
A mail that is too big: to one of our people its words go again without the files, and to a
customer the handler is told why.
"""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from mailbot.cases.known.rows import KnownLetter
from mailbot.desk.letter_outcomes import WRITTEN_AGAIN
from mailbot.letters.octets import Enclosure, enclosed_part, multipart
from mailbot.mail.message import Attachment
from mailbot.mail.outcome import Deferred, Refused
from mailbot.mail.quoting.new_text import MARKER, new_text
from tests.cases.builders import FRIDAY, MANAGER, RHIAN, a_message
from tests.desk.builders import Desk, words_of

TOO_BIG = Refused("DATA answered 552 5.3.4: the mail is too big", code=552, too_big=True)
PHOTO = Attachment(name="Foto der Störung.jpg", content_type="image/jpeg", content=b"x" * 5000)
THEIRS = Deferred("RCPT answered 552 5.2.2: the recipient's", code=552, is_theirs=True)


def a_desk() -> Desk:
    desk = Desk()
    desk.arrives(a_message(attachments=(PHOTO,)))
    return desk


def read(letter: KnownLetter) -> EmailMessage:
    mail = message_from_bytes(letter.content or b"", policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_a_mail_to_staff_that_is_too_big_goes_again_without_its_files() -> None:
    desk = a_desk()
    first = desk.letter("assignment")
    assert [each.get_filename() for each in read(first).iter_attachments()] == [PHOTO.name]

    assert desk.settles(first, TOO_BIG) == WRITTEN_AGAIN
    [again] = [each for each in desk.letters("assignment") if each.id != first.id]
    mail = read(again)
    assert not list(mail.iter_attachments())
    assert again.status == "queued"
    assert again.recipient == RHIAN.email
    assert again.message_id != first.message_id
    assert str(mail["Reply-To"]) != str(read(first)["Reply-To"])
    assert str(mail["Subject"]) == str(read(first)["Subject"])
    for subtype in ("plain", "html"):
        part = mail.get_body((subtype,))
        assert part is not None
        words = " ".join(str(part.get_content()).split())
        assert "they are not attached: Foto der Störung.jpg" in words
        assert f"mailbot case {desk.case().reference}" in words
    assert desk.letters("task") == []
    assert desk.known.letters[first.id].status == "refused"


def test_the_line_above_which_an_answer_is_written_stays_the_first() -> None:
    desk = a_desk()
    desk.settles(desk.letter("assignment"), TOO_BIG)
    text = words_of(desk.letters("assignment")[-1])

    assert text.lstrip().startswith(MARKER)
    assert new_text(f"We look into it.\n\n{text}").strip() == "We look into it."


def test_it_is_written_again_once() -> None:
    desk = a_desk()
    desk.settles(desk.letter("assignment"), TOO_BIG)
    again = desk.letters("assignment")[-1]

    assert desk.settles(again, TOO_BIG) == "refused"
    assert len(desk.letters("assignment")) == 2
    assert [each.recipient for each in desk.letters("task")] == [MANAGER.email]


def test_a_mail_to_staff_without_files_is_not_written_again() -> None:
    desk = Desk()
    desk.arrives()

    assert desk.settles(desk.letter("assignment"), TOO_BIG) == "refused"
    assert len(desk.letters("assignment")) == 1


def test_a_customers_mail_that_is_too_big_is_final_and_the_handler_is_told_why() -> None:
    desk = a_desk()

    assert desk.settles(desk.letter("acknowledgement"), TOO_BIG) == "refused"
    assert "552 5.3.4: the mail is too big" in words_of(desk.letter("task"))


def test_what_a_small_relay_takes_is_known_before_a_mail_is_written() -> None:
    desk = Desk()
    desk.office = replace(desk.office, firm=replace(desk.office.firm, largest_mail=512 * 1024))
    desk.arrives(a_message(attachments=(PHOTO,)))

    assignment = desk.letter("assignment")
    assert not list(read(assignment).iter_attachments())
    assert "too large for our mail server" in words_of(assignment)
    assert f"mailbot case {desk.case().reference}" in words_of(assignment)


# --- refused for a day, and tried on -------------------------------------------------


def test_a_recipients_own_refusal_is_a_task_after_a_day_and_once() -> None:
    desk = a_desk()
    letter = desk.letter("acknowledgement")
    for hours in (1, 23):
        desk.now = FRIDAY + timedelta(hours=hours)
        desk.settles(letter, THEIRS, desk.now + timedelta(hours=1))
    assert desk.letters("task") == []

    for hours in (25, 26, 27):
        desk.now = FRIDAY + timedelta(hours=hours)
        assert desk.settles(letter, THEIRS, desk.now + timedelta(hours=1)) == "deferred"
    [task] = desk.letters("task")
    assert task.recipient == RHIAN.email
    assert "552 5.2.2" in words_of(task)


@pytest.mark.parametrize("template", ["assignment"])
def test_a_handler_who_is_not_to_be_had_for_a_day_is_a_task_of_the_manager(template: str) -> None:
    desk = a_desk()
    desk.now = FRIDAY + timedelta(hours=30)
    desk.settles(desk.letter(template), THEIRS, desk.now + timedelta(hours=1))

    assert [each.recipient for each in desk.letters("task")] == [MANAGER.email]


def test_what_is_about_us_is_no_task_of_the_handler() -> None:
    desk = a_desk()
    desk.now = FRIDAY + timedelta(hours=30)
    about_us = Deferred("MAIL answered 550: about us", code=550, about_us=True)
    desk.settles(desk.letter("acknowledgement"), about_us, desk.now + timedelta(hours=1))

    assert desk.letters("task") == []


def test_only_a_mail_with_files_counts_as_one() -> None:
    from mailbot.letters.without_files import has_files

    part = enclosed_part(Enclosure("a.txt", "text/plain", b"a"))
    assert has_files(b"From: a@example.com\r\n" + multipart("mixed", [part], seed="x"))
    assert not has_files(b"From: a@example.com\r\n" + multipart("alternative", [part], seed="x"))
