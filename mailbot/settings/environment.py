"""
The environment's say: MAILBOT_IMAP__PORT instead of `port` in [imap] of mailbot.toml.
"""

import json
from collections.abc import Iterator, Mapping
from typing import get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from mailbot.settings.problems import suggestion
from mailbot.settings.sections import Servers

PREFIX = "MAILBOT_"

Overrides = dict[str, dict[str, object]]


def variable(section: str, key: str) -> str:
    """
    The name of the variable that overrides that key.
    """
    return f"{PREFIX}{section}__{key}".upper()


def sections() -> dict[str, type[BaseModel]]:
    """
    The tables of mailbot.toml by name.
    """
    return {
        name: field.annotation
        for name, field in Servers.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }


#: Every variable that is a key.
VARIABLES = {
    variable(section, key): (section, key)
    for section, table in sections().items()
    for key in table.model_fields
}


def overrides(environ: Mapping[str, str]) -> Overrides:
    """
    What the environment sets, by section and key, typed as the file would have it.
    """
    told: Overrides = {}
    for name, text in environ.items():
        if where := VARIABLES.get(name.upper()):
            section, key = where
            told.setdefault(section, {})[key] = _typed(section, key, text)
    return told


def unknown_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """
    Variables that were meant for us and are no key: one sentence each.
    """
    without_doubling = {name.replace("__", "_"): name for name in VARIABLES}
    for name in sorted(environ):
        meant = name.upper()
        if not meant.startswith(PREFIX) or meant in VARIABLES:
            continue
        if "__" in meant:
            yield f"environment: {name}: unknown setting{suggestion(meant, VARIABLES)}"
        # Other names with our prefix are not ours to judge: container platforms
        # inject MAILBOT_PORT and the like for a service of this name.
        elif meant in without_doubling:
            yield f"environment: {name}: unknown setting ({without_doubling[meant]}?)"


def _typed(section: str, key: str, text: str) -> object:
    """
    The text as the value it writes, or as it is if it does not: then the
    section says what was expected.
    """
    wanted = sections()[section].model_fields[key].annotation
    if get_origin(wanted) is tuple:
        return _list(text)
    if wanted in {int, bool}:
        try:
            return TypeAdapter(wanted).validate_strings(text)
        except ValidationError:
            return text
    return text


def _list(text: str) -> object:
    if text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return [each.strip() for each in text.split(",") if each.strip()]
