"""
The demonstration: played once, looked at from all sides.
"""

import asyncio
import io
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
import structlog
import typer
from rich.console import Console

from mailbot.demo import play
from mailbot.demo.script import COMPLAINT, FIRST_ANSWER, SECOND_ANSWER
from mailbot.mail.quoting.new_text import MARKER
from tests.flow.house import read, text_of
from tests.html_shape import well_formed

STORY = [
    "01-in-customer.eml",
    "02-out-acknowledgement-customer.eml",
    "03-out-introduction-customer.eml",
    "04-out-assignment-handler.eml",
    "05-in-handler.eml",
    "06-out-handler-reply-customer.eml",
    "07-in-customer.eml",
    "08-out-customer-reply-handler.eml",
    "09-out-warning-handler.eml",
    "10-in-handler.eml",
    "11-out-handler-reply-customer.eml",
    "12-in-customer-auto-reply.eml",
    "13-out-follow-up-customer.eml",
    "14-out-warning-handler.eml",
    "15-in-handler.eml",
    "16-out-contact-agreed-customer.eml",
    "17-out-receipt-handler.eml",
    "18-out-warning-handler.eml",
    "19-out-breach-manager.eml",
    "20-out-contact-missed-customer.eml",
    "21-in-handler.eml",
    "22-out-call-summary-customer.eml",
    "23-out-receipt-handler.eml",
    "24-in-handler.eml",
    "25-out-outcome-customer.eml",
    "26-out-receipt-handler.eml",
    "27-in-customer.eml",
    "28-out-reopened-customer.eml",
    "29-out-introduction-customer.eml",
    "30-out-assignment-manager.eml",
    "31-out-customer-reply-manager.eml",
    "32-in-manager.eml",
    "33-out-call-summary-customer.eml",
    "34-out-receipt-manager.eml",
    "35-out-warning-manager.eml",
    "36-out-warning-manager.eml",
    "37-in-manager.eml",
    "38-out-handler-reply-customer.eml",
    "39-out-warning-manager.eml",
    "40-out-warning-manager.eml",
    "41-out-adr-rights-customer.eml",
    "42-out-warning-manager.eml",
    "43-in-manager.eml",
    "44-out-call-summary-customer.eml",
    "45-out-receipt-manager.eml",
    "46-out-credit-customer.eml",
    "47-in-manager.eml",
    "48-out-outcome-customer.eml",
    "49-out-receipt-manager.eml",
    "50-out-confirm-reminder-customer.eml",
    "51-in-customer.eml",
    "52-out-closed-customer.eml",
    "53-out-customer-reply-manager.eml",
    "54-out-warning-manager.eml",
    "55-out-credit-customer.eml",
    "56-in-customer.eml",
    "57-out-customer-reply-manager.eml",
    "58-in-manager.eml",
    "59-out-receipt-manager.eml",
]

DATES = {
    "02": "Fri, 20 Nov 2026 16:45",
    "09": "Tue, 24 Nov 2026 09:00",
    "13": "Wed, 25 Nov 2026 09:00",
    "20": "Tue, 01 Dec 2026 17:00",
    "35": "Fri, 18 Dec 2026 09:00",
    "39": "Fri, 25 Dec 2026 09:00",
    "40": "Tue, 29 Dec 2026 09:00",
    "41": "Fri, 01 Jan 2027 09:00",
    "50": "Thu, 21 Jan 2027 09:00",
    "54": "Mon, 01 Feb 2027 09:00",
}

#: Runs the command line in a process that tells on itself if it talks to anybody else,
#: or asks where anybody is.
ALONE = """
import socket
import sys

LOOPBACK = "127.0.0.1"
# The courier greets every relay with this machine's full name (RFC 5321 4.1.1.1).
KNOWN = {LOOPBACK, socket.gethostname()}

def watch(event, details):
    if event in {"socket.connect", "socket.bind"} and details[1][0] != LOOPBACK:
        # Said, because whoever asks may take a refusal for an answer.
        print("left loopback:", event, details[1], file=sys.stderr)
    if event in {"socket.getaddrinfo", "socket.gethostbyaddr"} and details[0] not in KNOWN:
        print("asked for an address:", event, details[0], file=sys.stderr)

sys.addaudithook(watch)
from mailbot.cli import main
sys.argv = ["mailbot", "demo", *sys.argv[1:]]
main()
"""


@dataclass(frozen=True)
class Played:
    folder: Path
    screen: str
    threads: list[threading.Thread]

    def content(self, number: str) -> bytes:
        return next(self.folder.glob(f"{number}-*.eml")).read_bytes()

    def mail(self, number: str) -> EmailMessage:
        return read(self.content(number))

    def text(self, number: str) -> str:
        return text_of(self.content(number)).replace("\r\n", "\n")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("played") / "eleven weeks"
    screen = io.StringIO()
    before = set(threading.enumerate())
    asyncio.run(play(Console(file=screen, width=80), folder))
    left = [each for each in threading.enumerate() if each not in before]
    return Played(folder, screen.getvalue(), left)


def alone(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", ALONE, *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80", "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_files_tell_the_story_in_their_order(played: Played) -> None:
    assert sorted(each.name for each in played.folder.iterdir()) == [
        *STORY,
        "conversation.txt",
        "timeline.html",
    ]


@pytest.mark.parametrize(("number", "moment"), DATES.items())
def test_each_mail_of_the_clock_has_its_day(played: Played, number: str, moment: str) -> None:
    assert played.mail(number)["Date"].startswith(moment)


def test_the_rights_letter_goes_out_on_the_bank_holiday(played: Played) -> None:
    letter = played.mail("41")

    assert letter["X-Mailbot-Template"] == "adr-rights"
    assert letter["Date"].datetime.date().isoformat() == "2027-01-01"
    assert "Friday 1 January 2027" in played.text("41")


def test_the_first_answer_of_the_handler_reaches_the_customer_word_for_word(
    played: Played,
) -> None:
    assert played.text("06").startswith(FIRST_ANSWER)


def test_a_greeting_used_before_still_reaches_the_customer(played: Played) -> None:
    # The handler greets the customer in both answers, and the mail answered quotes the first.
    assert played.text("11").startswith(SECOND_ANSWER)


def test_answers_are_made_from_the_mails_that_really_came(played: Played) -> None:
    assignment, answer = played.mail("04"), played.mail("05")

    assert answer["To"] == assignment["Reply-To"]
    assert answer["In-Reply-To"] == assignment["Message-ID"]
    assert MARKER in played.text("05")
    assert COMPLAINT.splitlines()[2] in played.text("05")


def test_one_conversation_is_one_thread_for_the_customer(played: Played) -> None:
    anchors = {
        str(played.mail(each)["References"]).split()[0] for each in ("02", "03", "11", "41", "52")
    }

    assert len(anchors) == 1


def test_no_mail_to_the_customer_has_a_staff_address_in_it(played: Played) -> None:
    staff = [str(played.mail(each)["Reply-To"]) for each in ("04", "08", "09", "19", "30")]

    for each in played.folder.glob("*-out-*-customer.eml"):
        content = each.read_text()
        assert MARKER not in content
        assert not [token for token in staff if token in content]


def test_the_automatic_reply_is_not_answered_and_the_reason_is_said(played: Played) -> None:
    _, _, after = played.screen.partition("[12] Megan Davies to the service address")
    told, _, _ = after.partition("[13]")

    assert "out_of_office_subject" in told
    assert played.mail("13")["Date"].startswith("Wed, 25 Nov 2026 09:00")


def test_commands_are_never_seen_by_the_customer(played: Played) -> None:
    for each in played.folder.glob("*-out-*-customer.eml"):
        lines = text_of(each.read_bytes()).splitlines()
        assert not [line for line in lines if line.startswith("#")]


def test_a_missed_call_is_apologised_for_and_the_manager_is_told(played: Played) -> None:
    assert "Tuesday 1 December 2026, 2pm, and we did not. We are sorry" in played.text("20")
    assert played.mail("19")["X-Mailbot-Template"] == "breach"


def test_the_agreed_time_comes_as_an_entry_for_the_calendar(played: Played) -> None:
    kinds = [part.get_content_type() for part in played.mail("16").walk()]

    assert "text/calendar" in kinds


def test_a_no_to_the_outcome_hands_the_case_up(played: Played) -> None:
    assert "+n" in played.mail("27")["To"]
    assert played.mail("30")["To"].addresses[0].display_name == "Sian Morgan"


def test_a_yes_to_the_outcome_closes_the_case(played: Played) -> None:
    assert "+y" in played.mail("51")["To"]
    assert "your case is closed" in played.text("52")


def test_the_credit_outlives_the_case(played: Played) -> None:
    assert "Amount: £48.50" in played.text("46")
    assert "We have applied the credit" in played.text("55")


def test_a_thank_you_does_not_wake_the_case(played: Played) -> None:
    assert "the case stays closed" in played.text("59")
    assert "is closed. What the firm promised" in played.screen


def test_nothing_that_was_ordered_was_refused(played: Played) -> None:
    receipts = [read(each.read_bytes()) for each in played.folder.glob("*-out-receipt-*")]

    assert not [each["Subject"] for each in receipts if "not acted on" in each["Subject"]]
    assert played.screen.count("The answer: Recorded") == 2


def test_the_story_is_no_wall(played: Played) -> None:
    assert len(played.screen.splitlines()) < 1000


def test_the_end_says_what_became_of_each_promise(played: Played) -> None:
    _, _, end = played.screen.partition("what became of it:")

    rows = [" ".join(line.split()) for line in end.splitlines() if " by " in line]
    assert rows == [
        "kept introduction of the case handler by Sun 22 Nov 16:45",
        "kept acknowledgement of the complaint by Wed 25 Nov 16:45",
        "kept agreed contact time by Wed 25 Nov 17:00",
        "kept answer to the customer's message by Wed 25 Nov 17:00",
        "kept late agreed contact with the customer by Tue 1 Dec 17:00",
        "kept agreed contact with the customer by Tue 8 Dec 17:00",
        "kept agreed contact with the customer by Wed 9 Dec 17:00",
        "kept answer to the customer's message by Wed 9 Dec 17:00",
        "kept confirmation of the outcome by Fri 11 Dec 17:00",
        "kept agreed contact with the customer by Mon 14 Dec 17:00",
        "kept agreed contact with the customer by Tue 22 Dec 17:00",
        "kept letter about the right to independent help by Fri 1 Jan 24:00",
        "kept agreed contact with the customer by Tue 5 Jan 17:00",
        "kept agreed contact with the customer by Tue 19 Jan 17:00",
        "withdrawn confirmation of the outcome by Thu 21 Jan 17:00",
        "kept confirmation of the outcome by Thu 28 Jan 17:00",
        "kept decision whether a closed case opens again by Wed 3 Feb 17:00",
        "kept credit to the customer's invoice by Sun 28 Feb 24:00",
    ]


def test_the_text_file_is_what_was_on_the_screen(played: Played) -> None:
    assert (played.folder / "conversation.txt").read_text(encoding="utf-8") == played.screen


def test_the_page_tells_every_mail_and_needs_nothing_from_anywhere(played: Played) -> None:
    page = (played.folder / "timeline.html").read_text(encoding="utf-8")

    shape = well_formed(page)
    assert all(f"<dd>{each}</dd>" in page for each in STORY)
    assert len(shape.all("srcdoc")) == len([each for each in STORY if is_composed(each)])
    assert shape.all("src") == []
    assert all(each.startswith("#") for each in shape.all("href"))
    assert "If the complaint is open for 6 weeks or longer" in page


def test_the_page_begins_with_the_story_in_short(played: Played) -> None:
    page = (played.folder / "timeline.html").read_text(encoding="utf-8")

    shape = well_formed(page)
    assert page.index("The story in short") < page.index("What is promised")
    assert {each[1:] for each in shape.all("href")} <= set(shape.all("id"))


def test_a_promise_made_again_and_again_is_quoted_once(played: Played) -> None:
    page = (played.folder / "timeline.html").read_text(encoding="utf-8")
    table, _, _ = page.partition('</table>\n</section>\n<section class="timeline"')

    assert table.count(">agreed contact with the customer<q>") == 1
    assert '<td class="late">kept late' in table


def is_composed(file: str) -> bool:
    """
    Whether mailbot wrote it in its own words, and so in HTML too.
    """
    return "-out-" in file


def test_a_time_that_a_person_has_to_keep_is_not_called_kept(played: Played) -> None:
    _, _, after = played.screen.partition("-- Tuesday 1 December 2026, 2pm")
    told, _, _ = after.partition("-- Tuesday 1 December 2026, 5pm")

    assert "a person is to keep it" in " ".join(told.split())


def test_a_pipe_gets_plain_lines_of_eighty_columns(played: Played) -> None:
    unbreakable = str(played.folder)
    lines = [line for line in played.screen.splitlines() if unbreakable not in line]

    assert "\x1b" not in played.screen
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if line != line.rstrip()]


def test_every_mail_is_named_on_the_screen(played: Played) -> None:
    assert not [each for each in STORY if f"[{each[:2]}]" not in played.screen]


def test_nothing_of_it_goes_on_afterwards(played: Played) -> None:
    assert played.threads == []


async def test_the_log_is_as_loud_afterwards_as_before(tmp_path: Path) -> None:
    before = structlog.get_config()

    await play(Console(file=io.StringIO(), width=80), tmp_path)
    assert structlog.get_config() == before


async def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("keep")

    with pytest.raises(typer.BadParameter, match="is not empty"):
        await play(Console(file=io.StringIO()), tmp_path)
    assert list(tmp_path.iterdir()) == [mine]


async def test_a_file_where_the_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("keep")

    with pytest.raises(typer.BadParameter, match="cannot be made"):
        await play(Console(file=io.StringIO()), tmp_path / "file")


def test_the_command_makes_a_folder_here_and_never_leaves_loopback(tmp_path: Path) -> None:
    done = alone(tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    [folder] = tmp_path.iterdir()
    assert folder.name.startswith("demo-")
    assert sorted(each.name for each in folder.glob("*.eml")) == STORY


def test_the_command_says_in_one_place_that_the_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").write_text("keep")

    done = alone(tmp_path, "--folder", "used")
    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert "Traceback" not in done.stderr
