"""
A case with somebody else in it, from stranger to reader to stranger, by mail alone.
"""

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
    staff_secrets,
    template_of,
    templates,
    text_of,
)
from tests.servers.smtp import Received

BOB = "bob@solicitors.example.org"
BY_RHIAN = f"Rhian Price <{RHIAN}>"
BY_BOB = f"Bob Jones <{BOB}>"
_YES = "Yes"


def read_by(received: list[Received]) -> list[tuple[str, str]]:
    """
    Who got what, of the mail that one message caused.
    """
    return sorted((each.rcpt_to[0], template_of(each)) for each in received)


async def ordered(house: House, command: str, number: int) -> list[Received]:
    """
    A grave command by mail, and the yes to the question whether it is meant.
    """
    asked = await house.take_in(
        an_answer(
            house.sent("assignment")[0],
            command,
            sender=BY_RHIAN,
            message_id=f"order.{number}@client.example.com",
        )
    )
    assert templates(asked) == ["confirm-command"]
    assert command in text_of(asked[0])
    return await house.take_in(an_answer(asked[0], _YES, sender=BY_RHIAN))


async def test_a_solicitor_is_a_stranger_then_reads_along_and_is_a_stranger_again(
    house: House,
) -> None:
    await house.take_in(Mail())
    house.clock.move(hours=1)

    # Jane has forwarded our introduction: Bob's answer is signed evidence, and no more.
    forwarded = an_answer(house.one("introduction"), "I act for her.", sender=BY_BOB)
    stranger = await house.take_in(forwarded)
    assert read_by(stranger) == [(RHIAN, "customer-reply")]
    assert f"came from another address: {BOB}" in text_of(stranger[0])

    house.clock.move(hours=1)
    added = await ordered(house, f"#party add {BOB} solicitor, copies", 1)
    assert read_by(added) == [(JANE, "party"), (RHIAN, "receipt")]
    assert BOB in text_of(house.one("party"))
    assert "From now on somebody else gets a copy" in text_of(house.one("party"))
    assert "only the customer can confirm" in text_of(added[-1]) + text_of(added[0])

    house.clock.move(hours=1)
    written = await house.take_in(
        Mail(
            sender=BY_BOB,
            subject="ISS-000001-95, dead line",
            text="When will an engineer come?",
            message_id="bob.1@solicitors.example.org",
        )
    )
    assert read_by(written) == [(RHIAN, "customer-reply")]
    shown = text_of(written[0])
    assert f"Somebody else wrote this message: {BOB}, solicitor." in shown
    assert f"A copy of it goes to {BOB} (solicitor)." in shown

    answered = await house.take_in(an_answer(written[0], "On Tuesday, Jane.", sender=BY_RHIAN))
    assert read_by(answered) == sorted([(JANE, "handler-reply"), (BOB, "copy")])
    copy, letter = house.one("copy"), house.one("handler-reply")
    assert "On Tuesday, Jane." in text_of(copy)
    assert "names you in this role: solicitor." in text_of(copy)
    assert reply_address(copy) not in {reply_address(letter), SERVICE}
    assert id_of(copy) != id_of(letter)
    assert not set(ids_of(copy)) & {*ids_of(letter), id_of(letter)}
    assert JANE not in str(read(copy)["To"])
    assert staff_secrets(copy.content) == []

    house.clock.move(hours=1)
    replied = await house.take_in(an_answer(copy, "Tuesday is fine.", sender=BY_BOB))
    assert read_by(replied) == [(RHIAN, "customer-reply")]
    assert f"{BOB}, solicitor" in text_of(replied[0])

    house.clock.move(hours=1)
    removed = await ordered(house, f"#party remove {BOB}", 2)
    assert read_by(removed) == [(JANE, "party"), (RHIAN, "receipt")]
    assert "no longer gets copies" in text_of(house.sent("party")[-1])

    house.clock.move(hours=1)
    alone = await house.take_in(
        an_answer(
            replied[0], "All done, Jane.", sender=BY_RHIAN, message_id="done@client.example.com"
        )
    )
    assert read_by(alone) == [(JANE, "handler-reply")]
    later = await house.take_in(
        Mail(
            sender=BY_BOB,
            subject="ISS-000001-95 again",
            text="What came of it?",
            message_id="bob.2@solicitors.example.org",
        )
    )
    assert read_by([each for each in later if each.rcpt_to == (BOB,)]) == [
        (BOB, "acknowledgement"),
        (BOB, "introduction"),
    ]
    assert all(b"000001" not in each.content for each in later if each.rcpt_to == (BOB,))
    assert JANE not in {each.rcpt_to[0] for each in later}


async def test_a_party_that_is_said_wrong_is_answered_with_what_to_write(house: House) -> None:
    await house.take_in(Mail())
    fresh = await house.take_in(
        an_answer(house.one("assignment"), f"#party {BOB}", sender=BY_RHIAN)
    )

    assert read_by(fresh) == [(RHIAN, "receipt")]
    said = " ".join(text_of(fresh[0]).split())
    assert '"#party add jane@example.com representative"' in said
    assert '"#party remove jane@example.com"' in said
