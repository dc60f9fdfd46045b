"""
Whoever writes from an address as long as one may be gets their answer like anybody else.
"""

import pytest

from mailbot.letters.office import Office
from mailbot.store.tables import CaseRow, OutboxRow, PartyRow
from tests.flow.house import Mail
from tests.store.desk import Desk

#: RFC 5321 §4.5.3.1.3 allows 254 octets; the longer one is nobody's, and who wrote is not known
#: otherwise.
LONG = "jane@" + ".".join(["n" * 60] * 4) + ".test"
TOO_LONG = "jane@" + ".".join(["n" * 60] * 6) + ".test"


@pytest.mark.parametrize("address", [LONG, TOO_LONG])
async def test_a_case_is_opened_and_acknowledged_for_an_address_of_any_length(
    office: Office, address: str
) -> None:
    desk = Desk(office)

    recorded = await desk.arrives(Mail(sender=address))

    assert recorded.reason == "case_opened"
    acknowledgement = await OutboxRow.get(template="acknowledgement")
    assert acknowledgement.recipient == address[:320]
    assert (await PartyRow.get()).email == address[:320]


async def test_nobody_is_acknowledged_twice_for_their_address_is_long(office: Office) -> None:
    desk = Desk(office)

    for number in range(2):
        await desk.arrives(Mail(sender=LONG, message_id=f"m{number}@example.com", text=f"{number}"))

    assert await CaseRow.all().count() == await OutboxRow.filter(template="acknowledgement").count()


async def test_what_is_to_be_posted_to_a_long_address_is_told_to_the_handler(
    office: Office,
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail(sender=LONG))

    assert (await desk.order("#post")).is_done
    assert (await desk.order("#deadlock\nWe cannot agree.")).is_done
    task = await OutboxRow.filter(template="task").order_by("-id").first()
    assert task is not None
    assert task.occasion.startswith("post.deadlock.jane@")
