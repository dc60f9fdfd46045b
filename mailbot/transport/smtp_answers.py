"""
What an SMTP server's no means, and what a person can do about it.

By the reply code and the enhanced status (RFC 5321 §4.2, RFC 3463, RFC 4954 §6); the words
are read only where servers are known to leave both to them.
"""

import re
import socket
import ssl
from dataclasses import dataclass

from mailbot.mail.outcome import Deferred, Refused
from mailbot.transport.certificates import unverified

#: RFC 3463 codes that speak of the recipient; every other refusal is about us.
ABOUT_THE_RECIPIENT = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
#: RFC 3463 §3.3, §3.4: longer than the mailbox, or the system, takes. Today and tomorrow.
_TOO_BIG = frozenset({"5.2.3", "5.3.4"})

#: RFC 5321 §3.8: the server ends the conversation, whatever was said.
CLOSING = 421
#: RFC 1870 §6.1 at MAIL; at RCPT and DATA it may as well be a full mailbox.
_EXCEEDS = 552
#: Some say so of the message alone.
_TOO_BIG_FOR_THE_RECIPIENT = 523
#: RFC 3207 §4: to STARTTLS.
_NO_TLS = 454
#: RFC 1870 §6.2: no room for a message of this size just now.
_NO_ROOM = 452

#: As servers repeat them: "Invalid recipient: <jane@relay.example>".
_ADDRESS = re.compile(r"<[^<>\s]*>|[^\s<>]+@[^\s<>]+")

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?![\d.])")

#: How "too big" is said without a code of its own, in the words of known servers.
_SAYS_TOO_BIG = re.compile(
    r"""
    \b(message|mail|content|data|stream|attachments?|body)\b .{0,40}?
        \b(too\ (big|large|long)|(is|was)\ (more|larger|bigger)\ than|exceed(s|ed|ing)?|oversized?)\b
    | \b(too\ (big|large|long)|oversized?|exceed(s|ed|ing)?|larger\ than|more\ than|over)\b .{0,40}?
        \b(message\ size|mail\ size|size\ of\ (a|the)\ (message|mail)|(message|mail)\ length
          |maximum\ (allowed\ |permitted\ )?size|size\ limit|messages?|mails?)\b
    | \b(message|mail)\ size\b .{0,20}? \b(limit|exceed|maximum)
    | \bzu\ gro(ß|ss) | \btrop\ (gros|grand|lourd|volumineux) | \bdemasiado\ grande
    | \btroppo\ grande | \bte\ groot | \bf(ö|o)r\ stor
    """,
    re.IGNORECASE | re.VERBOSE,
)
#: What exceeds a size without being the message: a full mailbox, a line, a number of them.
_ANOTHER_SIZE = re.compile(
    r"\b(quota|mailbox|storage|over ?quota|line|header|recipients|per (minute|hour|day)|rate"
    r"|too many|full)\b",
    re.IGNORECASE,
)

#: How a server asks for fewer at a time.
_SAYS_SLOWER = re.compile(
    r"""\b(
      too\ (many|much|fast|quick(ly)?|frequent(ly)?) | throttl\w* | rate | slow(er)?\ down | busy
    | (per|a|an|each|this)\ (second|minute|hour|day) | concurren\w* | connections | limit(ed|s)?
    | exceed\w* | excess\w*
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
#: And over fewer connections: Exchange Online counts threads.
_SAYS_FEWER = re.compile(
    r"(thread|connection)s? limit|too many (concurrent |simultaneous )?connections", re.IGNORECASE
)
#: RFC 3463 §3.8 and what Google and Microsoft make of it: a rate.
_RATE = re.compile(r"4\.7\.(28|500|501|6\d\d)|4\.5\.3")
#: Exchange Online takes a login without a right to the mailbox, and says so of each letter.
_OUR_MAILBOX = re.compile(r"mailbox logon failure|MapiExceptionLogonFailed", re.IGNORECASE)
#: RFC 3463 §3.2, §3.3: of the recipient and their mailbox, whatever the words are.
_OF_A_MAILBOX = re.compile(r"4\.[12]\.")

#: What a server says that serves only so many messages a connection, without closing it.
_SAYS_ANOTHER_LINE = re.compile(r"\btoo many (messages|mails|transactions)\b", re.IGNORECASE)

#: At RCPT, but of us: nobody else's letter would fare better.
_OF_US = re.compile(
    r"relay|authenticat|not logged|log ?in\b|sender|sending|client host|black ?list|block ?list"
    r"|blocked using|\brbl\b|spamhaus|reputation|\byour (ip|host|domain)\b|starttls|send ?as"
    r"|\bper (hour|day)\b",
    re.IGNORECASE,
)
_OF_US_BY_STATUS = re.compile(r"5\.7\.(0|3[01]|57|60|139|7\d\d)\Z|5\.4\.5\Z|5\.5\.")


@dataclass(frozen=True)
class Said:
    """
    One reply that is no yes, to one command.
    """

    command: str
    code: int
    text: str
    status: str = ""

    @property
    def words(self) -> str:
        """
        What can be read for its sense: nobody is taken at the word that their address is.
        """
        return _ADDRESS.sub("", self.text)

    @property
    def named(self) -> str:
        return f"{self.command} answered {self.answered}"

    @property
    def answered(self) -> str:
        return f"{self.code} {self.status}".strip()


def said(command: str, code: int, text: str) -> Said:
    cleaned = clean(text)
    enhanced = _ENHANCED.match(cleaned)
    return Said(command, code, cleaned, enhanced.group() if enhanced else "")


def refusal(command: str, code: int, text: str) -> Deferred | Refused:
    """
    What a reply that is no yes means. Only a 5xx that speaks of the recipient, or of the
    size of the message, is the end; a bare 550 may be anything.
    """
    reply = said(command, code, text)
    if 500 <= reply.code < 600:
        return _permanent(reply)
    if _OUR_MAILBOX.search(reply.words):
        return Deferred(
            f"{reply.named}: about us; if it lasts, the login has no right to the mailbox that it"
            " sends from: give it that (Add-MailboxPermission)",
            code=reply.code,
            about_us=True,
            detail=reply.text,
        )
    # MAIL says the same for every letter: "too much mail from you" is about the channel.
    is_at_mail = command == "MAIL" and 400 <= reply.code < 500 and reply.code != _NO_ROOM
    fewer = "; lower [smtp] connections" if _SAYS_FEWER.search(reply.words) else ""
    return Deferred(
        f"{reply.named}: for now{fewer}",
        code=reply.code,
        channel=is_at_mail or reply.code == CLOSING or asks_for_less(reply),
        throttled=is_at_mail or asks_for_less(reply),
        detail=reply.text,
    )


def _permanent(reply: Said) -> Deferred | Refused:
    if is_too_big(reply):
        told = f"{reply.named}: the mail is too big"
        return Refused(told, code=reply.code, detail=reply.text, too_big=True)
    if reply.command == "RCPT" and reply.status in ABOUT_THE_RECIPIENT:
        return Refused(f"{reply.named}: final", code=reply.code, detail=reply.text)
    # RFC 5321 §4.2.1 calls it permanent, but a relay that is denied or a
    # quota of ours is mended by people, and then the mail still goes.
    remedy = remedy_for(reply)
    return Deferred(
        f"{reply.named}: about us{f'; {remedy}' if remedy else ''}",
        code=reply.code,
        about_us=True,
        may_be_theirs=_may_be_theirs(reply),
        detail=reply.text,
    )


def is_too_big(reply: Said) -> bool:
    """
    Whether the message itself is larger than is taken (RFC 1870 §6.1, RFC 3463 §3.3, §3.4).
    """
    if reply.status in _TOO_BIG or reply.code == _TOO_BIG_FOR_THE_RECIPIENT:
        return True
    if reply.status.startswith("5.2.") or _ANOTHER_SIZE.search(reply.words):
        return False
    if reply.command == "MAIL" and reply.code == _EXCEEDS and not reply.status:
        return True
    return reply.status[:4] not in {"5.1.", "5.5."} and bool(_SAYS_TOO_BIG.search(reply.words))


def asks_for_less(reply: Said) -> bool:
    """
    Whether the server takes mail, but not so much of it at a time.
    """
    if not 400 <= reply.code < 500 or _OF_A_MAILBOX.match(reply.status):
        return False
    return bool(_RATE.match(reply.status) or _SAYS_SLOWER.search(reply.words))


def has_had_enough(reply: Said) -> bool:
    """
    Whether a server that took mail over this connection may take more over another
    (RFC 5321 §3.8): some count the messages of each, and most say so with 421.
    """
    return reply.code == CLOSING or (
        400 <= reply.code < 500 and bool(_SAYS_ANOTHER_LINE.search(reply.words))
    )


def _may_be_theirs(reply: Said) -> bool:
    if reply.command != "RCPT" or reply.code == _LOGIN_NEEDED:
        return False
    return not (_OF_US_BY_STATUS.match(reply.status) or _OF_US.search(reply.words))


# --- what to do about it --------------------------------------------------------------

_LOGIN_NEEDED = 530
_TOO_WEAK = 534
_ONLY_ENCRYPTED = 538

#: RFC 4954 §6: 535; some servers have 501 or 554 for the same.
_BAD_CREDENTIALS = frozenset({501, 535, 554})
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
    if _TLS_FIRST.search(reply.words) and reply.code in {_LOGIN_NEEDED, _ONLY_ENCRYPTED, 554, 550}:
        return f"the server wants TLS first: {_USE_TLS}"
    if _passwords_are_off(reply):
        return f"the server takes no passwords any more: {_USE_OAUTH}"
    if reply.code == _LOGIN_NEEDED or reply.status == "5.7.57" or _LOGIN_FIRST.search(reply.words):
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
    return is_no and (reply.code == _LOGIN_NEEDED or bool(_LOGIN_ENDED.search(reply.words)))


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
    if reply.code in {_LOGIN_NEEDED, _ONLY_ENCRYPTED} or (
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
    if reply.code == _LOGIN_NEEDED and _TLS_FIRST.search(reply.words):
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
    if _OF_US.search(reply.words) or reply.status.startswith("5.7."):
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
        case _:
            remedy = "check [smtp] host, port and tls, and the network"
            return "the connection could not be made", remedy


def clean(text: str) -> str:
    # aiosmtplib keeps octets that are no UTF-8 as lone surrogates; no database takes those.
    return text.encode(errors="surrogateescape").decode(errors="replace").replace("\x00", "")
