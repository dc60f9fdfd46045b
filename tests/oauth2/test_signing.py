"""
What is signed can be verified, by whoever has the public key.
"""

import base64
import hashlib
import json
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jwt import decode, get_unverified_header
from jwt.algorithms import RSAAlgorithm

from mailbot.transport.oauth2.client import Client, Flow, TokenFault
from mailbot.transport.oauth2.request import fields
from mailbot.transport.oauth2.signing import expires_on
from tests.oauth2.clients import NOW, URL, a_client
from tests.oauth2.keys import EC, RSA, encrypted, pair

KEY, CERTIFICATE = pair(*RSA)


def an_app(folder: Path, pem: str) -> Client:
    file = folder / "app.pem"
    file.write_text(pem)
    return a_client(client_secret="", certificate_file=file)


def an_account(folder: Path, key: str, **given: Any) -> Client:
    file = folder / "key.json"
    file.write_text(key)
    return a_client(
        flow=Flow.SERVICE_ACCOUNT,
        client_secret="",
        key_file=file,
        subject="service@example.com",
        scopes=("https://mail.google.com/",),
        **given,
    )


def a_google_key(**changed: object) -> str:
    """
    As the console hands it out, of whatever is used of it.
    """
    return json.dumps(
        {
            "type": "service_account",
            "private_key_id": "0a1b2c",
            "private_key": KEY,
            "client_email": "mailbot@project.iam.example.com",
            "token_uri": "https://elsewhere.example.com/token",
        }
        | changed
    )


def verified(signed: str, algorithm: str) -> dict[str, Any]:
    public = RSAAlgorithm(RSAAlgorithm.SHA256).prepare_key(KEY)
    told: dict[str, Any] = decode(
        signed,
        public.public_key(),  # type: ignore[union-attr]
        algorithms=[algorithm],
        audience=URL,
        options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
    )
    return told


@pytest.mark.parametrize(
    "pem",
    [
        KEY + CERTIFICATE,
        CERTIFICATE + KEY,
        f"Bag Attributes\n    friendlyName: mailbot\n{KEY}subject=CN = mailbot\n{CERTIFICATE}",
        (KEY + CERTIFICATE).replace("\n", "\r\n"),
    ],
)
def test_an_app_signs_with_its_certificate_wherever_that_stands_in_the_file(
    tmp_path: Path, pem: str
) -> None:
    form = fields(an_app(tmp_path, pem), NOW)

    signed = form.pop("client_assertion")
    assert form == {
        "grant_type": "client_credentials",
        "scope": "https://outlook.office365.com/.default",
        "client_id": "mailbots-id",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(CERTIFICATE)).digest()
    assert get_unverified_header(signed) == {
        "alg": "PS256",
        "typ": "JWT",
        "x5t#S256": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
    }
    told = verified(signed, "PS256")
    assert told.pop("jti")
    assert told == {
        "iss": "mailbots-id",
        "sub": "mailbots-id",
        "aud": URL,
        "nbf": int(NOW.timestamp()) - 60,
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 600,
    }


def test_no_two_assertions_have_one_id(tmp_path: Path) -> None:
    client = an_app(tmp_path, KEY + CERTIFICATE)
    first, second = (fields(client, NOW)["client_assertion"] for _ in range(2))

    assert verified(first, "PS256")["jti"] != verified(second, "PS256")["jti"]


def test_a_service_account_signs_for_the_mailbox_with_the_key_that_google_hands_out(
    tmp_path: Path,
) -> None:
    form = fields(an_account(tmp_path, a_google_key()), NOW)

    signed = form.pop("assertion")
    assert form == {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}
    assert get_unverified_header(signed) == {"alg": "RS256", "typ": "JWT", "kid": "0a1b2c"}
    told = verified(signed, "RS256")
    assert told == {
        "iss": "mailbot@project.iam.example.com",
        "sub": "service@example.com",
        "scope": "https://mail.google.com/",
        "aud": URL,
        "iat": int(NOW.timestamp()) - 60,
        "exp": int(NOW.timestamp()) + 600,
    }
    assert timedelta(seconds=told["exp"] - told["iat"]) <= timedelta(hours=1)


def test_a_bare_key_signs_for_the_client_that_is_named(tmp_path: Path) -> None:
    signed = fields(an_account(tmp_path, KEY, client_id="123456"), NOW)["assertion"]

    assert get_unverified_header(signed) == {"alg": "RS256", "typ": "JWT"}
    assert verified(signed, "RS256")["iss"] == "123456"


@pytest.mark.parametrize(
    "key",
    [pair(*EC)[0], encrypted(), CERTIFICATE, "-----BEGIN PRIVATE KEY-----\nAAAA\n", "no key"],
    ids=["elliptic", "encrypted", "certificate", "torn", "words"],
)
def test_a_key_that_cannot_sign_is_told_with_its_file_and_without_its_letters(
    tmp_path: Path, key: str
) -> None:
    for client in (an_account(tmp_path, key), an_app(tmp_path, key + CERTIFICATE)):
        with pytest.raises(TokenFault, match=r"no private key in .* that can sign") as fault:
            fields(client, NOW)
        assert "RSA key" in fault.value.remedy
        assert "without a password" in fault.value.remedy
        assert fault.value.needs_a_person


@pytest.mark.parametrize("pem", [KEY, "words", KEY + CERTIFICATE[:200]])
def test_a_file_without_a_certificate_is_told_as_that(tmp_path: Path, pem: str) -> None:
    with pytest.raises(TokenFault, match="there is no certificate in"):
        fields(an_app(tmp_path, pem), NOW)


def test_a_certificate_beside_another_ones_key_is_told_as_that(tmp_path: Path) -> None:
    pem = pair(*RSA)[0] + pair("rsa:2049")[1]

    with pytest.raises(TokenFault, match=r"the private key in .* is not that of its certificate"):
        fields(an_app(tmp_path, pem), NOW)


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "authorized_user"}',
        "{",
        a_google_key(client_email=None)[:-30],
        '{"installed": {"client_id": "x"}}',
    ],
)
def test_a_json_file_that_is_no_service_accounts_key_is_told_with_where_to_get_one(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(TokenFault, match="is no key of a service account") as fault:
        fields(an_account(tmp_path, text), NOW)

    assert "Add key, JSON" in fault.value.remedy


def test_a_certificate_is_known_to_end_on_its_last_day(tmp_path: Path) -> None:
    file = an_app(tmp_path, KEY + CERTIFICATE).certificate_file
    assert file is not None

    assert 89 <= (expires_on(file) - datetime.now(UTC).date()).days <= 90
