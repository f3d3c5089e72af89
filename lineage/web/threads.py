"""Work that may take long or hang, done beside the answering: in threads that end with the program, whatever they wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


async def beside(work: Callable[[], T]) -> T:
    """Do work in a thread of its own and wait for it, without keeping anybody else waiting.

    Giving up the wait leaves the thread to end by itself; it never keeps the program from ending.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def give(name: str, value: Any) -> None:
        if not future.done():
            getattr(future, name)(value)

    def run() -> None:
        try:
            name, value = "set_result", work()
        except BaseException as error:
            name, value = "set_exception", error  # type: ignore[assignment]
        try:
            loop.call_soon_threadsafe(give, name, value)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more

    Thread(target=run, daemon=True, name="beside").start()
    return await future


async def beside_few(work: Callable[[], T], places: asyncio.Semaphore, patience: float) -> T:
    """Do work beside, in one of a few places. TimeoutError when it is not done within so many seconds.

    A place is free when its thread is: who gave up waiting makes no room for another.
    """
    loop = asyncio.get_running_loop()

    def working() -> T:
        try:
            return work()
        finally:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(places.release)

    async with asyncio.timeout(patience):
        await places.acquire()
        return await beside(working)
