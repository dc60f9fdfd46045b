"""
Letters by post: what would have gone to the customer by mail becomes a task for a
person, who prints and posts it. Only their word that it is posted is evidence.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.letter import ONCE_PER_RECIPIENT, RESTS, RIGHTS_LETTERS, Letter, Rests
from mailbot.cases.life import outcome
from mailbot.cases.obligation import ObligationState
from mailbot.cases.promises import contact, settling
from mailbot.cases.wording import plain_names, task_words
from mailbot.cases.wording.tasks import task
from mailbot.mail.message import Address

#: How the occasion of such a task begins; the template of the letter follows.
_OCCASION = "post."


def on_paper(decision: Decision, after: Case, firm: Firm, now: datetime) -> Decision:
    """
    *decision* with every letter to a customer who gets letters turned into a task, by
    the case as it is *after* it.
    """
    if not after.by_post:
        return decision
    letters: list[Letter] = []
    tasks: list[Letter] = []
    written: list[str] = []
    for letter in decision.letters:
        is_theirs = not letter.to_staff and letter.to.key == after.complainant.address.key
        if not is_theirs or letter.withheld:
            letters.append(letter)
            continue
        pages = _task_for(letter, after, firm, now)
        letters += pages
        tasks += pages
        written.append(letter.template)
    if not written:
        return decision
    cause = decision.events[0].cause if decision.events else "command"
    return replace(
        decision,
        letters=tuple(_saying_so(each, written, tasks) for each in letters),
        answer=f"{decision.answer} {_nothing_has_gone(written, tasks)}" if decision.answer else "",
        events=(
            *decision.events,
            *(
                Event(name="letter_to_be_posted", cause=cause, reason="by_post", about=each)
                for each in written
            ),
        ),
        changes={**decision.changes, "to_post": waiting(after, *written)},
    )


def _saying_so(letter: Letter, written: Sequence[str], tasks: Sequence[Letter]) -> Letter:
    """
    A receipt that lets nobody think that the customer has it.
    """
    if letter.template != "receipt":
        return letter
    said = f"{letter.facts['outcome']} {_nothing_has_gone(written, tasks, letter.to)}"
    return replace(letter, facts={**letter.facts, "outcome": said})


def _nothing_has_gone(
    written: Sequence[str], tasks: Sequence[Letter], reader: Address | None = None
) -> str:
    whose = dict.fromkeys(each.to for each in tasks)
    names = " and ".join(
        "you" if reader and each.key == reader.key else each.name or each.email for each in whose
    )
    has = "has" if len(whose) == 1 and names != "you" else "have"
    return task_words.NOTHING_HAS_GONE.format(
        who=f"{names[:1].upper()}{names[1:]} {has}" if names else "Nobody could be given",
        letters=", ".join(plain_names.LETTERS[each] for each in written),
    )


def waiting(case: Case, *templates: str) -> tuple[str, ...]:
    """
    The letters that wait to be posted, with these.
    """
    return tuple(dict.fromkeys((*case.to_post, *templates)))


def _task_for(letter: Letter, case: Case, firm: Firm, now: datetime) -> tuple[Letter, ...]:
    has_address = bool(case.complainant.postal_address)
    tasks = task(
        firm,
        now,
        occasion(letter),
        task_words.TO_POST if has_address else task_words.TO_POST_WITHOUT_ADDRESS,
        why=plain_names.LETTERS[letter.template],
        case=case,
    )
    if letter.attachments:
        names = ", ".join(each.name for each in letter.attachments)
        tasks = tuple(_with_a_step(each, task_words.PRINT_THE_FILES + names) for each in tasks)
    return tuple(replace(each, encloses=letter, attachments=letter.attachments) for each in tasks)


def _with_a_step(task: Letter, step: str) -> Letter:
    todo = task.facts["todo"]
    steps = [*todo, step] if isinstance(todo, list) else [step]
    return replace(task, facts={**task.facts, "todo": steps})


def occasion(letter: Letter) -> str:
    """
    What makes the task unique: as the letter itself would have been.
    """
    once = letter.template in ONCE_PER_RECIPIENT
    return f"{_OCCASION}{letter.template}.{letter.to.key if once else letter.occasion}"


def letter_of(task_occasion: str) -> str:
    """
    The template of the letter that a task was about, by its occasion; else "".
    """
    if not task_occasion.startswith(_OCCASION):
        return ""
    return task_occasion.removeprefix(_OCCASION).partition(".")[0]


def posted(
    case: Case, firm: Firm, at: datetime, templates: tuple[str, ...], *, by: str
) -> Decision:
    """
    These letters have gone into the post, says a named person: the promises that
    they keep are met by that.
    """
    cause = f"command by {by}"
    decision = Decision(
        reason="letter_posted",
        changes={
            "to_post": tuple(each for each in case.to_post if each not in templates),
            "rights_letters": case.rights_letters | (set(templates) & RIGHTS_LETTERS),
        },
        events=tuple(
            Event(name="letter_posted", cause=cause, reason="command", about=each)
            for each in templates
        ),
    )
    for template in templates:
        decision = decision.joined_with(_arrived(case, firm, at, template, by=by))
    return replace(decision, reason="letter_posted")


def _arrived(case: Case, firm: Firm, at: datetime, template: str, *, by: str) -> Decision:
    """
    What of the case rests on a letter that has gone into the post.
    """
    cause, evidence = f"command by {by}", f"{template} posted, says {by}"
    rests = RESTS.get(template, Rests())
    decision = Decision(reason="letter_posted")
    for promise in rests.keeps:
        obligation = case.obligation(promise)
        if obligation and (obligation.is_owed or obligation.state is ObligationState.WITHDRAWN):
            decision = decision.joined_with(settling.met(obligation, at, evidence, cause))
    if template == "handler-reply":
        return decision.joined_with(contact.kept(case, firm, at, evidence, cause=cause))
    for promise in rests.carries:
        decision = decision.joined_with(settling.settled(case, promise, at, evidence, cause=cause))
    if rests.ends:
        decision = decision.joined_with(contact.ended(case, at, evidence, cause=cause))
    if rests.asks:
        after = decision.applied_to(case)
        decision = decision.joined_with(outcome.arrived(after, firm, at, evidence, cause=cause))
    return decision
