"""
Ids and tokens that we recognise as ours, and every way of not being ours.
"""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailbot.mail.signed_ids import (
    Keyring,
    SignedId,
    SignedToken,
    Thread,
    base32,
    canonical,
    is_relayable,
    plus_token,
    with_token,
)

OLD, NEW = b"o" * 32, b"n" * 32
RING = Keyring([OLD], "Example.com")
NONCE = "abcdefghijklmnop"
SERVICE = "service@example.com"

nonces = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=8, max_size=16)


def changed(text: str, place: int) -> str:
    other = "a" if text[place] != "a" else "b"
    return text[:place] + other + text[place + 1 :]


# --- message ids -----------------------------------------------------------


@given(st.sampled_from(Thread), st.integers(0, 10**12 - 1), nonces)
def test_an_id_of_ours_says_whom_it_was_issued_to(thread: Thread, serial: int, nonce: str) -> None:
    message_id = RING.message_id(thread, serial, nonce)

    assert RING.read_id(message_id) == SignedId(thread, serial, nonce)
    assert len(message_id) < 100
    assert is_relayable(message_id)


@pytest.mark.parametrize("mangled", ["<{}>", " <{}> ", "{}\n", "< {} >"])
def test_brackets_and_white_space_around_an_id_do_not_matter(mangled: str) -> None:
    message_id = RING.message_id(Thread.CUSTOMER, 7, NONCE)

    assert RING.read_id(mangled.format(message_id)) == SignedId(Thread.CUSTOMER, 7, NONCE)


def test_a_relay_that_changes_the_letters_case_does_no_harm() -> None:
    message_id = RING.message_id(Thread.STAFF, 7, NONCE)

    assert message_id == message_id.lower()
    assert RING.read_id(message_id.upper()) == SignedId(Thread.STAFF, 7, NONCE)


@given(st.data())
def test_an_id_with_any_character_changed_is_not_ours(data: st.DataObject) -> None:
    message_id = RING.message_id(Thread.CUSTOMER, 4217, NONCE)
    place = data.draw(st.integers(0, len(message_id) - 1))

    assert RING.read_id(changed(message_id, place)) is None


@pytest.mark.parametrize(
    "message_id",
    [
        "",
        "first@customer.example",
        "c.7.abcdefgh@example.com",
        Keyring([NEW], "example.com").message_id(Thread.CUSTOMER, 7, NONCE),
        Keyring([OLD], "elsewhere.example").message_id(Thread.CUSTOMER, 7, NONCE),
        RING.message_id(Thread.CUSTOMER, 7, NONCE) + ".elsewhere.example",
        "x" + RING.message_id(Thread.CUSTOMER, 7, NONCE),
        RING.message_id(Thread.CUSTOMER, 7, NONCE).replace("c.7.", "c.8."),
        RING.message_id(Thread.CUSTOMER, 7, NONCE).replace("c.7.", "s.7."),
        RING.message_id(Thread.CUSTOMER, 7, NONCE).replace("c.7.", "c.07."),
        RING.message_id(Thread.CUSTOMER, 7, NONCE).replace("c.7.", "c.\u0667."),
    ],
)
def test_a_forged_or_foreign_id_says_nothing(message_id: str) -> None:
    assert RING.read_id(message_id) is None


@given(st.text())
@example("\u0130" * 300)
def test_no_text_breaks_the_reader_of_ids(text: str) -> None:
    assert RING.read_id(text) is None
    assert RING.read_token(text) is None


def test_a_thread_knows_whether_it_is_for_staff() -> None:
    assert [each for each in Thread if each.is_staff] == [Thread.STAFF, Thread.STAFF_ANCHOR]


# --- rotation --------------------------------------------------------------


def test_after_a_rotation_the_new_key_signs_and_the_old_one_still_verifies() -> None:
    before = RING.message_id(Thread.CUSTOMER, 7, NONCE)
    token_before = RING.token(NONCE, for_staff=True)
    after = Keyring([NEW, OLD], "example.com")

    assert after.read_id(before) == SignedId(Thread.CUSTOMER, 7, NONCE)
    assert after.read_token(token_before) == SignedToken(for_staff=True, nonce=NONCE)
    signed_now = after.message_id(Thread.CUSTOMER, 7, NONCE)
    assert Keyring([NEW], "example.com").read_id(signed_now) is not None
    assert RING.read_id(signed_now) is None


def test_a_keyring_says_which_keys_it_lacks() -> None:
    new = Keyring([NEW], "example.com")

    assert new.missing([RING.signing_id, new.signing_id]) == [RING.signing_id]
    assert Keyring([NEW, OLD], "example.com").missing([RING.signing_id]) == []


def test_a_keyring_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        Keyring([], "example.com")


# --- reply tokens ----------------------------------------------------------


@given(nonces, st.booleans())
def test_a_token_says_for_whom_it_is(nonce: str, for_staff: bool) -> None:
    token = RING.token(nonce, for_staff=for_staff)

    assert RING.read_token(token) == RING.read_token(token.upper())
    assert RING.read_token(token) == SignedToken(for_staff, nonce)


@given(st.data())
def test_a_token_with_any_character_changed_is_not_ours(data: st.DataObject) -> None:
    token = RING.token(NONCE, for_staff=False)
    place = data.draw(st.integers(0, len(token) - 1))

    assert RING.read_token(changed(token, place)) is None


def test_a_customers_token_cannot_be_made_one_for_staff() -> None:
    token = RING.token(NONCE, for_staff=False)

    assert RING.read_token("s" + token[1:]) is None


def test_the_signature_of_a_token_is_of_no_use_for_an_id() -> None:
    token = RING.token(NONCE, for_staff=False)
    mac = token[5:21]

    assert RING.read_id(f"c.7.{NONCE}.{RING.signing_id}.{mac}@example.com") is None


def test_an_address_with_a_token_keeps_to_the_64_octets_of_a_local_part() -> None:
    address = with_token("complaints@example.com", RING.token(NONCE, for_staff=True))

    assert len(address.partition("@")[0]) <= 64


@pytest.mark.parametrize(
    ("address", "token"),
    [
        ("service+abc@example.com", "abc"),
        ("Service+ABC@Example.COM", "abc"),
        (" service+abc@example.com ", "abc"),
        ("service+a+b@example.com", "a+b"),
        ("service+@example.com", None),
        ("service@example.com", None),
        ("services+abc@example.com", None),
        ("service+abc@example.com.evil.example", None),
        ("service+abc@mail.example.com", None),
        ("service+abc", None),
        ("", None),
    ],
)
def test_the_part_after_the_plus_is_a_token_only_at_our_own_address(
    address: str, token: str | None
) -> None:
    assert (plus_token(address, SERVICE) or None) == token


def test_a_token_survives_the_way_through_an_address() -> None:
    token = RING.token(NONCE, for_staff=False)

    assert plus_token(with_token(SERVICE, token), SERVICE) == token


# --- foreign ids -----------------------------------------------------------


@pytest.mark.parametrize(
    ("message_id", "fits"),
    [
        ("a@b", True),
        ("x" * 248 + "@b", True),
        ("x" * 249 + "@b", False),
        ("ab", False),
        ("a b@c", False),
        ("a@b\r\nBcc: x@y", False),
        ("<a@b>", False),
        ("é@b", False),
        ("a@b@c", True),
    ],
)
def test_only_well_formed_ids_of_bearable_length_stand_in_our_references(
    message_id: str, fits: bool
) -> None:
    assert is_relayable(message_id) is fits


def test_ids_are_compared_without_brackets_and_in_lower_case() -> None:
    assert canonical(" <First@Customer.Example> ") == "first@customer.example"


def test_base32_is_lower_case_and_without_padding() -> None:
    assert base32(b"\x00\xff") == "ad7q"


# --- what was issued to staff, in a text for somebody else --------------------

STAFF = with_token(SERVICE, RING.token(NONCE, for_staff=True))
STAFF_ID = RING.message_id(Thread.STAFF, 4217, NONCE)

SPELT = {
    "as it is": STAFF,
    "in capitals": STAFF.upper(),
    "in a link": STAFF.replace("+", "%2B").replace("@", "%40"),
    "in a link, lower-case": STAFF.replace("+", "%2b"),
    "in a link within a link": STAFF.replace("+", "%252B"),
    "in HTML": STAFF.replace("+", "&#43;").replace("@", "&commat;"),
    "in quoted-printable": STAFF.replace("+", "=2B").replace("@", "=40"),
    "without the domain": STAFF.partition("@")[0],
    "with a place to break": f"{STAFF[:20]}\u200b{STAFF[20:]}",
    "with a soft hyphen": f"{STAFF[:20]}\u00ad{STAFF[20:]}",
    "an id": STAFF_ID,
    "an id in capitals": STAFF_ID.upper(),
    "an id without the domain": STAFF_ID.partition("@")[0],
}


@pytest.mark.parametrize("spelling", SPELT)
def test_whatever_was_issued_to_staff_is_taken_out_of_a_text_however_it_is_spelt(
    spelling: str,
) -> None:
    cleaned = RING.without_staff_secrets(f"Write to <{SPELT[spelling]}>, or ring.")

    assert not RING.names_staff(cleaned.encode())
    assert NONCE not in cleaned.lower().replace("\u200b", "").replace("\u00ad", "")
    assert cleaned.startswith("Write to <")
    assert cleaned.endswith(">, or ring.")


@pytest.mark.parametrize(
    "text",
    [
        with_token(SERVICE, RING.token(NONCE, for_staff=False)),
        f"<{RING.message_id(Thread.CUSTOMER, 4217, NONCE)}>",
        "1 + six is seven, and +swansea is a place",
        "Ring us: +44 1495 000 001",
    ],
)
def test_everything_else_stays_in_a_text(text: str) -> None:
    assert RING.without_staff_secrets(text) == text
