"""
What `mailbot explain` says of a message is what happens to it, or what happened.
"""

import io
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from tortoise.exceptions import BaseORMException

from mailbot.cli.explain.command import Asked, NothingToExplain, answered
from mailbot.cli.explain.telling import tell
from mailbot.letters.office import Office
from mailbot.store.database import Tx, look
from mailbot.store.tables import (
    CaseRow,
    EventRow,
    LedgerRow,
    MessageRow,
    ObligationRow,
    OutboxRow,
    StepRow,
)
from tests.flow.house import JANE, RHIAN, Mail, settings
from tests.flow.test_automatic import bounce
from tests.store.desk import REFERENCE, Desk

ON_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
TABLES = (CaseRow, EventRow, LedgerRow, MessageRow, ObligationRow, OutboxRow, StepRow)

#: Names of the program; Message-IDs and addresses are names of mail.
SNAKE_CASE = re.compile(r"\b[a-z]+_[a-z_]+\b")

#: Who writes after a first complaint, and what is done with it.
LATER = {
    "a stranger": (Mail(sender="max@example.com", message_id="2@example.com"), "open"),
    "a stranger who names the case": (
        Mail(sender="max@example.com", message_id="2@example.com", subject=f"Re: {REFERENCE}"),
        "open",
    ),
    "a slip of the finger": (
        Mail(message_id="2@example.com", subject="Re: ISS-000001-96"),
        "open",
    ),
    "the customer with the reference": (
        Mail(message_id="2@example.com", subject=f"Re: {REFERENCE}"),
        "join",
    ),
    "the customer to the first mail": (
        Mail(message_id="2@example.com", headers=(("In-Reply-To", "<first@example.com>"),)),
        "join",
    ),
    "a robot that starts": (
        Mail(message_id="2@example.com", headers=(("Auto-Submitted", "auto-generated"),)),
        "hold",
    ),
    "a robot that answers": (
        Mail(message_id="2@example.com", headers=(("Auto-Submitted", "auto-replied"),)),
        "file",
    ),
    "a list": (Mail(message_id="2@example.com", headers=(("List-Id", "<n.example.com>"),)), "hold"),
    "nobody": (Mail(sender="", message_id="2@example.com"), "hold"),
    "staff without a proof": (Mail(sender=RHIAN, message_id="2@example.com"), "hold"),
    "the first once more": (Mail(), "file"),
    "the first with another text": (Mail(text="Pay me on the spot."), "join"),
}


@pytest.fixture
async def desk(office: Office) -> Desk:
    desk = Desk(office)
    await desk.arrives(Mail())
    desk.now += timedelta(hours=1)
    return desk


async def of_file(desk: Desk, mail: Mail | bytes, folder: Path) -> Any:
    file = folder / "asked.eml"
    file.write_bytes(bytes(mail))
    asked = Asked(name=str(file), file=file, at=desk.now, now=desk.now)
    (found,) = await answered(asked, settings(folder), desk.office)
    return found


async def of_record(desk: Desk, message_id: str, folder: Path) -> list[Any]:
    asked = Asked(name=message_id, file=None, at=None, now=desk.now)
    return list(await answered(asked, settings(folder), desk.office))


async def everything() -> list[Any]:
    return [await table.all().values() for table in TABLES]


def told(messages: list[Any], office: Office) -> str:
    page = io.StringIO()
    document = {"asked": "it", "database": True, "messages": messages}
    tell(Console(file=page, width=100), document, office.firm)
    return " ".join(page.getvalue().split())


@pytest.mark.parametrize("who", sorted(LATER))
async def test_what_is_foreseen_of_a_message_is_what_happens_to_it(
    desk: Desk, tmp_path: Path, who: str
) -> None:
    mail, action = LATER[who]
    before = await everything()

    now = (await of_file(desk, mail, tmp_path))["now"]
    assert await everything() == before
    known = await OutboxRow.all().count()
    recorded = await desk.arrives(mail)

    assert now["action"] == action
    written = await OutboxRow.all().order_by("id").offset(known).limit(100)
    assert [each["template"] for each in now["letters"]] == [each.template for each in written]
    if who != "the first once more":
        assert (now["action"], now["kind"]) == (recorded.action, recorded.kind)
        assert now["evidence"] == recorded.evidence
    assert now["silence"] == recorded.silence
    events = await EventRow.filter(at=desk.now, cause="message").order_by("id")
    if action in {"open", "join"}:
        assert [each["event"] for each in now["events"]] == [each.event for each in events]


@pytest.mark.parametrize("template", ["acknowledgement", "assignment"])
async def test_what_is_foreseen_of_an_answer_is_what_happens_to_it(
    desk: Desk, tmp_path: Path, template: str
) -> None:
    answer = await desk.answer_to(template, "Thank you.")

    now = (await of_file(desk, answer, tmp_path))["now"]
    recorded = await desk.arrives(answer)

    assert now["action"] == recorded.action
    assert now["belongs_to"] == recorded.case == REFERENCE
    assert [each["template"] for each in now["letters"]] == list(recorded.letters)


async def test_what_is_foreseen_of_a_bounce_is_what_happens_to_it(
    desk: Desk, tmp_path: Path
) -> None:
    letter = await OutboxRow.get(template="acknowledgement")
    came_back = bounce(letter.message_id)

    now = (await of_file(desk, came_back, tmp_path))["now"]
    known = await OutboxRow.all().count()
    await desk.arrives(came_back)

    written = await OutboxRow.all().order_by("id").offset(known).limit(100)
    assert [each["template"] for each in now["letters"]] == [each.template for each in written]
    assert written
    events = await EventRow.filter(at=desk.now).order_by("id")
    recorded = {each.event for each in events if each.event != "case_opened"}
    assert {each["event"] for each in now["events"]} == recorded
    assert now["rule_source"] == "RFC 3464 §2.3.3, §2.3.4"


@ON_SQLITE
async def test_a_handler_is_told_by_name_and_the_secret_is_not_shown(
    desk: Desk, tmp_path: Path
) -> None:
    answer = await desk.answer_to("assignment", "We are on it.")

    found = await of_file(desk, answer, tmp_path)
    said = told([found], desk.office)
    assert "to Rhian Price" in said
    assert "the handler's answer to jane@example.com" in said
    assert answer.to not in str(found) + said


@ON_SQLITE
async def test_every_case_that_is_named_stands_there_with_its_evidence(
    desk: Desk, tmp_path: Path
) -> None:
    mail, _ = LATER["a stranger who names the case"]

    found = await of_file(desk, mail, tmp_path)
    assert found["now"]["candidates"] == [
        {"case": REFERENCE, "evidence": "reference", "knows_sender": False}
    ]
    assert found["now"]["possible"] == [REFERENCE]
    assert "its sender is a stranger to it" in told([found], desk.office)


@ON_SQLITE
async def test_a_near_miss_is_shown_as_it_was_written(desk: Desk, tmp_path: Path) -> None:
    mail, _ = LATER["a slip of the finger"]

    found = await of_file(desk, mail, tmp_path)
    assert found["now"]["near"] == ["ISS-000001-96"]
    assert "ISS-000001-96 (its check digits are wrong)" in told([found], desk.office)


@pytest.mark.parametrize("name", ["first@example.com", "<First@Example.com>"])
async def test_of_a_recorded_message_the_decision_of_that_time_is_told(
    desk: Desk, tmp_path: Path, name: str
) -> None:
    (found,) = await of_record(desk, name, tmp_path)

    then = found["then"]
    assert (then["kind"], then["rule"], then["case"]) == ("person", "nothing_automatic", REFERENCE)
    assert [each["event"] for each in then["events"]][:2] == ["case_opened", "assigned"]
    assert {each["template"] for each in then["letters"]} == {
        *("acknowledgement", "introduction", "assignment")
    }
    assert found["differs"] == []
    assert "In the same way" in told([found], desk.office)


@ON_SQLITE
@pytest.mark.parametrize("who", sorted(set(LATER) - {"the first once more"}))
async def test_what_was_decided_is_what_would_be_decided_as_long_as_nothing_changes(
    desk: Desk, tmp_path: Path, who: str
) -> None:
    mail, _ = LATER[who]
    await desk.arrives(mail)

    for each in await of_record(desk, mail.message_id, tmp_path):
        assert each["differs"] == []


@ON_SQLITE
async def test_rules_that_changed_are_told_beside_the_decision(desk: Desk, tmp_path: Path) -> None:
    firm = desk.office.firm
    first_day = (desk.now + timedelta(days=9)).date()
    intake = firm.rulebook.intake.model_copy(update={"answer_from": first_day})
    later = firm.rulebook.model_copy(update={"intake": intake})
    desk.office = replace(desk.office, firm=replace(firm, rulebook=later))

    (found,) = await of_record(desk, "first@example.com", tmp_path)
    assert found["differs"] == ["decision"]
    said = told([found], desk.office)
    assert "Otherwise, with the rules and the cases of now: what is done with it." in said
    assert "before the day from which mail is answered" in said


@ON_SQLITE
async def test_a_spent_reply_address_was_good_when_the_answer_came(
    desk: Desk, tmp_path: Path
) -> None:
    answer = replace(await desk.answer_to("assignment", "We are on it."), cc="max@example.com")
    await desk.arrives(answer)
    desk.now += timedelta(hours=1)

    (found,) = await of_record(desk, answer.message_id, tmp_path)
    assert found["then"]["decision"] == "staff_answer"
    assert found["differs"] == []


@ON_SQLITE
async def test_a_held_message_is_told_with_its_number(desk: Desk, tmp_path: Path) -> None:
    mail, _ = LATER["a list"]
    await desk.arrives(mail)

    (found,) = await of_record(desk, mail.message_id, tmp_path)
    assert found["then"]["silence"] == "list_field"
    assert "Held for a person as number 1: it came through a mailing list. It still waits." in told(
        [found], desk.office
    )


@ON_SQLITE
async def test_a_copy_with_another_text_stands_beside_the_first(desk: Desk, tmp_path: Path) -> None:
    await desk.arrives(LATER["the first with another text"][0])
    await desk.arrives(Mail())

    first, second = await of_record(desk, "first@example.com", tmp_path)
    assert (first["then"]["copy_of"], first["then"]["seen_again"]) == (None, 1)
    assert second["then"]["copy_of"] == "first@example.com"


@ON_SQLITE
async def test_a_letter_of_ours_leads_to_its_case(desk: Desk, tmp_path: Path) -> None:
    letter = await OutboxRow.get(template="acknowledgement")

    with pytest.raises(NothingToExplain, match=f"mailbot case {REFERENCE} says why"):
        await of_record(desk, letter.message_id, tmp_path)


@ON_SQLITE
@pytest.mark.parametrize("name", ["nobody@example.com", "", "<>", "x" * 4000])
async def test_a_name_that_nothing_has_says_what_to_do(
    desk: Desk, tmp_path: Path, name: str
) -> None:
    with pytest.raises(NothingToExplain, match="mailbot held list"):
        await of_record(desk, name, tmp_path)


async def test_who_only_looks_cannot_write(desk: Desk) -> None:
    async def write(tx: Tx) -> None:
        await CaseRow.all().using_db(tx).update(level=3)

    with pytest.raises((BaseORMException, OSError)):
        await look(write)
    assert (await desk.case()).level == 0
    await desk.arrives(Mail(message_id="2@example.com", sender="max@example.com"))


@ON_SQLITE
@pytest.mark.parametrize("who", sorted(LATER))
async def test_no_name_of_the_program_is_in_what_people_read(
    desk: Desk, tmp_path: Path, who: str
) -> None:
    mail, _ = LATER[who]
    said = told([await of_file(desk, mail, tmp_path)], desk.office)
    await desk.arrives(mail)
    said += told(await of_record(desk, mail.message_id, tmp_path), desk.office)

    assert SNAKE_CASE.findall(said) == []
    assert JANE in said or who not in {"the first once more", "the customer with the reference"}
