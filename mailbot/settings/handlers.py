"""
The people of the firm, as handlers.toml writes them.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    StrictBool,
    ValidationInfo,
    field_validator,
)

from mailbot.cases.people.handlers import Absence, Handler, People, Role
from mailbot.settings.values import EmailAddress, Text

Day = Annotated[date, Strict()]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AwayTable(Table):
    first: Day = Field(alias="from")
    last: Day = Field(alias="to")

    @field_validator("last")
    @classmethod
    def _in_order(cls, last: date, info: ValidationInfo) -> date:
        first = info.data.get("first")
        if first is not None and last < first:
            raise ValueError(f"is before from ({first}): exchange the two, both days are included")
        return last


class HandlerTable(Table):
    name: Text
    email: EmailAddress
    also: tuple[EmailAddress, ...] = ()
    direct_phone: str = ""
    login: str = ""
    receipts: Literal["needed", "all"] = "needed"
    show_direct_email: StrictBool = False
    role: Role = Role.HANDLER
    department: str = ""
    away: tuple[AwayTable, ...] = ()

    @property
    def person(self) -> Handler:
        return Handler(
            name=self.name,
            email=self.email,
            also=self.also,
            direct_phone=self.direct_phone,
            login=self.login,
            receipts=self.receipts,
            show_direct_email=self.show_direct_email,
            role=self.role,
            department=self.department,
            away=tuple(Absence(first=each.first, last=each.last) for each in self.away),
        )


class HandlersFile(Table):
    """
    The whole of handlers.toml.
    """

    handlers: tuple[HandlerTable, ...] = ()

    @property
    def people(self) -> People:
        return People(tuple(each.person for each in self.handlers))

    def contradictions(self, own_addresses: frozenset[str]) -> Iterator[str]:
        """
        What is wrong between the people, and between them and our own addresses.
        """
        own = {each.lower() for each in own_addresses}
        seen: dict[str, str] = {}
        logins: dict[str, str] = {}
        for number, handler in enumerate(self.people.handlers, start=1):
            for address in sorted(handler.addresses):
                key = "email" if address == handler.email.lower() else "also"
                if address in own:
                    yield (
                        f"handlers.{number}.{key}: {address} is the service's own address: "
                        f"give {handler.name} an address of their own"
                    )
                if address in seen:
                    yield (
                        f"handlers.{number}.{key}: {address} belongs to {seen[address]} already: "
                        "one address is one person"
                    )
                seen[address] = handler.name
            if (login := handler.login.casefold()) in logins:
                yield (
                    f"handlers.{number}.login: {handler.login} belongs to {logins[login]} already: "
                    "one login is one person"
                )
            if login:
                logins[login] = handler.name
        if not self.people.in_role(Role.MANAGER) and not self.people.in_role(Role.HEAD):
            yield (
                "handlers: nobody hears of promises at risk: give somebody role = "
                '"customer_service_manager" or "head_of_professional_services"'
            )
