"""
A TOML file: what it holds, and that as a checked value with every problem in it.
"""

import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mailbot.settings.problems import Problem, problems_of

M = TypeVar("M", bound=BaseModel)
Tables = dict[str, Any]


def tables_in(file: Path, problems: list[str]) -> Tables | None:
    """
    What the file holds, or None with a problem noted.
    """
    try:
        # With or without the mark that some editors put in front.
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        problems.append(
            f"{file.name}: not found in {file.parent}: copy the example of it there, "
            "or name another folder with --config"
        )
    except NotADirectoryError:
        problems.append(
            f"{file.name}: {file.parent} is a file: name the folder that the three files are in"
        )
    except OSError as fault:
        problems.append(f"{file.name}: cannot be read ({fault.strerror}): allow mailbot to read it")
    except UnicodeDecodeError as fault:
        line = fault.object[: fault.start].count(b"\n") + 1
        problems.append(f"{file.name}: line {line} is not UTF-8: save the file as UTF-8 text")
    except tomllib.TOMLDecodeError as fault:
        problems.append(f"{file.name}: not written as TOML wants it: {fault}")
    return None


def validated(tables: Tables, model: type[M]) -> tuple[M | None, list[Problem]]:
    """
    The tables as a value if they can be one, and every problem with them.

    Some checks compare keys and need all of them to be good. So that one misspelt
    key does not hide what they would say, they are asked again without it.
    """
    try:
        return model(**tables), []
    except ValidationError as error:
        problems = problems_of(error, model)
        known = _without_unknown(tables, error)
    if known is None:
        return None, problems
    value, more = validated(known, model)
    return value, problems + [each for each in more if each not in problems]


def _without_unknown(tables: Tables, error: ValidationError) -> Tables | None:
    """
    The tables without the keys that nobody knows, or None if there were none.
    """
    unknown = [each["loc"] for each in error.errors() if each["type"] == "extra_forbidden"]
    if not unknown:
        return None
    known: Any = deepcopy(tables)
    for *path, key in unknown:
        table = known
        for part in path:
            table = table[part]
        del table[key]
    return known  # type: ignore[no-any-return]
