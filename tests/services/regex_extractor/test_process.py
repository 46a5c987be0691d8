"""The process itself: it answers while the broker is away, and stops when it is told to."""

import asyncio
import os
import signal
import sys
import urllib.error
import urllib.request

from larder_local.ports import free_port
from tests_support import eventually


async def started(nats_url: str, port: int) -> asyncio.subprocess.Process:
    environment = os.environ | {"NATS_URL": nats_url, "LARDER_PORT": str(port)}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "regex_extractor", env=environment)
    await eventually(lambda: status(port, "/healthz") == 200, seconds=30)
    return process


def status(port: int, path: str) -> int | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


async def stopped(process: asyncio.subprocess.Process) -> int:
    process.send_signal(signal.SIGTERM)
    return await asyncio.wait_for(process.wait(), 15)


async def test_it_answers_and_stops_while_the_broker_is_away():
    port = free_port(0)
    process = await started(f"nats://127.0.0.1:{free_port(0)}", port)
    assert status(port, "/readyz") == 503
    assert await stopped(process) == 0


async def test_it_becomes_ready_with_the_broker_and_drains_on_sigterm(nats, nats_url):
    port = free_port(0)
    process = await started(nats_url, port)
    await eventually(lambda: status(port, "/readyz") == 200, seconds=30)
    assert await stopped(process) == 0
