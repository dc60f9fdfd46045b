"""
What a firm sets whose mail servers take access tokens.
"""

from pathlib import Path

from tests.servers.token_endpoint import USER, TokenEndpoint


def by_an_app(folder: Path, endpoint: TokenEndpoint, **more: str) -> dict[str, str]:
    """
    The environment of a firm that logs in as an app, by its secret.
    """
    (folder / "client.secret").write_text("hunter2\n")
    return {
        **_by_tokens(endpoint, USER),
        "MAILBOT_OAUTH2__FLOW": "client_credentials",
        "MAILBOT_OAUTH2__CLIENT_SECRET_FILE": str(folder / "client.secret"),
        "MAILBOT_OAUTH2__SCOPES": '["https://outlook.office365.com/.default"]',
        **more,
    }


def by_a_person(
    folder: Path, endpoint: TokenEndpoint, user: str = USER, **more: str
) -> dict[str, str]:
    """
    The same for one that a person has let in, by the token in `refresh.token`.
    """
    return {
        **_by_tokens(endpoint, user),
        "MAILBOT_OAUTH2__FLOW": "refresh_token",
        "MAILBOT_OAUTH2__REFRESH_TOKEN_FILE": str(folder / "refresh.token"),
        "MAILBOT_OAUTH2__SCOPES": '["https://outlook.office.com/IMAP.AccessAsUser.All"]',
        **more,
    }


def _by_tokens(endpoint: TokenEndpoint, user: str) -> dict[str, str]:
    return {
        "MAILBOT_IMAP__AUTH": "oauth2",
        "MAILBOT_SMTP__AUTH": "oauth2",
        "MAILBOT_IMAP__USERNAME": user,
        "MAILBOT_SMTP__USERNAME": user,
        "MAILBOT_OAUTH2__TOKEN_URL": endpoint.url,
        "MAILBOT_OAUTH2__CLIENT_ID": "mailbots-id",
    }
