"""
The firm's own templates: what each mail says, held in golden files for every part.

MAILBOT_WRITE_GOLDEN=1 writes the golden files anew; look at the difference before it stays.
"""

import os
import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path

import pytest

from mailbot.cases.wording.command_words import ASKED_FIRST, COMMANDS
from mailbot.letters.stationery import Rendered, Stationery
from mailbot.letters.templates import TemplateProblem
from mailbot.mail.quoting.new_text import MARKER

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
LINKS = ("www.infinitysystemsolutions.co.uk", "infinitysystemsolutions.co.uk", "www.ofcom.org.uk")
REGULATOR = "ico.example.org"
SCHEME = "scheme.example.org"
FIRM = Stationery.load(ROOT / "templates", links=(*LINKS, "ofcom.org.uk", SCHEME, REGULATOR))

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
ICO = {
    "name": "The Example Commissioner",
    "address": ["2 Example Street", "EX2 2EX"],
    "telephone": "01632 960 200",
    "web": "https://ico.example.org/complain",
}
YES = "service+yes234567abcdefg@infinitysystemsolutions.co.uk"
NO = "service+no234567abcdefg@infinitysystemsolutions.co.uk"
BODY = """We tested your line on Monday 30 November and found a broken joint in Rhys Street.

The joint was mended on Tuesday. We will credit £25.00 to your account.

- 4 days without service
- 2 calls that nobody returned"""
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
        "handler": {
            "name": "Rhian Price",
            "role": "Case handler",
            "phone": "01495 000 001",
            "email": "",
        },
        "received": "Sunday 22 November 2026, 11am",
        "on_paper": False,
        "above": "the Customer Service Manager or the Head of Professional Services",
        "rights_told": False,
        "customer": {
            "name": "Jane Doe",
            "email": "jane@example.com",
            "phone": "01632 960 111",
            "address": "",
        },
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
            "news": "",
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


def a_line(what: str, when: str, **changes: str) -> dict[str, str]:
    """
    One line of a digest.
    """
    line = {"reference": REFERENCE, "customer": "Jane Doe", "what": what, "when": when, "who": ""}
    return line | changes


SAMPLES: Mapping[str, Mapping[str, object]] = {
    "acknowledgement": about_the_customer(handler=None),
    "introduction": about_the_customer(),
    "follow-up": about_the_customer(),
    "adr-rights": about_the_customer(adr=NO_SCHEME, ofcom=OFCOM),
    "deadlock": about_the_customer(body=BODY, adr=A_SCHEME, ofcom=OFCOM),
    "contact-agreed": about_the_customer(at="Tuesday 1 December 2026, 2pm", how="by telephone"),
    "contact-missed": about_the_customer(
        missed="Tuesday 1 December 2026, 5pm", next_by="Wednesday 2 December 2026, 5pm"
    ),
    "call-summary": about_the_customer(body=BODY, next_by="Friday 4 December 2026, 5pm"),
    "outcome": about_the_customer(
        body=BODY,
        yes_address=YES,
        no_address=NO,
        confirm_by="Tuesday 8 December 2026, 9am",
        adr=A_SCHEME,
        ofcom=OFCOM,
        ico=ICO,
    ),
    "confirm-reminder": about_the_customer(
        outcome_on="Tuesday 1 December 2026",
        yes_address=YES,
        no_address=NO,
        confirm_by="Tuesday 15 December 2026, 9am",
    ),
    "closed": about_the_customer(
        how="you told us by email on Wednesday 2 December 2026 that it is resolved",
        adr=NO_SCHEME,
        ofcom=OFCOM,
        ico=None,
    ),
    "reopened": about_the_customer(
        why="you told us on Wednesday 2 December 2026 that it is not resolved",
        next_by="Friday 4 December 2026, 5pm",
    ),
    "escalated": about_the_customer(
        to={"name": "Gwen Morgan", "role": "Customer Service Manager"},
        handler={"name": "Gwen Morgan", "phone": "01495 000 009", "email": ""},
        next_by="Friday 4 December 2026, 5pm",
    ),
    "correction": about_the_customer(
        detail="email address", value="jane.doe@example.org", is_old_address=False
    ),
    "party": about_the_customer(email="bob@example.org", role="representative", gets_copies=True),
    "not-complaint": about_the_customer(why="You asked for our opening hours."),
    "credit": about_the_customer(
        amount="£25.00", month="December 2026", agreed_with="Rhian Price", applied=False
    ),
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
    "confirm-command": to_the_staff(
        asked="#close phone Jane Doe, 25/11 14:00", direct_to="", sent="", passed_on=None
    ),
    "task": to_the_staff(
        what="write to the customer by post",
        why="The acknowledgement came back: the customer's address does not exist.",
        todo=["Ring the customer.", "Post the letter below."],
        words="Dear Jane Doe,\n\nWe received your message.",
    ),
    "held": to_the_staff(
        reference="",
        held_id="17",
        since="Friday 20 November 2026, 4:45pm",
        why="It could not be read.",
        todo=["Open it in the mailbox."],
        subject="About Jane Doe",
        words="Please tell her that we close the case.",
    ),
    "report": to_the_staff(
        reference="",
        month="November 2026",
        lead=["In November 2026 we received 4 complaints (3 the month before) and closed 2."],
        promises=[{"name": "Agreed contact time", "said": "3 kept, 1 broken"}],
        not_kept=[
            {
                "reference": "ISS-000001-95",
                "who": "Rhian Price",
                "how": "Broken",
                "name": "Agreed contact time",
                "due": "Friday 13 November 2026, 5pm",
                "missing": "No contact time, outcome or closure was on record.",
                "since": "Nothing on record since.",
            }
        ],
        more=3,
        file="complaints-2026-11.pdf",
    ),
    "digest": to_the_staff(
        reference="",
        day="Friday 20 November 2026",
        next_day="Monday 23 November 2026",
        is_before_a_pause=True,
        held_count=2,
        more={"six_weeks": 12},
        overdue=[
            a_line("agreed contact time", "was due Thursday 19 November 2026, 5pm"),
        ],
        due_today=[
            a_line("answer to the customer's message", "by Friday 20 November 2026, 5pm"),
            a_line(
                "confirmation of the outcome",
                "by Sunday 22 November 2026, 5pm",
                reference="ISS-000002-92",
                customer="Ivor Bowen",
                who="for Gareth Evans, who is away",
            ),
        ],
        contacts=[a_line("as agreed with the customer", "Friday 20 November 2026, 2pm")],
        due_next=[a_line("agreed contact time", "by Monday 23 November 2026, 5pm")],
        to_post=[a_line("1 letter", "say #posted when it is done")],
        six_weeks=[
            a_line("day 28", "the letter about independent help goes out on Friday 4 December 2026")
        ],
        held=[
            {
                "held_id": "17",
                "since": "Thursday 19 November 2026, 3pm",
                "sender": "rhian.price@infinitysystemsolutions.co.uk",
                "subject": "Re: Your complaint",
                "why": "nothing proves that the handler wrote it",
            }
        ],
        relayed=[a_line("sent to the customer", "Thursday 19 November 2026, 11am")],
        breaches=[
            a_line(
                "agreed contact time",
                "was due Thursday 19 November 2026, 5pm",
                who="with Rhian Price",
            )
        ],
        unassigned=[
            a_line(
                "nobody has it yet",
                "received Thursday 19 November 2026, 6pm",
                customer="ivor@example.com",
                who="with nobody",
            )
        ],
        at_risk=[
            a_line(
                "answer to the customer's message",
                "by Friday 20 November 2026, 5pm",
                who="with Rhian Price",
            )
        ],
        verdicts=[
            a_line(
                "our mail system took the complaint for spam, and nothing is sent",
                "since Thursday 19 November 2026",
                who="with Rhian Price",
            )
        ],
    ),
}
HELD_LIST = to_the_staff(
    reference="",
    handler_name="Sian Morgan",
    count=2,
    more=0,
    example="17",
    waiting=[
        {
            "held_id": "17",
            "since": "Thursday 19 November 2026, 3pm",
            "sender": "ivor@example.com",
            "subject": "My two complaints",
            "why": "it names more than one case with equal force",
        },
        {
            "held_id": "18",
            "since": "Friday 20 November 2026, 8am",
            "sender": "",
            "subject": "",
            "why": "it names nobody who could be answered",
        },
    ],
)


def a_copy(template: str) -> dict[str, object]:
    """
    The facts of the copy of that letter, with its words as the store takes them over.
    """
    original = FIRM.render(
        template, {**SAMPLES[template], "yes_address": "", "no_address": "", "is_copy": True}
    )
    return about_the_customer(
        salutation="Hello",
        subject=original.subject,
        words=original.text,
        formatted=original.html,
        role="representative",
        asks=template in {"outcome", "confirm-reminder"},
    )


SAMPLES = {**SAMPLES, "copy": a_copy("outcome")}
TO_STAFF = (
    "assignment",
    "customer-reply",
    "warning",
    "breach",
    "receipt",
    "task",
    "confirm-command",
    "held",
    "digest",
    "report",
)
TO_CUSTOMERS = tuple(sorted(set(SAMPLES) - set(TO_STAFF)))
STATUTORY = ("adr-rights", "deadlock")
#: Their Subject says what they are; all others of a case share one.
WITH_A_SUBJECT_OF_THEIR_OWN = (*STATUTORY, "outcome", "copy")
ROUTINE = tuple(each for each in TO_CUSTOMERS if each not in WITH_A_SUBJECT_OF_THEIR_OWN)
#: What each mail must not leave unsaid: what comes next, and by when.
DATES = {
    "contact-agreed": {"at", "rights_on"},
    "contact-missed": {"missed", "next_by", "rights_on"},
    "call-summary": {"next_by", "rights_on"},
    "outcome": {"confirm_by", "rights_on"},
    "confirm-reminder": {"outcome_on", "confirm_by", "rights_on"},
    "closed": {"rights_on"},
    "reopened": {"next_by", "rights_on"},
    "escalated": {"next_by", "rights_on"},
    "correction": {"rights_on"},
    "party": {"rights_on"},
    "not-complaint": {"received"},
    "credit": {"month", "rights_on"},
}
#: Facts that a mail can do without: "" leaves their sentence out.
OPTIONAL = ("rights_on", "contact_by", "introduce_by", "next_by", "confirm_by", "why", "how")


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


@pytest.mark.parametrize("template", ROUTINE)
def test_routine_mails_of_a_case_share_one_subject(template: str) -> None:
    assert mail(template).subject == mail("handler-reply").subject


def test_the_acknowledgement_makes_every_promise_of_the_code_with_its_date() -> None:
    text = mail("acknowledgement").text

    for promise in (
        "By Tuesday 24 November 2026, 11am: we will give your case to a case handler",
        "By Wednesday 25 November 2026, 5pm: if your complaint has not been resolved",
        "update you regularly",
        "On Sunday 3 January 2027: if we have not resolved your complaint",
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
        "acknowledgement",
        customer={"name": name, "email": "jane@example.com", "phone": "", "address": ""},
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


@pytest.mark.parametrize("template", sorted(set(TO_CUSTOMERS) - {"introduction"}))
def test_a_case_without_a_handler_is_still_answered(template: str) -> None:
    text = mail(template, handler=None).text

    assert "None" not in text
    # What a handler wrote, and with whom a credit was agreed, are facts of their own.
    assert "Rhian" not in text or template in {"handler-reply", "credit", "copy"}


@pytest.mark.parametrize("template", WITH_A_SUBJECT_OF_THEIR_OWN)
def test_a_mail_that_must_be_found_again_says_in_its_subject_what_it_is(template: str) -> None:
    assert mail(template).subject != mail("handler-reply").subject


@pytest.mark.parametrize("template", sorted(DATES))
def test_no_promised_date_is_missing(template: str) -> None:
    rendered = mail(template)

    for fact in DATES[template]:
        assert str(SAMPLES[template][fact]) in rendered.text
        assert str(SAMPLES[template][fact]) in rendered.html
    assert "What happens next" in rendered.text


@pytest.mark.parametrize("template", TO_CUSTOMERS)
@pytest.mark.parametrize("fact", OPTIONAL)
def test_a_fact_that_is_not_said_leaves_no_hole_in_a_sentence(template: str, fact: str) -> None:
    if fact not in SAMPLES[template]:
        return
    text = mail(template, **{fact: ""}).text

    for hole in (" :", " .", " ,", "By :", "From ,", " by \n", "  you", ": .", "on :"):
        assert hole not in text.replace("\n    ", "\n")


@pytest.mark.parametrize("template", TO_CUSTOMERS)
def test_a_screen_reader_hears_the_mail_in_the_order_of_its_text(template: str) -> None:
    rendered = mail(template)

    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", rendered.html)
    places = [rendered.text.index(f"{unescape(each)}\n") for each in headings]
    assert places == sorted(places)
    # Nothing is said by a picture, a table, a colour or a script.
    assert not re.search(r"<(img|table|script|button|form|input)", rendered.html)
    assert '<html lang="en">' in rendered.html
    # A link alone must say where it goes.
    for name in re.findall(r"<a [^>]*>(.*?)</a>", rendered.html):
        assert name not in {"here", "click here", "this link"}


@pytest.mark.parametrize("template", TO_CUSTOMERS)
@pytest.mark.parametrize("word", ["escalat", "obligation", "ticket", "apologise for any inconv"])
def test_a_customer_is_spoken_to_in_plain_words(template: str, word: str) -> None:
    assert word not in mail(template).text.lower()


@pytest.mark.parametrize("template", ["outcome", "confirm-reminder"])
def test_the_text_says_how_to_answer_with_one_word(template: str) -> None:
    text = mail(template).text

    assert (
        "If your complaint is resolved, reply to this email with the one word yes"
        f" (or write to {YES}).\n"
    ) in text
    assert f"with the one word no (or write to {NO}).\n" in text
    assert "=>" not in text
    assert "Yes, my complaint is resolved" not in text


@pytest.mark.parametrize("template", ["outcome", "confirm-reminder"])
def test_the_html_has_a_link_for_yes_and_one_for_no_and_shows_no_token(template: str) -> None:
    html = mail(template).html

    links = dict(re.findall(r'<a href="(mailto:[^"?]+\?[^"]+)"[^>]*>(.*?)</a>', html))
    written = f"%20%5B{REFERENCE}%5D&amp;body="
    assert links == {
        f"mailto:{YES}?subject=Yes{written}Yes": "Yes, my complaint is resolved",
        f"mailto:{NO}?subject=No{written}No": "No, it is not resolved",
    }
    assert html.count(YES) == html.count(NO) == 1


@pytest.mark.parametrize("template", ["outcome", "confirm-reminder"])
def test_without_addresses_for_the_answers_a_reply_is_still_asked_for(template: str) -> None:
    rendered = mail(template, yes_address="", no_address="")

    for part in (rendered.text, rendered.html):
        assert "reply to this email with the one word yes." in part
        assert "reply to this email with the one word no." in part
        assert "(or" not in part
    assert "?subject=" not in rendered.html


def test_a_handlers_words_cannot_forge_the_link_for_yes() -> None:
    body = "\ue003a\ue004b@evil.test\ue004c\n=> a => (b@infinitysystemsolutions.co.uk) => c"

    rendered = mail("outcome", body=body)

    assert rendered.html.count("?subject=") == 2
    assert "=&gt; a =&gt; (" in rendered.html


@pytest.mark.parametrize("template", [*STATUTORY, "outcome", "closed"])
@pytest.mark.parametrize("adr", [A_SCHEME, NO_SCHEME], ids=["scheme", "ofcom"])
def test_who_decides_when_we_cannot_agree_is_named_with_all_details(
    template: str, adr: Mapping[str, object]
) -> None:
    text = mail(template, adr=adr).text

    where = adr if adr["scheme"] else OFCOM
    for fact, value in where.items():
        if fact not in {"address", "scheme"}:
            assert str(value) in text
    lines = [adr["scheme"], *A_SCHEME["address"]] if adr["scheme"] else OFCOM["address"]
    assert "".join(f"    {line}\n" for line in lines) in text
    assert "independent" in text
    assert "free of charge" in text
    assert ("Ofcom" in text) == (not adr["scheme"])


@pytest.mark.parametrize("template", STATUTORY)
@pytest.mark.parametrize("adr", [A_SCHEME, NO_SCHEME], ids=["scheme", "ofcom"])
def test_a_statutory_letter_says_all_that_the_law_wants(
    template: str, adr: Mapping[str, object]
) -> None:
    assert FIRM.problems({**SAMPLES, template: {**SAMPLES[template], "adr": adr}}) == []


def test_the_deadlock_letter_gives_our_position_before_the_way_out_and_is_signed() -> None:
    rendered = mail("deadlock")

    order = ("deadlock letter", "Our position\n", BODY, "take it further", "Yours")
    places = [rendered.text.index(each) for each in order]
    assert places == sorted(places)
    assert "now. You do not have to wait any longer" in rendered.text
    assert "Yours sincerely,\n\nRhian Price\nCase handler" in rendered.text


@pytest.mark.parametrize("template", ["outcome", "closed"])
def test_who_is_not_eligible_is_not_sent_to_a_scheme_that_would_refuse(template: str) -> None:
    text = mail(template, adr=None, rights_on="").text

    assert "outside our company" not in text
    assert "Ofcom" not in text


@pytest.mark.parametrize("template", ["outcome", "closed"])
def test_a_complaint_about_personal_data_names_its_regulator_and_no_other_does(
    template: str,
) -> None:
    with_ico = mail(template, ico=ICO).text

    for value in ("The Example Commissioner", "EX2 2EX", "01632 960 200", str(ICO["web"])):
        assert value in with_ico
    assert "personal data" not in mail(template, ico=None).text


def test_a_missed_contact_is_owned_once_and_without_excuse() -> None:
    text = mail("contact-missed").text

    assert text.count("sorry") == 1
    assert "apolog" not in text.lower()
    assert "Our manager has been told" in text
    assert "unfortunately" not in text.lower()


def test_the_old_address_learns_of_the_change_and_nothing_about_the_new_one() -> None:
    rendered = mail(
        "correction",
        is_old_address=True,
        value="jane.doe@example.org",
        customer={"name": "Jane Doe", "email": "jane.doe@example.org", "phone": "01632 960 111"},
    )

    for secret in ("jane.doe@example.org", "example.org", "01632 960 111", "Jane"):
        assert secret not in rendered.subject + rendered.text + rendered.html
    assert "tell us at once" in rendered.text
    assert COMPANY["telephone"] in rendered.text


@pytest.mark.parametrize("template", ["outcome", "confirm-reminder"])
def test_the_copy_of_a_question_asks_nobody_and_says_who_alone_can_answer(template: str) -> None:
    facts = a_copy(template)
    rendered = mail("copy", **facts)

    assert "Only Jane Doe can tell us that." in rendered.text
    for asking in ("one word", YES, NO, "mailto:service+"):
        assert asking not in rendered.text + rendered.html
    assert "Only Jane Doe" not in mail("copy", **a_copy("call-summary")).text


def test_a_copy_greets_and_names_nobody_by_what_is_no_name() -> None:
    text = mail("copy", customer={"name": "Win at evil.com", "email": "jane@example.com"}).text

    assert text.startswith("Hello,\n\nThis is a copy of a letter from us to our customer.")


def test_a_handler_reads_who_gets_a_copy_before_they_answer() -> None:
    text = mail("customer-reply", copies_to=["bob@example.org (solicitor)"]).text

    assert "A copy of it goes to bob@example.org (solicitor)." in text
    assert "A copy of it" not in mail("customer-reply").text


def test_a_customer_is_told_of_the_end_of_copies() -> None:
    text = mail("party", gets_copies=False).text

    assert "no longer gets copies" in text
    assert "From now on somebody else" not in text


def test_who_objects_has_nothing_to_pay_and_loses_no_time() -> None:
    text = mail("not-complaint").text

    assert "it costs you nothing" in text
    assert "counts from Sunday 22 November 2026, 11am" in text


@pytest.mark.parametrize("template", ["reopened", "escalated", "outcome", "closed"])
def test_the_original_dates_stand(template: str) -> None:
    assert "all dates still count from the day we received your complaint" in mail(template).text


def test_who_takes_a_case_over_says_from_whom() -> None:
    first = mail("introduction").text
    later = mail("introduction", takes_over_from="Owen Parry").text

    assert "taken over" not in first
    assert "I have taken over your complaint" in later
    assert "from Owen Parry, and I am your case handler from now on." in later


def test_the_way_up_names_who_has_the_case_and_how_to_reach_them() -> None:
    text = mail("escalated").text

    assert "Gwen Morgan, our Customer Service Manager, has your case from now on" in text
    assert "Ring 01495 000 009." in text
    assert COMPANY["telephone"] in mail("escalated", handler=None).text


@pytest.mark.parametrize(
    ("applied", "said"),
    [(False, "By the end of December 2026: we will apply"), (True, "We have applied the credit")],
)
def test_a_credit_names_amount_and_invoice_and_whether_it_is_there(
    applied: bool, said: str
) -> None:
    text = mail("credit", applied=applied).text

    assert said in text
    assert "Amount: £25.00" in text
    assert "on your monthly invoice for December 2026" in text


@pytest.mark.parametrize("template", ["assignment", "customer-reply", "warning", "breach", "task"])
def test_what_a_customer_needs_stands_above_everything_else_about_the_case(template: str) -> None:
    rendered = mail(template, needs=["large print", "a relay call"], alerts=[])

    after = rendered.text.partition("Hello Rhian Price,\n\n")[2]
    assert after.startswith("What this customer needs\n\n- large print\n- a relay call\n\n")
    assert "this customer needs" not in mail(template).text
    assert mail(template, needs=[]) == mail(template)


@pytest.mark.parametrize("template", ["assignment", "customer-reply"])
def test_a_handler_reads_which_commands_there_are(template: str) -> None:
    commands = ["#call, then the summary: a telephone call took place", "#close phone: she said so"]
    rendered = mail(template, commands=commands)

    for command in commands:
        assert f"- {command}\n" in rendered.text
    assert "there are no commands yet" not in rendered.text
    assert mail(template, commands=[]) == mail(template)


@pytest.mark.parametrize("template", TO_STAFF)
def test_every_staff_mail_begins_with_the_line_above_which_to_answer(template: str) -> None:
    rendered = mail(template)

    assert rendered.text.startswith(f"{MARKER}\n\nHello Rhian Price,")
    assert rendered.html.index(MARKER) < rendered.html.index("Hello Rhian Price")


@pytest.mark.parametrize("template", TO_STAFF)
def test_staff_are_not_told_of_a_command_that_does_not_exist(template: str) -> None:
    text = mail(template, words="", original="", asked="").text

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


def test_a_signature_in_lines_of_its_own_is_set_like_the_rest_of_the_letter() -> None:
    letter = mail("handler-reply", formatted="<p>It works.</p><pre>Rhian Price\nCase handler</pre>")

    lines = re.search(r'<pre style="([^"]*)">Rhian Price\nCase handler</pre>', letter.html)
    assert lines is not None
    assert "font-family: Arial, Helvetica, sans-serif" in lines[1]
    assert "white-space: pre-wrap" in lines[1]


@pytest.mark.parametrize("template", ["outcome", "closed", "not-complaint", "deadlock"])
def test_an_appointment_that_ends_stands_in_one_list_with_what_happens_next(template: str) -> None:
    text = mail(template, cancelled="Tuesday 1 December 2026, 2pm").text

    ends = next(each for each in text.split("\n\n") if "does not take place" in each)
    assert ends.count("\n- ") >= 1


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


@pytest.mark.parametrize("template", ["customer-reply", "warning", "task"])
def test_a_stand_in_reads_for_whom_they_stand_in(template: str) -> None:
    text = mail(template, handler_name="Gareth Evans", stands_in_for="Rhian Price").text

    assert "You get this because Rhian Price, whose case it is, is away." in text
    assert "your case" not in text


#: Mails that say something else than usual: file name, template, facts.
OTHERWISE: dict[str, tuple[str, Mapping[str, object]]] = {
    "held-list": ("held", HELD_LIST),
    "confirm-open": (
        "confirm-command",
        to_the_staff(
            reference="",
            asked="#open\nchannel: telephone\nname: Carys Hughes\n\nNo dial tone since Tuesday.",
            reads=(
                "A complaint of Carys Hughes (carys@customer.example)",
                "Received by telephone on Thursday 19 November 2026, 2pm",
            ),
            direct_to="",
            sent="",
            passed_on=None,
        ),
    ),
    "confirm-forward": (
        "confirm-command",
        to_the_staff(
            reference="",
            asked="",
            direct_to="",
            sent="",
            passed_on={
                "sender": "Carys Hughes <carys@customer.example>",
                "sent": "Wednesday 18 November 2026, 9:30am",
                "subject": "Still broken",
                "words": "Nobody rang me back.\n\nCarys",
                "files": ["bill.pdf"],
            },
        ),
    ),
    "confirm-direct": (
        "confirm-command",
        to_the_staff(
            asked="The line works again. Please tell me if it does not.",
            direct_to="jane@customer.example",
            sent="Friday 20 November 2026, 4:45pm",
            passed_on=None,
        ),
    ),
    "receipt-help": (
        "receipt",
        to_the_staff(
            reference="",
            outcome="These are the commands, and how to answer a customer.",
            why="",
            instead="",
            original="",
            commands=list(COMMANDS),
            asked_first=list(ASKED_FIRST),
        ),
    ),
}


@pytest.mark.parametrize("part", ["txt", "html"])
@pytest.mark.parametrize("name", OTHERWISE)
def test_a_mail_that_says_something_else_is_the_one_we_agreed_on(name: str, part: str) -> None:
    template, facts = OTHERWISE[name]
    rendered = FIRM.render(template, facts)
    content = f"Subject: {rendered.subject}\n\n{rendered.text}" if part == "txt" else rendered.html
    file = GOLDEN / f"{name}.{part}"
    if os.environ.get("MAILBOT_WRITE_GOLDEN"):
        file.write_text(content, encoding="utf-8")

    assert content == file.read_text(encoding="utf-8")


def test_a_digest_leaves_out_what_has_nothing_to_say() -> None:
    quiet: dict[str, object] = {
        name: [] for name, value in SAMPLES["digest"].items() if isinstance(value, list)
    }
    said = SAMPLES["digest"]["due_today"]
    text = mail("digest", **{**quiet, "due_today": said, "held_count": 0}).text

    headings = [line for line in text.splitlines() if line.isupper() or line.startswith("Due")]
    assert headings == ["Due today, or before Monday 23 November 2026"]
    assert "held" not in text


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["bill.pdf"], "We keep it on file under your reference."),
        (["bill.pdf", "photo.jpg"], "We keep them on file under your reference."),
    ],
)
def test_of_files_that_stayed_behind_one_is_it_and_two_are_them(
    files: list[str], said: str
) -> None:
    facts = about_the_customer(body=BODY, formatted="", not_attached=files)

    assert said in FIRM.render("handler-reply", facts).text
