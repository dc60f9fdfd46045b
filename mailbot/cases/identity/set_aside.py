"""
What the firm's people are told of mail that is set aside, or that belongs to no case.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mailbot.cases.firm import Firm
from mailbot.cases.known.arrivals import ASKED_FOR_AGAIN
from mailbot.cases.known.lately import Lately
from mailbot.cases.letter import Letter
from mailbot.cases.people.handlers import Handler
from mailbot.cases.wording import receipt_words, task_words
from mailbot.cases.wording.moments import happened
from mailbot.cases.wording.tasks import address_of, alerts, whole
from mailbot.mail.message import InboundMessage
from mailbot.mail.words import one_line

#: The reason of what waits until the handler has said whether it is meant.
TO_BE_CONFIRMED = "to_be_confirmed"

#: The occasion of the mail about one held message begins so; its number follows.
HELD_OCCASION = "held."

#: Nobody gets a mail of their own about these: the handler was asked, or it is a flood.
_TOLD_IN_THE_LIST = frozenset({TO_BE_CONFIRMED, "too_many_in_their_name"})

#: What names several cases, or did not come, may be somebody else's each time.
_EACH_ITS_OWN = frozenset({"names_several_cases", *ASKED_FOR_AGAIN})

#: Tasks of their own a day about one sender's mail and for one reason. More than that no
#: form writes for people; then once more, and the rest is in the next day's list.
MOST_TASKS = 20

#: Characters of a held mail that whoever is told of it is shown.
_MOST_SHOWN = 2_000
_LONGEST_OCCASION = 128


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """
    A message that is held, why, and under which number.
    """

    held_id: int
    reason: str
    message: InboundMessage
    #: Whether behind the same sender somebody else may write each time: a form, a voicemail.
    hides_somebody: bool = False


def held_letters(
    held: SetAside, firm: Firm, now: datetime, told_lately: Sequence[Lately] = ()
) -> tuple[Letter, ...]:
    """
    Who has to know that a message is held: the handler in whose name it came, at the
    address in handlers.toml, else the manager; and the manager in any case where somebody
    may be at risk. *told_lately* is what the manager got within a day.
    """
    sender, at_risk = held.message.sender, alerts(held.message, firm)
    writer = firm.people.by_address(sender.email) if sender else None
    manager = firm.people.manager(firm.calendar.local_day(now))
    asked: tuple[Letter, ...] = ()
    if held.reason in receipt_words.HELD_STAFF and writer is not None:
        asked = (_to_the_real_handler(held, writer, firm),)
    # Who was asked whether it is meant has read it.
    is_told = bool(asked) or held.reason in _TOLD_IN_THE_LIST
    is_read = held.reason == TO_BE_CONFIRMED or (asked and writer == manager)
    if manager is None or (is_told and (not at_risk or is_read)):
        return asked
    return (*asked, _task(held, manager, at_risk, _occasion(held, at_risk, firm, now, told_lately)))


def _occasion(
    held: SetAside, at_risk: Sequence[str], firm: Firm, now: datetime, told_lately: Sequence[Lately]
) -> str:
    """
    What makes the task unique. A list that writes all day asks once; what may be somebody
    else each time asks each time, until it is so much that no person writes it.
    """
    message = held.message
    if message.sender is None:
        return f"held.{held.reason}.{held.held_id}"[:_LONGEST_OCCASION]
    # A list that writes in its own address names its member beside it.
    those = [message.sender.key, message.sender.name, *(each.key for each in message.reply_to)]
    digest = hashlib.sha256(" ".join(those).encode("utf-8", "replace")).hexdigest()
    who = f"held.{held.reason}.{digest[:16]}"
    each_its_own = held.hides_somebody or held.reason in _EACH_ITS_OWN
    lately = sum(each.occasion.startswith(f"{who}.") for each in told_lately)
    if at_risk or (each_its_own and lately < MOST_TASKS):
        return f"{who}.{held.held_id}"
    return f"{who}.{firm.calendar.local_day(now):%Y%m%d}"


def _task(held: SetAside, manager: Handler, at_risk: Sequence[str], occasion: str) -> Letter:
    message, held_id = held.message, held.held_id
    task = task_words.HELD.get(held.reason, task_words.HELD["automatic"])
    about = f"from {message.sender.email}" if message.sender else "without a sender"
    return Letter(
        template="task",
        to=address_of(manager),
        occasion=occasion,
        to_staff=True,
        facts={
            "what": task.what,
            "why": f'{task.why} (held message {held_id}, {about}, "{message.subject[:80]}")',
            "todo": [each.format(held_id=held_id) for each in task.todo],
            "alerts": at_risk,
            "words": whole(message, message.text, _MOST_SHOWN),
        },
    )


def _to_the_real_handler(held: SetAside, writer: Handler, firm: Firm) -> Letter:
    message = held.message
    return Letter(
        template="held",
        to=address_of(writer),
        occasion=f"{HELD_OCCASION}{held.held_id}",
        to_staff=True,
        facts={
            "why": receipt_words.HELD_STAFF[held.reason],
            "held_id": str(held.held_id),
            "todo": list(receipt_words.HELD_STAFF_TODO),
            "subject": one_line(message.subject)[:200],
            "since": happened(message.received_at, firm),
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
