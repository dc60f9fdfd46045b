"""
What happened, instant after instant: in sentences, each with what proves it.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from mailbot.bundle.sections import Line, Table
from mailbot.dossier.document import Document
from mailbot.evidence.naming import Naming

#: Characters of somebody's words; all of them stand in the mail or in case.json.
_LONGEST = 600
#: How any message of a person is read: no reason that a reader asks for.
_AS_EVER = "nothing_automatic"
_BY_POST = frozenset({"letter_to_be_posted", "letter_posted"})
#: Events after which somebody reads when a promise had been due.
_BROKEN = "obligation_breached"
_ENDS = frozenset({"obligation_met", "obligation_met_late", _BROKEN})


def chronology(
    events: Sequence[Document], obligations: Sequence[Document], naming: Naming
) -> Table:
    """
    The oldest first. What was recorded at one instant is one row.
    """
    due = _due(obligations, naming)
    rows = []
    for at, group in groupby(events, key=lambda each: each["at"]):
        together = list(group)
        rows.append(
            (
                (Line(naming.moment(at)),),
                tuple(line for each in together for line in _told(each, due)),
                tuple(_proofs(together, naming)),
            )
        )
    return Table(("When", "What happened, and why", "Proof"), (18, 46, 36), tuple(rows))


def _told(event: Document, due: Mapping[tuple[str, str, str], list[str]]) -> Iterator[Line]:
    is_broken = event["event"] in {"obligation_breached", "obligation_met_late", "contact_missed"}
    yield Line(event["sentence"], tone="bad" if is_broken else "")
    if by := due.get((event["event"], event["reason"], event["at"])):
        # Two that end at one instant are told in the order in which they were due.
        yield Line(f"It was due by {by.pop(0)}.", tone="faint")
    if event["text"]:
        yield Line(shortened(event["text"]), is_quote=True)
    if event["rule"] and event["reason"] != _AS_EVER:
        yield Line(f"Why: {event['rule']}.", tone="faint")


def _due(obligations: Sequence[Document], naming: Naming) -> dict[tuple[str, str, str], list[str]]:
    """
    By the event that says so, the promise, and the instant at which it was kept or its last
    moment passed: until when.
    """
    found: dict[tuple[str, str, str], list[str]] = {}
    for each in sorted(obligations, key=lambda each: str(each["due_at"])):
        ends = [(_BROKEN, each["due_at"])]
        if each["settled_at"]:
            ends.append((f"obligation_{each['state']}", each["settled_at"]))
        for event, at in dict.fromkeys(ends):
            due = found.setdefault((event, each["promise"], at), [])
            due.append(naming.last_moment(each["due_at"]))
    return {key: due for key, due in found.items() if key[0] in _ENDS}


def _proofs(events: Sequence[Document], naming: Naming) -> Iterator[Line]:
    """
    Each mail once, however many of these events it proves.
    """
    lines = [*naming.proofs(*(each["proof"] for each in events))]
    for each in events:
        if each["event"] in _BY_POST:
            lines += naming.on_paper(each["about"], each["at"])
    yield from lines
    if not lines:
        causes = dict.fromkeys(each["proof"]["by"] for each in events if each["proof"]["by"])
        yield from (Line(_caused(each), tone="faint") for each in causes)


def _caused(by: str) -> str:
    who = by.removeprefix("a command of ")
    return f"Recorded by {who}" if who != by else f"Caused by {by}"


def shortened(text: str) -> str:
    return textwrap.shorten(" ".join(text.split()), _LONGEST, placeholder=" …")
