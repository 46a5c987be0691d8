"""Writes an adapter's folder: PEFT files, manifest, metrics, metadata; all of it or nothing.

Invariant: the output folder appears by one rename, after every byte is on the disk; a killed run leaves nothing there.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts import AdapterManifest
from contracts.hashing import ADAPTER_FILES, MANIFEST_FILE, adapter_sha256, base_model_ref, file_entry
from reading.target import FORMAT
from trainer_orchestrator.recipe.base_model import BaseModel


def write_adapter(
    output: Path,
    adapted: Any,  # noqa: ANN401 -- peft has no typed base
    base: BaseModel,
    metrics: Mapping[str, Any],
    metadata: Mapping[str, Any],
) -> AdapterManifest:
    """Writes everything to `output`, which is replaced when it exists."""
    output.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    try:
        _save_peft(adapted, base, staging)
        manifest = _manifest(adapted, base, staging)
        _write_json(staging / "metrics.json", metrics)
        _write_json(staging / "metadata.json", metadata)
        (staging / MANIFEST_FILE).write_text(manifest.model_dump_json(indent=1))
        _sync(staging)
        _move(staging, output)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return manifest


def _save_peft(adapted: Any, base: BaseModel, folder: Path) -> None:  # noqa: ANN401
    """The two PEFT files; a local path has no place in them, it would change the adapter's name."""
    config = adapted.peft_config["default"]
    config.base_model_name_or_path = base.name
    config.target_modules = sorted(config.target_modules)
    adapted.save_pretrained(folder, save_embedding_layers=False)  # or peft asks the hub for the base by name
    for path in folder.iterdir():
        if path.name not in ADAPTER_FILES:
            path.unlink()


def _manifest(adapted: Any, base: BaseModel, folder: Path) -> AdapterManifest:  # noqa: ANN401
    config = adapted.peft_config["default"]
    return AdapterManifest(
        sha256=adapter_sha256(folder),
        files={name: file_entry(folder / name) for name in ADAPTER_FILES},
        base=base_model_ref(base.name, base.folder),
        rank=config.r,
        alpha=config.lora_alpha,
        target_modules=tuple(sorted(config.target_modules)),
        target_format=FORMAT,
    )


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n")


def _sync(folder: Path) -> None:
    for path in [*folder.iterdir(), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _move(staging: Path, output: Path) -> None:
    staging.chmod(0o755)
    if output.exists():
        shutil.rmtree(output)
    staging.replace(output)
