"""An adapter's folder as the recipe leaves it, without a training; imports only what is on every machine."""

from pathlib import Path

from contracts import AdapterManifest
from contracts.hashing import ADAPTER_FILES, MANIFEST_FILE, adapter_sha256, file_entry
from contracts.manifests import BaseModelRef


def write_adapter(folder: Path, weights: bytes = b"weights") -> AdapterManifest:
    """An output folder as the recipe leaves it: right hashes, weights that no one will load."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ADAPTER_FILES[0]).write_text('{"r": 4}')
    (folder / ADAPTER_FILES[1]).write_bytes(weights)
    manifest = AdapterManifest(
        sha256=adapter_sha256(folder),
        files={name: file_entry(folder / name) for name in ADAPTER_FILES},
        base=BaseModelRef(name="larder-tiny", sha256="b" * 64, tokenizer_sha256="c" * 64),
        rank=4,
        alpha=8,
        target_modules=("q_proj",),
        target_format=1,
    )
    (folder / MANIFEST_FILE).write_text(manifest.model_dump_json())
    (folder / "metrics.json").write_text('{"loss": 0.5}')
    (folder / "metadata.json").write_text('{"seconds": 1.5}')
    return manifest
