"""
Why a mail server does not take a token, in its provider's terms, and what to do.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from mailbot.transport.oauth2.claims import Protocol
from mailbot.transport.oauth2.client import Client, Flow
from mailbot.transport.oauth2.logins import missing, not_connected, token_refused
from mailbot.transport.oauth2.sasl import conversation
from tests.servers.tenant import signed_by_nobody

EXCHANGE = "https://outlook.office365.com"
OBJECT_ID = "22222222-4444-4b4b-8c8c-000000000004"
APP = Client(
    flow=Flow.CLIENT_CREDENTIALS,
    token_url="https://login.microsoftonline.com/tenant/oauth2/v2.0/token",
    client_id="client",
    scopes=(f"{EXCHANGE}/.default",),
)
PERSON = replace(APP, flow=Flow.REFRESH_TOKEN, refresh_token_file=Path("refresh.token"))
GOOGLE = Client(
    flow=Flow.SERVICE_ACCOUNT,
    token_url="https://oauth2.googleapis.com/token",
    key_file=Path("google.json"),
    scopes=("https://mail.google.com/",),
)
ANOTHER = Client(flow=Flow.CLIENT_CREDENTIALS, token_url="https://id.example.net/token")


def of_an_app(*roles: str, audience: str = EXCHANGE) -> str:
    return signed_by_nobody({"aud": audience, "roles": list(roles), "oid": OBJECT_ID})


@pytest.mark.parametrize(
    ("protocol", "role"), [("imap", "IMAP.AccessAsApp"), ("smtp", "SMTP.SendAsApp")]
)
def test_a_permission_that_the_token_lacks_goes_before_every_guess(
    protocol: Protocol, role: str
) -> None:
    told = token_refused(protocol, APP, of_an_app("POP.AccessAsApp"))

    assert told == missing(protocol, APP, of_an_app())
    assert f"the token lacks {role}" in told
    assert "grant admin consent" in told
    assert missing(protocol, APP, of_an_app(role)) == ""


@pytest.mark.parametrize("client", [APP, PERSON])
def test_a_token_for_another_service_is_told_with_the_scopes_to_set(client: Client) -> None:
    graph = of_an_app("Mail.Send", audience="https://graph.microsoft.com")

    told = token_refused("imap", client, graph)

    assert "made out to another service than Exchange Online" in told
    assert "https://outlook.office" in told


def test_a_token_that_is_whole_leaves_the_mailbox_to_look_at_and_names_the_principal() -> None:
    whole = of_an_app("IMAP.AccessAsApp", "SMTP.SendAsApp")

    for protocol, switch in (
        ("imap", "Set-CASMailbox -ImapEnabled $true"),
        ("smtp", "Set-CASMailbox -SmtpClientAuthenticationDisabled $false"),
    ):
        told = token_refused(protocol, APP, whole)  # type: ignore[arg-type]
        assert f"the object id from Enterprise applications: {OBJECT_ID}, not the one" in told
        assert f"[{protocol}] username is the mailbox's own address" in told
        assert switch in told
    assert OBJECT_ID in not_connected(APP, whole)


def test_a_token_that_cannot_be_read_is_not_said_to_lack_anything() -> None:
    assert missing("imap", APP, "opaque") == ""
    assert "Enterprise applications, not the one" in token_refused("imap", APP, "opaque")


def test_a_person_is_not_sent_to_the_service_principal() -> None:
    told = token_refused("smtp", PERSON, "opaque") + not_connected(PERSON, "opaque")

    assert "Full Access to a shared mailbox" in told
    assert "New-ServicePrincipal" not in told


def test_googles_server_says_itself_which_scope_it_wants() -> None:
    wanted = "https://mail.google.com/"
    reading = replace(GOOGLE, scopes=("https://www.googleapis.com/auth/gmail.readonly",))
    by_person = replace(reading, flow=Flow.REFRESH_TOKEN, key_file=None)

    assert "Domain-wide delegation" in token_refused("imap", reading, "x", wanted)
    assert "`mailbot login`" in token_refused("imap", by_person, "x", wanted)
    assert "subject are one address" in token_refused("imap", GOOGLE, "x", wanted)


def test_another_provider_is_told_by_the_keys_of_the_configuration() -> None:
    told = token_refused("imap", ANOTHER, "x")

    assert "[oauth2] scopes" in told
    assert "Microsoft" not in told + not_connected(ANOTHER, "x")


def test_of_a_challenge_only_what_a_person_could_use_is_read() -> None:
    talk = conversation("XOAUTH2", "service", "token")
    talk(b"")
    talk(b'{"status":"401","scope":"https://mail.google.com/"}')
    assert (talk.status, talk.scope) == ("401", "https://mail.google.com/")

    talk(b'{"status":"eyJhbGciOiJ.x","scope":"eyJhbGciOiJ.x"}')
    assert (talk.status, talk.scope) == ("", "")
