"""
A charset is a claim: what is meant is read, and a wrong guess can be seen.
"""

import pytest

from mailbot.mail.reading.charsets import decoded


@pytest.mark.parametrize(
    ("claimed", "octets", "text"),
    [
        ("utf-8", "tŷ".encode(), "tŷ"),
        ("iso-8859-1", b"caf\xe9", "café"),
        ("iso-8859-1", b"It\x92s", "It\u2019s"),
        ("iso-8859-1", "tŷ".encode(), "tŷ"),
        ("us-ascii", "tŷ".encode(), "tŷ"),
        ("gb2312", "镕".encode("gbk"), "镕"),
        ("ks_c_5601-1987", "똠".encode("cp949"), "똠"),
        ("Shift_JIS", "①".encode("cp932"), "①"),
        ("iso-8859-8-i", "הקו".encode("iso-8859-8"), "הקו"),
        ("unicode-1-1-utf-7", b"+Jjo-", "☺"),
        ("cp-850", "é".encode("cp850"), "é"),
        ("windows_1250", "ł".encode("cp1250"), "ł"),
        ("'utf-8'", "tŷ".encode(), "tŷ"),
        ("no-such", "tŷ".encode(), "tŷ"),
        ("no-such", b"caf\xe9", "café"),
        ("utf-8", b"caf\x81\xe9", "caf\ufffdé"),
        ("", b"caf\xe9", "café"),
        ("utf-8", b"\xef\xbb\xbfdead", "dead"),
        ("rot13", b"dead", "dead"),
        ("hex", b"dead", "dead"),
        ("unicode_escape", b"\\ud800", "\\ud800"),
        ("a\x00b", b"dead", "dead"),
    ],
)
def test_octets_are_read_as_they_were_meant(claimed: str, octets: bytes, text: str) -> None:
    assert decoded(octets, claimed) == text
