"""
The fields of each request for an access token, and nothing beside them.
"""

from pathlib import Path

import pytest

from mailbot.transport.oauth2.client import Flow, TokenFault
from mailbot.transport.oauth2.request import fields
from tests.oauth2.clients import NOW, a_client


def test_an_app_asks_by_its_secret() -> None:
    assert fields(a_client(), NOW) == {
        "grant_type": "client_credentials",
        "scope": "https://outlook.office365.com/.default",
        "client_id": "mailbots-id",
        "client_secret": "hunter2",
    }


def test_a_secret_that_was_put_into_its_file_is_used_at_the_next_request(tmp_path: Path) -> None:
    file = tmp_path / "client.secret"
    client = a_client(client_secret="", client_secret_file=file)
    file.write_text("old one\n")
    before = fields(client, NOW)["client_secret"]
    file.write_text("a=b&c %+\n")

    assert before == "old one"
    assert fields(client, NOW)["client_secret"] == "a=b&c %+"


def test_a_person_is_asked_for_by_the_refresh_token_and_the_same_scopes() -> None:
    scopes = ("https://outlook.office.com/IMAP.AccessAsUser.All", "offline_access")
    client = a_client(flow=Flow.REFRESH_TOKEN, client_secret="", scopes=scopes)

    assert fields(client, NOW, refresh_token="refresh-1") == {
        "grant_type": "refresh_token",
        "refresh_token": "refresh-1",
        "scope": "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
        "client_id": "mailbots-id",
    }


def test_a_client_that_has_a_secret_and_a_refresh_token_sends_both() -> None:
    client = a_client(flow=Flow.REFRESH_TOKEN, scopes=())

    assert fields(client, NOW, refresh_token="refresh-1") == {
        "grant_type": "refresh_token",
        "refresh_token": "refresh-1",
        "client_id": "mailbots-id",
        "client_secret": "hunter2",
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "No such file"), ("", "is empty"), (" \n", "is empty"), (b"\xff", "it is no text")],
)
def test_a_secret_that_cannot_be_read_is_told_with_its_file(
    tmp_path: Path, content: str | bytes | None, told: str
) -> None:
    file = tmp_path / "client.secret"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(TokenFault, match=told) as fault:
        fields(a_client(client_secret="", client_secret_file=file), NOW)

    assert str(file) in str(fault.value)
    assert fault.value.needs_a_person
