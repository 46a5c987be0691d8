"""`larder import` and `larder dataset export`: moving records in and out of a running service."""

import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from larder_cli.errors import Refused
from larder_cli.progress import bar
from larder_cli.service import Service

POLL_SECONDS = 0.3


def import_path(path: Path, audited: bool) -> dict[str, Any]:  # noqa: FBT001 - the command's own flag
    """Upload a file (or a Slack export's folder, zipped on the way) and follow the import to its end."""
    if not path.exists():
        raise Refused(f"{path} does not exist.")
    service = Service()
    with _as_file(path) as file:
        started = service.upload("/api/imports", file, kind="audited" if audited else "auto")
    return _follow(service, started["id"])


def import_sample() -> dict[str, Any]:
    service = Service()
    return _follow(service, service.post("/api/imports/sample")["id"])


def export_dataset(output: Path | None) -> str | None:
    """All audited records as LABELLED.jsonl: written to `output` whole or not at all, or returned."""
    rows = Service().text("/api/datasets/export")
    if output is None:
        return rows
    partial = output.with_name(output.name + ".part")
    partial.write_text(rows)
    partial.replace(output)
    return None


def _follow(service: Service, number: str) -> dict[str, Any]:
    with bar() as progress:
        task = progress.add_task("Importing", total=None, note="")
        while True:
            job: dict[str, Any] = service.get(f"/api/imports/{number}")
            progress.update(task, total=job["total"] or None, completed=job["done"])
            if job["state"] == "failed":
                raise Refused(f"Nothing was imported: {job['error']}")
            if job["state"] == "done":
                return job
            time.sleep(POLL_SECONDS)


@contextmanager
def _as_file(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    with TemporaryDirectory() as folder:
        archive = Path(folder) / f"{path.resolve().name}.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
            for file in sorted(path.rglob("*.json")):
                target.write(file, file.relative_to(path))
        yield archive
