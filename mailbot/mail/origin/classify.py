"""
Who or what wrote a message: one table of rules, read from the top, and the
first that fits decides. The rule's name is stored with the message.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from mailbot.mail.message import NULL_PATH, Address, InboundMessage, Kind
from mailbot.mail.origin.automatic_fields import (
    OLD_LIST_FIELDS,
    guards_against_loops,
    has_autoreply_field,
    is_from_an_autoresponder,
    keyword,
    precedence,
    suppresses_answers,
)
from mailbot.mail.origin.bounce_words import (
    has_a_bounces_subject,
    is_from_a_daemon,
    is_from_a_mail_system,
    is_titled_as_a_delay,
    is_titled_as_a_failure,
    names_a_returned_subject,
    names_what_was_not_delivered,
)
from mailbot.mail.origin.came_back import (
    came_back,
    is_a_mail_systems,
    is_refused_by_its_reader,
)
from mailbot.mail.origin.journal import is_a_journal_report, journals_our_own
from mailbot.mail.origin.own_verdicts import fails_dmarc, is_marked_spam
from mailbot.mail.origin.robots import (
    asks_for_a_proof,
    has_a_challenge_field,
    has_an_automatic_prefix,
    is_titled_as_an_absence,
    reacts,
    recalls_a_message,
    says_that_it_was_read,
    tells_of_an_absence,
)
from mailbot.mail.origin.system_notices import complains_of_a_message, lists_quarantined_mail
from mailbot.mail.origin.unread_addresses import is_a_postmasters, takes_no_answer

#: The rule of what holds somebody else's mail as it was.
JOURNAL_REPORT = "journal_report"


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
    #: Whether an address is one of ours with a reply token that we signed.
    is_our_reply_address: Callable[[str], bool] = lambda _: False
    #: (field name, value) pairs by which our own mail system says spam, lower-case.
    spam_signals: frozenset[tuple[str, str]] = frozenset()
    #: Exchange's spam confidence level from which a message counts as spam; 0 = it is not read.
    spam_level: int = 5
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

_REPORT_TYPE = re.compile(r"report-type\s*=\s*\"?([\w-]+)", re.IGNORECASE)


def _report_type(message: InboundMessage) -> str:
    if message.content_type != "multipart/report":
        return ""
    found = _REPORT_TYPE.search(message.first("content-type"))
    return found[1].lower() if found else ""


def _is_a_report(message: InboundMessage) -> bool:
    """
    Whether the message itself is one: people attach those they got to mail of their own.
    """
    return (
        message.content_type == "multipart/report"  # RFC 6522 §3
        or message.content_type.startswith("message/")
        # Gateways that know of no such type; the header still gives them away.
        or _returns(message)
        or _is_auto_submitted(message)
        or bool(message.first("x-failed-recipients"))
    )


def _is_delivery_report(message: InboundMessage) -> bool:
    if _report_type(message) == "delivery-status":
        return True
    has_part = any(not each.in_words for each in message.delivery_statuses)
    return has_part and _is_a_report(message)


def _is_disposition_report(message: InboundMessage) -> bool:
    is_typed = _report_type(message) == "disposition-notification"
    if is_typed or not message.disposition:
        return is_typed
    # Without a word beside it nobody has attached it to anything.
    return _is_a_report(message) or says_that_it_was_read(message) or not message.text


def _has_failed(message: InboundMessage, permanently: str) -> bool:
    # Most messages tell of no delivery.
    return bool(message.delivery_statuses) and (
        any(
            each.action == "failed" and each.status.startswith(permanently)
            for each in message.delivery_statuses
        )
        and _is_delivery_report(message)
    )


def _names_failed_recipients(message: InboundMessage) -> bool:
    # Exim's field, and that of large providers whose RFC 3464 part is empty. They
    # put it on a delay too, and then only the subject tells.
    return bool(message.first("x-failed-recipients")) and not is_titled_as_a_delay(message)


def _is_delay(message: InboundMessage) -> bool:
    is_told = any(each.action == "delayed" for each in message.delivery_statuses)
    return is_told and _is_delivery_report(message)


def _returns(message: InboundMessage) -> bool:
    """
    Whether a mail system, by its name, its subject or the null path, returns something.
    """
    return (
        is_from_a_mail_system(message)
        or has_a_bounces_subject(message)
        or names_a_returned_subject(message)
        # A vacation message has the null path too, and may name a colleague's address.
        or (message.return_path == NULL_PATH and not _answers_by_itself(message))
    )


def _says_in_words(message: InboundMessage, action: str) -> bool:
    is_told = any(each.in_words and each.action == action for each in message.delivery_statuses)
    return is_told and _returns(message)


def _names_a_failure(message: InboundMessage) -> bool:
    return names_a_returned_subject(message) or is_titled_as_a_failure(message)


# --- automatic answers -----------------------------------------------------


def _is_auto_submitted(message: InboundMessage) -> bool:
    # RFC 3834 §2 and §5: every keyword but "no" marks a machine, including
    # ones that nobody has heard of.
    return any(keyword(each) not in {"no", ""} for each in message.values("auto-submitted"))


def says_it_answers(message: InboundMessage) -> bool:
    """
    Whether it declares itself an automatic answer (RFC 3834 §5): nobody's words
    stand in it.
    """
    return any(keyword(each) == "auto-replied" for each in message.values("auto-submitted"))


def _answers_by_itself(message: InboundMessage) -> bool:
    return (
        says_it_answers(message) or has_autoreply_field(message) or has_an_automatic_prefix(message)
    )


def declares_an_answer(message: InboundMessage) -> bool:
    """
    Whether its header fields say that a program answered for somebody: by RFC 3834 §5 or
    the fields of autoresponders, or as Exchange does, whose answers are "auto-generated"
    and named one in the subject.
    """
    is_titled = has_an_automatic_prefix(message) or is_titled_as_an_absence(message)
    return (
        says_it_answers(message)
        or has_autoreply_field(message)
        or is_from_an_autoresponder(message)
        or "auto_reply" in precedence(message)
        or (_is_auto_submitted(message) and is_titled)
    )


def comes_back(message: InboundMessage, is_ours: Callable[[str], bool]) -> bool:
    """
    Whether a machine returns as undeliverable what *is_ours* by its id; a program that
    declares itself an answer has got it, and has the null path too.
    """
    is_declared = declares_an_answer(message) or guards_against_loops(message)
    return (is_a_mail_systems(message) or not is_declared) and came_back(message, is_ours)


# --- addresses -------------------------------------------------------------

_LIST_ADDRESS = re.compile(
    r"(owner-.*|.*-(request|owner|bounces?)|bounces?[-+=].*)@[^@]*", re.IGNORECASE
)


def _address(message: InboundMessage) -> str:
    return message.sender.key if message.sender else ""


def is_own_address(address: Address, around: Surroundings) -> bool:
    """
    Whether it is one of ours, with a reply token or without.
    """
    local, _, domain = address.key.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" in around.own_addresses


def _own_address(message: InboundMessage, around: Surroundings) -> bool:
    return message.sender is not None and is_own_address(message.sender, around)


def _is_our_own_copy(message: InboundMessage, around: Surroundings) -> bool:
    """
    Whether a letter of ours came back under a new id, as some relays give one: in our name,
    and with what only our letters have. Anybody writes in our name, and who answers us has
    ids of ours, too.
    """
    if not _own_address(message, around):
        return False
    if any(around.is_our_reply_address(each.email) for each in message.reply_to):
        return True
    # Of a letter without a reply address: our field, or a machine's mark, and our anchor.
    is_marked = bool(message.values("x-mailbot-template")) or _is_auto_submitted(message)
    return is_marked and any(map(around.is_our_id, (*message.references, *message.in_reply_to)))


def _is_from_staff(message: InboundMessage, around: Surroundings) -> bool:
    # RFC 5322 §3.6.2 allows several authors; nobody of ours writes that way.
    return (
        message.has_one_sender
        and message.sender is not None
        and message.sender.key in around.staff_addresses
    )


def _journals_our_own(message: InboundMessage, around: Surroundings) -> bool:
    return is_a_journal_report(message) and journals_our_own(message, around.is_our_id)


_Fits = Callable[[InboundMessage, Surroundings], bool]

#: Bounces come first: a third of them carry list fields, and most say Auto-Submitted. Before
#: them stand journal reports, which come from the address of Exchange's bounces.
RULES: tuple[tuple[str, Kind, _Fits], ...] = (
    ("journal_of_our_own", Kind.OWN, _journals_our_own),
    (JOURNAL_REPORT, Kind.NO_REPLY, lambda m, _: is_a_journal_report(m)),
    # RFC 3464 §2.3.3, §2.3.4
    ("delivery_failed", Kind.BOUNCE_HARD, lambda m, _: _has_failed(m, "5")),
    ("delivery_failed_for_now", Kind.BOUNCE_SOFT, lambda m, _: _has_failed(m, "")),
    ("delivery_delayed", Kind.BOUNCE_DELAY, lambda m, _: _is_delay(m)),
    ("our_mail_came_back", Kind.BOUNCE_HARD, lambda m, a: comes_back(m, a.is_our_id)),
    ("delivery_report", Kind.BOUNCE_SOFT, lambda m, _: _is_delivery_report(m)),
    # RFC 5965, RFC 5429 §2.2.1, RFC 8098
    ("feedback_report", Kind.ABUSE_REPORT, lambda m, _: _report_type(m) == "feedback-report"),
    ("complaint_about_a_message", Kind.ABUSE_REPORT, lambda m, _: complains_of_a_message(m)),
    ("refused_by_its_reader", Kind.BOUNCE_HARD, lambda m, _: is_refused_by_its_reader(m)),
    ("disposition_notification", Kind.READ_RECEIPT, lambda m, _: _is_disposition_report(m)),
    ("other_report", Kind.BOUNCE_SOFT, lambda m, _: m.content_type == "multipart/report"),
    ("failed_recipients_field", Kind.BOUNCE_HARD, lambda m, _: _names_failed_recipients(m)),
    ("our_message_id", Kind.OWN, lambda m, a: a.is_our_id(m.message_id or "")),
    ("our_own_copy", Kind.OWN, _is_our_own_copy),
    ("our_address", Kind.OWN, _own_address),
    # flufl.bounce, where the header shows a mail system
    ("failed_in_words", Kind.BOUNCE_HARD, lambda m, _: _says_in_words(m, "failed")),
    ("delayed_in_words", Kind.BOUNCE_DELAY, lambda m, _: _says_in_words(m, "delayed")),
    (
        "mailer_daemon_delay",
        Kind.BOUNCE_DELAY,
        lambda m, _: is_a_mail_systems(m) and is_titled_as_a_delay(m),
    ),
    ("mailer_daemon", Kind.BOUNCE_SOFT, lambda m, _: is_from_a_daemon(m)),
    (
        "returned_subject",
        Kind.BOUNCE_SOFT,
        lambda m, _: is_from_a_mail_system(m) and _names_a_failure(m),
    ),
    (
        "bounce_subject",
        Kind.BOUNCE_SOFT,
        lambda m, _: has_a_bounces_subject(m) and names_what_was_not_delivered(m),
    ),
    # RFC 5546 §3.2.3, §3.2.7
    (
        "calendar_method",
        Kind.CALENDAR_REPLY,
        lambda m, _: m.calendar_method in {"reply", "counter"},
    ),
    # Outlook; no document has it.
    (
        "recall_class",
        Kind.RECALL,
        lambda m, _: any("recall" in each.lower() for each in m.values("content-class")),
    ),
    ("recall_words", Kind.RECALL, lambda m, _: recalls_a_message(m)),
    (
        "reaction_part",
        Kind.REACTION,
        lambda m, _: any("email-reaction" in each.content_type for each in m.attachments),
    ),
    ("reaction_words", Kind.REACTION, lambda m, _: reacts(m)),
    ("receipt_words", Kind.READ_RECEIPT, lambda m, _: says_that_it_was_read(m)),
    # Before the fields of RFC 3834, which most of them have too.
    ("challenge_field", Kind.CHALLENGE, lambda m, _: has_a_challenge_field(m)),
    ("challenge_words", Kind.CHALLENGE, lambda m, _: asks_for_a_proof(m)),
    ("out_of_office_subject", Kind.OUT_OF_OFFICE, lambda m, _: has_an_automatic_prefix(m)),
    (
        "absence_notice",
        Kind.OUT_OF_OFFICE,
        lambda m, _: is_titled_as_an_absence(m) and _answers_by_itself(m),
    ),
    ("auto_submitted", Kind.AUTO_REPLY, lambda m, _: _is_auto_submitted(m)),
    ("autoreply_field", Kind.AUTO_REPLY, lambda m, _: has_autoreply_field(m)),
    ("autoresponder", Kind.AUTO_REPLY, lambda m, _: is_from_an_autoresponder(m)),
    ("precedence_auto_reply", Kind.AUTO_REPLY, lambda m, _: "auto_reply" in precedence(m)),
    # RFC 2919, RFC 2369. Precedence is folklore, but folklore that stops loops.
    ("list_field", Kind.LIST, lambda m, _: any(name.startswith("list-") for name in m.headers)),
    ("precedence", Kind.LIST, lambda m, _: bool(precedence(m) & {"bulk", "junk", "list"})),
    # Mailman before RFC 2369, ezmlm, and those who wrote fields of their own
    ("old_list_field", Kind.LIST, lambda m, _: not OLD_LIST_FIELDS.isdisjoint(m.headers)),
    # RFC 3834 §2: never answer the null path. An unknown path (None) is not null.
    ("null_return_path", Kind.AUTO_REPLY, lambda m, _: m.return_path == NULL_PATH),
    ("postmaster", Kind.NO_REPLY, lambda m, _: is_a_postmasters(_address(m))),
    ("quarantine_list", Kind.NO_REPLY, lambda m, _: lists_quarantined_mail(m)),
    ("no_reply_address", Kind.NO_REPLY, lambda m, _: takes_no_answer(_address(m))),
    ("list_address", Kind.LIST, lambda m, _: bool(_LIST_ADDRESS.fullmatch(_address(m)))),
    ("loop_field", Kind.AUTO_REPLY, lambda m, _: guards_against_loops(m)),
    ("handlers_address", Kind.STAFF, _is_from_staff),
    # After staff: a handler's client may ask for no automatic answers, and the token is
    # the proof of who writes; and a handler may well write of an absence.
    ("response_suppressed", Kind.AUTO_REPLY, lambda m, _: suppresses_answers(m)),
    ("absence_in_words", Kind.OUT_OF_OFFICE, lambda m, _: tells_of_an_absence(m)),
    ("spam_verdict", Kind.SPAM, lambda m, a: is_marked_spam(m, a.spam_signals, a.spam_level)),
    ("dmarc_verdict", Kind.SPAM, lambda m, a: fails_dmarc(m, a.authserv_id)),
)

#: What is decided by words that a person might write too. None of it is acknowledged,
#: and where nobody else sees it, somebody has to be told.
IN_DOUBT = frozenset(
    {
        *("failed_in_words", "delayed_in_words", "bounce_subject", "returned_subject"),
        *("recall_words", "reaction_words", "receipt_words", "challenge_words"),
        *("out_of_office_subject", "absence_in_words"),
    }
)
