"""Importing over HTTP: a file or the sample in, a job to follow out."""

import asyncio
import shutil
import tempfile
import uuid
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import anyio.to_thread
from fastapi import APIRouter, File, UploadFile
from fastapi import Path as PathParameter

from audit_api.errors import ApiError, errors, not_found
from audit_api.intake.archive import MIB, Bounds
from audit_api.intake.message import BadFile
from audit_api.intake.parsing import Kind, Parsed, parse_file, parse_folder
from audit_api.intake.sample import use_sample_directory
from audit_api.intake.sandbox import parse_contained
from audit_api.models import Import as ImportRow
from audit_api.parts import PartsOf
from audit_api.schemas import Accepted, Answer

router = APIRouter(prefix="/api/imports", tags=["intake"], responses=errors())


class Import(Answer):
    """An import job: how far it is and what it changed."""

    id: str
    name: str
    state: Literal["running", "done", "failed"]
    done: int
    total: int
    """0 until the file has been read."""
    messages: int
    records: int
    revisions: int
    audits: int
    error: str | None
    """One sentence that names the file and the place; nothing was imported then."""


@router.post("", status_code=202, responses=errors(413))
async def start_import(parts: PartsOf, file: Annotated[UploadFile, File()], kind: Kind = "auto") -> Accepted:
    """Import a Slack export (zip), JSONL, CSV or XLSX; `audited` for labelled JSONL."""
    limit = parts.settings.max_upload_mib
    if (file.size or 0) > limit * MIB:
        raise ApiError(413, "FILE_TOO_LARGE", f"The file is larger than {limit} MiB; import it in parts.")
    name = Path(file.filename or "the file").name
    path = await anyio.to_thread.run_sync(_kept, file)
    parse = partial(_parse_and_remove, name, path, kind, parts.settings.import_memory_mib)
    reading = asyncio.ensure_future(asyncio.to_thread(parse))
    await asyncio.wait({reading}, timeout=parts.settings.import_patience_seconds)
    if reading.done() and isinstance(error := reading.exception(), BadFile):
        raise ApiError(422, "BAD_FILE", f"{error} Nothing was imported.")
    return Accepted(id=str(await parts.imports.start(name, reading)))


@router.post("/sample", status_code=202, responses=errors(404))
async def start_sample_import(parts: PartsOf) -> Accepted:
    """Import the sample that ships with Larder, with its places when the directory is empty."""
    export = parts.settings.sample / "export"
    if not parts.status.has_sample:
        raise ApiError(404, "NO_SAMPLE", "No sample lies beside this installation; import an export of your own.")
    before = partial(use_sample_directory, parts.settings.sample / "directory.json")
    reading = asyncio.ensure_future(asyncio.to_thread(parse_folder, export, Bounds()))
    return Accepted(id=str(await parts.imports.start("sample", reading, before)))


@router.get("/{id}", responses=errors(404))
async def show_import(parts: PartsOf, import_id: Annotated[uuid.UUID, PathParameter(alias="id")]) -> Import:
    """How far an import is."""
    async with parts.database.transaction() as session:
        row = await session.get(ImportRow, import_id)
    if row is None:
        raise not_found("import", import_id)
    return Import.model_validate({**vars(row), "id": str(row.id)})


def _kept(upload: UploadFile) -> Path:
    """A copy that outlives the request."""
    with tempfile.NamedTemporaryFile(prefix="larder-import-", delete=False) as copy:
        shutil.copyfileobj(upload.file, copy)
    return Path(copy.name)


def _parse_and_remove(name: str, path: Path, kind: Kind, memory_mib: int) -> Parsed:
    try:
        return parse_contained(name, partial(parse_file, name, path, kind, datetime.now(UTC), Bounds()), memory_mib)
    finally:
        path.unlink(missing_ok=True)
