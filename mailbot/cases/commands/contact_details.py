"""
How the customer is reached: #post, #email, #posted, and #correct for a detail.
"""

from dataclasses import replace

from mailbot.cases.case import Case, Party
from mailbot.cases.commands import orders
from mailbot.cases.commands.order import Order, Refused
from mailbot.cases.commands.parties import must_be_nobodys_yet
from mailbot.cases.decision import Decision, Event
from mailbot.cases.letter import Letter
from mailbot.cases.sending import by_post
from mailbot.mail.message import Address

_NO_ADDRESS = "No postal address is known: say #correct address 1 High Street, Ebbw Vale, NP23 6XX"

#: Letters that a corrected address gets, where their promise is still owed.
_OWED_TO_THEM = {
    "acknowledge": "acknowledgement",
    "introduce": "introduction",
    "adr_rights": "adr-rights",
}


def post(order: Order, command: orders.Post) -> tuple[Decision, str]:
    has_address = command.address or order.case.complainant.postal_address
    if order.case.by_post and not command.address:
        raise Refused("the customer gets letters already")
    decision = _by_post(order.case, command.address, order.cause)
    said = "From now on every letter to the customer comes to the handler, ready to print."
    missing = "" if has_address else f" {_NO_ADDRESS}"
    return decision, f"{said}{missing}"


def _by_post(case: Case, address: tuple[str, ...], cause: str) -> Decision:
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


def _by_email(cause: str) -> Decision:
    return Decision(
        reason="email_preferred",
        changes={"by_post": False},
        events=(Event(name="email_preferred", cause=cause, reason="command"),),
    )


def email(order: Order, command: orders.Email) -> tuple[Decision, str]:
    if not order.case.by_post:
        raise Refused("the customer gets mails already")
    if not order.case.complainant.address.email:
        raise Refused("no mail address is known; say #correct email jane@example.com first")
    left = ", ".join(order.case.to_post)
    still = f" These still wait to be posted: {left}." if left else ""
    return _by_email(order.cause), f"The customer gets mails again.{still}"


def posted(order: Order, command: orders.Posted) -> tuple[Decision, str]:
    left = order.case.to_post
    if not left:
        raise Refused("no letter of this case waits to be posted")
    which = command.which or order.given.about
    chosen = left if which == "all" or (not which and len(left) == 1) else (which,)
    if not set(chosen) <= set(left):
        names = " or ".join(f'"#posted {each}"' for each in (*left, "all"))
        unclear = f'no letter "{which}" waits' if which else "several letters can be meant"
        raise Refused(f"{unclear}; write {names}")
    decision = by_post.posted(order.case, order.firm, order.at, chosen, by=order.by)
    return decision, f"Recorded as posted: {', '.join(chosen)}."


def correct(order: Order, command: orders.Correct) -> tuple[Decision, str]:
    if command.detail is orders.Detail.EMAIL:
        must_be_nobodys_yet(order, command.value)
    decision = _corrected(order.case, command, occasion=order.occasion, cause=order.cause)
    return decision, order.said(
        f"The {command.detail} is corrected, and the customer is told.",
        on_paper=f"The {command.detail} is corrected.",
    )


def _corrected(case: Case, command: orders.Correct, *, occasion: str, cause: str) -> Decision:
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
