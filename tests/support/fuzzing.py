"""schemathesis over a running application: no 5xx, and no status that its description does not name."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from fastapi import FastAPI

from larder_local.ports import free_port
from servicekit.health import serve

EXAMPLES = 8
"""A route; `schemathesis run` with more finds more, and takes longer."""


async def findings(app: FastAPI, folder: Path, *headers: str) -> str:
    """What is wrong with `app`; empty when nothing is."""
    port, stop = free_port(0), asyncio.Event()
    serving = asyncio.create_task(serve(app, "127.0.0.1", port, stop))
    description = folder / "openapi.json"
    description.write_text(json.dumps(app.openapi()))
    done = await asyncio.to_thread(_run, description, f"http://127.0.0.1:{port}", headers)
    stop.set()
    await serving
    return "" if done.returncode == 0 else done.stdout[:9000] + done.stderr[-2000:]


def _run(description: Path, url: str, headers: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
    checks = "not_a_server_error,status_code_conformance"
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", str(description), "--url", url, "--checks", checks,
        "--phases", "examples,fuzzing", "--max-examples", str(EXAMPLES), "--seed", "1",
        "--generation-database", "none", "--no-color", *(part for header in headers for part in ("-H", header)),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=description.parent)
