"""
The measuring script counts what it is there to count.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.measure_labelled import main

CORPUS = Path(__file__).parent / "corpus"


def label(folder: Path, stem: str, kind: str, **expected: Any) -> str:
    (folder / f"{stem}.eml").write_bytes((CORPUS / f"{stem}.eml").read_bytes())
    said = {"file": f"{stem}.eml", "kind": kind, "format": "rfc822", "expected": expected}
    return json.dumps(said)


def test_it_prints_what_was_read_and_names_what_was_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        label(
            tmp_path, "qmail-failure-notice", "dsn", recipients=["jane@example.org"], permanent=True
        ),
        label(tmp_path, "alpine-no-mime", "dsn"),
        label(tmp_path, "gmail-web", "normal", subject="No internet", text="Something else"),
        label(tmp_path, "mailman-list-post-by-a-person", "list"),
    ]
    (tmp_path / "labels.jsonl").write_text("\n".join(lines), encoding="utf-8")

    assert main(tmp_path, names_all=True) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "messages 4, exceptions 0 held 0" in printed
    assert (
        "bounces recognised 1 of 2 50.0 % alpine-no-mime.eml person by nothing_automatic" in printed
    )
    assert "no false bounce 2 of 2 100.0 %" in printed
    assert "automatic mail not acknowledged 2 of 3 66.7 %" in printed
    assert "people's mail acknowledged 1 of 1 100.0 %" in printed
    assert "recipients of bounces found 1 of 1 100.0 %" in printed
    assert "failed for good or for now 1 of 1 100.0 %" in printed
    assert "subjects 1 of 1 100.0 %" in printed
    assert "texts, to the word 0 of 1 0.0 % gmail-web.eml wanted" in printed
