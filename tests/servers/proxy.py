"""
An HTTP proxy of a firm: forwards, tunnels, and lets nobody through without a login if told so.
"""

import base64
import socket
import threading
from contextlib import suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

from tests.servers.ports import LOOPBACK


class Proxy:
    """
    `with Proxy() as proxy:` listens on a free port.
    """

    def __init__(self, *, login: str = "", refuses: int = 0) -> None:
        #: "user:password" that is asked for.
        self.login = login
        #: The status that everybody is answered; 0 lets through.
        self.refuses = refuses
        #: (method, target) of each request.
        self.asked: list[tuple[str, str]] = []
        self._server = ThreadingHTTPServer((LOOPBACK, 0), self._handler())
        self.port: int = self._server.server_port

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _refusal(self, given: str | None) -> int:
        if self.refuses:
            return self.refuses
        wanted = "Basic " + base64.b64encode(self.login.encode()).decode()
        return 407 if self.login and given != wanted else 0

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Visit(BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:
                if self._is_refused():
                    return
                host, _, port = self.path.rpartition(":")
                with socket.create_connection((host, int(port))) as beyond:
                    self.send_response(200)
                    self.end_headers()
                    back = threading.Thread(target=_pump, args=[beyond, self.connection])
                    back.start()
                    _pump(self.connection, beyond)
                    back.join()

            def do_POST(self) -> None:
                if self._is_refused():
                    return
                parts = urlsplit(self.path)
                beyond = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=20)
                content = self.rfile.read(int(self.headers["Content-Length"]))
                kept = {"Content-Type": self.headers["Content-Type"]}
                beyond.request("POST", parts.path, content, kept)
                answer = beyond.getresponse()
                body = answer.read()
                beyond.close()
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _is_refused(self) -> bool:
                proxy.asked.append((self.command, self.path))
                status = proxy._refusal(self.headers.get("Proxy-Authorization"))
                if status:
                    self.send_response(status)
                    self.send_header("Proxy-Authenticate", 'Basic realm="the firm"')
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                return bool(status)

            def log_message(self, *_: object) -> None:
                """
                Nothing: pytest's output is for failures.
                """

        return Visit


def _pump(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while octets := one.recv(65536):
            other.sendall(octets)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)
