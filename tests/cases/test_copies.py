"""
Who else gets copies: of what, from when to when, and that nothing is owed to them.
"""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.cases.case import Case, Party
from mailbot.cases.correspondence.yes_or_no import Said
from mailbot.cases.decide import decide
from mailbot.cases.decision import Decision
from mailbot.cases.letter import COPY, Letter
from mailbot.cases.obligation import ObligationState
from mailbot.cases.sending.by_post import letter_of
from mailbot.cases.states import State
from mailbot.cases.triggers import LetterAccepted, LetterFailed, MessageJoined, StaffAnswered
from mailbot.mail.files.going_along import Files
from mailbot.mail.message import Address, Attachment
from tests.cases.builders import JANE, RHIAN, STRANGER, a_case, a_firm, a_message, at
from tests.cases.life import Life
from tests.cases.test_histories import RECEIPTS, after, histories

MONDAY = at("2026-11-23 10:00")
BOB = "bob@example.com"
CAROL = "carol@example.com"
ADD_BOB = f"#party add {BOB} solicitor, copies"
ADDRESS = "#post\n1 High Street\nEbbw Vale\nNP23 6XX"


def a_life(*orders: str) -> Life:
    life = Life().until(MONDAY)
    for each in orders:
        assert not life.order(each).refusal
    return life


def a_reader(email: str = BOB, **changes: object) -> Party:
    known = Party(address=Address(email=email), role="solicitor", gets_copies=True)
    return replace(known, **changes)  # type: ignore[arg-type]


def copies_in(decision: Decision) -> list[Letter]:
    return [each for each in decision.letters if each.copy_of]


def promised(case: Case) -> list[tuple[str, int, ObligationState, str]]:
    return [(each.promise, each.number, each.state, each.evidence) for each in case.obligations]


# --- what they get --------------------------------------------------------------


def test_who_only_has_a_role_gets_nothing_and_the_customer_is_not_bothered() -> None:
    life = a_life(f"#party add {BOB} solicitor")
    life.order("#outcome\nMended.")

    assert life.copies() == []
    assert life.sent("party") == []


def test_every_letter_from_now_on_goes_to_each_reader_in_a_mail_of_their_own() -> None:
    life = a_life(ADD_BOB, f"#party add {CAROL} MP's office, copies")
    life.mailed("We are still looking.")
    life.order("#outcome\nMended.")

    assert life.copies() == [
        (BOB, "handler-reply"),
        (CAROL, "handler-reply"),
        (BOB, "outcome"),
        (CAROL, "outcome"),
    ]


def test_what_the_clock_sends_is_copied_too() -> None:
    life = a_life(ADD_BOB).until(at("2027-01-02 12:00"))

    copied = [template for _, template in life.copies()]
    assert copied == [each for each in life.to_customer(MONDAY) if each != "party"]
    assert "adr-rights" in copied


def test_what_went_before_is_not_sent_again() -> None:
    life = a_life(ADD_BOB)

    assert life.copies() == []


def test_whoever_is_added_with_the_outcome_gets_the_copy_of_it() -> None:
    life = a_life()
    life.order(f"{ADD_BOB}\n#outcome\nMended.")

    assert life.copies() == [(BOB, "outcome")]


def test_how_the_customer_is_reached_and_who_reads_along_is_copied_to_nobody() -> None:
    life = a_life(ADD_BOB)
    life.order("#correct phone 01495 000 009")
    life.order(f"#party add {CAROL} friend, copies")

    assert life.copies() == []


def test_no_staff_mail_is_copied() -> None:
    life = a_life(ADD_BOB)
    life.customer()

    assert life.copies() == []
    assert ("customer-reply", RHIAN.email) in life.to_staff(MONDAY)


def test_the_files_of_a_handler_go_along() -> None:
    plan = Attachment(name="plan.pdf", content_type="application/pdf", content=b"%PDF")
    case = replace(a_case(), parties=(a_reader(),))
    decision = decide(
        case,
        StaffAnswered(
            message=a_message(sender=Address(email=RHIAN.email)),
            occasion="message.9",
            writer=RHIAN,
            text="Here is the plan.",
            may_relay=True,
            reason="staff_answer",
            files=Files(((plan, None),)),
        ),
        a_firm(),
        MONDAY,
    )
    (copy,) = copies_in(decision)

    assert copy.attachments == (plan,)


def test_a_copy_says_whose_role_it_is_for_and_greets_nobody_by_a_wrong_name() -> None:
    life = a_life(ADD_BOB)
    (copy,) = copies_in(life.order("#outcome\nMended."))

    assert copy.facts["role"] == "solicitor"
    assert copy.facts["salutation"] == "Hello"
    assert copy.facts["asks"]


def test_by_post_the_customer_gets_paper_and_the_reader_a_mail() -> None:
    life = a_life(ADDRESS, ADD_BOB)
    life.order("#contact wed 14:00")

    assert life.to_customer(MONDAY) == []
    assert life.copies() == [(BOB, "contact-agreed")]
    # That Bob reads along, and the agreed time.
    assert life.case.to_post == ("party", "contact-agreed")


def test_under_a_verdict_nobody_gets_a_copy() -> None:
    life = Life(verdict="spam_verdict")
    life.case = replace(life.case, parties=(a_reader(),))
    life.until(at("2027-01-02 12:00"))

    assert life.copies() == []
    life.order("#release")
    assert (BOB, "adr-rights") in life.copies()


def test_a_rights_letter_that_is_written_twice_is_copied_once() -> None:
    life = a_life(ADD_BOB).until(at("2027-01-02 12:00"))
    life.bounces("adr-rights")
    life.order("#correct email jane.smith@example.com")

    assert [each.letter.to.email for each in life.sent("adr-rights")][1:] == [
        "jane.smith@example.com"
    ]
    assert life.copies().count((BOB, "adr-rights")) == 1


# --- from whom to whom ------------------------------------------------------------


def test_the_customer_is_told_who_reads_along_and_when_it_ends() -> None:
    life = a_life(ADD_BOB, f"#party remove {BOB}")
    told = [(each.letter.to, each.letter.facts["gets_copies"]) for each in life.sent("party")]

    assert told == [(JANE, True), (JANE, False)]
    assert {each.letter.facts["email"] for each in life.sent("party")} == {BOB}


def test_said_again_without_copies_they_stop_and_the_role_stays() -> None:
    life = a_life(ADD_BOB, f"#party add {BOB} solicitor")
    life.order("#outcome\nMended.")

    assert life.copies() == []
    assert [each.letter.facts["gets_copies"] for each in life.sent("party")] == [True, False]
    assert life.case.party(BOB) == a_reader(gets_copies=False)


def test_a_role_can_be_said_better_without_a_word_to_the_customer() -> None:
    life = a_life(f"#party add {BOB} friend", f"#party add {BOB.upper()} solicitor")

    assert [each.role for each in life.case.parties] == ["solicitor"]
    assert life.sent("party") == []


@pytest.mark.parametrize("order", [ADD_BOB, f"{ADD_BOB.replace(BOB, BOB.upper())}"])
def test_what_is_so_already_is_refused(order: str) -> None:
    assert "has this role" in a_life(ADD_BOB).order(order).refusal


def test_whoever_is_removed_is_a_stranger_again() -> None:
    life = a_life(ADD_BOB, f"#party remove {BOB.upper()}")
    life.order("#outcome\nMended.")

    assert life.copies() == []
    assert life.case.parties == ()
    assert life.customer(sender=Address(email=BOB)).reason == "from_another_address"


def test_whoever_is_removed_may_become_the_customers_address_and_come_back() -> None:
    life = a_life(ADD_BOB, f"#party remove {BOB}", ADD_BOB, f"#party remove {BOB}")

    assert not life.order(f"#correct email {BOB}").refusal


@pytest.mark.parametrize("email", [STRANGER.email, JANE.email, RHIAN.email])
def test_only_a_party_can_be_removed_and_the_refusal_says_who_is_one(email: str) -> None:
    refusal = a_life(ADD_BOB).order(f"#party remove {email}").refusal

    assert f"{BOB} (solicitor)" in refusal


def test_the_receipt_says_what_they_get_and_how_to_change_it() -> None:
    life = a_life()
    alone = life.order(f"#party add {BOB} solicitor").answer
    with_copies = life.order(ADD_BOB).answer

    assert "they get nothing from us" in alone
    assert ADD_BOB in alone
    assert "only the customer can confirm" in with_copies
    assert f"#party remove {BOB}" in with_copies


# --- nothing is owed to them ------------------------------------------------------------


def accepted(letter: Letter) -> LetterAccepted:
    return LetterAccepted(
        template=letter.template,
        recipient=letter.to.email,
        at=MONDAY,
        evidence=f"{letter.template} accepted",
    )


def failed(letter: Letter, outcome: str = "bounced") -> LetterFailed:
    return LetterFailed(
        template=letter.template,
        to=letter.to,
        to_staff=False,
        occasion=letter.occasion,
        outcome=outcome,
        reason="5.1.1 unknown",
    )


@pytest.mark.parametrize("outcome", ["bounced", "refused", "expired", "declared_failed"])
def test_a_copy_that_comes_back_is_a_task_for_the_handler_and_opens_nothing(outcome: str) -> None:
    life = a_life(ADD_BOB).until(at("2027-01-02 12:00"))
    before = promised(life.case)
    copy = next(each.letter for each in life.written if each.letter.copy_of)
    decision = life.happens(failed(copy, outcome))

    assert promised(life.case) == before
    assert [(each.template, each.to.email) for each in decision.letters] == [("task", RHIAN.email)]
    assert life.case.to_post == ()
    assert letter_of(decision.letters[0].occasion) == ""


def test_copies_to_two_readers_that_come_back_are_two_tasks() -> None:
    life = a_life(ADD_BOB, f"#party add {CAROL} friend, copies")
    for each in copies_in(life.order("#outcome\nMended.")):
        life.happens(failed(each))

    assert len(life.sent("task")) == 2


def test_a_copy_is_no_evidence_even_where_its_reader_has_become_the_customer() -> None:
    life = a_life(ADD_BOB)
    life.server_down()
    life.until(at("2027-01-02 12:00"))
    copy = next(
        each.letter
        for each in life.written
        if each.letter.copy_of and each.letter.copy_of.template == "adr-rights"
    )
    life.order(f"#party remove {BOB}\n#correct email {BOB}")

    assert not decide(life.case, accepted(copy), life.firm, life.now).settled
    assert not decide(life.case, failed(copy), life.firm, life.now).changes
    assert life.obligation("adr_rights").state is ObligationState.BREACHED


@settings(max_examples=30)
@given(received=st.sampled_from(RECEIPTS), history=histories)
def test_whoever_reads_along_changes_nothing_for_the_customer(
    received: str, history: list[tuple[int, str]]
) -> None:
    # What comes back is the last letter of each life, and those are not the same.
    history = [each for each in history if each[1] != "the last letter comes back"]
    alone, read = Life(received_at=at(received)), Life(received_at=at(received))
    alone.order(f"#party add {BOB} solicitor")
    read.order(ADD_BOB)
    for life in (alone, read):
        after(life, history)
    for each in [each.letter for each in read.written if each.letter.copy_of]:
        assert not read.happens(accepted(each)).settled
        assert not read.happens(failed(each)).settled

    assert promised(read.case) == promised(alone.case)
    assert read.case.state is alone.case.state
    theirs = [each for each in read.to_customer(read.received_at) if each != "party"]
    assert theirs == alone.to_customer(alone.received_at)


@settings(max_examples=30)
@given(received=st.sampled_from(RECEIPTS), history=histories)
def test_a_copy_is_of_a_letter_that_goes_to_the_customer_in_the_same_instant(
    received: str, history: list[tuple[int, str]]
) -> None:
    life = Life(received_at=at(received))
    life.order(ADD_BOB)
    after(life, history)

    for each in life.written:
        original = each.letter.copy_of
        if original:
            assert each.letter.template == COPY
            assert (original.to, original.to_staff, original.withheld) == (JANE, False, "")


def test_a_yes_of_the_reader_closes_nothing() -> None:
    life = a_life(ADD_BOB, "#outcome\nMended.")
    decision = life.happens(
        MessageJoined(
            message=a_message(text="Yes", sender=Address(email=BOB), received_at=life.now),
            occasion="message.77",
            reason="joined_by_in_reply_to",
            confirmation=Said.YES,
        )
    )

    assert life.case.state is State.AWAITING_CONFIRMATION
    (shown,) = [each for each in decision.letters if each.template == "customer-reply"]
    assert shown.facts["from_role"] == "solicitor"
