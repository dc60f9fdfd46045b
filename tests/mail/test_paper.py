"""
A letter on paper: where things stand on the sheet, and that nothing of it is lost.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdf
import pytest

from mailbot.letters import typeset
from mailbot.letters.paper import Letterhead, headings_in, letter
from mailbot.letters.typeset import Printed

#: Points to a millimetre.
MM = 72 / 25.4
#: A4, and the window of a DL envelope as the sheet lies in it, from the top left corner.
SHEET_HEIGHT = 297
WINDOW = {"left": 20, "right": 110, "top": 46, "bottom": 81}
FIRST_FOLD = 99

COMPANY = Letterhead(
    name="Infinity System Solutions Ltd",
    address=("Innovation Centre", "Festival Drive", "Ebbw Vale", "NP23 8XA"),
    telephone="0330 9000 009",
    telephone_hours="9am to 5pm, Monday to Friday",
    email="service@example.com",
    code_url="https://www.example.com/complaints-code",
    number="01234567",
    registered_office="Innovation Centre, Festival Drive, Ebbw Vale, NP23 8XA",
)
JANE = ("Jane Doe", "1 High Street", "Cardiff", "CF10 1AA")
FOOT = "\n--\nInfinity System Solutions Ltd, company number 01234567\nFoot of the mail only\n"

HOSTILE = [
    '#panic("no")',
    "#image(\"x.png\") #include 'y.typ' #sys.inputs",
    "$ sum_(i=0)^n $ and $5",
    "*bold* _thin_ `raw` ```code```",
    "@reference <label> https://example.com/?a=b&c=#d",
    r"back\slash \u{41} \ end",
    "= a heading",
    "/ term: text",
    "+ numbered",
    "// comment /* comment */ ~ -- --- ...",
    '"; #let letter = 1; "',
    "'single' \"double\" ] ) } [ ( {",
]


def a_letter(text: str = "Dear Jane,\n\nIt is done.\n", **fields: Any) -> bytes:
    return printed(text, **fields).pdf


def printed(text: str = "Dear Jane,\n\nIt is done.\n", **fields: Any) -> Printed:
    given: dict[str, Any] = {
        "company": COMPANY,
        "recipient": JANE,
        "date_words": "Sunday 3 January 2027",
        "reference": "ISS-000001-95",
    }
    return letter(text, **(given | fields))


def pages_of(pdf: bytes) -> list[str]:
    """
    The text of each page, its white space as single blanks.
    """
    return [
        " ".join(page.extract_text().replace("\u200b", "").split())
        for page in pypdf.PdfReader(io.BytesIO(pdf)).pages
    ]


def words_of(pdf: bytes) -> str:
    return " ".join(pages_of(pdf))


@dataclass(frozen=True)
class Placed:
    """
    A piece of text, and where its base line begins: millimetres from the top left corner.
    """

    text: str
    left: float
    top: float


def placed_on(pdf: bytes, page: int = 0) -> list[Placed]:
    found = []

    def note(text: str, cm: list[float], tm: list[float], *_: object) -> None:
        if text.strip():
            left = (tm[4] * cm[0] + tm[5] * cm[2] + cm[4]) / MM
            up = (tm[4] * cm[1] + tm[5] * cm[3] + cm[5]) / MM
            found.append(Placed(text.strip(), round(left, 1), round(SHEET_HEIGHT - up, 1)))

    pypdf.PdfReader(io.BytesIO(pdf)).pages[page].extract_text(visitor_text=note)
    return found


def lines_placed(pdf: bytes, wanted: tuple[str, ...]) -> Iterator[Placed]:
    placed = placed_on(pdf)
    for each in wanted:
        yield next(one for one in placed if one.text.startswith(each[:10]))


def test_the_letter_says_all_that_the_mail_says_and_its_foot_only_once() -> None:
    text = "Dear Jane,\n\nOur office is open.\n\n- One\n- Two\n\n    Ofcom\n    London\n" + FOOT

    words = words_of(a_letter(text))

    assert "Dear Jane, Our office is open." in words
    assert "One" in words
    assert "Two" in words
    assert "Ofcom London" in words
    assert words.count("company number 01234567") == 1
    assert "Foot of the mail only" not in words


def test_a_paragraph_that_a_client_has_broken_fills_the_page() -> None:
    wrapped = (
        "I am sorry, most of all that nobody rang you back. I have tested\n"
        "your line this morning: the fault is in our cabinet and not in your\n"
        "house. An engineer will mend it on Thursday.\n"
    )
    pdf = a_letter(f"Dear Jane,\n\n{wrapped}\nKind regards\nRhian\n")

    begin = {each.text.split()[0] for each in placed_on(pdf) if each.left <= 30}
    assert not {"your", "house."} & begin
    assert {"Dear", "Kind", "Rhian"} <= begin


def test_a_line_of_two_dashes_that_a_person_wrote_cuts_nothing_off() -> None:
    words = words_of(a_letter("Dear Jane,\n\nOne.\n--\nRhian\nTwo.\n"))

    assert "Rhian Two." in words


def test_the_letterhead_says_who_we_are_and_how_to_reach_us() -> None:
    words = words_of(a_letter())

    for each in (
        "Infinity System Solutions Ltd",
        "NP23 8XA",
        "0330 9000 009",
        "9am to 5pm, Monday to Friday",
        "company number 01234567",
        "Registered office: Innovation Centre",
        "https://www.example.com/complaints-code",
        "Our reference: ISS-000001-95",
        "Sunday 3 January 2027",
    ):
        assert each in words


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_that_anybody_wrote_is_read_as_markup(hostile: str) -> None:
    pdf = a_letter(
        f"Dear Jane,\n\n{hostile}\n\n- {hostile}\n\n    {hostile}\n",
        recipient=(hostile, "1 High Street"),
        subject=hostile,
        reference="X",
    )

    # Without blanks: a line may break in it.
    assert "".join(words_of(pdf).split()).count("".join(hostile.split())) == 5


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nor_is_anything_that_the_firm_configured(hostile: str) -> None:
    company = Letterhead(
        name=hostile,
        address=(hostile,),
        telephone=hostile,
        telephone_hours=hostile,
        number=hostile,
        registered_office=hostile,
    )

    assert " ".join(hostile.split())[:8] in words_of(
        a_letter(company=company, date_words=hostile, reference=hostile)
    )


@pytest.mark.parametrize("text", ["", "\n\n", "--\n", "- \n", "\x00\x1b\ud800\ue000", "\u202ex"])
def test_a_text_of_nothing_or_of_rubbish_is_a_letter_still(text: str) -> None:
    assert len(pages_of(a_letter(text, recipient=("", text), subject=text))) == 1


@pytest.mark.parametrize(
    "recipient",
    [
        JANE,
        ("Siân Żółkiewska", *(f"Line {number} of it" for number in range(2, 8))),
        ("Jane Doe", *(f"Line {number} of a long address" for number in range(2, 10))),
        ("Jane Doe", "Llanfair" + "pwllgwyngyll" * 6, "LL61 5UJ"),
    ],
    ids=["short", "seven lines", "nine lines", "a long word"],
)
def test_the_address_stands_in_the_window_whole(recipient: tuple[str, ...]) -> None:
    placed = list(lines_placed(a_letter(recipient=recipient), recipient))

    assert all(each.left == WINDOW["left"] + 5 for each in placed)
    assert placed[0].top - 4 >= WINDOW["top"]
    assert placed[-1].top + 1 <= WINDOW["bottom"]


def test_nothing_but_the_address_can_be_seen_through_the_window() -> None:
    pdf = a_letter("Dear Jane,\n\n" + "All of it. " * 400, subject="Your complaint")

    seen = [
        each.text
        for each in placed_on(pdf)
        if each.left < WINDOW["right"] and WINDOW["top"] <= each.top <= 92
    ]
    assert " ".join(seen).split() == " ".join(JANE).split()


def test_the_text_begins_below_the_first_fold() -> None:
    (salutation,) = lines_placed(a_letter("Dear Madam or Sir,\n\nIt is done."), ("Dear Madam",))

    assert FIRST_FOLD <= salutation.top <= FIRST_FOLD + 5


def test_an_address_that_no_window_can_hold_is_printed_whole_and_never_over_the_text() -> None:
    recipient = tuple(f"{number}th line of the address" for number in range(1, 40))
    pdf = a_letter("Dear Madam or Sir,\n\nIt is done.", recipient=recipient)

    last, salutation = lines_placed(pdf, (recipient[-1], "Dear Madam"))
    assert salutation.top > last.top


def test_one_page_has_no_number() -> None:
    assert "Page" not in words_of(a_letter())


def test_two_pages_are_numbered_and_the_second_says_which_letter_it_is() -> None:
    first, second = pages_of(a_letter("Dear Jane,\n\n" + "All of it.\n\n" * 40))

    assert "Page 1 of 2" in first
    assert "Page 2 of 2" in second
    assert "ISS-000001-95" in second
    assert first.count("All of it.") + second.count("All of it.") == 40


def test_nobody_signs_on_a_page_without_the_words_above() -> None:
    for paragraphs in range(18, 34):
        text = "All of it.\n\n" * paragraphs + "Yours sincerely,\n\nRhian Price\nCase handler\n"
        pages = pages_of(a_letter("Dear Jane,\n\n" + text))

        assert "Yours sincerely, Rhian Price Case handler" in pages[-1]


def test_a_word_without_an_end_does_not_run_off_the_paper() -> None:
    word = "W" * 300

    pdf = a_letter(f"Dear Jane,\n\n{word}\n\n- {word}\n", subject=word, recipient=(word,))

    assert words_of(pdf).replace(" ", "").count("W") == 1200
    # The rightmost line begins at a margin, so none was set as one line of 300.
    assert len({each.top for each in placed_on(pdf) if "WWW" in each.text}) > 20


def test_the_subject_stands_under_the_salutation_without_the_reference() -> None:
    words = words_of(a_letter(subject="You can now go to Ofcom [ISS-000001-95]"))

    assert "Dear Jane, You can now go to Ofcom It is done." in words


def test_headings_are_found_in_the_html_part_and_set_as_headings() -> None:
    html = '<h2 style="x">Our position &amp; yours</h2><p>Text</p><h2>What next</h2>'
    assert headings_in(html) == {"Our position & yours", "What next"}

    text = "Dear Jane,\n\nWhat next\n\nNothing.\n"
    assert a_letter(text, headings=headings_in(html)) != a_letter(text)
    assert "What next Nothing." in words_of(a_letter(text, headings=headings_in(html)))


@pytest.mark.parametrize(
    "name", ["Siân Llywelyn", "Zażółć Gęślą Jaźń", "Đorđe Ñandú", "Ελένη", "Пётр Ильич"]
)
def test_names_are_printed_with_all_their_letters(name: str) -> None:
    assert name in words_of(a_letter(recipient=(name, "1 High Street")))


@pytest.mark.parametrize("name", ["محمد عبد الله", "李小龙", "Jane 🙂 Doe", "שלום"])
def test_a_name_in_any_script_makes_a_letter(name: str) -> None:
    assert "1 High Street" in words_of(a_letter(f"Dear {name},", recipient=(name, "1 High Street")))


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("李小龙", ("李", "小", "龙")),
        ("Jane 🙂 Doe", ("🙂",)),
        ("สมชาย", ("ส", "ม", "ช", "า", "ย")),
        ("Siân Żółkiewska-O’Hara £€…", ()),  # noqa: RUF001
        ("Пётр Ильич, Ελένη, שלום, محمد عبد الله", ()),
    ],
)
def test_what_no_font_has_is_named(
    name: str, missing: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the fonts of this machine have is another machine's surprise.
    monkeypatch.setattr(typeset, "_fonts_of_the_machine", typeset._fonts)

    assert printed(recipient=(name, "1 High Street")).missing == missing
    assert printed(f"Dear {name},\n\nIt is done.").missing == missing
    assert printed(subject=name).missing == missing


def test_where_the_fonts_inside_lack_something_those_of_the_machine_are_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    inside = typeset._fonts()

    def of_the_machine() -> Any:
        asked.append("asked")
        return inside

    monkeypatch.setattr(typeset, "_fonts_of_the_machine", of_the_machine)

    printed(recipient=("Siân", "1 High Street"))
    assert asked == []
    printed(recipient=("李小龙", "1 High Street"))
    assert asked == ["asked"]


def test_the_same_letter_has_the_same_octets() -> None:
    assert a_letter() == a_letter()


def test_the_letter_carries_no_date_of_its_making_and_a_title() -> None:
    about = pypdf.PdfReader(io.BytesIO(a_letter(subject="Your complaint"))).metadata

    assert about is not None
    assert about.title == "Your complaint"
    assert about.creation_date is None
