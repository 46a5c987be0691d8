"""The embedded default as a whole: nobody is shown a password, and the command backs up while it runs."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import httpx
import psutil
import pytest

from running_larder import RunningLarder

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[2]


def command(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"LARDER_HOME": str(home)}
    call = [sys.executable, "-c", "from larder_cli.main import main; main()", *arguments]
    done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False, timeout=300)
    done.stderr = " ".join(done.stderr.split())  # the terminal's line breaks say nothing
    return done


def test_no_password_is_in_a_log_a_process_list_or_an_environment(larder: RunningLarder) -> None:
    keys = [path for path in (larder.home / "keys").glob("*/*") if path.suffix != ".conf"]
    family = [psutil.Process(larder.supervisor.pid), *psutil.Process(larder.supervisor.pid).children(recursive=True)]
    shown = [f"{process.cmdline()} {process.environ()}" for process in family]
    shown += [path.read_text(errors="replace") for path in (larder.home / "logs").rglob("*.log")]
    shown.append((larder.home / "up.log").read_text())
    assert keys
    assert [key.name for key in keys if any(key.read_text() in text for text in shown)] == []


def test_a_running_larder_is_backed_up_and_restored_into_an_empty_folder(larder: RunningLarder, tmp_path: Path) -> None:
    labels = b"\n".join((ROOT / "sample" / "labels.jsonl").read_bytes().splitlines()[:12])
    upload = {"file": ("labels.jsonl", labels)}
    httpx.post(f"{larder.address}/api/imports", params={"kind": "audited"}, files=upload, timeout=60).raise_for_status()
    file = tmp_path / "larder.backup"
    made = command(larder.home, "backup", str(file))
    assert made.returncode == 0, made.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    with tarfile.open(file) as parts:
        assert "database/public.records@000000" in parts.getnames()
    refused = command(larder.home, "restore", str(file), "--force")
    assert refused.returncode == 1
    assert "Stop Larder before you restore" in refused.stderr

    empty = larder.home / "another"
    restored = command(empty, "restore", str(file))
    assert restored.returncode == 0, restored.stderr
    again = command(empty, "restore", str(file))
    assert (again.returncode, "give --force" in again.stderr) == (1, True)
    copied = command(empty, "backup", str(tmp_path / "copy.backup"))
    assert said(copied) == said(made)


def said(done: "subprocess.CompletedProcess[str]") -> str:
    """How many rows, tables and adapters a back-up says that it holds."""
    return done.stderr.partition("Backed up: ")[2].partition(" adapters")[0]


def test_a_backup_never_replaces_a_file_by_itself(larder: RunningLarder, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    refused = command(larder.home, "backup", str(tmp_path / "mine"))
    assert (refused.returncode, (tmp_path / "mine").read_text()) == (1, "precious")
    assert "is there already" in refused.stderr
