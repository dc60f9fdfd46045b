"""
What people write: a first message, and answers to mails that really reached them,
made as a mail client makes them.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from html import unescape
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Writer:
    """
    A person with a mail client.
    """

    name: str
    email: str

    def new(self, *, to: str, subject: str, text: str, at: datetime) -> bytes:
        """
        The octets of a message that answers nothing.
        """
        return self._mail(to=to, subject=subject, text=text, at=at)

    def answer(self, content: bytes, text: str, at: datetime) -> bytes:
        """
        The octets of an answer to a mail received: to its Reply-To, threaded, and
        with the mail quoted below.
        """
        received = read(content)
        name, email = parseaddr(str(received["From"]))
        quoted = "\n".join(f"> {line}".rstrip() for line in text_of(content).splitlines())
        sent = received["Date"].datetime
        attribution = f"On {sent:%a, %d %b %Y at %H:%M}, {name} <{email}> wrote:"
        return self._mail(
            to=str(received["Reply-To"] or received["From"]),
            subject=f"Re: {received['Subject']}",
            text=f"{text}\n\n{attribution}\n\n{quoted}",
            at=at,
            thread=_thread(received),
        )

    def clicks(self, content: bytes, word: str, at: datetime) -> bytes:
        """
        What a click on "Yes …" or "No …" in a mail makes: its mailto: link names the
        address, the subject and the one word of the text (RFC 6068).
        """
        links = re.findall(r'href="(mailto:[^"]*)"', html_of(content))
        link = next(each for each in map(unescape, links) if f"body={word}" in each)
        parts = urlsplit(link)
        fields = parse_qs(parts.query)
        return self._mail(to=parts.path, subject=fields["subject"][0], text=word, at=at)

    def is_away(self, content: bytes, text: str, at: datetime, *, to: str) -> bytes:
        """
        What a mail server answers by itself while its user is away: to the envelope's
        sender, from the null path (RFC 3834 §4).
        """
        received = read(content)
        fields = (("Return-Path", "<>"), ("Auto-Submitted", "auto-replied"))
        return self._mail(
            to=to,
            subject=f"Automatic reply: {received['Subject']}",
            text=text,
            at=at,
            thread=(*fields, *_thread(received)),
        )

    def _mail(
        self,
        *,
        to: str,
        subject: str,
        text: str,
        at: datetime,
        thread: tuple[tuple[str, str], ...] = (),
    ) -> bytes:
        # By hand: the library turns a long References field into an encoded word.
        local, _, domain = self.email.partition("@")
        fields = (
            ("From", formataddr((self.name, self.email))),
            ("To", to),
            ("Subject", subject),
            ("Date", format_datetime(at)),
            ("Message-ID", f"<{at:%Y%m%d.%H%M%S}.{local}@{domain}>"),
            *thread,
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        )
        header = "".join(f"{name}: {value}\n" for name, value in fields)
        return f"{header}\n{text}\n".replace("\n", "\r\n").encode()


def _thread(received: EmailMessage) -> tuple[tuple[str, str], ...]:
    answered = str(received["Message-ID"])
    earlier = str(received["References"] or "").split()
    return (("In-Reply-To", answered), ("References", "\n ".join([*earlier, answered])))


def read(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.default)
    if not isinstance(message, EmailMessage):
        raise TypeError("the default policy makes an EmailMessage")
    return message


def text_of(content: bytes) -> str:
    """
    The plain text, as a reader without HTML sees it.
    """
    part = read(content).get_body(("plain",))
    return str(part.get_content()) if part else ""


def html_of(content: bytes) -> str:
    """
    The HTML part; "" if there is none.
    """
    part = read(content).get_body(("html",))
    return str(part.get_content()) if part else ""


def without_quote(text: str) -> tuple[str, str]:
    """
    The writer's own words, and what is quoted below them; "" if nothing is.
    """
    lines = text.splitlines()
    for index, line in enumerate(lines):
        if line.startswith("On ") and line.rstrip().endswith("wrote:"):
            return "\n".join(lines[:index]).strip(), "\n".join(lines[index:]).strip()
    return text, ""
