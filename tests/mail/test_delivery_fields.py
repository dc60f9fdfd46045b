"""
The fields of a delivery report, as mail systems spell, wrap and separate them.
"""

import time
from collections.abc import Sequence

import pytest

from mailbot.mail.message import DeliveryStatus
from mailbot.mail.reading.delivery_fields import statuses_in
from tests.mail.builders import read, report

REPORTING = "Reporting-MTA: dns; mx.example.net"


def of_part(*lines: str, kind: str = "message/delivery-status") -> tuple[DeliveryStatus, ...]:
    part = "\n".join([f"Content-Type: {kind}", "", REPORTING, "", *lines])
    return read(report("delivery-status", part)).delivery_statuses


def told(statuses: Sequence[DeliveryStatus]) -> list[tuple[str, str, str]]:
    return [(each.final_recipient, each.action, each.status) for each in statuses]


@pytest.mark.parametrize(
    ("said", "action"),
    [
        ("Action: failed\nStatus: 5.1.1", "failed"),
        ("Action: Failed (permanent)\nStatus: 5.1.1", "failed"),
        ("Action: expired\nStatus: 4.4.7", "failed"),
        ("Action: timed-out\nStatus: 4.4.7", "failed"),
        ("Action: bounced\nStatus: 5.0.0", "failed"),
        ("Action: undeliverable\nStatus: 5.0.0", "failed"),
        ("Action: échec\nStatus: 5.1.10", "failed"),
        ("Action: delayed\nStatus: 4.4.1", "delayed"),
        # Its own word counts before the class of its status.
        ("Action: delayed\nStatus: 5.4.7", "delayed"),
        ("Action: delivered\nStatus: 2.0.0", "delivered"),
        ("Action: deliverable\nStatus: 2.1.5", "deliverable"),
        ("Action: relayed (to non-DSN-aware mailer)\nStatus: 2.0.0", "relayed"),
        ("Status: 5.3.0", "failed"),
        ("Diagnostic-Code: smtp; 550-5.1.1 unknown", "failed"),
        ("Diagnostic-Code: smtp; 554 refused", "failed"),
        ("Status: 4.2.2", ""),
        ("Status: 2.0.0", ""),
        ("Diagnostic-Code: x-unix; 77", ""),
    ],
)
def test_class_5_is_final_and_what_has_expired_has_failed(said: str, action: str) -> None:
    [status] = of_part("Final-Recipient: rfc822; jane@example.com", said)

    assert status.action == action


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("Status: 5.1.1 (bad destination)", "5.1.1"),
        ("Status: 5.7.1 smtp;550 5.7.1 refused", "5.7.1"),
        ("Diagnostic-Code: X-Postfix; unknown user: 5.1.1", "5.1.1"),
        ("Diagnostic-Code: smtp; 550-5.1.10 nobody\n 550 5.1.10 here", "5.1.10"),
        # The address of a host is no status.
        ("Diagnostic-Code: smtp; 198.51.100.7 said: 550 no", "5.0.0"),
        ("Diagnostic-Code: smtp; [2.1.5.7] said: 550 no", "5.0.0"),
    ],
)
def test_a_status_is_read_where_it_stands(said: str, status: str) -> None:
    [found] = of_part("Final-Recipient: rfc822; jane@example.com", "Action: failed", said)

    assert found.status == status


@pytest.mark.parametrize(
    ("value", "recipient"),
    [
        ("rfc822; jane@example.com", "jane@example.com"),
        ("RFC822;<jane@example.com>", "jane@example.com"),
        ("jane@example.com", "jane@example.com"),
        ("rfc822; jane@example.com (Jane Doe; sales)", "jane@example.com"),
        ("LOCAL; jane", "jane"),
        ("unknown; jane@example.com;", "jane@example.com"),
        ('rfc822; "jane doe"@example.com', '"jane doe"@example.com'),
        (r"utf-8; si\x{e2}n@example.com", "siân@example.com"),
        (r"utf-8; si\x{ffffff}n@example.com", r"si\x{ffffff}n@example.com"),
    ],
)
def test_a_recipient_is_read_with_whatever_type(value: str, recipient: str) -> None:
    [status] = of_part(f"Final-Recipient: {value}", "Action: failed", "Status: 5.1.1")

    assert status.final_recipient == recipient


@pytest.mark.parametrize(
    "lines",
    [
        ("Original-Recipient: rfc822; jane@example.com", "Status: 5.5.0", "", "Action: failed"),
        ("Status: 5.5.0", "Action: failed", "", "", "Final-Recipient: rfc822; jane@example.com"),
        ("Final-Recipient: rfc822; jane@example.com", "", "Action: failed", "", "Status: 5.5.0"),
        (
            "Original-Recipient: rfc822; jane@example.com",
            "",
            "Final-Recipient: rfc822; jane@example.com",
            "Action: failed",
            "Status: 5.5.0",
        ),
    ],
)
def test_an_empty_line_too_many_does_not_end_a_recipients_group(lines: Sequence[str]) -> None:
    assert told(of_part(*lines)) == [("jane@example.com", "failed", "5.5.0")]


@pytest.mark.parametrize("between", ["", "\n"])
def test_several_recipients_are_told_apart_with_an_empty_line_and_without(between: str) -> None:
    first = "Final-Recipient: rfc822; jane@example.com\nAction: delayed\nStatus: 4.4.1\n"
    second = "Final-Recipient: rfc822; joe@example.com\nAction: failed\nStatus: 5.1.1\n"

    assert told(of_part(first + between + second)) == [
        ("jane@example.com", "delayed", "4.4.1"),
        ("joe@example.com", "failed", "5.1.1"),
    ]


@pytest.mark.parametrize("kind", ["message/delivery-status", "message/global-delivery-status"])
def test_a_line_that_is_no_field_belongs_to_the_one_above(kind: str) -> None:
    [status] = of_part(
        "Last-Attempt-Date: Fri, 20 Nov 2026 16:45:30 +0000",
        "Diagnostic-Code: smtp; 550-There is no such person here.",
        "550-mx.example.net [192.0.2.7]:25 has refused",
        "550 to take it.",
        "Status: 5.0.0",
        "Action: failed",
        "Final-Recipient: rfc822; jane@example.com",
        kind=kind,
    )

    assert (status.action, status.status) == ("failed", "5.0.0")
    assert status.diagnostic.endswith("[192.0.2.7]:25 has refused 550 to take it.")


def test_a_report_may_be_encoded_although_no_rule_allows_it() -> None:
    part = (
        "Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n"
        "RmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGphbmVAZXhhbXBsZS5jb20KQWN0aW9uOiBmYWls\n"
        "ZWQKU3RhdHVzOiA1LjEuMQo=\n"
    )
    quoted = (
        "Content-Type: message/delivery-status\nContent-Transfer-Encoding: quoted-printable\n\n"
        "Final-Recipient: rfc822; jane=40example.com\nAction: failed\nStatus: 5.1=\n.1\n"
    )

    for each in (part, quoted):
        found = read(report("delivery-status", each)).delivery_statuses
        assert told(found) == [("jane@example.com", "failed", "5.1.1")]


def test_fields_among_other_words_need_a_recipient_to_be_a_report() -> None:
    words = "Action: please ring the customer.\nStatus: 5.1.1\n"

    assert statuses_in(words) == ()
    assert told(statuses_in(f"> {words}> Final-Recipient: rfc822; jane@example.com\n")) == [
        ("jane@example.com", "failed", "5.1.1")
    ]


def test_more_recipients_than_anybody_writes_to_are_not_read() -> None:
    group = "Final-Recipient: rfc822; {}@example.com\nAction: failed\nStatus: 5.1.1\n\n"

    assert len(statuses_in("".join(map(group.format, range(5000))))) <= 200


@pytest.mark.parametrize(
    "hostile",
    [
        "Final-Recipient: " + "x" * 1_000_000 + "\nAction: failed\n",
        "Final-Recipient: rfc822; jane@example.com\nDiagnostic-Code: x\n" + "y y\n" * 200_000,
        ">" * 1_000_000 + "\nFinal-Recipient: rfc822; " + '"' * 100_000,
        "Final-Recipient: rfc822; jane@example.com\n" * 50_000,
    ],
)
def test_hostile_fields_take_no_longer_than_a_moment(hostile: str) -> None:
    begun = time.perf_counter()

    of_part(hostile)
    statuses_in(hostile)
    assert time.perf_counter() - begun < 5
