"""
The desk for the firm's own people: what one of their mails asks for, done, asked about or
answered, within its transaction.

What is to be done is decided in `cases/identity/triage.py`, `cases/commands/errands.py` and
`cases/life/correspondence.py`; what proves it in `store/staffing.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mailbot.cases.commands.errands import Does, Errand, errand, is_in_charge, refusal, told_about
from mailbot.cases.commands.grammar import parse as parse_commands
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
from mailbot.cases.commands.spoken_moment import Reckoning
from mailbot.cases.identity.set_aside import TO_BE_CONFIRMED
from mailbot.cases.identity.staff_mail import StaffMail, StaffToken, is_meant
from mailbot.cases.identity.triage import CONFIRMATION, Action, Triage, Vouched
from mailbot.cases.life.posting import letter_of
from mailbot.cases.model import Case, Event, Letter
from mailbot.cases.triggers import StaffAnswered
from mailbot.cases.wording import receipt_words
from mailbot.mail.files.going_along import to_a_customer
from mailbot.mail.quoting.forwarded import Forwarded
from mailbot.store import casefile, errands, lately, passing, post
from mailbot.store.arrival import Arrival
from mailbot.store.database import LARGEST, Tx
from mailbot.store.decided import LetGo, Recorded
from mailbot.store.filing import Filing
from mailbot.store.office import Office
from mailbot.store.reply_address import ReplyAddress
from mailbot.store.staffing import UNPROVED
from mailbot.store.tables import HeldRow, MessageRow, OutboxRow


@dataclass(frozen=True, kw_only=True)
class StaffDesk:
    tx: Tx
    office: Office
    now: datetime
    arrival: Arrival
    staff: StaffMail
    filing: Filing
    address: ReplyAddress

    async def answered(self, what: Triage) -> StaffAnswered:
        staff = self.staff
        letter = await self._answered(staff.answers) if staff.answers else None
        return StaffAnswered(
            message=self.arrival.message,
            proof=staff.proof,
            busy=await lately.busy(self.tx),
            occasion=staff.occasion,
            writer=staff.writer,
            text=staff.text,
            may_relay=what.action is Action.RELAY,
            reason=what.reason,
            files=to_a_customer(self.arrival.message, self.office.keyring.names_staff),
            went_to=staff.outsiders,
            is_exposed=self.address.token is not None and bool(staff.outsiders),
            about=letter_of(letter.occasion) if letter else "",
            others=await self._merged_into(staff),
        )

    async def _answered(self, answers: StaffToken) -> OutboxRow | None:
        return await OutboxRow.get_or_none(nonce=answers.nonce, using_db=self.tx)

    async def _merged_into(self, staff: StaffMail) -> Mapping[str, Case]:
        """
        The case that a command merges this one into, by its reference.
        """
        try:
            ordered = parse_commands(staff.text, self._reckoning())
        except Misspoken:
            return {}
        named = [each.into for each in ordered if isinstance(each, Merge)]
        found = await casefile.at_reference(self.tx, *named) if named else {}
        firm = self.office.firm
        return {each: await casefile.load(self.tx, found[each], firm) for each in found}

    def _reckoning(self) -> Reckoning:
        return Reckoning(self.arrival.message.received_at, self.office.firm.calendar)

    # --- beside any case --------------------------------------------------------

    async def errand(self, what: Triage) -> Errand:
        """
        What one of our people wants, and whether they get it; writes nothing.
        """
        staff = self.staff
        theirs = await lately.open_cases_of_handler(self.tx, staff.writer.email, self.office.firm)
        found = errand(staff, what.reason, self.office.firm, theirs)
        if isinstance(found.does, (Release, Reject, FileIn)):
            return await self._about_held_mail(found, found.does)
        return found

    async def _about_held_mail(self, found: Errand, command: Release | Reject | FileIn) -> Errand:
        """
        A handler decides on what came in their own name, the manager on everything.
        """
        staff = self.staff
        held = (
            await HeldRow.filter(id=min(command.held_id or 0, LARGEST), resolved_at=None)
            .using_db(self.tx)
            .first()
            .prefetch_related("message")
        )
        if held is None:
            return refusal(staff, "misspoken", f"no held message has the number {command.held_id}.")
        if isinstance(command, FileIn) and not await casefile.serials(self.tx, command.reference):
            return refusal(staff, "misspoken", f"there is no case {command.reference}.")
        is_theirs = held.message.sender.lower() in staff.writer.addresses
        if not (is_theirs or is_in_charge(staff.writer)):
            return refusal(staff, "not_yours_to_decide")
        return found

    async def run(self, what: Triage) -> Recorded:
        """
        What one of our people wants beside any case.
        """
        found = await self.errand(what)
        row = await self.filing.write(None, what, silence=found.reason)
        await self.address.replace_if_spent()
        if found.is_asked:
            await self.filing.wait(row, TO_BE_CONFIRMED)
            event = Event(name="message_held", cause="message", reason="to_be_confirmed")
            await casefile.add_events(self.tx, None, [event], self.now)
        elif found.does:
            return await self._done(found.does, row)
        return await self._posted(found.reason, found.letters)

    async def _done(self, does: Does, row: MessageRow) -> Recorded:
        """
        Carried out, with a receipt.
        """
        staff, office = self.staff, self.office
        match does:
            case Open():
                done = await errands.enter(self.tx, does, staff.writer.name, office, self.now)
            case Away() | Back():
                done = await errands.absence(self.tx, does, staff.writer.name, office, self.now)
            case Reject():
                is_done = await errands.reject(
                    self.tx, does.held_id or 0, staff.writer.name, self.now
                )
                said = "Rejected: its octets stay on file, and its sender gets nothing."
                done = errands.Ordered(is_done=is_done, answer=said)
            case Forwarded():
                done = await passing.take_in(
                    self.tx,
                    passing.PassedOn(does, row, self.arrival.message, staff.writer.name),
                    office,
                    self.now,
                )
            case Release() | FileIn():
                named = does.reference if isinstance(does, FileIn) else ""
                found = await casefile.serials(self.tx, named) if named else {}
                vouched = Vouched(by=staff.writer.name, serial=found.get(named))
                return Recorded(
                    reason="let_go",
                    lets_go=LetGo(does.held_id or 0, vouched, told_about(staff, {})),
                )
        if done.serial:
            await MessageRow.filter(id=row.id).using_db(self.tx).update(case_id=done.serial)
        facts = {"outcome": done.answer}
        if not done.is_done:
            facts = {
                "outcome": "Nothing was done.",
                "why": done.answer,
                "instead": receipt_words.RECEIPTS["misspoken"][2],
            }
        recorded = await self._posted("carried_out", [told_about(staff, facts)])
        return replace(recorded, refusal="" if done.is_done else done.answer)

    async def confirmation(self, what: Triage) -> Recorded:
        """
        The answer to the question whether something is meant: yes lets it go, no
        rejects it, and anything else is told so.
        """
        staff = self.staff
        held = await self._asked_about(staff.answers) if staff.answers else None
        serial = staff.answers.serial if staff.answers else None
        await self.filing.write(serial, what, silence=what.silence)
        await self.address.replace_if_spent()
        meant = is_meant(staff.text)
        if meant is None:
            return await self._posted(
                "neither_yes_nor_no", refusal(staff, "neither_yes_nor_no").letters
            )
        if held is None or held.resolved_at is not None:
            return await self._posted(
                "confirmed_before", refusal(staff, "confirmed_before").letters
            )
        if staff.answers:
            # A question is answered once.
            asked = OutboxRow.filter(nonce=staff.answers.nonce, spent_at=None).using_db(self.tx)
            await asked.update(spent_at=self.now, spent_why="answered")
        if not meant:
            await errands.reject(self.tx, held.id, staff.writer.name, self.now)
            return await self._posted("not_meant", refusal(staff, "not_meant").letters)
        vouched = Vouched(by=staff.writer.name, serial=serial)
        return Recorded(reason=CONFIRMATION, lets_go=LetGo(held.id, vouched, told_about(staff, {})))

    async def _asked_about(self, answers: StaffToken) -> HeldRow | None:
        """
        What waits for the answer to that question.
        """
        letter = await self._answered(answers)
        if letter is None:
            return None
        ledger_id = letter.occasion.removeprefix(UNPROVED).removeprefix("message.")
        waiting = HeldRow.filter(message__ledger_id=int(ledger_id.partition(".")[0]))
        return await waiting.using_db(self.tx).order_by("-id").first()

    async def _posted(self, reason: str, letters: Sequence[Letter]) -> Recorded:
        rows = await post.write(self.tx, None, letters, self.office, self.now)
        return Recorded(reason=reason, letters=tuple(each.template for each in rows))
