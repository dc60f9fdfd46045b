"""
A Microsoft 365 tenant, with everything in it that an administrator can leave out or get wrong:
the app, its secret, certificate and consent, the service principal in Exchange, the mailbox and
its switches. It grants tokens as its login endpoint, and says what its mail servers say.
"""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

import jwt
from cryptography import x509

from tests.servers.exchange import REFUSED, Exchange
from tests.servers.smtp import SmtpSink
from tests.servers.token_endpoint import Form, Said, TokenEndpoint, refusal

OFFICE = "https://outlook.office365.com"
DEFAULT = f"{OFFICE}/.default"
IMAP_ROLE, SMTP_ROLE = "IMAP.AccessAsApp", "SMTP.SendAsApp"

TENANT = "0a8b3d5e-1111-4c4c-9d9d-5b1f0d7a2c01"
CLIENT = "7d1c2b3a-2222-4e4e-8f8f-6c2f1e8b3d02"
#: Of the app under "App registrations": the one that Exchange does not want.
REGISTRATION = "11111111-3333-4a4a-9b9b-000000000003"
#: Of the same app under "Enterprise applications": the service principal's own.
PRINCIPAL = "22222222-4444-4b4b-8c8c-000000000004"

_SECRET_ID = "5e5e5e5e-5555-4d4d-9e9e-000000000005"
_SECRET = "Kq~8Q~the-value-of-the-secret"
_CRITERIA = (
    "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be"
    " authenticated successfully. Contact your administrator."
)
_DEFAULTS = (
    "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security"
    " defaults policy. Contact your administrator."
)
_OFF = (
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the {}."
    " Visit https://aka.ms/smtp_auth_disabled for more information."
)
NO_RIGHT = (
    "430 4.2.0 STOREDRV; mailbox logon failure; STOREDRV.Submission.Exception:"
    "ConnectionFailedTransientException.MapiExceptionLogonFailed; Failed to process message due to"
    " a transient exception"
)
_WRONG = "535 5.7.3 Authentication unsuccessful"


@dataclass
class State:
    """
    How far the administrator has come, and what they got wrong; as it stands all is right.
    """

    mailbox: str
    is_registered: bool = True
    secret: str = _SECRET
    secret_id: str = _SECRET_ID
    is_secret_expired: bool = False
    #: The uploaded certificate, as PEM.
    certificate: bytes = b""
    #: Of the app's permissions those to which an administrator has consented.
    consented: set[str] = field(default_factory=lambda: {IMAP_ROLE, SMTP_ROLE})
    #: Of New-ServicePrincipal: the object id that was given; "" = it was not run.
    in_exchange: str = PRINCIPAL
    #: Of Add-MailboxPermission: the object id that has FullAccess.
    permitted: str = PRINCIPAL
    is_imap_on: bool = True
    is_smtp_on_for_tenant: bool = True
    is_smtp_on_for_mailbox: bool = True
    has_security_defaults: bool = False
    #: Of the app, or of the person who let it in.
    is_blocked_by_policy: bool = False
    takes_public_clients: bool = True


class Tenant(TokenEndpoint):
    """
    `with Tenant(mailbox) as tenant:` and then `tenant.serve(exchange, sink)`.
    """

    def __init__(self, mailbox: str) -> None:
        super().__init__()
        self.state = State(mailbox)

    @property
    def url(self) -> str:
        return self.url_of(TENANT)

    def url_of(self, tenant: str) -> str:
        return f"{self.base}/{tenant}/oauth2/v2.0/token"

    def serve(self, exchange: Exchange, sink: SmtpSink) -> None:
        """
        Both mail servers are this tenant's from now on.
        """
        exchange.takes = lambda token: self._opens_imap(exchange, token)
        sink.takes_token = lambda token: self._opens_smtp(sink, token)

    def grant(self, form: Form) -> Said:
        """
        A token for what was consented to, or what Microsoft has against the request.
        """
        if no := self._against(form):
            return no
        if form["grant_type"] != "client_credentials":
            return self._delegated(form)
        audience = form["scope"].removesuffix("/.default")
        claims: dict[str, object] = {
            "aud": audience,
            "tid": TENANT,
            "appid": CLIENT,
            "oid": PRINCIPAL,
            "roles": sorted(self.state.consented) if audience == OFFICE else ["Mail.Send"],
        }
        if not claims["roles"]:
            del claims["roles"]
        return self._token(claims)

    def _delegated(self, form: Form) -> Said:
        answer = super().grant(form)
        if answer.status != 200 or not isinstance(answer.told, dict):
            return answer
        scopes = [each.rpartition("/")[2] for each in form.get("scope", "").split()]
        granted = self._token({"aud": OFFICE, "scp": " ".join(scopes), "oid": "a person's"})
        assert isinstance(granted.told, dict)
        return Said(200, answer.told | granted.told)

    def _token(self, claims: dict[str, object]) -> Said:
        token = signed_by_nobody(claims | {"nonce": len(self.requests)})
        return Said(200, {"token_type": "Bearer", "expires_in": 3599, "access_token": token})

    def _answer(self, path: str, form: Form) -> Said:
        tenant = path.split("/")[1]
        if path.endswith("/token") and tenant != TENANT:
            return refusal("invalid_request", _no_tenant(tenant))
        return super()._answer(path, form)

    def _against(self, form: Form) -> Said | None:
        state = self.state
        if not state.is_registered or form["client_id"] != CLIENT:
            return refusal(
                "unauthorized_client",
                f"AADSTS700016: Application with identifier '{form['client_id']}' was not found in"
                " the directory 'Infinity'. This can happen if the application has not been"
                " installed by the administrator of the tenant or consented to by any user in the"
                f" tenant. Trace ID: {PRINCIPAL} Correlation ID: {REGISTRATION}",
            )
        if form["grant_type"] != "client_credentials":
            if not state.takes_public_clients and "client_secret" not in form:
                return refusal(
                    "invalid_client",
                    "AADSTS7000218: The request body must contain the following parameter:"
                    " 'client_assertion' or 'client_secret'.",
                    401,
                )
            if state.is_blocked_by_policy:
                return refusal("invalid_grant", _BLOCKED)
            return None
        if no := self._against_the_proof(form):
            return no
        if not form["scope"].endswith("/.default"):
            return refusal(
                "invalid_scope",
                f"AADSTS1002012: The provided value for scope {form['scope']} is not valid. Client"
                " credential flows must have a scope value with /.default suffixed to the resource"
                " identifier (application ID URI).",
            )
        return refusal("invalid_grant", _BLOCKED) if state.is_blocked_by_policy else None

    def _against_the_proof(self, form: Form) -> Said | None:
        state = self.state
        if "client_assertion" in form:
            return self._against_the_signature(form["client_assertion"])
        given = form.get("client_secret", "")
        if state.is_secret_expired and given == state.secret:
            return refusal(
                "invalid_client",
                f"AADSTS7000222: The provided client secret keys for app '{CLIENT}' are expired."
                " Visit the Azure portal to create new keys for your app.",
                401,
            )
        if given != state.secret:
            return refusal(
                "invalid_client",
                "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the"
                " request is the client secret value, not the client secret ID, for a secret added"
                f" to app '{CLIENT}'.",
                401,
            )
        return None

    def _against_the_signature(self, assertion: str) -> Said | None:
        wrong = refusal(
            "invalid_client",
            "AADSTS700027: The certificate with identifier used to sign the client assertion is not"
            " registered on application.",
            401,
        )
        if not self.state.certificate:
            return wrong
        key = x509.load_pem_x509_certificate(self.state.certificate).public_key()
        try:
            jwt.decode(assertion, key, algorithms=["PS256"], audience=self.url)  # type: ignore[arg-type]
        except (jwt.ImmatureSignatureError, jwt.ExpiredSignatureError):
            return refusal(
                "invalid_client",
                "AADSTS700024: Client assertion is not within its valid time range. Current time:"
                f" {datetime.now(UTC):%Y-%m-%dT%H:%M:%S}Z.",
                401,
            )
        except jwt.PyJWTError:
            return wrong
        return None

    def _opens_imap(self, exchange: Exchange, token: str) -> bool:
        exchange.refusal = REFUSED
        exchange.is_connected = True
        user, _ = exchange.logins[-1]
        state = self.state
        if not state.is_imap_on or not self._is_known(user, token, IMAP_ROLE):
            return False
        # Taken, and no mailbox behind it.
        exchange.is_connected = self._is_permitted(token)
        return True

    def _opens_smtp(self, sink: SmtpSink, token: str) -> bool:
        user, _ = sink.logins[-1]
        state = self.state
        sink.token_refusal = _WRONG
        if state.has_security_defaults:
            sink.token_refusal = _DEFAULTS
        elif not state.is_smtp_on_for_mailbox:
            sink.token_refusal = _OFF.format("Mailbox")
        elif not state.is_smtp_on_for_tenant:
            sink.token_refusal = _OFF.format("Tenant")
        elif self._is_known(user, token, SMTP_ROLE):
            sink.behave()
            if not self._is_permitted(token):
                # The login is taken, and each letter refused.
                sink.answer("after-dot", NO_RIGHT)
            return True
        return False

    def _is_known(self, user: str, token: str, role: str) -> bool:
        claims = _claims(token)
        if claims.get("aud") != OFFICE or user != self.state.mailbox:
            return False
        if "scp" in claims:
            wanted = "IMAP.AccessAsUser.All" if role == IMAP_ROLE else "SMTP.Send"
            return wanted in claims["scp"].split()
        return role in claims.get("roles", []) and self.state.in_exchange == claims["oid"]

    def _is_permitted(self, token: str) -> bool:
        claims = _claims(token)
        return "scp" in claims or self.state.permitted == claims["oid"]


_BLOCKED = (
    "AADSTS53003: Access has been blocked by Conditional Access policies. The access policy does"
    " not allow token issuance."
)


def signed_by_nobody(claims: dict[str, object]) -> str:
    """
    A JWT in its shape: whoever reads it must not need its signature.
    """
    parts = ({"alg": "RS256", "typ": "JWT"}, claims, {"signature": "of the tenant"})
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in parts
    )


def _claims(token: str) -> dict[str, str]:
    middle = token.split(".")[1]
    told: dict[str, str] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return told


def _no_tenant(name: str) -> str:
    return (
        f"AADSTS90002: Tenant '{name}' not found. Check to make sure you have the correct tenant ID"
        " and are signing into the correct cloud. Check with your subscription administrator, this"
        " may happen if there are no active subscriptions for the tenant."
    )
