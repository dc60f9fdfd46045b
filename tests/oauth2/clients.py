"""
Clients of a token endpoint that is asked by a function.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mailbot.transport.oauth2.answer import Reply
from mailbot.transport.oauth2.client import Client, Flow

NOW = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)
URL = "https://login.example.net/tenant/oauth2/v2.0/token"


def a_client(**given: Any) -> Client:
    """
    One that asks as an app, by its secret.
    """
    usual = {
        "flow": Flow.CLIENT_CREDENTIALS,
        "token_url": URL,
        "client_id": "mailbots-id",
        "client_secret": "hunter2",
        "scopes": ("https://outlook.office365.com/.default",),
    }
    return Client(**(usual | given))


def reply(status: int = 200, retry_after: str = "", **told: object) -> Reply:
    return Reply(status, json.dumps(told).encode(), retry_after)


def a_token(value: str = "access-1", **more: object) -> Reply:
    told: dict[str, object] = {"access_token": value, "expires_in": 3600, **more}
    return Reply(200, json.dumps(told).encode())


@dataclass
class Asked:
    """
    An endpoint in this process: answers in turn, the last of them for ever; an answer may be a
    fault, or made from the form.
    """

    answers: list[Any]
    forms: list[dict[str, str]] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)

    def __call__(self, client: Client, url: str, form: dict[str, str]) -> Reply:
        self.forms.append(dict(form))
        self.urls.append(url)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Callable):  # type: ignore[arg-type]
            answer = answer(form)
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Reply)
        return answer
