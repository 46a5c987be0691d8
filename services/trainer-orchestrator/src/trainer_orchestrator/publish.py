"""Publishing an adapter: its files into the object store, a copy into the versions folder, and what is announced.

Invariant: nothing is published whose bytes do not agree with its manifest, and nothing that exists is overwritten.
Every part may be repeated after a crash; the announcement itself is enqueued by `store.apply`, once.
"""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from contracts import AdapterManifest, AdapterPublished
from contracts.hashing import MANIFEST_FILE, adapter_sha256, file_entry
from servicekit.objects import STORE_ERRORS, ObjectStore, put_adapter
from trainer_orchestrator.errors import StepFailed, Transient
from trainer_orchestrator.machines.local import replace_folder
from trainer_orchestrator.run import Reason, Run

METADATA_FILE = "metadata.json"
METRICS_FILE = "metrics.json"


@dataclass(frozen=True)
class Output:
    """The recipe's output folder, read and checked."""

    manifest: AdapterManifest
    metadata: dict[str, Any]
    metrics: dict[str, Any]


class Publisher:
    """Publishes into `store`; `versions` holds one folder a version."""

    def __init__(self, store: ObjectStore, versions: Path) -> None:
        self._store = store
        self._versions = versions

    async def publish(self, run: Run, adapter: Path) -> AdapterPublished:
        """Publish the adapter in folder `adapter`; what `adapter.published` should say. Raises StepFailed."""
        output = await asyncio.to_thread(read_output, adapter)
        await self._put(adapter, output.manifest)
        await asyncio.to_thread(self._copy, run, adapter, output.manifest)
        if run.dataset is None:
            raise StepFailed(Reason.PUBLISH_FAILED, "The run has no dataset; start a new run.")
        return AdapterPublished(
            run_id=run.id,
            version=run.version,
            manifest=output.manifest,
            dataset_sha256=run.dataset.sha256,
            metadata=output.metadata,
            metrics=output.metrics,
        )

    def has_folder(self, version: str) -> bool:
        return (self._versions / version).exists()

    async def _put(self, adapter: Path, manifest: AdapterManifest) -> None:
        try:
            await put_adapter(self._store, adapter, manifest)
        except STORE_ERRORS as error:
            raise Transient(f"the object store does not take the adapter: {error!r}") from error

    def _copy(self, run: Run, adapter: Path, manifest: AdapterManifest) -> None:
        target = self._versions / run.version
        if not target.exists():
            replace_folder(adapter, target)
        elif _manifest_of(target) != manifest:
            sentence = f"{target} holds another adapter; move it away and start a new run."
            raise StepFailed(Reason.PUBLISH_FAILED, sentence)


def read_output(adapter: Path) -> Output:
    """Read the recipe's output. Raises StepFailed ADAPTER_INVALID when a file is missing, broken, or another one."""
    try:
        manifest = AdapterManifest.model_validate_json((adapter / MANIFEST_FILE).read_bytes())
        metadata = json.loads((adapter / METADATA_FILE).read_bytes())
        metrics = json.loads((adapter / METRICS_FILE).read_bytes())
        wrong = [name for name, entry in manifest.files.items() if file_entry(adapter / name) != entry]
        is_named_right = adapter_sha256(adapter) == manifest.sha256
    except (FileNotFoundError, ValidationError, ValueError) as error:
        raise StepFailed(Reason.ADAPTER_INVALID, f"The training left no usable adapter: {error}") from error
    if wrong or not is_named_right:
        what = ", ".join(wrong) or "the adapter's hash"
        raise StepFailed(Reason.ADAPTER_INVALID, f"The adapter does not agree with its manifest: {what}. Train again.")
    return Output(manifest, metadata, metrics)


def _manifest_of(folder: Path) -> AdapterManifest | None:
    try:
        return AdapterManifest.model_validate_json((folder / MANIFEST_FILE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
