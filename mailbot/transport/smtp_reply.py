"""
One reply of an SMTP server that is no yes: its code, its enhanced status and its words (RFC
5321 §4.2, RFC 3463).
"""

import re
from dataclasses import dataclass

from mailbot.mail.outcome import MAILBOX_FULL

#: RFC 4954 §6.
LOGIN_NEEDED = 530

#: As servers repeat them: "Invalid recipient: <jane@relay.example>".
_ADDRESS = re.compile(r"<[^<>\s]*>|[^\s<>]+@[^\s<>]+")

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?![\d.])")

#: How a server asks for fewer at a time.
_SAYS_SLOWER = re.compile(
    r"""\b(
      too\ (many|much|fast|quick(ly)?|frequent(ly)?) | throttl\w* | rate | slow(er)?\ down | busy
    | (per|a|an|each|this)\ (second|minute|hour|day) | concurren\w* | connections | limit(ed|s)?
    | exceed\w* | excess\w*
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
#: RFC 3463 §3.8 and what Google and Microsoft make of it: a rate.
_RATE = re.compile(r"4\.7\.(28|500|501|6\d\d)|4\.5\.3")
#: RFC 3463 §3.2, §3.3: of the recipient and their mailbox, whatever the words are.
_OF_A_MAILBOX = re.compile(r"4\.[12]\.")

#: Also at RCPT of us: nobody else's letter would fare better.
OF_US = re.compile(
    r"relay|authenticat|not logged|log ?in\b|sender|sending|client host|black ?list|block ?list"
    r"|blocked using|\brbl\b|spamhaus|reputation|\byour (ip|host|domain)\b|starttls|send ?as"
    r"|\bper (hour|day)\b",
    re.IGNORECASE,
)


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
        # RFC 3463 §3.3: X.2.2, whatever the words are.
        full = MAILBOX_FULL if self.status[1:] == ".2.2" else ""
        return f"{self.command} answered {self.answered}{full}"

    @property
    def answered(self) -> str:
        return f"{self.code} {self.status}".strip()


def said(command: str, code: int, text: str) -> Said:
    cleaned = clean(text)
    enhanced = _ENHANCED.match(cleaned)
    return Said(command, code, cleaned, enhanced.group() if enhanced else "")


def asks_for_less(reply: Said) -> bool:
    """
    Whether the server takes mail, but not so much of it at a time.
    """
    if not 400 <= reply.code < 500 or _OF_A_MAILBOX.match(reply.status):
        return False
    return bool(_RATE.match(reply.status) or _SAYS_SLOWER.search(reply.words))


def clean(text: str) -> str:
    # aiosmtplib keeps octets that are no UTF-8 as lone surrogates; no database takes those.
    return text.encode(errors="surrogateescape").decode(errors="replace").replace("\x00", "")
