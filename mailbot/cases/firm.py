"""
The firm that mailbot works for: its rules, its people, its addresses, its face.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from mailbot.cases.people.handlers import People
from mailbot.cases.rulebook.rulebook import Rulebook
from mailbot.cases.rulebook.working_days import Calendar
from mailbot.face import PLAIN, Face
from mailbot.mail.files.going_along import USUAL_LIMIT, room


@dataclass(frozen=True, kw_only=True)
class Firm:
    """
    All that a rule may know besides the case, the trigger and the time.
    """

    rulebook: Rulebook
    people: People
    calendar: Calendar
    service_address: str
    aliases: tuple[str, ...] = ()
    reference_prefix: str = "ISS"
    face: Face = PLAIN
    #: Octets of the largest mail that our own server takes, as far as it has told; 0 is any.
    largest_mail: int = USUAL_LIMIT
    #: Cases in work by handler address, for the choice of a stand-in.
    busy: Mapping[str, int] = field(default_factory=dict)

    @property
    def room_for_files(self) -> int:
        """
        Octets that the files of one mail may have together.
        """
        return room(self.largest_mail)

    @cached_property
    def telephones(self) -> tuple[str, ...]:
        """
        The numbers of the firm, of its people, and of those who watch over it.
        """
        rules = self.rulebook
        regulators = [each.telephone for each in (rules.adr, rules.ofcom, rules.dp) if each]
        people = [each.direct_phone for each in self.people.handlers]
        return (rules.company.telephone, *regulators, *people)

    def is_from_before_answers(self, received_at: datetime) -> bool:
        """
        Whether mail that was received then is filed without an answer: before
        `answer_from` in [intake] of code.toml.
        """
        first_day = self.rulebook.intake.answer_from
        return first_day is not None and self.calendar.local_day(received_at) < first_day

    def is_ours(self, email: str) -> bool:
        """
        Whether mail to that address comes to the firm: the mailbox itself, with or
        without a token, an alias, or somebody in handlers.toml.
        """
        local, _, domain = email.lower().rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        return plain in self.own_addresses or self.people.by_address(email) is not None

    @cached_property
    def own_addresses(self) -> frozenset[str]:
        return frozenset(each.lower() for each in (self.service_address, *self.aliases))
