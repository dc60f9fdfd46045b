"""
What a mail server is told of a token, octet by octet.
"""

import base64

import pytest

from mailbot.transport.oauth2.sasl import OAUTHBEARER, XOAUTH2, chosen, conversation


def test_xoauth2_is_the_name_and_the_token_between_two_ones() -> None:
    say = conversation(XOAUTH2, "service@example.com", "ya29.token")

    assert say(b"") == b"user=service@example.com\x01auth=Bearer ya29.token\x01\x01"


def test_oauthbearer_is_as_rfc_7628_has_it() -> None:
    say = conversation(OAUTHBEARER, "service@example.com", "ya29.token")

    assert say(b"") == b"n,a=service@example.com,\x01auth=Bearer ya29.token\x01\x01"


def test_a_name_with_a_comma_or_an_equals_sign_is_written_as_rfc_5801_has_it() -> None:
    say = conversation(OAUTHBEARER, "a=b,c", "t")

    assert say(b"") == b"n,a=a=3Db=2Cc,\x01auth=Bearer t\x01\x01"


def test_a_name_in_another_alphabet_is_utf_8() -> None:
    say = conversation(XOAUTH2, "dienst@büro.example", "t")

    assert say(b"") == "user=dienst@büro.example\x01auth=Bearer t\x01\x01".encode()


def test_a_server_that_gives_its_reasons_is_answered_with_nothing_more() -> None:
    xoauth2, bearer = conversation(XOAUTH2, "s", "t"), conversation(OAUTHBEARER, "s", "t")
    for each in (xoauth2, bearer):
        each(b"")

    assert xoauth2(b'{"status":"400"}') == b""
    assert bearer(b'{"status":"invalid_token"}') == b"\x01"


@pytest.mark.parametrize(
    ("challenge", "status"),
    [
        (b'{"status":"401","schemes":"Bearer","scope":"https://mail.google.com/"}', "401"),
        (b'{"status":400}', "400"),
        (b'{"status":"invalid_token"}', "invalid_token"),
        (base64.b64encode(b'{"status":"401","schemes":"bearer","scope":"mail"}'), "401"),
        (b'{"status":"' + b"x" * 90 + b'"}', "x" * 20),
        (b"", ""),
        (b"\xff\xfe", ""),
        (b"{}", ""),
        (b'["401"]', ""),
        (b"no reasons at all", ""),
        (b"[" * 100_000, ""),
    ],
)
def test_the_reasons_hold_a_status_or_nothing(challenge: bytes, status: str) -> None:
    say = conversation(XOAUTH2, "s", "t")
    assert say.status == ""
    say(b"")
    say(challenge)

    assert say.status == status


def test_a_conversation_does_not_show_the_token() -> None:
    assert "ya29" not in repr(conversation(XOAUTH2, "s", "ya29.token"))


@pytest.mark.parametrize(
    ("offered", "mechanism"),
    [
        ({"PLAIN", "XOAUTH2"}, "XOAUTH2"),
        ({"OAUTHBEARER", "XOAUTH2"}, "XOAUTH2"),
        ({"OAUTHBEARER", "LOGIN"}, "OAUTHBEARER"),
        ({"PLAIN", "LOGIN"}, ""),
        (set(), ""),
    ],
)
def test_a_token_is_never_a_password(offered: set[str], mechanism: str) -> None:
    assert chosen(offered.__contains__) == mechanism
