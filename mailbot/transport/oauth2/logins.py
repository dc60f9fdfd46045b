"""
Why a mail server does not take a token, and what to do about it, in its provider's terms.
"""

from mailbot.transport.oauth2.claims import Protocol, claims
from mailbot.transport.oauth2.client import Client, Flow, Provider

_MICROSOFTS_SCOPES = {
    Flow.CLIENT_CREDENTIALS: '["https://outlook.office365.com/.default"]',
    Flow.REFRESH_TOKEN: (
        '["https://outlook.office.com/IMAP.AccessAsUser.All",'
        ' "https://outlook.office.com/SMTP.Send", "offline_access"]'
    ),
}

#: What an administrator can switch off for one mailbox.
_SWITCHED: dict[Protocol, str] = {
    "imap": "IMAP is on for it (Set-CASMailbox -ImapEnabled $true)",
    "smtp": (
        "authenticated SMTP is on for it (Set-CASMailbox -SmtpClientAuthenticationDisabled $false)"
    ),
}


def token_refused(protocol: Protocol, client: Client, token: str, scope: str = "") -> str:
    """
    What to look at when a server has refused a fresh token: first what the token itself
    shows to be wrong, then the *scope* that the server has asked for.
    """
    match client.provider:
        case Provider.MICROSOFT:
            return _by_microsoft(protocol, client, token)
        case Provider.GOOGLE:
            return _by_google(protocol, client, scope)
        case Provider.ANOTHER:
            return (
                f"check [oauth2] scopes and [{protocol}] username, and whether the server"
                " believes this token endpoint"
            )


def not_connected(client: Client, token: str) -> str:
    """
    The token was taken, and the mailbox is not to be had.
    """
    if client.provider is not Provider.MICROSOFT:
        return (
            "logged in, but no right to this mailbox: have the login given access to it, and"
            " check that [imap] username is the mailbox's own name"
        )
    return (
        "logged in, but no right to this mailbox: check its permission"
        f" ({_permission(client, token)}), and that [imap] username is the mailbox's own address;"
        " a new permission can take an hour to work, and a server that is too busy for us says the"
        " same for a while"
    )


def missing(protocol: Protocol, client: Client, token: str) -> str:
    """
    What the token itself shows to be missing for that protocol, with its remedy; "" where
    it shows nothing.
    """
    if client.provider is not Provider.MICROSOFT:
        return ""
    known = claims(token)
    if not known.is_for_exchange:
        wanted = _MICROSOFTS_SCOPES.get(client.flow, "as the README has them")
        return (
            f"the token is made out to another service than Exchange Online: set [oauth2] scopes ="
            f" {wanted}"
        )
    lacking = known.lacks(protocol)
    if not lacking:
        return ""
    if known.is_apps:
        return (
            f"the token lacks {lacking}: add that application permission of the API"
            ' "Office 365 Exchange Online" (not Graph) to the app, and grant admin consent'
        )
    return (
        f"the token lacks {lacking}: add it to [oauth2] scopes, and let mailbot in again with"
        " `mailbot login`"
    )


def _by_microsoft(protocol: Protocol, client: Client, token: str) -> str:
    if lack := missing(protocol, client, token):
        return lack
    return (
        f"check the mailbox's permission ({_permission(client, token)}), that [{protocol}] username"
        f" is the mailbox's own address, and that {_SWITCHED[protocol]}; a change can take an hour to work"
    )


def _permission(client: Client, token: str) -> str:
    if client.flow is Flow.REFRESH_TOKEN:
        return "whoever let mailbot in needs Full Access to a shared mailbox"
    object_id = claims(token).object_id
    named = f": {object_id}" if object_id else ""
    return (
        "New-ServicePrincipal and Add-MailboxPermission, with the object id from Enterprise"
        f" applications{named}, not the one from App registrations"
    )


def _by_google(protocol: Protocol, client: Client, scope: str) -> str:
    if scope and not set(scope.split()) & set(client.scopes):
        again = (
            "enter it under Domain-wide delegation, too"
            if client.flow is Flow.SERVICE_ACCOUNT
            else "let mailbot in again with `mailbot login`"
        )
        return f'the server wants another scope: set [oauth2] scopes = ["{scope}"], and {again}'
    if client.flow is Flow.SERVICE_ACCOUNT:
        whose = f"that [{protocol}] username and [oauth2] subject are one address"
    else:
        whose = f"that [{protocol}] username is the account that let mailbot in"
    switched = ", and that IMAP is on for the user" if protocol == "imap" else ""
    return f'check {whose}, that [oauth2] scopes is ["https://mail.google.com/"]{switched}'
