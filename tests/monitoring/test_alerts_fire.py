"""
The alert rules on made-up series, as `promtool test rules` plays them.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.conftest import missing

ALERTS = Path(__file__).parents[2] / "config" / "alerts.yml"

#: By alert: the series, when it is asked, and the labels of what fires then, if anything does.
PLAYED: list[tuple[str, dict[str, str], str, list[dict[str, str]]]] = [
    (
        "MailbotFailing",
        {
            'mailbot_reason{instance="one",reason="disk_full"}': "0x4 1x10",
            'mailbot_reason{instance="two",reason="disk_full"}': "0x4 1x10",
            'mailbot_reason{instance="one",reason="paused"}': "0x20",
        },
        "8m",
        [{"reason": "disk_full", "severity": "page"}],
    ),
    ("MailbotFailing", {'mailbot_reason{reason="disk_full"}': "0x4 1x10"}, "4m", []),
    (
        "MailbotPartDown",
        {'mailbot_part_up{instance="one",part="smtp"}': "1 0x20"},
        "7m",
        [{"instance": "one", "part": "smtp", "severity": "ticket"}],
    ),
    ("MailbotPartDown", {'mailbot_part_up{part="smtp"}': "1 0x3 1x20"}, "7m", []),
    (
        "MailbotGone",
        {'mailbot_build_info{version="1"}': "1x2 stale"},
        "20m",
        [{"severity": "page"}],
    ),
    (
        # Told once, by however many workers, and over an hour later.
        "MailbotPromiseBroken",
        {
            f'mailbot_promises{{instance="{each}",promise="introduce",state="breached"}}': "2x90 3x200"
            for each in ("one", "two")
        },
        "100m",
        [{"promise": "introduce", "severity": "ticket"}],
    ),
    (
        "MailbotPromiseBroken",
        {'mailbot_promises{promise="introduce",state="breached"}': "2x90 3x200"},
        "160m",
        [],
    ),
    (
        "MailbotHeldMail",
        {"mailbot_oldest_held_seconds": "90000x5"},
        "2m",
        [{"severity": "ticket"}],
    ),
    (
        "MailbotDiskFillingUp",
        {"mailbot_database_free_bytes": "9e9-1e7x600"},
        "480m",
        [{"severity": "ticket"}],
    ),
    ("MailbotDiskFillingUp", {"mailbot_database_free_bytes": "9e9-1e4x600"}, "480m", []),
    (
        "MailbotMailboxFillingUp",
        {"mailbot_mailbox_space_left_ratio": "0.09x100"},
        "80m",
        [{"severity": "ticket"}],
    ),
    (
        "MailbotRelayRefuses",
        {
            'mailbot_deliveries_total{instance="one",outcome="refused"}': "0+1x200",
            'mailbot_deliveries_total{instance="one",outcome="sent"}': "0+2x200",
        },
        "120m",
        [{"instance": "one", "severity": "ticket"}],
    ),
]


def played(number: int) -> dict[str, Any]:
    alert, series, at, fires = PLAYED[number]
    return {
        "name": f"{alert} at {at}",
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        # Of what fires the labels are compared, and the words as the rules have them.
        "promql_expr_test": [
            {
                "expr": f'ALERTS{{alertname="{alert}",alertstate="firing"}}',
                "eval_time": at,
                "exp_samples": [{"labels": _series(alert, labels), "value": 1} for labels in fires],
            }
        ],
    }


def _series(alert: str, labels: dict[str, str]) -> str:
    told = {"alertname": alert, "alertstate": "firing", **labels}
    return "ALERTS{" + ",".join(f'{name}="{value}"' for name, value in told.items()) + "}"


def test_each_alert_fires_when_it_should_and_not_before(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        missing("promtool (Debian: prometheus)")
    tests = [played(number) for number in range(len(PLAYED))]
    # JSON is YAML.
    file = tmp_path / "played.yml"
    file.write_text(
        json.dumps({"rule_files": [str(ALERTS)], "evaluation_interval": "1m", "tests": tests})
    )

    said = subprocess.run(
        [promtool, "test", "rules", str(file)], capture_output=True, text=True, check=False
    )

    assert said.returncode == 0, said.stdout + said.stderr
