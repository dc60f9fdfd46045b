"""
Case by case: who was answered when by the people, when by mailbot, and where mailbot would have
been wrong.

A mail of the people belongs to the case whose mail it answers by its ids; without them, to the
latest case of whom it went to. What nobody can tell from a sent folder, a telephone call or an
answer from a handler's own mailbox, counts as not done: the person who reads this knows better.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailbot.cases.obligation import ObligationState
from mailbot.cases.shadow.known import Came, Known, Ours, Owed, ShadowCase, Theirs


class Finding(StrEnum):
    """
    What a person should look at before mailbot sends by itself.
    """

    #: mailbot would have written to somebody whom nobody answered.
    ONLY_WE = "only_we"
    #: The people answered, and mailbot would not have written.
    ONLY_THEY = "only_they"
    #: mailbot's letter would have kept a promise that the people broke.
    WE_ALONE_KEPT = "we_alone_kept"
    #: The people kept a promise that mailbot calls broken: it does not see their mail.
    THEY_ALONE_KEPT = "they_alone_kept"


#: Which letter of ours keeps which promise; the people keep each with any mail.
_KEEPS = {
    "acknowledge": ("acknowledgement",),
    "introduce": ("introduction",),
    "adr_rights": ("adr-rights", "deadlock"),
}
#: What a person's mail keeps, because it is a contact.
_BY_CONTACT = frozenset({"agree_contact", "keep_contact", "answer"})


@dataclass(frozen=True, kw_only=True)
class Compared:
    """
    One promise: whether a letter of ours, and whether a mail of theirs, would have kept it.
    """

    promise: str
    due_at: datetime
    by_us: bool
    by_them: bool


@dataclass(frozen=True, kw_only=True)
class CaseBeside:
    """
    One case; first answers are None where there was none.
    """

    reference: str
    received_at: datetime
    ours: tuple[Ours, ...]
    theirs: tuple[Theirs, ...]
    promises: tuple[Compared, ...]
    findings: tuple[Finding, ...]

    @property
    def our_first(self) -> datetime | None:
        return min((each.decided_at for each in self.ours if not each.is_kept_in), default=None)

    @property
    def their_first(self) -> datetime | None:
        return min((each.sent_at for each in self.theirs), default=None)


@dataclass(frozen=True, kw_only=True)
class Missed:
    """
    A message that mailbot would not have answered, and the people did.
    """

    received_at: datetime
    kind: str
    silence: str
    answered_at: datetime


@dataclass(frozen=True, kw_only=True)
class Shadow:
    since: datetime
    until: datetime
    cases: tuple[CaseBeside, ...]
    missed: tuple[Missed, ...]
    #: Mails in the sent folder that answer nothing that came.
    unrelated: int

    def with_finding(self, finding: Finding) -> tuple[CaseBeside, ...]:
        return tuple(each for each in self.cases if finding in each.findings)


def compare(known: Known, sent: Iterable[Theirs]) -> Shadow:
    by_id = {each.message_id: each for each in known.came if each.message_id}
    theirs: dict[str, list[Theirs]] = defaultdict(list)
    missed: dict[str, Missed] = {}
    unrelated = 0
    for mail in sorted(sent, key=lambda each: each.sent_at):
        answered = _answered(mail, by_id)
        reference = answered.reference if answered else _addressed(mail, known.cases)
        if reference:
            theirs[reference].append(mail)
        elif answered and answered.silence:
            missed.setdefault(answered.message_id, _missed(answered, mail))
        else:
            unrelated += 1
    return Shadow(
        since=known.since,
        until=known.until,
        cases=tuple(_beside(each, theirs[each.reference], known.until) for each in known.cases),
        missed=tuple(missed.values()),
        unrelated=unrelated,
    )


def _answered(mail: Theirs, by_id: dict[str, Came]) -> Came | None:
    """
    What came and is answered by it.
    """
    return next((by_id[each] for each in mail.answers if each in by_id), None)


def _addressed(mail: Theirs, cases: Sequence[ShadowCase]) -> str:
    """
    The latest case of whom it went to, that had come by then; "" where there is none.
    """
    possible = [
        each
        for each in cases
        if each.email and each.email in mail.recipients and each.received_at <= mail.sent_at
    ]
    return max(possible, key=lambda each: each.received_at).reference if possible else ""


def _missed(came: Came, mail: Theirs) -> Missed:
    return Missed(
        received_at=came.received_at,
        kind=came.kind,
        silence=came.silence,
        answered_at=mail.sent_at,
    )


def _beside(case: ShadowCase, theirs: Sequence[Theirs], until: datetime) -> CaseBeside:
    promises = tuple(_promises(case, theirs, until))
    return CaseBeside(
        reference=case.reference,
        received_at=case.received_at,
        ours=case.ours,
        theirs=tuple(theirs),
        promises=promises,
        findings=tuple(_findings(case, theirs, promises)),
    )


def _promises(case: ShadowCase, theirs: Sequence[Theirs], until: datetime) -> Iterator[Compared]:
    """
    Those whose last instant is past: of the others nobody knows yet.
    """
    for each in case.owed:
        is_compared = each.promise in _KEEPS or each.promise in _BY_CONTACT
        if not is_compared or each.due_at > until or each.state is ObligationState.WITHDRAWN:
            continue
        yield Compared(
            promise=each.promise,
            due_at=each.due_at,
            by_us=_kept_by_us(case, each),
            by_them=any(each.since <= mail.sent_at <= each.due_at for mail in theirs),
        )


def _kept_by_us(case: ShadowCase, owed: Owed) -> bool:
    """
    By what is on record here, or by a letter that would have gone.
    """
    if owed.state in {ObligationState.MET, ObligationState.MET_LATE}:
        return owed.state is ObligationState.MET
    return any(
        letter.template in _KEEPS.get(owed.promise, ())
        and not letter.is_kept_in
        and letter.decided_at <= owed.due_at
        for letter in case.ours
    )


def _findings(
    case: ShadowCase, theirs: Sequence[Theirs], promises: Sequence[Compared]
) -> Iterator[Finding]:
    we_write = any(not each.is_kept_in for each in case.ours)
    if we_write and not theirs:
        yield Finding.ONLY_WE
    if theirs and not we_write:
        yield Finding.ONLY_THEY
    if any(each.by_us and not each.by_them for each in promises):
        yield Finding.WE_ALONE_KEPT
    if any(each.by_them and not each.by_us for each in promises):
        yield Finding.THEY_ALONE_KEPT
