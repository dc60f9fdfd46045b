"""
A whole case by mail alone, on a real mailbox: a customer, two handlers and a manager, once
in each kind of `staff_proof`. Nobody ever sees anything but mail.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count

import pytest

from mailbot.store.tables import AbsenceRow, CaseRow, HeldRow, ObligationRow
from tests.flow import vouching
from tests.flow.house import (
    GARETH,
    JANE,
    MANAGER,
    RHIAN,
    SERVICE,
    House,
    Mail,
    an_answer,
    staff_secrets,
    template_of,
    text_of,
)
from tests.servers.smtp import Received

NAMES = {
    JANE: "Jane Doe",
    RHIAN: "Rhian Price",
    GARETH: "Gareth Evans",
    MANAGER: "Sian Morgan",
}
CARYS, EMRYS = "carys@example.com", "emrys@example.com"

#: Exactly one of these answers each mail of our people.
ONE_OF = frozenset({"receipt", "confirm-command", "held"})

ON_THE_TELEPHONE = (
    "#open\nchannel: telephone\nreceived: 20/11 2:15pm\nname: Carys Hughes\n"
    f"email: {CARYS}\n\nNo dial tone since Tuesday. She was told three times that we ring back."
)

EMRYS_WROTE = (
    f"From: Emrys Lloyd <{EMRYS}>\r\nTo: Rhian Price <{RHIAN}>\r\nSubject: Three weeks\r\n"
    "Date: Thu, 19 Nov 2026 09:30:00 +0000\r\nMessage-ID: <emrys.1@example.com>\r\n\r\n"
    "I have waited three weeks for an engineer.\r\n"
)

JANE_WROTE = (
    "Jane wrote to me, see below.\n\n---------- Forwarded message ---------\n"
    f"From: Jane Doe <{JANE}>\nDate: Mon, 23 Nov 2026 at 09:30\nSubject: Hello\n"
    f"To: <{GARETH}>\n\nI shall be out on Wednesday."
)


@dataclass
class Stage:
    """
    The firm, the customer, and the mail between them.
    """

    house: House
    kind: str
    #: What each of them was sent, in order.
    inbox: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def last(self, template: str, to: str) -> Received:
        return self.house.sent(template, to)[-1]

    async def waits_until(self, at: datetime) -> None:
        """
        Nobody writes until then; mailbot looks at the clock.
        """
        self.house.clock.at = at
        await self._round(None)

    async def writes(self, mail: Mail | bytes, by: str) -> list[Received]:
        """
        Their mail as their own host hands it on, and what it caused.
        """
        is_ours = by in vouching.LOGINS
        top = vouching.ours(self.kind, by) if is_ours else vouching.from_outside(self.kind)
        self.house.clock.move(minutes=10)
        return await self._round(top + bytes(mail))

    async def _round(self, octets: bytes | None) -> list[Received]:
        before = len(self.house.sink.received)
        if octets:
            self.house.deliver(octets)
        assert await self.house.round()
        fresh = self.house.sink.received[before:]
        for each in fresh:
            self.inbox[each.rcpt_to[0]].append(template_of(each))
        return fresh

    def new(self, by: str, text: str, **fields: str) -> Mail:
        return Mail(
            sender=f"{NAMES[by]} <{by}>",
            text=text,
            message_id=f"{next(self._numbers)}.{by}",
            **{"subject": "To mailbot", **fields},  # type: ignore[arg-type]
        )

    def answer(self, to: Received, text: str, **fields: object) -> Mail:
        by = to.rcpt_to[0]
        given = {
            "sender": f"{NAMES[by]} <{by}>",
            "message_id": f"{next(self._numbers)}.{by}",
            **fields,
        }
        return an_answer(to, text, **given)

    async def customer(self, mail: Mail) -> None:
        await self.writes(mail, JANE)

    async def staff(self, mail: Mail | bytes, by: str) -> None:
        """
        A mail of one of our people: exactly one answer to them, and where that is the
        question whether they mean it, their yes.
        """
        told = _told(await self.writes(mail, by), by)
        if told == ["confirm-command"]:
            # What was read from a forwarded mail is looked at, whoever passed it on.
            is_passed_on = b"Fwd:" in bytes(mail)
            assert self.kind == "confirm" or is_passed_on, "the host has vouched for it"
            yes = self.answer(self.last("confirm-command", by), "Yes")
            told = _told(await self.writes(yes, by), by)
        assert told == ["receipt"], told
        receipt = text_of(self.last("receipt", by))
        assert "not acted on" not in receipt, receipt
        assert "Nothing was done" not in receipt, receipt

    async def relayed(self, answered: Received, text: str) -> None:
        """
        A plain answer to the customer, of which its writer hears nothing.
        """
        by = answered.rcpt_to[0]
        fresh = await self.writes(self.answer(answered, text), by)
        assert [(each.rcpt_to[0], template_of(each)) for each in fresh] == [(JANE, "handler-reply")]
        assert text in text_of(fresh[0])

    async def order(self, answered: Received, text: str) -> None:
        await self.staff(self.answer(answered, text), answered.rcpt_to[0])


def _told(fresh: Sequence[Received], by: str) -> list[str]:
    mine = [template_of(each) for each in fresh if each.rcpt_to == (by,)]
    return [each for each in mine if each in ONE_OF]


def with_attached(mail: Mail, inner: str) -> bytes:
    """
    The mail as a client writes it that passes another one on as an attachment.
    """
    plain = bytes(replace(mail, headers=())).partition(b"MIME-Version")[0]
    return (
        plain
        + (
            'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
            f"--b\r\nContent-Type: text/plain\r\n\r\n{mail.text}\r\n"
            f"--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--b--\r\n"
        ).encode()
    )


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


#: What each of them gets in the whole of it. "asked" is the question whether it is meant,
#: which the mail host's word makes needless; "asked anyway" is the one about a mail passed on.
INBOX = {
    JANE: (
        *("acknowledgement", "introduction", "handler-reply", "contact-agreed", "introduction"),
        *("outcome", "reopened", "introduction", "handler-reply", "outcome", "closed"),
    ),
    RHIAN: (
        *("assignment", "receipt", "customer-reply", "asked", "receipt"),
        # Two more cases are hers now, of her own making.
        *("asked", "receipt", "assignment", "asked anyway", "receipt", "assignment"),
        *("receipt", "warning", "digest"),
    ),
    GARETH: (
        *("assignment", "warning", "digest"),
        *("asked anyway", "customer-reply", "receipt", "asked", "receipt"),
        *("asked", "receipt", "receipt", "receipt"),
    ),
    # The first: what was passed on had been due to be acknowledged before it came.
    MANAGER: ("task", "assignment", "customer-reply", "receipt", "customer-reply"),
    CARYS: ("acknowledgement", "introduction"),
    EMRYS: ("acknowledgement", "introduction"),
}


def received(kind: str, *templates: str) -> list[str]:
    """
    Those of the templates that are sent in that kind of `staff_proof`.
    """
    asked = {"asked anyway"} if kind != "confirm" else {"asked anyway", "asked"}
    return [
        "confirm-command" if each in asked else each
        for each in templates
        if each in asked or each != "asked"
    ]


@pytest.fixture(params=vouching.KINDS)
def stage(request: pytest.FixtureRequest, house: House) -> Stage:
    house.config = vouching.configuration(house.folder)
    house.more |= vouching.environ(request.param)
    return Stage(house, request.param)


async def test_a_customer_two_handlers_and_a_manager_play_a_whole_case_by_mail_alone(
    stage: Stage,
) -> None:
    house, last = stage.house, stage.last

    # Friday afternoon: Jane complains, Rhian gets the case, answers, and agrees a time.
    await stage.customer(Mail())
    await stage.relayed(last("assignment", RHIAN), "We have found the fault.")
    await stage.order(last("assignment", RHIAN), "#contact tue 14:00")
    await stage.customer(stage.answer(last("handler-reply", JANE), "Good. What about my bill?"))

    # Bills are Gareth's.
    await stage.order(last("customer-reply", RHIAN), "#assign Gareth Evans")

    # Somebody rang, somebody else had written to Rhian herself.
    await stage.staff(stage.new(RHIAN, ON_THE_TELEPHONE), RHIAN)
    passed_on = stage.new(RHIAN, "This came to me.", subject="Fwd: Three weeks")
    await stage.staff(with_attached(passed_on, EMRYS_WROTE), RHIAN)
    await stage.staff(stage.new(RHIAN, "#status"), RHIAN)

    # Monday: Jane wrote to Gareth alone, he passes it on, and writes to her himself.
    await stage.waits_until(at(23, 10))
    await stage.staff(stage.new(GARETH, JANE_WROTE, subject="Fwd: Hello"), GARETH)
    direct = stage.new(GARETH, "Then I ring on Thursday.", to=JANE, cc=SERVICE, subject="Hello")
    await stage.staff(direct, GARETH)
    await stage.staff(stage.new(GARETH, "#away 21 Dec to 2 Jan"), GARETH)
    await stage.staff(stage.new(GARETH, "#help"), GARETH)

    # His outcome does not satisfy her: the manager has the case.
    await stage.order(last("assignment", GARETH), "#outcome\nThe line works, the bill is right.")
    await stage.customer(stage.answer(last("outcome", JANE), "No"))
    await stage.relayed(last("assignment", MANAGER), "I am sorry. We look at the bill again.")
    await stage.order(last("assignment", MANAGER), "#outcome\nThe bill is corrected.")
    await stage.customer(stage.answer(last("outcome", JANE), "Yes"))

    jane, carys, emrys = await house.rows(CaseRow)
    assert (jane.state, carys.state, emrys.state) == ("closed", "open", "open")
    assert (carys.received_at, emrys.received_at) == (at(20, 14, 15), at(19, 9, 30))
    kept = await house.rows(ObligationRow, case_id=jane.serial, promise="keep_contact")
    assert kept[0].evidence, "the direct mail counts as contact"
    assert (await house.row(AbsenceRow)).email_key == GARETH
    assert not [each for each in await house.rows(HeldRow) if each.resolved_at is None]

    assert dict(stage.inbox) == {who: received(stage.kind, *all_) for who, all_ in INBOX.items()}
    outside = [each for each in house.sink.received if each.rcpt_to[0] in {JANE, CARYS, EMRYS}]
    assert [found for each in outside for found in staff_secrets(each.content)] == []
