"""
Rendering and the octets of a mail, with small templates and read back by the standard library.
"""

import email
import email.utils
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.letters.compose import Heading, Rendered, Stationery, TemplateProblem, compose
from mailbot.letters.octets import Enclosure
from mailbot.mail.words import (
    date_words,
    end_of_day_words,
    moment_words,
    one_line,
    presentable,
    salutation,
)

Firm = Callable[..., Stationery]
LONDON = ZoneInfo("Europe/London")
LAYOUT = (
    "{% for block in blocks %}<{{ block.kind }}>"
    "{% for line in block.lines %}{{ [line] | linked }}|{% endfor %}{% endfor %}"
)


def a_mail(**changes: str) -> Rendered:
    return Rendered(**{"subject": "Hi [X]", "text": "Hi\n", "html": "<p>Hi</p>\n", **changes})


def a_heading(**changes: Any) -> Heading:
    return Heading(
        **{
            "from_name": "Infinity",
            "from_address": "service@firm.example",
            "to_name": "Jane Doe",
            "to_address": "jane@example.com",
            "reply_to": "service+t0ken@firm.example",
            "message_id": "signed.1@firm.example",
            "date": datetime(2026, 11, 22, 11, 0, 5, tzinfo=UTC),
            "template": "acknowledgement",
            "reference": "ISS-000001-95",
            "auto_submitted": "auto-replied",
            "suppress": True,
            **changes,
        }
    )


def read(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=default)


def header_lines(content: bytes) -> list[bytes]:
    return content.partition(b"\r\n\r\n")[0].split(b"\r\n")


def display_name(content: bytes) -> str:
    # Not by the policy: its parser puts a space between the encoded words of a name.
    field = str(email.message_from_bytes(content)["To"]).replace("\n", "")
    phrase = field.rpartition(" <")[0]
    if phrase.startswith('"'):
        return email.utils.parseaddr(field)[0]
    return str(make_header(decode_header(phrase)))


def part(content: bytes, subtype: str) -> str:
    found = read(content).get_body((subtype,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


@pytest.fixture
def firm(tmp_path: Path) -> Firm:
    def load(**templates: str) -> Stationery:
        folder = tmp_path / "en"
        folder.mkdir()
        (folder / "layout.html").write_text(LAYOUT)
        for name, source in templates.items():
            (folder / f"{name}.txt").write_text(source)
        return Stationery.load(tmp_path, links=["firm.example"])

    return load


# --- rendering


def test_a_fact_that_is_missing_is_named_with_its_template_and_line(firm: Firm) -> None:
    letters = firm(letter="Subject: Hi\n\nDear {{ name }},\n\nyou owe {{ sum }}.\n")

    with pytest.raises(TemplateProblem, match=r"^letter.txt, line 5: 'sum' is undefined$"):
        letters.render("letter", {"name": "Jane"})


def test_a_fact_that_is_none_is_not_written_as_a_word(firm: Firm) -> None:
    with pytest.raises(TemplateProblem, match=r"letter\.txt, line 3: a fact is None"):
        firm(letter="Subject: Hi\n\n{{ name }}").render("letter", {"name": None})


def test_a_template_that_is_not_there_is_named(firm: Firm) -> None:
    with pytest.raises(TemplateProblem, match="lettr: there is no such template"):
        firm(letter="Subject: Hi\n\nHi").render("lettr", {})


def test_every_fault_of_the_folder_is_told_at_once(firm: Firm) -> None:
    with pytest.raises(TemplateProblem) as caught:
        firm(
            nameless="Hello\n\nHi",
            breathless="Subject: Hi\nHi",
            broken="Subject: Hi\n\n{% if %}",
            lonely='Subject: Hi\n\n{% include "_gone.txt" %}',
        )

    assert [each.split(":")[0] for each in caught.value.problems] == [
        "breathless.txt, line 2",
        "broken.txt, line 3",
        "lonely.txt",
        "nameless.txt, line 1",
    ]


def test_a_folder_without_templates_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(TemplateProblem, match=r"layout\.html: missing"):
        Stationery.load(tmp_path)


def test_a_plain_fact_cannot_take_the_shape_of_the_template(firm: Firm) -> None:
    letters = firm(letter="Subject: {{ name }}\n\n# Head\n\n{{ name }}\n")

    rendered = letters.render("letter", {"name": "x\r\nBcc: all\n\n- item\n\ue000y\n--\n    z"})

    assert rendered.subject == "x Bcc: all - item \ufffdy -- z"
    assert rendered.html == "<heading>Head|<text>x Bcc: all - item \ufffdy -- z|\n"


def test_each_kind_of_line_gets_its_block(firm: Firm) -> None:
    source = "Subject: Hi\n\na\nb\n\n- one\n- two\n\n    1 Street\n    Town\n\n--\nfoot\n"

    assert firm(letter=source).render("letter", {}).html == (
        "<text>a|b|<item>one|two|<address>1 Street|Town|<rule>--|<text>foot|\n"
    )


def test_quoted_words_stay_one_block_whatever_is_in_them(firm: Firm) -> None:
    letters = firm(letter="Subject: Hi\n\n{{ words | quoted }}\n\nend\n")

    rendered = letters.render("letter", {"words": "a\r\n\r\n\r\n\r\n- b\r\n# c\r\n--\r\n"})

    assert rendered.text == "    a\n\n\n\n    - b\n    # c\n    --\n\nend\n"
    assert rendered.html == "<quote>a||||- b|# c|--|<text>end|\n"


def test_a_line_of_text_that_ends_in_a_tag_keeps_its_end(firm: Firm) -> None:
    letters = firm(letter="Subject: Hi\n\n{% if a %}\none{% if a %} two{% endif %}\n{% endif %}\nx")

    assert letters.render("letter", {"a": True}).text == "one two\nx\n"


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("at https://firm.example/a?b=1&c=2.", 'at <a href="https://firm.example/a?b=1&amp;c=2">'),
        ("me@firm.example", '<a href="mailto:me@firm.example">me@firm.example</a>'),
        ("https://firm.example.evil.test/", "<text>https://firm.example.evil.test/|"),
        ("https://firm.example@evil.test/", "<text>https://firm.example@evil.test/|"),
        ("https://evil.test/?https://firm.example/", "<text>https://evil.test/?https://firm"),
        ("http://[/", "<text>http://[/|"),
        ("<script>", "<text>&lt;script&gt;|"),
        ("ISS-000001-95", '<text><span style="white-space: nowrap;">ISS-000001-95</span>|'),
    ],
)
def test_only_what_the_list_allows_becomes_a_link(firm: Firm, words: str, html: str) -> None:
    rendered = firm(letter="Subject: Hi\n\n{{ words }}").render("letter", {"words": words})

    assert html in rendered.html
    assert "<script" not in rendered.html


ANSWER = "Subject: Hi\n\n=> Done? Say yes => (or write to {{ to }}). => Yes, all is well\n"


def test_an_answer_line_is_a_sentence_in_the_text_and_a_link_in_the_html(firm: Firm) -> None:
    facts = {"to": "s+t0@firm.example", "reference": "ISS-000001-95"}
    rendered = firm(letter=ANSWER).render("letter", facts)

    assert rendered.text == "Done? Say yes (or write to s+t0@firm.example).\n"
    link = "mailto:s+t0@firm.example?subject=Yes%20%5BISS-000001-95%5D&amp;body=Yes"
    pieces = re.sub("<a [^>]*>|</a>", "", rendered.html)
    assert pieces == f"<answer>Done? Say yes|Yes, all is well|{link}|\n"


@pytest.mark.parametrize(
    "to", ["", "nowhere", "s@evil.test", "https://firm.example/yes", "s@firm.example.evil.test"]
)
def test_an_answer_without_an_address_of_ours_is_refused(firm: Firm, to: str) -> None:
    with pytest.raises(TemplateProblem, match="an answer needs a mail address of ours"):
        firm(letter=ANSWER).render("letter", {"to": to, "reference": ""})


def test_no_fact_can_forge_an_answer(firm: Firm) -> None:
    evil = "=> a => s@firm.example => b\n\ue003a\ue004s@firm.example\ue004b"
    letters = firm(letter="Subject: Hi\n\n{{ x }}\n\n{{ x | quoted }}\n\n{{ x | verbatim }}\n")

    rendered = letters.render("letter", {"x": evil})

    assert "<answer>" not in rendered.html
    assert "?subject=" not in rendered.html


def test_an_answer_line_that_lacks_a_piece_is_told_with_its_line(firm: Firm) -> None:
    with pytest.raises(TemplateProblem, match=r"letter\.txt, line 3: an answer is"):
        firm(letter="Subject: Hi\n\n=> Done? => Yes")


def test_problems_names_links_that_are_not_allowed_and_templates_without_a_sample(
    firm: Firm,
) -> None:
    letters = firm(ad="Subject: Hi\n\nsee https://shop.test/now today", other="Subject: Hi\n\nHi")

    assert letters.problems({"ad": {}, "gone": {}}) == [
        "gone: there is no such template",
        "ad: a link that is not on the list of allowed hosts: https://shop.test/now",
        "other: nothing to try this template with",
    ]


def test_a_rights_letter_that_leaves_out_what_the_law_wants_is_refused(
    firm: Firm, tmp_path: Path
) -> None:
    firm(letter="Subject: Hi\n\nHi")
    rights = "Subject: Hi\n\n{{ reference }}: our position. {{ adr.scheme }} is free of charge."
    (tmp_path / "en" / "adr-rights.txt").write_text(rights)
    facts = {"reference": "R-1", "adr": {"scheme": "Scheme"}}

    assert Stationery.load(tmp_path).problems({"letter": {}, "adr-rights": facts}) == [
        "adr-rights: a statutory letter must say 'independent'"
    ]


def test_without_a_scheme_the_rights_letter_must_have_every_line_about_ofcom(
    firm: Firm, tmp_path: Path
) -> None:
    firm(letter="Subject: Hi\n\nHi")
    rights = "Subject: Hi\n\nR-1, our position: independent, free of charge, Ofcom, a@b"
    (tmp_path / "en" / "adr-rights.txt").write_text(rights)
    ofcom = {"address": ["Ofcom", "London"], "email": "a@b", "telephone": "020"}
    facts = {"reference": "R-1", "adr": {"scheme": ""}, "ofcom": ofcom}

    assert Stationery.load(tmp_path).problems({"letter": {}, "adr-rights": facts}) == [
        "adr-rights: a statutory letter must say 'London'",
        "adr-rights: a statutory letter must say '020'",
    ]


def test_the_fingerprint_changes_with_the_template_and_with_what_it_shares(
    firm: Firm, tmp_path: Path
) -> None:
    before = firm(letter="Subject: Hi\n\nHi", _foot="foot").fingerprint("letter")
    (tmp_path / "en" / "_foot.txt").write_text("another foot")

    assert Stationery.load(tmp_path).fingerprint("letter") != before
    assert re.fullmatch("[0-9a-f]{12}", before)


# --- the octets


def test_the_same_arguments_give_the_same_octets() -> None:
    assert compose(a_mail(), a_heading()) == compose(a_mail(), a_heading())


def test_the_standard_library_reads_back_what_was_written() -> None:
    heading = a_heading(in_reply_to="q@c.example", references=("anchor@firm.example",))
    message = read(compose(a_mail(), heading))

    assert dict(message.items()) == {
        "From": "Infinity <service@firm.example>",
        "To": "Jane Doe <jane@example.com>",
        "Reply-To": "service+t0ken@firm.example",
        "Subject": "Hi [X]",
        "Date": "Sun, 22 Nov 2026 11:00:05 +0000",
        "Message-ID": "<signed.1@firm.example>",
        "In-Reply-To": "<q@c.example>",
        "References": "<anchor@firm.example> <q@c.example>",
        "Auto-Submitted": "auto-replied",
        "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
        "X-Mailbot-Template": "acknowledgement",
        "X-Mailbot-Case": "ISS-000001-95",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }
    assert message.get_content_type() == "multipart/alternative"
    assert [each.get_content_type() for each in message.iter_parts()] == ["text/plain", "text/html"]
    assert not message.defects


def test_a_mail_of_a_persons_own_words_does_not_say_that_a_machine_wrote_it() -> None:
    message = read(compose(a_mail(), a_heading(auto_submitted=None, suppress=False, reference="")))

    assert not {"Auto-Submitted", "X-Auto-Response-Suppress", "X-Mailbot-Case"} & set(message)


def test_references_stand_one_a_line_and_are_never_encoded() -> None:
    ids = tuple(f"{'x' * 90}{number}@outlook.example" for number in range(4))
    lines = header_lines(compose(a_mail(), a_heading(references=ids, in_reply_to=ids[-1])))

    first = lines.index(f"References: <{ids[0]}>".encode())
    assert lines[first + 1 : first + 4] == [f" <{each}>".encode() for each in ids[1:]]
    assert f"In-Reply-To: <{ids[3]}>".encode() in lines
    assert b"=?" not in b"".join(lines)


def test_a_long_thread_keeps_the_anchor_the_first_and_the_last() -> None:
    ids = tuple(f"{number}@x" for number in range(300))
    message = read(compose(a_mail(), a_heading(references=ids)))

    assert message["References"].split() == [f"<{each}>" for each in (*ids[:2], *ids[-18:])]


@pytest.mark.parametrize("bad", ["a b@x", "a\r\nBcc: e@x", "é@x", "<a@x", "", "x" * 901])
def test_an_id_that_cannot_be_written_is_left_out_and_never_ours(bad: str) -> None:
    message = read(compose(a_mail(), a_heading(references=(bad, "good@x"), in_reply_to=bad)))

    assert message["References"] == "<good@x>"
    assert message["In-Reply-To"] is None
    with pytest.raises(ValueError, match="Message-ID"):
        compose(a_mail(), a_heading(message_id=bad))


INJECTIONS = [
    f"x{end}Bcc: evil@evil.test{end}{end}body"
    for end in ("\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\0\n", "\r\n ", "\ud800\n")
]


@pytest.mark.parametrize("evil", INJECTIONS, ids=repr)
@pytest.mark.parametrize(
    "field", ["from_name", "to_name", "to_address", "reply_to", "template", "reference", "subject"]
)
def test_no_fact_can_start_a_field_of_its_own(field: str, evil: str) -> None:
    if field == "subject":
        content = compose(a_mail(subject=evil), a_heading())
    else:
        tail = "@example.com" if field in {"to_address", "reply_to"} else ""
        content = compose(a_mail(), a_heading(**{field: evil + tail}))

    assert not [line for line in header_lines(content) if line.lower().startswith(b"bcc")]
    assert len(read(content)) == len(read(compose(a_mail(), a_heading())))
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert b"\n" not in content.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("jane@example.com", b"jane@example.com"),
        ('"jane doe"@example.com', b'"jane doe"@example.com'),
        ("jane doe@example.com", b'"jane doe"@example.com'),
        ("a@x, evil@example.com", b'"a@x, evil"@example.com'),
        ("jane@exämple.com", b"jane@xn--exmple-cua.com"),
        ("jane@straße.example", "jane@straße.example".encode()),
        ("jäne@example.com", "jäne@example.com".encode()),
        ("jane@[192.0.2.1]", b"jane@[192.0.2.1]"),
        ("jane@ex>ample<.com", b"jane@example.com"),
    ],
)
def test_an_address_is_written_in_ascii_if_it_can_be(address: str, written: bytes) -> None:
    lines = header_lines(compose(a_mail(), a_heading(to_name="", to_address=address)))

    assert b"To: " + written in lines


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="without @"):
        compose(a_mail(), a_heading(to_address="nobody"))


def test_a_naive_date_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        compose(a_mail(), a_heading(date=datetime(2026, 11, 22)))  # noqa: DTZ001 - that is the point


NAMES = [
    "Rhian Price, Infinity",
    'Jane "The Line" \\ Doe',
    "Zoë Ångström",
    "آمنة بنت وهب",
    "🌸 Jane 👩\u200d👩\u200d👧 Doe",
    "渡辺" * 40,
    "=?utf-8?q?evil?=",
    "Jane " * 60,
    "x" * 300,
    "  padded\tname ",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_comes_back_as_it_went(name: str) -> None:
    content = compose(a_mail(subject=name), a_heading(to_name=name))

    assert display_name(content) == one_line(name)
    assert read(content)["To"].addresses[0].addr_spec == "jane@example.com"
    assert read(content)["Subject"] == one_line(name)
    assert max(map(len, header_lines(content))) <= 130
    for word in re.findall(rb"=\?utf-8\?.\?\S*\?=", content):
        assert len(word) <= 75


@given(st.text(st.characters(), max_size=200))
def test_any_subject_comes_back_in_legal_lines(subject: str) -> None:
    content = compose(a_mail(subject=subject), a_heading())

    assert read(content)["Subject"] == one_line(subject)
    assert b"".join(header_lines(content)).isascii()
    assert max(map(len, header_lines(content))) <= 78


@given(st.text(st.characters(), max_size=300), st.text(st.characters(), max_size=300))
def test_any_text_comes_back_and_every_line_is_short(text: str, html: str) -> None:
    content = compose(a_mail(text=text + "\n", html=html + "\n"), a_heading())

    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 78
    expected = one_line(text)
    assert one_line(part(content, "plain")) == expected


def test_lone_surrogates_and_nuls_are_replaced_and_emoji_stay() -> None:
    content = compose(a_mail(text="a\ud83d\0b 😀 \u202eright\n"), a_heading())

    assert part(content, "plain") == "a\ufffd\ufffdb 😀 \u202eright\n"


def test_a_part_is_written_in_the_shorter_encoding() -> None:
    content = compose(a_mail(text="渡辺" * 99, html="<p>plain words</p>"), a_heading())

    assert [each["Content-Transfer-Encoding"] for each in read(content).iter_parts()] == [
        "base64",
        "quoted-printable",
    ]


# --- enclosures and appointments

A_CALENDAR = b"BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nEND:VCALENDAR\r\n"


def a_file(**changes: Any) -> Enclosure:
    return Enclosure(
        **{
            "name": "letter.pdf",
            "content_type": "application/pdf",
            "content": b"%PDF\x00" * 99,
            **changes,
        }
    )


def kinds(content: bytes) -> list[str]:
    return [each.get_content_type() for each in read(content).walk()]


def test_an_enclosure_stands_beside_the_mail_and_comes_back_octet_by_octet() -> None:
    files = (a_file(), a_file(name="empty.txt", content_type="text/plain", content=b""))
    content = compose(a_mail(), a_heading(), attachments=files)

    assert kinds(content) == [
        "multipart/mixed",
        *("multipart/alternative", "text/plain", "text/html"),
        *("application/pdf", "text/plain"),
    ]
    found = list(read(content).iter_attachments())
    assert [each.get_filename() for each in found] == ["letter.pdf", "empty.txt"]
    assert [each.get_payload(decode=True) for each in found] == [each.content for each in files]
    assert part(content, "plain") == "Hi\n"
    assert max(map(len, content.split(b"\r\n"))) <= 78


def test_an_appointment_is_one_more_way_to_read_the_mail() -> None:
    content = compose(a_mail(), a_heading(), calendar=A_CALENDAR)

    assert kinds(content) == ["multipart/alternative", "text/plain", "text/html", "text/calendar"]
    calendar = list(read(content).iter_parts())[-1]
    assert calendar["Content-Type"].params == {"charset": "utf-8", "method": "PUBLISH"}
    assert calendar.get_payload(decode=True) == A_CALENDAR


def test_enclosures_and_an_appointment_go_together() -> None:
    content = compose(a_mail(), a_heading(), attachments=(a_file(),), calendar=A_CALENDAR)

    assert kinds(content)[0] == "multipart/mixed"
    assert kinds(content)[1:] == [
        *("multipart/alternative", "text/plain", "text/html", "text/calendar"),
        "application/pdf",
    ]
    assert not [each.defects for each in read(content).walk() if each.defects]


@pytest.mark.parametrize(
    ("name", "came_back"),
    [
        ("letter.pdf", "letter.pdf"),
        ("Brief für Siân.pdf", "Brief für Siân.pdf"),
        ("渡辺" * 30 + ".pdf", "渡辺" * 30 + ".pdf"),
        ("x" * 300 + ".pdf", "x" * 76 + ".pdf"),
        ("x" * 300, "x" * 80),
        ("../../etc/passwd", "_.._etc_passwd"),
        ('a"b;c\\d.pdf', "a_b;c_d.pdf"),
        ("bill\u202efdp.exe", "billfdp.exe"),
        ("a\r\nBcc: e@x", "a Bcc_ e@x"),
        ("", "attachment"),
        ("...", "attachment"),
        ("50%25 off '*.pdf", "50%25 off '_.pdf"),
    ],
)
def test_the_name_of_a_file_comes_back_safe(name: str, came_back: str) -> None:
    content = compose(a_mail(), a_heading(), attachments=(a_file(name=name),))
    (found,) = read(content).iter_attachments()

    assert found.get_filename() == came_back
    assert found["Bcc"] is None
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    "kind", ["message/rfc822", "multipart/mixed", "a/b\r\nBcc: e@x", "", "pdf"]
)
def test_a_type_that_cannot_be_written_becomes_plain_octets(kind: str) -> None:
    content = compose(a_mail(), a_heading(), attachments=(a_file(content_type=kind),))
    (found,) = read(content).iter_attachments()

    assert found.get_content_type() == "application/octet-stream"
    assert found["Bcc"] is None


@given(st.text(max_size=120), st.binary(max_size=300))
def test_any_file_comes_back(name: str, octets: bytes) -> None:
    content = compose(a_mail(), a_heading(), attachments=(a_file(name=name, content=octets),))
    (found,) = read(content).iter_attachments()

    assert found.get_payload(decode=True) == octets
    assert found.get_filename()
    assert max(map(len, content.split(b"\r\n"))) <= 78


# --- words


def test_a_date_has_words() -> None:
    assert date_words(date(2026, 11, 25)) == "Wednesday 25 November 2026"
    assert end_of_day_words(date(2027, 1, 1)) == "the end of Friday 1 January 2027"


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        ("2026-11-25T17:00+00:00", "Wednesday 25 November 2026, 5pm"),
        ("2026-11-25T09:00:59+00:00", "Wednesday 25 November 2026, 9am"),
        ("2026-11-25T16:45+00:00", "Wednesday 25 November 2026, 4:45pm"),
        ("2026-11-25T12:00+00:00", "Wednesday 25 November 2026, noon"),
        ("2026-11-25T12:05+00:00", "Wednesday 25 November 2026, 12:05pm"),
        ("2026-11-25T00:05+00:00", "Wednesday 25 November 2026, 12:05am"),
        ("2027-03-31T23:30+00:00", "Thursday 1 April 2027, 12:30am"),
    ],
)
def test_a_moment_is_said_in_local_time(instant: str, words: str) -> None:
    assert moment_words(datetime.fromisoformat(instant), LONDON) == words


def test_a_naive_moment_has_no_words() -> None:
    with pytest.raises(ValueError, match="naive"):
        moment_words(datetime(2026, 11, 25), LONDON)  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("name", "greeting"),
    [
        ("Jane Doe", "Dear Jane Doe"),
        ("  Jane   Doe ", "Dear Jane Doe"),
        ("Siân O\u2019Brien-Evans", "Dear Siân O\u2019Brien-Evans"),
        ("J.R. Doe", "Dear J.R. Doe"),
        ("آمنة", "Dear آمنة"),
        ("Doe, Jane", "Hello"),
        ("", "Hello"),
        ("   ", "Hello"),
        ("Jane99", "Hello"),
        ("jane@example.com", "Hello"),
        ("evil.com", "Hello"),
        ("http://x", "Hello"),
        ("Jane\u202eDoe", "Hello"),
        ("Jane\nDoe", "Hello"),
        ("x" * 41, "Hello"),
        ("You won!!!", "Hello"),
    ],
)
def test_only_a_name_is_greeted(name: str, greeting: str) -> None:
    assert salutation(name) == greeting


def test_a_name_with_its_surname_first_is_shown_though_not_greeted() -> None:
    assert presentable("Doe, Jane") == "Doe, Jane"
