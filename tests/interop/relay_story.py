"""
What happens at a firm because of its relay. Each step says what it saw, or raises Failed.
"""

import asyncio
import json
import smtplib
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from mailbot.mail.outcome import Deferred, Outcome, Refused
from mailbot.transport.smtp import Courier
from mailbot.transport.smtp_answers import ABOUT_THE_RECIPIENT, refusal
from mailbot.transport.smtp_session import SmtpAccount
from tests.flow.house import SERVICE, id_of, template_of
from tests.interop.firm import (
    PATIENCE,
    Failed,
    Firm,
    address_of,
    case_of,
    complaint,
    until,
)
from tests.interop.story import (
    Story,
    checked,
    copied,
    filed,
    relayed,
    stopped,
    taken_in,
    threaded,
)
from tests.servers.dovecot import PASSWORD
from tests.servers.postfix import SIZE_LIMIT, UNKNOWN
from tests.servers.smtp import Received
from tests.servers.unpacked_relay import USER

#: What follows from a new complaint, at once: two to the customer, one to a handler.
_LETTERS = {"acknowledgement", "introduction", "assignment"}


async def relay_restarted(firm: Firm) -> str:
    """
    The relay is killed among the letters: those that wait go when it is there again, once, and
    none under a second id.
    """
    names = [f"rush{number}" for number in range(10)]
    before = len(firm.letters)
    for name in names:
        await asyncio.to_thread(firm.deliver, complaint(name))
    await until("first of the letters", lambda: len(firm.letters) > before)
    firm.away.add("smtp")
    await asyncio.to_thread(firm.relay.stop)
    try:
        # One that finds it gone, however quick the others were.
        names.append("late")
        await asyncio.to_thread(firm.deliver, complaint("late"))
        await until("word of it in the log", lambda: any(map(_is_away, firm.logged())))
    finally:
        await asyncio.to_thread(firm.relay.start)

    def are_all_there() -> bool:
        sent = {(case_of(each), template_of(each)) for each in firm.letters}
        cases = {case_of(each) for name in names for each in _acknowledgements(firm, name)}
        return len(cases) == len(names) and all((c, t) in sent for c in cases for t in _LETTERS)

    uncertain = await _retried(firm)
    took = await until("rest of the letters", are_all_there, 3 * PATIENCE)
    notes = [f"the rest after {took:.0f} s"]
    notes += [f"{uncertain} retried"] if uncertain else []
    notes += [f"{twice} twice"] if (twice := _said_again(firm)) else []
    return ", ".join(notes)


async def _retried(firm: Firm) -> int:
    """
    How many were cut inside their content, where nobody can know: they wait longer than we,
    unless a person says that they shall go.
    """
    _, said = await firm.said("outbox", "list", "--json")
    letters = json.loads(said)["outbox"]
    uncertain = [str(each["id"]) for each in letters if each["status"] == "uncertain"]
    for each in uncertain:
        await firm.said("outbox", "retry", each)
    return len(uncertain)


def _acknowledgements(firm: Firm, name: str) -> list[Received]:
    return firm.sent("acknowledgement", address_of(name))


def _is_away(line: dict[str, object]) -> bool:
    return line.get("part") == "smtp" or line["event"] == "letter_deferred"


def _said_again(firm: Firm) -> int:
    """
    How many came twice with the same id, which is what a kill may cost; Failed for any that
    came with a second one.
    """
    ids: dict[tuple[str, str, str], set[str]] = {}
    for each in firm.letters:
        if (template := template_of(each)) in _LETTERS:
            ids.setdefault((template, each.rcpt_to[0], case_of(each)), set()).add(id_of(each))
    if doubled := [template for (template, *_), found in ids.items() if len(found) > 1]:
        raise Failed(f"twice, under another id: {', '.join(doubled)}")
    return sum(times > 1 for times in Counter(map(id_of, firm.letters)).values())


async def wrong_password(firm: Firm) -> str:
    """
    `mailbot check` says that it is the login, and which key to look at.
    """
    if firm.tls == "none":
        return "it asks for none"
    status, said = await firm.said("check", MAILBOT_SMTP__PASSWORD="wrong")
    problem = " ".join(said.split()).partition("problem: ")[2]
    if status == 0 or "[smtp] username and password" not in problem:
        raise Failed(problem or f"exit status {status}")
    return problem.partition(": ")[2].partition(";")[0]


async def no_login(firm: Firm) -> str:
    """
    `mailbot check` says that none is made, though the server takes MAIL without.
    """
    if firm.tls == "none":
        return "it asks for none"
    _, said = await firm.said("check", MAILBOT_SMTP__USERNAME="", MAILBOT_SMTP__PASSWORD="")
    if "[smtp] username" not in " ".join(said.split()):
        raise Failed("nothing was said")
    return "named"


async def unknown_recipient(firm: Firm) -> str:
    """
    Final where the server says by its status that there is no such mailbox (RFC 3463 §3.2),
    else deferred, and nobody else waits for it.
    """
    code, text = await asyncio.to_thread(_said_to_recipient, firm, UNKNOWN)
    outcome = await _delivered(firm, b"Subject: x\r\n\r\nx\r\n", UNKNOWN)
    status = text.split(maxsplit=1)[0]
    match outcome:
        case Refused(too_big=False) if status in ABOUT_THE_RECIPIENT:
            return f"final ({code} {status})"
        case Deferred(may_be_theirs=True, channel=False) if status not in ABOUT_THE_RECIPIENT:
            return f"deferred ({code}, no status)"
    raise Failed(f"{code} {text}: {outcome}")


async def too_large(firm: Firm) -> str:
    """
    Final, by the limit that the server announced and by its own words alike (RFC 1870).
    """
    content = b"Subject: x\r\n\r\n" + b"x" * 70 + (b"\r\n" + b"x" * 70) * (SIZE_LIMIT // 60)
    outcome = await _delivered(firm, content, address_of("ada"))
    command, code, text = await asyncio.to_thread(_said_to_content, firm, content)
    for each in (outcome, refusal(command, code, text)):
        if not isinstance(each, Refused) or not each.too_big:
            raise Failed(f"{command} answered {code} {text}: {each}")
    return f"final ({code} to {command})"


async def bounced(firm: Firm) -> str:
    """
    The relay takes a letter that the next server does not, and its word of that is read.
    """
    firm.sink.answer("RCPT", "550 5.1.1 no such person here", recipient=address_of("gone"))
    await asyncio.to_thread(firm.deliver, complaint("gone"))
    # The digest of a morning is about none.
    known = {"", *map(case_of, firm.letters)}
    await until("case of it", lambda: bool({*map(case_of, firm.letters)} - known))
    [case] = {*map(case_of, firm.letters)} - known
    found: list[str] = []
    for _ in range(int(PATIENCE / 2)):
        _, said = await firm.said("case", case, "--json")
        found = [each["status"] for each in json.loads(said)["messages"] if each["status"]]
        if "bounced" in found:
            return "read as such"
        await asyncio.sleep(1)
    raise Failed(f"its letters are {', '.join(found)}")


async def _delivered(firm: Firm, content: bytes, recipient: str) -> Outcome:
    """
    What mailbot makes of it.
    """
    certificate = firm.relay.certificate
    account = SmtpAccount(
        host=firm.relay.host,
        port=firm.smtp_port,
        tls=firm.tls,
        username="" if firm.tls == "none" else USER,
        password=PASSWORD,
        sender=SERVICE,
        cafile=str(certificate.cert) if certificate else None,
    )
    courier = Courier(account)
    try:
        return await courier.deliver(content, recipient)
    finally:
        await courier.close()


def _said_to_recipient(firm: Firm, recipient: str) -> tuple[int, str]:
    with _conversation(firm) as smtp:
        smtp.mail(SERVICE)
        code, text = smtp.rcpt(recipient)
        return code, text.decode()


def _said_to_content(firm: Firm, content: bytes) -> tuple[str, int, str]:
    """
    The command at which the server finds it too large, and its answer.
    """
    with _conversation(firm) as smtp:
        code, text = smtp.docmd(f"MAIL FROM:<{SERVICE}> SIZE={len(content)}")
        if code >= 300:
            return "MAIL", code, text.decode()
        smtp.rcpt(address_of("ada"))
        code, text = smtp.data(content)
        return "DATA", code, text.decode()


@contextmanager
def _conversation(firm: Firm) -> Iterator[smtplib.SMTP]:
    """
    Logged in, where one has to be; the words there are the server's own.
    """
    certificate = firm.relay.certificate
    trusting = ssl.create_default_context(cafile=str(certificate.cert) if certificate else None)
    here = (firm.relay.host, firm.smtp_port)
    smtp: smtplib.SMTP
    if firm.tls == "implicit":
        smtp = smtplib.SMTP_SSL(*here, context=trusting, timeout=PATIENCE)
    else:
        smtp = smtplib.SMTP(*here, timeout=PATIENCE)
    with smtp:
        if firm.tls == "starttls":
            smtp.starttls(context=trusting)
        smtp.ehlo()
        if firm.tls != "none":
            smtp.login(USER, PASSWORD)
        yield smtp


RELAY_STORY: Story = (
    checked,
    taken_in,
    relayed,
    threaded,
    relay_restarted,
    filed,
    copied,
    wrong_password,
    no_login,
    unknown_recipient,
    too_large,
    bounced,
    stopped,
)
