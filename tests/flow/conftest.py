"""
A firm of the test's own, between a real mailbox and an SMTP server.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.flow.attack import a_desk, an_office
from tests.flow.house import House
from tests.flow.tokens import by_an_app
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.exchange import Exchange
from tests.servers.migrated import lay
from tests.servers.smtp import SmtpSink
from tests.servers.token_endpoint import TokenEndpoint
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
def endpoint() -> Iterator[TokenEndpoint]:
    with TokenEndpoint() as server:
        yield server


@pytest.fixture
def exchange(endpoint: TokenEndpoint) -> Iterator[Exchange]:
    with Exchange(endpoint.live.__contains__) as server:
        yield server


@pytest.fixture
def house_by_tokens(
    tmp_path: Path, endpoint: TokenEndpoint, exchange: Exchange, sink: SmtpSink
) -> House:
    """
    The same whose mail servers take an app's tokens, as Exchange Online does.
    """
    lay(tmp_path)
    sink.takes_token = endpoint.live.__contains__
    house = House(tmp_path, exchange, sink)  # type: ignore[arg-type]
    house.more = by_an_app(tmp_path, endpoint)
    return house


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """
    The store alone, with Jane's complaint in Rhian's hands.
    """
    async with an_office(tmp_path) as office:
        yield await a_desk(office)
