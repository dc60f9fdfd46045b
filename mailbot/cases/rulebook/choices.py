"""
What the firm may choose: caps, spam signals, safety words, the words of a yes, the ladder,
links, and how long things are kept.
"""

import re
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, ValidationInfo, field_validator

from mailbot.cases.rulebook.table import Day, Table, Text, written


def _header(text: str) -> str:
    # RFC 5322 §2.2: a field name is printable ASCII without a colon.
    if not re.fullmatch(r"[!-9;-~]+: ?\S.*", text):
        raise ValueError(f'expected a header line such as "X-Spam-Flag: YES", got "{text}"')
    return text


class Caps(Table):
    """
    How many acknowledgements may leave; what a cap stops becomes a task.
    """

    acknowledgements_per_address_per_hour: Annotated[StrictInt, Field(ge=1)] = 3
    acknowledgements_per_address_per_day: Annotated[StrictInt, Field(ge=1)] = 10
    acknowledgements_per_hour: Annotated[StrictInt, Field(ge=1)] = 2000

    @field_validator("acknowledgements_per_address_per_day")
    @classmethod
    def _a_day_holds_an_hour(cls, per_day: int, info: ValidationInfo) -> int:
        per_hour = info.data.get("acknowledgements_per_address_per_hour")
        if per_hour is not None and per_day < per_hour:
            raise ValueError(f"must not be less than the cap of an hour ({per_hour}): raise it")
        return per_day


class Intake(Table):
    #: Mail received before this day is filed without a case and not answered.
    answer_from: Day | None = None
    #: Header lines by which our own mail system marks what it takes for spam.
    spam_signals: tuple[Annotated[str, written(_header)], ...] = ("X-Spam-Flag: YES",)
    #: From which spam confidence level (SCL) of Exchange a message counts as spam; 0 is never.
    spam_level: Annotated[StrictInt, Field(ge=0, le=9)] = 5


class Safety(Table):
    words: tuple[Text, ...] = ()


class Closure(Table):
    """
    What a customer may write to confirm an outcome, or to refuse it: the whole
    new text, greeting and signature aside.
    """

    yes: Annotated[tuple[Text, ...], Field(min_length=1)] = ("yes", "resolved")
    no: Annotated[tuple[Text, ...], Field(min_length=1)] = ("no", "not resolved")

    @field_validator("yes", "no")
    @classmethod
    def _has_words(cls, listed: tuple[str, ...]) -> tuple[str, ...]:
        for each in listed:
            if not re.search(r"\w", each):
                # Signs count for nothing in an answer: one would be as good as any other.
                raise ValueError(
                    f'"{each}" has no letter, and signs are not compared: leave it out'
                )
        return listed

    @field_validator("no")
    @classmethod
    def _says_one_thing(cls, no: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for each in no:
            if each.casefold() in {word.casefold() for word in info.data.get("yes", ())}:
                raise ValueError(f'"{each}" is in yes too: keep it in one of them')
        return no


class Escalation(Table):
    """
    The ladder of stage 5: the roles that take a case over, lowest first.
    """

    ladder: tuple[Literal["customer_service_manager", "head_of_professional_services"], ...] = (
        "customer_service_manager",
        "head_of_professional_services",
    )

    @field_validator("ladder")
    @classmethod
    def _each_rung_once(cls, ladder: tuple[str, ...]) -> tuple[str, ...]:
        if not ladder:
            raise ValueError("name at least one role: a case that is escalated goes to somebody")
        if len(set(ladder)) < len(ladder):
            raise ValueError("a role stands there twice: keep it once")
        return ladder


class Links(Table):
    allowed: tuple[Text, ...] = ()


class Reporting(Table):
    """
    Whether the managers get the report of each month.
    """

    send: StrictBool = True


class Retention(Table):
    months: Annotated[StrictInt, Field(ge=12, le=1200)] = 72
    #: Whether the worker anonymises what is past its time, each working morning.
    by_itself: StrictBool = False
