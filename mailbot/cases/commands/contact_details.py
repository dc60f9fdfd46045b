"""
How the customer is reached, by whom corrected, and who else has a role in the case.
"""

from dataclasses import replace

from mailbot.cases.case import Case, Party
from mailbot.cases.commands import orders
from mailbot.cases.decision import Decision, Event
from mailbot.cases.letter import Letter
from mailbot.mail.message import Address

#: Letters that a corrected address gets, where their promise is still owed.
_OWED_TO_THEM = {
    "acknowledge": "acknowledgement",
    "introduce": "introduction",
    "adr_rights": "adr-rights",
}


def by_post(case: Case, address: tuple[str, ...], cause: str) -> Decision:
    """
    Letters from now on, to *address* where one is given.
    """
    complainant = case.complainant
    if address:
        complainant = replace(complainant, postal_address=address)
    return Decision(
        reason="post_preferred",
        changes={"by_post": True, "complainant": complainant},
        events=(
            Event(name="post_preferred", cause=cause, reason="command", about=", ".join(address)),
        ),
    )


def by_email(cause: str) -> Decision:
    return Decision(
        reason="email_preferred",
        changes={"by_post": False},
        events=(Event(name="email_preferred", cause=cause, reason="command"),),
    )


def corrected(case: Case, command: orders.Correct, *, occasion: str, cause: str) -> Decision:
    """
    The detail as it is from now on; the customer is told, and of a new mail address
    the old one is told too.
    """
    old = case.complainant
    new = _with(old, command)
    letters = [
        Letter(
            template="correction",
            to=new.address,
            occasion=occasion,
            facts={
                "detail": _NAMES[command.detail],
                "value": ", ".join(command.value.splitlines()),
                "is_old_address": False,
            },
        )
    ]
    if command.detail is orders.Detail.EMAIL:
        if old.address.email:
            letters.append(_to_the_old_address(old, occasion))
        letters += _owed(case, new, occasion)
    return Decision(
        reason="detail_corrected",
        letters=tuple(letters),
        changes={"complainant": new},
        events=(
            Event(
                name="detail_corrected",
                cause=cause,
                reason=command.detail,
                about=", ".join(command.value.splitlines()),
            ),
        ),
    )


_NAMES = {
    orders.Detail.NAME: "name",
    orders.Detail.EMAIL: "email address",
    orders.Detail.PHONE: "telephone number",
    orders.Detail.ADDRESS: "postal address",
}


def _with(party: Party, command: orders.Correct) -> Party:
    match command.detail:
        case orders.Detail.NAME:
            return replace(party, address=Address(name=command.value, email=party.address.email))
        case orders.Detail.EMAIL:
            return replace(party, address=Address(name=party.address.name, email=command.value))
        case orders.Detail.PHONE:
            return replace(party, phone=command.value)
        case orders.Detail.ADDRESS:
            return replace(party, postal_address=tuple(command.value.splitlines()))


def _to_the_old_address(old: Party, occasion: str) -> Letter:
    return Letter(
        template="correction",
        to=old.address,
        occasion=f"{occasion}.old",
        facts={"detail": "email address", "value": "", "is_old_address": True},
    )


def _owed(case: Case, new: Party, occasion: str) -> list[Letter]:
    """
    What has not arrived at the old address, and is owed.
    """
    return [
        Letter(template=template, to=new.address, occasion=f"{occasion}.{template}")
        for promise, template in _OWED_TO_THEM.items()
        if (obligation := case.obligation(promise))
        and obligation.is_owed
        # What is still on its way is redirected instead.
        and template in case.to_post
        and not (template == "adr-rights" and case.not_eligible)
    ]


def party_added(case: Case, command: orders.AddParty, *, occasion: str, cause: str) -> Decision:
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


def party_removed(case: Case, party: Party, *, occasion: str, cause: str) -> Decision:
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
