"""
Every reason for a receipt, each by a mail as it comes: exactly one receipt goes to whoever
wrote it, and nothing to the customer but what the receipt says went there.

A reason in `wording.RECEIPTS` without a row fails the last test.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from mailbot.cases.wording import receipt_words
from mailbot.mail.origin.host_proof import Asked
from mailbot.store.tables import CaseRow, OutboxRow
from tests.flow.attack import (
    BY_A_STRANGER,
    BY_RHIAN,
    CLOSE,
    an_answer,
    later,
    said,
)
from tests.flow.house import JANE, MANAGER, SERVICE, Mail
from tests.flow.vouching import OLWEN, auth_as
from tests.store.desk import REFERENCE, Desk

#: What one of our people gets of their mail.
ONE_OF = ("receipt", "confirm-command", "held")

Writes = Callable[[Desk], Awaitable[Mail | bytes]]


def new(text: str, *, subject: str = REFERENCE, sender: str = BY_RHIAN, cc: str = "") -> Mail:
    """
    A mail that answers none of ours.
    """
    return Mail(sender=sender, subject=subject, text=text, cc=cc, message_id="new.1@client.example")


def answering(template: str, text: str) -> Writes:
    async def writes(desk: Desk) -> Mail:
        return await an_answer(template, text, number=9)

    return writes


def saying(mail: Mail | bytes) -> Writes:
    async def writes(desk: Desk) -> Mail | bytes:
        return mail

    return writes


async def under_verdict(desk: Desk) -> Mail:
    await CaseRow.filter(serial=1).update(verdict="spam_verdict")
    return await an_answer("assignment", "Dear Jane, all is well.")


async def asked(desk: Desk, text: str) -> Mail:
    await desk.arrives(new(CLOSE))
    later(desk)
    return await an_answer("confirm-command", text)


async def neither(desk: Desk) -> Mail:
    return await asked(desk, "What is this about?")


async def not_meant(desk: Desk) -> Mail:
    return await asked(desk, "No")


async def confirmed_before(desk: Desk) -> Mail:
    yes = await asked(desk, "yes")
    # Sian lets it go first, as she may.
    await desk.release(1, serial=1)
    return yes


async def replayed(desk: Desk) -> Mail:
    answer = await an_answer("assignment", "#note Rang her.")
    await desk.arrives(answer)
    later(desk)
    return replace(answer, message_id="replay@elsewhere.example")


async def again_with_a_file(desk: Desk) -> bytes:
    answer = bytes(await an_answer("assignment", "See the plan."))
    await desk.arrives(answer)
    later(desk)
    header, _, text = answer.partition(b"\r\n\r\n")
    header = re.sub(rb"(?im)^content-[^\r]*\r\n", b"", header + b"\r\n")
    plan = b'Content-Type: image/png; name="plan.png"\r\n\r\nx\r\n--edge--\r\n'
    kind = b"Content-Type: multipart/mixed; boundary=edge\r\n\r\n--edge\r\n\r\n"
    return header + kind + text + b"--edge\r\n" + plan


async def two_references(desk: Desk) -> Mail:
    await desk.arrives(
        Mail(sender=BY_A_STRANGER, message_id="sam.1@elsewhere.example", text="My bill is wrong.")
    )
    return new("#note Which?", subject=f"{REFERENCE} and ISS-000002-92")


async def by_the_hosts_word(desk: Desk) -> bytes:
    """
    Where only the From line says who wrote, words are held; this is proved to be hers.
    """
    desk.office = replace(desk.office, staff_proof=Asked.EXCHANGE)
    return auth_as("Internal") + bytes(new("We have found the fault."))


async def passed_on_to_a_colleague(desk: Desk) -> Mail:
    return replace(await an_answer("assignment", "See below.", number=9), subject="FW: New case")


async def somebody_elses_held_mail(desk: Desk) -> Mail:
    await desk.arrives(Mail(sender="no-reply@form.example", message_id="form@form.example"))
    later(desk)
    return new("#release 1")


async def direct(desk: Desk) -> Mail:
    copy = new("Dear Jane, it works again.", subject="Hello", cc=SERVICE)
    await desk.arrives(replace(copy, to=JANE))
    later(desk)
    return await an_answer("confirm-command", "yes")


async def a_file_too_many(desk: Desk) -> bytes:
    mail = await an_answer("assignment", "Please run this.")
    head, _, text = bytes(mail).partition(b"\r\n\r\n")
    fields = [each for each in head.split(b"\r\n") if not each.startswith((b"Content", b"MIME"))]
    return b"\r\n".join(fields) + (
        b'\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + b"\r\n"
        b'--b\r\nContent-Type: application/octet-stream; name="mend.exe"\r\n'
        b'Content-Disposition: attachment; filename="mend.exe"\r\n\r\nMZ\r\n--b--\r\n'
    )


def retyped(template: str, kind: str, body: str) -> Writes:
    """
    An answer whose body is of another kind.
    """

    async def writes(desk: Desk) -> bytes:
        head, _, _ = bytes(await an_answer(template, "", number=9)).partition(b"\r\n\r\n")
        head = head.replace(b"text/plain; charset=utf-8", kind.encode())
        return head + b"\r\n\r\n" + body.replace("\n", "\r\n").encode()

    return writes


def in_two_versions(plain: str, laid_out: str) -> Writes:
    return retyped(
        "assignment",
        'multipart/alternative; boundary="b"',
        f"--b\nContent-Type: text/plain; charset=utf-8\n\n{plain}\n"
        f"--b\nContent-Type: text/html; charset=utf-8\n\n<p>{laid_out}</p>\n--b--\n",
    )


async def about_no_case(desk: Desk) -> Mail:
    form = Mail(sender="no-reply@form.example", message_id="form@form.example")
    await desk.arrives(form)
    later(desk)
    return await an_answer("task", "Ring them.", sender=f"Sian Morgan <{MANAGER}>", to=MANAGER)


def forward(*inner: str) -> bytes:
    attached = "".join(f"--b\r\nContent-Type: message/rfc822\r\n\r\n{each}\r\n" for each in inner)
    return (
        f"From: {BY_RHIAN}\r\nTo: {SERVICE}\r\nSubject: Fwd: Still broken\r\n"
        "Date: Fri, 20 Nov 2026 16:50:00 +0000\r\nMessage-ID: <fwd.1@client.example>\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\nSee this.\r\n{attached}--b--\r\n"
    ).encode()


def a_mail_of(sender: str) -> str:
    written_by = f"From: {sender}\r\n" if sender else ""
    return (
        f"{written_by}Subject: x\r\nMessage-ID: <{sender[:3]}@example.com>\r\n\r\nIt is dead.\r\n"
    )


async def all_receipts(desk: Desk) -> Mail:
    people = desk.office.firm.people
    handlers = tuple(replace(each, receipts="all") for each in people.handlers)
    firm = replace(desk.office.firm, people=replace(people, handlers=handlers))
    desk.office = replace(desk.office, firm=firm)
    return await an_answer("assignment", "We have found the fault.")


#: A mail for each reason.
ROWS: dict[str, Writes] = {
    "misspoken": answering("assignment", "#frobnicate"),
    "misplaced_command": answering("assignment", f"Dear Jane,\n\n{CLOSE}"),
    "under_verdict": under_verdict,
    "reads_like_an_absence": answering(
        "assignment", "I am out of the office until Monday 30 November and cannot read this."
    ),
    "neither_yes_nor_no": neither,
    "not_meant": not_meant,
    "confirmed_before": confirmed_before,
    "replayed": replayed,
    "came_again_with_files": again_with_a_file,
    "answers_nothing": by_the_hosts_word,
    "not_a_reply": passed_on_to_a_colleague,
    "names_no_case": saying(new("#note About whom?", subject="Hello")),
    "names_several_cases": two_references,
    "stands_alone": saying(new("#away 21 Dec to 2 Jan\n#note x")),
    "account_managers_command": saying(new(CLOSE, sender=f"Olwen Rees <{OLWEN}>")),
    "not_yours_to_decide": somebody_elses_held_mail,
    "not_your_absence": saying(new("#away Gareth Evans: 21 Dec to 2 Jan")),
    "forward_not_read": saying(forward(a_mail_of(""))),
    "forward_of_several": saying(
        forward(a_mail_of("carys@example.com"), a_mail_of("emrys@example.com"))
    ),
    "forward_of_ours": saying(forward(a_mail_of(SERVICE))),
    "nothing_new": answering("assignment", "> On hold, is it?"),
    "parts_disagree": in_two_versions("We come on Tuesday.", "We come on Thursday."),
    "sealed_pgp": answering(
        "assignment", "-----BEGIN PGP MESSAGE-----\n\nhQ==\n-----END PGP MESSAGE-----"
    ),
    "sealed_smime": retyped(
        "assignment", "application/pkcs7-mime; smime-type=enveloped-data", "MIIB"
    ),
    "sealed_outlook": retyped("assignment", 'application/ms-tnef; name="winmail.dat"', "x"),
    "not_answerable": answering("receipt", "Thank you."),
    "nothing_to_answer": about_no_case,
    "customer_had_it_directly": direct,
    "files_not_passed_on": a_file_too_many,
    "answer_relayed": all_receipts,
}

#: What leaves for the customer because of that mail; of every other row nothing does.
GOES_OUT = {"files_not_passed_on": ["handler-reply"], "answer_relayed": ["handler-reply"]}


@pytest.mark.parametrize("reason", ROWS)
async def test_each_reason_gets_exactly_one_receipt_and_the_customer_nothing_else(
    desk: Desk, reason: str
) -> None:
    if reason == "not_answerable":
        await desk.arrives(await an_answer("assignment", "#note x"))
        later(desk)
    mail = await ROWS[reason](desk)
    before = await OutboxRow.all().count()

    await desk.arrives(mail)

    fresh = await OutboxRow.all().order_by("id").offset(before).limit(100)
    (told,) = [each for each in fresh if each.template in ONE_OF]
    assert told.template == "receipt"
    outcome, why, instead = (" ".join(each.split()) for each in receipt_words.RECEIPTS[reason])
    text = await said("receipt", told.recipient)
    assert [each for each in (outcome, why, instead) if each not in text] == []
    to_customers = [each.template for each in fresh if not each.to_staff]
    assert to_customers == GOES_OUT.get(reason, [])


def test_every_reason_has_a_row() -> None:
    assert set(ROWS) == set(receipt_words.RECEIPTS)
