"""
Every rule, with every reason by its name.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from mailbot.cases.case import Case, Party
from mailbot.cases.decide import decide
from mailbot.cases.decision import Decision
from mailbot.cases.letter import Letter
from mailbot.cases.obligation import Does, ObligationState, Step
from mailbot.cases.people.assignment import assign
from mailbot.cases.people.handlers import Absence, Handler
from mailbot.cases.states import State
from mailbot.cases.triggers import (
    Acknowledged,
    CaseOpened,
    ClockStruck,
    LetterAccepted,
    LetterFailed,
    MessageJoined,
    MessageNoted,
    StaffAnswered,
)
from mailbot.cases.wording.tasks import alerts
from mailbot.mail.files.going_along import MOST_OCTETS, Files, Stays
from mailbot.mail.message import Address, Attachment, InboundMessage
from tests.cases.builders import (
    FRIDAY,
    HEAD,
    JANE,
    MANAGER,
    MINUTE,
    OWEN,
    RHIAN,
    STRANGER,
    a_case,
    a_firm,
    a_message,
    a_new_case,
    at,
    away,
    promise,
    step,
    steps_until,
)

FIRM = a_firm()
OPEN, MET, MET_LATE = ObligationState.OPEN, ObligationState.MET, ObligationState.MET_LATE
BREACHED, WITHDRAWN = ObligationState.BREACHED, ObligationState.WITHDRAWN


def opened(
    case: Case | None = None,
    *,
    message: InboundMessage | None = None,
    acknowledged: Acknowledged | None = None,
    handlers: tuple[Handler, ...] = FIRM.people.handlers,
    possible: tuple[str, ...] = (),
    near: tuple[str, ...] = (),
    unreadable: str = "",
) -> Decision:
    trigger = CaseOpened(
        message=message or a_message(),
        occasion="message.1",
        rule="nothing_automatic",
        acknowledged=acknowledged or Acknowledged(),
        possible=possible,
        near=near,
        unreadable=unreadable,
    )
    return decide(case or a_new_case(), trigger, a_firm(handlers=handlers), FRIDAY)


def joined(
    case: Case,
    message: InboundMessage | None = None,
    *,
    near: tuple[str, ...] = (),
    is_altered_copy: bool = False,
    handlers: tuple[Handler, ...] = FIRM.people.handlers,
) -> Decision:
    trigger = MessageJoined(
        message=message or a_message(),
        occasion="message.2",
        reason="joined_by_in_reply_to",
        near=near,
        is_altered_copy=is_altered_copy,
    )
    return decide(case, trigger, a_firm(handlers=handlers), FRIDAY)


NO_FILES = Files()


def answered(
    text: str = "We have found the fault.",
    *,
    may_relay: bool = True,
    reason: str = "staff_answer",
    writer: Handler = RHIAN,
    went_to: frozenset[str] = frozenset(),
    is_exposed: bool = False,
    files: Files = NO_FILES,
) -> Decision:
    trigger = StaffAnswered(
        message=a_message(sender=Address(email=writer.email)),
        occasion="message.3",
        writer=writer,
        text=text,
        may_relay=may_relay,
        reason=reason,
        went_to=went_to,
        is_exposed=is_exposed,
        files=files,
    )
    return decide(a_case(), trigger, FIRM, FRIDAY)


def struck(
    case: Case,
    *steps: Step,
    now: datetime | None = None,
    handlers: tuple[Handler, ...] = FIRM.people.handlers,
) -> Decision:
    return decide(
        case,
        ClockStruck(steps=steps),
        a_firm(handlers=handlers),
        now or max(each.at for each in steps),
    )


def accepted(
    case: Case, template: str, when: datetime, recipient: str = "jane@customer.example"
) -> Decision:
    trigger = LetterAccepted(
        template=template, recipient=recipient, at=when, evidence="accepted, an-id"
    )
    return decide(case, trigger, FIRM, when)


def failed(
    case: Case,
    template: str,
    now: datetime = FRIDAY,
    *,
    outcome: str = "bounced",
    to: Address = JANE,
    to_staff: bool = False,
    occasion: str = "opened",
) -> Decision:
    trigger = LetterFailed(
        template=template,
        to=to,
        to_staff=to_staff,
        occasion=occasion,
        outcome=outcome,
        reason="550 5.1.1 no such user",
    )
    return decide(case, trigger, FIRM, now)


def templates(decision: Decision) -> list[str]:
    return [each.template for each in decision.letters]


def letter(decision: Decision, template: str) -> Letter:
    (found,) = (each for each in decision.letters if each.template == template)
    return found


def events(decision: Decision) -> list[tuple[str, str]]:
    return [(each.name, each.reason) for each in decision.events]


def settled(decision: Decision) -> list[tuple[str, ObligationState]]:
    return [(each.promise, each.state) for each in decision.settled]


# --- a complaint arrives ---------------------------------------------------


def test_a_new_complaint_is_acknowledged_introduced_and_assigned() -> None:
    decision = opened()

    assert decision.reason == "case_opened"
    assert decision.handler == RHIAN
    assert [(each.template, each.to.email, each.withheld) for each in decision.letters] == [
        ("acknowledgement", JANE.email, ""),
        ("introduction", JANE.email, ""),
        ("assignment", RHIAN.email, ""),
    ]
    assert events(decision) == [
        ("case_opened", "nothing_automatic"),
        ("assigned", "fewest_open_cases"),
    ]


def test_a_new_complaint_books_all_four_promises() -> None:
    booked = {each.promise: f"{each.due_at:%d %b %Y %H:%M}" for each in opened().booked}

    assert booked == {
        "acknowledge": "25 Nov 2026 16:45",
        "introduce": "22 Nov 2026 16:45",
        "agree_contact": "25 Nov 2026 17:00",
        "adr_rights": "02 Jan 2027 00:00",
    }


def test_what_is_done_at_once_is_not_booked_as_a_step_of_the_clock() -> None:
    left = {each.promise: [s.does for s in each.steps] for each in opened().booked}

    assert left["acknowledge"] == [Does.ALARM, Does.DUE]
    assert left["introduce"] == [Does.DUE]
    assert left["adr_rights"] == [*[Does.WARN] * 3, Does.ACT, Does.ALARM, Does.DUE]


def test_the_letters_of_the_opening_answer_the_customers_own_message() -> None:
    decision = opened(message=a_message(message_id="hers@customer.example"))

    for template in ("acknowledgement", "introduction"):
        assert letter(decision, template).in_reply_to == "hers@customer.example"
        assert letter(decision, template).is_reply
    assert letter(decision, "assignment").in_reply_to is None


def test_the_handler_is_shown_the_words_the_attachments_and_what_it_might_be() -> None:
    decision = opened(
        message=a_message(
            text="My telecare alarm is dead.",
            attachments=(Attachment(name="bill.pdf", content_type="application/pdf"),),
        ),
        possible=("ISS-000009-66",),
        near=("ISS-004217-58",),
    )

    facts = letter(decision, "assignment").facts
    assert facts["words"] == "My telecare alarm is dead."
    assert facts["attachments"] == ["bill.pdf"]
    assert facts["alerts"] == ["telecare"]
    assert facts["possible_matches"] == ["ISS-000009-66", "ISS-004217-58"]


def test_a_message_without_text_says_so_to_the_handler() -> None:
    facts = letter(opened(message=a_message(text="")), "assignment").facts

    assert facts["words"] == "(this message has no text)"


@pytest.mark.parametrize(
    ("counts", "cap"),
    [
        (Acknowledged(address_last_hour=2, address_last_day=9, everyone_last_hour=1999), ""),
        (Acknowledged(address_last_hour=3), "cap_per_address_per_hour"),
        (Acknowledged(address_last_day=10), "cap_per_address_per_day"),
        (Acknowledged(everyone_last_hour=2000), "cap_per_hour"),
        (Acknowledged(address_last_hour=99, everyone_last_hour=9999), "cap_per_address_per_hour"),
    ],
)
def test_a_cap_is_closed_as_soon_as_it_is_reached(counts: Acknowledged, cap: str) -> None:
    decision = opened(acknowledged=counts)

    assert letter(decision, "acknowledgement").withheld == cap
    assert letter(decision, "introduction").withheld == cap
    assert ("task" in templates(decision)) is bool(cap)
    assert (("acknowledgement_withheld", cap) in events(decision)) is bool(cap)


def test_what_a_cap_stops_becomes_a_task_and_the_promises_run() -> None:
    decision = opened(acknowledged=Acknowledged(address_last_hour=3))

    task = letter(decision, "task")
    assert task.to.email == MANAGER.email
    assert task.facts["words"] == a_message().text
    assert len(decision.booked) == 4
    assert letter(decision, "assignment").withheld == ""


@pytest.mark.parametrize("verdict", ["spam_verdict", "dmarc_verdict"])
def test_under_a_verdict_nothing_goes_to_the_customer_and_the_clocks_run(verdict: str) -> None:
    decision = opened(a_new_case(verdict=verdict))

    to_customer = [each for each in decision.letters if not each.to_staff]
    assert [each.withheld for each in to_customer] == [verdict, verdict]
    assert letter(decision, "task").to.email == MANAGER.email
    assert len(decision.booked) == 4


def test_a_verdict_is_named_before_a_cap() -> None:
    decision = opened(
        a_new_case(verdict="spam_verdict"), acknowledged=Acknowledged(address_last_hour=3)
    )

    assert letter(decision, "acknowledgement").withheld == "spam_verdict"


def test_a_message_read_only_in_part_opens_the_case_and_makes_a_task() -> None:
    decision = opened(unreadable="header fields beyond 1000")

    assert "header fields beyond 1000" in str(letter(decision, "task").facts["why"])
    assert letter(decision, "acknowledgement").withheld == ""


def test_where_nobody_can_be_assigned_the_manager_gets_a_task_at_once() -> None:
    decision = opened(handlers=tuple(map(away, (RHIAN, OWEN, MANAGER, HEAD))))

    assert decision.handler is None
    assert templates(decision) == ["acknowledgement", "task"]
    # Nobody is in: it goes to the first of the ladder all the same.
    assert letter(decision, "task").to.email == MANAGER.email


def test_the_case_goes_to_the_handler_with_the_fewest_open_cases() -> None:
    assert assign(FIRM, {RHIAN.email: 2, OWEN.email: 1}, FRIDAY) == OWEN
    # Who is not in the count has none.
    assert assign(FIRM, {RHIAN.email: 1}, FRIDAY) == OWEN


def test_of_equally_busy_handlers_the_first_in_the_file_takes_the_case() -> None:
    assert assign(FIRM, {RHIAN.email: 1, OWEN.email: 1}, FRIDAY) == RHIAN


@pytest.mark.parametrize(
    ("handlers", "expected"),
    [
        ((away(RHIAN), OWEN, MANAGER), OWEN),
        ((away(RHIAN), away(OWEN), MANAGER), MANAGER),
        ((away(RHIAN), away(OWEN), away(MANAGER), HEAD), None),
        ((MANAGER,), MANAGER),
        ((HEAD,), None),
    ],
)
def test_who_is_away_is_not_assigned(
    handlers: tuple[Handler, ...], expected: Handler | None
) -> None:
    assert assign(a_firm(handlers=handlers), {}, FRIDAY) == expected


def test_an_absence_includes_both_its_days_in_local_time() -> None:
    rhian = replace(
        RHIAN, away=(Absence(first=at("2026-11-20").date(), last=at("2026-11-20").date()),)
    )
    firm = a_firm(handlers=(rhian, MANAGER))

    assert assign(firm, {}, at("2026-11-20 00:00")) == MANAGER
    assert assign(firm, {}, at("2026-11-20 23:59")) == MANAGER
    assert assign(firm, {}, at("2026-11-21 00:00")) == rhian


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("My mother has a TELECARE unit.", ["telecare"]),
        ("Two pendants and the pendant's battery", ["pendant"]),
        ("There is no dial\n tone here", ["no dial tone"]),
        ("no\u00a0dial\u00a0tone", ["no dial tone"]),
        ("There is no dial-tone, and no dial\u2011tone upstairs", ["no dial tone"]),
        ("I cannot ring 999.", ["999"]),
        ("we rang 999 3 times", ["999"]),
        ("the paramedical team", []),
        ("independantly", []),
        ("call 0330 9000999", []),
        ("you owe me £112", []),
        ("a bill of 112.50", []),
        ("my reference is 4217-999", []),
        ("the lifelines", ["lifeline"]),
        ("MED\u0130CAL equipment, med\u0131cal help", ["medical"]),
    ],
)
def test_a_safety_word_alerts_only_as_a_word_of_its_own(text: str, found: list[str]) -> None:
    assert alerts(a_message(subject="", text=text), FIRM) == found


def test_a_safety_word_of_the_firms_own_may_be_in_any_letters() -> None:
    firm = a_firm(safety_words=("larwm tân", "ΦΩΣ"))

    assert alerts(a_message(subject="", text="LARWM\n TÂN, φως"), firm) == ["larwm tân", "ΦΩΣ"]


def test_a_safety_word_in_the_subject_alerts_too() -> None:
    assert alerts(a_message(subject="Oxygen at home"), FIRM) == ["oxygen"]


# --- more mail in a case ---------------------------------------------------


def test_the_customers_next_message_goes_to_the_handler_and_is_not_acknowledged() -> None:
    decision = joined(a_case(), near=("ISS-004217-58",))

    assert decision.reason == "joined_by_in_reply_to"
    assert templates(decision) == ["customer-reply"]
    sent = letter(decision, "customer-reply")
    assert (sent.to.email, sent.occasion) == (RHIAN.email, "message.2")
    assert sent.facts["from_address"] == ""
    assert sent.facts["possible_matches"] == ["ISS-004217-58"]


def test_signed_evidence_from_a_stranger_is_shown_as_from_another_address() -> None:
    decision = joined(a_case(), a_message(sender=STRANGER))

    assert decision.reason == "from_another_address"
    assert [each.to.email for each in decision.letters] == [RHIAN.email]
    assert letter(decision, "customer-reply").facts["from_address"] == STRANGER.email


def test_a_stranger_does_not_become_the_complainant() -> None:
    case = a_case()

    assert joined(case, a_message(sender=STRANGER)).applied_to(case).complainant == case.complainant


def test_another_party_of_the_case_is_no_stranger() -> None:
    case = a_case(parties=(Party(address=STRANGER, role="representative"),))

    assert joined(case, a_message(sender=STRANGER)).reason == "joined_by_in_reply_to"


def test_an_address_in_other_letters_is_the_same_party() -> None:
    loud = Address(email="JANE@Customer.Example")

    assert joined(a_case(), a_message(sender=loud)).reason == "joined_by_in_reply_to"


def test_an_altered_copy_is_shown_and_answered_by_nobody() -> None:
    decision = joined(a_case(), is_altered_copy=True)

    assert decision.reason == "altered_copy"
    assert templates(decision) == ["customer-reply"]


def test_mail_in_a_case_without_a_handler_goes_to_the_manager() -> None:
    assert letter(joined(a_case(handler=None)), "customer-reply").to.email == MANAGER.email


def test_mail_in_a_case_that_nobody_could_read_is_still_on_file() -> None:
    decision = joined(a_case(handler=None), handlers=())

    assert decision.letters == ()
    assert events(decision) == [("message_joined", "joined_by_in_reply_to")]


def test_a_machines_message_is_noted_and_changes_nothing() -> None:
    trigger = MessageNoted(kind="out_of_office", reason="out_of_office_subject")
    decision = decide(a_case(), trigger, FIRM, FRIDAY)

    assert decision.reason == "out_of_office_subject"
    assert events(decision) == [("automatic_message_noted", "out_of_office_subject")]
    assert (decision.letters, decision.settled, decision.moves) == ((), (), ())


# --- a handler answers -----------------------------------------------------


def test_a_handlers_answer_goes_to_the_complainant_of_record() -> None:
    decision = answered()

    assert decision.reason == "answer_relayed"
    reply = letter(decision, "handler-reply")
    assert (reply.to, reply.facts["body"]) == (JANE, "We have found the fault.")
    assert not reply.is_reply
    assert templates(decision) == ["handler-reply"]


def test_a_handler_who_asked_for_all_receipts_gets_one_for_a_relayed_answer() -> None:
    decision = answered(writer=replace(RHIAN, receipts="all"))

    assert templates(decision) == ["handler-reply", "receipt"]
    assert letter(decision, "receipt").facts["original"] == ""


PDF = Attachment(name="a.pdf", content_type="application/pdf", content=b"%PDF-1.7")
MOVIE = Attachment(name="b.mov", content_type="video/quicktime", content=b"frames")
LOGO = Attachment(name="logo.png", content_type="image/png", content=b"dots")


def test_the_files_of_an_answer_go_with_it_and_are_on_record() -> None:
    decision = answered(files=Files(((PDF, None),)))

    assert templates(decision) == ["handler-reply"]
    assert letter(decision, "handler-reply").attachments == (PDF,)
    assert ("files_passed_on", "staff_answer") in events(decision)


def test_a_file_that_stays_behind_is_named_in_the_receipt_with_the_reason() -> None:
    decision = answered(files=Files(((PDF, None), (MOVIE, Stays.TOO_LARGE))))

    assert templates(decision) == ["handler-reply", "receipt"]
    assert letter(decision, "handler-reply").attachments == (PDF,)
    receipt = letter(decision, "receipt")
    assert "b.mov (too large" in str(receipt.facts["why"])
    assert receipt.facts["original"] == ""


def test_the_logo_of_a_signature_stays_behind_without_a_receipt_but_on_record() -> None:
    decision = answered(files=Files(((LOGO, Stays.LOGO),)))

    assert templates(decision) == ["handler-reply"]
    assert letter(decision, "handler-reply").attachments == ()
    assert ("files_not_passed_on", "staff_answer") in events(decision)


def test_files_go_with_the_words_of_a_command_that_writes_to_the_customer() -> None:
    decision = answered("#outcome\nThe joint is mended.", files=Files(((PDF, None),)))

    assert letter(decision, "outcome").attachments == (PDF,)
    assert "a.pdf" not in str(letter(decision, "receipt").facts["outcome"])


def test_files_that_come_with_a_note_are_kept_and_the_receipt_says_so() -> None:
    decision = answered("#note\nSee the file.", files=Files(((PDF, None),)))

    assert templates(decision) == ["receipt"]
    assert "not sent to the customer: a.pdf" in str(letter(decision, "receipt").facts["outcome"])


def test_a_customers_files_are_listed_for_the_handler_and_attached_up_to_a_bound() -> None:
    large = replace(MOVIE, content=bytes(MOST_OCTETS))
    decision = joined(a_case(), a_message(attachments=(PDF, large)))

    reply = letter(decision, "customer-reply")
    assert reply.attachments == (PDF,)
    listed = reply.facts["attachments"]
    assert isinstance(listed, list)
    assert listed[0] == "a.pdf: application/pdf, 1 KB"
    assert listed[1].startswith("b.mov: video/quicktime, 10.0 MB; not attached")


def test_what_a_customer_quotes_is_marked_for_the_handler_and_nothing_is_lost() -> None:
    text = "Yes, at 10.\n\nOn Fri, 20 Nov 2026 at 16:46, Infinity <a@b.example> wrote:\n> When?"
    decision = joined(a_case(), a_message(text=text))

    words = str(letter(decision, "customer-reply").facts["words"])
    assert words.splitlines() == [
        "Yes, at 10.",
        "",
        "> On Fri, 20 Nov 2026 at 16:46, Infinity <a@b.example> wrote:",
        "> When?",
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#merge ISS-000002-92", "command_refused"),
        ("#close phone", "misspoken"),
        ("\n\n  #contact soon\nMore text", "misspoken"),
        ("", "nothing_new"),
        (" \n\n ", "nothing_new"),
        ("Sent from my iPhone", "nothing_new"),
        ("Get Outlook for iOS", "nothing_new"),
        ("Kind regards,\nRhian Price", "nothing_new"),
        ("Rhian Price", "nothing_new"),
        (".", "nothing_new"),
    ],
)
def test_what_cannot_be_relayed_leaves_nothing_for_the_customer(text: str, reason: str) -> None:
    decision = answered(text)

    assert decision.reason == reason
    assert templates(decision) == ["receipt"]
    assert letter(decision, "receipt").to.email == RHIAN.email


def test_a_hash_below_the_first_line_is_ordinary_text() -> None:
    assert answered("Your ticket is\n#4217 at the exchange").reason == "answer_relayed"


@pytest.mark.parametrize("reason", ["not_answerable", "nothing_to_answer"])
def test_an_answer_to_a_mail_for_staff_alone_gets_a_receipt(reason: str) -> None:
    decision = answered(may_relay=False, reason=reason)

    assert decision.reason == reason
    assert templates(decision) == ["receipt"]


def test_a_customer_who_already_has_the_mail_does_not_get_it_twice() -> None:
    decision = answered(reason="written_directly", went_to=frozenset({JANE.key}), is_exposed=True)

    assert templates(decision) == ["confirm-command", "assignment"]


def test_a_staff_address_that_others_have_seen_is_replaced() -> None:
    decision = answered(went_to=frozenset({"engineer@contractor.example"}), is_exposed=True)

    assert templates(decision) == ["handler-reply", "assignment"]
    assert ("token_spent", "went_to_others") in events(decision)
    again = letter(decision, "assignment")
    assert (again.to.email, again.occasion) == (RHIAN.email, "again.message.3")


# --- the clock -------------------------------------------------------------


def test_on_the_third_working_day_the_customer_is_asked_and_the_handler_warned() -> None:
    case = a_case()
    decision = struck(case, step(case, "agree_contact", Does.ACT))

    assert decision.reason == "no_contact_time_agreed"
    assert [(each.template, each.to.email) for each in decision.letters] == [
        ("follow-up", JANE.email),
        ("warning", RHIAN.email),
    ]
    assert decision.settled == ()


def test_at_its_end_an_unmet_promise_is_breached_and_the_manager_told() -> None:
    case = a_case()
    decision = struck(case, step(case, "agree_contact", Does.DUE))

    assert decision.reason == "breached"
    assert settled(decision) == [("agree_contact", BREACHED)]
    assert decision.settled[0].at == promise(case, "agree_contact").due_at
    breach = letter(decision, "breach")
    assert breach.to.email == MANAGER.email
    assert "agreed contact time" in str(breach.facts["clause"])


def test_a_breach_is_recorded_even_where_nobody_can_be_told() -> None:
    case = a_case()
    decision = struck(case, step(case, "agree_contact", Does.DUE), handlers=())

    assert (decision.reason, decision.letters) == ("breached", ())
    assert settled(decision) == [("agree_contact", BREACHED)]


def test_a_promise_is_breached_once() -> None:
    case = a_case(promises={"agree_contact": BREACHED})
    decision = struck(case, step(case, "agree_contact", Does.DUE))

    assert (decision.reason, decision.letters, decision.settled) == ("already_breached", (), ())


@pytest.mark.parametrize("state", [MET, MET_LATE, WITHDRAWN])
@pytest.mark.parametrize("name", ["acknowledge", "introduce", "agree_contact", "adr_rights"])
def test_a_settled_promise_says_nothing_more(name: str, state: ObligationState) -> None:
    case = a_case(promises={name: state})
    decision = struck(case, *promise(case, name).steps)

    assert (decision.reason, decision.letters, decision.settled) == ("already_settled", (), ())


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.CLOSED, "case_is_closed"),
        (State.NOT_A_COMPLAINT, "case_is_not_a_complaint"),
    ],
)
def test_the_clocks_of_a_settled_case_are_silent(state: State, reason: str) -> None:
    case = a_case(state=state)
    decision = struck(case, step(case, "adr_rights", Does.ACT))

    assert (decision.reason, decision.letters) == (reason, ())


def test_a_pending_confirmation_does_not_stop_the_rights_letter() -> None:
    case = a_case(state=State.AWAITING_CONFIRMATION)

    assert templates(struck(case, step(case, "adr_rights", Does.ACT))) == ["adr-rights"]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_the_handler_is_warned_before_six_weeks_are_over(which: int) -> None:
    case = a_case()
    warning = step(case, "adr_rights", Does.WARN, which)
    decision = struck(case, warning)

    assert decision.reason == "warned"
    assert letter(decision, "warning").to.email == RHIAN.email
    assert letter(decision, "warning").facts["due_at"] == promise(case, "adr_rights").due_at


def test_without_a_handler_the_manager_is_warned() -> None:
    case = a_case(handler=None)
    decision = struck(case, step(case, "adr_rights", Does.WARN))

    assert letter(decision, "warning").to.email == MANAGER.email


def test_a_warning_that_nobody_can_get_is_still_an_event() -> None:
    case = a_case(handler=None)
    decision = struck(case, step(case, "adr_rights", Does.WARN), handlers=())

    assert decision.letters == ()
    assert events(decision) == [("warning_decided", "adr_rights")]


def test_after_six_weeks_the_customer_gets_the_rights_letter() -> None:
    case = a_case()
    decision = struck(case, step(case, "adr_rights", Does.ACT))

    assert decision.reason == "six_weeks_open"
    assert [(each.template, each.to, each.withheld) for each in decision.letters] == [
        ("adr-rights", JANE, "")
    ]
    assert decision.settled == ()  # deciding is not evidence


@pytest.mark.parametrize("template", ["adr-rights", "deadlock"])
def test_the_rights_letter_is_not_decided_where_one_of_them_went(template: str) -> None:
    case = a_case(rights_letters=(template,))
    decision = struck(case, step(case, "adr_rights", Does.ACT))

    assert (decision.reason, decision.letters) == ("rights_letter_already_decided", ())


@pytest.mark.parametrize("verdict", ["spam_verdict", "dmarc_verdict"])
def test_under_a_verdict_the_rights_letter_is_withheld_and_a_person_told(verdict: str) -> None:
    case = a_case(verdict=verdict)
    decision = struck(case, step(case, "adr_rights", Does.ACT))

    assert letter(decision, "adr-rights").withheld == verdict
    assert letter(decision, "task").to.email == MANAGER.email


def test_under_a_verdict_the_follow_up_is_withheld_and_the_handler_warned() -> None:
    case = a_case(verdict="spam_verdict")
    decision = struck(case, step(case, "agree_contact", Does.ACT))

    assert letter(decision, "follow-up").withheld == "spam_verdict"
    assert letter(decision, "warning").withheld == ""


@pytest.mark.parametrize("name", ["acknowledge", "adr_rights"])
def test_an_alarm_tells_the_manager_while_there_is_time(name: str) -> None:
    case = a_case()
    decision = struck(case, step(case, name, Does.ALARM))

    assert decision.reason == "not_yet_met"
    assert [(each.template, each.to.email) for each in decision.letters] == [
        ("task", MANAGER.email)
    ]
    assert decision.settled == ()


def test_while_the_manager_is_away_the_head_gets_tasks_and_breaches() -> None:
    case = a_case()
    handlers = (RHIAN, away(MANAGER), HEAD)

    alarm = struck(case, step(case, "acknowledge", Does.ALARM), handlers=handlers)
    breach = struck(case, step(case, "acknowledge", Does.DUE), handlers=handlers)

    assert [each.to.email for each in (*alarm.letters, *breach.letters)] == [HEAD.email] * 2


def test_a_step_of_an_earlier_obligation_of_the_promise_says_nothing() -> None:
    case = a_case()
    old = replace(step(case, "agree_contact", Does.ACT), number=2)

    assert struck(case, old).reason == "already_settled"


def test_a_step_of_a_promise_that_the_case_does_not_have_says_nothing() -> None:
    case = replace(a_case(), obligations=())

    assert struck(case, step(a_case(), "adr_rights", Does.ACT)).reason == "already_settled"


def test_nothing_due_is_nothing_owed() -> None:
    assert decide(a_case(), ClockStruck(steps=()), FIRM, FRIDAY).reason == "nothing_owed"


def test_an_act_without_a_letter_of_its_own_is_done_when_the_case_opens() -> None:
    case = a_case()
    act = step(case, "acknowledge", Does.ACT)

    assert struck(case, act).reason == "acts_when_the_case_opens"


def test_after_an_outage_the_customer_gets_one_clock_mail_the_rights_letter_first() -> None:
    case = a_case(promises={"acknowledge": MET, "introduce": MET})
    now = at("2027-01-05 10:00")
    decision = struck(case, *steps_until(case, now), now=now)

    to_customer = [each.template for each in decision.letters if not each.to_staff]
    assert to_customer == ["adr-rights"]
    assert ("letter_superseded", "superseded") in events(decision)
    assert [each.about for each in decision.events if each.name == "letter_superseded"] == [
        "follow-up"
    ]


def test_what_was_left_out_goes_to_the_manager_as_one_task() -> None:
    case = a_case(promises={"acknowledge": MET, "introduce": MET})
    now = at("2027-01-01 09:00")
    decision = struck(case, *steps_until(case, now), now=now)

    task = letter(decision, "task")
    assert task.to.email == MANAGER.email
    assert "follow-up" in str(task.facts["why"])
    assert "adr-rights" not in str(task.facts["why"])


def test_after_an_outage_warnings_that_were_overtaken_are_left_out() -> None:
    case = a_case(promises={"acknowledge": MET, "introduce": MET, "agree_contact": MET})
    now = at("2027-01-01 09:00")
    decision = struck(case, *steps_until(case, now), now=now)

    assert templates(decision) == ["adr-rights"]


def test_of_several_missed_warnings_only_the_last_is_sent() -> None:
    case = a_case()
    now = at("2026-12-29 09:00")
    due = steps_until(case, now, "adr_rights")
    decision = struck(case, *due, now=now)

    assert len(due) == 3
    assert [each.occasion for each in decision.letters] == ["adr_rights.1.warn.20261229T0900"]


def test_a_late_rights_letter_is_still_sent_when_its_end_is_past() -> None:
    case = a_case(promises={"acknowledge": MET, "introduce": MET, "agree_contact": MET})
    now = at("2027-01-10 09:00")
    decision = struck(case, *steps_until(case, now), now=now)

    # No alarm that it is missing: it goes out in this very round.
    assert templates(decision) == ["adr-rights", "breach"]
    assert settled(decision) == [("adr_rights", BREACHED)]


def test_each_step_has_an_occasion_of_its_own() -> None:
    case = a_case()
    said = [
        each.occasion
        for obligation in case.obligations
        for due in obligation.steps
        for each in struck(case, due).letters
        if each.template == "warning"
    ]

    assert len(said) == len(set(said)) == 5


# --- what became of a letter -----------------------------------------------

KEEPING = [
    ("acknowledgement", "acknowledge"),
    ("introduction", "introduce"),
    ("adr-rights", "adr_rights"),
    ("deadlock", "adr_rights"),
]


@pytest.mark.parametrize(("template", "name"), KEEPING)
@pytest.mark.parametrize(
    ("late", "state"), [(-MINUTE, MET), (timedelta(0), MET), (timedelta(microseconds=1), MET_LATE)]
)
def test_a_promise_is_met_up_to_and_including_its_last_instant(
    template: str, name: str, late: timedelta, state: ObligationState
) -> None:
    case = a_case()
    when = promise(case, name).due_at + late
    decision = accepted(case, template, when)

    assert settled(decision)[0] == (name, state)
    assert decision.reason == state
    assert (decision.settled[0].at, decision.settled[0].evidence) == (when, "accepted, an-id")
    assert events(decision)[0] == (f"obligation_{state}", name)


def test_a_breached_promise_can_still_be_met_late() -> None:
    case = a_case(promises={"acknowledge": BREACHED})
    late = promise(case, "acknowledge").due_at + MINUTE

    assert settled(accepted(case, "acknowledgement", late)) == [("acknowledge", MET_LATE)]


def test_an_answer_in_time_that_is_learnt_of_late_is_in_time() -> None:
    case = a_case(promises={"acknowledge": BREACHED})

    assert settled(accepted(case, "acknowledgement", FRIDAY)) == [("acknowledge", MET)]


@pytest.mark.parametrize("template", ["follow-up", "handler-reply", "warning", ""])
def test_other_letters_keep_no_promise(template: str) -> None:
    assert accepted(a_case(), template, FRIDAY).reason == "keeps_no_open_promise"


@pytest.mark.parametrize("state", [MET, MET_LATE])
def test_a_promise_is_met_once(state: ObligationState) -> None:
    decision = accepted(a_case(promises={"acknowledge": state}), "acknowledgement", FRIDAY)

    assert (decision.reason, decision.settled) == ("keeps_no_open_promise", ())


def test_a_letter_to_somebody_else_keeps_no_promise() -> None:
    decision = accepted(a_case(), "acknowledgement", FRIDAY, recipient=STRANGER.email)

    assert (decision.reason, decision.settled) == ("to_somebody_else", ())


def test_the_recipients_letters_do_not_matter() -> None:
    decision = accepted(a_case(), "acknowledgement", FRIDAY, recipient="JANE@customer.example")

    assert settled(decision) == [("acknowledge", MET)]


@pytest.mark.parametrize(("template", "name"), KEEPING)
@pytest.mark.parametrize("kept", [MET, MET_LATE])
@pytest.mark.parametrize(
    ("late", "state"),
    [(-MINUTE, OPEN), (timedelta(0), OPEN), (timedelta(microseconds=1), BREACHED)],
)
def test_a_bounce_opens_a_kept_promise_again_or_breaches_it_after_its_end(
    template: str, name: str, kept: ObligationState, late: timedelta, state: ObligationState
) -> None:
    case = a_case(promises={name: kept})
    decision = failed(case, template, promise(case, name).due_at + late)

    assert decision.reason == "bounced"
    assert settled(decision) == [(name, state)]
    assert events(decision)[0] == ("letter_bounced", "bounced")
    assert ("obligation_opened_again", name) in events(decision)


def test_a_bounce_makes_a_task_for_the_handler() -> None:
    task = letter(failed(a_case(promises={"acknowledge": MET}), "acknowledgement"), "task")

    assert task.to.email == RHIAN.email
    assert "5.1.1" in str(task.facts["why"])


def test_a_bounce_in_a_case_without_a_handler_is_the_managers_task() -> None:
    assert letter(failed(a_case(handler=None), "introduction"), "task").to.email == MANAGER.email


def test_the_obligation_that_was_opened_again_is_breached_at_its_end() -> None:
    case = a_case(promises={"acknowledge": MET})
    again = failed(case, "acknowledgement").applied_to(case)

    decision = struck(again, step(again, "acknowledge", Does.DUE))

    assert settled(decision) == [("acknowledge", BREACHED)]


@pytest.mark.parametrize("outcome", ["refused", "expired"])
def test_a_letter_that_never_went_does_not_undo_what_another_one_kept(outcome: str) -> None:
    decision = failed(a_case(promises={"adr_rights": MET}), "adr-rights", outcome=outcome)

    assert (decision.reason, decision.settled) == (outcome, ())
    assert templates(decision) == ["task"]


@pytest.mark.parametrize("state", [OPEN, BREACHED, WITHDRAWN])
def test_a_bounce_opens_nothing_that_was_not_kept(state: ObligationState) -> None:
    assert failed(a_case(promises={"acknowledge": state}), "acknowledgement").settled == ()


def test_a_bounce_from_another_address_than_the_complainants_opens_nothing() -> None:
    decision = failed(a_case(promises={"acknowledge": MET}), "acknowledgement", to=STRANGER)

    assert decision.settled == ()
    assert templates(decision) == ["task"]


def test_a_staff_letter_that_fails_is_the_managers_task() -> None:
    decision = failed(a_case(), "assignment", to=Address(email=RHIAN.email), to_staff=True)

    assert letter(decision, "task").to.email == MANAGER.email


def test_what_the_manager_cannot_be_told_is_told_to_whoever_is_above() -> None:
    decision = failed(a_case(), "task", to=Address(email=MANAGER.email), to_staff=True)

    assert letter(decision, "task").to.email == HEAD.email


def test_a_task_about_a_mail_that_failed_makes_no_other_when_it_fails() -> None:
    first = failed(a_case(), "breach", to=Address(email=MANAGER.email), to_staff=True)
    task = letter(first, "task")

    decision = failed(a_case(), "task", to=task.to, to_staff=True, occasion=task.occasion)

    assert (decision.reason, decision.letters) == ("nobody_else_to_tell", ())
    assert events(decision) == [("letter_bounced", "bounced")]


# --- decisions as values ---------------------------------------------------


def test_a_decision_applied_to_a_case_shows_what_was_booked_and_settled() -> None:
    case = a_new_case()
    opening = opened(case)
    end = accepted(opening.applied_to(case), "acknowledgement", FRIDAY)

    after = end.applied_to(opening.applied_to(case))

    assert after.handler == RHIAN
    assert promise(after, "acknowledge").state is MET
    assert promise(after, "introduce").state is OPEN


def test_the_same_arguments_give_the_same_decision() -> None:
    assert opened() == opened()
