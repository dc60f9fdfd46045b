"""
More mail in a case: the customer writes again, a machine does, a handler answers.
"""

from dataclasses import replace
from datetime import datetime

from mailbot.cases.commands import carry_out
from mailbot.cases.commands.grammar import has_commands, parse, strays, words
from mailbot.cases.commands.orders import Misspoken
from mailbot.cases.commands.spoken_moment import Reckoning
from mailbot.cases.firm import Firm
from mailbot.cases.identity.set_aside import TO_BE_CONFIRMED, once_a_day, question
from mailbot.cases.identity.staff_mail import Proof, needs_a_yes
from mailbot.cases.life import closing
from mailbot.cases.life.confirmation import Said, bare, says_nothing
from mailbot.cases.model import Case, Decision, Event, Handler, Letter, ObligationState, Role
from mailbot.cases.promises import contact
from mailbot.cases.promises.stand_in import reader, standing_in
from mailbot.cases.states import Move, State
from mailbot.cases.triggers import CommandsGiven, MessageJoined, MessageNoted, StaffAnswered
from mailbot.cases.wording import files, receipt_words
from mailbot.cases.wording.moments import in_words
from mailbot.cases.wording.tasks import address_of, alerts, words_of
from mailbot.mail.files.going_along import Files, to_staff
from mailbot.mail.message import Address, InboundMessage
from mailbot.mail.quoting.answer_html import kept_html
from mailbot.mail.quoting.new_text import marked

#: Letters to the customer in which the handler's own words stand.
_IN_THEIR_WORDS = frozenset({"outcome", "call-summary", "deadlock"})

#: What an account manager may order on a case: they open cases, and have none.
_THEIRS = frozenset({"note", "need", "status", "help"})

#: Receipts for what the customer has: the handler need not read it once more.
_PASSED_ON = frozenset({"answer_relayed", "files_not_passed_on"})


def joined(case: Case, trigger: MessageJoined, firm: Firm, now: datetime) -> Decision:
    """
    A customer, or somebody who answers in their thread, has written again.
    """
    sender = trigger.message.sender
    is_party = sender is not None and case.party(sender.email) is not None
    reason = "altered_copy" if trigger.is_altered_copy else trigger.reason
    if not is_party:
        # Signed evidence is of the case, never of a person: it is shown to the
        # handler, and that address gets no answer and confirms nothing.
        reason = "from_another_address"
    event = Event(
        name="message_joined", cause="message", reason=reason, about=_who(trigger.message)
    )
    decision = Decision(reason=reason, events=(event,), moves=(Move.MESSAGE_JOINED,))
    if _settles_the_outcome(case, trigger):
        decision = replace(
            decision.joined_with(_confirmed(case, trigger, firm, now)),
            reason=f"said_{trigger.confirmation}",
        )
    elif not trigger.is_altered_copy:
        decision = replace(
            decision.joined_with(_answer_owed(case, trigger, firm, now)), reason=reason
        )
    # Whoever has the case once this is decided is the one to read it.
    after = decision.applied_to(case)
    shown = _shown(after, trigger, firm, now, is_party=is_party, news=_news(case, decision))
    return replace(decision.joined_with(shown), reason=decision.reason)


def _news(case: Case, decision: Decision) -> str:
    """
    What the message has done, where the handler must know it before they read on.
    """
    if decision.reason in {f"said_{Said.YES}", f"said_{Said.NO}"}:
        return decision.reason
    return "on_a_closed_case" if case.state in {State.CLOSED, State.NOT_A_COMPLAINT} else ""


def _settles_the_outcome(case: Case, trigger: MessageJoined) -> bool:
    """
    Nobody but the complainant confirms, and no copy whose text was altered.
    """
    sender = trigger.message.sender
    is_theirs = sender is not None and sender.key == case.complainant.address.key
    is_asked = case.state is State.AWAITING_CONFIRMATION
    return is_asked and is_theirs and not trigger.is_altered_copy and bool(trigger.confirmation)


def _who(message: InboundMessage) -> str:
    return message.sender.email if message.sender else ""


def _shown(
    case: Case,
    trigger: MessageJoined,
    firm: Firm,
    now: datetime,
    *,
    is_party: bool,
    news: str = "",
) -> Decision:
    """
    The message as the handler gets it, or the manager where there is none. While
    they are away their stand-in gets it, too, and answers it.
    """
    sender = trigger.message.sender
    is_theirs = sender is not None and sender.key == case.complainant.address.key
    person = reader(case, firm, now)
    if person is None:
        return Decision(reason="nobody_to_show_it_to")
    came = to_staff(trigger.message.attachments)
    # Nothing is left out for the handler: what is quoted is marked.
    text = marked(trigger.message.text, trigger.answered)
    facts = words_of(trigger.message, came, text) | {
        "alerts": alerts(trigger.message, firm),
        "possible_matches": list(trigger.near),
        "news": news,
        "from_address": "" if is_theirs or sender is None else sender.email,
        "from_role": _role(case, sender) if is_party else "",
    }
    letter = Letter(
        template="customer-reply",
        to=address_of(case.handler or person),
        occasion=trigger.occasion,
        to_staff=True,
        facts=facts,
        attachments=came.going,
    )
    if not (for_whom := standing_in(case, person)):
        return Decision(reason="shown_to_the_handler", letters=(letter,))
    to_stand_in = replace(
        letter,
        to=address_of(person),
        occasion=f"{trigger.occasion}.stand-in",
        facts=facts | for_whom,
    )
    return Decision(reason="shown_to_the_stand_in", letters=(letter, to_stand_in))


def _role(case: Case, sender: Address | None) -> str:
    party = case.party(sender.email) if sender else None
    return party.role if party and party is not case.complainant else ""


def _confirmed(case: Case, trigger: MessageJoined, firm: Firm, now: datetime) -> Decision:
    """
    The complainant's own yes or no to the outcome (code, stages 4 and 5).
    """
    at = trigger.message.received_at
    if trigger.confirmation is Said.YES:
        how = f"you told us by email on {in_words(at, firm)} that it is resolved"
        return closing.closed(case, at, how, trigger.occasion, move=Move.CONFIRMED, cause="message")
    why = f"you told us by email on {in_words(at, firm)} that it is not resolved"
    reopened = closing.reopened(
        case, firm, now, why, trigger.occasion, move=Move.DISPUTED, cause="message"
    )
    escalated = closing.escalated(
        case, firm, now, "not satisfied", trigger.occasion, cause="message", told=False
    )
    return reopened.joined_with(escalated).joined_with(_answer_owed(case, trigger, firm, now))


def _answer_owed(case: Case, trigger: MessageJoined, firm: Firm, now: datetime) -> Decision:
    """
    A customer who writes again is owed an answer; on a case that is over a
    person decides by the end of the next working day whether it opens again.
    """
    received_at = trigger.message.received_at
    if case.state in {State.CLOSED, State.NOT_A_COMPLAINT}:
        if case.owes("decide_reopening"):
            return Decision(reason="reopening_is_being_decided")
        return Decision(
            reason="reopening_to_be_decided",
            booked=(closing.decision_due(case, now, firm),),
        )
    owed = case.obligation("answer")
    # A new message after a broken promise is a new promise: somebody has to hear of it.
    if owed and owed.state is ObligationState.OPEN:
        return Decision(reason="answer_is_owed_already")
    promise = firm.rulebook.promise("answer")
    booked = promise.book(received_at, firm.calendar, case.next_number("answer"))
    return Decision(reason="answer_owed", booked=(booked,))


def noted(case: Case, trigger: MessageNoted, firm: Firm, now: datetime) -> Decision:
    """
    A machine's message changes nothing; what may hold a person's words is shown.
    """
    event = Event(
        name="automatic_message_noted", cause="message", reason=trigger.reason, about=trigger.kind
    )
    decision = Decision(reason=trigger.reason, events=(event,))
    if trigger.message is None:
        return decision
    joined_as = MessageJoined(
        message=trigger.message, occasion=trigger.occasion, reason=trigger.reason
    )
    sender = trigger.message.sender
    is_party = sender is not None and case.party(sender.email) is not None
    shown = _shown(case, joined_as, firm, now, is_party=is_party)
    return replace(decision.joined_with(shown), reason=trigger.reason)


# --- a handler answers -----------------------------------------------------


def answered(case: Case, trigger: StaffAnswered, firm: Firm, now: datetime) -> Decision:
    """
    A handler's words, once the token proved whose they are: commands, or an
    answer to the customer.
    """
    if trigger.reason == "reads_like_an_absence":
        receipt = _receipt(trigger, trigger.reason)
        once = once_a_day(trigger.writer, trigger.message, trigger.text, firm)
        return replace(
            receipt, letters=tuple(replace(each, occasion=once) for each in receipt.letters)
        )
    if has_commands(trigger.text):
        decision = _ordered(case, trigger, firm, now)
    elif trigger.reason in {"replayed", "answers_nothing"}:
        decision = _receipt(trigger, trigger.reason)
    elif found := strays(trigger.text):
        decision = _receipt(trigger, "misplaced_command", also=", ".join(found)[:200])
    elif trigger.reason == "written_directly":
        decision = _written_directly(case, trigger, firm)
    else:
        decision = _relayed(case, trigger, firm)
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


def assignment_again(reader: Handler, occasion: str) -> Letter:
    """
    The assignment once more, for the sake of its new reply address.
    """
    return Letter(
        template="assignment",
        to=address_of(reader),
        occasion=f"again.{occasion}",
        to_staff=True,
        facts=closing.THE_COMPLAINT,
    )


def _ordered(case: Case, trigger: StaffAnswered, firm: Firm, now: datetime) -> Decision:
    """
    Commands by mail, or the question whether they are meant.
    """
    if trigger.reason == "replayed":
        return _receipt(trigger, trigger.reason)
    if trigger.writer.role is Role.ACCOUNT_MANAGER and set(words(trigger.text)) - _THEIRS:
        return _receipt(trigger, "account_managers_command")
    # "Tomorrow" is the writer's, however long the mail has waited for us.
    decision = _carried_out(case, trigger, firm, now, said_at=trigger.message.received_at)
    if needs_a_yes(trigger.text, trigger.proof) and not decision.refusal:
        # It could be done as it stands: worth asking whether it is meant.
        return _to_be_confirmed(trigger, ", ".join(f"#{each}" for each in words(trigger.text)))
    return _with_files(decision, trigger.files)


def _carried_out(
    case: Case, trigger: StaffAnswered, firm: Firm, now: datetime, *, said_at: datetime
) -> Decision:
    try:
        ordered = parse(trigger.text, Reckoning(said_at, firm.calendar))
    except Misspoken as doubt:
        refusal = _receipt(trigger, "misspoken", also=str(doubt))
        return replace(refusal, refusal=str(doubt))
    return carry_out.given(
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


def _to_be_confirmed(trigger: StaffAnswered, about: str) -> Decision:
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
        trigger.writer, trigger.occasion, trigger.message.message_id, {"asked": trigger.text}
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
            {"asked": trigger.text, "direct_to": to, "sent": in_words(at, firm)},
        )
        return Decision(reason=TO_BE_CONFIRMED, letters=(letter,), events=(event,))
    # No letter of ours that could come back: the evidence is the copy that we have.
    kept = contact.kept(case, firm, at, f"mail by {trigger.writer.name}", cause="message")
    said = Decision(
        reason="written_directly",
        events=(Event(name="direct_mail_filed", cause="message", reason="written_directly"),),
    )
    return replace(
        said.joined_with(kept).joined_with(_receipt(trigger, "customer_had_it_directly")),
        reason="written_directly",
    )


def _with_files(decision: Decision, came: Files) -> Decision:
    """
    *decision* with the files for the customer in the letter that carries the handler's
    words, if there is one; the receipt names those that did not go.
    """
    if not came.each or decision.refusal:
        return decision
    goes = any(each.template in _IN_THEIR_WORDS for each in decision.letters)
    missing = files.left_out(came) if goes else ", ".join(each.name for each, _ in came.each)
    letters = tuple(
        replace(each, attachments=came.going)
        if each.template in _IN_THEIR_WORDS
        else _naming(each, missing)
        for each in decision.letters
    )
    decision = replace(decision, letters=letters)
    return decision.joined_with(files.passed_on(came)) if goes else decision


def _naming(letter: Letter, missing: str) -> Letter:
    if letter.template != "receipt" or not missing:
        return letter
    outcome = f"{letter.facts['outcome']} {receipt_words.FILES_ARE_ON_FILE} {missing}."
    return replace(letter, facts={**letter.facts, "outcome": outcome})


def _relayed(case: Case, trigger: StaffAnswered, firm: Firm) -> Decision:
    if case.verdict:
        return _receipt(trigger, "under_verdict")
    if not trigger.may_relay:
        return _receipt(trigger, trigger.reason)
    name = trigger.writer.name
    if says_nothing(trigger.text, frozenset({bare(name), bare(name.partition(" ")[0])})):
        return _receipt(trigger, "nothing_new")
    kept = (
        # On paper the words reach nobody before they are posted.
        Decision(reason="to_be_posted")
        if case.by_post
        else contact.kept(
            case,
            firm,
            trigger.message.received_at,
            contact.by_letter(f"answer by {trigger.writer.name}", trigger.occasion),
            cause="message",
        )
    )
    relayed = Decision(
        reason="answer_relayed",
        events=(Event(name="answer_relayed", cause="message", reason="staff_answer"),),
        letters=(
            Letter(
                template="handler-reply",
                to=case.complainant.address,
                occasion=trigger.occasion,
                facts={
                    "body": trigger.text,
                    "formatted": kept_html(trigger.message.html, trigger.text) or "",
                    "writer": trigger.writer,
                },
                attachments=trigger.files.going,
            ),
        ),
    ).joined_with(files.passed_on(trigger.files))
    relayed = relayed.joined_with(kept)
    if missing := files.left_out(trigger.files):
        return relayed.joined_with(_receipt(trigger, "files_not_passed_on", also=missing))
    if trigger.writer.receipts == "all":
        return relayed.joined_with(_receipt(trigger, "answer_relayed"))
    return relayed


def _receipt(trigger: StaffAnswered, reason: str, *, also: str = "") -> Decision:
    outcome, why, instead = receipt_words.RECEIPTS[reason]
    letter = Letter(
        template="receipt",
        to=address_of(trigger.writer),
        occasion=trigger.occasion,
        to_staff=True,
        is_reply=True,
        in_reply_to=trigger.message.message_id,
        facts={
            "outcome": outcome,
            "why": f"{why} {also}".strip(),
            "instead": instead,
            "original": "" if reason in _PASSED_ON else trigger.text,
        },
    )
    event = Event(name="receipt_given", cause="message", reason=reason)
    return Decision(reason=reason, events=(event,), letters=(letter,))
