"""
The firm's colour and picture in mails to customers and on paper, and what may be said of them in
mailbot.toml.
"""

import email
import io
import struct
import zlib
from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pypdf
import pytest

from mailbot.face import Face
from mailbot.letters.compose import compose
from mailbot.letters.rehearsal import samples
from mailbot.letters.stationery import Stationery
from mailbot.mail.reading.own_letter import plain_text
from mailbot.settings import ConfigurationProblems, Settings, load
from tests.mail.test_compose import a_heading
from tests.mail.test_paper import COMPANY, printed

ROOT = Path(__file__).parent.parent.parent


def a_png(width: int = 360, height: int = 96) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = zlib.compress(b"".join(b"\0" + b"\x6a" * width for _ in range(height)))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


FACE = Face(own_colour="#6a1b4d", logo=a_png(), logo_text="Infinity")


@pytest.fixture(scope="module")
def firm() -> Settings:
    return load(ROOT / "config", {"MAILBOT_IMAP__PASSWORD": "x"})


def links(firm: Settings) -> tuple[str, ...]:
    return (*firm.rulebook.hosts_allowed, firm.service.address.rpartition("@")[2])


def stationery(firm: Settings, face: Face) -> Stationery:
    return Stationery.load(ROOT / "templates", links=links(firm), face=face)


def test_every_mail_to_a_customer_shows_the_logo_with_its_text_and_none_to_staff(
    firm: Settings,
) -> None:
    letters = stationery(firm, FACE)
    for name, facts in samples(firm.firm).items():
        rendered = letters.render(name, facts)
        is_to_staff = "marker" in facts
        assert bool(rendered.picture) is not is_to_staff, name
        assert ('<img src="cid:logo" alt="Infinity"' in rendered.html) is not is_to_staff, name


def test_a_logo_is_shown_in_its_own_proportions_and_not_larger_than_a_line_or_two(
    firm: Settings,
) -> None:
    assert FACE.size == (180, 48)
    assert Face(logo=a_png(24, 12)).size == (24, 12)
    assert Face(logo=a_png(960, 32)).size == (240, 8)


def test_the_picture_lies_beside_the_html_that_shows_it_and_is_no_file(firm: Settings) -> None:
    rendered = stationery(firm, FACE).render("outcome", samples(firm.firm)["outcome"])
    octets = compose(rendered, a_heading())
    mail = email.message_from_bytes(octets, policy=default)
    assert isinstance(mail, EmailMessage)
    plain, related = mail.iter_parts()
    html, picture = related.iter_parts()
    assert plain.get_content_type() == "text/plain"
    assert related.get_content_type() == "multipart/related"
    assert html.get_content_type() == "text/html"
    assert picture["Content-ID"] == "<logo>"
    assert picture.get_payload(decode=True) == FACE.logo
    assert list(mail.iter_attachments()) == []
    assert plain_text(octets) == rendered.text.replace("\n", "\r\n")


def test_the_colour_is_on_what_is_pressed_with_words_that_can_be_read(firm: Settings) -> None:
    pale = Face(own_colour="#ffd800")
    html = stationery(firm, pale).render("outcome", samples(firm.firm)["outcome"]).html
    assert "background-color: #ffd800; color: #000000" in html
    assert "#0b4f9e" not in html


def test_a_firm_that_said_nothing_has_the_mails_it_had(firm: Settings) -> None:
    facts = samples(firm.firm)["outcome"]
    plain = Stationery.load(ROOT / "templates", links=links(firm))
    assert (
        plain.render("outcome", facts).html
        == stationery(firm, Face()).render("outcome", facts).html
    )
    assert plain.fingerprint("outcome") == stationery(firm, Face()).fingerprint("outcome")
    assert plain.fingerprint("outcome") != stationery(firm, FACE).fingerprint("outcome")


def test_on_paper_the_logo_is_above_the_window_and_the_name_stays() -> None:
    pdf = printed(company=replace(COMPANY, face=FACE)).pdf
    [page] = pypdf.PdfReader(io.BytesIO(pdf)).pages
    assert len(page.images) == 1
    assert COMPANY.name in page.extract_text()
    assert not pypdf.PdfReader(io.BytesIO(printed().pdf)).pages[0].images


# --- what may be said of it in mailbot.toml


def settings(folder: Path, words: str) -> Settings:
    for each in (ROOT / "config").glob("*.toml"):
        text = each.read_text()
        # The section is the last of the example.
        (folder / each.name).write_text(
            text.partition("[face]")[0]
            + (f"[face]\n{words}\n" if each.name == "mailbot.toml" else "")
        )
    return load(folder, {"MAILBOT_IMAP__PASSWORD": "x"})


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ('colour = "blue"', 'expected a colour such as "#0b4f9e", got "blue"'),
        ('logo = "LOGO"', "is needed with a logo: what is read where no picture is shown"),
        ('logo = "nowhere.png"', "nowhere.png cannot be read"),
        ('logo = "JPEG"', "is no PNG"),
        ('logo = "LARGE"', "make it smaller than 20 KB"),
        ('logo = "CUT"', "is a PNG that is cut off or broken"),
        ('logo = "BROKEN"', "is a PNG that is cut off or broken"),
    ],
)
def test_a_face_that_customers_would_not_see_is_refused(
    tmp_path: Path, words: str, problem: str
) -> None:
    files = {
        "LOGO": a_png(),
        "JPEG": b"\xff\xd8\xff" * 20,
        "LARGE": a_png() + bytes(20 * 1024),
        "CUT": a_png()[:-12],
        "BROKEN": a_png().replace(b"IDATx", b"IDATy"),
    }
    for name, octets in files.items():
        (tmp_path / name).write_bytes(octets)
        words = words.replace(f'"{name}"', f'"{tmp_path / name}"')
    with pytest.raises(ConfigurationProblems) as told:
        settings(tmp_path, words)
    assert problem in str(told.value)


def test_a_colour_that_is_hardly_seen_on_white_is_warned_of_and_written_on_in_black(
    tmp_path: Path,
) -> None:
    pale = settings(tmp_path, 'colour = "#ffd800"')
    assert pale.firm.face.ink == "#000000"
    assert pale.face.facts() == []
    assert any("face.colour" in each for each in pale.warnings(date(2026, 11, 30)))


def test_a_dark_colour_is_written_on_in_white_and_nobody_is_warned(tmp_path: Path) -> None:
    dark = settings(tmp_path, 'colour = "#6A1B4D"')
    assert dark.firm.face.ink == "#ffffff"
    assert not any("face.colour" in each for each in dark.warnings(date(2026, 11, 30)))


@pytest.mark.parametrize(
    ("colour", "told"),
    [
        ("#6a1b4d", "contrast of 11.1 to 1: for buttons, edges, lines, headings and links"),
        # 4.48 to 1, and 4.54.
        ("#777777", "contrast of 4.4 to 1: for buttons, edges and lines; words are read from 4.5"),
        ("#767676", "contrast of 4.5 to 1: for buttons, edges, lines, headings and links"),
    ],
)
def test_check_says_what_a_colour_is_good_for(tmp_path: Path, colour: str, told: str) -> None:
    given = settings(tmp_path, f'colour = "{colour}"')

    [said] = given.face.facts()
    assert f"{colour} on white has a {told}" in said
    assert not any("face.colour" in each for each in given.warnings(date(2026, 11, 30)))


def test_without_a_colour_there_is_nothing_to_say_of_it(tmp_path: Path) -> None:
    given = settings(tmp_path, "")

    assert given.face.facts() == given.face.reminders() == []
    assert given.firm.face == Face()
