"""
A rehearsal beside the people: whose mail belongs to which case, and what is found.
"""

from datetime import datetime, timedelta

from mailbot.cases.obligation import ObligationState
from mailbot.cases.shadow.compare import CaseBeside, Finding, Shadow, compare
from mailbot.cases.shadow.known import Came, Known, Ours, Owed, ShadowCase, Theirs
from tests.cases.builders import at

RECEIVED = at("2026-11-20 16:45")
UNTIL = at("2026-12-01 00:00")
JANE, BOB = "jane@example.com", "bob@example.com"
ACKNOWLEDGEMENT = Ours(template="acknowledgement", decided_at=RECEIVED)


def owed(promise: str, hours: float, state: ObligationState = ObligationState.BREACHED) -> Owed:
    due = RECEIVED + timedelta(hours=hours)
    return Owed(promise=promise, number=1, since=RECEIVED, due_at=due, state=state)


def a_case(
    *owes: Owed,
    reference: str = "ISS-1",
    email: str = JANE,
    received_at: datetime = RECEIVED,
    ours: tuple[Ours, ...] = (ACKNOWLEDGEMENT,),
) -> ShadowCase:
    return ShadowCase(
        reference=reference, received_at=received_at, email=email, ours=ours, owed=owes
    )


def a_mail(hours: float, to: str = JANE, answers: tuple[str, ...] = ()) -> Theirs:
    sent = RECEIVED + timedelta(hours=hours)
    return Theirs(message_id=f"{hours}@x", sent_at=sent, recipients=(to,), answers=answers)


def beside(*cases: ShadowCase, sent: list[Theirs], came: tuple[Came, ...] = ()) -> Shadow:
    return compare(Known(since=RECEIVED, until=UNTIL, cases=cases, came=came), sent)


def only(shadow: Shadow) -> CaseBeside:
    [one] = shadow.cases
    return one


def test_an_answer_by_its_ids_belongs_to_the_case_of_what_it_answers() -> None:
    came = Came(message_id="first@x", sender=JANE, received_at=RECEIVED, reference="ISS-1")
    other = a_case(reference="ISS-2", received_at=RECEIVED + timedelta(hours=1))

    found = beside(
        a_case(), other, sent=[a_mail(2, answers=("unknown@x", "first@x"))], came=(came,)
    )

    assert [len(each.theirs) for each in found.cases] == [1, 0]


def test_an_answer_without_ids_belongs_to_the_latest_case_of_its_reader() -> None:
    later = a_case(reference="ISS-2", received_at=RECEIVED + timedelta(hours=5))

    found = beside(a_case(), later, sent=[a_mail(2), a_mail(6), a_mail(7, to=BOB)])

    assert [len(each.theirs) for each in found.cases] == [1, 1]
    assert found.unrelated == 1


def test_a_case_that_only_mailbot_would_have_answered_is_found() -> None:
    assert only(beside(a_case(), sent=[])).findings == (Finding.ONLY_WE,)


def test_a_letter_that_was_kept_in_would_not_have_gone() -> None:
    kept_in = Ours(template="acknowledgement", decided_at=RECEIVED, is_kept_in=True)
    one = only(beside(a_case(ours=(kept_in,)), sent=[a_mail(3)]))

    assert one.our_first is None
    assert one.findings == (Finding.ONLY_THEY,)


def test_what_people_answered_and_mailbot_took_for_a_machines_is_missed() -> None:
    robot = Came(
        message_id="robot@x", sender=BOB, received_at=RECEIVED, kind="list", silence="a_list"
    )

    found = beside(sent=[a_mail(1, BOB, ("robot@x",)), a_mail(9, BOB, ("robot@x",))], came=(robot,))

    [missed] = found.missed
    assert (missed.silence, missed.answered_at) == ("a_list", RECEIVED + timedelta(hours=1))


def test_a_promise_is_kept_by_us_in_time_where_people_were_late() -> None:
    one = only(beside(a_case(owed("acknowledge", 24)), sent=[a_mail(30)]))

    [promise] = one.promises
    assert (promise.by_us, promise.by_them) == (True, False)
    assert Finding.WE_ALONE_KEPT in one.findings


def test_a_contact_that_people_kept_by_mail_is_called_broken_by_us() -> None:
    one = only(beside(a_case(owed("keep_contact", 48)), sent=[a_mail(48)]))

    assert Finding.THEY_ALONE_KEPT in one.findings
    assert only(beside(a_case(owed("keep_contact", 48)), sent=[a_mail(48.1)])).findings == ()


def test_of_a_promise_that_is_not_due_or_not_owed_nothing_is_found() -> None:
    withdrawn = owed("answer", 10, ObligationState.WITHDRAWN)
    one = only(beside(a_case(owed("adr_rights", 24 * 42), withdrawn), sent=[a_mail(1)]))

    assert one.promises == ()
    assert one.findings == ()
