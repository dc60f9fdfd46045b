"""
A letter of ours that comes back: which one it is, and what follows from that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailbot.cases.decision import Event
from mailbot.cases.identity.match import Evidence
from mailbot.cases.known.rows import KnownLetter
from mailbot.cases.letter_status import UNDERWAY, Status
from mailbot.cases.people import unreached
from mailbot.cases.triggers import LetterFailed
from mailbot.desk import drafts
from mailbot.desk.arriving.brief import Brief
from mailbot.desk.arriving.probably_returned import probable
from mailbot.desk.consequences import follow, lost, put
from mailbot.desk.turn import Turn
from mailbot.mail.message import Kind
from mailbot.mail.origin.came_back import NO_FAILURE
from mailbot.mail.origin.classify import comes_back
from mailbot.mail.signed_ids import Thread, canonical, readers_nonce

#: Nobody has read it, or will.
_LOST = frozenset(
    {Status.REFUSED, Status.EXPIRED, Status.BOUNCED, Status.WITHHELD, Status.WITHDRAWN}
)


def tell_somebody_else(turn: Turn, failed: LetterFailed) -> tuple[KnownLetter, ...]:
    """
    A mail that belongs to no case did not arrive. It can only have been for one of our own
    people: the event, and the task of somebody else.
    """
    event = Event(
        name=f"letter_{failed.outcome}",
        cause=failed.cause,
        reason=failed.outcome,
        about=failed.template,
    )
    turn.known.note(None, [event], turn.now)
    today = replace(turn, office=turn.today)
    return drafts.write(today, None, unreached.told(failed, today.firm, turn.now))


def failure(turn: Turn, letter: KnownLetter, outcome: str, reason: str) -> LetterFailed:
    """
    What has to be heard of a letter that is final without having reached anyone.
    """
    return LetterFailed(
        template=letter.template,
        to=letter.to,
        to_staff=letter.to_staff,
        occasion=letter.occasion,
        outcome=outcome,
        reason=reason,
        message_id=letter.message_id,
        followed_by=followed_by(turn, letter),
        content=turn.known.octets_of(letter),
    )


def spellings(message_id: str) -> tuple[str, ...]:
    """
    How an id may be known here: whole, or as the alias that SES gives, which has no domain.
    """
    whole = canonical(message_id)
    return tuple(dict.fromkeys(filter(None, (whole, whole.partition("@")[0]))))


def followed_by(turn: Turn, letter: KnownLetter) -> str:
    """
    The occasion of the latest letter of the same template that was written to the customer
    since, and has not failed; "" if there is none.
    """
    if letter.to_staff or letter.case_id is None:
        return ""
    later = [
        each.occasion
        for each in turn.known.letters_of(letter.case_id)
        if each.template == letter.template and each.id > letter.id and each.status not in _LOST
    ]
    return later[-1] if later else ""


@dataclass(frozen=True)
class Returned:
    """
    What a message says of a letter that we sent. One that names none changes nothing.
    """

    turn: Turn
    brief: Brief

    def has_failed(self) -> bool:
        """
        Whether a letter of ours has not arrived and is not on its way any more: also
        where only the time was over in which a server tried (RFC 3464 §2.3.3).
        """
        kind = self.brief.classification.kind
        if kind is Kind.BOUNCE_HARD:
            return True
        if kind is not Kind.BOUNCE_SOFT:
            return False
        has_failed = any(each.action == "failed" for each in self.brief.message.delivery_statuses)
        return has_failed or comes_back(self.brief.message, self._is_an_alias)

    def _is_an_alias(self, message_id: str) -> bool:
        """
        Whether a letter of ours went on under that id, which nobody can see by its signature.
        """
        wanted = spellings(message_id)
        return any(each.alias in wanted for each in self.turn.known.letters_named(wanted))

    def settle(self, letter: KnownLetter) -> tuple[str, ...]:
        """
        Settle a letter as returned; returns the templates of what follows from that.
        """
        failed = self.failure(letter)
        returned = replace(letter, status=Status.BOUNCED, next_attempt_at=None)
        put(self.turn, lost(returned))
        case = self.turn.known.case(letter.case_id) if letter.case_id else None
        if case:
            return follow(self.turn, case, failed).letters
        return drafts.templates(tell_somebody_else(self.turn, failed))

    def letter(self) -> KnownLetter | None:
        """
        The letter of ours that it says has failed for good, if that is news: not what
        came back before. One that was tried has left, whatever the line said of it.
        """
        word = self.brief.arrival.released
        letter = self._named() if self.has_failed() else None
        if letter is None:
            return self.probable(word.serial) if word and word.serial else None
        is_tried = letter.status in UNDERWAY and letter.attempts > 0
        is_news = letter.status == Status.SENT or is_tried
        return letter if is_news and not self._is_reached(letter) else None

    def probable(self, serial: int | None = None) -> KnownLetter | None:
        """
        The letter that it is probably about where it names none, in the case *serial* if
        a person says so.
        """
        return probable(self.turn, self.brief, serial)

    def is_probable(self) -> bool:
        """
        Whether it is about a letter of ours in all likelihood, and settles none.
        """
        return self.letter() is None and self.probable() is not None

    def _is_reached(self, letter: KnownLetter) -> bool:
        """
        Whether all that its fields say of the reader of that very letter is no failure.
        """
        theirs = [
            each.action
            for each in self.brief.message.delivery_statuses
            if letter.recipient_key in each.recipients
        ]
        return bool(theirs) and "failed" not in theirs and set(theirs) <= NO_FAILURE

    def without_case(self) -> KnownLetter | None:
        """
        The same of a letter that belongs to no case.
        """
        letter = self.letter()
        return letter if letter and letter.case_id is None else None

    def failure(self, letter: KnownLetter) -> LetterFailed:
        statuses = self.brief.message.delivery_statuses
        said = next((each.diagnostic for each in statuses if each.action == "failed"), "")
        why = said[:200] or "it came back as undeliverable"
        return failure(self.turn, letter, Status.BOUNCED, why)

    def _named(self) -> KnownLetter | None:
        """
        By its own id or its alias; where a relay left only the anchor, the latest
        letter of the case to that recipient.
        """
        read, named = self.brief.message, self.brief.named
        returned, thread = (
            [spelt for each in ids for spelt in spellings(each)]
            for ids in (read.returned_ids, (*read.in_reply_to, *read.references))
        )
        # The id that came back first: one of the thread's others is about another letter.
        for ids in (returned, [*returned, *thread]):
            if found := self.turn.known.letters_named(ids):
                return found[-1]
            if self._is_of_a_lost_past(ids):
                return None
        if letter := self._by_its_address():
            return letter
        if named.evidence not in {Evidence.REFERENCES, Evidence.IN_REPLY_TO}:
            return None
        staff, customers = self._whose_anchor_it_is([*returned, *thread])
        sent = [
            each
            for each in self.turn.known.letters_of(named.serial or 0)
            if each.status == Status.SENT
            and each.recipient_key in (staff if each.to_staff else customers)
        ]
        return max(sent, key=lambda each: each.id, default=None)

    def _is_of_a_lost_past(self, ids: Sequence[str]) -> bool:
        """
        Whether a mail is named that we signed and do not know: this database began anew, and
        its cases are others.
        """
        signed = (self.turn.office.keyring.read_id(each) for each in ids)
        return any(each and each.thread in {Thread.CUSTOMER, Thread.STAFF} for each in signed)

    def _by_its_address(self) -> KnownLetter | None:
        """
        By the reply address of one letter: some hosts tell what became of a mail to where
        it is answered.
        """
        found = map(self.turn.known.letter_with, self.brief.signals.tokens)
        named = self._failed_recipients()
        theirs = (each for each in found if each and (not named or each.recipient_key in named))
        return next(theirs, None)

    def _failed_recipients(self) -> set[str]:
        return {
            recipient.lower()
            for each in self.brief.message.delivery_statuses
            for recipient in each.recipients
        }

    def _whose_anchor_it_is(self, ids: Sequence[str]) -> tuple[set[str], set[str]]:
        """
        For whom of staff, and for which parties, an anchor among *ids* speaks. Everybody in
        a case has one of their own, and may write a report about anybody: it counts for its
        reader alone.
        """
        read_ids = (self.turn.office.keyring.read_id(each) for each in ids)
        signed = [each for each in read_ids if each]
        failed = self._failed_recipients()
        staffs = {each.nonce for each in signed if each.thread is Thread.STAFF_ANCHOR}
        parties = [
            self.turn.known.party_with(each.nonce)
            for each in signed
            if each.thread is Thread.CUSTOMER_ANCHOR
        ]
        customers = {each.email_key for each in parties if each and each.email_key in failed}
        return {each for each in failed if readers_nonce(each) in staffs}, customers
