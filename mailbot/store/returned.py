"""
A letter of ours that comes back: which one it is, and what follows from that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.expressions import Q

from mailbot.cases.identity.match import Evidence, Match
from mailbot.cases.triggers import LetterFailed
from mailbot.mail.message import Address, InboundMessage, Kind
from mailbot.mail.origin.classify import Classification
from mailbot.mail.signed_ids import Thread, canonical, readers_nonce
from mailbot.store import casefile, unreached
from mailbot.store.database import Tx
from mailbot.store.decided import decided
from mailbot.store.office import Office
from mailbot.store.outbox import UNDERWAY, Status
from mailbot.store.tables import OutboxRow, PartyRow


@dataclass(frozen=True, kw_only=True)
class Returned:
    """
    What a message says of a letter that we sent. One that names none changes nothing.
    """

    tx: Tx
    office: Office
    now: datetime
    message: InboundMessage
    classification: Classification
    named: Match

    def has_failed(self) -> bool:
        """
        Whether a letter of ours has not arrived and is not on its way any more: also
        where only the time was over in which a server tried (RFC 3464 §2.3.3).
        """
        if self.classification.kind is Kind.BOUNCE_HARD:
            return True
        is_bounce = self.classification.kind is Kind.BOUNCE_SOFT
        return is_bounce and any(
            each.action.lower() == "failed" for each in self.message.delivery_statuses
        )

    async def settle(self, row: OutboxRow) -> tuple[str, ...]:
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

    async def letter(self) -> OutboxRow | None:
        """
        The letter of ours that it says has failed for good, if that is news: not what
        came back before. One that was tried has left, whatever the line said of it.
        """
        row = await self._named() if self.has_failed() else None
        if row is None or row.status == Status.SENT:
            return row
        return row if row.status in UNDERWAY and row.attempts else None

    async def without_case(self) -> OutboxRow | None:
        """
        The same of a letter that belongs to no case.
        """
        row = await self.letter()
        return row if row and row.case_id is None else None

    def failure(self, row: OutboxRow) -> LetterFailed:
        """
        What the case of a returned letter has to hear.
        """
        statuses = self.message.delivery_statuses
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

    async def _named(self) -> OutboxRow | None:
        """
        By its own id or its alias; where a relay left only the anchor, the latest
        letter of the case to that recipient.
        """
        read = self.message
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
        sent = OutboxRow.filter(status=Status.SENT, case_id=self.named.serial).using_db(self.tx)
        theirs = sent.filter(await self._is_to_whose_anchor_it_is(returned))
        return await theirs.order_by("-id").first()

    async def _is_to_whose_anchor_it_is(self, ids: Sequence[str]) -> Q:
        """
        Which letters an anchor among *ids* speaks for. Everybody in a case has one of
        their own, and may write a report about anybody: it counts for its reader alone.
        """
        read_ids = (self.office.keyring.read_id(each) for each in ids)
        signed = [each for each in read_ids if each]
        failed = {
            recipient.lower()
            for each in self.message.delivery_statuses
            for recipient in each.recipients
        }
        staffs = {each.nonce for each in signed if each.thread is Thread.STAFF_ANCHOR}
        staff = [each for each in failed if readers_nonce(each) in staffs]
        parties = [each.nonce for each in signed if each.thread is Thread.CUSTOMER_ANCHOR]
        rows = await PartyRow.filter(token_nonce__in=parties).using_db(self.tx)
        customers = [each.email_key for each in rows if each.email_key in failed]
        return Q(to_staff=True, recipient_key__in=staff) | Q(
            to_staff=False, recipient_key__in=customers
        )
