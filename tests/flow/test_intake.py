"""
Mail comes in: each message counts once, and lands in the right case.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import pytest

from mailbot import rounds
from mailbot.cases.known.arrivals import (
    MOST_ATTEMPTS,
    Arrival,
    Attempt,
    LedgerState,
    Left,
    Sight,
    rest_after,
)
from mailbot.service import Service
from mailbot.store import ledger
from mailbot.store.tables import (
    CaseRow,
    Content,
    HeldRow,
    LedgerRow,
    MessageRow,
    ObligationRow,
    OutboxRow,
)
from mailbot.transport.mailbox import Fetched, Filed, Mailbox, Settled, Waiting
from mailbot.workers.intake import Intake, Source
from mailbot.workers.reading import Reader
from tests.flow.house import (
    JANE,
    RHIAN,
    SERVICE,
    House,
    Mail,
    an_answer,
    id_of,
    ids_of,
    read,
    reply_address,
    templates,
    text_of,
)
from tests.servers.dovecot import Dovecot


def complaint(number: int) -> Mail:
    return Mail(sender=f"Jane Doe <jane{number}@example.com>", message_id=f"m{number}@example.com")


async def test_five_hundred_waiting_complaints_are_each_taken_acknowledged_and_filed_once(
    house: House,
) -> None:
    for number in range(500):
        house.deliver(complaint(number))

    assert await house.round()

    customers = [each for each in house.sink.received if not each.rcpt_to[0].endswith(".co.uk")]
    said = Counter((each.rcpt_to[0], str(read(each)["X-Mailbot-Template"])) for each in customers)
    assert said == {
        (f"jane{number}@example.com", template): 1
        for number in range(500)
        for template in ("acknowledgement", "introduction")
    }
    assert len(house.sent("assignment")) == 500
    assert (house.mailbox.count(), house.mailbox.count("Processed")) == (0, 500)
    kept = await house.rows(ObligationRow, promise__in=["acknowledge", "introduce"])
    assert Counter(each.state for each in kept) == {"met": 1000}

    before = len(house.sink.received)
    assert await house.round()
    assert len(house.sink.received) == before


async def test_the_octets_are_kept_as_they_were_fetched(house: House) -> None:
    odd = b"X-Odd: \xff\xfe\r\n" + bytes(Mail())
    await house.take_in(odd)

    assert (await house.row(Content)).octets == odd


@pytest.mark.parametrize("processed", ["Processed", ""])
async def test_a_second_round_sends_nothing_whatever_another_client_does_to_the_flags(
    house: House, processed: str
) -> None:
    house.more["MAILBOT_IMAP__PROCESSED_FOLDER"] = processed
    house.deliver(complaint(1))
    house.deliver(complaint(2))
    with house.mailbox.imap() as client:
        client.select_folder("INBOX")
        client.add_flags(client.search("ALL"), [rb"\Seen"])

    assert await house.round()
    assert len(house.sent("acknowledgement")) == 2

    if not processed:
        with house.mailbox.imap() as client:
            client.select_folder("INBOX")
            client.remove_flags(client.search("ALL"), [rb"\Seen"])
    before = len(house.sink.received)
    assert await house.round()
    assert len(house.sink.received) == before


async def test_a_rebuilt_mailbox_is_scanned_again_and_nobody_is_acknowledged_twice(
    own_house: House,
) -> None:
    house = own_house
    house.more["MAILBOT_IMAP__PROCESSED_FOLDER"] = ""
    for number in range(3):
        house.deliver(complaint(number))
    assert await house.round()
    before = len(house.sink.received)

    house.mailbox.reset_uid_validity()
    house.deliver(complaint(3))
    assert await house.round()

    fresh = house.sink.received[before:]
    assert sorted(templates(fresh)) == ["acknowledgement", "assignment", "introduction"]
    assert len(await house.rows(CaseRow)) == 4
    assert len({row.uid_validity for row in await house.rows(LedgerRow)}) == 2


class Restarting:
    """
    The mailbox of a server that goes down at one of the steps, once.
    """

    def __init__(self, source: Source, server: Dovecot, at: str, which: int) -> None:
        self._source = source
        self._server = server
        self._at = at
        self._left = which

    def _step(self, name: str) -> None:
        self._left -= name == self._at
        if self._left == 0 and name == self._at:
            self._server.restart()

    async def look(self, settled: Settled | None = None) -> Mailbox:
        self._step("look")
        return await self._source.look(settled)

    async def there(self, uids: Sequence[int]) -> frozenset[int]:
        return await self._source.there(uids)

    async def has_news(self) -> bool:
        return await self._source.has_news()

    async def fetch(self, waiting: Sequence[Waiting]) -> list[Fetched]:
        self._step("fetch")
        return await self._source.fetch(waiting)

    async def fetch_header(self, waiting: Waiting) -> Fetched | None:
        return await self._source.fetch_header(waiting)

    async def reach(self) -> None:
        await self._source.reach()

    async def file(self, uids: Sequence[int]) -> Filed:
        self._step("file")
        return await self._source.file(uids)

    async def append(self, folder: str, content: bytes, at: datetime) -> None:
        await self._source.append(folder, content, at)


@pytest.mark.parametrize(("at", "which"), [("look", 2), ("fetch", 2), ("file", 1), ("file", 2)])
async def test_a_mail_server_that_restarts_in_the_middle_loses_and_repeats_nothing(
    own_house: House, own_dovecot: Dovecot, at: str, which: int
) -> None:
    house = own_house
    for number in range(60):
        house.deliver(complaint(number))

    async with house.open() as running:
        source = Restarting(running.source, own_dovecot, at, which)
        running.intake = Intake(source, running.office, house.clock, max_message=30_000_000)
        # A server that comes back takes its time on a busy machine.
        complete = [await rounds.run_once(running) for _ in range(5)]

    assert complete[-1]
    said = Counter(each.rcpt_to[0] for each in house.sent("acknowledgement"))
    assert said == {f"jane{number}@example.com": 1 for number in range(60)}
    assert (house.mailbox.count(), house.mailbox.count("Processed")) == (0, 60)


async def test_what_others_died_at_waits_until_its_worker_has_lived_and_keeps_nobody_waiting(
    house: House,
) -> None:
    house.deliver(complaint(1))
    async with house.open() as running:
        [first] = (box := await running.source.look()).waiting
        sight = Sight(box.name, box.uid_validity, first.uid, first.received_at)
        await ledger.begin_first([sight])
        for _ in range(MOST_ATTEMPTS):
            await ledger.begin_again(sight)
        running.intake.goes_on()
        house.deliver(complaint(2))

        assert await running.intake.step() == 1
        assert [each.sender for each in await MessageRow.all()] == ["jane2@example.com"]

        house.clock.move(seconds=rest_after(MOST_ATTEMPTS + 1).total_seconds())
        assert await running.intake.step() == 1
        assert (await MessageRow.get(sender="jane1@example.com")).kind == "person"
        assert not await HeldRow.exists()


async def test_without_smtp_mail_is_still_recorded_and_without_imap_letters_still_go(
    own_house: House, own_dovecot: Dovecot
) -> None:
    house = own_house
    house.deliver(complaint(1))
    await house.sink.stop()
    assert not await house.round()
    assert house.mailbox.count("Processed") == 1

    own_dovecot.stop()
    await house.sink.start()
    assert not await house.round()
    assert len(house.sent("acknowledgement")) == 1


# --- whose case is it ------------------------------------------------------


async def open_case(house: House, mail: Mail | None = None) -> None:
    await house.take_in(mail or Mail())
    house.clock.move(hours=1)


async def joined(house: House, mail: Mail) -> MessageRow:
    """
    The row of a message that must have gone to case 1 and to its handler.
    """
    fresh = await house.take_in(mail)
    assert templates(fresh) == ["customer-reply"]
    assert fresh[0].rcpt_to == (RHIAN,)
    row = (await house.rows(MessageRow))[-1]
    assert row.case_id == 1
    return row


async def test_an_answer_to_the_reply_address_joins_its_case(house: House) -> None:
    await open_case(house)
    token = reply_address(house.one("acknowledgement"))

    row = await joined(house, Mail(to=token, subject="Still dead", message_id="second@example.com"))

    assert row.evidence == "reply_token"


async def test_an_answer_with_our_id_in_in_reply_to_joins_its_case(house: House) -> None:
    await open_case(house)
    ours = id_of(house.one("acknowledgement"))

    row = await joined(
        house,
        Mail(
            subject="Still dead",
            message_id="second@example.com",
            headers=(("In-Reply-To", f"<{ours.upper()}>"),),
        ),
    )

    assert row.evidence == "in_reply_to"


async def test_an_answer_with_only_the_anchor_left_in_references_joins_its_case(
    house: House,
) -> None:
    await open_case(house)
    anchor = ids_of(house.one("acknowledgement"))[0]
    assert anchor == ids_of(house.one("introduction"))[0]

    row = await joined(
        house,
        Mail(
            subject="Still dead",
            message_id="second@example.com",
            headers=(
                ("In-Reply-To", "<rewritten@relay.example.net>"),
                ("References", f"<{anchor}>\r\n <rewritten@relay.example.net>"),
            ),
        ),
    )

    assert row.evidence == "references"


async def test_the_reference_in_the_subject_counts_from_a_partys_address(house: House) -> None:
    await open_case(house)

    row = await joined(
        house, Mail(subject="AW: about iss 000001 95", message_id="second@example.com")
    )

    assert row.evidence == "reference"


async def test_a_second_mail_written_before_our_answer_arrived_joins_by_its_own_id(
    house: House,
) -> None:
    await open_case(house)

    row = await joined(
        house,
        Mail(
            subject="PS",
            message_id="second@example.com",
            headers=(("References", "<first@example.com>"),),
        ),
    )

    assert row.evidence == "own_message_id"


async def test_a_stranger_who_knows_a_customers_own_id_gets_a_case_of_their_own(
    house: House,
) -> None:
    await open_case(house)

    fresh = await house.take_in(
        Mail(
            sender="Sam <sam@example.org>",
            message_id="sam@example.org",
            headers=(("References", "<first@example.com>"),),
        )
    )

    assert sorted(templates(fresh)) == ["acknowledgement", "assignment", "introduction"]
    assert {row.case_id for row in await house.rows(MessageRow)} == {1, 2}
    # The handler may find that the two belong together; Sam reads nothing of it.
    assert "ISS-000001-95" in text_of(house.sent("assignment")[-1])
    to_sam = [each for each in fresh if each.rcpt_to == ("sam@example.org",)]
    assert all(b"000001" not in each.content for each in to_sam)


async def test_an_id_with_nothing_before_the_at_is_the_alias_of_no_letter(house: House) -> None:
    await open_case(house)

    await house.take_in(
        Mail(
            sender="Sam <sam@example.org>",
            message_id="sam@example.org",
            headers=(("In-Reply-To", "<@example.org>"),),
        )
    )

    assert {row.case_id for row in await house.rows(MessageRow)} == {1, 2}


async def test_two_mails_that_wait_together_are_one_case_if_the_second_answers_the_first(
    house: House,
) -> None:
    house.deliver(Mail())
    house.clock.move(seconds=30)
    house.deliver(
        Mail(message_id="second@example.com", headers=(("In-Reply-To", "<first@example.com>"),))
    )
    assert await house.round()

    assert len(await house.rows(CaseRow)) == 1
    assert len(house.sent("acknowledgement")) == 1


async def test_a_stranger_with_only_a_reference_gets_a_case_of_their_own(house: House) -> None:
    await open_case(house)

    fresh = await house.take_in(
        Mail(
            sender="Sam <sam@example.org>",
            subject="Re: Your complaint [ISS-000001-95]",
            message_id="sam@example.org",
        )
    )

    assert sorted(templates(fresh)) == ["acknowledgement", "assignment", "introduction"]
    assert JANE not in {each.rcpt_to[0] for each in fresh}
    to_sam = [each for each in fresh if each.rcpt_to == ("sam@example.org",)]
    assert all(b"000001" not in each.content for each in to_sam)
    assert "ISS-000001-95" in text_of(house.sent("assignment")[-1])
    assert len(await house.rows(CaseRow)) == 2


async def test_a_signed_id_from_another_address_is_filed_and_earns_no_answer(
    house: House,
) -> None:
    await open_case(house)
    answer = an_answer(house.one("acknowledgement"), "me again", sender="Jo <jo@example.org>")

    fresh = await house.take_in(answer)

    assert templates(fresh) == ["customer-reply"]
    assert "jo@example.org" in text_of(fresh[0])
    case = await house.row(CaseRow)
    assert case.serial == 1
    events = [each.reason for each in await house.rows(OutboxRow, recipient="jo@example.org")]
    assert events == []
    rhian = house.sent("customer-reply")[-1]
    await house.take_in(an_answer(rhian, "Thank you.", sender=f"Rhian Price <{RHIAN}>"))
    assert house.one("handler-reply").rcpt_to == (JANE,)


async def test_an_id_of_ours_with_a_forged_signature_is_no_evidence(house: House) -> None:
    await open_case(house)
    ours = id_of(house.one("acknowledgement"))
    forged = ours.replace("c.1.", "c.2.")

    await house.take_in(
        Mail(
            sender="Sam <sam@example.org>",
            message_id="sam@example.org",
            headers=(("In-Reply-To", f"<{forged}>"),),
        )
    )

    assert len(await house.rows(CaseRow)) == 2


async def test_strong_evidence_for_two_cases_is_held_for_a_person(house: House) -> None:
    await open_case(house)
    await open_case(house, Mail(sender="Sam <sam@example.org>", message_id="sam@example.org"))
    one, two = (reply_address(each) for each in house.sent("acknowledgement"))

    fresh = await house.take_in(Mail(to=f"{one}, {two}", message_id="both@example.com"))

    assert templates(fresh) == ["task"]
    assert (await house.rows(MessageRow))[-1].decision == "names_several_cases"


async def test_the_same_message_delivered_twice_is_one(house: House) -> None:
    await open_case(house)

    assert await house.take_in(Mail()) == []
    assert len(await house.rows(MessageRow)) == 1
    assert {row.state for row in await house.rows(LedgerRow)} == {LedgerState.RECORDED}


async def test_a_copy_whose_text_differs_is_filed_and_shown_and_not_acknowledged(
    house: House,
) -> None:
    await open_case(house)

    fresh = await house.take_in(Mail(text="The line has been dead since Monday. [external]"))

    assert templates(fresh) == ["customer-reply"]
    assert [row.case_id for row in await house.rows(MessageRow)] == [1, 1]


async def test_an_id_that_a_sender_uses_again_with_another_date_is_another_message(
    house: House,
) -> None:
    await open_case(house)

    fresh = await house.take_in(
        Mail(date="Sat, 21 Nov 2026 10:00:00 +0000", subject="The bill", text="It is wrong.")
    )

    assert "acknowledgement" in templates(fresh)
    assert len(await house.rows(CaseRow)) == 2


async def test_without_a_message_id_the_same_text_is_recognised(house: House) -> None:
    await open_case(house, Mail(message_id=""))

    assert await house.take_in(Mail(message_id="")) == []
    assert "acknowledgement" in templates(
        await house.take_in(Mail(message_id="", text="Another matter altogether."))
    )


async def test_the_service_address_in_cc_is_as_good_as_in_to(house: House) -> None:
    fresh = await house.take_in(Mail(to="somebody@example.net", cc=SERVICE))

    assert sorted(templates(fresh)) == ["acknowledgement", "assignment", "introduction"]


class Interrupted(Reader):
    """
    A reader during whose first message the word to stop comes.
    """

    def __init__(self, running: Service) -> None:
        super().__init__(running.office, running.intake._now)
        self._stop = running.stop

    async def read(self, attempt: Attempt, content: bytes, *, left: Left | None = None) -> Arrival:
        self._stop.set()
        return await super().read(attempt, content, left=left)


async def test_after_the_word_to_stop_no_other_message_is_begun_and_none_is_lost(
    house: House,
) -> None:
    for number in range(30):
        house.deliver(complaint(number))

    async with house.open() as running:
        running.intake._reader = Interrupted(running)
        await rounds.run_once(running)

    assert len(await house.rows(CaseRow)) == 1
    assert {row.attempts for row in await house.rows(LedgerRow)} == {0}
    assert await house.round()
    assert len(await house.rows(CaseRow)) == 30
    assert len(house.sent("acknowledgement")) == 30
