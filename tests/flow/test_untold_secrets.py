"""
Whatever goes wrong at an endpoint or a server, no secret, token, key, assertion or code gets into
what `check` prints, into the log, the database, an exception or a repr: each is marked, and looked
for in everything that comes out, in every spelling, while both sides repeat what they were sent.
"""

import asyncio
import base64
import json
import os
import re
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from mailbot.cli.check.command import findings
from mailbot.cli.check.trying import check
from mailbot.service import courier, oauth2_client, source, tokens
from mailbot.settings import effective
from mailbot.store.tables import Content, OutboxRow
from mailbot.transport.mailbox import ImapFault
from mailbot.transport.oauth2.answer import Granted, Reply
from mailbot.transport.oauth2.client import TokenFault
from mailbot.transport.oauth2.tokens import Token
from mailbot.transport.smtp_session import SmtpFault
from tests.flow.house import SERVICE, House, Mail
from tests.servers.exchange import Exchange
from tests.servers.google import Google
from tests.servers.migrated import lay
from tests.servers.smtp import SmtpSink
from tests.servers.tenant import DEFAULT, signed_by_nobody
from tests.servers.token_endpoint import Form, Said, TokenEndpoint

SECRET = "mark-client~secret/of+the=app"
REFRESH = "mark-refresh~token/of+a=person"
ROTATED = "mark-rotated~token/of+a=person"
DEVICE = "mark-device~code/of+a=person"
CODE = "mark-authorization~code/of+a=person"
TOKEN = signed_by_nobody({"aud": "https://outlook.office365.com", "oid": "mark-access-token",
                          "roles": ["IMAP.AccessAsApp", "SMTP.SendAsApp"]})  # fmt: skip

#: Of these every form that is sent has one, and an answer may repeat it.
SENT = ("client_secret", "refresh_token", "client_assertion", "assertion", "code", "code_verifier",
        "device_code")  # fmt: skip


class Talkative(TokenEndpoint):
    """
    An endpoint that repeats what it was sent, and keeps it for whoever looks for it.
    """

    how = "grants"

    def grant(self, form: Form) -> Said:
        repeated = " ".join(form.values())
        match self.how:
            case "grants":
                told = {"access_token": TOKEN, "expires_in": 3600, "refresh_token": ROTATED}
                return Said(200, told)
            case "has no token":
                return Said(200, {"expires_in": 3600, "said": repeated, "refresh_token": ROTATED})
            case "has a token that is none":
                return Said(200, {"access_token": f"{TOKEN}\x01{repeated}", "expires_in": 3600})
            case "is down":
                return Said(503, f"<html>{repeated}</html>".encode())
            case "speaks HTML":
                return Said(200, f"<html>{repeated}</html>".encode())
            case "speaks half of it":
                return Said(200, b'{"access_token": "' + TOKEN.encode())
            case _:
                status, _, error = self.how.partition(" ")
                return Said(int(status), {"error": error, "error_description": repeated})

    @property
    def marks(self) -> set[str]:
        forms = [*self.requests, *(form for _, form in self.others)]
        return {form[key] for form in forms for key in SENT if form.get(key)}


HOWS = ("has no token", "has a token that is none", "is down", "speaks HTML", "speaks half of it",
        "400 invalid_grant", "401 invalid_client", "429 slow_down")  # fmt: skip


@pytest.fixture
def endpoint() -> Iterator[Talkative]:
    with Talkative() as server:
        yield server


@pytest.fixture
def house(tmp_path: Path, endpoint: Talkative, sink: SmtpSink) -> Iterator[House]:
    """
    A firm whose mail servers take the token.
    """
    lay(tmp_path)
    with Exchange(lambda _: True) as exchange:
        sink.takes_token = lambda _: True
        house = House(tmp_path, exchange, sink)  # type: ignore[arg-type]
        secrets = tmp_path / "secrets"
        secrets.mkdir()
        (secrets / "client.secret").write_text(SECRET)
        (secrets / "refresh.token").write_text(REFRESH)
        house.more = {
            "MAILBOT_IMAP__AUTH": "oauth2",
            "MAILBOT_SMTP__AUTH": "oauth2",
            "MAILBOT_IMAP__USERNAME": SERVICE,
            "MAILBOT_SMTP__USERNAME": SERVICE,
            "MAILBOT_OAUTH2__TOKEN_URL": endpoint.url,
            "MAILBOT_OAUTH2__CLIENT_ID": "mailbots-id",
            "MAILBOT_OAUTH2__SCOPES": f'["{DEFAULT}"]',
        }
        yield house


def by_secret(house: House) -> None:
    # In the environment: the configuration in force is shown.
    house.more["MAILBOT_OAUTH2__FLOW"] = "client_credentials"
    house.more["MAILBOT_OAUTH2__CLIENT_SECRET"] = SECRET


def by_certificate(house: House) -> None:
    house.more["MAILBOT_OAUTH2__FLOW"] = "client_credentials"
    subprocess.run(
        [*("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=mailbot"),
         *("-keyout", "mailbot.pem", "-out", "mailbot.crt")],
        cwd=house.folder / "secrets", check=True, capture_output=True,
    )  # fmt: skip
    both = house.folder / "secrets" / "mailbot.pem"
    both.write_text(both.read_text() + both.with_name("mailbot.crt").read_text())
    house.more["MAILBOT_OAUTH2__CERTIFICATE_FILE"] = str(both)


def by_refresh_token(house: House) -> None:
    secrets = house.folder / "secrets"
    house.more["MAILBOT_OAUTH2__FLOW"] = "refresh_token"
    house.more["MAILBOT_OAUTH2__CLIENT_SECRET_FILE"] = str(secrets / "client.secret")
    house.more["MAILBOT_OAUTH2__REFRESH_TOKEN_FILE"] = str(secrets / "refresh.token")


def by_service_account(house: House) -> None:
    house.more["MAILBOT_OAUTH2__FLOW"] = "service_account"
    house.more["MAILBOT_OAUTH2__KEY_FILE"] = str(house.folder / "secrets" / "google.json")
    with Google(SERVICE) as google:
        google.write_key(house.folder / "secrets" / "google.json")


FLOWS = (by_secret, by_certificate, by_refresh_token, by_service_account)


def spellings(secret: str) -> Iterator[str]:
    """
    As it is, as it stands in an address, in JSON, and in base64 wherever in it it begins.
    """
    yield secret
    yield quote(secret, safe="")
    yield json.dumps(secret)[1:-1]
    for shift in range(3):
        octets = base64.b64encode(b"\x01" * shift + secret.encode()).decode()
        # Without what depends on the octets before and after it.
        inside = octets[4 if shift else 0 : len(octets) // 4 * 4 - 4]
        yield inside
        yield inside.replace("+", "-").replace("/", "_")


def found(text: str, endpoint: Talkative, house: House) -> list[str]:
    """
    The marks in the text, whatever was made of them.
    """
    keys = [
        line
        for file in (house.folder / "secrets").iterdir()
        if file.suffix in {".json", ".pem"}
        for line in re.findall(r"[A-Za-z0-9+/]{48,}", file.read_text().partition("-----END")[0])
    ]
    marks = {
        SECRET,
        REFRESH,
        ROTATED,
        DEVICE,
        CODE,
        TOKEN,
        *TOKEN.split("."),
        *endpoint.marks,
        *keys,
    }
    return [mark for mark in marks if any(each in text for each in spellings(mark))]


async def everything(house: House, capfd: pytest.CaptureFixture[str]) -> str:
    """
    All that comes out of a check, a round, and each edge tried alone.
    """
    told = []
    report = await check(house.config, house.process_environ)
    configuration = effective(house.settings)
    told.append(json.dumps(findings(report, configuration), ensure_ascii=False))
    house.deliver(bytes(Mail()))
    await house.round()
    told.append(house.journal.getvalue())
    told.append(repr((house.settings, oauth2_client(house.settings))))
    by = tokens(house.settings)
    assert by is not None
    edge, line = source(house.settings, by), courier(house.settings, by)
    for tried in (edge.reach, line.connect, lambda: asyncio.to_thread(by.current)):
        try:
            told.append(repr(await tried()))
        except (ImapFault, SmtpFault, TokenFault) as fault:
            told += [str(fault), repr(fault), repr(vars(fault))]
            # Of a server's no the library's own exception holds the words, and nobody prints it.
            told += traceback.format_exception(fault) if isinstance(fault, TokenFault) else []
    told.append(repr((by, edge, line)))
    await edge.close()
    await line.close()
    for file in house.folder.glob("mailbot.sqlite3*"):
        told.append(file.read_bytes().decode("latin-1"))
    # Packed, they tell nobody anything in the file.
    told += [each.content.decode("latin-1") for each in await house.rows(OutboxRow)]
    told += [each.octets.decode("latin-1") for each in await house.rows(Content)]
    told += capfd.readouterr()
    return "\n".join(told)


@pytest.mark.parametrize("flow", FLOWS)
async def test_no_answer_of_an_endpoint_gets_a_secret_out(
    house: House, endpoint: Talkative, capfd: pytest.CaptureFixture[str], flow: object
) -> None:
    assert callable(flow)
    await asyncio.to_thread(flow, house)
    # What an endpoint repeats goes one way, whatever was asked: tried in full by one flow.
    hows = HOWS if flow is by_refresh_token else ()
    for how in ("grants", *hows, "400 odd_error"):
        endpoint.how = how

        assert found(await everything(house, capfd), endpoint, house) == [], how

    # There was something to be found, and it would be.
    assert endpoint.marks
    for mark in (SECRET, *endpoint.marks):
        inside = base64.urlsafe_b64encode(f"user=x\x01auth={mark}\x01".encode()).decode()
        assert found(inside, endpoint, house)


async def test_no_mail_server_that_repeats_the_token_gets_it_out(
    house: House, endpoint: Talkative, sink: SmtpSink, capfd: pytest.CaptureFixture[str]
) -> None:
    by_secret(house)
    exchange = house.mailbox
    assert isinstance(exchange, Exchange)
    exchange.takes = sink.takes_token = lambda _: False
    exchange.challenge = json.dumps({"status": TOKEN[:19], "scope": TOKEN})
    for said in (f"NO [AUTHENTICATIONFAILED] {TOKEN}", f"NO {TOKEN}", f"BAD {TOKEN}",
                 f"NO [ALERT] too many connections by {TOKEN}"):  # fmt: skip
        exchange.refusal = said
        sink.token_refusal = f"535 5.7.8 {TOKEN}"
        assert found(await everything(house, capfd), endpoint, house) == [], said

    sink.answer("AUTH", f"454 4.7.0 not now, {TOKEN}")
    exchange.takes = lambda _: True
    house.deliver(bytes(Mail()))
    assert found(await everything(house, capfd), endpoint, house) == []
    assert await house.rows(OutboxRow)


def test_what_holds_a_secret_shows_none_in_its_repr() -> None:
    for each in (
        Reply(200, TOKEN.encode()),
        Granted(TOKEN, 1, ROTATED),
        Token(TOKEN, 0.0, None),
    ):
        assert TOKEN not in repr(each)
        assert ROTATED not in repr(each)


async def test_the_commands_print_none(house: House, endpoint: Talkative) -> None:
    by_refresh_token(house)
    endpoint.paths["/tenant/oauth2/v2.0/devicecode"] = lambda _: Said(
        200,
        {"device_code": DEVICE, "user_code": "ABCD-EFGH", "verification_uri": "https://x.example",
         "interval": 1, "expires_in": 900},
    )  # fmt: skip
    endpoint.how = "400 invalid_grant"

    told = ""
    for command in (["check", "--json"], ["login"]):
        said = await asyncio.to_thread(run, house, command)
        assert said.returncode == 1, said
        told += said.stdout + said.stderr

    assert "ABCD-EFGH" in told
    assert DEVICE in endpoint.marks
    assert found(told, endpoint, house) == []


async def test_a_login_by_a_browser_prints_no_code_and_no_verifier(
    house: House, endpoint: Talkative
) -> None:
    by_refresh_token(house)
    endpoint.how = "400 invalid_grant"

    told = await asyncio.to_thread(log_in_by_browser, house)

    assert "the code of this login was not taken (invalid_grant)" in told
    assert {"code", "code_verifier"} <= set(endpoint.requests[-1])
    assert CODE in endpoint.marks
    assert found(told, endpoint, house) == []


def run(house: House, command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mailbot", *command],
        env={**os.environ, **house.process_environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def log_in_by_browser(house: House) -> str:
    """
    All that the command prints to somebody who pastes the address where the browser halted.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "mailbot", "login", "--browser"],
        env={**os.environ, **house.process_environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "code_challenge=" in line:
                break
        asked = parse_qs(urlsplit(lines[-1].strip()).query)
        [redirect], [state] = asked["redirect_uri"], asked["state"]
        rest, _ = process.communicate(f"{redirect}?code={quote(CODE)}&state={state}\n", timeout=60)
    return "".join(lines) + rest
