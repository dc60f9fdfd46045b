"""
What happens at a firm, step by step, with a mailbox and whatever relay. Each step says what it
saw, or raises Failed.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.flow.house import an_answer, id_of, reply_address, template_of, text_of
from tests.interop.firm import PATIENCE, POLL, Failed, Firm, address_of, case_of, complaint, until
from tests.servers.smtp import Received

Story = tuple[Callable[[Firm], Awaitable[str]], ...]

#: Seconds; sooner than that is by the server's own word.
TOLD = POLL / 2


async def checked(firm: Firm) -> str:
    """
    `mailbot check` says ready before the first start, and leaves no folder behind.
    """
    return await _check(firm)


async def _check(firm: Firm, **more: str) -> str:
    before = set(firm.folders())
    status, said = await firm.said("check", **more)
    if status != 0 or "ready to run" not in said:
        problems = " ".join(said.split()).partition("problem: ")[2]
        raise Failed(problems or f"exit status {status}")
    if left := set(firm.folders()) - before:
        raise Failed(f"left behind: {', '.join(sorted(left))}")
    return "ready"


async def other_names(firm: Firm) -> str:
    """
    Folders on levels, in other alphabets, and as the server itself would call them.
    """
    with firm.imap() as client:
        [(prefix, separator), *_] = client.namespace().personal
    for processed, sent in (
        ("Complaints/Dealt with", "Gesendet/Über"),
        (f"{prefix}Erledigt{separator}2026", "Отправленные"),
    ):
        await _check(firm, MAILBOT_IMAP__PROCESSED_FOLDER=processed, MAILBOT_IMAP__SENT_FOLDER=sent)
    return "ready"


async def taken_in(firm: Firm) -> str:
    """
    What waited before the start is taken in, and answered.
    """
    names = ("ada", "bob", "cyd", "dan")
    for name in names:
        await asyncio.to_thread(firm.deliver, complaint(name))
    firm.process = await firm.mailbot("run")
    for name in names:
        await _acknowledged(firm, name)
    return f"{len(names)} answered"


async def _acknowledged(firm: Firm, name: str) -> float:
    address = address_of(name)
    took = await until(
        f"acknowledgement of {name}'s", lambda: bool(firm.sent("acknowledgement", address))
    )
    [letter] = firm.sent("acknowledgement", address)
    case = case_of(letter)
    if case in firm.cases.values():
        raise Failed(f"{name}'s complaint was put into somebody's case")
    firm.cases[name] = case
    return took


async def told(firm: Firm) -> str:
    """
    The server says that mail has come, or it is found at the next look.
    """
    # It has to rest first.
    await asyncio.sleep(2)
    await asyncio.to_thread(firm.deliver, complaint("eve"))
    took = await _acknowledged(firm, "eve")
    if took > POLL + TOLD:
        raise Failed(f"after {took:.0f} s, later than it looks by itself")
    return f"{'IDLE' if took < TOLD else 'next look'}, {took:.1f} s"


async def relayed(firm: Firm) -> str:
    """
    A handler's plain answer goes to the customer.
    """
    await until("assignment", lambda: any(_assignments(firm, "ada")))
    [assignment] = _assignments(firm, "ada")
    handler = assignment.rcpt_to[0]
    answer = an_answer(
        assignment, "Dear Ada,\nyour line is mended.", sender=f"A handler <{handler}>"
    )
    await asyncio.to_thread(firm.deliver, answer)
    await until("relayed answer", lambda: bool(firm.sent("handler-reply", address_of("ada"))))
    [relay] = firm.sent("handler-reply", address_of("ada"))
    if "your line is mended" not in text_of(relay):
        raise Failed("the handler's words are not in it")
    return "to the customer"


def _assignments(firm: Firm, name: str) -> list[Received]:
    return [
        each
        for each in firm.letters
        if template_of(each) == "assignment" and case_of(each) == firm.cases[name]
    ]


async def threaded(firm: Firm) -> str:
    """
    A reply that has nothing of ours but the address it goes to joins its case.
    """
    [letter] = firm.sent("acknowledgement", address_of("bob"))
    reply = complaint(
        "bob",
        to=reply_address(letter),
        subject="one more thing",
        text="It is dead again.",
        message_id=address_of("again"),
    )
    before = len(firm.sent("acknowledgement", address_of("bob")))
    await asyncio.to_thread(firm.deliver, reply)

    def is_passed_on() -> bool:
        return any(
            template_of(each) == "customer-reply" and case_of(each) == firm.cases["bob"]
            for each in firm.letters
        )

    await until("word of it to the handler", is_passed_on)
    if len(firm.sent("acknowledgement", address_of("bob"))) != before:
        raise Failed("it was acknowledged as a new complaint")
    return "by its reply address"


async def restarted(firm: Firm) -> str:
    """
    The server goes and comes back while mailbot runs.
    """
    firm.away.add("imap")
    await asyncio.to_thread(firm.server.restart)
    await asyncio.to_thread(firm.deliver, complaint("fay"))
    took = await _acknowledged(firm, "fay")
    return f"answered after {took:.0f} s"


async def filed(firm: Firm) -> str:
    """
    All that was recorded lies in the processed folder once, and nothing in the INBOX.
    """
    expected = firm.delivered
    await until("empty INBOX", lambda: not firm.folders()["INBOX"], 2 * PATIENCE)
    found = await asyncio.to_thread(firm.holding, "Processed")
    if len(found) != expected or len({id_of(each) for each in found}) != expected:
        raise Failed(f"{len(found)} messages instead of {expected}")
    return f"{expected} messages"


async def copied(firm: Firm) -> str:
    """
    Every letter lies in the sent folder, once.
    """

    def ids() -> set[str]:
        return {id_of(each) for each in firm.letters}

    def lacking() -> set[str]:
        return ids() ^ {id_of(each) for each in firm.holding("Sent")}

    await until("copy of each letter", lambda: not lacking(), 2 * PATIENCE)
    found = await asyncio.to_thread(firm.holding, "Sent")
    if len(found) != len(ids()):
        raise Failed(f"{len(found)} copies of {len(ids())} letters")
    return f"{len(found)} letters"


async def set_aside(firm: Firm) -> str:
    """
    One message whose file the server cannot open keeps nobody else from an answer, is set
    aside, and what the server gives in its place is nobody's complaint.
    """
    await firm.stop()
    for name in ("hal", "ivy"):
        await asyncio.to_thread(firm.deliver, complaint(name))
    [file] = _files(firm.server.folder, f"<{address_of('hal')}>".encode())
    file.chmod(0)
    firm.process = await firm.mailbot("run")
    await _acknowledged(firm, "ivy")
    await until(
        "word of it in the log",
        lambda: any(each["event"] == "message_set_aside" for each in firm.logged()),
    )
    _, said = await firm.said("held", "list", "--json")
    [held] = json.loads(said)["held"]
    # Where the server still tells who wrote it, he is answered; its own notice is nobody's.
    if strange := [each for each in firm.letters if "localhost" in each.rcpt_to[0]]:
        raise Failed(f"mail went to {strange[0].rcpt_to[0]}")
    return str(held["reason"])


def _files(folder: Path, message_id: bytes) -> list[Path]:
    """
    The message as the server keeps it, without its notes on messages.
    """
    return [
        each
        for each in folder.rglob("*")
        if each.is_file()
        and not each.name.startswith(("cyrus.", "dovecot"))
        and b"Message-ID: " + message_id in each.read_bytes()
    ]


async def left_in_place(firm: Firm) -> str:
    """
    With no processed folder a message stays, is flagged, and is not taken in again.
    """
    await firm.stop()
    firm.process = await firm.mailbot("run", MAILBOT_IMAP__PROCESSED_FOLDER="")
    await asyncio.to_thread(firm.deliver, complaint("gus"))
    await _acknowledged(firm, "gus")

    def is_flagged() -> bool:
        with firm.imap() as client:
            client.select_folder("INBOX", readonly=True)
            return bool(client.search("SEEN"))

    await until("flag", is_flagged)
    return "flagged"


#: What is said of a message that is not handed out.
_OF_ONE_MESSAGE = {"messages_not_fetched", "message_set_aside", "messages_set_aside"}


async def stopped(firm: Firm) -> str:
    """
    It stops when told to, and had nothing to complain of but the restart, and the message
    that was not handed out.
    """
    if status := await firm.stop():
        raise Failed(f"exit status {status}")
    wrong = [
        each
        for each in firm.logged()
        if each["level"] == "error"
        and each["event"] not in _OF_ONE_MESSAGE
        and each.get("part") not in firm.away
    ]
    if wrong:
        raise Failed(
            ", ".join(
                " ".join(str(each[key]) for key in ("event", "part", "reason") if key in each)
                for each in wrong
            )
        )
    return "cleanly"


MAILBOX_STORY: Story = (
    checked,
    other_names,
    taken_in,
    told,
    relayed,
    threaded,
    restarted,
    filed,
    copied,
    set_aside,
    left_in_place,
    stopped,
)
