"""
The fields of a request for an access token, by flow.

What signs is loaded where something is signed: most clients have a secret, and
cryptography takes its time.
"""

from datetime import datetime
from typing import assert_never

from mailbot.transport.oauth2.client import Client, Flow
from mailbot.transport.oauth2.credentials import secret

#: RFC 7523 §8.1, §8.2.
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_JWT_CLIENT = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def fields(client: Client, now: datetime, *, refresh_token: str = "") -> dict[str, str]:
    """
    What is sent as a form. A TokenFault if a secret, certificate or key cannot be used.
    """
    match client.flow:
        case Flow.CLIENT_CREDENTIALS:
            # RFC 6749 §4.4.2.
            asked = {"grant_type": "client_credentials", "scope": client.scope}
            return asked | who(client, now)
        case Flow.REFRESH_TOKEN:
            # RFC 6749 §6. Microsoft wants the scopes again, Google takes them.
            asked = {"grant_type": "refresh_token", "refresh_token": refresh_token}
            return asked | ({"scope": client.scope} if client.scope else {}) | who(client, now)
        case Flow.SERVICE_ACCOUNT:
            assert client.key_file is not None  # noqa: S101 - the settings see to it
            from mailbot.transport.oauth2.signing import grant_assertion

            signed = grant_assertion(client, client.key_file, now)
            return {"grant_type": _JWT_BEARER, "assertion": signed}
        case _:
            assert_never(client.flow)


def who(client: Client, now: datetime) -> dict[str, str]:
    """
    RFC 6749 §2.3.1 in the body, which both large providers take, or RFC 7523 §2.2.
    """
    named = {"client_id": client.client_id}
    if client.certificate_file is not None:
        from mailbot.transport.oauth2.signing import client_assertion

        signed = client_assertion(client, client.certificate_file, now)
        return named | {"client_assertion_type": _JWT_CLIENT, "client_assertion": signed}
    known = secret(client)
    return named | ({"client_secret": known} if known else {})
