"""
A database that was copied is noticed, and writes to nobody.
"""

from dataclasses import replace

import pytest

from mailbot.cases.known.home import Home, Moved
from mailbot.letters.office import Office
from mailbot.mail.outcome import Outcome, Sent
from mailbot.store.home import here, move, moved, settle_in
from mailbot.store.tables import OutboxRow
from mailbot.workers.delivery import Delivery
from tests.flow.house import FRIDAY, Clock, Mail
from tests.store.desk import Desk


class Line:
    """
    A channel that takes everything, and remembers to whom.
    """

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def connect(self) -> None:
        pass

    async def deliver(self, content: bytes, recipient: str) -> Outcome:
        self.taken.append(recipient)
        return Sent("250 ok")

    def cut(self) -> None:
        pass

    async def close(self) -> None:
        pass


async def some_letters(office: Office) -> None:
    """
    Three letters that wait: the acknowledgement, the introduction, the assignment.
    """
    await Desk(office).arrives(Mail())
    await OutboxRow.all().update(status="queued", next_attempt_at=FRIDAY)


def is_file(home: Home) -> bool:
    return bool(home.host)


@pytest.mark.parametrize(
    ("here_now", "told"),
    [
        (Home(mailbox="a@x", host="one"), Moved.NOTHING),
        (Home(mailbox="b@x", host="one"), Moved.MAILBOX),
        (Home(mailbox="a@x", host="two"), Moved.HOST),
        (Home(mailbox="a@x", host="one", database="1/2/db"), Moved.DATABASE),
    ],
)
def test_what_is_another_is_said(here_now: Home, told: Moved) -> None:
    assert here_now.moved_from(Home(mailbox="a@x", host="one")) is told


async def test_a_database_that_never_had_a_home_is_at_home_everywhere(office: Office) -> None:
    assert await moved(await here("a@x", "one")) is Moved.NOTHING


async def test_a_file_on_another_host_is_a_copy_and_a_servers_database_is_none(
    office: Office,
) -> None:
    first = await here("a@x", "one")
    await settle_in(first, FRIDAY)

    other = await here("a@x", "two")

    assert await moved(other) is (Moved.HOST if is_file(first) else Moved.NOTHING)


async def test_a_second_start_does_not_make_a_copy_a_home(office: Office) -> None:
    await settle_in(await here("a@x", "one"), FRIDAY)

    await settle_in(await here("test@x", "one"), FRIDAY)

    assert await moved(await here("test@x", "one")) is Moved.MAILBOX


async def test_a_copy_sends_nothing_until_it_is_said_to_be_at_home(office: Office) -> None:
    home = await here("a@x", "one")
    await settle_in(home, FRIDAY)
    await some_letters(office)
    copied = replace(office, home=await here("test@x", "one"))
    line = Line()
    delivery = Delivery([line], copied, Clock())

    assert await delivery.step() == 0
    assert await delivery.step() == 0
    assert line.taken == []
    assert {each.attempts for each in await OutboxRow.all()} == {1}

    assert copied.home
    assert await move(copied.home, FRIDAY) is Moved.MAILBOX
    assert await delivery.step() == 3
    # Now the other one is the copy.
    assert await Delivery([line], replace(office, home=home), Clock()).step() == 0
    assert len(line.taken) == 3


# A file is at home on one host, so this is about PostgreSQL alone.
@pytest.mark.parametrize("url", ["postgres"], indirect=True)
async def test_two_hosts_on_one_postgresql_both_send(office: Office) -> None:
    home = await here("a@x", "one")
    await settle_in(home, FRIDAY)
    await some_letters(office)
    line = Line()

    other = replace(office, home=await here("a@x", "two"))

    assert await Delivery([line], other, Clock()).step() == 3
