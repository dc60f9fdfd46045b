"""
`mailbot login`, as an operator runs it: a process, a terminal or none, and a browser.
"""

import asyncio
import os
import re
import socket
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mailbot.transport.oauth2.refresh_token import stored
from tests.flow.house import CONFIG, environ
from tests.servers.forked import ROOT, program
from tests.servers.token_endpoint import Said, TokenEndpoint, refusal

SECONDS = 60.0
SCOPES = '["https://outlook.office.com/IMAP.AccessAsUser.All"]'
DEVICE = {
    "device_code": "the-device-code",
    "user_code": "ABCD-EFGH",
    "verification_uri": "https://login.example.net/device",
    "expires_in": 900,
    "interval": 1,
}
PENDING = refusal("authorization_pending")


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    with TokenEndpoint() as server:
        yield server


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "var" / "refresh.token"


def by_a_person(tmp_path: Path, endpoint: TokenEndpoint, file: Path) -> dict[str, str]:
    return {
        **os.environ,
        **environ(tmp_path),
        "MAILBOT_CONFIG": str(CONFIG),
        "MAILBOT_IMAP__AUTH": "oauth2",
        "MAILBOT_OAUTH2__FLOW": "refresh_token",
        "MAILBOT_OAUTH2__TOKEN_URL": endpoint.url,
        "MAILBOT_OAUTH2__CLIENT_ID": "mailbots-id",
        "MAILBOT_OAUTH2__REFRESH_TOKEN_FILE": str(file),
        "MAILBOT_OAUTH2__SCOPES": SCOPES,
        "COLUMNS": "80",
    }


@pytest.fixture
def known(tmp_path: Path, endpoint: TokenEndpoint, file: Path) -> dict[str, str]:
    return by_a_person(tmp_path, endpoint, file)


async def login(known: dict[str, str], *words: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *(*program(), "login", *words), stdin=PIPE, stdout=PIPE, stderr=PIPE, env=known, cwd=ROOT
    )


async def ended(process: Process, typed: bytes | None = b"") -> tuple[int, str, str]:
    """
    How it ended, and what it said; None leaves its terminal open until then.
    """
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.timeout(SECONDS):
        if typed is None:
            out, err = await asyncio.gather(process.stdout.read(), process.stderr.read())
            await process.wait()
        else:
            out, err = await process.communicate(typed)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def address_in(process: Process) -> str:
    """
    The address at which the browser begins.
    """
    assert process.stdout is not None
    async with asyncio.timeout(SECONDS):
        while line := await process.stdout.readline():
            if found := re.search(r"http\S+authorize\S*", line.decode()):
                return found[0]
    raise AssertionError("no address was printed")


async def visited(address: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as browser:
        return await browser.get(address)


async def test_a_code_that_is_typed_elsewhere_lets_mailbot_in(
    endpoint: TokenEndpoint, file: Path, known: dict[str, str]
) -> None:
    endpoint.paths["/tenant/oauth2/v2.0/devicecode"] = lambda _: Said(200, DEVICE)
    endpoint.say(PENDING)

    status, out, err = await ended(await login(known))

    assert (status, err) == (0, "")
    assert "https://login.example.net/device" in out
    assert "ABCD-EFGH" in out
    assert "the-device-code" not in out
    assert out.endswith(f"mailbot is let in; the refresh token is in {file}. Now: mailbot check\n")
    assert stored(file) in endpoint.refresh_tokens
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_browser_on_this_machine_lets_mailbot_in_while_nothing_is_typed(
    endpoint: TokenEndpoint, file: Path, known: dict[str, str]
) -> None:
    process = await login(known, "--browser")
    came_back = endpoint.consent(await address_in(process))
    port = int(came_back.partition("localhost:")[2].partition("/")[0])

    # A browser opens a line in advance, and asks for the page's icon.
    with socket.create_connection(("127.0.0.1", port)):
        assert (await visited(f"http://127.0.0.1:{port}/favicon.ico")).status_code == 404
        page = await visited(came_back.replace("localhost", "127.0.0.1"))
        status, _, err = await ended(process, None)

    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert (status, err) == (0, "")
    assert stored(file) in endpoint.refresh_tokens


async def test_a_tenant_without_device_codes_is_told_and_the_browser_runs_elsewhere(
    endpoint: TokenEndpoint, file: Path, known: dict[str, str]
) -> None:
    endpoint.paths["/tenant/oauth2/v2.0/devicecode"] = lambda _: refusal(
        "invalid_grant", "AADSTS53003: Access has been blocked by Conditional Access policies."
    )
    process = await login(known)
    came_back = endpoint.consent(await address_in(process))

    status, _, err = await ended(process, f"\n  {came_back}\n".encode())

    assert (status, err) == (0, "")
    assert stored(file) in endpoint.refresh_tokens


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("state=", "state=x"), "that is not the answer to this login"),
        (("code=code-0", "error=access_denied"), "the login was refused (access_denied)"),
        (("code-0", "code-9"), "invalid_grant, AADSTS501481"),
    ],
)
async def test_a_login_that_comes_to_nothing_says_why_and_leaves_no_file(
    endpoint: TokenEndpoint, file: Path, known: dict[str, str], change: tuple[str, str], told: str
) -> None:
    process = await login(known, "--browser")
    came_back = endpoint.consent(await address_in(process)).replace(*change)

    status, _, err = await ended(process, f"{came_back}\n".encode())

    assert status == 1
    assert told in err
    assert "Traceback" not in err
    assert not file.exists()


async def test_a_login_keeps_the_old_token_where_nobody_lets_mailbot_in(
    endpoint: TokenEndpoint, file: Path, known: dict[str, str]
) -> None:
    file.parent.mkdir()
    file.write_text("refresh-0\n")
    endpoint.paths["/tenant/oauth2/v2.0/devicecode"] = lambda _: Said(200, DEVICE)
    endpoint.say(refusal("authorization_declined"))

    status, _, err = await ended(await login(known))

    assert (status, "the login was declined" in err) == (1, True)
    assert stored(file) == "refresh-0"


async def test_a_place_that_cannot_be_written_is_told_before_anybody_logs_in(
    endpoint: TokenEndpoint, file: Path, known: dict[str, str]
) -> None:
    # A file in the way: root may write everywhere.
    file.parent.write_text("")

    status, _, err = await ended(await login(known))

    assert status == 1
    assert f"{file} cannot be written" in err
    assert endpoint.others == []


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"MAILBOT_IMAP__AUTH": "password"}, "there is nothing to log in to"),
        (
            {"MAILBOT_OAUTH2__FLOW": "client_credentials", "MAILBOT_OAUTH2__CLIENT_SECRET": "s",
             "MAILBOT_OAUTH2__SCOPES": '["https://outlook.office365.com/.default"]'},
            "needs nobody to log in",
        ),
        ({"MAILBOT_OAUTH2__CLIENT_ID": ""}, "oauth2.client_id: is needed"),
    ],
)  # fmt: skip
async def test_where_nobody_has_to_log_in_the_command_says_so(
    known: dict[str, str], more: dict[str, str], told: str
) -> None:
    status, _, err = await ended(await login({**known, **more}))

    assert status == 1
    assert told in err
