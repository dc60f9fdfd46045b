"""
One connection to the mailbox: opened, logged in, begun anew before its token ends, and ended.
"""

import math
import socket
import time
from collections.abc import Callable
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError

from mailbot.transport.certificates import verifying
from mailbot.transport.imap_answers import FAULTS, hang_up
from mailbot.transport.imap_login import (
    TokenRefused,
    by_password,
    by_token,
    not_connected_in_words,
    refused_token_in_words,
)
from mailbot.transport.lines import place, watched
from mailbot.transport.mailbox import ImapAccount, ImapFault
from mailbot.transport.oauth2.tokens import Token, Tokens


class ImapSession:
    """
    At most one connection. *is_given_up* says whether nobody waits any more for the thread
    that asks, and another one may be at work on the connection.
    """

    def __init__(self, account: ImapAccount, is_given_up: Callable[[], bool]) -> None:
        self._account = account
        self._is_given_up = is_given_up
        self.imap: Any = None
        #: Whether the folder is open on it.
        self.is_selected = False
        #: Ended for good: there is no new connection any more.
        self.is_over = False
        #: What it rests on, and when it is to begin anew for that.
        self._token: Token | None = None
        self._until = math.inf

    @property
    def where(self) -> str:
        return f"IMAP {place(self._account.host, self._account.port)}"

    @property
    def lasts(self) -> float:
        """
        Seconds until it is to begin anew, before the server ends it.
        """
        return max(0.0, self._until - time.monotonic())

    @property
    def is_past_its_age(self) -> bool:
        """
        Whether the time of its token is over: a server may hang up without a word.
        """
        return self._token is not None and self._token.is_due

    def end_if_due(self) -> None:
        if time.monotonic() >= self._until:
            self.log_out()

    def forget_token(self) -> None:
        """
        The server does not take it any more: the next login has another.
        """
        if self._account.tokens is not None and self._token is not None:
            self._account.tokens.forget(self._token)

    def not_connected(self, words: str) -> str:
        """
        Why a login that was taken has no mailbox; *words* where there was no token. The right
        may come with another token.
        """
        tokens, token = self._account.tokens, self._token
        if tokens is None or token is None:
            return words
        self.forget_token()
        return not_connected_in_words(tokens, token)

    def connected(self) -> Any:
        """
        The connection, made if there is none.
        """
        if self.imap is not None:
            return self.imap
        if self.is_over:
            # A server, or an endpoint, that does not answer would hold up the stop.
            raise ImapFault(f"{self.where}: interrupted; no connection is made any more")
        tokens = self._account.tokens
        if tokens is not None:
            return self._connected_by_token(tokens)
        imap = self._opened()
        by_password(imap, self._account, self.where)
        return imap

    def _connected_by_token(self, tokens: Tokens) -> Any:
        """
        A token that was given out before may have ended in between: then by another, once.
        """
        # Before there is a connection: nobody listens for a greeting meanwhile, and a stop
        # need not wait for the endpoint.
        token, is_fresh = tokens.current()
        while True:
            imap = self._opened()
            try:
                by_token(imap, self._account, token, self.where)
            except TokenRefused as refused:
                self.drop()
                if is_fresh:
                    tokens.forget(token)
                    words = refused_token_in_words(refused, tokens, token)
                    raise ImapFault(f"{self.where}: {words}") from refused
                token, is_fresh = tokens.another(token), True
            else:
                self._token, self._until = token, token.session_until
                return imap

    def _opened(self) -> Any:
        """
        A connection that nobody has logged in on yet.
        """
        account = self._account
        context = None if account.tls == "none" else verifying(account.cafile)
        try:
            imap = IMAPClient(
                account.host,
                account.port,
                ssl=account.tls == "implicit",
                ssl_context=context,
                timeout=account.timeout,
            )
        except IMAPClientAbortError as fault:
            # A greeting of another protocol, or none: TLS is awaited, or nobody is at home.
            raise ImapFault(
                f"{self.where}: no IMAP is spoken; if that lasts, check [imap] host, port and tls"
            ) from fault
        # Commands are short and each waits for its answer: none shall wait for a full packet.
        imap.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        watched(imap.socket())
        # imapclient would turn INTERNALDATE into naive local time.
        imap.normalise_times = False
        if self._is_given_up():
            hang_up(imap)
            raise ImapFault(f"{self.where}: interrupted while connecting")
        self.imap, self.is_selected = imap, False
        if account.tls == "starttls":
            imap.starttls(context)
        return imap

    def log_out(self) -> None:
        imap, self.imap = self.imap, None
        self._until = math.inf
        if imap is not None:
            try:
                imap.logout()
            except FAULTS:
                hang_up(imap)

    def drop(self) -> None:
        if self._is_given_up():
            return
        imap, self.imap = self.imap, None
        self._until = math.inf
        if imap is not None:
            hang_up(imap)
