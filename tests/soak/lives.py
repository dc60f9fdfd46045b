"""
The lives of complaints: who writes what, how many days after the complaint.

A mail that answers a letter of ours is written when its day has come and that letter is there.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime

from tests.benchmark import letters
from tests.benchmark.sink import Letter
from tests.flow.house import Mail

_DONE = "#outcome\n\nWe have mended the line, and your next bill has a credit for the days."
_LOOKING = "I have asked the engineers to look at your line tomorrow morning, and will ring you."
_MORE = "It has been off again since this morning. My other number is 07700 900123."
_AWAY = ("Auto-Submitted", "auto-replied")

#: (days after the complaint, who, which letter it answers, the words): by how often, of a hundred.
#: `{at}` is a time for a talk, three days on.
LIVES: dict[str, tuple[int, tuple[tuple[float, str, str, str], ...]]] = {
    "mended": (
        40,
        (
            (1, "handler", "assignment", "#contact {at}\n\n" + _LOOKING),
            (3, "handler", "assignment", _DONE),
            (5, "customer", "outcome", "Yes"),
        ),
    ),
    "talked over": (
        18,
        (
            (1, "handler", "assignment", "#contact {at}\n\n" + _LOOKING),
            (2, "customer", "acknowledgement", _MORE),
            (3, "handler", "customer-reply", _LOOKING),
            (4, "customer", "handler-reply", _MORE),
            (4.5, "handler", "assignment", "#call\n\nWe talked about the engineer's visit."),
            (6, "handler", "assignment", _DONE),
            (8, "customer", "outcome", "Yes"),
        ),
    ),
    "refused once": (
        10,
        (
            (1, "handler", "assignment", _LOOKING),
            (3, "handler", "assignment", _DONE),
            (4, "customer", "outcome", "No"),
            (6, "handler", "assignment", _DONE),
            (8, "customer", "outcome", "Yes"),
        ),
    ),
    "six weeks": (
        8,
        (
            (1, "handler", "assignment", "#contact {at}\n\n" + _LOOKING),
            (43.5, "handler", "assignment", "#close phone the customer, {was} 14:00"),
        ),
    ),
    "never confirmed": (
        8,
        (
            (1, "handler", "assignment", "#contact {at}\n\n" + _LOOKING),
            (4, "handler", "assignment", _DONE),
        ),
    ),
    "away": (
        8,
        (
            (0.8, "away", "acknowledgement", "I am out of the office until Monday."),
            (2, "handler", "assignment", _DONE),
            (7, "customer", "outcome", "Yes"),
        ),
    ),
    "bounces": (
        5,
        (
            (0.8, "daemon", "acknowledgement", ""),
            (2, "handler", "assignment", _DONE),
        ),
    ),
    "deadlock": (
        3,
        (
            (1, "handler", "assignment", "#contact {at}\n\n" + _LOOKING),
            (5, "handler", "assignment", "#deadlock\n\nWe cannot do more than we have offered."),
        ),
    ),
}


def life_of(number: int) -> str:
    """
    How the complaint of that number goes.
    """
    at = number * 37 % 100
    for name, (many, _) in LIVES.items():
        if at < many:
            return name
        at -= many
    raise ValueError("the lives do not add up to a hundred")


#: How the address of each customer begins; their number follows.
CUSTOMER = "y"


@dataclass
class Read:
    """
    A letter of ours, as far as whoever answers it needs it.
    """

    template: str
    case: str
    recipient: str
    octets: bytes

    def answered(self, by: str, text: str, at: datetime, number: int, *, is_away: bool) -> Mail:
        message = message_from_bytes(self.octets, policy=policy.default)
        assert isinstance(message, EmailMessage)
        plain = message.get_body(("plain",))
        quoted = "" if plain is None or is_away else str(plain.get_content())
        below = "\n".join(f"> {line}" for line in quoted.splitlines())
        mine = str(message["Message-ID"]).strip()
        return Mail(
            sender=f"Somebody <{by}>",
            to=str(message["Reply-To"] or message["From"]),
            subject=f"{'Automatic reply' if is_away else 'Re'}: {message['Subject']}",
            text=f"{text}\n\nOn Mon, 2 Nov 2026 at 09:20, Infinity wrote:\n{below}\n"
            if below
            else text,
            message_id=f"answer.{number}@client.example.com",
            date=format_datetime(at),
            headers=(
                ("In-Reply-To", mine),
                ("References", f"{message['References'] or ''} {mine}".strip()),
                *([_AWAY] if is_away else []),
            ),
        )


_FIELDS = re.compile(rb"^(X-Mailbot-Template|X-Mailbot-Case): ([^\r\n]+)", re.MULTILINE)


def read(letter: Letter) -> Read:
    head = letter.content.partition(b"\r\n\r\n")[0]
    said = {name.decode(): value.decode() for name, value in _FIELDS.findall(head)}
    return Read(
        said.get("X-Mailbot-Template", ""),
        said.get("X-Mailbot-Case", ""),
        letter.recipient,
        letter.content,
    )


@dataclass
class Complaints:
    """
    Everybody who complains, from the instants at which they do.
    """

    begins: list[datetime]
    #: By number of the complaint the newest letter of each template.
    _letters: dict[int, dict[str, Read]] = field(default_factory=lambda: defaultdict(dict))
    _number_of: dict[str, int] = field(default_factory=dict)
    _to_confirm: list[Read] = field(default_factory=list)
    #: What is still to be written: (when, number of the complaint, place in its life).
    _plan: list[tuple[datetime, int, int]] = field(default_factory=list)
    _begun: int = 0
    _mails: int = 0
    #: Whose letter was not there when it was to be answered.
    unanswerable: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def saw(self, letter: Letter) -> Read:
        """
        A letter that has left.
        """
        seen = read(letter)
        local = letter.recipient.partition("@")[0]
        if seen.template == "acknowledgement" and local.startswith(CUSTOMER):
            self._number_of[seen.case] = int(local[1:])
        if seen.template == "confirm-command":
            self._to_confirm.append(seen)
        elif (number := self._number_of.get(seen.case)) is not None:
            self._letters[number][seen.template] = seen
        return seen

    def until(self, now: datetime) -> Iterator[tuple[datetime, bytes]]:
        """
        What is written up to that instant.
        """
        for confirmed in self._to_confirm:
            yield now, self._answer(confirmed, confirmed.recipient, "yes", now)
        self._to_confirm.clear()
        while self._begun < len(self.begins) and self.begins[self._begun] <= now:
            number, at = self._begun, self.begins[self._begun]
            self._begun += 1
            yield at, self.begun(number, at)
        due = sorted(each for each in self._plan if each[0] <= now)
        self._plan = [each for each in self._plan if each[0] > now]
        for _, number, place in due:
            if (mail := self._written(number, place, now)) is not None:
                yield now, mail
            if place + 1 == len(LIVES[life_of(number)][1]):
                self._letters.pop(number, None)

    def begun(self, number: int, at: datetime) -> bytes:
        """
        The complaint of that number; the rest of its life is to come.
        """
        self._plan += [
            (at + timedelta(days=days), number, place)
            for place, (days, *_) in enumerate(LIVES[life_of(number)][1])
        ]
        dated = b"Date: " + format_datetime(at).encode()
        return re.sub(rb"(?m)^Date: [^\r]*", dated, letters.complaint(number, CUSTOMER))

    def _written(self, number: int, place: int, now: datetime) -> bytes | None:
        _, who, template, words = LIVES[life_of(number)][1][place]
        there = self._letters[number].get(template)
        if there is None:
            self.unanswerable[f"{life_of(number)}: {template}"] += 1
            return None
        at = working_day(now + timedelta(days=3))
        was = now - timedelta(days=1)
        text = words.format(at=f"{at.day}/{at.month} 14:00", was=f"{was.day}/{was.month}")
        if who == "daemon":
            return self._bounce(there)
        by = there.recipient
        return self._answer(there, by, text, now, is_away=who == "away")

    def _answer(
        self, to: Read, by: str, text: str, now: datetime, *, is_away: bool = False
    ) -> bytes:
        self._mails += 1
        return bytes(to.answered(by, text, now, self._mails, is_away=is_away))

    def _bounce(self, of: Read) -> bytes:
        self._mails += 1
        [mine] = re.findall(rb"^Message-ID: (<[^>]+>)", of.octets, re.MULTILINE)[:1]
        return (
            "Return-Path: <>\r\nFrom: Mail Delivery <mailer-daemon@mx.example.net>\r\n"
            "To: service@infinitysystemsolutions.co.uk\r\n"
            "Subject: Undelivered Mail Returned to Sender\r\n"
            f"Message-ID: <bounce.{self._mails}@mx.example.net>\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
            "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
            "Reporting-MTA: dns; mx.example.net\r\n\r\n"
            f"Final-Recipient: rfc822; {of.recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
            "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
            f"Message-ID: {mine.decode()}\r\nSubject: x\r\n\r\n--b--\r\n"
        ).encode()


def working_day(at: datetime) -> datetime:
    """
    That day, or the Monday after it.
    """
    return at + timedelta(days={5: 2, 6: 1}.get(at.weekday(), 0))
