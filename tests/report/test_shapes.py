"""
The report of a month as a page and as a PDF: the same in both, and nothing that runs.
"""

import io
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta

import pypdf
import pytest

from mailbot.cases.month.known import Duty, Happening, Known, KnownCase
from mailbot.cases.month.months import Month
from mailbot.cases.month.report import Report, count, report
from mailbot.cases.obligation import ObligationState
from mailbot.cases.shadow.compare import compare
from mailbot.cases.shadow.known import Came, Ours, Owed, ShadowCase, Theirs
from mailbot.cases.shadow.known import Known as Rehearsed
from mailbot.report.charts import ON_PAPER, ON_SCREEN, svg
from mailbot.report.filled import sheet
from mailbot.report.html import html_page
from mailbot.report.mail import MOST_ITEMS, letters
from mailbot.report.pdf import pdf
from mailbot.report.shadow_html import shadow_page
from mailbot.report.shadow_words import shadow_sheet
from mailbot.report.sheet import Sheet
from tests.cases.builders import HEAD, MANAGER, a_firm, at
from tests.html_shape import well_formed

FIRM = a_firm()
NOVEMBER = Month(date(2026, 11, 1))
#: Whoever hands in such a name has something in mind.
EVIL = "<script>alert(1)</script>"


def a_duty(number: int, state: ObligationState) -> Duty:
    due = at("2026-11-10 17:00") + timedelta(days=number)
    return Duty(
        promise="keep_contact",
        number=number,
        clause=FIRM.rulebook.promise("keep_contact").clause,
        due_at=due,
        state=state,
        since=at("2026-11-03 10:00"),
        settled_at=due,
    )


def a_report(*duties: Duty, who: str = EVIL) -> Report:
    case = KnownCase(
        reference="ISS-000001-95",
        received_at=at("2026-11-03 10:00"),
        rulebook_version="2026-1",
        history=(
            Happening(at=at("2026-11-03 10:00"), event="case_opened", reason="fax"),
            Happening(at=at("2026-11-03 10:00"), event="assigned", about=who),
        ),
        duties=duties,
    )
    return report(
        count(Known(cases=(case,)), NOVEMBER, FIRM),
        FIRM,
        made_at=at("2026-12-01 09:00"),
        made_by="Olwen",
    )


BROKEN = tuple(a_duty(each, ObligationState.BREACHED) for each in (1, 2, 3))
KEPT = a_duty(4, ObligationState.MET)


@pytest.fixture(scope="module")
def printed() -> Sheet:
    return sheet(a_report(*BROKEN, KEPT), FIRM)


def words_of(printed: Sheet) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf(printed))).pages
    return " ".join(" ".join(each.extract_text().split()) for each in pages)


def test_the_page_is_well_formed_and_nothing_in_it_runs_or_is_fetched(printed: Sheet) -> None:
    page = html_page(printed)
    shape = well_formed(page)

    assert shape.tags & {"script", "iframe", "object", "link"} == set()
    assert not [name for _, name, _ in shape.attributes if name.startswith("on")]
    assert not re.search(r"(?:src|href)=\"(?!#)", page)
    assert "url(http" not in page
    assert shape.headings[0] == 1
    assert EVIL not in page


def test_each_chart_has_its_numbers_as_a_table(printed: Sheet) -> None:
    page = html_page(printed)

    assert page.count("<figure>") == page.count('<table class="numbers">') == len(printed.charts)
    for chart in printed.charts:
        assert all(len(each.values) == len(chart.months) == 13 for each in chart.series)


def test_what_is_broken_is_told_apart_without_its_colour(printed: Sheet) -> None:
    chart = printed.charts[0]
    drawn = svg(chart, ON_PAPER)

    assert "url(#hatch-received)" in drawn
    # The number stands on its bar.
    assert ">1</text>" in drawn
    assert "Broken 3 times:" in html_page(printed)


def test_a_chart_is_the_same_each_time(printed: Sheet) -> None:
    chart = printed.charts[1]

    assert svg(chart, ON_SCREEN) == svg(chart, ON_SCREEN)


def test_on_a_screen_every_word_of_a_chart_has_the_colour_of_the_text_around_it(
    printed: Sheet,
) -> None:
    drawn = svg(printed.charts[1], ON_SCREEN)
    inks = re.findall(r"text[^{}]*\{[^{}]*fill:([^;}]+)", drawn)

    assert inks
    assert {each.strip() for each in inks} == {"currentColor"}


def test_the_pdf_says_what_the_page_says(printed: Sheet) -> None:
    words = words_of(printed)

    assert "Complaints in November 2026" in words
    assert " ".join(printed.lead) in words
    assert "Broken 3 times: Agreed contact with the customer" in words
    assert EVIL in words
    assert "Page 1 of" in words


def test_the_same_promise_broken_again_and_again_is_one_entry(printed: Sheet) -> None:
    [item] = printed.items

    assert item.due == tuple(
        f"{day} November 2026, 5pm" for day in ("Wednesday 11", "Thursday 12", "Friday 13")
    )
    assert (
        item.since
        == "Not made good; the next promise of this kind was kept on Saturday 14 November 2026, 5pm."
    )


def test_a_month_in_which_all_was_kept_has_nothing_to_list() -> None:
    page = html_page(sheet(a_report(KEPT), FIRM))

    assert "<p>None.</p>" in page
    assert 'class="bad"' not in page


def test_a_month_that_is_not_over_says_so() -> None:
    unfinished = replace(a_report(KEPT), is_unfinished=True)

    assert "it ends on Monday 30 November 2026" in html_page(sheet(unfinished, FIRM))


def test_the_mail_goes_to_each_manager_and_head_with_the_pdf() -> None:
    made = a_report(*BROKEN, KEPT)
    wanted = letters(made, sheet(made, FIRM), FIRM)

    assert [each.to.email for each in wanted] == [MANAGER.email, HEAD.email]
    [attached] = wanted[0].attachments
    assert attached.name == "complaints-2026-11.pdf"
    assert attached.content == pdf(sheet(made, FIRM))
    assert wanted[0].facts["promises"] == [
        {
            "name": "Agreed contact with the customer",
            "said": "1 kept, 3 broken",
        }
    ]


def test_whoever_mails_a_report_does_not_keep_what_it_takes_to_print_one() -> None:
    mails = (
        "import sys; from tests.report import test_shapes as it; made = it.a_report();"
        " print(len(it.letters(made, it.sheet(made, it.FIRM), it.FIRM)), 'typst' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", mails], capture_output=True, text=True, check=True)

    assert said.stdout.split() == ["2", "False"]


def test_a_mail_lists_no_more_than_can_be_read() -> None:
    made = a_report()
    [item] = sheet(a_report(*BROKEN), FIRM).items
    many = replace(sheet(made, FIRM), items=(item,) * (MOST_ITEMS + 2))
    facts = letters(made, many, FIRM)[0].facts

    assert facts["more"] == 2
    assert len(facts["not_kept"]) == MOST_ITEMS  # type: ignore[arg-type]


def test_a_rehearsal_is_a_page_of_who_answered_when() -> None:
    begins, ends = at("2026-11-01 00:00"), at("2026-12-01 00:00")
    case = ShadowCase(
        reference="ISS-000001-95",
        received_at=at("2026-11-03 10:00"),
        email="jane@example.com",
        ours=(Ours(template="acknowledgement", decided_at=at("2026-11-03 10:00")),),
        owed=(
            Owed(
                promise="acknowledge",
                number=1,
                since=at("2026-11-03 10:00"),
                due_at=at("2026-11-06 10:00"),
                state=ObligationState.BREACHED,
            ),
        ),
    )
    robot = Came(
        message_id="robot@x",
        sender="news@example.com",
        received_at=at("2026-11-04 10:00"),
        kind="list",
        silence="mailing_list",
    )
    sent = (
        Theirs(message_id="a@x", sent_at=at("2026-11-09 10:00"), recipients=("jane@example.com",)),
        Theirs(
            message_id="b@x",
            sent_at=at("2026-11-05 10:00"),
            recipients=("news@example.com",),
            answers=("robot@x",),
        ),
    )
    found = compare(Rehearsed(since=begins, until=ends, cases=(case,), came=(robot,)), sent)

    page = shadow_page(shadow_sheet(found, FIRM))

    assert "script" not in well_formed(page).tags
    assert "acknowledgement of the complaint, due Friday 6 November 2026, 10am" in page
    assert "kept by mailbot, and not by people" in page
    assert "1 message that mailbot would have left unanswered got an answer from people." in page
    assert (
        "People&#x27;s first mail came after 144 hours, mailbot&#x27;s would have come at once"
        in page
    )


def test_one_of_a_kind_is_said_of_one() -> None:
    made = a_report()
    foot = sheet(replace(made, figures=replace(made.figures, anonymised=1)), FIRM).foot
    assert "1 old case was anonymised in this month." in foot

    received = at("2026-11-03 10:00")
    case = ShadowCase(
        reference="ISS-000001-95",
        received_at=received,
        email="jane@example.com",
        ours=(Ours(template="acknowledgement", decided_at=received),),
    )
    answer, other = (
        Theirs(message_id=f"{each}@x", sent_at=at("2026-11-03 11:00"), recipients=(each,))
        for each in ("jane@example.com", "shop@example.org")
    )
    rehearsed = Rehearsed(since=received, until=at("2026-12-01 00:00"), cases=(case,))
    lead = " ".join(shadow_sheet(compare(rehearsed, (answer, other)), FIRM).lead)
    assert "People's first mail came after 1 hour," in lead
    assert "1 mail in the sent folder belongs to no case." in lead
