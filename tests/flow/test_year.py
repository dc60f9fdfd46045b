"""
Ten complaints over more than a year, in one mailbox: every round and every command
a process of its own under a clock of its own, against a real mail server.

Each table is the whole list of letters that the code demands of that history. After
eight weeks mailbot is started a few times only, and what was missed meanwhile comes
to one mail.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

import pytest

from mailbot.cases.letter_status import Status
from mailbot.cases.reference import reference
from mailbot.cases.states import State
from mailbot.store.tables import CaseRow, ObligationRow, OutboxRow
from tests.flow.clocked import FAKETIME, mailbot
from tests.flow.house import (
    GARETH,
    MANAGER,
    RHIAN,
    House,
    Mail,
    an_answer,
    read,
    staff_secrets,
    template_of,
    text_of,
)
from tests.flow.story import CUSTOMER, LONDON, Letter, Line, as_words, told
from tests.servers.smtp import Received

pytestmark = [
    pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed"),
    pytest.mark.long,
]

#: Thursday before Easter: two bank holidays follow, and three days later the clocks change.
RECEIVED_ON = date(2027, 3, 25)
RECEIVED_AT = datetime.combine(RECEIVED_ON, time(12), tzinfo=LONDON)

DAVID = "david.hughes@infinitysystemsolutions.co.uk"
STAFF = {RHIAN: "Rhian", GARETH: "Gareth", MANAGER: "Sian", DAVID: "David"}

#: Instants at which nothing may happen: Good Friday, just before the rights letter is
#: due, and noon of that day.
QUIET = (
    datetime(2027, 3, 26, 9, tzinfo=LONDON),
    datetime(2027, 5, 6, 8, 58, tzinfo=LONDON),
    datetime(2027, 5, 6, 12, tzinfo=LONDON),
)

STORIES = {
    # Nobody does anything.
    "Anna": """
      0 Thu 25 Mar 12:00 | complaint | acknowledgement, introduction | Rhian: assignment
      6 Wed 31 Mar 09:00 |           |                               | Rhian: warning
      7 Thu  1 Apr 09:00 |           | follow-up                     | Rhian: warning
      7 Thu  1 Apr 17:00 |           |                               | Sian: breach
     13 Wed  7 Apr 09:00 |           |                               | Rhian: warning
     14 Thu  8 Apr 17:00 |           | contact-missed                | Sian: breach
     20 Wed 14 Apr 09:00 |           |                               | Rhian: warning
     21 Thu 15 Apr 17:00 |           | contact-missed                | Sian: breach
     27 Wed 21 Apr 09:00 |           |                               | Rhian: warning
     28 Thu 22 Apr 09:00 |           |                               | Rhian: warning
     28 Thu 22 Apr 17:00 |           | contact-missed                | Sian: breach
     34 Wed 28 Apr 09:00 |           |                               | Rhian: warning
     35 Thu 29 Apr 09:00 |           |                               | Rhian: warning
     35 Thu 29 Apr 17:00 |           | contact-missed                | Sian: breach
     39 Mon  3 May 09:00 |           |                               | Rhian: warning
     42 Thu  6 May 09:00 |           | adr-rights                    | Rhian: warning
     43 Fri  7 May 17:00 |           | contact-missed                | Sian: breach
     49 Thu 13 May 09:00 |           |                               | Rhian: warning
     50 Fri 14 May 17:00 |           | contact-missed                | Sian: breach
     56 Thu 20 May 09:00 |           |                               | Rhian: warning
     57 Fri 21 May 17:00 |           | contact-missed                | Sian: breach
    189 Thu 30 Sep 12:00 |           | contact-missed                | Sian: breach
    366 Sat 25 Mar 12:00 |           | contact-missed                | Sian: breach
    400 Fri 28 Apr 12:00 |           | contact-missed                | Sian: breach
    """,
    # Resolved in a week: outcome, yes.
    "Bob": """
      0 Thu 25 Mar 12:00 | complaint        | acknowledgement, introduction | Gareth: assignment
      6 Wed 31 Mar 09:00 | #outcome Mended. | outcome                       |
      7 Thu  1 Apr 17:00 | customer: Yes    | closed                        | Gareth: customer-reply
    """,
    # The outcome is never answered, and silence closes nothing.
    "Carys": """
      0 Thu 25 Mar 12:00 | complaint        | acknowledgement, introduction | Rhian: assignment
      6 Wed 31 Mar 09:00 | #outcome Mended. | outcome                       |
     13 Wed  7 Apr 09:00 |                  | confirm-reminder              |
     20 Wed 14 Apr 09:00 |                  |                               | Rhian: warning
     27 Wed 21 Apr 09:00 |                  |                               | Rhian: warning
     28 Thu 22 Apr 09:00 |                  |                               | Rhian: warning
     34 Wed 28 Apr 09:00 |                  |                               | Rhian: warning
     35 Thu 29 Apr 09:00 |                  |                               | Rhian: warning
     39 Mon  3 May 09:00 |                  |                               | Rhian: warning
     42 Thu  6 May 09:00 |                  | adr-rights                    | Rhian: warning
     49 Thu 13 May 09:00 |                  |                               | Rhian: warning
     56 Thu 20 May 09:00 |                  |                               | Rhian: warning
    189 Thu 30 Sep 12:00 |                  |                               | Rhian: warning
    366 Sat 25 Mar 12:00 |                  |                               | Rhian: warning
    400 Fri 28 Apr 12:00 |                  |                               | Rhian: warning
    """,
    # Refused and escalated twice; the original dates stand.
    "Dafydd": """
      0 Thu 25 Mar 12:00 | complaint              | acknowledgement, introduction | Gareth: assignment
      6 Wed 31 Mar 09:00 | #outcome Mended.       | outcome                       |
      7 Thu  1 Apr 17:00 | customer: No           | introduction, reopened        | Sian: assignment, Sian: customer-reply
      8 Fri  2 Apr 12:00 | #outcome Tested again. | outcome                       |
     13 Wed  7 Apr 09:00 | customer: No           | introduction, reopened        | David: assignment, David: customer-reply
     14 Thu  8 Apr 12:00 | #outcome New cable.    | outcome                       |
     20 Wed 14 Apr 09:00 | customer: Yes          | closed                        | David: customer-reply
    """,
    # Deadlock on day 10.
    "Elin": """
      0 Thu 25 Mar 12:00 | complaint                    | acknowledgement, introduction | Rhian: assignment
      6 Wed 31 Mar 09:00 | #contact 1/6 14:00           | contact-agreed                |
     10 Sun  4 Apr 12:00 | #deadlock We cannot agree.   | deadlock                      |
     56 Thu 20 May 09:00 | #close letter Elin, 19/5 2pm | closed                        |
    """,
    # Not eligible, which is withdrawn on day 45.
    "Frank": """
      0 Thu 25 Mar 12:00 | complaint                    | acknowledgement, introduction | Gareth: assignment
      6 Wed 31 Mar 09:00 | #contact 1/6 14:00           | contact-agreed                |
     28 Thu 22 Apr 09:00 | #not-eligible larger         |                               |
     45 Sun  9 May 12:00 | #eligible                    | adr-rights                    |
     56 Thu 20 May 09:00 | #close email Frank, 19/5 2pm | closed                        |
    """,
    # Closed on day 41. Mail on day 400 and nobody decides, so it opens again: Monday is a holiday.
    "Gwen": """
      0 Thu 25 Mar 12:00 | complaint                   | acknowledgement, introduction | Rhian: assignment
      6 Wed 31 Mar 09:00 | #contact 1/6 14:00          | contact-agreed                |
     28 Thu 22 Apr 09:00 |                             |                               | Rhian: warning
     35 Thu 29 Apr 09:00 |                             |                               | Rhian: warning
     39 Mon  3 May 09:00 |                             |                               | Rhian: warning
     41 Wed  5 May 12:00 | #close phone Gwen, 5/5 10am | closed                        |
    400 Fri 28 Apr 12:00 | customer: Broken again.     |                               | Rhian: customer-reply
    404 Tue  2 May 17:00 |                             | adr-rights, reopened          | Rhian: task
    """,
    # Judged no complaint, which is undone on day 50.
    "Huw": """
      0 Thu 25 Mar 12:00 | complaint                | acknowledgement, introduction | Gareth: assignment
      6 Wed 31 Mar 09:00 | #not-complaint just asks | not-complaint                 |
     50 Fri 14 May 17:00 | #complaint he objects    | adr-rights, reopened          |
     56 Thu 20 May 09:00 | #outcome Mended.         | outcome                       |
     57 Fri 21 May 17:00 | customer: Yes            | closed                        | Gareth: customer-reply
    """,
    # Agreed contacts, kept and missed.
    "Ioan": """
      0 Thu 25 Mar 12:00 | complaint               | acknowledgement, introduction | Rhian: assignment
      6 Wed 31 Mar 09:00 | #contact 8/4 14:00      | contact-agreed                |
     13 Wed  7 Apr 09:00 |                         |                               | Rhian: warning
     14 Thu  8 Apr 12:00 | handler: Still looking. | handler-reply                 |
     20 Wed 14 Apr 09:00 |                         |                               | Rhian: warning
     21 Thu 15 Apr 17:00 |                         | contact-missed                | Sian: breach
     27 Wed 21 Apr 09:00 |                         |                               | Rhian: warning
     28 Thu 22 Apr 09:00 | #call Still looking.    | call-summary                  | Rhian: warning
     34 Wed 28 Apr 09:00 |                         |                               | Rhian: warning
     35 Thu 29 Apr 09:00 | #outcome Mended.        | outcome                       | Rhian: warning
     39 Mon  3 May 09:00 |                         |                               | Rhian: warning
     41 Wed  5 May 12:00 | customer: Yes           | closed                        | Rhian: customer-reply
    """,
    # Personal data, and a credit.
    "Jane": """
      0 Thu 25 Mar 12:00 | complaint              | acknowledgement, introduction | Gareth: assignment
      6 Wed 31 Mar 09:00 | #dp                    | contact-agreed, credit        |
                         | #contact 1/6 14:00     |                               |
                         | #credit 25.00 May 2027 |                               |
     28 Thu 22 Apr 09:00 |                        |                               | Gareth: warning
     35 Thu 29 Apr 09:00 |                        |                               | Gareth: warning
     37 Sat  1 May 09:00 |                        |                               | Gareth: warning
     39 Mon  3 May 09:00 |                        |                               | Gareth: warning
     42 Thu  6 May 09:00 |                        | adr-rights                    |
     43 Fri  7 May 17:00 | #credit applied        | credit                        |
     50 Fri 14 May 17:00 | #outcome Mended.       | outcome                       |
     56 Thu 20 May 09:00 | customer: Yes          | closed                        | Gareth: customer-reply
    """,
}
TABLES = {name: told(table, RECEIVED_ON) for name, table in STORIES.items()}

#: At the end of it all: the state, the promise of the six weeks, the level of escalation.
ENDS = {
    "Anna": (State.OPEN, "met", 0),
    "Bob": (State.CLOSED, "withdrawn", 0),
    "Carys": (State.AWAITING_CONFIRMATION, "met", 0),
    "Dafydd": (State.CLOSED, "withdrawn", 2),
    "Elin": (State.CLOSED, "met", 0),
    "Frank": (State.CLOSED, "met_late", 0),
    "Gwen": (State.OPEN, "met_late", 0),
    "Huw": (State.CLOSED, "met_late", 0),
    "Ioan": (State.CLOSED, "withdrawn", 0),
    "Jane": (State.CLOSED, "met", 0),
}


@dataclass
class Year:
    """
    The firm's mailbox over a year, and what everybody got of each complaint.
    """

    house: House
    lines: dict[str, list[Line]] = field(default_factory=lambda: {name: [] for name in STORIES})

    async def comes_to(self, at: datetime) -> None:
        """
        What happens at that instant, then a round; the letters are noted.
        """
        before = len(self.house.sink.received)
        ordered = []
        for number, (name, table) in enumerate(TABLES.items(), start=1):
            happens = [each for line in table if line.at == at for each in line.happens]
            commands = [each for each in happens if each.startswith("#")]
            if commands:
                ordered.append(self._run(at, "case", reference("ISS", number), "do", *commands))
            for each in happens:
                if each not in commands:
                    self.house.mailbox.deliver(bytes(self._mail(name, each)), at)
        # Operators work beside each other; the round comes when all of them are done.
        await asyncio.gather(*ordered)
        await self._run(at.replace(second=59), "run", "--once")
        # A digest is about the day, a report about the month; neither about one complaint.
        came = self.house.sink.received[before:]
        self._note(at, [each for each in came if template_of(each) not in {"digest", "report"}])

    async def _run(self, at: datetime, *words: str) -> None:
        await mailbot(self.house, at.astimezone(UTC), *words)

    def _mail(self, name: str, what: str) -> Mail:
        who, _, text = what.partition(": ")
        if who == "complaint":
            return Mail(
                sender=f"{name} <{address(name)}>",
                message_id=f"first.{name.lower()}@client.example.com",
                date=f"{RECEIVED_AT:%a, %d %b %Y %H:%M:%S %z}",
            )
        about_one = (
            each
            for each in self.house.sink.received
            if template_of(each) not in {"digest", "report"}
        )
        mine = [each for each in about_one if case_of(each) == name]
        if who == "customer":
            return an_answer([each for each in mine if address(name) in each.rcpt_to][-1], text)
        assert who == "handler", what
        return an_answer([each for each in mine if template_of(each) == "assignment"][-1], text)

    def _note(self, at: datetime, received: Sequence[Received]) -> None:
        letters: dict[str, list[Letter]] = {}
        for each in received:
            reader = STAFF.get(each.rcpt_to[0], CUSTOMER)
            name = case_of(each)
            assert reader != CUSTOMER or each.rcpt_to == (address(name),)
            letters.setdefault(name, []).append((reader, template_of(each)))
        for name, sent in letters.items():
            day = (at.date() - RECEIVED_ON).days
            self.lines[name].append(Line(day, at, letters=tuple(sorted(sent))))


def address(name: str) -> str:
    return f"{name.lower()}@example.com"


def case_of(received: Received) -> str:
    """
    Whose case a mail is about.
    """
    number = str(read(received)["X-Mailbot-Case"]).split("-")[1]
    return list(STORIES)[int(number) - 1]


async def test_ten_complaints_over_a_year_get_exactly_the_letters_of_the_code(
    house: House,
) -> None:
    year = Year(house)
    for at in sorted({*QUIET, *(line.at for table in TABLES.values() for line in table)}):
        await year.comes_to(at)

    assert {name: as_words(lines) for name, lines in year.lines.items()} == {
        name: as_words(table) for name, table in TABLES.items()
    }
    assert await ends(house) == ENDS
    assert not await house.rows(OutboxRow, status__not=Status.SENT)
    to_customers = [each for each in house.sink.received if each.rcpt_to[0] not in STAFF]
    assert [staff_secrets(each.content) for each in to_customers] == [[]] * len(to_customers)
    naming_the_ico = {
        (case_of(each), template_of(each))
        for each in to_customers
        if "Information Commissioner" in text_of(each)
    }
    assert naming_the_ico == {("Jane", "outcome"), ("Jane", "closed")}


async def ends(house: House) -> dict[str, tuple[str, str, int]]:
    rows = await house.rows(CaseRow)
    rights = {
        each.case_id: each.state for each in await house.rows(ObligationRow, promise="adr_rights")
    }
    return {
        name: (row.state, rights[row.serial], row.level)
        for name, row in zip(STORIES, rows, strict=True)
    }
