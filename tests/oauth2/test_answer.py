"""
What an answer of a token endpoint means.
"""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.transport.oauth2.answer import Granted, Reply, granted, lasts, rest
from mailbot.transport.oauth2.client import TokenFault
from tests.oauth2.clients import NOW, a_client, a_token, reply


def fault_of(answer: Reply) -> TokenFault:
    with pytest.raises(TokenFault) as fault:
        granted(answer, a_client(), NOW)
    return fault.value


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (3599, 3599),
        ("3599", 3599),
        ("3599.0", 3599),
        (3599.9, 3599),
        (0, 0),
        ("0", 0),
        (-5, 0),
        (10**9, 10**9),
    ],
)
def test_a_token_lasts_as_long_as_its_endpoint_says_however_it_writes_that(
    said: object, seconds: int
) -> None:
    assert lasts({"expires_in": said}) == seconds


@pytest.mark.parametrize("said", [None, True, False, "soon", "", [], {}, "NaN", "inf", 10**400])
def test_a_token_whose_end_is_no_number_lasts_an_hour(said: object) -> None:
    assert lasts({"expires_in": said}) == 3600


def test_a_token_whose_end_is_not_told_lasts_an_hour() -> None:
    assert lasts({}) == 3600


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", 0),
        ("-5", 0),
        ("", 0),
        ("soon", 0),
        ("86400", 900),
        ("9" * 400, 900),
        ("Fri, 20 Nov 2026 16:46:30 GMT", 90),
        ("Fri, 20 Nov 2026 17:46:30 +0100", 90),
        ("Fri, 20 Nov 2026 16:46:30", 90),
        ("Fri, 20 Nov 2026 16:00:00 GMT", 0),
        ("Sat, 20 Nov 2027 16:00:00 GMT", 900),
        ("Fri, 31 Dec 99999999999999 10:00:00 GMT", 0),
    ],
)
def test_an_endpoint_is_left_alone_as_long_as_it_asks_but_not_for_hours(
    said: str, seconds: float
) -> None:
    assert rest(said, NOW) == seconds


@given(st.text(max_size=40), st.datetimes(timezones=st.just(NOW.tzinfo)))
def test_whatever_a_retry_after_says_the_rest_is_one_that_can_be_taken(
    said: str, now: datetime
) -> None:
    assert 0 <= rest(said, now) <= 900


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"<html>", b'{"error": "invalid_client"}', b""])
def test_an_endpoint_that_is_ill_is_asked_again_and_nobody_is_called(
    status: int, body: bytes
) -> None:
    fault = fault_of(Reply(status, body, "90"))

    assert fault.phrase == f"the token endpoint cannot answer just now ({status})"
    assert "nothing has to be changed" in fault.remedy
    assert fault.rest == 90
    assert not fault.needs_a_person


@pytest.mark.parametrize(
    ("error", "description"),
    [
        ("temporarily_unavailable", ""),
        ("server_error", ""),
        ("invalid_request", "AADSTS90033: A transient error has occurred. Please try again."),
        ("invalid_request", "AADSTS50196: The server terminated an operation, client loop."),
    ],
)
def test_an_illness_that_comes_as_a_refusal_is_an_illness(error: str, description: str) -> None:
    fault = fault_of(reply(400, error=error, error_description=description))

    assert not fault.needs_a_person


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refusal_is_told_by_its_code_and_never_by_its_words(status: int) -> None:
    fault = fault_of(
        reply(status, error="invalid_grant", error_description="jane@example.com is locked")
    )

    assert "invalid_grant" in str(fault)
    assert "jane" not in str(fault)
    assert fault.needs_a_person


@pytest.mark.parametrize("status", [404, 405, 410])
def test_a_page_that_is_not_there_is_a_wrong_address(status: int) -> None:
    fault = fault_of(Reply(status, b"<html>no such page"))

    assert fault.phrase == f"there is no token endpoint at that address ({status})"
    assert fault.remedy == "check [oauth2] token_url"
    assert fault.needs_a_person


def test_a_proxy_that_wants_a_login_is_told_as_that() -> None:
    fault = fault_of(Reply(407, b"<html>who are you?"))

    assert "the proxy wants a login" in str(fault)
    assert "HTTPS_PROXY" in fault.remedy


@pytest.mark.parametrize("status", [200, 302, 401, 403])
@pytest.mark.parametrize(
    "body",
    [
        b"<html>Welcome to our hotel</html>",
        b"",
        b"\xff\xfe",
        b'"access-1"',
        b'["access-1"]',
        b"[" * 200_000,
        b'{"access_token": "access-1"',
        b'{"expires_in": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_document_is_no_token_endpoint(status: int, body: bytes) -> None:
    fault = fault_of(Reply(status, body))

    assert "is no token endpoint" in fault.phrase
    assert "login.example.net" in fault.phrase


@pytest.mark.parametrize("token", ["", "access 1", "a\x01auth=Bearer b", "a\r\nb", "ä", None, 7])
def test_a_token_that_could_not_stand_in_a_login_is_none(token: object) -> None:
    fault = fault_of(reply(access_token=token, expires_in=3600))

    assert fault.phrase == "the token endpoint answered 200 without a token"


@pytest.mark.parametrize("token", ["", "two\nlines", "\ud800", None, ["refresh-1"]])
def test_a_refresh_token_that_could_not_stand_in_a_file_replaces_none(token: object) -> None:
    assert granted(a_token(refresh_token=token), a_client(), NOW) == Granted("access-1", 3600)


def test_a_token_is_had_for_what_its_answer_says() -> None:
    answer = a_token(expires_in="1800", refresh_token="refresh-1", token_type="Bearer")

    assert granted(answer, a_client(), NOW) == Granted("access-1", 1800, "refresh-1")


def test_neither_an_answer_nor_a_token_shows_what_it_holds() -> None:
    answer = a_token(refresh_token="refresh-1")

    assert "access-1" not in repr(answer)
    assert "-1" not in repr(granted(answer, a_client(), NOW))
    assert "hunter2" not in repr(a_client())


def test_a_fault_that_is_told_again_has_what_is_left_of_its_rest() -> None:
    fault = TokenFault("ill", "wait", rest=60, needs_a_person=True)

    assert fault.again(20).rest == 20
    assert fault.again(90).rest == 60
    assert fault.again(timedelta(seconds=-1).total_seconds()).rest == 0
    assert str(fault.again(20)) == str(fault)
    assert fault.again(20).needs_a_person
