"""
A firm whose mail servers take access tokens in the place of passwords.
"""

from pathlib import Path

import pytest

from mailbot.cli.check.trying import check
from tests.conftest import missing
from tests.flow.house import CONFIG, House, Mail, templates
from tests.flow.tokens import by_a_person, by_an_app
from tests.servers import dovecot as dovecot_server
from tests.servers.dovecot import Dovecot
from tests.servers.exchange import Exchange
from tests.servers.migrated import lay
from tests.servers.smtp import SmtpSink
from tests.servers.token_endpoint import Said, TokenEndpoint, refusal


@pytest.fixture
def house(house_by_tokens: House) -> House:
    return house_by_tokens


async def checked(house: House) -> list[str]:
    return (await check(CONFIG, house.process_environ)).problems


async def test_an_app_takes_mail_in_and_answers_it_with_one_token(
    house: House, exchange: Exchange, endpoint: TokenEndpoint, sink: SmtpSink
) -> None:
    exchange.deliver(bytes(Mail()))

    assert await house.round()

    assert templates(sink.received)[0] == "acknowledgement"
    assert exchange.logins == [("service", "access-1")]
    assert set(sink.logins) == {("service", "access-1")}
    assert endpoint.requests == [
        {
            "grant_type": "client_credentials",
            "scope": "https://outlook.office365.com/.default",
            "client_id": "mailbots-id",
            "client_secret": "hunter2",
        }
    ]


async def test_a_session_whose_tokens_hour_is_over_goes_on_with_another_and_says_nothing(
    house: House, exchange: Exchange, endpoint: TokenEndpoint, sink: SmtpSink
) -> None:
    exchange.deliver(bytes(Mail()))
    exchange.expires_at = ["FETCH", "MOVE", "SELECT"]

    assert await house.round()

    assert len(house.sent("acknowledgement")) == 1
    assert len(exchange.processed) == 1
    assert house.logged("part_failed") == []
    assert len(exchange.logins) == 4
    assert len(endpoint.requests) > 1


async def test_a_cached_token_that_is_refused_is_replaced_once_at_once(
    house: House, exchange: Exchange, endpoint: TokenEndpoint, sink: SmtpSink
) -> None:
    async with house.open() as running:
        await running.intake.step()
        endpoint.revoke_all()
        exchange.end_sessions("* BYE idle for too long")
        exchange.deliver(bytes(Mail()))
        while await running.intake.step():
            pass

    assert [token for _, token in exchange.logins] == ["access-1", "access-1", "access-2"]
    assert len(endpoint.requests) == 2
    assert len(exchange.processed) == 1


async def test_a_fresh_token_that_the_server_refuses_is_not_asked_for_twice_in_a_row(
    house: House, exchange: Exchange, endpoint: TokenEndpoint
) -> None:
    exchange.takes = lambda _: False

    assert not await house.round()

    assert len(exchange.logins) == 1
    [told] = [line["reason"] for line in house.logged("part_failed") if line["part"] == "imap"]
    assert "the login with an access token was refused" in str(told)
    assert "Enterprise applications" in str(told)


async def test_a_right_token_without_a_right_to_the_mailbox_is_told_as_that(
    house: House, exchange: Exchange
) -> None:
    exchange.is_connected = False

    [problem] = await checked(house)

    assert "logged in, but no right to this mailbox" in problem
    assert "create" not in problem


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (refusal("invalid_client", "AADSTS7000215: Invalid client secret provided.", 401),
         "AADSTS7000215"),
        (Said(429, {}, {"Retry-After": "120"}), "cannot answer just now (429)"),
        (Said(500, b"<html>"), "cannot answer just now (500)"),
        (Said(200, b"<html>Welcome to our hotel</html>"), "no token endpoint"),
        (Said(200, {"token_type": "Bearer"}), "without a token"),
    ],
)  # fmt: skip
async def test_an_endpoint_that_gives_no_token_is_told_once_and_by_no_secret(
    house: House, exchange: Exchange, endpoint: TokenEndpoint, said: Said, told: str
) -> None:
    endpoint.always(said)

    problems = await checked(house)

    assert len(problems) == 1
    assert told in problems[0]
    assert problems[0].startswith("oauth2: ")
    assert "hunter2" not in problems[0]
    assert exchange.logins == []


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
async def test_a_dovecot_that_asks_the_endpoint_takes_the_token(
    tmp_path: Path, endpoint: TokenEndpoint, sink: SmtpSink, mechanism: str
) -> None:
    if not dovecot_server.PROGRAM.exists():
        missing("Dovecot")
    lay(tmp_path)
    with Dovecot(tmp_path / "d", tokens_from=endpoint.base, mechanisms=mechanism) as server:
        house = House(tmp_path, server.mailbox(), sink)
        house.more = by_an_app(tmp_path, endpoint, MAILBOT_SMTP__AUTH="password")
        house.more["MAILBOT_SMTP__USERNAME"] = ""
        await house.take_in(Mail())
        endpoint.revoke_all()
        endpoint.on_grant = endpoint.live.__delitem__
        [problem] = await checked(house)

    assert len(house.sent("acknowledgement")) == 1
    assert "the login with an access token was refused (AUTHENTICATIONFAILED" in problem


async def test_a_refresh_token_that_cannot_be_replaced_is_not_spent_by_check(
    house: House, endpoint: TokenEndpoint
) -> None:
    (house.folder / "refresh.token").write_text("refresh-0\n")
    (house.folder / "refresh.token.new").mkdir()
    house.more = by_a_person(house.folder, endpoint)

    [problem] = await checked(house)

    assert "refresh.token cannot be written" in problem
    assert endpoint.requests == []


async def test_a_server_that_takes_no_tokens_is_named(house: House, exchange: Exchange) -> None:
    exchange.mechanisms = "AUTH=PLAIN"

    [problem] = await checked(house)

    assert problem.startswith("IMAP 127.0.0.1:")
    assert "offers no login by OAuth 2.0" in problem
