"""
What an IMAP server's refusals mean, in words that say what to do (RFC 5530, RFC 9208, and
what large providers say without a code).

Never what the server said beyond its codes: that may be somebody's mail.
"""

import re
from dataclasses import dataclass

#: One that is longer is some server's mistake.
LONGEST_REST = 3600.0

_CODE = re.compile(r"\[([A-Za-z][A-Za-z-]+)")
#: Exchange: "User is throttled. Suggested Backoff Time: 299961 milliseconds".
_BACKOFF = re.compile(r"Backoff Time:\s*(\d{1,9})\s*(milli)?seconds", re.IGNORECASE)


@dataclass(frozen=True)
class Remedy:
    """
    What it means and what to do; seconds to wait where the server needs a rest.
    """

    words: str
    rest: float = 0.0


_FULL = Remedy(
    "the mailbox is full: make room in it, or have its quota raised; nothing that was recorded"
    " is lost"
)
_SLOWER = Remedy(
    "the server asks us to slow down, and we do; if it lasts, close other programs that use this"
    " mailbox, or raise [imap] poll_every",
    rest=60.0,
)
_TOO_MANY = Remedy(
    "the server allows no more connections to this mailbox: close other programs that use it, a"
    " mailbot that runs beside this among them; it is tried again",
    rest=30.0,
)
_NO_RIGHT = Remedy("the right to do that is missing: give this login its rights on the folder")
_NO_FOLDER = Remedy("there is no such folder: create it, or mend its name in [imap]")
_DOWN = Remedy("a part of the mail server is down; it is tried again, and nothing is lost")
_MEANWHILE = Remedy(
    "somebody else took messages out of the folder meanwhile; it is looked at again"
)
_SWITCHED_OFF = Remedy(
    "the server takes no passwords any more: Microsoft 365 and Google ask for OAuth 2.0, or for an"
    ' app password; see auth = "oauth2" in the README'
)
_BY_BROWSER = Remedy(
    "the server wants to see a person first: log in to the mailbox with a web browser once; in the"
    " place of a password it may take OAuth 2.0 or an app password alone"
)
_NOT_ENABLED = Remedy(
    "IMAP is switched off for this mailbox: switch it on in the mailbox's settings, or have its"
    " administrator allow it"
)
_NOT_THIS_MAILBOX = Remedy(
    "logged in, but no right to this mailbox: have the login given access to it, and check that"
    " [imap] username is the mailbox's own name"
)
_PASSWORD = Remedy("check [imap] username and password")
_EXPIRED = Remedy("the password has expired: set a new one, and enter it in mailbot.toml")
_TLS = Remedy("the server wants TLS first: check [imap] port and tls")

#: RFC 5530 and its relatives, by response code.
_BY_CODE = {
    "AUTHENTICATIONFAILED": _PASSWORD,
    "AUTHORIZATIONFAILED": _NOT_THIS_MAILBOX,
    "EXPIRED": _EXPIRED,
    "PRIVACYREQUIRED": _TLS,
    "WEBALERT": _BY_BROWSER,
    "CONTACTADMIN": Remedy("the server asks for its administrator: call whoever runs it"),
    "UNAVAILABLE": _DOWN,
    "SERVERBUG": _DOWN,
    "INUSE": Remedy("another program holds the folder at this moment; it is tried again"),
    "LIMIT": _TOO_MANY,
    "THROTTLED": _SLOWER,
    "OVERQUOTA": _FULL,
    "NOPERM": _NO_RIGHT,
    "NONEXISTENT": _NO_FOLDER,
    "TRYCREATE": _NO_FOLDER,
    "CANNOT": Remedy("the server takes no folder of that name: choose another one in [imap]"),
    "EXPUNGEISSUED": _MEANWHILE,
    "READ-ONLY": _NO_RIGHT,
    "CORRUPTION": Remedy("the mailbox is damaged on the server: call whoever runs it"),
}

#: Codes that servers give for many reasons: the words after them are truer.
_VAGUE = frozenset(
    {"ALERT", "AUTHENTICATIONFAILED", "CANNOT", "CLIENTBUG", "CONTACTADMIN", "SERVERBUG"}
    # Google says OVERQUOTA of too much traffic, too.
    | {"OVERQUOTA", "UNAVAILABLE", "WEBALERT"}
)

#: What is said without a code, or with one that says less than the words do.
_BY_WORDS: tuple[tuple[re.Pattern[str], Remedy], ...] = tuple(
    (re.compile(words, re.IGNORECASE), remedy)
    for words, remedy in (
        (r"throttled|command or bandwidth limits|rate limit|slow down|too fast", _SLOWER),
        (
            r"too many (simultaneous )?(connections|sessions)|maximum number of connections",
            _TOO_MANY,
        ),
        (r"application-specific password|basic auth\w* (is )?(disabled|blocked)", _SWITCHED_OFF),
        (r"log ?in via your web browser|web login required", _BY_BROWSER),
        (r"not enabled for IMAP|IMAP (access )?is (disabled|not enabled)", _NOT_ENABLED),
        (r"authenticated but not connected", _NOT_THIS_MAILBOX),
        (r"password (has|is) expired", _EXPIRED),
        (
            (
                r"over ?quota|quota\W+(\w+\W+){0,2}(exceeded|reached|full)|mailbox (is )?full"
                r"|(exceed\w*|over|reached)\W+(\w+\W+){0,3}(quota|mailbox size|storage limit)"
                r"|not enough (disk )?space"
            ),
            _FULL,
        ),
        (r"permission denied|access denied|not permitted|read-?only", _NO_RIGHT),
        (r"no such mailbox|mailbox (does not|doesn't) exist|unknown mailbox", _NO_FOLDER),
        (
            r"invalid mailbox name|name(space)? (is )?(invalid|not allowed)|begin with INBOX",
            Remedy(
                "the server takes no folder of that name: it may have to begin with INBOX and a dot;"
                " choose another one in [imap]"
            ),
        ),
        (r"no longer exist|expunged|messages? (was|were) deleted", _MEANWHILE),
    )
)


def says_full(words: str) -> bool:
    """
    Whether a fault, in our own words, is that the mailbox is full.
    """
    return _FULL.words in words


def code_of(said: str) -> str:
    """
    The response code (RFC 5530) in what a server said; "" if it gave none.
    """
    found = _CODE.search(said)
    return found[1].upper() if found else ""


def remedy(said: str) -> Remedy | None:
    """
    What a refusal in these words means; None where nobody knows.
    """
    code = code_of(said)
    if code and code not in _VAGUE:
        return _BY_CODE.get(code)
    for words, found in _BY_WORDS:
        if words.search(said):
            return found
    return _BY_CODE.get(code)


def is_about_the_login(said: str) -> bool:
    """
    Whether a refused login was the login's fault, and not the server's of the moment.
    """
    return remedy(said) in {None, _PASSWORD, _EXPIRED}


def is_not_connected(said: str) -> bool:
    """
    Whether the login was taken, and the mailbox is not to be had all the same: Exchange says
    so to the first command that comes after it, whichever that is.
    """
    return remedy(said) is _NOT_THIS_MAILBOX


def rest(said: str) -> float:
    """
    Seconds that the server asks us to stay away; 0.0 if it does not.
    """
    if asked := _BACKOFF.search(said):
        seconds = int(asked[1]) / (1000 if asked[2] else 1)
        return min(seconds, LONGEST_REST)
    found = remedy(said)
    return found.rest if found else 0.0
