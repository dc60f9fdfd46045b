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

from mailbot.mail.sent_copy import FIRST, SentCopy
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
    The letters that a key of ours has signed, each given once: those that lie in the sent
    folder, and those that only an answer tells of.
    """

    copies: tuple[SentCopy, ...] = ()
    #: What no letter tells of had not left, and leaves; else nobody knows, and it never does.
    sends_the_rest: bool = False
    #: The letters, by nonce, that stand in the database, and that no rule decides again.
    standing: set[str] = field(default_factory=set)
    _of_case: dict[int, list[SentCopy]] = field(default_factory=lambda: defaultdict(list))
    #: By the address of the customer the first letters of cases that no message is known to
    #: have opened; under "" of those in which nobody had mail.
    _first_to: dict[str, list[SentCopy]] = field(default_factory=lambda: defaultdict(list))
    #: By the id of a message the serials of the cases that it is about, and with whom.
    _about: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    _answering: dict[str, SentCopy] = field(default_factory=dict)
    #: When somebody was at work.
    _instants: list[datetime] = field(default_factory=list)
    #: What each letter was that was decided again, by the key under which it is said once: a
    #: rule that is asked twice gets the same.
    _given: dict[str, SentCopy] = field(default_factory=dict)
    _given_to: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        copies: Iterable[SentCopy],
        answered: Iterable[SentCopy] = (),
        *,
        standing: Iterable[str] = (),
        sends_the_rest: bool = False,
    ) -> "Past":
        """
        The past that these copies tell of, and, where a copy is lacking, these letters that
        somebody has *answered*.
        """
        there = {each.nonce: each for each in copies}
        known = {(each.serial, each.to.key) for each in there.values() if each.template == FIRST}
        told = {
            each.nonce: each
            for each in answered
            # What was said first is known: then this is another letter, and nobody knows which.
            if not (each.template == FIRST and (each.serial, each.to.key) in known)
        }
        ordered = sorted(
            {**told, **there}.values(), key=lambda each: (each.written_at, each.where or 0)
        )
        past = cls(tuple(ordered), sends_the_rest, set(standing))
        for each in ordered:
            past._learn(each)
        for theirs in past._of_case.values():
            to_customers = (each for each in theirs if not each.to_staff)
            first = next(to_customers, theirs[0])
            if first.serial and not first.names:
                past._first_to["" if first.to_staff else first.to.key].append(first)
        for firsts in past._first_to.values():
            firsts.sort(key=lambda each: each.written_at)
        past._instants = [each.written_at for each in ordered if each.is_there]
        return past

    def _learn(self, copy: SentCopy) -> None:
        self._of_case[copy.serial].append(copy)
        if copy.answers:
            self._answering.setdefault(copy.answers, copy)
        if copy.about:
            for each in copy.names:
                self._about[each].append((copy.about, copy.to.key))

    @property
    def highest(self) -> int:
        """
        The highest serial that somebody was told; 0 = none.
        """
        return max((each.serial for each in self.copies), default=0)

    @property
    def references(self) -> Collection[str]:
        return {each.reference for each in self.copies if each.reference}

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

    def serials_about(self, message_id: str | None, who: str) -> list[int]:
        """
        The cases with *who* that this message of theirs is about, the first one first.
        """
        told = self._about.get(canonical(message_id or ""), ())
        return list(dict.fromkeys(serial for serial, reader in told if reader == who))

    def serial_for(
        self,
        who: str,
        message_id: str | None,
        now: datetime,
        is_open: Callable[[int], bool],
    ) -> int | None:
        """
        The number that a case had which that message of *who* opens *now*, or which no message
        opens; None if no letter tells of it.
        """
        if named := self.serials_about(message_id, who):
            return next((each for each in named if not is_open(each)), None)
        latest = self._latest(now) if who else now + _AT_ONCE
        for each in self._first_to.get(who, ()):
            is_near = now - SLACK <= each.written_at <= latest
            if (is_near or not each.is_there) and not is_open(each.serial):
                return each.serial
        return None

    def letter(
        self, key: str, like: tuple[int, str, str], now: datetime, words: str = ""
    ) -> SentCopy | None:
        """
        The letter that went in the place of one that is decided again *now* under that *key*;
        *like* is its case, its template and its reader, *words* what a person says in it.
        """
        if given := self._given.get(key):
            return given
        serial, template, reader = like
        latest = self._latest(now)
        free = [
            each
            for each in self._of_case.get(serial, ())
            if each.template == template
            # When one was written that only an answer tells of, nobody knows.
            and (not each.is_there or now - SLACK <= each.written_at <= latest)
            and each.nonce not in self._given_to
            and each.nonce not in self.standing
            and (not each.words or (words and " ".join(words.split()) in each.words))
        ]
        found = next((each for each in free if each.to.key == reader), None)
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
        return self._of_case.get(serial, ())

    def written_near(self, copy: SentCopy) -> list[SentCopy]:
        """
        The letters of the same case that were written when this one was, itself among them.
        """
        return [
            each
            for each in self._of_case[copy.serial]
            if abs(each.written_at - copy.written_at) <= _TOGETHER
        ]

    def done_later(self, at: datetime, went: Collection[SentCopy]) -> datetime | None:
        """
        When something was really done that was due *at*, and made letters of which these
        *went*: when they were written, or at the next sign of life, if there was none at that
        time; None if it was done then.
        """
        written = min((each.written_at for each in went if each.is_there), default=None)
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
