"""
What one of our people gets beside any case: done, asked about, told or refused, and
exactly one mail for each.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailbot.cases.commands.orders import Away, Back, FileIn, Open, Reject, Release, Way
from mailbot.cases.correspondence.errands import Errand, errand
from mailbot.cases.identity.match import Match
from mailbot.cases.identity.set_aside import TO_BE_CONFIRMED
from mailbot.cases.identity.staff_mail import Proof, StaffMail
from mailbot.cases.identity.triage import triage
from mailbot.cases.people.handlers import Handler
from mailbot.cases.wording import command_words, receipt_words
from mailbot.mail.message import Address, Attachment, Kind
from mailbot.mail.origin.classify import Classification
from mailbot.mail.quoting.forwarded import Doubt, Forwarded, How
from tests.cases.builders import (
    JANE,
    MANAGER,
    OWEN,
    RHIAN,
    SERVICE,
    a_firm,
    a_message,
    a_staff_mail,
    a_token,
)

FIRM = a_firm()
AN_ENTRY = (
    "#open\nchannel: telephone\nreceived: 19/11 14:00\nname: Carys Hughes\n"
    "email: carys@customer.example\n\nNo dial tone since Tuesday."
)
SENT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


def done(mail: StaffMail, *theirs: str) -> Errand:
    """
    What becomes of a mail that triage calls an errand.
    """
    what = triage(mail.message, Classification(Kind.STAFF, "handlers_address"), Match(), mail, FIRM)
    return errand(mail, what.reason, FIRM, theirs)


def errand_of(
    text: str,
    *,
    proof: Proof = Proof.MAIL_SYSTEM,
    writer: Handler = RHIAN,
    held_id: int | None = None,
) -> Errand:
    answers = a_token(serial=None, purpose="held", held_id=held_id) if held_id else None
    mail = a_staff_mail(text, writer=writer, answers=answers, serial=None, proof=proof)
    return done(mail)


def a_forward(**known: object) -> Forwarded:
    said: dict[str, object] = {
        "how": How.INLINE,
        "sender": JANE,
        "sent_at": SENT,
        "subject": "Still broken",
        "text": "Nobody rang me back.",
    }
    return Forwarded(**{**said, **known})  # type: ignore[arg-type]


def passing_on(*mails: Forwarded, proof: Proof = Proof.FROM_LINE) -> Errand:
    return done(a_staff_mail("See below.", serial=None, passed_on=mails, proof=proof))


def said(found: Errand) -> str:
    (letter,) = found.letters
    assert letter.template == "receipt"
    return f"{letter.facts['outcome']} {letter.facts['why']} {letter.facts['instead']}"


# --- a complaint entered ---------------------------------------------------------


def test_a_complaint_by_telephone_is_entered_with_its_time_of_receipt() -> None:
    found = errand_of(AN_ENTRY)

    assert isinstance(found.does, Open)
    assert found.does.way is Way.TELEPHONE
    assert found.does.received_at == datetime(2026, 11, 19, 14, 0, tzinfo=UTC)
    assert found.letters == ()


@pytest.mark.parametrize("proof", [Proof.FROM_LINE, Proof.REPLY_ADDRESS])
def test_before_it_is_entered_the_handler_reads_what_was_understood(proof: Proof) -> None:
    found = errand_of(AN_ENTRY, proof=proof)

    (letter,) = found.letters
    assert (found.reason, letter.template) == (TO_BE_CONFIRMED, "confirm-command")
    assert letter.to.email == RHIAN.email
    assert "Thursday 19 November 2026, 2pm" in str(letter.facts["reads"])
    assert "Carys Hughes" in str(letter.facts["asked"])


def test_no_address_of_the_firm_is_a_customers() -> None:
    found = errand_of(AN_ENTRY.replace("carys@customer.example", SERVICE))

    assert found.does is None
    assert "no customer's" in said(found)


# --- absences --------------------------------------------------------------------


def test_ones_own_absence_needs_no_name() -> None:
    found = errand_of("#away 21 Dec to 2 Jan")

    assert isinstance(found.does, Away)


def test_an_absence_may_answer_any_mail_of_ours_and_needs_no_yes() -> None:
    mail = a_staff_mail("#away: back", answers=a_token(serial=None, purpose="digest"), serial=None)

    assert isinstance(done(mail).does, Back)


def test_the_absence_of_others_is_for_the_manager_to_enter() -> None:
    text = f"#away {OWEN.name}: 21 Dec to 2 Jan"

    assert errand_of(text).reason == "not_your_absence"
    assert isinstance(errand_of(text, writer=MANAGER).does, Away)


# --- held mail -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#release", Release(7)),
        ("#reject", Reject(7)),
        ("#case ISS-000001-95", FileIn("ISS-000001-95", 7)),
        ("#release 8", Release(8)),
    ],
)
def test_an_answer_to_the_mail_about_held_mail_needs_no_number(text: str, expected: object) -> None:
    assert errand_of(text, held_id=7).does == expected


@pytest.mark.parametrize(
    ("text", "is_asked"),
    [("#release 7", True), ("#case ISS-000001-95 7", True), ("#reject 7", False)],
)
def test_to_let_something_go_is_asked_about_and_to_reject_it_is_not(
    text: str, is_asked: bool
) -> None:
    found = done(
        a_staff_mail(text, answers=a_token(serial=None, purpose="held", held_id=7), serial=None)
    )

    assert found.is_asked is is_asked


def test_without_a_number_nothing_is_released() -> None:
    found = errand_of("#case ISS-000001-95")

    assert found.does is None
    assert "#release 7" in said(found)


# --- a customer's mail, passed on ---------------------------------------------------


@pytest.mark.parametrize("proof", [Proof.FROM_LINE, Proof.REPLY_ADDRESS, Proof.MAIL_SYSTEM])
def test_what_was_read_of_a_forward_is_always_confirmed_first(proof: Proof) -> None:
    found = passing_on(a_forward(), proof=proof)

    (letter,) = found.letters
    assert (found.is_asked, letter.template) == (True, "confirm-command")
    shown = letter.facts["passed_on"]
    assert isinstance(shown, dict)
    assert shown["sender"] == "Jane Doe <jane@customer.example>"
    assert shown["sent"] == "Wednesday 18 November 2026, 9:30am"
    assert shown["words"] == "Nobody rang me back."


def test_who_passes_a_mail_on_reads_which_of_their_own_words_go_with_it() -> None:
    forward = a_forward(comment=f"She is on oxygen.\n\n{RHIAN.name}")
    (letter,) = passing_on(forward).letters

    assert letter.facts["passed_on"]["comment"] == "She is on oxygen."  # type: ignore[index]


def test_of_an_enclosed_mail_the_words_beside_it_are_meant_and_it_is_no_file_itself() -> None:
    enclosed = Attachment(name="mail.eml", content_type="message/rfc822", content=b"")
    message = replace(a_message(sender=Address(email=RHIAN.email)), attachments=(enclosed,))
    forward = a_forward(how=How.ATTACHED)
    mail = a_staff_mail("See below.", serial=None, passed_on=(forward,), message=message)
    (letter,) = done(mail).letters

    shown = letter.facts["passed_on"]
    assert isinstance(shown, dict)
    assert (shown["files"], shown["comment"]) == ([], "See below.")


def test_a_confirmed_forward_is_taken_in() -> None:
    assert passing_on(a_forward(), proof=Proof.CONFIRMED).does == a_forward()


def test_a_date_that_could_not_be_read_is_said_to_be_unknown() -> None:
    (letter,) = passing_on(a_forward(sent_at=None)).letters

    assert letter.facts["passed_on"]["sent"] == ""  # type: ignore[index]


@pytest.mark.parametrize(
    ("doubt", "words"),
    [
        (Doubt.SENDER_MISSING, "who wrote it"),
        (Doubt.SENDER_WITHOUT_ADDRESS, "the address of whoever wrote it"),
        (Doubt.OUTLOOK_ITEM, "Outlook's own format"),
    ],
)
def test_a_forward_of_nobody_says_what_is_missing_and_what_to_do(doubt: Doubt, words: str) -> None:
    found = passing_on(a_forward(sender=None, doubts=(doubt,)))

    assert found.does is None
    assert words in said(found)
    assert "#open" in said(found)


def test_every_doubt_has_words() -> None:
    assert set(receipt_words.NOT_READ) == set(Doubt)


def test_several_mails_are_passed_on_one_by_one() -> None:
    attached = a_forward(how=How.ATTACHED)

    assert passing_on(attached, attached).reason == "forward_of_several"


def test_the_mails_below_an_inline_one_are_its_own() -> None:
    assert passing_on(a_forward(), a_forward()).is_asked


@pytest.mark.parametrize("email", [SERVICE, RHIAN.email])
def test_a_mail_of_the_firm_is_no_customers(email: str) -> None:
    found = passing_on(a_forward(sender=Address(email=email)), proof=Proof.CONFIRMED)

    assert (found.does, found.reason) == (None, "forward_of_ours")


# --- told, or refused ------------------------------------------------------------


def test_help_teaches_every_command_and_how_to_answer() -> None:
    (letter,) = errand_of("#help").letters

    assert letter.facts["commands"] == list(command_words.COMMANDS)


def test_status_without_a_case_lists_the_handlers_own() -> None:
    mail = a_staff_mail("#status", serial=None)

    assert "Your open cases: ISS-000001-95; ISS-000002-92." in said(
        done(mail, "ISS-000001-95", "ISS-000002-92")
    )
    assert "You have no open case." in said(done(mail))


REFUSALS = {
    "#note Rang.": "names_no_case",
    "#note one\n#call two": "names_no_case",
    "#nonsense": "misspoken",
    "#open\nname: Jane": "misspoken",
    "#away yesterday": "misspoken",
    "#release x": "misspoken",
    "#away 21 Dec to 2 Jan\n#note x": "stands_alone",
    f"#note x\n{AN_ENTRY}": "stands_alone",
    "Words for nobody": "names_no_case",
}


@pytest.mark.parametrize("text", sorted(REFUSALS))
@pytest.mark.parametrize("proof", [Proof.MAIL_SYSTEM])
def test_every_refusal_is_one_receipt_that_says_what_to_write(text: str, proof: Proof) -> None:
    found = errand_of(text, proof=proof)

    assert (found.does, found.reason) == (None, REFUSALS[text])
    (letter,) = found.letters
    assert (letter.template, letter.to.email, letter.to_staff) == ("receipt", RHIAN.email, True)
    assert letter.facts["instead"]


def test_a_copy_to_a_customer_of_no_case_names_none() -> None:
    found = errand(a_staff_mail(serial=None, goes_to_the_customer=True), "written_directly", FIRM)

    assert found.reason == "names_no_case"


@pytest.mark.parametrize("reason", ["names_no_case", "nothing_to_answer", "not_answerable"])
def test_a_command_below_a_greeting_is_told_of_where_there_is_no_case(reason: str) -> None:
    found = errand(a_staff_mail(text="Hi\n\n#away 21 Dec to 2 Jan", serial=None), reason, FIRM)

    assert found.reason == "misplaced_command"
    assert "#away 21 Dec to 2 Jan" in str(found.letters[0].facts["why"])


def test_a_status_of_four_hundred_cases_names_some_and_how_many_more() -> None:
    theirs = [
        f"ISS-{number:06} (an answer, by Friday 20 November 2026, 5pm)" for number in range(400)
    ]

    found = done(a_staff_mail("#status", serial=None), *theirs)
    said = str(found.letters[0].facts["outcome"])
    assert said.count("ISS-") == 150
    assert "and 250 more" in said
