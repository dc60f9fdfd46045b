"""
Whose case a message belongs to, and on what evidence.
"""

from itertools import pairwise

import pytest

from mailbot.cases.identity.match import Candidate, Evidence, Signals, match, signals
from mailbot.mail.message import InboundMessage
from mailbot.mail.signed_ids import Keyring, Thread, with_token
from tests.cases.builders import SERVICE, a_message

RING = Keyring([b"k" * 32], "example.com")
OTHER = Keyring([b"x" * 32], "example.com")
OWN = (SERVICE, "complaints@example.com")
NONCE = "abcdefgh"

STRONGEST_FIRST = [
    Evidence.REPLY_TOKEN,
    Evidence.IN_REPLY_TO,
    Evidence.REFERENCES,
    Evidence.OWN_MESSAGE_ID,
    Evidence.REFERENCE,
    Evidence.REFERENCE_IN_TEXT,
]


def known(evidence: Evidence, serial: int) -> Candidate:
    return Candidate(evidence, serial, knows_sender=True)


def stranger(evidence: Evidence, serial: int) -> Candidate:
    return Candidate(evidence, serial, knows_sender=False)


def read(message: InboundMessage) -> Signals:
    return signals(message, RING, OWN, "ISS")


def our_id(serial: int, nonce: str = NONCE) -> str:
    return RING.message_id(Thread.CUSTOMER, serial, nonce)


# --- from candidates to a match --------------------------------------------


@pytest.mark.parametrize(("stronger", "weaker"), list(pairwise(STRONGEST_FIRST)))
def test_the_stronger_signal_wins_wherever_it_stands(stronger: Evidence, weaker: Evidence) -> None:
    for candidates in (
        [known(weaker, 2), known(stronger, 1)],
        [known(stronger, 1), known(weaker, 2)],
    ):
        found = match(candidates)

        assert (found.serial, found.evidence) == (1, stronger)
        assert set(found.candidates) == set(candidates)  # both are recorded


@pytest.mark.parametrize(
    "evidence", [each for each in STRONGEST_FIRST if each is not Evidence.REFERENCES]
)
def test_two_signals_of_one_strength_for_two_cases_are_for_a_person(evidence: Evidence) -> None:
    found = match([known(evidence, 1), known(evidence, 2)])

    assert (found.serial, found.is_ambiguous, found.evidence) == (None, True, evidence)


def test_two_signals_of_one_strength_for_one_case_are_no_conflict() -> None:
    found = match([known(Evidence.IN_REPLY_TO, 1), stranger(Evidence.IN_REPLY_TO, 1)])

    assert (found.serial, found.is_ambiguous) == (1, False)


def test_in_references_the_newest_wins() -> None:
    found = match([known(Evidence.REFERENCES, 2), known(Evidence.REFERENCES, 1)])

    assert (found.serial, found.is_ambiguous) == (2, False)


@pytest.mark.parametrize(
    "evidence", [Evidence.REFERENCE, Evidence.REFERENCE_IN_TEXT, Evidence.OWN_MESSAGE_ID]
)
def test_what_anybody_may_have_seen_counts_only_with_a_partys_own_address(
    evidence: Evidence,
) -> None:
    assert match([known(evidence, 1)]).serial == 1

    found = match([stranger(evidence, 1)])
    assert (found.serial, found.evidence, found.possible) == (None, Evidence.NONE, (1,))


@pytest.mark.parametrize(
    "evidence", [each for each in STRONGEST_FIRST if each > Evidence.OWN_MESSAGE_ID]
)
def test_signed_evidence_needs_no_known_sender(evidence: Evidence) -> None:
    assert match([stranger(evidence, 1)]).serial == 1


def test_a_strangers_reference_beside_a_signed_id_is_shown_as_possible() -> None:
    found = match([stranger(Evidence.IN_REPLY_TO, 1), stranger(Evidence.REFERENCE, 2)])

    assert (found.serial, found.possible) == (1, (2,))


def test_a_case_is_not_a_possible_match_for_itself() -> None:
    found = match([stranger(Evidence.IN_REPLY_TO, 1), stranger(Evidence.REFERENCE, 1)])

    assert found.possible == ()


def test_two_references_of_a_stranger_are_no_conflict_but_two_possible_matches() -> None:
    found = match([stranger(Evidence.REFERENCE, 1), stranger(Evidence.REFERENCE, 2)])

    assert (found.is_ambiguous, found.possible) == (False, (1, 2))


def test_without_a_signal_there_is_no_case() -> None:
    found = match([], near=("ISS-004217-58",))

    assert (found.serial, found.evidence, found.near) == (None, Evidence.NONE, ("ISS-004217-58",))


# --- from a message to its signals -----------------------------------------


@pytest.mark.parametrize("own", OWN)
def test_a_reply_token_is_found_in_every_place_of_delivery(own: str) -> None:
    address = with_token(own, RING.token(NONCE, for_staff=False))

    assert read(a_message(recipients=(address,))).tokens == (NONCE,)
    assert read(a_message(delivered_to=(address,))).tokens == (NONCE,)


def test_a_token_that_stands_in_two_places_is_one() -> None:
    address = with_token(SERVICE, RING.token(NONCE, for_staff=True))
    message = a_message(recipients=(address, address.upper()), delivered_to=(address,))

    assert read(message).tokens == (NONCE,)


@pytest.mark.parametrize(
    "address",
    [
        with_token(SERVICE, OTHER.token(NONCE, for_staff=False)),
        with_token("service@elsewhere.example", RING.token(NONCE, for_staff=False)),
        with_token(SERVICE, "newsletter"),
        SERVICE,
    ],
)
def test_a_token_that_is_not_ours_is_no_evidence(address: str) -> None:
    assert read(a_message(recipients=(address,))).tokens == ()


def test_ids_of_ours_are_read_newest_first_and_foreign_ones_kept_apart() -> None:
    found = read(
        a_message(
            in_reply_to=(our_id(3),),
            references=(our_id(1), "hers@customer.example", our_id(2)),
        )
    )

    assert [(place, each.serial) for place, each in found.signed] == [
        (Evidence.IN_REPLY_TO, 3),
        (Evidence.REFERENCES, 2),
        (Evidence.REFERENCES, 1),
    ]
    assert found.foreign == ((Evidence.REFERENCES, "hers@customer.example"),)
    assert found.is_answer


def test_a_forged_id_is_a_foreign_one() -> None:
    forged = OTHER.message_id(Thread.CUSTOMER, 3, NONCE)
    found = read(a_message(in_reply_to=(forged,)))

    assert (found.signed, found.foreign) == ((), ((Evidence.IN_REPLY_TO, forged),))


def test_a_bounce_names_our_mail_in_what_it_returns() -> None:
    found = signals(a_message(returned_ids=(our_id(3),)), RING, OWN, "ISS")

    assert [each.serial for _, each in found.signed] == [3]


def test_references_in_subject_and_text_are_told_apart() -> None:
    message = a_message(subject="Re: ISS-004217-57", text="see also ISS-000009-26")
    found = read(message)

    assert found.in_subject.serials == (4217,)
    assert found.in_text.near == ("ISS-000009-26",)
    assert not found.is_answer
