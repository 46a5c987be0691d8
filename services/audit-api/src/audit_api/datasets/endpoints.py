"""Datasets over HTTP: for the trainer, and to take the audits elsewhere."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from audit_api.datasets.service import audited_lines, find_dataset, freeze, frozen_lines, pseudonyms_of
from audit_api.errors import errors
from audit_api.models import Dataset
from audit_api.parts import Parts, PartsOf
from audit_api.stats.readiness import Readiness, readiness
from contracts import DatasetManifest

router = APIRouter(prefix="/api/datasets", tags=["datasets"], responses=errors())

Pseudonymous = Annotated[bool, Query(description="without members' names, for machines that are not the group's own")]
DatasetId = Annotated[uuid.UUID, Path(alias="id")]


class FreezeRequest(BaseModel):
    """Whose dataset it is; the same run again gets the same dataset."""

    run_id: str = Field(min_length=1, max_length=200)


class FrozenDataset(DatasetManifest):
    """A manifest, and the id to fetch the rows by."""

    id: str


class JsonLines(StreamingResponse):
    media_type = "application/x-ndjson"


@router.get("/readiness")
async def show_readiness(parts: PartsOf) -> Readiness:
    """Whether there are enough audited records to train."""
    async with parts.database.transaction() as session:
        return await readiness(session, parts.settings.min_audits)


@router.post("", status_code=201, responses=errors(409))
async def freeze_dataset(parts: PartsOf, request: FreezeRequest) -> FrozenDataset:
    """Freeze the audits of now for a run."""
    async with parts.database.transaction() as session:
        return _manifest(await freeze(session, request.run_id, parts.settings.min_audits))


@router.get("/export", response_class=JsonLines)
async def export_audited(parts: PartsOf) -> JsonLines:
    """Every audited record of now, as LABELLED.jsonl."""
    headers = {"Content-Disposition": 'attachment; filename="labelled.jsonl"'}
    return JsonLines(audited_lines(parts.database), headers=headers)


@router.get("/{id}/train.jsonl", response_class=JsonLines, responses=errors(404))
async def show_train_rows(parts: PartsOf, dataset_id: DatasetId, pseudonymous: Pseudonymous = False) -> JsonLines:
    """The rows to train on, as LABELLED.jsonl."""
    return await _rows(parts, dataset_id, held_out=False, pseudonymous=pseudonymous)


@router.get("/{id}/held_out.jsonl", response_class=JsonLines, responses=errors(404))
async def show_held_out_rows(parts: PartsOf, dataset_id: DatasetId, pseudonymous: Pseudonymous = False) -> JsonLines:
    """The rows that judge models, as LABELLED.jsonl."""
    return await _rows(parts, dataset_id, held_out=True, pseudonymous=pseudonymous)


async def _rows(parts: Parts, dataset_id: uuid.UUID, *, held_out: bool, pseudonymous: bool) -> JsonLines:
    async with parts.database.transaction() as session:
        dataset = await find_dataset(session, dataset_id)
        pseudonyms = await pseudonyms_of(session, dataset.sha256) if pseudonymous else None
    return JsonLines(frozen_lines(parts.database, dataset_id, held_out=held_out, pseudonyms=pseudonyms))


def _manifest(dataset: Dataset) -> FrozenDataset:
    names = ("sha256", "train", "held_out", "reference_version", "frozen_at")
    return FrozenDataset(id=str(dataset.id), **{name: getattr(dataset, name) for name in names})
