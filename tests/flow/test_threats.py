"""
Who could pretend to be a handler, and what happens, on raw octets: the attacks that need
nothing of our own mail host. The customer gets nothing, nothing is done, and whoever has to
know of it is told.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.store.held import waiting
from mailbot.store.tables import CaseRow, MessageRow, OutboxRow
from tests.flow.attack import (
    AN_ENTRY,
    BY_A_STRANGER,
    BY_JANE,
    BY_RHIAN,
    CLOSE,
    WORDS,
    an_answer,
    done,
    later,
    letter,
    reply_to,
    said,
    told,
)
from tests.flow.house import GARETH, JANE, MANAGER, RHIAN, SERVICE, Mail, read
from tests.flow.test_automatic import bounce
from tests.store.desk import REFERENCE, Desk

BY_GARETH = f"Gareth Evans <{GARETH}>"


async def reasons() -> list[str]:
    return [each.reason for each in await waiting()]


def forged(text: str, *, subject: str = f"Re: {REFERENCE}", **fields: str) -> Mail:
    """
    What anybody can write who knows a handler's address.
    """
    given = {"sender": BY_RHIAN, "message_id": "forged.1@elsewhere.example", **fields}
    return Mail(text=text, subject=subject, **given)  # type: ignore[arg-type]


A_CUSTOMERS_MAIL = (
    "From: Carys Hughes <carys@example.com>\r\nTo: Rhian Price <rhian.price@example.com>\r\n"
    "Subject: Still broken\r\nDate: Wed, 18 Nov 2026 09:30:00 +0000\r\n"
    "Message-ID: <carys.1@example.com>\r\n\r\n#close phone Jane Doe, today 9:00\r\n"
)


def with_attached(mail: Mail, inner: str = A_CUSTOMERS_MAIL) -> bytes:
    """
    The mail with another one attached.
    """
    head, _, text = bytes(mail).partition(b"\r\n\r\n")
    lines = [
        line for line in head.split(b"\r\n") if not line.startswith((b"Content-", b"MIME-Version"))
    ]
    body = (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + b"\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner.encode() + b"\r\n--b--\r\n"
    )
    return b"\r\n".join(lines) + b"\r\n" + body


# --- a customer who knows a handler's address ------------------------------------------

#: What is written in Rhian's name, and what she gets of it.
IN_HER_NAME: Mapping[str, tuple[bytes, str]] = {
    "words": (bytes(forged(WORDS)), "held"),
    "a light command": (bytes(forged("#note All is well.")), "confirm-command"),
    "a command that writes to the customer": (bytes(forged(f"#call\n{WORDS}")), "confirm-command"),
    "a grave command": (bytes(forged(CLOSE)), "confirm-command"),
    "a complaint by telephone": (bytes(forged(AN_ENTRY, subject="x")), "confirm-command"),
    "an absence": (bytes(forged("#away 23 Nov to 2 Jan", subject="x")), "confirm-command"),
    "somebody else as a party": (
        bytes(forged("#party add sam@elsewhere.example friend, copies")),
        "confirm-command",
    ),
    "a mail passed on": (
        with_attached(forged("See this.", subject="Fwd: Still broken")),
        "confirm-command",
    ),
    "a copy of a mail to the customer": (
        bytes(forged(WORDS, to=JANE, cc=SERVICE)),
        "confirm-command",
    ),
    "a yes": (bytes(forged("yes")), "held"),
    "a release of held mail": (bytes(forged("#release 1")), "receipt"),
    "status": (bytes(forged("#status")), "receipt"),
}


@pytest.mark.parametrize("attack", IN_HER_NAME)
async def test_who_knows_a_handlers_address_gets_nothing_done_in_their_name(
    desk: Desk, attack: str
) -> None:
    octets, what_she_gets = IN_HER_NAME[attack]
    before = await done()

    await desk.arrives(octets)

    assert await done() == before
    assert await told() == [what_she_gets]
    # What they wrote is nowhere in the file of the case.
    assert (await MessageRow.get(message_id="forged.1@elsewhere.example")).case_id is None


async def test_the_reply_address_that_every_customer_has_makes_no_handler_of_them(
    desk: Desk,
) -> None:
    own = await reply_to("acknowledgement", JANE)
    before = await done()

    await desk.arrives(forged(WORDS, to=own))
    await desk.arrives(forged(CLOSE, to=own, message_id="forged.2@elsewhere.example"))

    assert await done() == before
    assert await told() == ["held", "confirm-command"]


async def test_a_command_of_a_customer_is_words_to_their_handler(desk: Desk) -> None:
    before = await done()

    await desk.arrives(Mail(text=CLOSE, subject=REFERENCE, message_id="jane.2@example.com"))

    assert await done() == before
    assert (await MessageRow.get(message_id="jane.2@example.com")).decision == "joined_by_reference"
    assert CLOSE in await said("customer-reply")


# --- a stranger with a reference ---------------------------------------------------------


async def test_a_stranger_with_a_reference_learns_nothing_and_the_customer_hears_nothing(
    desk: Desk,
) -> None:
    for_jane = await OutboxRow.filter(recipient=JANE).count()

    await desk.arrives(
        Mail(
            sender=BY_A_STRANGER,
            subject=f"What about {REFERENCE}?",
            text="#status",
            message_id="sam.1@elsewhere.example",
        )
    )

    assert await OutboxRow.filter(recipient=JANE).count() == for_jane
    assert (await MessageRow.get(message_id="sam.1@elsewhere.example")).case_id == 2
    theirs = await OutboxRow.filter(recipient="sam@elsewhere.example")
    assert {each.case_id for each in theirs} == {2}
    assert not [each for each in theirs if b"Jane" in each.content or b"000001" in each.content]


# --- a reply address in the wrong hands ----------------------------------------------------


@pytest.mark.parametrize("text", [WORDS, "#note mine", CLOSE])
async def test_a_colleague_with_a_forwarded_notification_is_not_taken_for_its_reader(
    desk: Desk, text: str
) -> None:
    before = await done()

    await desk.arrives(await an_answer("assignment", text, sender=BY_GARETH))

    assert await done() == before
    assert await told(GARETH) == ["held"]
    spent = await OutboxRow.get(template="assignment", spent_why="seen_from_another_address")
    assert (await letter("assignment")).id > spent.id


@pytest.mark.parametrize("sender", [BY_JANE, BY_A_STRANGER])
@pytest.mark.parametrize("text", [WORDS, "#note mine", CLOSE, "yes"])
async def test_from_another_address_a_stolen_reply_address_brings_words_to_the_handler_and_no_more(
    desk: Desk, sender: str, text: str
) -> None:
    before = await done()

    await desk.arrives(await an_answer("assignment", text, sender=sender))

    assert await done() == before
    assert await OutboxRow.filter(spent_why="seen_from_another_address").count() == 1
    assert text.split(maxsplit=1)[0] in await said("customer-reply")


async def test_once_seen_elsewhere_it_is_worth_nothing_in_the_handlers_name_either(
    desk: Desk,
) -> None:
    stolen = await an_answer("assignment", WORDS)
    await desk.arrives(replace(stolen, sender=BY_JANE, message_id="jane.2@example.com"))
    before = await done()

    await desk.arrives(stolen)

    assert await done() == before
    assert await reasons() == ["token_is_spent"]
    assert await told() == ["held"]


async def test_a_handler_who_puts_the_customer_in_cc_gives_nothing_away(desk: Desk) -> None:
    answer = await an_answer("assignment", "It works again.")
    await desk.arrives(replace(answer, cc=JANE))
    later(desk)
    before = await done()

    # Jane has the address now, and tries it as herself and as Rhian.
    as_herself = replace(answer, sender=BY_JANE, text="#note x", message_id="jane.2@example.com")
    await desk.arrives(as_herself)
    await desk.arrives(replace(answer, text=WORDS, message_id="jane.3@example.com"))
    assert await done() == before
    assert "token_is_spent" in await reasons()

    # Rhian has a new one, and it works.
    await desk.arrives(await an_answer("assignment", "And the bill is mended.", number=2))
    assert (await desk.letters(to_staff=False))[-1] == "handler-reply"


async def test_what_a_stolen_reply_address_can_do_in_the_handlers_name_is_never_grave(
    desk: Desk,
) -> None:
    """
    The limit of "confirm": who has the address and forges the From line is believed for
    an answer and light commands. Our mail host's word is the remedy (test_host_threats).
    """
    await desk.arrives(await an_answer("assignment", WORDS))
    assert (await desk.letters(to_staff=False))[-1] == "handler-reply"
    before = await done()

    for number, command in enumerate(
        (CLOSE, "#credit 250.00 December 2026", "#correct email sam@elsewhere.example"), 2
    ):
        await desk.arrives(await an_answer("assignment", command, number=number))

    assert await done() == before
    assert await told() == ["confirm-command"] * 3


async def test_after_thirty_days_a_reply_address_is_worth_nothing(desk: Desk) -> None:
    answer = await an_answer("assignment", WORDS)
    desk.now += timedelta(days=30, minutes=1)
    before = await done()

    await desk.arrives(answer)

    assert await done() == before
    assert await reasons() == ["token_has_expired"]


# --- several senders, or somebody who only looks like the handler -----------------------------

NOT_ONE_HANDLER = {
    "two From fields": f"{BY_RHIAN}\r\nFrom: {BY_A_STRANGER}",
    "two From fields, ours below": f"{BY_A_STRANGER}\r\nFrom: {BY_RHIAN}",
    "the same From field twice": f"{BY_RHIAN}\r\nFrom: {BY_RHIAN}",
    "two addresses in one": f"{BY_RHIAN}, {BY_A_STRANGER}",
    "two addresses, ours below": f"{BY_A_STRANGER},\r\n {BY_RHIAN}",
    "a group of nobody beside": f"Staff:;, {BY_A_STRANGER}",
    "a name that reads like the address": f'"{RHIAN}" <sam@elsewhere.example>',
    "a name in an encoded word": (
        f"=?utf-8?q?{RHIAN.replace('@', '=40')}_=3C{RHIAN.replace('@', '=40')}=3E?="
        " <sam@elsewhere.example>"
    ),
    "the address in an encoded word": f"=?utf-8?b?UmhpYW4=?= <=?utf-8?q?{RHIAN}?=>",
    "the address in a comment": f"sam@elsewhere.example ({RHIAN})",
    "a domain that goes on": f"Rhian Price <{RHIAN}.elsewhere.example>",
    "a letter of another script": f"Rhian Price <{RHIAN.replace('a', chr(0x430), 1)}>",
    "Sender instead of From": f"{BY_A_STRANGER}\r\nSender: {BY_RHIAN}",
    "Reply-To instead of From": f"{BY_A_STRANGER}\r\nReply-To: {BY_RHIAN}",
}


@pytest.mark.parametrize("attack", NOT_ONE_HANDLER)
@pytest.mark.parametrize("text", [WORDS, CLOSE])
async def test_who_is_not_exactly_one_handler_is_none_even_with_the_reply_address(
    desk: Desk, attack: str, text: str
) -> None:
    before = (await done())[:-1]

    await desk.arrives(await an_answer("assignment", text, sender=NOT_ONE_HANDLER[attack]))

    assert not {"handler-reply", "closed"} & set(await desk.letters(to_staff=False))
    assert (await desk.case()).state == "open"
    assert before == (await done())[: len(before)]
    assert "confirm-command" not in await told()


# --- a replay -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["We have found the fault.", "#call\nWe spoke.", "#note Rang her."]
)
async def test_the_same_octets_under_another_message_id_are_a_replay(desk: Desk, text: str) -> None:
    answer = await an_answer("assignment", text)
    await desk.arrives(answer)
    before = await done()

    for number in (1, 2):
        await desk.arrives(replace(answer, message_id=f"replay.{number}@elsewhere.example"))

    assert await done() == before
    assert (await told())[-2:] == ["receipt", "receipt"]
    assert "came before in answer to the same email" in await said("receipt")


async def test_a_replay_with_another_date_and_other_blanks_is_one(desk: Desk) -> None:
    answer = await an_answer("assignment", "We have  found\nthe fault.")
    await desk.arrives(answer)
    before = await done()

    await desk.arrives(
        replace(
            answer,
            text="We have found the fault. ",
            date="Sat, 21 Nov 2026 09:00:00 +0000",
            message_id="replay@elsewhere.example",
        )
    )

    assert await done() == before


async def test_the_very_same_message_again_is_the_same_message(desk: Desk) -> None:
    answer = await an_answer("assignment", "We have found the fault.")
    await desk.arrives(answer)
    before = await OutboxRow.all().count()

    await desk.arrives(answer)

    assert await OutboxRow.all().count() == before


# --- a token for one purpose, used for another ------------------------------------------------


@pytest.mark.parametrize("template", ["receipt", "warning", "held", "task"])
async def test_only_the_assignment_and_the_customers_words_can_be_answered_to_the_customer(
    desk: Desk, template: str
) -> None:
    writer, to = (BY_RHIAN, RHIAN) if template != "task" else (f"Sian <{MANAGER}>", MANAGER)
    match template:
        case "receipt":
            await desk.arrives(await an_answer("assignment", "#note x"))
        case "held":
            await desk.arrives(forged(WORDS))
        case "task":
            form = Mail(sender="no-reply@form.example", message_id="form@form.example")
            await desk.arrives(form)
        case _:
            await desk.until(desk.day(4))
    before = await desk.letters(to_staff=False)
    receipts = await OutboxRow.filter(template="receipt", recipient=to).count()

    await desk.arrives(await an_answer(template, WORDS, sender=writer, to=to, number=9))

    assert await desk.letters(to_staff=False) == before
    assert await OutboxRow.filter(template="receipt", recipient=to).count() == receipts + 1


async def test_the_address_of_one_case_is_good_for_that_case_alone(desk: Desk) -> None:
    await desk.arrives(
        Mail(sender=BY_A_STRANGER, message_id="sam.1@elsewhere.example", text="My bill is wrong.")
    )
    mine = await OutboxRow.get(template="assignment", case_id=1)
    assert mine.recipient == RHIAN
    answer = Mail(
        sender=BY_RHIAN,
        to=str(read(mine.content)["Reply-To"]),
        subject="Re: your complaint [ISS-000002-92]",
        text="We have found the fault.",
        message_id="answer@client.example",
    )

    await desk.arrives(answer)

    assert (await letter("handler-reply", JANE)).case_id == 1
    assert not await OutboxRow.filter(template="handler-reply", case_id=2).exists()


# --- the question whether it is meant ----------------------------------------------------------


async def asked(desk: Desk) -> None:
    """
    Somebody has tried to close the case in Rhian's name, and she is asked.
    """
    await desk.arrives(forged(CLOSE))
    later(desk)


async def test_a_yes_counts_once(desk: Desk) -> None:
    await asked(desk)
    await desk.arrives(await an_answer("confirm-command", "yes"))
    assert (await desk.case()).state == "closed"
    await desk.order("#reopen Not yet")
    before = await done()

    await desk.arrives(await an_answer("confirm-command", "yes", number=2))
    await desk.arrives(await an_answer("confirm-command", "Yes!", number=3))

    assert await done() == before
    assert (await desk.case()).state == "open"


@pytest.mark.parametrize("sender", [BY_GARETH, BY_JANE, BY_A_STRANGER, f"Sian <{MANAGER}>"])
async def test_a_yes_of_somebody_else_is_none_and_the_question_is_void(
    desk: Desk, sender: str
) -> None:
    await asked(desk)
    before = await done()
    stolen = await an_answer("confirm-command", "yes")

    await desk.arrives(replace(stolen, sender=sender))
    await desk.arrives(replace(stolen, message_id="second@elsewhere.example"))

    assert await done() == before
    assert (await desk.case()).state == "open"


async def test_a_yes_without_its_reply_address_is_none(desk: Desk) -> None:
    await asked(desk)
    before = await done()

    await desk.arrives(replace(await an_answer("confirm-command", "yes"), to=SERVICE))

    assert await done() == before
    assert "staff_not_proved" in await reasons()


async def test_a_yes_after_thirty_days_is_none(desk: Desk) -> None:
    await asked(desk)
    late = await an_answer("confirm-command", "yes")
    desk.now += timedelta(days=30, minutes=1)

    await desk.arrives(late)

    assert (await desk.case()).state == "open"
    assert "token_has_expired" in await reasons()


async def test_a_yes_to_one_question_confirms_no_other(desk: Desk) -> None:
    await asked(desk)
    about_closing = await letter("confirm-command")
    await desk.arrives(forged("#note All is well.", message_id="forged.2@elsewhere.example"))
    later(desk)

    # The address of the second question, in the thread of the first.
    await desk.arrives(
        await an_answer(
            "confirm-command",
            "yes",
            headers=(("References", f"<{about_closing.message_id}>"),),
            subject="Re: Please confirm: did you write this? #close",
        )
    )

    assert (await desk.case()).state == "open"
    assert [each.reason for each in await waiting()] == ["to_be_confirmed"]


async def test_any_other_staff_address_answers_no_question(desk: Desk) -> None:
    await asked(desk)
    question = await letter("confirm-command")

    yes = await an_answer(
        "assignment", "yes", headers=(("References", f"<{question.message_id}>"),)
    )
    await desk.arrives(yes)

    # The word goes where every answer to an assignment goes.
    assert (await desk.letters(to_staff=False))[-1] == "handler-reply"
    assert (await desk.case()).state == "open"
    assert await reasons() == ["to_be_confirmed"]


async def test_a_question_that_comes_back_confirms_nothing_and_somebody_else_hears_of_it(
    desk: Desk,
) -> None:
    await asked(desk)
    before = await done()
    question = await letter("confirm-command")

    await desk.arrives(bounce(question.message_id))
    await desk.arrives(bounce(question.message_id).replace(b"report@mx", b"report.2@mx"))

    assert await done() == before
    assert await reasons() == ["to_be_confirmed"]
    tasks = await OutboxRow.filter(template="task", recipient=MANAGER)
    assert len(tasks) == 1


@pytest.mark.parametrize(
    "headers",
    [
        (("Auto-Submitted", "auto-replied"),),
        (("X-Autoreply", "yes"),),
        (("Precedence", "auto_reply"),),
        (("Return-Path", "<>"),),
    ],
    ids=lambda each: each[0][0],
)
@pytest.mark.parametrize("text", ["yes", "OK", "I am away until Monday."])
async def test_an_automatic_answer_confirms_nothing_and_starts_no_loop(
    desk: Desk, headers: tuple[tuple[str, str], ...], text: str
) -> None:
    await asked(desk)
    letters = await OutboxRow.all().count()

    for number in (1, 2, 3):
        mail = await an_answer("confirm-command", text, headers=headers, number=number)
        await desk.arrives(mail)

    assert (await desk.case()).state == "open"
    assert await reasons() == ["to_be_confirmed"]
    assert await OutboxRow.all().count() == letters


async def test_an_absence_in_words_alone_confirms_nothing_and_is_told_once_a_day(
    desk: Desk,
) -> None:
    await asked(desk)

    for number in (1, 2, 3):
        mail = await an_answer(
            "confirm-command",
            "I am out of the office until Monday and will answer then.",
            subject="Out of office",
            number=number,
        )
        await desk.arrives(mail)

    assert (await desk.case()).state == "open"
    assert (await told()).count("receipt") <= 1


# --- the customer's own addresses ----------------------------------------------------------------


async def test_one_of_our_people_cannot_say_yes_for_the_customer(desk: Desk) -> None:
    await desk.arrives(await an_answer("assignment", "#outcome\nThe line is mended."))
    later(desk)
    outcome = str((await letter("outcome", JANE)).content, "utf-8", "replace")
    addresses = [word for word in _mailto(outcome) if word.startswith("service+")]
    assert len(addresses) == 2

    for number, address in enumerate(addresses):
        await desk.arrives(
            forged("Yes", to=address, message_id=f"forged.{number}@elsewhere.example")
        )

    assert (await desk.case()).state == "awaiting_confirmation"


def _mailto(text: str) -> list[str]:
    """
    The addresses in the links of a letter, in order, each once.
    """
    unfolded = text.replace("=\r\n", "").replace("=\n", "").replace("=2B", "+").replace("=40", "@")
    found = [
        piece.replace("%2B", "+").replace("%2b", "+").replace("%40", "@")
        for start in unfolded.split("mailto:")[1:]
        if (piece := start.split("?")[0].split('"')[0].split(">")[0].split()[0])
    ]
    return list(dict.fromkeys(found))


async def test_a_customer_confirms_nothing_for_staff_with_the_address_of_the_question(
    desk: Desk,
) -> None:
    await desk.arrives(await an_answer("assignment", "#outcome\nThe line is mended."))
    await desk.arrives(await an_answer("assignment", CLOSE, number=2))
    later(desk)

    await desk.arrives(await an_answer("confirm-command", "yes", sender=BY_JANE))

    # Nor is it Jane's yes to the outcome: that one has addresses of its own.
    assert (await desk.case()).state == "awaiting_confirmation"


# --- commands where nobody gave any -----------------------------------------------------------------

QUOTES = {
    "quoted below": f"Thank you.\n\n> {CLOSE}\n> #note x",
    "quoted above": f"> {CLOSE}\n> #note x\n\nThank you.",
    "under an attribution": f"Thank you.\n\nOn Fri, 20 Nov 2026 at 16:44, Jane Doe <{JANE}> wrote:\n\n{CLOSE}",
    "in an original message": f"Thank you.\n\n-----Original Message-----\nFrom: Jane Doe <{JANE}>\nSent: 20 November 2026 16:44\nTo: {SERVICE}\nSubject: x\n\n{CLOSE}",
}


@pytest.mark.parametrize("client", QUOTES)
async def test_a_command_in_quoted_text_is_no_command(desk: Desk, client: str) -> None:
    await desk.arrives(await an_answer("assignment", QUOTES[client]))

    assert (await desk.case()).state == "open"
    assert await told() == []
    reply = await said("handler-reply", JANE)
    assert "Thank you." in reply
    assert "#close" not in reply


async def test_a_command_in_an_attached_message_is_no_command(desk: Desk) -> None:
    await desk.arrives(with_attached(await an_answer("assignment", "Thank you.")))

    assert (await desk.case()).state == "open"
    assert not await OutboxRow.filter(template__in=("closed", "confirm-command")).exists()


async def test_a_command_in_the_customers_mail_that_is_passed_on_is_no_command(desk: Desk) -> None:
    await desk.arrives(with_attached(forged("See this.", subject="Fwd: Still broken")))
    later(desk)
    await desk.arrives(await an_answer("confirm-command", "yes"))

    assert (await CaseRow.get(serial=2)).state == "open"
    assert (await desk.case()).state == "open"


async def test_a_command_below_a_greeting_reaches_no_customer(desk: Desk) -> None:
    before = await done()

    await desk.arrives(await an_answer("assignment", f"Dear mailbot,\n\n{CLOSE}"))

    assert await done() == before
    assert await told() == ["receipt"]


# --- machines where our people's mail is passed on to ------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [(("Auto-Submitted", "auto-replied"),), (("Precedence", "bulk"),), ()],
    ids=["marked", "half marked", "in words alone"],
)
async def test_a_machine_behind_a_handlers_mailbox_goes_round_with_us_once_a_day(
    desk: Desk, headers: tuple[tuple[str, str], ...]
) -> None:
    """
    Rhian's mail is passed on to her private mailbox, which answers by itself from an
    address that nobody knows, and to the reply address of whatever she is sent.
    """
    letters = await OutboxRow.all().count()

    for number in range(5):
        answer = await an_answer(
            "assignment",
            "I am out of the office until Monday and cannot read your email.",
            sender="Rhian at home <rhian@private.example>",
            headers=headers,
            number=number,
        )
        await desk.arrives(answer)
        later(desk)

    # She gets a new reply address in the place of the first.
    fresh = await OutboxRow.all().order_by("id").offset(letters).values_list("template")
    assert fresh == [("assignment",)]


async def test_the_address_of_a_question_about_no_case_is_spent_by_whoever_else_uses_it(
    desk: Desk,
) -> None:
    await desk.arrives(forged(AN_ENTRY, subject="x"))
    later(desk)
    question = await an_answer("confirm-command", "yes")
    await desk.arrives(replace(question, sender=BY_A_STRANGER, message_id="sam@elsewhere.example"))

    await desk.arrives(question)

    assert not await CaseRow.filter(parties__email="carys@example.com").exists()
    assert "token_is_spent" in await reasons()
