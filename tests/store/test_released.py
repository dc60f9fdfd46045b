"""
What a release does not send: letters that are on their way, or in a person's hand to post.
"""

import pytest

from mailbot.letters.office import Office
from mailbot.store.tables import OutboxRow
from tests.flow.house import Mail
from tests.store.desk import Desk

ON_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

BY_TELEPHONE = (
    "#open\nchannel: telephone\nname: Jane Doe\naddress: 1 High Street, Ebbw Vale\n\nIt is dead."
)


class NothingLeaves(Desk):
    """
    With a relay that is down.
    """

    async def deliver(self) -> None:
        pass


@ON_SQLITE
async def test_a_letter_that_is_on_its_way_is_not_written_again(office: Office) -> None:
    desk = NothingLeaves(office)
    await desk.arrives(Mail())
    before = await desk.letters(to_staff=False)

    await desk.order("#release")

    assert before == ["acknowledgement", "introduction"]
    assert await desk.letters(to_staff=False) == before


@ON_SQLITE
async def test_what_a_person_has_to_post_is_not_given_to_them_again(office: Office) -> None:
    desk = Desk(office)
    await desk.enter(BY_TELEPHONE)
    tasks = await OutboxRow.filter(template="task").count()

    answer = await desk.order("#release")

    assert (answer.is_done, answer.answer) == (False, "nothing of this case is kept in")
    assert await OutboxRow.filter(template="task").count() == tasks
