"""
What an endpoint's no means, in the words of the two large providers: each with its own remedy,
and never with what was said beyond a code.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from mailbot.transport.oauth2.client import Client, Flow
from mailbot.transport.oauth2.refusals import is_for_now, refused

APP = Client(
    flow=Flow.CLIENT_CREDENTIALS,
    token_url="https://login.microsoftonline.com/tenant/oauth2/v2.0/token",
    client_id="client",
    client_secret_file=Path("client.secret"),
    scopes=("https://outlook.office365.com/.default",),
)
PERSON = replace(
    APP,
    flow=Flow.REFRESH_TOKEN,
    refresh_token_file=Path("refresh.token"),
    scopes=("https://outlook.office.com/IMAP.AccessAsUser.All", "offline_access"),
)
ACCOUNT = Client(
    flow=Flow.SERVICE_ACCOUNT,
    token_url="https://oauth2.googleapis.com/token",
    key_file=Path("google.json"),
    scopes=("https://mail.google.com/",),
)
GOOGLES_PERSON = replace(ACCOUNT, flow=Flow.REFRESH_TOKEN, key_file=None)


@pytest.mark.parametrize(
    ("client", "error", "number", "phrase", "remedy"),
    [
        (APP, "invalid_client", 7000215, "secret is wrong", "not its Secret ID"),
        (APP, "invalid_client", 7000222, "secret has expired", "secret_expires_on"),
        (APP, "invalid_client", 7000216, "got no secret", "client_secret_file"),
        (APP, "invalid_client", 700027, "certificate is not one of the app's", "upload"),
        (APP, "invalid_client", 700024, "clock of this machine", "set the clock right"),
        (APP, "unauthorized_client", 700016, "no app of that id", "client_id"),
        (APP, "invalid_request", 90002, "no such tenant", "Directory (tenant) ID"),
        (APP, "invalid_request", 900023, "no such tenant", "Directory (tenant) ID"),
        (APP, "unauthorized_client", 7000112, "app is disabled", "Enterprise applications"),
        (APP, "invalid_scope", 1002012, "one scope", "/.default"),
        (APP, "invalid_scope", 70011, "does not know what is asked for", "scopes"),
        (APP, "invalid_resource", 500011, "does not know the service", "as the README has them"),
        (APP, "invalid_grant", 70000, "app's credentials", "flow is what"),
        (APP, "invalid_grant", 53003, "Conditional Access", "exempt"),
        (PERSON, "invalid_grant", 65001, "nobody has consented", "Grant admin consent"),
        (PERSON, "invalid_grant", 70000, "void", "`mailbot login`"),
        (PERSON, "invalid_grant", 700082, "void", "`mailbot login`"),
        (PERSON, "invalid_grant", 50173, "password of the account was changed", "`mailbot login`"),
        (PERSON, "interaction_required", 50076, "more than a password", "`mailbot login`"),
        (PERSON, "interaction_required", 50079, "more than a password", "`mailbot login`"),
        (PERSON, "invalid_grant", 50057, "disabled, locked or unknown", "have it enabled"),
        (PERSON, "invalid_grant", 50020, "another tenant", "account of the firm's tenant"),
        (PERSON, "invalid_client", 7000218, "without a secret", "Allow public client flows"),
        (PERSON, "invalid_client", 700025, "a public client", "take client_secret_file"),
        (PERSON, "invalid_request", 28000, "those of two services", "Exchange Online"),
        (PERSON, "invalid_request", 50194, "token_url names none", "instead of common"),
    ],
)
def test_microsofts_numbers_are_told_with_what_to_do(
    client: Client, error: str, number: int, phrase: str, remedy: str
) -> None:
    no = refused(error, f"AADSTS{number}: jane@example.com cannot. Trace ID: 4f2c", client)

    assert no.named == f"{error}, AADSTS{number}"
    assert phrase in no.phrase
    assert remedy in no.remedy
    assert "jane" not in no.phrase + no.remedy


@pytest.mark.parametrize(
    ("client", "error", "said", "phrase", "remedy"),
    [
        (ACCOUNT, "unauthorized_client",
         "Client is unauthorized to retrieve access tokens using this method",
         "may not act for the mailbox", "Domain-wide delegation"),
        (ACCOUNT, "access_denied", "Requested client not authorized.",
         "may not act for the mailbox", "Domain-wide delegation"),
        (ACCOUNT, "invalid_grant", "Invalid email or User ID",
         "no mailbox of the name", "[oauth2] subject"),
        (ACCOUNT, "invalid_grant",
         "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe",
         "clock of this machine", "set the clock right"),
        (ACCOUNT, "invalid_grant", "Invalid JWT Signature.", "the key is not one of", "key_file"),
        (ACCOUNT, "invalid_grant", "Invalid grant: account not found", "no such service account",
         "key_file"),
        (ACCOUNT, "invalid_grant", "Bad Request", "request was refused", "clock"),
        (ACCOUNT, "invalid_scope", "Some requested scopes were invalid", "does not know what",
         "scopes"),
        (GOOGLES_PERSON, "invalid_grant", "Token has been expired or revoked.", "7 days",
         "Internal"),
        (GOOGLES_PERSON, "invalid_grant", "Bad Request", "7 days", "Internal"),
        (GOOGLES_PERSON, "invalid_grant", "reauth related error (invalid_rapt)",
         "more than a password", "`mailbot login`"),
        (GOOGLES_PERSON, "deleted_client", "The OAuth client was deleted.", "deleted", "new one"),
        (GOOGLES_PERSON, "admin_policy_enforced", "", "administrator", "API controls"),
        (GOOGLES_PERSON, "org_internal", "", "another organisation", "account of the firm"),
    ],
)  # fmt: skip
def test_googles_words_are_told_with_what_to_do(
    client: Client, error: str, said: str, phrase: str, remedy: str
) -> None:
    no = refused(error, said, client)

    assert no.named == error
    assert phrase in no.phrase
    assert remedy in no.remedy


@pytest.mark.parametrize("number", [50196, 90033])
def test_an_endpoint_that_is_overloaded_wants_nothing_changed(number: int) -> None:
    assert is_for_now("invalid_request", f"AADSTS{number}: busy")
    assert not is_for_now("invalid_grant", "AADSTS70000: void")


def test_an_app_has_no_refresh_token_that_could_be_void() -> None:
    no = refused("invalid_grant", "", APP)

    assert "refresh token" not in no.phrase
    assert "mailbot login" not in no.remedy


def test_an_error_that_nobody_knows_is_repeated_only_where_it_is_a_code() -> None:
    assert refused("odd_error", "", APP).named == "odd_error"
    assert refused("jane@example.com is not here", "", APP).named == "an error without a name"
