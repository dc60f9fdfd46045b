"""
The firm's face on pages and PDFs: its colour where it can be read or seen, its logo above
everything, and nothing at all where a firm has said nothing.
"""

import io
import re
from collections.abc import Callable
from dataclasses import replace

import pypdf
import pytest

from mailbot.bundle.as_page import as_page
from mailbot.bundle.as_pdf import as_pdf
from mailbot.bundle.mail_page import MailPage, mail_page
from mailbot.bundle.sections import Index, Section, Table, line
from mailbot.cases.rulebook.published import Answered, Sentence
from mailbot.cases.shadow.compare import compare
from mailbot.cases.shadow.known import Known
from mailbot.face import NIGHT, PLAIN, WHITE, Face, contrast
from mailbot.letters import typeset
from mailbot.letters.sheet import sheet
from mailbot.mail.message import Attachment
from mailbot.page.frame import framed
from mailbot.page.layout import page
from mailbot.page.pictures import address_of
from mailbot.page.published_code import code_page
from mailbot.page.story import Story
from mailbot.report import filled
from mailbot.report.html import html_page
from mailbot.report.pdf import pdf
from mailbot.report.shadow_html import shadow_page
from mailbot.report.shadow_words import shadow_sheet
from tests.cases.builders import at
from tests.html_shape import well_formed
from tests.mail.test_face import a_png
from tests.mail.test_paper import COMPANY, printed
from tests.report.test_shapes import BROKEN, FIRM, KEPT, a_report

PLUM = Face(own_colour="#7a1f5c", logo=a_png(240, 60), logo_text='Infinity "& Sons"')
#: Seen on white and not read; and not even seen.
ROSE, YELLOW = (replace(PLUM, own_colour=each) for each in ("#d9468f", "#ffd800"))

MONTH = filled.sheet(a_report(*BROKEN, KEPT), FIRM)
REHEARSED = shadow_sheet(
    compare(Known(since=at("2026-11-01 00:00"), until=at("2026-12-01 00:00")), ()), FIRM
)
INDEX = Index(
    title="ISS-000001-95: the complaint of Jane Doe",
    lead=("It is open.",),
    sections=(
        Section("Promises", (Table(("Promise", "End"), (1, 1), ((line("a"), line("b")),)),)),
    ),
)
SENTENCES = (Answered(Sentence("We answer.", ("Our code",)), None),)

#: Everything that is shown, by its face.
PAGES: dict[str, Callable[[Face], str]] = {
    "report": lambda face: html_page(MONTH, face),
    "shadow": lambda face: shadow_page(REHEARSED, face),
    "bundle": lambda face: as_page(INDEX, face),
    "code": lambda face: code_page(SENTENCES, (), "Infinity", face),
    "simulate": lambda face: page(Story(title="A story"), FIRM.calendar, face),
}
PDFS: dict[str, Callable[[Face], bytes]] = {
    "report": lambda face: pdf(MONTH, face),
    "bundle": lambda face: as_pdf(INDEX, face),
    "sheet": lambda face: sheet(replace(FIRM, face=face)).pdf,
    "letter": lambda face: printed(company=replace(COMPANY, face=face)).pdf,
}
each_page = pytest.mark.parametrize("made", PAGES.values(), ids=PAGES.keys())
each_pdf = pytest.mark.parametrize("made", PDFS.values(), ids=PDFS.keys())

#: What a layout would have to find in its place, if there were no faces.
NO_FACE = b"""
#let face = (logo: (), colour: "")
#let face-words(plain) = plain
#let face-lines(plain) = plain
#let face-edge = none
#let face-logo(width, height, side: left) = none
"""


# --- a firm that has said nothing ------------------------------------------------------


@each_page
def test_a_page_with_a_face_is_the_page_without_one_and_the_face(
    made: Callable[[Face], str],
) -> None:
    faced, plain = made(PLUM), made(PLAIN)

    [picture] = re.findall(r'<p class="logo">.*</p>\n', faced)
    before, _, after = faced.partition("html { border-top")
    rest = after[after.index("</style>") :]
    assert (before + rest).replace(picture, "") == plain
    assert "<img" not in plain


@each_pdf
def test_a_pdf_without_a_face_is_what_its_layout_alone_makes(
    made: Callable[[Face], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = made(PLAIN)
    monkeypatch.setattr(typeset, "_FACE", NO_FACE)

    assert made(PLAIN) == plain


# --- the logo ------------------------------------------------------------------------


@each_page
def test_the_logo_stands_above_everything_with_its_text_and_is_not_fetched(
    made: Callable[[Face], str],
) -> None:
    shape = well_formed(made(PLUM))

    [source] = shape.all("src")
    assert source == address_of("image/png", PLUM.logo)
    assert shape.all("alt") == [PLUM.logo_text]
    size = [(name, value) for tag, name, value in shape.attributes if tag == "img"][2:]
    assert size == [("width", "192"), ("height", "48")]
    assert made(PLUM).index("<img") < made(PLUM).index("<h1")


@each_pdf
def test_a_pdf_has_the_logo_on_its_first_page_alone(made: Callable[[Face], bytes]) -> None:
    first, *others = pypdf.PdfReader(io.BytesIO(made(PLUM))).pages

    assert len(first.images) == 1
    assert not any(each.images for each in others)
    assert len(others) + 1 == len(pypdf.PdfReader(io.BytesIO(made(PLAIN))).pages)


def test_a_mail_in_a_bundle_has_no_logo_but_the_one_that_was_in_it() -> None:
    theirs = mail_page(MailPage(title="Mail 1", text="Dead."), PLUM)
    html = '<p><img src="cid:logo" alt="Infinity"></p><p>"cid:other" is somewhere else</p>'
    logo = Attachment(
        name="logo.png", content_type="image/png", content=a_png(24, 12), content_id="logo"
    )
    ours = mail_page(MailPage(title="Mail 2", html=html, pictures=(logo,)), PLUM)

    assert "<img" not in theirs
    assert PLUM.own_colour in theirs
    [shown] = well_formed(ours).all("srcdoc")
    assert well_formed(shown).all("src") == [address_of("image/png", a_png(24, 12))]
    assert "cid:logo" not in shown


def test_a_character_that_no_font_has_is_named_with_a_face_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What the fonts of this machine have is another machine's surprise.
    monkeypatch.setattr(typeset, "_fonts_of_the_machine", typeset._fonts)

    [page] = pypdf.PdfReader(io.BytesIO(as_pdf(replace(INDEX, lead=("李",)), PLUM))).pages
    assert "cannot be printed here, and stand in index.html: \\u674e" in page.extract_text()
    assert printed(recipient=("李",), company=replace(COMPANY, face=PLUM)).missing == ("李",)


# --- the colour --------------------------------------------------------------------------


def coloured(face: Face, *, has_night: bool = True) -> tuple[str, str]:
    """
    The rules with the colours of the face by day, and by night.
    """
    style = framed("", "", (), replace(face.without_logo), has_night=has_night)
    day, _, night = style[: style.index("</style>")].partition("@media (prefers-color-scheme")
    return day, night


def test_a_colour_that_can_be_read_is_in_words_lines_and_along_the_edge() -> None:
    day, _ = coloured(PLUM)

    assert "html { border-top: 0.4rem solid #7a1f5c; }" in day
    assert "h1, h2 { color: #7a1f5c; }" in day
    assert "--link: #7a1f5c;" in day
    assert "thead th, h2 { border-color: #7a1f5c; }" in day


def test_a_colour_that_is_only_seen_is_in_no_word() -> None:
    day, _ = coloured(ROSE)

    assert "solid #d9468f" in day
    assert "border-color: #d9468f" in day
    assert not re.search(r"(?<!border-)color: #d9468f|--link", day)


def test_a_colour_that_is_hardly_seen_is_along_the_edge_alone() -> None:
    day, _ = coloured(YELLOW)

    assert day.count("#ffd800") == 1
    assert "border-top: 0.4rem solid #ffd800" in day


@pytest.mark.parametrize("face", [PLUM, ROSE, YELLOW, replace(PLUM, own_colour="#000000")])
def test_by_night_it_is_as_much_lighter_as_it_takes_to_be_read(face: Face) -> None:
    _, night = coloured(face)

    used = set(re.findall(r"#[0-9a-f]{6}", night))
    assert used == {face.by_night}
    assert contrast(face.by_night, NIGHT) >= 4.5


def test_a_page_that_is_white_at_night_keeps_the_colours_of_the_day() -> None:
    assert coloured(PLUM, has_night=False)[1] == ""
    assert "prefers-color-scheme" not in code_page(SENTENCES, (), "Infinity", PLUM)


@each_page
def test_what_was_kept_or_broken_has_the_colours_it_always_had(made: Callable[[Face], str]) -> None:
    style = made(PLUM).partition("html { border-top")[2].partition("</style>")[0]

    assert not re.search(r"\.(?:bad|good|kept|broken|late|keys)|--(?:bad|good|kept|broken)", style)


@pytest.mark.parametrize(
    ("colour", "in_words", "in_lines"),
    [("#7a1f5c", True, True), ("#d9468f", False, True), ("#ffd800", False, False)],
)
def test_on_paper_the_same_colours_are_in_words_and_lines(
    colour: str, in_words: bool, in_lines: bool
) -> None:
    made = PDFS["bundle"](Face(own_colour=colour))
    contents = pypdf.PdfReader(io.BytesIO(made)).pages[0].get_contents()
    assert contents is not None
    drawn = contents.get_data().decode("latin-1")

    def colours(followed_by: str) -> set[str]:
        found = re.findall(rf"([\d.]+) ([\d.]+) ([\d.]+) {followed_by}", drawn)
        return {"#" + "".join(f"{round(float(each) * 255):02x}" for each in one) for one in found}

    assert colours(r"scn\s+BT") == ({colour} if in_words else set())
    assert colours("SCN") == ({colour} if in_lines else set())
    # The edge has it in any case.
    assert colour in colours("scn")


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", WHITE) == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1
