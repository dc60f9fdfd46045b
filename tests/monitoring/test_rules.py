"""
config/alerts.yml and config/grafana-dashboard.json speak of metrics that there are.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from mailbot.health.facts import Ending
from mailbot.health.reasons import Reason
from mailbot.monitoring.counted import InWork, Measured, SinceStart
from mailbot.monitoring.metrics import exposed as exposed_as
from mailbot.monitoring.metrics import families
from tests.conftest import missing
from tests.health.house import told, with_worker

CONFIG = Path(__file__).parents[2] / "config"
ALERTS = yaml.safe_load((CONFIG / "alerts.yml").read_text())
DASHBOARD: dict[str, Any] = json.loads((CONFIG / "grafana-dashboard.json").read_text())
README = (CONFIG.parent / "README.md").read_text()

#: What the monitoring system and its client say by themselves.
BESIDE = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}

EVERYTHING = Measured(
    facts=replace(
        with_worker(told(space_share=0.5, clocks={"mail server": 2})),
        ending=[Ending(key="client_secret_file", days=9)],
    ),
    troubles=[],
    since_start=SinceStart(),
    in_work=InWork(),
    version="1",
    send="live",
)


def exposed() -> dict[str, set[str]]:
    """
    Every series of ours by its name, with its labels.
    """
    samples = [sample for family in families(EVERYTHING) for sample in family.samples]
    return {each.name: set(each.labels) for each in samples}


def rules() -> list[dict[str, Any]]:
    return [rule for group in ALERTS["groups"] for rule in group["rules"]]


def panels() -> Iterator[dict[str, Any]]:
    for panel in DASHBOARD["panels"]:
        yield from (panel, *panel.get("panels", ()))


def expressions() -> list[str]:
    asked = [rule["expr"] for rule in rules()]
    asked += [target["expr"] for panel in panels() for target in panel.get("targets", ())]
    return asked


def metrics_in(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:mailbot|process|python)_[a-z_]+|\bup\b", expression))


@pytest.mark.parametrize("expression", expressions())
def test_what_is_asked_for_is_there_with_its_labels(expression: str) -> None:
    there = exposed()

    asked = metrics_in(expression)
    assert asked
    assert asked <= there.keys() | BESIDE
    for name, matchers in re.findall(r"(mailbot_[a-z_]+)\{([^}]*)\}", expression):
        assert set(re.findall(r"(\w+)\s*(?:=~|!=|=)", matchers)) <= there[name] | {
            "instance",
            "job",
        }
    for by in re.findall(r"by \(([^)]*)\)", expression):
        labels = {each.strip() for each in by.split(",")} - {"instance", "job"}
        assert labels <= set.union(set(), *(there.get(each, set()) for each in asked))


def test_every_rule_says_what_is_wrong_and_what_to_do() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert set(rule["annotations"]) == {"summary", "remedy"}
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) > 8


def test_the_readme_has_every_rule_and_every_metric() -> None:
    for name in (*(rule["alert"] for rule in rules()), *exposed()):
        assert f"`{name}`" in README or f"`{name}{{" in README, name


def test_promtool_takes_the_rules() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        missing("promtool (Debian: prometheus)")

    said = subprocess.run(
        [promtool, "check", "rules", str(CONFIG / "alerts.yml")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 0, said.stdout + said.stderr
    assert f"{len(rules())} rules found" in said.stdout


def test_promtool_has_nothing_to_say_about_names_and_units() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        missing("promtool (Debian: prometheus)")
    content, _ = exposed_as(EVERYTHING, "")

    said = subprocess.run(
        [promtool, "check", "metrics"], input=content, capture_output=True, check=False
    )

    assert (said.returncode, said.stdout, said.stderr) == (0, b"", b"")


def test_the_dashboard_is_one_that_grafana_imports() -> None:
    assert DASHBOARD["title"] == "mailbot"
    assert DASHBOARD["uid"]
    assert DASHBOARD["id"] is None
    shown = list(panels())
    assert len({panel["id"] for panel in shown}) == len(shown)
    for panel in shown:
        place = panel["gridPos"]
        assert 0 <= place["x"] < place["x"] + place["w"] <= 24
        if panel["type"] == "row":
            continue
        assert panel["title"]
        assert panel["description"]
        assert panel["datasource"]["uid"] == "${datasource}"
        for target in panel["targets"]:
            assert target["datasource"]["uid"] == "${datasource}"
    assert [each["name"] for each in DASHBOARD["templating"]["list"]] == ["datasource"]
    occupied = [
        (x, y)
        for panel in shown
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(occupied) == len(set(occupied))


def test_every_reason_is_a_series() -> None:
    [family] = [each for each in families(EVERYTHING) if each.name == "mailbot_reason"]

    assert {each.labels["reason"] for each in family.samples} == {each.value for each in Reason}
