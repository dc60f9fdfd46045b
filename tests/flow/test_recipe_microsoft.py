"""
The README's recipe for Microsoft 365, done step by step against a tenant: after each step
`mailbot check` names the next one, and whatever can be got wrong has a sentence of its own.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailbot import rounds
from mailbot.cli.check.trying import Report, check
from mailbot.service import source, tokens
from mailbot.transport.mailbox import ImapFault
from mailbot.workers.channels import ChannelClosed
from tests import recipes
from tests.flow.house import SERVICE, House, Mail, templates
from tests.servers.exchange import Exchange
from tests.servers.migrated import lay
from tests.servers.smtp import SmtpSink
from tests.servers.tenant import CLIENT, DEFAULT, PRINCIPAL, REGISTRATION, TENANT, State, Tenant

#: What helps nobody who has no password, or is told to a reader who should not have it.
NEVER_SAID = ("username and password", "eyJ", SERVICE)


@dataclass
class Firm:
    """
    A firm that moves its mailbox to mailbot, with an administrator who does as told.
    """

    house: House
    tenant: Tenant
    exchange: Exchange
    sink: SmtpSink
    secret_file: Path

    @property
    def state(self) -> State:
        return self.tenant.state

    def paste(self, secret: str) -> None:
        self.secret_file.write_text(secret + "\n")

    def set(self, **keys: str) -> None:
        self.house.more |= {f"MAILBOT_{key.upper()}": value for key, value in keys.items()}

    async def report(self) -> Report:
        report = await check(self.house.config, self.house.process_environ)
        for each in (*report.problems, *report.warnings, *report.facts):
            assert not any(word in each for word in (*NEVER_SAID, self.state.secret)), each
        return report

    async def problems(self) -> list[str]:
        return (await self.report()).problems


@pytest.fixture
def firm(tmp_path: Path, sink: SmtpSink) -> Iterator[Firm]:
    lay(tmp_path)
    secret_file = tmp_path / "client.secret"
    with Tenant(SERVICE) as tenant, Exchange(lambda _: False) as exchange:
        tenant.serve(exchange, sink)
        house = House(tmp_path, exchange, sink)  # type: ignore[arg-type]
        # Every key that the recipe sets; the addresses are those of this machine.
        house.more = {
            "MAILBOT_IMAP__AUTH": "oauth2",
            "MAILBOT_SMTP__AUTH": "oauth2",
            "MAILBOT_IMAP__USERNAME": SERVICE,
            "MAILBOT_SMTP__USERNAME": SERVICE,
            "MAILBOT_OAUTH2__FLOW": "client_credentials",
            "MAILBOT_OAUTH2__TOKEN_URL": tenant.url,
            "MAILBOT_OAUTH2__CLIENT_ID": CLIENT,
            "MAILBOT_OAUTH2__CLIENT_SECRET_FILE": str(secret_file),
            "MAILBOT_OAUTH2__SCOPES": f'["{DEFAULT}"]',
        }
        firm = Firm(house, tenant, exchange, sink, secret_file)
        firm.paste(tenant.state.secret)
        yield firm


async def test_each_step_of_the_recipe_is_asked_for_until_mail_goes_both_ways(firm: Firm) -> None:
    state = firm.state
    state.is_registered, state.consented = False, set()
    state.in_exchange = state.permitted = ""
    state.is_smtp_on_for_mailbox = False
    firm.secret_file.unlink()

    [told] = await firm.problems()
    assert "oauth2.client_secret_file: cannot read" in told
    assert told.endswith("(No such file or directory): put it there")

    firm.paste(state.secret)
    [told] = await firm.problems()
    assert "(unauthorized_client, AADSTS700016): the tenant has no app of that id" in told
    assert "check [oauth2] client_id" in told

    state.is_registered = True
    about_smtp, about_imap = await firm.problems()
    # Exchange looks at its switch first, and says so.
    assert "authenticated SMTP is switched off for this mailbox (535 5.7.139)" in about_smtp
    assert "Set-CASMailbox -SmtpClientAuthenticationDisabled $false" in about_smtp
    assert "the token lacks IMAP.AccessAsApp" in about_imap
    assert '"Office 365 Exchange Online"' in about_imap
    assert "admin consent" in about_imap

    state.is_smtp_on_for_mailbox = True
    about_smtp, about_imap = await firm.problems()
    assert "the token lacks SMTP.SendAsApp" in about_smtp
    assert "the token lacks IMAP.AccessAsApp" in about_imap

    state.consented = {"IMAP.AccessAsApp", "SMTP.SendAsApp"}
    for told in await firm.problems():
        assert f"the object id from Enterprise applications: {PRINCIPAL}, not the one" in told

    state.in_exchange = PRINCIPAL
    [about_imap] = await firm.problems()
    assert "logged in, but no right to this mailbox" in about_imap
    assert "Add-MailboxPermission" in about_imap

    state.permitted = PRINCIPAL
    report = await firm.report()
    assert report.problems == []
    assert "oauth2: a token by client credentials, valid for 60 min" in report.facts
    assert any(each.startswith("smtp: logged in") for each in report.facts)
    assert "imap: logged in" in report.facts

    firm.exchange.deliver(bytes(Mail()))
    assert await firm.house.round()
    assert templates(firm.sink.received)[0] == "acknowledgement"


def wrong(name: str, value: object) -> Callable[[Firm], None]:
    """
    That one thing of the tenant is not as it should be.
    """

    def do(firm: Firm) -> None:
        assert hasattr(firm.state, name)
        setattr(firm.state, name, value)

    do.__name__ = name
    return do


def secret_id_pasted(firm: Firm) -> None:
    firm.paste(firm.state.secret_id)


def another_tenant(firm: Firm) -> None:
    firm.set(oauth2__token_url=firm.tenant.url_of("infinity.example"))


def a_permission_for_a_scope(firm: Firm) -> None:
    firm.set(oauth2__scopes='["https://outlook.office365.com/IMAP.AccessAsApp"]')


def id_of_the_secret_as_client(firm: Firm) -> None:
    firm.set(oauth2__client_id=firm.state.secret_id)


#: What a person did, what stands in the one sentence, and what the other protocol says.
MISTAKES: list[tuple[Callable[[Firm], None], tuple[str, ...]]] = [
    (secret_id_pasted, ("AADSTS7000215", "the client secret is wrong", "not its Secret ID")),
    (wrong("is_secret_expired", True),
     ("AADSTS7000222", "has expired", "Certificates & secrets", "secret_expires_on")),
    (a_permission_for_a_scope,
     ("AADSTS1002012", "one scope", 'scopes = ["https://outlook.office365.com/.default"]')),
    (another_tenant, ("AADSTS90002", "no such tenant", "Directory (tenant) ID")),
    (id_of_the_secret_as_client, ("AADSTS700016", "no app of that id", "client_id")),
    (wrong("is_blocked_by_policy", True), ("AADSTS53003", "Conditional Access", "exempt")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("mistake", "told"), MISTAKES, ids=lambda each: getattr(each, "__name__", "")
)
async def test_a_mistake_at_the_login_endpoint_is_one_sentence_and_no_server_is_asked(
    firm: Firm, mistake: Callable[[Firm], None], told: tuple[str, ...]
) -> None:
    mistake(firm)

    [problem] = await firm.problems()

    assert problem.startswith("oauth2: ")
    assert all(each in problem for each in told), problem
    assert firm.exchange.logins == firm.sink.logins == []
    await _same_in_the_log(firm, {"imap", "smtp"}, told)


#: What a person did, which protocol lacks something by it, and what it is told with.
ONE_PROTOCOL: list[tuple[Callable[[Firm], None], str, tuple[str, ...]]] = [
    (wrong("consented", {"SMTP.SendAsApp"}), "imap",
     ("the token lacks IMAP.AccessAsApp", "application permission", "grant admin consent")),
    (wrong("consented", {"IMAP.AccessAsApp"}), "smtp",
     ("the token lacks SMTP.SendAsApp", "application permission", "grant admin consent")),
    (wrong("is_imap_on", False), "imap",
     ("IMAP is on for it", "Set-CASMailbox -ImapEnabled $true")),
    (wrong("is_smtp_on_for_mailbox", False), "smtp",
     ("switched off for this mailbox", "Set-CASMailbox -SmtpClientAuthenticationDisabled $false")),
    (wrong("is_smtp_on_for_tenant", False), "smtp",
     ("switched off for the whole tenant", "goes before the tenant's setting")),
    (wrong("has_security_defaults", True), "smtp",
     ("security defaults of the tenant forbid", "switch security defaults off")),
    (lambda firm: firm.set(imap__username="shared"), "imap",
     ("the login with an access token was refused", "[imap] username is the mailbox's own")),
    (wrong("permitted", ""), "imap",
     ("logged in, but no right", "Add-MailboxPermission", PRINCIPAL)),
    (wrong("permitted", REGISTRATION), "imap",
     ("logged in, but no right", "not the one from App registrations", PRINCIPAL)),
]  # fmt: skip


@pytest.mark.parametrize(("mistake", "protocol", "told"), ONE_PROTOCOL)
async def test_what_one_protocol_lacks_is_told_of_that_one_and_the_other_is_logged_in(
    firm: Firm, mistake: Callable[[Firm], None], protocol: str, told: tuple[str, ...]
) -> None:
    mistake(firm)

    report = await firm.report()

    [problem] = report.problems
    assert problem.startswith(f"{protocol.upper()} 127.0.0.1:")
    assert all(each in problem for each in told), problem
    other = {"imap": "smtp", "smtp": "imap"}[protocol]
    assert any(each.startswith(f"{other}: logged in") for each in report.facts)
    await _same_in_the_log(firm, {protocol}, told)


BOTH: list[tuple[Callable[[Firm], None], tuple[str, ...]]] = [
    (wrong("in_exchange", ""), ("New-ServicePrincipal", PRINCIPAL)),
    (wrong("in_exchange", REGISTRATION), (PRINCIPAL, "not the one from App registrations")),
    (wrong("mailbox", "another@example.net"), ("username is the mailbox's own address",)),
]


@pytest.mark.parametrize(("mistake", "told"), BOTH)
async def test_a_mailbox_that_the_app_may_not_open_is_told_with_the_right_object_id(
    firm: Firm, mistake: Callable[[Firm], None], told: tuple[str, ...]
) -> None:
    mistake(firm)

    about_smtp, about_imap = await firm.problems()

    for problem in (about_smtp, about_imap):
        assert all(each in problem for each in told), problem
        assert REGISTRATION not in problem
    await _same_in_the_log(firm, {"imap", "smtp"}, told)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"oauth2__scopes": '["https://graph.microsoft.com/.default"]'}, "a token for Graph opens no"),
        ({"oauth2__scopes": "[]"}, "oauth2.scopes: is needed"),
        ({"oauth2__client_id": ""}, "the Application (client) ID"),
        ({"oauth2__flow": ""}, "oauth2.flow: is needed"),
        ({"oauth2__token_url": ""}, "oauth2.token_url: is needed"),
        ({"oauth2__token_url": "https://login.microsoftonline.com/common/oauth2/v2.0/token"},
         "the Directory (tenant) ID in the place of common"),
        ({"oauth2__token_url": f"https://login.microsoftonline.com/{TENANT}/oauth2/token"},
         "it ends in /oauth2/v2.0/token"),
        ({"oauth2__secret_expires_on": "31.01.2027"}, "expected a date such as 2027-01-31"),
        ({"smtp__username": ""}, "smtp.username: is needed"),
    ],
)  # fmt: skip
async def test_what_the_file_itself_shows_is_told_before_anybody_is_asked(
    firm: Firm, keys: dict[str, str], told: str
) -> None:
    firm.set(**keys)

    [problem] = await firm.problems()

    assert told in problem
    assert firm.tenant.requests == []


async def test_a_certificate_proves_who_asks_and_one_that_was_not_uploaded_is_named(
    firm: Firm, tmp_path: Path
) -> None:
    both = a_certificate(tmp_path)
    firm.set(oauth2__client_secret_file="", oauth2__certificate_file=str(both))

    [problem] = await firm.problems()
    assert "AADSTS700027" in problem
    assert "upload the certificate of certificate_file" in problem

    firm.state.certificate = (tmp_path / "mailbot.crt").read_bytes()
    assert await firm.problems() == []

    both.write_text((tmp_path / "mailbot.crt").read_text())
    [problem] = await firm.problems()
    assert "there is no private key" in problem

    both.write_text((tmp_path / "mailbot.key").read_text())
    [problem] = await firm.problems()
    assert "there is no certificate in" in problem


PERSONS_SCOPES = (
    "https://outlook.office.com/IMAP.AccessAsUser.All",
    "https://outlook.office.com/SMTP.Send",
    "offline_access",
)


@pytest.fixture
def person(firm: Firm, tmp_path: Path) -> Firm:
    """
    The recipe's second way: let in by a person, as a public client.
    """
    (tmp_path / "refresh.token").write_text("refresh-0")
    firm.set(
        oauth2__flow="refresh_token",
        oauth2__client_secret_file="",
        oauth2__refresh_token_file=str(tmp_path / "refresh.token"),
        oauth2__scopes=json.dumps(PERSONS_SCOPES),
    )
    return firm


async def test_a_person_who_let_mailbot_in_is_enough_for_both_servers(person: Firm) -> None:
    report = await person.report()

    assert report.problems == []
    assert recipes.lines_of_check("Microsoft 365")[-1] in [f"ok: {each}" for each in report.facts]


@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        (wrong("takes_public_clients", False),
         ("AADSTS7000218", 'set "Allow public client flows" to Yes under Authentication')),
        (wrong("is_blocked_by_policy", True), ("AADSTS53003", "Conditional Access")),
        (lambda firm: firm.tenant.refresh_tokens.clear(),
         ("AADSTS70000", "the refresh token is void", "`mailbot login`")),
    ],
)  # fmt: skip
async def test_a_persons_login_that_has_ended_is_one_sentence(
    person: Firm, mistake: Callable[[Firm], None], told: tuple[str, ...]
) -> None:
    mistake(person)

    [problem] = await person.problems()

    assert problem.startswith("oauth2: ")
    assert all(each in problem for each in told), problem
    await _same_in_the_log(person, {"imap", "smtp"}, told)


@pytest.mark.parametrize(("left_out", "protocol"), [(0, "imap"), (1, "smtp")])
async def test_a_scope_that_was_left_out_is_told_of_its_protocol(
    person: Firm, left_out: int, protocol: str
) -> None:
    scopes = [each for each in PERSONS_SCOPES if each != PERSONS_SCOPES[left_out]]
    person.set(oauth2__scopes=json.dumps(scopes))

    [problem] = await person.problems()

    assert problem.startswith(protocol.upper())
    lacking = PERSONS_SCOPES[left_out].rpartition("/")[2]
    assert f"the token lacks {lacking}: add it to [oauth2] scopes" in problem
    assert "`mailbot login`" in problem


async def test_a_shared_mailbox_that_the_person_may_not_open_is_told_as_that(person: Firm) -> None:
    person.state.mailbox = "another@example.net"

    for problem in await person.problems():
        assert "whoever let mailbot in needs Full Access to a shared mailbox" in problem
        assert "New-ServicePrincipal" not in problem


async def test_a_letter_that_exchange_refuses_for_want_of_a_right_is_an_alarm(firm: Firm) -> None:
    firm.exchange.deliver(bytes(Mail()))
    firm.state.permitted = ""
    async with firm.house.open() as running:
        # The mailbox was open when the right was taken away.
        firm.exchange.takes = lambda _: True
        while await running.intake.step():
            pass
        with pytest.raises(ChannelClosed):
            await running.delivery.step()

    [alarm, *_] = firm.house.logged("delivery_refused_for_us")
    assert "430 4.2.0: about us" in str(alarm["reason"])
    assert "Add-MailboxPermission" in str(alarm["reason"])
    assert "MapiException" not in str(alarm["reason"])


async def test_a_server_that_throttles_is_left_alone_for_as_long_as_it_asks(firm: Firm) -> None:
    def no(_: str) -> bool:
        firm.exchange.refusal = (
            "BAD Request is throttled. Suggested Backoff Time: 299910 milliseconds"
        )
        return False

    firm.exchange.takes = no
    by = tokens(firm.house.settings)
    edge = source(firm.house.settings, by)
    with pytest.raises(ImapFault) as told:
        await edge.reach()
    await edge.close()

    assert told.value.rest == pytest.approx(299.91)
    assert "the server asks us to slow down, and we do" in str(told.value)
    assert len(firm.exchange.logins) == len(firm.tenant.requests) == 1


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (31, ""),
        (30, "oauth2: the client secret ends in 30 days, on "),
        (1, "oauth2: the client secret ends in 1 day, on "),
        (0, "oauth2: the client secret ends today, on "),
    ],
)
async def test_a_secret_that_ends_soon_is_a_warning(firm: Firm, days: int, told: str) -> None:
    on = datetime.now(ZoneInfo("Europe/London")).date() + timedelta(days=days)
    firm.set(oauth2__secret_expires_on=on.isoformat())

    report = await firm.report()

    assert report.problems == []
    ends = [each for each in report.warnings if each.startswith("oauth2: ")]
    assert len(ends) == bool(told)
    assert all(each.startswith(told) and "make a new one" in each for each in ends)


async def test_a_secret_that_has_ended_explains_why_there_is_no_token(firm: Firm) -> None:
    firm.state.is_secret_expired = True
    firm.set(oauth2__secret_expires_on="2026-01-31")

    ended, no_token = await firm.problems()

    assert ended.startswith("oauth2: the client secret ended on 2026-01-31: make a new one")
    assert "AADSTS7000222" in no_token


async def test_a_secret_that_has_expired_is_an_alarm_once_a_day_until_there_is_a_new_one(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "backoff", lambda _: 0.0)
    firm.state.is_secret_expired = True
    steps = iter(range(13))

    async def rest() -> None:
        running.stop.set()

    async with firm.house.open() as running:

        async def step() -> int:
            firm.house.clock.move(hours=6)
            if next(steps) == 12:
                firm.state.secret, firm.state.is_secret_expired = "another", False
                firm.paste("another")
            return await running.intake.step()

        assert await running.holding.for_a_round()
        await rounds._loop(running, "imap", step, rest)

    told = firm.house.logged("part_failed")
    assert ["AADSTS7000222" in str(line["reason"]) for line in told] == [True] * 3
    assert {line["level"] for line in told} == {"error"}
    assert len(firm.house.logged("part_recovered")) == 1
    # The endpoint is not asked each time for what only a person can mend.
    assert len(firm.tenant.requests) == 2


async def test_the_command_prints_the_lines_of_the_recipe(firm: Firm) -> None:
    firm.sink.size_limit = 157_286_400

    said = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "mailbot", "check", "--json"],
        env={**os.environ, **firm.house.process_environ},
        capture_output=True,
        text=True,
        check=True,
    )

    told = json.loads(said.stdout)
    assert told["problems"] == []
    wanted = recipes.lines_of_check("Microsoft 365")[:3]
    assert set(wanted) <= {f"ok: {each}" for each in told["facts"]}
    assert firm.state.secret not in said.stdout + said.stderr
    assert "eyJ" not in said.stdout + said.stderr


async def _same_in_the_log(firm: Firm, parts: set[str], told: tuple[str, ...]) -> None:
    """
    A round says the same as `check`, for the parts that cannot work.
    """
    assert not await firm.house.round()

    failed = {str(line["part"]): str(line["reason"]) for line in firm.house.logged("part_failed")}
    assert set(failed) == parts
    for reason in failed.values():
        assert all(each in reason for each in told), reason
        assert not any(word in reason for word in (*NEVER_SAID, firm.state.secret))


def a_certificate(folder: Path) -> Path:
    """
    By the recipe's own lines, key and certificate in one file.
    """
    [lines] = [each for each in recipes.blocks("Microsoft 365") if each.startswith("openssl")]
    subprocess.run(["sh", "-ec", lines], cwd=folder, check=True, capture_output=True)
    return folder / "mailbot.pem"
