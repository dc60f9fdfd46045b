"""
What follows from a trigger, all of it: the case, its promises and people, and the letters.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from mailbot.cases.case import Case
from mailbot.cases.decide import decide
from mailbot.cases.decision import Decision
from mailbot.cases.known.known import LONGEST_KEY
from mailbot.cases.known.rows import FIRST_NEW, KnownLetter, KnownStep
from mailbot.cases.letter import COPY, Letter
from mailbot.cases.letter_status import NEVER_PAUSED, STILL_HERE, UNDERWAY, Status
from mailbot.cases.obligation import Does, Obligation
from mailbot.cases.sending.verdicts import RELEASED
from mailbot.cases.triggers import CaseAbsorbed, CommandsGiven, StaffAnswered, Trigger
from mailbot.desk import drafts, people
from mailbot.desk.recorded import Recorded
from mailbot.desk.turn import Turn


def follow(turn: Turn, case: Case, trigger: Trigger) -> Recorded:
    """
    Everything that follows from *trigger* for *case*, decided and noted.
    """
    office = turn.today
    today = turn if office is turn.office else replace(turn, office=office)
    decision = decide(case, trigger, today.firm, turn.now)
    turn.known.decisions.append(decision)
    after = _changed(today, case, decision)
    if decision.withdraws:
        withdraw(today, case.serial, decision.withdraws, "made_pointless")
    letters: Sequence[Letter] = decision.letters
    if decision.frees_withheld:
        letters = _not_on_their_way(today, case.serial, letters)
        _free_withheld(today, case.serial)
    rows = drafts.write(today, after, letters)
    if decision.merged_into and isinstance(trigger, (CommandsGiven, StaffAnswered)):
        other = turn.known.with_steps(case)
        absorbed = CaseAbsorbed(other=other, by=_merged_by(trigger), occasion=trigger.occasion)
        target = turn.known.case(decision.merged_into)
        if target is None:
            raise LookupError("merged into a case that is gone")
        _merge(turn, case.serial, target.serial)
        follow(turn, target, absorbed)
    return Recorded(
        reason=decision.reason,
        case=case.reference,
        letters=drafts.templates(rows),
        answer=decision.answer,
        refusal=decision.refusal,
        after=after,
    )


def _merged_by(trigger: CommandsGiven | StaffAnswered) -> str:
    return trigger.by if isinstance(trigger, CommandsGiven) else trigger.writer.name


# --- the case -----------------------------------------------------------------


def _changed(turn: Turn, case: Case, decision: Decision) -> Case:
    """
    Everything of *decision* but its letters; returns the case as it stands then.
    """
    known = turn.known
    after = people.changed(turn, case, decision.applied_to(case))
    # The steps of a promise are rows of their own.
    if any(each.steps for each in after.obligations):
        bare = (replace(each, steps=()) if each.steps else each for each in after.obligations)
        after = replace(after, obligations=tuple(bare))
    for each in decision.booked:
        _book(turn, case.serial, each)
    for each in decision.moved:
        _move(turn, case.serial, each)
    known.put_case(after)
    known.note(case.serial, decision.events, turn.now)
    return after


def _book(turn: Turn, serial: int, booked: Obligation) -> None:
    for each in booked.steps:
        row = KnownStep(
            id=turn.known.new_id(),
            case_id=serial,
            promise=each.promise,
            number=each.number,
            does=each.does,
            at=each.at,
        )
        turn.known.steps[row.id] = row


def _move(turn: Turn, serial: int, moved: Obligation) -> None:
    """
    Other instants for a stored obligation. What has been done is not done again,
    and nobody is warned of what is past.
    """
    steps = [
        each
        for each in turn.known.steps_of(serial)
        if (each.promise, each.number) == (moved.promise, moved.number)
    ]
    done = {Does(each.does) for each in steps if each.done_at}
    for each in steps:
        if each.done_at is None:
            del turn.known.steps[each.id]
    wanted = tuple(
        each
        for each in moved.steps
        if (each.does not in done if each.does in {Does.ACT, Does.DUE} else each.at > turn.now)
    )
    _book(turn, serial, replace(moved, steps=wanted))


def _merge(turn: Turn, serial: int, into: int) -> None:
    """
    The case *serial* is part of *into* from now on: its messages, letters and
    history stand there, and what leads to it leads there.
    """
    known = turn.known
    case = known.cases[serial]
    known.leaves_work(case)
    for origin, at in list(known.at.items()):
        if at == serial:
            known.at[origin] = into
    known.at[serial] = into
    known.merged.append((serial, into))
    known.touched |= {serial, into}
    for each in known.steps_of(serial):
        del known.steps[each.id]
    for letter in known.letters_of(serial):
        known.letters[letter.id] = replace(letter, case_id=into)
    for message in [each for each in known.messages.values() if each.case_id == serial]:
        known.messages[message.id] = replace(message, case_id=into)
    known.events = [
        replace(each, case_id=into) if each.case_id == serial else each for each in known.events
    ]


# --- letters that are here already ------------------------------------------------


def withdraw(turn: Turn, serial: int, templates: frozenset[str], why: str) -> None:
    """
    Letters to the customer of that case that have not left, and that events have
    made pointless. One that is on the line right now stays what the line says.
    """
    for letter in turn.known.letters_of(serial):
        is_theirs = not letter.to_staff and letter.status in STILL_HERE
        if is_theirs and is_of(letter, templates):
            put(turn, replace(letter, status=Status.WITHDRAWN, reason=why, next_attempt_at=None))


def is_of(letter: KnownLetter, templates: Iterable[str] = NEVER_PAUSED) -> bool:
    """
    Whether it is a letter of these templates, or a copy of one, whose occasion begins
    with the template.
    """
    if letter.template != COPY:
        return letter.template in templates
    return any(letter.occasion.startswith(f"{each}.") for each in templates)


def _not_on_their_way(turn: Turn, serial: int, letters: Sequence[Letter]) -> Sequence[Letter]:
    """
    The letters without those of a release that are in the outbox and will leave as they are:
    their promise is still owed, and they are not kept in.
    """
    coming = {
        (each.template, each.recipient.lower())
        for each in turn.known.letters_of(serial)
        if each.status in UNDERWAY
    }
    return [
        each
        for each in letters
        if not each.occasion.startswith(RELEASED) or (each.template, each.to.key) not in coming
    ]


def _free_withheld(turn: Turn, serial: int) -> None:
    """
    What was withheld in that case stays so for the file; what it would have said may
    be said by a letter that is written now.
    """
    for letter in turn.known.letters_of(serial):
        if letter.status == Status.WITHHELD and not letter.to_staff:
            number = letter.id if letter.id < FIRST_NEW else letter.nonce
            freed = f"{letter.key}|withheld.{number}"[-LONGEST_KEY:]
            put(turn, replace(letter, key=freed))


def lost(letter: KnownLetter) -> KnownLetter:
    """
    A letter that has reached nobody. A deadlock letter may be written to that address once
    more, when somebody says so; nothing else that is said once is said again.
    """
    if letter.template != "deadlock":
        return letter
    number = letter.id if letter.id < FIRST_NEW else letter.nonce
    return replace(letter, key=f"{letter.key}|lost.{number}"[-LONGEST_KEY:])


def put(turn: Turn, letter: KnownLetter) -> None:
    """
    The letter as it stands now. What is underway no more is in nobody's hand, or the other
    letters of its reader would wait for whoever had it, and died.
    """
    if letter.status not in UNDERWAY:
        letter = replace(letter, claimed_until=None)
    turn.known.letters[letter.id] = letter
    if letter.case_id is not None:
        turn.known.touched.add(letter.case_id)
