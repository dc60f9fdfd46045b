"""
Whose complaint it is that a machine brought and a person released.
"""

import pytest

from mailbot.cases.identity.who_complains import complainant
from mailbot.mail.message import Address, Kind
from mailbot.mail.origin.classify import Classification
from mailbot.mail.quoting.forwarded import Forwarded, How
from tests.cases.builders import OWEN, SERVICE, a_firm, a_message

ROBOT = "no-reply@forms.example"
JANE = "jane@customer.example"


def whose(
    kind: Kind, *reply_to: str, sender: str | None = ROBOT, rule: str = "no_reply_address"
) -> str | None:
    message = a_message(sender=Address(email=sender) if sender else None, reply_to=reply_to)
    found = complainant(message, Classification(kind, rule), a_firm())
    return found.email if found else None


@pytest.mark.parametrize("kind", [Kind.NO_REPLY, Kind.AUTO_REPLY, Kind.OUT_OF_OFFICE, Kind.OWN])
def test_what_a_machine_wrote_is_the_complaint_of_the_one_it_asks_us_to_answer(kind: Kind) -> None:
    assert whose(kind, JANE) == JANE
    assert whose(kind, JANE.upper(), JANE) == JANE


@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.LIST, Kind.SPAM, Kind.CHALLENGE])
def test_what_a_person_wrote_is_theirs_whatever_reply_to_says(kind: Kind) -> None:
    assert whose(kind, JANE, sender="sam@customer.example") == "sam@customer.example"


def test_what_may_be_a_persons_own_absence_is_theirs() -> None:
    assert whose(Kind.OUT_OF_OFFICE, JANE, rule="absence_in_words") == ROBOT


@pytest.mark.parametrize(
    "reply_to", [(), (JANE, "sam@customer.example"), (SERVICE,), (OWEN.email,)]
)
def test_nobody_is_picked_out_of_several_and_nobody_of_the_firm(reply_to: tuple[str, ...]) -> None:
    assert whose(Kind.NO_REPLY, *reply_to) == ROBOT


def test_what_was_journaled_is_the_complaint_of_whoever_wrote_it() -> None:
    said = Classification(Kind.NO_REPLY, "journal_report")

    def of(*writers: str) -> str | None:
        originals = [
            Forwarded(how=How.ATTACHED, sender=Address(email=each) if each else None)
            for each in writers
        ]
        report = a_message(
            sender=Address(email="exchange@firm.example"), reply_to=("x@firm.example",)
        )
        found = complainant(report, said, a_firm(), originals)
        return found.email if found else None

    assert of(JANE) == JANE
    assert of(JANE, JANE.upper()) is not None
    assert (of(), of(""), of(JANE, "sam@customer.example"), of(SERVICE), of(OWEN.email)) == (
        (None,) * 5
    )


@pytest.mark.parametrize("sender", [None, SERVICE, OWEN.email])
def test_nobody_of_the_firm_complains_to_it(sender: str | None) -> None:
    assert whose(Kind.OWN, sender=sender) is None
