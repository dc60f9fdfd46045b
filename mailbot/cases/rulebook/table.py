"""
A table of code.toml, and how a value in it is read and refused.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, Strict, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError, PydanticKnownError

from mailbot.cases.rulebook.consistency import Problem

Text = Annotated[str, Field(min_length=1)]

#: Strict: a number would otherwise pass for the seconds since 1970.
Day = Annotated[date, Strict()]

T = TypeVar("T")


def written(parse: Callable[[str], T]) -> PlainValidator:
    """
    The validator of a value that the file writes as text in a language of its own.
    """

    def read(value: object) -> T:
        if not isinstance(value, str):
            raise PydanticKnownError("string_type")
        return parse(value)

    return PlainValidator(read)


class Table(BaseModel):
    """
    One table of the file: frozen, and a key it does not know is an error.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def raise_all(problems: Iterable[Problem]) -> None:
    """
    Contradictions, each told at the key below this one that can mend it.
    """
    found = [
        InitErrorDetails(
            type=PydanticCustomError("contradiction", "{sentence}", {"sentence": sentence}),
            loc=key,
            input=None,
        )
        for key, sentence in problems
    ]
    if found:
        raise ValidationError.from_exception_data("rulebook", found)
