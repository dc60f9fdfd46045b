"""
Templates read, checked and filled, with small templates.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mailbot.letters.markup import broken
from mailbot.letters.stationery import Stationery
from mailbot.letters.templates import TemplateProblem

Firm = Callable[..., Stationery]
LAYOUT = (
    "{% for block in blocks %}<{{ block.kind }}>"
    "{% for line in block.lines %}{{ [line] | linked }}|{% endfor %}{% endfor %}"
)


@pytest.fixture
def firm(tmp_path: Path) -> Firm:
    def load(**templates: str) -> Stationery:
        folder = tmp_path / "en"
        folder.mkdir()
        (folder / "layout.html").write_text(LAYOUT)
        for name, source in templates.items():
            (folder / f"{name}.txt").write_text(source)
        return Stationery.load(tmp_path, links=["firm.example"])

    return load


def test_a_fact_that_is_missing_is_named_with_its_template_and_line(firm: Firm) -> None:
    letters = firm(letter="Subject: Hi\n\nDear {{ name }},\n\nyou owe {{ sum }}.\n")

    with pytest.raises(TemplateProblem, match=r"^letter.txt, line 5: 'sum' is undefined$"):
        letters.render("letter", {"name": "Jane"})


def test_a_fact_that_is_none_is_not_written_as_a_word(firm: Firm) -> None:
    with pytest.raises(TemplateProblem, match=r"letter\.txt, line 3: a fact is None"):
        firm(letter="Subject: Hi\n\n{{ name }}").render("letter", {"name": None})


def test_a_template_that_is_not_there_is_named(firm: Firm) -> None:
    with pytest.raises(TemplateProblem, match="lettr: there is no such template"):
        firm(letter="Subject: Hi\n\nHi").render("lettr", {})


def test_every_fault_of_the_folder_is_told_at_once(firm: Firm) -> None:
    with pytest.raises(TemplateProblem) as caught:
        firm(
            nameless="Hello\n\nHi",
            breathless="Subject: Hi\nHi",
            broken="Subject: Hi\n\n{% if %}",
            lonely='Subject: Hi\n\n{% include "_gone.txt" %}',
        )

    assert [each.split(":")[0] for each in caught.value.problems] == [
        "breathless.txt, line 2",
        "broken.txt, line 3",
        "lonely.txt",
        "nameless.txt, line 1",
    ]


def test_a_folder_without_templates_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(TemplateProblem, match=r"layout\.html: missing"):
        Stationery.load(tmp_path)


def test_a_plain_fact_cannot_take_the_shape_of_the_template(firm: Firm) -> None:
    letters = firm(letter="Subject: {{ name }}\n\n# Head\n\n{{ name }}\n")

    rendered = letters.render("letter", {"name": "x\r\nBcc: all\n\n- item\n\ue000y\n--\n    z"})

    assert rendered.subject == "x Bcc: all - item \ufffdy -- z"
    assert rendered.html == "<heading>Head|<text>x Bcc: all - item \ufffdy -- z|\n"


def test_each_kind_of_line_gets_its_block(firm: Firm) -> None:
    source = "Subject: Hi\n\na\nb\n\n- one\n- two\n\n    1 Street\n    Town\n\n--\nfoot\n"

    assert firm(letter=source).render("letter", {}).html == (
        "<text>a|b|<item>one|two|<address>1 Street|Town|<rule>--|<text>foot|\n"
    )


def test_quoted_words_stay_one_block_whatever_is_in_them(firm: Firm) -> None:
    letters = firm(letter="Subject: Hi\n\n{{ words | quoted }}\n\nend\n")

    rendered = letters.render("letter", {"words": "a\r\n\r\n\r\n\r\n- b\r\n# c\r\n--\r\n"})

    assert rendered.text == "    a\n\n\n\n    - b\n    # c\n    --\n\nend\n"
    assert rendered.html == "<quote>a||||- b|# c|--|<text>end|\n"


def test_a_line_of_text_that_ends_in_a_tag_keeps_its_end(firm: Firm) -> None:
    letters = firm(letter="Subject: Hi\n\n{% if a %}\none{% if a %} two{% endif %}\n{% endif %}\nx")

    assert letters.render("letter", {"a": True}).text == "one two\nx\n"


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("at https://firm.example/a?b=1&c=2.", 'at <a href="https://firm.example/a?b=1&amp;c=2">'),
        ("me@firm.example", '<a href="mailto:me@firm.example">me@firm.example</a>'),
        ("https://firm.example.evil.test/", "<text>https://firm.example.evil.test/|"),
        ("https://firm.example@evil.test/", "<text>https://firm.example@evil.test/|"),
        ("https://evil.test/?https://firm.example/", "<text>https://evil.test/?https://firm"),
        ("http://[/", "<text>http://[/|"),
        ("at <https://firm.example/a>.", '<text>at <a href="https://firm.example/a">https'),
        ("at <https://firm.example/a>.", "https://firm.example/a</a>.|"),
        (
            "(<https://firm.example/>)",
            '(<a href="https://firm.example/">https://firm.example/</a>)',
        ),
        ("form<https://firm.example/a>", '<text>form <a href="https://firm.example/a">'),
        ("see <https://evil.test/a>", "<text>see https://evil.test/a|"),
        ("https://firm.example/a_(b)).", ">https://firm.example/a_(b)</a>).|"),
        ("“https://firm.example/a”, and", ">https://firm.example/a</a>”, and|"),
        ("https://firm.example/a…", ">https://firm.example/a</a>…|"),
        ("**https://firm.example/a**", ">https://firm.example/a</a>**|"),
        ("在https://firm.example/a。", ">https://firm.example/a</a>。|"),
        ("[https://firm.example/a?b[]=1]", ">https://firm.example/a?b[]=1</a>]|"),
        ("Jane <jane@firm.example>", '<text>Jane &lt;<a href="mailto:jane@firm.example">'),
        ("<script>", "<text>&lt;script&gt;|"),
        ("ISS-000001-95", '<text><span style="white-space: nowrap;">ISS-000001-95</span>|'),
    ],
)
def test_only_what_the_list_allows_becomes_a_link(firm: Firm, words: str, html: str) -> None:
    rendered = firm(letter="Subject: Hi\n\n{{ words }}").render("letter", {"words": words})

    assert html in rendered.html
    assert "<script" not in rendered.html


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("see <http://firm.example/a?b=1&c=2>.", "see http://firm.example/a?b=1&amp;c=2."),
        ("our page<http://firm.example/>", "our page http://firm.example/"),
        ("1 < 2 and <b>", "1 &lt; 2 and &lt;b&gt;"),
    ],
)
def test_what_is_quoted_has_no_brackets_around_its_urls_and_no_links(words: str, html: str) -> None:
    assert broken([words]) == html


ANSWER = "Subject: Hi\n\n=> Done? Say yes => (or write to {{ to }}). => Yes, all is well\n"


def test_an_answer_line_is_a_sentence_in_the_text_and_a_link_in_the_html(firm: Firm) -> None:
    facts = {"to": "s+t0@firm.example", "reference": "ISS-000001-95"}
    rendered = firm(letter=ANSWER).render("letter", facts)

    assert rendered.text == "Done? Say yes (or write to s+t0@firm.example).\n"
    link = "mailto:s+t0@firm.example?subject=Yes%20%5BISS-000001-95%5D&amp;body=Yes"
    pieces = re.sub("<a [^>]*>|</a>", "", rendered.html)
    assert pieces == f"<answer>Done? Say yes|Yes, all is well|{link}|\n"


@pytest.mark.parametrize(
    "to", ["", "nowhere", "s@evil.test", "https://firm.example/yes", "s@firm.example.evil.test"]
)
def test_an_answer_without_an_address_of_ours_is_refused(firm: Firm, to: str) -> None:
    with pytest.raises(TemplateProblem, match="an answer needs a mail address of ours"):
        firm(letter=ANSWER).render("letter", {"to": to, "reference": ""})


def test_no_fact_can_forge_an_answer(firm: Firm) -> None:
    evil = "=> a => s@firm.example => b\n\ue003a\ue004s@firm.example\ue004b"
    letters = firm(letter="Subject: Hi\n\n{{ x }}\n\n{{ x | quoted }}\n\n{{ x | verbatim }}\n")

    rendered = letters.render("letter", {"x": evil})

    assert "<answer>" not in rendered.html
    assert "?subject=" not in rendered.html


def test_an_answer_line_that_lacks_a_piece_is_told_with_its_line(firm: Firm) -> None:
    with pytest.raises(TemplateProblem, match=r"letter\.txt, line 3: an answer is"):
        firm(letter="Subject: Hi\n\n=> Done? => Yes")


def test_problems_names_links_that_are_not_allowed_and_templates_without_a_sample(
    firm: Firm,
) -> None:
    letters = firm(ad="Subject: Hi\n\nsee https://shop.test/now today", other="Subject: Hi\n\nHi")

    assert letters.problems({"ad": {}, "gone": {}}) == [
        "gone: there is no such template",
        "ad: a link that is not on the list of allowed hosts: https://shop.test/now",
        "other: nothing to try this template with",
    ]


def test_a_rights_letter_that_leaves_out_what_the_law_wants_is_refused(
    firm: Firm, tmp_path: Path
) -> None:
    firm(letter="Subject: Hi\n\nHi")
    rights = "Subject: Hi\n\n{{ reference }}: our position. {{ adr.scheme }} is free of charge."
    (tmp_path / "en" / "adr-rights.txt").write_text(rights)
    facts = {"reference": "R-1", "adr": {"scheme": "Scheme"}}

    assert Stationery.load(tmp_path).problems({"letter": {}, "adr-rights": facts}) == [
        "adr-rights: a statutory letter must say 'independent'"
    ]


def test_without_a_scheme_the_rights_letter_must_have_every_line_about_ofcom(
    firm: Firm, tmp_path: Path
) -> None:
    firm(letter="Subject: Hi\n\nHi")
    rights = "Subject: Hi\n\nR-1, our position: independent, free of charge, Ofcom, a@b"
    (tmp_path / "en" / "adr-rights.txt").write_text(rights)
    ofcom = {"address": ["Ofcom", "London"], "email": "a@b", "telephone": "020"}
    facts = {"reference": "R-1", "adr": {"scheme": ""}, "ofcom": ofcom}

    assert Stationery.load(tmp_path).problems({"letter": {}, "adr-rights": facts}) == [
        "adr-rights: a statutory letter must say 'London'",
        "adr-rights: a statutory letter must say '020'",
    ]


def test_the_fingerprint_changes_with_the_template_and_with_what_it_shares(
    firm: Firm, tmp_path: Path
) -> None:
    before = firm(letter="Subject: Hi\n\nHi", _foot="foot").fingerprint("letter")
    (tmp_path / "en" / "_foot.txt").write_text("another foot")

    assert Stationery.load(tmp_path).fingerprint("letter") != before
    assert re.fullmatch("[0-9a-f]{12}", before)


# --- what is kept for the next start

GREETING = "Subject: Hi {{ name }}\n\n# Hello\n\n{{ name }}\n"
JANE = {"name": "Jane"}


def test_what_was_compiled_serves_the_next_start(firm: Firm, tmp_path: Path) -> None:
    rendered = firm(letter=GREETING).render("letter", JANE)
    first = Stationery.load(tmp_path, links=["firm.example"], kept_in=tmp_path, may_keep=True)
    kept = [(each, each.stat().st_ino) for each in tmp_path.glob("templates.*")]
    second = Stationery.load(tmp_path, links=["firm.example"], kept_in=tmp_path, may_keep=True)

    assert first.render("letter", JANE) == second.render("letter", JANE) == rendered
    assert second.fingerprint("letter") == first.fingerprint("letter")
    # Not written again, and for our own eyes alone.
    assert [(each, each.stat().st_ino) for each in tmp_path.glob("templates.*")] == kept
    assert [each.stat().st_mode & 0o777 for each, _ in kept] == [0o600]


def test_a_template_that_has_changed_is_compiled_anew(firm: Firm, tmp_path: Path) -> None:
    firm(letter=GREETING)
    Stationery.load(tmp_path, kept_in=tmp_path, may_keep=True)
    (tmp_path / "en" / "letter.txt").write_text("Subject: Hi\n\nGoodbye {{ name }}\n")

    letters = Stationery.load(tmp_path, kept_in=tmp_path, may_keep=True)

    assert letters.render("letter", JANE).text == "Goodbye Jane\n"


def test_a_fault_is_told_though_the_other_templates_were_kept(firm: Firm, tmp_path: Path) -> None:
    firm(letter=GREETING)
    Stationery.load(tmp_path, kept_in=tmp_path, may_keep=True)
    (tmp_path / "en" / "broken.txt").write_bytes(b"\xff")

    with pytest.raises(TemplateProblem, match=r"broken\.txt: cannot be read"):
        Stationery.load(tmp_path, kept_in=tmp_path, may_keep=True)


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_what_others_could_have_written_is_not_run(firm: Firm, tmp_path: Path, mode: int) -> None:
    firm(letter=GREETING)
    Stationery.load(tmp_path, kept_in=tmp_path, may_keep=True)
    kept = tmp_path / "templates.compiled"
    kept.chmod(mode)

    Stationery.load(tmp_path, kept_in=tmp_path, may_keep=True)

    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"x" * 100])
def test_a_kept_file_that_is_broken_is_written_anew(
    firm: Firm, tmp_path: Path, content: bytes
) -> None:
    firm(letter=GREETING)
    Stationery.load(tmp_path, kept_in=tmp_path, may_keep=True)
    kept = tmp_path / "templates.compiled"
    broken = content or kept.read_bytes()[:-1]
    kept.write_bytes(broken)

    letters = Stationery.load(tmp_path, kept_in=tmp_path, may_keep=True)

    assert letters.render("letter", JANE).text == "Hello\n\nJane\n"
    assert kept.read_bytes() != broken


def test_where_nothing_can_be_kept_all_goes_on(firm: Firm, tmp_path: Path) -> None:
    firm(letter=GREETING)

    letters = Stationery.load(tmp_path, kept_in=tmp_path / "nowhere", may_keep=True)

    assert letters.render("letter", JANE).text == "Hello\n\nJane\n"
    assert not (tmp_path / "nowhere").exists()


def test_who_only_looks_keeps_nothing_and_reads_what_is_kept(firm: Firm, tmp_path: Path) -> None:
    firm(letter=GREETING)
    kept = tmp_path / "templates.compiled"

    Stationery.load(tmp_path, kept_in=tmp_path)
    assert not kept.exists()

    Stationery.load(tmp_path, kept_in=tmp_path, may_keep=True)
    assert Stationery.load(tmp_path, kept_in=tmp_path).render("letter", JANE).subject == "Hi Jane"
