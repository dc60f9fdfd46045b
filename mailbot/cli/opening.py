"""
What commands share: the settings, the database that is there, who types, and giving up.
"""

import asyncio
import gc
import getpass
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

import typer

from mailbot import log
from mailbot.cli.options import Folder
from mailbot.settings import ConfigurationProblems, Settings, load
from mailbot.store.database import DatabaseFault, database, is_new

T = TypeVar("T")


def _on_stderr(problems: Sequence[str]) -> None:
    for each in problems:
        print(f"mailbot: {each}", file=sys.stderr)


def settings_in_force(
    environ: Mapping[str, str] = os.environ,
    say: Callable[[Sequence[str]], None] = _on_stderr,
) -> Settings:
    """
    The settings of the configuration folder; whatever is wrong with them is said.
    """
    try:
        return load(Folder.path, environ)
    except ConfigurationProblems as wrong:
        say(wrong.problems)
        raise typer.Exit(1) from None


def quiet_settings(say: Callable[[Sequence[str]], None] = _on_stderr) -> Settings:
    """
    For a short command, whose stdout is its answer.
    """
    log.to_stderr()
    return settings_in_force(say=say)


def carried_out(work: Coroutine[Any, Any, T], *problems: type[Exception]) -> T:
    """
    What comes of *work*; a fault of the database, or one of *problems*, is said.
    """
    told: tuple[type[Exception], ...] = (DatabaseFault, *problems)
    _started()
    try:
        return asyncio.run(work)
    except told as wrong:
        give_up(_in_words(wrong))


def _in_words(wrong: Exception) -> str:
    """
    What is wrong; of a file which one and why, without the number that the system has for it.
    """
    if isinstance(wrong, OSError) and wrong.filename and wrong.strerror:
        return f"{wrong.filename}: {wrong.strerror}"
    return str(wrong)


def _started() -> None:
    """
    What has been made until now is not looked through for what is gone, what comes is.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def asked(
    settings: Settings,
    question: Callable[[], Awaitable[T]],
    *problems: type[Exception],
    nothing: T,
) -> T:
    """
    The answer of the database, or *nothing* where there is none yet: asking in the
    wrong folder must not make one, nor may a command migrate one under a worker.
    """
    url = settings.database.url.get_secret_value()
    if is_new(url):
        print(f"mailbot: there is no database at {url}; mailbot run makes it", file=sys.stderr)
        return nothing

    async def ask() -> T:
        async with database(url, may_change=False):
            return await question()

    return carried_out(ask(), *problems)


def need_a_database(settings: Settings) -> None:
    """
    For what names one thing, or is given to somebody outside to read: in the wrong folder
    "there is no such case" would be said of a database that is not there.
    """
    url = settings.database.url.get_secret_value()
    if is_new(url):
        give_up(f"there is no database at {url}; mailbot run makes it")


def operator() -> str:
    """
    The name under which somebody is logged in, for the record; the number of a user without
    one, as a container may run by.
    """
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def give_up(why: str) -> NoReturn:
    print(f"mailbot: {why}", file=sys.stderr)
    raise typer.Exit(1)


def no_such_case(reference: str) -> NoReturn:
    give_up(f"there is no case {reference}; mailbot cases --all lists them")


def no_held_mail(held_id: int) -> NoReturn:
    give_up(f"nothing is held under {held_id}; mailbot held list shows what is")
