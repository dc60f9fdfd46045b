"""
Who else has a role in the case: #party add and #party remove.
"""

from dataclasses import replace

from mailbot.cases.case import Case, Party
from mailbot.cases.commands import orders
from mailbot.cases.commands.order import Order, Refused
from mailbot.cases.decision import Decision, Event
from mailbot.cases.letter import Letter
from mailbot.mail.message import Address


def add(order: Order, command: orders.AddParty) -> tuple[Decision, str]:
    held = _role_of(order, command.email)
    if held and (held.role, held.gets_copies) == (command.role, command.gets_copies):
        raise Refused(f"{command.email} has this role in the case already")
    if held is None:
        must_be_nobodys_yet(order, command.email)
    decision = _added(order.case, command, occasion=order.occasion, cause=order.cause)
    who = f"{command.email} has a role in this case: {command.role}. What they write is filed"
    again = f"#party add {command.email} {command.role}"
    if not command.gets_copies:
        return decision, (
            f"{who} here, and they get nothing from us. If they are to get a copy of every"
            f" letter to the customer: {again}, copies"
        )
    told = order.said(", who is told", on_paper="")
    return decision, (
        f"{who} here, and from now on they get a copy of every letter to the customer{told}."
        " What went before is not sent again, and only the customer can confirm an"
        f" outcome. To stop the copies: {again}. To end the role: #party remove {command.email}"
    )


def remove(order: Order, command: orders.RemoveParty) -> tuple[Decision, str]:
    held = _role_of(order, command.email)
    if held is None:
        names = ", ".join(f"{each.address.email} ({each.role})" for each in order.case.parties)
        raise Refused(
            f"{command.email} has no role in this case that could end; it has:"
            f" {names or 'nobody but the customer'}"
        )
    decision = _removed(order.case, held, occasion=order.occasion, cause=order.cause)
    told = order.said(" The customer is told that the copies stop.", on_paper="")
    return decision, (
        f"{command.email} has no role in this case any more, and gets nothing from us.{told if held.gets_copies else ''}"
    )


def _role_of(order: Order, email: str) -> Party | None:
    """
    Whoever has that address, and is not the complainant.
    """
    held = order.case.party(email)
    return held if held in order.case.parties else None


def must_be_nobodys_yet(order: Order, email: str) -> None:
    if order.case.party(email):
        raise Refused(f"{email} has a role in this case already")
    if order.firm.is_ours(email):
        raise Refused(f"{email} is an address of the firm, and no customer's")


def _added(case: Case, command: orders.AddParty, *, occasion: str, cause: str) -> Decision:
    """
    Somebody else with a role, or with another one than before: their mail is part of the
    case. Letters go to the complainant, who is told of whoever gets copies of them.
    """
    before = case.party(command.email)
    party = replace(
        before or Party(address=Address(email=command.email)),
        role=command.role,
        gets_copies=command.gets_copies,
    )
    others = tuple(each for each in case.parties if each is not before)
    is_told = party.gets_copies or (before is not None and before.gets_copies)
    return Decision(
        reason="party_changed" if before else "party_added",
        letters=(_who_gets_copies(case, party, occasion),) if is_told else (),
        changes={"parties": (*others, party)},
        events=(
            Event(
                name="party_changed" if before else "party_added",
                cause=cause,
                reason="command",
                about=_in_words(party),
            ),
        ),
    )


def _removed(case: Case, party: Party, *, occasion: str, cause: str) -> Decision:
    """
    A stranger to the case again.
    """
    gone = replace(party, gets_copies=False)
    return Decision(
        reason="party_removed",
        letters=(_who_gets_copies(case, gone, occasion),) if party.gets_copies else (),
        changes={"parties": tuple(each for each in case.parties if each is not party)},
        events=(Event(name="party_removed", cause=cause, reason="command", about=_in_words(gone)),),
    )


def _who_gets_copies(case: Case, party: Party, occasion: str) -> Letter:
    return Letter(
        template="party",
        to=case.complainant.address,
        occasion=occasion,
        facts={
            "email": party.address.email,
            "role": party.role,
            "gets_copies": party.gets_copies,
        },
    )


def _in_words(party: Party) -> str:
    copies = ", with copies of every letter" if party.gets_copies else ""
    return f"{party.address.email}, {party.role}{copies}"
