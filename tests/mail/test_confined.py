"""
A large message is read in a process of its own, which ends at its limits.
"""

import time
from base64 import encodebytes
from datetime import timedelta

import pytest

from mailbot.mail.reading.confined import read_confined, read_in_bounds
from mailbot.mail.reading.parse import parse
from mailbot.mail.reading.scan import HEAVY_OCTETS, Malformed, is_heavy
from tests.mail.builders import RECEIVED_AT, mail, multipart

PLAIN = "Content-Type: text/plain; charset=utf-8\n\n"
#: Attached octets and some words, more than is read on the event loop.
BIG = multipart(
    "mixed",
    PLAIN + "The line is dead, tŷ.",
    "Content-Type: image/jpeg; name=router.jpg\nContent-Transfer-Encoding: base64\n\n"
    + ("/9j/" * 19 + "\n") * (HEAVY_OCTETS // 77 + 1),
)


def test_an_ordinary_message_needs_no_process_and_a_large_or_a_ragged_one_does() -> None:
    assert not is_heavy(mail(body="word " * 20_000))
    assert is_heavy(BIG)
    assert is_heavy(mail(body="x\n" * 6000))
    assert is_heavy(mail(body=b"x\r" * 6000))


def test_a_large_message_is_read_as_it_would_be_here() -> None:
    assert read_confined(BIG, received_at=RECEIVED_AT) == parse(BIG, received_at=RECEIVED_AT)


def test_what_the_scan_refuses_needs_no_process() -> None:
    begun = time.perf_counter()
    with pytest.raises(Malformed, match="header larger than 256 KB"):
        read_confined(mail(("X-Long", "x" * 300_000)), received_at=RECEIVED_AT)

    assert time.perf_counter() - begun < 0.1


def test_a_message_that_takes_too_long_is_given_up() -> None:
    begun = time.perf_counter()
    with pytest.raises(Malformed, match=r"took more than 0\.05 seconds"):
        read_confined(BIG, received_at=RECEIVED_AT, longest=timedelta(seconds=0.05))

    assert time.perf_counter() - begun < 5


def test_only_what_is_heavy_is_read_in_a_process_of_its_own() -> None:
    moment = timedelta(seconds=0.05)

    assert read_in_bounds(mail(), received_at=RECEIVED_AT, longest=moment).readable
    with pytest.raises(Malformed, match="took more than"):
        read_in_bounds(BIG, received_at=RECEIVED_AT, longest=moment)
    assert read_in_bounds(BIG, received_at=RECEIVED_AT).text == "The line is dead, tŷ."


def test_the_largest_message_that_is_fetched_is_read_in_200_mb() -> None:
    scan_of_papers = bytes(range(256)) * (18 * 4096)
    content = multipart(
        "mixed",
        PLAIN + "Please see the file.",
        "Content-Type: application/pdf; name=papers.pdf\nContent-Transfer-Encoding: base64\n\n"
        + encodebytes(scan_of_papers).decode(),
    )

    read = read_confined(content, received_at=RECEIVED_AT, most_memory=200 * 1024 * 1024)

    assert len(content) > 24 * 1024 * 1024
    assert [each.content for each in read.attachments] == [scan_of_papers]


def test_a_message_that_takes_too_much_memory_is_given_up() -> None:
    content = mail(body=b"dead \xff\n" * 2_000_000)

    with pytest.raises(Malformed, match=r"memory|process of its own"):
        read_confined(content, received_at=RECEIVED_AT, most_memory=100 * 1024 * 1024)
