"""
The README's recipe for Google Workspace against an endpoint that says what Google says: whatever
can be got wrong has a sentence of its own.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailbot.cli.check.trying import Report, check
from tests import recipes
from tests.flow.house import SERVICE, House, Mail, templates
from tests.servers.exchange import Exchange
from tests.servers.google import SCOPE, SECRET, Google, State
from tests.servers.migrated import lay
from tests.servers.smtp import SmtpSink

NEVER_SAID = ("username and password", "ya29", SERVICE, SECRET, "PRIVATE KEY", "refresh-0")


@dataclass
class Firm:
    house: House
    google: Google
    imap: Exchange
    sink: SmtpSink

    @property
    def state(self) -> State:
        return self.google.state

    def set(self, **keys: str) -> None:
        self.house.more |= {f"MAILBOT_{key.upper()}": value for key, value in keys.items()}

    async def report(self) -> Report:
        report = await check(self.house.config, self.house.process_environ)
        for each in (*report.problems, *report.warnings, *report.facts):
            assert not any(word in each for word in NEVER_SAID), each
        return report


@pytest.fixture
def firm(tmp_path: Path, sink: SmtpSink) -> Iterator[Firm]:
    """
    One that logs in as a service account.
    """
    lay(tmp_path)
    with Google(SERVICE) as google, Exchange(lambda _: False) as imap:
        google.serve(imap, sink)
        google.write_key(tmp_path / "google.json")
        house = House(tmp_path, imap, sink)  # type: ignore[arg-type]
        house.more = {
            "MAILBOT_IMAP__AUTH": "oauth2",
            "MAILBOT_SMTP__AUTH": "oauth2",
            "MAILBOT_IMAP__USERNAME": SERVICE,
            "MAILBOT_SMTP__USERNAME": SERVICE,
            "MAILBOT_OAUTH2__FLOW": "service_account",
            "MAILBOT_OAUTH2__TOKEN_URL": google.url,
            "MAILBOT_OAUTH2__KEY_FILE": str(tmp_path / "google.json"),
            "MAILBOT_OAUTH2__SCOPES": f'["{SCOPE}"]',
        }
        yield Firm(house, google, imap, sink)


@pytest.fixture
def person(firm: Firm, tmp_path: Path) -> Firm:
    """
    The same, let in by a person.
    """
    (tmp_path / "client.secret").write_text(SECRET)
    (tmp_path / "refresh.token").write_text("refresh-0")
    firm.set(
        oauth2__flow="refresh_token",
        oauth2__key_file="",
        oauth2__client_id="mailbot.apps.googleusercontent.com",
        oauth2__client_secret_file=str(tmp_path / "client.secret"),
        oauth2__refresh_token_file=str(tmp_path / "refresh.token"),
    )
    return firm


async def test_a_service_account_takes_mail_in_and_answers_it(firm: Firm) -> None:
    firm.imap.deliver(bytes(Mail()))

    assert await firm.house.round()

    assert templates(firm.sink.received)[0] == "acknowledgement"


async def test_the_command_prints_the_lines_of_the_recipe(firm: Firm) -> None:
    firm.sink.size_limit = 35_882_577

    said = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "mailbot", "check"],
        env={**os.environ, **firm.house.process_environ},
        capture_output=True,
        text=True,
        check=True,
    )

    wanted = recipes.lines_of_check("Google Workspace")
    assert len(wanted) == 3
    assert set(wanted) <= set(said.stdout.splitlines())


def wrong(name: str, value: object) -> Callable[[Firm], None]:
    def do(firm: Firm) -> None:
        assert hasattr(firm.state, name)
        setattr(firm.state, name, value)

    return do


SERVICE_ACCOUNT: list[tuple[Callable[[Firm], None], tuple[str, ...]]] = [
    (wrong("delegated", set()),
     ("unauthorized_client", "Domain-wide delegation", "numeric client id", "a day to work")),
    (wrong("delegated", {"https://www.googleapis.com/auth/gmail.readonly"}),
     ("unauthorized_client", "with the scope https://mail.google.com/")),
    (lambda firm: firm.set(oauth2__subject="nobody@infinitysystemsolutions.co.uk"),
     ("invalid_grant", "there is no mailbox of the name", "check [oauth2] subject")),
    (lambda firm: firm.set(oauth2__subject="service@elsewhere.example"),
     ("unauthorized_client", "subject is a mailbox of that firm")),
    (wrong("ahead", 7200), ("the clock of this machine is wrong", "set the clock right")),
    (wrong("ahead", -7200), ("the clock of this machine is wrong", "set the clock right")),
    (wrong("is_key_there", False), ("the key is not one of", "make a new JSON key", "key_file")),
    (wrong("is_account_there", False), ("no such service account", "key_file")),
]  # fmt: skip


@pytest.mark.parametrize(("mistake", "told"), SERVICE_ACCOUNT)
async def test_a_mistake_with_a_service_account_is_one_sentence(
    firm: Firm, mistake: Callable[[Firm], None], told: tuple[str, ...]
) -> None:
    mistake(firm)

    await _only_said(firm, told)


def another_secret(firm: Firm) -> None:
    Path(firm.house.more["MAILBOT_OAUTH2__CLIENT_SECRET_FILE"]).write_text("of another client")


def never_let_in(firm: Firm) -> None:
    Path(firm.house.more["MAILBOT_OAUTH2__REFRESH_TOKEN_FILE"]).unlink()


PERSON: list[tuple[Callable[[Firm], None], tuple[str, ...]]] = [
    (wrong("is_refresh_token_void", True),
     ("revoked", "password was changed", '"Testing", where one lasts for 7 days',
      "user type to Internal", "`mailbot login`")),
    (wrong("is_client_there", False), ("deleted_client", "make a new one")),
    (wrong("is_app_allowed", False), ("administrator does not let this app in", "API controls")),
    (another_secret, ("invalid_client", "check [oauth2] client_id and client_secret_file")),
    (never_let_in, ("there is no refresh token", "let mailbot in once with `mailbot login`")),
]  # fmt: skip


@pytest.mark.parametrize(("mistake", "told"), PERSON)
async def test_a_login_of_a_person_that_has_ended_is_one_sentence(
    person: Firm, mistake: Callable[[Firm], None], told: tuple[str, ...]
) -> None:
    mistake(person)

    await _only_said(person, told)


async def test_imap_that_is_off_is_told_of_imap_alone(firm: Firm) -> None:
    firm.state.is_imap_on = False

    report = await firm.report()

    [problem] = report.problems
    assert "IMAP is switched off for this mailbox" in problem
    assert any(each.startswith("smtp: logged in") for each in report.facts)
    assert not await firm.house.round()
    [line] = firm.house.logged("part_failed")
    assert "IMAP is switched off for this mailbox" in str(line["reason"])


async def test_a_scope_that_opens_no_mailbox_is_told_with_the_one_that_does(firm: Firm) -> None:
    firm.state.delegated.add("https://www.googleapis.com/auth/gmail.readonly")
    firm.set(oauth2__scopes='["https://www.googleapis.com/auth/gmail.readonly"]')

    about_smtp, about_imap = (await firm.report()).problems

    assert "(AUTHENTICATIONFAILED 400)" in about_imap
    assert f'set [oauth2] scopes = ["{SCOPE}"], and enter it under' in about_imap
    assert f'[oauth2] scopes is ["{SCOPE}"]' in about_smtp


async def test_another_mailbox_than_the_tokens_is_told_by_the_keys_that_differ(firm: Firm) -> None:
    firm.set(imap__username="another@infinitysystemsolutions.co.uk", oauth2__subject=SERVICE)

    [problem] = (await firm.report()).problems

    assert "(AUTHENTICATIONFAILED 401)" in problem
    assert "[imap] username and [oauth2] subject are one address" in problem


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("NO [ALERT] Too many simultaneous connections. (Failure)", "no more connections"),
        ("NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)", "slow down"),
        ("NO [WEBALERT https://accounts.google.com/signin] Web login required. (Failure)",
         "log in to the mailbox with a web browser once"),
        ("BAD Request is throttled. Suggested Backoff Time: 299910 milliseconds", "slow down"),
    ],
)  # fmt: skip
async def test_what_is_said_for_now_is_no_fault_of_the_token(
    firm: Firm, said: str, told: str
) -> None:
    def no(_: str) -> bool:
        firm.imap.challenge, firm.imap.refusal = "", said
        return False

    firm.imap.takes = no

    [problem] = (await firm.report()).problems

    assert told in problem
    assert "accounts.google" not in problem
    assert "[oauth2]" not in problem
    assert len(firm.google.requests) == 1


async def _only_said(firm: Firm, told: tuple[str, ...]) -> None:
    """
    One sentence in `check`, the same of both parts in the log, and no server is asked.
    """
    [problem] = (await firm.report()).problems
    assert problem.startswith("oauth2: ")
    assert all(each in problem for each in told), problem

    assert not await firm.house.round()
    failed = {str(line["part"]): str(line["reason"]) for line in firm.house.logged("part_failed")}
    assert set(failed) == {"imap", "smtp"}
    for reason in failed.values():
        assert all(each in reason for each in told), reason
        assert not any(word in reason for word in NEVER_SAID)
    assert firm.imap.logins == firm.sink.logins == []
