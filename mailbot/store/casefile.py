"""
A case between its rows and the value that the rules look at.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from mailbot.cases.case import Case
from mailbot.cases.firm import Firm
from mailbot.cases.known.rows import KnownParty
from mailbot.cases.obligation import Obligation, ObligationState
from mailbot.cases.states import State
from mailbot.store.rows import instant

CASE_COLUMNS = (
    *("serial", "reference", "state", "received_at", "opened_at", "handler_email"),
    *("rulebook_version", "verdict", "rights_letters", "level", "not_eligible", "needs"),
    *("interval", "is_data_protection", "credit", "outcome_at", "by_post", "to_post"),
    *("merged_into", "revision"),
)

OBLIGATION_COLUMNS = (
    *("id", "case_id", "promise", "number", "clause", "acts_at", "due_at", "since", "state"),
    *("settled_at", "evidence"),
)


def obligation_of(row: Sequence[Any]) -> Obligation:
    """
    The obligation of a row, from *promise* on, without its steps.
    """
    promise, number, clause, acts_at, due_at, since, state, settled_at, evidence = row
    return Obligation(
        promise=str(promise),
        number=int(str(number)),
        clause=str(clause),
        acts_at=instant(acts_at),
        due_at=instant(due_at),
        since=instant(since) if since else None,
        state=ObligationState(str(state)),
        settled_at=instant(settled_at) if settled_at else None,
        evidence=str(evidence),
    )


def case_of(
    row: dict[str, Any],
    parties: Iterable[KnownParty],
    obligations: Iterable[Obligation],
    firm: Firm,
) -> Case:
    """
    The case as it stands, with its people and promises.
    """
    present = [each.party for each in parties if each.removed_at is None]
    complainant = next(each for each in present if each.role == "complainant")
    handler = str(row["handler_email"])
    outcome_at = row["outcome_at"]
    return Case(
        serial=row["serial"],
        reference=str(row["reference"]),
        received_at=instant(row["received_at"]),
        opened_at=instant(row["opened_at"]),
        complainant=complainant,
        parties=tuple(each for each in present if each is not complainant),
        state=State(str(row["state"])),
        handler=firm.people.by_address(handler) if handler else None,
        rulebook_version=str(row["rulebook_version"]),
        verdict=str(row["verdict"]),
        obligations=tuple(obligations),
        rights_letters=frozenset(filter(None, str(row["rights_letters"]).split(","))),
        level=int(str(row["level"])),
        not_eligible=str(row["not_eligible"]),
        needs=tuple(str(row["needs"]).splitlines()),
        interval=str(row["interval"]),
        is_data_protection=bool(row["is_data_protection"]),
        credit=str(row["credit"]),
        outcome_at=instant(outcome_at) if outcome_at else None,
        by_post=bool(row["by_post"]),
        to_post=tuple(filter(None, str(row["to_post"]).split(","))),
    )
