"""
Whatever a command makes for people to look at has the firm's face, and so has what a worker
sends to its managers.
"""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pypdf
import pytest
from typer.testing import CliRunner

from mailbot import service
from mailbot.bundle.signing import SigningKey
from mailbot.cli.commands import app
from mailbot.cli.evidence.making import Order, make
from mailbot.letters.office import Office
from mailbot.mail.reading.parse import parse
from mailbot.settings.token_key import key_lines
from mailbot.store.database import database
from mailbot.store.tables import OutboxRow
from mailbot.workers import orders
from tests.flow.house import CONFIG, Mail, environ, settings
from tests.html_shape import well_formed
from tests.mail.test_face import a_png
from tests.servers.migrated import lay
from tests.store.desk import REFERENCE, Desk
from tests.store.forty import AFTERWARDS, lay_the_year, reference_of

LOGO = a_png(240, 60)


@pytest.fixture
def face(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "logo.png").write_bytes(LOGO)
    return {
        "MAILBOT_FACE__COLOUR": "#7a1f5c",
        "MAILBOT_FACE__LOGO": str(tmp_path / "logo.png"),
        "MAILBOT_FACE__LOGO_TEXT": "Infinity",
    }


def has_face_on_page(page: str) -> bool:
    return "#7a1f5c" in page and '<p class="logo"><img src="data:image/png' in page


def has_face_on_paper(made: bytes) -> bool:
    first = pypdf.PdfReader(io.BytesIO(made)).pages[0]
    contents = first.get_contents()
    assert contents is not None
    return len(first.images) == 1 and b"0.47843137 0.12156863 0.36078432" in contents.get_data()


COMMANDS = {
    "report": ("--month", "2026-11", "--html", "made.html", "--pdf", "made.pdf"),
    "evidence": (reference_of("Jane Doe"), "made.zip"),
    "subject": ("jane.doe@example.com", "made.zip"),
    "code": ("--html", "made.html"),
    "sheet": ("made.pdf",),
    "simulate": ("mail.eml", "--at", "2026-11-20T16:45Z", "--html", "made.html"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_command_makes_has_the_face(
    command: str, tmp_path: Path, face: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_the_year(tmp_path)
    (tmp_path / "mail.eml").write_bytes(bytes(Mail()))
    env = {**environ(tmp_path), **face}
    config = str(CONFIG)
    monkeypatch.chdir(tmp_path)

    ran = CliRunner().invoke(app, ["--config", config, command, *COMMANDS[command]], env=env)

    assert ran.exit_code == 0, ran.output
    made = {each.name: each.read_bytes() for each in tmp_path.glob("made.*")}
    if archive := made.pop("made.zip", None):
        with ZipFile(io.BytesIO(archive)) as files:
            made = {each: files.read(each) for each in ("index.html", "index.pdf")}
    assert made
    for name, octets in made.items():
        is_page = name.endswith(".html")
        assert has_face_on_page(octets.decode()) if is_page else has_face_on_paper(octets), name


def test_the_mails_on_the_page_of_simulate_show_the_logo(
    tmp_path: Path, face: dict[str, str]
) -> None:
    (tmp_path / "mail.eml").write_bytes(bytes(Mail()))
    env = {**environ(tmp_path), **face}
    words = (str(tmp_path / "mail.eml"), "--html", str(tmp_path / "made.html"))

    ran = CliRunner().invoke(app, ["--config", str(CONFIG), "simulate", *words], env=env)

    assert ran.exit_code == 0, ran.output
    frames = well_formed((tmp_path / "made.html").read_text()).all("srcdoc")
    shown = [source for each in frames for source in well_formed(each).all("src")]
    assert shown
    assert all(each.startswith("data:image/png") for each in shown)


@asynccontextmanager
async def an_office(folder: Path, face: dict[str, str]) -> AsyncIterator[Office]:
    url = f"sqlite://{folder}/mailbot.sqlite3"
    async with database(url):
        yield await service.office(settings(folder, CONFIG, MAILBOT_DATABASE__URL=url, **face))


async def test_a_letter_in_the_ombudsmans_file_shows_the_logo_that_went_with_it(
    tmp_path: Path, face: dict[str, str]
) -> None:
    lay(tmp_path)
    async with an_office(tmp_path, face) as office:
        await Desk(office).arrives(Mail())
        order = Order(
            # The firm has another face since.
            firm=settings(tmp_path).firm,
            keyring=office.keyring,
            signing=SigningKey(key_lines(tmp_path / "token.key")[0]),
            now=Desk(office).day(60),
        )
        assert await make(REFERENCE, tmp_path / "made.zip", order)

    with ZipFile(tmp_path / "made.zip") as files:
        names = files.namelist()
        [name] = [each for each in names if each.endswith("acknowledgement.html")]
        page = files.read(name).decode()
    [frame] = well_formed(page).all("srcdoc")
    [source] = well_formed(frame).all("src")
    assert source.startswith("data:image/png")
    # It is shown, and no file of the letter.
    assert not any(each.startswith("attachments/") for each in names)
    assert "logo.png" not in page.replace(frame, "")


async def test_the_report_that_goes_to_the_managers_has_the_face(
    tmp_path: Path, face: dict[str, str]
) -> None:
    lay_the_year(tmp_path)
    async with an_office(tmp_path, face) as office:
        assert "report" in await orders.monthly(office, AFTERWARDS)
        row = await OutboxRow.filter(template="report").first()
        assert row
        mail = parse(row.content, received_at=datetime(2027, 1, 4, tzinfo=UTC))

    [attached] = mail.attachments
    assert has_face_on_paper(attached.content)
