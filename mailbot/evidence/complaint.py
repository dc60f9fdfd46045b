"""
The complaint itself: in two paragraphs for who reads no further, in facts, and in the words
of whoever complained.
"""

from collections.abc import Iterator, Sequence

from mailbot.bundle.sections import Block, Facts, Line, Lines, Words, line, lines
from mailbot.cases.known.known import NOWHERE
from mailbot.cases.obligation import ObligationState
from mailbot.cases.states import State
from mailbot.cases.wording import account, plain_names
from mailbot.dossier.contacts import NOT_ASKED
from mailbot.dossier.document import Document
from mailbot.evidence.naming import Naming
from mailbot.evidence.promises import has_not_left
from mailbot.mail.quoting.new_text import new_text

_WAYS = {
    "telephone": "by telephone",
    "fax": "by fax",
    "letter": "by letter",
    "account_manager": "through an account manager",
    "passed_on": "by email to one of our people, who passed it on",
}
_STATES = {
    State.OPEN: "The case is open",
    State.AWAITING_CONFIRMATION: "We have sent an outcome and asked whether it resolves the complaint",
    State.CLOSED: "The case is closed",
    State.NOT_A_COMPLAINT: "We judged that it is no complaint",
}
#: How promises end, in the order in which they are counted.
_ENDS = (
    ObligationState.MET,
    ObligationState.MET_LATE,
    ObligationState.BREACHED,
    ObligationState.WITHDRAWN,
    ObligationState.OPEN,
)
_UNSENT_ONE = (
    "One of those kept counts from when a letter was written of which nothing on record shows that"
    " it left in time."
)
_UNSENT = (
    "{} of those kept count from when letters were written of which nothing on record shows that"
    " they left in time."
)
#: Characters of the first message; all of it stands on its page.
_LONGEST = 1500


def who(case: Document) -> str:
    person = case["complainant"]
    if is_nobodys(case):
        return "a customer whose name was removed"
    return str(person["name"] or person["email"] or "somebody unknown")


def is_nobodys(case: Document) -> bool:
    """
    Whether the case was anonymised.
    """
    return str(case["complainant"]["email"]).endswith(f"@{NOWHERE}")


def in_short(case: Document, obligations: Sequence[Document], naming: Naming) -> Iterator[str]:
    """
    What it is about, how it stands, and how the promises were kept.
    """
    company = naming.firm.rulebook.company.name
    received = naming.moment(case["received_at"])
    customer = who(case)
    if is_nobodys(case):
        customer = customer.replace("a", "A", 1)
    yield f"{customer} complained to {company} {_way(case)} on {received}. {_stands(case)}."
    states = [each["state"] for each in obligations]
    counts = [(states.count(each), plain_names.ENDS[each]) for each in _ENDS]
    said = ", ".join(f"{count} {name}" for count, name in counts if count)
    if said:
        unsent = sum(bool(has_not_left(each)) for each in obligations)
        rest = f" {_UNSENT_ONE if unsent == 1 else _UNSENT.format(unsent)}" if unsent else ""
        yield f"Of the {len(states)} promises made to the customer: {said}.{rest}"
    for each in case["events"]:
        if each["event"] == "case_anonymised":
            yield (
                f"On {naming.moment(each['at'])} the case was anonymised:"
                f" {account.rule(each['reason'])}. Names, addresses, words and mails are gone; dates,"
                " promises and what became of them are what is left."
            )


def _stands(case: Document) -> str:
    """
    Open or not; where it is over, or stuck, why.
    """
    state = State(case["state"])
    if case["resolution"] == NOT_ASKED:
        return f"We have written an outcome; {NOT_ASKED.partition(': ')[2]}"
    _, _, why = account.for_staff(case["resolution"]).partition(": ")
    is_told = state in {State.CLOSED, State.NOT_A_COMPLAINT} or case["resolution"].startswith(
        "no: "
    )
    return (
        f"{_STATES[state]}: {why}" if is_told and why and not is_nobodys(case) else _STATES[state]
    )


def facts(case: Document, naming: Naming) -> Iterator[Block]:
    person = case["complainant"]
    rows: list[tuple[str, Lines]] = [
        ("Our reference", line(case["reference"])),
        ("Complainant", lines(list(_named(case)))),
        ("Telephone", line(person["phone"])),
        ("Address", lines(person["address"])),
        ("Gets letters", line("by post" if case["by_post"] else "")),
        ("Needs", lines(case["needs"])),
        ("Others in the case", lines(list(_others(case, naming)))),
        ("Received", line(f"{naming.moment(case['received_at'])}, {_way(case)}")),
        ("Case opened", line(naming.moment(case["opened_at"]))),
        ("Case handler", line(case["handler"]["name"] or "nobody")),
        ("State", line(_state(case))),
        ("Resolved", line("" if is_nobodys(case) else account.for_staff(case["resolution"]))),
        ("Right to independent help", line(_eligible(case))),
        ("Held back", line(_held_back(case))),
        ("One with", lines([f"case {each}" for each in case["merged"]])),
    ]
    yield Facts(tuple((name, said) for name, said in rows if said and said[0].text))
    if words := _first_words(case, naming):
        yield Words(words)


def _state(case: Document) -> str:
    if case["resolution"] == NOT_ASKED:
        return "An outcome is written"
    return plain_names.STATES[case["state"]]


def _named(case: Document) -> Iterator[str]:
    if is_nobodys(case):
        yield who(case)
        return
    person = case["complainant"]
    yield from (each for each in (person["name"], person["email"]) if each)


def _others(case: Document, naming: Naming) -> Iterator[str]:
    for each in case["parties"]:
        if each["role"] == "complainant":
            continue
        address = f"{each['name']} <{each['email']}>" if each["name"] else each["email"]
        until = f", until {naming.moment(each['removed_at'])}" if each["removed_at"] else ""
        yield f"{address} ({plain_names.ROLES.get(each['role'], each['role'])}){until}"


def _way(case: Document) -> str:
    opened = _opening(case)
    return _WAYS.get(opened["reason"] if opened else "", "by email")


def _opening(case: Document) -> Document | None:
    return next((each for each in case["events"] if each["event"] == "case_opened"), None)


def _eligible(case: Document) -> str:
    return f"none: {case['not_eligible']}" if case["not_eligible"] else ""


def _held_back(case: Document) -> str:
    verdict = case["verdict"]
    return f"no mail to the customer: {account.rule(verdict)}" if verdict else ""


def _first_words(case: Document, naming: Naming) -> Lines:
    """
    What the customer wrote first, or what was taken down of it.
    """
    opened = _opening(case)
    if opened is None:
        return ()
    for each in opened["proof"]["messages"]:
        if text := _text(case, each["number"]):
            head = Line("In the customer's words:", is_strong=True)
            page = Line(f"Mail {each['number']}, whole", naming.page(each["number"]))
            return (head, Line(text, is_quote=True), page)
    if opened["about"]:
        return (Line("As it was taken down:", is_strong=True), Line(opened["about"], is_quote=True))
    return ()


def _text(case: Document, number: int) -> str:
    mail = next(each for each in case["messages"] if each["number"] == number)
    words = " ".join(new_text(mail.get("text", "")).split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]} …"
