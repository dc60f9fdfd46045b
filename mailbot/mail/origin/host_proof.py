"""
What our own mail host says of who wrote a message, and whether that proves a handler.

A From line proves nothing. What a host of ours writes on top of a message does, as long
as nobody else's word can stand for it: each rule here looks at what only that host
could have written there, and says by name why it does not believe the rest.

What is left to the owner: that the border takes out what comes from outside under our
host's name (RFC 8601 §5; Exchange's header firewall), that nobody who may hand in mail
may do so under another's address, and that what hands in mail on the host itself
without a login is theirs.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import dropwhile

from mailbot.mail.message import InboundMessage
from mailbot.mail.origin.authentication_results import Result, host_of, results_in
from mailbot.mail.origin.received import Received, received_in
from mailbot.mail.origin.structured_field import Kind, Unreadable, pieces

_RESULTS = "authentication-results"
_AUTH_AS = "x-ms-exchange-organization-authas"
#: What the filters of one host write between their results: OpenDKIM and OpenDMARC their
#: names, policyd-spf its own field, OpenARC and rspamd the links of RFC 8617.
_BETWEEN_RESULTS = frozenset(
    {
        *("dkim-filter", "dmarc-filter", "received-spf"),
        *("arc-seal", "arc-message-signature", "arc-authentication-results"),
    }
)
_MAILBOX = re.compile(r"[^<>,:;@\[\]]*<([^\s<>,:;@]+@[^\s<>,:;@]+)>|([^\s<>,:;@]+@[^\s<>,:;@]+)")


class HostVerdict(StrEnum):
    """
    How a message was found to be a handler's, or why it was not.
    """

    DMARC_PASSED = "dmarc_pass"
    DKIM_ALIGNED = "dkim_aligned"
    INTERNAL = "internal"
    AUTHENTICATED_LOGIN = "authenticated_login"

    HOST_NOT_ASKED = "host_not_asked"
    NOT_WRITTEN_TO_US = "not_written_to_us"
    NOT_A_HANDLERS_ADDRESS = "not_a_handlers_address"
    NOT_ONE_SENDER = "not_one_sender"
    HEADER_IS_NO_HEADER = "header_is_no_header"
    NO_RESULTS_OF_OURS = "no_results_of_ours"
    RESULTS_OF_ANOTHER_ON_TOP = "results_of_another_on_top"
    RESULTS_BELOW_OURS = "results_below_ours"
    RESULTS_UNREADABLE = "results_unreadable"
    RESULTS_CONTRADICT = "results_contradict"
    RESULTS_OF_ANOTHER_DOMAIN = "results_of_another_domain"
    DMARC_NOT_PASSED = "dmarc_not_passed"
    NOTHING_PASSED = "nothing_passed"
    NOT_SAID_BY_EXCHANGE = "not_said_by_exchange"
    SAID_TWICE = "said_twice"
    NOT_INTERNAL = "not_internal"
    NO_LOGIN_KNOWN = "no_login_known"
    NOT_RECEIVED_BY_US = "not_received_by_us"
    NO_LOGIN = "no_login"
    ANOTHER_LOGIN = "another_login"

    @property
    def proves_the_sender(self) -> bool:
        """
        Whether it proves the sender; every other one is a reason why not.
        """
        return self in _GIVEN


_GIVEN = frozenset(
    {
        HostVerdict.DMARC_PASSED,
        HostVerdict.DKIM_ALIGNED,
        HostVerdict.INTERNAL,
        HostVerdict.AUTHENTICATED_LOGIN,
    }
)


class Asked(StrEnum):
    """
    What the host is asked for: `staff_proof` of mailbot.toml.
    """

    NOTHING = "confirm"
    RESULTS = "authserv"
    EXCHANGE = "exchange"
    SUBMISSION = "submission"


@dataclass(frozen=True, kw_only=True)
class HostProof:
    """
    Which word of our host is believed, and of whom.
    """

    kind: Asked = Asked.NOTHING
    #: Our host's name: in Authentication-Results, and in `by` of its Received.
    authserv_id: str = ""
    #: Every address of every handler, lower-case, with the login to it; "" = none is known.
    logins: Mapping[str, str] = field(default_factory=dict)
    #: The service address and its aliases, lower-case.
    own_addresses: frozenset[str] = frozenset()


def host_verdict(message: InboundMessage, by: HostProof) -> HostVerdict:
    """
    How our host proves that the handler in the From line wrote *message*, or why it
    does not.
    """
    if by.kind is Asked.NOTHING:
        return HostVerdict.HOST_NOT_ASKED
    if not _names_one_sender(message):
        return HostVerdict.NOT_ONE_SENDER
    if _address(message) not in by.logins:
        return HostVerdict.NOT_A_HANDLERS_ADDRESS
    if message.mended:
        # A line that is no field was taken for the rest of the one above, which may be
        # our host's. No mail program writes such a header.
        return HostVerdict.HEADER_IS_NO_HEADER
    match by.kind:
        case Asked.RESULTS:
            return _by_results(message, by)
        case Asked.EXCHANGE:
            return _by_exchange(message)
        case Asked.SUBMISSION:
            return _by_submission(message, by)


# --- who is said to have written it ----------------------------------------


def _names_one_sender(message: InboundMessage) -> bool:
    """
    One From field, and in it one address as RFC 5322 §3.4 writes it: no group, no list,
    nothing that another reader could take for an address, too.
    """
    written = [value for name, value in message.fields if name == "from"]
    if len(written) != 1 or not message.has_one_sender:
        return False
    try:
        found = list(pieces(written[0]))
    except Unreadable:
        return False
    bare = "".join(each.text if each.kind is Kind.WORD else " " for each in found)
    mailbox = _MAILBOX.fullmatch(bare.strip())
    return mailbox is not None and (mailbox[1] or mailbox[2]).lower() == _address(message)


def _address(message: InboundMessage) -> str:
    return message.sender.key if message.sender else ""


def _domain(text: str) -> str:
    return text.rpartition("@")[2].lower().removesuffix(".")


def _is_written_to(message: InboundMessage, own: frozenset[str]) -> bool:
    """
    Whether one of ours is in To or Cc, with a reply token or without.
    """
    named = (each.key.rpartition("@") for each in message.recipients)
    return any(f"{local.partition('+')[0]}@{domain}" in own for local, _, domain in named)


# --- Authentication-Results ------------------------------------------------


def _by_results(message: InboundMessage, by: HostProof) -> HostVerdict:
    """
    RFC 8601: what all fields of ours on top say together.
    """
    if not _is_written_to(message, by.own_addresses):
        # Whoever got a signed mail of a handler can send it on: its signature stays good.
        return HostVerdict.NOT_WRITTEN_TO_US
    ours = by.authserv_id.lower()
    names = [host_of(value) for name, value in message.fields if name == _RESULTS]
    if not ours or ours not in names:
        return HostVerdict.NO_RESULTS_OF_OURS
    if names[0] != ours:
        # Written after ours, or ours was brought along to a host of another name.
        return HostVerdict.RESULTS_OF_ANOTHER_ON_TOP
    block = list(_block(message, ours))
    if len(block) != names.count(ours):
        return HostVerdict.RESULTS_BELOW_OURS
    said: list[Result] = []
    for value in block:
        results = results_in(value)
        if results is None:
            return HostVerdict.RESULTS_UNREADABLE
        said += results
    return _by_dmarc(said, _domain(_address(message)))


def _block(message: InboundMessage, ours: str) -> Iterator[str]:
    """
    The fields of ours on top, with nothing between them but what their writers put
    beside them. Anything else ends it, a Received above all: what is below one may
    have come with the message.
    """
    for name, value in dropwhile(lambda each: each[0] != _RESULTS, message.fields):
        if name == _RESULTS and host_of(value) == ours:
            yield value
        elif name not in _BETWEEN_RESULTS:
            return


def _by_dmarc(said: list[Result], domain: str) -> HostVerdict:
    """
    RFC 7489: where DMARC was looked at, its word goes before that of DKIM.
    """
    dmarc = [each for each in said if each.method == "dmarc"]
    results = {each.result for each in dmarc}
    if "fail" in results:
        return HostVerdict.DMARC_NOT_PASSED
    if len(results) > 1:
        return HostVerdict.RESULTS_CONTRADICT
    judged = {_domain(each.properties.get("header.from", domain)) for each in dmarc}
    if judged - {domain}:
        return HostVerdict.RESULTS_OF_ANOTHER_DOMAIN
    if results == {"pass"}:
        return HostVerdict.DMARC_PASSED
    return _by_dkim(said, domain)


def _by_dkim(said: list[Result], domain: str) -> HostVerdict:
    """
    A signature of the From domain itself. A parent's would be as good only by the list
    of public suffixes (co.uk is a parent, too, and so is a provider of many firms): the
    host that says dmarc=pass has looked it up.
    """
    dkim = [each for each in said if each.method == "dkim"]
    passed = [each for each in dkim if each.result == "pass"]
    if not passed:
        return HostVerdict.NOTHING_PASSED
    if any(each.result == "none" for each in dkim):
        return HostVerdict.RESULTS_CONTRADICT  # not signed at all, and signed
    if any(_signer(each) == domain for each in passed):
        return HostVerdict.DKIM_ALIGNED
    return HostVerdict.RESULTS_OF_ANOTHER_DOMAIN


def _signer(result: Result) -> str:
    """
    The domain that signed; of old hosts, which name only header.i, that of the identity.
    """
    named = result.properties.get("header.d") or result.properties.get("header.i", "")
    return _domain(named)


# --- Exchange --------------------------------------------------------------


def _by_exchange(message: InboundMessage) -> HostVerdict:
    """
    Exchange's own mark of mail handed in by somebody who had logged in to it. It writes
    one; of two, one was brought along.
    """
    said = [value for name, value in message.fields if name == _AUTH_AS]
    if not said:
        return HostVerdict.NOT_SAID_BY_EXCHANGE
    if len(said) > 1:
        return HostVerdict.SAID_TWICE
    return HostVerdict.INTERNAL if said[0].lower() == "internal" else HostVerdict.NOT_INTERNAL


# --- submission ------------------------------------------------------------


def _by_submission(message: InboundMessage, by: HostProof) -> HostVerdict:
    """
    The login that our host names where the message came to it from outside.
    """
    login = by.logins[_address(message)]
    if not login:
        return HostVerdict.NO_LOGIN_KNOWN
    entry = _entry(message, by.authserv_id.lower())
    if entry is None:
        return HostVerdict.NOT_RECEIVED_BY_US
    if not entry.login:
        return HostVerdict.NO_LOGIN
    is_theirs = entry.login.casefold() == login.casefold()
    return HostVerdict.AUTHENTICATED_LOGIN if is_theirs else HostVerdict.ANOTHER_LOGIN


def _entry(message: InboundMessage, ours: str) -> Received | None:
    """
    The hop by which the message came to our host, looked for from the top: below it
    anything may be made up. None where a host of another name comes first.
    """
    hops = [received_in(value) for name, value in message.fields if name == "received"]
    # The mailbox may be on a host of its own; LMTP is spoken to it by ours alone.
    on_top = list(dropwhile(lambda each: each is not None and each.is_local_delivery, hops))
    came_from_here = False
    for hop in on_top:
        if hop is None:
            return None
        # amavis and its like call themselves localhost, and are that only behind a hop
        # of ours that came from there.
        if came_from_here and hop.by == "localhost" and hop.is_from_loopback:
            continue
        if hop.by.removesuffix(".") != ours:
            return None
        if hop.login or not hop.is_from_loopback:
            return hop
        came_from_here = True
    return None
