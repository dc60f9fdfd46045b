"""
What an SMTP server's no to a mail means, and whose it is.

By the reply code and the enhanced status (RFC 5321 §4.2, RFC 3463, RFC 4954 §6); the words
are read only where servers are known to leave both to them.
"""

import re

from mailbot.mail.outcome import THEIRS, Deferred, Refused
from mailbot.transport.smtp_remedies import remedy_for
from mailbot.transport.smtp_reply import LOGIN_NEEDED, OF_US, Said, asks_for_less, said

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
#: RFC 1870 §6.2: no room for a message of this size just now.
_NO_ROOM = 452

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

#: And over fewer connections: Exchange Online counts threads.
_SAYS_FEWER = re.compile(
    r"(thread|connection)s? limit|too many (concurrent |simultaneous )?connections", re.IGNORECASE
)
#: Exchange Online takes a login without a right to the mailbox, and says so of each letter.
_OUR_MAILBOX = re.compile(r"mailbox logon failure|MapiExceptionLogonFailed", re.IGNORECASE)
#: What a server says that serves only so many messages a connection, without closing it.
_SAYS_ANOTHER_LINE = re.compile(r"\btoo many (messages|mails|transactions)\b", re.IGNORECASE)


_OF_US_BY_STATUS = re.compile(r"5\.7\.(0|3[01]|57|60|139|7\d\d)\Z|5\.4\.5\Z|5\.5\.")


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
    # A person is told after a day: it may be full for good.
    is_theirs = reply.status == "4.2.2" and command != "MAIL"
    return Deferred(
        f"{reply.named}{THEIRS if is_theirs else f': for now{fewer}'}",
        code=reply.code,
        channel=is_at_mail or reply.code == CLOSING or asks_for_less(reply),
        throttled=is_at_mail or asks_for_less(reply),
        is_theirs=is_theirs,
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


def has_had_enough(reply: Said) -> bool:
    """
    Whether a server that took mail over this connection may take more over another
    (RFC 5321 §3.8): some count the messages of each, and most say so with 421.
    """
    return reply.code == CLOSING or (
        400 <= reply.code < 500 and bool(_SAYS_ANOTHER_LINE.search(reply.words))
    )


def _may_be_theirs(reply: Said) -> bool:
    # A relay that delivers while it listens finds the reader's mailbox full only then.
    is_full_by_now = reply.command == "DATA" and reply.status == "5.2.2"
    if (reply.command != "RCPT" and not is_full_by_now) or reply.code == LOGIN_NEEDED:
        return False
    return not (_OF_US_BY_STATUS.match(reply.status) or OF_US.search(reply.words))
