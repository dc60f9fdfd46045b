"""
Cases, messages and a firm with defaults: a test names only what it is about.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from mailbot.cases.case import Case, Party
from mailbot.cases.firm import Firm
from mailbot.cases.identity.staff_mail import Proof, StaffMail, StaffToken, wants, why_not
from mailbot.cases.life.opening import AT_RECEIPT
from mailbot.cases.obligation import Does, Obligation, ObligationState, Step
from mailbot.cases.people.handlers import Absence, Handler, People, Role
from mailbot.cases.rulebook.rulebook import Rulebook
from mailbot.cases.states import State
from mailbot.mail.message import Address, Attachment, InboundMessage
from mailbot.mail.quoting.forwarded import Forwarded

SERVICE = "service@example.com"
JANE = Address(name="Jane Doe", email="jane@customer.example")
STRANGER = Address(name="A Stranger", email="stranger@elsewhere.example")

#: Friday: the first worked example.
FRIDAY = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

RHIAN = Handler(name="Rhian Price", email="rhian@example.com", direct_phone="01495 000 001")
OWEN = Handler(name="Owen Parry", email="owen@example.com", direct_phone="01495 000 002")
MANAGER = Handler(name="Mair Morgan", email="mair@example.com", role=Role.MANAGER)
HEAD = Handler(name="Huw Evans", email="huw@example.com", role=Role.HEAD)
EVERYBODY = (RHIAN, OWEN, MANAGER, HEAD)

_TABLES = tomllib.loads((Path(__file__).parents[2] / "config" / "code.toml").read_text())
_RULEBOOK = Rulebook.model_validate(_TABLES)
_CALENDAR = _RULEBOOK.calendar(ZoneInfo("Europe/London"))

ALWAYS = (Absence(first=date(2020, 1, 1), last=date(2099, 1, 1)),)


def at(text: str) -> datetime:
    """
    The UTC instant that "2026-11-25 17:00" names.
    """
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def away(handler: Handler) -> Handler:
    return replace(handler, away=ALWAYS)


def a_firm(
    *,
    handlers: tuple[Handler, ...] = EVERYBODY,
    answer_from: date | None = None,
    safety_words: tuple[str, ...] | None = None,
) -> Firm:
    rulebook = _RULEBOOK
    if answer_from:
        intake = rulebook.intake.model_copy(update={"answer_from": answer_from})
        rulebook = rulebook.model_copy(update={"intake": intake})
    if safety_words is not None:
        safety = rulebook.safety.model_copy(update={"words": safety_words})
        rulebook = rulebook.model_copy(update={"safety": safety})
    return Firm(
        rulebook=rulebook,
        people=People(handlers),
        calendar=_CALENDAR,
        service_address=SERVICE,
        aliases=("complaints@example.com",),
    )


def a_token(
    *,
    serial: int | None = 4217,
    handler_email: str = RHIAN.email,
    purpose: str = "assignment",
    age: timedelta = timedelta(hours=1),
    is_spent: bool = False,
    by_address: bool = True,
    held_id: int | None = None,
) -> StaffToken:
    return StaffToken(
        nonce="abcdefgh",
        serial=serial,
        handler_email=handler_email,
        purpose=purpose,
        issued_at=FRIDAY - age,
        is_spent=is_spent,
        by_address=by_address,
        held_id=held_id,
    )


def a_staff_mail(
    text: str = "We have found the fault.",
    *,
    writer: Handler = RHIAN,
    answers: StaffToken | None = None,
    serial: int | None = 4217,
    proof: Proof | None = None,
    goes_to_the_customer: bool = False,
    passed_on: tuple[Forwarded, ...] = (),
    message: InboundMessage | None = None,
    **known: Any,
) -> StaffMail:
    """
    A mail in the name of *writer*, proved by what it answers or as *proof* says.
    """
    message = message or a_message(sender=Address(email=writer.email), text=text)
    why = why_not(answers, writer, message.received_at)
    return StaffMail(
        writer=writer,
        message=message,
        occasion="message.3",
        text=text,
        wants=wants(
            text,
            answers,
            passed_on,
            goes_to_the_customer=goes_to_the_customer,
            has_a_case=serial is not None,
        ),
        proof=proof if proof is not None else Proof.FROM_LINE if why else Proof.REPLY_ADDRESS,
        why_not=why,
        answers=answers,
        serial=serial,
        passed_on=passed_on,
        **known,
    )


def a_message(
    *,
    sender: Address | None = JANE,
    subject: str = "No internet",
    text: str = "The line has been dead since Monday.",
    received_at: datetime = FRIDAY,
    message_id: str | None = "first@customer.example",
    recipients: tuple[str, ...] = (SERVICE,),
    reply_to: tuple[str, ...] = (),
    delivered_to: tuple[str, ...] = (),
    in_reply_to: tuple[str, ...] = (),
    references: tuple[str, ...] = (),
    returned_ids: tuple[str, ...] = (),
    headers: Mapping[str, tuple[str, ...]] | None = None,
    attachments: tuple[Attachment, ...] = (),
    return_path: str | None = None,
) -> InboundMessage:
    return InboundMessage(
        received_at=received_at,
        message_id=message_id,
        in_reply_to=in_reply_to,
        references=references,
        returned_ids=returned_ids,
        senders=(sender,) if sender else (),
        recipients=tuple(Address(email=each) for each in recipients),
        reply_to=tuple(Address(email=each) for each in reply_to),
        delivered_to=delivered_to,
        subject=subject,
        text=text,
        headers=headers or {},
        attachments=attachments,
        return_path=return_path,
    )


def a_new_case(*, received_at: datetime = FRIDAY, verdict: str = "") -> Case:
    """
    A case in the moment of its opening: nothing is promised yet.
    """
    return Case(
        serial=4217,
        reference="ISS-004217-57",
        received_at=received_at,
        opened_at=received_at,
        complainant=Party(address=JANE),
        verdict=verdict,
    )


def a_case(
    *,
    received_at: datetime = FRIDAY,
    handler: Handler | None = RHIAN,
    state: State = State.OPEN,
    verdict: str = "",
    rights_letters: tuple[str, ...] = (),
    parties: tuple[Party, ...] = (),
    promises: Mapping[str, ObligationState] = MappingProxyType({}),
) -> Case:
    """
    An open case with every obligation booked; a promise may be given another state.
    """
    rulebook = a_firm().rulebook
    booked = (rulebook.promise(name).book(received_at, _CALENDAR) for name in AT_RECEIPT)
    return replace(
        a_new_case(received_at=received_at, verdict=verdict),
        handler=handler,
        state=state,
        parties=parties,
        obligations=tuple(
            replace(each, state=promises.get(each.promise, ObligationState.OPEN)) for each in booked
        ),
        rights_letters=frozenset(rights_letters),
    )


def promise(case: Case, name: str) -> Obligation:
    obligation = case.obligation(name)
    assert obligation is not None
    return obligation


def step(case: Case, name: str, does: Does, which: int = 0) -> Step:
    """
    A step of one of the case's promises; *which* of several of the same sort.
    """
    return [each for each in promise(case, name).steps if each.does is does][which]


def steps_until(case: Case, now: datetime, *names: str) -> tuple[Step, ...]:
    """
    Every step that is due at *now*, oldest first, of these promises or of all.
    """
    due = [
        each
        for obligation in case.obligations
        for each in obligation.steps
        if each.at <= now and (not names or each.promise in names)
    ]
    return tuple(sorted(due, key=lambda each: each.at))
