"""
A thread for a library that blocks.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread, current_thread
from typing import Any, TypeVar

T = TypeVar("T")


class OneThread:
    """
    Does one call at a time, in turn. Not a ThreadPoolExecutor: the end of the process
    would wait for its threads, and a name look-up can take half a minute.
    """

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._awaited: set[asyncio.Future[Any]] = set()
        self._thread = Thread(target=self._work, daemon=True)
        self._thread.start()

    @property
    def is_current(self) -> bool:
        return current_thread() is self._thread

    async def run(self, call: Callable[[], T]) -> T:
        """
        What the call returns or raises.
        """
        loop = asyncio.get_running_loop()
        awaited: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, fault: BaseException | None) -> None:
            if awaited.done():
                return
            if fault is not None:
                awaited.set_exception(fault)
            else:
                awaited.set_result(result)  # type: ignore[arg-type]

        def work() -> None:
            result, fault = None, None
            try:
                result = call()
            except BaseException as raised:  # noqa: BLE001 - carried to the one who awaits it
                fault = raised
            with suppress(RuntimeError):  # the loop is closed: nobody awaits it any more
                loop.call_soon_threadsafe(settle, result, fault)

        self._awaited.add(awaited)
        awaited.add_done_callback(self._awaited.discard)
        self._calls.put(work)
        return await awaited

    def give_up(self, fault: Exception) -> None:
        """
        Raise this wherever a call is awaited; the thread ends when it can.
        """
        for each in self._awaited:
            if not each.done():
                each.set_exception(fault)
        self.end()

    def end(self) -> None:
        self._calls.put(None)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
