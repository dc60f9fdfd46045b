"""
The clerk: one arriving message, within its transaction.

What to do is decided in `cases/identity/triage.py`; here it is done, in the order in
which the rows need each other.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from mailbot.cases.case import Case, Party
from mailbot.cases.correspondence.yes_or_no import Said, said
from mailbot.cases.decision import Event
from mailbot.cases.identity.match import Match, Signals
from mailbot.cases.identity.set_aside import TO_BE_CONFIRMED, held_letters
from mailbot.cases.identity.staff_mail import NOT_PROVED, Proof, StaffMail, StaffToken
from mailbot.cases.identity.triage import CONFIRMATION, SHOWN, Action, Triage, released, triage
from mailbot.cases.identity.who_complains import complainant
from mailbot.cases.letter import Letter
from mailbot.cases.reference import reference
from mailbot.cases.states import State
from mailbot.cases.triggers import (
    CaseOpened,
    MessageJoined,
    MessageNoted,
    Trigger,
)
from mailbot.mail.message import Address, Kind
from mailbot.mail.origin.classify import IN_DOUBT, Classification, says_it_answers
from mailbot.mail.quoting.new_text import new_text
from mailbot.mail.reading.parse import text_of
from mailbot.store import casefile, lately, post
from mailbot.store.arrival import Arrival
from mailbot.store.candidates import asking_letter
from mailbot.store.database import Tx
from mailbot.store.decided import Recorded, decided
from mailbot.store.filing import Filing
from mailbot.store.office import Office
from mailbot.store.reply_address import ReplyAddress
from mailbot.store.returned import Returned
from mailbot.store.staff_desk import StaffDesk
from mailbot.store.tables import MessageRow, OutboxRow

#: Held because of the token: its owner gets a new one, or could never answer again.
_WORTHLESS_TOKENS = frozenset({"token_of_another_handler", "token_is_spent", "token_has_expired"})


#: Where no case hears of the message: a staff address in it is spent all the same.
_BESIDE_THE_CASE = frozenset({Action.OPEN, Action.HOLD, Action.FILE})


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
            Action.ERRAND: self._for_staff,
            Action.HOLD: self.hold,
            Action.FILE: self._file,
        }
        does = self._for_staff if what.reason == CONFIRMATION else by_action[what.action]
        recorded = await does(what)
        if what.action in _BESIDE_THE_CASE:
            await self._address.renew_for_another()
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
        if what.action is Action.HOLD and await self.returned.without_case():
            # A bounce in words alone is in doubt no more where it names a letter of ours.
            return Triage(Action.FILE, what.reason)
        if self.altered is None:
            return what
        if self.classification.kind is Kind.STAFF and (self.staff is None or self._is_unproved):
            # Whoever got a handler's mail can write another text under its name and id:
            # only the handler can say whether it is theirs.
            is_set_aside = what.action in {Action.HOLD, Action.FILE}
            return what if is_set_aside else Triage(Action.HOLD, NOT_PROVED)
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
        row = await self._filing.write(case.serial, what, silence=case.verdict)
        recorded = await decided(self.tx, case, trigger, office, self.now)
        if self.arrival.unreadable:
            await self._filing.hold(row, self._filing.why_unread(), self.arrival.unreadable)
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
            return await self._for_staff(what)
        # What nothing proves is in the file of a case once it is confirmed.
        row = await self._filing.write(
            None if self._is_unproved else case.serial, what, silence=what.silence
        )
        trigger = await self.trigger(case, what)
        recorded = await decided(self.tx, case, trigger, self.office, self.now)
        if self.arrival.unreadable:
            await self._filing.hold(row, self._filing.why_unread(), self.arrival.unreadable)
        if recorded.reason == TO_BE_CONFIRMED:
            await self._filing.wait(row, TO_BE_CONFIRMED)
        if what.action is Action.NOTE:
            await self._address.renew_for_another()
        else:
            # The customer's words, or the receipt, bring the new one.
            await self._address.spend()
        if letter := await self.returned.letter():
            await self.returned.settle(letter)
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
            return await self.desk.answered(what)
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
        if is_staff or self.token is not None:
            # Where our people's mail is passed on to, a machine answers what they are sent.
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

    # --- who helps ---------------------------------------------------------

    @property
    def desk(self) -> StaffDesk:
        """
        Where mail of one of our people is worked on.
        """
        if self.staff is None:  # triage has held what nobody of ours can have written
            raise LookupError("a staff answer without a handler")
        return StaffDesk(
            tx=self.tx,
            office=self.office,
            now=self.now,
            arrival=self.arrival,
            staff=self.staff,
            filing=self._filing,
            address=self._address,
        )

    async def _for_staff(self, what: Triage) -> Recorded:
        is_an_answer = what.reason == CONFIRMATION
        return await (self.desk.confirmation(what) if is_an_answer else self.desk.run(what))

    @property
    def returned(self) -> Returned:
        """
        What it says of a letter of ours.
        """
        return Returned(
            tx=self.tx,
            office=self.office,
            now=self.now,
            message=self.arrival.message,
            classification=self.classification,
            named=self.named,
        )

    @property
    def _filing(self) -> Filing:
        return Filing(
            tx=self.tx,
            now=self.now,
            arrival=self.arrival,
            classification=self.classification,
            named=self.named,
            staff=self.staff,
            altered=self.altered,
        )

    @property
    def _address(self) -> ReplyAddress:
        return ReplyAddress(
            tx=self.tx,
            office=self.office,
            now=self.now,
            arrival=self.arrival,
            token=self.token,
        )

    @property
    def _is_unproved(self) -> bool:
        return self.staff is not None and self.staff.proof is Proof.FROM_LINE

    # --- without a case ----------------------------------------------------

    async def _file(self, what: Triage) -> Recorded:
        await self._filing.write(None, what, silence=what.reason)
        event = Event(name="message_filed", cause="message", reason=what.reason)
        await casefile.add_events(self.tx, None, [event], self.now)
        if (row := await self.returned.without_case()) is None:
            return Recorded(reason=what.reason)
        letters = await self.returned.settle(row)
        return Recorded(reason=what.reason, letters=letters, unreached=row.template)

    async def hold(self, what: Triage) -> Recorded:
        """
        Set the message aside for a person, who is told.
        """
        row = await self._filing.write(None, what, silence=what.reason)
        held = await self._filing.hold(row, what.reason, self.arrival.unreadable)
        if self.arrival.released:
            # Whoever released it reads why it is held on.
            return Recorded(reason=what.reason)
        event = Event(name="message_held", cause="message", reason=what.reason)
        await casefile.add_events(self.tx, None, [event], self.now)
        read = self.arrival.message
        letters = held_letters(what.reason, held.id, read, self.office.firm, self.now)
        if what.reason in _WORTHLESS_TOKENS and self.token:
            await self._address.renew()
        return await self._posted(what.reason, letters)

    async def _posted(self, reason: str, letters: "list[Letter] | tuple[Letter, ...]") -> Recorded:
        rows = await post.write(self.tx, None, letters, self.office, self.now)
        return Recorded(reason=reason, letters=tuple(each.template for each in rows))
