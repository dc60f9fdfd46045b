"""
The courier against a server that can be told to misbehave.
"""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailbot.mail.outcome import Deferred, Refused, Sent, Uncertain
from mailbot.transport.smtp import Courier
from mailbot.transport.smtp_session import SmtpAccount, SmtpFault
from mailbot.transport.smtp_wire import on_the_wire, writable
from tests.servers.certificate import Certificate
from tests.servers.ports import free_port
from tests.servers.smtp import SmtpSink

CONTENT = b"From: service@example.com\r\nTo: ada@example.org\r\nSubject: Hello\r\n\r\nGood day.\r\n"
SENDER = "service@example.com"
ADA = "ada@example.org"
BOB = "bob@example.org"

Hire = Callable[..., Courier]


def an_account(sink: SmtpSink, **changes: Any) -> SmtpAccount:
    account = SmtpAccount(host=sink.host, port=sink.port, tls=sink.tls, sender=SENDER, timeout=5.0)
    return replace(account, **changes)


@pytest.fixture
async def hire() -> AsyncIterator[Hire]:
    """
    Makes couriers for a sink, and sends them home after the test.
    """
    hired: list[Courier] = []

    def make(sink: SmtpSink, **changes: Any) -> Courier:
        hired.append(Courier(an_account(sink, **changes)))
        return hired[-1]

    yield make
    for each in hired:
        await each.close()


async def test_a_mail_arrives_octet_for_octet_and_the_final_line_is_kept(
    sink: SmtpSink, hire: Hire
) -> None:
    sink.reply_with("250 2.0.0 Ok queued as <x@relay.example.com>")

    outcome = await hire(sink).deliver(CONTENT, ADA)

    assert outcome == Sent("250 2.0.0 Ok queued as <x@relay.example.com>")
    [received] = sink.received
    assert (received.mail_from, received.rcpt_to) == (SENDER, (ADA,))
    assert received.content == CONTENT


@pytest.mark.parametrize(
    "body",
    [
        b".\r\n..\r\n.hidden\r\n",
        b"a\r\n\r\n.\r\n",
        b"\r\n\r\n\r\n",
        b"Zo\xc3\xab \xff\xfe\x00 and NUL\r\n",
        b"tab\tand trailing blank \r\n",
    ],
)
async def test_dots_and_octets_of_every_kind_survive(
    sink: SmtpSink, hire: Hire, body: bytes
) -> None:
    content = b"Subject: dots\r\n\r\n" + body

    assert isinstance(await hire(sink).deliver(content, ADA), Sent)
    assert sink.received[0].content == content


async def test_one_connection_serves_many_mails(sink: SmtpSink, hire: Hire) -> None:
    courier = hire(sink)

    for _ in range(5):
        assert isinstance(await courier.deliver(CONTENT, ADA), Sent)

    assert (len(sink.received), sink.connections) == (5, 1)


async def test_eight_bit_content_is_announced(sink: SmtpSink, hire: Hire) -> None:
    await hire(sink).deliver(CONTENT + "Zoë".encode() + b"\r\n", ADA)

    assert sink.commands[1] == f"MAIL FROM:<{SENDER}> SIZE=83 BODY=8BITMIME"


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.1.1 no such user",
        "550 5.1.2 no such host",
        "501 5.1.3 bad address",
        "551 5.1.6 has moved",
        "556 5.1.10 null MX",
        "550 5.2.1 mailbox disabled",
    ],
)
async def test_the_recipients_own_no_is_final(sink: SmtpSink, hire: Hire, reply: str) -> None:
    sink.answer("RCPT", reply)

    outcome = await hire(sink).deliver(CONTENT, ADA)

    code, status, _ = reply.split(" ", 2)
    assert outcome == Refused(f"RCPT answered {code} {status}: final", int(code), reply[4:])


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        ("MAIL", "550 5.1.1 said of the sender"),
        ("MAIL", "552 5.2.2 our own mailbox is over its quota"),
        ("MAIL", "530 5.7.0 Authentication required"),
        ("RCPT", "550 no reason given"),
        ("RCPT", "554 5.7.1 Relay access denied"),
        ("RCPT", "552 5.2.2 mailbox full"),
        ("RCPT", "550 5.1.11 a longer code that begins alike"),
        ("DATA", "554 5.5.1 no valid recipients"),
        ("after-dot", "554 5.7.1 looks like spam"),
        ("after-dot", "554 5.2.0 our Sent Items are full"),
        ("after-dot", "550 5.1.1 too late to say so"),
    ],
)
async def test_every_other_5xx_is_about_us_and_the_mail_waits(
    sink: SmtpSink, hire: Hire, stage: str, reply: str
) -> None:
    sink.answer(stage, reply)

    outcome = await hire(sink).deliver(CONTENT, ADA)

    assert isinstance(outcome, Deferred)
    assert (outcome.code, outcome.about_us, outcome.channel) == (int(reply[:3]), True, False)
    assert outcome.detail == reply[4:]


@pytest.mark.parametrize("stage", ["DATA", "after-dot"])
async def test_a_mail_that_is_too_big_is_final(sink: SmtpSink, hire: Hire, stage: str) -> None:
    sink.answer(stage, "552 5.3.4 Message too big")

    assert isinstance(await hire(sink).deliver(CONTENT, ADA), Refused)


async def test_a_mail_larger_than_the_server_says_it_takes_is_not_sent_at_all(hire: Hire) -> None:
    async with SmtpSink(size_limit=1000) as sink:
        courier = hire(sink)
        assert courier.largest is None

        outcome = await courier.deliver(CONTENT + b"x" * 1000 + b"\r\n", ADA)

        assert isinstance(outcome, Refused)
        assert outcome.too_big
        assert courier.largest == 1000
        assert [each.split()[0] for each in sink.commands] == ["EHLO"]
        assert isinstance(await courier.deliver(CONTENT, ADA), Sent)


async def test_a_server_without_a_limit_takes_anything(hire: Hire) -> None:
    async with SmtpSink(size_limit=0) as sink:
        courier = hire(sink)

        assert isinstance(await courier.deliver(CONTENT, ADA), Sent)
        assert courier.largest is None


async def test_the_sender_is_tried_without_a_letter(sink: SmtpSink, hire: Hire) -> None:
    courier = hire(sink)
    assert await courier.try_sender() is None

    sink.answer("MAIL", "530 5.7.0 Must issue a STARTTLS command first")
    refused = await courier.try_sender()

    assert refused is not None
    assert "the server wants TLS first" in refused.reason
    assert sink.commands[-1] == "RSET"
    assert sink.received == []


async def test_a_greeting_that_wants_fewer_connections_is_no_fault_of_the_settings(
    sink: SmtpSink, hire: Hire
) -> None:
    sink.answer("CONNECT", "421 4.7.0 Error: too many connections from 127.0.0.1")

    fault = await _fault(hire(sink))

    assert fault.throttled
    assert "lower [smtp] connections" in str(fault)


async def test_a_421_to_ehlo_is_told_as_it_was_said(sink: SmtpSink, hire: Hire) -> None:
    sink.answer("EHLO", "421 4.3.2 going down for maintenance")

    assert "does not want to talk just now (421 4.3.2)" in str(await _fault(hire(sink)))


@pytest.mark.parametrize("stage", ["RCPT", "DATA", "after-dot"])
async def test_a_4xx_is_for_now(sink: SmtpSink, hire: Hire, stage: str) -> None:
    sink.answer(stage, "451 4.3.0 come again")

    outcome = await hire(sink).deliver(CONTENT, ADA)

    assert isinstance(outcome, Deferred)
    assert (outcome.code, outcome.about_us, outcome.channel) == (451, False, False)


async def test_a_4xx_at_mail_would_meet_the_next_mail_too(sink: SmtpSink, hire: Hire) -> None:
    sink.answer("MAIL", "450 4.7.1 Error: too much mail from 127.0.0.1")

    outcome = await hire(sink).deliver(CONTENT, ADA)

    assert isinstance(outcome, Deferred)
    assert (outcome.code, outcome.about_us, outcome.channel) == (450, False, True)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "after-dot"])
async def test_a_421_is_about_the_channel(sink: SmtpSink, hire: Hire, stage: str) -> None:
    sink.answer(stage, "421 4.7.0 too much")

    outcome = await hire(sink).deliver(CONTENT, ADA)

    assert isinstance(outcome, Deferred)
    assert (outcome.code, outcome.channel) == (421, True)


async def test_a_reason_never_names_anybody(sink: SmtpSink, hire: Hire) -> None:
    sink.answer("RCPT", f"550 5.1.1 <{ADA}>: no such user")

    outcome = await hire(sink).deliver(CONTENT, ADA)

    assert isinstance(outcome, Refused)
    assert ADA not in outcome.reason
    assert ADA in outcome.detail


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "after-dot"])
async def test_after_a_no_the_next_mail_starts_clean_on_the_same_connection(
    sink: SmtpSink, hire: Hire, stage: str
) -> None:
    sink.answer(stage, "550 5.7.1 no", times=1)
    courier = hire(sink)

    assert isinstance(await courier.deliver(CONTENT, ADA), Deferred)
    assert isinstance(await courier.deliver(CONTENT, BOB), Sent)

    [received] = sink.received
    assert received.rcpt_to == (BOB,)
    assert sink.connections == 1


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
async def test_a_cut_before_the_content_leaves_no_doubt(
    sink: SmtpSink, hire: Hire, stage: str
) -> None:
    sink.cut(stage)

    outcome = await hire(sink).deliver(CONTENT, ADA)

    assert isinstance(outcome, Deferred)
    assert outcome.channel


@pytest.mark.parametrize("stage", ["in-data", "after-dot"])
async def test_a_cut_inside_the_content_is_uncertain(
    sink: SmtpSink, hire: Hire, stage: str
) -> None:
    sink.cut(stage)

    assert isinstance(await hire(sink).deliver(CONTENT, ADA), Uncertain)
    assert len(sink.received) == (1 if stage == "after-dot" else 0)


async def test_silence_after_the_final_dot_is_uncertain(sink: SmtpSink, hire: Hire) -> None:
    sink.fall_silent("after-dot")

    outcome = await hire(sink, timeout=0.2).deliver(CONTENT, ADA)

    assert outcome == Uncertain(
        "inside the content: no answer in time", "Timed out waiting for server response"
    )


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
async def test_silence_before_the_content_is_for_now(
    sink: SmtpSink, hire: Hire, stage: str
) -> None:
    sink.fall_silent(stage)

    outcome = await hire(sink, timeout=0.2).deliver(CONTENT, ADA)

    assert isinstance(outcome, Deferred)
    assert outcome.channel


async def test_a_kept_connection_that_was_closed_meanwhile_is_made_anew(
    sink: SmtpSink, hire: Hire
) -> None:
    courier = hire(sink)
    await courier.deliver(CONTENT, ADA)

    sink.hang_up()

    assert isinstance(await courier.deliver(CONTENT, BOB), Sent)
    assert sink.connections == 2


@pytest.mark.parametrize(
    "reply",
    [
        "421 4.4.2 idle for too long",
        "421 too many messages in this connection",
        # It keeps the line, and says the same for ever.
        "452 4.5.3 Too many recipients: Too many messages sent",
        "",
    ],
)
async def test_a_kept_connection_that_ends_at_mail_is_made_anew_once(
    sink: SmtpSink, hire: Hire, reply: str
) -> None:
    courier = hire(sink)
    await courier.deliver(CONTENT, ADA)

    sink.answer("MAIL", reply, times=1)

    assert isinstance(await courier.deliver(CONTENT, BOB), Sent)
    assert sink.connections == 2


async def test_a_server_that_always_hangs_up_at_mail_is_not_asked_for_ever(
    sink: SmtpSink, hire: Hire
) -> None:
    courier = hire(sink)
    await courier.deliver(CONTENT, ADA)

    sink.cut("MAIL")

    assert isinstance(await courier.deliver(CONTENT, BOB), Deferred)
    assert sink.connections == 2


async def test_after_every_cut_the_next_mail_goes(sink: SmtpSink, hire: Hire) -> None:
    courier = hire(sink)
    for stage in ("MAIL", "RCPT", "DATA", "in-data", "after-dot"):
        sink.cut(stage, recipient=ADA if stage != "MAIL" else None, times=1)
        await courier.deliver(CONTENT, ADA)
        assert isinstance(await courier.deliver(CONTENT, BOB), Sent)


@pytest.mark.parametrize(
    "recipient",
    ["zoë@example.org", "two words@example.org", "a@b@example.org", "nobody", "@example.org",
     "x>\r\nRSET@example.org", "a\x00@example.org", "<ada@example.org>", ""],
)  # fmt: skip
async def test_a_recipient_that_cannot_be_written_is_refused_by_us(
    sink: SmtpSink, hire: Hire, recipient: str
) -> None:
    outcome = await hire(sink).deliver(CONTENT, recipient)

    assert isinstance(outcome, Refused)
    assert sink.received == []


async def test_a_recipient_with_an_umlaut_is_written_where_the_server_can(hire: Hire) -> None:
    async with SmtpSink(smtputf8=True) as sink:
        assert isinstance(await hire(sink).deliver(CONTENT, "zoë@example.org"), Sent)

    assert sink.received[0].rcpt_to == ("zoë@example.org",)
    assert sink.commands[1].endswith("SMTPUTF8")


def test_a_domain_with_an_umlaut_has_a_spelling_in_ascii() -> None:
    assert writable("ada@bücher.example", with_utf8=False) == b"ada@xn--bcher-kva.example"


def test_quoted_local_parts_are_written_as_they_are() -> None:
    assert writable('"a b"@example.org', with_utf8=False) == b'"a b"@example.org'


def test_an_address_that_is_longer_than_a_path_may_be_is_written_to_no_server() -> None:
    longest = f"jane@{'.'.join(['n' * 60] * 4)}.test"
    assert writable(longest, with_utf8=True) == longest.encode()
    assert writable(f"jane.doe@{'.'.join(['n' * 60] * 4)}.tests", with_utf8=True) is None


@pytest.mark.parametrize(
    ("content", "wire"),
    [
        (b"", b".\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b".a\r\n", b"..a\r\n.\r\n"),
        (b"a\n.\nb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
        (b"a\r.\r\n", b"a\r\n..\r\n.\r\n"),
    ],
)
def test_no_line_end_of_a_mail_can_end_the_mail(content: bytes, wire: bytes) -> None:
    assert on_the_wire(content) == wire


async def test_a_login_is_made_where_one_is_asked_for(hire: Hire) -> None:
    async with SmtpSink(login=("service", "sécret")) as sink:
        courier = hire(sink, username="service", password="sécret")

        assert isinstance(await courier.deliver(CONTENT, ADA), Sent)


async def test_a_password_that_was_changed_in_its_file_lets_in_whoever_runs_already(
    hire: Hire, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text("of last month")
    async with SmtpSink(login=("service", "secret")) as sink:
        courier = hire(sink, username="service", password="", password_file=file)
        with pytest.raises(SmtpFault):
            await courier.connect()

        file.write_text("secret\n")

        assert isinstance(await courier.deliver(CONTENT, ADA), Sent)


async def test_a_refused_login_keeps_the_mail_and_says_what_to_do(hire: Hire) -> None:
    async with SmtpSink(login=("service", "secret")) as sink:
        courier = hire(sink, username="service", password="yesterday's")

        with pytest.raises(SmtpFault, match=r"login was refused \(535\); check \[smtp\] username"):
            await courier.connect()
        outcome = await courier.deliver(CONTENT, ADA)

    assert isinstance(outcome, Deferred)
    assert (outcome.code, outcome.about_us, outcome.channel) == (535, True, True)
    assert len([each for each in sink.commands if each.startswith("AUTH")]) == 2


async def test_a_refused_connection_keeps_the_mail(sink: SmtpSink, hire: Hire) -> None:
    courier = hire(sink, port=free_port())

    with pytest.raises(SmtpFault, match=r"connection was refused; check \[smtp\] host and port"):
        await courier.connect()
    assert await courier.deliver(CONTENT, ADA) == Deferred(
        "the connection was refused", channel=True, detail=_detail(await _fault(courier))
    )


async def test_an_unknown_host_is_said_to_be_unknown(sink: SmtpSink, hire: Hire) -> None:
    fault = await _fault(hire(sink, host="mail..invalid"))

    assert "the host's name is not known" in str(fault)


async def test_a_server_that_never_greets_is_waited_for_only_so_long(
    sink: SmtpSink, hire: Hire
) -> None:
    sink.fall_silent("CONNECT")

    assert "no answer within 0.2 s" in str(await _fault(hire(sink, timeout=0.2)))


@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "AUTH"])
async def test_a_server_that_hangs_up_before_it_takes_mail_is_said_to_have_done_so(
    sink: SmtpSink, hire: Hire, stage: str
) -> None:
    sink.login = ("service", "secret")
    sink.cut(stage)

    told = str(await _fault(hire(sink, username="service", password="secret")))

    assert "the server hung up" in told
    assert "could not be made" not in told


async def test_a_server_that_greets_with_no_is_about_the_channel(
    sink: SmtpSink, hire: Hire
) -> None:
    sink.answer("CONNECT", "554 5.3.2 not today")

    outcome = await hire(sink).deliver(CONTENT, ADA)

    assert isinstance(outcome, Deferred)
    assert (outcome.code, outcome.channel) == (554, True)


async def test_a_server_that_speaks_something_else_is_no_smtp(hire: Hire) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK IMAP ready\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        assert "no SMTP is spoken" in str(await _fault(hire(SmtpSink(port=port))))


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_tls_works_with_a_certificate_that_is_trusted(
    hire: Hire, certificate: Certificate, tls: Any
) -> None:
    async with SmtpSink(tls=tls, certificate=certificate) as sink:
        courier = hire(sink, cafile=str(certificate.cert))

        assert isinstance(await courier.deliver(CONTENT, ADA), Sent)
        await courier.close()


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_a_certificate_that_nobody_vouches_for_is_not_accepted(
    hire: Hire, certificate: Certificate, tls: Any
) -> None:
    async with SmtpSink(tls=tls, certificate=certificate) as sink:
        courier = hire(sink)

        assert "the certificate could not be verified: self-signed" in str(await _fault(courier))
        assert isinstance(await courier.deliver(CONTENT, ADA), Deferred)
        assert sink.received == []


async def test_starttls_is_never_given_up(sink: SmtpSink, hire: Hire) -> None:
    fault = await _fault(hire(sink, tls="starttls"))

    assert "STARTTLS is not offered" in str(fault)


@pytest.mark.parametrize("tls", ["none", "implicit"])
async def test_a_line_to_the_server_is_watched(
    hire: Hire, certificate: Certificate, tls: Any
) -> None:
    async with SmtpSink(tls=tls, certificate=certificate) as sink:
        courier = hire(sink, cafile=str(certificate.cert))
        await courier.connect()

        assert courier._session.smtp is not None
        assert courier._session.smtp.transport is not None
        line = courier._session.smtp.transport.get_extra_info("socket")
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        await courier.close()


async def test_closing_says_goodbye(sink: SmtpSink, hire: Hire) -> None:
    courier = hire(sink)
    await courier.deliver(CONTENT, ADA)

    await courier.close()

    assert sink.commands[-1] == "QUIT"


async def test_closing_does_not_wait_for_a_server_that_has_gone_silent(
    sink: SmtpSink, hire: Hire
) -> None:
    courier = hire(sink, timeout=0.2)
    await courier.connect()
    sink.fall_silent("QUIT")

    await asyncio.wait_for(courier.close(), 2)


async def test_a_password_is_in_no_repr(sink: SmtpSink) -> None:
    assert "hunter2" not in repr(an_account(sink, password="hunter2"))


async def test_the_sink_can_be_a_process_that_writes_files(tmp_path: Path, hire: Hire) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.servers.smtp", "--folder", str(tmp_path)),
        *("--answer", "RCPT=451 4.3.0 come again", "--times", "1"),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    try:
        port = int(await process.stdout.readline())
        courier = hire(SmtpSink(port=port))
        assert isinstance(await courier.deliver(CONTENT, ADA), Deferred)
        assert isinstance(await courier.deliver(CONTENT, BOB), Sent)
    finally:
        process.terminate()
        await process.wait()

    assert (tmp_path / "000001.eml").read_bytes() == CONTENT
    assert json.loads((tmp_path / "000001.json").read_text())["rcpt_to"] == [BOB]


async def _fault(courier: Courier) -> SmtpFault:
    with pytest.raises(SmtpFault) as caught:
        await courier.connect()
    return caught.value


def _detail(fault: SmtpFault) -> str:
    return fault.detail
