"""
Commands that say who somebody is and how they are reached.
"""

from mailbot.cases.commands.orders import (
    AddParty,
    Command,
    Correct,
    Detail,
    Misspoken,
    Post,
    Posted,
    RemoveParty,
)
from mailbot.cases.commands.reading.entry import envelope_lines, mail_address
from mailbot.cases.commands.reading.spoken_moment import Reckoning

_LONGEST_ROLE = 32
_HOW_TO_SAY_PARTY = (
    'Write "#party add jane@example.com representative", with ", copies" behind it if they are to'
    ' get a copy of every letter to the customer; or "#party remove jane@example.com"'
)


def post(rest: str, body: str, reckoning: Reckoning) -> Command:
    return Post(envelope_lines(f"{rest}\n{body}"))


def posted(rest: str, body: str, reckoning: Reckoning) -> Command:
    return Posted(rest.strip().lower())


def correct(rest: str, body: str, reckoning: Reckoning) -> Command:
    how = (
        '#correct: write what and its new value, such as "#correct phone 01495 000 001";'
        f" it can be {', '.join(Detail)}"
    )
    word, _, value = rest.partition(" ")
    try:
        detail = Detail(word.lower())
    except ValueError:
        raise Misspoken(how) from None
    if detail is Detail.ADDRESS:
        value = "\n".join(envelope_lines(f"{value}\n{body}"))
    value = value.strip()
    if not value:
        raise Misspoken(how)
    if detail is Detail.EMAIL:
        value = mail_address(value, "correct")
    return Correct(detail, value)


def party(rest: str, body: str, reckoning: Reckoning) -> Command:
    """
    `add ADDRESS ROLE` with `, copies` behind it or without, or `remove ADDRESS`.
    """
    match rest.split(maxsplit=2):
        case [verb, email, role] if verb.lower() == "add":
            role, comma, receives = role.partition(",")
            if comma and receives.strip().lower() != "copies":
                raise Misspoken(
                    f'#party: "{receives.strip()}" is nothing that somebody can get; behind the'
                    f' comma stands "copies" or nothing. {_HOW_TO_SAY_PARTY}'
                )
            return AddParty(mail_address(email, "party"), _role(role), gets_copies=bool(comma))
        case [verb, email] if verb.lower() == "remove":
            return RemoveParty(mail_address(email, "party"))
        case [verb, email] if verb.lower() == "add":
            raise Misspoken(f"#party: say which role {email} has. {_HOW_TO_SAY_PARTY}")
        case _:
            raise Misspoken(f"#party: {_HOW_TO_SAY_PARTY}")


def _role(said: str) -> str:
    role = " ".join(said.split())
    if not role or "@" in role or len(role) > _LONGEST_ROLE:
        raise Misspoken(
            f'#party: "{role}" is no role: one or a few words, together no longer than'
            f" {_LONGEST_ROLE} characters. {_HOW_TO_SAY_PARTY}"
        )
    if role.lower() == "complainant":
        raise Misspoken(
            "#party: a case has one complainant; another address of theirs is said with:"
            " #correct email jane@example.com"
        )
    return role
