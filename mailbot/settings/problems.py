"""
From what pydantic found wrong to sentences that an owner can act on.

A sentence names the key and says what may stand there. It shows the value that
does stand there, but never the value of a secret.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches
from typing import get_args

from pydantic import BaseModel, ValidationError

#: What may stand there, by pydantic's name of the mistake.
EXPECTED = {
    "string_too_long": "a shorter text",
    "string_type": "text in quotes",
    "path_type": "text in quotes",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "date_type": "a date such as 2026-12-31, without quotes",
    "tuple_type": 'a list such as ["one", "two"]',
    "model_type": "a table",
    "model_attributes_type": "a table",
}

#: Keys whose value is shown to nobody; a database url may carry a password.
SECRET_WORDS = ("password", "secret", "url")

Location = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """
    One mistake: where it is, as keys from the outside in, and what to do about it.
    """

    where: Location
    sentence: str

    @property
    def key(self) -> str:
        """
        The dotted key. Of several tables of one name the first is 1.
        """
        return ".".join(
            str(part + 1) if isinstance(part, int) else str(part) for part in self.where
        )


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """
    Every mistake that was found while *model* was read, in the model's order.
    """
    return [
        Problem(each["loc"], _sentence(each, model)) for each in error.errors(include_url=False)
    ]


def suggestion(word: str, known: Iterable[str]) -> str:
    """
    " (this?)" for a word that nearly is one of the known, else "".
    """
    near = get_close_matches(word, list(known), n=1)
    return f" ({near[0]}?)" if near else ""


def shown(value: object) -> str:
    """
    A value as the file would write it, short enough for a line.
    """
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"' if len(value) <= 60 else f'"{value[:60]}…"'
        case date() | time():
            return value.isoformat()
        case Mapping():
            return "a table"
        case list():
            return "a list"
        case _:
            return str(value)


def _sentence(mistake: Mapping[str, object], model: type[BaseModel]) -> str:
    kind, where, value = mistake["type"], mistake["loc"], mistake["input"]
    context = mistake.get("ctx")
    assert isinstance(where, tuple)  # noqa: S101 - pydantic's own promise, for mypy
    facts = context if isinstance(context, Mapping) else {}
    match kind:
        case "missing":
            return "is needed; the example of this file shows it"
        case "extra_forbidden":
            return f"unknown setting{suggestion(str(where[-1]), _keys_at(model, where[:-1]))}"
        case "value_error":
            return str(facts["error"])
        case "contradiction":
            return str(facts["sentence"])
        case "string_too_short" | "too_short":
            return "must not be empty"
        case "greater_than_equal":
            return f"expected at least {facts['ge']}, got {shown(value)}"
        case "less_than_equal":
            return f"expected at most {facts['le']}, got {shown(value)}"
        case "literal_error" | "enum":
            wanted = str(facts["expected"]).replace("'", '"')
            return f"expected {wanted}, got {shown(value)}"
    wanted = EXPECTED.get(str(kind), str(mistake["msg"]))
    if any(word in str(where[-1]).lower() for word in SECRET_WORDS):
        return f"expected {wanted}"
    return f"expected {wanted}, got {shown(value)}"


def _keys_at(model: type[BaseModel], where: Location) -> list[str]:
    """
    The keys that the table at that place may have.
    """
    for part in where:
        if isinstance(part, str):
            found = next(
                (
                    _model_within(field.annotation)
                    for name, field in model.model_fields.items()
                    if part == (field.alias or name)
                ),
                None,
            )
            if found is None:
                return []
            model = found
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_within(annotation: object) -> type[BaseModel] | None:
    """
    The table in an annotation: itself, or what a tuple holds.
    """
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_within, get_args(annotation))), None)
