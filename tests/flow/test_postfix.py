"""
A real Postfix as the relay: how it defers and refuses, and how it goes away.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot import rounds
from mailbot.mail.outcome import Deferred, Outcome, Refused, Sent
from mailbot.store.tables import ObligationRow, OutboxRow
from mailbot.transport.smtp import Courier
from mailbot.transport.smtp_session import SmtpAccount
from mailbot.workers.channels import ChannelClosed
from mailbot.workers.delivery import Delivery
from tests.flow.house import FRIDAY, JANE, RHIAN, SERVICE, House, Mail, id_of
from tests.servers.dovecot import PASSWORD, Dovecot, Mailbox
from tests.servers.migrated import lay
from tests.servers.ports import free_port
from tests.servers.postfix import GREYLISTED, REFUSED_AT_DATA, SIZE_LIMIT, UNKNOWN, Postfix
from tests.servers.smtp import Received, SmtpSink

ELSEWHERE = "sam@example.org"

_TAKEN_AS = re.compile(rb"with E?SMTPS?A? id (\S+)")


@pytest.fixture
async def beyond(postfix: Postfix) -> AsyncIterator[SmtpSink]:
    """
    The world behind the relay.
    """
    async with SmtpSink(port=postfix.sink_port) as sink:
        yield sink


@pytest.fixture
def relayed(tmp_path: Path, dovecot: Mailbox, beyond: SmtpSink, postfix: Postfix) -> House:
    """
    A firm whose mail leaves through Postfix.
    """
    more = {"MAILBOT_SMTP__PORT": str(postfix.port), "MAILBOT_SMTP__CONNECTIONS": "1"}
    lay(tmp_path)
    return House(tmp_path, dovecot, beyond, more=more)


@pytest.fixture
async def courier(postfix: Postfix) -> AsyncIterator[Courier]:
    courier = Courier(
        SmtpAccount(host=postfix.host, port=postfix.port, tls="none", sender=SERVICE, timeout=10.0)
    )
    yield courier
    await courier.close()


def a_letter(subject: str = "Hello", size: int = 0) -> bytes:
    body = b"Good day.\r\n" * (1 + size // 11)
    head = f"From: <{SERVICE}>\r\nTo: <{JANE}>\r\nSubject: {subject}\r\n\r\n"
    return head.encode() + body


async def came_out(house: House, ids: set[str]) -> list[Received]:
    """
    What came out of the relay's queue, once all of *ids* have: mail of the test
    before may be among the first.
    """
    await house.sink.until(lambda received: ids <= set(map(id_of, received)))
    return [each for each in house.sink.received if id_of(each) in ids]


def handed_over(received: Sequence[Received]) -> Counter[str]:
    """
    How often the relay was given each letter: by the number that it gives to whatever it
    takes. A relay that is killed may say one of its own again, under the same number.
    """
    return Counter(letter for letter, _ in {(id_of(each), taken_as(each)) for each in received})


def taken_as(received: Received) -> bytes:
    found = _TAKEN_AS.search(received.content)
    assert found, "Postfix names its queue's number in what it passes on"
    return found[1]


# --- what its answers mean -------------------------------------------------


async def test_a_recipient_that_it_does_not_know_is_final(courier: Courier) -> None:
    outcome = await courier.deliver(a_letter(), UNKNOWN)

    assert isinstance(outcome, Refused)
    assert outcome.reason == "RCPT answered 550 5.1.1: final"


async def test_greylisting_is_for_now(courier: Courier) -> None:
    outcome = await courier.deliver(a_letter(), GREYLISTED)

    assert isinstance(outcome, Deferred)
    assert (outcome.code, outcome.about_us, outcome.channel) == (450, False, False)


@pytest.mark.parametrize(
    ("content", "recipient"),
    [(a_letter(), REFUSED_AT_DATA), (a_letter("A suspicious offer"), ELSEWHERE)],
    ids=["at the word", "after the dot"],
)
async def test_a_no_at_data_is_about_us(courier: Courier, content: bytes, recipient: str) -> None:
    outcome = await courier.deliver(content, recipient)

    assert isinstance(outcome, Deferred)
    assert (outcome.about_us, outcome.channel) == (True, False)
    assert outcome.reason.startswith("DATA answered 55")


async def test_a_mail_over_its_limit_is_final(courier: Courier) -> None:
    outcome = await courier.deliver(a_letter(size=2 * SIZE_LIMIT), ELSEWHERE)

    assert isinstance(outcome, Refused)
    assert outcome.too_big


async def test_after_every_no_the_next_mail_goes_on_the_same_connection(
    courier: Courier, beyond: SmtpSink
) -> None:
    for content, recipient in (
        (a_letter(), UNKNOWN),
        (a_letter(), GREYLISTED),
        (a_letter(), REFUSED_AT_DATA),
        (a_letter("A suspicious offer"), ELSEWHERE),
        (a_letter(size=2 * SIZE_LIMIT), ELSEWHERE),
    ):
        assert not isinstance(await courier.deliver(content, recipient), Sent)
        assert isinstance(await courier.deliver(a_letter(), ELSEWHERE), Sent)

    await beyond.until(lambda received: len(received) >= 5)


# --- what follows from them ------------------------------------------------


async def test_every_letter_comes_out_of_the_relay_with_its_own_octets(relayed: House) -> None:
    await relayed.take_in(Mail())

    by_id = {row.message_id: row for row in await relayed.rows(OutboxRow)}
    assert {each.status for each in by_id.values()} == {"sent"}
    for each in await came_out(relayed, set(by_id)):
        assert each.content.endswith(by_id[id_of(each)].content)


async def test_an_unknown_complainant_is_refused_and_a_person_has_a_task(relayed: House) -> None:
    await relayed.take_in(Mail(sender=f"Nobody <{UNKNOWN}>"))

    row = await relayed.row(OutboxRow, template="acknowledgement")
    assert (row.status, row.attempts) == ("refused", 1)
    assert (await relayed.row(ObligationRow, promise="acknowledge")).state == "open"
    tasks = await relayed.rows(OutboxRow, template="task", recipient=RHIAN)
    assert {each.status for each in tasks} == {"sent"}
    await came_out(relayed, {each.message_id for each in tasks})


async def test_a_greylisted_complainant_is_tried_again_a_minute_later(relayed: House) -> None:
    await relayed.take_in(Mail(sender=f"Later <{GREYLISTED}>"))

    row = await relayed.row(OutboxRow, template="acknowledgement")
    assert (row.status, row.attempts) == ("deferred", 1)
    assert row.next_attempt_at is not None
    assert timedelta(minutes=1) <= row.next_attempt_at - FRIDAY <= timedelta(seconds=66)


async def test_relaying_denied_pauses_delivery_and_costs_nobody_the_letter(
    relayed: House, postfix: Postfix
) -> None:
    postfix.deny_relaying()
    for number in range(5):
        relayed.deliver(Mail(sender=f"j{number}@example.org", message_id=f"m{number}@example.com"))

    assert not await relayed.round()

    assert {each.status for each in await relayed.rows(OutboxRow)} == {"queued", "deferred"}
    assert [line["level"] for line in relayed.logged("delivery_paused")] == ["error"]

    postfix.allow_relaying()
    relayed.clock.move(minutes=20)
    assert await relayed.round()
    assert {each.status for each in await relayed.rows(OutboxRow)} == {"sent"}


async def test_a_relay_that_turns_every_client_away_ends_no_letter_however_long(
    relayed: House, postfix: Postfix
) -> None:
    postfix.turn_away("421 4.7.0 Too many connections")
    relayed.deliver(Mail())

    assert not await relayed.round()
    relayed.clock.move(days=6)
    assert not await relayed.round()

    assert {each.status for each in await relayed.rows(OutboxRow)} <= {"queued", "deferred"}
    postfix.turn_away("")
    relayed.clock.move(minutes=11)
    assert await relayed.round()
    assert {each.status for each in await relayed.rows(OutboxRow)} == {"sent"}


async def test_a_relay_that_takes_so_many_a_minute_slows_the_channel_and_not_the_letters(
    relayed: House, postfix: Postfix
) -> None:
    postfix.take_at_most(4)
    for number in range(3):
        relayed.deliver(Mail(sender=f"j{number}@example.org", message_id=f"m{number}@example.com"))

    assert not await relayed.round()

    rows = await relayed.rows(OutboxRow)
    # What was not taken was no attempt: nothing was said of those letters.
    assert sorted(each.attempts for each in rows) == [0, 0, 0, 0, 0, 1, 1, 1, 1]
    assert [each.status for each in rows].count("sent") == 4
    postfix.take_at_most(0)
    relayed.clock.move(minutes=11)
    assert await relayed.round()
    assert {each.status for each in await relayed.rows(OutboxRow)} == {"sent"}


async def test_a_refused_login_is_an_alarm_and_every_letter_waits(
    tmp_path: Path, own_dovecot: Dovecot
) -> None:
    async with SmtpSink(port=free_port()) as beyond:
        with Postfix(beyond.port, auth_socket=own_dovecot.auth_socket) as relay:
            house = House(tmp_path, own_dovecot.mailbox(), beyond)
            house.more |= {
                "MAILBOT_SMTP__PORT": str(relay.port),
                "MAILBOT_SMTP__USERNAME": "service",
                "MAILBOT_SMTP__PASSWORD": "yesterday's",
            }
            house.deliver(Mail())

            assert not await house.round()

            rows = await house.rows(OutboxRow)
            assert {(each.status, each.attempts) for each in rows} == {("queued", 0)}
            [alarm] = house.logged("part_failed")
            assert alarm["level"] == "error"
            assert "the login was refused (535)" in str(alarm["reason"])

            house.more["MAILBOT_SMTP__PASSWORD"] = PASSWORD
            assert await house.round()
            assert {each.status for each in await house.rows(OutboxRow)} == {"sent"}


# --- a restart in the middle -----------------------------------------------


@dataclass
class Restarting:
    """
    A courier whose relay is restarted after every so many letters.
    """

    courier: Courier
    relay: Postfix
    every: int
    delivered: int = 0

    async def connect(self) -> None:
        await self.courier.connect()

    async def deliver(self, content: bytes, recipient: str) -> Outcome:
        if self.delivered and self.delivered % self.every == 0:
            self.relay.restart()
        self.delivered += 1
        return await self.courier.deliver(content, recipient)

    def cut(self) -> None:
        self.courier.cut()

    async def close(self) -> None:
        await self.courier.close()


async def test_a_relay_that_is_restarted_in_the_middle_of_a_batch_loses_and_doubles_nothing(
    relayed: House, postfix: Postfix, courier: Courier
) -> None:
    for number in range(5):
        relayed.deliver(Mail(sender=f"j{number}@example.org", message_id=f"m{number}@example.com"))
    async with relayed.open() as running:
        await running.intake.step()
        delivery = Delivery([Restarting(courier, postfix, every=3)], running.office, relayed.clock)
        while await delivery.step():
            pass

    rows = await relayed.rows(OutboxRow)
    assert {each.status for each in rows} == {"sent"}
    received = await came_out(relayed, {each.message_id for each in rows})
    assert handed_over(received) == Counter(each.message_id for each in rows)


async def test_a_relay_that_is_away_in_the_middle_of_a_batch_gets_the_rest_when_it_is_back(
    relayed: House, postfix: Postfix
) -> None:
    for number in range(3):
        relayed.deliver(Mail(sender=f"j{number}@example.org", message_id=f"m{number}@example.com"))
    # The next hop's word comes late: the relay is killed before it hears that it was
    # heard, and will say that letter again itself.
    relayed.sink.latency = 0.3
    async with relayed.open() as running:
        await running.intake.step()
        leaving = Leaving(running.couriers[0], postfix, relayed.sink, after=4)
        delivery = Delivery([leaving], running.office, relayed.clock)
        with pytest.raises(ChannelClosed):
            await delivery.step()
        sent = await OutboxRow.filter(status="sent").count()
        assert sent == 4
        relayed.sink.latency = 0
        postfix.start()
        relayed.clock.move(minutes=11)
        assert await rounds.run_once(running)

    rows = await relayed.rows(OutboxRow)
    assert {each.status for each in rows} == {"sent"}
    received = await came_out(relayed, {each.message_id for each in rows})
    assert handed_over(received) == Counter(each.message_id for each in rows)


@dataclass
class Leaving:
    """
    A courier whose relay is killed after so many letters, as one of them comes out.
    """

    courier: Courier
    relay: Postfix
    beyond: SmtpSink
    after: int
    delivered: int = 0

    async def connect(self) -> None:
        await self.courier.connect()

    async def deliver(self, content: bytes, recipient: str) -> Outcome:
        if self.delivered == self.after:
            await self.beyond.until(lambda received: len(received) > 0)
            self.relay.stop()
        self.delivered += 1
        return await self.courier.deliver(content, recipient)

    def cut(self) -> None:
        self.courier.cut()

    async def close(self) -> None:
        await self.courier.close()
