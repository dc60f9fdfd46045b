"""
The record of one arriving message: what it was, where it is, and that it waits.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from mailbot.cases.identity.staff_mail import Proof
from mailbot.cases.identity.triage import Action, Triage
from mailbot.cases.known.arrivals import NOT_OURS_YET, LedgerState, identity, text_digest
from mailbot.cases.known.known import LONGEST_KEY
from mailbot.cases.known.rows import KnownContent, KnownHeld, KnownMessage
from mailbot.desk.arriving.brief import Brief
from mailbot.desk.turn import Turn
from mailbot.mail.message import InboundMessage, Kind
from mailbot.mail.signed_ids import canonical

#: What is kept where a message is read again: which row it is, and its octets.
_STAYS = frozenset({"id", "content_id"})


@dataclass(frozen=True)
class Filing:
    turn: Turn
    brief: Brief

    def why_unread(self) -> str:
        return self.brief.arrival.left or "unreadable"

    def write(self, serial: int | None, what: Triage, silence: str = "") -> KnownMessage:
        known, arrival = self.turn.known, self.brief.arrival
        altered = self.brief.altered
        row = replace(
            as_read(arrival.message, arrival.attempt.ledger_id, self.turn.now),
            case_id=serial,
            kind=self.brief.classification.kind,
            rule=self.brief.classification.rule,
            evidence=self.brief.named.evidence.label,
            decision=what.reason[:64],
            answers=self._proved_answer(),
            silence=silence,
            copy_of=altered.id if altered else None,
        )
        if arrival.again is None:
            content_id = keep_octets(self.turn, arrival.content)
            row = replace(row, id=known.number_message(), content_id=content_id)
        else:
            before = known.message(arrival.again)
            row = replace(row, **{name: getattr(before, name) for name in _STAYS})
            row = self._kept_whole(row)
        known.messages[row.id] = row
        if serial is not None:
            known.touched.add(serial)
        self._turn_ledger(self._ledger_state(what))
        return row

    def _kept_whole(self, row: KnownMessage) -> KnownMessage:
        """
        The whole message in the place of the header that was all we had.
        """
        kept = self.turn.known.contents[row.content_id]
        if kept.size >= len(self.brief.arrival.content):
            return row
        return replace(row, content_id=keep_octets(self.turn, self.brief.arrival.content))

    def hold(self, row: KnownMessage, reason: str, detail: str) -> KnownHeld:
        """
        The message waits for a person from now on.
        """
        known = self.turn.known
        before = known.held_message(row.id)
        if before is None:
            held = KnownHeld(
                id=known.number_held(),
                message_id=row.id,
                at=self.turn.now,
                reason=reason,
                detail=detail,
                attempts=self.brief.arrival.attempt.number,
            )
        else:
            held = replace(
                before,
                reason=reason,
                detail=detail,
                resolved_at=None,
                resolution="",
                attempts=before.attempts + 1,
            )
        known.held[held.id] = held
        return held

    def wait(self, row: KnownMessage, reason: str) -> None:
        """
        Let a message that is ours wait for a person, who has been asked.
        """
        self.hold(row, reason, "")
        self._turn_ledger(LedgerState.HELD)

    def _turn_ledger(self, state: LedgerState) -> None:
        """
        What has been held and is read again stays so in the ledger; what came whole at
        last, and was known by its header, is recorded like any other.
        """
        ledger_id = self.brief.arrival.attempt.ledger_id
        before, seen_as = self.turn.known.ledger.get(ledger_id, (LedgerState.BEGUN, None))
        if before in NOT_OURS_YET or state is not LedgerState.RECORDED:
            self.turn.known.ledger[ledger_id] = (state, seen_as)

    def _proved_answer(self) -> str:
        """
        Which staff mail it answers, where that is proved: an unproved copy that came
        first makes no replay of the handler's own mail.
        """
        staff = self.brief.staff
        return (
            ""
            if staff is None or staff.proof is Proof.FROM_LINE or not staff.answers
            else staff.answers.nonce
        )

    def _ledger_state(self, what: Triage) -> LedgerState:
        if not self.brief.arrival.is_whole:
            return LedgerState.LEFT
        return LedgerState.HELD if what.action is Action.HOLD else LedgerState.RECORDED


def keep_octets(turn: Turn, octets: bytes) -> int:
    """
    The octets, kept from now on; returns under which number.
    """
    number = turn.known.number_content()
    turn.known.contents[number] = KnownContent(
        id=number, octets=octets, sha256=hashlib.sha256(octets).hexdigest(), size=len(octets)
    )
    return number


def as_read(read: InboundMessage, ledger_id: int, now: datetime) -> KnownMessage:
    """
    The record of a message as far as it speaks for itself: a person's, in no case, not
    numbered yet.
    """
    message_id = read.message_id or ""
    return KnownMessage(
        id=0,
        case_id=None,
        ledger_id=ledger_id,
        received_at=read.received_at,
        recorded_at=now,
        message_id=message_id[:1000],
        message_id_key=canonical(message_id)[:LONGEST_KEY],
        identity=identity(read),
        text_digest=text_digest(read),
        sender=read.sender.email[:320] if read.sender else "",
        subject=read.subject,
        text=read.text,
        attachments=tuple(each.name for each in read.attachments),
        kind=Kind.PERSON,
    )
