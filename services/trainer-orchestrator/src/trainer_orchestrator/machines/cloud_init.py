"""The `user_data` of a rented machine: its host key, packages and base model fetched while it boots, its own end.

The host key is made here, per run, so that it can be pinned before anything is sent. The machine switches itself off at
its deadline; that ends the training and wipes what runs, but the bill goes on until the machine is terminated, which
only the orchestrator and the reaper can do, because no key of the account is ever on the machine.
"""

import base64
import gzip
import json
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from trainer_orchestrator.machines import prepare

ENVIRONMENT: Final = "/opt/larder"
LONGEST: Final = 1_000_000
"""Bytes, from the specification."""


def user_data(host_key: str, public: str, *, user: str, base: str, lock: Path, deadline: datetime, token: str) -> str:
    """`host_key` is private; `base` is fetched at boot when it is a Hugging Face id, with `token` when there is one."""
    files = [
        _file(f"{ENVIRONMENT}/prepare.py", Path(prepare.__file__).read_bytes()),
        _file(f"{ENVIRONMENT}/requirements.lock", lock.read_bytes()),
    ]
    if token:
        files.append(_file(f"{ENVIRONMENT}/token", token.encode(), "0600"))
    config = {
        "ssh_deletekeys": True,
        "ssh_keys": {"ed25519_private": host_key, "ed25519_public": public},
        "write_files": files,
        "runcmd": [
            ["systemd-run", f"--on-calendar={deadline.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC", "poweroff"],
            ["chown", "-R", user, ENVIRONMENT],
            ["su", user, "-c", _fetch(base)],
        ],
    }
    return "#cloud-config\n" + json.dumps(config)


def _fetch(base: str) -> str:
    """Beside the rest of the boot: the training waits for its lock."""
    return (
        f"nohup python3 {ENVIRONMENT}/prepare.py --environment {ENVIRONMENT} --lock {ENVIRONMENT}/requirements.lock "
        f"--base {shlex.quote(base)} > {ENVIRONMENT}/prepare.log 2>&1 &"
    )


def _file(path: str, content: bytes, permissions: str = "0644") -> dict[str, Any]:
    packed = base64.b64encode(gzip.compress(content, mtime=0)).decode()
    return {"path": path, "encoding": "gz+b64", "content": packed, "permissions": permissions}
