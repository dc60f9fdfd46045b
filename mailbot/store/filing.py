"""
The rows of one arriving message: what it was, where it is, and that it waits.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from mailbot.cases.identity.match import Match
from mailbot.cases.identity.staff_mail import Proof, StaffMail
from mailbot.cases.identity.triage import Action, Triage
from mailbot.mail.origin.classify import Classification
from mailbot.mail.signed_ids import canonical
from mailbot.store import ledger
from mailbot.store.arrival import Arrival, identity, text_digest
from mailbot.store.candidates import LONGEST_KEY
from mailbot.store.database import Tx
from mailbot.store.ledger import LedgerState
from mailbot.store.tables import Content, HeldRow, MessageRow


@dataclass(frozen=True, kw_only=True)
class Filing:
    tx: Tx
    now: datetime
    arrival: Arrival
    classification: Classification
    named: Match
    staff: StaffMail | None = None
    altered: MessageRow | None = None

    def why_unread(self) -> str:
        return "unreadable" if self.arrival.is_whole else "too_large"

    async def hold(self, row: MessageRow, reason: str, detail: str) -> HeldRow:
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

    async def wait(self, row: MessageRow, reason: str) -> None:
        """
        Let a message that is ours wait for a person, who has been asked.
        """
        await self.hold(row, reason, "")
        await ledger.turn(self.tx, self.arrival.attempt.ledger_id, LedgerState.HELD)

    async def write(self, serial: int | None, what: Triage, silence: str = "") -> MessageRow:
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
            ""
            if staff is None or staff.proof is Proof.FROM_LINE or not staff.answers
            else staff.answers.nonce
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
