"""
What is known of an arriving message before anybody decides: in itself, and by what we
remember.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from mailbot.cases.identity.match import Candidate, Evidence, Match, Signals, match
from mailbot.cases.identity.staff_mail import Proof, StaffMail, StaffToken
from mailbot.cases.known.arrivals import Arrival
from mailbot.cases.known.known import LONGEST_KEY, Known
from mailbot.cases.known.rows import KnownMessage
from mailbot.desk.arriving.lost_past import is_issued, names_a_lost_past, number_above
from mailbot.desk.arriving.message_alone import InItself
from mailbot.desk.arriving.repeats import repeated_in
from mailbot.desk.staff.proof import staff_mail, staff_token
from mailbot.desk.turn import Turn
from mailbot.mail.message import InboundMessage, Kind
from mailbot.mail.origin.classify import Classification
from mailbot.mail.quoting.forwarded import Forwarded
from mailbot.mail.signed_ids import canonical

#: Letters that ask whether an outcome resolves the complaint.
ASKING = frozenset({"outcome", "confirm-reminder"})


@dataclass(frozen=True, kw_only=True)
class Brief:
    """
    Everything that is known of the message before a case looks at it.
    """

    arrival: Arrival
    classification: Classification
    named: Match
    token: StaffToken | None = None
    #: What is known of it where one of our people is said to have written it.
    staff: StaffMail | None = None
    #: The mails in it, where a mail system has journaled them.
    journaled: tuple[Forwarded, ...] = ()
    #: What in it verified as ours.
    signals: Signals = field(default_factory=Signals)
    #: The same message with another text, if it is here already.
    altered: KnownMessage | None = None
    #: The case in which the same text of the same person came last, if it comes too often.
    repeated_in: int | None = None
    #: Something in it verifies as ours, and nobody here remembers it.
    is_of_a_lost_past: bool = False

    @property
    def message(self) -> InboundMessage:
        return self.arrival.message

    @property
    def in_words(self) -> InboundMessage:
        """
        The message as a person has to see it: with the words of what was journaled.
        """
        words = [self.message.text, *(each.text for each in self.journaled)]
        return replace(self.message, text="\n\n".join(words)) if self.journaled else self.message

    @property
    def is_unproved(self) -> bool:
        return self.staff is not None and self.staff.proof is Proof.FROM_LINE

    @property
    def is_staffs(self) -> bool:
        return self.classification.kind is Kind.STAFF

    @property
    def addressed_case(self) -> int | None:
        """
        The case to whose own reply address somebody outside the firm has sent it, if to one.
        """
        is_by_address = self.named.evidence is Evidence.REPLY_TOKEN and not self.is_staffs
        return self.named.serial if is_by_address else None

    @property
    def is_a_flood(self) -> bool:
        """
        Whether it is one more of the same, to the same end: not an answer to an outcome,
        not what belongs elsewhere, and nothing that brings files.
        """
        return (
            self.repeated_in is not None
            and self.named.serial in {None, self.repeated_in}
            and not self.signals.answers
            and not self.message.attachments
        )


def brief(turn: Turn, arrival: Arrival, seen: InItself, altered: KnownMessage | None) -> Brief:
    """
    All that there is to know of it.
    """
    sender = arrival.message.sender
    found = seen.signals
    number_above(turn, found)
    is_staffs = seen.classification.kind is Kind.STAFF
    named = match(
        [
            # A handler may name any case; whether one of them wrote it is another question.
            replace(each, knows_sender=True) if is_staffs else each
            for each in candidates(turn.known, found, sender.key if sender else "")
        ],
        near=(*found.in_subject.near, *found.in_text.near),
    )
    return Brief(
        arrival=arrival,
        classification=seen.classification,
        named=named,
        token=staff_token(turn.known, found),
        staff=staff_mail(turn, arrival, seen, named) if is_staffs else None,
        journaled=() if is_staffs else seen.passed_on,
        signals=found,
        altered=altered,
        repeated_in=repeated_in(turn.known, arrival, seen.classification),
        is_of_a_lost_past=names_a_lost_past(turn.known, found),
    )


# --- whose case ---------------------------------------------------------------------


def candidates(known: Known, found: Signals, sender: str) -> list[Candidate]:
    """
    Every case that a signal names and that exists, in the order of the message.
    """
    named: list[tuple[Evidence, int]] = []
    for nonce in found.tokens:
        named += [(Evidence.REPLY_TOKEN, serial) for serial in _by_token(known, nonce)]
    named += [
        (place, signed.serial)
        for place, signed in found.signed
        if signed.serial and is_issued(known, signed)
    ]
    for place, message_id in found.foreign:
        named += _by_foreign_id(known, place, message_id)
    named += [(Evidence.REFERENCE, serial) for serial in found.in_subject.serials]
    named += [(Evidence.REFERENCE_IN_TEXT, serial) for serial in found.in_text.serials]
    # A case that became part of another one is reached by its own signs all the same.
    # Nobody could be answered in a case that was made nobody's: who writes again is new.
    reached = [
        (evidence, at)
        for evidence, serial in named
        if (at := known.serial_at(serial)) is not None and not known.is_nobodys(at)
    ]
    return [
        Candidate(evidence, serial, _is_party(known, serial, sender))
        for evidence, serial in dict.fromkeys(reached)
    ]


def _is_party(known: Known, serial: int, sender: str) -> bool:
    return any(
        each.case_id == serial and each.email_key == sender and each.removed_at is None
        for each in known.parties.values()
    )


def _by_token(known: Known, nonce: str) -> Iterator[int]:
    if party := known.party_with(nonce):
        yield party.case_id
    letter = known.letter_with(nonce)
    if letter and letter.case_id and (letter.to_staff or letter.template in ASKING):
        yield letter.case_id


def _by_foreign_id(
    known: Known, place: Evidence, message_id: str
) -> Iterator[tuple[Evidence, int]]:
    """
    An id that is not ours: the alias under which a relay sent ours on, or the
    customer's own earlier message.
    """
    wanted = canonical(message_id)
    if not wanted or len(wanted) > LONGEST_KEY:
        return
    # SES names the part before the @ alone. Most letters have no alias, which is not "".
    aliases = [each for each in (wanted, wanted.partition("@")[0]) if each]
    for letter in known.letters_named(aliases):
        if letter.alias in aliases and letter.case_id:
            yield place, letter.case_id
    for message in known.messages_named(wanted):
        if message.case_id:
            yield Evidence.OWN_MESSAGE_ID, message.case_id
