"""
A year of a small firm: forty complaints from January to December 2026, as they were written.

Each life is a script: who complains, how it reached the firm, and what is said and done
afterwards, at local times. `a_year` plays them all on one desk, once in a run of the tests;
everybody gets a copy of the database. What the year must amount to stands in
`forty_ledger.py`, counted without mailbot.
"""

import asyncio
import atexit
import fcntl
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from mailbot import service
from mailbot.cases.reference import reference
from mailbot.desk.letter_outcomes import Delivered
from mailbot.mail.outcome import Sent
from mailbot.store import outbox, query
from mailbot.store.database import database
from mailbot.store.tables import CaseRow, OutboxRow
from mailbot.workers import record
from tests.flow.house import SERVICE, Mail, read, settings
from tests.flow.test_automatic import bounce
from tests.servers.migrated import lay
from tests.store.desk import LEASE, Desk

LONDON = ZoneInfo("Europe/London")

#: The first working day after the year: when its last month is reported.
AFTERWARDS = datetime(2027, 1, 4, 9, tzinfo=UTC)


def at(written: str) -> datetime:
    """
    "03-02 10:15": that moment of 2026, London time.
    """
    return datetime.strptime(f"2026-{written} +0000", "%Y-%m-%d %H:%M %z").replace(tzinfo=LONDON)


@dataclass(frozen=True)
class Turn:
    """
    What somebody does on a case: a verb of `_Year`, and its words.
    """

    at: str
    verb: str
    words: str = ""


@dataclass(frozen=True)
class Life:
    who: str
    #: When it reached the firm, and when somebody entered it where that was no mail.
    at: str
    says: str
    turns: tuple[Turn, ...] = ()
    way: str = "email"
    entered: str = ""
    #: The customer has no mail address: everything goes by post.
    is_on_paper: bool = False
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def email(self) -> str:
        return f"{self.who.lower().replace(' ', '.').replace(chr(39), '')}@example.com"

    @property
    def begins(self) -> str:
        return self.entered or self.at


def order(when: str, text: str) -> Turn:
    return Turn(when, "orders", text)


def writes(when: str, text: str) -> Turn:
    return Turn(when, "writes", text)


def replies(when: str, text: str) -> Turn:
    return Turn(when, "replies", text)


def yes(when: str) -> Turn:
    return Turn(when, "says", "Yes")


def no(when: str) -> Turn:
    return Turn(when, "says", "No")


def bounces(when: str, template: str) -> Turn:
    return Turn(when, "bounces", template)


SPAM = (("X-Spam-Flag", "YES"),)

LIVES = (
    # ---------------------------------------------------------------- January
    Life(
        "Alice Hughes",
        "01-05 10:12",
        "Our line has been dead since Saturday and nobody answers the telephone.",
        (
            order("01-06 11:00", "#contact 8 January 14:00"),
            order("01-08 14:20", "#call\nWe found the fault: a broken joint in your street."),
            order("01-09 11:00", "#outcome\nThe joint is mended and your line works again."),
            yes("01-10 09:00"),
        ),
    ),
    Life(
        "Brian Cole",
        "01-09 22:40",
        "You have billed me twice for November and twice for December.",
        (
            order("01-13 10:00", "#contact 14 January 15:00"),
            order("01-14 15:30", "#outcome\nYou are right. Both months are refunded."),
            order("01-14 15:35", "#credit 61.98 February 2026"),
            # Nothing is heard for more than five working days.
            order("01-23 12:00", "#close phone Mr Cole, today 11:50"),
            order("02-03 10:00", "#credit applied"),
        ),
    ),
    Life(
        "Carol Pugh",
        "01-20 09:30",
        "Three engineers did not turn up. I stayed at home for each of them.",
        (
            order("01-21 16:00", "#contact 23 January 10:00"),
            order("01-23 10:10", "#call\nWe went through the three appointments."),
            order("01-27 09:00", "#outcome\nWe are sorry. The line was put in today."),
            no("01-28 08:15"),
            order("01-29 10:00", "#call\nThe manager rang and agreed a credit."),
            order("01-29 10:10", "#credit 75.00 February 2026"),
            order("02-02 10:00", "#outcome\nYour line works, and £75 is on your next invoice."),
            yes("02-02 18:00"),
            order("02-20 11:00", "#credit applied"),
        ),
    ),
    # --------------------------------------------------------------- February
    Life(
        "David Lloyd",
        "02-02 14:00",
        "The broadband drops every evening between six and nine.",
        (
            order("02-03 09:30", "#contact 5 February 11:00\n#every 10 working days"),
            order("02-05 11:15", "#call\nWe are watching your line for a week."),
            order("02-12 14:00", "#outcome\nThe port in the exchange was changed."),
            yes("02-13 07:50"),
        ),
        way="telephone",
        entered="02-02 15:10",
    ),
    Life(
        "Eleri Vaughan",
        "02-11 08:05",
        "What time does your office open on Saturdays?",
        (order("02-11 09:40", "#not-complaint a question about opening hours"),),
    ),
    Life(
        "Frank Osei",
        "02-17 17:45",
        "My number was not moved to you and the old provider has cut me off.",
        (
            # Nobody does anything: nothing is agreed, and contact after contact is missed.
            order("04-10 11:00", "#call\nWe rang Mr Osei and apologised."),
            order("04-10 11:30", "#outcome\nYour number has been with us since Thursday."),
            yes("04-11 10:00"),
        ),
    ),
    # ------------------------------------------------------------------ March
    Life(
        "Gwen Morris",
        "03-02 11:00",
        "I was promised a price for two years and it went up after one.",
        (
            order("03-03 15:00", "#contact 5 March 15:00"),
            order("03-05 15:20", "#call\nMrs Morris showed us the contract."),
            order("03-06 16:00", "#outcome\nThe old price stands, and the difference is credited."),
            order("03-06 16:05", "#credit 36.00 March 2026"),
            yes("03-09 09:00"),
            # And nobody applies it before the month is over.
            order("04-02 09:00", "#credit applied"),
        ),
        way="letter",
        entered="03-02 12:00",
    ),
    Life(
        "Huw Jenkins",
        "03-06 16:45",
        "The router you sent is second-hand and has somebody's name on it.",
        (
            order("03-10 10:00", "#outcome\nA new router is on its way to you."),
            yes("03-12 19:30"),
        ),
    ),
    Life(
        "Irene Baker",
        "03-16 09:15",
        "My mother is 84, has a pendant alarm, and her line is dead.",
        (
            order("03-16 09:50", "#call\nAn engineer is with your mother this morning."),
            order("03-16 16:30", "#outcome\nThe line works, and the alarm was tried."),
            yes("03-16 17:05"),
        ),
    ),
    Life(
        "James Whittle",
        "03-24 12:00",
        "CONGRATULATIONS you have been selected",
        (order("03-30 10:00", "#reject"),),
        headers=SPAM,
    ),
    # ------------------------------------------------------------------ April
    Life(
        "Karen Doyle",
        "04-01 13:20",
        "You cut my service off although I had paid. I have the receipt.",
        (
            order("04-02 10:00", "#contact 7 April 10:00"),
            # Nobody rings on the seventh, and the customer writes.
            writes("04-08 09:00", "Nobody rang me yesterday. When will you?"),
            replies(
                "04-09 11:00", "I am sorry. I was ill. Your service is back since this morning."
            ),
            order("04-15 10:00", "#outcome\nThe payment had been booked to another account."),
            yes("04-15 12:00"),
        ),
    ),
    Life(
        "Liam Burke",
        "04-13 10:00",
        "I ended my contract in February and you still take the money.",
        (
            bounces("04-13 10:05", "acknowledgement"),
            # It went to the handler to be posted, who does so after more than three working days.
            order("04-20 15:00", "#post 14 Mill Lane, Tredegar, NP22 3AB"),
            order("04-20 15:05", "#posted all"),
            order("04-21 09:30", "#outcome\nThe direct debit is stopped and the money is repaid."),
            order("04-21 09:40", "#posted all"),
            order("04-28 11:00", "#close letter Mr Burke, 27 April 10:00"),
        ),
    ),
    Life(
        "Mair Rowlands",
        "04-22 15:30",
        "The engineer drilled through our water pipe.",
        (
            order("04-23 09:30", "#contact 24 April 09:30\n#every 3 working days"),
            order("04-24 09:40", "#call\nOur insurer has been told and will write to you."),
            order("04-29 10:00", "#call\nThe insurer has appointed a surveyor."),
            order("05-05 10:00", "#call\nThe surveyor comes on Thursday."),
            order("05-08 10:00", "#deadlock\nWe cannot agree on the value of the floor."),
            order("06-15 10:00", "#close letter Mrs Rowlands, 12 June 10:00"),
        ),
        way="account manager",
        entered="04-22 16:00",
    ),
    # -------------------------------------------------------------------- May
    Life(
        "Nia Griffiths",
        "05-05 09:10",
        "My bill has calls on it to a country I have never rung.",
        (
            order("05-06 10:00", "#contact 8 May 11:00"),
            order(
                "05-08 11:05", "#call\nThe calls were made by a line that was mixed up with yours."
            ),
            order("05-11 15:00", "#outcome\nThe calls are taken off your bill."),
            order("05-11 15:02", "#credit 112.40 June 2026"),
            yes("05-12 10:00"),
            order("06-08 09:00", "#credit applied"),
        ),
    ),
    Life(
        "Owen Parry",
        "05-14 18:20",
        "Half the speed that you sold me, for a year.",
        (
            order("05-15 16:00", "#contact 19 May 14:00"),
            order("05-19 14:10", "#call\nWe measured the line together."),
            order("05-22 12:00", "#outcome\nYou may leave without a charge, or pay half."),
            # It is never confirmed, and never closed.
        ),
    ),
    Life(
        "Pauline Reeves",
        "05-26 11:11",
        "I asked for large print and keep getting bills that I cannot read.",
        (
            order("05-26 14:00", "#need large print"),
            order("05-27 09:30", "#contact 28 May 10:00"),
            order("05-28 10:15", "#call\nWe said how sorry we are, and that it is changed."),
            order("05-29 09:30", "#outcome\nEvery bill from June on comes in large print."),
            order("06-01 13:00", "#close phone Mrs Reeves, today 12:30"),
        ),
        way="telephone",
        entered="05-26 11:40",
        is_on_paper=True,
    ),
    # ------------------------------------------------------------------- June
    Life(
        "Rhys Bowen",
        "06-01 09:00",
        "Nobody at your office knows about my order of March.",
        (
            order("06-02 09:30", "#contact 4 June 10:00"),
            order("06-04 10:20", "#call\nThe order had been filed under another name."),
            order("06-09 10:00", "#outcome\nYour line is put in on Thursday."),
            yes("06-12 16:00"),
            writes("06-18 08:00", "The line was not put in. Nobody came."),
            order("06-18 10:00", "#reopen the line was not put in"),
            order("06-18 10:05", "#contact 19 June 09:30"),
            order("06-19 09:40", "#call\nThe engineer is on his way."),
            order("06-19 16:30", "#outcome\nYour line was put in this afternoon."),
            yes("06-20 11:00"),
        ),
    ),
    Life(
        "Sheila Grant",
        "06-08 13:50",
        "I have rung eleven times. This is the second time I write.",
        (order("06-09 16:00", "#merge {Sheila Grant 2}"),),
    ),
    Life(
        "Sheila Grant 2",
        "06-09 08:20",
        "I have rung twelve times now, about the fault that I wrote to you of.",
        (
            order("06-10 10:00", "#contact 11 June 15:00"),
            order("06-11 15:15", "#call\nThe fault is in the cabinet."),
            order("06-16 10:00", "#outcome\nThe cabinet was changed yesterday."),
            yes("06-17 09:00"),
        ),
    ),
    Life(
        "Tomos Rees",
        "06-22 10:30",
        "A salesman of yours told my father that he had to change. He is 90.",
        (
            order("06-23 10:00", "#contact 25 June 10:00"),
            order("06-25 10:30", "#call\nWe listened to the recording."),
            order("06-26 10:00", "#escalate the salesman is ours"),
            order("06-29 11:00", "#outcome\nThe contract is undone and the salesman has left us."),
            yes("07-01 08:30"),
        ),
    ),
    # ------------------------------------------------------------------- July
    Life(
        "Una Fletcher",
        "07-03 16:59",
        "The email service has been down for my whole shop since Wednesday.",
        (
            order("07-06 09:30", "#contact 7 July 09:30"),
            order("07-07 09:35", "#call\nIt works again; we look for the cause."),
            order("07-08 15:00", "#outcome\nA certificate had run out. It cannot happen again."),
            yes("07-08 15:40"),
        ),
        way="fax",
        entered="07-03 17:20",
    ),
    Life(
        "Victor Stone",
        "07-13 12:12",
        "You gave my details to somebody who rang and said they were me.",
        (
            order("07-13 14:00", "#dp"),
            order("07-14 10:00", "#contact 16 July 10:00"),
            order("07-16 10:05", "#call\nWe said what was given, to whom and when."),
            order(
                "07-20 10:00", "#outcome\nWe have told the Commissioner, and changed our questions."
            ),
            no("07-21 09:00"),
            order("07-23 11:00", "#call\nThe manager explained what we may say and what not."),
            order("07-24 10:00", "#deadlock\nWe do not agree that damages are owed."),
            # It stays open, and contact is not kept any more: the scheme has it.
        ),
    ),
    Life(
        "Wendy Clarke",
        "07-21 09:05",
        "I have no telephone signal since your mast was taken down.",
        (
            order("07-21 15:00", "#not-eligible not about a service we provide"),
            order("07-22 10:00", "#contact 24 July 10:00\n#every 10 working days"),
            order("07-24 10:10", "#call\nThe mast is not ours; we said whose it is."),
            order("08-06 10:00", "#call\nStill nothing from the mast's owner."),
            order("08-19 10:00", "#call\nThe owner will put up another in October."),
            order("09-02 10:00", "#outcome\nThe owner of the mast has written to you."),
            yes("09-05 10:00"),
        ),
    ),
    # ----------------------------------------------------------------- August
    Life(
        "Yasmin Patel",
        "08-04 10:10",
        "I want my old number back. You gave it away.",
        (
            # The handler is slow: nothing is agreed by the third working day.
            order("08-10 10:00", "#contact 11 August 15:00"),
            order("08-11 15:30", "#call\nThe number can be had back in a fortnight."),
            order("08-17 16:00", "#call\nThe other customer agrees."),
            order("08-24 10:00", "#outcome\nYour old number is yours again."),
            yes("08-25 08:00"),
        ),
    ),
    Life(
        "Zoe Kendall",
        "08-12 07:30",
        "Please cancel. I have asked three times.",
        (
            order("08-12 10:00", "#outcome\nYour contract ended on 31 July. Nothing is owed."),
            yes("08-12 10:20"),
        ),
    ),
    Life(
        "Arthur Bell",
        "08-24 20:00",
        "Your letter calls me Mrs Bell. My wife died in May. I have told you twice.",
        (
            order("08-25 09:15", "#call\nThe head of customer service rang and apologised."),
            order("08-25 09:20", "#correct name Arthur Bell"),
            order("08-26 09:30", "#outcome\nEvery record has been changed, and looked at by me."),
            yes("08-27 12:00"),
        ),
    ),
    # -------------------------------------------------------------- September
    Life(
        "Bethan Moss",
        "09-01 11:40",
        "The contract says 80 Mbit/s. I measure 11.",
        (
            order("09-02 10:00", "#contact 4 September 14:00"),
            order("09-04 14:15", "#call\nA new pair of wires is ordered."),
            order("09-11 10:00", "#call\nThe wires are put in on the 21st."),
            order("09-18 10:00", "#call\nThe 21st stands."),
            order("09-25 10:00", "#call\nThe work was put off by a week."),
            order("10-02 10:00", "#call\nThe work was done, and it is no faster."),
            order("10-09 10:00", "#call\nAn engineer looks inside the house."),
            # Six weeks are over on 13 October.
            order("10-16 10:00", "#outcome\nA socket in the cellar was to blame. It is changed."),
            yes("10-19 18:00"),
        ),
    ),
    Life(
        "Clive Norton",
        "09-07 09:00",
        "I am told by your people that I am rude. I want that on record.",
        (
            order("09-08 10:00", "#contact 10 September 10:00"),
            order("09-10 10:05", "#call\nMr Norton told his side."),
            order("09-14 10:00", "#outcome\nYour account stands beside ours in our records."),
            writes("09-15 10:00", "Thank you. One more thing: who reads these records?"),
            replies("09-16 10:00", "The manager and I do, and the regulator if asked."),
            yes("09-17 10:00"),
        ),
    ),
    Life(
        "Dilys Watkins",
        "09-15 15:15",
        "I write by hand because I have nothing else. Please write to me.",
        (
            order("09-16 10:00", "#posted all"),
            order("09-17 14:00", "#contact 18 September 10:00"),
            order("09-18 10:30", "#call\nMrs Watkins would like the old telephone back."),
            order("09-22 10:00", "#outcome\nThe old telephone is in the post, free of charge."),
            order("09-22 16:00", "#posted all"),
            order("09-29 10:00", "#close letter Mrs Watkins, 28 September 10:00"),
            order("09-30 10:00", "#posted all"),
        ),
        way="letter",
        entered="09-15 15:40",
        is_on_paper=True,
    ),
    Life(
        "Edward Nash",
        "09-24 08:45",
        "Invoice overdue, open the attachment. I have complained about this before!",
        (
            order("09-25 09:30", "#release"),
            order("09-28 10:00", "#contact 29 September 10:00"),
            order("09-29 10:10", "#call\nThe reminder was not ours; it was a forgery."),
            order("09-30 10:00", "#outcome\nYour account is in order; delete the other mail."),
            yes("09-30 12:00"),
        ),
        headers=SPAM,
    ),
    # ---------------------------------------------------------------- October
    Life(
        "Fiona Mackay",
        "10-05 10:00",
        "My bill is in a name that is not mine and I am chased for it.",
        (
            order("10-06 10:00", "#contact 8 October 10:00"),
            order("10-08 10:15", "#call\nThe two accounts were mixed up."),
            order("10-12 10:00", "#outcome\nThe debt is taken off your name."),
            order("10-12 10:05", "#credit 20.00 October 2026"),
            order("10-15 10:00", "#credit applied"),
            yes("10-15 11:00"),
        ),
    ),
    Life(
        "Gareth Sharp",
        "10-14 23:50",
        "Your engineer left the gate open and our dog ran off.",
        (
            order("10-15 16:00", "#contact 19 October 10:00"),
            order("10-19 10:30", "#call\nThe dog is back. We said sorry."),
            order("10-20 10:00", "#outcome\nOur engineers now close every gate they open."),
            bounces("10-20 10:01", "outcome"),
            order("10-21 10:00", "#correct email gareth.sharp@example.net"),
            order("10-22 10:00", "#outcome\nOur engineers now close every gate they open."),
            order("10-23 10:00", "#close phone Mr Sharp, today 09:50"),
        ),
    ),
    Life(
        "Helen Price",
        "10-26 09:30",
        "No internet for nine days in a house with two school children.",
        (
            order("10-27 10:00", "#contact 28 October 10:00"),
            order("10-28 10:10", "#call\nA dongle is in the post."),
            order("11-02 10:00", "#outcome\nThe line works since Friday."),
            no("11-02 20:00"),
            order("11-04 10:00", "#call\nThe manager found a second fault."),
            order("11-04 10:10", "#credit 45.50 November 2026"),
            order("11-09 10:00", "#outcome\nBoth faults are mended."),
            yes("11-10 08:00"),
            order("11-27 10:00", "#credit applied"),
        ),
    ),
    # --------------------------------------------------------------- November
    Life(
        "Ivor Tanner",
        "11-02 09:00",
        "I was charged for an engineer who came to mend your own fault.",
        (
            order("11-03 10:00", "#contact 5 November 11:00"),
            order("11-05 11:10", "#call\nWe take the charge back."),
            order("11-06 10:00", "#outcome\nThe charge is taken back."),
            order("11-06 10:05", "#credit 85.00 November 2026"),
            yes("11-07 10:00"),
            # The month goes by, and with it the promise.
        ),
    ),
    Life(
        "Jane Doe",
        "11-10 16:20",
        "The line has been dead since Monday.",
        (
            # The handler says nothing until long after Christmas.
            writes("11-24 09:00", "Is anybody there?"),
        ),
    ),
    Life(
        "Kevin Marsh",
        "11-16 12:00",
        "You moved my appointment four times.",
        (
            order("11-17 10:00", "#contact 18 November 10:00"),
            order("11-18 10:10", "#call\nWednesday is fixed now."),
            order("11-25 15:00", "#outcome\nThe engineer came, and it works."),
            yes("12-01 10:00"),
        ),
    ),
    Life(
        "Lowri Penry",
        "11-25 10:10",
        "Your chat told me that my contract had ended. It had not.",
        (
            order("11-26 10:00", "#contact 27 November 10:00"),
            order("11-27 10:20", "#call\nWe read the chat together."),
            order("12-01 10:00", "#outcome\nYou may leave now, without a charge."),
            no("12-01 19:00"),
            order("12-03 10:00", "#call\nThe manager rang."),
            order("12-08 10:00", "#escalate she wants the head to decide"),
            order("12-10 10:00", "#call\nThe head rang."),
            order("12-14 10:00", "#outcome\nYou may leave, and the last three months are free."),
            order("12-14 10:05", "#credit 96.00 January 2027"),
            yes("12-15 09:00"),
        ),
    ),
    # --------------------------------------------------------------- December
    Life(
        "Martin Gale",
        "12-02 14:45",
        "A cable of yours hangs across the pavement.",
        (
            order("12-03 10:00", "#contact 4 December 10:00"),
            order("12-04 10:15", "#call\nIt is tied up, and hung properly on Monday."),
            order("12-07 16:00", "#outcome\nThe cable hangs where it belongs."),
            yes("12-08 09:00"),
        ),
        way="telephone",
        entered="12-02 14:50",
    ),
    Life(
        "Nesta Hopkin",
        "12-11 17:30",
        "I have changed to somebody else and you still write to me.",
        (
            order("12-14 10:00", "#contact 16 December 10:00"),
            # Nobody rings on the sixteenth.
            order("12-18 10:00", "#call\nWe rang two days late and said so."),
        ),
    ),
    Life(
        "Oliver Tudor",
        "12-24 16:30",
        "Our restaurant has no card machine, on Christmas Eve.",
        (
            order("12-24 16:50", "#call\nAn engineer is on the way."),
            order("12-29 10:00", "#contact 30 December 10:00"),
            order("12-30 10:10", "#call\nIt has worked since Christmas morning."),
        ),
    ),
)


class _Quick(Desk):
    """
    What is due, and what is delivered, at one instant in one commit each, as a worker has it.
    """

    async def strike(self) -> None:
        await record.deadlines(await query.due(self.now), self.office, self.now)
        await self.deliver()

    async def deliver(self) -> None:
        while claimed := await outbox.claim(self.now, limit=100, lease=LEASE):
            done = [
                Delivered(letter=each, result=Sent("250 ok"), at=self.now, next_at=None)
                for each in claimed
            ]
            for became in await record.outcomes(done, self.office):
                assert not isinstance(became, Exception), became


@dataclass
class _Year:
    desk: Desk
    serials: dict[str, int] = field(default_factory=dict)

    async def play(self) -> None:
        beats: list[tuple[datetime, Life, Turn | None]] = [
            (at(each.begins), each, None) for each in LIVES
        ]
        beats += [(at(turn.at), life, turn) for life in LIVES for turn in life.turns]
        for when, life, turn in sorted(beats, key=lambda each: each[0]):
            await self.desk.until(when.astimezone(UTC))
            if turn is None:
                await self._begins(life)
            else:
                await getattr(self, f"_{turn.verb}")(life, turn.words)
        await self.desk.until(AFTERWARDS)

    async def _begins(self, life: Life) -> None:
        if life.way == "email":
            recorded = await self.desk.arrives(
                Mail(
                    sender=f"{_name(life)} <{_address(life)}>",
                    subject="A complaint",
                    text=life.says,
                    message_id=f"first.{life.email}",
                    headers=life.headers,
                )
            )
            assert recorded.case, life.who
            self.serials[life.who] = (await CaseRow.get(reference=recorded.case)).serial
            return
        reached = (
            "address: 3 High Street, Ebbw Vale" if life.is_on_paper else f"email: {life.email}"
        )
        opened = await self.desk.enter(
            f"#open\nchannel: {life.way}\nreceived: {at(life.at):%d %B %Y %H:%M}\n"
            f"name: {life.who}\n{reached}\n\n{life.says}"
        )
        assert opened.is_done, (life.who, opened.answer)
        latest = await CaseRow.all().order_by("-serial").first()
        assert latest
        self.serials[life.who] = latest.serial

    async def _orders(self, life: Life, text: str) -> None:
        for name, serial in self.serials.items():
            text = text.replace(f"{{{name}}}", _reference(serial))
        ordered = await self.desk.order(text, self._reference(life))
        assert ordered.is_done, (life.who, text, ordered.answer)

    async def _writes(self, life: Life, text: str) -> None:
        letter = await self._latest(life, to_staff=False)
        await self.desk.arrives(self._answer(life, letter, text))

    async def _says(self, life: Life, text: str) -> None:
        letter = await self._latest(life, template="outcome")
        await self.desk.arrives(self._answer(life, letter, text))

    async def _replies(self, life: Life, text: str) -> None:
        letter = await self._latest(life, template__in=["assignment", "customer-reply"])
        await self.desk.arrives(self._answer(life, letter, text))

    async def _bounces(self, life: Life, template: str) -> None:
        letter = await self._latest(life, template=template)
        await self.desk.arrives(bounce(letter.message_id))

    async def _latest(self, life: Life, **where: object) -> OutboxRow:
        found = OutboxRow.filter(case_id=self.serials[life.who], **where).order_by("-id")
        letter = await found.first()
        assert letter, (life.who, where)
        return letter

    def _answer(self, life: Life, letter: OutboxRow, text: str) -> Mail:
        return Mail(
            sender=f"{_name(life)} <{letter.recipient}>",
            to=parseaddr(str(read(letter.content)["Reply-To"] or SERVICE))[1],
            subject="Re: Your complaint",
            text=text,
            message_id=f"{self.desk.now:%m%d%H%M}.{life.email}",
            headers=(("In-Reply-To", f"<{letter.message_id}>"),),
        )

    def _reference(self, life: Life) -> str:
        return _reference(self.serials[life.who])


def _name(life: Life) -> str:
    return life.who.rstrip(" 2")


def _address(life: Life) -> str:
    return life.email.replace(".2@", "@")


def _reference(serial: int) -> str:
    return reference("ISS", serial)


def reference_of(who: str) -> str:
    """
    The reference of the case that their complaint opened: cases are numbered as they come.
    """
    begun = sorted(LIVES, key=lambda each: at(each.begins))
    return _reference([each.who for each in begun].index(who) + 1)


def lay_the_year(folder: Path) -> Path:
    """
    The firm's database on the morning of AFTERWARDS, and its key, in that folder.
    """
    made = _made_once()
    for name in ("mailbot.sqlite3", "token.key"):
        shutil.copyfile(made / name, folder / name)
    (folder / "token.key").chmod(0o600)
    return folder / "mailbot.sqlite3"


@cache
def _made_once() -> Path:
    """
    The folder with the year in it: made by the first process of a run that asks, and there
    for the others.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"forty.{run}"
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            lay(folder)
            # A thread of its own: whoever asks may be in the middle of an event loop.
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, _played(folder)).result()
            (folder / "made").touch()
    return folder


async def _played(folder: Path) -> None:
    begins = at(LIVES[0].begins).astimezone(UTC) - timedelta(hours=1)
    async with database(f"sqlite://{folder}/mailbot.sqlite3"):
        office = await service.office(settings(folder))
        await _Year(_Quick(office, now=begins)).play()
