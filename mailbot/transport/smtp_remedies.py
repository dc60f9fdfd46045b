"""
What a person can do about an SMTP server's no: to our mail, to our login, to our coming (RFC
4954 §4, §6); and where there is no server at all.

The words are read only where servers are known to leave it to them.
"""

import re
import socket
import ssl

from mailbot.transport.certificates import unverified
from mailbot.transport.smtp_reply import LOGIN_NEEDED, OF_US, Said, asks_for_less

#: RFC 3207 §4: to STARTTLS.
_NO_TLS = 454
_TOO_WEAK = 534
_ONLY_ENCRYPTED = 538

#: RFC 4954 §6: 535; some servers have 501 or 554 for the same. 334 is a challenge where an end
#: was due: nothing but a refused token is challenged.
_BAD_CREDENTIALS = frozenset({334, 501, 535, 554})
#: Exchange Online, of the tenant and of the mailbox.
_SMTP_IS_OFF = re.compile(r"SmtpClientAuth\w* is disabled|smtp_auth_disabled", re.IGNORECASE)
_OF_THE_TENANT = re.compile(r"for the tenant", re.IGNORECASE)
_SECURITY_DEFAULTS = re.compile(r"security defaults", re.IGNORECASE)
_BY_POLICY = re.compile(
    r"security defaults|conditional access|did not meet the criteria", re.IGNORECASE
)
#: Under 5.7.139, too, which is mostly said of all passwords.
_WRONG_PASSWORD = re.compile(r"credentials were incorrect", re.IGNORECASE)
#: Postfix cuts a line at line_length_limit, and then cannot read what is left of it.
_TOO_LONG = re.compile(r"invalid base64|line too long|command too long", re.IGNORECASE)
_LOGIN_ENDED = re.compile(
    r"not (been )?authenticated|token (has |is )?expired|AccessTokenExpired|session (has )?expired",
    re.IGNORECASE,
)
_NO_PASSWORDS = re.compile(
    r"basic auth\w* (is|has been) (disabled|switched off|turned off)|basicauth"
    r"|password\w* (is|are) (no longer|not) (accepted|supported|allowed)|less secure",
    re.IGNORECASE,
)
#: 5.7.30 is Microsoft's for the same (`550 5.7.30 Basic authentication is not supported`).
_NO_PASSWORDS_BY_STATUS = frozenset({"5.7.30", "5.7.139"})
_APP_PASSWORD = re.compile(r"application[- ]specific|app password", re.IGNORECASE)
_QUOTA = re.compile(
    r"quota|sending limit|limit exceeded|exceeded .{0,30}limit|daily|\bper (hour|day)\b",
    re.IGNORECASE,
)
_LOGIN_FIRST = re.compile(
    r"authentication (is )?required|not authenticated|must authenticate|log ?in first"
    r"|smtp authentication",
    re.IGNORECASE,
)
_NOT_AS_THIS_SENDER = re.compile(
    r"send ?as|sender (address )?(rejected|verif)|not owned by", re.IGNORECASE
)
#: Without a status; to some it is also how they say that they do not relay.
_NO_SUCH_MAILBOX = re.compile(
    r"\bno such (user|mailbox|recipient|person|address)|\bun(known|routeable) (user|address)"
    r"|\b(user|mailbox|recipient|address) (is )?(unknown|not found)|\binvalid recipient",
    re.IGNORECASE,
)
_TLS_FIRST = re.compile(r"starttls|encrypt|tls (is )?required|secure connection", re.IGNORECASE)

_USE_TLS = 'set [smtp] tls = "starttls" (or "implicit", and its port)'
_SWITCH_SMTP_ON = (
    "have it switched on for this mailbox (Set-CASMailbox -SmtpClientAuthenticationDisabled $false),"
    " which goes before the tenant's setting; it can take an hour to work"
)
_NO_SECURITY_DEFAULTS = (
    "have an administrator switch security defaults off (Entra ID, Properties), with Conditional"
    " Access in their place"
)
_LOOSEN_POLICY = (
    "have an administrator exempt the mailbox or this machine from the Conditional Access or"
    " authentication policy"
)
_NO_MORE_PASSWORDS = '; and set [smtp] auth = "oauth2", because passwords are going away'
_LONGER_LINES = "have longer lines allowed there (Postfix: line_length_limit = 12288)"
_USE_OAUTH = 'set [smtp] auth = "oauth2", or use an account or relay that takes a password'


def remedy_for(reply: Said) -> str:
    """
    What to do about a refusal of our mail; "" where nothing can be said.
    """
    if _TLS_FIRST.search(reply.words) and reply.code in {LOGIN_NEEDED, _ONLY_ENCRYPTED, 554, 550}:
        return f"the server wants TLS first: {_USE_TLS}"
    if _passwords_are_off(reply):
        return f"the server takes no passwords any more: {_USE_OAUTH}"
    if reply.code == LOGIN_NEEDED or reply.status == "5.7.57" or _LOGIN_FIRST.search(reply.words):
        return "the server wants a login: set [smtp] username and password"
    if reply.status in {"5.7.60", "5.2.252"} or _NOT_AS_THIS_SENDER.search(reply.words):
        return (
            "let the account send as [service] address, or set [smtp] username to the mailbox of"
            " that address"
        )
    if reply.status == "5.1.8":
        return (
            "the provider has blocked the mailbox for what was sent from it: have it released"
            " (Microsoft 365: Restricted entities)"
        )
    if "relay" in reply.words.lower():
        return "the server does not relay for us: log in, or have this host allowed"
    if reply.status == "5.4.5" or _QUOTA.search(reply.words):
        return "a quota of the account is used up: wait, or have it raised"
    if _NO_SUCH_MAILBOX.search(reply.words):
        return (
            "the server knows no such mailbox; where it says so of everybody it does not relay"
            " for us: log in, or have this host allowed"
        )
    return ""


def _passwords_are_off(reply: Said) -> bool:
    if _WRONG_PASSWORD.search(reply.words):
        return False
    return reply.status in _NO_PASSWORDS_BY_STATUS or bool(_NO_PASSWORDS.search(reply.words))


def wants_a_login(reply: Said) -> bool:
    """
    Whether the server says that nobody is logged in.
    """
    is_no = reply.code >= 400
    return is_no and (reply.code == LOGIN_NEEDED or bool(_LOGIN_ENDED.search(reply.words)))


def is_the_tokens_fault(reply: Said) -> bool:
    """
    Whether a login by an access token was refused for what the token is.
    """
    others = (_SMTP_IS_OFF, _BY_POLICY, _TOO_LONG, _TLS_FIRST, _QUOTA)
    return (
        (reply.code in _BAD_CREDENTIALS or _passwords_are_off(reply))
        and not asks_for_less(reply)
        and not any(each.search(reply.words) for each in others)
    )


def login_refused(reply: Said, *, by_token: bool = False) -> tuple[str, str]:
    """
    Why there is no login, by a password or *by_token*, and what to do (RFC 4954 §4, §6).
    """
    answered = reply.answered
    if forbidden := _forbidden(reply, by_token=by_token):
        return forbidden
    if reply.code in {LOGIN_NEEDED, _ONLY_ENCRYPTED} or (
        _TLS_FIRST.search(reply.words) and reply.code >= 500
    ):
        return f"the server takes a login over TLS alone ({answered})", _USE_TLS
    if _APP_PASSWORD.search(reply.words):
        return (
            f"the account's own password is not taken ({answered})",
            'make an app password for it, or set [smtp] auth = "oauth2"',
        )
    if reply.code == _TOO_WEAK:
        return (
            f"the server wants another way to log in ({answered})",
            'look at the account with a browser, or set [smtp] auth = "oauth2"',
        )
    if asks_for_less(reply):
        return (
            f"too many logins, says the server ({answered})",
            "nothing has to be changed: it is tried again, more slowly",
        )
    if reply.code < 500:
        # RFC 4954 §6: 454 is a server that cannot look it up just now.
        return (
            f"the server cannot check a login just now ({answered})",
            "nothing has to be changed: it is tried again",
        )
    if reply.status == "5.7.13" or re.search(r"\bdisabled|\blocked", reply.words, re.IGNORECASE):
        return (
            f"the account is locked ({answered})",
            "have it unlocked by whoever runs the server",
        )
    if _QUOTA.search(reply.words):
        return (
            f"a quota of the account is used up ({answered})",
            "wait, or have it raised",
        )
    if by_token:
        return f"the login with an access token was refused ({answered})", "check [oauth2] scopes"
    return f"the login was refused ({reply.code})", "check [smtp] username and password"


def _forbidden(reply: Said, *, by_token: bool) -> tuple[str, str] | None:
    """
    The same where no login of this kind would be taken, whatever the credentials.
    """
    answered = reply.answered
    further = "" if by_token else _NO_MORE_PASSWORDS
    if _SMTP_IS_OFF.search(reply.words):
        whose = "the whole tenant" if _OF_THE_TENANT.search(reply.words) else "this mailbox"
        return (
            f"authenticated SMTP is switched off for {whose} ({answered})",
            _SWITCH_SMTP_ON + further,
        )
    if _SECURITY_DEFAULTS.search(reply.words):
        return (
            f"the security defaults of the tenant forbid this login ({answered})",
            _NO_SECURITY_DEFAULTS + further,
        )
    if _BY_POLICY.search(reply.words):
        return f"a policy of the tenant forbids this login ({answered})", _LOOSEN_POLICY + further
    if by_token and (reply.code == _TOO_WEAK or _APP_PASSWORD.search(reply.words)):
        return (
            f"the server wants to see a person first ({answered})",
            "log in to the mailbox with a web browser once",
        )
    if by_token and _TOO_LONG.search(reply.words):
        return f"the server cuts off the access token ({answered})", _LONGER_LINES
    if not by_token and _passwords_are_off(reply):
        return f"the server takes no passwords any more ({answered})", _USE_OAUTH
    return None


def turned_away(reply: Said) -> tuple[str, str]:
    """
    Why a server did not want to talk, at its greeting, EHLO or STARTTLS, and what to do.
    """
    answered = reply.answered
    if re.search(r"connections|concurren", reply.words, re.IGNORECASE):
        return f"too many connections, says the server ({answered})", "lower [smtp] connections"
    if asks_for_less(reply):
        return (
            f"too much at a time, says the server ({answered})",
            "nothing has to be changed: it is tried again, more slowly",
        )
    if reply.code == LOGIN_NEEDED and _TLS_FIRST.search(reply.words):
        return f"the server wants TLS first ({answered})", _USE_TLS
    if reply.code == _NO_TLS and re.search(r"\btls\b", reply.words, re.IGNORECASE):
        return (
            f"the server cannot do TLS just now ({answered})",
            "have its certificate and key looked at; it is tried again",
        )
    if 400 <= reply.code < 500:
        return (
            f"the server does not want to talk just now ({answered})",
            "look whether it is being mended; it is tried again",
        )
    if OF_US.search(reply.words) or reply.status.startswith("5.7."):
        return f"the server turns this host away ({answered})", "have this host allowed there"
    return f"the server does not want to talk ({answered})", "check [smtp] host, port and tls"


def unreachable(cause: BaseException, timeout: float, cafile: str | None) -> tuple[str, str]:
    """
    Why there is no connection, by what the system said, and what to do.
    """
    match cause:
        case ssl.SSLCertVerificationError():
            what, remedy = unverified(cause, "smtp", cafile)
            return f"the certificate {what}", remedy
        case ssl.SSLError():
            return "TLS could not be agreed on", "check [smtp] port and tls"
        # A name with an empty label does not even get as far as the resolver.
        case socket.gaierror() | UnicodeError():
            return "the host's name is not known", "check [smtp] host and the network"
        case TimeoutError():
            remedy = "check [smtp] host, port and tls, and the network"
            return f"no answer within {timeout:g} s", remedy
        case ConnectionRefusedError():
            return "the connection was refused", "check [smtp] host and port"
        case ConnectionError():
            remedy = "it is made again; if that lasts, check [smtp] host, port and tls"
            return "the server hung up", remedy
        case _:
            remedy = "check [smtp] host, port and tls, and the network"
            return "the connection could not be made", remedy
