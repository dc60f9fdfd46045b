"""
The desk for the firm's own people: what one of their mails asks for, done, asked about or
answered.

What is to be done is decided in `cases/identity/triage.py`, `cases/commands/errands.py` and
`cases/life/correspondence.py`; what proves it in `desk/staff/proof.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mailbot.cases.case import Case
from mailbot.cases.commands.orders import (
    Away,
    Back,
    FileIn,
    Merge,
    Misspoken,
    Open,
    Reject,
    Release,
)
from mailbot.cases.commands.reading.grammar import parse as parse_commands
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.cases.correspondence.errands import (
    Does,
    Errand,
    errand,
    is_in_charge,
    refusal,
    told_about,
)
from mailbot.cases.correspondence.receipt import with_bound
from mailbot.cases.decision import Event
from mailbot.cases.identity.set_aside import TO_BE_CONFIRMED
from mailbot.cases.identity.staff_mail import StaffMail, StaffToken, is_meant
from mailbot.cases.identity.triage import CONFIRMATION, Action, Triage, Vouched
from mailbot.cases.known.questions import Asks
from mailbot.cases.known.rows import KnownHeld, KnownLetter, KnownMessage
from mailbot.cases.letter import Letter
from mailbot.cases.sending.by_post import letter_of
from mailbot.cases.triggers import StaffAnswered
from mailbot.cases.wording import receipt_words
from mailbot.cases.wording.moments import in_words
from mailbot.cases.wording.promise_words import PROMISES
from mailbot.desk import drafts
from mailbot.desk.arriving.brief import Brief
from mailbot.desk.arriving.filing import Filing
from mailbot.desk.consequences import put
from mailbot.desk.recorded import LetGo, Ordered, Recorded
from mailbot.desk.staff import errands, passing_on
from mailbot.desk.staff.proof import UNPROVED
from mailbot.desk.staff.reply_address import ReplyAddress
from mailbot.desk.turn import Turn
from mailbot.mail.files.going_along import to_a_customer
from mailbot.mail.quoting.forwarded import Forwarded


@dataclass(frozen=True)
class StaffDesk:
    turn: Turn
    brief: Brief
    staff: StaffMail

    @property
    def filing(self) -> Filing:
        return Filing(self.turn, self.brief)

    @property
    def address(self) -> ReplyAddress:
        return ReplyAddress(self.turn, self.brief.arrival, self.brief.token)

    def answered(self, what: Triage) -> StaffAnswered:
        """
        What a case has to hear of it.
        """
        staff = self.staff
        letter = self._answered(staff.answers) if staff.answers else None
        return StaffAnswered(
            message=self.brief.message,
            proof=staff.proof,
            busy=self.turn.known.workload(),
            occasion=staff.occasion,
            writer=staff.writer,
            text=staff.text,
            may_relay=what.action is Action.RELAY,
            reason=what.reason,
            files=to_a_customer(
                self.brief.message,
                self.turn.office.keyring.names_staff,
                self.turn.firm.room_for_files,
            ),
            went_to=staff.outsiders,
            is_exposed=self.brief.token is not None and bool(staff.outsiders),
            about=letter_of(letter.occasion) if letter else "",
            others=self._merged_into(staff),
            receipts_lately=staff.receipts_lately,
        )

    def _answered(self, answers: StaffToken) -> KnownLetter | None:
        return self.turn.known.letter_with(answers.nonce)

    def _merged_into(self, staff: StaffMail) -> Mapping[str, Case]:
        """
        The case that a command merges this one into, by its reference.
        """
        try:
            ordered = parse_commands(staff.text, self._reckoning())
        except Misspoken:
            return {}
        return cases_at(self.turn, [each.into for each in ordered if isinstance(each, Merge)])

    def _reckoning(self) -> Reckoning:
        return Reckoning(self.brief.message.received_at, self.turn.firm.calendar)

    # --- beside any case --------------------------------------------------------

    def errand(self, what: Triage) -> Errand:
        """
        What one of our people wants, and whether they get it.
        """
        staff = self.staff
        found = errand(staff, what.reason, self.turn.firm, self._their_cases())
        if isinstance(found.does, (Release, Reject, FileIn)):
            return self._about_held_mail(found, found.does)
        return found

    def _their_cases(self) -> list[str]:
        """
        The cases in work of that handler, oldest first, each with what is owed next.
        """
        known, firm = self.turn.known, self.turn.firm
        email = self.staff.writer.email.lower()
        known.need(Asks.WORK_OF, email)
        return [
            f"{each.reference} ({PROMISES[each.promise].name}, by {in_words(each.due_at, firm)})"
            if each.due_at
            else each.reference
            for each in known.of_handler.get(email, ())
        ]

    def _about_held_mail(self, found: Errand, command: Release | Reject | FileIn) -> Errand:
        """
        A handler decides on what came in their own name, the manager on everything.
        """
        staff, known = self.staff, self.turn.known
        held = known.held_under(command.held_id or 0)
        if held is None or held.resolved_at is not None:
            return refusal(staff, "misspoken", f"no held message has the number {command.held_id}.")
        if isinstance(command, FileIn) and known.at_reference(command.reference) is None:
            return refusal(staff, "misspoken", f"there is no case {command.reference}.")
        is_theirs = known.message(held.message_id).sender.lower() in staff.writer.addresses
        if not (is_theirs or is_in_charge(staff.writer)):
            return refusal(staff, "not_yours_to_decide")
        return found

    def run(self, what: Triage) -> Recorded:
        """
        What one of our people wants beside any case.
        """
        found = self.errand(what)
        row = self.filing.write(None, what, silence=found.reason)
        self.address.replace_if_spent()
        if found.is_asked:
            self.filing.wait(row, TO_BE_CONFIRMED)
            event = Event(name="message_held", cause="message", reason="to_be_confirmed")
            self.turn.known.note(None, [event], self.turn.now)
        elif found.does:
            return self._done(found.does, row)
        letters = with_bound(found.letters, self.staff.receipts_lately, is_done=False)
        return self._posted(found.reason, letters)

    def _done(self, does: Does, row: KnownMessage) -> Recorded:
        """
        Carried out, with a receipt.
        """
        staff, turn, by = self.staff, self.turn, self.staff.writer.name
        match does:
            case Open():
                done = errands.enter(turn, does, by)
            case Away() | Back():
                done = errands.absence(turn, does, by)
            case Reject():
                is_done = errands.reject(turn, does.held_id or 0, by)
                said = "Rejected: its octets stay on file, and its sender gets nothing."
                done = Ordered(is_done=is_done, answer=said)
            case Forwarded():
                passed = passing_on.PassedOn(does, row, self.brief.message, by)
                done = passing_on.take_in(turn, passed)
            case Release() | FileIn():
                named = does.reference if isinstance(does, FileIn) else ""
                serial = turn.known.at_reference(named) if named else None
                vouched = Vouched(by=by, serial=serial)
                return Recorded(
                    reason="let_go",
                    lets_go=LetGo(does.held_id or 0, vouched, told_about(staff, {})),
                )
        if done.serial:
            turn.known.messages[row.id] = replace(turn.known.message(row.id), case_id=done.serial)
            turn.known.touched.add(done.serial)
        facts = {"outcome": done.answer}
        if not done.is_done:
            facts = {
                "outcome": "Nothing was done.",
                "why": done.answer,
                "instead": receipt_words.RECEIPTS["misspoken"][2],
            }
        told = with_bound((told_about(staff, facts),), staff.receipts_lately, is_done=done.is_done)
        recorded = self._posted("carried_out", told)
        return replace(recorded, refusal="" if done.is_done else done.answer)

    def confirmation(self, what: Triage) -> Recorded:
        """
        The answer to the question whether something is meant: yes lets it go, no
        rejects it, and anything else is told so.
        """
        staff, turn = self.staff, self.turn
        held = self._asked_about(staff.answers) if staff.answers else None
        serial = staff.answers.serial if staff.answers else None
        self.filing.write(serial, what, silence=what.silence)
        case = turn.known.case(serial) if serial else None
        self.address.replace_if_spent()
        meant = is_meant(staff.text)
        if meant is None:
            return self._told_of_the_question("neither_yes_nor_no", case)
        if held is None or held.resolved_at is not None:
            return self._told_of_the_question("confirmed_before", case)
        asked = self._answered(staff.answers) if staff.answers else None
        if asked and asked.spent_at is None:
            # A question is answered once.
            put(turn, replace(asked, spent_at=turn.now, spent_why="answered"))
        if not meant:
            errands.reject(turn, held.id, staff.writer.name)
            return self._told_of_the_question("not_meant", case)
        vouched = Vouched(by=staff.writer.name, serial=serial)
        return Recorded(reason=CONFIRMATION, lets_go=LetGo(held.id, vouched, told_about(staff, {})))

    def _told_of_the_question(self, reason: str, case: Case | None) -> Recorded:
        """
        The receipt to an answer that lets nothing go; in the thread of the case, and in its
        history, where the question was about one.
        """
        by = f"command by {self.staff.writer.name}"
        is_done = reason == "not_meant"
        event = (
            Event(name="command_not_meant", cause=by, reason="command")
            if is_done
            else Event(name="receipt_given", cause=by, reason=reason)
        )
        self.turn.known.note(case.serial if case else None, [event], self.turn.now)
        letters = refusal(self.staff, reason).letters
        bounded = with_bound(letters, self.staff.receipts_lately, is_done=is_done)
        return self._posted(reason, bounded, case)

    def _asked_about(self, answers: StaffToken) -> KnownHeld | None:
        """
        What waits for the answer to that question.
        """
        letter = self._answered(answers)
        if letter is None:
            return None
        ledger_id = letter.occasion.removeprefix(UNPROVED).removeprefix("message.")
        return self.turn.known.held_from(int(ledger_id.partition(".")[0]))

    def _posted(self, reason: str, letters: Sequence[Letter], case: Case | None = None) -> Recorded:
        rows = drafts.write(self.turn, case, letters)
        return Recorded(
            reason=reason,
            case=case.reference if case else "",
            letters=drafts.templates(rows),
        )


def cases_at(turn: Turn, references: Sequence[str]) -> dict[str, Case]:
    """
    The cases that these references lead to.
    """
    found = {each: turn.known.at_reference(each) for each in references}
    return {
        each: case
        for each, serial in found.items()
        if serial is not None and (case := turn.known.case(serial))
    }
