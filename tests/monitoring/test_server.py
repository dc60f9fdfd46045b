"""
The server for /health and /metrics: whoever asks it, and whoever means ill.
"""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus

import pytest

from mailbot import log
from mailbot.monitoring.server import Answer, Server
from tests.servers.ports import free_port

LARGE = b"x" * 5_000_000


async def answering(path: str, accept: str) -> Answer:
    if path == "/broken":
        raise LookupError("a defect")
    content = {"/large": LARGE, "/accept": accept.encode()}.get(path, path.encode())
    return Answer(status=HTTPStatus.OK, content=content)


@asynccontextmanager
async def served(**given: float) -> AsyncIterator[int]:
    port = free_port()
    running = asyncio.create_task(Server("127.0.0.1", port, answering, **given).run())
    try:
        await listening(port)
        yield port
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def listening(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.02)


async def said(port: int, request: bytes) -> bytes:
    """
    All that the server says to these octets.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    try:
        async with asyncio.timeout(60):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("request_line", "status", "body"),
    [
        (b"GET /health HTTP/1.1", b"200 OK", b"/health"),
        (b"GET /health?pretty=1 HTTP/1.0", b"200 OK", b"/health"),
        (b"HEAD /health HTTP/1.1", b"200 OK", b""),
        (b"POST /health HTTP/1.1", b"405 Method Not Allowed", b"Method Not Allowed\n"),
        (b"GET /health HTTP/2.0", b"400 Bad Request", b"Bad Request\n"),
        (b"\xff\x00", b"400 Bad Request", b"Bad Request\n"),
    ],
)
async def test_a_question_has_one_answer(request_line: bytes, status: bytes, body: bytes) -> None:
    async with served() as port:
        answer = await said(port, request_line + b"\r\nHost: mailbot\r\n\r\n")

    head, _, content = answer.partition(b"\r\n\r\n")
    first, *fields = head.split(b"\r\n")
    assert first == b"HTTP/1.1 " + status
    assert content == body
    assert b"Connection: close" in fields
    assert (b"Allow: GET, HEAD" in fields) == status.startswith(b"405")


async def test_the_form_that_is_liked_best_is_passed_on() -> None:
    async with served() as port:
        answer = await said(port, b"GET /accept HTTP/1.1\r\nACCEPT: a/b;q=0.5\r\n\r\n")

    assert answer.endswith(b"\r\n\r\na/b;q=0.5")


async def test_a_large_answer_comes_whole() -> None:
    async with served() as port:
        answer = await said(port, b"GET /large HTTP/1.1\r\n\r\n")

    assert answer.partition(b"\r\n\r\n")[2] == LARGE


async def test_a_header_without_end_is_not_read_to_its_end() -> None:
    async with served() as port:
        answer = await said(port, b"GET / HTTP/1.1\r\nX: " + b"x" * 300_000)
        after = await said(port, b"GET /after HTTP/1.1\r\n\r\n")

    # Whoever still talks when the line is closed may not hear the answer.
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")
    assert after.endswith(b"/after")


async def test_slow_and_many_and_deaf_keep_nobody_waiting_for_long() -> None:
    async with served(seconds=1.0) as port:
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(40)]
        deaf = await asyncio.open_connection("127.0.0.1", port)
        deaf[1].write(b"GET /large HTTP/1.1\r\n\r\n")
        async with asyncio.timeout(60):
            while not (answer := await said(port, b"GET /after HTTP/1.1\r\n\r\n")):
                await asyncio.sleep(0.05)
            for reader, writer in silent:
                with suppress(ConnectionResetError):
                    assert await reader.read() == b""
                writer.close()
        deaf[1].close()

    assert answer.endswith(b"/after")


async def test_a_defect_in_an_answer_ends_that_line_alone() -> None:
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    async with served() as port:
        assert await said(port, b"GET /broken HTTP/1.1\r\n\r\n") == b""
        assert (await said(port, b"GET /after HTTP/1.1\r\n\r\n")).endswith(b"/after")


async def test_a_port_that_another_has_is_said_once_and_had_when_it_is_free() -> None:
    journal = io.StringIO()
    log.configure(journal, as_json=True)
    other = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    running = asyncio.create_task(Server("127.0.0.1", port, answering, rest=0.05).run())
    async with asyncio.timeout(60):
        while "monitoring_unavailable" not in journal.getvalue():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        other.close()
        while "monitoring_available" not in journal.getvalue():
            await asyncio.sleep(0.01)
    answer = await said(port, b"GET /now HTTP/1.1\r\n\r\n")
    running.cancel()
    await asyncio.wait([running])

    assert answer.endswith(b"/now")
    lines = [json.loads(each) for each in journal.getvalue().splitlines()]
    assert [(each["event"], each["level"]) for each in lines] == [
        ("monitoring_unavailable", "warning"),
        ("monitoring_available", "info"),
    ]
    assert "in use" in lines[0]["reason"]
