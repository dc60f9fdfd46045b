"""
What is known of a past that is gone through once more: the letters that were really sent.

A rule that decides a letter again gets the one that went then; a case that is opened again
has the number that somebody was told.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from mailbot.mail.sent_copy import SentCopy
from mailbot.mail.signed_ids import canonical

#: Date has whole seconds, and two clocks may differ.
SLACK = timedelta(minutes=1)

#: So long after the message that caused it a letter may have been written: nobody was at work.
_AWAY = timedelta(days=5)

#: So long after it came a message may be answered by a letter that names it.
_ANSWERED_WITHIN = timedelta(days=60)

#: A letter on paper names nobody to whom it went: it was written with the case.
_AT_ONCE = timedelta(minutes=2)

#: The letters of one command.
_TOGETHER = timedelta(seconds=2)


@dataclass
class Past:
    """
    The letters of the sent folder that a key of ours has signed, each given once.
    """

    copies: tuple[SentCopy, ...] = ()
    #: No case that nobody was told a number of gets one up to here.
    highest: int = 0
    #: The letters that stand in their cases though no rule has decided them again.
    adopted: set[str] = field(default_factory=set)
    #: The serials of the cases that are open again.
    opened: set[int] = field(default_factory=set)
    _of_case: dict[str, list[SentCopy]] = field(default_factory=lambda: defaultdict(list))
    _of_serial: dict[int, list[SentCopy]] = field(default_factory=lambda: defaultdict(list))
    #: By the address of the customer the first letters of cases; under "" of those in which
    #: nobody had mail.
    _first_to: dict[str, list[SentCopy]] = field(default_factory=lambda: defaultdict(list))
    _answering: dict[str, SentCopy] = field(default_factory=dict)
    _instants: list[datetime] = field(default_factory=list)
    #: What each letter was that was decided again, by the key under which it is said once: a
    #: rule that is asked twice gets the same.
    _given: dict[str, SentCopy] = field(default_factory=dict)
    _given_to: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, copies: Iterable[SentCopy]) -> "Past":
        ordered = tuple(sorted(copies, key=lambda each: (each.written_at, each.where)))
        past = cls(copies=ordered, highest=max((each.serial for each in ordered), default=0))
        for each in ordered:
            past._of_case[each.reference].append(each)
            past._of_serial[each.serial].append(each)
            if each.answers:
                past._answering.setdefault(each.answers, each)
        for theirs in past._of_case.values():
            to_customers = (each for each in theirs if not each.to_staff)
            first = next(to_customers, theirs[0])
            if first.serial:
                reader = "" if first.to_staff else first.to.key
                past._first_to[reader].append(first)
        for firsts in past._first_to.values():
            firsts.sort(key=lambda each: each.written_at)
        past._instants = [each.written_at for each in ordered]
        return past

    @property
    def references(self) -> Collection[str]:
        return [each for each in self._of_case if each]

    def was_answered(self, message_id: str | None) -> bool:
        return canonical(message_id or "") in self._answering

    def taken_in_at(self, message_id: str | None, received_at: datetime) -> datetime:
        """
        When a message was taken in, by the letter that answers it; else as it came.
        """
        answer = self._answering.get(canonical(message_id or ""))
        if answer is None or not received_at <= answer.written_at <= received_at + _ANSWERED_WITHIN:
            return received_at
        return answer.written_at

    def serial_for(self, email: str, now: datetime, is_open: Callable[[int], bool]) -> int | None:
        """
        The number that a case which *email* opens *now* was given; None if no letter tells.
        """
        latest = self._latest(now) if email else now + _AT_ONCE
        told = self._first_to.get(email, ())
        after = bisect_left(told, now - SLACK, key=lambda each: each.written_at)
        for each in islice(told, after, None):
            if each.written_at > latest:
                break
            if not is_open(each.serial):
                return each.serial
        return None

    def letter(
        self,
        key: str,
        like: tuple[str, str, str],
        now: datetime,
        is_taken: Callable[[str], bool],
    ) -> SentCopy | None:
        """
        The letter that went in the place of one that is decided again *now* under that *key*;
        *like* is its case, its template and its reader.
        """
        given = self._given.get(key)
        if given and not is_taken(given.nonce):
            return given
        reference, template, reader = like
        latest = self._latest(now)
        free = [
            each
            for each in self._of_case.get(reference, ())
            if each.template == template
            and now - SLACK <= each.written_at <= latest
            and self._given_to.get(each.nonce, key) == key
            and each.nonce not in self.adopted
            and not is_taken(each.nonce)
        ]
        found = next((each for each in free if each.email.lower() == reader), None)
        if found is None and template == "assignment":
            # Chance, or a command that nobody remembers, gave the case to somebody else.
            found = next((each for each in free if each.written_at <= now + SLACK), None)
        if found:
            self._given[key] = found
            self._given_to[found.nonce] = key
        return found

    def of_serial(self, serial: int) -> Iterable[SentCopy]:
        """
        The letters whose signed ids name that case.
        """
        return self._of_serial.get(serial, ())

    def written_near(self, copy: SentCopy) -> list[SentCopy]:
        """
        The letters of the same case that were written when this one was, itself among them.
        """
        return [
            each
            for each in self._of_case[copy.reference]
            if abs(each.written_at - copy.written_at) <= _TOGETHER
        ]

    def done_later(self, at: datetime, went: Collection[SentCopy]) -> datetime | None:
        """
        When something was really done that was due *at*, and made letters of which these
        *went*: when they were written, or at the next sign of life, if there was none at that
        time; None if it was done then.
        """
        written = min((each.written_at for each in went), default=None)
        if written is not None and written <= at + SLACK:
            return written if written > at else None
        alive = self._next_sign(at)
        return alive if alive is not None and alive > at + SLACK else None

    def give_back(self, copies: Iterable[SentCopy]) -> None:
        """
        These are free for whatever rule writes them, after all.
        """
        for each in copies:
            self._given.pop(self._given_to.pop(each.nonce, ""), None)

    def _latest(self, now: datetime) -> datetime:
        """
        Until when a letter of that cause may have been written: where nobody was at work for
        long, at the first sign of life.
        """
        return max(now + _AWAY, (self._next_sign(now) or now) + SLACK)

    def _next_sign(self, at: datetime) -> datetime | None:
        """
        When a letter was written next.
        """
        later = bisect_left(self._instants, at - SLACK)
        return self._instants[later] if later < len(self._instants) else None
