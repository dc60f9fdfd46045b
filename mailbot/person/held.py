"""
Everything that is held of one person, as rows: their complaints whole, and of the rest what
is theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mailbot.dossier.document import at_of
from mailbot.dossier.papers import Papers, papers
from mailbot.store import person as persons
from mailbot.store import query, retention
from mailbot.store.person import Person
from mailbot.store.retention import PastCase
from mailbot.store.tables import CaseRow, EventRow, MessageRow, OutboxRow, PartyRow


@dataclass(frozen=True, kw_only=True)
class Held:
    person: Person
    #: Their own complaints, those that became part of one of them with it.
    complaints: Sequence[Papers] = ()
    #: The cases of others, and what the person is in them.
    elsewhere: Sequence[CaseRow] = ()
    roles: Sequence[PartyRow] = ()
    #: What they wrote and what was written to them, in the order of time: numbers count from it.
    mails: Sequence[MessageRow | OutboxRow] = ()
    #: Until when what has ended is kept, by serial.
    ends: Mapping[int, PastCase] = field(default_factory=dict)

    @property
    def others(self) -> tuple[PartyRow, ...]:
        """
        Everybody else who has or had a role in one of their complaints.
        """
        theirs = self.person.addresses | self.person.within
        return tuple(
            each
            for found in self.complaints
            for each in found.parties
            if each.role != "complainant" and each.email_key not in theirs
        )

    @property
    def themselves(self) -> tuple[PartyRow, ...]:
        """
        The person as each case has them.
        """
        return (*(each.complainant for each in self.complaints if each.complainant), *self.roles)


async def held(person: Person, months: int) -> Held:
    own = await persons.cases(person.own)
    whole = [each for each in own if each.merged_into is None]
    found = [await papers(each.reference) for each in whole]
    elsewhere = [
        each for each in await persons.cases(person.others) if each.serial not in person.own
    ]
    mails = await persons.mails(person)
    return Held(
        person=person,
        complaints=[each for each in found if each],
        elsewhere=elsewhere,
        roles=await persons.roles(person),
        mails=sorted(mails, key=lambda each: (at_of(each), each.id)),
        ends=await retention.ends_of([*whole, *elsewhere], months),
    )


async def whole_history(found: Papers) -> Sequence[EventRow]:
    """
    With that of the cases that became part of it, in the order of time.
    """
    parts = [await query.events(each) for each in found.parts]
    every = [*found.events, *(event for events in parts for event in events)]
    return sorted(every, key=lambda each: (each.at, each.id))
