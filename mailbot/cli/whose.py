"""
The person that a command names: by their address, or by the reference of a case of theirs.

Whoever is looked for under what is neither is not found, and "nothing is held of you" would
be a false answer to somebody who has a right to a true one.
"""

import re

import typer

from mailbot.cases.firm import Firm
from mailbot.cases.reference import find, reference
from mailbot.cli.opening import give_up
from mailbot.store import person

_IN_BRACKETS = re.compile(r"[^<>]*<\s*(\S+@[^\s<>]+)\s*>")
_ADDRESS = re.compile(r"\S+@\S+")


async def must_not_have_worked_here(named: str) -> None:
    """
    Given up where the address was one of our people's, and of no customer: what they did stands
    in the cases of others, and "nothing is held of you" would be false.
    """
    if "@" not in named or not await person.worked_here(named):
        return
    if not (await person.find(named)).is_known:
        give_up(
            f"{named}: one of your own people had that address. What they did is in your"
            " customers' cases, which are not theirs to have; what you hold of them as of somebody"
            " who works for you is elsewhere"
        )


def whose(named: str, firm: Firm) -> str:
    """
    The address, without a name beside it, or the reference as it is written; a usage error
    where it is neither, and given up where it is one of our own people.
    """
    said = named.strip()
    if "@" not in said:
        found = find(said, firm.reference_prefix).serials
        if len(found) != 1:
            raise typer.BadParameter(
                f'"{said}" is neither a mail address nor the reference of a case',
                param_hint="ADDRESS",
            )
        return reference(firm.reference_prefix, next(iter(found)))
    in_brackets = _IN_BRACKETS.fullmatch(said)
    address = in_brackets[1] if in_brackets else said
    if not _ADDRESS.fullmatch(address):
        raise typer.BadParameter(f'"{said}" is no mail address', param_hint="ADDRESS")
    if firm.people.by_address(address) is not None:
        give_up(f"{address}: that is one of your own people; they stand in handlers.toml")
    return address
