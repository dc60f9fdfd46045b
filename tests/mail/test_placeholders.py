"""
What a server hands out in the place of a message is nobody's mail.
"""

import pytest

from mailbot.mail.origin.placeholders import is_placeholder

COURIER = (
    b"From: root@localhost\r\nSubject: message unavailable\r\n\r\n"
    b"This message is no longer available on the server.\r\n"
)
EXCHANGE = (
    b"From: Microsoft Exchange Server\r\nTo: service@firm.example\r\n"
    b"Subject: Retrieval using the IMAP4 protocol failed for the following message: 4711\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n"
    b"The server couldn't retrieve the following message:\r\n\r\n"
    b'Subject: "No line since Monday"\r\nFrom: "Jane Doe" ("Jane Doe" <jane@example.com>)\r\n'
)
EXCHANGE_IN_GERMAN = (
    b"From: Microsoft Exchange Server <>\r\n"
    b"Subject: =?utf-8?q?Abruf_mithilfe_des_IMAP4-Protokolls_fehlgeschlagen?=\r\n\r\n"
    b"Der Server konnte die folgende Nachricht nicht abrufen.\r\n"
)
ANOTHER = (
    b"From: Mail System <postmaster@mail.firm.example>\r\nSubject: Error\r\n\r\n"
    b"The requested message could not be loaded from the store.\r\n"
)


@pytest.mark.parametrize("content", [COURIER, EXCHANGE, EXCHANGE_IN_GERMAN, ANOTHER])
def test_a_servers_notice_in_the_place_of_a_message_is_seen(content: bytes) -> None:
    assert is_placeholder(content)


@pytest.mark.parametrize(
    "content",
    [
        (
            b"From: Jane Doe <jane@example.com>\r\nSubject: message unavailable\r\n\r\n"
            b"Your portal says that my message is no longer available.\r\n"
        ),
        (
            b"Received: from mx.example.com; Mon, 2 Mar 2026 10:00:00 +0000\r\n"
            b"From: postmaster@example.com\r\nSubject: Undelivered\r\n\r\n"
            b"Your message could not be read by the recipient.\r\n"
        ),
        (
            b"Message-ID: <1@firm.example>\r\nFrom: root@localhost\r\nSubject: cron\r\n\r\n"
            b"backup: cannot open message store\r\n"
        ),
        b"From: root@localhost\r\nSubject: disk usage\r\n\r\nAll is well.\r\n",
        COURIER + b"x" * 40_000,
        b"",
    ],
)
def test_what_somebody_sent_is_no_notice_of_the_server(content: bytes) -> None:
    assert not is_placeholder(content)


@pytest.mark.parametrize("field", ["From: =?utf-8?B?abcde?= <jane@example.com>", "From: root"])
def test_an_encoded_word_that_cannot_be_read_stops_nobodys_mail(field: str) -> None:
    content = f"{field}\r\nSubject: =?utf-8?B?abcde?=\r\n\r\nThe line is dead.\r\n"

    assert not is_placeholder(content.encode())
