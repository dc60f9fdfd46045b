"""
One arriving message: what is to be done with it, and that done.

What to do is decided in `cases/identity/triage.py`; here it is done, in the order in which
one thing needs another.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from mailbot.cases.case import Case, Party
from mailbot.cases.decision import Event
from mailbot.cases.identity.match import Match
from mailbot.cases.identity.set_aside import TO_BE_CONFIRMED
from mailbot.cases.identity.staff_mail import NOT_PROVED
from mailbot.cases.identity.triage import (
    CONFIRMATION,
    Action,
    Triage,
    released,
    triage,
)
from mailbot.cases.identity.who_complains import complainant
from mailbot.cases.known.arrivals import NOT_OURS_YET, Arrival, LedgerState
from mailbot.cases.known.lately import Beginning
from mailbot.cases.known.questions import Asks
from mailbot.cases.known.rows import KnownMessage
from mailbot.cases.letter import Letter
from mailbot.cases.reference import reference
from mailbot.cases.triggers import CaseOpened, Trigger
from mailbot.desk import drafts
from mailbot.desk.arriving.answered import has_arrived
from mailbot.desk.arriving.brief import Brief, brief
from mailbot.desk.arriving.filing import Filing
from mailbot.desk.arriving.held_mail import letters_about
from mailbot.desk.arriving.message_alone import InItself
from mailbot.desk.arriving.probably_returned import PROBABLY, asked_about
from mailbot.desk.arriving.repeats import is_of_another_case, says_the_same, twin, twin_in
from mailbot.desk.arriving.returned import Returned
from mailbot.desk.arriving.told_to_case import heard
from mailbot.desk.arriving.unheard import is_unheard
from mailbot.desk.consequences import follow
from mailbot.desk.opening import acknowledged, begins_with, open_new
from mailbot.desk.recorded import ALREADY_OURS, Recorded
from mailbot.desk.staff.desk import StaffDesk
from mailbot.desk.staff.reply_address import ReplyAddress
from mailbot.desk.turn import Turn
from mailbot.mail.message import Address, Kind
from mailbot.mail.origin.classify import Classification

#: Held because of the token: its owner gets a new one, or could never answer again.
_WORTHLESS_TOKENS = frozenset({"token_of_another_handler", "token_is_spent", "token_has_expired"})

#: Where no case hears of the message: a staff address in it is spent all the same.
_BESIDE_THE_CASE = frozenset({Action.OPEN, Action.HOLD, Action.FILE})

#: A mail of ours that has probably come back would go unseen.
_WHERE_NOTHING_FOLLOWS = frozenset({Action.HOLD, Action.FILE, Action.NOTE})

#: Another delivery of what is here.
SEEN_BEFORE = Triage(Action.FILE, "seen_before")

#: Not even a header: a person has to look at the octets.
UNREADABLE = Triage(Action.HOLD, "unreadable")


def take_in(turn: Turn, arrival: Arrival, seen: InItself) -> Recorded:
    """
    Make a message ours, with everything that follows from it.
    """
    if not _take(turn, arrival):
        return ALREADY_OURS
    if arrival.says_nothing:
        return _held_without_reading(turn, arrival)
    clerk = considered(turn, arrival, seen)
    if clerk.is_seen_before:
        return clerk.seen_before()
    return clerk.record()


def considered(turn: Turn, arrival: Arrival, seen: InItself) -> "Clerk":
    """
    Whoever knows of it all that there is to know.
    """
    again = arrival.again or _known_by_its_header(turn, arrival)
    same = None if again else twin(turn.known, arrival.message)
    if same and same.case_id is None and _is_a_persons(seen, same):
        # A list's copy came first, and waits: the direct mail is not the copy.
        same = None
    arrival = replace(arrival, again=again)
    clerk = briefed(turn, arrival, seen, same)
    addressed = clerk.brief.addressed_case
    if same and addressed and is_of_another_case(turn.known, same, addressed):
        # Sent to the reply addresses of two cases, to each on its own.
        clerk = briefed(turn, arrival, seen, twin_in(turn.known, arrival.message, addressed))
    return clerk


def briefed(turn: Turn, arrival: Arrival, seen: InItself, altered: KnownMessage | None) -> "Clerk":
    """
    The clerk with all that there is to know, where another text of it is here already.
    """
    return Clerk(turn, brief(turn, arrival, seen, altered))


def _take(turn: Turn, arrival: Arrival) -> bool:
    """
    Whether it is ours to take: nobody was first, or it waits.
    """
    known = turn.known
    known.need(Asks.LEDGER, arrival.attempt.ledger_id)
    if arrival.again is None:
        state, _ = known.ledger.get(arrival.attempt.ledger_id, (LedgerState.BEGUN, None))
        return state in NOT_OURS_YET
    held = known.held_message(arrival.again)
    if held is None or held.resolved_at is not None:
        return False
    known.held[held.id] = replace(held, resolved_at=turn.now, resolution="retried")
    return True


def _known_by_its_header(turn: Turn, arrival: Arrival) -> int | None:
    """
    The row of a message that was too large, now that it came whole.
    """
    if not arrival.is_whole:
        return None
    ledger_id = arrival.attempt.ledger_id
    rows = [each.id for each in turn.known.messages.values() if each.ledger_id == ledger_id]
    return min(rows, default=None)


def _is_a_persons(seen: InItself, same: KnownMessage) -> bool:
    return seen.classification.kind is Kind.PERSON and same.kind != Kind.PERSON


def _held_without_reading(turn: Turn, arrival: Arrival) -> Recorded:
    """
    Hold a message whose header cannot be read, or had, either: its octets are ours, or
    stay where they are.
    """
    what = Triage(Action.HOLD, arrival.left) if arrival.left else UNREADABLE
    classification = Classification(Kind.PERSON, what.reason)
    clerk = Clerk(turn, Brief(arrival=arrival, classification=classification, named=Match()))
    recorded = clerk.hold(what)
    return replace(recorded, action=Action.HOLD, silence=what.reason)


@dataclass(frozen=True)
class Clerk:
    """
    Who does with one message what has to be done.
    """

    turn: Turn
    brief: Brief

    def record(self) -> Recorded:
        what = self.what_to_do()
        before = set(self.turn.known.drafts)
        by_action: Mapping[Action, Callable[[Triage], Recorded]] = {
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
        recorded = does(what)
        if what.action in _BESIDE_THE_CASE:
            self._address.renew_for_another()
        word = self.brief.arrival.released
        if word and what.action is not Action.HOLD:
            let_go = Event(
                name="message_released",
                cause=f"command by {word.by}",
                reason="command",
            )
            serial = recorded.after.serial if recorded.after else None
            self.turn.known.note(serial, [let_go], self.turn.now)
        return replace(
            recorded,
            action=what.action,
            kind=self.brief.classification.kind,
            evidence=self.brief.named.evidence.label,
            silence=what.silence,
            is_unheard=is_unheard(self.turn, before),
            is_of_a_lost_past=self.brief.is_of_a_lost_past,
        )

    def what_to_do(self) -> Triage:
        """
        What the rules say of it, as far as we remember.
        """
        told, read = self.brief, self.brief.message
        if word := told.arrival.released:
            what = released(self.complainant, told.classification, told.named, told.staff, word)
            # Nobody's words: what came back is noted where the person says.
            is_ours = what.action is Action.JOIN and self.returned.letter()
            return Triage(Action.NOTE, what.reason) if is_ours else what
        if told.arrival.again and self._case_of(told.arrival.again):
            return Triage(Action.JOIN, "read_at_last")
        what = triage(read, told.classification, told.named, told.staff, self.turn.firm)
        if told.is_a_flood and what.action in {Action.OPEN, Action.JOIN}:
            # A person has it already, more than once: filed where it came last.
            return Triage(Action.NOTE, "same_text_again")
        if what.action is Action.HOLD and self.returned.without_case():
            # A bounce in words alone is in doubt no more where it names a letter of ours.
            return Triage(Action.FILE, what.reason)
        if what.action in _WHERE_NOTHING_FOLLOWS and self.returned.is_probable():
            return PROBABLY
        return what if told.altered is None else self._altered(what, told.altered)

    def _altered(self, what: Triage, first: KnownMessage) -> Triage:
        """
        What to do with another text under the identity of a message that is here.
        """
        told = self.brief
        if told.is_staffs and (told.staff is None or told.is_unproved):
            # Whoever got a handler's mail can write another text under its name and id:
            # only the handler can say whether it is theirs.
            is_set_aside = what.action in {Action.HOLD, Action.FILE}
            return what if is_set_aside else Triage(Action.HOLD, NOT_PROVED)
        if what.action in {Action.HOLD, Action.FILE}:
            # What a list made of a message that has its case is filed beside it.
            is_held = what.action is Action.HOLD and first.case_id is not None
            return Triage(Action.NOTE, "altered_copy") if is_held else what
        is_shown = what.action in {Action.OPEN, Action.JOIN}
        if first.case_id is None:
            # Nobody was answered, and nobody would see it beside the first.
            return what if is_shown else Triage(Action.FILE, "altered_copy")
        if what.action is Action.RELAY and self._brings_files(first):
            # They believe that the customer has it.
            return Triage(Action.ANSWER_STAFF, "came_again_with_files")
        # An altered copy is filed where the first one is; it opens nothing, and
        # nobody is answered, or written to, twice.
        return Triage(Action.JOIN if is_shown else Action.NOTE, "altered_copy")

    def _brings_files(self, first: KnownMessage) -> bool:
        """
        Whether it has a file whose name the first one had not.
        """
        return any(each.name not in first.attachments for each in self.brief.message.attachments)

    # --- seen before -------------------------------------------------------

    @property
    def is_seen_before(self) -> bool:
        same = self.brief.altered
        return same is not None and says_the_same(same, self.brief.message)

    def seen_before(self) -> Recorded:
        """
        Another delivery of a message that is here. One that is still too large stays
        on the server, and waits for a person as before.
        """
        known, arrival, same = self.turn.known, self.brief.arrival, self.brief.altered
        if same is None:
            raise LookupError("seen before, and not known")
        ledger_id = arrival.attempt.ledger_id
        state = LedgerState.RECORDED
        if not arrival.is_whole:
            state = LedgerState.LEFT
            if held := known.held_message(same.id):
                known.held[held.id] = replace(held, resolved_at=None, resolution="")
        known.ledger[ledger_id] = (state, same.id)
        reason = SEEN_BEFORE.reason
        return Recorded(reason=reason, kind=same.kind, silence=reason)

    # --- a case ------------------------------------------------------------

    def _open(self, what: Triage) -> Recorded:
        read, who = self.brief.message, self.complainant
        if who is None:
            return self.hold(Triage(Action.HOLD, "no_sender"))
        trigger = self.opening(who, what)
        case = open_new(
            self.turn,
            Party(address=who),
            received_at=read.received_at,
            verdict=self.verdict,
            message_id=read.message_id,
        )
        row = self._filing.write(case.serial, what, silence=case.verdict)
        octets = self.brief.arrival.content if row.attachments else None
        begins_with(self.turn, case, Beginning(row.text, row.attachments, octets))
        recorded = follow(self.turn, case, trigger)
        self._hold_unread(row)
        return recorded

    def _hold_unread(self, row: KnownMessage) -> None:
        if unreadable := self.brief.arrival.unreadable:
            self._filing.hold(row, self._filing.why_unread(), unreadable)

    @property
    def complainant(self) -> Address | None:
        """
        Whose case it would be; a machine speaks for somebody only once a person said so.
        """
        read = self.brief.message
        if self.brief.arrival.released:
            told = self.brief
            return complainant(read, told.classification, self.turn.firm, told.journaled)
        return read.sender

    @property
    def verdict(self) -> str:
        """
        Under which verdict of our own mail system its case would stand; "" = none.
        """
        classification = self.brief.classification
        return classification.rule if classification.kind is Kind.SPAM else ""

    def opening(self, sender: Address, what: Triage) -> CaseOpened:
        """
        What a new case of *sender* would have to hear.
        """
        prefix = self.turn.firm.reference_prefix
        return CaseOpened(
            message=self.brief.message,
            occasion=self.brief.arrival.occasion,
            rule=what.reason,
            acknowledged=acknowledged(self.turn, sender.key),
            busy=self.turn.known.workload(),
            possible=tuple(reference(prefix, each) for each in self.brief.named.possible),
            near=self.brief.named.near,
            unreadable=self.brief.arrival.unreadable,
        )

    def _into_case(self, what: Triage) -> Recorded:
        # A yes counts while it is asked for, and the question has arrived.
        has_arrived(self.turn, self.brief)
        serial = self.serial()
        case = self.turn.known.case(serial) if serial else None
        if case is None:
            return self._for_staff(what)
        # What nothing proves is in the file of a case once it is confirmed.
        is_unproved = self.brief.is_unproved
        row = self._filing.write(None if is_unproved else case.serial, what, silence=what.silence)
        self.turn.known.touched.add(case.serial)
        recorded = follow(self.turn, case, self._trigger(case, what))
        self._hold_unread(row)
        if recorded.reason == TO_BE_CONFIRMED:
            self._filing.wait(row, TO_BE_CONFIRMED)
        if what.action is Action.NOTE:
            self._address.renew_for_another()
        else:
            # The customer's words, or the receipt, bring the new one.
            self._address.spend()
        if letter := self.returned.letter():
            self.returned.settle(letter)
            recorded = replace(recorded, unreached=letter.template if letter.to_staff else "")
        return recorded

    def serial(self) -> int | None:
        """
        The case that it would go to, if to one that exists.
        """
        told = self.brief
        if told.arrival.released and told.arrival.released.serial:
            return told.arrival.released.serial
        if told.arrival.again and (serial := self._case_of(told.arrival.again)):
            return serial
        if told.is_a_flood:
            return told.repeated_in
        if told.altered is not None:
            return told.altered.case_id
        if told.is_staffs:
            return told.staff.serial if told.staff else None
        return told.named.serial

    def _case_of(self, message_id: int) -> int | None:
        return self.turn.known.message(message_id).case_id

    def _trigger(self, case: Case, what: Triage) -> Trigger:
        if what.action in {Action.RELAY, Action.ANSWER_STAFF}:
            return self.desk.answered(what)
        return heard(self.turn, self.brief, case, what)

    # --- who helps ---------------------------------------------------------

    @property
    def desk(self) -> StaffDesk:
        """
        Where mail of one of our people is worked on.
        """
        if self.brief.staff is None:  # triage has held what nobody of ours can have written
            raise LookupError("a staff answer without a handler")
        return StaffDesk(self.turn, self.brief, self.brief.staff)

    def _for_staff(self, what: Triage) -> Recorded:
        is_an_answer = what.reason == CONFIRMATION
        return self.desk.confirmation(what) if is_an_answer else self.desk.run(what)

    @property
    def returned(self) -> Returned:
        """
        What it says of a letter of ours.
        """
        return Returned(self.turn, self.brief)

    @property
    def _filing(self) -> Filing:
        return Filing(self.turn, self.brief)

    @property
    def _address(self) -> ReplyAddress:
        return ReplyAddress(self.turn, self.brief.arrival, self.brief.token)

    # --- without a case ----------------------------------------------------

    def _file(self, what: Triage) -> Recorded:
        self._filing.write(None, what, silence=what.reason)
        event = Event(name="message_filed", cause="message", reason=what.reason)
        self.turn.known.note(None, [event], self.turn.now)
        if (letter := self.returned.without_case()) is None:
            return Recorded(reason=what.reason)
        letters = self.returned.settle(letter)
        return Recorded(reason=what.reason, letters=letters, unreached=letter.template)

    def hold(self, what: Triage) -> Recorded:
        """
        Set the message aside for a person, who is told.
        """
        row = self._filing.write(None, what, silence=what.reason)
        held = self._filing.hold(row, what.reason, self.brief.arrival.unreadable)
        if self.brief.arrival.released:
            # Whoever released it reads why it is held on.
            return Recorded(reason=what.reason)
        event = Event(name="message_held", cause="message", reason=what.reason)
        self.turn.known.note(None, [event], self.turn.now)
        letter = self.returned.probable() if what == PROBABLY else None
        letters = (
            asked_about(self.turn, letter, held.id)
            if letter
            else letters_about(self.turn, self.brief, what.reason, held.id)
        )
        if what.reason in _WORTHLESS_TOKENS and self.brief.token:
            self._address.renew()
        return self._posted(what.reason, letters)

    def _posted(self, reason: str, letters: tuple[Letter, ...]) -> Recorded:
        rows = drafts.write(self.turn, None, letters)
        return Recorded(reason=reason, letters=drafts.templates(rows))
