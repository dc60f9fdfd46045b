"""
The command line, driven as an operator drives it: a process for each command.
"""

import asyncio
import getpass
import json
import re
import signal
import sqlite3
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mailbot.cases.letter_status import Status
from mailbot.cli.commands import app
from mailbot.store.database import database
from mailbot.store.tables import CaseRow, ControlRow, EventRow, HeldRow, OutboxRow
from tests.flow.house import JANE, RHIAN, Clock, House, Mail, an_answer, template_of
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.forked import program
from tests.servers.migrated import lay
from tests.servers.ports import free_port
from tests.servers.smtp import SmtpSink

ROOT = Path(__file__).parents[1]
NO_HEADER = b"\xff no header at all"
TO_CUSTOMERS = {"acknowledgement", "introduction"}

#: Generous: the tests beside this one want the processor, too.
SECONDS = 120.0


@dataclass(frozen=True)
class Answer:
    """
    How a command ended, and what it said.
    """

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        assert self.err == ""
        return json.loads(self.out)


async def started(house: House, *words: str, **environ: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(*program(), *words),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env={**house.process_environ, "COLUMNS": "80", **environ},
        cwd=ROOT,
    )


async def mailbot(house: House, *words: str, body: str = "", **environ: str) -> Answer:
    process = await started(house, *words, **environ)
    try:
        out, err = await asyncio.wait_for(process.communicate(body.encode()), SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode is not None
    return Answer(process.returncode, out.decode(), err.decode())


@asynccontextmanager
async def worker(house: House) -> AsyncIterator[asyncio.subprocess.Process]:
    """
    A running `mailbot run`, at rest; it is ended if the test has not done so.
    """
    process = await started(house, "run", MAILBOT_IMAP__IDLE="true")
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line_of(process: asyncio.subprocess.Process, event: str) -> dict[str, Any]:
    """
    The next line of that event in the worker's log.
    """
    assert process.stdout is not None
    while True:
        line = await asyncio.wait_for(process.stdout.readline(), SECONDS)
        assert line, f"ended without {event}"
        said: dict[str, Any] = json.loads(line)
        if said["event"] == event:
            return said


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(each): each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file()}


@pytest.fixture
def house(tmp_path: Path, dovecot: Mailbox, sink: SmtpSink) -> House:
    # Commands read the real clock, and so must what they are asked about.
    return House(tmp_path, dovecot, sink, clock=Clock(datetime.now(UTC)))


@pytest.fixture
async def case(house: House) -> str:
    """
    The reference of a case that is acknowledged and introduced.
    """
    lay(house.folder)
    await house.take_in(Mail())
    return (await house.row(CaseRow)).reference


# --- check -----------------------------------------------------------------


async def test_check_names_every_problem_at_once_with_its_remedy(house: House) -> None:
    house.rewrite("mailbot.toml", 'folder = "INBOX"', 'foldr = "INBOX"')
    house.rewrite("code.toml", 'within = "6 weeks"', 'within = "six weeks"')
    house.rewrite("handlers.toml", 'email = "gareth.evans@', 'email = "gareth.evans')

    answer = await mailbot(house, "check", MAILBOT_IMAP__PORT="993x")

    problems = [line for line in answer.out.splitlines() if line.startswith("problem:")]
    assert answer.status == 1
    for named in ("imap.foldr: unknown setting (folder?)", "code.toml: promises.adr_rights.within",
                  "handlers.toml: handlers.2.email", "MAILBOT_IMAP__PORT: expected a whole number"):  # fmt: skip
        assert any(named in each for each in problems), answer.out
    assert answer.out.splitlines()[-1] == "4 problems: mailbot cannot work until each is mended"


async def test_health_tells_a_script_in_its_own_way_what_is_wrong_with_the_configuration(
    house: House,
) -> None:
    house.rewrite("mailbot.toml", 'folder = "INBOX"', 'foldr = "INBOX"')

    answer = await mailbot(house, "health", "--json", MAILBOT_IMAP__PORT="993x")

    told = json.loads(answer.out)
    assert (answer.status, told["status"]) == (1, "failing")
    assert {each["reason"] for each in told["reasons"]} == {"configuration_unusable"}
    says = " ".join(each["says"] for each in told["reasons"])
    assert "imap.foldr" in says
    assert "MAILBOT_IMAP__PORT" in says


async def test_check_of_an_empty_folder_says_where_the_examples_are(house: House) -> None:
    answer = await mailbot(house, "--config", str(house.folder), "check")

    assert answer.status == 1
    assert "3 problems" in answer.out
    (examples,) = re.findall(r"the example files are in (.+)", answer.out)
    assert (Path(examples) / "code.toml").is_file()


async def test_check_names_both_servers_that_are_down_and_what_to_check(house: House) -> None:
    ports = {"MAILBOT_IMAP__PORT": str(free_port()), "MAILBOT_SMTP__PORT": str(free_port())}

    answer = await mailbot(house, "check", **ports)

    assert answer.status == 1
    assert "the connection was refused; check [smtp] host and port" in answer.out
    assert "the connection was refused; check [imap] host and port" in answer.out


async def test_check_refuses_a_wrong_password_and_never_shows_it(house: House) -> None:
    answer = await mailbot(house, "check", MAILBOT_IMAP__PASSWORD="open-sesame")

    assert answer.status == 1
    assert "check [imap] username and password" in answer.out
    assert "open-sesame" not in answer.out + answer.err


async def test_check_warns_where_a_login_is_offered_and_none_is_made(house: House) -> None:
    login = {"MAILBOT_SMTP__USERNAME": "service", "MAILBOT_SMTP__PASSWORD": "secret"}
    async with SmtpSink(login=("service", "secret")) as sink:
        # As Exim and Postfix do: nobody is asked before the recipient.
        sink.answer("MAIL", "250 OK")
        ours = {"MAILBOT_SMTP__PORT": str(sink.port)}
        without = await mailbot(house, "check", **ours)
        logged_in = await mailbot(house, "check", **ours, **login)

    assert without.status == logged_in.status == 0
    assert "[smtp] username is empty" in without.out
    assert "[smtp] username is empty" not in logged_in.out


async def test_check_with_nothing_but_warnings_ends_well(house: House) -> None:
    answer = await mailbot(house, "check")

    assert (answer.status, answer.err) == (0, "")
    assert "warning: code.toml: adr.scheme is empty" in answer.out
    assert answer.out.splitlines()[-1].startswith("ready to run")


async def test_check_sends_nothing_and_changes_nothing_before_the_first_run(house: House) -> None:
    house.deliver(Mail())
    before = files_in(house.folder)

    answer = await mailbot(house, "check")

    assert answer.status == 0
    assert files_in(house.folder) == before
    assert house.sink.received == []
    with house.mailbox.imap() as client:
        assert not client.folder_exists("Processed")
        client.select_folder("INBOX", readonly=True)
        assert client.get_flags([1])[1] in [(), (rb"\Recent",)]


async def test_check_changes_nothing_beside_a_database(house: House, case: str) -> None:
    before, sent = files_in(house.folder), len(house.sink.received)

    answer = await mailbot(house, "check")

    assert answer.status == 0
    assert files_in(house.folder) == before
    assert len(house.sink.received) == sent


@pytest.mark.parametrize("words", [("check",), ("cases",)])
async def test_a_database_of_an_older_program_is_named_and_left_alone(
    house: House, words: tuple[str, ...]
) -> None:
    await house.round()
    with closing(sqlite3.connect(house.folder / "mailbot.sqlite3")) as older:
        older.execute(
            "DELETE FROM tortoise_migrations"
            " WHERE name = (SELECT max(name) FROM tortoise_migrations)"
        )
        older.commit()
    before = files_in(house.folder)

    answer = await mailbot(house, *words)

    assert answer.status == 1
    assert "older than this program; mailbot run brings it up" in answer.out + answer.err
    assert files_in(house.folder) == before


async def test_check_says_how_many_waiting_messages_would_be_acknowledged(
    house: House, case: str
) -> None:
    for number in range(4):  # one more than the cap for one address
        house.deliver(Mail(sender="max@example.com", message_id=f"{number}@example.com"))
    house.deliver(Mail(sender="news@example.com", headers=(("List-Id", "<news.example.com>"),)))
    house.deliver(an_answer(house.sink.to(JANE)[0], "Thank you."))
    house.deliver(NO_HEADER)

    answer = await mailbot(house, "check")

    assert "mailbox: 7 waiting, 4 would open a case, 3 would be acknowledged, " in answer.out
    assert ", 1 would join a case, 2 would be held for a person\n" in answer.out


async def test_check_counts_what_is_older_than_the_first_day_of_answers(house: House) -> None:
    house.rewrite("code.toml", "# answer_from = 2026-11-02", "answer_from = 2099-01-01")
    house.deliver(Mail())

    found = (await mailbot(house, "check", "--json")).document

    assert (found["mailbox"]["too_old"], found["mailbox"]["acknowledged"]) == (1, 0)


async def test_check_warns_of_an_old_mailbox_before_it_is_answered(house: House) -> None:
    house.clock.move(days=-30)
    house.deliver(Mail())
    house.deliver(
        Mail(message_id="second@example.com", headers=(("In-Reply-To", "<first@example.com>"),))
    )

    answer = await mailbot(house, "check")

    assert "2 waiting, 1 would open a case, 1 would be acknowledged, 1 would join a" in answer.out
    assert "1 of those who would be acknowledged wrote more than a week ago" in answer.out
    assert "set answer_from in [intake]" in answer.out


async def test_check_says_that_in_shadow_nothing_leaves(house: House) -> None:
    house.deliver(Mail())

    answer = await mailbot(house, "check", MAILBOT_SERVICE__SEND="none")

    assert answer.status == 0
    assert '1 would be acknowledged, but [service] send is "none"' in answer.out


async def test_check_misses_the_key_that_signed_stored_mail(house: House, case: str) -> None:
    house.settings.service.token_key_file.unlink()

    answer = await mailbot(house, "check")

    assert answer.status == 1
    assert "restore it from your backup" in answer.out


async def test_check_answers_scripts_with_one_document(house: House) -> None:
    found = (await mailbot(house, "check", "--json")).document

    assert found["problems"] == []
    assert found["warnings"]
    assert found["configuration"]["imap.password"] == "(set)"


# --- explain ---------------------------------------------------------------


async def test_explain_of_a_file_needs_no_database_and_makes_none(house: House) -> None:
    (house.folder / "first.eml").write_bytes(bytes(Mail()))
    before = files_in(house.folder)

    answer = await mailbot(house, "explain", str(house.folder / "first.eml"))

    assert (answer.status, answer.err) == (0, "")
    assert "There is no database yet: no case is known." in answer.out
    assert "- the acknowledgement to jane@example.com" in answer.out
    assert files_in(house.folder) == before


async def test_explain_of_a_message_id_tells_what_was_decided(house: House, case: str) -> None:
    found = (await mailbot(house, "explain", "<first@example.com>", "--json")).document

    (message,) = found["messages"]
    assert message["then"]["case"] == case
    assert message["then"]["rule"] == "nothing_automatic"
    assert message["differs"] == []


async def test_explain_of_what_is_not_there_says_what_to_do(house: House, case: str) -> None:
    answer = await mailbot(house, "explain", "nobody@example.com")

    assert (answer.status, answer.out) == (1, "")
    assert "there is no file nobody@example.com" in answer.err
    assert "mailbot held list" in answer.err


async def test_only_a_file_can_come_at_another_time(house: House, case: str) -> None:
    answer = await mailbot(house, "explain", "first@example.com", "--at", "2026-11-20T16:45Z")

    assert answer.status == 2


# --- looking ---------------------------------------------------------------


async def test_cases_lists_what_the_contract_names(house: House, case: str) -> None:
    (line,) = (await mailbot(house, "cases", "--json")).document["cases"]

    assert {"reference", "state", "handler", "opened_at", "complainant", "next_due_at"} <= set(line)
    assert (line["reference"], line["state"]) == (case, "open")
    assert (line["handler"], line["complainant"]) == (RHIAN, JANE)
    for at in ("opened_at", "next_due_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", line[at])


async def test_case_shows_one_case_whole_as_the_contract_names_it(house: House, case: str) -> None:
    shown = (await mailbot(house, "case", case.lower(), "--json")).document

    assert shown["reference"] == case
    assert set(shown["complainant"]) >= {"name", "email", "phone"}
    assert shown["handler"]["email"] == RHIAN
    states = {each["promise"]: each["state"] for each in shown["obligations"]}
    assert states == {
        "acknowledge": "met",
        "introduce": "met",
        "agree_contact": "open",
        "adr_rights": "open",
    }
    assert {"promise", "acts_at", "due_at", "state"} <= set(shown["obligations"][0])
    first, *others = shown["messages"]
    assert (first["direction"], first["kind"], first["status"]) == ("in", "person", None)
    assert {each["kind"] for each in others} == {"acknowledgement", "introduction", "assignment"}
    assert {each["status"] for each in others} == {"sent"}
    wanted = {"direction", "at", "kind", "message_id", "status", "evidence", "silence"}
    assert all(wanted <= set(each) for each in shown["messages"])
    assert all({"at", "event", "cause", "reason"} <= set(each) for each in shown["events"])


@pytest.mark.parametrize("columns", ["80", "160"])
async def test_a_case_fits_the_screen_and_is_told_in_words(
    house: House, case: str, columns: str
) -> None:
    answer = await mailbot(house, "case", case, COLUMNS=columns)

    assert max(map(len, answer.out.splitlines())) <= int(columns)
    for words in ("the acknowledgement", "Agreed contact time: still open", "Rhian Price", JANE):
        assert words in answer.out
    assert not re.search(r"\b[a-z]+_[a-z]+\b", answer.out)


async def test_a_case_that_does_not_exist_ends_with_1_and_says_where_to_look(house: House) -> None:
    await house.round()

    answer = await mailbot(house, "case", "ISS-999999-99")

    assert (answer.status, answer.out) == (1, "")
    assert "mailbot cases --all" in answer.err


async def test_what_a_stranger_wrote_cannot_steer_the_terminal(house: House) -> None:
    headers = (("List-Id", "<news.example.com>"),)
    await house.take_in(Mail(subject="=?utf-8?q?=1B]0;owned=07?=", headers=headers))

    answer = await mailbot(house, "held", "list")

    assert "owned" in answer.out
    assert "\x1b" not in answer.out


@pytest.mark.parametrize(
    ("words", "nothing"),
    [
        (("cases",), {"cases": []}),
        (("held", "list"), {"held": []}),
        (("outbox", "list"), {"outbox": []}),
    ],
)
async def test_asking_where_there_is_no_database_makes_none(
    house: House, words: tuple[str, ...], nothing: object
) -> None:
    answer = await mailbot(house, *words, "--json")

    assert (answer.status, json.loads(answer.out)) == (0, nothing)
    assert "there is no database" in answer.err
    assert files_in(house.folder) == {}


@pytest.mark.parametrize(
    "words", [("case", "ISS-000001-95"), ("held", "show", "1"), ("held", "retry", "1"),
              ("outbox", "retry", "1")]
)  # fmt: skip
async def test_what_is_not_there_ends_with_1(house: House, words: tuple[str, ...]) -> None:
    assert (await mailbot(house, *words)).status == 1


# --- held mail and the outbox ----------------------------------------------


async def test_held_mail_is_listed_shown_and_exported_as_it_came(house: House) -> None:
    await house.take_in(NO_HEADER)

    (line,) = (await mailbot(house, "held", "list", "--json")).document["held"]
    process = await started(house, "held", "export", str(line["id"]))
    octets, _ = await process.communicate()
    shown = await mailbot(house, "held", "show", str(line["id"]))

    assert {"id", "at", "reason", "attempts"} <= set(line)
    assert octets == NO_HEADER
    assert f"mailbot held release {line['id']}" in shown.out


async def test_a_number_beyond_every_database_is_answered_in_words(house: House, case: str) -> None:
    for words, said in (
        (("held", "show", "9" * 22), "nothing is held under"),
        (("outbox", "retry", "9" * 22), "cannot be sent again"),
        (("do", f"#release {'9' * 22}"), "write the number that mailbot held list shows"),
    ):
        answer = await mailbot(house, *words)

        assert (answer.status, said in answer.err) == (1, True), answer
        assert "Traceback" not in answer.err


async def test_a_list_mail_is_released_with_its_own_time_of_receipt(house: House) -> None:
    await house.take_in(Mail(headers=(("List-Id", "<users.example.org>"),)))
    released = await mailbot(house, "held", "release", "1", "--json")

    assert released.document["case"] == "ISS-000001-95"
    assert (await mailbot(house, "held", "release", "1")).status == 1
    assert (await mailbot(house, "held", "list", "--json")).document == {"held": []}


async def test_what_is_rejected_is_held_no_more_and_its_octets_stay(house: House) -> None:
    await house.take_in(Mail(headers=(("List-Id", "<users.example.org>"),)))

    assert (await mailbot(house, "do", "#reject 1")).status == 0
    assert (await mailbot(house, "held", "list", "--json")).document == {"held": []}
    assert "No internet" in (await mailbot(house, "held", "export", "1")).out


async def test_a_message_that_names_no_case_says_how_to_name_one(house: House) -> None:
    await house.take_in(NO_HEADER)
    refused = await mailbot(house, "held", "release", "1")

    assert refused.status == 1
    assert "still held" in refused.err or "--case" in refused.err


async def test_held_mail_that_still_cannot_be_read_stays_held(house: House) -> None:
    await house.take_in(NO_HEADER)

    answer = await mailbot(house, "held", "retry", "1")

    assert answer.status == 1
    assert "still held" in answer.err
    assert (await house.row(HeldRow)).resolved_at is None


async def test_a_letter_that_was_put_off_is_listed_and_can_be_sent_at_once(house: House) -> None:
    house.sink.answer("RCPT", "451 4.7.1 later", recipient=JANE)
    await house.take_in(Mail())
    house.sink.behave()

    waiting = (await mailbot(house, "outbox", "list", "--json")).document["outbox"]
    for each in waiting:
        assert (await mailbot(house, "outbox", "retry", str(each["id"]))).status == 0
    house.clock.at = datetime.now(UTC)
    await house.round()

    wanted = {"id", "case", "template", "status", "attempts", "next_attempt_at"}
    assert all(wanted <= set(each) for each in waiting)
    assert {each["status"] for each in waiting} == {"deferred"}
    assert {template_of(each) for each in house.sink.to(JANE)} == TO_CUSTOMERS
    assert (await mailbot(house, "outbox", "list", "--json")).document["outbox"] == []


async def test_a_letter_that_was_sent_is_not_sent_again(house: House, case: str) -> None:
    answer = await mailbot(house, "outbox", "retry", "1")

    assert answer.status == 1
    assert "cannot be sent again" in answer.err


async def test_an_uncertain_letter_is_settled_by_an_operators_word(house: House) -> None:
    house.sink.cut("in-data", recipient=JANE)
    await house.take_in(Mail())
    house.sink.behave()

    waiting = (await mailbot(house, "outbox", "list", "--json")).document["outbox"]
    assert {each["status"] for each in waiting} == {"uncertain"}
    for each, word in zip(waiting, ("sent", "failed"), strict=True):
        answer = await mailbot(
            house, "outbox", "resolve", str(each["id"]), word, "--reason", "the relay's log"
        )
        assert answer.status == 0
        again = await mailbot(house, "outbox", "resolve", str(each["id"]), word)
        assert again.status == 1
        assert "that cannot be said" in again.err

    assert {each.status for each in await house.rows(OutboxRow, recipient=JANE)} == {
        "sent",
        "refused",
    }


async def test_a_copied_database_sends_nothing_until_resume(house: House, case: str) -> None:
    house.more["MAILBOT_SMTP__CONNECTIONS"] = "1"
    house.deliver(Mail(message_id="second@example.com", text="Another complaint."))
    async with database(house.url):
        row = await ControlRow.get(name="home")
        row.value = row.value.replace("@127.0.0.1", "@imap.example.net")
        await row.save()
    before = len(house.sink.received)

    assert await house.round()
    assert len(house.sink.received) == before
    assert [line["level"] for line in house.logged("copy_noticed")] == ["error"]
    assert "it is a copy" in (await mailbot(house, "check")).out

    assert "at home here" in (await mailbot(house, "resume")).out
    assert await house.round()
    assert len(house.sink.received) == before + 3


# --- pause and resume ------------------------------------------------------


async def test_paused_mail_to_customers_stays_queued_until_it_is_resumed(house: House) -> None:
    assert (await mailbot(house, "pause", "--reason", "wrong template")).status == 0
    await house.take_in(Mail())
    paused = [template_of(each) for each in house.sink.received]
    assert (await mailbot(house, "resume")).status == 0
    await house.round()

    assert paused == ["assignment"]
    assert {template_of(each) for each in house.sink.to(JANE)} == TO_CUSTOMERS
    said = [(each.event, each.about) for each in await house.rows(EventRow, case_id=None)]
    assert said == [("mail_paused", "wrong template"), ("mail_resumed", "")]


async def test_pause_all_stops_mail_to_staff_as_well(house: House) -> None:
    await mailbot(house, "pause", "--all")

    assert await house.take_in(Mail()) == []
    statuses = {each.status for each in await house.rows(OutboxRow)}
    assert statuses == {Status.QUEUED}


# --- the worker ------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [("nonsense",), ("run", "--twice"), ("case",), ("held", "show", "one"), ("held",)]
)
def test_wrong_usage_ends_with_2(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        app(words)

    assert ended.value.code == 2


async def test_a_round_of_the_command_line_takes_in_answers_and_ends_with_0(house: House) -> None:
    house.deliver(Mail())

    answer = await mailbot(house, "run", "--once")

    assert (answer.status, answer.err) == (0, "")
    assert {template_of(each) for each in house.sink.to(JANE)} == TO_CUSTOMERS
    assert (house.mailbox.count(), house.mailbox.count("Processed")) == (0, 1)
    assert [json.loads(line)["event"] for line in answer.out.splitlines()][-1] == "round_completed"


async def test_with_imap_down_due_letters_still_go_and_the_round_ends_with_1(house: House) -> None:
    house.more["MAILBOT_SMTP__PORT"] = str(free_port())
    house.deliver(Mail())
    assert not await house.round()
    del house.more["MAILBOT_SMTP__PORT"]

    answer = await mailbot(house, "run", "--once", MAILBOT_IMAP__PORT=str(free_port()))

    assert (answer.status, answer.err) == (1, "")
    assert {template_of(each) for each in house.sink.to(JANE)} == TO_CUSTOMERS
    failed = [line for line in map(json.loads, answer.out.splitlines()) if line["level"] == "error"]
    assert [line["part"] for line in failed] == ["imap"]


async def test_with_smtp_down_mail_is_still_recorded_and_the_round_ends_with_1(
    house: House,
) -> None:
    house.deliver(Mail())

    answer = await mailbot(house, "run", "--once", MAILBOT_SMTP__PORT=str(free_port()))

    assert answer.status == 1
    assert house.mailbox.count("Processed") == 1
    assert {(each.status, each.attempts) for each in await house.rows(OutboxRow)} == {("queued", 0)}


async def test_an_unusable_configuration_ends_with_1_and_an_alarm(house: House) -> None:
    answer = await mailbot(house, "run", "--once", MAILBOT_IMAP__PORT="993x")

    assert answer.status == 1
    assert "MAILBOT_IMAP__PORT: expected a whole number" in answer.err
    assert [json.loads(line)["event"] for line in answer.out.splitlines()] == ["start_failed"]


async def test_an_unusable_configuration_says_only_what_to_mend(house: House) -> None:
    answer = await mailbot(house, "cases", "--json", MAILBOT_IMAP__PORT="993x")

    assert (answer.status, answer.out) == (1, "")
    assert all(line.startswith("mailbot: ") for line in answer.err.splitlines())


async def test_a_worker_at_rest_stops_at_once_and_cleanly_when_told(house: House) -> None:
    async with worker(house) as process:
        house.deliver(Mail())
        await line_of(process, "letter_sent")
        began = asyncio.get_running_loop().time()
        process.send_signal(signal.SIGTERM)
        await line_of(process, "stopped")
        _, err = await asyncio.wait_for(process.communicate(), SECONDS)

    assert (process.returncode, err) == (0, b"")
    # "Within a second", and some for a machine that does other things as well.
    assert asyncio.get_running_loop().time() - began < 5


async def test_commands_work_beside_a_running_worker(house: House) -> None:
    async with worker(house) as process:
        await line_of(process, "started")
        assert (await mailbot(house, "pause")).status == 0
        house.deliver(Mail())
        reference = (await line_of(process, "message_recorded"))["case"]
        listed = (await mailbot(house, "cases", "--json")).document["cases"]
        queued = (await mailbot(house, "outbox", "list", "--json")).document["outbox"]
        assert (await mailbot(house, "resume")).status == 0
        sent = [(await line_of(process, "letter_sent"))["template"] for _ in range(2)]

    assert [each["reference"] for each in listed] == [reference]
    assert {each["template"] for each in queued} >= TO_CUSTOMERS
    assert TO_CUSTOMERS & set(sent)


async def test_a_worker_outlives_a_restart_of_the_mail_server(
    tmp_path: Path, own_dovecot: Dovecot, sink: SmtpSink
) -> None:
    house = House(tmp_path, own_dovecot.mailbox(), sink, clock=Clock(datetime.now(UTC)))
    async with worker(house) as process:
        house.deliver(Mail())
        await line_of(process, "letter_sent")
        own_dovecot.stop()
        failed = await line_of(process, "part_failed")
        own_dovecot.start()
        await line_of(process, "part_recovered")
        house.deliver(Mail(message_id="second@example.com", sender="max@example.com"))
        await line_of(process, "message_recorded")

    assert (failed["part"], failed["level"]) == ("imap", "error")


def test_the_folder_of_the_configuration_may_stand_behind_the_command(tmp_path: Path) -> None:
    for words in (["--config", str(tmp_path), "cases"], ["cases", f"--config={tmp_path}"]):
        found = subprocess.run(
            [sys.executable, "-m", "mailbot", *words], capture_output=True, text=True, check=False
        )

        assert found.returncode == 1
        assert "mailbot.toml" in found.stderr


# --- saying ------------------------------------------------------------------------


async def test_a_command_on_a_case_is_carried_out_with_the_operators_name(house: House) -> None:
    reference = await a_case_in(house)
    done = await mailbot(house, "case", reference.lower(), "do", "#outcome", body="Mended.\n")

    assert (done.status, done.err) == (0, "")
    assert done.out == "The outcome goes to the customer, who is asked to confirm it.\n"
    document = (await mailbot(house, "case", reference, "--json")).document
    assert document["state"] == "awaiting_confirmation"
    (event,) = [each for each in document["events"] if each["event"] == "outcome_sent"]
    assert event["cause"] == f"command by {getpass.getuser()}"
    assert event["about"] == "Mended."


async def test_a_command_that_is_refused_says_what_to_write_and_changes_nothing(
    house: House,
) -> None:
    reference = await a_case_in(house)
    refused = await mailbot(house, "case", reference, "do", "#contact soon\n#outcome Mended.")

    assert (refused.status, refused.out) == (1, "")
    assert "#contact" in refused.err
    document = (await mailbot(house, "case", reference, "--json")).document
    assert document["state"] == "open"


async def test_a_complaint_by_telephone_is_entered_from_stdin(house: House) -> None:
    await a_case_in(house)
    body = (
        "channel: telephone\nreceived: 19/11/2026 14:15\nname: Bron Rees\nphone: 01495 1\n\nDead."
    )
    opened = await mailbot(house, "do", "#open", body=body)

    assert (opened.status, opened.err) == (0, "")
    assert opened.out.startswith("ISS-000002-92 is open, with ")
    document = (await mailbot(house, "case", "ISS-000002-92", "--json")).document
    assert document["by_post"]
    assert document["received_at"] == "2026-11-19T14:15:00Z"
    assert document["to_post"] == ["acknowledgement", "introduction"]


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("#note x", "only #open, #away, #help and"),
        ("#open", "channel: is missing"),
        ("#frobnicate", "no command"),
    ],
)
async def test_what_cannot_be_said_without_a_case_is_refused(
    house: House, command: str, why: str
) -> None:
    await a_case_in(house)
    refused = await mailbot(house, "do", command)

    assert (refused.status, refused.out) == (1, "")
    assert why in refused.err


async def test_a_recalculation_shows_and_records_only_what_it_is_asked_to(house: House) -> None:
    reference = await a_case_in(house)
    before = (await mailbot(house, "case", reference, "--json")).document["obligations"]
    dry = (await mailbot(house, "recalc", reference, "--dry-run", "--json")).document

    assert dry["recorded"] is False
    assert not any(each["moves"] for each in dry["obligations"])
    assert {each["promise"] for each in dry["obligations"]} >= {"agree_contact", "adr_rights"}
    assert (await mailbot(house, "recalc", reference)).status == 0
    assert (await mailbot(house, "case", reference, "--json")).document["obligations"] == before
    assert (await mailbot(house, "recalc", "ISS-000009-71", "--dry-run")).status == 1


async def test_a_day_off_that_is_announced_late_is_named_and_moves_what_somebody_says(
    house: House,
) -> None:
    reference = await a_case_in(house)
    stored = (await mailbot(house, "case", reference, "--json")).document["obligations"]
    [due] = [each["due_at"][:10] for each in stored if each["promise"] == "agree_contact"]
    house.rewrite("code.toml", "extra_holidays = []", f"extra_holidays = [{due}]")
    named = "1 open promise falls on a day off"
    assert named in (await mailbot(house, "check")).out
    dry = (await mailbot(house, "recalc", "--all", "--dry-run", "--json")).document

    assert dry["recorded"] is False
    [case] = dry["cases"]
    moving = [each["promise"] for each in case["obligations"] if each["moves"]]
    assert (case["reference"], moving) == (reference, ["agree_contact"])
    assert named in (await mailbot(house, "check")).out
    assert "1 date to move" in (await mailbot(house, "recalc", "--all")).out
    assert named not in (await mailbot(house, "check")).out


async def test_an_agreed_time_on_a_day_off_is_named_with_its_case_for_no_rule_moves_it(
    house: House,
) -> None:
    reference = await a_case_in(house)
    stored = (await mailbot(house, "case", reference, "--json")).document["obligations"]
    [due] = [each["due_at"][:10] for each in stored if each["promise"] == "agree_contact"]
    ordered = f"#contact {due} 14:00"
    assert (await mailbot(house, "case", reference, "do", ordered)).status == 0
    house.rewrite("code.toml", "extra_holidays = []", f"extra_holidays = [{due}]")

    warned = (await mailbot(house, "check")).out

    assert "0 dates to move" in (await mailbot(house, "recalc", "--all", "--dry-run")).out
    assert "mailbot recalc" not in warned
    assert f"1 time agreed with a customer on what is a day off by now ({reference})" in warned


@pytest.mark.parametrize("arguments", [[], ["ISS-000001-95", "--all"]])
async def test_a_recalculation_is_of_one_case_or_of_all(house: House, arguments: list[str]) -> None:
    await a_case_in(house)

    assert (await mailbot(house, "recalc", *arguments)).status == 2


async def test_a_clock_that_was_doubted_is_told_and_let_go_on_by_a_word(house: House) -> None:
    await a_case_in(house)

    said = await mailbot(house, "resume", "--clock")
    assert (said.status, said.out.startswith("resumed: the clock is right at ")) == (0, True)
    assert "mailbot resume --clock" not in (await mailbot(house, "check")).out


async def a_case_in(house: House) -> str:
    """
    The reference of a case that has just been opened.
    """
    lay(house.folder)
    await house.take_in(Mail())
    return "ISS-000001-95"


# --- the whole database ------------------------------------------------------


async def test_a_backup_made_beside_a_worker_is_put_back_into_an_empty_place(
    house: House, case: str, tmp_path: Path
) -> None:
    vault = tmp_path / "vault"
    async with worker(house) as process:
        await line_of(process, "started")
        made = await mailbot(house, "backup", str(vault), "--json")
    assert made.status == 0
    assert made.document["rows"]["case"] == 1
    again = await mailbot(house, "restore", str(vault))
    assert (again.status, again.out) == (1, "")
    assert "move it away" in again.err

    for each in [*house.folder.glob("mailbot.sqlite3*"), house.folder / "token.key"]:
        each.unlink()
    assert (await mailbot(house, "backup", str(vault))).status == 1
    restored = await mailbot(house, "restore", str(vault))

    assert (restored.status, restored.err) == (0, "")
    assert made.document["folder"] in restored.out
    assert (await mailbot(house, "cases", "--json")).document["cases"][0]["reference"] == case


async def test_a_file_that_was_moved_says_where_it_went(
    house: House, case: str, postgres_url: str
) -> None:
    moved = await mailbot(house, "move", postgres_url)
    assert (moved.status, moved.err) == (0, "")
    started_again = await mailbot(house, "run", "--once")
    assert started_again.status == 1
    assert "was moved to" in started_again.err
    assert "postgres:postgres" not in started_again.err + moved.out
    assert (await mailbot(house, "move", "sqlite://other.sqlite3")).status == 1

    house.more["MAILBOT_DATABASE__URL"] = postgres_url
    assert (await mailbot(house, "run", "--once")).status == 0
    assert (await mailbot(house, "cases", "--json")).document["cases"][0]["reference"] == case
    assert (await mailbot(house, "move", postgres_url)).status == 1
