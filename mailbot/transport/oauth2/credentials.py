"""
Secret, certificate and key: read when they are needed, so that whoever renews one only has
to put it into its file.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

from mailbot.transport.oauth2.client import Client, TokenFault


@dataclass(frozen=True)
class ServiceAccount:
    """
    Who signs, and with what.
    """

    issuer: str
    key: str = field(repr=False)
    key_id: str = ""


def read(path: Path, what: str) -> str:
    """
    What stands in the file; a TokenFault that names *what* it should be if nothing does.
    """
    try:
        text = path.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as fault:
        why = fault.strerror if isinstance(fault, OSError) else "it is no text"
        raise TokenFault(
            f"{what} cannot be read from {path} ({why})",
            "put it into that file and let mailbot read it",
            needs_a_person=True,
        ) from fault
    if not text:
        raise TokenFault(f"{path} is empty", f"put {what} into it", needs_a_person=True)
    return text


def secret(client: Client) -> str:
    """
    The client's secret; "" for a client that has none.
    """
    if client.client_secret or client.client_secret_file is None:
        return client.client_secret
    return read(client.client_secret_file, "the client secret")


def service_account(path: Path, client_id: str) -> ServiceAccount:
    """
    From the JSON file that Google hands out, or from a bare PEM key of the client *client_id*.
    """
    text = read(path, "the service account's key")
    if not text.startswith("{"):
        return ServiceAccount(client_id, text)
    try:
        found = json.loads(text)
        return ServiceAccount(
            str(found["client_email"]), str(found["private_key"]), str(found["private_key_id"])
        )
    except (ValueError, KeyError, TypeError) as fault:
        raise TokenFault(
            f"{path} is no key of a service account",
            "make one under Service accounts, Keys, Add key, JSON, and put that file there",
            needs_a_person=True,
        ) from fault
