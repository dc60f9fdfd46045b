"""
A Received field taken apart: which host wrote it, from where, and for which login.

Between `from` and `by` stands a name that the other side chose for itself, so that part
is read to the letter: one name, comments, `by`, or it is not read at all.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from mailbot.mail.origin.structured_field import Kind, Piece, Unreadable, pieces

#: RFC 3848 §2, RFC 6531 §4.3: an "A" says that the client had logged in.
_LOGGED_IN = re.compile(r"(e|utf8)smtps?a")
_LOCAL_DELIVERY = re.compile(r"(utf8)?lmtps?a?")
#: Postfix with smtpd_sasl_authenticated_header, and whoever was told to write the same.
_POSTFIX = re.compile(r"authenticated sender: (\S+)", re.IGNORECASE)
#: Sendmail where its Received names the login.
_SENDMAIL = re.compile(r"(?:authenticated )?user=(\S+)(?: (?:mech|bits)=\S+)*", re.IGNORECASE)
_LIKE_AN_ADDRESS = re.compile(r"[0-9a-f]*[:.][0-9a-f:.]*", re.IGNORECASE)
_NOT_OF_AN_ADDRESS = re.compile(r"\bhelo=\S*|[\[\]]|\bIPv6:", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Received:
    """
    One hop as its host tells it (RFC 5321 §4.4), lower-case but for the comments.
    """

    by: str
    #: `with`: esmtps, lmtp and so on.
    protocol: str = ""
    #: The name the other side gave itself, and what our side wrote behind it.
    said_to_be: str = ""
    seen_as: tuple[str, ...] = ()
    #: The words behind `by` and its host.
    rest: tuple[str, ...] = ()

    @property
    def is_local_delivery(self) -> bool:
        """
        Into a mailbox, by LMTP (RFC 2033), which nobody outside is offered.
        """
        return bool(_LOCAL_DELIVERY.fullmatch(self.protocol))

    @property
    def is_from_loopback(self) -> bool:
        """
        Whether it came from a program on the very host that received it, as that
        host saw it: an address in the comment, and no other than such anywhere.
        """
        seen = [each for comment in self.seen_as for each in _addresses(comment)]
        # Exim puts the address it saw in front, where there is no name for it.
        return bool(seen) and all(map(_is_loopback, [*seen, *_addresses(self.said_to_be)]))

    @property
    def login(self) -> str:
        """
        By which the client had logged in; "" if it had not, or if it is not told.
        """
        if not _LOGGED_IN.fullmatch(self.protocol):
            return ""
        told = [found[1] for each in self.seen_as if (found := _told(each))]
        if told and (len(told) > 1 or not _told(self.seen_as[-1])):
            return ""  # the last comment is the host's own; one before it may be the client's
        return told[0] if told else self._login_behind()

    def _login_behind(self) -> str:
        """
        OpenSMTPD: `auth=yes user=LOGIN`, before `for`.
        """
        words = self.rest[: self.rest.index("for")] if "for" in self.rest else self.rest
        if words.count("auth=yes") != 1:
            return ""
        after = words[words.index("auth=yes") + 1 :]
        is_told = bool(after) and after[0].startswith("user=")
        return after[0].removeprefix("user=") if is_told else ""


def received_in(value: str) -> Received | None:
    """
    The hop that an unfolded field tells; None where it is not written as RFC 5321
    §4.4 has it: `from`, `by` and `with` once each, and one date.
    """
    try:
        told = [each for each in pieces(value) if each.kind is not Kind.BLANK]
    except Unreadable:
        return None
    words = " ".join(each.text for each in told if each.kind is Kind.WORD).lower()
    clauses = words.partition(";")[0].split()
    if words.count(";") > 1 or any(clauses.count(each) > 1 for each in ("from", "by", "with")):
        return None
    said_to_be, seen_as = "", []
    if told and _keyword(told[0]) == "from":
        if len(told) < 2 or told[1].kind is Kind.COMMENT:
            return None
        said_to_be, told = told[1].text, told[2:]
        while told and told[0].kind is Kind.COMMENT:
            seen_as.append(told[0].text)
            told = told[1:]
    if not told or _keyword(told[0]) != "by" or "by" not in clauses[:-1]:
        return None
    at = clauses.index("with") + 1 if "with" in clauses else len(clauses)
    return Received(
        by=clauses[clauses.index("by") + 1],
        protocol=clauses[at] if at < len(clauses) else "",
        said_to_be=said_to_be.lower(),
        seen_as=tuple(seen_as),
        rest=tuple(clauses[clauses.index("by") + 2 :]),
    )


def _keyword(piece: Piece) -> str:
    return piece.text.lower() if piece.kind is Kind.WORD else ""


def _told(comment: str) -> re.Match[str] | None:
    return _POSTFIX.fullmatch(comment) or _SENDMAIL.fullmatch(comment)


def _addresses(text: str) -> list[str]:
    """
    What looks like an IP address in it, with brackets (RFC 5321 §4.1.3) or without;
    not what the other side says of itself (Exim's `helo=`).
    """
    words = _NOT_OF_AN_ADDRESS.sub(" ", text).split()
    return [each for each in words if _LIKE_AN_ADDRESS.fullmatch(each)]


def _is_loopback(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback
