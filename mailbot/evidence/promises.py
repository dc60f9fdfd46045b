"""
Each promise of the code, with its clause, until when it was due, what became of it, and what
proves that.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from mailbot.bundle.sections import Line, Lines, Table, Tone
from mailbot.cases.letter import RESTS
from mailbot.cases.obligation import ObligationState
from mailbot.cases.rulebook.promise_tables import Promises
from mailbot.cases.wording import account, plain_names
from mailbot.dossier.document import Document
from mailbot.evidence.naming import Naming, first_up, length

#: What the evidence says of a letter by post.
_POSTED = re.compile(r"([\w-]+) posted, ")

#: Evidence that stands or falls with a letter: it counts from when it was written.
_BY_WORDS = re.compile(r" \[[^\[\]]+\]$")
_CARRYING = frozenset(template for template, each in RESTS.items() if each.carries)
_KEPT = frozenset({ObligationState.MET, ObligationState.MET_LATE})

_TONES: dict[str, Tone] = {
    ObligationState.MET: "good",
    ObligationState.MET_LATE: "bad",
    ObligationState.BREACHED: "bad",
    ObligationState.WITHDRAWN: "faint",
}


def promises(obligations: Sequence[Document], naming: Naming, made_at: datetime) -> Table:
    """
    In the order of the code, a promise that was made again below itself; its clause is
    quoted once.
    """
    order = {name: number for number, name in enumerate(Promises.model_fields)}
    ordered = sorted(obligations, key=lambda each: order.get(each["promise"], len(order)))
    rows: list[tuple[Lines, ...]] = []
    for _, same in groupby(ordered, key=lambda each: each["promise"]):
        clauses: set[str] = set()
        for count, each in enumerate(same, start=1):
            rows.append(
                (
                    _name(each, count, clauses),
                    (Line(naming.last_moment(each["due_at"])),),
                    tuple(_end(each, naming, made_at)),
                    tuple(_proof(each, naming)),
                )
            )
    return Table(("Promise", "Due by", "What became of it", "Proof"), (28, 18, 22, 32), tuple(rows))


def _name(each: Document, count: int, clauses: set[str]) -> Lines:
    name = first_up(each["name"])
    title = Line(f"{name}, number {count}" if count > 1 else name, is_strong=True)
    if each["clause"] in clauses:
        return (title,)
    clauses.add(each["clause"])
    return (title, Line(each["clause"], is_quote=True))


def _end(each: Document, naming: Naming, made_at: datetime) -> Iterator[Line]:
    state, settled = each["state"], each["settled_at"]
    tone = _TONES.get(state, "")
    said = plain_names.ENDS[state]
    yield Line(first_up(said), tone=tone)
    if state == ObligationState.OPEN and datetime.fromisoformat(each["due_at"]) < made_at:
        # Until the clock has struck it is open on record, and nobody is to read that as in time.
        yield Line("its last moment is past, and nothing on record kept it", tone="bad")
    if not settled or state == ObligationState.OPEN:
        return
    if not_left := has_not_left(each):
        yield Line(not_left, tone="bad")
    apart = datetime.fromisoformat(each["due_at"]) - datetime.fromisoformat(settled)
    match state:
        case ObligationState.MET:
            yield Line(naming.moment(settled))
            yield Line(f"{length(apart)} before it was due", tone="faint")
        case ObligationState.MET_LATE:
            yield Line(naming.moment(settled))
            yield Line(f"{length(-apart)} late")
        case ObligationState.WITHDRAWN:
            yield Line(naming.moment(settled), tone="faint")


def has_not_left(each: Document) -> str:
    """
    What a solicitor would say of a promise that is kept by words of one of our people: that
    the letter with them is not known to have left, or left when it was too late; else "".
    """
    if each["state"] not in _KEPT or not _BY_WORDS.search(each["evidence"]):
        return ""
    letters = [one for one in each["proof"]["letters"] if one.get("template") in _CARRYING]
    if not letters or _POSTED.match(each["evidence"]):
        return ""
    left = [datetime.fromisoformat(one["accepted_at"]) for one in letters if one["accepted_at"]]
    if not left:
        return "as it was written: nothing on record shows that the letter has left"
    late = min(left) - datetime.fromisoformat(each["due_at"])
    if each["state"] == ObligationState.MET and late > timedelta(0):
        return f"as it was written: the letter left {length(late)} after it was due"
    return ""


def _proof(each: Document, naming: Naming) -> Iterator[Line]:
    if each["state"] == ObligationState.BREACHED:
        yield Line("Nothing on record kept it by its last moment.")
        return
    proof = each["proof"]
    letters = [letter for letter in proof["letters"] if not letter.get("left_out")]
    is_a_letter = any(letter["message_id"] in each["evidence"] for letter in letters)
    if each["evidence"] and not is_a_letter:
        said = account.kept_by(each["evidence"])
        yield Line(f"{first_up(said)}{_recorded(each)}")
        if (posted := _POSTED.match(each["evidence"])) and each["settled_at"]:
            yield from naming.on_paper(posted[1], each["settled_at"])
    yield from naming.proofs(proof)
    if each["state"] == ObligationState.OPEN:
        yield Line("Nothing yet", tone="faint")


def _recorded(each: Document) -> str:
    """
    Whose word it is, where neither a mail nor the evidence itself says so.
    """
    _, is_a_person, by = str(each["proof"]["by"]).partition("a command of ")
    is_said = each["proof"]["messages"] or by in each["evidence"]
    return "" if is_said or not is_a_person else f" (recorded by {by})"
