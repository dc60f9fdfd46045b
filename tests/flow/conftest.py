"""
A firm of the test's own, between a real mailbox and an SMTP server.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.flow.attack import a_desk, an_office
from tests.flow.house import House
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.migrated import lay
from tests.servers.smtp import SmtpSink
from tests.store.desk import Desk


@pytest.fixture
def mail_server(dovecot: Mailbox) -> Dovecot:
    """
    The server that all tests share, for further mailboxes on it.
    """
    return dovecot.server


@pytest.fixture
def house(tmp_path: Path, dovecot: Mailbox, sink: SmtpSink) -> House:
    lay(tmp_path)
    return House(tmp_path, dovecot, sink)


@pytest.fixture
def own_house(tmp_path: Path, own_dovecot: Dovecot, sink: SmtpSink) -> House:
    """
    The same with a mail server that the test may stop.
    """
    lay(tmp_path)
    return House(tmp_path, own_dovecot.mailbox(), sink)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """
    The store alone, with Jane's complaint in Rhian's hands.
    """
    async with an_office(tmp_path) as office:
        yield await a_desk(office)
