"""
Everything that could go wrong at start, tried, and nothing changed.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from mailbot.cases.known.arrivals import NOT_OURS_YET
from mailbot.cases.known.clock import Doubt
from mailbot.cases.promises.clock_trust import LEAP, doubt, is_put_right
from mailbot.cases.promises.recalculate import is_on_a_day_off
from mailbot.cli.check.forecast import Outlook
from mailbot.cli.check.login import try_token, what_ends
from mailbot.cli.check.server import about_clocks, about_workers, told
from mailbot.cli.shown.lines import counted
from mailbot.health.facts import at_work
from mailbot.letters.templates import TemplateProblem
from mailbot.mail.message import InboundMessage
from mailbot.mail.outcome import Deferred
from mailbot.mail.reading.confined import read_in_bounds
from mailbot.mail.reading.scan import Malformed
from mailbot.mail.signed_ids import Keyring
from mailbot.service import (
    at_home,
    courier,
    office_with,
    packaged,
    source,
    stationery,
    tokens,
    utc_now,
    works_by,
)
from mailbot.settings import ConfigurationProblems, Settings, load
from mailbot.settings.load import CODE_FILE, HANDLERS_FILE, SERVERS_FILE
from mailbot.signing_keys import KeyFileProblem, may_be_there, read_keys
from mailbot.store import control, ledger, outbox, presence, query, standstill, wellbeing
from mailbot.store.database import (
    DatabaseFault,
    NoTablesYet,
    as_found,
    as_it_is,
    database,
    empty,
    is_new,
)
from mailbot.store.home import moved
from mailbot.store.server_facts import server_facts
from mailbot.store.soundness import TRIAL, free_space, look_through, try_to_write
from mailbot.transport.imap import ImapSource
from mailbot.transport.mailbox import ImapFault
from mailbot.transport.oauth2.tokens import Tokens
from mailbot.transport.smtp_session import SmtpFault
from mailbot.workers.fetching import Fetching

_BATCH = 50
_MB = 1024 * 1024
#: Octets free on the disk of the database: some weeks of mail.
_SCARCE = 200 * _MB
#: Seconds for which the file of the database is looked through.
_LOOKED_THROUGH = 20.0
#: Of the cases that something is said of so many are named.
_NAMED = 10
#: Of the messages that wait so many are read: some seconds, and not some minutes.
_READ = 2_000
FILES = (SERVERS_FILE, CODE_FILE, HANDLERS_FILE)


@dataclass
class Report:
    """
    What was found. Problems keep mailbot from working; warnings do not.
    """

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    settings: Settings | None = None
    #: What the first round would do with the mail that waits, by name.
    mailbox: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Memory:
    """
    What the database says of the mailbox.
    """

    keyring: Keyring | None = None
    #: Where it is; "" = there is none, or it cannot be had.
    url: str = ""


async def check(folder: Path, environ: Mapping[str, str], *, with_an_alarm: bool = False) -> Report:
    """
    Try everything that `run` needs. Sends and changes nothing, but for a test alarm where
    somebody wants one.
    """
    report = Report()
    try:
        settings = load(folder, environ)
    except ConfigurationProblems as wrong:
        report.problems += wrong.problems
        report.warnings.append("the servers, the database and the templates were not tried yet")
        if not all((folder / name).exists() for name in FILES):
            report.facts.append(f"the example files are in {packaged('config')}")
        return report
    report.settings = settings
    report.facts.append(
        f"configuration: {len(settings.people.handlers)} people, rulebook"
        f" {settings.rulebook.version}"
    )
    today = datetime.now(UTC).astimezone(settings.zone).date()
    report.facts += settings.face.facts()
    report.warnings += settings.warnings(today)
    _templates(settings, report)
    memory = await _database(settings, report)
    by = tokens(settings)
    has_token = by is None or await _tokens(by, settings, report, today)
    if has_token or settings.smtp.auth != "oauth2":
        await _smtp(settings, report, by)
    if has_token or settings.imap.auth != "oauth2":
        await _imap(settings, report, memory, by)
    if with_an_alarm or settings.alarm.ways:
        await _alarms(settings, report, with_a_test=with_an_alarm)
    return report


async def _alarms(settings: Settings, report: Report, *, with_a_test: bool) -> None:
    # What it stands on costs half a second.
    from mailbot.cli.check.alarm import try_alarms

    facts, problems = await asyncio.to_thread(try_alarms, settings, with_a_test=with_a_test)
    report.facts += facts
    report.problems += problems


async def _tokens(by: Tokens, settings: Settings, report: Report, today: date) -> bool:
    """
    Whether there is an access token: without one no server need be asked.
    """
    warnings, ended = what_ends(by, settings, today)
    report.warnings += warnings
    facts, problems = await try_token(by)
    report.facts += facts
    # What has ended explains why there is no token, and is told first.
    report.problems += [*ended, *problems]
    if by.clock:
        at, seconds = by.clock
        since = timedelta(seconds=time.monotonic() - seconds)
        report.warnings += about_clocks(utc_now(), endpoint=at + since)
    return bool(facts)


def _templates(settings: Settings, report: Report) -> None:
    try:
        stationery(settings)
        report.facts.append("templates: every mail can be written")
    except TemplateProblem as wrong:
        report.problems += [f"templates: {each}" for each in wrong.problems]


async def _database(settings: Settings, report: Report) -> _Memory:
    url = settings.database.url.get_secret_value()
    try:
        if is_new(url):
            _new_database(Path(url.removeprefix("sqlite://")), report)
            _keys(settings, [], report)
            return _Memory()
        _room(url, report)
        look_through(url, within=_LOOKED_THROUGH)
        if not await _has_tables(url, report):
            _keys(settings, [], report)
            return _Memory()
        async with database(url, may_change=False):
            await standstill.refuse_elsewhere()
            keyring = _keys(settings, await outbox.signing_keys(), report)
            await try_to_write()
            report.facts.append("database: reached, and it takes what is written")
            await _server(report)
            now = utc_now()
            report.warnings += about_clocks(now, database=await control.servers_clock())
            report.facts += about_workers(await presence.at_work(await control.common_clock(now)))
            report.warnings += await _differing(settings, now)
            report.problems += _orphans(await query.handlers_at_work(), settings)
            if found := await moved(await at_home(settings)):
                report.warnings.append(
                    f"database: it is a copy, or has moved ({found}): nothing is sent from here"
                    " until mailbot resume"
                )
            if restored := await standstill.marked(standstill.RESTORED):
                report.warnings.append(
                    f"database: restored as it was at {restored['made_at']}: mailbot run catches"
                    " up with the mailbox before anything is sent"
                )
            report.warnings += [*await _clock(), *_days_off(await query.open_promises(), settings)]
            return _Memory(keyring, url)
    except (DatabaseFault, KeyFileProblem) as wrong:
        report.problems.append(str(wrong))
        return _Memory()


async def _differing(settings: Settings, now: datetime) -> list[str]:
    """
    Those at work by something else than the configuration that is looked at.
    """
    ours = works_by(settings)
    found = []
    for each in at_work(await wellbeing.memory(now), now):
        told = each.told.works_by
        if names := [name for name, digest in ours.items() if told.get(name, digest) != digest]:
            found.append(
                f"worker: {each.host}, process {each.pid}, works by another {', '.join(names)} than"
                " is configured here: make it the same on every host, and start it again"
            )
    return found


async def _has_tables(url: str, report: Report) -> bool:
    """
    Whether somebody has worked on the database; told of a server on which nobody has.
    """
    try:
        async with database(url, may_change=False):
            return True
    except NoTablesYet:
        async with as_found(url):
            report.facts.append("database: reached, and empty; the first run makes its tables")
            await _server(report)
        return False


async def _server(report: Report) -> None:
    if found := await server_facts():
        facts, warnings, problems = told(found)
        report.facts += facts
        report.warnings += warnings
        report.problems += problems


async def _clock() -> list[str]:
    """
    What the clock of this machine is not believed for.
    """
    known, now = await control.clock(), utc_now()
    server = await control.servers_clock()
    found = known.doubted.doubt if known.doubted else Doubt.NONE
    if known.doubted and is_put_right(now, known.doubted):
        found = Doubt.NONE
    if server and abs(now - server) > LEAP and not found:
        return [
            (
                f"clock: this machine says {now:%Y-%m-%d %H:%M} UTC, and the database's"
                f" {server:%Y-%m-%d %H:%M}: one of them is wrong"
            )
        ]
    if not known.doubted:
        others = [server] if server else []
        found = doubt(now, known.believed_at, is_running=False, others=others)
    if not found:
        return []
    said = (
        f"clock: this machine says that it is {now:%Y-%m-%d %H:%M} UTC, which cannot be believed"
        f" ({found}): no deadline strikes until it is put right, or, if it is right, until"
        " mailbot resume --clock"
    )
    return [said]


def _days_off(
    promised: Sequence[tuple[str, datetime, datetime | None, str]], settings: Settings
) -> list[str]:
    """
    Promises that were booked before their day became a day off. Nothing moves by itself, and
    what was agreed with a customer by no rule, either.
    """
    calendar = settings.firm.calendar
    off = [each for each in promised if is_on_a_day_off(each[0], each[1], calendar)]
    count = sum(since is not None for _, _, since, _ in off)
    agreed = [each[3] for each in off if each[2] is None and each[0] == "keep_contact"]
    said = []
    if count:
        said.append(
            f"calendar: {count} open {'promise falls' if count == 1 else 'promises fall'} on a day"
            " off that was not one when it was made; see which with mailbot recalc --all --dry-run,"
            " and record the new days with mailbot recalc --all"
        )
    if agreed:
        said.append(
            f"calendar: {counted(len(agreed), 'time')} agreed with a customer on what is a day off"
            f" by now ({_named(agreed)}): ring them, and agree another with #contact"
        )
    return said


def _named(references: Sequence[str]) -> str:
    more = ", …" if len(references) > _NAMED else ""
    return f"{', '.join(references[:_NAMED])}{more}"


def _orphans(at_work: Mapping[str, list[str]], settings: Settings) -> list[str]:
    """
    Who has open cases and is not in handlers.toml: nobody is warned of those any more.
    """
    return [
        f"{HANDLERS_FILE}: {email} is not in the file and has {len(references)} open"
        f" ({_named(references)}): put them back, or give each case to somebody else:"
        f" mailbot case {references[0]} do '#assign NAME'"
        for email, references in sorted(at_work.items())
        if settings.people.by_address(email) is None
    ]


def _new_database(path: Path, report: Report) -> None:
    """
    Told of one that the first run makes, if it can.
    """
    if _can_be_made(path, "database.url", report) and _room(f"sqlite://{path}", report):
        report.facts.append("database: there is none yet; the first run makes it")


def _can_be_made(path: Path, key: str, report: Report) -> bool:
    """
    Nothing is made to find out whether it could be: the folder that exists is asked.
    """
    there = next(each for each in path.absolute().parents if os.access(each, os.F_OK))
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return True
    report.problems.append(
        f"{SERVERS_FILE}: {key}: no file can be made in {there}: let mailbot write there, or name"
        " another place"
    )
    return False


def _room(url: str, report: Report) -> bool:
    """
    Whether there is room for a round on the disk of the database; told where it gets scarce.
    """
    free = free_space(url)
    if free is None or free >= _SCARCE:
        return True
    told = f"database: {free / _MB:.1f} MB are free on its disk: make room"
    (report.problems if free < 2 * TRIAL else report.warnings).append(told)
    return free >= 2 * TRIAL


def _keys(settings: Settings, needed: list[str], report: Report) -> Keyring | None:
    path = settings.service.token_key_file
    if not needed and not may_be_there(path):
        if _can_be_made(path, "service.token_key_file", report):
            report.facts.append("token key: there is none yet; the first run makes it")
        return None
    return read_keys(path, settings, needed)


async def _smtp(settings: Settings, report: Report, by: Tokens | None) -> None:
    line = courier(settings, by)
    try:
        refused = await line.try_sender()
        size = f", takes mails of up to {line.largest / 1e6:.1f} MB" if line.largest else ""
        how = "logged in" if settings.smtp.username else "reached"
        report.facts.append(f"smtp: {how}{size}")
        if line.offers_login and not settings.smtp.username and not refused:
            # RFC 4954 §4: MAIL may be taken all the same, and each recipient refused.
            report.warnings.append(
                "smtp: the server offers a login, and [smtp] username is empty: unless it relays"
                " for this host, it will refuse every customer"
            )
        if isinstance(refused, Deferred) and not refused.about_us:
            report.warnings.append(f"smtp: no mail is taken just now: {refused.reason}")
        elif refused:
            report.problems.append(f"smtp: mail from us is refused: {refused.reason}")
    except SmtpFault as wrong:
        report.problems.append(str(wrong))
    finally:
        await line.close()


async def _imap(settings: Settings, report: Report, memory: _Memory, by: Tokens | None) -> None:
    """
    What waits, and what the first round would do with it, as the intake would decide.
    """
    mailbox = source(settings, by)
    outlook = Outlook()
    try:
        async with as_it_is(memory.url) if memory.url else empty():
            office = office_with(settings, memory.keyring)
            async for message in _unknown(mailbox, settings, report, outlook):
                await outlook.count(message, office, utc_now())
        tried = await mailbox.try_folders(settings.imap.sent_folder)
    except (ImapFault, DatabaseFault) as wrong:
        report.problems.append(str(wrong))
        return
    except TemplateProblem:  # told already, and what would be written is not known
        await _waiting(mailbox, report)
        return
    finally:
        await mailbox.close()
    report.facts.append("imap: logged in")
    report.facts += tried.facts
    report.warnings += tried.warnings
    report.problems += tried.problems
    report.facts.append(f"mailbox: {outlook.told(settings)}")
    report.warnings += outlook.warnings(settings)
    report.mailbox = outlook.counts(settings)


async def _waiting(mailbox: ImapSource, report: Report) -> None:
    try:
        look = await mailbox.look()
    except ImapFault as wrong:
        report.problems.append(str(wrong))
        return
    report.facts.append("imap: logged in")
    report.facts.append(f"mailbox: {len(look.waiting)} in it")


async def _unknown(
    mailbox: ImapSource, settings: Settings, report: Report, outlook: Outlook
) -> AsyncIterator[InboundMessage | None]:
    """
    Every waiting message that is not ours yet and may get an answer; None for one that
    cannot be read.
    """
    look = await mailbox.look(ledger.settled)
    newest = max((each.received_at for each in look.waiting), default=None)
    if newest and newest > utc_now():
        report.warnings += about_clocks(utc_now(), mail=newest)
    shown = [each.uid for each in look.waiting]
    known = await ledger.known(look.name, look.uid_validity, shown)
    unknown = [
        each
        for each in look.waiting
        if each.uid not in known or known[each.uid].state in NOT_OURS_YET
    ]
    # Years of mail that is only filed need not be read to know that.
    is_old = settings.firm.is_from_before_answers
    fresh = [each for each in unknown if not is_old(each.received_at)]
    outlook.leave_old(len(unknown) - len(fresh))
    if len(fresh) > _READ:
        report.warnings.append(
            f"mailbox: {len(fresh)} messages wait; of them the {_READ} that came first were looked at"
        )
        fresh = fresh[:_READ]
    fetching = Fetching(mailbox, settings.imap.max_message)
    small = [each for each in fresh if not fetching.is_too_large(each)]
    for _ in range(len(fresh) - len(small)):
        yield None
    kept_back = 0
    for start in range(0, len(small), _BATCH):
        some = small[start : start + _BATCH]
        came = await fetching.together(some)
        for each in some:
            had = came.get(each.uid) or (await fetching.alone(each))[0]
            if had is None:
                kept_back += 1
                yield None
                continue
            try:
                yield await asyncio.to_thread(
                    read_in_bounds, had.item.content, received_at=had.item.received_at
                )
            except Malformed:
                yield None
    if kept_back:
        report.warnings.append(
            f"mailbox: the server does not hand out {kept_back} of its messages: look at them with"
            " a mail program; they are set aside, and the others are answered"
        )
