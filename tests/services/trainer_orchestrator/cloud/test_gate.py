"""The account's rate gate: the specified pace, terminate first, one gate for all processes."""

import asyncio
import itertools
import time

from pydantic import SecretStr

from trainer_orchestrator.cloud.gate import Call, RateGate, Rates

KEY = SecretStr("k")


async def timed(gate: RateGate, call: Call, into: list[tuple[str, float]], began: float) -> None:
    await gate.turn(call)
    into.append((call.name, time.monotonic() - began))


async def test_requests_and_launches_keep_their_pace(tmp_path):
    gate, told, began = RateGate(tmp_path, KEY, Rates(request=0.1, launch=0.5)), [], time.monotonic()
    calls = [Call.LAUNCH, Call.LAUNCH, Call.LOOK, Call.LOOK]
    await asyncio.gather(*(timed(gate, call, told, began) for call in calls))
    moments = sorted(at for _, at in told)
    assert all(later - earlier > 0.09 for earlier, later in itertools.pairwise(moments))
    first, second = [at for name, at in told if name == "LAUNCH"]
    assert second - first > 0.49


async def test_terminate_goes_before_everything_that_waits(tmp_path):
    gate, told, began = RateGate(tmp_path, KEY, Rates(request=0.1, launch=5)), [], time.monotonic()
    await gate.turn(Call.LAUNCH)
    calls = [Call.LAUNCH, *[Call.LOOK] * 5, Call.TERMINATE]
    tasks = [asyncio.create_task(timed(gate, call, told, began)) for call in calls]
    await asyncio.wait(tasks[1:])
    assert [name for name, _ in told[:2]] == ["LOOK", "TERMINATE"]
    tasks[0].cancel()


async def test_two_processes_share_one_gate(tmp_path):
    told, began = [], time.monotonic()
    gates = [RateGate(tmp_path, KEY, Rates(request=0.1, launch=0)) for _ in range(2)]
    await asyncio.gather(*(timed(gate, Call.LOOK, told, began) for gate in gates for _ in range(3)))
    assert max(at for _, at in told) > 0.49


async def test_after_a_429_nobody_asks_for_as_long_as_it_said(tmp_path):
    first, second = (RateGate(tmp_path, KEY, Rates(request=0.01, launch=0, slowest=0.3)) for _ in range(2))
    first.pause(99)
    began = time.monotonic()
    await second.turn(Call.TERMINATE)
    assert time.monotonic() - began > 0.25


async def test_a_caller_that_gives_up_does_not_block_the_others(tmp_path):
    gate = RateGate(tmp_path, KEY, Rates(request=0.05, launch=0))
    await gate.turn(Call.LOOK)
    waiting = [asyncio.create_task(gate.turn(Call.LOOK)) for _ in range(3)]
    await asyncio.sleep(0.01)
    waiting[0].cancel()
    waiting[1].cancel()
    await asyncio.wait_for(waiting[2], 5)


async def test_the_file_does_not_hold_the_key(tmp_path):
    await RateGate(tmp_path, SecretStr("very-secret"), Rates(0, 0)).turn(Call.LOOK)
    (path,) = tmp_path.iterdir()
    assert "very-secret" not in path.name + path.read_text()
