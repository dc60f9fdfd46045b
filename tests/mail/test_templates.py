"""
The firm's own templates: what each mail says, held in golden files for every part.

MAILBOT_WRITE_GOLDEN=1 writes the golden files anew; look at the difference before it stays.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from mailbot.mail.compose import Rendered, Stationery, TemplateProblem
from mailbot.mail.quoted import MARKER

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
LINKS = ("www.infinitysystemsolutions.co.uk", "infinitysystemsolutions.co.uk", "www.ofcom.org.uk")
SCHEME = "scheme.example.org"
FIRM = Stationery.load(ROOT / "templates", links=(*LINKS, "ofcom.org.uk", SCHEME))

REFERENCE = "ISS-000001-95"
COMPANY = {
    "name": "Infinity System Solutions Ltd",
    "short_name": "Infinity",
    "number": "01234567",
    "registered_office": "Innovation Centre, Festival Drive, Ebbw Vale, NP23 8XA",
    "code_url": "https://www.infinitysystemsolutions.co.uk/complaints-code",
    "telephone": "0330 9000 009",
    "telephone_hours": "9am to 5pm, Monday to Friday, except bank holidays",
    "email": "service@infinitysystemsolutions.co.uk",
}
OFCOM = {
    "address": [
        "Ofcom",
        "Contact Centre",
        "Riverside House",
        "2a Southwark Bridge Road",
        "London",
        "SE1 9HA",
    ],
    "email": "contact@ofcom.org.uk",
    "web": "http://www.ofcom.org.uk/",
    "telephone": "020 7981 3040 or 0845 456 3040",
}
NO_SCHEME = {
    "scheme": "",
    "address": [],
    "telephone": "",
    "email": "",
    "web": "",
    "member_reference": "",
}
A_SCHEME = {
    "scheme": "The Example Disputes Scheme",
    "address": ["1 Example Street", "Example Town", "EX1 1EX"],
    "telephone": "01632 960 000",
    "email": "help@scheme.example.org",
    "web": "https://scheme.example.org/complain",
    "member_reference": "M-77",
}
WORDS = """Hello,

the line at my shop has been dead since Thursday. I rang twice & nobody rang back.
- my alarm does not work
# not a heading
    <b>I want this put right</b>, see http://www.ofcom.org.uk/

Jane Doe"""


def about_the_customer(**changes: object) -> dict[str, object]:
    return {
        "reference": REFERENCE,
        "company": COMPANY,
        "salutation": "Dear Jane Doe",
        "handler": {"name": "Rhian Price", "phone": "01495 000 001", "email": ""},
        "received": "Sunday 22 November 2026, 11am",
        "customer": {"name": "Jane Doe", "email": "jane@example.com", "phone": "01632 960 111"},
        "introduce_by": "Tuesday 24 November 2026, 11am",
        "contact_by": "Wednesday 25 November 2026, 5pm",
        "rights_on": "Sunday 3 January 2027",
        **changes,
    }


def to_the_staff(**changes: object) -> dict[str, object]:
    return {
        **about_the_customer(),
        "marker": MARKER,
        "handler_name": "Rhian Price",
        "status": "open, with Rhian Price",
        **changes,
    }


def with_the_message(**changes: object) -> dict[str, object]:
    return to_the_staff(
        **{
            "words": WORDS,
            "attachments": ["photo of the socket.jpg", "bill.pdf"],
            "dates": [
                {"what": "Introduction sent", "by": "Sunday 22 November 2026, 11:01am"},
                {"what": "A contact time agreed", "by": "Wednesday 25 November 2026, 5pm"},
                {"what": "Six weeks, rights letter", "by": "Sunday 3 January 2027"},
            ],
            "alerts": ["alarm"],
            "possible_matches": ["ISS-000002-92"],
            "from_address": "",
            **changes,
        }
    )


SAMPLES: Mapping[str, Mapping[str, object]] = {
    "acknowledgement": about_the_customer(handler=None),
    "introduction": about_the_customer(),
    "follow-up": about_the_customer(),
    "adr-rights": about_the_customer(adr=NO_SCHEME, ofcom=OFCOM),
    "handler-reply": about_the_customer(
        body="Dear Jane,\n\nI rang at 10.\nThe engineer comes on Friday.\n\n\nRhian"
    ),
    "assignment": with_the_message(),
    "customer-reply": with_the_message(
        alerts=[], possible_matches=[], from_address="jane.at.work@example.org", attachments=[]
    ),
    "warning": to_the_staff(
        promise="a contact time agreed within the first 3 working days",
        what="Ring Jane Doe, or answer her last message with a time that you can offer.",
        due="Wednesday 25 November 2026, 5pm",
    ),
    "breach": to_the_staff(
        promise="a contact time agreed within the first 3 working days",
        clause="Response Times",
        what="Speak to the handler today and see that the customer hears from us.",
        due="Wednesday 25 November 2026, 5pm",
    ),
    "receipt": to_the_staff(
        outcome="Nothing was sent to the customer.",
        why="Your answer begins with #, which is kept for commands, and there are none yet.",
        instead="Send your answer again without the # at its beginning.",
        original="#close she is happy",
    ),
    "task": to_the_staff(
        what="write to the customer by post",
        why="The acknowledgement came back: the customer's address does not exist.",
        todo=["Ring the customer.", "Post the letter below."],
        words="Dear Jane Doe,\n\nWe received your message.",
    ),
    "held": to_the_staff(
        reference="", held_id="17", why="It could not be read.", todo=["Open it in the mailbox."]
    ),
}
TO_CUSTOMERS = ("acknowledgement", "introduction", "follow-up", "adr-rights", "handler-reply")
TO_STAFF = tuple(sorted(set(SAMPLES) - set(TO_CUSTOMERS)))


def mail(template: str, **changes: object) -> Rendered:
    return FIRM.render(template, {**SAMPLES[template], **changes})


def test_every_template_passes_with_its_sample_and_none_is_without_one() -> None:
    assert FIRM.problems(SAMPLES) == []
    assert FIRM.names == set(SAMPLES)


@pytest.mark.parametrize("template", sorted(SAMPLES))
@pytest.mark.parametrize("part", ["txt", "html"])
def test_the_mail_is_the_one_we_agreed_on(template: str, part: str) -> None:
    rendered = mail(template)
    content = f"Subject: {rendered.subject}\n\n{rendered.text}" if part == "txt" else rendered.html
    file = GOLDEN / f"{template}.{part}"
    if os.environ.get("MAILBOT_WRITE_GOLDEN"):
        file.write_text(content, encoding="utf-8")

    assert content == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("template", TO_CUSTOMERS)
def test_a_customer_reads_the_reference_who_answers_and_who_we_are(template: str) -> None:
    rendered = mail(template)

    assert rendered.subject.count(f"[{REFERENCE}]") == 1
    assert REFERENCE in rendered.text
    assert "case handler" in rendered.text
    for fact in ("name", "number", "registered_office", "code_url", "telephone"):
        assert COMPANY[fact] in rendered.text


@pytest.mark.parametrize("template", ["acknowledgement", "introduction", "follow-up"])
def test_routine_mails_of_a_case_share_one_subject(template: str) -> None:
    assert mail(template).subject == mail("handler-reply").subject


def test_the_acknowledgement_makes_every_promise_of_the_code_with_its_date() -> None:
    text = mail("acknowledgement").text

    for promise in (
        "By Tuesday 24 November 2026, 11am: we will give your case to a case handler",
        "By Wednesday 25 November 2026, 5pm, within the first 3 working days",
        "update you regularly",
        "On Sunday 3 January 2027, six weeks after we received your complaint",
        "Name: Jane Doe",
        "Email: jane@example.com",
        "Telephone: 01632 960 111",
        "letters by post or a telephone call",
    ):
        assert promise in text


@pytest.mark.parametrize(
    "name", ["Win at evil.com", "jane@evil.example", "CALL 0900 123", "x" * 99]
)
def test_the_acknowledgement_does_not_repeat_a_name_that_is_an_advertisement(name: str) -> None:
    rendered = mail(
        "acknowledgement", customer={"name": name, "email": "jane@example.com", "phone": ""}
    )

    assert name not in rendered.text + rendered.html


@pytest.mark.parametrize("template", ["acknowledgement", "introduction", "follow-up"])
@pytest.mark.parametrize("promise", ["introduce_by", "contact_by", "rights_on"])
def test_a_promise_without_a_date_is_not_half_said(template: str, promise: str) -> None:
    text = mail(template, **{promise: ""}).text

    assert not [line for line in text.splitlines() if "By :" in line or "On :" in line]
    assert "by ." not in text
    assert " ," not in text


def test_without_a_scheme_the_rights_letter_has_ofcoms_details_as_the_code_has_them() -> None:
    text = mail("adr-rights").text

    assert "you may make a complaint through Ofcom." in text
    assert "Ofcom is an independent regulator and their details are as follows:" in text
    assert (
        "    Ofcom\n    Contact Centre\n    Riverside House\n    2a Southwark Bridge Road\n"
        "    London\n    SE1 9HA\n    Email: contact@ofcom.org.uk\n"
        "    Web site: <http://www.ofcom.org.uk/>\n    Tel: 020 7981 3040 or 0845 456 3040\n"
    ) in text


def test_with_a_scheme_the_rights_letter_names_it_and_not_ofcom() -> None:
    rendered = mail("adr-rights", adr=A_SCHEME)

    assert "independent of us, and using it is free of charge" in rendered.text
    for fact in ("scheme", "telephone", "email", "web", "member_reference"):
        assert str(A_SCHEME[fact]) in rendered.text
    assert "Ofcom" not in rendered.subject + rendered.text
    assert (
        FIRM.problems({**SAMPLES, "adr-rights": {**SAMPLES["adr-rights"], "adr": A_SCHEME}}) == []
    )


def test_the_rights_letter_is_signed_by_the_handler() -> None:
    assert "Yours sincerely,\n\nRhian Price\nCase handler" in mail("adr-rights").text


@pytest.mark.parametrize("template", ["acknowledgement", "follow-up", "adr-rights"])
def test_a_case_without_a_handler_is_still_answered(template: str) -> None:
    assert "None" not in mail(template, handler=None).text


@pytest.mark.parametrize("template", TO_STAFF)
def test_every_staff_mail_begins_with_the_line_above_which_to_answer(template: str) -> None:
    rendered = mail(template)

    assert rendered.text.startswith(f"{MARKER}\n\nHello Rhian Price,")
    assert rendered.html.index(MARKER) < rendered.html.index("Hello Rhian Price")


@pytest.mark.parametrize("template", TO_STAFF)
def test_staff_are_not_told_of_a_command_that_does_not_exist(template: str) -> None:
    text = mail(template, words="", original="").text

    assert not [line for line in text.splitlines() if line.lstrip("- ").startswith("#")]


@pytest.mark.parametrize("template", ["receipt", "task", "held"])
def test_a_mail_about_no_case_has_no_empty_brackets(template: str) -> None:
    assert "[" not in mail(template, reference="").subject


def test_the_handler_reads_the_customers_words_as_they_were_written() -> None:
    rendered = mail("assignment")

    quoted = "\n".join(f"    {line}".rstrip() for line in WORDS.splitlines())
    assert quoted in rendered.text
    assert "&lt;b&gt;I want this put right&lt;/b&gt;" in rendered.html
    assert "<b>" not in rendered.html


def test_an_address_in_the_customers_words_never_becomes_a_link() -> None:
    html = mail("assignment", words="http://www.ofcom.org.uk/ contact@ofcom.org.uk").html

    quote = html[html.index("<blockquote") : html.index("</blockquote>")]
    assert "http://www.ofcom.org.uk/" in quote
    assert "<a" not in quote


def test_a_handlers_words_reach_the_customer_line_by_line() -> None:
    body = "Dear Jane,\n\n\n\nfirst line\nsecond line\n--\n# nine\n"

    assert mail("handler-reply", body=body).text.startswith(body)


@pytest.mark.parametrize("template", sorted(SAMPLES))
def test_any_fact_that_is_taken_away_is_missed_by_name_or_not_needed(template: str) -> None:
    for fact in SAMPLES[template]:
        fewer = {name: value for name, value in SAMPLES[template].items() if name != fact}
        try:
            rendered = FIRM.render(template, fewer)
        except TemplateProblem as problem:
            assert repr(fact) in str(problem)  # noqa: PT017 - either end is right
        else:
            assert "Undefined" not in rendered.text
