"""
Mail systems' own messages, as they came, about a real letter: what each settles, and what
it must not.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from mailbot.cases.identity.triage import Action, Vouched
from mailbot.cases.letter_status import Status
from mailbot.mail.message import Address, InboundMessage
from mailbot.mail.reading.parse import parse
from mailbot.mail.signed_ids import Keyring, Thread
from tests.cases.builders import JANE, MANAGER, RHIAN, a_message
from tests.desk.builders import FIRST_REFERENCE, KEYRING, Desk, reply_address, with_a_case

CORPUS = Path(__file__).parents[1] / "corpus"
DAEMON = Address(email="mailer-daemon@relay.example")

#: In the corpus our letter bears one of these ids, and went to one of these.
IDS = (b"c.4217.cameback@example.com", b"c.4217.abcdefgh@example.com")
READERS = (b"jane@example.com", b"jane@example.org", b"jan@example.org")

SETTLES = (
    *("bounce-fields-in-the-text", "bounce-diagnostic-not-folded", "bounce-action-expired"),
    *("bounce-action-missing", "bounce-recipient-fields-apart", "bounce-no-recipient-group"),
    *("bounce-words-nobody-knows", "bounce-language-nobody-knows"),
    *("rejected-as-a-receipt-with-empty-lines", "expired-in-the-queue-of-a-gateway"),
    *(
        "microsoft-365-in-polish-without-report",
        "fields-in-a-file-of-text",
        "fields-in-an-eml-file",
    ),
    *("domino-in-german-words", "report-within-a-gateways-message", "thread-alone-from-a-daemon"),
    *("japanese-words-below-which-our-header", "returned-header-in-a-file-of-text"),
    *("rejected-by-sieve-without-a-title", "report-of-two-recipients-in-one-group"),
)
SETTLES_NOTHING = (
    *("absence-with-the-daemons-path", "absence-with-the-daemons-path-in-german"),
    *("absence-that-returns-our-mail", "delay-in-words-with-our-mail", "delayed-in-dutch"),
    *("delivered-receipt", "relayed-to-a-system-without-reports", "retried-until-a-date"),
    *("displayed-receipt-with-our-mail", "abuse-report-with-our-mail"),
    *("postmaster-who-is-a-person", "person-quotes-our-header", "person-sends-our-bounce-on"),
)


def about(desk: Desk, name: str, message_id: str = "") -> InboundMessage:
    """
    A message of the corpus, about the acknowledgement of *desk*.
    """
    letter = desk.letter("acknowledgement")
    content = (CORPUS / f"{name}.eml").read_bytes()
    for each in IDS:
        content = content.replace(each, (message_id or letter.message_id).encode())
    for reader in READERS:
        content = content.replace(reader, letter.recipient.encode())
    return parse(content, received_at=desk.now)


@pytest.mark.parametrize("name", SETTLES)
def test_our_letter_came_back_in_whatever_words(name: str) -> None:
    desk = with_a_case()

    desk.arrives(about(desk, name))
    assert desk.letter("acknowledgement").status == Status.BOUNCED
    assert desk.state_of("acknowledge") == "open"
    assert desk.letter("introduction").status == Status.SENT
    # The handler gets one task, and nothing that looks like words of the customer's.
    assert [each.recipient for each in desk.letters("task")] == [RHIAN.email]
    assert not desk.letters("customer-reply")


@pytest.mark.parametrize("name", SETTLES_NOTHING)
def test_what_is_no_return_settles_nothing_and_alarms_nobody(name: str) -> None:
    desk = with_a_case()

    desk.arrives(about(desk, name))
    assert desk.letter("acknowledgement").status == Status.SENT
    assert desk.state_of("acknowledge") == "met"
    assert not desk.letters("task")


@pytest.mark.parametrize("name", ["person-quotes-our-header", "person-sends-our-bounce-on"])
def test_a_persons_words_about_our_bounce_reach_the_handler(name: str) -> None:
    desk = with_a_case()

    recorded = desk.arrives(about(desk, name))
    assert recorded.action is Action.JOIN
    assert desk.letter("customer-reply").recipient == RHIAN.email


@pytest.mark.parametrize("name", SETTLES)
def test_an_id_of_a_past_that_this_database_has_lost_settles_nothing(name: str) -> None:
    desk = with_a_case()
    lost = KEYRING.message_id(Thread.CUSTOMER, 1, "lostlostlost")

    desk.arrives(about(desk, name, lost))
    assert Status.BOUNCED not in {each.status for each in desk.known.letters.values()}


def test_an_id_that_somebody_else_signed_settles_nothing() -> None:
    desk = with_a_case()
    forged = Keyring([b"x" * 32], "example.com").message_id(Thread.CUSTOMER, 1, "abcdefgh")

    desk.arrives(about(desk, "bounce-language-nobody-knows", forged))
    assert desk.letter("acknowledgement").status == Status.SENT


def test_an_alias_that_a_daemon_returns_in_words_nobody_knows_is_our_letter() -> None:
    desk = with_a_case()
    letter = desk.letter("acknowledgement")
    desk.known.letters[letter.id] = replace(letter, alias="0100018f-abc")

    desk.arrives(about(desk, "bounce-words-nobody-knows", "0100018F-abc@eu-west-2.example.net"))
    assert desk.known.letters[letter.id].status == Status.BOUNCED


def test_what_reached_the_reader_of_a_letter_is_no_failure_of_somebody_elses() -> None:
    desk = with_a_case()
    read = about(desk, "bounce-action-missing")
    [gone] = read.delivery_statuses
    there = replace(gone, action="delivered", status="2.0.0")
    other = replace(gone, final_recipient="joe@example.net")

    desk.arrives(replace(read, delivery_statuses=(there, other)))
    assert desk.letter("acknowledgement").status == Status.SENT


# --- by the address alone ----------------------------------------------------------


def names_only_the_recipient(desk: Desk) -> InboundMessage:
    return about(desk, "bounce-names-only-the-recipient")


NAMES_ONLY = ("bounce-names-only-the-recipient", "report-that-returns-nothing", "words-and-address")


@pytest.mark.parametrize("name", NAMES_ONLY)
def test_recipient_and_time_name_the_letter_to_a_person_and_settle_nothing(name: str) -> None:
    desk = with_a_case()

    recorded = desk.arrives(about(desk, name))
    assert (recorded.action, recorded.reason) == (Action.HOLD, "probably_our_mail")
    assert {each.status for each in desk.letters("introduction")} == {Status.SENT}
    task = desk.letter("task")
    assert task.recipient == MANAGER.email
    words = (task.content or b"").decode().replace("=\r\n", "")
    assert f"probably the introduction of {FIRST_REFERENCE} to {JANE.email}" in words
    assert f"#case {FIRST_REFERENCE} {desk.held[0].id}" in words


def test_a_second_notice_about_the_same_letter_asks_nobody_again() -> None:
    desk = with_a_case()
    desk.arrives(names_only_the_recipient(desk))

    again = replace(names_only_the_recipient(desk), message_id="other@mx.example.net")
    desk.arrives(replace(again, text=f"{again.text}\n-- Once more."))
    assert len(desk.letters("task")) == 1


def test_the_persons_word_settles_the_letter_as_returned() -> None:
    desk = with_a_case()
    read = names_only_the_recipient(desk)
    desk.arrives(read)
    [held] = desk.held

    recorded = desk.again(read, held, Vouched(by="Olwen", serial=1))
    assert recorded.action is Action.NOTE
    assert desk.letter("introduction").status == Status.BOUNCED
    assert desk.state_of("introduce") == "open"
    assert not desk.letters("customer-reply")


def test_an_address_that_we_did_not_write_to_is_nobodys_letter() -> None:
    desk = with_a_case()
    read = names_only_the_recipient(desk)

    recorded = desk.arrives(replace(read, text=read.text.replace(JANE.email, "joe@example.net")))
    assert recorded.reason != "probably_our_mail"


def test_what_came_before_the_letter_is_not_about_it() -> None:
    desk = with_a_case()
    read = names_only_the_recipient(desk)

    recorded = desk.arrives(replace(read, received_at=read.received_at.replace(year=2025)))
    assert recorded.reason != "probably_our_mail"


def test_a_notice_at_the_reply_address_of_a_staff_letter_is_about_that_letter() -> None:
    desk = with_a_case()
    letter = desk.letter("assignment")
    read = a_message(
        sender=DAEMON,
        subject="Undelivered mail",
        text=f"<{RHIAN.email}>: 550 5.1.1 unknown",
        message_id="bounce@relay.example",
        recipients=(reply_address(letter),),
        return_path="",
    )
    [status] = about(desk, "bounce-action-missing").delivery_statuses
    status = replace(status, final_recipient=RHIAN.email, in_words=True)

    desk.arrives(replace(read, delivery_statuses=(status,)))
    assert desk.known.letters[letter.id].status == Status.BOUNCED


def test_a_notice_at_the_reply_address_of_a_customer_says_whose_letter_it_is() -> None:
    desk = with_a_case()
    read = a_message(
        sender=DAEMON,
        subject="Virhe",
        text="Postilaatikko on täynnä.",
        message_id="bounce@relay.example",
        recipients=(reply_to(desk),),
        return_path="",
    )

    recorded = desk.arrives(read)
    assert recorded.reason == "probably_our_mail"
    assert {each.status for each in desk.letters("introduction")} == {Status.SENT}


def reply_to(desk: Desk) -> str:
    """
    Where Jane Doe's answers go.
    """
    [party] = [each for each in desk.known.parties.values() if each.email_key == JANE.email]
    return f"service+{party.token}@example.com"


def test_the_anchor_of_a_thread_says_nothing_where_the_mail_itself_is_of_a_lost_past() -> None:
    desk = with_a_case()
    lost = KEYRING.message_id(Thread.CUSTOMER, 1, "lostlostlost")
    read = about(desk, "bounce-action-missing", lost)

    desk.arrives(replace(read, references=(desk.case().complainant.anchor,)))
    assert {each.status for each in desk.known.letters.values()} == {Status.SENT}
