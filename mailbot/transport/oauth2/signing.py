"""
What is signed to prove who asks (RFC 7523). The only user of jwt.
"""

import base64
import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from mailbot.transport.oauth2.client import Client, TokenFault
from mailbot.transport.oauth2.credentials import read, service_account

#: Clocks differ: it is valid a little before now. Google takes an hour at most.
_EARLY = timedelta(seconds=60)
_VALID = timedelta(minutes=10)


def client_assertion(client: Client, file: Path, now: datetime) -> str:
    """
    RFC 7523 §2.2: the client signs for itself, by a certificate that the endpoint knows.
    *file* holds the private key and the certificate as PEM.
    """
    pem = read(file, "the certificate with its private key")
    certificate = _certificate(pem, file)
    thumbprint = base64.urlsafe_b64encode(certificate.fingerprint(hashes.SHA256())).rstrip(b"=")
    claims = {
        "iss": client.client_id,
        "sub": client.client_id,
        "aud": client.token_url,
        "jti": str(uuid.uuid4()),
        "nbf": now - _EARLY,
        "iat": now,
        "exp": now + _VALID,
    }
    # As Microsoft asks for it: PSS, and the certificate named by its SHA-256.
    signed = _signed(claims, pem, "PS256", {"x5t#S256": thumbprint.decode()}, file)
    if not _is_signed_by(certificate, signed):
        raise TokenFault(
            f"the private key in {file} is not that of its certificate",
            "put the two of one pair into it",
            needs_a_person=True,
        )
    return signed


def grant_assertion(client: Client, file: Path, now: datetime) -> str:
    """
    RFC 7523 §2.1: a service account asks in the name of the mailbox.
    """
    account = service_account(file, client.client_id)
    claims = {
        "iss": account.issuer,
        "sub": client.subject,
        "scope": client.scope,
        "aud": client.token_url,
        "iat": now - _EARLY,
        "exp": now + _VALID,
    }
    headers = {"kid": account.key_id} if account.key_id else {}
    return _signed(claims, account.key, "RS256", headers, file)


def expires_on(file: Path) -> date:
    """
    The last day of the certificate in the file; a TokenFault if there is none.
    """
    pem = read(file, "the certificate with its private key")
    return _certificate(pem, file).not_valid_after_utc.astimezone(UTC).date()


def _certificate(pem: str, file: Path) -> x509.Certificate:
    start = pem.find("-----BEGIN CERTIFICATE-----")
    try:
        return x509.load_pem_x509_certificate(pem[max(start, 0) :].encode())
    except ValueError as fault:
        raise TokenFault(
            f"there is no certificate in {file}",
            "put the private key and the certificate into it, both as PEM",
            needs_a_person=True,
        ) from fault


def _is_signed_by(certificate: x509.Certificate, signed: str) -> bool:
    key: Any = certificate.public_key()
    try:
        jwt.PyJWS().decode(signed, key, algorithms=["PS256"])
    except (jwt.PyJWTError, TypeError):
        return False
    return True


def _signed(
    claims: dict[str, object], key: str, algorithm: str, headers: dict[str, str], file: Path
) -> str:
    try:
        return jwt.encode(claims, key, algorithm=algorithm, headers=headers)
    except (jwt.PyJWTError, ValueError, TypeError) as fault:
        raise TokenFault(
            f"there is no private key in {file} that can sign",
            "put an RSA key into it, as PEM and without a password",
            needs_a_person=True,
        ) from fault
