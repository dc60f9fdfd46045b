"""
Whoever writes to the firm while its servers die: customers, handlers, and servers that bounce.

Each complaint has a plot. Its next mail is written when the letter that it answers has been
accepted by the relay, once, however often that letter comes.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.flow.house import SERVICE, House, Mail, an_answer, id_of
from tests.flow.story import LONDON
from tests.killing.journal import Journal, Letter
from tests.servers.smtp import Received

STAFF = SERVICE.partition("@")[2]

#: What is written in answer to a letter.
Writes = Callable[["Complaint", Received, datetime], Mail | bytes]


@dataclass(frozen=True)
class Plot:
    """
    How long ago the complaint came, and which mail follows which letter.
    """

    age: timedelta = timedelta()
    turns: tuple[tuple[str, Writes], ...] = ()
    #: Templates that the customer, and that our people, get beside those that everybody gets.
    #: Receipts are not among them: nobody gets more than so many a day.
    to_customer: tuple[str, ...] = ()
    to_staff: tuple[str, ...] = ()
    is_closed: bool = False


@dataclass(eq=False)
class Complaint:
    number: int
    plot: str
    received_at: datetime
    #: How many turns of its plot have been written.
    turns: int = 0

    @property
    def customer(self) -> str:
        return f"customer{self.number}@example.com"


def _says(text: str) -> Writes:
    def write(complaint: Complaint, letter: Received, at: datetime) -> Mail:
        said = f"{text} ({complaint.number})" if text[0] != "#" and " " in text else text
        # Nobody's client sends the same Date for years.
        return an_answer(letter, said, date=format_datetime(at))

    return write


def _agrees(complaint: Complaint, letter: Received, at: datetime) -> Mail:
    day = at.astimezone(LONDON) + timedelta(days=7)
    return _says(f"#contact {day.day}/{day.month} 11:00 anyway")(complaint, letter, at)  # type: ignore[return-value]


def _closes(complaint: Complaint, letter: Received, at: datetime) -> Mail:
    told = at.astimezone(LONDON) - timedelta(minutes=1)
    word = f"#close phone Somebody, {told.day}/{told.month} {told:%H:%M}"
    return _says(word)(complaint, letter, at)  # type: ignore[return-value]


def _bounces(complaint: Complaint, letter: Received, at: datetime) -> bytes:
    return (
        "From: MAILER-DAEMON <mailer-daemon@mx.example.net>\r\n"
        f"To: {SERVICE}\r\nSubject: Undelivered\r\n"
        f"Message-ID: <bounce{complaint.number}@mx.example.net>\r\n"
        f"Date: {format_datetime(at)}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example.net\r\n\r\n"
        f"Final-Recipient: rfc822; {complaint.customer}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: <{id_of(letter)}>\r\nSubject: x\r\n\r\n--b--\r\n"
    ).encode()


_OUTCOME = ("assignment", _says("#outcome\nThe line has been repaired."))

PLOTS = {
    "silent": Plot(),
    "writes again": Plot(
        turns=(
            ("introduction", _says("It has become worse.")),
            ("customer-reply", _says("An engineer comes on Tuesday.")),
        ),
        to_customer=("handler-reply",),
        to_staff=("customer-reply",),
    ),
    "answered": Plot(
        turns=(("assignment", _says("We have found the fault.")),), to_customer=("handler-reply",)
    ),
    "agreed": Plot(turns=(("assignment", _agrees),), to_customer=("contact-agreed",)),
    "resolved": Plot(
        turns=(_OUTCOME, ("outcome", _says("Yes"))),
        to_customer=("outcome", "closed"),
        is_closed=True,
    ),
    "disputed": Plot(
        turns=(_OUTCOME, ("outcome", _says("No"))),
        to_customer=("outcome", "reopened"),
    ),
    "told by telephone": Plot(
        turns=(("assignment", _closes), ("confirm-command", _says("yes"))),
        to_customer=("closed",),
        to_staff=("confirm-command",),
        is_closed=True,
    ),
    "bounced": Plot(turns=(("acknowledgement", _bounces),), to_staff=("task",)),
    # An instant of the code passes within moments of its arrival.
    "two days old": Plot(age=timedelta(hours=48)),
    "a week old": Plot(age=timedelta(days=7), to_staff=("breach",)),
    "six weeks old": Plot(
        age=timedelta(days=44), to_customer=("adr-rights",), to_staff=("breach",)
    ),
}


@dataclass(eq=False)
class Stream:
    """
    The complaints so far, and what was put into the mailbox for them.
    """

    house: House
    journal: Journal
    #: Seconds by which the last instant of an old complaint lies ahead, when it comes.
    ahead: Callable[[], float]
    complaints: list[Complaint] = field(default_factory=list)
    #: What was delivered, by Message-ID: nothing else says what has to be there in the end.
    delivered: dict[str, bytes] = field(default_factory=dict)
    _by_customer: dict[str, Complaint] = field(default_factory=dict)
    _by_reference: dict[str, Complaint] = field(default_factory=dict)
    _letters: dict[tuple[str, str], Letter] = field(default_factory=dict)
    _seen: int = 0

    def complain(self) -> None:
        number = len(self.complaints)
        name = list(PLOTS)[number % len(PLOTS)]
        at = datetime.now(UTC).replace(microsecond=0) - PLOTS[name].age
        if PLOTS[name].age:
            at += timedelta(seconds=round(self.ahead()))
        complaint = Complaint(number, name, at)
        self.complaints.append(complaint)
        self._by_customer[complaint.customer] = complaint
        mail = Mail(
            sender=complaint.customer,
            message_id=f"complaint{number}@client.example.com",
            text=f"The line has been dead since Monday. My number is {number}.",
            date=format_datetime(at),
        )
        self._deliver(mail, at)

    def answer(self) -> int:
        """
        Write whatever the new letters ask for; how many mails that were.
        """
        fresh = self.journal.accepted(self._seen)
        self._seen += len(fresh)
        for each in fresh:
            if complaint := self._by_customer.get(each.recipient):
                self._by_reference[each.reference] = complaint
            self._letters.setdefault((each.reference, each.template), each)
        return sum(self._go_on(*each) for each in list(self._by_reference.items()))

    def waiting(self) -> list[Complaint]:
        """
        Those whose plot is not over.
        """
        return [each for each in self.complaints if each.turns < len(PLOTS[each.plot].turns)]

    def _go_on(self, reference: str, complaint: Complaint) -> bool:
        turns = PLOTS[complaint.plot].turns
        if complaint.turns == len(turns):
            return False
        template, write = turns[complaint.turns]
        letter = self._letters.get((reference, template))
        if letter is None:
            return False
        complaint.turns += 1
        at = datetime.now(UTC).replace(microsecond=0)
        self._deliver(write(complaint, letter.received, at), at)
        return True

    def _deliver(self, mail: Mail | bytes, at: datetime) -> None:
        content = bytes(mail)
        name = id_of(content)
        assert name not in self.delivered, name
        self.delivered[name] = content
        self.house.mailbox.deliver(content, at)


def by_complaint(
    stream: Stream, letters: list[Letter]
) -> tuple[dict[Complaint, str], dict[str, list[Letter]]]:
    """
    The reference of each complaint, and the letters of each reference.
    """
    references: dict[Complaint, str] = {}
    grouped: defaultdict[str, list[Letter]] = defaultdict(list)
    customers = {each.customer: each for each in stream.complaints}
    for each in letters:
        grouped[each.reference].append(each)
        if complaint := customers.get(each.recipient):
            references[complaint] = each.reference
    return references, grouped
