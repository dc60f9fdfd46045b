"""
A real Postfix that asks a real Dovecot about access tokens, and both that ask one endpoint.
"""

from pathlib import Path

import pytest

from tests.conftest import needs_postfix
from tests.flow.house import House, Mail
from tests.flow.tokens import by_an_app
from tests.servers.dovecot import Dovecot
from tests.servers.migrated import lay
from tests.servers.ports import free_port
from tests.servers.postfix import Postfix
from tests.servers.smtp import SmtpSink
from tests.servers.token_endpoint import TokenEndpoint


@pytest.mark.parametrize("length", [1, 4000])
async def test_a_postfix_and_a_dovecot_take_the_same_token(
    tmp_path: Path, endpoint: TokenEndpoint, length: int
) -> None:
    needs_postfix()
    lay(tmp_path)
    # Exchange's tokens are longer than the lines that Postfix takes by itself.
    endpoint.token = lambda number: f"access-{number}-" + "x" * length
    with Dovecot(tmp_path / "d", tokens_from=endpoint.base) as server:
        async with SmtpSink(port=free_port()) as beyond:
            with Postfix(beyond.port, auth_socket=server.auth_socket) as relay:
                house = House(tmp_path, server.mailbox(), beyond)
                house.more = by_an_app(tmp_path, endpoint, MAILBOT_SMTP__PORT=str(relay.port))
                house.deliver(Mail())
                assert await house.round()
                await beyond.until(lambda received: len(received) == 3)

    assert len(house.sent("acknowledgement")) == 1
    assert len(endpoint.requests) == 1
