"""
The secret address that a staff mail is answered to: worth nothing once others have seen it.
"""

from dataclasses import dataclass, replace

from mailbot.cases.identity.set_aside import once_a_day
from mailbot.cases.identity.staff_mail import StaffToken
from mailbot.cases.known.arrivals import Arrival
from mailbot.cases.people.assignment import assignment_again
from mailbot.cases.people.handlers import Handler
from mailbot.desk import drafts
from mailbot.desk.consequences import put
from mailbot.desk.staff.proof import outsiders
from mailbot.desk.turn import Turn


@dataclass(frozen=True)
class ReplyAddress:
    """
    The one that a message came to, if it came to one.
    """

    turn: Turn
    arrival: Arrival
    token: StaffToken | None = None

    def spend(self) -> bool:
        """
        Spend it if others have seen it; returns whether it is spent by this message.
        """
        if self.token is None:
            return False
        read = self.arrival.message
        people = self.turn.firm.people
        writer = people.by_address(read.sender.email) if read.sender else None
        is_theirs = writer is not None and self.token.handler_email in writer.addresses
        if is_theirs and not outsiders(read, self.turn.office):
            return False
        why = "went_to_others" if is_theirs else "seen_from_another_address"
        letter = self.turn.known.letter_with(self.token.nonce)
        if letter is None or letter.spent_at is not None:
            return False
        put(self.turn, replace(letter, spent_at=self.turn.now, spent_why=why))
        return True

    def renew_for_another(self) -> None:
        """
        One that was seen from another address is spent, and renewed once a day: a machine
        may answer there whatever its owner is sent.
        """
        owner = self._owner()
        if self.spend() and owner:
            self.renew(once_a_day(owner, self.arrival.message, "", self.turn.firm))

    def _owner(self) -> Handler | None:
        people = self.turn.firm.people
        return people.by_address(self.token.handler_email) if self.token else None

    def renew(self, occasion: str = "") -> None:
        """
        Its owner gets a new one.
        """
        self.spend()
        if self.token is None or self.token.serial is None:
            return
        owner = self._owner()
        case = self.turn.known.case(self.token.serial)
        if owner and case:
            letter = assignment_again(owner, occasion or self.arrival.occasion)
            drafts.write(self.turn, case, [letter])

    def replace_if_spent(self) -> None:
        """
        A new one in the place of one that this message has spent.
        """
        if self.spend():
            self.renew()
