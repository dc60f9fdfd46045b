"""
Where a browser comes back to after a login (RFC 8252 §7.3): this machine, and one visit.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from queue import Empty, Queue

_PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>mailbot</title>"
    "<p>You can close this page. The terminal says whether mailbot is let in."
)


class CameBack:
    """
    The address for the provider, and what came back there.
    """

    def __init__(self, server: HTTPServer, came: "Queue[str]") -> None:
        # By its name and without a path: so it is registered, and providers take any port of it.
        self.redirect = f"http://localhost:{server.server_port}"
        self._came = came

    def wait(self, seconds: float) -> str:
        """
        The address at which a browser came, as a whole; "" if none came in time.
        """
        try:
            return self._came.get(timeout=seconds)
        except Empty:
            return ""

    def say(self, address: str) -> None:
        """
        A person has read it from their browser, which runs elsewhere.
        """
        self._came.put(address)


@contextmanager
def waiting_for_a_browser() -> Iterator[CameBack]:
    """
    A server on a free port of the loopback, as long as the login lasts.
    """
    came: Queue[str] = Queue()

    class Visit(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_an_answer = "state=" in self.path
            self.send_response(200 if is_an_answer else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            # The code stands in the address: no cache keeps it.
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if is_an_answer:
                self.wfile.write(_PAGE.encode())
                came.put(f"http://localhost{self.path}")

        def log_message(self, *_: object) -> None:
            """
            Nothing: the address holds the code.
            """

    # Browsers open a second line in advance, and say nothing on it.
    with ThreadingHTTPServer(("127.0.0.1", 0), Visit) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.1], daemon=True)
        thread.start()
        try:
            yield CameBack(server, came)
        finally:
            server.shutdown()
            thread.join()
