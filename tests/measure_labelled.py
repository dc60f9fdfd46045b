"""
How well real mail is read: figures over a folder of labelled messages, for a person.

    python -m tests.measure_labelled FOLDER [--all]

FOLDER has `labels.jsonl`, one object a line with `file`, `kind`, `format` and
`expected`. Nothing of such a folder belongs to the project: whatever it teaches
becomes a message of our own in `corpus/`. `--all` names every file that was missed.
"""

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import eq
from pathlib import Path
from typing import Any

from mailbot.mail.message import DeliveryStatus, InboundMessage, Kind
from mailbot.mail.origin.classify import Classification, Surroundings, classify
from mailbot.mail.reading.parse import parse
from mailbot.mail.reading.scan import Malformed

RECEIVED_AT = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)
AROUND = Surroundings(spam_signals=frozenset({("x-spam-flag", "yes")}))
BOUNCES = {Kind.BOUNCE_HARD, Kind.BOUNCE_SOFT, Kind.BOUNCE_DELAY}
#: A message of more than this many milliseconds is named.
_SLOW = 500
_ADDRESS_OF_A_LINK = re.compile(r" ?<https?://[^<>\s]*>")


@dataclass(frozen=True)
class Labelled:
    file: str
    kind: str
    expected: Mapping[str, Any]
    content: bytes


@dataclass(frozen=True)
class Seen:
    """
    What became of a labelled message: read and classified, or held with a reason.
    """

    label: Labelled
    message: InboundMessage | None
    classification: Classification | None
    held: str
    milliseconds: float

    @property
    def kind(self) -> Kind | None:
        return self.classification.kind if self.classification else None


@dataclass
class Figure:
    """
    How many of how many, and which were missed.
    """

    name: str
    right: int = 0
    missed: list[str] = field(default_factory=list)

    def count(self, label: Labelled, *, is_right: bool, why: str = "") -> None:
        if is_right:
            self.right += 1
        else:
            self.missed.append(f"{label.file} {why}".strip())

    def line(self) -> str:
        total = self.right + len(self.missed)
        share = f"{100 * self.right / total:.1f} %" if total else "-"
        return f"{self.name:<52} {self.right:>5} of {total:<5} {share}"


def labelled(folder: Path) -> Iterator[Labelled]:
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        if said["format"] == "rfc822":
            content = (folder / said["file"]).read_bytes()
            if content.startswith(b"From "):  # a line of the mbox format, no header field
                content = content.partition(b"\n")[2]
            yield Labelled(said["file"], said["kind"], said["expected"], content)


def look(label: Labelled) -> Seen:
    begun = time.perf_counter()
    try:
        message = parse(label.content, received_at=RECEIVED_AT)
    except Malformed as bound:
        return Seen(label, None, None, str(bound), (time.perf_counter() - begun) * 1000)
    decided = classify(message, AROUND)
    return Seen(label, message, decided, "", (time.perf_counter() - begun) * 1000)


def figures(seen: Iterable[Seen]) -> Iterator[Figure]:
    seen = list(seen)
    yield _each("bounces recognised", seen, lambda each: each.kind in BOUNCES, ["dsn"])
    others = ["normal", "list", "bulk", "auto_reply"]
    yield _each("no false bounce", seen, lambda each: each.kind not in BOUNCES, others)
    robots = ["dsn", "list", "bulk", "auto_reply"]
    yield _each(
        "automatic mail not acknowledged", seen, lambda s: s.kind is not Kind.PERSON, robots
    )
    yield _each("people's mail acknowledged", seen, lambda s: s.kind is Kind.PERSON, ["normal"])
    yield from _recipients(seen)
    yield _is_read("subjects", seen, "subject", lambda message: message.subject)
    yield _is_read("texts, to the word", seen, "text", lambda message: message.text)
    # Some labels stop at the first of several parts.
    yield _is_read("texts, all words there", seen, "text", lambda m: m.text, lambda a, b: a in b)
    yield _is_read(
        "senders", seen, "from_addresses", lambda message: [each.email for each in message.senders]
    )
    yield _is_read(
        "names of attachments",
        seen,
        "attachment_filenames",
        lambda message: [each.name for each in message.attachments],
    )


def _each(name: str, seen: Iterable[Seen], is_right: Any, kinds: list[str]) -> Figure:
    figure = Figure(name)
    for each in seen:
        if each.label.kind in kinds and not each.held:
            why = f"{each.kind} by {each.classification.rule}" if each.classification else ""
            figure.count(each.label, is_right=is_right(each), why=why)
    return figure


def _recipients(seen: Iterable[Seen]) -> Iterator[Figure]:
    """
    The failed recipients: at least the right ones, exactly those, and for good or for now.
    """
    found, exact, lasting = (
        Figure("recipients of bounces found"),
        Figure("recipients of bounces exact"),
        Figure("failed for good or for now"),
    )
    for each in seen:
        expected = each.label.expected
        if expected.get("recipients") is None or each.message is None:
            continue
        wanted = {one.lower() for one in (*expected["recipients"], *expected.get("temporary", ()))}
        statuses = each.message.delivery_statuses
        read = {one for status in statuses for one in status.recipients}
        why = f"wanted {sorted(wanted)}, read {sorted(read)}"
        found.count(each.label, is_right=wanted <= read, why=why)
        exact.count(each.label, is_right=wanted == {*_named(statuses)}, why=why)
        if expected.get("permanent") is not None:
            has_failed = any(status.action == "failed" for status in statuses)
            why = f"{each.kind}, permanent: {expected['permanent']}"
            lasting.count(each.label, is_right=has_failed == expected["permanent"], why=why)
    yield from (found, exact, lasting)


def _named(statuses: Iterable[DeliveryStatus]) -> Iterator[str]:
    """
    The address that we wrote, of each recipient.
    """
    return (status.recipients[0] for status in statuses)


def _is_read(
    name: str, seen: Iterable[Seen], key: str, value: Any, is_same: Callable[[str, str], bool] = eq
) -> Figure:
    figure = Figure(name)
    for each in seen:
        if each.message is not None and each.label.expected.get(key) is not None:
            wanted, read = each.label.expected[key], value(each.message)
            is_right = is_same(_plain(wanted), _plain(read))
            figure.count(
                each.label, is_right=is_right, why=f"wanted {wanted!r}, read {read!r}"[:600]
            )
    return figure


def _plain(value: str | list[str]) -> str:
    # How white space is kept is a matter of taste, and where the address behind a link is
    # printed; words are not.
    said = value if isinstance(value, str) else " ".join(value)
    return " ".join(_ADDRESS_OF_A_LINK.sub("", said).split())


def main(folder: Path, *, names_all: bool) -> int:
    seen, escaped = [], []
    for label in labelled(folder):
        # A measurement has to go on: whatever escapes from the reader is what is looked for.
        try:
            seen.append(look(label))
        except Exception as defect:  # noqa: BLE001
            escaped.append(f"{label.file} {defect!r}")
    out = sys.stdout.write
    out(f"messages {len(seen) + len(escaped)}, exceptions {len(escaped)}\n")
    out("".join(f"  {each}\n" for each in escaped))
    held = [each for each in seen if each.held]
    out(f"held {len(held)}\n")
    out("".join(f"  {each.label.file} {each.held}\n" for each in held))
    for figure in figures(seen):
        out(figure.line() + "\n")
        if names_all:
            out("".join(f"  {each}\n" for each in figure.missed))
    rules = Counter(
        (each.label.kind, each.classification.kind.value, each.classification.rule)
        for each in seen
        if each.classification
    )
    out("".join(f"{count:>5}  {' '.join(each)}\n" for each, count in sorted(rules.items())))
    slow = sorted(seen, key=lambda each: each.milliseconds)[-3:]
    for each in slow:
        if each.milliseconds > _SLOW or each is slow[-1]:
            out(f"{each.milliseconds:>7.0f} ms {each.label.file}\n")
    return 1 if escaped else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), names_all="--all" in sys.argv[2:]))
