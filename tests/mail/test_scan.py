"""
What is beyond the bounds is refused before any parser sees it, and fast.
"""

import time
from collections.abc import Callable

import pytest

from mailbot.mail.reading.parse import parse, parse_header
from mailbot.mail.reading.scan import (
    MOST_ADDRESSES,
    MOST_BOUNDARIES,
    MOST_ENCODED_WORDS,
    MOST_FIELDS,
    MOST_HEADER_OCTETS,
    MOST_PARTS,
    Malformed,
    header_of,
    mended_header,
    scan,
)
from tests.mail.builders import RECEIVED_AT, mail

WORD = "=?utf-8?q?x?= "


def fields(count: int) -> bytes:
    return mail(*[("X-Field", "x")] * count)


def parts(count: int, kind: str = "text/plain") -> bytes:
    return mail(body=f"--edge\nContent-Type: {kind}\n\nx\n" * count)


@pytest.mark.parametrize(
    ("fits", "is_beyond", "bound"),
    [
        (
            mail(("X-Long", "x" * (MOST_HEADER_OCTETS - 1000))),
            mail(("X-Long", "x" * MOST_HEADER_OCTETS)),
            "header larger than 256 KB",
        ),
        (fields(MOST_FIELDS - 5), fields(MOST_FIELDS), "more than 1000 header fields"),
        (
            mail(("To", "a@b, " * (MOST_ADDRESSES - 2))),
            mail(("To", "a@b, " * MOST_ADDRESSES)),
            "more than 2000 addresses in the header",
        ),
        (
            mail(("Subject", WORD * MOST_ENCODED_WORDS)),
            mail(("Subject", WORD * (MOST_ENCODED_WORDS + 1))),
            "more than 2000 encoded words in the header",
        ),
        (parts(MOST_PARTS), parts(MOST_PARTS + 1), "more than 500 parts"),
        (
            parts(MOST_BOUNDARIES, "multipart/mixed"),
            parts(MOST_BOUNDARIES + 1, "multipart/mixed"),
            "more than 40 multipart levels",
        ),
    ],
    ids=["octets", "fields", "addresses", "encoded words", "parts", "levels"],
)
def test_each_bound_lets_its_most_through_and_names_itself_beyond(
    fits: bytes, is_beyond: bytes, bound: str
) -> None:
    scan(fits)

    with pytest.raises(Malformed) as refusal:
        scan(is_beyond)
    assert str(refusal.value) == bound


@pytest.mark.parametrize(
    "hostile",
    [
        mail(("Subject", "=?utf-8?q?=41=42?= " * 42_000)),
        mail(("To", "a@b.example, " * 60_000)),
        mail(("X-Field", "x\r\n x" * 60_000)),
        fields(50_000),
        parts(20_000, "multipart/mixed"),
    ],
    ids=["0.8 MB of encoded words", "60,000 addresses", "folds", "fields", "levels"],
)
@pytest.mark.parametrize("reader", [parse, parse_header])
def test_what_would_keep_the_parser_busy_never_reaches_it(
    hostile: bytes, reader: Callable[..., object]
) -> None:
    begun = time.perf_counter()
    try:
        reader(hostile, received_at=RECEIVED_AT)
    except Malformed:
        pass
    else:
        # Of the header alone as much is read as is within the bounds.
        assert reader is parse_header

    # The parser takes seconds over each of these; a slow machine is allowed a good deal.
    assert time.perf_counter() - begun < 0.5


def test_the_bound_is_named_and_the_content_is_not() -> None:
    with pytest.raises(Malformed) as refusal:
        scan(mail(("Subject", "secret " + WORD * 3000)))

    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "bound"),
    [
        (mail(body=b"x\rContent-Type: text/plain\r" * (MOST_PARTS + 1)), "more than 500 parts"),
        (
            mail(("Content-Type", "text/plain" + "; a=b" * 2000)),
            "a Content field larger than 8 KB",
        ),
        (
            mail(body="Content-Type: text/plain;" + "\n a=b;" * 2000 + "\n\nx\n"),
            "a Content field larger than 8 KB",
        ),
        (
            mail(body="Content-Type: text/plain" + "; a=b" * 1000 + "\n\nx\n" * 60),
            "",
        ),
        (
            mail(body=("Content-Type: text/plain" + "; a=b" * 1000 + "\n\nx\n") * 60),
            "Content fields larger than 256 KB",
        ),
        (mail(body="Content-Disposition: x\n" * 6000), "more than 5000 Content fields"),
        (mail(("Content-Type", "text/html"), body=" " * 100_000), ""),
    ],
)
def test_the_fields_of_parts_are_bounded_too(content: bytes, bound: str) -> None:
    refused = ""
    try:
        scan(content)
    except Malformed as refusal:
        refused = str(refusal)

    assert refused == bound


def test_thirty_megabytes_are_looked_through_in_a_blink() -> None:
    content = mail(body=b"R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs\n" * 600_000)
    begun = time.perf_counter()
    scan(content)

    assert time.perf_counter() - begun < 3


@pytest.mark.parametrize("line", [b"x\r\n", b"word " * 9 + b"\n", b"\r\n"])
@pytest.mark.parametrize("around", [1024 * 1024, 2 * 1024 * 1024])
def test_no_field_is_missed_where_a_large_message_is_cut_for_looking(
    line: bytes, around: int
) -> None:
    field = b"Content-Type: text/plain;\r\n" + b" name=x;\r\n" * 1000
    before = line * ((around - len(field) // 2) // len(line))

    with pytest.raises(Malformed, match="a Content field larger than 8 KB"):
        scan(mail(body=b"\r\n" + before + b"\r\n" + field + line * 1000))


@pytest.mark.parametrize(
    ("header", "mended"),
    [
        (b"From : a@b\r\nTo\t: c@d", b"From: a@b\r\nTo: c@d"),
        (b"From: a@b\r\nno field\r\nTo: c@d", b"From: a@b\r\n no field\r\nTo: c@d"),
        (b"Subject: x\rBcc: y\r\nTo: c@d", b"Subject: x Bcc: y\r\nTo: c@d"),
        (b"From: a@b\r\n folded\r\nTo: c@d", b"From: a@b\r\n folded\r\nTo: c@d"),
        (b"From: a@b\r\nno field", b"From: a@b\r\nno field"),
        (b"From a@b Fri Nov 20\nTo: c@d", b"From a@b Fri Nov 20\nTo: c@d"),
    ],
)
def test_a_header_is_mended_so_that_it_is_read_to_its_end(header: bytes, mended: bytes) -> None:
    body = b"\r\n\r\nTo : nobody\rx"

    assert mended_header(header + body) == mended + body


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_the_header_ends_at_the_first_empty_line(line_end: bytes) -> None:
    content = line_end.join([b"From: a@b", b"To: c@d", b"", b"body", b"", b"more"])

    assert header_of(content) == line_end.join([b"From: a@b", b"To: c@d"])


def test_a_message_without_an_empty_line_is_all_header() -> None:
    assert header_of(b"From: a@b\r\nTo: c@d") == b"From: a@b\r\nTo: c@d"


def test_addresses_in_the_body_are_not_counted() -> None:
    scan(mail(body="a@b " * 10_000))
