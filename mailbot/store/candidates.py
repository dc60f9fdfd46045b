"""
Which cases the signals of a message name, by what we remember.
"""

from collections.abc import Iterable
from typing import cast

from tortoise.queryset import QuerySet

from mailbot.cases.identity.match import Candidate, Evidence, Signals
from mailbot.cases.states import State
from mailbot.mail.signed_ids import canonical
from mailbot.store.database import Tx
from mailbot.store.tables import CaseRow, MessageRow, OutboxRow, PartyRow

#: Where the addresses of an anonymised case lead (RFC 2606: no mail is delivered there).
NOWHERE = "anonymised.invalid"

#: The longest Message-ID that is looked up; a longer one is nobody's.
LONGEST_KEY = 255


async def candidates(tx: Tx, signals: Signals, sender: str) -> list[Candidate]:
    """
    Every case that a signal names and that exists, in the order of the message.
    """
    found: list[tuple[Evidence, int]] = []
    for nonce in signals.tokens:
        found += [(Evidence.REPLY_TOKEN, serial) for serial in await _by_token(tx, nonce)]
    found += [(place, signed.serial) for place, signed in signals.signed if signed.serial]
    for place, message_id in signals.foreign:
        found += await _by_foreign_id(tx, place, message_id)
    found += [(Evidence.REFERENCE, serial) for serial in signals.in_subject.serials]
    found += [(Evidence.REFERENCE_IN_TEXT, serial) for serial in signals.in_text.serials]
    if not found:
        return []
    rows = cast(
        "list[tuple[int, int | None]]",
        await CaseRow.filter(serial__in={serial for _, serial in found})
        .using_db(tx)
        .values_list("serial", "merged_into"),
    )
    # A case that became part of another one is reached by its own signs all the same.
    now_at = {serial: merged_into or serial for serial, merged_into in rows}
    # Nobody could be answered in a case that was made nobody's: who writes again is new.
    nobodys = await _serials(
        PartyRow.filter(
            case_id__in=set(now_at.values()), role="complainant", email_key__endswith=f"@{NOWHERE}"
        )
        .using_db(tx)
        .values_list("case_id")
    )
    now_at = {serial: at for serial, at in now_at.items() if at not in nobodys}
    known = await _serials(
        PartyRow.filter(case_id__in=set(now_at.values()), email_key=sender, removed_at=None)
        .using_db(tx)
        .values_list("case_id")
    )
    named = [(evidence, now_at[serial]) for evidence, serial in found if serial in now_at]
    return [
        Candidate(evidence, serial, serial in known) for evidence, serial in dict.fromkeys(named)
    ]


async def _serials(query: object) -> set[int]:
    return {serial for (serial,) in cast("list[tuple[int]]", await query)}  # type: ignore[misc]


async def _by_token(tx: Tx, nonce: str) -> Iterable[int]:
    customers = await PartyRow.filter(token_nonce=nonce).using_db(tx).values_list("case_id")
    staff = await _staff_letter(nonce).using_db(tx).values_list("case_id")
    asked = await asking_letter([nonce]).using_db(tx).values_list("case_id")
    found = cast("list[tuple[int | None]]", [*customers, *staff, *asked])
    return [serial for (serial,) in found if serial]


async def _by_foreign_id(tx: Tx, place: Evidence, message_id: str) -> list[tuple[Evidence, int]]:
    """
    An id that is not ours: the alias under which a relay sent ours on, or the
    customer's own earlier message.
    """
    wanted = canonical(message_id)
    if len(wanted) > LONGEST_KEY:
        return []
    # SES names the part before the @ alone. Most letters have no alias, which is not "".
    aliases = [each for each in (wanted, wanted.partition("@")[0]) if each]
    ours = OutboxRow.filter(alias__in=aliases).using_db(tx).values_list("case_id")
    theirs = MessageRow.filter(message_id_key=wanted).using_db(tx).values_list("case_id")
    return [
        (evidence, serial)
        for evidence, query in ((place, ours), (Evidence.OWN_MESSAGE_ID, theirs))
        for (serial,) in cast("list[tuple[int | None]]", await query)
        if serial
    ]


async def open_cases_of(tx: Tx, email: str, *, but: int) -> list[str]:
    """
    The references of the other cases in work whose complainant has that address.
    """
    if not email:
        return []
    rows = PartyRow.filter(
        email_key=email.lower(),
        role="complainant",
        case__state__in=(State.OPEN, State.AWAITING_CONFIRMATION),
        case__merged_into=None,
    ).exclude(case_id=but)
    found = await rows.using_db(tx).order_by("case_id").values_list("case__reference")
    return [reference for (reference,) in cast("list[tuple[str]]", found)]


async def open_case_of(tx: Tx, email: str) -> int | None:
    """
    The serial of the latest case in work whose complainant has that address.
    """
    rows = PartyRow.filter(
        email_key=email,
        role="complainant",
        case__state__in=(State.OPEN, State.AWAITING_CONFIRMATION),
        case__merged_into=None,
    )
    found = await rows.using_db(tx).order_by("-case_id").first()
    return found.case_id if found else None


def asking_letter(nonces: list[str]) -> QuerySet[OutboxRow]:
    """
    The outcomes, and reminders of them, that these nonces were issued in.
    """
    return OutboxRow.filter(nonce__in=nonces, template__in=("outcome", "confirm-reminder"))


def _staff_letter(nonce: str) -> QuerySet[OutboxRow]:
    """
    The staff mail that a token came with.
    """
    return OutboxRow.filter(nonce=nonce, to_staff=True)
