"""
Everybody in handlers.toml: who they are, what they do, and when they are away.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from itertools import chain


class Role(StrEnum):
    HANDLER = "handler"
    MANAGER = "customer_service_manager"
    HEAD = "head_of_professional_services"
    ACCOUNT_MANAGER = "account_manager"


@dataclass(frozen=True, kw_only=True)
class Absence:
    """
    Local dates, both included.
    """

    first: date
    last: date

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, kw_only=True)
class Handler:
    """
    A person of the firm, as handlers.toml has them.
    """

    name: str
    email: str
    also: tuple[str, ...] = ()
    direct_phone: str = ""
    login: str = ""
    receipts: str = "needed"
    show_direct_email: bool = False
    role: Role = Role.HANDLER
    department: str = ""
    away: tuple[Absence, ...] = ()

    def is_away(self, day: date) -> bool:
        return any(absence.covers(day) for absence in self.away)

    @cached_property
    def addresses(self) -> frozenset[str]:
        return frozenset(each.lower() for each in (self.email, *self.also))


@dataclass(frozen=True)
class People:
    """
    Everybody in handlers.toml, in its order.
    """

    handlers: tuple[Handler, ...] = ()

    def by_address(self, email: str) -> Handler | None:
        """
        Whoever writes from this address, by the file; no proof that they did.
        """
        return self._by_address.get(email.lower())

    @cached_property
    def _by_address(self) -> Mapping[str, Handler]:
        # The first in the file who has an address has it.
        return {address: each for each in reversed(self.handlers) for address in each.addresses}

    @cached_property
    def logins(self) -> dict[str, str]:
        """
        Every address of everybody, lower-case, with the login of who it belongs to; ""
        where the file names none.
        """
        return {address: each.login for each in self.handlers for address in each.addresses}

    def named(self, words: str) -> Handler | None:
        """
        Whoever has this name or address in the file.
        """
        wanted = " ".join(words.split()).lower()
        by_name = (each for each in self.handlers if each.name.lower() == wanted)
        return next(by_name, None) or self.by_address(wanted)

    def in_role(self, role: Role) -> tuple[Handler, ...]:
        return self._in_roles[role]

    @cached_property
    def _in_roles(self) -> Mapping[Role, tuple[Handler, ...]]:
        return {role: tuple(each for each in self.handlers if each.role is role) for role in Role}

    def also_away(self, periods: Mapping[str, tuple[Absence, ...]]) -> "People":
        """
        The same people with these absences, by address, beside those of the file.
        """
        if not periods:
            return self
        return People(
            tuple(
                replace(each, away=(*each.away, *more)) if (more := _of(each, periods)) else each
                for each in self.handlers
            )
        )

    def manager(self, day: date) -> Handler | None:
        """
        Who gets tasks and breaches: a customer service manager who is in, else
        one who is not, else the head; None only if the file names none of them.
        """
        ladder = self.in_role(Role.MANAGER) + self.in_role(Role.HEAD)
        present = (each for each in ladder if not each.is_away(day))
        return next(chain(present, ladder), None)


def _of(handler: Handler, periods: Mapping[str, tuple[Absence, ...]]) -> tuple[Absence, ...]:
    """
    The absences of one person, under whichever of their addresses.
    """
    return tuple(
        period for address in sorted(handler.addresses) for period in periods.get(address, ())
    )
