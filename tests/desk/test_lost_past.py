"""
A database that was put back from an older copy: what it issued since verifies, and is not known.
"""

from dataclasses import replace

import pytest

from mailbot.cases.identity.triage import Action
from mailbot.mail.message import Address
from mailbot.mail.signed_ids import Thread, readers_nonce
from tests.cases.builders import JANE, RHIAN, SERVICE, STRANGER, a_message
from tests.desk.builders import FIRST_REFERENCE, KEYRING, an_answer, from_staff, with_a_case

#: What was issued under a number that is Jane Doe's by now.
LOST = (
    KEYRING.message_id(Thread.CUSTOMER, 1, "lostlostlost"),
    KEYRING.message_id(Thread.CUSTOMER_ANCHOR, 1, "lostlostlost"),
    KEYRING.message_id(Thread.STAFF, 1, "lostlostlost"),
    KEYRING.message_id(Thread.STAFF_ANCHOR, 1, readers_nonce("gone@example.com")),
)


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize("field", ["in_reply_to", "references"])
def test_an_id_that_verifies_and_is_not_known_leads_into_no_case(lost: str, field: str) -> None:
    desk = with_a_case()

    recorded = desk.arrives(
        a_message(sender=STRANGER, message_id="mine@elsewhere.example", **{field: (lost,)})  # type: ignore[arg-type]
    )
    assert recorded.action is Action.OPEN
    assert recorded.case != FIRST_REFERENCE
    assert recorded.is_of_a_lost_past
    assert desk.case().parties == ()


def test_a_reply_address_that_is_not_known_leads_into_none_either() -> None:
    desk = with_a_case()
    lost = SERVICE.replace("@", f"+{KEYRING.token('lostlostlost', for_staff=False)}@")

    recorded = desk.arrives(
        a_message(sender=STRANGER, message_id="mine@elsewhere.example", recipients=(lost,))
    )
    assert recorded.case != FIRST_REFERENCE
    assert recorded.is_of_a_lost_past


def test_a_handlers_answer_to_such_a_mail_reaches_no_customer() -> None:
    desk = with_a_case()
    lost = SERVICE.replace("@", f"+{KEYRING.token('lostlostlost', for_staff=True)}@")

    recorded = desk.arrives(
        from_staff("The line works again.", sender=RHIAN.email, recipients=(lost,))
    )
    assert desk.letters("handler-reply") == []
    assert recorded.is_of_a_lost_past


def test_what_is_known_leads_where_it_did() -> None:
    desk = with_a_case()

    for thread in (desk.letter("introduction").message_id, desk.case().complainant.anchor):
        answer = an_answer(desk.letter("introduction"), "Thank you.", to=SERVICE)
        answer = replace(answer, in_reply_to=(thread,), message_id=f"{thread[:9]}@c.example")
        recorded = desk.arrives(answer)
        assert recorded.case == FIRST_REFERENCE
        assert not recorded.is_of_a_lost_past


def test_numbers_begin_above_every_one_that_somebody_was_told() -> None:
    desk = with_a_case()
    lost = KEYRING.message_id(Thread.CUSTOMER, 4217, "lostlostlost")

    recorded = desk.arrives(
        a_message(sender=STRANGER, message_id="a@elsewhere.example", in_reply_to=(lost,))
    )
    assert recorded.case.startswith("ISS-004218-")
    assert desk.known.numbers.seen == 4217


def test_a_reference_that_checks_counts_as_seen() -> None:
    desk = with_a_case()

    recorded = desk.arrives(
        a_message(sender=JANE, message_id="b@customer.example", subject="Re: [ISS-004217-57]")
    )
    assert recorded.case.startswith("ISS-004218-")
    assert not recorded.is_of_a_lost_past


def test_nobody_drives_our_numbers_up_by_writing_one_down() -> None:
    desk = with_a_case()
    far = Address(email="far@elsewhere.example")

    recorded = desk.arrives(
        a_message(sender=far, message_id="c@elsewhere.example", subject="ISS-99999999999930")
    )
    assert recorded.case.startswith("ISS-000002-")


def test_a_reference_of_a_case_that_is_here_moves_nothing() -> None:
    desk = with_a_case()

    desk.arrives(
        a_message(sender=STRANGER, message_id="d@elsewhere.example", subject=FIRST_REFERENCE)
    )
    assert desk.known.numbers.seen == 0
