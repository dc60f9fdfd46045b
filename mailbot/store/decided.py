"""
Decide, compose, record: the heart of every transaction.
"""

from dataclasses import dataclass
from datetime import datetime

from mailbot.cases.decide import decide
from mailbot.cases.model import Case
from mailbot.cases.triggers import Trigger
from mailbot.store import casefile, post
from mailbot.store.database import Tx
from mailbot.store.office import Office


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
    #: What commands are answered with, or why they were refused.
    answer: str = ""
    refusal: str = ""
    #: The case as it stands then.
    after: Case | None = None


#: A second sight of what is ours already.
ALREADY_OURS = Recorded(reason="already_ours", silence="already_ours")


async def decided(tx: Tx, case: Case, trigger: Trigger, office: Office, now: datetime) -> Recorded:
    """
    Everything that follows from *trigger* for *case*, which is locked, written.
    """
    decision = decide(case, trigger, office.firm, now)
    await casefile.write(tx, case, decision, now)
    after = decision.applied_to(case)
    rows = await post.write(tx, after, decision.letters, office, now, is_new=case.is_new)
    return Recorded(
        reason=decision.reason,
        case=case.reference,
        letters=tuple(row.template for row in rows),
        answer=decision.answer,
        refusal=decision.refusal,
        after=after,
    )
