"""
What happened lately, and lists of cases: asked for the caps, the choice of a handler, and the
words of a receipt.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailbot.cases.known.known import IN_WORK, MOST_ALIKE, Known
from mailbot.cases.known.lately import Alike, Beginning, Lately, Work
from mailbot.cases.known.questions import Asks, Question, SameText
from mailbot.cases.letter_status import Status
from mailbot.cases.obligation import ObligationState
from mailbot.store.database import Tx
from mailbot.store.packing import unpacked, unpacked_text
from mailbot.store.rows import Condition, among, ask, both, instant, names, numbers

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)

#: Of a handler's cases in work so many are listed.
_MOST_WORK = 100

_IN_WORK = Condition(
    f'"state" IN ({", ".join("?" * len(IN_WORK))}) AND "merged_into" IS NULL', tuple(IN_WORK)
)


def _since(at: datetime, now: datetime) -> Condition:
    """
    Written since then; what a clock that ran ahead has dated counts against nobody.
    """
    return Condition('"created_at" > ? AND "created_at" < ?', (at, now + _HOUR))


@dataclass(frozen=True)
class Lists:
    """
    Answers to those questions, added to what is *known*, as it is at *now*.
    """

    tx: Tx
    known: Known
    now: datetime

    async def read(self, asked: dict[Asks, list[str | int]]) -> None:
        await self._lately(asked)
        await self._lists(asked)

    async def _lately(self, asked: dict[Asks, list[str | int]]) -> None:
        now = self.now
        if to := among("recipient_key", asked[Asks.ACKNOWLEDGED]):
            decided = Condition(
                '"template" = ? AND "status" <> ?', ("acknowledgement", Status.WITHHELD)
            )
            theirs = both(decided, to, _since(now - _DAY, now))
            everybodys = both(decided, _since(now - _HOUR, now))
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
            mine = both(to, both(Condition('"to_staff"'), _since(now - _DAY, now)))
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
                octets = unpacked(bytes(kept))
            return Beginning(unpacked_text(text), files, octets)
        sql = (
            'SELECT "about" FROM "event" WHERE "case_id" = ? AND "event" = ? ORDER BY "id" LIMIT 1'
        )
        for (entered,) in await ask(self.tx, sql, [serial, "case_opened"]):
            return Beginning(entered)
        return Beginning("")
