"""
A handler's mail in a case: an answer to the customer, or commands.
"""

from dataclasses import replace
from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.commands import carry_out
from mailbot.cases.commands.orders import Misspoken
from mailbot.cases.commands.reading.command_lines import (
    SPEAKING,
    WITH_A_TEXT,
    has_commands,
    split_commands,
    words,
)
from mailbot.cases.commands.reading.grammar import parse, strays
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.cases.correspondence.frame import (
    names_of,
    says_nothing,
    without_greeting,
    without_signature,
)
from mailbot.cases.correspondence.receipt import receipt, with_bound
from mailbot.cases.correspondence.relaying import relayed, with_files
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.identity.set_aside import TO_BE_CONFIRMED, once_a_day, question
from mailbot.cases.identity.staff_mail import DOUBTS, Proof, needs_a_yes
from mailbot.cases.people.assignment import assignment_again
from mailbot.cases.people.handlers import Role
from mailbot.cases.promises import contact
from mailbot.cases.triggers import CommandsGiven, StaffAnswered
from mailbot.cases.wording import receipt_words
from mailbot.cases.wording.cutting import bounded
from mailbot.cases.wording.ends import ends_with
from mailbot.cases.wording.moments import happened

#: What an account manager may order on a case: they open cases, and have none.
_THEIRS = frozenset({"note", "need", "status", "help"})


def answered(case: Case, trigger: StaffAnswered, firm: Firm, now: datetime) -> Decision:
    """
    A handler's words, once the token proved whose they are: commands, or an
    answer to the customer.
    """
    if trigger.reason == "reads_like_an_absence":
        told = receipt(trigger, trigger.reason)
        once = once_a_day(trigger.writer, trigger.message, trigger.text, firm)
        return replace(told, letters=tuple(replace(each, occasion=once) for each in told.letters))
    if trigger.reason in DOUBTS or trigger.reason == "came_again_with_files":
        decision = receipt(trigger, trigger.reason)
    elif has_commands(trigger.text):
        decision = _ordered(case, trigger, firm, now)
    elif trigger.reason == "replayed":
        decision = receipt(trigger, trigger.reason)
    elif found := strays(trigger.text):
        decision = receipt(trigger, "misplaced_command", also=", ".join(found)[:200])
    elif trigger.reason == "answers_nothing":
        decision = receipt(trigger, trigger.reason)
    elif trigger.reason == "written_directly":
        decision = _written_directly(case, trigger, firm)
    else:
        decision = relayed(case, trigger, firm)
    is_done = not decision.refusal and decision.reason not in receipt_words.RECEIPTS
    letters = with_bound(decision.letters, trigger.receipts_lately, is_done=is_done)
    decision = replace(decision, letters=letters)
    if not trigger.is_exposed:
        return decision
    # Others have seen the staff address now: it is spent, and this mail brings a new one.
    return decision.joined_with(
        Decision(
            reason="token_spent",
            events=(Event(name="token_spent", cause="message", reason="went_to_others"),),
            letters=(assignment_again(trigger.writer, trigger.occasion),),
        )
    )


def _ordered(case: Case, trigger: StaffAnswered, firm: Firm, now: datetime) -> Decision:
    """
    Commands by mail, or the question whether they are meant.
    """
    if trigger.reason == "replayed":
        return receipt(trigger, trigger.reason)
    if trigger.writer.role is Role.ACCOUNT_MANAGER and set(words(trigger.text)) - _THEIRS:
        return receipt(trigger, "account_managers_command")
    # "Tomorrow" is the writer's, however long the mail has waited for us.
    decision = _carried_out(case, trigger, firm, now, said_at=trigger.message.received_at)
    if needs_a_yes(trigger.text, trigger.proof) and not decision.refusal:
        # It could be done as it stands: worth asking whether it is meant.
        about = ", ".join(f"#{each}" for each in words(trigger.text))
        return _to_be_confirmed(trigger, about, ends_with(case, decision, firm))
    return with_files(decision, trigger.files)


def _carried_out(
    case: Case, trigger: StaffAnswered, firm: Firm, now: datetime, *, said_at: datetime
) -> Decision:
    lines, body = split_commands(trigger.text)
    body = _without_frame(case, trigger, body)
    try:
        ordered = parse("\n".join([*lines, body]), Reckoning(said_at, firm.calendar))
    except Misspoken as doubt:
        refusal = receipt(trigger, "misspoken", also=str(doubt))
        return replace(refusal, refusal=str(doubt))
    decision = carry_out.given(
        case,
        CommandsGiven(
            commands=ordered,
            by=trigger.writer.name,
            occasion=trigger.occasion,
            said_at=said_at,
            about=trigger.about,
            writer=trigger.writer,
            in_reply_to=trigger.message.message_id,
            busy=trigger.busy,
            others=trigger.others,
        ),
        firm,
        now,
    )
    is_left_over = body and not set(words(trigger.text)) & WITH_A_TEXT
    return _told_of_the_rest(decision) if is_left_over and not decision.refusal else decision


def _without_frame(case: Case, trigger: StaffAnswered, body: str) -> str:
    """
    What stands below the commands, without the greeting and the signature that the letter
    has anyway, and without what a mail program signs of its own accord.
    """
    names = names_of(trigger.writer.name)
    if says_nothing(body, names):
        return ""
    if not set(words(trigger.text)) & SPEAKING:
        return without_signature(body, names)
    body = without_greeting(body)
    # Somebody else's name says to the customer who wrote in the handler's place.
    return without_signature(body, names) if case.handler == trigger.writer else body


def _told_of_the_rest(decision: Decision) -> Decision:
    """
    Words that go nowhere are not lost in silence: their writer may think that the customer
    has them.
    """
    return replace(
        decision,
        letters=tuple(
            replace(
                each,
                facts={
                    **each.facts,
                    "outcome": f"{each.facts['outcome']} {receipt_words.WORDS_BELOW}",
                },
            )
            if each.template == "receipt"
            else each
            for each in decision.letters
        ),
    )


def _to_be_confirmed(trigger: StaffAnswered, about: str, ends: tuple[str, ...]) -> Decision:
    """
    A reply address proves who answers; what is grave needs an answer to a fresh mail
    to the address in handlers.toml, too, and what has no proof needs it whatever it is.
    """
    why = "grave_command" if trigger.proof is Proof.REPLY_ADDRESS else "unproved_command"
    event = Event(
        name="command_to_be_confirmed",
        cause=f"command by {trigger.writer.name}",
        reason=why,
        about=about,
    )
    letter = question(
        trigger.writer,
        trigger.occasion,
        trigger.message.message_id,
        {"asked": bounded(trigger.text), "ends": ends},
    )
    return Decision(reason=TO_BE_CONFIRMED, letters=(letter,), events=(event,))


def _written_directly(case: Case, trigger: StaffAnswered, firm: Firm) -> Decision:
    """
    The customer has it already: it is filed, and counts as contact at its own instant
    once it is proved to be the handler's.
    """
    at = trigger.message.received_at
    if trigger.proof < Proof.MAIL_SYSTEM:
        event = Event(
            name="contact_to_be_confirmed",
            cause=f"command by {trigger.writer.name}",
            reason="written_directly",
        )
        to = ", ".join(sorted(trigger.went_to))
        letter = question(
            trigger.writer,
            trigger.occasion,
            trigger.message.message_id,
            {"asked": bounded(trigger.text), "direct_to": to, "sent": happened(at, firm)},
        )
        return Decision(reason=TO_BE_CONFIRMED, letters=(letter,), events=(event,))
    # No letter of ours that could come back: the evidence is the copy that we have.
    kept = contact.kept(case, firm, at, f"mail by {trigger.writer.name}", cause="message")
    said = Decision(
        reason="written_directly",
        events=(Event(name="direct_mail_filed", cause="message", reason="written_directly"),),
    )
    return said.joined_with(kept).joined_with(receipt(trigger, "customer_had_it_directly"))
