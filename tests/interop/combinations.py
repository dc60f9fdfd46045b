"""
What is tried together. Every mailbox with one relay, every relay and port with one mailbox: a
mailbox and a relay never meet, and their full product would show nothing more. What is often
found together on one machine is tried as that.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path

from tests.interop.firm import Failed, Firm, Tls
from tests.interop.relay_story import RELAY_STORY
from tests.interop.servers import MAILBOXES, RELAYS
from tests.interop.story import MAILBOX_STORY, Story
from tests.servers.smtp import SmtpSink


@dataclass(frozen=True)
class Combination:
    """
    The ports are any that are free; "587" and "465" in a name mean what is spoken there.
    """

    mailbox: str
    relay: str
    tls: Tls
    story: Story


COMBINATIONS = {
    # The mailboxes.
    "dovecot": Combination("dovecot", "postfix", "starttls", MAILBOX_STORY),
    "dovecot-inbox": Combination("dovecot-inbox", "postfix", "starttls", MAILBOX_STORY),
    "cyrus": Combination("cyrus", "postfix", "starttls", MAILBOX_STORY),
    "cyrus-altnamespace": Combination("cyrus-altnamespace", "postfix", "starttls", MAILBOX_STORY),
    "courier": Combination("courier", "postfix", "starttls", MAILBOX_STORY),
    # The relays.
    "postfix-587": Combination("dovecot", "postfix", "starttls", RELAY_STORY),
    "postfix-465": Combination("dovecot", "postfix", "implicit", RELAY_STORY),
    "exim-587": Combination("dovecot", "exim", "starttls", RELAY_STORY),
    "exim-465": Combination("dovecot", "exim", "implicit", RELAY_STORY),
    "opensmtpd-587": Combination("dovecot", "opensmtpd", "starttls", RELAY_STORY),
    "opensmtpd-465": Combination("dovecot", "opensmtpd", "implicit", RELAY_STORY),
    "opensmtpd-25": Combination("dovecot", "opensmtpd-local", "none", RELAY_STORY),
    # The host of a panel such as cPanel.
    "panel-dovecot": Combination("dovecot-inbox", "exim", "implicit", RELAY_STORY),
    "panel-courier": Combination("courier", "exim", "starttls", RELAY_STORY),
}

#: By step, what it said and whether it went well.
Outcome = dict[str, tuple[bool, str]]


async def tell(combination: Combination, folder: Path, kept: Path) -> Outcome:
    """
    The whole story. A step that fails stops no other.
    """
    outcome: Outcome = {}
    start, start_relay = MAILBOXES[combination.mailbox], RELAYS[combination.relay]
    with start(folder / "server", kept) as server:
        async with SmtpSink() as sink:
            with start_relay(folder / "relay", kept, sink.port) as relay:
                firm = Firm(server, relay, combination.tls, sink, folder / "firm")
                sink.on_received = firm.bring
                try:
                    for step in combination.story:
                        outcome[step.__name__] = await _became(step(firm))
                finally:
                    if firm.process is not None:
                        await firm.stop()
    return outcome


async def _became(step: Awaitable[str]) -> tuple[bool, str]:
    try:
        return True, await step
    # Whatever it was, it is told in the table.
    except Exception as failure:  # noqa: BLE001
        return False, str(failure) if isinstance(failure, Failed) else repr(failure)
