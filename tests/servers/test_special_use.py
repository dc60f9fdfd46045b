r"""
`\Sent` and `\Archive`: the folders that a server itself has for that (RFC 6154).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailbot.transport.imap import ImapSource
from mailbot.transport.imap_trial import Tried
from mailbot.transport.mailbox import ImapAccount
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.imap_unwilling import UnwillingImap

NOON = datetime(2026, 3, 13, 12, 0, tzinfo=UTC)
HELLO = b"From: ada@example.org\r\nSubject: Hello\r\n\r\nGood day.\r\n"

_WITH_USES = r"""
namespace inbox {
  mailbox "Sent Items" {
    auto = create
    special_use = \Sent
  }
  mailbox Archiv {
    auto = create
    special_use = \Archive
  }
}
"""


@pytest.fixture
def with_uses(tmp_path: Path) -> Iterator[Dovecot]:
    with Dovecot(tmp_path / "dovecot", more=_WITH_USES) as server:
        yield server


def account(server: Dovecot | Mailbox | UnwillingImap) -> ImapAccount:
    return ImapAccount(
        host=server.host,
        port=server.port,
        tls="none",
        username=getattr(server, "username", "service"),
        password="secret",
        processed_folder=r"\Archive",
    )


async def tried(server: Dovecot | Mailbox | UnwillingImap, sent_folder: str) -> Tried:
    source = ImapSource(account(server))
    try:
        return await source.try_folders(sent_folder)
    finally:
        await source.close()


async def laid(server: Dovecot | Mailbox | UnwillingImap) -> None:
    """
    A message put away, and a copy laid down.
    """
    source = ImapSource(account(server))
    try:
        [waiting] = (await source.look()).waiting
        filed = await source.file([waiting.uid])
        assert not filed.refusal
        await source.append(r"\Sent", HELLO, NOON)
    finally:
        await source.close()


async def test_a_use_means_the_folder_that_the_server_has_for_it(with_uses: Dovecot) -> None:
    with_uses.deliver(HELLO, NOON)

    await laid(with_uses)

    assert with_uses.messages("Archiv") == [HELLO]
    assert with_uses.messages("Sent Items") == [HELLO]


async def test_where_no_folder_has_the_use_one_of_that_name_is_made(dovecot: Mailbox) -> None:
    dovecot.deliver(HELLO, NOON)

    await laid(dovecot)

    assert dovecot.messages("Archive") == [HELLO]
    assert dovecot.messages("Sent") == [HELLO]


async def test_a_use_that_is_told_only_when_asked_for_is_found_in_our_own_namespace() -> None:
    with UnwillingImap() as server:
        server.capabilities = "IMAP4rev1 MOVE NAMESPACE SPECIAL-USE"
        server.namespace = '(("INBOX." ".")) NIL NIL'
        server.folders |= {"Shared.Sent": [], "INBOX.Post": [], "INBOX.Old": [], "INBOX.Kept": []}
        server.uses = {
            "Shared.Sent": r"\Sent",
            "INBOX.Old": r"\Noselect \Sent",
            "INBOX.Post": r"\Sent",
            "INBOX.Kept": r"\archive",
        }
        server.deliver(HELLO)

        await laid(server)

    assert server.folders["INBOX.Kept"] == [HELLO]
    assert len(server.folders["INBOX.Post"]) == 1


async def test_check_tells_where_sent_mail_lies_when_no_copies_are_made(
    with_uses: Dovecot,
) -> None:
    without = await tried(with_uses, "")
    named = await tried(with_uses, r"\Sent")

    assert [
        each for each in without.facts if "sent mail of this mailbox lies in Sent Items" in each
    ]
    assert "[imap] sent_folder: Sent Items takes messages" in named.facts
    assert "[imap] processed_folder: Archiv takes messages" in named.facts
    assert not named.problems


async def test_a_server_that_names_no_uses_is_told_nothing_of(dovecot: Mailbox) -> None:
    found = await tried(dovecot, "")

    assert not [each for each in found.facts if "sent_folder" in each]
