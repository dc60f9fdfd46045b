"""
What stands between us and an endpoint: proxies, certificates, and servers that take their time.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailbot.transport.oauth2.answer import Reply, clock
from mailbot.transport.oauth2.client import TokenFault
from mailbot.transport.oauth2.endpoint import post
from tests.oauth2.clients import a_client
from tests.servers.certificate import Certificate
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.proxy import Proxy
from tests.servers.token_endpoint import Said, TokenEndpoint

FORM = {"grant_type": "client_credentials", "client_secret": "hunter2"}


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    with TokenEndpoint() as server:
        yield server


@pytest.fixture
def over_tls(certificate: Certificate) -> Iterator[TokenEndpoint]:
    with TokenEndpoint(certificate=certificate) as server:
        yield server


def asked(url: str, **given: Any) -> Reply:
    client = a_client(token_url=url, **({"timeout": 10.0} | given))
    return post(client, url, FORM)


def fault_of(url: str, **given: Any) -> str:
    with pytest.raises(TokenFault) as fault:
        asked(url, **given)
    assert "hunter2" not in str(fault.value)
    assert fault.value.__cause__ is None
    return str(fault.value)


@contextmanager
def saying(first: bytes, then: bytes = b"", every: float = 0.0) -> Iterator[str]:
    """
    A server that says so to whoever comes, and goes on with the rest for ever.
    """
    is_over = threading.Event()

    def talk(line: socket.socket) -> None:
        with suppress(OSError), line:
            line.recv(65536)
            line.sendall(first)
            while then and not is_over.wait(every):
                line.sendall(then)

    def accept() -> None:
        with suppress(OSError):
            while True:
                line, _ = server.accept()
                threading.Thread(target=talk, args=[line], daemon=True).start()

    with socket.create_server((LOOPBACK, 0)) as server:
        threading.Thread(target=accept, daemon=True).start()
        yield f"http://{LOOPBACK}:{server.getsockname()[1]}/token"
        is_over.set()
        server.shutdown(socket.SHUT_RDWR)


def test_a_form_comes_as_it_was_given(endpoint: TokenEndpoint) -> None:
    assert asked(endpoint.url).status == 200
    assert endpoint.requests == [FORM]


def test_an_endpoint_may_have_an_address_of_the_new_kind() -> None:
    with TokenEndpoint(host="::1") as server:
        assert "[::1]" in server.url
        assert asked(server.url).status == 200


def test_what_its_clock_says_comes_along(endpoint: TokenEndpoint) -> None:
    said = clock(asked(endpoint.url))
    assert said
    assert abs(said - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_redirect_is_not_followed_with_a_secret(endpoint: TokenEndpoint) -> None:
    endpoint.say(Said(307, b"", {"Location": f"{endpoint.base}/elsewhere"}))

    assert asked(endpoint.url).status == 307
    assert endpoint.others == []


def test_how_long_an_endpoint_wants_to_be_left_alone_comes_along(endpoint: TokenEndpoint) -> None:
    endpoint.say(Said(429, b"", {"Retry-After": "17"}))

    assert asked(endpoint.url).retry_after == "17"


# --- certificates -------------------------------------------------------------------------


def test_a_certificate_that_nobody_trusts_is_told_with_what_to_do(
    over_tls: TokenEndpoint,
) -> None:
    told = fault_of(over_tls.url)

    assert f"the certificate of the token endpoint {LOOPBACK} could not be verified" in told
    assert "[oauth2] cafile" in told
    assert over_tls.requests == []


def test_a_certificate_of_ones_own_making_is_trusted_by_its_file(
    over_tls: TokenEndpoint, certificate: Certificate
) -> None:
    assert asked(over_tls.url, cafile=str(certificate.cert)).status == 200


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_cafile_that_cannot_be_read_is_told_as_that(
    over_tls: TokenEndpoint, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)

    assert "check [oauth2] cafile" in fault_of(over_tls.url, cafile=str(file))


# --- proxies ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_is_gone_through_by_whichever_of_the_usual_names(
    endpoint: TokenEndpoint, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with Proxy() as proxy:
        monkeypatch.setenv(name, f"{LOOPBACK}:{proxy.port}")

        assert asked(endpoint.url).status == 200

    assert proxy.asked == [("POST", endpoint.url)]
    assert len(endpoint.requests) == 1


def test_a_proxy_sees_nothing_of_what_goes_through_its_tunnel(
    over_tls: TokenEndpoint, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)

        assert asked(over_tls.url, cafile=str(certificate.cert)).status == 200

    assert proxy.asked == [("CONNECT", f"{LOOPBACK}:{over_tls.port}")]


@pytest.mark.parametrize(
    "spared", ["127.0.0.1", "*", "example.com, 127.0.0.1", "[::1],fe80::/10,127.0.0.1"]
)
def test_who_is_spared_the_proxy_is_asked_directly(
    endpoint: TokenEndpoint, monkeypatch: pytest.MonkeyPatch, spared: str
) -> None:
    with Proxy(refuses=403) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", spared)

        assert asked(endpoint.url).status == 200

    assert proxy.asked == []


def test_a_proxy_that_wants_a_login_has_it_from_its_address(
    over_tls: TokenEndpoint, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy(login="mailbot:s3cret") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://mailbot:s3cret@"))
        assert asked(over_tls.url, cafile=str(certificate.cert)).status == 200

        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://mailbot:wr0ng@"))
        told = fault_of(over_tls.url, cafile=str(certificate.cert))

    assert "the proxy wants a login" in told
    assert "wr0ng" not in told


@pytest.mark.parametrize(
    ("proxy", "told"),
    [
        (f"http://{LOOPBACK}:{{free}}", "the proxy before the token endpoint"),
        ("socks5://127.0.0.1:1080", "name an HTTP proxy"),
        ("socks://127.0.0.1:1080", "name an HTTP proxy"),
        ("http://a proxy:3128", "HTTPS_PROXY"),
        ("http://127.0.0.1:port", "name an HTTP proxy"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_told_by_its_name(
    over_tls: TokenEndpoint, monkeypatch: pytest.MonkeyPatch, proxy: str, told: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.format(free=free_port()))

    assert told in fault_of(over_tls.url)


def test_a_proxy_that_lets_nobody_through_is_told_as_that(
    over_tls: TokenEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy(refuses=403) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)

        assert "refuses; check HTTPS_PROXY and NO_PROXY" in fault_of(over_tls.url)


# --- servers that take their time ---------------------------------------------------------


def test_an_endpoint_that_is_not_there_is_told_with_what_to_look_at() -> None:
    told = fault_of(f"http://{LOOPBACK}:{free_port()}/token")

    assert "cannot be reached; check the network" in told


def test_an_endpoint_that_says_nothing_is_left_after_its_time(endpoint: TokenEndpoint) -> None:
    endpoint.say(Said(delay=20.0))

    assert "does not answer within 0.2 s" in fault_of(endpoint.url, timeout=0.2)


def test_an_endpoint_that_never_comes_to_an_end_is_left_after_its_time() -> None:
    began = time.monotonic()
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"
    with saying(head, b" ", every=0.05) as url:
        told = fault_of(url, timeout=0.3)

    assert "does not answer within 0.3 s" in told
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("head", [b"Content-Length: 999999999999", b"X: y"])
def test_of_an_answer_without_end_no_more_is_taken_than_one_has(head: bytes) -> None:
    with saying(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n", b"x" * 65536) as url:
        assert len(asked(url).body) < 2 * 1024 * 1024


@pytest.mark.parametrize(
    "said",
    [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"],
)
def test_a_line_that_is_lost_before_the_answer_is_a_line_that_was_lost(said: bytes) -> None:
    with saying(said) as url:
        assert "was lost" in fault_of(url)
