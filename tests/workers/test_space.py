"""
How full the mailbox is, asked for now and then.
"""

from mailbot.transport.mailbox import ImapFault, SpaceLeft
from mailbot.workers.space import Space

LITTLE, MORE = SpaceLeft(0.01), SpaceLeft(0.4)


class Server:
    """
    Says how much space is left, or stumbles; and how often it was asked.
    """

    def __init__(self) -> None:
        self.left: SpaceLeft | None = None
        self.stumbles = False
        self.asked = 0

    async def space_left(self) -> SpaceLeft | None:
        self.asked += 1
        if self.stumbles:
            raise ImapFault("the connection was lost; it is made again")
        return self.left


async def test_it_is_asked_for_every_five_minutes() -> None:
    server, at = Server(), [0.0]
    space = Space(server, seconds=lambda: at[0])
    for at[0] in (0, 10, 299, 300, 310, 599, 600):
        await space.step()
    assert server.asked == 3


async def test_room_that_somebody_made_is_noticed_once() -> None:
    server, at = Server(), [0.0]
    space = Space(server, seconds=lambda: at[0])
    noticed = []
    for number, server.left in enumerate((None, LITTLE, LITTLE, MORE, MORE, LITTLE)):
        at[0] = number * 300.0
        noticed.append(await space.step())
    assert noticed == [False, False, False, True, False, False]
    assert space.left == LITTLE


async def test_a_server_that_stumbles_over_the_question_keeps_nobody_from_an_answer() -> None:
    server, at = Server(), [0.0]
    server.stumbles = True
    space = Space(server, seconds=lambda: at[0])
    assert not await space.step()
    assert not await space.step()
    assert server.asked == 1
