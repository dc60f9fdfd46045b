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
        # The same by its other names, as old programs and other systems spell it.
        ("iso8859-1", b"It\x92s \xa350", "It\u2019s £50"),
        ("ISO_8859-1:1987", "£50".encode(), "£50"),
        ("latin-1", b"It\x92s", "It\u2019s"),
        ("cp819", "£50".encode(), "£50"),
        ("ANSI_X3.4-1968", b"\xa350", "£50"),
        ("iso_8859-9", b"\xfe\x92", "ş\u2019"),
        # The mark of UTF-16 says more than a claim does.
        ("", "Жалоба".encode("utf-16"), "Жалоба"),
        ("us-ascii", b"\xfe\xff" + "tŷ".encode("utf-16-be"), "tŷ"),
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


@pytest.mark.parametrize(
    ("claimed", "octets", "text"),
    [
        (
            "utf-8",
            "It’s Siân – dead since “Monday”, ŵ".encode()[:-1],  # noqa: RUF001
            "It’s Siân – dead since “Monday”, \ufffd",  # noqa: RUF001
        ),
        (
            "utf-8",
            "£50 – Siôn Tŷ Gwyn".encode() + b"\nCaf\xe9 Mail",  # noqa: RUF001
            "£50 – Siôn Tŷ Gwyn\nCafé Mail",  # noqa: RUF001
        ),
        ("iso-8859-1", "It’s £50".encode() + b"\nCaf\xe9 Mail", "It’s £50\nCafé Mail"),  # noqa: RUF001
        (
            "us-ascii",
            "mae’n ddrwg gen i".encode() + b"\n\xa9 2026",  # noqa: RUF001
            "mae’n ddrwg gen i\n\ufffd 2026",  # noqa: RUF001
        ),
        (
            "utf-8",
            "“ok”".encode() + b" na\xefve r\xf4le \xe9t\xe9 d\xe9j\xe0",
            "“ok” naïve rôle \ufffdté déjà",
        ),
        ("iso-8859-15", "Zażółć gęślą".encode(), "Zażółć gęślą"),
        ("koi8-r", "Связи нет".encode(), "Связи нет"),
        ("gb2312", "没有网络".encode(), "没有网络"),
        ("shift_jis", "電話がつながりません".encode(), "電話がつながりません"),
        ("gb18030", "我的电话线坏了".encode("gb18030")[:-1], "我的电话线坏\ufffd"),
        ("shift_jis", "回線が切れています".encode("cp932")[:-1], "回線が切れていま\ufffd"),
        ("big5", "電話線壞了三天".encode("big5")[:-1], "電話線壞了三\ufffd"),
        ("euc-kr", "전화가 안 됩니다".encode("cp949")[:-1], "전화가 안 됩니\ufffd"),
        ("iso-2022-jp", "回線が切れています".encode("iso2022_jp")[:-4], "回線が切れていま\ufffd"),
        ("iso-2022-jp", "ｶﾀｶﾅ".encode("iso2022_jp_ext"), "ｶﾀｶﾅ"),
        (
            "windows-1253",
            "Το τηλέφωνο δεν λειτουργεί".encode("cp1253") + b"\xd2",  # noqa: RUF001
            "Το τηλέφωνο δεν λειτουργεί\ufffd",  # noqa: RUF001
        ),
        # Not these: there is nothing of UTF-8 in them, or nothing that says so.
        ("utf-8", b"caf\xe9 d\xe9j\xe0", "café déjà"),
        ("gbk", "联通".encode("gbk"), "联通"),
        ("koi8-r", "Связи нет".encode("koi8-r"), "Связи нет"),
        ("windows-1251", "Связи «нет»".encode("cp1251"), "Связи «нет»"),
        ("iso-8859-15", "Preis 5 €, Ärger".encode("iso-8859-15"), "Preis 5 €, Ärger"),
    ],
)
def test_a_few_octets_that_break_the_rules_cost_nothing_of_the_rest(
    claimed: str, octets: bytes, text: str
) -> None:
    assert decoded(octets, claimed) == text


@pytest.mark.parametrize("charset", ["gb18030", "cp932", "big5hkscs", "cp949", "euc_jp"])
def test_an_octet_lost_in_the_middle_leaves_most_of_the_text(charset: str) -> None:
    text = "電話線不通。Router 不通, 電話。" * 4

    octets = text.encode(charset)

    read = decoded(octets[:40] + octets[41:], charset)

    assert read.startswith(text[:15])
    assert "Router" in read
    assert read.count("通") >= 6
