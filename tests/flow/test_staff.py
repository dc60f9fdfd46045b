"""
Handlers answer by ordinary mail: their words go to the customer, and nothing of ours does.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mailbot.mail.quoting.new_text import MARKER
from mailbot.store.tables import HeldRow, MessageRow, OutboxRow
from tests.flow.house import (
    GARETH,
    JANE,
    MANAGER,
    RHIAN,
    SERVICE,
    House,
    Mail,
    an_answer,
    id_of,
    ids_of,
    read,
    reply_address,
    staff_secrets,
    template_of,
    templates,
    text_of,
)
from tests.servers.smtp import Received

BY_RHIAN = f"Rhian Price <{RHIAN}>"
ANSWER = "We have found the fault. An engineer comes on Tuesday."


def quoted(received: Received) -> str:
    return "\n".join(f"> {line}" for line in text_of(received).splitlines())


def outlook_block(received: Received) -> str:
    mail = read(received)
    return (
        f"From: Infinity complaints <{reply_address(received)}>\n"
        f"Sent: 20 November 2026 16:46\nTo: Rhian Price <{RHIAN}>\n"
        f"Subject: {mail['Subject']}\n\n{text_of(received)}"
    )


#: How clients quote: the answer as it arrives, from the mail that it answers.
CLIENTS: dict[str, Callable[[Received], str]] = {
    "nothing quoted": lambda _: ANSWER,
    "plain, below": lambda mail: f"{ANSWER}\n\n{text_of(mail)}",
    "gmail": lambda mail: (
        f"{ANSWER}\n\nOn Fri, 20 Nov 2026 at 16:46, Infinity complaints\n"
        f"<{reply_address(mail)}> wrote:\n\n{quoted(mail)}"
    ),
    "apple, unmarked": lambda mail: (
        f"{ANSWER}\n\nOn 20 Nov 2026, at 16:46, Infinity complaints"
        f" <{reply_address(mail)}> wrote:\n\n{text_of(mail)}"
    ),
    "outlook": lambda mail: f"{ANSWER}\n\n________________________________\n{outlook_block(mail)}",
    "outlook, original message": lambda mail: (
        f"{ANSWER}\n\n-----Original Message-----\n{outlook_block(mail)}"
    ),
    "answered below the quote": lambda mail: f"{quoted(mail)}\n\n{ANSWER}",
}


async def assigned(house: House) -> Received:
    """
    Jane complained; the assignment that Rhian got.
    """
    await house.take_in(Mail())
    house.clock.move(hours=1)
    return house.one("assignment")


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_plain_answer_reaches_the_customer_without_a_word_of_ours(
    house: House, client: str
) -> None:
    assignment = await assigned(house)

    fresh = await house.take_in(an_answer(assignment, CLIENTS[client](assignment), sender=BY_RHIAN))

    assert templates(fresh) == ["handler-reply"]
    assert fresh[0].rcpt_to == (JANE,)
    said = text_of(fresh[0])
    assert ANSWER in said
    notification = {line.strip() for line in text_of(assignment).splitlines()}
    of_every_mail = {line.strip() for line in text_of(house.one("introduction")).splitlines()}
    ours = notification - of_every_mail
    assert not [line for line in said.splitlines() if line.strip() and line.strip(" >") in ours]
    assert MARKER not in said
    assert staff_secrets(fresh[0].content) == []


async def test_a_relayed_answer_looks_like_a_person_and_threads_with_the_customer(
    house: House,
) -> None:
    assignment = await assigned(house)

    await house.take_in(an_answer(assignment, ANSWER, sender=BY_RHIAN))

    reply = house.one("handler-reply")
    mail = read(reply)
    assert str(mail["From"]) == f'"Rhian Price, Infinity" <{SERVICE}>'
    assert mail["Auto-Submitted"] is None
    assert mail["X-Auto-Response-Suppress"] is None
    assert str(mail["X-Mailbot-Case"]) == "ISS-000001-95"
    assert reply_address(reply) == reply_address(house.one("acknowledgement"))
    assert ids_of(reply)[0] == ids_of(house.one("acknowledgement"))[0]
    assert RHIAN.encode() not in reply.content

    fresh = await house.take_in(
        an_answer(reply, "Tuesday suits me.", message_id="third@example.com")
    )
    assert templates(fresh) == ["customer-reply"]
    assert "Tuesday suits me." in text_of(fresh[0])


async def test_no_mail_to_a_customer_carries_a_staff_token_or_a_staff_id_in_any_octet(
    house: House,
) -> None:
    assignment = await assigned(house)
    forwarded = an_answer(
        assignment,
        f"{ANSWER}\nPlease write to {reply_address(assignment)} or see <{id_of(assignment)}>.",
        sender=BY_RHIAN,
    )

    await house.take_in(forwarded)
    # The customer got the staff mail from somebody, and answers with its ids.
    await house.take_in(
        Mail(
            message_id="third@example.com",
            text=f"You wrote from {reply_address(assignment)}",
            headers=(("In-Reply-To", f"<{id_of(assignment)}>"),),
        )
    )

    to_jane = house.sink.to(JANE)
    assert [found for each in to_jane for found in staff_secrets(each.content)] == []


async def test_without_a_token_the_answer_is_held_and_the_handler_of_that_address_is_told(
    house: House,
) -> None:
    assignment = await assigned(house)

    fresh = await house.take_in(an_answer(assignment, ANSWER, sender=BY_RHIAN, to=SERVICE))

    assert [(each.rcpt_to[0], *templates([each])) for each in fresh] == [(RHIAN, "held")]
    assert (await house.row(HeldRow)).reason == "staff_not_proved"


async def test_another_handlers_token_is_no_proof(house: House) -> None:
    assignment = await assigned(house)

    fresh = await house.take_in(an_answer(assignment, ANSWER, sender=f"Gareth <{GARETH}>"))

    assert "handler-reply" not in templates(fresh)
    assert [each.rcpt_to[0] for each in fresh if template_of(each) == "held"] == [GARETH]
    assert (await house.row(HeldRow)).reason == "token_of_another_handler"


async def test_a_token_seen_from_another_handler_is_spent_and_its_owner_gets_a_fresh_one(
    house: House,
) -> None:
    assignment = await assigned(house)

    fresh = await house.take_in(an_answer(assignment, ANSWER, sender=f"Gareth <{GARETH}>"))

    [again] = [each for each in fresh if template_of(each) == "assignment"]
    spent = {each.message_id: each.spent_at for each in await house.rows(OutboxRow)}
    assert spent[id_of(assignment)]
    assert again.rcpt_to == (RHIAN,)
    assert spent[id_of(again)] is None


async def test_a_token_that_a_stranger_used_is_spent_and_the_handler_gets_a_fresh_one(
    house: House,
) -> None:
    assignment = await assigned(house)

    fresh = await house.take_in(an_answer(assignment, "Let me in", sender="Sam <sam@example.org>"))

    assert [(each.rcpt_to[0], *templates([each])) for each in fresh] == [(RHIAN, "customer-reply")]
    held = await house.take_in(
        an_answer(assignment, ANSWER, sender=BY_RHIAN, message_id="second@client.example.com")
    )
    assert sorted(templates(held)) == ["assignment", "held"]
    assert (await house.row(HeldRow)).reason == "token_is_spent"
    answered = await house.take_in(an_answer(fresh[0], ANSWER, sender=BY_RHIAN))
    assert templates(answered) == ["handler-reply"]


@pytest.mark.parametrize(("days", "result"), [(30, "handler-reply"), (31, "held")])
async def test_a_token_is_believed_for_thirty_days(house: House, days: int, result: str) -> None:
    assignment = await assigned(house)
    house.clock.move(days=days, hours=-1)
    await house.round()

    fresh = await house.take_in(an_answer(assignment, ANSWER, sender=BY_RHIAN))

    assert result in templates(fresh)
    assert {each.rcpt_to for each in fresh} == {(JANE if result == "handler-reply" else RHIAN,)}
    # Held, but never in a circle: with it comes a reply address that works.
    if again := [each for each in fresh if template_of(each) == "assignment"]:
        fresh = await house.take_in(an_answer(again[0], ANSWER, sender=BY_RHIAN))
        assert templates(fresh) == ["handler-reply"]


async def test_an_answer_to_a_warning_is_not_passed_on_and_says_where_to_answer(
    house: House,
) -> None:
    await assigned(house)
    house.clock.move(days=4)
    await house.round()
    warning = house.sent("warning")[0]

    fresh = await house.take_in(an_answer(warning, ANSWER, sender=BY_RHIAN))

    assert [(each.rcpt_to[0], *templates([each])) for each in fresh] == [(RHIAN, "receipt")]
    assert "assignment" in text_of(fresh[0])


async def test_a_mail_that_starts_with_a_command_is_not_passed_on(house: House) -> None:
    assignment = await assigned(house)

    fresh = await house.take_in(
        an_answer(assignment, f"\n  #note to self\n{ANSWER}", sender=BY_RHIAN)
    )

    assert [(each.rcpt_to[0], *templates([each])) for each in fresh] == [(RHIAN, "receipt")]


async def test_an_answer_without_a_new_word_is_not_passed_on(house: House) -> None:
    assignment = await assigned(house)

    fresh = await house.take_in(an_answer(assignment, text_of(assignment), sender=BY_RHIAN))

    assert [(each.rcpt_to[0], *templates([each])) for each in fresh] == [(RHIAN, "receipt")]


async def test_with_the_customer_in_cc_nothing_is_sent_twice_and_the_address_is_renewed(
    house: House,
) -> None:
    assignment = await assigned(house)

    fresh = await house.take_in(an_answer(assignment, ANSWER, sender=BY_RHIAN, cc=JANE))

    # That she wrote to the customer counts once she has said so.
    assert sorted((each.rcpt_to[0], *templates([each])) for each in fresh) == [
        (RHIAN, "assignment"),
        (RHIAN, "confirm-command"),
    ]
    used = await house.row(OutboxRow, message_id=id_of(assignment))
    assert used.spent_at is not None
    renewed = house.sent("assignment")[-1]
    assert templates(await house.take_in(an_answer(renewed, ANSWER, sender=BY_RHIAN))) == [
        "handler-reply"
    ]


async def test_two_from_addresses_are_never_staff(house: House) -> None:
    assignment = await assigned(house)

    fresh = await house.take_in(
        an_answer(assignment, ANSWER, sender=f"{BY_RHIAN}, Sam <sam@example.org>")
    )

    assert "handler-reply" not in templates(fresh)
    assert JANE not in {each.rcpt_to[0] for each in fresh}


async def test_an_out_of_office_of_a_handler_never_reaches_the_customer(house: House) -> None:
    assignment = await assigned(house)
    away = an_answer(assignment, "I am away until Monday.", sender=BY_RHIAN)

    fresh = await house.take_in(
        replace(away, headers=(*away.headers, ("Auto-Submitted", "auto-replied")))
    )

    assert fresh == []


async def test_a_handlers_mail_of_their_own_accord_opens_no_case(house: House) -> None:
    fresh = await house.take_in(Mail(sender=BY_RHIAN))

    assert templates(fresh) == ["held"]
    assert (await house.row(MessageRow)).case_id is None


async def test_the_managers_tasks_can_not_be_answered_to_a_customer(house: House) -> None:
    house.rewrite("handlers.toml", 'role = "handler"', 'role = "account_manager"')
    await house.take_in(Mail())
    assignment = house.one("assignment")
    assert assignment.rcpt_to == (MANAGER,)


async def test_every_staff_mail_has_a_reply_address_of_its_own(house: House) -> None:
    await assigned(house)
    await house.take_in(Mail(message_id="sam@example.org", sender="Sam <sam@example.org>"))

    tokens = {reply_address(each) for each in house.sent("assignment")}
    assert len(tokens) == 2
    assert all(len(each.partition("@")[0]) <= 64 for each in tokens)
