"""
What a token says of itself, and what cannot be read in it.
"""

import base64
import json

import pytest

from mailbot.transport.oauth2.claims import Claims, claims

EXCHANGE = "https://outlook.office365.com"


def a_token(**told: object) -> str:
    body = base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()
    return f"e30.{body}.c2lnbmVk"


def test_an_apps_token_names_its_service_principal_and_what_it_may() -> None:
    told = claims(a_token(aud=EXCHANGE, roles=["IMAP.AccessAsApp"], oid="0a-1b"))

    assert told == Claims(
        EXCHANGE, frozenset({"IMAP.AccessAsApp"}), is_apps=True, object_id="0a-1b"
    )
    assert told.lacks("imap") == ""
    assert told.lacks("smtp") == "SMTP.SendAsApp"
    assert told.is_for_exchange


def test_a_persons_token_names_what_they_consented_to() -> None:
    told = claims(a_token(aud=EXCHANGE, scp="IMAP.AccessAsUser.All openid", oid="0a-1b"))

    assert told.lacks("imap") == ""
    assert told.lacks("smtp") == "SMTP.Send"
    assert not told.is_apps
    assert told.object_id == ""


def test_a_token_for_another_service_is_known_by_its_audience() -> None:
    assert not claims(a_token(aud="https://graph.microsoft.com", roles=[])).is_for_exchange
    assert claims(a_token(aud="00000002-0000-0ff1-ce00-000000000000")).is_for_exchange


@pytest.mark.parametrize(
    "token",
    ["", "ya29.opaque", "a.b.c", "e30.bm90aGluZw.x", "e30.WzFd.x", "...", "e30.//79.x", "é.é.é"],
)
def test_of_a_token_that_cannot_be_read_nothing_is_said(token: str) -> None:
    told = claims(token)

    assert told.lacks("imap") == told.lacks("smtp") == told.object_id == ""
    assert told.is_for_exchange
