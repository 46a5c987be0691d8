"""How adapters and base models are named by their bytes. Reads files; imports the standard library only.

An adapter's name covers its two PEFT files; a base model's covers its weights and its config, its tokenizer has a
hash of its own, so that a changed tokenizer is told apart from changed weights.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from contracts.manifests import BaseModelRef, FileEntry

ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")
MANIFEST_FILE = "manifest.json"
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")


def adapter_sha256(folder: Path) -> str:
    """The name of the adapter in `folder`, 64 hexadecimal digits. Raises FileNotFoundError when a file is missing."""
    return files_sha256(folder / name for name in ADAPTER_FILES)


def file_entry(path: Path) -> FileEntry:
    return FileEntry(sha256=file_sha256(path), size=path.stat().st_size)


def base_model_ref(name: str, folder: Path) -> BaseModelRef:
    """What an adapter's manifest says of the base model that lies in `folder` (the Hugging Face layout)."""
    weights = sorted(folder.glob("*.safetensors"))
    tokenizer = [folder / file for file in TOKENIZER_FILES if (folder / file).exists()]
    return BaseModelRef(
        name=name,
        sha256=files_sha256([folder / "config.json", *weights]),
        tokenizer_sha256=files_sha256(tokenizer),
    )


def files_sha256(paths: Iterable[Path]) -> str:
    """Over each file's name and content hash, in the order given."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.name}\0{file_sha256(path)}\n".encode())
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
