"""
One case whole, as `mailbot case REF` shows it: what proves each line, and how it reads.
"""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console

from mailbot.cases.commands.orders import Outcome
from mailbot.cases.wording import event_words, plain_names
from mailbot.cli.case.show import show
from mailbot.desk.letter_outcomes import Delivered
from mailbot.dossier.document import document
from mailbot.dossier.proof import WRITES
from mailbot.letters.office import Office
from mailbot.mail.outcome import Refused
from mailbot.store import outbox
from mailbot.store.retention import past
from mailbot.store.tables import EventRow, OutboxRow
from mailbot.workers import orders
from tests.flow.house import JANE, RHIAN, Mail
from tests.store.desk import LEASE, REFERENCE, Desk, settled

ON_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

#: Names of the program; Message-IDs and templates are names of mail.
SNAKE_CASE = re.compile(r"\b[a-z]+_[a-z_]+\b")


async def a_life(office: Office) -> Desk:
    """
    An answer, a broken promise, a call, an outcome, a yes, and mail after it.
    """
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.until(desk.day(3))
    await desk.arrives(await desk.answer_to("assignment", "We are looking into it."))
    await desk.until(desk.day(6))
    await desk.order("#call\nWe spoke about the line.\n")
    await desk.until(desk.day(7))
    await desk.order("#contact thu 14:00")
    await desk.until(desk.day(8))
    await desk.order("#credit 25.00 December 2026")
    await desk.until(desk.day(9))
    await desk.order("#outcome\nWe replaced the router.")
    await desk.until(desk.day(10))
    await desk.arrives(await desk.answer_to("outcome", "Yes\n"))
    return desk


async def whole(office: Office) -> Any:
    found = await document(REFERENCE, office.firm)
    assert found
    return found


def shown(found: Any, office: Office, width: int = 100) -> str:
    page = io.StringIO()
    show(Console(file=page, width=width), found, office.firm)
    return page.getvalue()


def the(found: Any, event: str, reason: str | None = None) -> Any:
    return next(
        each
        for each in found["events"]
        if each["event"] == event and reason in {None, each["reason"]}
    )


def obligation(found: Any, promise: str, number: int = 1) -> Any:
    return next(
        each
        for each in found["obligations"]
        if (each["promise"], each["number"]) == (promise, number)
    )


# --- what proves it ------------------------------------------------------------


async def test_a_kept_promise_names_the_letter_its_template_and_the_servers_answer(
    office: Office,
) -> None:
    await a_life(office)
    found = await whole(office)

    [letter] = obligation(found, "acknowledge")["proof"]["letters"]
    row = await OutboxRow.get(template="acknowledgement")
    assert letter["to"] == JANE
    assert (letter["template"], letter["template_hash"]) == ("acknowledgement", row.template_hash)
    assert (letter["message_id"], letter["reply"]) == (row.message_id, "250 ok")
    assert letter["accepted_at"] == "2026-11-20T16:45:00Z"
    assert found["messages"][letter["number"] - 1]["message_id"] == row.message_id


@ON_SQLITE
async def test_a_promise_that_a_command_kept_names_who_gave_it_and_the_letter(
    office: Office,
) -> None:
    await a_life(office)

    agreed = obligation(await whole(office), "agree_contact")

    assert (agreed["state"], agreed["evidence"][:7]) == ("met_late", "agreed:")
    assert agreed["proof"]["by"] == "a command of Olwen"
    assert [each["template"] for each in agreed["proof"]["letters"]] == ["contact-agreed"]


@ON_SQLITE
async def test_a_promise_that_the_customers_mail_kept_names_that_mail(office: Office) -> None:
    await a_life(office)

    confirmed = obligation(await whole(office), "confirm_closure")

    [mail] = confirmed["proof"]["messages"]
    assert (mail["from"], mail["kind"]) == (JANE, "person")


@ON_SQLITE
async def test_a_promise_that_is_owed_has_no_proof(office: Office) -> None:
    await Desk(office).arrives(Mail())

    owed = obligation(await whole(office), "adr_rights")

    assert owed["proof"] == {"by": "", "messages": [], "letters": []}


@ON_SQLITE
async def test_every_event_has_its_sentence_and_the_clause_behind_it(office: Office) -> None:
    await a_life(office)
    found = await whole(office)

    opened = the(found, "case_opened")
    assert opened["sentence"] == "A complaint was received and a case was opened."
    assert opened["clause"].startswith("All disputes are logged")
    assert [each["from"] for each in opened["proof"]["messages"]] == [JANE]
    assert [each["template"] for each in opened["proof"]["letters"]] == ["acknowledgement"]
    broken = the(found, "obligation_breached", "agree_contact")
    assert broken["clause"] == obligation(found, "agree_contact")["clause"]
    assert [each["template"] for each in broken["proof"]["letters"]] == ["breach"]
    kept = the(found, "obligation_met", "introduce")
    assert [each["template"] for each in kept["proof"]["letters"]] == ["introduction"]
    relayed = the(found, "answer_relayed")
    assert [each["from"] for each in relayed["proof"]["messages"]] == [RHIAN]
    assert [each["template"] for each in relayed["proof"]["letters"]] == ["handler-reply"]


@ON_SQLITE
async def test_a_promise_is_proved_by_the_letter_that_kept_it_and_no_later_one(
    office: Office,
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.until(desk.day(1))
    assert (await desk.order("#assign Gareth Evans")).is_done

    kept = the(await whole(office), "obligation_met", "introduce")

    [letter] = kept["proof"]["letters"]
    assert letter["accepted_at"] == kept["at"]


@ON_SQLITE
async def test_a_letter_that_was_refused_and_the_task_about_it_are_named_by_the_event(
    office: Office,
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.until(desk.day(1))
    await orders.commands(REFERENCE, (Outcome("Done."),), "Olwen", office, desk.now)
    [claimed] = await outbox.claim(desk.now, limit=9, lease=LEASE)
    refused = Delivered(letter=claimed, result=Refused("550 no_one"), at=desk.now, next_at=None)
    await settled(refused, office)
    found = await whole(office)

    event = the(found, "letter_refused")
    assert [each["template"] for each in event["proof"]["letters"]] == ["outcome", "task"]
    assert "refused; 550 no_one" in shown(found, office)


def test_every_event_that_writes_has_words_and_so_has_every_letter() -> None:
    assert set(WRITES) <= set(event_words.EVENTS)
    assert {each for letters in WRITES.values() for each in letters} <= set(plain_names.LETTERS)


@ON_SQLITE
async def test_outgoing_mail_says_which_template_and_when_it_was_accepted(office: Office) -> None:
    await a_life(office)
    found = await whole(office)

    out = [each for each in found["messages"] if each["direction"] == "out"]
    assert len(out) > 5
    for each in out:
        assert each["template"] == each["kind"]
        assert each["template_hash"]
        assert (each["reply"], each["status"]) == ("250 ok", "sent")
        assert each["accepted_at"]


async def test_a_case_that_is_not_there_is_none(office: Office) -> None:
    assert await document("ISS-000009-71", office.firm) is None


# --- the record of contacts ------------------------------------------------------


async def test_the_record_has_every_contact_of_people_with_what_was_agreed(
    office: Office,
) -> None:
    await a_life(office)

    told = [
        (each["channel"], each["who"], each["summary"], each["agreed"], each["resolved"])
        for each in (await whole(office))["contacts"]
    ]

    last = told.pop()
    assert told == [
        (
            "email",
            f"Jane Doe ({JANE}) wrote",
            "No internet: The line has been dead since Monday.",
            "",
            "",
        ),
        ("email", "Rhian Price, for us", "We are looking into it.", "", ""),
        ("telephone", "Olwen, for us", "We spoke about the line.", "", ""),
        (
            "not recorded",
            "Olwen, for us",
            "A contact time was agreed with the customer: Thursday 3 December 2026, 2pm.",
            "contact on Thursday 3 December 2026, 2pm",
            "",
        ),
        (
            "not recorded",
            "Olwen, for us",
            "A credit was agreed: £25.00 in December 2026.",
            "a credit of £25.00 in December 2026",
            "",
        ),
        (
            "email",
            "Olwen, for us",
            "We replaced the router.",
            "",
            "not yet: the outcome asks the customer whether it resolves it",
        ),
    ]
    assert last[:3] == ("email", f"Jane Doe ({JANE}) wrote", "Re: Your complaint: Yes")
    assert last[4].startswith("yes: the customer told us by email on Monday 30 November 2026")


@ON_SQLITE
async def test_a_call_and_the_time_agreed_in_it_are_one_contact(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.until(desk.day(3))
    await desk.order("#contact tue 14:00\n#every 3 working days\n#call\nWe spoke.")

    _, call = (await whole(office))["contacts"]

    assert (call["channel"], call["summary"]) == ("telephone", "We spoke.")
    assert call["agreed"].endswith("contact every 3 working days")


@ON_SQLITE
async def test_a_closure_on_the_customers_word_says_by_which_channel(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.until(desk.day(3))
    await desk.order("#close phone Jane Doe, 22/11 14:00")
    found = await whole(office)

    closed = found["contacts"][-1]
    assert closed["channel"] == "telephone"
    assert closed["resolved"] == (
        "yes: Jane Doe told us by phone on Sunday 22 November 2026, 2pm that it is resolved"
    )
    assert found["resolution"] == closed["resolved"]


@ON_SQLITE
@pytest.mark.parametrize(
    ("ordered", "said"),
    [
        ("#note nothing", "not yet: open"),
        ("#outcome\nDone.", "not yet: waiting for the customer to confirm the outcome"),
        ("#deadlock\nWe cannot.", "no: we cannot agree, and the deadlock letter says so"),
        ("#not-complaint a question", "judged to be no complaint: a question"),
        (
            "#deadlock\nWe cannot. / #outcome\nWe can.",
            "not yet: waiting for the customer to confirm the outcome",
        ),
        (
            "#outcome\nDone. / #deadlock\nWe cannot.",
            "no: we cannot agree, and the deadlock letter says so",
        ),
        (
            "#outcome\nDone. / #close phone Jane Doe, 20/11 18:00 / #reopen / #note again",
            "not yet: open",
        ),
        (
            "#deadlock\nWe cannot. / #outcome\nWe can. / #close phone Jane Doe, 20/11 18:00",
            "yes: Jane Doe told us by phone on Friday 20 November 2026, 6pm that it is resolved",
        ),
    ],
)
async def test_a_case_says_whether_it_is_resolved_and_on_what_basis(
    office: Office, ordered: str, said: str
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.until(desk.day(1))
    for each in ordered.split(" / "):
        answer = await desk.order(each)
        assert answer.is_done, answer.answer
        desk.now += timedelta(hours=1)

    assert (await whole(office))["resolution"] == said


@ON_SQLITE
async def test_an_answer_that_came_back_is_no_contact_that_reached_the_customer(
    office: Office,
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.order("#outcome\nDone.")
    assert (await whole(office))["contacts"][-1]["unreached"] == ""

    await OutboxRow.filter(template="outcome").update(status="bounced")

    contact = (await whole(office))["contacts"][-1]
    assert contact["unreached"] == "accepted, and returned as undeliverable"


@ON_SQLITE
async def test_a_complaint_that_came_by_telephone_is_a_contact_by_telephone(
    office: Office,
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await EventRow.filter(event="case_opened").update(
        cause="command by Olwen", reason="telephone", about="Jane Doe rang."
    )

    first = next(
        each for each in (await whole(office))["contacts"] if each["who"] == "Olwen, for us"
    )

    assert first["channel"] == "telephone"
    assert "Jane Doe rang" in first["summary"]


@ON_SQLITE
async def test_a_case_that_was_anonymised_can_still_be_shown(office: Office) -> None:
    desk = await a_life(office)
    await desk.until(desk.day(45))
    await desk.order("#credit applied")
    later = desk.now.replace(year=2029)
    [case] = await past(later, 12)
    assert await orders.anonymise(case, "Olwen", later)
    found = await whole(office)

    page = shown(found, office)
    assert "Everything that tells whose case it was has been removed." in page
    assert "Jane" not in page


# --- how it reads ----------------------------------------------------------------


@ON_SQLITE
@pytest.mark.parametrize("width", [80, 140])
async def test_nobody_has_to_read_a_name_of_the_program(office: Office, width: int) -> None:
    await a_life(office)

    page = shown(await whole(office), office, width)

    assert SNAKE_CASE.findall(page) == []
    assert max(map(len, page.splitlines())) <= width


@ON_SQLITE
async def test_each_mail_stands_once_in_full_and_is_named_by_number_elsewhere(
    office: Office,
) -> None:
    await a_life(office)
    found = await whole(office)

    page = shown(found, office)

    for each in found["messages"]:
        assert page.count(f"Message-ID {each['message_id']}") == 1
    assert re.search(r"mail 2: the acknowledgement to jane@example.com, accepted", page)


@ON_SQLITE
async def test_a_clause_is_quoted_in_full_where_it_stands_first(office: Office) -> None:
    await a_life(office)
    found = await whole(office)

    page = " ".join(shown(found, office).split())

    for each in found["obligations"]:
        assert page.count(each["clause"]) == 1


@ON_SQLITE
async def test_what_a_stranger_wrote_cannot_steer_the_terminal(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(Mail(subject="=?utf-8?q?=1B]0;owned=07?=", text="red: \x1b[31m"))

    page = shown(await whole(office), office)

    assert "owned" in page
    assert "\x1b" not in page


# --- who else --------------------------------------------------------------------


@ON_SQLITE
async def test_who_else_has_a_role_is_shown_with_what_they_get_and_until_when(
    office: Office,
) -> None:
    desk = await a_life(office)
    await desk.order("#party add bob@example.net solicitor, copies")
    await desk.order("#party add carol@example.net friend")
    await desk.order("#party add dave@example.net neighbour")
    await desk.order("#party remove dave@example.net")
    found = await whole(office)

    assert [
        (each["email"], each["role"], each["gets_copies"], bool(each["removed_at"]))
        for each in found["parties"]
    ] == [
        (JANE, "complainant", False, False),
        ("bob@example.net", "solicitor", True, False),
        ("carol@example.net", "friend", False, False),
        ("dave@example.net", "neighbour", False, True),
    ]
    page = " ".join(shown(found, office, width=400).split())
    assert "bob@example.net (solicitor; gets a copy of every letter)" in page
    assert "carol@example.net (friend; gets nothing from us)" in page
    assert "dave@example.net (neighbour; until Mon" in page
    assert "Somebody else was added to the case: bob@example.net, solicitor, with copies" in page
