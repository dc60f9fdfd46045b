"""
Who or what wrote a message: one table of rules, read from the top, and the
first that fits decides. The rule's name is stored with the message.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from mailbot.mail.message import NULL_PATH, Address, InboundMessage, Kind


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """
    What has to be known to tell our own, our people's and our filters' mail from a stranger's.
    """

    #: Our service address and its aliases, lower-case.
    own_addresses: frozenset[str] = frozenset()
    #: Every address of every handler, lower-case.
    staff_addresses: frozenset[str] = frozenset()
    #: Whether a Message-ID is one that we signed.
    is_our_id: Callable[[str], bool] = lambda _: False
    #: (field name, value) pairs by which our own mail system says spam, lower-case.
    spam_signals: frozenset[tuple[str, str]] = frozenset()
    #: Our own host's name in Authentication-Results; "" = none are read.
    authserv_id: str = ""


@dataclass(frozen=True)
class Classification:
    kind: Kind
    rule: str


def classify(message: InboundMessage, around: Surroundings) -> Classification:
    """
    The class of *message* and the rule that decided it.
    """
    for rule, kind, fits in RULES:
        if fits(message, around):
            return Classification(kind, rule)
    return Classification(Kind.PERSON, "nothing_automatic")


# --- bounces and other reports ---------------------------------------------


def _report_type(message: InboundMessage) -> str:
    found = re.search(
        r"report-type\s*=\s*\"?([\w-]+)", message.first("content-type"), re.IGNORECASE
    )
    return found[1].lower() if found and message.content_type == "multipart/report" else ""


def _is_delivery_report(message: InboundMessage) -> bool:
    return bool(message.delivery_statuses) or _report_type(message) == "delivery-status"


def _has_failed(message: InboundMessage, permanently: str) -> bool:
    return _is_delivery_report(message) and any(
        each.action == "failed" and each.status.startswith(permanently)
        for each in message.delivery_statuses
    )


def _names_failed_recipients(message: InboundMessage) -> bool:
    # Exim's field, and that of large providers whose RFC 3464 part is empty. They
    # put it on a delay too, and then only the subject tells.
    return bool(message.first("x-failed-recipients")) and "delay" not in message.subject.lower()


#: What mail servers write over a bounce without RFC 3464 parts, word for word: a person's
#: "Re: Undelivered mail" is not one of these.
_BOUNCE_SUBJECT = re.compile(
    r"(mail delivery failed(: returning message to sender)?|undelivered mail returned to sender"
    r"|delivery status notification( \((failure|delay)\))?|failure notice"
    r"|returned mail: see transcript for details)",
    re.IGNORECASE,
)


def _is_delay(message: InboundMessage) -> bool:
    return _is_delivery_report(message) and any(
        each.action == "delayed" for each in message.delivery_statuses
    )


# --- automatic answers -----------------------------------------------------


def _keyword(value: str) -> str:
    """
    The value without RFC 3834 §5 parameters and comments: "auto-replied; x=1" is auto-replied.
    """
    return value.partition(";")[0].partition("(")[0].strip().lower()


def _is_auto_submitted(message: InboundMessage) -> bool:
    # RFC 3834 §2 and §5: every keyword but "no" marks a machine, including
    # ones that nobody has heard of.
    return any(_keyword(each) not in {"no", ""} for each in message.values("auto-submitted"))


def says_it_answers(message: InboundMessage) -> bool:
    """
    Whether it declares itself an automatic answer (RFC 3834 §5): nobody's words
    stand in it.
    """
    return any(_keyword(each) == "auto-replied" for each in message.values("auto-submitted"))


_OUT_OF_OFFICE = re.compile(
    r"\s*(automatic reply|auto(matic)?[- ]?response|out of (the )?office( autoreply)?|autoreply"
    r"|automatische antwort|réponse automatique|ateb awtomatig)\s*:",
    re.IGNORECASE,
)


def _says_out_of_office(message: InboundMessage) -> bool:
    return bool(_OUT_OF_OFFICE.match(message.subject))


def _suppresses_answers(message: InboundMessage) -> bool:
    # [MS-OXCMAIL]: a sender that wants no automatic answer to this message.
    wanted = {
        word.strip().lower()
        for value in message.values("x-auto-response-suppress")
        for word in value.split(",")
    }
    return bool(wanted & {"all", "oof", "autoreply"})


def _has_autoreply_field(message: InboundMessage) -> bool:
    names = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from")
    return any(_keyword(value) != "no" for name in names for value in message.values(name))


def _precedence(message: InboundMessage) -> set[str]:
    return {_keyword(each) for each in message.values("precedence")}


# --- addresses -------------------------------------------------------------

_NO_REPLY = re.compile(r"(no|do[-_.]?not|dont)[-_.]?reply(?![a-z])", re.IGNORECASE)
_LIST_ADDRESS = re.compile(r"(owner-.*|.*-(request|owner|bounces?))", re.IGNORECASE)


def _is_from_mailer_daemon(message: InboundMessage) -> bool:
    # Gateways that bounce under a name of their own still give the path away.
    path = (message.return_path or "").lower()
    return _local(message) == "mailer-daemon" or path.partition("@")[0] == "mailer-daemon"


def _local(message: InboundMessage) -> str:
    return message.sender.key.rpartition("@")[0] if message.sender else ""


def is_own_address(address: Address, around: Surroundings) -> bool:
    """
    Whether it is one of ours, with a reply token or without.
    """
    local, _, domain = address.key.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" in around.own_addresses


def _own_address(message: InboundMessage, around: Surroundings) -> bool:
    return message.sender is not None and is_own_address(message.sender, around)


def _is_from_staff(message: InboundMessage, around: Surroundings) -> bool:
    # RFC 5322 §3.6.2 allows several authors; nobody of ours writes that way.
    return (
        message.has_one_sender
        and message.sender is not None
        and message.sender.key in around.staff_addresses
    )


# --- verdicts of our own mail system ---------------------------------------


def _is_marked_spam(message: InboundMessage, around: Surroundings) -> bool:
    return any(
        value in (each.strip().lower() for each in message.values(name))
        for name, value in around.spam_signals
    ) or any(_level(each) >= 5 for each in message.values("x-ms-exchange-organization-scl"))


def _level(text: str) -> int:
    return int(text) if re.fullmatch(r"-?\d{1,3}", text.strip()) else 0


def _fails_dmarc(message: InboundMessage, around: Surroundings) -> bool:
    """
    RFC 8601 §5: only fields that our own host put on top are believed.
    """
    if not around.authserv_id:
        return False
    for value in message.values("authentication-results"):
        host, _, results = value.partition(";")
        if host.strip().split(" ")[0].lower() != around.authserv_id.lower():
            return False
        if re.search(r"\bdmarc\s*=\s*fail\b", results, re.IGNORECASE):
            return True
    return False


_Fits = Callable[[InboundMessage, Surroundings], bool]

#: Bounces come first: a third of them carry list fields, and most say Auto-Submitted.
RULES: tuple[tuple[str, Kind, _Fits], ...] = (
    # RFC 3464 §2.3.3, §2.3.4
    ("delivery_failed", Kind.BOUNCE_HARD, lambda m, _: _has_failed(m, "5")),
    ("delivery_failed_for_now", Kind.BOUNCE_SOFT, lambda m, _: _has_failed(m, "")),
    ("delivery_delayed", Kind.BOUNCE_DELAY, lambda m, _: _is_delay(m)),
    ("delivery_report", Kind.BOUNCE_SOFT, lambda m, _: _is_delivery_report(m)),
    # RFC 5965, RFC 8098
    ("feedback_report", Kind.ABUSE_REPORT, lambda m, _: _report_type(m) == "feedback-report"),
    (
        "disposition_notification",
        Kind.READ_RECEIPT,
        lambda m, _: _report_type(m) == "disposition-notification",
    ),
    ("other_report", Kind.BOUNCE_SOFT, lambda m, _: m.content_type == "multipart/report"),
    ("failed_recipients_field", Kind.BOUNCE_HARD, lambda m, _: _names_failed_recipients(m)),
    ("our_message_id", Kind.OWN, lambda m, a: a.is_our_id(m.message_id or "")),
    ("our_address", Kind.OWN, _own_address),
    ("mailer_daemon", Kind.BOUNCE_SOFT, lambda m, _: _is_from_mailer_daemon(m)),
    (
        "bounce_subject",
        Kind.BOUNCE_SOFT,
        lambda m, _: bool(_BOUNCE_SUBJECT.fullmatch(m.subject.strip())),
    ),
    # RFC 5546 §3.2.3, §3.2.7
    (
        "calendar_method",
        Kind.CALENDAR_REPLY,
        lambda m, _: m.calendar_method in {"reply", "counter"},
    ),
    (
        "recall_class",
        Kind.RECALL,
        lambda m, _: any("recall" in each.lower() for each in m.values("content-class")),
    ),
    (
        "reaction_part",
        Kind.REACTION,
        lambda m, _: any("email-reaction" in each.content_type for each in m.attachments),
    ),
    (
        "out_of_office_subject",
        Kind.OUT_OF_OFFICE,
        lambda m, _: _says_out_of_office(m),
    ),
    ("auto_submitted", Kind.AUTO_REPLY, lambda m, _: _is_auto_submitted(m)),
    ("autoreply_field", Kind.AUTO_REPLY, lambda m, _: _has_autoreply_field(m)),
    ("precedence_auto_reply", Kind.AUTO_REPLY, lambda m, _: "auto_reply" in _precedence(m)),
    # RFC 2919, RFC 2369. Precedence is folklore, but folklore that stops loops.
    (
        "list_field",
        Kind.LIST,
        lambda m, _: any(name.startswith("list-") for name in m.headers),
    ),
    (
        "precedence",
        Kind.LIST,
        lambda m, _: bool(_precedence(m) & {"bulk", "junk", "list"}),
    ),
    # RFC 3834 §2: never answer the null path. An unknown path (None) is not null.
    ("null_return_path", Kind.AUTO_REPLY, lambda m, _: m.return_path == NULL_PATH),
    ("postmaster", Kind.NO_REPLY, lambda m, _: _local(m) == "postmaster"),
    ("no_reply_address", Kind.NO_REPLY, lambda m, _: bool(_NO_REPLY.match(_local(m)))),
    ("list_address", Kind.LIST, lambda m, _: bool(_LIST_ADDRESS.fullmatch(_local(m)))),
    ("handlers_address", Kind.STAFF, _is_from_staff),
    # After staff: a handler's client may ask for no automatic answers, and the token is
    # the proof of who writes.
    ("response_suppressed", Kind.AUTO_REPLY, lambda m, _: _suppresses_answers(m)),
    ("spam_verdict", Kind.SPAM, _is_marked_spam),
    ("dmarc_verdict", Kind.SPAM, _fails_dmarc),
)
