"""
The future of a message that nobody answers: the fold, the command and the page.
"""

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailbot.cases.firm import Firm
from mailbot.cases.identity.triage import Action
from mailbot.cases.known.arrivals import arriving
from mailbot.cases.obligation import ObligationState
from mailbot.cli.simulate.future import Foreseen, Future, Instant, foresee
from mailbot.cli.simulate.words import notes, read_as, why
from mailbot.mail.message import Address, InboundMessage
from mailbot.page.layout import page
from mailbot.page.story import Moment, Row, Shown, Story
from tests.cases.builders import MANAGER, RHIAN, a_firm, a_message, away
from tests.desk.builders import an_office
from tests.flow.house import Mail
from tests.html_shape import well_formed
from tests.servers.forked import program

ROOT = Path(__file__).parents[1]
LONDON = ZoneInfo("Europe/London")


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


def future_of(message: InboundMessage, firm: Firm | None = None) -> Future:
    return foresee(arriving(b"", message), an_office(firm or a_firm()))


def mails(future: Future, template: str) -> list[tuple[datetime, Foreseen]]:
    return [
        (instant.at, each)
        for instant in future.instants
        for each in instant.letters
        if each.letter.template == template
    ]


def instants_of(future: Future, template: str) -> list[datetime]:
    return [at for at, _ in mails(future, template)]


def at_instant(future: Future, at: datetime) -> Instant:
    return next(each for each in future.instants if each.at == at)


# --- the fold --------------------------------------------------------------

#: received, 24 working hours, 48 hours, 3rd working day, six weeks (mission.md, worked examples)
WORKED = [
    ("2026-11-20 16:45", "2026-11-25 16:45", "2026-11-22 16:45", "2026-11-25", "2027-01-01"),
    ("2026-11-21 11:00", "2026-11-25 17:00", "2026-11-23 11:00", "2026-11-25", "2027-01-02"),
    ("2026-12-24 16:30", "2026-12-31 16:30", "2026-12-26 16:30", "2026-12-31", "2027-02-04"),
    ("2027-03-25 12:00", "2027-04-01 12:00", "2027-03-27 12:00", "2027-04-01", "2027-05-06"),
]


@pytest.mark.parametrize(("received", "hours", "elapsed", "third_day", "six_weeks"), WORKED)
def test_the_future_keeps_the_dates_of_the_worked_examples(
    received: str, hours: str, elapsed: str, third_day: str, six_weeks: str
) -> None:
    future = future_of(a_message(received_at=london(received)))

    assert instants_of(future, "acknowledgement") == [london(received)]
    assert instants_of(future, "introduction") == [london(received)]
    assert instants_of(future, "follow-up") == [london(f"{third_day} 09:00")]
    assert london(f"{third_day} 17:00") in instants_of(future, "breach")
    assert instants_of(future, "adr-rights") == [london(f"{six_weeks} 09:00")]
    assert london(hours) in {each.at for each in future.instants} | due(future, "acknowledge")
    assert due(future, "introduce") == {london(elapsed)}


def due(future: Future, promise: str) -> set[datetime]:
    booked = future.case.obligations if future.case else ()
    return {each.due_at for each in booked if each.promise == promise}


def test_the_warnings_before_the_six_weeks_are_on_their_days() -> None:
    future = future_of(a_message())

    on_the_way = [
        at
        for at, each in mails(future, "warning")
        if each.promise and each.promise.promise == "adr_rights"
    ]
    assert on_the_way == [london(f"2026-12-{day} 09:00") for day in (18, 25, 29)]


def test_a_letter_that_is_accepted_keeps_its_promise_at_that_instant() -> None:
    future = future_of(a_message())

    kept = {each.promise for each in future.instants[0].settled}
    assert {"acknowledge", "introduce"} <= kept


def test_a_promise_that_nobody_keeps_is_broken_at_its_last_moment() -> None:
    future = future_of(a_message())

    [broken] = [
        each
        for each in at_instant(future, london("2026-11-25 17:00")).settled
        if each.promise == "agree_contact"
    ]
    assert broken.state is ObligationState.BREACHED


def test_each_letter_of_the_clock_names_the_promise_that_demands_it() -> None:
    future = future_of(a_message())

    for template, promise in (
        ("acknowledgement", "acknowledge"),
        ("introduction", "introduce"),
        ("follow-up", "agree_contact"),
        ("adr-rights", "adr_rights"),
    ):
        [(_, foreseen)] = mails(future, template)
        assert foreseen.promise is not None
        assert foreseen.promise.promise == promise


def test_the_clock_only_goes_forward_and_ends() -> None:
    strokes = [each.at for each in future_of(a_message()).instants]

    assert strokes == sorted(set(strokes))
    assert strokes[-1] == london("2027-01-02 00:00")


def test_no_letter_is_written_twice() -> None:
    letters = [
        each.letter for instant in future_of(a_message()).instants for each in instant.letters
    ]

    keys = [(each.template, each.occasion, each.to.key) for each in letters]
    assert len(keys) == len(set(keys))


def test_the_same_message_has_the_same_future() -> None:
    assert future_of(a_message()) == future_of(a_message())


def test_with_nobody_in_the_manager_gets_a_task() -> None:
    firm = a_firm(handlers=(away(RHIAN), away(MANAGER)))

    future = future_of(a_message(), firm)
    assert a_message().received_at in instants_of(future, "task")
    assert instants_of(future, "introduction") == []


def test_a_reference_is_said_and_not_believed() -> None:
    future = future_of(a_message(subject="Re: Your complaint [ISS-004217-57]"))

    assert future.triage.action is Action.OPEN
    assert future.named == ("ISS-004217-57",)


# --- what is not answered --------------------------------------------------


def test_an_automatic_mail_leads_to_nothing_and_the_rule_is_said() -> None:
    future = future_of(a_message(headers={"auto-submitted": ("auto-replied",)}))

    assert future.instants == ()
    assert "its header says that a machine sent it" in read_as(future)
    assert "nothing at all would be sent" in read_as(future)


def test_mail_from_a_list_is_held_and_the_manager_gets_a_task() -> None:
    future = future_of(a_message(headers={"list-id": ("<news.example.com>",)}))

    [instant] = future.instants
    assert [each.letter.template for each in instant.letters] == ["task"]
    assert instant.letters[0].letter.to.email == MANAGER.email
    assert "held for a person" in read_as(future)


def test_what_looks_like_spam_gets_letters_that_are_written_and_not_sent() -> None:
    future = future_of(a_message(headers={"x-spam-flag": ("YES",)}))

    [(_, acknowledgement)] = mails(future, "acknowledgement")
    assert "NOT sent" in why(acknowledgement)[-1]
    # What was not sent keeps no promise.
    assert "acknowledge" not in {each.promise for each in future.instants[0].settled}


def test_a_command_of_one_of_our_people_leads_to_what_the_live_one_does() -> None:
    future = future_of(a_message(sender=Address(email=RHIAN.email), text="#help"))

    [(_, receipt)] = mails(future, "receipt")
    assert receipt.letter.to.email == RHIAN.email
    assert future.case is None


def test_a_check_that_finds_the_promise_kept_writes_to_nobody() -> None:
    instant = at_instant(future_of(a_message()), london("2026-11-22 16:45"))

    assert instant.letters == ()
    [note] = notes(instant, a_firm())
    assert "Nothing is owed any more" in note


# --- the command -----------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """
        Without the ends of lines, wherever the terminal needed them.
        """
        return " ".join(self.out.split())


def simulate(folder: Path, *words: str, **imap: str) -> Answer:
    """
    The command as an owner gives it: in an empty folder, with no password anywhere.
    """
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAILBOT_")}
    done = subprocess.run(
        [*program(), "simulate", *words],
        cwd=folder,
        env={
            **environ,
            "COLUMNS": "80",
            "PYTHONPATH": str(ROOT),
            "MAILBOT_CONFIG": str(ROOT / "config"),
            **{f"MAILBOT_IMAP__{name}": value for name, value in imap.items()},
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def left(folder: Path, mail: Mail) -> str:
    (folder / "complaint.eml").write_bytes(bytes(mail))
    return "complaint.eml"


def test_the_command_tells_the_whole_story_and_leaves_nothing_behind(tmp_path: Path) -> None:
    answer = simulate(tmp_path, left(tmp_path, Mail()), "--at", "2026-11-20T16:45Z")

    assert (answer.status, answer.err) == (0, "")
    assert "== Friday 20 November 2026, 4:45pm ==" in answer.out
    assert "== Friday 1 January 2027, 9am ==" in answer.out
    assert "Dear Jane Doe," in answer.out
    assert 'Clause: "If the complaint is open for 6 weeks or longer' in answer.said
    assert "agreed contact time: by Wednesday 25 November 2026, 5pm; broken" in answer.said
    assert [each.name for each in tmp_path.iterdir()] == ["complaint.eml"]


def test_the_time_of_receipt_is_the_date_of_the_message_by_default(tmp_path: Path) -> None:
    mail = Mail(date="Thu, 24 Dec 2026 16:30:00 +0000")

    answer = simulate(tmp_path, left(tmp_path, mail))
    assert "received Thursday 24 December 2026, 4:30pm" in answer.said
    assert "== Thursday 4 February 2027, 9am ==" in answer.out


def test_a_date_without_a_zone_is_no_instant(tmp_path: Path) -> None:
    answer = simulate(tmp_path, left(tmp_path, Mail(date="Thu, 24 Dec 2026 16:30:00")))

    assert "the message has no Date that can be used" in answer.said


def test_an_automatic_mail_is_told_by_its_rule(tmp_path: Path) -> None:
    mail = Mail(headers=(("Auto-Submitted", "auto-replied"),))

    answer = simulate(tmp_path, left(tmp_path, mail), "--html", "page.html")
    assert answer.status == 0
    assert "its header says that a machine sent it. It would be filed" in answer.said
    assert "nothing at all would be sent." in answer.said
    assert "Subject:" not in answer.out
    assert well_formed((tmp_path / "page.html").read_text(encoding="utf-8")).headings == [1]


@pytest.mark.parametrize(
    "instant", ["2026-11-20T16:45", "tomorrow", "0001-01-01T00:00Z", "9999-12-31T23:59Z"]
)
def test_an_instant_that_is_none_is_a_usage_error(tmp_path: Path, instant: str) -> None:
    answer = simulate(tmp_path, left(tmp_path, Mail()), "--at", instant)

    assert answer.status == 2
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("file", ["missing.eml", "."])
def test_a_file_that_cannot_be_read_is_told_in_a_sentence(tmp_path: Path, file: str) -> None:
    answer = simulate(tmp_path, file)

    assert (answer.status, answer.out) == (1, "")
    assert f"mailbot: {file} cannot be read: " in answer.err


def test_a_page_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    answer = simulate(tmp_path, left(tmp_path, Mail()), "--html", "nowhere/page.html")

    assert answer.status == 1
    assert "nowhere/page.html cannot be written: " in answer.err


def test_what_would_steer_the_terminal_is_shown_as_a_blot(tmp_path: Path) -> None:
    answer = simulate(tmp_path, left(tmp_path, Mail(text="\x1b[2Jgone", subject="\x1b[31mred")))

    assert "\x1b" not in answer.out


def test_what_is_larger_than_the_worker_takes_is_refused_in_a_sentence(tmp_path: Path) -> None:
    answer = simulate(tmp_path, left(tmp_path, Mail(text="x" * 3000)), MAX_MESSAGE="2KB")

    assert (answer.status, answer.out) == (1, "")
    assert "mailbot: complaint.eml is larger than [imap] max_message: " in answer.err


def test_an_empty_file_is_held_for_a_person(tmp_path: Path) -> None:
    (tmp_path / "empty.eml").write_bytes(b"")

    answer = simulate(tmp_path, "empty.eml")
    assert answer.status == 0
    assert "held for a person" in answer.said


# --- the page --------------------------------------------------------------


@pytest.fixture(scope="module")
def left_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("page")
    arguments = ("--at", "2026-11-20T16:45Z", "--html", "page.html")
    assert simulate(folder, left(folder, Mail(subject="<b>&No internet")), *arguments).status == 0
    return (folder / "page.html").read_text(encoding="utf-8")


def test_the_page_is_well_formed_and_its_mails_too(left_page: str) -> None:
    shape = well_formed(left_page)

    frames = shape.all("srcdoc")
    assert len(frames) >= 10
    for each in frames:
        well_formed(each)


def test_the_page_fetches_nothing_and_runs_nothing(left_page: str) -> None:
    shape = well_formed(left_page)

    assert not shape.tags & {"script", "link", "img", "object", "embed", "form"}
    assert shape.all("src") == []
    assert all(each.startswith("#moment-") for each in shape.all("href"))
    assert set(shape.all("sandbox")) == {""}
    assert "default-src 'none'" in left_page
    assert "url(" not in left_page
    assert "@import" not in left_page


def test_the_page_can_be_read_aloud(left_page: str) -> None:
    shape = well_formed(left_page)
    steps = zip(shape.headings, shape.headings[1:], strict=False)

    assert shape.headings[0] == 1
    assert shape.headings.count(1) == 1
    assert all(deeper - upper <= 1 for upper, deeper in steps)
    assert ("html", "lang", "en") in shape.attributes
    framed = [value for tag, name, value in shape.attributes if (tag, name) == ("iframe", "title")]
    assert len(framed) == len(shape.all("srcdoc"))
    assert all(framed)


def test_every_link_of_the_page_leads_somewhere_and_no_name_is_given_twice(left_page: str) -> None:
    shape = well_formed(left_page)
    names = shape.all("id")

    assert len(names) == len(set(names))
    assert {each.removeprefix("#") for each in shape.all("href")} <= set(names)
    assert set(shape.all("aria-labelledby")) <= set(names)


def test_a_stranger_s_markup_is_only_words_on_the_page(left_page: str) -> None:
    assert "&lt;b&gt;&amp;No internet" in left_page
    assert "<b>" not in left_page


def test_what_ends_with_the_day_stands_on_that_day() -> None:
    midnight = Moment(at=london("2027-01-02 00:00"), words="The end of Friday 1 January 2027")
    opened = Moment(at=london("2026-11-20 16:45"), words="Friday")

    drawn = page(Story(title="A story", moments=(opened, midnight)), a_firm().calendar)
    assert '<span class="count">day 42</span>' in drawn
    assert 'datetime="2027-01-02"' not in drawn


def test_a_mail_without_html_is_shown_as_its_text() -> None:
    mail = Shown(heading="Jane to us", subject="Hello", text="a < b\n\nJane")
    moment = Moment(at=london("2026-11-20 16:45"), words="Friday", mails=(mail,))

    drawn = page(Story(title="A story", moments=(moment,)), a_firm().calendar)
    assert "<pre>a &lt; b\n\nJane</pre>" in drawn
    assert "<iframe" not in drawn


def test_a_broken_promise_is_marked_as_one() -> None:
    row = Row(promise="a promise", clause="a clause", due="Friday", end="broken", is_broken=True)

    drawn = page(Story(title="A story", promises=(row,)), a_firm().calendar)
    assert '<td class="broken">broken</td>' in drawn
