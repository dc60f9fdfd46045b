"""
What one person is told of themselves: everything that is theirs, and nothing of anybody else.
"""

import hashlib
import io
import json
import re
import shutil
from collections.abc import Mapping
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from mailbot.bundle.signing import SigningKey
from mailbot.cases.reference import reference
from mailbot.cli.subject.making import Made, Order, make
from mailbot.letters.office import Office
from mailbot.person.blackout import MARK, Blackout
from mailbot.settings.token_key import key_lines
from mailbot.store import person
from mailbot.store.tables import Content, OutboxRow, PartyRow
from tests.bundle.test_bundle import run_stranger
from tests.cases.builders import a_firm
from tests.flow.house import CONFIG, GARETH, JANE, MANAGER, RHIAN, Mail, text_of
from tests.store.desk import REFERENCE, Desk
from tests.store.forty import LIVES, reference_of
from tests.store.test_evidence import STAFF
from tests.store.test_evidence_year import files_of, mailbot, rows, year
from tests.store.test_staff import say_yes

__all__ = ["year"]

BOB = "bob.roe@law.example"
ON_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


# --- blacking out -------------------------------------------------------------------


def blackout() -> Blackout:
    bob = PartyRow(
        name="Robert Will Roe",
        email=BOB,
        phone="01495 123456",
        postal_address="2 Mill Lane\nTredegar",
    )
    return Blackout(
        firm=a_firm(),
        addresses=frozenset({"jane@example.com"}),
        own_names=frozenset({"Jane Roe"}),
        others=(bob,),
        known=("Jane: 07700 900123", "01495 123456 is my solicitor"),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ROBERT WILL ROE rang", f"{MARK} rang"),
        ("Robert rang, and will again", f"{MARK} rang, and will again"),
        ("Ms Roe rang", "Ms Roe rang"),
        (f"from {BOB}.", f"from {MARK}."),
        ("ring 01495 123456, 2 Mill Lane", f"ring {MARK}, {MARK}"),
        ("Roberta rang", "Roberta rang"),
        # However it is written: Bob's, though Jane wrote it, and one of whom nobody knows.
        ("rang +44 1495 123456, no answer", f"rang {MARK}, no answer"),
        ("her sister is on 07700 900456, after six", f"her sister is on {MARK}, after six"),
        ("07700 900456 and 07700 900457", f"{MARK} and {MARK}"),
        ("x" * 5000 + " ring 07700 900456", "x" * 5000 + f" ring {MARK}"),
        ("ring her on 07700900123", "ring her on 07700900123"),
        (f"ring {a_firm().telephones[0]}", f"ring {a_firm().telephones[0]}"),
        ("account 07700 900456, paid on 01/12/2026", "account 07700 900456, paid on 01/12/2026"),
        ("from Jane@Example.com to x.y@else.example", f"from Jane@Example.com to {MARK}"),
        (f"from {a_firm().service_address}", f"from {a_firm().service_address}"),
        ("", ""),
    ],
)
def test_what_is_anothers_is_made_unreadable_and_nothing_else(text: str, told: str) -> None:
    black = blackout()

    assert black.of(text) == told
    assert black.count == told.count(MARK)


def test_with_nobody_else_there_are_only_addresses_to_black_out() -> None:
    alone = Blackout(firm=a_firm(), addresses=frozenset(), own_names=frozenset())

    assert alone.of("Robert wrote from a@b.example") == f"Robert wrote from {MARK}"


# --- one life with somebody else in it -------------------------------------------------


async def made(
    office: Office, folder: Path, named: str = JANE
) -> tuple[Made, Mapping[str, bytes], Path]:
    path = folder / f"{len(list(folder.iterdir()))}.zip"
    order = Order(
        named=named,
        firm=office.firm,
        keyring=office.keyring,
        signing=SigningKey(key_lines(folder / "token.key")[0]),
        now=Desk(office).day(60),
        hosts=("imap.example.net",),
    )
    done = await make(path, order)
    return done, files_of(path), path


def on_paper(files: Mapping[str, bytes]) -> str:
    pages = PdfReader(io.BytesIO(files["index.pdf"])).pages
    return " ".join(" ".join(each.extract_text() for each in pages).split())


async def a_life(desk: Desk) -> None:
    """
    Jane complains, Bob gets copies and writes, and our people take notes.
    """
    await desk.arrives(Mail())
    await desk.order(f"#party add {BOB} solicitor, copies")
    await desk.until(desk.day(3))
    await desk.order("#note\nShe sounded furious; Bob Roe calmed her.")
    await desk.order("#need large print")
    await desk.arrives(await desk.answer_to("assignment", "We are on our way."))
    await desk.arrives(
        Mail(
            sender=f"Bob Roe <{BOB}>",
            message_id="bob@law.example",
            subject="[ISS-000001-95]",
            text="My client is patient.",
        )
    )
    await desk.order("#outcome\nMended.")


def words(files: Mapping[str, bytes], page: str = "index.html") -> str:
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", files[page].decode())
    return " ".join(text.replace("&#x27;", "'").replace("&quot;", '"').split())


async def test_the_person_gets_what_is_theirs_and_reads_of_nobody_else(
    office: Office, tmp_path: Path
) -> None:
    desk = Desk(office)
    await a_life(desk)

    done, files, path = await made(office, tmp_path)

    everything = set(files.values())
    came = await Content.filter(messages__sender=JANE)
    went = await OutboxRow.filter(recipient_key=JANE)
    assert came
    assert len(went) >= 3
    assert all(each.octets in everything for each in came)
    assert all(each.content in everything for each in went)
    # The letter that tells her who gets copies is hers, and names him.
    told = words(files) + json.dumps(json.loads(files["data.json"])["complaints"])
    assert "Bob" not in told
    assert BOB not in told
    assert b"My client is patient." not in b"\n".join(files.values())
    assert not STAFF.search(b"\n".join(files.values()))
    assert done.blackened >= 2
    assert run_stranger(path).returncode == 0


async def test_an_address_that_was_corrected_leads_the_reader_to_the_complaint_it_had(
    office: Office, tmp_path: Path
) -> None:
    desk = Desk(office)
    await a_life(desk)
    await desk.order("#correct email jane.new@example.net")

    old, _, _ = await made(office, tmp_path, JANE)
    new, _, _ = await made(office, tmp_path, "jane.new@example.net")

    assert (old.complaints, old.corrected_away) == (0, (REFERENCE,))
    assert (new.complaints, new.corrected_away) == (1, ())


async def test_mail_from_an_address_that_no_engine_folds_is_found(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(Mail(sender="ÄNNE@example.com"))

    found = await person.find("änne@example.com")
    assert found.own == {1}
    assert found.messages == {1: 1}


async def test_notes_about_the_person_are_theirs_too(office: Office, tmp_path: Path) -> None:
    await a_life(Desk(office))

    done, files, _ = await made(office, tmp_path)

    assert f"“She sounded furious; {MARK} calmed her.”" in words(files)
    assert "What you need large print" in words(files)
    assert done.notes >= 2


async def test_a_number_that_stands_in_a_note_is_theirs_or_blacked_out(
    office: Office, tmp_path: Path
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail(text="It is dead. Ring me on 07700 900123."))
    await desk.order("#correct phone 01495 111222")
    await desk.order("#correct phone 01495 333444")
    await desk.order(
        "#note\nRang 07700900123, 01495 111222 and 01495 333444; her sister is on 07700 900456."
    )

    done, files, _ = await made(office, tmp_path)

    told = f"“Rang 07700900123, 01495 111222 and 01495 333444; her sister is on {MARK}.”"
    assert told in words(files)
    assert "07700 900456" not in "".join(each.decode("utf-8", "replace") for each in files.values())
    assert done.blackened == 1
    assert "of which we do not know whose it is" in words(files)


@ON_SQLITE
async def test_the_page_answers_each_point_of_article_15(office: Office, tmp_path: Path) -> None:
    await a_life(Desk(office))

    _, files, _ = await made(office, tmp_path)

    page = words(files)
    assert "article 15 of the UK GDPR" in page
    assert "article 6(1)(c)" in page
    assert "kept for 72 months after it has ended" in page
    assert "Your case handler: Rhian Price" in page
    assert "Somebody with a role in your complaint: solicitor" in page
    assert "(imap.example.net)" in page
    assert "Information Commissioner's Office" in page
    assert "You may go to court." in page
    assert "written by another person in your complaint" in page.lower()
    assert "article 15 of the UK GDPR" in on_paper(files)
    assert "She sounded furious" in on_paper(files)


@ON_SQLITE
async def test_what_cannot_be_printed_of_a_persons_file_is_named(
    office: Office, tmp_path: Path
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.order("#note\nShe signs with \U00013080.")

    _, files, _ = await made(office, tmp_path)

    assert "She signs with \U00013080." in words(files)
    assert "cannot be printed here, and stand in index.html: \\U00013080" in on_paper(files)


@ON_SQLITE
async def test_people_of_the_firm_are_named_where_the_customer_knows_them(
    office: Office, tmp_path: Path
) -> None:
    await a_life(Desk(office))

    _, files, _ = await made(office, tmp_path)

    assert "Recorded by one of our people" in words(files)
    assert "Olwen" not in words(files)
    assert RHIAN not in files["data.json"].decode()


async def test_who_has_a_part_in_anothers_complaint_gets_that_part_alone(
    office: Office, tmp_path: Path
) -> None:
    await a_life(Desk(office))

    done, files, _ = await made(office, tmp_path, BOB)

    data: Any = json.loads(files["data.json"])
    assert data["complaints"] == []
    [part] = data["in_cases_of_others"]
    assert [each["role"] for each in part["roles"]] == ["solicitor"]
    own = {each["kind"] for each in data["mails"]}
    assert own == {"a copy of a letter to the customer", "your message"}
    assert "furious" not in b"\n".join(files.values()).decode("utf-8", "replace")
    assert "they are other people's complaints" in words(files).lower()
    assert done.complaints == 0


async def test_of_whom_nothing_is_held_an_honest_page_is_made(
    office: Office, tmp_path: Path
) -> None:
    await a_life(Desk(office))

    done, files, path = await made(office, tmp_path, "nobody@example.org")

    assert done.is_nothing
    assert "holds nothing about you under nobody@example.org" in words(files)
    assert "Rhian" not in words(files)
    assert run_stranger(path).returncode == 0


@ON_SQLITE
async def test_every_link_leads_to_a_file_that_is_there(office: Office, tmp_path: Path) -> None:
    await a_life(Desk(office))

    _, files, _ = await made(office, tmp_path)

    found = 0
    for name in (each for each in files if each.endswith(".html")):
        depth = "../" if "/" in name else ""
        for href in re.findall(r'<a href="([^"#]+)"', files[name].decode()):
            if not href.startswith(("mailto:", "http")):
                assert href.removeprefix(depth) in files, (name, href)
                found += 1
    assert found > 10


# --- asked for by mail -----------------------------------------------------------------


async def test_by_mail_it_is_asked_about_and_then_a_task_for_the_manager_and_no_data(
    office: Office,
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    outside = await OutboxRow.filter(to_staff=False).count()

    await desk.arrives(await desk.answer_to("assignment", "#subject she rang"))
    assert (await desk.letters(to_staff=True))[-1] == "confirm-command"
    await say_yes(desk)

    task = await OutboxRow.get(template="task")
    assert task.recipient == MANAGER
    assert "mailbot subject jane@example.com ISS-000001-95.zip" in text_of(task.content)
    assert await OutboxRow.filter(to_staff=False).count() == outside


# --- the year -----------------------------------------------------------------------


@pytest.mark.parametrize("who", ["Karen Doyle", "Liam Burke"])
def test_of_the_year_everybody_gets_their_own(year: Path, who: str) -> None:
    life = next(each for each in LIVES if each.who == who)
    path = year / "it.zip"

    ran = mailbot(year, "subject", life.email, str(path), "--json")
    assert ran.exit_code == 0, ran.output

    files = files_of(path)
    came = rows(
        year,
        "SELECT sha256 FROM message JOIN content ON content.id = content_id"
        " WHERE lower(sender) = ?",
        life.email,
    )
    went = rows(year, "SELECT message_id FROM outbox WHERE recipient_key = ?", life.email)
    received = [o for name, o in files.items() if re.fullmatch(r"messages/.*\.eml", name)]
    written = [o for name, o in files.items() if re.fullmatch(r"letters/.*\.eml", name)]
    assert sorted(hashlib.sha256(each).hexdigest() for each in received) == sorted(
        sha256 for (sha256,) in came
    )
    assert sorted(message_from_bytes(each)["Message-ID"].strip() for each in written) == sorted(
        f"<{message_id}>" for (message_id,) in went
    )
    everything = b"\n".join(files.values()).decode("utf-8", "replace")
    others = [each.email for each in LIVES if each.email != life.email]
    assert not [each for each in others if each in everything]
    assert json.loads(files["data.json"])["complaints"][0]["reference"] == reference_of(who)


def test_who_got_letters_by_post_finds_them_in_the_file(year: Path) -> None:
    path = year / "it.zip"
    assert mailbot(year, "subject", reference_of("Liam Burke"), str(path)).exit_code == 0

    files = files_of(path)

    assert "letters/by-post-02-outcome.pdf" in files
    assert 'href="letters/by-post-02-outcome.pdf"' in files["index.html"].decode()


@ON_SQLITE
async def test_an_outcome_that_has_not_left_is_not_told_as_one_to_confirm(
    office: Office, tmp_path: Path
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.order("#post 1 High Street, Ebbw Vale")
    await desk.order("#outcome\nWe mended it.")

    _, files, _ = await made(office, tmp_path)

    assert "An outcome is written" in words(files)
    assert "Waiting for the customer" not in words(files)


def test_neither_is_one_who_has_left_and_what_they_wrote_to_customers_goes_to_nobody(
    year: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    people = (config / "handlers.toml").read_text().split("[[handlers]]")
    staying = [each for each in people if GARETH not in each]
    (config / "handlers.toml").write_text("[[handlers]]".join(staying))
    # He answered by mail, and Rhian had cases and never did.
    assert rows(year, 'SELECT 1 FROM "message" WHERE "sender" = ? AND "kind" = ?', GARETH, "staff")

    for words_ in (("subject", GARETH, str(year / "x.zip")), ("erase", GARETH)):
        ran = mailbot(year, *words_, config=config)
        assert ran.exit_code == 1
        assert "one of your own people had that address" in ran.stderr
    assert not (year / "x.zip").exists()


def test_one_of_our_own_people_is_no_customer(year: Path) -> None:
    for words_ in (("subject", RHIAN, str(year / "x.zip")), ("erase", RHIAN)):
        ran = mailbot(year, *words_)
        assert ran.exit_code == 1
        assert "one of your own people" in ran.stderr
    assert not (year / "x.zip").exists()


@pytest.mark.parametrize("named", ["", "Karen Doyle", "ISS-000011-66", "karen doyle@example.com"])
def test_of_what_names_nobody_it_is_not_said_that_nothing_is_held(year: Path, named: str) -> None:
    for words_ in (("subject", named, str(year / "x.zip")), ("erase", named)):
        ran = mailbot(year, *words_)
        assert ran.exit_code == 2, ran.output
        assert "nothing is held" not in ran.output
    assert not (year / "x.zip").exists()


def test_a_reference_that_no_case_has_is_said_to_be_one(year: Path) -> None:
    for words_ in (
        ("subject", reference("ISS", 41), str(year / "x.zip")),
        ("erase", "iss00004172"),
    ):
        ran = mailbot(year, *words_)
        assert (ran.exit_code, ran.stdout) == (1, "")
        assert "there is no case ISS-000041-72" in ran.stderr
    assert not (year / "x.zip").exists()


def test_an_address_may_have_the_name_beside_it_as_a_mail_program_copies_it(year: Path) -> None:
    ran = mailbot(year, "erase", "Karen Doyle <karen.doyle@example.com> ", "--dry-run", "--json")

    assert json.loads(ran.stdout)["addresses"] == ["karen.doyle@example.com"]


def test_where_there_is_no_database_nobody_is_told_that_nothing_is_held(year: Path) -> None:
    (year / "mailbot.sqlite3").unlink()

    for words_ in (
        ("subject", JANE, str(year / "x.zip")),
        ("erase", JANE),
        ("report", "--html", str(year / "x.html")),
    ):
        ran = mailbot(year, *words_)
        assert (ran.exit_code, ran.stdout) == (1, "")
        assert "there is no database" in ran.stderr
    assert not [*year.glob("x.*")]


def test_erase_says_what_stays_until_when_and_what_is_out_of_reach(year: Path) -> None:
    ran = mailbot(year, "erase", "karen.doyle@example.com", "--dry-run", "--json")

    said = json.loads(ran.stdout)
    [case] = said["cases"]
    assert (ran.exit_code, case["reference"]) == (0, reference_of("Karen Doyle"))
    assert case["stays_until"].startswith("2027-04-15")
    assert "independent scheme" in case["why"]
    assert "backups" in " ".join(said["out_of_reach"])
    assert rows(year, "SELECT count(*) FROM event WHERE event LIKE '%anonymised'") == [(0,)]
