"""
Google's token endpoint, for a firm that has done some things right: it grants and refuses in
Google's words, and says with whose mailbox and scope each token goes.
"""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.servers.exchange import Exchange
from tests.servers.smtp import SmtpSink
from tests.servers.token_endpoint import Form, Said, TokenEndpoint, refusal

SCOPE = "https://mail.google.com/"
ACCOUNT = "mailbot@infinity-mail.iam.gserviceaccount.com"
SECRET = "GOCSPX-the-secret-of-the-client"

_WRONG_SMTP = "535 5.7.8 Username and Password not accepted."


@dataclass
class State:
    """
    As it stands all is right.
    """

    mailbox: str
    delegated: set[str] = field(default_factory=lambda: {SCOPE})
    is_key_there: bool = True
    is_account_there: bool = True
    is_client_there: bool = True
    #: Seconds by which Google's clock is ahead of ours.
    ahead: int = 0
    is_refresh_token_void: bool = False
    is_app_allowed: bool = True
    is_imap_on: bool = True


class Google(TokenEndpoint):
    """
    `with Google(mailbox) as google:` and then `google.serve(exchange, sink)`.
    """

    def __init__(self, mailbox: str) -> None:
        super().__init__()
        self.state = State(mailbox)
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._granted: dict[str, tuple[str, str]] = {}

    def write_key(self, file: Path) -> None:
        """
        The JSON that the console hands out.
        """
        pem = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        told = {"type": "service_account", "client_email": ACCOUNT, "private_key": pem,
                "private_key_id": "4f2c", "client_id": "104857600000000000000"}  # fmt: skip
        file.write_text(json.dumps(told))

    def serve(self, imap: Exchange, sink: SmtpSink) -> None:
        """
        Both mail servers are Google's from now on.
        """
        imap.mechanisms = "SASL-IR AUTH=XOAUTH2 AUTH=PLAIN AUTH=PLAIN-CLIENTTOKEN AUTH=OAUTHBEARER"
        imap.takes = lambda token: self._opens_imap(imap, token)
        sink.takes_token = lambda token: self._opens_smtp(sink, token)

    def grant(self, form: Form) -> Said:
        if form["grant_type"] == "refresh_token":
            return self._refreshed(form)
        state = self.state
        if not state.is_account_there:
            return refusal("invalid_grant", "Invalid grant: account not found")
        try:
            told: dict[str, Any] = jwt.decode(
                form["assertion"],
                self._key.public_key(),
                algorithms=["RS256"],
                audience=self.url,
                options={"verify_exp": False, "verify_iat": False},
            )
        except jwt.PyJWTError:
            return refusal("invalid_grant", "Invalid JWT Signature.")
        if not state.is_key_there:
            return refusal("invalid_grant", "Invalid JWT Signature.")
        if not told["iat"] - 300 < time.time() + state.ahead < told["exp"]:
            return refusal(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable"
                " timeframe. Check your iat and exp values in the JWT claim.",
            )
        if told["sub"].partition("@")[2] != state.mailbox.partition("@")[2] or (
            not set(told["scope"].split()) <= state.delegated
        ):
            return refusal(
                "unauthorized_client",
                "Client is unauthorized to retrieve access tokens using this method, or client not"
                " authorized for any of the scopes requested.",
                401,
            )
        if told["sub"] != state.mailbox:
            return refusal("invalid_grant", "Invalid email or User ID")
        return self._token(told["sub"], told["scope"])

    def _refreshed(self, form: Form) -> Said:
        state = self.state
        if not state.is_client_there:
            return refusal("deleted_client", "The OAuth client was deleted.", 401)
        if form.get("client_secret") != SECRET:
            return refusal("invalid_client", "The provided client secret is invalid.", 401)
        if not state.is_app_allowed:
            return refusal("admin_policy_enforced", "Access is blocked by your administrator.")
        if state.is_refresh_token_void or form["refresh_token"] not in self.refresh_tokens:
            return refusal("invalid_grant", "Token has been expired or revoked.")
        return self._token(state.mailbox, form.get("scope", SCOPE))

    def _token(self, mailbox: str, scope: str) -> Said:
        token = f"ya29.{len(self.requests)}"
        self._granted[token] = mailbox, scope
        return Said(200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    def _opens_imap(self, imap: Exchange, token: str) -> bool:
        user, _ = imap.logins[-1]
        imap.challenge, imap.refusal = "", "NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"
        if not self._is_right(user, token):
            status = "400" if SCOPE not in self._scope(token) else "401"
            imap.challenge = json.dumps({"status": status, "schemes": "Bearer", "scope": SCOPE})
            return False
        if not self.state.is_imap_on:
            imap.refusal = (
                "NO [ALERT] Your account is not enabled for IMAP use. Please visit your Gmail"
                " settings page and enable your account for IMAP access. (Failure)"
            )
        return self.state.is_imap_on

    def _opens_smtp(self, sink: SmtpSink, token: str) -> bool:
        user, _ = sink.logins[-1]
        sink.token_refusal = _WRONG_SMTP
        return self._is_right(user, token)

    def _is_right(self, user: str, token: str) -> bool:
        mailbox, _ = self._granted.get(token, ("", ""))
        return user == mailbox and SCOPE in self._scope(token)

    def _scope(self, token: str) -> list[str]:
        return self._granted.get(token, ("", ""))[1].split()
