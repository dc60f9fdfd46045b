"""
Tokens that end, endpoints that are away, and processes that share one login: mail goes on.
"""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import PIPE

import pytest

from mailbot import rests, rounds
from mailbot.service import Service
from mailbot.transport import imap
from mailbot.transport.oauth2 import tokens
from mailbot.transport.oauth2.refresh_token import keep, stored
from tests.conftest import missing
from tests.flow.house import House, Mail, template_of
from tests.flow.tokens import by_a_person, by_an_app
from tests.servers import dovecot as dovecot_server
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.exchange import TOKEN_EXPIRED, Exchange
from tests.servers.forked import ROOT, program
from tests.servers.migrated import lay
from tests.servers.smtp import SmtpSink
from tests.servers.token_endpoint import Said, TokenEndpoint

#: Generous: the tests beside this one want the processor, too.
SECONDS = 20.0


@pytest.fixture
def house(house_by_tokens: House) -> House:
    return house_by_tokens


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Whoever rests for seconds does so for a moment.
    """
    monkeypatch.setattr(rests, "_FIRST_REST", 0.1)
    monkeypatch.setattr(rests, "_LONGEST_REST", 0.2)
    monkeypatch.setattr(tokens, "_TOLD_AGAIN", 0.0)
    monkeypatch.setattr(tokens, "_NEEDS_A_PERSON", 0.0)
    monkeypatch.setattr(imap, "SHORTEST_WAIT", 0.0)


def complaint(number: int) -> Mail:
    name = f"customer{number}@example.com"
    return Mail(sender=f"<{name}>", message_id=f"complaint.{name}")


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(SECONDS):
        while not is_so():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def at_work(house: House) -> AsyncIterator[Service]:
    async with house.open() as running:
        working = asyncio.create_task(rounds.run(running))
        try:
            yield running
        finally:
            running.stop.set()
            await asyncio.wait_for(working, SECONDS)


def answered(house: House) -> Counter[str]:
    return Counter(each.rcpt_to[0] for each in house.sent("acknowledgement"))


async def started(house: House, *words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(*program(), *words),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=house.process_environ,
        cwd=ROOT,
    )


# --- a token's hour is over -----------------------------------------------------------------


@pytest.mark.parametrize("last_words", [TOKEN_EXPIRED, ""])
async def test_a_token_that_ends_while_mail_is_waited_for_is_no_alarm(
    house: House,
    exchange: Exchange,
    endpoint: TokenEndpoint,
    impatient: None,
    last_words: str,
) -> None:
    async with at_work(house):
        for number in range(3):
            exchange.deliver(bytes(complaint(number)))
            await until(exchange.idles.is_set)
            exchange.idles.clear()
            endpoint.revoke_all()
            exchange.end_sessions(last_words)
        exchange.deliver(bytes(complaint(3)))
        await until(lambda: len(answered(house)) == 4)

    assert set(answered(house).values()) == {1}
    assert house.logged("part_failed") == []


async def test_a_session_is_renewed_before_its_token_ends_and_nobody_hears_of_it(
    house: House, exchange: Exchange, endpoint: TokenEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_SHORTEST_SESSION", 0.0)
    endpoint.expires_in = 1
    async with at_work(house):
        await until(lambda: len(exchange.logins) >= 3)
        exchange.deliver(bytes(complaint(1)))
        await until(lambda: answered(house))

    assert len({token for _, token in exchange.logins}) >= 3
    assert house.logged("part_failed") == []


async def test_tokens_that_end_in_the_middle_of_a_batch_cost_no_letter_and_double_none(
    house: House, exchange: Exchange, endpoint: TokenEndpoint
) -> None:
    for number in range(60):
        exchange.deliver(bytes(complaint(number)))
    exchange.expires_at = ["SEARCH", "FETCH", "MOVE", "NOOP"]

    assert await house.round()

    assert len(answered(house)) == len(exchange.processed) == 60
    assert set(answered(house).values()) == {1}
    assert exchange.expires_at == []
    assert house.logged("part_failed") == []


@pytest.mark.parametrize("expires_in", [0, 3600])
async def test_a_server_that_hangs_up_without_a_word_is_excused_by_the_age_of_the_token_alone(
    house: House, exchange: Exchange, endpoint: TokenEndpoint, expires_in: int
) -> None:
    endpoint.expires_in = expires_in
    exchange.last_words = ""
    exchange.expires_at = ["SEARCH"]
    exchange.deliver(bytes(complaint(1)))

    is_over_its_age = expires_in == 0
    assert await house.round() is is_over_its_age
    assert await house.round()

    assert set(answered(house).values()) == {1}
    assert len(house.logged("part_failed")) == (0 if is_over_its_age else 1)


async def test_a_token_that_ends_while_a_copy_is_laid_away_costs_no_copy(
    house: House, exchange: Exchange
) -> None:
    house.more["MAILBOT_IMAP__SENT_FOLDER"] = "Sent"
    exchange.deliver(bytes(complaint(1)))
    exchange.expires_at = ["APPEND"]

    assert await house.round()

    assert exchange.expires_at == []
    assert sorted(exchange.sent) == sorted(each.content for each in house.sink.received)
    assert house.logged("part_failed") == []


async def test_a_kept_line_whose_login_has_ended_is_made_anew_for_the_letter_in_hand(
    house: House, exchange: Exchange, endpoint: TokenEndpoint, sink: SmtpSink
) -> None:
    async with house.open() as running:
        exchange.deliver(bytes(complaint(1)))
        assert await rounds.run_once(running)
        endpoint.revoke_all()
        sink.answer("MAIL", "530 5.7.57 Client not authenticated to send mail", times=1)
        exchange.deliver(bytes(complaint(2)))
        assert await rounds.run_once(running)

    assert set(answered(house).values()) == {1}
    assert len(answered(house)) == 2
    assert house.logged("part_failed") == []
    assert house.logged("letter_deferred") == []


@pytest.mark.parametrize("expires_in", [0, 1])
async def test_a_token_of_whatever_length_makes_nobody_ask_without_end(
    house: House, exchange: Exchange, endpoint: TokenEndpoint, sink: SmtpSink, expires_in: object
) -> None:
    endpoint.expires_in = expires_in
    house.more["MAILBOT_IMAP__POLL_EVERY"] = "1s"
    async with at_work(house):
        for number in range(3):
            exchange.deliver(bytes(complaint(number)))
            await until(lambda: not exchange.inbox)
        await until(lambda: len(answered(house)) == 3)

    assert set(answered(house).values()) == {1}
    # A session each for three seconds, and a token for each.
    assert len(exchange.logins) == 1
    assert len(sink.logins) <= 2
    assert len(endpoint.requests) <= 3


# --- an endpoint that is away ---------------------------------------------------------------


@pytest.mark.parametrize("answer", [Said(503, b""), Said(200, b"<html>our hotel</html>")])
async def test_an_endpoint_that_is_away_is_told_once_and_so_is_its_return(
    house: House, exchange: Exchange, endpoint: TokenEndpoint, impatient: None, answer: Said
) -> None:
    endpoint.always(answer)
    exchange.deliver(bytes(complaint(1)))
    async with at_work(house):
        await until(lambda: len(endpoint.requests) >= 4)
        endpoint.always(None)
        await until(lambda: answered(house))
        await until(exchange.idles.is_set)

        endpoint.always(answer)
        endpoint.revoke_all()
        exchange.end_sessions()
        asked = len(endpoint.requests)
        exchange.deliver(bytes(complaint(2)))
        await until(lambda: len(endpoint.requests) >= asked + 4)
        endpoint.always(None)
        await until(lambda: len(answered(house)) == 2)
        await until(lambda: len(house.logged("part_recovered")) >= 2)

    failed = [line["part"] for line in house.logged("part_failed")]
    recovered = [line["part"] for line in house.logged("part_recovered")]
    assert failed == recovered == ["imap", "imap"]
    assert set(answered(house).values()) == {1}


async def test_letters_wait_for_an_endpoint_that_is_away_and_go_when_it_is_back(
    tmp_path: Path, dovecot: Mailbox, sink: SmtpSink, endpoint: TokenEndpoint, impatient: None
) -> None:
    lay(tmp_path)
    sink.takes_token = endpoint.live.__contains__
    house = House(tmp_path, dovecot, sink)
    house.more = by_an_app(tmp_path, endpoint, MAILBOT_IMAP__AUTH="password")
    house.more["MAILBOT_IMAP__USERNAME"] = dovecot.username
    endpoint.always(Said(429, b"", {"Retry-After": "1"}))
    house.deliver(complaint(1))
    async with at_work(house):
        await until(lambda: len(endpoint.requests) >= 2)
        assert dovecot.count("Processed") == 1
        endpoint.always(None)
        await until(lambda: answered(house))
        await until(lambda: house.logged("part_recovered"))

    assert [line["part"] for line in house.logged("part_failed")] == ["smtp"]
    assert [line["part"] for line in house.logged("part_recovered")] == ["smtp"]
    assert set(answered(house).values()) == {1}


@pytest.mark.parametrize("part", ["imap", "smtp"])
async def test_a_stop_waits_for_no_endpoint(
    tmp_path: Path, dovecot: Mailbox, sink: SmtpSink, endpoint: TokenEndpoint, part: str
) -> None:
    lay(tmp_path)
    house = House(tmp_path, dovecot, sink)
    house.more = by_an_app(tmp_path, endpoint, MAILBOT_IMAP__USERNAME=dovecot.username)
    if part == "smtp":
        house.more["MAILBOT_IMAP__AUTH"] = "password"
        sink.takes_token = endpoint.live.__contains__
    endpoint.always(Said(delay=SECONDS))
    house.deliver(complaint(1))
    process = await started(house, "run")
    await until(lambda: endpoint.requests)

    process.send_signal(signal.SIGTERM)

    # Well before the endpoint's time is over, which is half a minute.
    out, err = await asyncio.wait_for(process.communicate(), 15.0)
    assert process.returncode == 0, err
    assert b'"stopped"' in out


async def test_a_stop_in_the_middle_of_what_has_to_be_begun_anew_waits_for_no_endpoint(
    house: House, exchange: Exchange, endpoint: TokenEndpoint, impatient: None
) -> None:
    async with house.open() as running:
        working = asyncio.create_task(rounds.run(running))
        await until(exchange.idles.is_set)
        endpoint.always(Said(delay=SECONDS))
        exchange.expires_at = ["MOVE"]
        exchange.deliver(bytes(complaint(1)))
        exchange.end_sessions("* 1 EXISTS")
        await until(lambda: len(endpoint.requests) == 2)
        running.stop.set()

        await asyncio.wait_for(working, SECONDS / 2)


@pytest.mark.parametrize("is_let_in", [True, False])
async def test_a_single_round_tells_by_its_status_whether_there_was_a_token(
    house: House, exchange: Exchange, endpoint: TokenEndpoint, is_let_in: bool
) -> None:
    if not is_let_in:
        endpoint.always(Said(401, {"error": "invalid_client"}))
    process = await started(house, "run", "--once")

    out, _ = await asyncio.wait_for(process.communicate(), SECONDS)

    assert process.returncode == (0 if is_let_in else 1)
    assert (b"part_failed" in out) is not is_let_in
    assert b"hunter2" not in out


# --- what a person has to put right ----------------------------------------------------------


async def test_a_secret_that_becomes_unreadable_is_told_and_its_return_is_noticed(
    house: House, exchange: Exchange, endpoint: TokenEndpoint, impatient: None, tmp_path: Path
) -> None:
    secret, aside = tmp_path / "client.secret", tmp_path / "aside"
    async with at_work(house):
        await until(exchange.idles.is_set)
        secret.rename(aside)
        endpoint.revoke_all()
        exchange.end_sessions()
        await until(lambda: house.logged("part_failed"))
        exchange.deliver(bytes(complaint(1)))
        aside.rename(secret)
        await until(lambda: answered(house))

    [told] = [str(line["reason"]) for line in house.logged("part_failed")]
    assert f"the client secret cannot be read from {secret}" in told


async def test_a_refresh_token_that_is_void_calls_a_person_and_no_restart_is_needed(
    house: House, exchange: Exchange, endpoint: TokenEndpoint, impatient: None, tmp_path: Path
) -> None:
    file = tmp_path / "refresh.token"
    keep(file, "refresh-0")
    endpoint.rotates = True
    house.more = by_a_person(tmp_path, endpoint)
    async with at_work(house):
        await until(exchange.idles.is_set)
        endpoint.refresh_tokens = {"of-a-person"}
        endpoint.revoke_all()
        exchange.end_sessions()
        exchange.deliver(bytes(complaint(1)))
        await until(lambda: house.logged("part_failed"))
        keep(file, "of-a-person")
        await until(lambda: answered(house))

    [told] = {str(line["reason"]) for line in house.logged("part_failed")}
    assert "`mailbot login`" in told
    assert stored(file) in endpoint.refresh_tokens


# --- processes that share one login ----------------------------------------------------------


@pytest.fixture
def shared(tmp_path: Path, sink: SmtpSink) -> Iterator[tuple[House, TokenEndpoint]]:
    """
    A firm whose endpoint takes each refresh token once, and whose Dovecot asks it.
    """
    if not dovecot_server.PROGRAM.exists():
        missing("Dovecot")
    lay(tmp_path)
    keep(tmp_path / "refresh.token", "refresh-0")
    with (
        TokenEndpoint(rotates=True) as endpoint,
        Dovecot(tmp_path / "d", tokens_from=endpoint.base) as server,
    ):
        sink.takes_token = endpoint.live.__contains__
        house = House(tmp_path, server.mailbox(), sink)
        house.more = by_a_person(tmp_path, endpoint)
        endpoint.user = house.more["MAILBOT_IMAP__USERNAME"] = house.mailbox.username
        yield house, endpoint


async def test_two_workers_and_checks_beside_them_never_spend_a_refresh_token_twice(
    shared: tuple[House, TokenEndpoint],
) -> None:
    house, endpoint = shared
    for number in range(5):
        house.deliver(complaint(number))
    workers = [await started(house, "run") for _ in range(2)]
    checks = [await started(house, "check") for _ in range(3)]
    said = [await asyncio.wait_for(each.communicate(), SECONDS) for each in checks]
    await until(lambda: len(answered(house)) == 5)
    await until(lambda: house.mailbox.count("Processed") == 5)
    for each in workers:
        each.send_signal(signal.SIGTERM)
    logs = [await asyncio.wait_for(each.communicate(), SECONDS) for each in workers]

    assert [each.returncode for each in checks] == [0, 0, 0], said
    assert not any(b"part_failed" in out for out, _ in logs)
    spent = Counter(form["refresh_token"] for form in endpoint.requests)
    assert set(spent.values()) == {1}
    assert len(spent) >= 5
    assert set(answered(house).values()) == {1}


@pytest.mark.long  # A dozen starts of the program, and what each leaves behind.
async def test_a_worker_that_is_killed_around_its_request_at_any_instant_goes_on_with_the_chain(
    shared: tuple[House, TokenEndpoint],
) -> None:
    house, endpoint = shared
    endpoint.forgives = True
    process: list[asyncio.subprocess.Process] = []
    loop = asyncio.get_running_loop()

    def kill_soon(_: str) -> None:
        # From before the answer to well after the store.
        after = len(process) * 0.003
        loop.call_soon_threadsafe(loop.call_later, after, process[-1].kill)

    endpoint.on_grant = kill_soon
    for _ in range(12):
        process.append(await started(house, "run"))
        await asyncio.wait_for(process[-1].communicate(), SECONDS)
        assert stored(house.folder / "refresh.token") in endpoint.refresh_tokens
    endpoint.on_grant = lambda _: None
    for number in range(3):
        house.deliver(complaint(number))
    last = await started(house, "run", "--once")
    out, _ = await asyncio.wait_for(last.communicate(), SECONDS)

    assert last.returncode == 0, out
    assert [template_of(each) for each in house.sink.received].count("acknowledgement") == 3
    assert set(answered(house).values()) == {1}
    assert len(endpoint.requests) >= 13
