"""
Letters by post: nothing is lost, nothing is promised kept before it is in the post.
"""

import pytest

from mailbot.cases.obligation import ObligationState
from mailbot.cases.sending.by_post import letter_of
from mailbot.cases.triggers import LetterFailed
from mailbot.mail.message import Address
from tests.cases.builders import JANE, MANAGER, RHIAN, at
from tests.cases.life import Life

OPEN, MET, BREACHED = ObligationState.OPEN, ObligationState.MET, ObligationState.BREACHED
MONDAY = at("2026-11-23 10:00")
ADDRESS = "#post\n1 High Street\nEbbw Vale\nNP23 6XX"


def a_life(*orders: str) -> Life:
    life = Life().until(MONDAY)
    for each in orders:
        assert not life.order(each).refusal
    return life


def pages(life: Life) -> list[str]:
    """
    The letters that went to the handler for the envelope.
    """
    return [each.letter.encloses.template for each in life.written if each.letter.encloses]


def test_who_asks_for_post_gets_a_page_through_the_handler_and_no_mail() -> None:
    life = a_life(ADDRESS)
    life.order("#contact wed 14:00")

    assert life.to_customer(MONDAY) == []
    assert life.to_staff(MONDAY) == [("task", RHIAN.email)]
    assert pages(life) == ["contact-agreed"]
    assert life.case.to_post == ("contact-agreed",)


@pytest.mark.parametrize(
    ("order", "said", "letters"),
    [
        ("#contact wed 14:00", "Recorded: contact on ", "the confirmation of the agreed contact"),
        ("#call\nShe rang: no line.", "The call is on record.", "the summary of a telephone call"),
        ("#outcome\nMended.", "The outcome is written,", "the outcome"),
        ("#credit 25.00 December 2026", "Recorded: £25.00 in ", "the confirmation of a credit"),
        ("#close phone Jane Doe, 20/11 17:00", "The case is closed.", "the case is closed"),
        ("#correct phone 01632 960 123", "The phone is corrected.", "records were corrected"),
    ],
)
def test_nobody_is_told_that_the_customer_has_what_nobody_has_posted(
    order: str, said: str, letters: str
) -> None:
    answer = a_life(ADDRESS).order(order).answer

    assert answer.startswith(said)
    assert "Nothing has gone to the customer yet" in answer
    assert f"{RHIAN.name} has a task with the page to print and post: " in answer
    assert letters in answer
    assert "goes to the customer" not in answer
    assert "customer is told" not in answer


def test_a_receipt_says_so_to_whoever_has_to_post_it() -> None:
    life = a_life(ADDRESS)
    life.mailed("#outcome\nWe have mended it.")

    receipt = next(each.letter for each in life.written if each.letter.template == "receipt")
    said = str(receipt.facts["outcome"])
    assert said.startswith("The outcome is written,")
    assert "You have a task with the page to print and post: the outcome." in said


def test_to_a_customer_with_an_address_it_goes_at_once() -> None:
    assert a_life().order("#outcome\nMended.").answer == (
        "The outcome goes to the customer, who is asked to confirm it."
    )


def test_a_wish_for_post_stops_no_clock_and_the_rights_letter_waits_for_posted() -> None:
    life = a_life(ADDRESS).until(at("2027-01-01 09:00"))

    assert "adr-rights" in pages(life)
    assert life.rights() == []
    assert life.obligation("adr_rights").state is OPEN

    decision = life.order("#posted adr-rights")
    assert life.obligation("adr_rights").state is MET
    assert life.obligation("adr_rights").evidence == "adr-rights posted, says Olwen"
    assert "letter_posted" in [each.name for each in decision.events]


def test_a_rights_letter_that_nobody_posts_is_a_broken_promise() -> None:
    life = a_life(ADDRESS).until(at("2027-01-02 00:00"))

    assert life.obligation("adr_rights").state is BREACHED
    assert ("breach", MANAGER.email) in life.to_staff(at("2027-01-02 00:00"))


def test_the_rights_letter_is_written_once_whether_by_mail_or_by_post() -> None:
    life = a_life().until(at("2027-01-01 10:00"))
    life.order(ADDRESS)
    life.until(at("2027-03-01 10:00"))

    assert len(life.rights()) == 1
    assert "adr-rights" not in pages(life)


def test_a_handlers_answer_is_contact_only_once_it_is_in_the_post() -> None:
    life = a_life("#contact wed 14:00", ADDRESS)
    life.until(at("2026-11-25 15:00")).mailed("Your line will be mended tomorrow.")
    assert life.obligation("keep_contact", 1).state is OPEN

    life.order("#posted")
    assert life.obligation("keep_contact", 1).state is MET
    assert life.obligation("keep_contact", 2).state is OPEN


def test_an_outcome_keeps_its_promises_only_once_it_is_in_the_post() -> None:
    life = a_life(ADDRESS)
    life.order("#outcome\nWe have mended it.")
    assert life.obligation("agree_contact").state is OPEN

    life.order("#posted")
    assert life.obligation("agree_contact").state is MET


def test_posted_is_refused_where_nothing_waits() -> None:
    refusal = a_life(ADDRESS).order("#posted").refusal

    assert refusal == "no letter of this case waits to be posted"


def test_posted_asks_which_where_several_wait() -> None:
    life = a_life(ADDRESS, "#contact wed 14:00", "#credit 25.00 December 2026")

    assert life.order("#posted").refusal == (
        'several letters can be meant; write "#posted contact-agreed" or "#posted credit"'
        ' or "#posted all"'
    )
    assert not life.order("#posted credit").refusal
    assert life.case.to_post == ("contact-agreed",)


def test_posted_all_is_every_one_of_them() -> None:
    life = a_life(ADDRESS, "#contact wed 14:00", "#credit 25.00 December 2026", "#posted all")

    assert life.case.to_post == ()


def test_email_ends_it_and_says_what_is_still_to_be_posted() -> None:
    life = a_life(ADDRESS, "#contact wed 14:00")
    decision = life.order("#email")

    assert "contact-agreed" in decision.answer
    life.order("#outcome\nMended.")
    assert life.to_customer(MONDAY) == ["outcome"]


@pytest.mark.parametrize(
    ("orders", "order", "why"),
    [
        ((), "#email", "the customer gets mails already"),
        ((ADDRESS,), "#post", "the customer gets letters already"),
    ],
)
def test_what_is_so_already_is_refused(orders: tuple[str, ...], order: str, why: str) -> None:
    assert a_life(*orders).order(order).refusal == why


def test_without_an_address_the_receipt_and_the_task_say_what_is_missing() -> None:
    life = a_life()
    assert "No postal address is known" in life.order("#post").answer

    life.order("#contact wed 14:00")
    assert "no postal address is known" in str(life.written[-1].letter.facts["what"])


def test_a_mail_that_came_back_waits_for_the_post_too() -> None:
    life = a_life()
    life.happens(
        LetterFailed(
            template="acknowledgement",
            to=JANE,
            to_staff=False,
            occasion="opened",
            outcome="bounced",
            reason="550 5.1.1 no such user",
        )
    )
    assert life.case.to_post == ("acknowledgement",)
    assert life.obligation("acknowledge").state is OPEN

    life.order("#posted")
    assert life.obligation("acknowledge").state is MET


def test_a_mail_to_an_address_that_is_no_longer_theirs_has_nothing_to_be_posted() -> None:
    life = a_life("#correct email jane.smith@example.com")
    life.happens(
        LetterFailed(
            template="correction",
            to=Address(email=JANE.email),
            to_staff=False,
            occasion="x",
            outcome="bounced",
            reason="550",
        )
    )
    assert life.case.to_post == ()


def test_an_answer_to_the_task_means_its_letter() -> None:
    life = a_life(ADDRESS, "#contact wed 14:00")
    page = next(each.letter for each in life.written if each.letter.encloses)

    assert letter_of(page.occasion) == "contact-agreed"
    assert letter_of("assigned.rhian@example.com") == ""


def test_mail_under_a_verdict_stays_in_whatever_the_customer_prefers() -> None:
    life = Life(verdict="spam_verdict").until(MONDAY)
    life.order(ADDRESS)
    life.until(at("2027-01-01 09:00"))

    assert "adr-rights" not in pages(life)
