"""
What the firm's people are told of mail that is set aside, or that belongs to no case.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from mailbot.cases.firm import Firm
from mailbot.cases.known.arrivals import ASKED_FOR_AGAIN
from mailbot.cases.letter import Letter
from mailbot.cases.people.handlers import Handler
from mailbot.cases.wording import receipt_words, task_words
from mailbot.cases.wording.moments import in_words
from mailbot.cases.wording.tasks import address_of, whole
from mailbot.mail.message import Address, InboundMessage
from mailbot.mail.words import one_line

#: The reason of what waits until the handler has said whether it is meant.
TO_BE_CONFIRMED = "to_be_confirmed"

#: The occasion of the mail about one held message begins so; its number follows.
HELD_OCCASION = "held."

#: Nobody gets a mail of their own about these: the handler was asked, or it is a flood.
_TOLD_IN_THE_LIST = frozenset({TO_BE_CONFIRMED, "too_many_in_their_name"})

#: Characters of a held mail that its handler is shown.
_MOST_SHOWN = 2_000


def held_letters(
    reason: str, held_id: int, message: InboundMessage, firm: Firm, now: datetime
) -> tuple[Letter, ...]:
    """
    Who has to know that a message is held: the handler in whose name it came,
    at the address in handlers.toml, else the manager.
    """
    sender = message.sender
    writer = firm.people.by_address(sender.email) if sender else None
    if reason in receipt_words.HELD_STAFF and writer is not None:
        return (_to_the_real_handler(reason, held_id, message, writer, firm),)
    if reason in _TOLD_IN_THE_LIST:
        return ()
    manager = firm.people.manager(firm.calendar.local_day(now))
    if manager is None:
        return ()
    task = task_words.HELD.get(reason, task_words.HELD["automatic"])
    # One a reason, sender and day: a list that writes all day asks once. What names no
    # sender, or several cases, may be somebody else each time.
    day = f"{firm.calendar.local_day(now):%Y%m%d}.{sender.key}" if sender else ""
    is_each_its_own = not sender or reason == "names_several_cases" or reason in ASKED_FOR_AGAIN
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
                "todo": [each.format(held_id=held_id) for each in task.todo],
            },
        ),
    )


def _to_the_real_handler(
    reason: str, held_id: int, message: InboundMessage, writer: Handler, firm: Firm
) -> Letter:
    return Letter(
        template="held",
        to=address_of(writer),
        occasion=f"{HELD_OCCASION}{held_id}",
        to_staff=True,
        facts={
            "why": receipt_words.HELD_STAFF[reason],
            "held_id": str(held_id),
            "todo": list(receipt_words.HELD_STAFF_TODO),
            "subject": one_line(message.subject)[:200],
            "since": in_words(message.received_at, firm),
            "words": whole(message, message.text, _MOST_SHOWN),
        },
    )


def told(
    writer: Handler, occasion: str, in_reply_to: str | None, facts: Mapping[str, object]
) -> Letter:
    return Letter(
        template="receipt",
        to=address_of(writer),
        occasion=occasion,
        to_staff=True,
        is_reply=True,
        in_reply_to=in_reply_to,
        facts={"outcome": "", "why": "", "instead": "", "original": "", **facts},
    )


def question(
    writer: Handler, occasion: str, in_reply_to: str | None, facts: Mapping[str, object]
) -> Letter:
    """
    The fresh mail to the address in handlers.toml that asks whether something is meant.
    """
    return Letter(
        template="confirm-command",
        to=address_of(writer),
        occasion=occasion,
        to_staff=True,
        is_reply=True,
        in_reply_to=in_reply_to,
        facts={"asked": "", "direct_to": "", "sent": "", "passed_on": None, **facts},
    )


def once_a_day(writer: Handler, message: InboundMessage, text: str, firm: Firm) -> str:
    """
    The occasion of a receipt for what reads like an absence. A machine says the same each
    time, and is told so once a day: else the two would go on for ever.
    """
    day = f"{firm.calendar.local_day(message.received_at):%Y%m%d}"
    said = hashlib.sha256(f"{writer.email.lower()} {' '.join(text.split())}".encode()).hexdigest()
    return f"absence.{day}.{said[:32]}"
