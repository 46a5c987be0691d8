"""SIGTERM ends a service also while it still waits for a broker that was never there."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from larder_local.layout import SERVICES
from larder_local.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_that_waits_for_the_broker_stops_when_told_to(name: str, tmp_path: Path) -> None:
    settings = {
        "NATS_URL": f"nats://127.0.0.1:{free_port(0)}",
        "LARDER_PORT": str(free_port(0)),
        "LARDER_HOME": str(tmp_path),
        "LARDER_BASE_MODEL": str(ROOT / "models" / "larder-tiny"),
    }
    command = (sys.executable, "-m", name.replace("-", "_"))
    process = await asyncio.create_subprocess_exec(*command, env=os.environ | settings, stderr=asyncio.subprocess.PIPE)
    assert process.stderr is not None
    try:
        await asyncio.wait_for(process.stderr.readuntil(b"nats error"), 60)
        process.send_signal(signal.SIGTERM)
        rest = await asyncio.wait_for(process.stderr.read(), 10)
        assert (await asyncio.wait_for(process.wait(), 10), b"Traceback" in rest) == (0, False)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
