"""
Letters that came back, and who hears of it.
"""

import pytest

from mailbot.cases.identity.triage import Action
from mailbot.cases.letter_status import Status
from mailbot.desk.letter_outcomes import CLAIMED_BY_ANOTHER, Delivered
from mailbot.letters.office import Office
from mailbot.mail.outcome import Outcome, Refused, Sent, Uncertain
from mailbot.store import outbox
from mailbot.store.tables import EventRow, MessageRow, ObligationRow, OutboxRow
from tests.flow.house import JANE, MANAGER, RHIAN, Mail, ids_of
from tests.flow.test_automatic import bounce
from tests.store.desk import LEASE, Desk, settled

HEAD = "david.hughes@infinitysystemsolutions.co.uk"
BOB = "bob@example.com"
FROM_A_LIST = Mail(headers=(("List-Id", "<users.example.org>"),))


class Undelivered(Desk):
    """
    A desk whose mail ends as it is told.
    """

    ends: Outcome = Sent("250 ok")

    async def deliver(self) -> None:
        for letter in await outbox.claim(self.now, limit=100, lease=LEASE):
            delivered = Delivered(letter=letter, result=self.ends, at=self.now, next_at=self.now)
            await settled(delivered, self.office)


@pytest.fixture
def desk(office: Office) -> Undelivered:
    return Undelivered(office)


async def latest(template: str) -> OutboxRow:
    row = await OutboxRow.filter(template=template).order_by("-id").first()
    assert row, template
    return row


async def comes_back(desk: Desk, template: str) -> list[tuple[str, str]]:
    """
    What is written, and to whom, once the latest letter of that template came back.
    """
    before = await OutboxRow.all().count()
    await desk.arrives(bounce((await latest(template)).message_id))
    rows = await OutboxRow.all().order_by("id").offset(before).limit(100)
    return [(row.template, row.recipient) for row in rows]


async def test_a_task_without_a_case_that_came_back_is_told_to_the_next_of_the_ladder_once(
    desk: Undelivered,
) -> None:
    await desk.arrives(FROM_A_LIST)
    assert (await latest("task")).recipient == MANAGER

    assert await comes_back(desk, "task") == [("task", HEAD)]

    returned = await OutboxRow.get(recipient=MANAGER, template="task")
    assert (returned.case_id, returned.status) == (None, Status.BOUNCED)
    assert [row.event for row in await EventRow.filter(event="letter_bounced")]
    # That one came back, too: nobody is left, and nothing goes round.
    assert await comes_back(desk, "task") == []


async def test_a_handlers_held_mail_that_came_back_is_told_to_the_manager(
    desk: Undelivered,
) -> None:
    await desk.arrives(Mail(sender=f"Rhian Price <{RHIAN}>"))
    assert (await latest("held")).recipient == RHIAN

    assert await comes_back(desk, "held") == [("task", MANAGER)]


async def test_a_bounce_in_words_that_names_a_letter_without_a_case_is_not_in_doubt(
    desk: Undelivered,
) -> None:
    await desk.arrives(FROM_A_LIST)
    letter = await latest("task")
    words = (
        "Hi. This is the qmail-send program at mx.example.org.\nI'm afraid I wasn't able to"
        f" deliver your message.\n\n<{MANAGER}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
        f"--- Below this line is a copy of the message.\n\nMessage-ID: <{letter.message_id}>\n"
    )
    came_back = Mail(
        sender="MAILER-DAEMON@mx.example.org",
        subject="failure notice",
        message_id="qmail@mx.example.org",
        text=words,
    )

    recorded = await desk.arrives(came_back)

    assert (recorded.action, recorded.letters) == (Action.FILE, ("task",))
    assert recorded.unreached == "task"
    assert (await OutboxRow.get(id=letter.id)).status == Status.BOUNCED


async def test_a_mail_to_staff_about_no_case_that_is_refused_is_told_to_somebody_else(
    desk: Undelivered,
) -> None:
    desk.ends = Refused("550 5.1.1 no such user")

    await desk.arrives(FROM_A_LIST)

    rows = await OutboxRow.all().order_by("id")
    assert [(row.template, row.recipient) for row in rows] == [("task", MANAGER), ("task", HEAD)]


async def test_a_bounce_settles_a_letter_of_which_nobody_knew(desk: Undelivered) -> None:
    desk.ends = Uncertain("inside the content: the connection was lost")
    await desk.arrives(Mail())
    assert (await latest("acknowledgement")).status == Status.UNCERTAIN
    (claimed,) = [
        each
        for each in await outbox.claim(desk.now, limit=100, lease=LEASE)
        if each.template == "acknowledgement"
    ]

    desk.ends = Sent("250 ok")
    assert await comes_back(desk, "acknowledgement") == [("task", RHIAN)]

    row = await OutboxRow.get(template="acknowledgement")
    assert (row.status, row.next_attempt_at) == (Status.BOUNCED, None)
    # Whoever was sending it once more at that moment changes nothing.
    late = Delivered(letter=claimed, result=Sent("250 ok"), at=desk.now, next_at=None)
    assert await settled(late, desk.office) == CLAIMED_BY_ANOTHER
    assert (await ObligationRow.get(promise="acknowledge")).state == "open"


async def test_a_letter_that_was_never_tried_cannot_have_come_back(desk: Undelivered) -> None:
    await desk.arrives(Mail())
    letter = await latest("acknowledgement")
    await OutboxRow.filter(id=letter.id).update(status=Status.QUEUED, attempts=0)

    assert await comes_back(desk, "acknowledgement") == []


async def test_a_nought_octet_in_a_returned_id_is_no_fault_of_the_database(
    desk: Undelivered,
) -> None:
    await desk.arrives(Mail())

    recorded = await desk.arrives(bounce("\x00unknown@example.net"))

    # Whom it did not reach is read, and a person is told which letter that may be.
    assert (recorded.action, recorded.kind) == (Action.HOLD, "bounce_hard")
    assert recorded.letters == ("task",)


async def test_the_second_notice_about_a_letter_is_filed_and_asks_nobody_again(
    desk: Undelivered,
) -> None:
    await desk.arrives(Mail())
    letter = await latest("acknowledgement")
    assert await comes_back(desk, "acknowledgement") == [("task", RHIAN)]

    again = bounce(letter.message_id, status="5.7.1").replace(b"report@mx", b"again@mx")
    recorded = await desk.arrives(again)

    assert (recorded.action, recorded.letters) == (Action.NOTE, ())
    assert await MessageRow.filter(case_id=1, kind="bounce_hard").count() == 2
    assert await OutboxRow.filter(template="task").count() == 1
    assert await OutboxRow.filter(recipient=JANE, status=Status.BOUNCED).count() == 1


# --- only the anchor came back ---------------------------------------------------


async def report_about(desk: Desk, whose: str, failed: str) -> list[tuple[str, str]]:
    """
    Which letters a report with nothing but the anchor of one reader settles, where it
    says that *failed* was not reached.
    """
    letter = await OutboxRow.filter(recipient=whose).order_by("id").first()
    assert letter
    (anchor, *_) = ids_of(letter.content)
    await desk.arrives(bounce(anchor).replace(JANE.encode(), failed.encode()))
    rows = await OutboxRow.filter(status=Status.BOUNCED).order_by("id")
    return [(row.template, row.recipient) for row in rows]


@pytest.mark.parametrize("whose", [JANE, RHIAN])
async def test_a_report_with_only_the_anchor_is_about_the_latest_letter_to_its_reader(
    desk: Undelivered, whose: str
) -> None:
    await desk.arrives(Mail())
    letter = await OutboxRow.filter(recipient=whose).order_by("-id").first()
    assert letter

    assert await report_about(desk, whose, whose) == [(letter.template, whose)]


@pytest.mark.parametrize(
    ("whose", "failed"), [(BOB, JANE), (BOB, RHIAN), (JANE, RHIAN), (JANE, BOB), (RHIAN, JANE)]
)
async def test_an_anchor_says_nothing_of_a_letter_to_anybody_but_its_reader(
    desk: Undelivered, whose: str, failed: str
) -> None:
    await desk.arrives(Mail())
    await desk.order(f"#party add {BOB} solicitor, copies\n#outcome\nMended.")

    assert await report_about(desk, whose, failed) == []
