"""
The transactions: what happened, what follows, and every letter of it, in one commit.

There is no network inside. Each begins with the write that decides whether it
is the first to do this: the ledger's row, the case's revision, the outbox's
attempt.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

from tortoise.functions import Count

from mailbot.cases import wording
from mailbot.cases.decide import KEEPS, decide
from mailbot.cases.match import Match, match, signals
from mailbot.cases.model import Case, Event, Handler, Letter, State
from mailbot.cases.reference import reference
from mailbot.cases.triage import Action, StaffToken, Triage, triage
from mailbot.cases.triggers import (
    Acknowledged,
    CaseOpened,
    ClockStruck,
    LetterAccepted,
    LetterFailed,
    MessageJoined,
    MessageNoted,
    StaffAnswered,
    Trigger,
)
from mailbot.mail.classify import Classification, classify
from mailbot.mail.delivery import Deferred, Outcome, Refused, Sent, Uncertain
from mailbot.mail.identity import canonical
from mailbot.mail.message import Address, InboundMessage, Kind
from mailbot.mail.parse import text_of
from mailbot.mail.quoted import new_text
from mailbot.store import casefile, ledger, post
from mailbot.store.candidates import LONGEST_KEY, candidates, staff_token
from mailbot.store.database import Tx, transact
from mailbot.store.ledger import Attempt, LedgerState
from mailbot.store.office import Office
from mailbot.store.outbox import Claimed, Status
from mailbot.store.tables import CaseRow, Content, HeldRow, MessageRow, OutboxRow, StepRow

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """
    What became of a message or a deadline, for the log and the next worker.
    """

    reason: str
    action: str = ""
    kind: str = ""
    evidence: str = ""
    case: str = ""
    letters: tuple[str, ...] = ()
    silence: str = ""


#: A second sight of what is ours already.
ALREADY_OURS = Recorded(reason="already_ours", silence="already_ours")


@dataclass(frozen=True, kw_only=True)
class Intake:
    """
    A message on its way to become ours.
    """

    attempt: Attempt
    content: bytes
    message: InboundMessage
    #: Why only the header could be read; "" = it was read in full.
    unreadable: str = ""
    #: Whether the octets are the whole message; a too large one stays on the server.
    is_whole: bool = True
    #: The message row of held mail that is read once more.
    again: int | None = None


async def message(intake: Intake, office: Office, now: datetime) -> Recorded:
    """
    Make a message ours, with everything that follows from it. That commit is
    the instant from which the server's copy is no longer needed.
    """
    read = intake.message
    classification = classify(read, office.surroundings())
    found = signals(read, office.keyring, office.firm.own_addresses, office.firm.reference_prefix)

    async def work(tx: Tx) -> Recorded:
        if not await _take(tx, intake, now):
            return ALREADY_OURS
        twin = None if intake.again else await _twin(tx, read)
        if twin and twin.text_digest == text_digest(read):
            await ledger.seen_as(tx, intake.attempt.ledger_id, twin.id)
            return Recorded(reason="seen_before", kind=twin.kind, silence="seen_before")
        sender = read.sender.key if read.sender else ""
        named = match(
            await candidates(tx, found, sender),
            near=(*found.in_subject.near, *found.in_text.near),
        )
        token = await staff_token(tx, found)
        clerk = _Clerk(tx, office, now, intake, classification, named, token, twin)
        return await clerk.record()

    return await transact(work)


async def _take(tx: Tx, intake: Intake, now: datetime) -> bool:
    """
    The write that says who is first: the ledger's row, or the held one.
    """
    if intake.again is None:
        return await ledger.take(tx, intake.attempt.ledger_id, LedgerState.RECORDED)
    waiting = HeldRow.filter(message_id=intake.again, resolved_at=None).using_db(tx)
    return bool(await waiting.update(resolved_at=now, resolution="retried"))


async def held_without_reading(
    intake: Intake, reason: str, office: Office, now: datetime
) -> Recorded:
    """
    Hold a message whose header cannot be read either: its octets are ours.
    """

    async def work(tx: Tx) -> Recorded:
        if not await _take(tx, intake, now):
            return ALREADY_OURS
        clerk = _Clerk(
            tx,
            office,
            now,
            intake,
            Classification(Kind.PERSON, "unreadable"),
            Match(),
            None,
            None,
        )
        return await clerk.hold("unreadable", detail=reason)

    return await transact(work)


async def clock(serial: int, office: Office, now: datetime) -> Recorded:
    """
    Everything that is due in one case at *now*, settled in the transaction of
    its decision.
    """

    async def work(tx: Tx) -> Recorded:
        case = await casefile.lock(tx, serial, office.firm)
        if case is None:
            return Recorded(reason="no_such_case")
        rows = await casefile.due_steps(tx, serial, now)
        if not rows:
            # Somebody else was here since we looked.
            return Recorded(reason="nothing_due", case=case.reference)
        await StepRow.filter(id__in=[row.id for row in rows]).using_db(tx).update(done_at=now)
        trigger = ClockStruck(steps=tuple(casefile.step(row) for row in rows))
        return await _decided(tx, case, trigger, office, now)

    return await transact(work)


async def outcome(
    claimed: Claimed, result: Outcome, office: Office, now: datetime, next_at: datetime | None
) -> Recorded:
    """
    What became of a letter. *next_at* is None once it is too old to try again.

    A letter that keeps a promise settles it here, in the same commit.
    """

    async def work(tx: Tx) -> Recorded:
        change = _change(result, now, next_at)
        mine = OutboxRow.filter(id=claimed.id, attempts=claimed.attempt).using_db(tx)
        if not await mine.update(**change):
            return Recorded(reason="claimed_by_another")
        reason = str(change["status"])
        trigger = _of_letter(claimed, result, reason, now)
        if trigger is None:
            return Recorded(reason=reason)
        if claimed.serial is None:
            return await _without_case(tx, claimed, reason, result, office, now)
        case = await casefile.lock(tx, claimed.serial, office.firm)
        if case is None:
            return Recorded(reason=reason)
        recorded = await _decided(tx, case, trigger, office, now)
        return replace(recorded, reason=reason)

    return await transact(work)


def _change(result: Outcome, now: datetime, next_at: datetime | None) -> dict[str, object]:
    match result:
        case Sent():
            return {
                "status": Status.SENT,
                "accepted_at": now,
                "reply": result.reply[:500],
                "alias": alias_in(result.reply),
                "reason": "",
                "next_attempt_at": None,
            }
        case Refused():
            return {"status": Status.REFUSED, "reason": result.reason, "next_attempt_at": None}
        case Deferred() | Uncertain():
            if next_at is None:
                return {"status": Status.EXPIRED, "reason": result.reason, "next_attempt_at": None}
            status = Status.DEFERRED if isinstance(result, Deferred) else Status.UNCERTAIN
            return {"status": status, "reason": result.reason, "next_attempt_at": next_at}


def _of_letter(
    claimed: Claimed, result: Outcome, status: str, now: datetime
) -> LetterAccepted | LetterFailed | None:
    """
    What the case has to hear of, or None: a letter that keeps no promise and
    was sent, or one that is still on its way.
    """
    if isinstance(result, Sent):
        if claimed.template not in KEEPS:
            return None
        return LetterAccepted(
            template=claimed.template,
            recipient=claimed.recipient,
            at=now,
            evidence=f"{claimed.template} accepted, {claimed.message_id}",
        )
    if status in {Status.REFUSED, Status.EXPIRED}:
        return LetterFailed(
            template=claimed.template,
            to=Address(name=claimed.recipient_name, email=claimed.recipient),
            to_staff=claimed.to_staff,
            occasion=claimed.occasion,
            outcome=status,
            reason=result.reason,
        )
    return None


async def _without_case(
    tx: Tx, claimed: Claimed, status: str, result: Outcome, office: Office, now: datetime
) -> Recorded:
    """
    A letter about no case can only have been for staff; its failure is in the log.
    """
    event = Event(name=f"letter_{status}", cause="delivery", reason=status, about=claimed.template)
    await casefile.add_events(tx, None, [event], now)
    return Recorded(reason=status)


def alias_in(reply: str) -> str:
    """
    The id under which the next hop sends the message on, if its 250 line names
    one: `<id@host>` as Microsoft 365 writes it, or SES's bare token.
    """
    words = reply.replace("<", " ").replace(">", " ").split()
    for word in words:
        local, at, domain = word.partition("@")
        if at and local and domain and len(word) <= LONGEST_KEY:
            return word.lower()
    if len(words) == 2 and words[0].lower() == "ok" and len(words[1]) >= 20:
        return words[1].lower()[:LONGEST_KEY]
    return ""


async def _decided(tx: Tx, case: Case, trigger: Trigger, office: Office, now: datetime) -> Recorded:
    """
    Decide, compose, record: the heart of every transaction.
    """
    decision = decide(case, trigger, office.firm, now)
    await casefile.write(tx, case, decision, now)
    after = decision.applied_to(case)
    rows = await post.write(tx, after, decision.letters, office, now, is_new=case.is_new)
    return Recorded(
        reason=decision.reason,
        case=case.reference,
        letters=tuple(row.template for row in rows),
    )


# --- one message -----------------------------------------------------------


async def _twin(tx: Tx, read: InboundMessage) -> MessageRow | None:
    """
    The same message, if it is here already. The one with the same text comes
    first, so that the copy of an altered copy is recognised too.
    """
    rows = await MessageRow.filter(identity=identity(read)).using_db(tx).order_by("id")
    same = [row for row in rows if row.text_digest == text_digest(read)]
    return next(iter([*same, *rows]), None)


def identity(read: InboundMessage) -> str:
    """
    Message-ID, From and Date; without a Message-ID, From, Date, Subject and text.
    """
    sender = read.sender.key if read.sender else ""
    date = read.date.isoformat() if read.date else read.first("date")
    parts = [read.message_id or "", sender, date]
    if not read.message_id:
        parts += [read.subject, _plain(read.text)]
    return _digest("\0".join(parts))


def text_digest(read: InboundMessage) -> str:
    return _digest(_plain(read.text)) if read.readable else "unread"


def _plain(text: str) -> str:
    return " ".join(text.split())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class _Clerk:
    """
    Records one message within its transaction.
    """

    tx: Tx
    office: Office
    now: datetime
    intake: Intake
    classification: Classification
    named: Match
    token: StaffToken | None
    twin: MessageRow | None
    _notes: dict[str, str] = field(default_factory=dict)

    async def record(self) -> Recorded:
        read = self.intake.message
        decided = triage(read, self.classification, self.named, self.token, self.office.firm)
        if self.intake.again and await self._case_of(self.intake.again):
            decided = Triage(Action.JOIN, "read_at_last")
        if self.twin is not None and decided.action is Action.OPEN:
            # An altered copy is filed where the first one is; it opens nothing.
            action = Action.JOIN if self.twin.case_id else Action.FILE
            decided = Triage(action, "altered_copy")
        match decided.action:
            case Action.OPEN:
                return await self._open(decided)
            case Action.JOIN | Action.NOTE | Action.RELAY | Action.ANSWER_STAFF:
                return await self._into_case(decided)
            case Action.HOLD:
                return await self.hold(decided.reason)
            case Action.FILE:
                return await self._file(decided)

    async def _open(self, decided: Triage) -> Recorded:
        read = self.intake.message
        if read.sender is None:
            return await self.hold("no_sender")
        office = self.office
        acknowledged = await _acknowledged(self.tx, read.sender.key, self.now)
        busy = await _busy(self.tx)
        case = await casefile.open_new(
            self.tx,
            sender=read.sender,
            received_at=read.received_at,
            verdict=self.classification.rule if self.classification.kind is Kind.SPAM else "",
            firm=office.firm,
            keyring=office.keyring,
            nonce=office.chance(),
            now=self.now,
        )
        row = await self._write_message(case.serial, decided, silence=case.verdict)
        trigger = CaseOpened(
            message=read,
            occasion=f"message.{row.id}",
            rule=decided.reason,
            acknowledged=acknowledged,
            busy=busy,
            possible=tuple(
                reference(office.firm.reference_prefix, each) for each in self.named.possible
            ),
            near=self.named.near,
            unreadable=self.intake.unreadable,
        )
        recorded = await _decided(self.tx, case, trigger, office, self.now)
        if self.intake.unreadable:
            reason = "unreadable" if self.intake.is_whole else "too_large"
            await self._write_held(row, reason, self.intake.unreadable)
        return self._named(recorded, decided)

    async def _into_case(self, decided: Triage) -> Recorded:
        serial = await self._serial()
        case = await casefile.lock(self.tx, serial, self.office.firm) if serial else None
        if case is None:
            return await self._answer_without_case(decided)
        row = await self._write_message(case.serial, decided, silence=_silence(decided))
        recorded = await _decided(
            self.tx, case, await self._trigger(case, decided, row), self.office, self.now
        )
        await self._spend_token(case)
        if self.classification.kind is Kind.BOUNCE_HARD:
            await self._bounced()
        return self._named(recorded, decided)

    async def _case_of(self, message_id: int) -> int | None:
        return (await MessageRow.get(id=message_id, using_db=self.tx)).case_id

    async def _serial(self) -> int | None:
        if self.intake.again and (serial := await self._case_of(self.intake.again)):
            return serial
        if self.twin is not None and self.twin.case_id:
            return self.twin.case_id
        if self.classification.kind is Kind.STAFF and self.token:
            return self.token.serial
        return self.named.serial

    async def _trigger(self, case: Case, decided: Triage, row: MessageRow) -> Trigger:
        read = self.intake.message
        occasion = f"message.{row.id}"
        match decided.action:
            case Action.RELAY | Action.ANSWER_STAFF:
                return await self._staff_trigger(case, decided, occasion)
            case Action.NOTE:
                return MessageNoted(kind=self.classification.kind, reason=decided.reason)
            case _:
                return MessageJoined(
                    message=read,
                    occasion=occasion,
                    reason=decided.reason,
                    near=self.named.near,
                    is_altered_copy=self.twin is not None,
                )

    async def _staff_trigger(self, case: Case, decided: Triage, occasion: str) -> StaffAnswered:
        read = self.intake.message
        writer = self._writer()
        sent = await OutboxRow.get_or_none(
            nonce=self.token.nonce if self.token else "", using_db=self.tx
        )
        went_to = self._outsiders()
        return StaffAnswered(
            message=read,
            occasion=occasion,
            writer=writer,
            text=new_text(read.text, text_of(sent.content) if sent else ""),
            may_relay=decided.action is Action.RELAY,
            reason=decided.reason,
            went_to=went_to,
            first_words=await _first_words(self.tx, case.serial) if went_to else "",
        )

    def _writer(self) -> Handler:
        sender = self.intake.message.sender
        writer = self.office.firm.people.by_address(sender.email) if sender else None
        if writer is None:  # triage has seen them there
            raise LookupError("a staff answer without a handler")
        return writer

    def _outsiders(self) -> frozenset[str]:
        """
        Recipients who are neither us nor staff.
        """
        around = self.office.surroundings()
        return frozenset(
            each.key
            for each in self.intake.message.recipients
            if each.key not in around.staff_addresses
            and not _is_own(each.key, around.own_addresses)
        )

    async def _spend_token(self, case: Case) -> None:
        """
        A staff address that others have seen is worth nothing any more.
        """
        if self.token is None:
            return
        is_strange = self.classification.kind is not Kind.STAFF
        if is_strange or self._outsiders():
            why = "seen_from_another_address" if is_strange else "went_to_others"
            await (
                OutboxRow.filter(nonce=self.token.nonce, spent_at=None)
                .using_db(self.tx)
                .update(spent_at=self.now, spent_why=why)
            )

    async def _bounced(self) -> None:
        """
        A bounce that names a letter of ours is about that letter; one that names
        none changes nothing.
        """
        read = self.intake.message
        returned = [canonical(each) for each in (*read.returned_ids, *read.in_reply_to)]
        row = (
            await OutboxRow.filter(message_id__in=returned, status=Status.SENT)
            .using_db(self.tx)
            .first()
        )
        if row is None or row.case_id is None:
            return
        await OutboxRow.filter(id=row.id).using_db(self.tx).update(status=Status.BOUNCED)
        case = await casefile.lock(self.tx, row.case_id, self.office.firm)
        if case is None:
            return
        said = next((each.diagnostic for each in read.delivery_statuses), "")
        failed = LetterFailed(
            template=row.template,
            to=Address(name=row.recipient_name, email=row.recipient),
            to_staff=row.to_staff,
            occasion=row.occasion,
            outcome=Status.BOUNCED,
            reason=said[:200] or "it came back as undeliverable",
        )
        await _decided(self.tx, case, failed, self.office, self.now)

    async def _answer_without_case(self, decided: Triage) -> Recorded:
        """
        A proved answer to a staff mail that belongs to no case.
        """
        row = await self._write_message(None, decided, silence=decided.reason)
        outcome, why, instead = wording.RECEIPTS["nothing_to_answer"]
        writer = self._writer()
        letter = Letter(
            template="receipt",
            to=Address(name=writer.name, email=writer.email),
            occasion=f"message.{row.id}",
            to_staff=True,
            is_reply=True,
            in_reply_to=self.intake.message.message_id,
            facts={
                "outcome": outcome,
                "why": why,
                "instead": instead,
                "original": new_text(self.intake.message.text),
            },
        )
        rows = await post.write(self.tx, None, [letter], self.office, self.now)
        return self._named(
            Recorded(reason=decided.reason, letters=tuple(each.template for each in rows)), decided
        )

    async def _file(self, decided: Triage) -> Recorded:
        await self._write_message(None, decided, silence=decided.reason)
        event = Event(name="message_filed", cause="message", reason=decided.reason)
        await casefile.add_events(self.tx, None, [event], self.now)
        return self._named(Recorded(reason=decided.reason), decided)

    async def hold(self, reason: str, detail: str = "") -> Recorded:
        """
        Set the message aside for a person, who is told.
        """
        decided = Triage(Action.HOLD, reason)
        row = await self._write_message(None, decided, silence=reason)
        held = await self._write_held(row, reason, detail)
        event = Event(name="message_held", cause="message", reason=reason)
        await casefile.add_events(self.tx, None, [event], self.now)
        letters = self._held_letters(reason, held.id)
        rows = await post.write(self.tx, None, letters, self.office, self.now)
        return self._named(
            Recorded(reason=reason, letters=tuple(each.template for each in rows)), decided
        )

    def _held_letters(self, reason: str, held_id: int) -> list[Letter]:
        firm = self.office.firm
        sender = self.intake.message.sender
        writer = firm.people.by_address(sender.email) if sender else None
        if reason in wording.HELD_STAFF and writer is not None:
            return [
                Letter(
                    template="held",
                    to=Address(name=writer.name, email=writer.email),
                    occasion=f"held.{held_id}",
                    to_staff=True,
                    facts={
                        "why": wording.HELD_STAFF[reason],
                        "held_id": str(held_id),
                        "todo": list(wording.HELD_STAFF_TODO),
                    },
                )
            ]
        manager = firm.people.manager(firm.calendar.local_day(self.now))
        if manager is None:
            return []
        task = wording.HELD.get(reason, wording.HELD["automatic"])
        # One a sender and day: a list that writes all day asks once.
        day = f"{firm.calendar.local_day(self.now):%Y%m%d}"
        who = _digest(sender.key if sender else "")[:16]
        return [
            Letter(
                template="task",
                to=Address(name=manager.name, email=manager.email),
                occasion=f"held.{reason}.{who}.{day}",
                to_staff=True,
                facts={"what": task.what, "why": task.why, "todo": list(task.todo)},
            )
        ]

    async def _write_held(self, row: MessageRow, reason: str, detail: str) -> HeldRow:
        attempts = self.intake.attempt.number
        fresh = {"at": self.now, "reason": reason, "detail": detail, "attempts": attempts}
        held, is_new = await HeldRow.get_or_create(
            message_id=row.id, defaults=fresh, using_db=self.tx
        )
        if not is_new:
            held.update_from_dict(
                {"reason": reason, "detail": detail, "resolved_at": None, "resolution": ""}
            )
            held.attempts += 1
            await held.save(using_db=self.tx)
        return held

    async def _write_message(
        self, serial: int | None, decided: Triage, silence: str = ""
    ) -> MessageRow:
        read = self.intake.message
        message_id = read.message_id or ""
        made_of_it = {
            "case_id": serial,
            "ledger_id": self.intake.attempt.ledger_id,
            "received_at": read.received_at,
            "recorded_at": self.now,
            "message_id": message_id[:1000],
            "message_id_key": canonical(message_id)[:LONGEST_KEY],
            "identity": identity(read),
            "text_digest": text_digest(read),
            "sender": read.sender.email[:320] if read.sender else "",
            "subject": read.subject,
            "text": read.text,
            "attachments": [each.name for each in read.attachments],
            "kind": self.classification.kind,
            "rule": self.classification.rule,
            "evidence": self.named.evidence.label,
            "decision": decided.reason[:64],
            "silence": silence,
            "copy_of": self.twin.id if self.twin else None,
        }
        if self.intake.again is None:
            content = await Content.create(
                using_db=self.tx,
                octets=self.intake.content,
                sha256=hashlib.sha256(self.intake.content).hexdigest(),
                size=len(self.intake.content),
            )
            row = await MessageRow.create(using_db=self.tx, content_id=content.id, **made_of_it)
        else:
            row = await MessageRow.get(id=self.intake.again, using_db=self.tx)
            await row.update_from_dict(made_of_it).save(using_db=self.tx)
        if (state := self._ledger_state(decided)) is not LedgerState.RECORDED:
            await ledger.turn(self.tx, self.intake.attempt.ledger_id, state)
        return row

    def _ledger_state(self, decided: Triage) -> LedgerState:
        if not self.intake.is_whole:
            return LedgerState.LEFT
        return LedgerState.HELD if decided.action is Action.HOLD else LedgerState.RECORDED

    def _named(self, recorded: Recorded, decided: Triage) -> Recorded:
        return replace(
            recorded,
            action=decided.action,
            kind=self.classification.kind,
            evidence=self.named.evidence.label,
            silence=recorded.silence or _silence(decided),
        )


def _silence(decided: Triage) -> str:
    """
    Why the sender gets no automatic answer: every silence has a name.
    """
    return "" if decided.action in {Action.OPEN, Action.RELAY} else decided.reason


def _is_own(address: str, own: frozenset[str]) -> bool:
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" in own


async def _first_words(tx: Tx, serial: int) -> str:
    row = await MessageRow.filter(case_id=serial).using_db(tx).order_by("id").first()
    return row.text if row else ""


async def _acknowledged(tx: Tx, sender: str, now: datetime) -> Acknowledged:
    """
    The acknowledgements of late, from the outbox: the counts survive a restart.
    """
    decided = OutboxRow.filter(template="acknowledgement").exclude(status=Status.WITHHELD)
    to_them = cast(
        "list[tuple[datetime]]",
        await decided.filter(recipient_key=sender, created_at__gt=now - _DAY)
        .using_db(tx)
        .values_list("created_at"),
    )
    return Acknowledged(
        address_last_hour=sum(1 for (at,) in to_them if at > now - _HOUR),
        address_last_day=len(to_them),
        everyone_last_hour=await decided.filter(created_at__gt=now - _HOUR).using_db(tx).count(),
    )


async def _busy(tx: Tx) -> Mapping[str, int]:
    """
    Cases in work by handler address.
    """
    counted = cast(
        "list[tuple[str, int]]",
        await CaseRow.filter(state__in=(State.OPEN, State.AWAITING_CONFIRMATION))
        .using_db(tx)
        .annotate(cases=Count("serial"))
        .group_by("handler_email")
        .values_list("handler_email", "cases"),
    )
    return dict(counted)
