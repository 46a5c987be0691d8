"""The sample's places become the group's directory, when the group has none yet."""

import json
from pathlib import Path

import anyio.to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.reference.store import current_reference, put_reference
from contracts import Directory


async def use_sample_directory(path: Path, session: AsyncSession) -> None:
    """Never overwrites a place that a person entered."""
    current = await current_reference(session)
    if not current.value.directory.places:
        await put_reference(session, directory=await anyio.to_thread.run_sync(_directory, path))


def _directory(path: Path) -> Directory:
    return Directory.from_mapping(json.loads(path.read_bytes()))
