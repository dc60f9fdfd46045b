"""
The ombudsman's file of one case: what is in it, what is not, and that each of both is said.
"""

import asyncio
import io
import json
import re
import shutil
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from itertools import count
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from pypdf import PdfReader

from mailbot import service
from mailbot.bundle.signing import SigningKey
from mailbot.bundle.verifying import verified
from mailbot.cases.commands.reading.grammar import parse as parse_commands
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.cases.people.handlers import People
from mailbot.cases.wording import event_words, plain_names
from mailbot.cli.evidence.making import Order, make
from mailbot.evidence.discretion import AMONG_US, OPEN, TO_STAFF, WHY_AMONG_US
from mailbot.evidence.naming import length
from mailbot.letters.office import Office
from mailbot.settings.token_key import key_lines
from mailbot.store.database import database
from mailbot.store.retention import past
from mailbot.store.tables import Content, MessageRow, OutboxRow
from mailbot.workers import orders
from tests.bundle.test_bundle import run_stranger
from tests.flow.house import JANE, RHIAN, SERVICE, Mail, settings
from tests.flow.test_automatic import bounce
from tests.servers.migrated import lay
from tests.store.desk import REFERENCE, Desk
from tests.store.test_staff import by_rhian, passed_on, say_yes

ON_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

#: As mail, HTML and JSON show it: a reply address or an id that was issued to staff.
STAFF = re.compile(rb"\+s[a-z2-7]{28,36}|\b[sb]\.\d+\.[a-z2-7]{8,16}\.[a-z2-7]{4}\.[a-z2-7]{16}")
SNAKE_CASE = re.compile(r"\b[a-z]+_[a-z_]+\b")
PHOTO = bytes(range(256)) * 20


@dataclass(frozen=True)
class Bundle:
    path: Path
    files: Mapping[str, bytes]

    @property
    def case(self) -> Any:
        return json.loads(self.files["case.json"])

    @property
    def index(self) -> str:
        """
        The words of the index, as a reader without HTML has them.
        """
        text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", self.files["index.html"].decode())
        return " ".join(text.replace("&#x27;", "'").replace("&lt;", "<").split())

    @property
    def printed(self) -> str:
        pages = PdfReader(io.BytesIO(self.files["index.pdf"])).pages
        return " ".join(
            " ".join(each.extract_text().replace("\u200b", "") for each in pages).split()
        )

    def named(self, words: str) -> list[str]:
        return sorted(each for each in self.files if words in each)


async def made(office: Office, folder: Path, reference: str = REFERENCE, **order: Any) -> Bundle:
    path = folder / f"{len(list(folder.iterdir()))}.zip"
    wanted = Order(
        **{
            "firm": office.firm,
            "keyring": office.keyring,
            "signing": SigningKey(key_lines(folder / "token.key")[0]),
            "now": Desk(office).day(60),
            **order,
        }
    )
    assert await make(reference, path, wanted)
    with ZipFile(path) as archive:
        return Bundle(path, {each: archive.read(each) for each in archive.namelist()})


def with_a_file(name: str = "photo.jpg", kind: str = "image/jpeg", octets: bytes = PHOTO) -> bytes:
    message = message_from_bytes(bytes(Mail(headers=())), policy=policy.default)
    del message["Content-Type"], message["Content-Transfer-Encoding"], message["MIME-Version"]
    message.set_content("The line has been dead since Monday.")
    message.add_attachment(octets, *kind.split("/"), filename=name)
    return bytes(message)


def decoded(octets: bytes) -> list[bytes]:
    parts = (each.get_payload(decode=True) for each in message_from_bytes(octets).walk())
    return [each for each in parts if isinstance(each, bytes)]


async def _played(folder: Path) -> None:
    url = f"sqlite://{folder}/mailbot.sqlite3"
    async with database(url):
        desk = Desk(await service.office(settings(folder, MAILBOT_DATABASE__URL=url)))
        await _a_life(desk)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    The folder with a life in it: a dozen tests look at the same.
    """
    folder = tmp_path_factory.mktemp("life")
    lay(folder)
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _played(folder)).result()
    return folder


@pytest.fixture
async def lived(played: Path, tmp_path: Path) -> AsyncIterator[Desk]:
    """
    The desk on the day on which that life ended.
    """
    for name in ("mailbot.sqlite3", "token.key"):
        shutil.copy(played / name, tmp_path / name)
    url = f"sqlite://{tmp_path}/mailbot.sqlite3"
    async with database(url):
        office = await service.office(settings(tmp_path, MAILBOT_DATABASE__URL=url))
        yield Desk(office, now=Desk(office).day(10), _uids=count(1000))


async def _a_life(desk: Desk) -> None:
    """
    A complaint with a photograph, an answer, a promise broken, a note, a call, a credit, an
    outcome, and a yes.
    """
    await desk.arrives(with_a_file())
    await desk.until(desk.day(3))
    await desk.arrives(await desk.answer_to("assignment", "We are looking into it."))
    await desk.until(desk.day(6))
    await desk.order("#note\nShe sounded furious; be careful.")
    await desk.order("#call\nWe spoke about the line.\n")
    await desk.until(desk.day(7))
    await desk.order("#contact thu 14:00")
    await desk.until(desk.day(8))
    await desk.order("#credit 25.00 December 2026")
    await desk.order("#escalate she threatens to go to the papers")
    await desk.until(desk.day(9))
    await desk.order("#outcome\nWe replaced the router.")
    await desk.until(desk.day(10))
    await desk.arrives(await desk.answer_to("outcome", "Yes\n"))


# --- whole -----------------------------------------------------------------------


async def test_a_stranger_can_check_it_and_so_can_the_firm(lived: Desk, tmp_path: Path) -> None:
    bundle = await made(lived.office, tmp_path)

    ran = run_stranger(bundle.path)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["about"] == REFERENCE
    assert verified(bundle.path, [SigningKey(key_lines(tmp_path / "token.key")[0])]).is_intact
    fingerprint = verified(bundle.path).fingerprint
    assert fingerprint in bundle.index
    assert fingerprint.replace(" ", "") in bundle.printed.replace(" ", "")


async def test_every_mail_of_the_customer_and_every_letter_is_there_octet_for_octet(
    lived: Desk, tmp_path: Path
) -> None:
    bundle = await made(lived.office, tmp_path)

    came = [each async for each in Content.filter(messages__kind="person")]
    went = [each.content async for each in OutboxRow.filter(to_staff=False)]
    octets = set(bundle.files.values())
    assert len(came) == 2
    assert len(went) >= 7
    assert all(each.octets in octets for each in came)
    assert all(each in octets for each in went)
    assert bundle.files["attachments/001-1-photo.jpg"] == PHOTO


async def test_each_mail_has_a_page_that_says_what_became_of_it(
    lived: Desk, tmp_path: Path
) -> None:
    bundle = await made(lived.office, tmp_path)

    [name] = bundle.named("acknowledgement.html")
    page = bundle.files[name].decode()
    assert "accepted, Friday 20 November 2026, 4:45pm" in page
    assert "our mail server answered “250 ok”" in page
    assert f'href="../{name[:-5]}.eml"' in page
    first = bundle.files[bundle.named("messages/001")[1]].decode()
    assert "The line has been dead since Monday." in first
    assert 'href="../attachments/001-1-photo.jpg"' in first


async def test_every_link_leads_to_a_file_of_the_bundle(lived: Desk, tmp_path: Path) -> None:
    bundle = await made(lived.office, tmp_path)

    found = 0
    for name in bundle.named(".html"):
        depth = "../" if "/" in name else ""
        for href in re.findall(r'<a href="([^"#]+)"', bundle.files[name].decode()):
            if not href.startswith(("mailto:", "http")):
                assert href.removeprefix(depth) in bundle.files, (name, href)
                found += 1
    assert found > 30


async def test_the_same_case_makes_the_same_octets_but_for_the_moment(
    lived: Desk, tmp_path: Path
) -> None:
    desk = lived

    first = await made(lived.office, tmp_path)
    again = await made(lived.office, tmp_path)
    later = await made(lived.office, tmp_path, now=desk.day(61))

    assert first.path.read_bytes() == again.path.read_bytes()
    differing = {each for each in first.files if first.files[each] != later.files[each]}
    assert differing == {
        *("index.html", "index.pdf", "SHA256SUMS"),
        *("manifest.json", "manifest.sig", "manifest.hmac"),
    }


@ON_SQLITE
async def test_of_a_case_that_is_not_there_nothing_is_made(office: Office, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    order = Order(
        firm=office.firm,
        keyring=office.keyring,
        signing=SigningKey(b"x"),
        now=Desk(office).now,
    )

    assert await make("ISS-000009-71", tmp_path / "none.zip", order) is None
    assert set(tmp_path.iterdir()) == before


# --- how it reads -----------------------------------------------------------------


async def test_each_promise_has_its_clause_its_date_its_end_and_its_proof(
    lived: Desk, tmp_path: Path
) -> None:
    bundle = await made(lived.office, tmp_path)

    for said in (bundle.index, bundle.printed):
        assert "All disputes are logged and we aim to acknowledge all disputes within 24" in said
        assert "Wednesday 25 November 2026, 4:45pm" in said
        assert "4 days and 23 hours" in said or "5 days before it was due" in said
        assert "our mail server answered “250 ok”" in said
        assert "Nothing on record had kept a promise by its last moment" in said
        assert "Agreed: Thursday 3 December 2026, 2pm" in said
        assert "“We spoke about the line.”" in said
        assert "£25.00 in December 2026" in said
        assert "“We replaced the router.”" in said
        assert "“The line has been dead since Monday.”" in said


async def test_the_first_paragraph_is_for_who_reads_no_further(lived: Desk, tmp_path: Path) -> None:
    index = (await made(lived.office, tmp_path)).index

    assert (
        "Jane Doe complained to Infinity System Solutions Ltd by email on Friday 20 November 2026,"
        " 4:45pm. The case is closed: the customer told us by email on Monday 30 November 2026"
    ) in index
    assert re.search(r"Of the \d+ promises made to the customer: \d+ kept, 1 kept late", index)


async def test_nobody_has_to_read_a_name_of_the_program(lived: Desk, tmp_path: Path) -> None:
    bundle = await made(lived.office, tmp_path)

    assert SNAKE_CASE.findall(bundle.index) == []
    assert "[operator" not in bundle.index
    assert "message." not in bundle.index.replace("message.\n", "")


async def test_a_case_in_which_nothing_has_happened_yet_can_be_handed_out(
    office: Office, tmp_path: Path
) -> None:
    await Desk(office).arrives(Mail())

    index = (await made(office, tmp_path)).index

    assert "The case is open." in index
    assert "No outcome is on record, no letter about rights, and no credit." in index
    assert "Nothing yet" in index


@ON_SQLITE
async def test_letters_of_any_writing_are_shown_and_what_cannot_be_printed_is_named(
    office: Office, tmp_path: Path
) -> None:
    await Desk(office).arrives(Mail(text="Привет. \U00013080 is an eye."))

    bundle = await made(office, tmp_path)

    assert "\U00013080 is an eye." in bundle.index
    assert "Привет." in bundle.printed
    assert "cannot be printed here, and stand in index.html: \\U00013080" in bundle.printed


@ON_SQLITE
async def test_a_newer_edition_of_the_code_is_not_taken_for_the_old_one(
    office: Office, tmp_path: Path
) -> None:
    await Desk(office).arrives(Mail())
    rulebook = office.firm.rulebook.model_copy(update={"version": "2027-1"})

    bundle = await made(office, tmp_path, firm=replace(office.firm, rulebook=rulebook))

    assert "Today's edition is “2027-1”. Of edition “2026-1” this file tells" in bundle.index


@ON_SQLITE
async def test_what_comes_as_a_day_begins_is_of_that_day_in_the_index_and_in_the_names_of_files(
    office: Office, tmp_path: Path
) -> None:
    # 00:00 in London, summer time.
    desk = Desk(office, now=datetime(2026, 9, 8, 23, tzinfo=UTC))
    await desk.arrives(Mail(date="Wed, 9 Sep 2026 00:00:00 +0100"))

    bundle = await made(office, tmp_path)

    assert "Received Wednesday 9 September 2026, 12am, by email" in bundle.index
    assert "the end of Tuesday 8 September" not in bundle.index
    assert "Introduction of the case handler" in bundle.index
    assert "the end of Thursday 10 September 2026" in bundle.index
    assert bundle.named("messages/001-2026-09-09-received.eml")
    assert bundle.named("letters/002-2026-09-09-acknowledgement.eml")


@ON_SQLITE
async def test_a_promise_that_is_past_and_not_seen_to_yet_is_not_told_as_merely_open(
    office: Office, tmp_path: Path
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())

    in_time = await made(office, tmp_path, now=desk.day(3))
    late = await made(office, tmp_path, now=desk.day(30))

    said = "Still open its last moment is past, and nothing on record kept it"
    assert said not in in_time.index
    assert said in late.index


@ON_SQLITE
async def test_a_handler_who_has_left_is_named_and_not_told_as_nobody(
    office: Office, tmp_path: Path
) -> None:
    await Desk(office).arrives(Mail())
    staff = [each for each in office.firm.people.handlers if each.email != RHIAN]
    firm = replace(office.firm, people=People(tuple(staff)))

    bundle = await made(office, tmp_path, firm=firm)

    assert "Case handler Rhian Price" in bundle.index
    assert bundle.case["handler"] == {"name": "Rhian Price"}


# --- what is left out ---------------------------------------------------------------


async def test_nothing_by_which_somebody_could_act_as_staff_is_in_any_file(
    lived: Desk, tmp_path: Path
) -> None:
    for is_internal in (False, True):
        bundle = await made(lived.office, tmp_path, is_internal=is_internal)
        for name, octets in bundle.files.items():
            for text in (octets, *(decoded(octets) if name.endswith(".eml") else ())):
                assert not STAFF.search(text), name
        assert not STAFF.search(bundle.printed.encode())


async def test_what_our_people_say_among_themselves_is_left_out_and_named(
    lived: Desk, tmp_path: Path
) -> None:
    bundle = await made(lived.office, tmp_path)

    every = b"".join(bundle.files.values()).decode("utf-8", "replace") + bundle.printed
    assert "She sounded furious" not in every
    assert "papers" not in every
    assert "The case was escalated to the next person above." in bundle.index
    assert "the assignment to the handler Mail to one of our own people" in bundle.index
    assert "1 entry of the history Internal notes, for our own people alone" in bundle.index
    assert "The words of 1 entry of the history What our people wrote to each" in bundle.index
    assert {each["why"] for each in bundle.case["left_out"]} >= {"mail to one of our own people"}
    assert RHIAN not in every.replace("\\u002d", "-")


async def test_with_internal_it_is_there_but_for_the_secrets(lived: Desk, tmp_path: Path) -> None:
    bundle = await made(lived.office, tmp_path, is_internal=True)

    assert "She sounded furious; be careful." in bundle.index
    assert "This edition has what our own people wrote to each other." in bundle.index
    [page] = bundle.named("letters/004-2026-11-20-assignment")
    assert page.endswith(".html")
    assert "Left out: it holds an address or an id" in bundle.files[page].decode()


async def test_mail_among_our_people_that_names_another_customers_case_stays_out_of_both(
    lived: Desk, tmp_path: Path
) -> None:
    desk = lived
    await desk.arrives(
        Mail(sender="bob@example.net", message_id="bob@example.net", text="Mine too.")
    )
    await desk.arrives(await desk.answer_to("assignment", "#note as in ISS-000001-95"))

    bundle = await made(lived.office, tmp_path, "ISS-000002-92", is_internal=True)

    [left] = [each for each in bundle.case["left_out"] if "another customer" in each["why"]]
    number = int(left["what"].removeprefix("mail "))
    assert not bundle.named(f"messages/{number:03}")
    assert JANE not in bundle.index


@ON_SQLITE
@pytest.mark.parametrize("name", ["setup.exe", "setup.\uff45\uff58\uff45"])
async def test_a_program_stays_inside_its_mail(office: Office, tmp_path: Path, name: str) -> None:
    await Desk(office).arrives(with_a_file(name, "application/octet-stream", b"MZ"))

    bundle = await made(office, tmp_path)

    assert not bundle.named("attachments/")
    assert f"The file {name} of mail 1 A program" in bundle.index


@ON_SQLITE
@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "con.txt", "a" * 400 + ".pdf", "\u202ecod.exe.pdf"]
)
async def test_a_file_with_any_name_has_a_safe_one(
    office: Office, tmp_path: Path, name: str
) -> None:
    await Desk(office).arrives(with_a_file(name, "application/pdf", b"%PDF-1.7"))

    [file] = (await made(office, tmp_path)).named("attachments/")

    assert re.fullmatch(r"attachments/001-1-[A-Za-z0-9._-]{1,70}", file)


@ON_SQLITE
async def test_an_outcome_that_nobody_has_posted_is_not_told_as_sent(
    office: Office, tmp_path: Path
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.order("#post 1 High Street, Ebbw Vale")
    await desk.order("#outcome\nWe mended it.")
    before = await made(office, tmp_path)
    desk.now += timedelta(hours=1)
    await desk.order("#posted outcome")
    after = await made(office, tmp_path)

    said = "nothing on record shows that the outcome has reached the customer"
    assert f"We have written an outcome; {said}." in before.index
    assert "by letter; not recorded as posted" in before.index
    assert "We have sent an outcome and asked" not in before.index
    assert "We have sent an outcome and asked" in after.index
    assert said not in after.index
    assert "by letter; not recorded as posted" not in after.index


@ON_SQLITE
async def test_a_promise_is_not_told_as_kept_by_a_letter_that_has_not_left_or_left_too_late(
    office: Office, tmp_path: Path
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.order("#contact tue 10:00")
    desk.now = desk.day(4).replace(hour=16, minute=30)
    reckoning = Reckoning(desk.now, office.firm.calendar)
    command = parse_commands("#outcome\nWe mended it.", reckoning)
    await orders.commands(REFERENCE, command, "Olwen", office, desk.now)
    before = await made(office, tmp_path)
    desk.now += timedelta(hours=2)
    await desk.deliver()
    late = await made(office, tmp_path)

    kept = "Kept as it was written: "
    assert f"{kept}nothing on record shows that the letter has left" in before.index
    assert "An outcome was written (recorded by Olwen)" in before.index
    assert "One of those kept counts from when a letter was written" in before.index
    assert f"{kept}the letter left 1 hour and 30 minutes after it was due" in late.index
    assert f"{kept}nothing" not in late.index


@ON_SQLITE
async def test_two_promises_that_are_kept_at_once_have_each_its_own_day(
    office: Office, tmp_path: Path
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.order("#contact tue 10:00")
    await desk.until(desk.day(5))
    await desk.order("#call\nWe spoke.")

    said = (await made(office, tmp_path)).index

    late = "A promise was kept, but late: agreed contact with the customer."
    in_time = "A promise was kept: agreed contact with the customer."
    assert f"{late} It was due by Tuesday 24 November 2026, 5pm." in said
    assert f"{in_time} It was due by Tuesday 1 December 2026, 5pm." in said


@ON_SQLITE
async def test_a_mail_that_was_answered_by_a_person_is_not_called_unanswered(
    office: Office, tmp_path: Path
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    again = (("In-Reply-To", "<first@example.com>"),)
    await desk.arrives(Mail(message_id="second@example.com", text="Still dead.", headers=again))
    await desk.order("#call\nI rang you, and the line works again.")

    said = (await made(office, tmp_path)).index

    assert "Not answered" not in said
    assert "No automatic answer:" in said


async def test_a_mail_of_the_customers_with_a_staff_address_in_it_is_shown_without(
    lived: Desk, tmp_path: Path
) -> None:
    desk = lived
    address = (await desk.answer_to("assignment", "")).to
    await desk.arrives(
        replace(await desk.answer_to("outcome", f"Who is {address}?"), message_id="w@example.com")
    )
    named = with_a_file(f"{address}.jpg").replace(b"first@example.com", b"f@example.com")
    await desk.arrives(named.replace(b"Subject: No internet", b"Subject: Re: [ISS-000001-95]"))

    bundle = await made(lived.office, tmp_path)

    number = bundle.case["messages"][-1]["number"]
    number = max(
        each["number"] for each in bundle.case["messages"] if each.get("text", "").startswith("Who")
    )
    [page] = bundle.named(f"messages/{number:03}")
    assert "Who is service" in bundle.files[page].decode()
    assert not STAFF.search(bundle.files[page])
    assert f"The octets of mail {number}" in bundle.index
    assert bundle.named("service-infinitysystemsolutions.co.uk.jpg")
    assert not [each for each in (*bundle.files, bundle.index) if STAFF.search(each.encode())]


@ON_SQLITE
async def test_what_a_machine_says_of_mail_among_our_people_stays_among_them(
    office: Office, tmp_path: Path
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    for template in ("assignment", "introduction"):
        letter = await OutboxRow.get(template=template)
        await desk.arrives(
            bounce(letter.message_id).replace(b"report@mx", template.encode() + b"@mx")
        )

    bundle = await made(office, tmp_path)
    internal = await made(office, tmp_path, is_internal=True)

    assert "a machine's answer to mail among our own people" in json.dumps(bundle.case["left_out"])
    assert len(bundle.named("bounce-hard.html")) == 1
    assert len(internal.named("bounce-hard.html")) == 2


@ON_SQLITE
async def test_octets_that_are_not_those_that_came_are_told(office: Office, tmp_path: Path) -> None:
    await Desk(office).arrives(Mail())
    row = await Content.all().first()
    assert row
    await Content.filter(id=row.id).update(octets=row.octets.replace(b"dead", b"fine"))

    assert (
        "their SHA-256 is another; the database was altered" in (await made(office, tmp_path)).index
    )


async def test_an_anonymised_case_says_so_and_shows_its_skeleton(
    lived: Desk, tmp_path: Path
) -> None:
    desk = lived
    await desk.order("#credit applied")
    later = desk.now + timedelta(days=1000)
    [case] = await past(later, 12)
    assert await orders.anonymise(case, "Olwen", later)

    bundle = await made(lived.office, tmp_path)

    assert (
        "the case was anonymised: the case had been kept for as long as it has to be"
        in bundle.index
    )
    assert "A customer whose name was removed complained to" in bundle.index
    # What the customer had is not said to have been our own people's.
    assert "Mail 2: removed when the case was anonymised" in bundle.index
    assert "Mail 2, among our own people" not in bundle.index
    assert "Acknowledgement of the complaint" in bundle.index
    assert not bundle.named(".eml")
    every = b"".join(bundle.files.values())
    assert b"Jane" not in every
    assert b"jane" not in every
    assert "somebody whose name was removed wrote" in bundle.index
    assert "anonymised wrote" not in bundle.index


# --- other ways -----------------------------------------------------------------------


@ON_SQLITE
async def test_a_mail_that_one_of_our_people_passed_on_is_there_as_the_customer_wrote_it(
    office: Office, tmp_path: Path
) -> None:
    desk = Desk(office)
    await desk.arrives(passed_on())
    await say_yes(desk)

    bundle = await made(office, tmp_path)

    assert "by email to one of our people, who passed it on" in bundle.index
    assert "“Nobody rang me back.”" in bundle.index
    [eml, _] = bundle.named("messages/001")
    assert b"carys.1@example.com" in bundle.files[eml]
    assert b"This came to me." not in b"".join(bundle.files.values())


@ON_SQLITE
async def test_of_one_that_was_passed_on_inline_the_words_are_there_and_not_our_mail(
    office: Office, tmp_path: Path
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    inline = (
        "An idiot.\n\n---------- Forwarded message ---------\nFrom: Jane Doe <jane@example.com>\n"
        f"Date: Mon, 23 Nov 2026 at 09:00\nSubject: Hello\nTo: <{RHIAN}>\n\nIt is still dead."
    )
    await desk.until(desk.day(3))
    await desk.arrives(by_rhian(inline, subject="Fwd: Hello"))
    await say_yes(desk)

    bundle = await made(office, tmp_path)

    row = await MessageRow.get(case_id=1, kind="person", decision="passed_on")
    assert row.text == "It is still dead."
    assert "It came inside a mail of one of our own people" in bundle.index
    every = b"".join(bundle.files.values())
    assert b"It is still dead." in every
    assert b"An idiot" not in every


@ON_SQLITE
async def test_a_handlers_mail_straight_to_the_customer_is_theirs_to_see(
    office: Office, tmp_path: Path
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.until(desk.day(3))
    await desk.order("#contact today 15:00")
    direct = replace(by_rhian("It works again.", cc=SERVICE), to=JANE)
    await desk.arrives(replace(direct, headers=(("In-Reply-To", "<first@example.com>"),)))
    await say_yes(desk)

    bundle = await made(office, tmp_path)

    texts = [each.get("text") for each in bundle.case["messages"]]
    assert "It works again." in texts


@ON_SQLITE
async def test_letters_by_post_are_there_as_they_were_printed(
    office: Office, tmp_path: Path
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.until(desk.day(1))
    await desk.order("#post 14 Mill Lane, Tredegar, NP22 3AB")
    await desk.order("#outcome\nWe replaced the router.")
    await desk.until(desk.day(3))
    await desk.order("#posted all")

    bundle = await made(office, tmp_path)

    [page] = bundle.named("by-post-01-outcome.pdf")
    printed = PdfReader(io.BytesIO(bundle.files[page])).pages[0].extract_text()
    assert "We replaced the router." in printed
    assert "recorded by Olwen" in bundle.index
    assert "By post: the outcome, the page as printed" in bundle.index
    assert f'href="{page}"' in bundle.files["index.html"].decode()


@ON_SQLITE
async def test_two_cases_that_became_one_are_told_as_one(office: Office, tmp_path: Path) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.until(desk.day(1))
    await desk.arrives(Mail(message_id="second@example.com", text="And the telephone, too."))
    serials = {each.case_id async for each in MessageRow.all()}
    assert serials == {1, 2}
    assert (await desk.order("#merge ISS-000002-92")).is_done

    bundle = await made(office, tmp_path)

    assert bundle.case["reference"] == "ISS-000002-92"
    assert bundle.index.count("A complaint was received and a case was opened.") == 2
    assert "Those of case ISS-000001-95" in bundle.index
    assert [each["reference"] for each in bundle.case["merged_cases"]] == [REFERENCE]


# --- words ----------------------------------------------------------------------------


def test_of_every_event_it_is_decided_who_may_read_it() -> None:
    assert set(event_words.EVENTS) == OPEN | set(AMONG_US)
    assert set(AMONG_US.values()) == set(WHY_AMONG_US)
    assert OPEN & set(AMONG_US) == set()


def test_what_goes_to_staff_is_known_by_name() -> None:
    letters = list(plain_names.LETTERS)

    assert set(letters[letters.index("assignment") :]) >= TO_STAFF


@pytest.mark.parametrize(
    ("of_time", "words"),
    [
        (timedelta(days=2, hours=3, minutes=4), "2 days and 3 hours"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(days=1, minutes=1), "1 day and 1 minute"),
    ],
)
def test_a_length_of_time_has_its_two_largest_units(of_time: timedelta, words: str) -> None:
    assert length(of_time) == words
