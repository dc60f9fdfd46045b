"""
Where one person stands in what is stored: found by an address, or by a case of theirs.

No index leads from a sender to their mail: this goes through all of it, as nothing but what
a person orders may.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from tortoise import connections

from mailbot.cases.known.known import NOWHERE
from mailbot.mail.message import Kind
from mailbot.store import bulk, query
from mailbot.store.database import Tx
from mailbot.store.rows import ask
from mailbot.store.tables import CaseRow, MessageRow, OutboxRow, PartyRow

_COMPLAINANT = "complainant"
#: Roles by which our people say that an address is the complainant's, too.
SAME_PERSON = ("second address", "same person")


@dataclass(frozen=True, kw_only=True)
class Person:
    """
    One person: their addresses, in lower case, and the serials of the cases in which they are.
    """

    addresses: frozenset[str]
    #: Those that are theirs within a complaint: that stood in it until they were corrected, or
    #: that are called a second one. One that was misspelt is a stranger's: beyond the complaint
    #: nothing follows from it.
    within: frozenset[str] = frozenset()
    #: Their own complaints, with those that became part of one of them.
    own: frozenset[int] = frozenset()
    #: Other people's, in which they have a role or have written.
    others: frozenset[int] = frozenset()
    #: Their messages, and the letters to them: in which case each is, None where in none.
    messages: Mapping[int, int | None] = field(default_factory=dict)
    letters: Mapping[int, int | None] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        return bool(self.own or self.others or self.messages or self.letters)

    def messages_in(self, serial: int | None) -> list[int]:
        return [number for number, case in self.messages.items() if case == serial]


async def find(named: str) -> Person:
    """
    The person of that address; where it is none, the complainant of the case of that reference.
    """
    wanted = named.strip()
    addresses = {wanted.lower()} if "@" in wanted else set()
    case = None if addresses else await query.case(wanted.upper())
    own = {case.serial} if case and not await _is_nobodys(case) else set()
    size = -1
    while size != len(addresses) + len(own):
        size = len(addresses) + len(own)
        own |= await _complaints_of(addresses)
        own |= await _merged_with(own)
        addresses |= await _addresses_in(own)
    second = await _second_addresses(own) - addresses
    former = await _former_addresses(own) - addresses
    messages = [*await _written_by(addresses), *await _written_in(own, former, second)]
    letters = [*await _letters_to(addresses), *await _letters_in(own, former | second)]
    roles = PartyRow.filter(email_key__in=addresses).values_list("case_id", flat=True)
    elsewhere = {*cast("list[int]", await roles)}
    elsewhere |= {serial for _, serial in (*messages, *letters) if serial is not None}
    return Person(
        addresses=frozenset(addresses),
        within=frozenset(former | second),
        own=frozenset(own),
        others=frozenset(elsewhere - own),
        messages=dict(messages),
        letters=dict(letters),
    )


async def worked_here(address: str) -> bool:
    """
    Whether that is, or was, the address of one of our people: mail among us went to it.
    """
    return await OutboxRow.filter(recipient_key=address.lower(), to_staff=True).exists()


async def _is_nobodys(case: CaseRow) -> bool:
    theirs = PartyRow.filter(case_id=case.serial, role=_COMPLAINANT)
    return await theirs.filter(email_key__endswith=f"@{NOWHERE}").exists()


async def _complaints_of(addresses: Iterable[str]) -> set[int]:
    mine = PartyRow.filter(email_key__in=list(addresses), role=_COMPLAINANT)
    return {*cast("list[int]", await mine.values_list("case_id", flat=True))}


async def _merged_with(serials: set[int]) -> set[int]:
    """
    A case becomes part of another of the same complainant alone.
    """
    into = CaseRow.filter(serial__in=serials, merged_into__not_isnull=True)
    whole = {*cast("list[int]", await into.values_list("merged_into", flat=True))}
    parts = CaseRow.filter(merged_into__in=[*serials, *whole]).values_list("serial", flat=True)
    return whole | {*cast("list[int]", await parts)}


async def _addresses_in(serials: set[int]) -> set[str]:
    theirs = PartyRow.filter(case_id__in=serials, role=_COMPLAINANT)
    found = cast("list[str]", await theirs.values_list("email_key", flat=True))
    return {each for each in found if each and not each.endswith(f"@{NOWHERE}")}


async def _former_addresses(serials: set[int]) -> set[str]:
    """
    Who is corrected is told so at the old address, too: what went there names it.
    """
    told = OutboxRow.filter(
        case_id__in=serials, template="correction", to_staff=False, occasion__endswith=".old"
    )
    found = cast("list[str]", await told.values_list("recipient_key", flat=True))
    return {each for each in found if each and not each.endswith(f"@{NOWHERE}")}


async def corrected_away(person: Person) -> list[str]:
    """
    The references of other people's cases that had one of these addresses until it was
    corrected: theirs, or a stranger's whose address it was taken for. A person can tell.
    """
    told = OutboxRow.filter(
        template="correction",
        to_staff=False,
        occasion__endswith=".old",
        recipient_key__in=person.addresses,
        case_id__in=person.others,
    )
    serials = {*cast("list[int]", await told.values_list("case_id", flat=True))}
    return [each.reference for each in await cases(serials)]


async def _second_addresses(serials: set[int]) -> set[str]:
    theirs = PartyRow.filter(case_id__in=serials, role__in=SAME_PERSON)
    found = cast("list[str]", await theirs.values_list("email_key", flat=True))
    return {each for each in found if each and not each.endswith(f"@{NOWHERE}")}


async def _written_in(
    serials: set[int], former: set[str], second: set[str]
) -> list[tuple[int, int | None]]:
    """
    What came from a second address; and from a former one where the complaint itself did:
    there it was theirs.
    """
    if not former | second:
        return []
    rows = MessageRow.filter(case_id__in=serials, kind__in=("person", "spam")).order_by("id")
    began: dict[int | None, str] = {}
    theirs: list[tuple[int, int | None]] = []
    for row in await rows.only("id", "case_id", "sender"):
        sender = row.sender.lower()
        is_former = began.setdefault(row.case_id, sender) == sender and sender in former
        if is_former or sender in second:
            theirs.append((row.id, row.case_id))
    return theirs


async def _letters_in(serials: set[int], former: set[str]) -> list[tuple[int, int | None]]:
    rows = OutboxRow.filter(case_id__in=serials, recipient_key__in=former, to_staff=False)
    found = await rows.order_by("id").values_list("id", "case_id")
    return cast("list[tuple[int, int | None]]", found)


async def _written_by(addresses: set[str]) -> list[tuple[int, int | None]]:
    if not addresses:
        return []
    connection: Any = connections.get("default")
    tx = cast("Tx", connection)
    spelt = await _spellings(tx, {each for each in addresses if not each.isascii()})
    wanted = [*sorted(addresses), *spelt]
    folded, exact = ", ".join("?" * len(addresses)), ", ".join("?" * len(spelt))
    of_them = f'lower("sender") IN ({folded})' + (f' OR "sender" IN ({exact})' if spelt else "")
    # What somebody wrote as one of our people is about our customers, also once they have left.
    sql = f'SELECT "id", "case_id" FROM "message" WHERE ({of_them}) AND "kind" <> ? ORDER BY "id"'
    return [(int(number), serial) for number, serial in await ask(tx, sql, [*wanted, Kind.STAFF])]


async def _spellings(tx: Tx, addresses: set[str]) -> list[str]:
    """
    How these addresses are written: what is not ASCII no engine folds for certain.
    """
    if not addresses:
        return []
    found = await ask(tx, 'SELECT DISTINCT "sender" FROM "message"')
    return [sender for (sender,) in found if sender.lower() in addresses]


async def _letters_to(addresses: set[str]) -> list[tuple[int, int | None]]:
    rows = OutboxRow.filter(recipient_key__in=addresses, to_staff=False).order_by("id")
    return cast("list[tuple[int, int | None]]", await rows.values_list("id", "case_id"))


# --- the rows ------------------------------------------------------------------


async def mails(person: Person) -> list[MessageRow | OutboxRow]:
    """
    What they wrote, and what was written to them; of letters all but the octets.
    """
    columns = [each for each in OutboxRow._meta.db_fields if each != "content"]  # noqa: SLF001
    messages = bulk.each_of(MessageRow.all(), list(person.messages))
    letters = bulk.each_of(OutboxRow.all().only(*columns), list(person.letters))
    return [*[row async for row in messages], *[row async for row in letters]]


async def cases(serials: Iterable[int]) -> Sequence[CaseRow]:
    return await CaseRow.filter(serial__in=list(serials)).order_by("serial")


async def roles(person: Person) -> Sequence[PartyRow]:
    """
    What they are in other people's cases.
    """
    mine = PartyRow.filter(email_key__in=person.addresses, case_id__in=person.others)
    return await mine.order_by("case_id", "id")
