"""
The source against a real Dovecot, and against answers that Dovecot never gives.
"""

import asyncio
import logging
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailbot.transport.imap import ImapSource
from mailbot.transport.mailbox import Fetched, ImapAccount, ImapFault, Waiting
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.imap_script import ScriptedImap
from tests.servers.ports import free_port

NOON = datetime(2026, 3, 13, 12, 0, tzinfo=UTC)
HELLO = b"From: ada@example.org\r\nSubject: Hello\r\n\r\nGood day.\r\n"

Open = Callable[..., ImapSource]


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    """
    Makes sources for a server, and closes them after the test.
    """
    sources: list[ImapSource] = []

    def make(server: Mailbox | Dovecot | ScriptedImap, **changes: Any) -> ImapSource:
        account = {
            "host": server.host,
            "port": server.port,
            "tls": "none",
            "username": server.username if isinstance(server, Mailbox) else "service",
            "password": "secret",
            "timeout": 5.0,
        }
        sources.append(ImapSource(ImapAccount(**{**account, **changes})))
        return sources[-1]

    yield make
    for each in sources:
        await each.close()


@pytest.fixture
def idling() -> Iterator[threading.Event]:
    """
    Set once a server has said that it idles.
    """
    ears, log = _Idling(), logging.getLogger("imapclient.imaplib")
    log.addHandler(ears)
    log.setLevel(logging.DEBUG)
    yield ears.heard
    log.setLevel(logging.NOTSET)
    log.removeHandler(ears)


@pytest.fixture
def without_move(tmp_path: Path) -> Iterator[Dovecot]:
    with Dovecot(tmp_path / "dovecot", capability="IMAP4rev1 UIDPLUS") as server:
        yield server


@pytest.fixture
def without_uidplus(tmp_path: Path) -> Iterator[Dovecot]:
    with Dovecot(tmp_path / "dovecot", capability="IMAP4rev1") as server:
        yield server


async def test_a_password_that_was_changed_in_its_file_lets_in_whoever_runs_already(
    dovecot: Mailbox, opened: Open, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text("of last month")
    source = opened(dovecot, password="of last month", password_file=file)
    with pytest.raises(ImapFault, match="check"):
        await source.look()

    file.write_text("secret\n")

    assert not (await source.look()).waiting


async def test_the_oldest_message_stands_first(dovecot: Mailbox, opened: Open) -> None:
    for hours in (2, 0, 1):
        dovecot.deliver(HELLO, NOON + timedelta(hours=hours))

    found = await opened(dovecot).look()

    assert [each.received_at for each in found.waiting] == [
        NOON,
        NOON + timedelta(hours=1),
        NOON + timedelta(hours=2),
    ]
    assert {each.size for each in found.waiting} == {len(HELLO)}
    assert found.name == "INBOX"


async def test_an_empty_mailbox_has_nothing_waiting(dovecot: Mailbox, opened: Open) -> None:
    assert (await opened(dovecot).look()).waiting == ()


async def test_single_fields_of_headers_and_what_somebody_has_seen(
    dovecot: Mailbox, opened: Open
) -> None:
    for hours in range(2):
        dovecot.deliver(b"Message-ID: <%d@x.example>\r\n" % hours + HELLO, NOON)
    with dovecot.imap() as client:
        client.select_folder("INBOX")
        client.add_flags([2], [rb"\Seen"])
    source = opened(dovecot)
    waiting = (await source.look()).waiting

    found = await source.fetch_fields(waiting, ("Message-ID", "X-Absent"))

    assert [each.content.split() for each in found] == [
        [b"Message-ID:", b"<0@x.example>"],
        [b"Message-ID:", b"<1@x.example>"],
    ]
    assert await source.seen() == {2}


@pytest.mark.parametrize("year", [1970, 1999, 2031, 2105])
async def test_the_time_of_receipt_is_utc_in_every_year(
    dovecot: Mailbox, opened: Open, year: int
) -> None:
    at = datetime(year, 7, 1, 12, 0, tzinfo=UTC)
    dovecot.deliver(HELLO, at)

    [waiting] = (await opened(dovecot).look()).waiting

    assert waiting.received_at == at
    assert waiting.received_at.tzinfo is UTC


async def test_a_message_comes_octet_for_octet_and_stays_unseen(
    dovecot: Mailbox, opened: Open
) -> None:
    content = HELLO + bytes(range(1, 256)) + b"\r\n.\r\n"
    dovecot.deliver(content, NOON)
    source = opened(dovecot)
    found = await source.look()

    fetched = await source.fetch(found.waiting)

    assert fetched == [
        Fetched(
            "INBOX", found.uid_validity, 1, NOON, fetched[0].content, len(fetched[0].content), True
        )
    ]
    assert fetched[0].content.replace(b"\r\n", b"\n") == content.replace(b"\r\n", b"\n")
    with dovecot.imap() as client:
        client.select_folder("INBOX", readonly=True)
        assert rb"\Seen" not in client.get_flags([1])[1]


async def test_a_message_that_is_gone_is_missing(dovecot: Mailbox, opened: Open) -> None:
    for _ in range(3):
        dovecot.deliver(HELLO, NOON)
    source = opened(dovecot)
    found = await source.look()

    with dovecot.imap() as client:
        client.select_folder("INBOX")
        client.delete_messages([2])
        client.expunge()
    uids = {each.uid for each in await source.fetch((await source.look()).waiting)}

    assert uids == {1, 3}
    assert [each.uid for each in await source.fetch(found.waiting)] == [1, 3]
    assert await source.fetch_header(found.waiting[1]) is None


async def test_the_header_alone_is_no_whole_message(dovecot: Mailbox, opened: Open) -> None:
    dovecot.deliver(HELLO, NOON)
    source = opened(dovecot)
    [waiting] = (await source.look()).waiting

    header = await source.fetch_header(waiting)

    assert header is not None
    assert header.content == b"From: ada@example.org\r\nSubject: Hello\r\n\r\n"
    assert (header.is_whole, header.size) == (False, len(HELLO))


async def test_five_hundred_messages_are_seen_and_fetched(dovecot: Mailbox, opened: Open) -> None:
    for number in range(501):
        dovecot.deliver(HELLO, NOON + timedelta(seconds=number))
    source = opened(dovecot)

    found = await source.look()

    assert len(found.waiting) == 501
    assert len(await source.fetch(found.waiting)) == 501


async def test_of_a_full_folder_only_what_is_open_is_shown(dovecot: Mailbox, opened: Open) -> None:
    for number in range(510):
        dovecot.deliver(HELLO, NOON + timedelta(seconds=number))
    source = opened(dovecot)

    async def settled(mailbox: str, uid_validity: int, uids: Sequence[int]) -> set[int]:
        return {uid for uid in uids if uid <= 509}

    assert [each.uid for each in (await source.look(settled)).waiting] == [510]
    dovecot.deliver(HELLO, NOON + timedelta(hours=1))

    assert await source.has_news()
    assert [each.uid for each in (await source.look(settled)).waiting] == [510, 511]
    assert not await source.has_news()
    assert await source.there([3, 511, 9000]) == {3, 511}


async def test_a_recorded_message_is_moved_into_a_folder_that_is_made(
    dovecot: Mailbox, opened: Open
) -> None:
    dovecot.deliver(HELLO, NOON)
    dovecot.deliver(b"Subject: stays\r\n\r\n", NOON + timedelta(hours=1))
    source = opened(dovecot)
    found = await source.look()

    await source.file([found.waiting[0].uid])

    assert dovecot.messages("Processed") == [HELLO]
    assert [each.uid for each in (await source.look()).waiting] == [2]


async def test_filing_what_is_gone_is_no_fault(dovecot: Mailbox, opened: Open) -> None:
    source = opened(dovecot)
    await source.look()

    await source.file([17])
    await source.file([])


async def test_a_folder_may_have_a_name_in_any_script(dovecot: Mailbox, opened: Open) -> None:
    dovecot.deliver(HELLO, NOON)
    source = opened(dovecot, processed_folder="Erledigt/Für & später")
    await source.look()

    await source.file([1])

    with dovecot.imap() as client:
        assert client.select_folder("Erledigt/Für & später")[b"EXISTS"] == 1


async def test_without_a_folder_a_message_is_only_flagged(dovecot: Mailbox, opened: Open) -> None:
    dovecot.deliver(HELLO, NOON)
    source = opened(dovecot, processed_folder="")
    await source.look()

    await source.file([1])

    assert len((await source.look()).waiting) == 1
    with dovecot.imap() as client:
        client.select_folder("INBOX", readonly=True)
        assert rb"\Seen" in client.get_flags([1])[1]


async def test_a_server_without_move_is_helped(without_move: Dovecot, opened: Open) -> None:
    without_move.deliver(HELLO, NOON)
    without_move.deliver(HELLO, NOON)
    with without_move.imap() as client:
        client.select_folder("INBOX")
        client.delete_messages([2])
    source = opened(without_move)
    await source.look()

    await source.file([1])

    assert (without_move.count("Processed"), without_move.count()) == (1, 1)
    assert [each.uid for each in (await source.look()).waiting] == [2]


async def test_without_uidplus_nothing_is_expunged_and_nothing_copied_twice(
    without_uidplus: Dovecot, opened: Open
) -> None:
    without_uidplus.deliver(HELLO, NOON)
    source = opened(without_uidplus)
    await source.look()

    await source.file([1])
    await source.file([1])

    assert (without_uidplus.count("Processed"), without_uidplus.count()) == (1, 1)


async def test_a_copy_of_what_was_sent_keeps_its_time(dovecot: Mailbox, opened: Open) -> None:
    await opened(dovecot).append("Sent", HELLO, NOON)

    with dovecot.imap() as client:
        client.select_folder("Sent", readonly=True)
        [answer] = client.fetch([1], ["INTERNALDATE", "FLAGS"]).values()
    assert answer[b"INTERNALDATE"] == NOON
    assert rb"\Seen" in answer[b"FLAGS"]


async def test_a_copy_may_be_laid_down_before_the_first_look(
    dovecot: Mailbox, opened: Open
) -> None:
    dovecot.deliver(HELLO, NOON)
    source = opened(dovecot)

    await source.append("Sent", HELLO, NOON)

    assert len(await source.fetch([Waiting(1, 0, NOON)])) == 1


async def test_a_rebuilt_folder_is_not_mixed_up_with_the_old_one(
    own_dovecot: Dovecot, opened: Open
) -> None:
    for _ in range(2):
        own_dovecot.deliver(HELLO, NOON)
    source = opened(own_dovecot)
    before = await source.look()

    own_dovecot.reset_uid_validity()
    with pytest.raises(ImapFault):
        await source.fetch(before.waiting)
    with pytest.raises(ImapFault, match="UIDVALIDITY changed"):
        await source.file([each.uid for each in before.waiting])
    after = await source.look()

    assert after.uid_validity != before.uid_validity
    assert len(await source.fetch(after.waiting)) == 2


async def test_a_restart_of_the_server_costs_one_fault_and_nothing_else(
    own_dovecot: Dovecot, opened: Open
) -> None:
    own_dovecot.deliver(HELLO, NOON)
    source = opened(own_dovecot)
    found = await source.look()

    own_dovecot.stop()
    with pytest.raises(ImapFault, match="connection was lost"):
        await source.fetch(found.waiting)
    with pytest.raises(ImapFault, match=r"connection was refused; check \[imap\] host and port"):
        await source.look()
    own_dovecot.start()

    assert len(await source.fetch(found.waiting)) == 1


async def test_new_mail_wakes_an_idle_source(
    dovecot: Mailbox, opened: Open, idling: threading.Event
) -> None:
    source = opened(dovecot)
    await source.look()

    waiting = asyncio.create_task(source.idle(30))
    await asyncio.to_thread(idling.wait, 5)
    dovecot.deliver(HELLO, NOON)

    assert await asyncio.wait_for(waiting, 5)
    assert len((await source.look()).waiting) == 1


async def test_mail_that_came_since_the_look_is_news(dovecot: Mailbox, opened: Open) -> None:
    source = opened(dovecot)
    await source.look()
    dovecot.deliver(HELLO, NOON)

    assert await asyncio.wait_for(source.idle(30), 5)


async def test_an_idle_source_gives_up_in_time(dovecot: Mailbox, opened: Open) -> None:
    source = opened(dovecot)

    assert not await asyncio.wait_for(source.idle(0.1), 5)
    assert (await source.look()).waiting == ()


async def test_flags_that_people_set_are_no_news(
    dovecot: Mailbox, opened: Open, idling: threading.Event
) -> None:
    dovecot.deliver(HELLO, NOON)
    source = opened(dovecot)
    await source.look()

    waiting = asyncio.create_task(source.idle(1))
    await asyncio.to_thread(idling.wait, 5)
    with dovecot.imap() as client:
        client.select_folder("INBOX")
        client.add_flags([1], [rb"\Flagged"])

    assert not await asyncio.wait_for(waiting, 5)


@pytest.mark.parametrize("tls", ["none", "implicit"])
async def test_an_idle_thread_is_freed_at_once(
    own_dovecot: Dovecot, opened: Open, idling: threading.Event, tls: str
) -> None:
    source = _with_tls(opened, own_dovecot, tls)
    await source.look()
    waiting = asyncio.create_task(source.idle(30))
    await asyncio.to_thread(idling.wait, 5)

    started = time.monotonic()
    source.interrupt()

    assert not await asyncio.wait_for(waiting, 1)
    assert time.monotonic() - started < 0.5
    assert (await source.look()).waiting == ()


async def test_a_hung_read_is_freed_at_once(opened: Open) -> None:
    with ScriptedImap(silent_at="SEARCH") as server:
        source = opened(server, timeout=30.0)
        hung = asyncio.create_task(source.look())
        await asyncio.to_thread(server.is_silent.wait, 5)

        source.interrupt()

        with pytest.raises(ImapFault):
            await asyncio.wait_for(hung, 1)


async def test_a_server_that_never_greets_holds_nobody_up(opened: Open) -> None:
    with ScriptedImap(greeting=b"") as server:
        source = opened(server, timeout=30.0)
        hung = asyncio.create_task(source.look())
        await asyncio.to_thread(server.is_met.wait, 5)

        source.interrupt()

        with pytest.raises(ImapFault, match="interrupted while connecting"):
            await asyncio.wait_for(hung, 1)


async def test_after_the_last_interruption_there_is_no_next_call(opened: Open) -> None:
    with ScriptedImap(greeting=b"* OK ready\r\n") as server:
        source = opened(server)
        source.interrupt(for_good=True)
        # The mailbox is another's, says the database just then.
        source.interrupt()

        with pytest.raises(ImapFault, match="no connection is made any more"):
            await source.look()


async def test_after_an_interruption_the_next_call_starts_anew(opened: Open) -> None:
    with ScriptedImap(greeting=b"") as server:
        source = opened(server, timeout=30.0)
        hung = asyncio.create_task(source.look())
        await asyncio.to_thread(server.is_met.wait, 5)
        source.interrupt()
        with pytest.raises(ImapFault):
            await hung

        server.greeting = b"* OK ready\r\n"

        assert (await source.look()).uid_validity == 7


@pytest.mark.parametrize("greeting", [b"220 mail ready\r\n", b"HTTP/1.1 400 Bad Request\r\n"])
async def test_a_server_of_another_kind_is_told_with_what_to_check(
    opened: Open, greeting: bytes
) -> None:
    with ScriptedImap(greeting=greeting) as server:
        source = opened(server)
        with pytest.raises(ImapFault, match=r"check \[imap\] host, port and tls"):
            await source.look()


async def test_a_server_that_never_greets_is_waited_for_only_so_long(opened: Open) -> None:
    with (
        ScriptedImap(greeting=b"") as server,
        pytest.raises(ImapFault, match=r"no answer within 0\.2 s"),
    ):
        await asyncio.wait_for(opened(server, timeout=0.2).look(), 5)


async def test_a_server_without_idle_lets_its_caller_rest(
    without_move: Dovecot, opened: Open
) -> None:
    assert not await asyncio.wait_for(opened(without_move).idle(30), 5)


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_tls_works_with_a_certificate_that_is_trusted(
    own_dovecot: Dovecot, opened: Open, tls: str
) -> None:
    own_dovecot.deliver(HELLO, NOON)

    source = _with_tls(opened, own_dovecot, tls)

    assert len(await source.fetch((await source.look()).waiting)) == 1


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_a_certificate_that_nobody_vouches_for_is_not_accepted(
    own_dovecot: Dovecot, opened: Open, tls: str
) -> None:
    source = _with_tls(opened, own_dovecot, tls, cafile=None)

    with pytest.raises(
        ImapFault, match=r"certificate of 127\.0\.0\.1 could not be verified: self-signed"
    ):
        await source.look()


async def test_starttls_is_never_given_up(dovecot: Mailbox, opened: Open) -> None:
    with pytest.raises(ImapFault, match=r"STARTTLS capability; check \[imap\] port and tls"):
        await opened(dovecot, tls="starttls").look()


async def test_a_refused_login_says_what_to_do(dovecot: Mailbox, opened: Open) -> None:
    source = opened(dovecot, password="yesterday's")

    with pytest.raises(
        ImapFault, match=r"login was refused \(AUTHENTICATIONFAILED\); check \[imap\] username"
    ):
        await source.look()


async def test_a_missing_folder_says_what_to_do(dovecot: Mailbox, opened: Open) -> None:
    with pytest.raises(ImapFault, match=r'folder "Complaints" cannot be opened; there is no such'):
        await opened(dovecot, folder="Complaints").look()


async def test_a_refused_connection_says_what_to_do(dovecot: Mailbox, opened: Open) -> None:
    with pytest.raises(ImapFault, match=r"connection was refused; check \[imap\] host and port"):
        await opened(dovecot, port=free_port()).look()


@pytest.mark.parametrize("host", ["mail..invalid", "mailbox.invalid"])
async def test_an_unknown_host_is_said_to_be_unknown(
    dovecot: Mailbox, opened: Open, host: str
) -> None:
    with pytest.raises(ImapFault, match="the host's name is not known"):
        await opened(dovecot, host=host).look()


@pytest.mark.parametrize(
    "date",
    [
        b"NIL",
        b'""',
        b'"yesterday, about noon"',
        b'"99-Foo-20266 99:99:99 +9999"',
        b'"13-M\xe4r-2026 12:00:00 +0000"',
        b"13",
    ],
)
async def test_a_date_that_cannot_be_read_is_the_time_of_the_first_sight(
    opened: Open, date: bytes
) -> None:
    before = datetime.now(UTC)
    answer = b"* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE " + date + b")\r\n"
    with ScriptedImap({"FETCH": answer}) as server:
        source = opened(server)

        [waiting] = (await source.look()).waiting
        [again] = (await source.look()).waiting

    assert before <= waiting.received_at <= datetime.now(UTC)
    assert again == waiting


async def test_a_date_without_a_zone_is_taken_for_utc(opened: Open) -> None:
    answer = b'* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE "13 Mar 2026 12:00:00")\r\n'
    with ScriptedImap({"FETCH": answer}) as server:
        [waiting] = (await opened(server).look()).waiting

    assert waiting.received_at == NOON


@pytest.mark.parametrize("body", [b"NIL", b'""', b"{0}\r\n", b"", b"("])
async def test_octets_that_did_not_come_leave_the_message_alone(opened: Open, body: bytes) -> None:
    with ScriptedImap({"FETCH": b"* 1 FETCH (UID 1 BODY[] " + body + b")\r\n"}) as server:
        source = opened(server)

        assert await source.fetch([Waiting(1, 9, NOON)]) == []
        assert await source.fetch_header(Waiting(1, 9, NOON)) is None


async def test_one_answer_that_cannot_be_read_does_not_stop_the_others(opened: Open) -> None:
    garbled = b"* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE 13)\r\n"
    fine = b'* 2 FETCH (UID 2 RFC822.SIZE 9 INTERNALDATE "13-Mar-2026 12:00:00 +0000")\r\n'
    with ScriptedImap({"SEARCH": b"* SEARCH 1 2\r\n", "FETCH": garbled + fine}) as server:
        found = await opened(server).look()

    assert {each.uid for each in found.waiting} == {1, 2}


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 1 BODY[] {99}\r\nshort)\r\n",
        b"garbage from somebody's mail\r\n",
        b"* BYE for today\r\n",
    ],
)
async def test_a_garbled_answer_is_a_fault_that_quotes_nothing(opened: Open, answer: bytes) -> None:
    with ScriptedImap({"FETCH": answer}) as server:
        source = opened(server, timeout=0.3)

        with pytest.raises(ImapFault) as caught:
            await source.fetch([Waiting(1, 9, NOON)])

    assert "mail" not in str(caught.value).replace("[imap]", "")
    assert "short" not in str(caught.value)


async def test_a_search_names_no_charset_and_nothing_is_fetched_that_would_set_seen(
    opened: Open,
) -> None:
    answer = b'* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE "13-Mar-2026 12:00:00 +0000")\r\n'
    with ScriptedImap({"FETCH": answer}) as server:
        source = opened(server)
        await source.fetch((await source.look()).waiting)

    said = [each for each in server.commands if each.startswith("UID")]
    assert said == [
        "UID SEARCH ALL",
        "UID FETCH 1 (INTERNALDATE RFC822.SIZE)",
        "UID FETCH 1 (BODY.PEEK[])",
    ]


async def test_a_line_to_the_server_is_watched(dovecot: Mailbox, opened: Open) -> None:
    source = opened(dovecot)
    await source.look()

    line = source._session.imap.socket()
    assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


async def test_a_password_is_in_no_repr() -> None:
    account = ImapAccount(host="h", port=1, tls="none", username="u", password="hunter2")

    assert "hunter2" not in repr(account)


async def test_closing_twice_or_before_the_start_is_no_fault(
    dovecot: Mailbox, opened: Open
) -> None:
    source = opened(dovecot)
    await source.close()
    await source.look()

    await source.close()
    await source.close()


class _Idling(logging.Handler):
    """
    Hears the server say that it idles.
    """

    def __init__(self) -> None:
        super().__init__()
        self.heard = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if "< b'+ idling" in record.getMessage():
            self.heard.set()


def _with_tls(opened: Open, server: Dovecot, tls: str, **changes: Any) -> ImapSource:
    assert server.certificate is not None
    port = server.tls_port if tls == "implicit" else server.port
    cafile = str(server.certificate.cert)
    return opened(server, **{"tls": tls, "port": port, "cafile": cafile, **changes})
