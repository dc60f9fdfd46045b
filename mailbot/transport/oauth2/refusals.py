"""
What a token endpoint's no means, and what a person can do about it: by its error code
(RFC 6749 §5.2), Microsoft's AADSTS number, or the words that Google uses.

Of its sentences nothing is repeated: they name people, apps and addresses.
"""

import re
from dataclasses import dataclass

from mailbot.transport.oauth2.client import Client, Flow, Provider


@dataclass(frozen=True)
class Refused:
    """
    *named* is the code that people look up, *phrase* what it means, *remedy* what to do.
    """

    named: str
    phrase: str
    remedy: str


@dataclass(frozen=True)
class _Meaning:
    phrase: str
    remedy: str


_LOG_IN = "let mailbot in again with `mailbot login`"
_CONSENT = (
    'in the app registration, under API permissions, add them and press "Grant admin consent"'
)

_WRONG_SECRET = _Meaning(
    "the client secret is wrong",
    "copy the secret's Value, not its Secret ID; if it was shown only once, make a new secret",
)
_EXPIRED_SECRET = _Meaning(
    "the client secret has expired",
    "make a new one under Certificates & secrets, put its Value into client_secret_file, and set"
    " secret_expires_on",
)
_VOID = _Meaning("the refresh token is void: it expired, or was revoked", _LOG_IN)
#: Google says the same of each cause.
_VOID_AT_GOOGLE = _Meaning(
    "the refresh token is void: it was revoked, the account's password was changed, or the"
    ' consent screen is in "Testing", where one lasts for 7 days',
    f"set the consent screen's user type to Internal, and {_LOG_IN}",
)
_PASSWORD_CHANGED = _Meaning(
    "the refresh token is void, because the password of the account was changed", _LOG_IN
)
_MORE_PROOF = _Meaning(
    "the account has to prove more than a password, which only a person can", _LOG_IN
)
_NO_CONSENT = _Meaning("nobody has consented to the app's permissions", _CONSENT)
_NOT_IN_TENANT = _Meaning(
    "the tenant has no app of that id",
    "check [oauth2] client_id (the Application (client) ID) and the tenant in token_url",
)
_NO_TENANT = _Meaning(
    "there is no such tenant",
    "put the Directory (tenant) ID, or a domain of the firm, into [oauth2] token_url",
)
_SCOPE = _Meaning("the endpoint does not know what is asked for", "check [oauth2] scopes")
_CERTIFICATE = _Meaning(
    "the certificate is not one of the app's",
    "upload the certificate of certificate_file under Certificates & secrets, Certificates",
)
_BLOCKED = _Meaning(
    "a Conditional Access policy blocks this login",
    "have an administrator exempt the app or the account, or this machine's address",
)
_ACCOUNT = _Meaning(
    "the account is disabled, locked or unknown", "have it enabled, or log in with another one"
)
_PUBLIC = _Meaning(
    "the app takes no client without a secret",
    'set "Allow public client flows" to Yes under Authentication, or give client_secret_file',
)
_SECRET_FOR_PUBLIC = _Meaning(
    "the app is a public client, and a secret or certificate was sent",
    "take client_secret_file and certificate_file out of [oauth2]",
)

_NO_DELEGATION = _Meaning(
    "the service account may not act for the mailbox with these scopes",
    "in the Admin console, under Domain-wide delegation, enter its numeric client id with the"
    " scope https://mail.google.com/, and check that [oauth2] subject is a mailbox of that firm; it"
    " can take a day to work",
)

#: Microsoft's numbers.
_BY_AADSTS: dict[int, _Meaning] = {
    7000215: _WRONG_SECRET,
    7000222: _EXPIRED_SECRET,
    7000216: _Meaning(
        "the endpoint got no secret", "set [oauth2] client_secret_file or certificate_file"
    ),
    7000218: _PUBLIC,
    700025: _SECRET_FOR_PUBLIC,
    700027: _CERTIFICATE,
    700030: _CERTIFICATE,
    700024: _Meaning("the clock of this machine is wrong", "set the clock right"),
    500133: _Meaning("the clock of this machine is wrong", "set the clock right"),
    700016: _NOT_IN_TENANT,
    700054: _NOT_IN_TENANT,
    7000112: _Meaning("the app is disabled", "enable it under Enterprise applications"),
    7000113: _NOT_IN_TENANT,
    90002: _NO_TENANT,
    90013: _NO_TENANT,
    900023: _NO_TENANT,
    900021: _NO_TENANT,
    65001: _NO_CONSENT,
    65004: _NO_CONSENT,
    90094: _NO_CONSENT,
    90093: _NO_CONSENT,
    650052: _Meaning(
        "the tenant has no Exchange Online", "use a tenant that has, or check [oauth2] scopes"
    ),
    650053: _SCOPE,
    650057: _NO_CONSENT,
    500011: _Meaning(
        "the tenant does not know the service that the scopes name",
        "set [oauth2] scopes as the README has them",
    ),
    70011: _SCOPE,
    1002012: _Meaning(
        'client credentials take one scope, which ends in "/.default"',
        'set [oauth2] scopes = ["https://outlook.office365.com/.default"]',
    ),
    28000: _Meaning(
        "the scopes are those of two services, and a token is for one",
        "keep the scopes of Exchange Online (https://outlook.office.com/…), and offline_access",
    ),
    28002: _SCOPE,
    28003: _SCOPE,
    70000: _VOID,
    70008: _VOID,
    700082: _VOID,
    700081: _VOID,
    700084: _VOID,
    54005: _VOID,
    9002313: _Meaning("the request was malformed", "check every key of [oauth2]"),
    50173: _PASSWORD_CHANGED,
    50133: _PASSWORD_CHANGED,
    50132: _VOID,
    50055: _Meaning("the password of the account has expired", f"set a new one, then {_LOG_IN}"),
    50053: _ACCOUNT,
    50057: _ACCOUNT,
    50034: _ACCOUNT,
    50072: _MORE_PROOF,
    50074: _MORE_PROOF,
    50076: _MORE_PROOF,
    50078: _MORE_PROOF,
    50079: _MORE_PROOF,
    50158: _MORE_PROOF,
    53000: _BLOCKED,
    53001: _BLOCKED,
    53002: _BLOCKED,
    53003: _BLOCKED,
    53004: _BLOCKED,
    530032: _BLOCKED,
    530034: _BLOCKED,
    530036: _BLOCKED,
    50105: _Meaning(
        "the account is not assigned to the app",
        "assign it under Enterprise applications, Users and groups",
    ),
    50020: _Meaning(
        "the account belongs to another tenant", "log in with an account of the firm's tenant"
    ),
    50194: _Meaning(
        "the app is for one tenant, and token_url names none",
        "put the Directory (tenant) ID into [oauth2] token_url instead of common",
    ),
    53011: _ACCOUNT,
}

#: What the endpoint says while it is overloaded or being mended.
_AADSTS_FOR_NOW = frozenset({50196, 90033, 90055, 90056, 51004, 20033, 90006, 90010, 7000110})
_ERRORS_FOR_NOW = frozenset(
    {"temporarily_unavailable", "server_error", "internal_failure", "backend_error", "slow_down"}
)

#: Google leaves what it means to its words.
_BY_WORDS: tuple[tuple[re.Pattern[str], _Meaning], ...] = tuple(
    (re.compile(words, re.IGNORECASE), meaning)
    for words, meaning in (
        (
            r"short-lived token|iat and exp|token is not yet valid|token used too early",
            _Meaning("the clock of this machine is wrong", "set the clock right"),
        ),
        (
            r"valid email or user ID|invalid email|invalid user|email .{0,40}not valid",
            _Meaning(
                "there is no mailbox of the name that the service account acts for",
                "check [oauth2] subject: the whole address of a mailbox of the firm's domain",
            ),
        ),
        (
            r"signature|invalid_key|jwt .{0,20}key",
            _Meaning(
                "the key is not one of the service account's",
                "make a new JSON key for the service account, and put it into key_file",
            ),
        ),
        (
            r"account not found|account has been deleted|invalid.{0,20}issuer",
            _Meaning(
                "there is no such service account", "check that key_file is of one that exists"
            ),
        ),
        (
            r"unauthorized to retrieve access tokens|not authorized for any of the scopes",
            _NO_DELEGATION,
        ),
        (r"expired or revoked|token has been (expired|revoked)", _VOID),
        (r"invalid_rapt|reauth", _MORE_PROOF),
    )
)

_BY_ERROR: dict[str, _Meaning] = {
    "invalid_client": _Meaning(
        "the client id or its secret is wrong",
        "check [oauth2] client_id and client_secret_file",
    ),
    "invalid_grant": _VOID,
    "unauthorized_client": _Meaning(
        "the client may not ask in this way",
        "allow this flow for the app, and check [oauth2] flow",
    ),
    "unsupported_grant_type": _Meaning(
        "the endpoint does not know this flow", "check [oauth2] flow and token_url"
    ),
    "invalid_scope": _SCOPE,
    "invalid_request": _Meaning("the request was malformed", "check every key of [oauth2]"),
    "invalid_resource": _SCOPE,
    "consent_required": _NO_CONSENT,
    "interaction_required": _MORE_PROOF,
    "access_denied": _Meaning(
        "an administrator, or the person who was asked, has said no",
        "have the app allowed, and try again",
    ),
    "admin_policy_enforced": _Meaning(
        "the firm's administrator does not let this app in",
        "have it trusted in the Admin console, under API controls",
    ),
    "disabled_client": _Meaning("the client is disabled", "enable it in the console"),
    "deleted_client": _Meaning("the client was deleted", "make a new one, and enter its id"),
    "org_internal": _Meaning(
        "the app is for another organisation", "log in with an account of the firm"
    ),
}

#: Of a service account: Google calls it one thing of the account, and one of its scopes.
_NOT_DELEGATED = frozenset({"unauthorized_client", "access_denied"})
#: The same of an app, which has no refresh token, whatever number comes with it.
_APPS_CREDENTIALS = _Meaning(
    "the app's credentials were not taken",
    "check every key of [oauth2], and that flow is what the app was registered for",
)
#: Nobody logs in there: its no has other reasons.
_ASSERTION = _Meaning(
    "the service account's request was refused",
    "check the clock of this machine, [oauth2] subject, and that key_file was not revoked",
)

_AADSTS = re.compile(r"AADSTS(\d{4,9})")
#: RFC 6749 §5.2: what an error code is made of.
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}")


def refused(error: str, description: str, client: Client) -> Refused:
    """
    What that answer means for this client.
    """
    code = error if _CODE.fullmatch(error) else "an error without a name"
    number = aadsts(description)
    named = f"{code}, AADSTS{number}" if number else code
    meaning = _meaning(code, number, description, client)
    return Refused(named, meaning.phrase, meaning.remedy)


def is_for_now(error: str, description: str) -> bool:
    """
    Whether the endpoint means that it is asked again later, and nothing else.
    """
    return error in _ERRORS_FOR_NOW or aadsts(description) in _AADSTS_FOR_NOW


def is_void(error: str, description: str, client: Client) -> bool:
    """
    Whether what was shown, a refresh token or the code of a login, is not taken any more.
    """
    return _told(error, aadsts(description), description, client) in {_VOID, _VOID_AT_GOOGLE}


def aadsts(description: str) -> int | None:
    """
    Microsoft's number of an error, or None.
    """
    found = _AADSTS.search(description)
    return int(found[1]) if found else None


def _meaning(code: str, number: int | None, description: str, client: Client) -> _Meaning:
    meaning = _told(code, number, description, client)
    is_app = client.flow is Flow.CLIENT_CREDENTIALS
    return _APPS_CREDENTIALS if is_app and meaning is _VOID else meaning


def _told(code: str, number: int | None, description: str, client: Client) -> _Meaning:
    if number in _BY_AADSTS:
        return _BY_AADSTS[number]
    is_google = client.provider is Provider.GOOGLE
    for words, meaning in _BY_WORDS:
        if words.search(description) or words.search(code):
            return _VOID_AT_GOOGLE if is_google and meaning is _VOID else meaning
    if code == "invalid_grant" and client.flow is Flow.SERVICE_ACCOUNT:
        return _ASSERTION
    if code in _NOT_DELEGATED and client.flow is Flow.SERVICE_ACCOUNT:
        return _NO_DELEGATION
    if code == "invalid_grant" and is_google:
        return _VOID_AT_GOOGLE
    if code == "invalid_client" and client.provider is Provider.MICROSOFT:
        return _WRONG_SECRET if client.certificate_file is None else _CERTIFICATE
    known = _BY_ERROR.get(code)
    return known or _Meaning(
        "the endpoint has refused", "look the code up in the provider's documentation"
    )
