"""
The arrows between the packages, and what each of them must not know.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

import mailbot

PACKAGE = Path(mailbot.__file__).parent
TESTS = Path(__file__).parent

PURE = {"face", "mail", "cases", "letters", "desk", "health", "evidence"}

#: What a command that shows something stands on, and one that does something.
TO_LOOK = {"cli/opening", "cli/shown", "store", "settings", "cases"}
TO_DO = {
    *("cli/opening", "cli/office", "service", "workers", "desk", "letters", "store", "settings"),
    "cases",
}

#: A command's own folder or file, which stands on what all of them share and on no other.
COMMAND_LINE = {
    "cli/options": set[str](),
    "cli/shown": {"cli/shown", "mail"},
    "cli/opening": {"cli/options", "log", "settings", "store"},
    "cli/leaving": {"cli/opening"},
    "cli/office": {"cli/opening", "service", "signing_keys", "settings", "store", "letters"},
    "cli/whose": {"cli/opening", "cases", "store"},
    "cli/keys": {"cli/opening", "bundle", "mail", "settings", "store"},
    "cli/file": {"settings", "mail"},
    "cli/run": {*TO_DO, "alarms", "memory", "rounds", "log", "monitoring"},
    "cli/health": {"cli/opening", "cli/shown", "health", "monitoring"},
    "cli/login": {"cli/opening", "service", "settings", "transport"},
    "cli/demo": {"cli/opening", "cli/office", "demo", "log"},
    "cli/check": {
        *("cli/check", "cli/options", "cli/shown", "alarms", "health", "service", "log"),
        "signing_keys",
        *("workers", "desk", "transport", "store", "settings", "letters", "cases", "mail"),
    },
    "cli/code": {
        *("cli/leaving", "cli/opening", "cli/options", "cli/shown", "page", "settings", "cases"),
    },
    "cli/sheet": {"cli/leaving", "cli/opening", "letters"},
    "cli/cases": TO_LOOK,
    "cli/case": {*TO_LOOK, "cli/case", "dossier", "mail"},
    "cli/evidence": {
        *(*TO_LOOK, "cli/evidence", "cli/keys", "cli/leaving", "cli/options", "evidence", "bundle"),
        *("dossier", "face", "log", "mail"),
    },
    "cli/subject": {
        *(
            *TO_LOOK,
            "cli/keys",
            "cli/leaving",
            "cli/subject",
            "cli/whose",
            "person",
            "evidence",
            "bundle",
            "dossier",
            "mail",
        ),
    },
    "cli/erase": {*TO_LOOK, "cli/whose", "workers"},
    "cli/held": {*TO_LOOK, *TO_DO, "cli/held", "cli/leaving", "cli/options"},
    "cli/outbox": {*TO_LOOK, *TO_DO, "cli/outbox", "cli/options"},
    "cli/orders": {*TO_DO, "cli/held", "cli/shown"},
    "cli/pause": TO_DO,
    "cli/backup": {
        "cli/opening",
        "cli/shown",
        "service",
        "signing_keys",
        "store",
        "settings",
        "cases",
    },
    "cli/recalc": {*TO_LOOK, *TO_DO},
    "cli/retention": {*TO_LOOK, "workers"},
    "cli/report": {
        *(*TO_LOOK, "cli/report", "cli/leaving", "report", "service", "workers", "transport"),
    },
    "cli/rebuild": {*TO_DO, "cli/rebuild", "cli/shown", "signing_keys", "transport"},
    "cli/simulate": {
        *("cli/simulate", "cli/file", "cli/leaving", "cli/opening", "page", "service", "log"),
        *("settings", "desk", "letters", "cases", "mail"),
    },
    "cli/explain": {
        *("cli/explain", "cli/file", "cli/shown", "cli/opening", "cli/office", "service", "log"),
        *("workers", "store", "settings", "letters", "cases", "mail"),
    },
    "cli/commands": {
        *(
            "cli/options",
            "cli/run",
            "cli/health",
            "cli/login",
            "cli/demo",
            "cli/check",
            "cli/cases",
            "cli/case",
            "cli/held",
        ),
        *("cli/outbox", "cli/orders", "cli/pause", "cli/recalc", "cli/retention"),
        *("cli/simulate", "cli/explain", "cli/backup", "cli/rebuild", "cli/code"),
        *("cli/sheet", "cli/evidence", "cli/report", "cli/subject", "cli/erase"),
    },
    "cli": {"cli/commands", "cli/options"},
}

#: From the bottom up. `service` puts the house together; what stands on it talks to people.
MAY_IMPORT = {
    "mail": {"mail"},
    # How the firm looks, for whoever shows anything.
    "face": set[str](),
    "cases": {"cases", "face", "mail"},
    "letters": {"letters", "cases", "face", "mail"},
    "settings": {"settings", "cases", "face", "password_file"},
    "log": set[str](),
    "alarms": {"alarms", "health", "log"},
    "desk": {"desk", "letters", "cases", "mail"},
    "health": {"health", "letters", "cases"},
    # What is remembered is read for the rules, and kept: no rule is applied here.
    "store": {"store", "health", "cases", "mail", "password_file"},
    "transport": {"transport", "mail", "password_file"},
    "workers": {
        *("workers", "log", "transport", "store", "health", "report"),
        *("desk", "letters", "cases", "mail"),
    },
    "roster": {"log", "settings", "cases"},
    "signing_keys": {"store", "settings", "mail"},
    "service": {
        *("roster", "signing_keys", "workers", "transport", "store", "health", "settings", "log"),
        *("letters", "cases", "mail"),
    },
    "systemd": set[str](),
    "memory": set[str](),
    "password_file": set[str](),
    "rests": {"service", "transport"},
    "rounds": {
        *(
            "rests",
            "service",
            "systemd",
            "workers",
            "transport",
            "store",
            "health",
            "settings",
            "log",
        ),
        *("monitoring", "memory", "mail"),
    },
    "monitoring": {
        *("monitoring", "health", "service", "workers", "transport", "store", "settings", "log"),
        *("cases", "mail"),
    },
    "page": {"page", "cases", "face", "mail"},
    # Everything that shows a case whole stands on its papers.
    "dossier": {"dossier", "store", "cases", "mail"},
    # What is handed out: a signed archive, and whether one is as it was signed.
    "bundle": {"bundle", "page", "letters", "face", "mail"},
    "evidence": {"evidence", "bundle", "dossier", "store", "cases", "mail"},
    "person": {"person", "evidence", "bundle", "dossier", "store", "cases", "mail"},
    # One sheet of figures, as a page and as a PDF.
    "report": {"report", "page", "letters", "cases", "face", "mail"},
    "demo": {
        *("demo", "page", "rounds", "service", "workers", "store", "settings", "log"),
        *("desk", "letters", "cases", "mail"),
    },
    **COMMAND_LINE,
    "__main__": {"cli"},
    "__init__": set[str](),
}

ONLY_IN: dict[str, str | tuple[str, ...]] = {
    "tortoise": "store/",
    "asyncpg": "store/",
    "structlog": "log.py",
    "imapclient": "transport/imap",
    "aiosmtplib": "transport/smtp",
    "httpx": "transport/oauth2/endpoint.py",
    "jwt": "transport/oauth2/signing.py",
    "cryptography": ("transport/oauth2/signing.py", "bundle/signing.py"),
    "mailparser": "mail/reading/library.py",
    "inscriptis": "mail/reading/html.py",
    "flufl": "mail/origin/bounce_words.py",
    "jinja2": "letters/templates.py",
    "nh3": "mail/quoting/safe_html.py",
    "icalendar": "letters/calendar.py",
    "prometheus_client": "monitoring/metrics.py",
    "phonenumbers": "mail/telephones.py",
    "apprise": "alarms/urls.py",
    "typst": "letters/typeset.py",
    "stdnum": "cases/reference.py",
    "holidays": "cases/rulebook/bank_holidays.py",
    "dateparser": "cases/commands/reading/spoken_day.py",
    "pygal": "report/charts.py",
    "pymap": "demo/",
    "aiosmtpd": "demo/",
}

#: A module that a command starts with -> what costs time, and is loaded for others only.
LOADED_WITHOUT = {
    "mailbot.cli": {
        *("mailbot.settings", "mailbot.store", "mailbot.service", "mailbot.log"),
        *("structlog", "rich", "pydantic"),
    },
    "mailbot.cli.run": {
        *("mailbot.demo", "mailbot.page", "mailbot.cli.shown", "mailbot.cli.case"),
        *("mailbot.cli.check", "mailbot.cli.explain", "mailbot.cli.simulate"),
        *("mailbot.cli.held.looking", "mailbot.cli.outbox.waiting", "mailbot.cli.orders"),
        *("apprise", "rich", "tortoise.migrations", "httpx", "jwt", "cryptography"),
        *("pygal", "mailbot.report"),
        *("mailbot.monitoring", "prometheus_client", "http.server"),
    },
    "mailbot.cli.health": {
        *("mailbot.service", "mailbot.workers", "mailbot.desk", "prometheus_client"),
        *("rich", "httpx", "jwt", "cryptography", "jinja2", "holidays"),
        *("mailbot.cases.known.known", "mailbot.mail.reading.parse"),
    },
    "mailbot.cli.cases": {
        *("mailbot.service", "mailbot.workers", "mailbot.transport", "rich.traceback"),
    },
    "mailbot.cli.case.command": {"mailbot.service", "mailbot.workers", "mailbot.transport"},
    "mailbot.cli.evidence.command": {
        *("mailbot.service", "mailbot.workers", "mailbot.transport", "mailbot.desk", "typst"),
    },
    "mailbot.cli.report.command": {
        *("mailbot.service", "mailbot.workers.orders", "mailbot.desk", "mailbot.transport"),
        *("pygal", "typst"),
    },
    "mailbot.cli.held.looking": {"mailbot.service", "mailbot.workers", "mailbot.transport"},
    "mailbot.cli.outbox.waiting": {"mailbot.service", "mailbot.workers", "mailbot.transport"},
}

#: Each of these keeps one message or one case from stopping the next, and says so there.
BROAD_EXCEPTS = {
    *("workers/intake.py", "workers/reading.py", "workers/transaction.py", "workers/scheduler.py"),
}
#: And this one loses nothing: it carries the fault from its thread to whoever waits for it.
CARRIES_FAULTS = {"transport/one_thread.py"}

#: Names by which a clock is read, a die rolled or a line logged.
IMPURE_CALLS = {"now", "today", "utcnow", "time_ns", "monotonic", "perf_counter", "uuid4"}
IMPURE_MODULES = {"asyncio", "logging", "structlog", "random", "secrets", "time", "os", "socket"}

#: What may have a docstring.
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

#: Names that say nothing (style.md); a file has one job and is called by it.
EMPTY_NAMES = {"utils", "util", "helpers", "common", "misc", "manager", "base", "interfaces"}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def package_of(path: Path) -> str:
    return package_named(path.relative_to(PACKAGE).with_suffix("").parts)


def package_named(parts: Sequence[str]) -> str:
    """
    The first of its names; in the command line, where each command is by itself, both.
    """
    if parts[0] == "cli" and len(parts) > 1 and parts[1] in ROOMS:
        return f"cli/{parts[1]}"
    return parts[0]


ROOMS = {each.stem for each in (PACKAGE / "cli").iterdir()} - {"__init__", "__pycache__"}
OURS = [path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts]
#: What of the command line is loaded before it is known which command is meant.
TYPED = sorted((PACKAGE / "cli").rglob("commands.py"))
PURE_FILES = [path for path in OURS if package_of(path) in PURE]
TEST_FILES = sorted(TESTS.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """
    Every module that the file imports, by its full name.
    """
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports are written in full"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def called(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_imports_go_down_only(path: Path) -> None:
    ours = [each.split(".")[1:] for each in imports(path) if each.startswith("mailbot.")]
    # `from mailbot.cli import run` names the folder, too: what is meant is in it.
    imported = {package_named(each) for each in ours if each != ["cli"]}

    assert imported - {"__version__"} <= MAY_IMPORT[package_of(path)]


def test_every_package_has_its_arrows() -> None:
    assert {package_of(path) for path in OURS} <= set(MAY_IMPORT)


def test_no_two_packages_import_each_other() -> None:
    for upper, below in MAY_IMPORT.items():
        assert all(upper not in MAY_IMPORT[each] for each in below - {upper})


def test_a_start_waits_for_no_library_that_few_mails_need() -> None:
    rare = {"dateparser", "flufl", "holidays", "icalendar", "inscriptis", "lxml", "nh3"}
    rare |= {"stdnum", "typst"}
    loaded = "import sys, mailbot.cli; print(*{each.partition('.')[0] for each in sys.modules})"

    started = subprocess.run([sys.executable, "-c", loaded], capture_output=True, check=True)

    assert rare & set(started.stdout.decode().split()) == set()


@pytest.mark.parametrize("path", TYPED, ids=name_of)
def test_what_can_be_typed_waits_for_nothing_that_a_command_does(path: Path) -> None:
    at_once = {
        each.module for each in tree(path).body if isinstance(each, ast.ImportFrom) and each.module
    }

    ours = {each for each in at_once if each.startswith("mailbot.")}
    assert ours <= {"mailbot.cli.options", *(f"mailbot.cli.{each}.commands" for each in ROOMS)}


@pytest.mark.parametrize("module", LOADED_WITHOUT)
def test_nobody_waits_for_what_another_command_needs(module: str) -> None:
    listed = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"],
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(listed.stdout.split())
    assert module in loaded
    assert loaded & LOADED_WITHOUT[module] == set()


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_each_library_has_one_door(path: Path) -> None:
    used = {each.partition(".")[0] for each in imports(path)}

    elsewhere = {
        each for each in used & set(ONLY_IN) if not name_of(path).startswith(ONLY_IN[each])
    }
    assert elsewhere == set()


@pytest.mark.parametrize("path", PURE_FILES, ids=name_of)
def test_the_rules_wait_for_nothing(path: Path) -> None:
    waiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)

    assert not [node for node in ast.walk(tree(path)) if isinstance(node, waiting)]


@pytest.mark.parametrize("path", PURE_FILES, ids=name_of)
def test_the_rules_read_no_clock_roll_no_die_and_log_nothing(path: Path) -> None:
    assert set(called(path)) & IMPURE_CALLS == set()
    assert {each.partition(".")[0] for each in imports(path)} & IMPURE_MODULES == set()
    assert set(called(path)) & {"print", "open"} == set()


def swallows_everything(handler: ast.ExceptHandler) -> bool:
    """
    Whether it takes any defect and goes on; to tidy up and raise is no swallowing.
    """
    is_broad = handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}
    )
    last = handler.body[-1]
    return is_broad and not (isinstance(last, ast.Raise) and last.exc is None)


def test_a_broad_except_stands_only_where_it_is_defended_in_words() -> None:
    found = set()
    for path in OURS:
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler) and swallows_everything(node):
                found.add(name_of(path))
                around = lines[max(0, node.lineno - 4) : node.lineno + 2]
                assert any(re.search(r"# (?!noqa: \w+$)\w", each) for each in around), (
                    f"{path}:{node.lineno}"
                )

    assert found == BROAD_EXCEPTS | CARRIES_FAULTS


def test_the_map_of_the_package_names_what_exists() -> None:
    drawn = re.findall(r"\b((?:[a-z_]+/)+)([a-z_]+)?", mailbot.__doc__ or "")
    named = [f"{folder}{file}.py" if file else folder for folder, file in drawn]

    assert len(named) >= 25
    assert [each for each in named if not (PACKAGE / each).exists()] == []


# --- the store remembers, and decides nothing -----------------------------------------

STORE = [path for path in OURS if package_of(path) == "store"]

#: What the store may know of the rules: values, and the names of states.
VALUES = {
    *("case", "decision", "firm", "letter", "letter_status", "months", "obligation", "states"),
    *("known", "morning", "month", "shadow"),
}
#: And of the health: what a worker says of itself, and what is known when somebody asks.
FACTS = {"facts", "told"}


@pytest.mark.parametrize("path", STORE, ids=name_of)
def test_the_store_knows_the_values_of_the_rules_and_no_rule(path: Path) -> None:
    used = {each.split(".")[2] for each in imports(path) if each.startswith("mailbot.cases.")}

    of_health = {each.split(".")[2] for each in imports(path) if each.startswith("mailbot.health.")}

    assert used <= VALUES
    assert of_health <= FACTS


@pytest.mark.parametrize("path", STORE, ids=name_of)
def test_the_store_calls_nothing_that_decides_composes_or_gives_a_reason(path: Path) -> None:
    deciding = {"decide", "triage", "errand", "composed", "render", "Event", "Decision"}

    assert set(called(path)) & {*deciding, "Letter", "Triage", "Recorded"} == set()


@pytest.mark.parametrize("path", STORE, ids=name_of)
def test_no_sentence_for_a_reader_is_made_in_the_store(path: Path) -> None:
    documented = {
        ast.get_docstring(node, clean=False)
        for node in ast.walk(tree(path))
        if isinstance(node, DOCUMENTED)
    }
    said = {
        node.value
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert [each for each in said - documented if re.match(r"[A-Z][a-z]+ .*[a-z]\.$", each)] == []


@pytest.mark.parametrize("path", [*OURS, *TEST_FILES], ids=lambda path: path.name)
def test_a_file_is_called_by_its_job(path: Path) -> None:
    assert path.stem not in EMPTY_NAMES


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_what_is_left_to_do_is_not_left_in_the_code(path: Path) -> None:
    assert not re.search(r"#.*\b(TODO|FIXME|XXX)\b", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.relative_to(TESTS).as_posix())
def test_tests_patch_nothing_and_sleep_never(path: Path) -> None:
    names = set(imports(path))
    attributes = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }

    assert not {each for each in names if each.startswith("unittest")}
    assert "time.sleep" not in names | attributes
    assert not {each for each in attributes if each.startswith("mock.")}
