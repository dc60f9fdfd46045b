"""
Who the firm is, and who helps a customer beside it: [company], [ofcom], [adr] and [dp] of code.toml.
"""

from datetime import date
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from mailbot.cases.rulebook.table import Day, Table, Text


class Company(Table):
    """
    The particulars that stand in every mail to a customer.
    """

    name: Text
    short_name: Text
    number: Text
    registered_office: Text
    code_url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    telephone: Text
    telephone_hours: Text
    #: The head of letters on paper, a line each; left out, the registered office.
    postal_address: tuple[Text, ...] = ()


class Ofcom(Table):
    address: Annotated[tuple[Text, ...], Field(min_length=1)]
    email: Text
    web: Text
    telephone: Text


class Adr(Table):
    """
    The approved scheme for alternative dispute resolution; scheme = "" is none.
    """

    scheme: str
    address: tuple[Text, ...] = ()
    telephone: str = ""
    email: str = ""
    web: str = Field(default="", validate_default=True)
    member_reference: str = ""
    checked_on: Day | None = Field(default=None, validate_default=True)
    not_eligible_reasons: tuple[Text, ...] = ()

    @field_validator("web")
    @classmethod
    def _can_be_reached(cls, web: str, info: ValidationInfo) -> str:
        ways = (web, *(info.data.get(key) for key in ("address", "telephone", "email")))
        if info.data.get("scheme") and not any(ways):
            raise ValueError("a scheme needs a way to reach it: address, telephone, email or web")
        return web

    @field_validator("checked_on")
    @classmethod
    def _checked(cls, checked_on: date | None, info: ValidationInfo) -> date | None:
        if info.data.get("scheme") and checked_on is None:
            raise ValueError(
                "is needed with a scheme: the day these details were last compared "
                "with what the scheme itself publishes"
            )
        return checked_on


class DataProtection(Table):
    """
    The regulator for personal data, named in outcomes of complaints about it.
    """

    name: Text = "Information Commissioner's Office"
    address: tuple[Text, ...] = ()
    telephone: str = ""
    web: str = ""
    #: On which ground the firm holds what customers write: told to whoever asks for their data.
    ground: Text = (
        "A duty in law: providers like us must have a complaints code and keep it (Ofcom General"
        " Condition C4; article 6(1)(c) of the UK GDPR). For mail that is no complaint: our"
        " legitimate interest in answering it (article 6(1)(f)). What you told us of your health"
        " or your needs is used to serve you as you need, and for nothing else."
    )
