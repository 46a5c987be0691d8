"""Pauses that a stop, or news, ends early.

Built on `asyncio.wait`: `asyncio.wait_for` of Python 3.11 may swallow a cancellation that comes together with the
event.
"""

import asyncio


async def pause(seconds: float, *ends: asyncio.Event) -> None:
    """Until one of `ends` is set or the time is over. Clears none of them."""
    waiting = [asyncio.create_task(end.wait()) for end in ends]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
