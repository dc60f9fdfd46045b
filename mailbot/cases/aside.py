"""
What the firm's people are told of mail that is set aside, or that belongs to no case.
"""

from datetime import datetime

from mailbot.cases import wording
from mailbot.cases.firm import Firm
from mailbot.cases.model import Handler, Letter
from mailbot.mail.message import Address, InboundMessage


def held_letters(
    reason: str, held_id: int, message: InboundMessage, firm: Firm, now: datetime
) -> tuple[Letter, ...]:
    """
    Who has to know that a message is held: the handler in whose name it came,
    at the address in handlers.toml, else the manager.
    """
    sender = message.sender
    writer = firm.people.by_address(sender.email) if sender else None
    if reason in wording.HELD_STAFF and writer is not None:
        return (_to_the_real_handler(reason, held_id, writer),)
    manager = firm.people.manager(firm.calendar.local_day(now))
    if manager is None:
        return ()
    task = wording.HELD.get(reason, wording.HELD["automatic"])
    # One a reason, sender and day: a list that writes all day asks once. What names no
    # sender, or several cases, may be somebody else each time.
    day = f"{firm.calendar.local_day(now):%Y%m%d}.{sender.key}" if sender else ""
    is_each_its_own = not sender or reason == "names_several_cases"
    about = f"from {sender.email}" if sender else "without a sender"
    return (
        Letter(
            template="task",
            to=Address(name=manager.name, email=manager.email),
            occasion=f"held.{reason}.{held_id if is_each_its_own else day}"[:128],
            to_staff=True,
            facts={
                "what": task.what,
                "why": f'{task.why} (held message {held_id}, {about}, "{message.subject[:80]}")',
                "todo": list(task.todo),
            },
        ),
    )


def _to_the_real_handler(reason: str, held_id: int, writer: Handler) -> Letter:
    return Letter(
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


def receipt_without_case(
    writer: Handler, occasion: str, text: str, in_reply_to: str | None
) -> Letter:
    """
    The answer to a handler who answered a mail that belongs to no case.
    """
    outcome, why, instead = wording.RECEIPTS["nothing_to_answer"]
    return Letter(
        template="receipt",
        to=Address(name=writer.name, email=writer.email),
        occasion=occasion,
        to_staff=True,
        is_reply=True,
        in_reply_to=in_reply_to,
        facts={"outcome": outcome, "why": why, "instead": instead, "original": text},
    )
