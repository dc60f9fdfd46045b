"""
What no message brings: due steps, an operator's orders, a recalculation, the mails of a
morning.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.cases.commands.orders import Away, Back, Contact, Open, Way
from mailbot.cases.identity.set_aside import SetAside, held_letters
from mailbot.cases.known.rows import KnownLetter
from mailbot.desk import orders
from mailbot.desk.recorded import Ordered
from mailbot.desk.staff import errands
from tests.cases.builders import FRIDAY, JANE, OWEN, RHIAN, a_message, at
from tests.desk.builders import (
    FIRST,
    FIRST_REFERENCE,
    Desk,
    an_answer,
    octets_of,
    with_a_case,
    words_of,
)

SECOND_REFERENCE = "ISS-000002-92"
TEXT_CALENDAR = "text/calendar"


# --- the clock ---------------------------------------------------------------


def test_what_is_due_is_done_once() -> None:
    desk = with_a_case()

    recorded = desk.strikes(at=at("2026-11-25 09:00"))
    assert recorded.letters == ("follow-up", "warning")
    assert desk.strikes().reason == "nothing_due"
    assert len(desk.letters("follow-up")) == 1


def test_a_step_is_done_with_its_decision() -> None:
    desk = with_a_case()

    desk.strikes(at=at("2026-11-25 09:00"))
    done = [each for each in desk.known.steps_of(FIRST) if each.done_at]
    assert {each.done_at for each in done} == {desk.now}
    assert all(each.at <= desk.now for each in done)


def test_before_its_instant_nothing_is_due() -> None:
    desk = with_a_case()
    next_at = min(each.at for each in desk.known.steps_of(FIRST) if each.at > FRIDAY)

    for step in desk.known.steps_of(FIRST):
        if step.at <= FRIDAY:
            desk.known.steps[step.id] = replace(step, done_at=FRIDAY)
    assert desk.strikes(at=next_at - timedelta(seconds=1)).reason == "nothing_due"
    assert desk.strikes(at=next_at).reason != "nothing_due"


def test_a_case_that_is_not_there_is_struck_by_nobody() -> None:
    assert Desk().strikes(77).reason == "no_such_case"


def test_a_deadline_of_a_closed_case_is_settled_in_silence() -> None:
    desk = with_a_case()
    desk.orders("#not-complaint opening hours")
    before = len(desk.known.letters)

    desk.strikes(at=at("2027-01-01 09:00"))
    assert len(desk.known.letters) == before
    assert not [
        each for each in desk.known.steps_of(FIRST) if each.at <= desk.now and not each.done_at
    ]


def test_a_handler_who_is_away_is_stood_in_for() -> None:
    desk = with_a_case()
    gone = Away(who="Rhian Price", first=at("2026-11-23").date(), last=at("2026-12-23").date())
    assert desk.does(lambda turn: errands.absence(turn, gone, "Olwen")).is_done

    desk.strikes(at=at("2026-11-25 09:00"))
    desk.strikes(at=at("2026-11-25 15:00"))
    warned = {each.recipient for each in desk.letters("warning")}
    assert warned
    assert RHIAN.email not in warned


# --- commands ------------------------------------------------------------------


def test_an_order_is_carried_out_and_answered() -> None:
    desk = with_a_case()

    ordered = desk.orders("#note She rang.")
    assert ordered.is_done
    assert "note_filed" in desk.events()


def test_an_order_on_no_case_is_refused() -> None:
    ordered = Desk().orders("#note She rang.")

    assert ordered == Ordered(is_done=False, answer=f"there is no case {FIRST_REFERENCE}")


def test_an_order_that_is_refused_changes_nothing() -> None:
    desk = with_a_case()
    before = desk.case()

    ordered = desk.orders("#assign Nobody")
    assert not ordered.is_done
    assert "nobody who can take a case" in ordered.answer
    assert desk.case() == before


def test_a_case_given_to_somebody_counts_for_them() -> None:
    desk = with_a_case()

    desk.orders("#assign Owen Parry")
    assert desk.case().handler == OWEN
    assert desk.known.busy[OWEN.email] == 1
    assert desk.known.busy[RHIAN.email] == 0


@pytest.mark.parametrize(("later", "letters"), [(0, 0), (1, 1)])
def test_nobody_is_told_of_a_contact_that_is_over(later: int, letters: int) -> None:
    desk = with_a_case()
    desk.now = at("2026-11-23 14:00")
    command = Contact(at=desk.now + timedelta(minutes=later))

    desk.does(lambda turn: orders.commands(turn, FIRST_REFERENCE, [command], "Olwen"))
    assert len(desk.letters("contact-agreed")) == letters


def test_two_orders_of_one_text_at_two_instants_say_it_twice() -> None:
    desk = with_a_case()
    desk.orders("#call\nWe shall come.")
    desk.lets_pass(timedelta(minutes=1))

    desk.orders("#call\nWe shall come.")
    assert len(desk.letters("call-summary")) == 2


def test_a_contact_takes_back_the_question_that_waits() -> None:
    desk = with_a_case()
    desk.strikes(at=at("2026-11-25 09:00"))

    desk.orders("#contact 26/11 14:00")
    asked = desk.letter("follow-up")
    assert (asked.status, asked.reason) == ("withdrawn", "made_pointless")
    assert asked.next_attempt_at is None


def test_a_question_on_the_line_stays_what_the_line_says() -> None:
    desk = with_a_case()
    desk.strikes(at=at("2026-11-25 09:00"))
    letter = desk.letter("follow-up")
    desk.known.letters[letter.id] = replace(letter, status="uncertain")

    desk.orders("#contact 26/11 14:00")
    assert desk.letter("follow-up").status == "uncertain"


def test_what_was_withheld_may_be_said_once_it_is_no_spam() -> None:
    desk = Desk()
    desk.arrives(a_message(headers={"x-spam-flag": ("YES",)}))

    assert desk.orders("#release").is_done
    first, second = desk.letters("acknowledgement")
    assert (first.status, second.status) == ("withheld", "queued")
    assert first.key != second.key


# --- one case made part of another --------------------------------------------------


def merged() -> Desk:
    """
    Jane Doe's second case has become part of her first.
    """
    desk = with_a_case()
    desk.arrives(a_message(message_id="second@customer.example", text="And the telephone."))
    desk.sends()
    ordered = desk.orders(f"#merge {FIRST_REFERENCE}", SECOND_REFERENCE)
    assert ordered.is_done, ordered.answer
    return desk


def test_what_leads_to_the_one_case_leads_to_the_other() -> None:
    desk = merged()

    assert desk.known.serial_at(2) == FIRST
    assert desk.known.at_reference(SECOND_REFERENCE) == FIRST
    assert desk.known.merged == [(2, FIRST)]


def test_messages_letters_and_history_move() -> None:
    desk = merged()

    assert {each.case_id for each in desk.messages} == {FIRST}
    assert desk.known.letters_of(2) == []
    assert desk.events(2) == []
    assert desk.events().count("case_opened") == 2


def test_what_was_due_in_it_is_due_no_more() -> None:
    assert merged().known.steps_of(2) == []


def test_it_counts_as_nobodys_work() -> None:
    desk = merged()

    assert desk.known.workload()[RHIAN.email] + desk.known.workload().get(OWEN.email, 0) == 1


def test_an_answer_to_one_of_its_letters_joins_the_other() -> None:
    desk = with_a_case()
    desk.arrives(a_message(message_id="second@customer.example", text="And the telephone."))
    desk.sends()
    theirs = desk.letter("introduction")
    assert theirs.case_id == 2
    desk.orders(f"#merge {FIRST_REFERENCE}", SECOND_REFERENCE)

    recorded = desk.arrives(an_answer(theirs, "Thank you.", to="service@example.com"))
    assert recorded.case == FIRST_REFERENCE


def test_a_case_does_not_become_part_of_one_that_is_not_there() -> None:
    desk = with_a_case()

    ordered = desk.orders(f"#merge {SECOND_REFERENCE}")
    assert not ordered.is_done
    assert desk.known.merged == []


# --- recalculated --------------------------------------------------------------------


def test_a_dry_run_says_what_would_be_owed_and_records_nothing() -> None:
    desk = with_a_case()
    before = desk.known.after()

    compared = desk.does(
        lambda turn: orders.recalculation(turn, FIRST_REFERENCE, "Olwen", dry_run=True)
    )
    assert compared
    assert desk.known == before


def test_a_recalculation_is_in_the_history_of_the_case() -> None:
    desk = with_a_case()
    moved = [
        replace(each, due_at=each.due_at + timedelta(days=3))
        if each.promise == "agree_contact"
        else each
        for each in desk.case().obligations
    ]
    desk.known.put_case(replace(desk.case(), obligations=tuple(moved)))
    steps = [each for each in desk.known.steps_of(FIRST) if each.promise == "agree_contact"]

    desk.does(lambda turn: orders.recalculation(turn, FIRST_REFERENCE, "Olwen", dry_run=False))
    again = [each for each in desk.known.steps_of(FIRST) if each.promise == "agree_contact"]
    assert [(each.does, each.at) for each in again] == [(each.does, each.at) for each in steps]
    assert not {each.id for each in again} & {each.id for each in steps}
    assert desk.known.decisions[-1].moved


def test_of_no_case_nothing_is_calculated() -> None:
    desk = Desk()

    assert (
        desk.does(lambda turn: orders.recalculation(turn, "ISS-1", "Olwen", dry_run=True)) is None
    )


# --- beside any case ---------------------------------------------------------------------


def entered(desk: Desk, email: str = JANE.email) -> Ordered:
    command = Open(
        way=Way.TELEPHONE,
        received_at=at("2026-11-19 14:00"),
        name="Jane Doe",
        email=email,
        text="She rang: no line.",
    )
    return desk.does(lambda turn: errands.enter(turn, command, "Olwen"))


def test_a_complaint_by_telephone_opens_a_case_as_of_then() -> None:
    desk = Desk()

    done = entered(desk)
    assert done.serial == FIRST
    assert FIRST_REFERENCE in done.answer
    assert desk.case().received_at == at("2026-11-19 14:00")
    assert "She rang: no line." in words_of(desk.letter("assignment"))


def test_who_enters_it_reads_what_else_is_open() -> None:
    desk = with_a_case()

    assert f"The same customer has {FIRST_REFERENCE} open." in entered(desk).answer


def test_the_address_of_one_of_our_people_is_no_customers() -> None:
    desk = Desk()

    assert not entered(desk, RHIAN.email).is_done
    assert desk.known.cases == {}


def test_whoever_has_no_address_is_written_to_on_paper() -> None:
    desk = Desk()

    entered(desk, "")
    assert desk.case().by_post


def test_an_absence_is_said_and_taken_back() -> None:
    desk = Desk()
    gone = Away(who="", first=at("2026-12-21").date(), last=at("2027-01-02").date())

    assert desk.does(lambda turn: errands.absence(turn, gone, "Rhian Price")).is_done
    [absence] = desk.known.absences.values()
    assert (absence.email_key, absence.said_by) == (RHIAN.email, "Rhian Price")
    assert desk.does(lambda turn: errands.absence(turn, Back(who="Rhian Price"), "Olwen")).is_done
    [absence] = desk.known.absences.values()
    assert absence.ended_at == desk.now
    assert desk.events(None) == ["absence_recorded", "absence_ended"]


def test_an_absence_that_nobody_said_is_not_taken_back() -> None:
    done = Desk().does(lambda turn: errands.absence(turn, Back(who="Rhian Price"), "Olwen"))

    assert not done.is_done
    assert "handlers.toml" in done.answer


def test_an_absence_of_nobody_is_refused() -> None:
    gone = Away(who="Nobody", first=FRIDAY.date(), last=FRIDAY.date())

    assert "is nobody in handlers.toml" in (
        Desk().does(lambda turn: errands.absence(turn, gone, "Olwen")).answer
    )


def test_a_letter_of_the_morning_is_said_once() -> None:
    desk = Desk()
    held = SetAside(held_id=1, reason="mailing_list", message=a_message())
    letters = held_letters(held, desk.office.firm, FRIDAY)

    def say() -> list[str]:
        return desk.does(lambda turn: orders.say(turn, [*letters, *letters]))

    assert say() == ["task"]
    assert say() == []


def test_a_warning_is_answered_with_the_command_that_it_names() -> None:
    desk = with_a_case()
    desk.strikes(at=at("2026-11-25 09:00"))
    warning = desk.letter("warning")
    assert "answer this email with that time" in " ".join(words_of(warning).split())

    desk.arrives(an_answer(warning, "#contact fri 14:00", received_at=desk.now))
    assert "contact on Friday 27 November 2026, 2pm" in words_of(desk.letter("receipt"))


# --- an agreed time in the customer's calendar -----------------------------------------


def calendar_in(letter: KnownLetter) -> dict[str, str]:
    """
    The lines of its calendar by their names, and the method of the part.
    """
    [part] = [each for each in octets_of(letter).walk() if each.get_content_type() == TEXT_CALENDAR]
    lines = (line.partition(":") for line in part.get_content().split("\r\n"))
    return {name: value for name, _, value in lines} | {"part": str(part.get_param("method"))}


def test_a_time_that_is_moved_and_taken_back_is_one_entry_in_the_calendar() -> None:
    desk = with_a_case()
    desk.orders("#contact wed 14:00")
    desk.lets_pass(timedelta(seconds=1))
    desk.orders("#contact thu 11:30")
    first, second = (calendar_in(each) for each in desk.letters("contact-agreed"))
    desk.orders("#close phone Jane Doe, today 16:30")
    last = calendar_in(desk.letter("closed"))

    assert {each["UID"] for each in (first, second, last)} == {first["UID"]}
    assert int(first["SEQUENCE"]) < int(second["SEQUENCE"]) < int(last["SEQUENCE"])
    assert (second["METHOD"], last["METHOD"], last["part"]) == ("PUBLISH", "CANCEL", "CANCEL")
    assert "instead of Wednesday 25 November 2026, 2pm" in words_of(
        desk.letters("contact-agreed")[1]
    )
    assert "does not take place any more" in words_of(desk.letter("closed"))


def test_a_closure_without_an_agreed_time_has_no_calendar() -> None:
    desk = with_a_case()
    desk.orders("#close phone Jane Doe, today 16:30")

    types = [each.get_content_type() for each in octets_of(desk.letter("closed")).walk()]
    assert TEXT_CALENDAR not in types
