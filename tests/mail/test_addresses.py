"""
Who wrote, where the From field says it as no grammar has it.
"""

import pytest

from mailbot.mail.message import Address
from mailbot.mail.reading.addresses import addresses, is_guessed
from tests.mail.builders import mail, read

JANE = Address(name="Jane Doe", email="jane@example.com")


@pytest.mark.parametrize(
    "value",
    [
        "Jane Doe <jane@example.com",
        "Jane Doe jane@example.com>",
        "Jane Doe <<jane@example.com>>",
        '"Jane Doe <jane@example.com>',
        '"Jane Doe" jane@example.com',
        "Jane Doe (jane@example.com)",
        "Jane Doe [jane@example.com]",
        "Jane Doe <mailto:jane@example.com>",
        "Jane Doe <jane@example.com> via the web",
        "=?utf-8?q?Jane_Doe_=3Cjane=40example=2Ecom=3E?=",
        "=?utf-8?b?SmFuZSBEb2UgPGphbmVAZXhhbXBsZS5jb20+?=",
        "=?utf-8?q?Jane?= =?utf-8?q?_Doe_=3Cjane=40example.com=3E?=",
    ],
)
def test_one_address_in_a_broken_field_is_the_sender_and_proves_nothing(value: str) -> None:
    message = read(mail(("From", value)))

    assert message.senders == (JANE,)
    assert not message.has_one_sender


@pytest.mark.parametrize(
    "value",
    [
        "jane@example.com;",
        "'jane@example.com'",
        "[jane@example.com]",
        "mailto:jane@example.com",
        "=?utf-8?q?jane=40example.com?=",
    ],
)
def test_what_stands_around_an_address_is_none_of_it(value: str) -> None:
    message = read(mail(("From", value)))

    assert message.senders == (Address(email="jane@example.com"),)
    assert not message.has_one_sender


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("=?utf-8?q?Eve_evil@bystander.example,?= <w@wild.example>", "Eve evil@bystander.example,"),
        ("=?utf-8?q?evil=40bystander.example,?= <w@wild.example>", "evil@bystander.example,"),
        (
            "=?utf-8?q?Eve_<evil@b.example>?= =?utf-8?q?,_x?= <w@wild.example>",
            "Eve <evil@b.example>, x",
        ),
        ("=?utf-8?b?RXZlIDxldmlsQGIuZXhhbXBsZT4=?= <w@wild.example>", "Eve <evil@b.example>"),
        ('"Eve evil@bystander.example," <w@wild.example>', "Eve evil@bystander.example,"),
        ("w@wild.example (evil@bystander.example)", "evil@bystander.example"),
        ("=?utf-8?q?Doe,_Jane?= <w@wild.example>", "Doe, Jane"),
        ("=?utf-8?q?Jane_Doe_(Accounts)?= <w@wild.example>", "Jane Doe (Accounts)"),
    ],
)
def test_the_address_in_brackets_is_meant_whatever_the_name_holds(value: str, name: str) -> None:
    assert addresses([value]) == (Address(name=name, email="w@wild.example"),)


@pytest.mark.parametrize(
    "value",
    [
        "evil@bystander.example <w@wild.example",
        "=?utf-8?q?evil=40bystander.example,_w=40wild.example?=",
        '"jane@example.com" (w@wild.example)',
        "undisclosed-recipients:;",
        "jane at example.com",
        "MAILER-DAEMON",
        "<>",
    ],
)
def test_where_two_can_be_meant_or_none_nobody_is(value: str) -> None:
    assert addresses([value]) == ()


@pytest.mark.parametrize(
    "value",
    [
        "Rhian Price <rhian@example.com>",
        "rhian@example.com",
        '"Price, Rhian" <rhian@example.com>',
        "rhian@example.com (Rhian Price)",
        "=?utf-8?q?rhian=40example.com?= <rhian@example.com>",
        "=?utf-8?Q?Rhian Price?= <rhian@example.com>",
        "=?utf-8?Q?R. Price, Accounts?= <rhian@example.com>",
        "rhian@localhost",
        "O'Neill <o'neill@example.com>",
    ],
)
def test_what_programs_really_write_is_no_guess(value: str) -> None:
    assert not is_guessed([value])


MARK = b"\xef\xbb\xbf"
MBOX = b"From jane@example.com Fri Nov 20 16:44:00 2026\r\n"


@pytest.mark.parametrize(
    "above",
    [
        b"",
        b"\r\n",
        b" \r\n\r\n",
        b" ",
        MARK,
        MARK + b"\r\n",
        MBOX,
        b">" + MBOX,
        b"Return-Path: <jane@example.com>\r\n" + MARK,
        b"Return-Path: <jane@example.com>\r\n\xc2\xa0",
        b"Return-Path: <jane@example.com>\r\n" + MBOX,
        b"Return-Path: <jane@example.com>\r\n>" + MBOX,
        b"220 mx.example.com ready\r\n",
    ],
)
def test_what_a_program_sets_above_a_field_costs_no_field(above: bytes) -> None:
    message = read(
        above + b"From: Jane Doe <jane@example.com>\r\nSubject: No internet\r\n\r\nDead."
    )

    assert (message.senders, message.subject, message.text) == ((JANE,), "No internet", "Dead.")
    assert message.return_path in {None, "jane@example.com"}


def test_a_from_field_behind_a_mark_is_never_staffs() -> None:
    marked = read(b"Subject: Hi\r\n" + MARK + b"From: Jane Doe <jane@example.com>\r\n\r\nDead.")

    assert marked.mended
    assert not marked.has_one_sender


def test_a_text_without_a_header_stays_a_text() -> None:
    assert read(b"Hello\r\nFrom here: nothing works\r\n").sender is None
