"""
The composition of containers: what a parser can say of it where no Docker is at hand.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from mailbot.settings import load

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "config"
DOCKERFILE = (ROOT / "Dockerfile").read_text()

#: What Compose puts something else in place of: ${NAME}, ${NAME:?why}, ${NAME?why}.
_VARIABLE = re.compile(r"\$\{(\w+)(:?\?[^}]*)?\}")


def in_the_environment(file: Path) -> dict[str, str]:
    lines = (line for line in file.read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


ENV = in_the_environment(CONFIG / "env.example")


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    text = (CONFIG / "compose.yaml").read_text()
    return dict(yaml.safe_load(_VARIABLE.sub(lambda found: ENV[found[1]], text)))


def test_whatever_it_wants_from_outside_is_in_the_example_and_nothing_else() -> None:
    text = (CONFIG / "compose.yaml").read_text()
    assert {found[1] for found in _VARIABLE.finditer(text)} == set(ENV)


def test_what_must_not_be_empty_is_asked_for() -> None:
    text = (CONFIG / "compose.yaml").read_text()
    asked = {found[1]: found[2] or "" for found in _VARIABLE.finditer(text)}
    assert {name for name, why in asked.items() if not why} == set()
    assert {name for name, why in asked.items() if not why.startswith(":")} == {
        "MAILBOT_SMTP__PASSWORD"
    }


def test_the_workers_environment_makes_the_example_complete(composed: dict[str, Any]) -> None:
    environ = composed["services"]["mailbot"]["environment"]
    settings = load(CONFIG, environ)
    url = settings.database.url.get_secret_value()
    database = composed["services"]["postgres"]["environment"]
    assert url == (
        f"postgres://{database['POSTGRES_USER']}:{database['POSTGRES_PASSWORD']}"
        f"@postgres:5432/{database['POSTGRES_DB']}"
    )


def test_two_workers_share_the_keys_and_start_once_the_database_answers(
    composed: dict[str, Any],
) -> None:
    workers = composed["services"]["mailbot"]
    assert workers["deploy"]["replicas"] == 2
    assert workers["depends_on"]["postgres"]["condition"] == "service_healthy"
    folder = Path(re.search(r"^WORKDIR (/var\S+)", DOCKERFILE, re.MULTILINE)[1])  # type: ignore[index]
    key = load(CONFIG, workers["environment"]).service.token_key_file
    kept = [each.split(":")[1] for each in workers["volumes"]]
    assert str((folder / key).parent) in kept
    assert "MAILBOT_CONFIG=/etc/mailbot" in DOCKERFILE
    assert "/etc/mailbot" in kept


def test_a_volume_finds_its_folder_in_the_image_and_it_is_the_workers_own(
    composed: dict[str, Any],
) -> None:
    """
    Docker gives a new volume the owner of what it covers, and to root what is not there.
    """
    [user] = re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)
    named = dict(each.split(":")[:2] for each in composed["services"]["mailbot"]["volumes"])
    for volume in composed["volumes"].keys() & named.keys():
        folder = re.escape(named[volume])
        assert re.search(rf"^RUN install -d -o {user} .*{folder}$", DOCKERFILE, re.MULTILINE)


def test_every_volume_and_network_that_is_used_is_declared(composed: dict[str, Any]) -> None:
    services = composed["services"].values()
    named = {each.split(":")[0] for service in services for each in service["volumes"]}
    assert {each for each in named if not each.startswith(".")} == set(composed["volumes"])
    assert {each for service in services for each in service["networks"]} == set(
        composed["networks"]
    )


def test_nobody_but_the_workers_reaches_the_database(composed: dict[str, Any]) -> None:
    assert composed["networks"]["database"]["internal"] is True
    assert composed["services"]["postgres"]["networks"] == ["database"]
    assert not any("ports" in service for service in composed["services"].values())


def test_a_worker_in_it_may_do_little_besides_its_work(composed: dict[str, Any]) -> None:
    workers = composed["services"]["mailbot"]
    assert workers["read_only"] is True
    assert workers["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in workers["security_opt"]


def test_all_that_travels_with_the_package_gets_into_the_image() -> None:
    let_in = (ROOT / ".dockerignore").read_text().splitlines()
    for each in CONFIG.iterdir():
        if each.suffix in {".toml", ".txt"}:
            assert f"!config/{each.name}" in let_in
