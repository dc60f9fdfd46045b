"""
A token endpoint that grants, refuses, rotates and stalls as it is told to, and whom a
Dovecot can ask about a token (RFC 7662).
"""

import base64
import hashlib
import json
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.servers.certificate import Certificate
from tests.servers.ports import LOOPBACK

USER = "service"


@dataclass(frozen=True)
class Said:
    """
    One answer: a JSON object, or octets as they are, after *delay* seconds.
    """

    status: int = 200
    told: dict[str, object] | bytes = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0

    @property
    def body(self) -> bytes:
        return self.told if isinstance(self.told, bytes) else json.dumps(self.told).encode()


def refusal(error: str, description: str = "", status: int = 400) -> Said:
    return Said(status, {"error": error, "error_description": description})


Form = dict[str, str]


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """
        Nothing: whoever hangs up, or does not believe the certificate, is the test's own.
        """


class _Ipv6Server(_Server):
    address_family = socket.AF_INET6


class TokenEndpoint:
    """
    `with TokenEndpoint() as endpoint:` listens on a free port. What is scripted with `say` is
    answered first, in order; then a request is granted for what it is worth.
    """

    def __init__(
        self,
        *,
        expires_in: object = 3600,
        rotates: bool = False,
        forgives: bool = False,
        host: str = LOOPBACK,
        certificate: Certificate | None = None,
    ) -> None:
        self.host = host
        #: None leaves it out.
        self.expires_in = expires_in
        #: Whether a refresh token is another one after each request, and whether the one
        #: before is taken all the same, as Microsoft does.
        self.rotates = rotates
        self.forgives = forgives
        #: Whose tokens are granted.
        self.user = USER
        self.refresh_tokens = {"refresh-0"}
        #: The challenge (RFC 7636) of each authorization code that was handed out.
        self.codes: dict[str, str] = {}
        #: Access tokens that a mail server takes, and for whom.
        self.live: dict[str, str] = {}
        self.requests: list[Form] = []
        #: What each request for another path than the token's was asked.
        self.others: list[tuple[str, Form]] = []
        self.paths: dict[str, Callable[[Form], Said]] = {}
        #: Makes the access token of the given number; a JWT, for who reads it.
        self.token: Callable[[int], str] = "access-{}".format
        #: Called with each granted token before it is handed out.
        self.on_grant: Callable[[str], None] = lambda _: None
        #: Set at the end: nobody is kept waiting any more.
        self.is_closed = threading.Event()
        self._script: list[Said] = []
        self._always: Said | None = None
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._server = (_Ipv6Server if ":" in host else _Server)((host, 0), self._handler())
        self._server.daemon_threads = True
        self._scheme = "http"
        if certificate is not None:
            self._scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.cert, certificate.key)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port: int = self._server.server_port

    @property
    def url(self) -> str:
        return f"{self.base}/tenant/oauth2/v2.0/token"

    @property
    def base(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self._scheme}://{host}:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_closed.set()
        self._server.shutdown()
        self._server.server_close()

    def say(self, *answers: Said) -> None:
        """
        Answer the next requests for a token so.
        """
        self._script += answers

    def always(self, answer: Said | None) -> None:
        """
        Answer every request for a token so; None grants again.
        """
        self._always = answer

    def revoke_all(self) -> None:
        """
        No token that was granted is taken any more.
        """
        self.live.clear()

    def consent(self, address: str) -> str:
        """
        A person says yes at the page of that address: where their browser is sent then.
        """
        asked = dict(parse_qsl(urlsplit(address).query))
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked["code_challenge"]
        return f"{asked['redirect_uri']}/?{urlencode({'code': code, 'state': asked['state']})}"

    def grant(self, form: Form) -> Said:
        """
        What the request is worth.
        """
        told: dict[str, object] = {"token_type": "Bearer"}
        if form.get("grant_type") == "refresh_token":
            if form["refresh_token"] not in self.refresh_tokens:
                return refusal("invalid_grant", "AADSTS70000: The grant is expired or revoked.")
            if self.rotates and not self.forgives:
                self.refresh_tokens.discard(form["refresh_token"])
        if form.get("grant_type") == "authorization_code":
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            answer = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if self.codes.pop(form["code"], "") != answer:
                return refusal("invalid_grant", "AADSTS501481: The Code_Verifier does not match.")
        number = next(self._numbers)
        if form.get("grant_type") in {"refresh_token", "authorization_code"} or (
            "device_code" in form
        ):
            refresh = f"refresh-{number}"
            if self.rotates or form["grant_type"] != "refresh_token":
                self.refresh_tokens.add(refresh)
                told["refresh_token"] = refresh
        token = self.token(number)
        self.live[token] = self.user
        self.on_grant(token)
        told["access_token"] = token
        if self.expires_in is not None:
            told["expires_in"] = self.expires_in
        return Said(200, told)

    def _answer(self, path: str, form: Form) -> Said:
        with self._lock:
            if path == "/introspect":
                token = form.get("token", "")
                user = self.live.get(token, "")
                return Said(200, {"active": bool(user), "username": user})
            if path in self.paths:
                self.others.append((path, form))
                return self.paths[path](form)
            if not path.endswith("/token"):
                self.others.append((path, form))
                return Said(404, b"no such page")
            self.requests.append(form)
            if self._script:
                return self._script.pop(0)
            return self._always or self.grant(form)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Visit(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                octets = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                said = endpoint._answer(self.path, dict(parse_qsl(octets.decode())))
                endpoint.is_closed.wait(said.delay)
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said.body)))
                self.end_headers()
                with suppress(OSError):
                    self.wfile.write(said.body)

            def log_message(self, *_: object) -> None:
                """
                Nothing: pytest's output is for failures.
                """

        return Visit
