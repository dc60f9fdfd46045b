"""
Who or what wrote it: every rule with a message that fits it and a near miss.
"""

from dataclasses import dataclass

import pytest

from mailbot.mail.classify import RULES, Surroundings, classify
from mailbot.mail.identity import Keyring, Thread
from mailbot.mail.message import InboundMessage, Kind
from tests.mail.builders import mail, multipart, read, report

RING = Keyring([b"k" * 32], "example.com")
OUR_ID = RING.message_id(Thread.CUSTOMER, 7, "abcdefgh")

AROUND = Surroundings(
    own_addresses=frozenset({"service@example.com", "complaints@example.com"}),
    staff_addresses=frozenset({"rhian@example.com"}),
    is_our_id=lambda each: RING.read_id(each) is not None,
    spam_signals=frozenset({("x-spam-flag", "yes")}),
    authserv_id="mx.example.com",
)

Fields = tuple[tuple[str, str], ...]


def status(action: str, code: str) -> str:
    return (
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n"
        f"Final-Recipient: rfc822; jane@example.org\nAction: {action}\nStatus: {code}\n"
    )


def dsn(action: str, code: str, *fields: tuple[str, str]) -> bytes:
    return report("delivery-status", status(action, code), fields=fields)


def subject(text: str) -> bytes:
    return mail(("Subject", text))


def sender(address: str, *more: tuple[str, str]) -> bytes:
    return mail(("From", address), *more)


@dataclass(frozen=True)
class Example:
    kind: Kind
    fits: tuple[bytes, ...]
    misses: tuple[bytes, ...]


CALENDAR = "Content-Type: text/calendar; method={}\n\nBEGIN:VCALENDAR"
REACTION = "Content-Type: text/vnd.google.email-reaction+json\n\n{}"

EXAMPLES = {
    "delivery_failed": Example(
        Kind.BOUNCE_HARD,
        (dsn("failed", "5.1.1"), dsn("Failed", "5.2.2 (full)")),
        (
            dsn("delayed", "5.1.1"),
            dsn("failed", "4.4.7"),
            multipart(
                "mixed", "Content-Type: message/rfc822\n\n" + dsn("failed", "5.1.1").decode()
            ),
        ),
    ),
    "delivery_failed_for_now": Example(
        Kind.BOUNCE_SOFT, (dsn("failed", "4.4.7"), dsn("failed", "")), (dsn("delayed", "4.4.7"),)
    ),
    "delivery_delayed": Example(
        Kind.BOUNCE_DELAY, (dsn("delayed", "4.4.1"),), (dsn("delivered", "2.0.0"),)
    ),
    "delivery_report": Example(
        Kind.BOUNCE_SOFT,
        (dsn("delivered", "2.0.0"), report("delivery-status", "\nno details")),
        (report("x-statistics", "\nno details"),),
    ),
    "feedback_report": Example(
        Kind.ABUSE_REPORT,
        (report("feedback-report", "\nabuse"),),
        (mail(("X-Report-Type", "feedback-report")),),
    ),
    "disposition_notification": Example(
        Kind.READ_RECEIPT,
        (report("disposition-notification", "\nread"),),
        (mail(("Disposition-Notification-To", "jane@example.com")),),
    ),
    "other_report": Example(
        Kind.BOUNCE_SOFT,
        (multipart("report", "\nit failed"),),
        (multipart("mixed", "\nit failed"),),
    ),
    "failed_recipients_field": Example(
        Kind.BOUNCE_HARD,
        (mail(("X-Failed-Recipients", "jane@example.org")),),
        (
            mail(
                ("X-Failed-Recipients", "jane@example.org"),
                ("Subject", "Delivery Status Notification (Delay)"),
            ),
            mail(("X-Failed-Recipients", "")),
        ),
    ),
    "our_message_id": Example(
        Kind.OWN,
        (mail(("Message-ID", f"<{OUR_ID}>")),),
        (mail(("Message-ID", f"<x{OUR_ID}>")), mail(("In-Reply-To", f"<{OUR_ID}>"))),
    ),
    "our_address": Example(
        Kind.OWN,
        (
            sender("service@example.com"),
            sender("Service+token@Example.com"),
            sender("complaints@example.com"),
        ),
        (sender("service@example.org"), sender("customer-service@example.com")),
    ),
    "mailer_daemon": Example(
        Kind.BOUNCE_SOFT,
        (
            sender("MAILER-DAEMON@mx.example.org"),
            sender("gateway@example.org", ("Return-Path", "<MAILER-DAEMON@mx.example.org>")),
        ),
        (sender("mailer@example.org"), sender("daemon@example.org")),
    ),
    "bounce_subject": Example(
        Kind.BOUNCE_SOFT,
        (
            subject("Undelivered Mail Returned to Sender"),
            subject("Mail delivery failed: returning message to sender"),
            subject("Delivery Status Notification (Failure)"),
            subject("failure notice"),
        ),
        (
            subject("Re: Undelivered Mail Returned to Sender"),
            subject("Delivery of my router"),
            subject("Mail delivery failed again and again"),
        ),
    ),
    "calendar_method": Example(
        Kind.CALENDAR_REPLY,
        (
            multipart("alternative", CALENDAR.format("REPLY")),
            multipart("alternative", CALENDAR.format("COUNTER")),
        ),
        (
            multipart("alternative", CALENDAR.format("REQUEST")),
            multipart("alternative", CALENDAR.format("PUBLISH")),
        ),
    ),
    "recall_class": Example(
        Kind.RECALL,
        (mail(("Content-Class", "urn:content-classes:recallmessage")),),
        (mail(("Content-Class", "urn:content-classes:message")), subject("Recall: my order")),
    ),
    "reaction_part": Example(
        Kind.REACTION,
        (multipart("alternative", "Content-Type: text/plain\n\nx", REACTION),),
        (multipart("alternative", "Content-Type: application/json\n\n{}"),),
    ),
    "out_of_office_subject": Example(
        Kind.OUT_OF_OFFICE,
        (
            subject("Automatic reply: No internet"),
            subject("Out of Office AutoReply: No internet"),
            subject("out of the office: back on Monday"),
            subject("Automatische Antwort: Kein Internet"),
            mail(("Subject", "Autoreply: x"), ("Auto-Submitted", "auto-replied")),
        ),
        (
            subject("Re: Rhian is out of the office"),
            subject("Out of office hours nobody answers"),
            subject("Automatic reply"),
        ),
    ),
    "auto_submitted": Example(
        Kind.AUTO_REPLY,
        (
            mail(("Auto-Submitted", "auto-replied")),
            mail(("Auto-Submitted", " AUTO-GENERATED ; type=x")),
            mail(("Auto-Submitted", "auto-notified; owner-email=x@y")),
            mail(("Auto-Submitted", "never-heard-of")),
            mail(("Auto-Submitted", "no"), ("Auto-Submitted", "auto-replied")),
        ),
        (
            mail(("Auto-Submitted", "no")),
            mail(("Auto-Submitted", " No (a person)")),
            mail(("Auto-Submitted", "no; x=1")),
            mail(("Auto-Submitted", "")),
        ),
    ),
    "autoreply_field": Example(
        Kind.AUTO_REPLY,
        (
            mail(("X-Autoreply", "yes")),
            mail(("X-Autorespond", "")),
            mail(("X-Autoresponder", "x")),
            mail(("X-Auto-Reply-From", "jane@example.com")),
        ),
        (mail(("X-Autoreply", "no")), mail(("X-Auto-Reply-To", "x"))),
    ),
    "precedence_auto_reply": Example(
        Kind.AUTO_REPLY,
        (mail(("Precedence", "auto_reply")),),
        (mail(("Precedence", "auto")),),
    ),
    "list_field": Example(
        Kind.LIST,
        (mail(("List-Id", "<x.example.org>")), mail(("List-Unsubscribe", "<https://x.example>"))),
        (mail(("X-List-Id", "x")), mail(("Listed", "x"))),
    ),
    "precedence": Example(
        Kind.LIST,
        (
            mail(("Precedence", "bulk")),
            mail(("Precedence", "LIST")),
            mail(("Precedence", "normal"), ("Precedence", "junk")),
        ),
        (mail(("Precedence", "normal")), mail(("Precedence", "first-class"))),
    ),
    "null_return_path": Example(
        Kind.AUTO_REPLY,
        (mail(("Return-Path", "<>")),),
        (mail(), mail(("Return-Path", "<jane@example.com>"))),
    ),
    "postmaster": Example(
        Kind.NO_REPLY,
        (sender("Postmaster@example.org"),),
        (sender("post@example.org"), sender("postmasters@example.org")),
    ),
    "no_reply_address": Example(
        Kind.NO_REPLY,
        (
            sender("noreply@example.org"),
            sender("no-reply@example.org"),
            sender("do_not_reply@example.org"),
            sender("DoNotReply+17@example.org"),
            sender("no.reply-forms@example.org"),
        ),
        (sender("noreen@example.org"), sender("reply@example.org"), sender("joe@noreply.example")),
    ),
    "list_address": Example(
        Kind.LIST,
        (
            sender("owner-users@example.org"),
            sender("users-request@example.org"),
            sender("users-bounces@example.org"),
        ),
        (sender("owner@example.org"), sender("requests@example.org")),
    ),
    "handlers_address": Example(
        Kind.STAFF,
        (sender("Rhian Price <RHIAN@example.com>"),),
        (
            sender("rhian@example.com, jane@example.org"),
            sender("rhian@example.com", ("From", "rhian@example.com")),
            sender('"rhian@example.com" <jane@example.org>'),
        ),
    ),
    "response_suppressed": Example(
        Kind.AUTO_REPLY,
        (
            mail(("X-Auto-Response-Suppress", "All")),
            mail(("X-Auto-Response-Suppress", "DR, OOF")),
            mail(("X-Auto-Response-Suppress", "autoreply")),
        ),
        (mail(("X-Auto-Response-Suppress", "DR, RN, NRN")), mail(("X-Auto-Response-Suppress", ""))),
    ),
    "spam_verdict": Example(
        Kind.SPAM,
        (
            mail(("X-Spam-Flag", "YES")),
            mail(("X-Spam-Flag", "no"), ("X-Spam-Flag", " yes ")),
            mail(("X-MS-Exchange-Organization-SCL", "5")),
            mail(("X-MS-Exchange-Organization-SCL", "9")),
        ),
        (
            mail(("X-Spam-Flag", "NO")),
            mail(("X-Spam-Flag", "yes, but")),
            mail(("X-MS-Exchange-Organization-SCL", "4")),
            mail(("X-MS-Exchange-Organization-SCL", "-1")),
            mail(("X-MS-Exchange-Organization-SCL", "very")),
        ),
    ),
    "dmarc_verdict": Example(
        Kind.SPAM,
        (
            mail(("Authentication-Results", "mx.example.com; spf=pass; dmarc=fail (p=none)")),
            mail(("Authentication-Results", "MX.example.com 1; DMARC = Fail")),
            mail(
                ("Authentication-Results", "mx.example.com; dkim=pass"),
                ("Authentication-Results", "mx.example.com; dmarc=fail"),
            ),
        ),
        (
            mail(("Authentication-Results", "mx.example.com; dmarc=pass")),
            mail(("Authentication-Results", "mx.example.com; spf=fail; dkim=fail")),
            mail(("Authentication-Results", "elsewhere.example; dmarc=fail")),
            mail(
                ("Authentication-Results", "elsewhere.example; dmarc=pass"),
                ("Authentication-Results", "mx.example.com; dmarc=fail"),
            ),
        ),
    ),
}

FITTING = [(rule, content) for rule, each in EXAMPLES.items() for content in each.fits]
MISSING = [(rule, content) for rule, each in EXAMPLES.items() for content in each.misses]


def found(content: bytes, around: Surroundings = AROUND) -> tuple[str, Kind]:
    decided = classify(read(content), around)
    return decided.rule, decided.kind


def test_every_rule_has_its_examples() -> None:
    assert list(EXAMPLES) == [rule for rule, _, _ in RULES]


@pytest.mark.parametrize(("rule", "content"), FITTING)
def test_what_fits_a_rule_is_classified_by_it(rule: str, content: bytes) -> None:
    assert found(content) == (rule, EXAMPLES[rule].kind)


@pytest.mark.parametrize(("rule", "content"), MISSING)
def test_a_near_miss_is_not_classified_by_the_rule(rule: str, content: bytes) -> None:
    assert found(content)[0] != rule


def test_an_ordinary_message_is_a_persons() -> None:
    assert found(mail()) == ("nothing_automatic", Kind.PERSON)


LIST = (("List-Id", "<x.example.org>"), ("Precedence", "bulk"))
AUTO = (("Auto-Submitted", "auto-replied"),)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (dsn("failed", "5.1.1", *LIST, *AUTO), "delivery_failed"),
        (dsn("failed", "5.1.1", ("From", "postmaster@example.org")), "delivery_failed"),
        (report("feedback-report", "\nx", fields=LIST), "feedback_report"),
        (sender("mailer-daemon@example.org", *LIST), "mailer_daemon"),
        (mail(("Subject", "Automatic reply: x"), *LIST, *AUTO), "out_of_office_subject"),
        (mail(*LIST, *AUTO), "auto_submitted"),
        (sender("noreply@example.org", *LIST), "list_field"),
        (sender("rhian@example.com", *AUTO), "auto_submitted"),
        (sender("rhian@example.com", *LIST), "list_field"),
        (sender("rhian@example.com", ("X-Spam-Flag", "YES")), "handlers_address"),
        (sender("service@example.com", *AUTO), "our_address"),
    ],
)
def test_the_first_rule_that_fits_decides(content: bytes, rule: str) -> None:
    assert found(content)[0] == rule


@pytest.mark.parametrize("rule", ["spam_verdict", "dmarc_verdict", "handlers_address"])
def test_a_stranger_to_our_surroundings_is_judged_by_the_message_alone(rule: str) -> None:
    content = EXAMPLES[rule].fits[0]

    assert found(content, Surroundings()) == ("nothing_automatic", Kind.PERSON)


def test_a_message_without_anything_is_a_persons() -> None:
    message = InboundMessage(received_at=read(mail()).received_at)

    assert classify(message, AROUND).kind is Kind.PERSON
