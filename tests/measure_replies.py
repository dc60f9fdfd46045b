"""
How well answers are told from quotes, measured on a folder of labelled reply bodies.

    python -m tests.measure_replies FOLDER [--each]

FOLDER holds `labels.jsonl`; of its lines those of the kind `reply_quote` are read.
Prints how many are cut exactly as asserted, how many keep less (words of the writer
are lost) and how many keep more (quoted words would leave); --each names the rest.
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from mailbot.mail.quoting.new_text import new_text
from mailbot.mail.reading.html import html_to_text

_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def is_html(text: str) -> bool:
    return bool(re.search(r"<(html|div|body|blockquote|p)\b", text, re.IGNORECASE))


def wanted(expected: dict[str, Any]) -> list[str]:
    """
    The words that the label says are the writer's.
    """
    said = expected.get("visible_text", expected.get("visible_html_nows", ""))
    return words(html_to_text(said) if is_html(said) else said)


def verdict(kept: list[str], expected: dict[str, Any]) -> str:
    if "contains" in expected:
        text = " ".join(kept)
        found = all(" ".join(words(each)) in text for each in expected["contains"])
        return "exact" if found else "less"
    asked = wanted(expected)
    # Some labels have lost the spaces of their HTML.
    if "".join(kept) == "".join(asked):
        return "exact"
    missing, more = Counter(asked) - Counter(kept), Counter(kept) - Counter(asked)
    if missing:
        return "both" if more else "less"
    return "more"


def measure(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """
    By format, each file and its verdict: exact, less, more or both.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        if label["kind"] != "reply_quote":
            continue
        text = (folder / label["file"]).read_bytes().decode("utf-8", "replace")
        if label["format"] == "body_html":
            text = html_to_text(text)
        said = verdict(words(new_text(text)), label["expected"])
        found.setdefault(label["format"], []).append((label["file"], said))
    return found


def main(arguments: list[str]) -> int:
    folders = [each for each in arguments if not each.startswith("--")]
    if len(folders) != 1:
        sys.stderr.write(__doc__ or "")
        return 2
    for kind, results in measure(Path(folders[0])).items():
        counts = Counter(said for _, said in results)
        figures = ", ".join(f"{each} {counts[each]}" for each in ("exact", "less", "more", "both"))
        sys.stdout.write(f"{kind}: {len(results)} bodies: {figures}\n")
        if "--each" in arguments:
            sys.stdout.writelines(
                f"  {said}: {name}\n" for name, said in results if said != "exact"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
