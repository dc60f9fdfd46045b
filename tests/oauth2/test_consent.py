"""
A person lets us in: by a code that they type, or by their browser.
"""

import base64
import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from mailbot.transport.oauth2.client import Client, Flow, TokenFault
from mailbot.transport.oauth2.consent import (
    DeviceCode,
    NoDeviceFlow,
    browser_login,
    by_browser,
    by_device_code,
    device_code,
    scope,
)
from tests.oauth2.clients import URL, Asked, a_client, a_token, reply
from tests.oauth2.keys import RSA, pair

REDIRECT = "http://localhost:50123"
MICROSOFT = (
    "https://outlook.office.com/IMAP.AccessAsUser.All",
    "https://outlook.office.com/SMTP.Send",
)
DEVICE: dict[str, Any] = {
    "device_code": "the-device-code",
    "user_code": "ABCD-EFGH",
    "verification_uri": "https://login.example.net/device",
    "expires_in": 900,
    "interval": 3,
}
PENDING = reply(400, error="authorization_pending")
LET_IN = a_token(refresh_token="refresh-1")
DOWN = TokenFault("the token endpoint cannot be reached", "check the network")


def a_person(**given: Any) -> Client:
    usual = {"flow": Flow.REFRESH_TOKEN, "client_secret": "", "scopes": MICROSOFT}
    return a_client(**(usual | given))


def typed(*answers: Any, client: Client | None = None, **device: Any) -> tuple[str, list[float]]:
    """
    What comes of a device code, and how long was waited before each question.
    """
    asked, waited = Asked(list(answers)), list[float]()
    client = client or a_person()
    code = device_code(client, Asked([reply(**(DEVICE | device))]))
    token = by_device_code(client, code, asked, waited.append)
    assert {form["device_code"] for form in asked.forms} == {"the-device-code"}
    assert {form["grant_type"] for form in asked.forms} == {
        "urn:ietf:params:oauth:grant-type:device_code"
    }
    return token, waited


# --- a code that is typed -----------------------------------------------------------------


def test_a_code_is_asked_for_beside_the_token_endpoint_with_a_refresh_token_in_mind() -> None:
    asked = Asked([reply(**DEVICE)])

    code = device_code(a_person(), asked)

    assert asked.urls == ["https://login.example.net/tenant/oauth2/v2.0/devicecode"]
    assert asked.forms == [
        {"client_id": "mailbots-id", "scope": " ".join((*MICROSOFT, "offline_access"))}
    ]
    assert (code.user_code, code.address) == ("ABCD-EFGH", "https://login.example.net/device")
    assert "the-device-code" not in repr(code)


def test_offline_access_is_asked_for_once_and_of_microsoft_alone() -> None:
    assert scope(a_person(scopes=("offline_access", *MICROSOFT))).count("offline_access") == 1
    assert scope(a_person(scopes=("mail",))) == "mail"


def test_it_is_asked_until_the_code_was_typed_and_no_faster_than_allowed() -> None:
    assert typed(PENDING, PENDING, LET_IN) == ("refresh-1", [3, 3, 3])


def test_an_endpoint_that_names_no_interval_is_asked_every_five_seconds() -> None:
    assert typed(PENDING, LET_IN, interval=None) == ("refresh-1", [5, 5])
    assert typed(PENDING, LET_IN, interval="often") == ("refresh-1", [5, 5])


def test_slower_is_slower_from_then_on() -> None:
    slow_down = reply(400, error="slow_down")

    assert typed(PENDING, slow_down, PENDING, LET_IN) == ("refresh-1", [3, 3, 8, 8])


@pytest.mark.parametrize(
    ("answer", "then"), [(DOWN, 8), (reply(503), 8), (reply(429, "60"), 63), (reply(502), 8)]
)
def test_a_fault_in_between_is_no_no(answer: Any, then: float) -> None:
    assert typed(PENDING, answer, PENDING, LET_IN) == ("refresh-1", [3, 3, then, then])


def test_a_code_that_nobody_types_in_time_is_over() -> None:
    for answer in (reply(400, error="expired_token"),):
        with pytest.raises(TokenFault, match="nobody typed the code in time"):
            typed(PENDING, answer)
    with pytest.raises(TokenFault, match="nobody typed the code in time"):
        by_device_code(a_person(), DeviceCode("c", "u", "a", 5.0, 0.0), Asked([PENDING]))


@pytest.mark.parametrize("error", ["access_denied", "authorization_declined"])
def test_a_person_may_say_no(error: str) -> None:
    with pytest.raises(TokenFault, match="the login was declined; run `mailbot login` again"):
        typed(PENDING, reply(400, error=error))


def test_any_other_no_is_told_by_its_code() -> None:
    with pytest.raises(TokenFault, match="AADSTS7000218"):
        typed(reply(401, error="invalid_client", error_description="AADSTS7000218: secret?"))


def test_a_provider_that_gives_no_refresh_token_is_told_what_it_lacks() -> None:
    with pytest.raises(TokenFault, match="offline_access"):
        typed(a_token())


def test_a_client_with_a_secret_or_a_certificate_says_who_it_is(tmp_path: Path) -> None:
    pem = tmp_path / "app.pem"
    pem.write_text("".join(pair(*RSA)))
    asked = Asked([LET_IN])
    code = DeviceCode("c", "u", "a", 0.0, float("inf"))
    for client in (a_person(client_secret="hunter2"), a_person(certificate_file=pem)):
        by_device_code(client, code, asked, lambda _: None)
        login = browser_login(client, REDIRECT)
        by_browser(client, login, f"{REDIRECT}/?code=c&state={login.state}", asked)

    assert [form.get("client_secret") for form in asked.forms] == ["hunter2"] * 2 + [None] * 2
    assert ["client_assertion" in form for form in asked.forms] == [False] * 2 + [True] * 2


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (reply(404), "404"),
        (reply(400, error="unauthorized_client"), "unauthorized_client"),
        (reply(200, device_code="c"), "200"),
        (reply(400, error="invalid_grant", error_description="AADSTS53003: x"), "AADSTS53003"),
    ],
)
def test_a_provider_or_tenant_without_device_codes_is_told_with_why(answer: Any, told: str) -> None:
    with pytest.raises(NoDeviceFlow, match=told):
        device_code(a_person(), Asked([answer]))


def test_google_is_not_asked_for_what_it_does_not_have() -> None:
    google = a_person(
        token_url="https://oauth2.googleapis.com/token", scopes=("https://mail.google.com/",)
    )
    asked = Asked([reply(**DEVICE)])

    with pytest.raises(NoDeviceFlow):
        device_code(google, asked)

    assert asked.forms == []


# --- a browser ----------------------------------------------------------------------------


def query_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def test_the_page_is_asked_for_a_code_that_is_ours_alone() -> None:
    login = browser_login(a_person(), REDIRECT)

    told = query_of(login.address)
    assert login.address.startswith("https://login.example.net/tenant/oauth2/v2.0/authorize?")
    digest = hashlib.sha256(login.verifier.encode()).digest()
    assert told == {
        "response_type": "code",
        "client_id": "mailbots-id",
        "redirect_uri": REDIRECT,
        "scope": " ".join((*MICROSOFT, "offline_access")),
        "state": login.state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    # RFC 7636 §4.1.
    assert 43 <= len(login.verifier) <= 128
    assert login.verifier not in login.address
    assert login.verifier not in repr(login)
    assert login.verifier != browser_login(a_person(), REDIRECT).verifier


def test_google_is_asked_for_a_refresh_token_by_its_own_words() -> None:
    google = a_person(
        token_url="https://oauth2.googleapis.com/token", scopes=("https://mail.google.com/",)
    )

    login = browser_login(google, REDIRECT)

    assert login.address.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert query_of(login.address)["access_type"] == "offline"
    assert query_of(login.address)["prompt"] == "consent"


def test_a_page_of_its_own_keeps_what_stands_in_its_address() -> None:
    client = a_person(authorization_url="https://login.example.net/go?realm=staff")

    assert query_of(browser_login(client, REDIRECT).address)["realm"] == "staff"


def test_the_code_that_comes_back_is_exchanged_with_what_only_we_know() -> None:
    client, asked = a_person(), Asked([LET_IN])
    login = browser_login(client, REDIRECT)

    token = by_browser(client, login, f"{REDIRECT}/?code=c%2B1&state={login.state}", asked)

    assert token == "refresh-1"
    assert asked.urls == [URL]
    assert asked.forms == [
        {
            "grant_type": "authorization_code",
            "code": "c+1",
            "redirect_uri": REDIRECT,
            "code_verifier": login.verifier,
            "client_id": "mailbots-id",
        }
    ]


@pytest.mark.parametrize("came", ["", "?code=c", "?code=c&state=another", "?code=c&state=", "%%"])
def test_what_is_no_answer_to_this_login_is_not_asked_with(came: str) -> None:
    client, asked = a_person(), Asked([LET_IN])

    with pytest.raises(TokenFault, match="that is not the answer to this login"):
        by_browser(client, browser_login(client, REDIRECT), REDIRECT + came, asked)

    assert asked.forms == []


@pytest.mark.parametrize("said", ["", "AADSTS70008: expired", "AADSTS54005: redeemed already"])
def test_a_code_that_is_not_taken_is_not_called_a_refresh_token(said: str) -> None:
    client = a_person()
    login = browser_login(client, REDIRECT)
    asked = Asked([reply(400, error="invalid_grant", error_description=said)])

    with pytest.raises(TokenFault, match="the code of this login was not taken") as fault:
        by_browser(client, login, f"{REDIRECT}/?code=c&state={login.state}", asked)

    assert "refresh token" not in str(fault.value)
    assert fault.value.remedy == "run `mailbot login` again"


def test_a_no_that_the_browser_brings_is_told_by_its_code() -> None:
    client, asked = a_person(), Asked([LET_IN])
    login = browser_login(client, REDIRECT)
    came = f"{REDIRECT}/?error=access_denied&error_description=AADSTS65004&state={login.state}"

    with pytest.raises(TokenFault, match=r"the login was refused \(access_denied, AADSTS65004\)"):
        by_browser(client, login, came, asked)

    assert asked.forms == []
