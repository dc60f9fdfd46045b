"""
The login: by a password, or by an access token (XOAUTH2, RFC 7628).
"""

import re
from typing import Any

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from mailbot.transport.imap_faults import code_of, is_about_the_login, rest
from mailbot.transport.mailbox import ImapAccount, ImapFault
from mailbot.transport.oauth2 import sasl
from mailbot.transport.oauth2.logins import missing, not_connected, token_refused
from mailbot.transport.oauth2.tokens import Token, Tokens

#: A server ends a session whose token's time is over: "Session invalidated -
#: AccessTokenExpired" is Exchange's way to say so.
_EXPIRED = re.compile(
    r"AccessTokenExpired|(access )?token (has |is )?expired|session (has |is )?expired",
    re.IGNORECASE,
)


class TokenRefused(Exception):  # noqa: N818 - the server's word, not a defect
    """
    The server does not take this token; str() is what it said.
    """

    def __init__(self, said: str, talk: sasl.Conversation) -> None:
        super().__init__(said)
        self.status = talk.status
        self.scope = talk.scope


def by_password(imap: Any, account: ImapAccount, where: str) -> None:
    password = account.password_now
    # PLAIN carries every password; LOGIN only what imaplib can quote.
    if imap.has_capability("AUTH=PLAIN"):
        imap.plain_login(account.username, password)
    elif not (account.username + password).isascii():
        raise ImapFault(
            f"{where}: the login has letters that this server cannot be told;"
            " choose another password, or check [imap] port and tls"
        )
    else:
        imap.login(account.username, password)


def by_token(imap: Any, account: ImapAccount, token: Token, where: str) -> None:
    """
    TokenRefused if the server does not take it; what else it says is a fault like any other.
    """
    mechanism = sasl.chosen(lambda name: bool(imap.has_capability(f"AUTH={name}")))
    if not mechanism:
        raise ImapFault(
            f"{where}: the server offers no login by OAuth 2.0; check [imap] host, port and tls, or set"
            ' [imap] auth = "password"'
        )
    talk = sasl.conversation(mechanism, account.username, token.value)
    try:
        imap.sasl_login(mechanism, talk)
    except LoginError as fault:
        # imapclient makes a LoginError of a server that hung up, too.
        said = str(fault)
        is_lost = isinstance(fault.__context__, IMAPClientAbortError)
        if is_lost or rest(said) or not is_about_the_login(said):
            raise
        raise TokenRefused(said, talk) from fault


def refused_token_in_words(refused: TokenRefused, tokens: Tokens, token: Token) -> str:
    """
    Why the server does not take even a fresh token, and what to do.
    """
    told = " ".join(each for each in (code_of(str(refused)), refused.status) if each)
    said = f" ({told})" if told else ""
    remedy = token_refused("imap", tokens.client, token.value, refused.scope)
    return f"the login with an access token was refused{said}; {remedy}"


def not_connected_in_words(tokens: Tokens, token: Token) -> str:
    """
    Why a token that was taken opens no mailbox, and what to do.
    """
    return missing("imap", tokens.client, token.value) or not_connected(tokens.client, token.value)


def says_expired(fault: BaseException | None, last_words: str) -> bool:
    """
    Whether the server has ended the session because its token's time is over, by what went
    wrong and by its *last words*: routine.
    """
    said = str(fault) if isinstance(fault, IMAPClientError) else ""
    return bool(_EXPIRED.search(said) or _EXPIRED.search(last_words))


def last_words(imap: Any) -> str:
    """
    The server's BYE, which imaplib keeps to itself where it awaits something else; "" if it
    said none.
    """
    told = imap._imap.untagged_responses.get("BYE", []) if imap is not None else []  # noqa: SLF001
    return b" ".join(each for each in told if isinstance(each, bytes)).decode(errors="replace")
