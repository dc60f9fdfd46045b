"""
A letter of ours that comes back: which one it is, and what follows.
"""

from dataclasses import replace

import pytest

from mailbot.cases.identity.triage import Action
from mailbot.cases.known.rows import KnownLetter
from mailbot.mail.message import Address, DeliveryStatus, InboundMessage
from tests.cases.builders import JANE, MANAGER, RHIAN, a_message
from tests.desk.builders import FIRST_REFERENCE, Desk, with_a_case

DAEMON = Address(email="mailer-daemon@relay.example")


def a_bounce(
    *ids: str,
    action: str = "failed",
    status: str = "5.1.1",
    recipient: str = JANE.email,
    references: tuple[str, ...] = (),
    number: int = 1,
) -> InboundMessage:
    """
    A report of another system that brings these ids of ours back.
    """
    said = DeliveryStatus(
        final_recipient=recipient, action=action, status=status, diagnostic="no such user"
    )
    read = a_message(
        sender=DAEMON,
        subject="Undelivered mail",
        text="It could not be delivered.",
        message_id=f"bounce-{number}@relay.example",
        returned_ids=ids,
        references=references,
        return_path="",
        headers={"content-type": ("multipart/report; report-type=delivery-status",)},
    )
    return replace(read, content_type="multipart/report", delivery_statuses=(said,))


def comes_back(desk: Desk, template: str, **other: str) -> KnownLetter:
    letter = desk.letter(template)
    desk.arrives(a_bounce(letter.message_id, **other))  # type: ignore[arg-type]
    return desk.known.letters[letter.id]


def test_a_letter_that_came_back_by_its_id_has_bounced() -> None:
    desk = with_a_case()

    assert comes_back(desk, "acknowledgement").status == "bounced"
    assert desk.letter("task").recipient == RHIAN.email


def test_a_promise_is_owed_again_when_its_letter_came_back() -> None:
    desk = with_a_case()

    comes_back(desk, "acknowledgement")
    assert desk.state_of("acknowledge") == "open"


def test_the_bounce_is_noted_in_the_case_and_answered_by_nobody() -> None:
    desk = with_a_case()

    recorded = desk.arrives(a_bounce(desk.letter("acknowledgement").message_id))
    assert (recorded.action, recorded.case) == (Action.NOTE, FIRST_REFERENCE)
    assert DAEMON.email not in {each.recipient for each in desk.known.letters.values()}


def test_a_letter_that_came_back_under_its_alias_has_bounced() -> None:
    desk = with_a_case()
    letter = desk.letter("acknowledgement")
    desk.known.letters[letter.id] = replace(letter, alias="0100-abc@email.example")

    desk.arrives(a_bounce("0100-ABC@email.example"))
    assert desk.known.letters[letter.id].status == "bounced"


def test_a_report_with_only_the_anchor_is_about_the_latest_letter_to_its_reader() -> None:
    desk = with_a_case()

    desk.arrives(a_bounce(references=(desk.case().complainant.anchor,)))
    assert desk.letter("introduction").status == "bounced"
    assert desk.letter("acknowledgement").status == "sent"


def test_an_anchor_says_nothing_of_letters_to_anybody_else() -> None:
    desk = with_a_case()

    anchor = desk.case().complainant.anchor
    desk.arrives(a_bounce(references=(anchor,), recipient=RHIAN.email))
    assert {each.status for each in desk.known.letters.values()} == {"sent"}


def test_the_id_that_came_back_counts_before_the_others_of_its_thread() -> None:
    desk = with_a_case()
    first, second = desk.letter("acknowledgement"), desk.letter("introduction")

    desk.arrives(a_bounce(first.message_id, references=(second.message_id,)))
    assert desk.known.letters[first.id].status == "bounced"
    assert desk.known.letters[second.id].status == "sent"


def test_a_delay_changes_nothing() -> None:
    desk = with_a_case()

    assert comes_back(desk, "acknowledgement", action="delayed", status="4.4.1").status == "sent"
    assert desk.letters("task") == []


def test_a_time_that_was_over_is_a_failure_whatever_its_status() -> None:
    desk = with_a_case()

    assert comes_back(desk, "acknowledgement", status="4.4.7").status == "bounced"


def test_the_second_notice_about_a_letter_asks_nobody_again() -> None:
    desk = with_a_case()
    letter = desk.letter("acknowledgement")
    desk.arrives(a_bounce(letter.message_id))

    desk.arrives(a_bounce(letter.message_id, number=2))
    assert len(desk.letters("task")) == 1


def test_a_letter_that_was_never_tried_cannot_have_come_back() -> None:
    desk = Desk()
    desk.arrives()

    assert comes_back(desk, "acknowledgement").status == "queued"


@pytest.mark.parametrize("status", ["uncertain", "deferred"])
def test_a_letter_that_was_tried_can_have_come_back(status: str) -> None:
    desk = Desk()
    desk.arrives()
    letter = desk.letter("acknowledgement")
    desk.known.letters[letter.id] = replace(letter, status=status, attempts=1)

    assert comes_back(desk, "acknowledgement").status == "bounced"


def test_a_report_about_a_letter_of_somebody_else_is_filed() -> None:
    desk = with_a_case()

    recorded = desk.arrives(a_bounce("unknown@elsewhere.example"))
    assert recorded.action is Action.FILE
    assert {each.status for each in desk.known.letters.values()} == {"sent"}


def test_the_notification_of_a_handler_that_came_back_is_told_to_the_manager() -> None:
    desk = with_a_case()

    assignment = desk.letter("assignment")
    recorded = desk.arrives(a_bounce(assignment.message_id, recipient=RHIAN.email))
    assert recorded.unreached == "assignment"
    assert desk.letter("task").recipient == MANAGER.email


def test_a_mail_about_no_case_that_came_back_is_told_to_somebody_else_once() -> None:
    desk = Desk()
    desk.arrives(a_message(headers={"list-id": ("<news.example.com>",)}))
    desk.sends()
    task = desk.letter("task")

    recorded = desk.arrives(a_bounce(task.message_id, recipient=task.recipient))
    assert (recorded.action, recorded.unreached) == (Action.FILE, "task")
    assert desk.known.letters[task.id].status == "bounced"
    assert [each.recipient for each in desk.letters("task")] != [task.recipient]
    assert "letter_bounced" in desk.events(None)

    desk.arrives(a_bounce(task.message_id, recipient=task.recipient, number=2))
    assert len(desk.letters("task")) == 2


def test_a_forged_id_is_nobodys_letter() -> None:
    desk = with_a_case()
    letter = desk.letter("acknowledgement")

    recorded = desk.arrives(a_bounce(f"x{letter.message_id}"))
    assert recorded.action is Action.FILE
