"""
Who has a role in a case, and the thread that each of them keeps.
"""

from dataclasses import replace

import pytest

from mailbot.cases.identity.triage import Action
from tests.cases.builders import JANE, a_message
from tests.desk.builders import FIRST, Desk, an_answer, octets_of, with_a_case

BOB = "bob@solicitor.example"
ADD_BOB = f"#party add {BOB} solicitor, copies"
NEW = "jane.doe@new.example"


def with_bob() -> Desk:
    """
    A case of which Bob gets copies.
    """
    desk = with_a_case()
    ordered = desk.orders(ADD_BOB)
    assert ordered.is_done, ordered.answer
    return desk


def rows(desk: Desk, email: str) -> list[bool]:
    """
    Of each row of that address, whether the role has ended.
    """
    theirs = [each for each in desk.known.parties_of(FIRST) if each.email_key == email]
    return [each.removed_at is not None for each in theirs]


# --- the customer's address -------------------------------------------------------


def test_a_waiting_letter_goes_to_the_corrected_address_under_its_own_id() -> None:
    desk = Desk()
    desk.arrives()
    before = desk.letter("acknowledgement")

    assert desk.orders(f"#correct email {NEW}").is_done
    letter = desk.known.letters[before.id]
    assert (letter.recipient, letter.recipient_key) == (NEW, NEW)
    assert letter.message_id == before.message_id
    assert letter.key == f"1|acknowledgement|{NEW}"


def test_the_octets_of_a_letter_of_an_earlier_batch_name_the_new_address() -> None:
    desk = Desk()
    desk.arrives()
    letter = desk.letter("acknowledgement")
    desk.known.drafts.clear()

    desk.orders(f"#correct email {NEW}")
    changed = desk.known.letters[letter.id]
    assert NEW in str(octets_of(changed)["to"])
    assert octets_of(changed)["message-id"] == octets_of(letter)["message-id"]


def test_a_letter_that_has_left_stays_as_it_left() -> None:
    desk = with_a_case()
    before = desk.letter("acknowledgement")

    desk.orders(f"#correct email {NEW}")
    assert desk.known.letters[before.id] == before


def test_a_letter_of_which_nobody_knows_stays_as_it_is() -> None:
    desk = Desk()
    desk.arrives()
    letter = replace(desk.letter("acknowledgement"), status="uncertain")
    desk.known.letters[letter.id] = letter

    desk.orders(f"#correct email {NEW}")
    assert desk.known.letters[letter.id] == letter


def test_the_mail_to_our_own_people_stays_theirs() -> None:
    desk = Desk()
    desk.arrives()
    before = desk.letter("assignment")

    desk.orders(f"#correct email {NEW}")
    assert desk.known.letters[before.id].recipient == before.recipient


def test_the_customer_keeps_one_thread_under_both_addresses() -> None:
    desk = with_a_case()
    before = desk.case().complainant

    desk.orders(f"#correct email {NEW}")
    after = desk.case().complainant
    assert (after.anchor, after.token) == (before.anchor, before.token)
    [row] = desk.known.parties_of(FIRST)
    assert (row.email, row.anchor) == (NEW, before.anchor)


def test_whoever_writes_from_the_corrected_address_is_in_the_case() -> None:
    desk = with_a_case()
    desk.orders(f"#correct email {NEW}")

    read = a_message(
        sender=replace(JANE, email=NEW), subject="ISS-000001-95", message_id="2@new.example"
    )
    assert desk.arrives(read).action is Action.JOIN


# --- others ----------------------------------------------------------------------------


def test_who_is_added_has_a_thread_of_their_own() -> None:
    desk = with_bob()

    [bob] = desk.case().parties
    jane = desk.case().complainant
    assert (bob.address.email, bob.gets_copies) == (BOB, True)
    assert bob.anchor
    assert bob.anchor != jane.anchor
    assert bob.token != jane.token


def test_who_is_removed_has_no_role_and_keeps_the_row() -> None:
    desk = with_bob()

    desk.orders(f"#party remove {BOB}")
    assert desk.case().parties == ()
    assert rows(desk, BOB) == [True]


def test_who_comes_back_has_the_same_thread() -> None:
    desk = with_bob()
    [before] = desk.case().parties
    desk.orders(f"#party remove {BOB}")

    desk.orders(f"#party add {BOB} friend")
    [after] = desk.case().parties
    assert (after.anchor, after.token) == (before.anchor, before.token)
    assert (after.role, after.gets_copies) == ("friend", False)
    assert rows(desk, BOB) == [False]


def test_a_copy_that_waits_for_somebody_removed_does_not_leave() -> None:
    desk = with_bob()
    desk.orders("#outcome\nMended.")
    assert desk.letter("copy").status == "queued"

    desk.orders(f"#party remove {BOB}")
    copy = desk.letter("copy")
    assert (copy.status, copy.reason) == ("withdrawn", "party_removed")
    assert desk.letter("outcome").status == "queued"


def test_a_copy_that_has_left_has_left() -> None:
    desk = with_bob()
    desk.orders("#outcome\nMended.")
    desk.sends()

    desk.orders(f"#party remove {BOB}")
    assert desk.letter("copy").status == "sent"


def test_the_address_of_somebody_removed_can_become_the_customers() -> None:
    desk = with_bob()
    desk.orders(f"#party remove {BOB}")

    assert desk.orders(f"#correct email {BOB}").is_done
    [row] = desk.known.parties_of(FIRST)
    assert (row.role, row.email) == ("complainant", BOB)


def test_what_a_party_writes_by_reference_joins_and_before_it_did_not() -> None:
    desk = with_a_case()
    from_bob = a_message(
        sender=replace(JANE, name="Bob", email=BOB),
        subject="ISS-000001-95",
        message_id="bob@solicitor.example",
    )
    assert desk.arrives(from_bob).action is Action.OPEN

    desk.orders(ADD_BOB)
    again = replace(from_bob, message_id="bob.2@solicitor.example", text="And more.")
    assert desk.arrives(again).action is Action.JOIN


def test_what_somebody_removed_writes_by_reference_is_a_case_of_their_own() -> None:
    desk = with_bob()
    desk.orders(f"#party remove {BOB}")

    from_bob = a_message(
        sender=replace(JANE, name="Bob", email=BOB),
        subject="ISS-000001-95",
        message_id="bob@solicitor.example",
    )
    assert desk.arrives(from_bob).action is Action.OPEN


def test_a_readers_yes_to_the_copy_closes_nothing() -> None:
    desk = with_bob()
    desk.orders("#outcome\nMended.")
    desk.sends()

    recorded = desk.arrives(an_answer(desk.letter("copy"), "Yes", to="service@example.com"))
    assert recorded.case == "ISS-000001-95"
    assert desk.case().state == "awaiting_confirmation"


@pytest.mark.parametrize(
    "warning",
    [
        (
            "CAUTION: This email originated from outside of the organization. Do not click links or open"
            " attachments unless you recognize the sender and know the content is safe."
        ),
        "[EXTERNAL EMAIL]",
        "ATTENTION : Ce courriel provient de l'extérieur de l'organisation.",
    ],
)
def test_a_yes_under_the_warning_of_a_gateway_closes_the_case(warning: str) -> None:
    desk = with_a_case()
    desk.orders("#outcome\nWe have replaced the cable in Mill Lane.")
    desk.sends()
    outcome = desk.letter("outcome")

    desk.arrives(
        an_answer(outcome, f"{warning}\n\nYes\n\nOn 20 Nov 2026, Infinity wrote:\n> Replaced.")
    )
    assert desk.case().state == "closed"


def test_a_no_under_the_warning_of_a_gateway_opens_it_again() -> None:
    desk = with_a_case()
    desk.orders("#outcome\nMended.")
    desk.sends()

    desk.arrives(an_answer(desk.letter("outcome"), "LET OP: externe afzender.\n\nNo"))
    assert desk.case().state == "open"
