"""
The values of the rules never change: who holds one holds what was decided.
"""

import pkgutil
from dataclasses import is_dataclass
from importlib import import_module

from mailbot import cases
from mailbot.cases.known.known import Known
from mailbot.cases.known.past import Past


def test_every_value_of_the_rules_is_frozen() -> None:
    modules = [
        import_module(each.name)
        for each in pkgutil.walk_packages(cases.__path__, f"{cases.__name__}.")
    ]
    values = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type)
        and is_dataclass(value)
        and value.__module__.startswith(cases.__name__)
    }

    # What is known is no value: each decision writes into a copy of its own. Nor is a past that
    # is gone through once more: it notes which of its letters have found their place.
    values = {each for each in values if not issubclass(each, (Known, Past))}
    assert [each.__name__ for each in values if not each.__dataclass_params__.frozen] == []  # type: ignore[attr-defined]
