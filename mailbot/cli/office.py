"""
For a command that does what mail would do: the office, on the database that is there.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from mailbot import service
from mailbot.cli.opening import asked
from mailbot.letters.office import Office
from mailbot.letters.templates import TemplateProblem
from mailbot.settings import Settings
from mailbot.signing_keys import KeyFileProblem

T = TypeVar("T")

#: Why there may be no office.
PROBLEMS = (KeyFileProblem, TemplateProblem)


def at_the_office(settings: Settings, work: Callable[[Office], Awaitable[T]], *, nothing: T) -> T:
    """
    What comes of *work*, or *nothing* where there is no database yet.
    """

    async def there() -> T:
        return await work(await service.office(settings))

    return asked(settings, there, *PROBLEMS, nothing=nothing)
