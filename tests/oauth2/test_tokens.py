"""
The token in hand: how many requests there are for it, and when.
"""

import asyncio
import gc
import math
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mailbot.transport.oauth2.answer import Reply
from mailbot.transport.oauth2.client import Client, Flow, TokenFault
from mailbot.transport.oauth2.refresh_token import keep, stored
from mailbot.transport.oauth2.tokens import Token, Tokens, Waited
from tests.oauth2.clients import NOW, Asked, a_client, a_token, reply

HOUR = 3600.0
DOWN = TokenFault("the token endpoint cannot be reached", "check the network")
REVOKED = reply(400, error="invalid_grant")


class Watch:
    """
    Seconds that pass when they are told to.
    """

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "refresh.token"
    keep(path, "refresh-0")
    return path


def tokens(asked: Asked, watch: Watch, client: Client | None = None) -> Tokens:
    return Tokens(client or a_client(), ask=asked, now=lambda: NOW, seconds=watch)


def by_refresh_token(file: Path) -> Client:
    return a_client(flow=Flow.REFRESH_TOKEN, client_secret="", refresh_token_file=file)


def fault_of(call: Callable[[], object]) -> TokenFault:
    with pytest.raises(TokenFault) as fault:
        call()
    return fault.value


def rotating() -> Asked:
    """
    An endpoint that takes each refresh token once.
    """
    known = {"refresh-0"}
    taken: list[str] = []

    def answer(form: dict[str, str]) -> Reply:
        if form["refresh_token"] not in known:
            return REVOKED
        known.discard(form["refresh_token"])
        taken.append(form["refresh_token"])
        known.add(f"refresh-{len(taken)}")
        return a_token(f"access-{len(taken)}", refresh_token=f"refresh-{len(taken)}")

    return Asked([answer])


# --- one for all ------------------------------------------------------------------------


def test_twenty_who_ask_at_once_have_one_token_of_one_request(watch: Watch) -> None:
    all_here = threading.Barrier(20)
    asked = Asked([lambda _: (threading.Event().wait(0.05), a_token())[1]])
    source = tokens(asked, watch)
    had: list[tuple[Token, bool]] = []

    def ask() -> None:
        all_here.wait()
        had.append(source.current())

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert len(asked.forms) == 1
    assert {token.value for token, _ in had} == {"access-1"}
    assert [is_fresh for _, is_fresh in had].count(True) == 1


def test_what_the_endpoints_clock_says_is_kept_with_when_it_said_so(watch: Watch) -> None:
    dated = replace(a_token("access-1"), date="Mon, 30 Nov 2026 15:04:05 GMT")
    source = tokens(Asked([dated]), watch)
    source.current()
    assert source.clock == (datetime(2026, 11, 30, 15, 4, 5, tzinfo=UTC), watch.at)


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Nov 2026 15:04:05 GMT"])
def test_a_clock_that_cannot_be_read_is_none(watch: Watch, date: str) -> None:
    source = tokens(Asked([replace(a_token("access-1"), date=date)]), watch)
    source.current()
    assert source.clock is None


def test_a_token_serves_until_ten_minutes_before_its_end(watch: Watch) -> None:
    asked = Asked([a_token("access-1"), a_token("access-2")])
    source = tokens(asked, watch)

    source.current()
    watch.at += HOUR - 601
    assert source.current()[0].value == "access-1"
    watch.at += 1
    assert source.current()[0].value == "access-2"
    assert len(asked.forms) == 2


@pytest.mark.parametrize(("lasts", "renewed_after"), [(3600, 3000), (1800, 1500), (60, 50)])
def test_a_shorter_token_is_renewed_when_a_sixth_of_its_life_is_left(
    watch: Watch, lasts: int, renewed_after: float
) -> None:
    token, _ = tokens(Asked([a_token(expires_in=lasts)]), watch).current()

    assert token.renew_at == 1000 + renewed_after
    assert token.lasts == lasts


@pytest.mark.parametrize("lasts", [1, 2, 30, 70])
def test_no_session_lasts_less_than_a_minute_for_its_token(watch: Watch, lasts: int) -> None:
    token, _ = tokens(Asked([a_token(expires_in=lasts)]), watch).current()

    assert token.session_until == watch.at + 60


def test_a_token_whose_end_nobody_knows_is_for_one_login_and_any_session(watch: Watch) -> None:
    asked = Asked([a_token("access-1", expires_in=0), a_token("access-2", expires_in=0)])
    source = tokens(asked, watch)

    first, _ = source.current()
    second, _ = source.current()

    assert (first.value, second.value) == ("access-1", "access-2")
    assert first.session_until == math.inf
    assert first.lasts is None


# --- an endpoint that is away -----------------------------------------------------------


def test_an_endpoint_that_is_away_is_not_noticed_while_the_old_token_lasts(watch: Watch) -> None:
    source = tokens(Asked([a_token(), DOWN]), watch)
    source.current()

    watch.at += HOUR - 1
    token, is_fresh = source.current()
    assert token.value == "access-1"
    assert not is_fresh
    assert token.session_until == watch.at + 60

    watch.at += 2
    assert fault_of(source.current).phrase == DOWN.phrase


def test_an_endpoint_that_comes_back_is_asked_by_the_next_who_needs_it(watch: Watch) -> None:
    asked = Asked([DOWN, a_token()])
    source = tokens(asked, watch)

    fault_of(source.current)
    watch.at += 5

    assert source.current()[0].value == "access-1"


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [(DOWN, 5), (reply(503), 5), (reply(429, "120"), 120), (reply(429, "2"), 5), (REVOKED, 30),
     (reply(429, "86400"), 900)],
)  # fmt: skip
def test_a_fault_is_the_answer_until_its_rest_is_over(
    watch: Watch, answer: Any, seconds: float
) -> None:
    asked = Asked([answer])
    source = tokens(asked, watch)

    first = fault_of(source.current)
    watch.at += seconds - 0.5
    again = fault_of(source.current)
    assert len(asked.forms) == 1
    assert str(again) == str(first)
    assert again.rest == (0.5 if first.rest else 0)

    watch.at += 0.5
    fault_of(source.current)
    assert len(asked.forms) == 2


def test_what_a_person_has_put_right_is_tried_at_once(watch: Watch, tmp_path: Path) -> None:
    secret = tmp_path / "client.secret"
    secret.write_text("wrong\n")
    asked = Asked([lambda form: a_token() if form["client_secret"] == "right" else REVOKED])
    source = tokens(asked, watch, a_client(client_secret="", client_secret_file=secret))
    fault_of(source.current)

    secret.write_text("right\n")

    assert source.current()[0].value == "access-1"


def test_a_secret_that_was_mended_while_the_old_one_was_on_its_way_is_tried_at_once(
    watch: Watch, tmp_path: Path
) -> None:
    secret = tmp_path / "client.secret"
    secret.write_text("wrong\n")

    def mended_meanwhile(_: dict[str, str]) -> Reply:
        secret.write_text("right\n")
        return REVOKED

    source = tokens(
        Asked([mended_meanwhile, a_token()]),
        watch,
        a_client(client_secret="", client_secret_file=secret),
    )
    fault_of(source.current)

    assert source.current()[0].value == "access-1"


def test_an_endpoint_that_wants_a_rest_has_it_whatever_people_do(
    watch: Watch, tmp_path: Path
) -> None:
    secret = tmp_path / "client.secret"
    secret.write_text("one\n")
    asked = Asked([reply(429, "60"), a_token()])
    source = tokens(asked, watch, a_client(client_secret="", client_secret_file=secret))
    fault_of(source.current)
    secret.write_text("another\n")

    fault_of(source.current)

    assert len(asked.forms) == 1


# --- a token that a server refuses ------------------------------------------------------


def test_a_refused_token_is_replaced_by_one_request_for_all_who_were_refused(
    watch: Watch,
) -> None:
    asked = Asked([a_token("access-1"), a_token("access-2")])
    source = tokens(asked, watch)
    refused, _ = source.current()

    assert source.another(refused).value == "access-2"
    assert source.another(refused).value == "access-2"
    assert source.current()[0].value == "access-2"
    assert len(asked.forms) == 2


def test_the_same_token_is_never_handed_out_after_its_refusal(watch: Watch) -> None:
    source = tokens(Asked([a_token("access-1")]), watch)
    refused, _ = source.current()

    fault = fault_of(lambda: source.another(refused))
    assert "hands out again" in fault.phrase
    assert "username" in fault.remedy


def test_a_token_that_is_forgotten_is_asked_for_anew_and_another_ones_is_kept(
    watch: Watch,
) -> None:
    source = tokens(Asked([a_token("access-1"), a_token("access-2")]), watch)
    first, _ = source.current()
    source.forget(first)
    second, is_fresh = source.current()
    source.forget(first)

    assert second.value == "access-2"
    assert is_fresh
    assert source.current() == (second, False)


def test_a_refused_token_is_not_gone_back_to_while_the_endpoint_is_away(watch: Watch) -> None:
    source = tokens(Asked([a_token("access-1"), DOWN]), watch)
    refused, _ = source.current()

    fault_of(lambda: source.another(refused))
    fault_of(source.current)


# --- a refresh token that is another each time --------------------------------------------


def test_the_new_refresh_token_is_on_the_disk_before_anybody_has_the_access_token(
    watch: Watch, file: Path
) -> None:
    source = tokens(rotating(), watch, by_refresh_token(file))

    for number in range(1, 4):
        watch.at += HOUR
        assert source.current()[0].value == f"access-{number}"
        assert stored(file) == f"refresh-{number}"


def test_a_provider_that_sends_no_new_refresh_token_means_the_old_one(
    watch: Watch, file: Path
) -> None:
    before = file.stat().st_ino
    tokens(Asked([a_token()]), watch, by_refresh_token(file)).current()

    assert stored(file) == "refresh-0"
    assert file.stat().st_ino == before


def test_processes_that_share_a_refresh_token_never_spend_it_twice(
    watch: Watch, file: Path
) -> None:
    asked = rotating()
    sources = [tokens(asked, watch, by_refresh_token(file)) for _ in range(8)]
    had: list[str] = []
    threads = [
        threading.Thread(target=lambda each=each: had.append(each.current()[0].value))
        for each in sources
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(had) == sorted(f"access-{number}" for number in range(1, 9))
    assert stored(file) == "refresh-8"


def test_a_token_that_another_program_has_spent_is_read_again_before_anybody_is_called(
    watch: Watch, file: Path
) -> None:
    def by_another(form: dict[str, str]) -> Reply:
        keep(file, "refresh-1")
        return REVOKED

    asked = Asked([by_another, a_token(refresh_token="refresh-2")])

    assert tokens(asked, watch, by_refresh_token(file)).current()[0].value == "access-1"
    assert [form["refresh_token"] for form in asked.forms] == ["refresh-0", "refresh-1"]
    assert stored(file) == "refresh-2"


def test_a_void_refresh_token_calls_a_person_and_their_login_is_taken_up_at_once(
    watch: Watch, file: Path
) -> None:
    asked = Asked([REVOKED, a_token()])
    source = tokens(asked, watch, by_refresh_token(file))
    assert "`mailbot login`" in str(fault_of(source.current))
    assert "`mailbot login`" in str(fault_of(source.current))
    assert len(asked.forms) == 1

    keep(file, "of-a-person")

    assert source.current()[0].value == "access-1"
    assert asked.forms[-1]["refresh_token"] == "of-a-person"


def test_a_refresh_token_that_cannot_be_kept_is_gone_on_with_and_kept_later(
    watch: Watch, file: Path
) -> None:
    in_the_way = file.with_name("refresh.token.new")
    in_the_way.mkdir()
    asked = rotating()
    source = tokens(asked, watch, by_refresh_token(file))

    for number in (1, 2):
        assert source.current()[0].value == f"access-{number}"
        assert str(file) in source.trouble
        assert "refresh-" not in source.trouble
        watch.at += HOUR
    assert stored(file) == "refresh-0"
    in_the_way.rmdir()

    assert source.current()[0].value == "access-3"
    assert stored(file) == "refresh-3"
    assert source.trouble == ""


def test_a_login_of_a_person_is_worth_more_than_a_token_that_could_not_be_kept(
    watch: Watch, file: Path
) -> None:
    in_the_way = file.with_name("refresh.token.new")
    in_the_way.mkdir()
    asked = Asked([a_token(refresh_token="refresh-1"), a_token("access-2")])
    source = tokens(asked, watch, by_refresh_token(file))
    source.current()
    in_the_way.rmdir()
    keep(file, "of-a-person")
    watch.at += HOUR

    source.current()

    assert asked.forms[-1]["refresh_token"] == "of-a-person"
    assert source.trouble == ""


def test_a_file_that_was_away_for_a_moment_is_no_login_of_a_person(
    watch: Watch, file: Path
) -> None:
    aside = file.with_name("aside")

    def and_the_disk_goes(_: dict[str, str]) -> Reply:
        file.rename(aside)
        file.with_name("refresh.token.new").mkdir()
        return a_token(refresh_token="refresh-1")

    asked = Asked([and_the_disk_goes, a_token("access-2")])
    source = tokens(asked, watch, by_refresh_token(file))
    source.current()
    aside.rename(file)
    watch.at += HOUR

    source.current()

    assert asked.forms[-1]["refresh_token"] == "refresh-1"


# --- what is left behind ------------------------------------------------------------------


def test_a_fault_that_is_remembered_holds_nothing_of_what_was_asked_with(watch: Watch) -> None:
    source = tokens(Asked([REVOKED]), watch)
    fault_of(source.current)
    gc.collect()

    assert source._fault is not None
    assert source._fault.__traceback__ is None
    assert source._fault.__context__ is None


async def test_a_thread_that_waited_for_tokens_ends_with_its_connection(watch: Watch) -> None:
    before = threading.active_count()
    waited = Waited(tokens(Asked([a_token()]), watch))
    assert (await waited.current())[0].value == "access-1"
    assert threading.active_count() == before + 1

    waited.close()

    while threading.active_count() > before:
        await asyncio.sleep(0.01)


async def test_who_waits_for_a_silent_endpoint_can_be_called_away(watch: Watch) -> None:
    is_over = threading.Event()
    waited = Waited(tokens(Asked([lambda _: (is_over.wait(20), a_token())[1]]), watch))
    waiting = asyncio.ensure_future(waited.current())
    await asyncio.sleep(0.05)

    waited.give_up()

    with pytest.raises(TokenFault, match="interrupted"):
        await waiting
    is_over.set()


def test_a_token_is_shown_nowhere(watch: Watch, file: Path) -> None:
    source = tokens(rotating(), watch, by_refresh_token(file))
    token, _ = source.current()

    assert "access-1" not in repr(token)
    assert "access-1" not in repr(source)
    assert os.fspath(file) in repr(source.client)
    assert "hunter2" not in repr(source.client)
