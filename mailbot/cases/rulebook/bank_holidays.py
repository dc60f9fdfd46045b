"""
Which days are bank holidays. The only user of holidays.
"""

from datetime import date
from functools import cache, partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """
    The bank holidays of England and Wales in that year, substitute days included.
    """
    # Wales has no holidays of its own: what the package has for it is the same.
    return frozenset(_united_kingdom()(subdiv="ENG", years=year))


@cache
def _united_kingdom() -> Any:
    """
    The package's class of that name, from its own file: by the front door every country
    of the world is loaded first, and each start would wait for them.
    """
    # A command that asks for no working day need not wait for any.
    import holidays  # noqa: PLC0415

    file = Path(holidays.__file__).with_name("countries") / "united_kingdom.py"
    spec = spec_from_file_location("holidays_of_the_united_kingdom", file)
    if spec is None or spec.loader is None or not file.is_file():
        # Where the package has another shape, its front door is still there.
        return partial(holidays.country_holidays, "GB")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.UnitedKingdom
