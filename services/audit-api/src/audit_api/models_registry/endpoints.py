"""Model versions over HTTP: list, look, activate, roll back, delete."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import anyio.to_thread
from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.database import Lock, lock
from audit_api.errors import ApiError, errors, not_found
from audit_api.models import Activation as ActivationRow
from audit_api.models import Dataset, ModelVersion
from audit_api.models_registry.activation import DELETED, activate, roll_back
from audit_api.models_registry.active import active_model
from audit_api.models_registry.changes import Change, changes
from audit_api.models_registry.evaluation import candidate, held_out_records, reader_called
from audit_api.models_registry.scoring import CANDIDATE, REGEX
from audit_api.parts import By, PartsOf
from audit_api.reference.store import current_reference
from audit_api.schemas import Answer

router = APIRouter(prefix="/api/models", tags=["models"], responses=errors())


class TrainedOn(Answer):
    """The dataset of a version; the counts are None when it was trained elsewhere."""

    train: int | None
    held_out: int | None
    sha256: str


class Activation(Answer):
    """When a version became active, by whom and why."""

    number: int
    version: str | None
    by: str
    why: str
    at: datetime


class Model(Answer):
    """A model version: an adapter, its data and its scores."""

    version: str
    sha256: str
    state: Literal["evaluating", "active", "registered", "deleted"]
    evaluating: bool
    reason: str | None
    base: str
    run_id: str
    created_at: datetime
    dataset: TrainedOn
    scores: dict[str, dict[str, Any]] | None
    """On the held-out records, by reader: regex, base, candidate, active, combined."""
    confidence: dict[str, Any] | None
    """Whether the combined reading's confidence can be trusted, and what it would accept without a person."""
    metadata: dict[str, Any]
    metrics: dict[str, Any]
    activations: list[Activation]


class Models(Answer):
    """All versions, newest first; deleted ones are left out."""

    active: str | None
    items: list[Model]


class Changes(Answer):
    """What one version reads differently from another in the held-out records; what got worst first."""

    compared: int
    """Records that both have read."""
    better: int
    worse: int
    """Values that became right, or wrong."""
    items: list[Change]


class Active(Answer):
    """The model in force."""

    activation: int
    version: str | None


@router.get("")
async def list_models(parts: PartsOf) -> Models:
    """All model versions, newest first."""
    async with parts.database.transaction() as session:
        active = await active_model(session)
        query = select(ModelVersion).where(ModelVersion.state != DELETED).order_by(ModelVersion.created_at.desc())
        rows = (await session.execute(query)).scalars().all()
        return Models(active=active.version if active else None, items=await _views(session, rows))


@router.post("/rollback", responses=errors(409))
async def roll_back_model(parts: PartsOf, by: By) -> Active:
    """Serve the version before the active one; none when there was none."""
    async with parts.database.transaction() as session:
        active = await roll_back(session, by=by)
    return Active(activation=active.activation, version=active.version)


@router.get("/{version}", responses=errors(404))
async def show_model(parts: PartsOf, version: str) -> Model:
    """One version; deleted ones too, for their names stay on readings."""
    async with parts.database.transaction() as session:
        return await _view(session, version)


@router.get("/{version}/changes", responses=errors(404))
async def show_changes(parts: PartsOf, version: str, against: str = REGEX) -> Changes:
    """Message by message against another version, `base`, or `regex`."""
    async with parts.database.transaction() as session:
        model = await session.get(ModelVersion, version)
        if model is None:
            raise not_found("model version", version)
        other = await reader_called(session, model, against)
        records = await held_out_records(session, model, [other, candidate(model)])
        directory = (await current_reference(session)).value.directory
    found = await anyio.to_thread.run_sync(changes, records, other.role, CANDIDATE, directory)
    differences = [difference for change in found for difference in change.differences]
    return Changes(
        compared=sum(None not in record.readings.values() for record in records),
        better=sum(one.after_right and not one.before_right for one in differences),
        worse=sum(one.before_right and not one.after_right for one in differences),
        items=found,
    )


@router.post("/{version}/activate", responses=errors(404))
async def activate_model(parts: PartsOf, version: str, by: By) -> Model:
    """Serve this version from now on, and have every record read by it."""
    async with parts.database.transaction() as session:
        await activate(session, version, by=by, why="Activated by hand.")
        return await _view(session, version)


@router.delete("/{version}", responses=errors(404, 409))
async def delete_model(parts: PartsOf, version: str) -> Model:
    """Take a version out of the list. Its readings and its history stay, and its name stays taken."""
    async with parts.database.transaction() as session:
        await lock(session, Lock.ACTIVATION)
        active = await active_model(session)
        if active is not None and active.version == version:
            raise ApiError(409, "MODEL_IS_ACTIVE", f"{version} is active; activate another version or roll back first.")
        model = await session.get(ModelVersion, version)
        if model is None:
            raise not_found("model version", version)
        model.state, model.evaluating = DELETED, False
        await session.flush()
        return await _view(session, version)


async def _view(session: AsyncSession, version: str) -> Model:
    row = await session.get(ModelVersion, version, populate_existing=True)
    if row is None:
        raise not_found("model version", version)
    return (await _views(session, [row]))[0]


async def _views(session: AsyncSession, rows: Sequence[ModelVersion]) -> list[Model]:
    names = [row.version for row in rows]
    activations = defaultdict[str | None, list[Activation]](list)
    wanted = select(ActivationRow).where(ActivationRow.version.in_(names)).order_by(ActivationRow.number)
    for one in (await session.execute(wanted)).scalars():
        activations[one.version].append(Activation.model_validate(one, from_attributes=True))
    ids = [row.dataset_id for row in rows if row.dataset_id]
    datasets = {row.id: row for row in (await session.execute(select(Dataset).where(Dataset.id.in_(ids)))).scalars()}
    return [_model(row, datasets.get(row.dataset_id) if row.dataset_id else None, activations) for row in rows]


def _model(row: ModelVersion, dataset: Dataset | None, activations: dict[str | None, list[Activation]]) -> Model:
    return Model.model_validate(
        {
            **{name: getattr(row, name) for name in Model.model_fields if hasattr(row, name) and name != "metadata"},
            "base": row.manifest["base"]["name"],
            "dataset": TrainedOn(
                train=dataset.train if dataset else None,
                held_out=dataset.held_out if dataset else None,
                sha256=row.dataset_sha256,
            ),
            "metadata": row.about,
            "activations": activations.get(row.version, []),
        }
    )
