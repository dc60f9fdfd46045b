"""
Numbers that somebody was told before stay above the cases that are here, whatever restarts.
"""

from mailbot.letters.office import Office
from mailbot.store.tables import CaseRow, ControlRow
from tests.flow.house import Mail
from tests.store.desk import Desk


async def test_the_highest_number_that_was_seen_is_kept(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(
        Mail(subject="Re: [ISS-004217-57]", text="Any news?", message_id="a@b.example")
    )
    await desk.arrives(Mail(sender="tom@b.example", text="No line.", message_id="c@b.example"))

    assert [row.serial for row in await CaseRow.all().order_by("serial")] == [4218, 4219]
    assert (await ControlRow.get(name="serials_seen")).value == "4217"


async def test_it_counts_where_the_case_that_was_opened_above_it_is_gone(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(Mail(subject="Re: [ISS-004217-57]", sender="", message_id="a@b.example"))
    await desk.arrives(Mail(sender="tom@b.example", text="No line.", message_id="c@b.example"))

    assert [row.serial for row in await CaseRow.all()] == [4218]
