"""
The clerk: one arriving message, within its transaction.

What to do is decided in `cases/triage.py`; here it is done, in the order in
which the rows need each other.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from tortoise.expressions import Q

from mailbot.cases import wording
from mailbot.cases.aside import TO_BE_CONFIRMED, held_letters
from mailbot.cases.behind import complainant
from mailbot.cases.commands import Away, Back, FileIn, Merge, Misspoken, Open, Reject, Release
from mailbot.cases.confirmation import Said, said
from mailbot.cases.correspondence import assignment_again
from mailbot.cases.errands import Does, Errand, errand, is_in_charge, refusal, told_about
from mailbot.cases.grammar import parse as parse_commands
from mailbot.cases.match import Evidence, Match, Signals
from mailbot.cases.model import Case, Event, Letter, Party
from mailbot.cases.posting import letter_of
from mailbot.cases.reference import reference
from mailbot.cases.spoken import Reckoning
from mailbot.cases.staff_mail import Proof, StaffMail, StaffToken, is_meant
from mailbot.cases.states import State
from mailbot.cases.triage import CONFIRMATION, SHOWN, Action, Triage, Vouched, released, triage
from mailbot.cases.triggers import (
    CaseOpened,
    LetterFailed,
    MessageJoined,
    MessageNoted,
    StaffAnswered,
    Trigger,
)
from mailbot.mail.classify import IN_DOUBT, Classification, says_it_answers
from mailbot.mail.forwarded import Forwarded
from mailbot.mail.going_along import to_a_customer
from mailbot.mail.identity import canonical
from mailbot.mail.message import Address, Kind
from mailbot.mail.parse import text_of
from mailbot.mail.quoted import new_text
from mailbot.store import casefile, errands, lately, ledger, passing, post, unreached
from mailbot.store.arrival import Arrival, identity, text_digest
from mailbot.store.candidates import LONGEST_KEY, asking_letter
from mailbot.store.database import LARGEST, Tx
from mailbot.store.decided import LetGo, Recorded, decided
from mailbot.store.ledger import LedgerState
from mailbot.store.office import Office
from mailbot.store.outbox import UNDERWAY, Status
from mailbot.store.staffing import UNPROVED, outsiders
from mailbot.store.tables import Content, HeldRow, MessageRow, OutboxRow

#: Held because of the token: its owner gets a new one, or could never answer again.
_WORTHLESS_TOKENS = frozenset({"token_of_another_handler", "token_is_spent", "token_has_expired"})


@dataclass(frozen=True, kw_only=True)
class Clerk:
    """
    Everything that is known of the message before a case looks at it.
    """

    tx: Tx
    office: Office
    now: datetime
    arrival: Arrival
    classification: Classification
    named: Match
    token: StaffToken | None = None
    #: What is known of it where one of our people is said to have written it.
    staff: StaffMail | None = None
    #: What in it verified as ours.
    signals: Signals = field(default_factory=Signals)
    #: The same message with another text, if it is here already.
    altered: MessageRow | None = None
    #: The case in which the same text of the same person came last, if it comes too often.
    repeated_in: int | None = None

    async def record(self) -> Recorded:
        """
        Do with the message what has to be done.
        """
        what = await self.what_to_do()
        by_action: Mapping[Action, Callable[[Triage], Awaitable[Recorded]]] = {
            Action.OPEN: self._open,
            Action.JOIN: self._into_case,
            Action.NOTE: self._into_case,
            Action.RELAY: self._into_case,
            Action.ANSWER_STAFF: self._into_case,
            Action.ERRAND: self._errand,
            Action.HOLD: self.hold,
            Action.FILE: self._file,
        }
        does = self._confirmation_of if what.reason == CONFIRMATION else by_action[what.action]
        recorded = await does(what)
        if self.arrival.released and what.action is not Action.HOLD:
            said = Event(
                name="message_released",
                cause=f"command by {self.arrival.released.by}",
                reason="command",
            )
            serial = recorded.after.serial if recorded.after else None
            await casefile.add_events(self.tx, serial, [said], self.now)
        return replace(
            recorded,
            action=what.action,
            kind=self.classification.kind,
            evidence=self.named.evidence.label,
            silence=what.silence,
        )

    async def what_to_do(self) -> Triage:
        """
        What the rules say of it, as far as we remember; writes nothing.
        """
        read = self.arrival.message
        if word := self.arrival.released:
            return released(self._complainant, self.classification, self.named, self.staff, word)
        if self.arrival.again and await self._case_of(self.arrival.again):
            return Triage(Action.JOIN, "read_at_last")
        what = triage(read, self.classification, self.named, self.staff, self.office.firm)
        if self._is_a_flood() and what.action in {Action.OPEN, Action.JOIN}:
            # A person has it already, more than once: filed where it came last.
            return Triage(Action.NOTE, "same_text_again")
        if what.action is Action.HOLD and await self.failed_without_case():
            # A bounce in words alone is in doubt no more where it names a letter of ours.
            return Triage(Action.FILE, what.reason)
        if self.altered is None:
            return what
        if what.action in {Action.HOLD, Action.FILE}:
            # What a list made of a message that has its case is filed beside it.
            is_held = what.action is Action.HOLD and self.altered.case_id is not None
            return Triage(Action.NOTE, "altered_copy") if is_held else what
        # An altered copy is filed where the first one is; it opens nothing, and
        # nobody is answered, or written to, twice.
        if self.altered.case_id is None:
            return Triage(Action.FILE, "altered_copy")
        is_shown = what.action in {Action.OPEN, Action.JOIN}
        return Triage(Action.JOIN if is_shown else Action.NOTE, "altered_copy")

    # --- a case ------------------------------------------------------------

    async def _open(self, what: Triage) -> Recorded:
        read, who = self.arrival.message, self._complainant
        if who is None:
            return await self.hold(Triage(Action.HOLD, "no_sender"))
        office = self.office
        trigger = await self.opening(who, what)
        case = await casefile.open_new(
            self.tx,
            Party(address=who),
            received_at=read.received_at,
            verdict=self.verdict,
            firm=office.firm,
            keyring=office.keyring,
            nonce=office.chance(),
            now=self.now,
        )
        row = await self._write_message(case.serial, what, silence=case.verdict)
        recorded = await decided(self.tx, case, trigger, office, self.now)
        if self.arrival.unreadable:
            await self._write_held(row, self._why_unread(), self.arrival.unreadable)
        return recorded

    @property
    def _complainant(self) -> Address | None:
        """
        Whose case it would be; a machine speaks for somebody only once a person said so.
        """
        read = self.arrival.message
        if self.arrival.released:
            return complainant(read, self.classification, self.office.firm)
        return read.sender

    @property
    def verdict(self) -> str:
        """
        Under which verdict of our own mail system its case would stand; "" = none.
        """
        return self.classification.rule if self.classification.kind is Kind.SPAM else ""

    async def opening(self, sender: Address, what: Triage) -> CaseOpened:
        """
        What a new case of *sender* would have to hear; writes nothing.
        """
        prefix = self.office.firm.reference_prefix
        return CaseOpened(
            message=self.arrival.message,
            occasion=self.arrival.occasion,
            rule=what.reason,
            acknowledged=await lately.acknowledged(self.tx, sender.key, self.now),
            busy=await lately.busy(self.tx),
            possible=tuple(reference(prefix, each) for each in self.named.possible),
            near=self.named.near,
            unreadable=self.arrival.unreadable,
        )

    async def _into_case(self, what: Triage) -> Recorded:
        serial = await self.serial()
        case = await casefile.lock(self.tx, serial, self.office.firm) if serial else None
        if case is None:
            return await self._errand(what)
        # What nothing proves is in the file of a case once it is confirmed.
        row = await self._write_message(
            None if self._is_unproved else case.serial, what, silence=what.silence
        )
        trigger = await self.trigger(case, what)
        recorded = await decided(self.tx, case, trigger, self.office, self.now)
        if self.arrival.unreadable:
            await self._write_held(row, self._why_unread(), self.arrival.unreadable)
        if recorded.reason == TO_BE_CONFIRMED:
            await self._write_held(row, TO_BE_CONFIRMED, "")
            await ledger.turn(self.tx, self.arrival.attempt.ledger_id, LedgerState.HELD)
        if await self._spend_token() and what.action is Action.NOTE and self.token:
            await self._renew_token(self.token)
        if letter := await self.failed_letter():
            await self._came_back(letter)
            recorded = replace(recorded, unreached=letter.template if letter.to_staff else "")
        return recorded

    async def serial(self) -> int | None:
        """
        The case that it would go to, if to one that exists.
        """
        if self.arrival.released and self.arrival.released.serial:
            return self.arrival.released.serial
        if self.arrival.again and (serial := await self._case_of(self.arrival.again)):
            return serial
        if self._is_a_flood():
            return self.repeated_in
        if self.altered is not None:
            return self.altered.case_id
        if self.classification.kind is Kind.STAFF:
            return self.staff.serial if self.staff else None
        return self.named.serial

    async def _case_of(self, message_id: int) -> int | None:
        return (await MessageRow.get(id=message_id, using_db=self.tx)).case_id

    async def trigger(self, case: Case, what: Triage) -> Trigger:
        """
        What *case* would have to hear of it; writes nothing.
        """
        if what.action in {Action.RELAY, Action.ANSWER_STAFF}:
            return await self._staff_answered(what)
        if what.action is Action.NOTE:
            return MessageNoted(
                kind=self.classification.kind,
                reason=what.reason,
                occasion=self.arrival.occasion,
                message=self.arrival.message if self._may_hold_words() else None,
            )
        return MessageJoined(
            message=self.arrival.message,
            occasion=self.arrival.occasion,
            reason=what.reason,
            near=self.named.near,
            is_altered_copy=self.altered is not None,
            answered=await self._answered_text(),
            confirmation=await self._confirmation(case),
        )

    def _is_a_flood(self) -> bool:
        """
        Whether it is one more of the same, to the same end: not an answer to an outcome,
        not what belongs elsewhere, and nothing that brings files.
        """
        return (
            self.repeated_in is not None
            and self.named.serial in {None, self.repeated_in}
            and not self.signals.answers
            and not self.arrival.message.attachments
        )

    def _may_hold_words(self) -> bool:
        """
        Whether a machine's message is shown to the handler. One from staff never
        is: their own absence would answer it, for ever.
        """
        read = self.arrival.message
        staff = self.office.surroundings.staff_addresses
        is_staff = read.sender is not None and read.sender.key in staff
        if is_staff:
            return False
        kind, rule = self.classification.kind, self.classification.rule
        if says_it_answers(read) and kind in SHOWN:
            return False
        return kind in SHOWN or rule in IN_DOUBT

    async def _answered_text(self) -> str:
        """
        The text of the latest letter to a customer that it answers by a signed id.
        """
        nonces = [each.nonce for _, each in self.signals.signed if not each.thread.is_staff]
        answered = OutboxRow.filter(nonce__in=nonces, to_staff=False).using_db(self.tx)
        letter = await answered.order_by("-id").first() if nonces else None
        return text_of(letter.content) if letter else ""

    async def _confirmation(self, case: Case) -> Said:
        """
        What it says to the latest outcome: only from the complainant's own address,
        and with signed evidence of that very mail (code, stage 4).
        """
        read = self.arrival.message
        is_theirs = read.sender is not None and read.sender.key == case.complainant.address.key
        if not is_theirs or case.state is not State.AWAITING_CONFIRMATION:
            return Said.ELSE
        if self.classification.kind is not Kind.PERSON:
            # What a machine may have written, or our own mail system distrusts, closes
            # nothing: the handler judges.
            return Said.ELSE
        signed = [each.nonce for _, each in self.signals.signed if not each.thread.is_staff]
        nonces = [*(nonce for nonce, _ in self.signals.answers), *signed]
        asked = asking_letter(nonces).filter(case_id=case.serial).using_db(self.tx)
        letter = await asked.order_by("-id").first()
        if letter is None or await self._has_newer_outcome(case.serial, letter.id):
            return Said.ELSE
        closure = self.office.firm.rulebook.closure
        words = new_text(read.text, text_of(letter.content))
        by_address = {Said(answer) for _, answer in self.signals.answers}
        # An address alone is a click; with a text the text must say the same.
        heard = said(words, closure) if words else next(iter(by_address), Said.ELSE)
        return heard if by_address <= {heard} else Said.ELSE

    async def _has_newer_outcome(self, serial: int, outbox_id: int) -> bool:
        newer = OutboxRow.filter(case_id=serial, template="outcome", id__gt=outbox_id)
        return await newer.using_db(self.tx).exists()

    # --- staff -------------------------------------------------------------

    @property
    def _is_unproved(self) -> bool:
        return self.staff is not None and self.staff.proof is Proof.FROM_LINE

    def _known_staff(self) -> StaffMail:
        if self.staff is None:  # triage has held what nobody of ours can have written
            raise LookupError("a staff answer without a handler")
        return self.staff

    async def _staff_answered(self, what: Triage) -> StaffAnswered:
        staff = self._known_staff()
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
            is_exposed=self.token is not None and bool(staff.outsiders),
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

    # --- what staff want beside any case ---------------------------------------

    async def errand(self, what: Triage) -> Errand:
        """
        What one of our people wants, and whether they get it; writes nothing.
        """
        staff = self._known_staff()
        theirs = await lately.open_cases_of_handler(self.tx, staff.writer.email, self.office.firm)
        found = errand(staff, what.reason, self.office.firm, theirs)
        if isinstance(found.does, (Release, Reject, FileIn)):
            return await self._about_held_mail(found, found.does)
        return found

    async def _about_held_mail(self, found: Errand, command: Release | Reject | FileIn) -> Errand:
        """
        A handler decides on what came in their own name, the manager on everything.
        """
        staff = self._known_staff()
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

    async def _errand(self, what: Triage) -> Recorded:
        """
        What one of our people wants beside any case.
        """
        found = await self.errand(what)
        row = await self._write_message(None, what, silence=found.reason)
        if await self._spend_token() and self.token:
            await self._renew_token(self.token)
        if found.is_asked:
            await self._write_held(row, TO_BE_CONFIRMED, "")
            await ledger.turn(self.tx, self.arrival.attempt.ledger_id, LedgerState.HELD)
            event = Event(name="message_held", cause="message", reason="to_be_confirmed")
            await casefile.add_events(self.tx, None, [event], self.now)
        elif found.does:
            return await self._done(found.does, row)
        return await self._posted(found.reason, found.letters)

    async def _done(self, does: Does, row: MessageRow) -> Recorded:
        """
        Carried out, with a receipt.
        """
        staff, office = self._known_staff(), self.office
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
                "instead": wording.RECEIPTS["misspoken"][2],
            }
        recorded = await self._posted("carried_out", [told_about(staff, facts)])
        return replace(recorded, refusal="" if done.is_done else done.answer)

    async def _confirmation_of(self, what: Triage) -> Recorded:
        """
        The answer to the question whether something is meant: yes lets it go, no
        rejects it, and anything else is told so.
        """
        staff = self._known_staff()
        held = await self._asked_about(staff.answers) if staff.answers else None
        serial = staff.answers.serial if staff.answers else None
        await self._write_message(serial, what, silence=what.silence)
        if await self._spend_token() and self.token:
            await self._renew_token(self.token)
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

    def _outsiders(self) -> frozenset[str]:
        return outsiders(self.arrival.message, self.office)

    async def _spend_token(self) -> bool:
        """
        A staff address that others have seen is worth nothing any more; returns
        whether it is spent by this message.
        """
        if self.token is None:
            return False
        sender = self.arrival.message.sender
        writer = self.office.firm.people.by_address(sender.email) if sender else None
        is_theirs = writer is not None and self.token.handler_email in writer.addresses
        if is_theirs and not self._outsiders():
            return False
        why = "went_to_others" if is_theirs else "seen_from_another_address"
        unspent = OutboxRow.filter(nonce=self.token.nonce, spent_at=None)
        return bool(await unspent.using_db(self.tx).update(spent_at=self.now, spent_why=why))

    # --- bounces -----------------------------------------------------------

    def _has_failed(self) -> bool:
        """
        Whether a letter of ours has not arrived and is not on its way any more: also
        where only the time was over in which a server tried (RFC 3464 §2.3.3).
        """
        if self.classification.kind is Kind.BOUNCE_HARD:
            return True
        is_bounce = self.classification.kind is Kind.BOUNCE_SOFT
        return is_bounce and any(
            each.action.lower() == "failed" for each in self.arrival.message.delivery_statuses
        )

    async def _came_back(self, row: OutboxRow) -> tuple[str, ...]:
        """
        Settle a letter as returned; returns the templates of what follows from that.
        """
        mine = OutboxRow.filter(id=row.id).using_db(self.tx)
        await mine.update(status=Status.BOUNCED, next_attempt_at=None)
        failed, firm = self.failure(row), self.office.firm
        case = await casefile.lock(self.tx, row.case_id, firm) if row.case_id else None
        if case:
            return (await decided(self.tx, case, failed, self.office, self.now)).letters
        told = await unreached.told(self.tx, failed, self.office, self.now)
        return tuple(each.template for each in told)

    async def failed_letter(self) -> OutboxRow | None:
        """
        The letter of ours that it says has failed for good, if that is news: not what
        came back before. One that was tried has left, whatever the line said of it.
        """
        row = await self.returned_letter() if self._has_failed() else None
        if row is None or row.status == Status.SENT:
            return row
        return row if row.status in UNDERWAY and row.attempts else None

    async def failed_without_case(self) -> OutboxRow | None:
        """
        The same of a letter that belongs to no case.
        """
        row = await self.failed_letter()
        return row if row and row.case_id is None else None

    def failure(self, row: OutboxRow) -> LetterFailed:
        """
        What the case of a returned letter has to hear.
        """
        statuses = self.arrival.message.delivery_statuses
        said = next((each.diagnostic for each in statuses), "")
        return LetterFailed(
            template=row.template,
            to=Address(name=row.recipient_name, email=row.recipient),
            to_staff=row.to_staff,
            occasion=row.occasion,
            outcome=Status.BOUNCED,
            reason=said[:200] or "it came back as undeliverable",
            message_id=row.message_id,
            content=row.content,
        )

    async def returned_letter(self) -> OutboxRow | None:
        """
        By its own id or its alias; where a relay left only the anchor, the latest
        letter of the case to that recipient.
        """
        read = self.arrival.message
        returned = [
            canonical(each) for each in (*read.returned_ids, *read.in_reply_to, *read.references)
        ]
        # The id that came back first: one of the thread's others is about another letter.
        for ids in (returned[: len(read.returned_ids)], returned):
            named = OutboxRow.filter(Q(message_id__in=ids) | Q(alias__in=ids)).using_db(self.tx)
            if ids and (row := await named.order_by("-id").first()):
                return row
        if self.named.evidence not in {Evidence.REFERENCES, Evidence.IN_REPLY_TO}:
            return None
        recipients = [
            recipient.lower() for each in read.delivery_statuses for recipient in each.recipients
        ]
        sent = OutboxRow.filter(status=Status.SENT).using_db(self.tx)
        theirs = sent.filter(case_id=self.named.serial, recipient_key__in=recipients)
        return await theirs.order_by("-id").first()

    # --- without a case ----------------------------------------------------

    async def _file(self, what: Triage) -> Recorded:
        await self._write_message(None, what, silence=what.reason)
        event = Event(name="message_filed", cause="message", reason=what.reason)
        await casefile.add_events(self.tx, None, [event], self.now)
        if (row := await self.failed_without_case()) is None:
            return Recorded(reason=what.reason)
        letters = await self._came_back(row)
        return Recorded(reason=what.reason, letters=letters, unreached=row.template)

    async def hold(self, what: Triage) -> Recorded:
        """
        Set the message aside for a person, who is told.
        """
        row = await self._write_message(None, what, silence=what.reason)
        held = await self._write_held(row, what.reason, self.arrival.unreadable)
        if self.arrival.released:
            # Whoever released it reads why it is held on.
            return Recorded(reason=what.reason)
        event = Event(name="message_held", cause="message", reason=what.reason)
        await casefile.add_events(self.tx, None, [event], self.now)
        read = self.arrival.message
        letters = held_letters(what.reason, held.id, read, self.office.firm, self.now)
        if what.reason in _WORTHLESS_TOKENS and self.token:
            await self._renew_token(self.token)
        return await self._posted(what.reason, letters)

    async def _renew_token(self, token: StaffToken) -> None:
        """
        A staff address in somebody else's hands is spent, and its owner gets a new one.
        """
        await self._spend_token()
        owner = self.office.firm.people.by_address(token.handler_email)
        case = (
            await casefile.lock(self.tx, token.serial, self.office.firm) if token.serial else None
        )
        if owner and case:
            letter = assignment_again(owner, self.arrival.occasion)
            await post.write(self.tx, case, [letter], self.office, self.now)

    async def _posted(self, reason: str, letters: "list[Letter] | tuple[Letter, ...]") -> Recorded:
        rows = await post.write(self.tx, None, letters, self.office, self.now)
        return Recorded(reason=reason, letters=tuple(each.template for each in rows))

    # --- rows --------------------------------------------------------------

    def _why_unread(self) -> str:
        return "unreadable" if self.arrival.is_whole else "too_large"

    async def _write_held(self, row: MessageRow, reason: str, detail: str) -> HeldRow:
        fresh = {
            "at": self.now,
            "reason": reason,
            "detail": detail,
            "attempts": self.arrival.attempt.number,
        }
        held, is_new = await HeldRow.get_or_create(
            message_id=row.id, defaults=fresh, using_db=self.tx
        )
        if not is_new:
            fresh = {"reason": reason, "detail": detail, "resolved_at": None, "resolution": ""}
            held.update_from_dict({**fresh, "attempts": held.attempts + 1})
            await held.save(using_db=self.tx)
        return held

    async def _write_message(
        self, serial: int | None, what: Triage, silence: str = ""
    ) -> MessageRow:
        read = self.arrival.message
        message_id = read.message_id or ""
        made_of_it = {
            "case_id": serial,
            "ledger_id": self.arrival.attempt.ledger_id,
            "received_at": read.received_at,
            "recorded_at": self.now,
            "message_id": message_id[:1000],
            "message_id_key": canonical(message_id)[:LONGEST_KEY],
            "identity": identity(read),
            "text_digest": text_digest(read),
            "sender": read.sender.email[:320] if read.sender else "",
            "subject": read.subject,
            "text": read.text,
            "attachments": [each.name for each in read.attachments],
            "kind": self.classification.kind,
            "rule": self.classification.rule,
            "evidence": self.named.evidence.label,
            "decision": what.reason[:64],
            "answers": self._proved_answer(),
            "silence": silence,
            "copy_of": self.altered.id if self.altered else None,
        }
        if self.arrival.again is None:
            content = await Content.create(
                using_db=self.tx,
                octets=self.arrival.content,
                sha256=hashlib.sha256(self.arrival.content).hexdigest(),
                size=len(self.arrival.content),
            )
            row = await MessageRow.create(using_db=self.tx, content_id=content.id, **made_of_it)
        else:
            row = await MessageRow.get(id=self.arrival.again, using_db=self.tx)
            await self._keep_whole(row)
            await row.update_from_dict(made_of_it).save(using_db=self.tx)
        if (state := self._ledger_state(what)) is not LedgerState.RECORDED:
            await ledger.turn(self.tx, self.arrival.attempt.ledger_id, state)
        return row

    def _proved_answer(self) -> str:
        """
        Which staff mail it answers, where that is proved: an unproved copy that came
        first makes no replay of the handler's own mail.
        """
        staff = self.staff
        return (
            "" if staff is None or self._is_unproved or not staff.answers else staff.answers.nonce
        )

    async def _keep_whole(self, row: MessageRow) -> None:
        """
        The whole message in the place of the header that was all we had.
        """
        kept = await Content.get(id=row.content_id, using_db=self.tx)
        if kept.size < len(self.arrival.content):
            whole = await Content.create(
                using_db=self.tx,
                octets=self.arrival.content,
                sha256=hashlib.sha256(self.arrival.content).hexdigest(),
                size=len(self.arrival.content),
            )
            row.content_id = whole.id

    def _ledger_state(self, what: Triage) -> LedgerState:
        if not self.arrival.is_whole:
            return LedgerState.LEFT
        return LedgerState.HELD if what.action is Action.HOLD else LedgerState.RECORDED
