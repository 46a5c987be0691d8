"""Small helpers that tests share."""

import asyncio
import gc
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg


async def eventually(condition: Callable[[], Any | Awaitable[Any]], seconds: float = 15) -> Any:
    """Wait until `condition()` is truthy and return its value; fail with the last value after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        assert time.monotonic() < deadline, f"still {value!r} after {seconds} s"
        await asyncio.sleep(0.05)


async def execute(url: str, statement: str) -> None:
    """One statement over a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def cpu_seconds(work: Callable[[], object]) -> float:
    """The best of three, without the collector, whose share grows with what other tests keep alive."""
    gc.disable()
    try:
        return min(_once(work) for _ in range(3))
    finally:
        gc.enable()


def _once(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
