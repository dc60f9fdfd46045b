"""
Who sends bounces, under which subjects, and what their words say: each with a near miss.
"""

import time
from collections.abc import Callable

import pytest

from mailbot.mail.message import DeliveryStatus, InboundMessage
from mailbot.mail.origin.bounce_words import (
    has_a_bounces_subject,
    is_from_a_daemon,
    is_from_a_mail_system,
    is_titled_as_a_delay,
    is_titled_as_a_failure,
    may_be_a_bounce,
    names_a_returned_subject,
)
from tests.mail.builders import mail, read

QMAIL = (
    "Hi. This is the qmail-send program at mx.example.org.\n"
    "I'm afraid I wasn't able to deliver your message to the following addresses.\n\n"
    "<jane@example.org>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
    "<joe@example.org>:\nRemote host said: 550 no such user\n"
)
DAEMON = ("From", "MAILER-DAEMON@mx.example.org")


def sender(value: str) -> InboundMessage:
    return read(mail(("From", value)))


def titled(value: str) -> InboundMessage:
    return read(mail(("Subject", value)))


@pytest.mark.parametrize(
    ("value", "is_a_daemon", "is_a_system"),
    [
        ("MAILER-DAEMON@mx.example.org", True, True),
        ("Mailer_Daemon@mx.example.org", True, True),
        ("MAILER-DAEMON", True, True),
        ("MDaemon@mx.example.org", True, True),
        (
            "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@x.example>",
            True,
            True,
        ),
        ("postmaster@example.org", False, True),
        ("Mail Delivery Subsystem <robot@example.org>", False, True),
        ("Internet Mail Delivery <robot@example.org>", False, False),
        ("System Administrator <ray@example.org>", False, True),
        ('"Jetmail System" <>', False, True),
        ("Jane Doe <jane@example.org>", False, False),
        ("Mail Delivery <jane@example.org>", False, False),
        ("Daemon Mailer <daemon@example.org>", False, False),
    ],
)
def test_a_mail_system_is_known_by_its_address_or_its_name(
    value: str, *, is_a_daemon: bool, is_a_system: bool
) -> None:
    assert is_from_a_daemon(sender(value)) is is_a_daemon
    assert is_from_a_mail_system(sender(value)) is is_a_system


@pytest.mark.parametrize(
    "field",
    [
        ("X-MS-Embedded-Report", ""),
        ("X-DSNContext", "335a7efd"),
        ("X-Mailer", "<SMTP32 v8.15>"),
        ("Auto-Submitted", "auto-generated (failure)"),
    ],
)
def test_a_mail_system_is_known_by_the_fields_it_signs_with(field: tuple[str, str]) -> None:
    assert is_from_a_mail_system(read(mail(field)))


@pytest.mark.parametrize(
    ("says", "fits", "misses"),
    [
        (
            has_a_bounces_subject,
            ("failure notice", "Undeliverable Mail", "Returned mail: User unknown"),
            ("Re: failure notice", "failure notices", "my returned mail"),
        ),
        (
            names_a_returned_subject,
            ("Undeliverable: x", "Non remis : x", "RE: x : non remis (delivery failed)"),
            ("Undeliverable", "Re: Undeliverable: x", "x: non remise"),
        ),
        (is_titled_as_a_delay, ("Delivery delayed: x", "Delayed Mail"), ("Layers",)),
        (is_titled_as_a_failure, ("FAILED MAIL to x", "Zustellung"), ("Failsafe",)),
    ],
)
def test_a_subject_is_a_bounces_only_in_its_own_words(
    says: Callable[[InboundMessage], bool], fits: tuple[str, ...], misses: tuple[str, ...]
) -> None:
    assert [each for each in fits if not says(titled(each))] == []
    assert [each for each in misses if says(titled(each))] == []


def test_every_failed_recipient_is_read_with_its_reason() -> None:
    message = read(mail(DAEMON, body=QMAIL))

    assert message.delivery_statuses == (
        DeliveryStatus(
            final_recipient="jane@example.org",
            action="failed",
            status="5.0.0",
            diagnostic="Sorry, no mailbox here by that name. (#5.1.1)",
            in_words=True,
        ),
        DeliveryStatus(
            final_recipient="joe@example.org",
            action="failed",
            status="5.0.0",
            diagnostic="Remote host said: 550 no such user",
            in_words=True,
        ),
    )


@pytest.mark.parametrize("sender", [b"", b"Zustelldienst M\xfcnchen <bounce@example.org>"])
def test_a_bounce_is_read_whatever_its_sender_is_called(sender: bytes) -> None:
    message = read(mail(("From", sender), ("Return-Path", "<>"), body=QMAIL))

    assert [each.final_recipient for each in message.delivery_statuses] == [
        "jane@example.org",
        "joe@example.org",
    ]


def test_what_is_titled_a_delay_has_not_failed() -> None:
    message = read(mail(DAEMON, ("Subject", "Warning: message delayed"), body=QMAIL))

    assert {each.action for each in message.delivery_statuses} == {"delayed"}


@pytest.mark.parametrize(
    "copy",
    [
        "Message-ID: <c@example.com>\nReferences: <a@example.com>\n <b@example.com>",
        "> Message-Id: <c@example.com>\n> References: <a@example.com>\n>  <b@example.com>",
    ],
)
def test_the_ids_of_a_header_returned_as_text_are_read(copy: str) -> None:
    message = read(mail(DAEMON, body=f"{QMAIL}\n--- Below this line is a copy.\n\n{copy}\n"))

    assert message.returned_ids == ("c@example.com", "a@example.com", "b@example.com")


def test_ids_in_a_persons_text_are_nobodys() -> None:
    assert read(mail(body="Message-ID: <c@example.com>")).returned_ids == ()


def test_a_persons_words_are_not_read_as_a_bounces() -> None:
    message = read(mail(body=QMAIL))

    assert not may_be_a_bounce(message)
    assert message.delivery_statuses == ()


def test_a_colleague_named_in_a_vacation_message_has_not_failed() -> None:
    body = "I am away. Write to joe@example.org, sam@example.org, or wait."

    assert read(mail(("Return-Path", "<>"), body=body)).delivery_statuses == ()


@pytest.mark.parametrize(
    "line", ["," * 200, ",a" + "@" * 190, ",a@b" * 50, "<" * 200, "x" * 30_000]
)
@pytest.mark.parametrize("start", ["", "Failed addresses follow:\n", "Your message to:\n"])
def test_lines_made_to_keep_the_patterns_busy_do_not(start: str, line: str) -> None:
    body = start + f"{line}\n" * (900_000 // len(line))
    begun = time.perf_counter()
    read(mail(DAEMON, body=body))

    assert time.perf_counter() - begun < 5


def test_the_recipient_is_the_address_that_we_wrote_and_the_one_it_became() -> None:
    status = DeliveryStatus(
        final_recipient="JDoe@internal.example.org",
        original_recipient="jane@example.org",
        action="failed",
        status="5.1.1",
    )

    assert status.recipients == ("jane@example.org", "jdoe@internal.example.org")
