"""
What customers write: complaints as they come, and answers to our mails.
"""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr

SERVICE = "service@infinitysystemsolutions.co.uk"
ATTACHED = 76  # characters of base64 in a line

_NAMES = ("Jane Doe", "Owen Rees", "Zoë Müller", "Ann O'Neill", "Bob Swift")
_SUBJECTS = (
    "No internet since Monday",
    "Wrong bill again",
    "Engineer did not come",
    "Slow connection",
)
_COMPLAINT = """\
Dear Sir or Madam,

I am writing to complain about my broadband. The line at my house has been dead since Monday
morning, and I have now telephoned four times. Each time I was told that an engineer would
come the next day between eight and one, and each time nobody came. I took two days off work
for this, which nobody will pay me.

My account number is {number}. I pay thirty-two pounds a month for a service that I do not
have, and last month's bill had a charge of {number} pence on it for a call-out that never
happened. I would like the line mended, the charge taken off, and somebody to tell me honestly
when it will be done. If this goes on I shall have to look for another provider.

Please do not send me another automatic text message. I would like to talk to a person.

Yours faithfully,
{name}
12 High Street, Ebbw Vale
07700 900{phone:03d}
"""
_REPLY = """\
Thank you for coming back to me. The light on the router is still red this morning, and I
would rather be called in the afternoon, after three. My other number is 07700 900{phone:03d}.

{name}
"""
_RECEIVED = (
    "Received: from mx1.example.net (mx1.example.net [192.0.2.10])\r\n"
    "\tby mail.infinitysystemsolutions.co.uk with ESMTPS id 4X{number:06d}\r\n"
    "\tfor <service@infinitysystemsolutions.co.uk>; Mon, 2 Nov 2026 09:14:0{digit} +0000\r\n"
    "Received: from [10.0.0.{digit}] (host-{number}.example.net [198.51.100.7])\r\n"
    "\tby mx1.example.net with ESMTPSA id u{number}; Mon, 2 Nov 2026 09:14:00 +0000\r\n"
)


@dataclass(frozen=True)
class Acknowledged:
    """
    What a customer knows once the acknowledgement is there.
    """

    email: str
    reply_to: str
    message_id: str
    subject: str
    text: str

    @classmethod
    def read(cls, content: bytes) -> "Acknowledged | None":
        """
        Of the octets of a letter; None if it is another letter.
        """
        letter = message_from_bytes(content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        if letter["X-Mailbot-Template"] != "acknowledgement":
            return None
        plain = letter.get_body(("plain",))
        return cls(
            email=parseaddr(str(letter["To"]))[1],
            reply_to=parseaddr(str(letter["Reply-To"]))[1],
            message_id=str(letter["Message-ID"]).strip(),
            subject=str(letter["Subject"]),
            text=str(plain.get_content()) if plain else "",
        )

    @property
    def reference(self) -> str:
        found = re.search(r"[A-Z]{2,8}-\d{6,12}-\d\d", self.subject + self.text)
        assert found is not None
        return found.group()


def complaint(number: int, of: str = "c") -> bytes:
    """
    The complaint of one customer of that number; every second has HTML as well.
    """
    name = _NAMES[number % len(_NAMES)]
    text = _COMPLAINT.format(number=100_000 + number, name=name, phone=number % 1000)
    return _mail(
        sender=(name, f"{of}{number}@example.com"),
        to=SERVICE,
        subject=_SUBJECTS[number % len(_SUBJECTS)],
        message_id=f"<{of}{number}.complaint@mail.example.com>",
        text=text,
        number=number,
        has_html=number % 2 == 1,
    )


def reply(to: Acknowledged, number: int) -> bytes:
    """
    The answer to an acknowledgement, with all of it quoted below.
    """
    name = _NAMES[number % len(_NAMES)]
    quoted = "\n".join(f"> {line}" for line in to.text.splitlines())
    text = _REPLY.format(name=name, phone=number % 1000)
    return _mail(
        sender=(name, to.email),
        to=to.reply_to,
        subject=f"Re: {to.subject}",
        message_id=f"<{to.email.partition('@')[0]}.{number}.reply@mail.example.com>",
        text=f"{text}\nOn Mon, 2 Nov 2026 at 09:20, Infinity <{SERVICE}> wrote:\n{quoted}\n",
        number=number,
        in_reply_to=to.message_id,
    )


def bare_reply(
    to: Acknowledged, number: int, *, address: str = SERVICE, in_reply_to: str = "", subject: str
) -> bytes:
    """
    An answer that shows whose it is in one way only.
    """
    local = to.email.partition("@")[0]
    return _mail(
        sender=("Jane Doe", to.email),
        to=address,
        subject=subject,
        message_id=f"<{local}.{number}.bare@mail.example.com>",
        text=_REPLY.format(name="Jane Doe", phone=number % 1000),
        number=number,
        in_reply_to=in_reply_to,
    )


def with_attachment(size: int) -> bytes:
    """
    A complaint of about *size* octets, most of them a file.
    """
    line = b"QUJD" * (ATTACHED // 4) + b"\r\n"
    head = complaint(0, "large")
    header, _, text = head.partition(b"\r\n\r\n")
    old = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit"
    assert old in header
    return b"".join(
        (
            header.replace(old, b'Content-Type: multipart/mixed; boundary="large"'),
            b"\r\n\r\n--large\r\n" + old + b"\r\n\r\n" + text,
            b'\r\n--large\r\nContent-Type: image/jpeg; name="router.jpg"\r\n',
            b'Content-Disposition: attachment; filename="router.jpg"\r\n',
            b"Content-Transfer-Encoding: base64\r\n\r\n",
            line * (size // len(line)),
            b"--large--\r\n",
        )
    )


def _mail(
    *,
    sender: tuple[str, str],
    to: str,
    subject: str,
    message_id: str,
    text: str,
    number: int,
    in_reply_to: str = "",
    has_html: bool = False,
) -> bytes:
    name = sender[0] if sender[0].isascii() else "=?utf-8?q?Zo=C3=AB_M=C3=BCller?="
    fields = [
        f"From: {name} <{sender[1]}>",
        f"To: {to}",
        f"Subject: {subject}",
        "Date: Mon, 2 Nov 2026 09:14:00 +0000",
        f"Message-ID: {message_id}",
        *([f"In-Reply-To: {in_reply_to}", f"References: {in_reply_to}"] if in_reply_to else []),
        "MIME-Version: 1.0",
        "X-Mailer: Example Mail 16.0",
    ]
    plain = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit"
    if has_html:
        paragraphs = "".join(f"<p>{each}</p>\n" for each in text.split("\n\n"))
        page = (
            f"<html><head><style>p {{ margin: 0 }}</style></head><body>{paragraphs}</body></html>"
        )
        fields.append('Content-Type: multipart/alternative; boundary="part"')
        body = (
            f"--part\n{plain}\n\n{text}\n"
            f"--part\n{plain.replace('text/plain', 'text/html')}\n\n{page}\n--part--\n"
        )
    else:
        fields.append(plain)
        body = text
    written = "\n".join(fields) + "\n\n" + body
    received = _RECEIVED.format(number=number, digit=number % 10)
    return received.encode() + written.replace("\n", "\r\n").encode()
