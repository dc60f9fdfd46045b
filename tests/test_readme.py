"""
What the README promises an operator is what the program does.

MAILBOT_WRITE_GOLDEN=1 writes its diagram anew; look at the difference before it stays.
"""

import ast
import json
import os
import re
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from mailbot.cases.letter_status import Status
from mailbot.cases.states import TRANSITIONS, Move, State
from mailbot.cases.wording.plain_names import STATES
from mailbot.cli.commands import app
from mailbot.desk.letter_outcomes import CLAIMED_BY_ANOTHER, WRITTEN_AGAIN
from mailbot.health.reasons import REMEDIES
from mailbot.log import KEYS
from mailbot.mail.outcome import Deferred, Refused, Sent, Uncertain
from mailbot.settings import load
from mailbot.settings.environment import sections
from mailbot.transport.oauth2.client import Flow
from tests import recipes

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
DIAGRAM = re.compile(
    r"(<!-- the life of a case: [^\n]* -->\n)(.*?)(<!-- end of the life of a case -->)", re.DOTALL
)
LEVELS = {"debug", "info", "warning", "error", "critical"}

#: How a delivery can be settled, for the one event that is named when it happens.
SETTLED = ("sent", "deferred", "uncertain", "refused", "expired", "claimed_by_another",
           "written_again")  # fmt: skip


@dataclass(frozen=True)
class Logged:
    """
    One call of the log: every name and level that it may have, and its keys.
    """

    events: frozenset[str]
    levels: frozenset[str]
    keys: frozenset[str]


def section(heading: str) -> str:
    """
    The text under that heading, to the next one of its rank.
    """
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found.group(1)


def rows(text: str) -> list[list[str]]:
    """
    The rows of the first table, without its heading.
    """
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines[2:]]


def dictionary() -> dict[str, list[str]]:
    found = {row[0].strip(" `"): row for row in rows(section("The log"))}
    assert len(found) > 10
    return found


def calls_of_the_log() -> Iterator[Logged]:
    for path in sorted((ROOT / "mailbot").rglob("*.py")):
        tree = ast.parse(path.read_text())
        said = {
            target.id: _levels(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and _levels(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (levels := _called(node.func, said)):
                keys = frozenset(each.arg for each in node.keywords if each.arg)
                yield Logged(frozenset(_names(node.args[0])), levels, keys)


def _levels(value: ast.expr) -> frozenset[str]:
    """
    The levels in `log.info if … else log.warning`; none in anything else.
    """
    if isinstance(value, ast.IfExp):
        return _levels(value.body) | _levels(value.orelse)
    if isinstance(value, ast.Attribute) and value.attr in LEVELS:
        owner = value.value
        is_log = isinstance(owner, ast.Name) and owner.id == "log"
        is_fetched = isinstance(owner, ast.Call) and "get_logger" in ast.unparse(owner.func)
        return frozenset({value.attr} if is_log or is_fetched else ())
    return frozenset()


def _called(function: ast.expr, said: dict[str, frozenset[str]]) -> frozenset[str]:
    if isinstance(function, ast.Name):
        return said.get(function.id, frozenset())
    return _levels(function)


def _names(event: ast.expr) -> Iterator[str]:
    if isinstance(event, ast.IfExp):
        yield from _names(event.body)
        yield from _names(event.orelse)
    elif isinstance(event, ast.JoinedStr):
        assert ast.unparse(event) == "f'letter_{status}'", ast.unparse(event)
        yield from (f"letter_{each}" for each in SETTLED)
    else:
        assert isinstance(event, ast.Constant), ast.unparse(event)
        yield str(event.value)


def commands(group: TyperGroup, name: str = "mailbot") -> Iterator[tuple[str, TyperCommand]]:
    for word, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, f"{name} {word}")
        elif isinstance(command, TyperCommand):
            yield f"{name} {word}", command


def every_command() -> dict[str, TyperCommand]:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return dict(commands(group))


def test_every_event_of_the_code_stands_in_the_dictionary_and_no_other() -> None:
    logged = {name for call in calls_of_the_log() for name in call.events}

    assert logged == set(dictionary())


def test_the_dictionary_gives_every_event_its_level() -> None:
    told = dictionary()

    for call in calls_of_the_log():
        for name in call.events:
            assert told[name][1].strip() in call.levels, name


def test_no_key_of_a_call_is_left_out_of_the_line() -> None:
    for call in calls_of_the_log():
        assert call.keys <= KEYS, call


def test_every_letter_outcome_has_an_event_of_its_own() -> None:
    final = {Status.SENT, Status.REFUSED, Status.EXPIRED}
    on_its_way = {Status.DEFERRED, Status.UNCERTAIN}

    assert final | on_its_way | {CLAIMED_BY_ANOTHER, WRITTEN_AGAIN} == set(SETTLED)
    assert {each.__name__.lower() for each in (Sent, Deferred, Refused, Uncertain)} < set(SETTLED)


def test_every_command_stands_in_the_table_with_its_exit_status() -> None:
    told = [row[0] + row[-1] for row in rows(section("Commands"))]

    for name in every_command():
        assert any(f"`{name}" in row and re.search(r"\b0\b", row) for row in told), name


def test_every_option_of_a_command_stands_in_the_table() -> None:
    told = "\n".join(row[0] for row in rows(section("Commands")))

    for name, command in every_command().items():
        line = "\n".join(each for each in told.splitlines() if f"`{name}" in each)
        options = [option for each in command.params for option in each.opts if "--" in option]
        for option in options:
            if (name, option) != ("mailbot demo", "--folder"):
                assert option in line, (name, option)


def test_every_status_of_a_letter_is_explained() -> None:
    told = {row[0].strip(" `") for row in rows(section("The life of a message"))}

    assert told == {str(each) for each in Status}


@pytest.mark.parametrize("table", sections())
def test_every_key_of_mailbot_toml_stands_in_the_readme(table: str) -> None:
    row = next(each for each in rows(section("Configuration")) if f"[{table}]" in each[0])

    for key in sections()[table].model_fields:
        assert f"`{key}`" in row[1], key


def test_the_first_screen_says_what_for_whom_and_what_not() -> None:
    first_screen = "\n".join(README.splitlines()[:30])

    for word in ("complaints code", "For whom", "What it is not", "What it promises"):
        assert word in first_screen


# --- the life of a case ------------------------------------------------------

#: What happens to a case, as a label in the diagram.
MOVES = {
    Move.MESSAGE_JOINED: "another message",
    Move.OUTCOME_SENT: "outcome sent",
    Move.OUTCOME_LOST: "the outcome did not arrive",
    Move.CONFIRMED: "the customer says yes",
    Move.DISPUTED: "the customer says no",
    Move.CLOSED: "a confirmation is recorded",
    Move.REOPENED: "opened again",
    Move.ESCALATED: "escalated",
    Move.DEADLOCKED: "deadlock",
    Move.JUDGED_NOT_A_COMPLAINT: "judged to be no complaint",
}


def diagram() -> str:
    """
    The table of states as a block for Mermaid: one arrow for all the moves between two.
    """
    arrows: dict[tuple[State, State], list[str]] = {}
    for (state, move), following in TRANSITIONS.items():
        arrows.setdefault((state, following), []).append(MOVES[move])
    lines = [f'state "{STATES[state]}" as {state}' for state in State]
    lines += [f"[*] --> {State.OPEN}: a customer writes"]
    lines += [f"{start} --> {end}: {', '.join(moves)}" for (start, end), moves in arrows.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", *(f"    {each}" for each in lines), "```\n"])


def test_the_contents_lead_to_every_chapter() -> None:
    def anchor(heading: str) -> str:
        return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")

    headings = re.findall(r"^##+ (.+)$", README, re.MULTILINE)
    links = dict(re.findall(r"\[([^\]]+)\]\(#([^)]+)\)", section("Contents")))
    assert links == {each: anchor(each) for each in links}
    assert set(links) <= set(headings)
    chapters = re.findall(r"^## (.+)$", README, re.MULTILINE)
    assert set(chapters) - {"Contents"} <= set(links)


def test_the_diagram_of_the_life_of_a_case_is_the_table_of_states() -> None:
    drawn = DIAGRAM.search(README)
    assert drawn, "the two comments between which the diagram stands are gone"
    if os.environ.get("MAILBOT_WRITE_GOLDEN"):
        wanted = DIAGRAM.sub(lambda found: f"{found[1]}{diagram()}{found[3]}", README)
        (ROOT / "README.md").write_text(wanted)
        return

    assert drawn[2] == diagram(), "MAILBOT_WRITE_GOLDEN=1 pytest tests/test_readme.py writes it"


def test_every_move_of_a_case_has_a_label() -> None:
    assert set(MOVES) == set(Move)


# --- the recipes -------------------------------------------------------------

#: Each chapter with its ways to log in, the first of them in full.
RECIPES = [
    (heading, number)
    for heading in ("Microsoft 365", "Google Workspace")
    for number in range(len(recipes.configurations(heading)))
]


@pytest.mark.parametrize(("heading", "number"), RECIPES)
def test_what_a_recipe_writes_into_mailbot_toml_is_accepted_as_it_stands(
    heading: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [tomllib.loads(each) for each in recipes.configurations(heading)]
    shutil.copytree(ROOT / "config", tmp_path / "config")
    # What a person puts there is what they have; the recipe's own words are tried.
    (tmp_path / "var").mkdir()
    for name in ("client.secret", "mailbot.pem", "google.json"):
        (tmp_path / "var" / name).write_text("something\n")
    monkeypatch.chdir(tmp_path)
    written = told[0] | {"oauth2": told[number]["oauth2"]}

    settings = load(tmp_path / "config", _as_environment(written))

    assert settings.imap.auth == settings.smtp.auth == "oauth2"
    assert settings.imap.username == settings.smtp.username == settings.service.address
    assert settings.imap.sent_folder == ""
    assert settings.oauth2.flow == told[number]["oauth2"]["flow"]
    # What the recipe says leaves nothing to be reminded of but what the host alone can see to.
    about_servers = [
        each for each in settings.warnings(date(2026, 12, 1)) if "mailbot.toml" in each
    ]
    assert all("staff_proof" in each for each in about_servers), about_servers
    if heading == "Microsoft 365":
        assert (settings.smtp.per_minute, settings.smtp.connections) == (30, 2)
        assert settings.service.staff_proof == "exchange"


def test_the_recipes_show_every_flow() -> None:
    flows = {
        tomllib.loads(each)["oauth2"]["flow"]
        for heading, _ in RECIPES
        for each in recipes.configurations(heading)
    }

    assert flows == {str(each) for each in Flow}


def _as_environment(written: dict[str, dict[str, object]]) -> dict[str, str]:
    return {
        f"MAILBOT_{table}__{key}".upper(): value if isinstance(value, str) else json.dumps(value)
        for table, keys in written.items()
        for key, value in keys.items()
    }


# --- monitoring --------------------------------------------------------------


def test_every_reason_stands_in_the_readme_with_its_remedy() -> None:
    reasons = section("Monitoring").partition("### Metrics")[0]
    told = {row[0].strip(" `"): row[2].replace("`", "").strip() for row in rows(reasons)}

    assert told == {each.value: remedy for each, remedy in REMEDIES.items()}


def test_a_container_is_asked_whether_it_is_well() -> None:
    image = (ROOT / "Dockerfile").read_text()
    command = re.search(r'^HEALTHCHECK .* CMD \["mailbot", "(\w+)"\]$', image, re.MULTILINE)

    assert command
    assert f"mailbot {command[1]}" in every_command()


# --- as a service ------------------------------------------------------------


def test_the_folders_of_the_chapter_are_those_of_the_unit() -> None:
    unit = (ROOT / "config" / "mailbot@.service").read_text()
    told = recipes.chapter("As a service; two firms on one machine")

    for line, said in (
        ("User=mailbot-%i", "useradd --system --home-dir /var/lib/mailbot/infinity mailbot-infinity"),
        ("ExecStart=/opt/mailbot/bin/mailbot --config /etc/mailbot/%i run",
         "runuser -u mailbot-infinity -- /opt/mailbot/bin/mailbot --config /etc/mailbot/infinity check"),
        ("WorkingDirectory=/var/lib/mailbot/%i", "cd /var/lib/mailbot/infinity"),
        ("EnvironmentFile=-/etc/mailbot/%i/environment", "/etc/mailbot/infinity/environment"),
        ("MemoryMax=2G", "2 GB of memory"),
    ):  # fmt: skip
        assert line in unit.splitlines()
        assert said in told


# --- who could pretend to be a handler --------------------------------------


def test_every_threat_of_the_table_is_shown_by_a_test_that_exists() -> None:
    threats = section("Commands").partition("### Who could pretend to be a handler")[2]
    named = [row[-1].strip(" `") for row in rows(threats)]
    written = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.AsyncFunctionDef)
    }

    assert len(named) > 15
    assert [each for each in named if each not in written] == []
