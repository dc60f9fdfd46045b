"""
The secret address that a staff mail is answered to: worth nothing once others have seen it.
"""

from dataclasses import dataclass
from datetime import datetime

from mailbot.cases.identity.set_aside import once_a_day
from mailbot.cases.identity.staff_mail import StaffToken
from mailbot.cases.people.assignment import assignment_again
from mailbot.cases.people.handlers import Handler
from mailbot.store import casefile, post
from mailbot.store.arrival import Arrival
from mailbot.store.database import Tx
from mailbot.store.office import Office
from mailbot.store.staffing import outsiders
from mailbot.store.tables import OutboxRow


@dataclass(frozen=True, kw_only=True)
class ReplyAddress:
    """
    The one that a message came to, if it came to one.
    """

    tx: Tx
    office: Office
    now: datetime
    arrival: Arrival
    token: StaffToken | None = None

    async def spend(self) -> bool:
        """
        Spend it if others have seen it; returns whether it is spent by this message.
        """
        if self.token is None:
            return False
        read = self.arrival.message
        writer = self.office.firm.people.by_address(read.sender.email) if read.sender else None
        is_theirs = writer is not None and self.token.handler_email in writer.addresses
        if is_theirs and not outsiders(read, self.office):
            return False
        why = "went_to_others" if is_theirs else "seen_from_another_address"
        unspent = OutboxRow.filter(nonce=self.token.nonce, spent_at=None)
        return bool(await unspent.using_db(self.tx).update(spent_at=self.now, spent_why=why))

    async def renew_for_another(self) -> None:
        """
        One that was seen from another address is spent, and renewed once a day: a machine
        may answer there whatever its owner is sent.
        """
        owner = self._owner()
        if await self.spend() and owner:
            await self.renew(once_a_day(owner, self.arrival.message, "", self.office.firm))

    def _owner(self) -> Handler | None:
        people = self.office.firm.people
        return people.by_address(self.token.handler_email) if self.token else None

    async def renew(self, occasion: str = "") -> None:
        """
        Its owner gets a new one.
        """
        await self.spend()
        if self.token is None or self.token.serial is None:
            return
        owner = self._owner()
        case = await casefile.lock(self.tx, self.token.serial, self.office.firm)
        if owner and case:
            letter = assignment_again(owner, occasion or self.arrival.occasion)
            await post.write(self.tx, case, [letter], self.office, self.now)

    async def replace_if_spent(self) -> None:
        """
        A new one in the place of one that this message has spent.
        """
        if await self.spend():
            await self.renew()
