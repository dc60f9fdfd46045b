"""
`mailbot check`: everything that could go wrong at start, tried, and nothing changed.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from mailbot.cases.match import Match
from mailbot.cases.triage import Action, triage
from mailbot.mail.classify import classify
from mailbot.mail.compose import TemplateProblem
from mailbot.mail.message import InboundMessage, Kind
from mailbot.mail.parse import parse
from mailbot.mail.scan import Malformed
from mailbot.service import KeyFileProblem, courier, firm, read_keys, source, stationery
from mailbot.settings import ConfigurationProblems, Settings, load
from mailbot.store import ledger, outbox
from mailbot.store.database import DatabaseFault, database, is_new
from mailbot.store.office import surroundings
from mailbot.transport.imap import ImapFault, ImapSource
from mailbot.transport.smtp import SmtpFault

_BATCH = 50


@dataclass
class Report:
    """
    What was found. Problems keep mailbot from working; warnings do not.
    """

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    settings: Settings | None = None


async def check(folder: Path, environ: Mapping[str, str]) -> Report:
    """
    Try everything that `run` needs. Sends and changes nothing.
    """
    report = Report()
    try:
        settings = load(folder, environ)
    except ConfigurationProblems as wrong:
        report.problems += wrong.problems
        return report
    report.settings = settings
    report.warnings += settings.warnings(datetime.now(UTC).astimezone(settings.zone).date())
    try:
        stationery(settings)
    except TemplateProblem as wrong:
        report.problems += [f"templates: {each}" for each in wrong.problems]
    known = await _database(settings, report)
    await _smtp(settings, report)
    await _imap(settings, report, known)
    return report


async def _database(settings: Settings, report: Report) -> set[tuple[int, int]]:
    """
    The (uid_validity, uid) pairs that are ours already.
    """
    url = settings.database.url.get_secret_value()
    if is_new(url):
        report.facts.append("database: will be made at the first run")
        return set()
    try:
        async with database(url, may_change=False):
            needed = await outbox.signing_keys()
            read_keys(settings.service.token_key_file, settings, needed)
            report.facts.append("database: reached")
            return await ledger.ours(settings.imap.folder)
    except (DatabaseFault, KeyFileProblem) as wrong:
        report.problems.append(str(wrong))
        return set()


async def _smtp(settings: Settings, report: Report) -> None:
    line = courier(settings)
    try:
        await line.connect()
        report.facts.append("smtp: logged in" if settings.smtp.username else "smtp: reached")
    except SmtpFault as wrong:
        report.problems.append(f"smtp: {wrong}")
    finally:
        await line.close()


async def _imap(settings: Settings, report: Report, known: set[tuple[int, int]]) -> None:
    mailbox = source(settings)
    try:
        waiting = 0
        answered = 0
        async for message in _unknown(mailbox, settings, known):
            waiting += 1
            answered += message is not None and _would_be_acknowledged(message, settings)
        report.facts.append(
            f"imap: logged in; {waiting} messages wait, {answered} of them would open a case"
            " and be acknowledged"
        )
    except ImapFault as wrong:
        report.problems.append(f"imap: {wrong}")
    finally:
        await mailbox.close()


async def _unknown(
    mailbox: ImapSource, settings: Settings, known: set[tuple[int, int]]
) -> AsyncIterator[InboundMessage | None]:
    """
    Every waiting message that is not ours yet; None for one that cannot be read.
    """
    look = await mailbox.look()
    fresh = [each for each in look.waiting if (look.uid_validity, each.uid) not in known]
    small = [each for each in fresh if each.size <= settings.imap.max_message]
    for _ in range(len(fresh) - len(small)):
        yield None
    for start in range(0, len(small), _BATCH):
        for each in await mailbox.fetch(small[start : start + _BATCH]):
            try:
                yield parse(each.content, received_at=each.received_at)
            except Malformed:
                yield None


def _would_be_acknowledged(message: InboundMessage, settings: Settings) -> bool:
    ours = firm(settings)
    around = surroundings(ours, is_our_id=lambda _: False, authserv_id=settings.service.authserv_id)
    classification = classify(message, around)
    decided = triage(message, classification, Match(), None, ours)
    return decided.action is Action.OPEN and classification.kind is Kind.PERSON
