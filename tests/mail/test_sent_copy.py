"""
What a copy in the sent folder still says of the letter.
"""

from datetime import UTC, datetime, timedelta

import pytest

from mailbot.mail.sent_copy import SentCopy, sent_copy
from mailbot.mail.signed_ids import Keyring, Thread, with_token

RING = Keyring([b"o" * 32], "example.com")
SERVICE = "service@example.com"
NONCE, THREAD = "abcdefghijkl", "mnopqrstuvwx"
NOON = datetime(2026, 9, 7, 12, 0, tzinfo=UTC)


def header(**other: str) -> bytes:
    fields = {
        "Message-ID": f"<{RING.message_id(Thread.CUSTOMER, 7, NONCE)}>",
        "Date": "Mon, 07 Sep 2026 12:00:00 +0000",
        "From": f"Infinity <{SERVICE}>",
        "To": "Jane Doe <Jane@example.org>",
        "Reply-To": with_token(SERVICE, RING.token(THREAD, for_staff=False)),
        "In-Reply-To": "<First@Client.example.org>",
        "References": f"<{RING.message_id(Thread.CUSTOMER_ANCHOR, 7, THREAD)}>\r\n <first@x.org>",
        "X-Mailbot-Template": "acknowledgement",
        "X-Mailbot-Case": "ISS-000007-77",
    } | {name.replace("_", "-"): value for name, value in other.items()}
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value).encode()


def read(content: bytes, laid_at: datetime = NOON) -> SentCopy:
    copy = sent_copy(content, 3, laid_at, RING, SERVICE)
    assert copy is not None
    return copy


def test_a_copy_says_whose_letter_it_was_and_where_its_answers_come_to() -> None:
    copy = read(header())

    assert (copy.serial, copy.nonce, copy.to_staff) == (7, NONCE, False)
    assert (copy.template, copy.reference) == ("acknowledgement", "ISS-000007-77")
    assert (copy.name, copy.to.key) == ("Jane Doe", "jane@example.org")
    assert copy.answers == "first@client.example.org"
    assert copy.anchor == RING.message_id(Thread.CUSTOMER_ANCHOR, 7, THREAD)
    assert copy.token == RING.token(THREAD, for_staff=False)
    assert copy.key_id == RING.signing_id


def test_a_persons_own_mail_in_the_sent_folder_is_none_of_ours() -> None:
    assert sent_copy(header(X_Mailbot_Template=""), 3, NOON, RING, SERVICE) is None


def test_a_letter_without_a_reader_is_none() -> None:
    assert sent_copy(header(To=""), 3, NOON, RING, SERVICE) is None


def test_a_copy_names_the_messages_that_its_case_is_about() -> None:
    copy = read(header())

    assert (copy.about, copy.names) == (7, ("first@client.example.org", "first@x.org"))
    # Of two cases nobody knows which.
    two = [RING.message_id(Thread.CUSTOMER_ANCHOR, each, THREAD) for each in (7, 8)]
    assert read(header(References=" ".join(f"<{each}>" for each in two))).about == 0


def test_a_thread_without_its_reply_address_is_known_by_its_anchor() -> None:
    assert read(header(Reply_To="")).token == RING.token(THREAD, for_staff=False)


@pytest.mark.parametrize("signed_by", [Keyring([b"n" * 32], "example.com"), None])
def test_what_no_key_of_ours_has_signed_is_not_ours(signed_by: Keyring | None) -> None:
    other = signed_by.message_id(Thread.CUSTOMER, 7, NONCE) if signed_by else "mail@example.com"

    assert not read(header(Message_ID=f"<{other}>")).is_ours


def test_the_token_of_a_member_of_staff_is_no_customers() -> None:
    theirs = with_token(SERVICE, RING.token(NONCE, for_staff=True))

    copy = read(header(Message_ID=f"<{RING.message_id(Thread.STAFF, 7, NONCE)}>", Reply_To=theirs))

    assert copy.to_staff
    assert copy.token == ""


@pytest.mark.parametrize(
    ("laid", "accepted"),
    [
        (timedelta(minutes=5), timedelta(minutes=5)),
        # Laid there before it was written, or weeks later: the mailbox was moved.
        (timedelta(minutes=-5), timedelta()),
        (timedelta(days=30), timedelta()),
    ],
)
def test_a_letter_was_accepted_when_its_copy_was_laid_there_if_that_can_be(
    laid: timedelta, accepted: timedelta
) -> None:
    copy = read(header(), NOON + laid)

    assert (copy.written_at, copy.accepted_at) == (NOON, NOON + accepted)
