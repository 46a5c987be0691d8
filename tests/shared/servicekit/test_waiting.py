"""A pause ends by time, by any of its events, and by cancellation, and leaves no task behind."""

import asyncio

import pytest

from servicekit.waiting import pause


async def test_a_pause_is_over_when_its_time_is() -> None:
    await asyncio.wait_for(pause(0.01, asyncio.Event()), 5)


@pytest.mark.parametrize("which", [0, 1])
async def test_any_of_the_events_ends_a_pause_and_stays_set(which: int) -> None:
    ends = asyncio.Event(), asyncio.Event()
    pausing = asyncio.create_task(pause(3600, *ends))
    await asyncio.sleep(0)
    ends[which].set()
    await asyncio.wait_for(pausing, 5)
    assert [end.is_set() for end in ends] == [which == 0, which == 1]


async def test_a_cancelled_pause_is_cancelled_even_when_its_event_comes_at_once_and_leaves_no_task() -> None:
    end = asyncio.Event()
    before = asyncio.all_tasks()
    pausing = asyncio.create_task(pause(3600, end))
    await asyncio.sleep(0)
    end.set()
    pausing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pausing
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
