"""
Everything that rules may ask about a batch, read: a few statements, however many messages,
cases or letters it is about.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mailbot.cases.case import Case, Party
from mailbot.cases.firm import Firm
from mailbot.cases.known.known import (
    IN_WORK,
    MOST_ALIKE,
    Alike,
    Beginning,
    Known,
    Lately,
    Numbers,
    Work,
)
from mailbot.cases.known.questions import Asks, Question, SameText
from mailbot.cases.known.rows import KnownContent, KnownLetter, KnownParty
from mailbot.cases.letter_status import Status
from mailbot.cases.obligation import Obligation, ObligationState
from mailbot.cases.states import State
from mailbot.mail.message import Address
from mailbot.store.database import Tx
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
    instant,
    names,
    numbers,
)

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)

#: Of a handler's cases in work so many are listed.
_MOST_WORK = 100
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

_IN_WORK = Condition(
    f'"state" IN ({", ".join("?" * len(IN_WORK))}) AND "merged_into" IS NULL', tuple(IN_WORK)
)


@dataclass(frozen=True)
class Occasion:
    """
    By whose rules, since when, and whether what is decided will be kept.
    """

    firm: Firm
    now: datetime
    is_kept: bool = True


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
        known.numbers = await _numbers(tx, is_kept=occasion.is_kept)
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


async def _numbers(tx: Tx, *, is_kept: bool) -> Numbers:
    if is_kept and tx.capabilities.dialect != "sqlite":
        await ask(tx, "SELECT pg_advisory_xact_lock(?)", [_NUMBERING])
    sql = (
        'SELECT (SELECT max("serial") FROM "case"), (SELECT max("id") FROM "message"),'
        ' (SELECT max("id") FROM "content"), (SELECT max("id") FROM "held")'
    )
    [row] = await ask(tx, sql)
    case, message, content, held = ((each or 0) + 1 for each in row)
    return Numbers(case=case, message=message, content=content, held=held)


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
        serials = {each for kind in _OF_CASES for each in numbers(asked[kind])}
        serials |= await self._letters(asked)
        serials |= await self._held(asked)
        serials |= await self._messages(asked)
        serials |= await self._parties_with(asked[Asks.NONCE], serials)
        await self._cases(serials, asked[Asks.REFERENCE])
        await self._in_cases(asked)
        await self._letters_to_settle(asked[Asks.LETTER])
        await self._lately(asked)
        await self._lists(asked)
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
        for each in await HELD.read(self.tx, among("message_id", [row for row, _ in rows])):
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

    async def _held(self, asked: dict[Asks, list[str | int]]) -> set[int]:
        """
        What is held, with its message; adds to the messages that are to be read.
        """
        held = await HELD.read(self.tx, among("id", asked[Asks.HELD]))
        if origin := among("ledger_id", asked[Asks.HELD_FROM]):
            inner = f'SELECT "id" FROM "message" WHERE {origin.sql}'
            held += await HELD.read(self.tx, Condition(f'"message_id" IN ({inner})', origin.values))
        for each in held:
            self.known.held.setdefault(each.id, each)
            asked[Asks.MESSAGE].append(each.message_id)
        return set()

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

    # --- what happened lately, lists ------------------------------------------------

    async def _lately(self, asked: dict[Asks, list[str | int]]) -> None:
        now = self.occasion.now
        if to := among("recipient_key", asked[Asks.ACKNOWLEDGED]):
            decided = Condition(
                '"template" = ? AND "status" <> ?', ("acknowledgement", Status.WITHHELD)
            )
            theirs = both(decided, to, Condition('"created_at" > ?', (now - _DAY,)))
            everybodys = both(decided, Condition('"created_at" > ?', (now - _HOUR,)))
            sql = (
                'SELECT "recipient_key", "created_at", 0 FROM "outbox"'
                f" WHERE {theirs.sql}"
                ' UNION ALL SELECT NULL, NULL, count(*) FROM "outbox"'
                f" WHERE {everybodys.sql}"
            )
            found = await ask(self.tx, sql, [*theirs.values, *everybodys.values])
            self.known.acknowledged_lately = sum(count for _, _, count in found)
            self._note_lately(
                Asks.ACKNOWLEDGED,
                [
                    (email, Lately("acknowledgement", "", instant(at)))
                    for email, at, _ in found
                    if at
                ],
            )
        if to := among("recipient_key", asked[Asks.MAILED]):
            mine = both(to, Condition('"to_staff" AND "created_at" > ?', (now - _DAY,)))
            sql = (
                'SELECT "recipient_key", "template", "occasion", "created_at" FROM "outbox"'
                f" WHERE {mine.sql}"
            )
            found = await ask(self.tx, sql, mine.values)
            self._note_lately(
                Asks.MAILED,
                [(email, Lately(what, why, instant(at))) for email, what, why, at in found],
            )

    def _note_lately(self, asks: Asks, found: Iterable[tuple[str, Lately]]) -> None:
        lately: dict[str, list[Lately]] = defaultdict(list)
        for email, each in found:
            lately[email].append(each)
        for email, mails in lately.items():
            self.known.lately[Question(asks, email)] = tuple(mails)

    async def _lists(self, asked: dict[Asks, list[str | int]]) -> None:
        known = self.known
        if asked[Asks.WORKLOAD]:
            known.busy.update(await self._workload())
        await self._alike([SameText.read(str(each)) for each in asked[Asks.SAME_TEXT]])
        if keys := among("key", asked[Asks.KEY]):
            sql = f'SELECT "key" FROM "outbox" WHERE {keys.sql}'
            known.said |= {key for (key,) in await ask(self.tx, sql, keys.values)}
        for email in asked[Asks.CASES_OF]:
            known.of_complainant[str(email)] = await self._cases_of(str(email))
        for email in asked[Asks.WORK_OF]:
            known.of_handler[str(email)] = await self._work_of(str(email))
        for serial in numbers(asked[Asks.COMPLAINT]):
            known.beginnings.setdefault(serial, await self._beginning(serial))

    async def _workload(self) -> Counter[str]:
        sql = (
            'SELECT "handler_email", count(*) FROM "case"'
            f' WHERE {_IN_WORK.sql} GROUP BY "handler_email"'
        )
        found = await ask(self.tx, sql, _IN_WORK.values)
        return Counter({str(email): int(count) for email, count in found})

    async def _alike(self, wanted: list[SameText]) -> None:
        one = (
            'SELECT * FROM (SELECT "id", "text_digest", "sender", "received_at", "case_id"'
            ' FROM "message" WHERE "text_digest" = ? AND "sender" = ? AND "received_at" > ?'
            f' AND "case_id" IS NOT NULL ORDER BY "id" DESC LIMIT {MOST_ALIKE}) AS "alike"'
        )
        values = [value for each in wanted for value in (each.digest, each.sender, each.since)]
        if not values:
            return
        self.known.alike += tuple(
            Alike(number, digest, sender, instant(at), serial)
            for number, digest, sender, at, serial in await ask(
                self.tx, " UNION ALL ".join([one] * len(wanted)), values
            )
        )

    async def _cases_of(self, email: str) -> tuple[tuple[int, str], ...]:
        sql = (
            'SELECT "case"."serial", "case"."reference" FROM "party" JOIN "case"'
            ' ON "case"."serial" = "party"."case_id"'
            f' WHERE "party"."email_key" = ? AND "party"."role" = ? AND {_IN_WORK.sql}'
            ' ORDER BY "case"."serial"'
        )
        found = await ask(self.tx, sql, [email, "complainant", *_IN_WORK.values])
        return tuple((serial, reference) for serial, reference in found)

    async def _work_of(self, email: str) -> tuple[Work, ...]:
        sql = (
            'SELECT "serial", "reference" FROM "case" WHERE "handler_email" = ?'
            f' AND {_IN_WORK.sql} ORDER BY "serial" LIMIT {_MOST_WORK}'
        )
        found = await ask(self.tx, sql, [email, *_IN_WORK.values])
        owed = among("case_id", [serial for serial, _ in found])
        soonest: dict[int, tuple[datetime, str]] = {}
        if owed:
            sql = (
                'SELECT "case_id", "due_at", "promise" FROM "obligation"'
                f' WHERE {owed.sql} AND "state" = ? ORDER BY "id"'
            )
            for serial, at, promise in await ask(
                self.tx, sql, [*owed.values, ObligationState.OPEN]
            ):
                due = (instant(at), promise)
                first = soonest.get(serial)
                soonest[serial] = due if first is None or due[0] < first[0] else first
        return tuple(
            Work(reference, soonest[serial][1], soonest[serial][0])
            if serial in soonest
            else Work(reference)
            for serial, reference in found
        )

    async def _beginning(self, serial: int) -> Beginning:
        sql = (
            'SELECT "text", "attachments", "content_id" FROM "message"'
            ' WHERE "case_id" = ? ORDER BY "id" LIMIT 1'
        )
        for text, attachments, content in await ask(self.tx, sql, [serial]):
            files = names(attachments)
            octets = None
            if files:
                [(kept,)] = await ask(
                    self.tx, 'SELECT "octets" FROM "content" WHERE "id" = ?', [content]
                )
                octets = bytes(kept)
            return Beginning(text, files, octets)
        sql = (
            'SELECT "about" FROM "event" WHERE "case_id" = ? AND "event" = ? ORDER BY "id" LIMIT 1'
        )
        for (entered,) in await ask(self.tx, sql, [serial, "case_opened"]):
            return Beginning(entered)
        return Beginning("")


def _with_octets(letter: KnownLetter, content: bytes) -> KnownLetter:
    return KnownLetter(**{**vars(letter), "content": content})


# --- a case between its rows and the value that the rules look at --------------------

CASE_COLUMNS = (
    *("serial", "reference", "state", "received_at", "opened_at", "handler_email"),
    *("rulebook_version", "verdict", "rights_letters", "level", "not_eligible", "needs"),
    *("interval", "is_data_protection", "credit", "outcome_at", "by_post", "to_post"),
    *("merged_into", "revision"),
)

OBLIGATION_COLUMNS = (
    *("id", "case_id", "promise", "number", "clause", "acts_at", "due_at", "since", "state"),
    *("settled_at", "evidence"),
)


def obligation_of(row: Sequence[Any]) -> Obligation:
    """
    The obligation of a row, from *promise* on, without its steps.
    """
    promise, number, clause, acts_at, due_at, since, state, settled_at, evidence = row
    return Obligation(
        promise=str(promise),
        number=int(str(number)),
        clause=str(clause),
        acts_at=instant(acts_at),
        due_at=instant(due_at),
        since=instant(since) if since else None,
        state=ObligationState(str(state)),
        settled_at=instant(settled_at) if settled_at else None,
        evidence=str(evidence),
    )


def case_of(
    row: dict[str, Any],
    parties: Iterable[KnownParty],
    obligations: Iterable[Obligation],
    firm: Firm,
) -> Case:
    """
    The case as it stands, with its people and promises.
    """
    present = [party_of(each) for each in parties if each.removed_at is None]
    complainant = next(each for each in present if each.role == "complainant")
    handler = str(row["handler_email"])
    outcome_at = row["outcome_at"]
    return Case(
        serial=row["serial"],
        reference=str(row["reference"]),
        received_at=instant(row["received_at"]),
        opened_at=instant(row["opened_at"]),
        complainant=complainant,
        parties=tuple(each for each in present if each is not complainant),
        state=State(str(row["state"])),
        handler=firm.people.by_address(handler) if handler else None,
        rulebook_version=str(row["rulebook_version"]),
        verdict=str(row["verdict"]),
        obligations=tuple(obligations),
        rights_letters=frozenset(filter(None, str(row["rights_letters"]).split(","))),
        level=int(str(row["level"])),
        not_eligible=str(row["not_eligible"]),
        needs=tuple(str(row["needs"]).splitlines()),
        interval=str(row["interval"]),
        is_data_protection=bool(row["is_data_protection"]),
        credit=str(row["credit"]),
        outcome_at=instant(outcome_at) if outcome_at else None,
        by_post=bool(row["by_post"]),
        to_post=tuple(filter(None, str(row["to_post"]).split(","))),
    )


def party_of(row: KnownParty) -> Party:
    return Party(
        address=Address(name=row.name, email=row.email),
        role=row.role,
        phone=row.phone,
        postal_address=tuple(row.postal_address.splitlines()),
        anchor=row.anchor,
        token=row.token,
        gets_copies=row.gets_copies,
    )
