"""
What one of our people wants beside any case: a complaint entered or passed on, an
absence, the fate of held mail, or only to be told something.

Decided here, done by the store; a refusal says what to write instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mailbot.cases.commands.orders import (
    Away,
    Back,
    Command,
    FileIn,
    Help,
    Misspoken,
    Open,
    Reject,
    Release,
    Status,
)
from mailbot.cases.commands.reading.command_lines import ABOUT_HELD_MAIL, ABOUT_NO_CASE, words
from mailbot.cases.commands.reading.grammar import parse, strays
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.cases.correspondence.cover import cover_of
from mailbot.cases.firm import Firm
from mailbot.cases.identity.set_aside import TO_BE_CONFIRMED, once_a_day, question, told
from mailbot.cases.identity.staff_mail import Proof, StaffMail, Wants, needs_a_yes
from mailbot.cases.letter import Letter
from mailbot.cases.people.handlers import Handler, Role
from mailbot.cases.wording import command_words, receipt_words
from mailbot.cases.wording.cutting import bounded
from mailbot.cases.wording.moments import happened
from mailbot.mail.message import Attachment
from mailbot.mail.quoting.forwarded import Doubt, Forwarded, How
from mailbot.mail.words import one_line

Does = Open | Away | Back | Release | Reject | FileIn | Forwarded

#: Cases that one answer to #status names: mail programs show no more of a longer one.
_MOST_CASES = 150

#: Why words were not passed on where they may be no words but a command.
_OF_WORDS = frozenset({"names_no_case", "nothing_to_answer", "answers_nothing", "not_answerable"})

#: Characters of a passed on mail that its question shows.
_MOST_SHOWN = 5_000


@dataclass(frozen=True, kw_only=True)
class Errand:
    """
    What is to be done, or asked about with the first of the letters, or only said.
    """

    reason: str
    letters: tuple[Letter, ...] = ()
    does: Does | None = None

    @property
    def is_asked(self) -> bool:
        return self.reason == TO_BE_CONFIRMED


def errand(staff: StaffMail, reason: str, firm: Firm, theirs: Sequence[str] = ()) -> Errand:
    """
    What follows from a mail for which triage gave *reason*; *theirs* are the open cases
    of its writer, a line each.
    """
    if reason == "reads_like_an_absence":
        occasion = once_a_day(staff.writer, staff.message, staff.text, firm)
        return refusal(replace(staff, occasion=occasion), reason)
    if reason in _OF_WORDS and (found := strays(staff.text)):
        return refusal(staff, "misplaced_command", ", ".join(found)[:200])
    if reason in receipt_words.RECEIPTS:
        return refusal(staff, reason)
    match staff.wants:
        case Wants.FORWARD:
            return _passed_on(staff, firm)
        case Wants.DIRECT:
            return _about_no_case(staff)
        case _:
            return _ordered(staff, firm, theirs)


def refusal(staff: StaffMail, reason: str, also: str = "") -> Errand:
    """
    The one receipt for their mail: what was done or refused, why, and what to write instead.
    """
    outcome, why, instead = receipt_words.RECEIPTS[reason]
    facts = {"outcome": outcome, "why": f"{why} {also}".strip(), "instead": instead}
    letter = told_about(staff, {**facts, "original": bounded(staff.text)})
    return Errand(reason=reason, letters=(letter,))


def told_about(staff: StaffMail, facts: Mapping[str, object]) -> Letter:
    return told(staff.writer, staff.occasion, staff.message.message_id, facts)


def _asked(staff: StaffMail, does: Does, **facts: object) -> Errand:
    letter = question(staff.writer, staff.occasion, staff.message.message_id, facts)
    return Errand(reason=TO_BE_CONFIRMED, letters=(letter,), does=does)


# --- commands ----------------------------------------------------------------


def _ordered(staff: StaffMail, firm: Firm, theirs: Sequence[str]) -> Errand:
    try:
        ordered = parse(staff.text, Reckoning(staff.message.received_at, firm.calendar))
    except Misspoken as doubt:
        return refusal(staff, "misspoken", str(doubt))
    if all(isinstance(each, (Help, Status)) for each in ordered):
        return _telling(staff, ordered, theirs)
    if len(ordered) > 1:
        alone = [f"#{each}" for each in words(staff.text) if each in _ALONE]
        return refusal(staff, "stands_alone", ", ".join(alone)) if alone else _about_no_case(staff)
    (command,) = (_of_held_mail(each, staff) for each in ordered)
    if refused := _refused(staff, command, firm):
        return refused
    match command:
        case Open() | Away() | Back() | Release() | Reject() | FileIn():
            if needs_a_yes(staff.text, staff.proof):
                return _asked(
                    staff, command, asked=bounded(staff.text), reads=_read_as(command, firm)
                )
            return Errand(reason="carried_out", does=command)
        case _:
            return _about_no_case(staff)


_ALONE = ABOUT_NO_CASE | ABOUT_HELD_MAIL


def _about_no_case(staff: StaffMail) -> Errand:
    """
    What is for a case, and nothing says for which.
    """
    return refusal(staff, "names_several_cases" if staff.is_ambiguous else "names_no_case")


def _of_held_mail(command: Command, staff: StaffMail) -> Command:
    """
    The command with the number of the message that the answered mail is about.
    """
    if isinstance(command, (Release, Reject, FileIn)) and command.held_id is None:
        return replace(command, held_id=staff.held_id)
    return command


def _refused(staff: StaffMail, command: Command, firm: Firm) -> Errand | None:
    """
    Why *command* is not carried out whatever proves it, if so.
    """
    match command:
        case Open() if firm.is_ours(command.email):
            why = f"{command.email} is an address of the firm, and no customer's"
            return refusal(staff, "misspoken", why)
        case Release(held_id=None) | Reject(held_id=None) | FileIn(held_id=None):
            return refusal(staff, "misspoken", "say which held message, such as #release 7")
        case Away(who=who) | Back(who=who) if who and not _may_speak_for(staff.writer, who, firm):
            return refusal(staff, "not_your_absence")
        case _:
            return None


def _may_speak_for(writer: Handler, who: str, firm: Firm) -> bool:
    named = firm.people.named(who)
    # A name that nobody has is refused by whoever looks for it, in better words.
    return named in {None, writer} or is_in_charge(writer)


def is_in_charge(writer: Handler) -> bool:
    """
    Who decides on what is not their own: held mail, the absence of others.
    """
    return writer.role in {Role.MANAGER, Role.HEAD}


def _read_as(command: Command, firm: Firm) -> tuple[str, ...]:
    """
    What was understood, in words: a date that was read wrong shows here.
    """
    match command:
        case Open():
            known = (command.email, command.phone, ", ".join(command.address))
            return (
                f"A complaint of {command.name} ({'; '.join(filter(None, known))})",
                f"Received by {command.way} on {happened(command.received_at, firm)}",
            )
        case Away():
            return (f"Away from {command.first:%-d %B %Y} to {command.last:%-d %B %Y}",)
        case _:
            return ()


def _telling(staff: StaffMail, ordered: Sequence[Command], theirs: Sequence[str]) -> Errand:
    """
    What #help and #status say where no case is named.
    """
    said = []
    is_help = any(isinstance(each, Help) for each in ordered)
    if any(isinstance(each, Status) for each in ordered):
        cases = "; ".join(theirs[:_MOST_CASES])
        if len(theirs) > _MOST_CASES:
            cases += f"; and {len(theirs) - _MOST_CASES} more, which mailbot cases shows"
        said.append(f"Your open cases: {cases}." if cases else "You have no open case.")
    if is_help:
        said.append("These are the commands, and how to answer a customer.")
    commands = command_words.COMMANDS if is_help else ()
    letter = told_about(staff, {"outcome": " ".join(said), "commands": list(commands)})
    return Errand(reason="told", letters=(letter,))


# --- a customer's mail, passed on ----------------------------------------------


def _files(one: Forwarded, staff: StaffMail) -> tuple[Attachment, ...]:
    """
    The customer's files. A client that forwards inline hangs them on the mail itself; what
    hangs on one that encloses is the enclosed mail.
    """
    return one.attachments if one.how is How.ATTACHED else staff.message.attachments


def _passed_on(staff: StaffMail, firm: Firm) -> Errand:
    one = staff.passed_on[0]
    if sum(each.how is How.ATTACHED for each in staff.passed_on) > 1:
        return refusal(staff, "forward_of_several")
    if one.sender is None or not (one.text.strip() or one.attachments):
        missing = [receipt_words.NOT_READ[each] for each in one.doubts if isinstance(each, Doubt)]
        return refusal(staff, "forward_not_read", f"{' and '.join(missing) or 'who wrote it'}.")
    if firm.is_ours(one.sender.email):
        return refusal(staff, "forward_of_ours", f"it came from {one.sender.email}.")
    if staff.proof is Proof.CONFIRMED:
        return Errand(reason="passed_on", does=one)
    cover = cover_of(one, staff.text, staff.writer.name)
    return _asked(
        staff,
        one,
        passed_on={
            "comment": cover.words if cover else "",
            "sender": f"{one.sender.name} <{one.sender.email}>".strip(),
            "sent": happened(one.sent_at, firm) if one.sent_at else "",
            "subject": one_line(one.subject)[:200],
            "words": bounded(one.text, _MOST_SHOWN),
            "files": [each.name for each in _files(one, staff)],
        },
    )
