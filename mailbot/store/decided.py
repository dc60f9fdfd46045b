"""
Decide, compose, record: the heart of every transaction.
"""

from dataclasses import dataclass
from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decide import decide
from mailbot.cases.identity.triage import Vouched
from mailbot.cases.letter import Letter
from mailbot.cases.triggers import CaseAbsorbed, CommandsGiven, StaffAnswered, Trigger
from mailbot.store import absences, casefile, outbox, post
from mailbot.store.database import Tx
from mailbot.store.office import Office


@dataclass(frozen=True)
class LetGo:
    """
    A held message that may go on by the word of a person, and the receipt that they
    get where nothing else tells them what became of it.
    """

    held_id: int
    vouched: Vouched
    receipt: Letter


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """
    What became of a message, a deadline or a letter, for the log and the next worker.
    """

    reason: str
    action: str = ""
    kind: str = ""
    evidence: str = ""
    case: str = ""
    letters: tuple[str, ...] = ()
    silence: str = ""
    #: The template of a mail to one of our people that it brought back; "" = of none.
    unreached: str = ""
    #: What commands are answered with, or why they were refused.
    answer: str = ""
    refusal: str = ""
    #: The case as it stands then.
    after: Case | None = None
    #: What goes on in the same transaction.
    lets_go: LetGo | None = None


#: A second sight of what is ours already.
ALREADY_OURS = Recorded(reason="already_ours", silence="already_ours")


async def decided(tx: Tx, case: Case, trigger: Trigger, office: Office, now: datetime) -> Recorded:
    """
    Everything that follows from *trigger* for *case*, which is locked, written.
    """
    office = await absences.known_to(tx, office, now)
    decision = decide(case, trigger, office.firm, now)
    after = await casefile.write(
        tx, case, decision, now, keyring=office.keyring, chance=office.chance
    )
    if decision.withdraws:
        await outbox.withdraw(tx, case.serial, decision.withdraws, "made_pointless")
    if decision.frees_withheld:
        await outbox.free_withheld(tx, case.serial)
    rows = await post.write(tx, after, decision.letters, office, now, is_new=case.is_new)
    if decision.merged_into and isinstance(trigger, (CommandsGiven, StaffAnswered)):
        other = await casefile.with_steps(tx, case)
        absorbed = CaseAbsorbed(other=other, by=_merged_by(trigger), occasion=trigger.occasion)
        target = await casefile.load(tx, decision.merged_into, office.firm)
        await casefile.merge(tx, case.serial, target.serial)
        await decided(tx, target, absorbed, office, now)
    return Recorded(
        reason=decision.reason,
        case=case.reference,
        letters=tuple(row.template for row in rows),
        answer=decision.answer,
        refusal=decision.refusal,
        after=after,
    )


def _merged_by(trigger: CommandsGiven | StaffAnswered) -> str:
    return trigger.by if isinstance(trigger, CommandsGiven) else trigger.writer.name
