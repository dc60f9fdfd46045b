"""
Who else has a role in a case, and the copies that some of them get: rows and octets.
"""

from dataclasses import replace
from email.utils import getaddresses, parseaddr

import pytest

from mailbot.cases.letter import COPY
from mailbot.cases.letter_status import Paused, Status
from mailbot.letters.office import Office
from mailbot.store import query, retention
from mailbot.store.tables import CaseRow, ObligationRow, OutboxRow, PartyRow
from mailbot.workers import orders
from tests.flow.house import Mail, ids_of, read, staff_secrets, text_of
from tests.store.desk import REFERENCE, Desk

BOB, CAROL = "bob@example.net", "carol@example.net"
ADD_BOB = f"#party add {BOB} solicitor, copies"


@pytest.fixture
async def desk(office: Office) -> Desk:
    """
    A desk with the complaint of Friday on it.
    """
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.until(desk.day(3))
    return desk


async def copies(to: str = BOB) -> list[OutboxRow]:
    return await OutboxRow.filter(template=COPY, recipient=to).order_by("id")


async def copied(to: str = BOB) -> list[str]:
    """
    The templates of the letters that they got copies of, each with its status.
    """
    return [f"{each.occasion.partition('.')[0]} {each.status}" for each in await copies(to)]


async def original(template: str) -> OutboxRow:
    return await OutboxRow.get(template=template)


def from_bob(**fields: str) -> Mail:
    given = {
        "sender": f"Bob <{BOB}>",
        "subject": f"About {REFERENCE}",
        "text": "I write for her.",
        "message_id": "bob@example.net",
    }
    return Mail(**(given | fields))  # type: ignore[arg-type]


# --- a copy as it leaves ----------------------------------------------------------


async def test_a_copy_is_a_mail_of_its_own_in_a_thread_of_its_readers_own(desk: Desk) -> None:
    await desk.order(ADD_BOB)
    await desk.order("#outcome\nMended.")
    (row,) = await copies()
    letter, copy = read((await original("outcome")).content), read(row.content)
    bob = await PartyRow.get(email_key=BOB)

    assert getaddresses([str(copy["To"])]) == [("", BOB)]
    assert copy["Cc"] is copy["Bcc"] is None
    assert copy["Message-ID"] != letter["Message-ID"]
    assert bob.token in parseaddr(str(copy["Reply-To"]))[1]
    assert ids_of(row.content) == [bob.anchor]
    assert copy["Auto-Submitted"] == "auto-generated"
    text = text_of(row.content).replace("\r\n", "\n")
    assert text.startswith("Hello,\n\nThis is a copy of a letter from us to Jane Doe.")
    assert "names you in this role: solicitor." in text
    assert "Dear Jane Doe,\n\nWe have looked into your complaint." in text
    assert "Mended." in text


async def test_whoever_is_added_in_the_mail_of_the_outcome_has_a_thread_already(desk: Desk) -> None:
    await desk.order(f"{ADD_BOB}\n#outcome\nMended.")
    (row,) = await copies()
    bob = await PartyRow.get(email_key=BOB)

    assert bob.token in str(read(row.content)["Reply-To"])
    assert ids_of(row.content) == [bob.anchor]


async def test_no_octet_of_a_copy_is_a_key_to_the_case_that_is_not_its_readers(desk: Desk) -> None:
    await desk.order(ADD_BOB)
    await desk.arrives(await desk.answer_to("assignment", "We are on our way."))
    for order in ("#contact wed 14:00", "#call\nSpoke.", "#credit 5.00 July 2027", "#outcome\nOK."):
        assert (await desk.order(order)).is_done
    await desk.until(desk.day(43))
    jane = await PartyRow.get(role="complainant")
    others = await OutboxRow.exclude(template=COPY).values_list("nonce", flat=True)
    rows = await copies()

    assert {each.occasion.partition(".")[0] for each in rows} >= {
        *("handler-reply", "contact-agreed", "call-summary", "credit", "outcome"),
        *("confirm-reminder", "adr-rights"),
    }
    for row in rows:
        whole = row.content + b"".join(
            str(part.get_content()).encode()
            for part in read(row.content).walk()
            if part.get_content_maintype() == "text"
        )
        assert staff_secrets(row.content) == []
        assert not [each for each in others if str(each).encode() in whole]
        assert jane.token_nonce.encode() not in whole
        assert b"one word yes" not in whole
        assert b"BEGIN:VCALENDAR" not in whole


async def test_the_customers_yes_counts_although_a_copy_of_the_outcome_is_newer(desk: Desk) -> None:
    await desk.order(ADD_BOB)
    await desk.order("#outcome\nMended.")
    await desk.arrives(await desk.answer_to("outcome", "Yes"))

    assert (await desk.case()).state == "closed"


async def test_a_readers_yes_to_the_copy_closes_nothing_and_is_shown(desk: Desk) -> None:
    await desk.order(ADD_BOB)
    await desk.order("#outcome\nMended.")
    recorded = await desk.arrives(await desk.answer_to(COPY, "Yes"))
    shown = await OutboxRow.filter(template="customer-reply").order_by("-id").first()

    assert recorded.case == REFERENCE
    assert (await desk.case()).state == "awaiting_confirmation"
    assert shown
    text = text_of(shown.content)
    assert f"Somebody else wrote this message: {BOB}, solicitor." in text
    assert "Your answer does not go there. It goes to the customer" in text
    assert f"A copy of it goes to {BOB} (solicitor)." in text
    assert "What they wrote" in text


async def test_the_answer_to_what_a_party_wrote_goes_to_the_customer(desk: Desk) -> None:
    await desk.order(f"#party add {BOB} solicitor")
    await desk.arrives(from_bob())
    await desk.arrives(await desk.answer_to("customer-reply", "Thank you both."))

    assert (await original("handler-reply")).recipient == "jane@example.com"
    assert await OutboxRow.filter(recipient=BOB).count() == 0


# --- what holds for the letter holds for its copy -------------------------------------


async def test_while_automatic_mail_is_paused_only_copies_of_what_is_never_paused_go(
    desk: Desk,
) -> None:
    await desk.order(ADD_BOB)
    await orders.pause(Paused.AUTOMATIC, "Olwen", "a test", desk.now)
    await desk.order("#contact wed 14:00")
    await desk.arrives(await desk.answer_to("assignment", "We are on our way."))
    await desk.until(desk.day(42))

    told = await copied()
    assert "contact-agreed queued" in told
    assert {"handler-reply sent", "adr-rights sent"} <= set(told)


async def test_a_copy_goes_the_way_of_a_letter_that_has_become_pointless(desk: Desk) -> None:
    await desk.order(ADD_BOB)
    await orders.pause(Paused.AUTOMATIC, "Olwen", "a test", desk.now)
    await desk.until(desk.day(5))
    assert await copied() == ["follow-up queued"]

    await desk.order("#contact fri 14:00")

    assert await copied() == ["follow-up withdrawn", "contact-agreed queued"]


async def test_a_copy_of_a_letter_that_went_before_does_not_follow(desk: Desk) -> None:
    rights_on = desk.day(42)
    await desk.until(rights_on)
    await desk.order(ADD_BOB)
    await desk.order("#not-eligible larger")
    await desk.order("#eligible")

    assert await copied() == []


async def test_who_is_removed_gets_nothing_that_still_waits(desk: Desk) -> None:
    await desk.order(ADD_BOB)
    await orders.pause(Paused.EVERYTHING, "Olwen", "a test", desk.now)
    await desk.order("#outcome\nMended.")
    await desk.order(f"#party remove {BOB}")
    await orders.pause(Paused.NOTHING, "Olwen", "a test", desk.now)
    await desk.deliver()

    assert await copied() == ["outcome withdrawn"]
    assert (await original("outcome")).status == Status.SENT


async def test_a_copy_keeps_no_promise_and_its_bounce_is_a_task(desk: Desk) -> None:
    await desk.order(ADD_BOB)
    await desk.until(desk.day(42))
    met = await ObligationRow.get(promise="adr_rights")
    row = await OutboxRow.get(template=COPY, occasion__startswith="adr-rights.")
    bounce = Mail(
        sender="MAILER-DAEMON@example.net",
        subject="Undelivered Mail Returned to Sender",
        text=f"I'm sorry, <{BOB}> could not be reached: 550 5.1.1 User unknown",
        message_id="bounce@example.net",
        headers=(("In-Reply-To", f"<{row.message_id}>"), ("X-Failed-Recipients", BOB)),
    )
    await desk.arrives(bounce)
    await row.refresh_from_db()

    assert row.message_id not in met.evidence
    assert row.status == Status.BOUNCED
    assert await desk.states("adr_rights") == ["met"]
    task = await OutboxRow.filter(template="task").order_by("-id").first()
    assert task
    assert task.recipient == "rhian.price@infinitysystemsolutions.co.uk"
    assert "A copy of a letter could not be delivered" in text_of(task.content)


# --- who is one ------------------------------------------------------------------------


async def test_before_and_after_their_role_a_reference_gets_them_a_case_of_their_own(
    desk: Desk,
) -> None:
    before = await desk.arrives(from_bob(message_id="b1@example.net"))
    await desk.order(ADD_BOB)
    during = await desk.arrives(from_bob(message_id="b2@example.net", text="And more."))
    await desk.order(f"#party remove {BOB}")
    after = await desk.arrives(from_bob(message_id="b3@example.net", text="And yet more."))

    assert (before.action, during.action, after.action) == ("open", "join", "open")
    assert before.case != REFERENCE
    assert (during.case, during.reason) == (REFERENCE, "joined_by_reference")
    assert after.case not in {before.case, REFERENCE}


async def test_what_somebody_removed_answers_is_shown_as_from_another_address(desk: Desk) -> None:
    await desk.order(ADD_BOB)
    await desk.order("#contact wed 14:00")
    answer = await desk.answer_to(COPY, "Wednesday is no good.")
    await desk.order(f"#party remove {BOB}")
    by_id = await desk.arrives(answer)
    by_address = await desk.arrives(
        replace(answer, headers=(), message_id="later@example.net", text="Nor is Thursday.")
    )

    for recorded in (by_id, by_address):
        assert (recorded.case, recorded.reason) == (REFERENCE, "from_another_address")
        assert recorded.letters == ("customer-reply",)


async def test_who_comes_back_has_the_same_thread_and_who_never_left_has_one_row(
    desk: Desk,
) -> None:
    await desk.order(ADD_BOB)
    first = await PartyRow.get(email_key=BOB)
    await desk.order(f"#party remove {BOB}")
    gone = await PartyRow.get(email_key=BOB)
    await desk.order(f"#party add {BOB} friend")
    again = await PartyRow.get(email_key=BOB)

    assert gone.removed_at is not None
    assert not gone.gets_copies
    assert (again.id, again.token, again.role) == (first.id, first.token, "friend")
    assert (again.removed_at, again.gets_copies) == (None, False)


async def test_the_address_of_somebody_removed_can_become_the_customers(desk: Desk) -> None:
    await desk.order(ADD_BOB)
    await desk.order(f"#party remove {BOB}")
    assert (await desk.order(f"#correct email {BOB}")).is_done
    await desk.order("#contact wed 14:00")

    jane = await PartyRow.get(email_key=BOB)
    assert jane.role == "complainant"
    assert (await original("contact-agreed")).recipient == BOB
    assert await copied() == []


async def test_until_a_person_says_so_a_stranger_learns_nothing(desk: Desk) -> None:
    """
    Signed evidence from an address that nobody knows: filed, shown, owed an answer to the
    customer, and nothing at all to that address.
    """
    forwarded = replace(
        await desk.answer_to("introduction", "Yes, it is resolved."),
        sender=f"Bob <{BOB}>",
        message_id="forwarded@example.net",
    )
    await desk.order("#outcome\nMended.")
    recorded = await desk.arrives(forwarded)

    assert (recorded.case, recorded.reason) == (REFERENCE, "from_another_address")
    assert recorded.letters == ("customer-reply",)
    assert "open" in await desk.states("answer")
    assert (await desk.case()).state == "awaiting_confirmation"
    assert await OutboxRow.filter(recipient=BOB).count() == 0
    assert await PartyRow.filter(email_key=BOB).count() == 0


async def test_copies_of_a_case_that_was_anonymised_tell_nobodys_address(desk: Desk) -> None:
    await desk.order(ADD_BOB)
    await desk.order("#outcome\nMended.")
    before = (await copies())[0]
    await desk.arrives(await desk.answer_to("outcome", "Yes"))
    case = await CaseRow.get(serial=1)
    past = retention.PastCase(
        serial=1,
        reference=case.reference,
        state=case.state,
        ended_at=desk.now,
        past_since=desk.now,
        revision=case.revision,
    )
    assert await orders.anonymise(past, "sian", desk.now)
    digest = before.occasion.split(".")[1]

    for row in await query.letters(1):
        assert digest not in f"{row.key} {row.occasion}"
        assert row.recipient != BOB
    assert await PartyRow.filter(gets_copies=True).count() == 0


async def test_a_copy_of_a_letter_said_in_the_same_breath_twice_is_said_once(desk: Desk) -> None:
    await desk.order(ADD_BOB)
    answer = await desk.answer_to("assignment", "We are on our way.")
    await desk.arrives(answer)
    await desk.arrives(answer)

    assert await copied() == ["handler-reply sent"]
