"""
A worker that is killed at one of its steps: before or after a commit, a word to the
mailbox, a letter, and in the middle of a letter.

`python -m tests.flow.killed` reads one order a line and answers "killed" or
"completed". Each worker is a process of its own, forked from one that has imported
everything already.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from mailbot import log, rounds, service
from mailbot.store.sqlite import _Transaction
from mailbot.transport.imap import ImapSource
from mailbot.transport.oauth2.tokens import Tokens
from mailbot.transport.smtp import Courier
from tests.flow.house import Clock, settings
from tests.tried import Tried

STEPS: tuple[tuple[type, str], ...] = (
    (_Transaction, "commit"),
    (ImapSource, "look"),
    (ImapSource, "fetch"),
    (ImapSource, "file"),
    (Courier, "connect"),
    (Courier, "deliver"),
    (Courier, "_content"),
)
#: Of these the former talks to the endpoint, and the latter writes down what comes.
TOKENS: tuple[tuple[type, str], ...] = ((Tokens, "_answer_to"), (Tokens, "_keep"))


def kill_at(number: int, *, of_tokens: bool = False) -> None:
    """
    From now on the process ends at its step *number*, as if the power had failed; or at
    the step of that number that it takes for its access tokens.
    """
    left = number

    def step() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(do: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def between_two_steps(*given: Any, **named: Any) -> Any:
            step()
            done = await do(*given, **named)
            step()
            return done

        return between_two_steps

    def counted_too(do: Callable[..., Any]) -> Callable[..., Any]:
        def between_two_steps(*given: Any, **named: Any) -> Any:
            step()
            done = do(*given, **named)
            step()
            return done

        return between_two_steps

    for owner, name in TOKENS if of_tokens else STEPS:
        count = counted_too if of_tokens else counted
        setattr(owner, name, count(getattr(owner, name)))


async def one_round(order: dict[str, Any]) -> bool:
    if order["first_start"]:
        kill_at(order["step"])
    async with service.service(
        settings(Path(order["folder"]), **order["more"]), Clock()
    ) as running:
        if not order["first_start"]:
            kill_at(order["step"], of_tokens=order["of_tokens"])
        return await rounds.run_once(running)


def work(order: dict[str, Any]) -> int:
    """
    The exit status of the round.
    """
    with Path(os.devnull).open("w") as nowhere:
        log.configure(nowhere, as_json=True)
        return 0 if asyncio.run(one_round(order)) else 1


def main() -> None:
    # Every worker would try all templates anew.
    tried = Tried(service.stationery)
    tried(settings(Path()))
    service.stationery = tried
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(work(json.loads(line)))
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            answer = "killed"
        else:
            answer = "failed" if os.WEXITSTATUS(status) else "completed"
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
