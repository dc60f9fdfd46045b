"""
The settings: three files and the environment, read once, frozen.

Every problem is told at once, each with its file, its key and what to do. After
`load` nothing in the program looks at a configuration file or the environment again,
but for the people: a running worker reads them anew when their file changes.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, SecretStr

from mailbot.cases.firm import Firm
from mailbot.cases.people.handlers import People, Role
from mailbot.cases.rulebook.rulebook import Rulebook
from mailbot.cases.rulebook.working_days import Calendar
from mailbot.password_file import written_in
from mailbot.settings import database_url
from mailbot.settings.alarm import Alarm
from mailbot.settings.environment import Overrides, overrides, unknown_variables, variable
from mailbot.settings.face import Face
from mailbot.settings.handlers import HandlersFile
from mailbot.settings.monitoring import Monitoring
from mailbot.settings.oauth2 import Oauth2
from mailbot.settings.problems import Problem
from mailbot.settings.providers import reminders
from mailbot.settings.sections import Database, Imap, Paths, Servers, Service, Smtp
from mailbot.settings.toml_file import Tables, tables_in, validated

SERVERS_FILE = "mailbot.toml"
CODE_FILE = "code.toml"
HANDLERS_FILE = "handlers.toml"

M = TypeVar("M", bound=BaseModel)


class ConfigurationProblems(Exception):  # noqa: N818 - it carries several
    """
    Everything that is wrong with the configuration, one sentence each.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    What the three files say, checked and ready to use.
    """

    service: Service
    imap: Imap
    smtp: Smtp
    oauth2: Oauth2
    database: Database
    monitoring: Monitoring
    paths: Paths
    face: Face
    alarm: Alarm
    rulebook: Rulebook
    people: People
    zone: ZoneInfo
    calendar: Calendar
    config_folder: Path

    @property
    def own_addresses(self) -> frozenset[str]:
        """
        Every address that is us, in lower case.
        """
        return frozenset(each.lower() for each in (self.service.address, *self.service.aliases))

    @property
    def firm(self) -> Firm:
        """
        The firm as the rules know it.
        """
        return Firm(
            rulebook=self.rulebook,
            people=self.people,
            calendar=self.calendar,
            service_address=self.service.address,
            aliases=self.service.aliases,
            reference_prefix=self.service.reference_prefix,
            face=self.face.shown,
        )

    def warnings(self, today: date) -> list[str]:
        """
        What somebody should see to, each with its file, key and remedy.
        """
        return list(self._warnings(today))

    def _warnings(self, today: date) -> Iterator[str]:
        if self.service.send == "none":
            yield (
                f'{SERVERS_FILE}: service.send is "none": everything is decided and recorded, and '
                'nothing leaves. Set "live" to send'
            )
        if not self.people.in_role(Role.HANDLER):
            yield (
                f"{HANDLERS_FILE}: nobody has the role handler: every new case goes to the "
                'customer service manager. Give somebody role = "handler"'
            )
        if database_url.goes_in_the_open(self.database.url.get_secret_value()):
            yield (
                f"{SERVERS_FILE}: database.url: complaints may go to another host in the open: add"
                ' "?sslmode=verify-full&sslrootcert=FILE", or "?sslmode=require" on a net of yours'
            )
        yield from self._about_proof()
        for each in reminders(self.service, self.imap, self.smtp):
            yield f"{SERVERS_FILE}: {each}"
        for each in self.face.reminders():
            yield f"{SERVERS_FILE}: {each}"
        for each in self.rulebook.warnings(today):
            yield f"{CODE_FILE}: {each}"

    def _about_proof(self) -> Iterator[str]:
        """
        What nobody but the firm's mail host can see to, so that its word is worth something.
        """
        match self.service.staff_proof:
            case "confirm":
                return
            case "authserv":
                yield (
                    f'{SERVERS_FILE}: service.staff_proof is "authserv": see that the mail host takes'
                    " out Authentication-Results that come from outside under"
                    f" {self.service.authserv_id} (RFC 8601 §5), and lets no mail in that its"
                    " filter has not seen"
                )
            case "exchange":
                yield (
                    f'{SERVERS_FILE}: service.staff_proof is "exchange": see that the header firewall'
                    " takes out X-MS-Exchange-Organization-* of all that comes from outside, and"
                    ' that no connector counts as "externally secured"'
                )
            case "submission":
                for each in self.people.handlers:
                    if not each.login:
                        yield (
                            f"{HANDLERS_FILE}: {each.name} has no login, and staff_proof is"
                            ' "submission": all their mail is held. Give the login of their mail'
                            " program"
                        )


def load(folder: Path, environ: Mapping[str, str]) -> Settings:
    """
    The settings of that folder under that environment.

    ConfigurationProblems if anything at all is wrong with them.
    """
    problems: list[str] = []
    tables = tables_in(folder / SERVERS_FILE, problems)
    servers, own_addresses = _servers(tables, environ, problems)
    rulebook = _valid(tables_in(folder / CODE_FILE, problems), Rulebook, CODE_FILE, problems)
    handlers = _handlers(folder, own_addresses, problems)
    if servers and handlers and servers.service.staff_proof == "submission":
        problems += _nobody_logs_in(handlers.people)
    if problems or servers is None or rulebook is None or handlers is None:
        raise ConfigurationProblems(problems)
    zone = ZoneInfo(servers.service.timezone)
    return Settings(
        service=servers.service,
        imap=servers.imap,
        smtp=servers.smtp,
        oauth2=servers.oauth2,
        database=servers.database,
        monitoring=servers.monitoring,
        paths=servers.paths,
        face=servers.face,
        alarm=servers.alarm,
        rulebook=rulebook,
        people=handlers.people,
        zone=zone,
        calendar=rulebook.calendar(zone),
        config_folder=folder,
    )


def people_in(folder: Path, own_addresses: frozenset[str]) -> People:
    """
    The people of handlers.toml in that folder, by itself; ConfigurationProblems if
    anything is wrong with it.
    """
    problems: list[str] = []
    handlers = _handlers(folder, own_addresses, problems)
    if problems or handlers is None:
        raise ConfigurationProblems(problems)
    return handlers.people


def _handlers(
    folder: Path, own_addresses: frozenset[str], problems: list[str]
) -> HandlersFile | None:
    tables = tables_in(folder / HANDLERS_FILE, problems)
    handlers = _valid(tables, HandlersFile, HANDLERS_FILE, problems)
    if handlers is not None:
        contradictions = handlers.contradictions(own_addresses)
        problems += (f"{HANDLERS_FILE}: {each}" for each in contradictions)
    return handlers


def _nobody_logs_in(people: People) -> Iterator[str]:
    if not any(each.login for each in people.handlers):
        yield (
            f'{HANDLERS_FILE}: handlers: nobody has a login, and staff_proof = "submission" in'
            f" {SERVERS_FILE} knows staff by nothing else: give each person's login"
        )


def effective(settings: Settings) -> list[tuple[str, str]]:
    """
    Every key of mailbot.toml as it holds now, with the environment's say and the
    defaults; of a secret only whether it is set.
    """
    url = settings.database.url
    return [
        (
            f"{section}.{key}",
            database_url.without_secrets(url.get_secret_value())
            if value is url
            else _printed(value),
        )
        for section in Servers.model_fields
        for key, value in _keys(getattr(settings, section))
    ]


def _keys(section: BaseModel) -> Iterator[tuple[str, object]]:
    """
    What stands in a section. The section itself also tells what was made of its keys and kept:
    a logo with all its octets.
    """
    return ((key, getattr(section, key)) for key in type(section).model_fields)


def _servers(
    tables: Tables | None, environ: Mapping[str, str], problems: list[str]
) -> tuple[Servers | None, frozenset[str]]:
    """
    The sections of mailbot.toml, and our own addresses as far as they can be known.
    """
    problems += unknown_variables(environ)
    if tables is None:
        return None, frozenset()
    told = overrides(environ)
    merged = deepcopy(tables)
    for section, values in told.items():
        if isinstance(merged.setdefault(section, {}), dict):
            merged[section].update(values)
    for section in ("imap", "smtp"):
        _fill_in_password(section, merged, told, problems)
    _fill_in_database_password(merged, problems)
    # Unlike the other files: the problem may have come from the environment.
    servers, found = validated(merged, Servers)
    problems += (_located(each, told) for each in found)
    if servers is not None and servers.uses_tokens:
        problems += (f"{SERVERS_FILE}: {each}" for each in servers.oauth2.problems())
    service = merged.get("service")
    addresses = service if isinstance(service, dict) else {}
    aliases = addresses.get("aliases")
    ours = [addresses.get("address"), *(aliases if isinstance(aliases, list) else [])]
    return servers, frozenset(each for each in ours if isinstance(each, str))


def _fill_in_password(section: str, tables: Tables, told: Overrides, problems: list[str]) -> None:
    """
    Reads the password file of that server into its table, or notes a problem.
    """
    table = tables.get(section, {})
    if not isinstance(table, dict):
        return
    if table.get("auth") == "oauth2":
        if section == "smtp" and not table.get("username"):
            problems.append(
                f"{SERVERS_FILE}: {section}.username: is needed, because auth ="
                ' "oauth2": the address of the mailbox'
            )
        return
    file, in_environment = table.get("password_file"), told.get(section, {})
    if in_environment.get("password"):
        table["password_file"] = ""
    if isinstance(file, str) and file and not in_environment.get("password"):
        if table.get("password"):
            problems.append(
                f"{SERVERS_FILE}: {section}.password_file: {section}.password is given too: "
                "keep one of the two"
            )
            return
        table["password"] = _password_in(file, section, problems)
        if not table["password"]:
            return
    if not table.get("password") and (section == "imap" or table.get("username")):
        problems.append(
            f"{SERVERS_FILE}, environment: {section}.password or {section}.password_file is "
            f"needed: set {variable(section, 'password')}, or name a file that holds it"
        )


def _fill_in_database_password(tables: Tables, problems: list[str]) -> None:
    """
    Puts the password of the file into the url, or notes a problem.
    """
    table = tables.get("database", {})
    if not isinstance(table, dict):
        return
    file, url = table.get("password_file"), table.get("url")
    if not (isinstance(file, str) and file and isinstance(url, str)):
        return
    if not (password := _password_in(file, "database", problems)):
        return
    try:
        table["url"] = database_url.with_password(url, password, file)
    except ValueError as wrong:
        problems.append(f"{SERVERS_FILE}: database.password_file: {wrong}")


def _password_in(file: str, section: str, problems: list[str]) -> str:
    """
    What stands in the file; "" with a problem noted.
    """
    try:
        password = written_in(Path(file))
    except (OSError, UnicodeDecodeError) as fault:
        problems.append(
            f'{SERVERS_FILE}: {section}.password_file: cannot read "{file}" ({_why(fault)}): '
            "put the password into that file and let mailbot read it"
        )
        return ""
    if not password:
        problems.append(
            f'{SERVERS_FILE}: {section}.password_file: "{file}" is empty: put the password into it'
        )
    return password


def _why(fault: OSError | UnicodeDecodeError) -> str:
    return fault.strerror or "" if isinstance(fault, OSError) else "it is not UTF-8 text"


def _located(problem: Problem, told: Overrides) -> str:
    match problem.where:
        case (str(section), str(key), *_) if key in told.get(section, {}):
            return f"environment: {variable(section, key)}: {problem.sentence}"
    return f"{SERVERS_FILE}: {problem.key}: {problem.sentence}"


def _valid(tables: Tables | None, model: type[M], name: str, problems: list[str]) -> M | None:
    """
    The file as a value, or None with its problems noted.
    """
    if tables is None:
        return None
    value, found = validated(tables, model)
    problems += (f"{name}: {each.key}: {each.sentence}" for each in found)
    return value


def _printed(value: object) -> str:
    match value:
        case SecretStr():
            return "(set)" if value.get_secret_value() else "(not set)"
        case bool():
            return str(value).lower()
        case timedelta():
            return f"{value.total_seconds():.0f}s"
        case tuple():
            return ", ".join(map(str, value))
        case None:
            return ""
        case _:
            return str(value)
