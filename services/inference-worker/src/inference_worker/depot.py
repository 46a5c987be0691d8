"""Brings adapters from the object store onto this machine's disk, complete and verified, or not at all.

Invariant: a folder `adapters/<sha256>` is only ever created by a rename of a complete, synced, verified folder; what a
crash leaves behind has a temporary name and is deleted at the next start. A refused adapter is moved to
`adapters/quarantine/<sha256>` with a file REASON.txt, for a person to look at; nothing reads it again.
"""

import asyncio
import os
import shutil
import uuid
from pathlib import Path

import structlog
from pydantic import ValidationError

from contracts.hashing import ADAPTER_FILES, MANIFEST_FILE
from inference_worker.adapters import AdapterRefused, verify
from inference_worker.engines.base import LoraRules
from servicekit.objects import ObjectStore, read_manifest

log = structlog.get_logger(__name__)
TEMPORARY = ".fetching-"


class Depot:
    """Adapters on disk under `home/adapters`, by hash."""

    def __init__(self, store: ObjectStore, home: Path, rules: LoraRules) -> None:
        self._store = store
        self._rules = rules
        self._folder = home / "adapters"
        self._folder.mkdir(parents=True, exist_ok=True)

    def clean(self) -> None:
        """Delete what a killed worker left half fetched. Call it before any fetch."""
        for left_over in self._folder.glob(f"{TEMPORARY}*"):
            shutil.rmtree(left_over)

    async def fetch(self, sha256: str) -> Path:
        """The verified folder of an adapter, fetched when it is not here yet.

        Raises AdapterRefused when it must not be served; a STORE_ERRORS when another try may help.
        """
        target = self._folder / sha256
        if target.is_dir() and await asyncio.to_thread(self._still_good, target, sha256):
            return target
        temporary = self._folder / f"{TEMPORARY}{sha256}-{uuid.uuid4().hex}"
        temporary.mkdir()
        try:
            await self._download(sha256, temporary)
            await asyncio.to_thread(self._admit, temporary, target, sha256)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return target

    async def _download(self, sha256: str, folder: Path) -> None:
        """The files of the adapter, synced to disk, the manifest last."""
        try:
            manifest = await read_manifest(self._store, sha256)
            if manifest is None:
                raise AdapterRefused("MISSING", "The adapter is not in the object store: publish it again.")
            for name in ADAPTER_FILES:
                await self._store.fetch(f"{sha256}/{name}", folder / name)
        except FileNotFoundError as error:
            raise AdapterRefused(
                "MISSING", "A file of the adapter is not in the object store: publish it again."
            ) from error
        except ValidationError as error:
            raise AdapterRefused("MANIFEST", "The adapter's manifest cannot be read: publish it again.") from error
        (folder / MANIFEST_FILE).write_text(manifest.model_dump_json())
        await asyncio.to_thread(sync, folder)

    def _admit(self, temporary: Path, target: Path, sha256: str) -> None:
        """Verify, then give the folder its name; another worker on the same disk may have been faster."""
        try:
            verify(temporary, self._rules, sha256)
        except AdapterRefused as refused:
            self._quarantine(temporary, sha256, refused)
            raise
        if not target.is_dir():
            temporary.rename(target)
            sync_folder(self._folder)

    def _still_good(self, target: Path, sha256: str) -> bool:
        """Whether a folder from an earlier fetch still passes; disks rot, and the rules change with the base model."""
        try:
            verify(target, self._rules, sha256)
        except AdapterRefused as refused:
            self._quarantine(target, sha256, refused)
            return False
        return True

    def _quarantine(self, folder: Path, sha256: str, refused: AdapterRefused) -> None:
        quarantine = self._folder / "quarantine" / sha256
        shutil.rmtree(quarantine, ignore_errors=True)
        quarantine.parent.mkdir(exist_ok=True)
        folder.rename(quarantine)
        (quarantine / "REASON.txt").write_text(f"{refused.code}: {refused}\n")
        log.error("adapter refused", sha256=sha256, code=refused.code, reason=str(refused), kept_in=str(quarantine))


def sync(folder: Path) -> None:
    """Make the folder's files survive a power cut."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
