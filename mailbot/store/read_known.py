"""
Everything that rules may ask about a batch, read: a few statements, however many messages,
cases or letters it is about.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mailbot.cases.firm import Firm
from mailbot.cases.known.known import Known
from mailbot.cases.known.lately import Numbers
from mailbot.cases.known.questions import Asks, Question
from mailbot.cases.known.rows import KnownContent, KnownLetter
from mailbot.cases.obligation import Obligation
from mailbot.store.casefile import CASE_COLUMNS, OBLIGATION_COLUMNS, case_of, obligation_of
from mailbot.store.control import SERIALS_SEEN
from mailbot.store.database import DatabaseFault, Tx
from mailbot.store.lists import Lists
from mailbot.store.rows import (
    ABSENCES,
    HELD,
    LETTERS,
    LETTERS_SAID,
    MESSAGES,
    PARTIES,
    STEPS,
    Condition,
    among,
    ask,
    both,
    either,
    for_update,
    numbers,
)
from mailbot.store.standstill import RESTORED

_DAY = timedelta(days=1)

#: A server tries for five days (RFC 5321 §4.5.4.1), and some wait before they say so.
_COMES_BACK_WITHIN = timedelta(days=7)

#: Of what answered one staff mail so many are read.
_MOST_ANSWERS = 60

#: Questions that name a row, or a case.
_OF_CASES = (Asks.CASE, Asks.STEPS, Asks.LETTERS)
_NUMBERED = (
    *(*_OF_CASES, Asks.LETTER, Asks.OCTETS, Asks.MESSAGE, Asks.HELD, Asks.HELD_FROM),
    Asks.COMPLAINT,
)

#: Whoever gives out numbers on PostgreSQL holds this lock until they are kept.
_NUMBERING = 0x6D61696C


@dataclass(frozen=True)
class Occasion:
    """
    By whose rules, since when, whether what is decided will be kept, and whether it is of a past
    that is gone through once more.
    """

    firm: Firm
    now: datetime
    is_kept: bool = True
    is_past: bool = False


async def about(
    tx: Tx,
    questions: Iterable[Question],
    occasion: Occasion,
    *,
    seed: bytes,
    gives_numbers: bool = False,
) -> Known:
    """
    What is known where these questions are asked. With *gives_numbers* messages or cases
    may be numbered, which nobody else does until the transaction ends.
    """
    known = Known(seed=seed)
    if gives_numbers:
        known.numbers = await _numbers(tx, occasion)
    today = occasion.now.date() - _DAY
    in_force = Condition('"ended_at" IS NULL AND "last_on" >= ?', (today,))
    known.absences = {each.id: each for each in await ABSENCES.read(tx, in_force)}
    await more_about(tx, known, questions, occasion)
    return known


async def more_about(
    tx: Tx, known: Known, questions: Iterable[Question], occasion: Occasion
) -> None:
    """
    The answers to further questions, added to what is known.
    """
    await _Reading(tx, known, occasion).read(set(questions) - known.asked)


async def free_cases(tx: Tx, serials: Iterable[int], now: datetime) -> frozenset[int]:
    """
    In which of these cases something is due that nobody else has in hand; nobody will until
    the transaction ends. Of what a colleague has just settled nothing more is read.
    """
    wanted = sorted(serials)
    if tx.capabilities.dialect == "sqlite" or not (named := among("serial", wanted)):
        return frozenset(wanted)
    due = (
        'EXISTS (SELECT 1 FROM "step" WHERE "step"."case_id" = "case"."serial"'
        ' AND "step"."done_at" IS NULL AND "step"."at" <= ?)'
    )
    sql = f'SELECT "serial" FROM "case" WHERE {named.sql} AND {due} ORDER BY "serial"'
    rows = await ask(tx, f"{sql}{for_update(tx)} SKIP LOCKED", [*named.values, now])
    return frozenset(serial for (serial,) in rows)


async def _numbers(tx: Tx, occasion: Occasion) -> Numbers:
    """
    The next ones; DatabaseFault where somebody may have been told them in a past that this
    database has still to catch up with.
    """
    if occasion.is_kept and tx.capabilities.dialect != "sqlite":
        await ask(tx, "SELECT pg_advisory_xact_lock(?)", [_NUMBERING])
    sql = (
        'SELECT (SELECT max("serial") FROM "case"), (SELECT max("id") FROM "message"),'
        ' (SELECT max("id") FROM "content"), (SELECT max("id") FROM "held"),'
        ' (SELECT max(CAST("value" AS BIGINT)) FROM "control" WHERE "name" = ?),'
        ' (SELECT count(*) FROM "control" WHERE "name" = ?)'
    )
    [row] = await ask(tx, sql, [SERIALS_SEEN, RESTORED])
    *rows, seen, is_restored = (each or 0 for each in row)
    if is_restored and occasion.is_kept and not occasion.is_past:
        raise DatabaseFault(
            "the database was restored, and has not caught up with the mailbox: let mailbot run do"
            " that first; before it a case might be given a number that somebody else was told"
        )
    case, message, content, held = (each + 1 for each in rows)
    case = max(case, seen + 1)
    return Numbers(case=case, message=message, content=content, held=held, seen=seen)


@dataclass
class _Reading:
    tx: Tx
    known: Known
    occasion: Occasion
    #: Cases whose people have been read.
    _peopled: set[int] = field(default_factory=set)

    async def read(self, questions: set[Question]) -> None:
        asked: dict[Asks, list[str | int]] = defaultdict(list)
        for each in sorted(questions, key=str):
            asked[each.asks].append(each.about)
        # Numbers beyond what a database can hold are nobody's.
        for kind in _NUMBERED:
            asked[kind] = list(numbers(asked[kind]))
        # What stands in a case is asked of where it stands now.
        asked_for = {each for kind in _OF_CASES for each in numbers(asked[kind])}
        await self._held(asked)
        found = await self._letters(asked) | await self._messages(asked)
        found |= await self._parties_with(asked[Asks.NONCE], asked_for | found)
        await self._cases(asked_for | found, asked[Asks.REFERENCE])
        # A message that names a case adds to it, and asks what was said there.
        asked[Asks.LETTERS] += sorted(found)
        questions |= {Question(Asks.LETTERS, serial) for serial in found}
        await self._in_cases(asked)
        await self._letters_to_settle(asked[Asks.LETTER])
        await Lists(self.tx, self.known, self.occasion.now).read(asked)
        self.known.asked |= questions

    # --- letters, messages -----------------------------------------------------

    async def _letters(self, asked: dict[Asks, list[str | int]]) -> set[int]:
        """
        Letters by whatever names them; returns the cases they belong to.
        """
        ids = asked[Asks.ID]
        wanted = either(
            among("nonce", asked[Asks.NONCE]),
            among("message_id", ids),
            among("alias", ids),
            among("id", asked[Asks.OCTETS]),
        )
        found = await LETTERS.read(self.tx, wanted)
        if to := among("recipient_key", asked[Asks.SENT_TO]):
            lately = Condition('"created_at" > ?', (self.occasion.now - _COMES_BACK_WITHIN,))
            of_cases = Condition('"case_id" IS NOT NULL', ())
            found += await LETTERS_SAID.read(self.tx, both(to, lately, of_cases))
        for each in found:
            self._know_letter(each)
        return {each.case_id for each in found if each.case_id}

    async def _letters_to_settle(self, ids: list[str | int]) -> None:
        """
        By their rows, which nobody else changes from now on. After the cases: whoever
        locks both does it in this order.
        """
        found = await LETTERS_SAID.read(self.tx, among("id", ids), lock=self.occasion.is_kept)
        self.known.letters |= {each.id: each for each in found}

    def _know_letter(self, letter: KnownLetter) -> None:
        """
        A letter as it is stored; what was decided about it meanwhile stands, and gets only
        the octets that it lacked.
        """
        there = self.known.letters.get(letter.id)
        if there is None:
            self.known.letters[letter.id] = letter
        elif there.content is None and letter.content is not None:
            self.known.letters[letter.id] = _with_octets(there, letter.content)

    async def _messages(self, asked: dict[Asks, list[str | int]]) -> set[int]:
        wanted = either(
            among("message_id_key", asked[Asks.ID]),
            among("identity", asked[Asks.IDENTITY]),
            among("id", asked[Asks.MESSAGE]),
            among("ledger_id", asked[Asks.LEDGER]),
        )
        found = await MESSAGES.read(self.tx, wanted)
        for nonce in asked[Asks.ANSWERS]:
            newest = await MESSAGES.read(self.tx, Condition('"answers" = ?', (nonce,)))
            found += newest[-_MOST_ANSWERS:]
        for each in found:
            self.known.messages.setdefault(each.id, each)
        again = [
            self.known.messages[each]
            for each in numbers(asked[Asks.MESSAGE])
            if each in self.known.messages
        ]
        again += [each for each in found if each.ledger_id in asked[Asks.LEDGER]]
        await self._of_messages([(each.id, each.content_id) for each in again])
        await self._ledger(asked[Asks.LEDGER])
        return {each.case_id for each in found if each.case_id}

    async def _of_messages(self, rows: list[tuple[int, int]]) -> None:
        """
        How large each is that may be read again, and whether it is held.
        """
        if not rows:
            return
        contents = among("id", {content for _, content in rows})
        if contents:
            sql = f'SELECT "id", "size" FROM "content" WHERE {contents.sql}'
            for number, size in await ask(self.tx, sql, contents.values):
                self.known.contents.setdefault(number, KnownContent(id=number, size=size))
        of_them = among("message_id", [row for row, _ in rows])
        for each in await HELD.read(self.tx, of_them, lock=self.occasion.is_kept):
            self.known.held.setdefault(each.id, each)

    async def _ledger(self, ids: list[str | int]) -> None:
        if not (wanted := among("id", ids)):
            return
        lock = for_update(self.tx) if self.occasion.is_kept else ""
        sql = (
            f'SELECT "id", "state", "seen_as" FROM "ledger" WHERE {wanted.sql} ORDER BY "id"{lock}'
        )
        for number, state, seen_as in await ask(self.tx, sql, wanted.values):
            self.known.ledger.setdefault(number, (state, seen_as))

    async def _held(self, asked: dict[Asks, list[str | int]]) -> None:
        """
        What is held, with its message; adds to the messages that are to be read. Of two who
        let it go, or reject it, the second sees what the first has done.
        """
        lock = self.occasion.is_kept
        held = await HELD.read(self.tx, among("id", asked[Asks.HELD]), lock=lock)
        if origin := among("ledger_id", asked[Asks.HELD_FROM]):
            inner = f'SELECT "id" FROM "message" WHERE {origin.sql}'
            theirs = Condition(f'"message_id" IN ({inner})', origin.values)
            held += await HELD.read(self.tx, theirs, lock=lock)
        for each in held:
            self.known.held.setdefault(each.id, each)
            asked[Asks.MESSAGE].append(each.message_id)

    async def _parties_with(self, nonces: list[str | int], serials: set[int]) -> set[int]:
        """
        The parties that these were issued to, and with them those of the cases that are
        known by now; returns the cases they have a role in.
        """
        if not nonces:
            return set()
        self._peopled = set(serials)
        wanted = either(among("token_nonce", nonces), among("case_id", serials))
        found = await PARTIES.read(self.tx, wanted)
        for each in found:
            self.known.parties.setdefault(each.id, each)
        return {each.case_id for each in found}

    # --- cases --------------------------------------------------------------------

    async def _cases(self, serials: set[int], references: list[str | int]) -> None:
        """
        These cases with everything in them, and those that they have become part of.
        """
        rows = await self._case_rows(
            either(among("serial", serials - set(self.known.at)), among("reference", references))
        )
        beyond = {row["merged_into"] for row in rows if row["merged_into"]}
        there = {row["serial"] for row in rows} | set(self.known.cases)
        rows += await self._case_rows(among("serial", beyond - there))
        for row in rows:
            serial = row["serial"]
            self.known.at.setdefault(serial, row["merged_into"] or serial)
            self.known.by_reference[row["reference"]] = serial
            self.known.revisions[serial] = row["revision"]
        self.known.at |= dict.fromkeys(serials - set(self.known.at))
        new = [row for row in rows if row["serial"] not in self.known.cases]
        await self._fill([row for row in new if not row["merged_into"]])

    async def _case_rows(self, wanted: Condition | None) -> list[dict[str, Any]]:
        if wanted is None:
            return []
        lock = for_update(self.tx) if self.occasion.is_kept else ""
        listed = ", ".join(f'"{each}"' for each in CASE_COLUMNS)
        # In one order for everybody: who locks several cannot lock out somebody else.
        sql = f'SELECT {listed} FROM "case" WHERE {wanted.sql} ORDER BY "serial"{lock}'
        return [
            dict(zip(CASE_COLUMNS, row, strict=True))
            for row in await ask(self.tx, sql, wanted.values)
        ]

    async def _fill(self, rows: list[dict[str, Any]]) -> None:
        known = self.known
        mine = among("case_id", [row["serial"] for row in rows])
        if mine is None:
            return
        others = {row["serial"] for row in rows} - self._peopled
        for party in await PARTIES.read(self.tx, among("case_id", others)):
            known.parties.setdefault(party.id, party)
        owed = await self._obligations(mine)
        for row in rows:
            serial = row["serial"]
            known.cases[serial] = case_of(
                row, known.parties_of(serial), owed[serial], self.occasion.firm
            )

    async def _in_cases(self, asked: dict[Asks, list[str | int]]) -> None:
        """
        Steps and letters of the cases that were asked about, wherever those are now.
        """
        for step in await STEPS.read(self.tx, self._of_cases(asked[Asks.STEPS])):
            self.known.steps.setdefault(step.id, step)
        for letter in await LETTERS_SAID.read(self.tx, self._of_cases(asked[Asks.LETTERS])):
            self._know_letter(letter)

    def _of_cases(self, serials: list[str | int]) -> Condition | None:
        at = {self.known.at.get(each, each) for each in numbers(serials)}
        return among("case_id", sorted({each for each in at if each} | set(numbers(serials))))

    async def _obligations(self, mine: Condition) -> dict[int, list[Obligation]]:
        listed = ", ".join(f'"{each}"' for each in OBLIGATION_COLUMNS)
        sql = f'SELECT {listed} FROM "obligation" WHERE {mine.sql} ORDER BY "id"'
        owed: dict[int, list[Obligation]] = defaultdict(list)
        for number, serial, *row in await ask(self.tx, sql, mine.values):
            obligation = obligation_of(row)
            owed[serial].append(obligation)
            self.known.obligation_ids[serial, obligation.promise, obligation.number] = number
        return owed


def _with_octets(letter: KnownLetter, content: bytes) -> KnownLetter:
    return KnownLetter(**{**vars(letter), "content": content})
