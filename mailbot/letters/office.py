"""
What a decision needs to become letters: the firm, its keys, its stationery, and chance.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from mailbot.cases.firm import Firm
from mailbot.cases.known.home import Home
from mailbot.cases.known.past import Past
from mailbot.letters.stationery import Stationery
from mailbot.mail.origin.classify import Surroundings
from mailbot.mail.origin.host_proof import Asked, HostProof
from mailbot.mail.signed_ids import Keyring, plus_token


@dataclass(frozen=True, kw_only=True)
class Office:
    firm: Firm
    keyring: Keyring
    stationery: Stationery
    #: Fresh chance, 32 octets: the nonces of one transaction come from it.
    chance: Callable[[], bytes]
    #: False: everything is decided and written, nothing will leave.
    is_live: bool = True
    plus_addressing: bool = True
    authserv_id: str = ""
    #: What our own mail host is asked for, if it is to vouch for the handlers.
    staff_proof: Asked = Asked.NOTHING
    #: The IMAP folder that gets a copy of what was sent; "" = none.
    sent_folder: str = ""
    #: Where the database is, to notice a copy; None: nothing is noticed.
    home: Home | None = None
    #: What was sent before, while a past is gone through once more.
    past: Past | None = None

    @cached_property
    def host_proof(self) -> HostProof:
        """
        Which word of our own mail host proves whom.
        """
        return HostProof(
            kind=self.staff_proof,
            authserv_id=self.authserv_id,
            logins=self.firm.people.logins,
            own_addresses=self.firm.own_addresses,
        )

    @cached_property
    def surroundings(self) -> Surroundings:
        """
        What `classify` has to know of us.
        """
        return surroundings(
            self.firm,
            is_our_id=lambda message_id: self.keyring.read_id(message_id) is not None,
            is_our_reply_address=self._has_our_token,
            authserv_id=self.authserv_id,
        )

    def _has_our_token(self, address: str) -> bool:
        tokens = (plus_token(address, own) for own in self.firm.own_addresses)
        return any(self.keyring.read_token(each) for each in tokens if each)


def surroundings(
    firm: Firm,
    *,
    is_our_id: Callable[[str], bool],
    is_our_reply_address: Callable[[str], bool] = lambda _: False,
    authserv_id: str = "",
) -> Surroundings:
    return Surroundings(
        own_addresses=firm.own_addresses,
        staff_addresses=frozenset(
            address for each in firm.people.handlers for address in each.addresses
        ),
        is_our_id=is_our_id,
        is_our_reply_address=is_our_reply_address,
        spam_signals=frozenset(
            (name.strip().lower(), value.strip().lower())
            for name, _, value in (
                signal.partition(":") for signal in firm.rulebook.intake.spam_signals
            )
        ),
        spam_level=firm.rulebook.intake.spam_level,
        authserv_id=authserv_id,
    )
