"""
Whatever the octets are, they are read, classified, or refused by name, and soon.

Bred from the corpus: its messages are cut, spliced and spoilt. A longer run by hand:
`FUZZ_EXAMPLES=100000 python -m pytest tests/mail/test_fuzz.py`.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailbot.mail.files.kinds import what_it_is
from mailbot.mail.message import InboundMessage
from mailbot.mail.origin.bounce_words import failures_in_words
from mailbot.mail.origin.classify import RULES, Surroundings, classify
from mailbot.mail.quoting.new_text import new_text
from mailbot.mail.reading.html import hasty_text, html_to_text
from mailbot.mail.reading.parse import parse, parse_header
from mailbot.mail.reading.scan import Malformed, is_heavy
from tests.mail.builders import RECEIVED_AT

CORPUS = [
    path.read_bytes() for path in sorted((Path(__file__).parents[1] / "corpus").glob("*.eml"))
]
AROUND = Surroundings(
    own_addresses=frozenset({"service@example.com"}),
    spam_signals=frozenset({("x-spam-flag", "yes")}),
    authserv_id="mx.example.com",
)
#: Octets on which one part or another of the reading turns.
TOKENS = (
    *(
        b"\x00",
        b"\xff",
        b"\r",
        b"\n",
        b"\r\n",
        b"\n\n",
        b"\r\n ",
        b"\n\t",
        b"\xef\xbb\xbf",
        b"\x1b$B",
    ),
    *(b"=?utf-8?q?", b"=?utf-8?b?a?=", b"?=", b"=?", b"=?gb2312?Q?=E9?=", b"<", b">", b'"', b"'"),
    *(b";", b":", b",", b"@", b"(", b")", b"\\", b"[", b"]", b"--edge", b"--edge--", b"--"),
    *(b"*0*=", b"*=utf-8''%ff", b"charset=", b"charset*=utf-8''x", b"boundary=", b"idna", b"rot13"),
    *(b"punycode", b"utf-16", b"undefined", b"unicode_escape", b"base64", b"quoted-printable"),
    *(b"uuencode", b"hex", b"zlib", b"bz2", b"mbcs", b"oem", b"raw_unicode_escape", b"utf-7"),
    *(b"Content-Type: ", b"multipart/mixed", b"multipart/report", b"message/rfc822", b"text/html"),
    *(b"message/delivery-status", b"message/global", b"message/partial", b"text/calendar"),
    *(b"message/disposition-notification", b"message/external-body", b"multipart/digest"),
    *(b"Content-Transfer-Encoding: ", b"Content-Disposition: ", b"filename=", b"From: ", b"To: "),
    *(
        b"Final-Recipient: rfc822; ",
        b"Action: failed",
        b"Status: 5.1.1",
        b"MAILER-DAEMON@x.example",
    ),
    *(
        b"X-Failed-Recipients: ",
        b"Return-Path: <>",
        b"Date: ",
        b"-2399",
        b"Message-ID: ",
        b"failure notice",
    ),
    *(b"<table>", b"<td", b"</", b"<!--", b"&#xD800;", b"&#0;", b"<![CDATA[", b"<?xml", b"<style>"),
    *(b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\x85", b"\x1c", b"\xed\xa0\x80", b"\xf0\x9f\x98\xa1"),
)
#: A slow machine with other work is allowed a good deal; the bound is half a second.
SECONDS = 5.0


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    content = bytearray(draw(st.sampled_from(CORPUS)))
    for _ in range(draw(st.integers(1, 10))):
        place = draw(st.integers(0, len(content)))
        length = draw(st.sampled_from((0, 0, 1, 4, 40, 400)))
        other = draw(st.sampled_from(CORPUS))
        start = draw(st.integers(0, len(other)))
        content[place : place + length] = draw(
            st.sampled_from(TOKENS)
            | st.binary(max_size=6)
            | st.just(other[start : start + 200])
            | st.sampled_from(TOKENS).map(lambda token: token * 50)
        )
    return bytes(content)


def texts(message: InboundMessage) -> list[str]:
    said = [message.subject, message.text, message.message_id or "", message.disposition]
    said += [
        *message.in_reply_to,
        *message.references,
        *message.returned_ids,
        *message.delivered_to,
    ]
    said += [
        part for each in (*message.senders, *message.recipients) for part in (each.name, each.email)
    ]
    said += [part for each in message.attachments for part in (each.name, each.content_type)]
    said += [value for values in message.headers.values() for value in values]
    for each in message.delivery_statuses:
        said += [each.final_recipient, each.original_recipient, each.action, each.status]
        said += [each.diagnostic]
    return said


def is_fit_to_store(message: InboundMessage) -> bool:
    return all("\x00" not in each and each.encode() is not None for each in texts(message))


fuzzed: Callable[[Callable[[bytes], None]], Callable[[], None]] = lambda test: settings(  # noqa: E731
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "150")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)(given(spoilt() | st.binary(max_size=2000))(test))


@fuzzed
def test_a_spoilt_message_is_read_and_classified_or_refused(content: bytes) -> None:
    begun = time.perf_counter()
    with suppress(Malformed):
        message = parse(content, received_at=RECEIVED_AT)
        assert is_fit_to_store(message)
        assert classify(message, AROUND).rule in {
            "nothing_automatic",
            *(rule for rule, _, _ in RULES),
        }
        assert len(new_text(message.text)) <= len(message.text)
        assert all(map(what_it_is, message.attachments))
    assert is_heavy(content) or time.perf_counter() - begun < SECONDS


@fuzzed
def test_the_header_of_a_spoilt_message_is_read_or_refused(content: bytes) -> None:
    with suppress(Malformed):
        message = parse_header(content, received_at=RECEIVED_AT)
        assert is_fit_to_store(message)
        assert classify(message, AROUND).rule


@fuzzed
def test_the_words_of_whatever_it_is_are_read_as_a_bounce_or_not_at_all(content: bytes) -> None:
    begun = time.perf_counter()
    message = InboundMessage(received_at=RECEIVED_AT, text=content.decode("utf-8", "replace"))
    for each in failures_in_words(content, message):
        assert each.action in {"failed", "delayed"}
        assert "@" in each.final_recipient
    assert time.perf_counter() - begun < SECONDS


@fuzzed
def test_whatever_calls_itself_html_has_a_text(content: bytes) -> None:
    html = content.decode("utf-8", "replace")

    for reader in (html_to_text, hasty_text):
        assert reader(html).encode() is not None
