"""
From octets to a message, as mail really is.
"""

import base64
import quopri
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailbot.mail.files.attached import safe_file_name
from mailbot.mail.files.opened import opened
from mailbot.mail.message import Address, DeliveryStatus, InboundMessage
from mailbot.mail.reading.html import hasty_text, html_to_text
from mailbot.mail.reading.parse import parse, parse_header, text_of
from mailbot.mail.reading.scan import Malformed
from tests.mail.builders import RECEIVED_AT, mail, multipart, read, report

PLAIN = "Content-Type: text/plain; charset=utf-8\n\n"
HTML = "Content-Type: text/html; charset=utf-8\n\n"


def words(octets: bytes, charset: str = "utf-8") -> str:
    return f"=?{charset}?B?{base64.b64encode(octets).decode()}?="


# --- who -------------------------------------------------------------------


def test_a_plain_message_is_read_whole() -> None:
    message = read(mail())

    assert message.sender == Address(name="Jane Doe", email="jane@example.com")
    assert message.recipients == (Address(email="service@example.com"),)
    assert (message.subject, message.text) == ("No internet", "The line is dead.")
    assert message.message_id == "first@example.com"
    assert message.date == datetime(2026, 11, 20, 16, 44, tzinfo=UTC)
    assert message.received_at == RECEIVED_AT
    assert message.has_one_sender
    assert message.readable


def test_a_second_from_field_does_not_hide() -> None:
    message = read(
        mail(("From", "Rhian <rhian@example.com>"), ("From", "Jane <jane@customer.example>"))
    )

    assert [each.email for each in message.senders] == [
        "rhian@example.com",
        "jane@customer.example",
    ]
    assert message.from_fields == 2
    assert not message.has_one_sender


@pytest.mark.parametrize("name", ["", "Jane", "Jane Doe", "J. O'Neill-Doe", "- '' _"])
@pytest.mark.parametrize("email", ["jane@example.com", "a+b.c-d@e", "j_1@mail.example.co.uk"])
def test_a_plain_mailbox_is_read_as_the_library_reads_it(name: str, email: str) -> None:
    spelt = [f"{name} <{email}>".strip(), *([] if name else [email])]

    for each in spelt:
        # A comma with nothing behind it says nothing, and only the library reads it.
        plain, at_length = (read(mail(("From", said))) for said in (each, f"{each},"))
        assert plain.senders == at_length.senders == (Address(name=name, email=email),)


def test_two_addresses_in_one_from_field_are_two_senders() -> None:
    message = read(mail(("From", "a@example.com, b@example.com")))

    assert len(message.senders) == 2
    assert not message.has_one_sender


@pytest.mark.parametrize(
    "value", ["", "undisclosed-recipients:;", "Jane Doe", "<>", "jane at example.com"]
)
def test_a_from_field_without_an_address_names_no_sender(value: str) -> None:
    assert read(mail(("From", value))).sender is None


def test_a_group_of_recipients_is_its_members() -> None:
    message = read(mail(("To", "Team: a@example.com, B <b@example.com>;"), ("Cc", "none:;")))

    assert [each.email for each in message.recipients] == ["a@example.com", "b@example.com"]


def test_where_it_was_delivered_is_read_from_every_field_that_says_so() -> None:
    message = read(
        mail(
            ("Delivered-To", "service+one@example.com"),
            ("X-Original-To", "service+two@example.com"),
            ("Envelope-To", "<service+three@example.com>"),
        )
    )

    assert message.delivered_to == (
        "service+one@example.com",
        "service+two@example.com",
        "service+three@example.com",
    )


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (f"{words('Siân Môn'.encode())} <jane@example.com>", "Siân Môn"),
        ('"Doe, Jane" <jane@example.com>', "Doe, Jane"),
        ('"a@b.example" <jane@example.com>', "a@b.example"),
        ("jane@example.com (Jane)", "Jane"),
    ],
)
def test_a_display_name_is_decoded_and_never_taken_for_the_address(value: str, name: str) -> None:
    assert read(mail(("From", value))).sender == Address(name=name, email="jane@example.com")


def test_a_display_name_that_cannot_be_decoded_does_not_cost_the_address() -> None:
    assert read(mail(("From", "=?utf-8?b?a?= <jane@example.com>"))).sender == Address(
        name="=?utf-8?b?a?=", email="jane@example.com"
    )


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ((), None),
        ((("Return-Path", "<>"),), ""),
        ((("Return-Path", " < > "),), ""),
        ((("Return-Path", "<jane@example.com>"),), "jane@example.com"),
    ],
)
def test_an_unknown_return_path_is_not_the_null_path(
    fields: tuple[tuple[str, str], ...], path: str | None
) -> None:
    assert read(mail(*fields)).return_path == path


# --- header fields ---------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        (words("Dim rhyngrwyd, tŷ".encode()), "Dim rhyngrwyd, tŷ"),
        (f"{words('café'.encode()[:4])} {words('café'.encode()[4:])}", "café"),
        (f"{words(b'one')}\r\n {words(b' two')}", "one two"),
        ("Re: =?iso-8859-1?Q?caf=E9?= again", "Re: café again"),
        ("=?utf-8*cy?Q?dim?=", "dim"),
        ("folded\r\n subject\r\n\tline", "folded subject line"),
        ("=?utf-8?B?not base64!?=", "=?utf-8?B?not base64!?="),
        ("=?utf-8?B?a?=", "=?utf-8?B?a?="),
        ("=?no-such-charset?Q?caf=C3=A9?=", "café"),
        (words("caf\xe9".encode("latin-1")), "café"),
        ("café".encode(), "café"),
        ("caf\xe9".encode("latin-1"), "café"),
        (words(b"a\r\nBcc: b@example.com"), "a\nBcc: b@example.com"),
    ],
)
def test_a_subject_is_decoded_or_left_as_it_stands(value: str | bytes, subject: str) -> None:
    assert read(mail(("Subject", value))).subject == subject


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        # What stands raw beside a word stays, whatever script it is of.
        (
            "It\u2019s the café =?utf-8?Q?in_Pontcanna=2C_t=C5=B7_Jones?=",
            "It\u2019s the café in Pontcanna, tŷ Jones",
        ),
        ("\\u2019 =?utf-8?Q?t=C5=B7?=", "\\u2019 tŷ"),
        # A word that was cut off costs no other its reading.
        (
            "=?utf-8?B?abcde?= =?utf-8?Q?t=C5=B7?= [ISS-000001-95]",
            "=?utf-8?B?abcde?= tŷ [ISS-000001-95]",
        ),
        # RFC 2231 §5
        ("=?iso-8859-2*pl?Q?=B3=F3d=BC?=", "łódź"),
    ],
)
def test_each_word_of_a_subject_is_decoded_by_itself(value: str, subject: str) -> None:
    assert read(mail(("Subject", value))).subject == subject


def test_a_nul_in_the_header_or_the_body_does_no_harm() -> None:
    message = read(mail(("Subject", b"No\x00 internet"), body=b"dead\x00 line"))

    assert (message.subject, message.text) == ("No internet", "dead line")


@pytest.mark.parametrize(
    ("value", "message_id"),
    [
        ("<a@b>", "a@b"),
        ("a@b", "a@b"),
        ("  <A@B>  (comment)", "A@B"),
        ("<a\r\n @b>", None),
        ("<a b@c>", None),
        ("<no-at-sign>", "no-at-sign"),
        ("no id at all", None),
        ("", None),
        ("<<a@b>>", "a@b"),
    ],
)
def test_a_malformed_message_id_is_none_or_what_stands_in_the_brackets(
    value: str, message_id: str | None
) -> None:
    assert read(mail(("Message-ID", value))).message_id == message_id


def test_ids_keep_their_order_and_their_letters() -> None:
    message = read(
        mail(("In-Reply-To", "<C@d> wrote"), ("References", "<A@b>\r\n <C@d>\r\n\t<e@f>"))
    )

    assert message.in_reply_to == ("C@d",)
    assert message.references == ("A@b", "C@d", "e@f")


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("Fri, 20 Nov 2026 16:44:00 +0000", datetime(2026, 11, 20, 16, 44, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 18:44:00 +0200", datetime(2026, 11, 20, 16, 44, tzinfo=UTC)),
        ("20 Nov 2026 16:44 -0000", datetime(2026, 11, 20, 16, 44, tzinfo=UTC)),
        ("Tue, 19 Jan 2199 03:14:07 +0000", datetime(2199, 1, 19, 3, 14, 7, tzinfo=UTC)),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_senders_clock_is_read_in_utc_if_it_can_be_read(
    value: str, date: datetime | None
) -> None:
    found = read(mail(("Date", value))).date

    assert found == date
    assert found is None or found.tzinfo is UTC


def test_a_repeated_field_keeps_all_its_values() -> None:
    message = read(mail(("Precedence", "first"), ("precedence", "bulk")))

    assert message.values("precedence") == ("first", "bulk")


# --- text ------------------------------------------------------------------


def test_of_alternatives_the_plain_one_is_read() -> None:
    content = multipart("alternative", PLAIN + "plain words", HTML + "<p>html words</p>")

    assert read(content).text == "plain words"


def test_an_empty_plain_alternative_gives_way_to_the_html() -> None:
    content = multipart("alternative", PLAIN + " \n", HTML + "<p>html words</p>")

    assert read(content).text == "html words"


def test_html_alone_is_read_as_its_reader_would_read_it() -> None:
    html = "<style>p {color: red}</style><p>It is&nbsp;dead.</p><ul><li>one</li><li>two</li></ul>"
    text = read(mail(("Content-Type", "text/html; charset=utf-8"), body=html)).text

    assert text.split() == ["It", "is", "dead.", "*", "one", "*", "two"]


@pytest.mark.parametrize(
    "html", ["", "   ", "<", "<p", "<?xml version='1.0' encoding='utf-8'?><p>x</p>", "<!--", "\x00"]
)
def test_no_html_is_too_broken_to_be_shown(html: str) -> None:
    assert "?xml" not in html_to_text(html)


def test_html_too_large_to_be_laid_out_is_read_in_one_pass() -> None:
    rows = "<tr><td>a cell</td><td>caf&eacute;</td></tr>" * 20_000
    content = mail(
        ("Content-Type", "text/html"),
        body=f"<style>x{{}}</style><!-- no --><table>{rows}</table><p>The end",
    )
    begun = time.perf_counter()
    lines = read(content).text.splitlines()

    assert time.perf_counter() - begun < 3
    assert lines[0] == "a cell café"
    assert lines[-1] == "The end"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two", "one\n\ntwo"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<style>p{}</style>seen<script>if (a<b) {}</script>", "seen"),
        ("<!-- hidden <b>-->seen<!-- never closed", "seen"),
        ("1 &lt; 2 &amp;&nbsp;3", "1 < 2 & 3"),
        ("seen <a href='x", "seen"),
    ],
)
def test_the_text_between_the_tags_is_what_a_reader_sees(html: str, text: str) -> None:
    assert hasty_text(html) == text


@pytest.mark.parametrize(
    ("charset", "octets", "text"),
    [
        ("utf-8", "café".encode(), "café"),
        ("us-ascii", "café".encode(), "café"),
        ("utf-8", b"caf\xe9", "café"),
        ("no-such-charset", "café".encode(), "café"),
        ("utf-7", b"+2AA-", "+2AA-"),
        ("utf-16", b"odd", "odd"),
        ("idna", "café".encode(), "café"),
        ("rot13", b"dead", "dead"),
        ("utf-8", b"caf\x81\xe9", "caf\ufffdé"),
        ('"', b"dead", "dead"),
    ],
)
def test_a_lying_charset_falls_back_visibly(charset: str, octets: bytes, text: str) -> None:
    content = mail(
        ("Content-Type", f"text/plain; charset={charset}"),
        ("Content-Transfer-Encoding", "8bit"),
        body=octets,
    )

    assert read(content).text == text


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("base64", base64.b64encode(b"The line is dead.").decode()),
        ("base64", "VGhlIGxpbmUgaXMgZGVhZC4"),  # the padding is lost
        ("quoted-printable", "The line =\nis dead=2E"),
        ("x-unheard-of", "The line is dead."),
        ("8bit", "The line is dead."),
    ],
)
def test_a_transfer_encoding_is_undone_where_it_is_one(encoding: str, body: str) -> None:
    assert (
        read(mail(("Content-Transfer-Encoding", encoding), body=body)).text == "The line is dead."
    )


def test_several_texts_are_read_one_after_the_other() -> None:
    content = multipart("mixed", PLAIN + "one", PLAIN + "two")

    assert read(content).text.split() == ["one", "two"]


@pytest.mark.parametrize(
    "kind",
    ["multipart/mixed", 'multipart/mixed; boundary="never"', 'multipart/alternative; boundary=""'],
)
def test_a_multipart_without_its_boundary_is_shown_as_it_stands(kind: str) -> None:
    message = read(mail(("Content-Type", kind), body="The line is dead."))

    assert message.text == "The line is dead."
    assert message.attachments == ()


def test_a_letter_of_our_own_is_read_as_its_plain_text() -> None:
    content = multipart("alternative", PLAIN + "Dear Jane", HTML + "<p>Dear Jane</p>")

    assert text_of(content).strip() == "Dear Jane"


# --- attachments -----------------------------------------------------------


def test_attachments_are_named_and_kept_out_of_the_text() -> None:
    content = multipart(
        "mixed",
        PLAIN + "see the bill",
        'Content-Type: application/pdf; name="bill.pdf"\n\n%PDF',
        "Content-Type: text/plain\nContent-Disposition: attachment; filename=log.txt\n\nlog",
        "Content-Type: image/png\n\npng",
    )
    message = read(content)

    assert message.text == "see the bill"
    assert [(each.name, each.content_type) for each in message.attachments] == [
        ("bill.pdf", "application/pdf"),
        ("log.txt", "text/plain"),
        ("unnamed.png", "image/png"),
    ]


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("filename*=utf-8''caf%C3%A9.pdf", "café.pdf"),
        ('filename*0="long "; filename*1=name.pdf', "long name.pdf"),
        ("filename*0*=utf-8''caf%C3; filename*1*=%A9.pdf", "café.pdf"),
        (f'filename="{words("café.pdf".encode())}"', "café.pdf"),
        ('filename="../../etc/passwd"', "_.._etc_passwd"),
        ('filename="a\\\\b.pdf"', "a_b.pdf"),
        (f"filename={'x' * 500}", "x" * 120),
        ("filename*=utf-8''%FF.pdf", "\ufffd.pdf"),
        ('filename=""', "unnamed.pdf"),
    ],
)
def test_a_file_name_is_decoded_and_made_harmless(disposition: str, name: str) -> None:
    part = f"Content-Type: application/pdf\nContent-Disposition: attachment; {disposition}\n\n%PDF"

    assert [each.name for each in read(multipart("mixed", part)).attachments] == [name]


@pytest.mark.parametrize("charset", ["no-such-charset", "utf-8\x00", "idna", "rot13"])
def test_a_lying_charset_in_a_file_name_loses_the_name_at_most(charset: str) -> None:
    part = (
        "Content-Type: application/pdf\n"
        f"Content-Disposition: attachment; filename*={charset}''caf%E9.pdf\n\n%PDF"
    )

    (attachment,) = read(multipart("mixed", PLAIN + "text", part)).attachments
    assert attachment.name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("..", ""),
        (".profile", "profile"),
        ("C:\\x.pdf", "C_x.pdf"),
        ("a\tb\nc.pdf", "a_b c.pdf"),
        ("bill\u202efdp.exe", "billfdp.exe"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
        ("a." + "b" * 300, ("a." + "b" * 300)[:120]),
        ('<>:"|?*', "_"),
    ],
)
def test_a_name_is_one_that_any_folder_can_hold(name: str, safe: str) -> None:
    assert safe_file_name(name) == safe


ATTACHED = (
    "Content-Type: message/rfc822\n\n"
    "From: other@example.com\nSubject: Another\nMessage-ID: <inner@example.com>\n"
    "Content-Type: text/plain\n\ninner words"
)


def test_an_attached_message_stays_apart_from_the_text() -> None:
    message = read(multipart("mixed", PLAIN + "my words", ATTACHED))

    assert message.text == "my words"
    (attachment,) = message.attachments
    assert attachment.content_type == "message/rfc822"
    assert b"inner words" in attachment.content
    assert message.subject == "No internet"


@pytest.mark.parametrize("lines", [1, 900])
@pytest.mark.parametrize(
    ("encoding", "encode"),
    [("base64", base64.encodebytes), ("quoted-printable", quopri.encodestring), ("base64", bytes)],
)
def test_an_attached_message_is_had_out_of_an_encoding_that_no_rule_allows(
    encoding: str, encode: Callable[[bytes], bytes], lines: int
) -> None:
    inner = b"From: Jane <jane@example.com>\nSubject: =?utf-8?q?t=C5=B7?=\n\n" + b"dead\n" * lines
    part = f"Content-Type: message/rfc822\nContent-Transfer-Encoding: {encoding}\n\n"
    content = multipart("mixed", PLAIN + "see", part + encode(inner).decode())

    [file] = read(content).attachments
    assert read(file.content).subject == "tŷ"
    [file] = opened(content, received_at=RECEIVED_AT).files
    assert file.content.count(b"dead") == lines


def test_an_attached_message_with_8_bit_text_is_kept() -> None:
    part = ATTACHED.replace("inner words", "inner café")

    assert b"inner caf" in read(multipart("mixed", part)).attachments[0].content


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("text/calendar; method=REPLY", "reply"),
        ('text/calendar; charset=utf-8; method="COUNTER"', "counter"),
        ("text/calendar", ""),
        ("text/plain; method=REPLY", ""),
    ],
)
def test_the_method_of_a_calendar_part_is_read(kind: str, method: str) -> None:
    content = multipart(
        "alternative", PLAIN + "Accepted", f"Content-Type: {kind}\n\nBEGIN:VCALENDAR"
    )

    assert read(content).calendar_method == method


# --- reports ---------------------------------------------------------------

FAILED = """Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; jane@customer.example
Action: Failed
Status: 5.1.1 (no such user)
Diagnostic-Code: smtp; 550 5.1.1
 no such user

Original-Recipient: rfc822;<joe@customer.example>
Action: delayed
Status: 4.4.1
"""


def test_a_delivery_report_is_read_for_each_of_its_recipients() -> None:
    message = read(report("delivery-status", PLAIN + "It failed.", FAILED, ATTACHED))

    assert message.delivery_statuses == (
        DeliveryStatus(
            final_recipient="jane@customer.example",
            action="failed",
            status="5.1.1",
            diagnostic="smtp; 550 5.1.1 no such user",
        ),
        DeliveryStatus(final_recipient="joe@customer.example", action="delayed", status="4.4.1"),
    )
    assert message.text == "It failed."
    assert [each.content_type for each in message.attachments] == ["message/rfc822"]


@pytest.mark.parametrize(
    "part",
    [
        ATTACHED,
        "Content-Type: text/rfc822-headers\n\nSubject: x\nMessage-ID: <inner@example.com>\n",
        "Content-Type: text/rfc822-headers\n\nMessage-ID:\n <inner@example.com>\n",
        "Content-Type: message/rfc822-headers\n\nReferences: <inner@example.com>\n",
    ],
)
def test_the_ids_of_the_returned_message_are_read(part: str) -> None:
    message = read(report("delivery-status", PLAIN + "It failed.", FAILED, part))

    assert message.returned_ids == ("inner@example.com",)


def test_an_id_in_the_returned_body_is_not_one_of_its_header() -> None:
    part = ATTACHED.replace("inner words", "Message-ID: <quoted@example.com>")

    assert read(multipart("mixed", part)).returned_ids == ("inner@example.com",)


@pytest.mark.parametrize("part", ["Content-Type: message/delivery-status\n\n", "\n\n"])
def test_an_empty_report_has_no_recipients(part: str) -> None:
    assert read(report("delivery-status", part)).delivery_statuses == ()


@pytest.mark.parametrize(
    ("fields", "statuses"),
    [
        ("Final-Recipient: rfc822; a@b.example\nAction: failure", [("a@b.example", "failed", "")]),
        (
            "Final-Recipient: a@b.example (Jane)\nAction: error\nStatus: 553 big",
            [("a@b.example", "failed", "5.0.0")],
        ),
        (
            "Final-Recipient: rfc822; a@b.example\nAction: failed (x)\nDiagnostic-Code: smtp; 421 4.3.0 x",
            [("a@b.example", "failed", "4.3.0")],
        ),
        ("Action: failed\nStatus: 5.1.1", []),
    ],
)
def test_a_report_is_read_as_its_system_meant_it(
    fields: str, statuses: list[tuple[str, str, str]]
) -> None:
    part = f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n{fields}\n"
    found = read(report("delivery-status", part)).delivery_statuses

    assert [(each.final_recipient, each.action, each.status) for each in found] == statuses


def test_only_the_topmost_verdicts_are_kept_as_our_hosts() -> None:
    message = read(
        mail(
            ("Authentication-Results", "mx.example.com; dkim=pass"),
            ("Authentication-Results", "mx.example.com; dmarc=pass"),
            ("Received", "from elsewhere.example"),
            ("Authentication-Results", "mx.example.com; dmarc=fail"),
        )
    )

    assert message.authentication == ("mx.example.com; dkim=pass", "mx.example.com; dmarc=pass")


def test_the_fields_are_kept_in_their_order_as_they_were_written() -> None:
    message = read(
        b"Received: from x\r\n\tby mx.example.com\r\nX-Said: =?utf-8?q?a=3Bb?=\r\n" + mail()
    )

    assert message.fields[:2] == (
        ("received", "from x by mx.example.com"),
        ("x-said", "=?utf-8?q?a=3Bb?="),
    )
    assert [name for name, _ in message.fields[2:4]] == ["from", "to"]
    assert not message.mended


@pytest.mark.parametrize("spoilt", [b"no field\r\n", b"X-Space : x\r\n", b"X-Return: a\rb\r\n"])
def test_it_is_told_of_a_header_that_it_had_to_be_mended(spoilt: bytes) -> None:
    content = b"Received: from x\r\n" + spoilt + mail()

    assert read(content).mended
    assert parse_header(content, received_at=RECEIVED_AT).mended


# --- the header alone ------------------------------------------------------


def test_the_header_alone_names_the_sender_and_says_that_it_is_not_all() -> None:
    message = parse_header(mail(), received_at=RECEIVED_AT)

    assert message.sender == Address(name="Jane Doe", email="jane@example.com")
    assert (message.subject, message.text, message.readable) == ("No internet", "", False)


# --- whatever the octets are -----------------------------------------------

SHAPES = (
    mail(),
    mail(("Subject", words("café".encode())), ("Content-Transfer-Encoding", "base64"), body="YQ=="),
    multipart("alternative", PLAIN + "plain", HTML + "<table><tr><td>html</td></tr></table>"),
    multipart("mixed", PLAIN + "café", ATTACHED, FAILED),
    multipart(
        "mixed",
        "Content-Type: application/pdf\n"
        "Content-Disposition: attachment; filename*0*=utf-8''caf%C3; filename*1*=%A9\n\n%PDF",
    ),
    report("delivery-status", PLAIN + "It failed.", FAILED, ATTACHED),
)
TOKENS = (
    *(b"\x00", b"\xff", b"\r\n", b"\n\n", b"\r\n ", b"=?utf-8?q?", b"=?utf-8?b?a?=", b"?=", b"<"),
    *(b">", b'"', b";", b":", b",", b"@", b"(", b"\\", b"--edge", b"--edge--", b"*0*=", b"'' %ff"),
    *(b"charset=", b"charset*=utf-8''x", b"charset=utf-8\x00", b"boundary=", b"idna", b"rot13"),
    *(b"punycode", b"utf-16", b"undefined", b"base64", b"quoted-printable", b"uuencode"),
    *(b"Content-Type: ", b"multipart/mixed", b"message/rfc822", b"message/delivery-status"),
    *(b"\xe2\x80\xa8", b"\x85", b"\x1c"),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    content = bytearray(draw(st.sampled_from(SHAPES)))
    for _ in range(draw(st.integers(1, 8))):
        place = draw(st.integers(0, len(content)))
        length = draw(st.integers(0, 12))
        content[place : place + length] = draw(st.sampled_from(TOKENS) | st.binary(max_size=4))
    return bytes(content)


def is_fit_to_store(message: InboundMessage) -> bool:
    said = [message.subject, message.text, *(each.name for each in message.attachments)]
    said += [part for each in message.senders for part in (each.name, each.email)]
    said += [value for values in message.headers.values() for value in values]
    return all("\x00" not in each and each.encode() is not None for each in said)


@given(st.binary(max_size=2000) | mutated())
@settings(max_examples=250, deadline=2000, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_octets_are_they_are_read_or_refused(content: bytes) -> None:
    for reader in (parse, parse_header):
        with suppress(Malformed):
            assert is_fit_to_store(reader(content, received_at=RECEIVED_AT))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\x00",
        b"From",
        b"\xff\xfe",
        mail(("Subject", "=?utf-8?b?a?="), ("X-Other", "=?utf-8?b?a?=")),
        mail(("Content-Type", "text/plain; charset*=utf-8''utf-8"), body="café"),
        mail(("Content-Type", "multipart/mixed; boundary*=utf-8''edge"), body="café\n--edge\n"),
        multipart("mixed", "Content-Disposition: x; filename*=utf-8\x00''%ff\n\nx"),
    ],
)
def test_octets_that_once_broke_the_reader(content: bytes) -> None:
    assert is_fit_to_store(read(content))


def test_a_content_type_holds_no_nought_octet() -> None:
    part = "Content-Type:\x00 image/png\n\ndots"

    message = read(multipart("mixed", part, fields=(("X-First", "1"),)))

    assert [each.content_type for each in message.attachments] == ["image/png"]
    assert read(mail(("Content-Type", "\x00 text/x-odd"))).content_type == "text/x-odd"
