"""
What is asked of a folder that fills up, and what a server may say that is not so.
"""

from collections.abc import AsyncIterator, Iterator, Sequence

import pytest

from mailbot.transport import imap_looking
from mailbot.transport.imap import ImapSource
from mailbot.transport.mailbox import ImapAccount, ImapFault
from tests.servers.imap_unwilling import UnwillingImap

MANY = 700


@pytest.fixture
def server() -> Iterator[UnwillingImap]:
    with UnwillingImap() as made:
        yield made


@pytest.fixture
async def source(server: UnwillingImap) -> AsyncIterator[ImapSource]:
    made = ImapSource(
        ImapAccount(
            host=server.host, port=server.port, tls="none", username="service", password="secret"
        )
    )
    yield made
    await made.close()


class Ledger:
    """
    Which are done with, by UID.
    """

    def __init__(self, *done: int) -> None:
        self.done = set(done)
        self.asked: list[int] = []

    async def settled(self, mailbox: str, uid_validity: int, uids: Sequence[int]) -> set[int]:
        self.asked.append(len(uids))
        return self.done & set(uids)


async def shown(source: ImapSource, ledger: Ledger) -> list[int]:
    return [each.uid for each in (await source.look(ledger.settled)).waiting]


def said(server: UnwillingImap, since: int = 0) -> list[str]:
    """
    What it was asked about messages.
    """
    asked = ("SEARCH", "FETCH")
    return [each for each in server.commands[since:] if each.startswith(asked)]


def fill(server: UnwillingImap, count: int) -> list[int]:
    return [server.deliver(b"") for _ in range(count)]


async def test_in_a_full_folder_only_what_is_new_and_what_is_open_is_asked_for(
    server: UnwillingImap, source: ImapSource
) -> None:
    ledger = Ledger(*fill(server, MANY))
    server.deliver(b"")
    assert await shown(source, ledger) == [701]
    assert said(server) == ["SEARCH ALL", "FETCH 701 (INTERNALDATE RFC822.SIZE)"]

    at = len(server.commands)
    assert await shown(source, ledger) == [701]
    server.deliver(b"")
    assert await shown(source, ledger) == [701, 702]
    ledger.done |= {701, 702}
    assert await shown(source, ledger) == []
    asked = len(server.commands)

    assert await shown(source, ledger) == []
    assert said(server, at) == [
        "SEARCH UID 701",
        "SEARCH UID 701,702:*",
        "FETCH 702 (INTERNALDATE RFC822.SIZE)",
        "SEARCH UID 701,702",
    ]
    assert said(server, asked) == []
    assert ledger.asked == [701, 1, 2, 2]


async def test_a_folder_of_few_is_listed_whole_and_no_ledger_is_asked(
    server: UnwillingImap, source: ImapSource
) -> None:
    ledger = Ledger(*fill(server, 20))

    assert len(await shown(source, ledger)) == 20
    assert len(await shown(source, ledger)) == 20

    assert [each for each in said(server) if "SEARCH" in each] == ["SEARCH ALL"] * 2
    assert ledger.asked == []


async def test_a_hundred_thousand_are_listed_in_lines_that_can_be_read(
    server: UnwillingImap, source: ImapSource
) -> None:
    # RFC 3501 §2.3.1.1: UIDs ascend, and need not follow one another.
    server.go_on_from(4_294_000_000)
    ledger = Ledger(*fill(server, 100_000))
    server.deliver(b"")

    assert await shown(source, ledger) == [4_294_100_000]

    searches = [each for each in said(server) if "SEARCH" in each]
    assert searches[:2] == ["SEARCH 90002:*", "SEARCH 80002:90001"]
    assert searches[-1] == "SEARCH 1:1"


@pytest.mark.parametrize("most", [501, 1000])
async def test_a_server_that_shows_only_so_many_at_once_is_asked_for_fewer(
    server: UnwillingImap, source: ImapSource, most: int
) -> None:
    server.most_found = most
    uids = fill(server, 3000)

    assert await shown(source, Ledger(*uids[:2990])) == uids[2990:]


@pytest.mark.parametrize("exists", [699, 705, 60_000])
async def test_a_wrong_count_hides_no_message(
    server: UnwillingImap, source: ImapSource, exists: int
) -> None:
    uids = fill(server, MANY)
    server.exists = exists

    assert await shown(source, Ledger(*uids[:-1])) == uids[-1:]


async def test_a_folder_that_is_said_to_be_empty_is_searched_all_the_same_at_first(
    server: UnwillingImap, source: ImapSource
) -> None:
    fill(server, 2)
    server.exists = 0

    assert await shown(source, Ledger()) == [1, 2]


async def test_a_server_that_knows_no_search_by_numbers_is_asked_for_all(
    server: UnwillingImap, source: ImapSource
) -> None:
    uids = fill(server, 12_000)
    server.refuses = lambda said: "BAD what?" if said.startswith("SEARCH 2") else ""

    assert await shown(source, Ledger(*uids[:-1])) == uids[-1:]


async def test_without_uidnext_new_mail_is_asked_for_each_time(
    server: UnwillingImap, source: ImapSource
) -> None:
    server.tells_uid_next = False
    ledger = Ledger(*fill(server, MANY))
    assert await shown(source, ledger) == []
    at = len(server.commands)

    # The answer has the last message in it, which is old.
    assert await shown(source, ledger) == []
    server.deliver(b"")
    assert await shown(source, ledger) == [701]

    assert said(server, at)[:2] == ["SEARCH UID 701:*"] * 2


async def test_what_uidnext_told_of_and_the_search_did_not_show_is_asked_for_again(
    server: UnwillingImap, source: ImapSource
) -> None:
    ledger = Ledger(*fill(server, MANY))
    assert await shown(source, ledger) == []
    server.deliver(b"")
    server.refuses = lambda said: "OK done" if said.startswith("SEARCH") else ""
    assert await shown(source, ledger) == []

    server.refuses = lambda _: ""
    assert await shown(source, ledger) == [701]


async def test_what_a_server_hid_is_found_within_the_hour(
    server: UnwillingImap, source: ImapSource
) -> None:
    hours = 0.0
    source._looking = imap_looking.Looking(clock=lambda: hours * 3600)
    server.go_on_from(10)
    ledger = Ledger(*fill(server, MANY))
    assert await shown(source, ledger) == []
    server.go_on_from(3)
    server.deliver(b"")
    assert await shown(source, ledger) == []

    hours = 1.0
    assert await shown(source, ledger) == [3]


async def test_a_rebuilt_folder_is_listed_whole(server: UnwillingImap, source: ImapSource) -> None:
    uids = fill(server, MANY)
    assert await shown(source, Ledger(*uids)) == []
    server.uid_validity = 8

    assert await shown(source, Ledger(*uids[1:])) == uids[:1]


@pytest.mark.parametrize("cut", ["SEARCH UID", "FETCH"])
async def test_a_look_that_was_cut_off_has_seen_nothing(
    server: UnwillingImap, source: ImapSource, cut: str
) -> None:
    ledger = Ledger(*fill(server, MANY))
    assert await shown(source, ledger) == []
    server.deliver(b"")
    server.refuses = lambda said: "BYE for today" if said.startswith((cut, "LOGIN")) else ""
    with pytest.raises(ImapFault):
        await source.look(ledger.settled)
    server.refuses = lambda _: ""

    assert await shown(source, ledger) == [701]


async def test_a_ledger_that_cannot_be_asked_hides_no_message(
    server: UnwillingImap, source: ImapSource
) -> None:
    uids = fill(server, MANY)

    async def broken(mailbox: str, uid_validity: int, uids: Sequence[int]) -> set[int]:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await source.look(broken)

    assert await shown(source, Ledger(*uids[:-1])) == uids[-1:]


async def test_an_open_message_that_is_gone_is_not_shown(
    server: UnwillingImap, source: ImapSource
) -> None:
    ledger = Ledger(*fill(server, MANY))
    server.deliver(b"")
    server.deliver(b"")
    assert await shown(source, ledger) == [701, 702]
    del server.messages[701]

    assert await shown(source, ledger) == [702]
    assert await source.there([1, 701, 702, 900]) == {1, 702}


def test_an_answer_in_several_lines_is_read_whole() -> None:
    class Imap:
        def _raw_command_untagged(self, command: bytes, args: list[bytes]) -> list[bytes | None]:
            return [b"1 2", None, b"5 (MODSEQ 9)"]

    assert imap_looking.searched(Imap(), "ALL") == [1, 2, 5]
