"""
Every way to say a command wrong, and every command that a case does not allow: each is a
row here, and each row gets exactly one receipt and sends nothing to the customer.

A `raise` of the grammar or of the orders that no row reaches fails the last test.
"""

import ast
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from mailbot.cases import commands
from mailbot.cases.case import Case, Party
from mailbot.cases.commands.order import Refused
from mailbot.cases.commands.orders import Misspoken
from mailbot.cases.commands.reading import grammar
from mailbot.cases.commands.reading.grammar import MOST_COMMANDS
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.cases.correspondence.errands import errand
from mailbot.cases.identity.match import Match
from mailbot.cases.identity.triage import Action, triage
from mailbot.cases.letter import Letter
from mailbot.cases.states import State
from mailbot.cases.triggers import StaffAnswered
from mailbot.mail.message import Address, Kind
from mailbot.mail.origin.classify import Classification
from tests.cases.builders import (
    FRIDAY,
    JANE,
    RHIAN,
    SERVICE,
    STRANGER,
    a_case,
    a_firm,
    a_message,
    a_staff_mail,
    a_token,
)
from tests.cases.life import Life

Place = tuple[str, int]

RHIAN_WRITES = Address(name=RHIAN.name, email=RHIAN.email)
RECKONING = Reckoning(FRIDAY, a_firm().calendar)

AN_ENTRY = "#open\nchannel: telephone\nname: Carys\nphone: 01495 000 009\n\nNo dial tone."

#: What cannot be read, on any case.
MISSPOKEN = {
    "more commands than one mail has": "\n".join(["#note x"] * (MOST_COMMANDS + 1)),
    "no command of ours": "#frobnicate",
    "a hash and nothing": "#",
    "a command below text": "#note x\nDear Jane,\n#outcome y",
    "one text for two mails": "#call\n#outcome\nWe spoke.",
    "a call without a word": "#call",
    "no reason on the line": "#assign\nGareth",
    "an empty note": "#note",
    "no time": "#contact",
    "a time that nobody understands": "#contact whenever it suits",
    "a time that is over": "#contact 20/11/2025 14:00",
    "a weekday that is today's": "#contact fri 17:00",
    "a time at which nobody is in": "#contact tue 3am",
    "a day on which nobody is in": "#contact 25/12 10:00",
    "from two to four": "#contact tue 2-4pm",
    "an absence without an end": "#away from 1 Dec",
    "an absence from today, or in a week": "#away friday",
    "no interval": "#every now and then",
    "an interval in hours": "#every 3 hours",
    "closed by nobody": "#close",
    "closed by whom and when": "#close phone Jane Doe",
    "closed by a time that nobody understands": "#close phone Jane Doe, whenever",
    "closed in the future": "#close phone Jane Doe, 25/11/2027 14:00",
    "a credit without an amount": "#credit December 2026",
    "a credit without a month": "#credit 25.00 Christmas",
    "a credit of nothing": "#credit 0.00 December 2026",
    "a credit on an old invoice": "#credit 25.00 December 2025",
    "a credit on an invoice of another decade": "#credit 25.00 December 2062",
    "a complaint of another decade": AN_ENTRY.replace("name:", "received: 20/11/2006\nname:"),
    "nothing that can be corrected": "#correct shoesize 42",
    "corrected to nothing": "#correct phone",
    "corrected to no address": "#correct email jane(at)example.com",
    "a party who gets something else": "#party add bob@example.com solicitor, money",
    "a party without a role": "#party add bob@example.com",
    "a party without a verb": "#party bob@example.com",
    "a role that is an address": "#party add bob@example.com sue@example.com",
    "a second complainant": "#party add bob@example.com complainant",
    "merged with nothing": "#merge",
    "a held message without a number": "#release the first one",
    "filed in no case": "#case",
    "away without days": "#away Rhian Price:",
    "away on days that nobody understands": "#away some time soon",
    "away in the past": "#away 1 Jan 2026 to 3 Jan 2026",
    "entered without a channel": AN_ENTRY.replace("channel: telephone\n", ""),
    "entered without a way to reach them": AN_ENTRY.replace("phone: 01495 000 009\n", ""),
    "entered without a word": AN_ENTRY.replace("\n\nNo dial tone.", ""),
    "entered with a slip of the finger": AN_ENTRY.replace("phone:", "phnoe:"),
    "entered with a line twice": AN_ENTRY.replace("name:", "name: Carys\nname:"),
    "entered by no channel": AN_ENTRY.replace("telephone", "carrier pigeon"),
    "entered at a time that nobody understands": AN_ENTRY.replace("name:", "received: eh\nname:"),
    "entered before it was received": AN_ENTRY.replace(
        "name:", "received: 25/11/2027 14:00\nname:"
    ),
}


def as_it_is(life: Life) -> None:
    """
    An open case with a handler.
    """


def doing(*orders_before: str) -> Callable[[Life], None]:
    def happen(life: Life) -> None:
        for each in orders_before:
            decision = life.order(each)
            assert not decision.refusal, decision.refusal

    return happen


def under_a_verdict(life: Life) -> None:
    life.case = replace(life.case, verdict="spam_verdict")


CLOSE = "#close phone Jane Doe, today 9:00"

#: What a case does not allow: how it stands, and what is said.
REFUSED: dict[str, tuple[Callable[[Life], None], str]] = {
    "a case under a verdict": (under_a_verdict, "#contact tue 14:00"),
    "contact in a year": (as_it_is, "#contact 22/11/2027 14:00"),
    "a case that is over": (doing(CLOSE), "#contact tue 14:00"),
    "an interval of months": (as_it_is, "#every 60 days"),
    "closed before it was received": (as_it_is, "#close phone Jane Doe, 1/11/2026 9:00"),
    "an open case opened": (as_it_is, "#reopen"),
    "closed twice": (doing(CLOSE), CLOSE),
    "a second deadlock letter": (doing("#deadlock\nWe cannot agree."), "#deadlock\nAgain."),
    "a deadlock letter to who is not eligible": (
        doing("#not-eligible larger"),
        "#deadlock\nWe cannot agree.",
    ),
    "a complaint called one": (as_it_is, "#complaint"),
    "assigned to who has it": (as_it_is, f"#assign {RHIAN.name}"),
    "assigned to nobody": (as_it_is, "#assign Father Christmas"),
    "assigned to an empty department": (as_it_is, "#assign department:Broadband"),
    "not eligible for no reason of ours": (as_it_is, "#not-eligible I say so"),
    "eligible anyway": (as_it_is, "#eligible"),
    "a second credit": (doing("#credit 25.00 December 2026"), "#credit 5.00 December 2026"),
    "no credit to apply": (as_it_is, "#credit applied"),
    "the clock of the law twice": (doing("#dp"), "#dp"),
    "letters already": (doing("#post 1 High Street, Ebbw Vale, NP23 6XX"), "#post"),
    "mails already": (as_it_is, "#email"),
    "mails without an address": (
        lambda life: setattr(
            life,
            "case",
            replace(
                life.case,
                by_post=True,
                complainant=replace(life.case.complainant, address=replace(JANE, email="")),
            ),
        ),
        "#email",
    ),
    "nothing to post": (as_it_is, "#posted"),
    "posted what does not wait": (
        lambda life: setattr(life, "case", replace(life.case, to_post=("outcome", "closed"))),
        "#posted adr-rights",
    ),
    "a party again": (
        doing("#party add bob@example.com solicitor"),
        "#party add bob@example.com solicitor",
    ),
    "a customer as a party": (as_it_is, f"#party add {JANE.email} friend"),
    "the firm as a party": (as_it_is, f"#party add {SERVICE} friend"),
    "a stranger who goes": (as_it_is, "#party remove bob@example.com"),
    "merged into no case": (as_it_is, "#merge ISS-000001-95"),
    "merged into itself": (as_it_is, "#merge ISS-004217-57"),
    "merged into a closed case": (as_it_is, "#merge ISS-000002-92"),
    "two people's complaints": (as_it_is, "#merge ISS-000005-83"),
    "two credits in one case": (doing("#credit 25.00 December 2026"), "#merge ISS-000003-89"),
    "merged and more": (as_it_is, "#note x\n#merge ISS-000004-86"),
    "a release of what is not kept in": (as_it_is, "#release"),
    "a reject of what is not kept in": (as_it_is, "#reject"),
    "an entry among orders": (as_it_is, AN_ENTRY),
    "a held message filed among orders": (as_it_is, "#case ISS-000001-95"),
    "an absence among orders": (as_it_is, "#away 21 Dec to 2 Jan"),
    "a held message on a case": (as_it_is, "#release 7"),
}


def _others() -> dict[str, Case]:
    """
    The cases that others can be merged into, or cannot.
    """
    owing = Life()
    owing.order("#credit 25.00 December 2026")
    return {
        "ISS-004217-57": a_case(),
        "ISS-000002-92": replace(a_case(state=State.CLOSED), serial=2),
        "ISS-000003-89": replace(owing.case, serial=3),
        "ISS-000004-86": replace(a_case(), serial=4),
        "ISS-000005-83": replace(a_case(), serial=5, complainant=Party(address=STRANGER)),
    }


OTHERS = _others()


def said_in_the_case(life: Life, text: str) -> tuple[Letter, ...]:
    """
    The letters that follow from Rhian's answer to her assignment.
    """
    answer = StaffAnswered(
        message=a_message(sender=RHIAN_WRITES, text=text, received_at=life.now),
        occasion="answer.1",
        writer=RHIAN,
        text=text,
        may_relay=True,
        reason="staff_command",
        others=OTHERS,
    )
    return life.happens(answer).letters


def said_by_mail(life: Life, text: str) -> tuple[Letter, ...]:
    """
    The same of what may be about no case at all.
    """
    mail = a_staff_mail(text, answers=a_token())
    kind = Classification(Kind.STAFF, "handlers_address")
    what = triage(mail.message, kind, Match(), mail, life.firm)
    if what.action is Action.ERRAND:
        return errand(mail, what.reason, life.firm).letters
    return said_in_the_case(life, text)


@pytest.mark.parametrize("row", MISSPOKEN)
def test_what_cannot_be_read_gets_one_receipt_that_says_what_to_write(row: str) -> None:
    _gets_one_receipt(said_by_mail(Life(), MISSPOKEN[row]))


@pytest.mark.parametrize("row", REFUSED)
def test_what_a_case_does_not_allow_gets_one_receipt_that_says_why(row: str) -> None:
    stands, text = REFUSED[row]
    life = Life()
    stands(life)
    before = life.case

    _gets_one_receipt(said_in_the_case(life, text))

    assert life.case == before


def _gets_one_receipt(letters: tuple[Letter, ...]) -> None:
    (receipt,) = letters
    assert (receipt.template, receipt.to.email, receipt.to_staff) == ("receipt", RHIAN.email, True)
    assert receipt.facts["outcome"] == "Nothing was done."
    assert receipt.facts["why"]
    assert receipt.facts["instead"]


# --- none is left out ---------------------------------------------------------------


def raised_in(work: Callable[[], object]) -> set[Place]:
    """
    Where exceptions were raised, or passed through, while *work* ran.
    """
    places: set[Place] = set()

    def watch(frame: FrameType, event: str, _: object) -> Any:
        if event == "exception":
            places.add((frame.f_code.co_filename, frame.f_lineno))
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        work()
    finally:
        sys.settrace(before)
    return places


def raises() -> dict[Place, str]:
    """
    Every `raise` of a refusal in the modules that read and carry out commands.
    """
    found = {}
    for file in sorted(Path(str(commands.__file__)).parent.rglob("*.py")):
        if file.stem in {"spoken_day", "spoken_moment", "spoken_time"}:
            # What they doubt is refused by whoever asked them, in a row of its own.
            continue
        path = str(file)
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                assert isinstance(node.exc.func, ast.Name)
                assert node.exc.func.id in {Misspoken.__name__, Refused.__name__}
                found[path, node.lineno] = ast.unparse(node.exc)
    assert len(found) > 60
    return found


def test_every_refusal_of_the_program_has_a_row_here() -> None:
    def everything() -> None:
        for text in MISSPOKEN.values():
            said_by_mail(Life(), text)
        for stands, text in REFUSED.values():
            life = Life()
            stands(life)
            said_in_the_case(life, text)
        # What has no command at all never comes this far by mail: the command line says it.
        with pytest.raises(Misspoken):
            grammar.parse("Hello", RECKONING)

    reached = raised_in(everything)

    assert {place: said for place, said in raises().items() if place not in reached} == {}
