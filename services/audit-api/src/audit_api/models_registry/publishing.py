"""A published adapter becomes a model version, and its evaluation begins.

Idempotent: the same adapter under the same name again changes nothing. A name that is taken by another adapter is
refused, for a name is written on every reading.
"""

from sqlalchemy import insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.models import Dataset, ModelVersion
from audit_api.models_registry.activation import EVALUATING, REGISTERED
from audit_api.models_registry.active import active_model
from audit_api.models_registry.evaluation import request_missing
from audit_api.reference.store import current_reference
from contracts import AdapterPublished
from contracts.names import why_not


class NameTaken(Exception):
    """Another adapter has this version's name."""


async def record_published(session: AsyncSession, event: AdapterPublished) -> bool:
    """Whether it is new. Raises NameTaken."""
    known = await session.get(ModelVersion, event.version)
    if known is not None and known.sha256 == event.manifest.sha256:
        return False
    if known is not None or why_not(event.version):
        raise NameTaken(f"The version name {event.version} is taken by another adapter; train under another name.")
    dataset = await _dataset(session, event)
    await _insert(session, event, dataset)
    if dataset is not None and dataset.held_out:
        model = await session.get_one(ModelVersion, event.version)
        await request_missing(session, model)
    return True


async def _dataset(session: AsyncSession, event: AdapterPublished) -> Dataset | None:
    """The run's own; one with the same rows when the adapter was trained elsewhere."""
    same = or_(Dataset.run_id == event.run_id, Dataset.sha256 == event.dataset_sha256)
    order = (Dataset.run_id == event.run_id).desc()
    found: Dataset | None = await session.scalar(select(Dataset).where(same).order_by(order).limit(1))
    return found


async def _insert(session: AsyncSession, event: AdapterPublished, dataset: Dataset | None) -> None:
    judged = dataset is not None and dataset.held_out > 0
    active = await active_model(session)
    reason = None if judged else "It was trained without held-out records that are known here; activate it by hand."
    await session.execute(
        insert(ModelVersion).values(
            version=event.version,
            sha256=event.manifest.sha256,
            state=EVALUATING if judged else REGISTERED,
            reason=reason,
            run_id=event.run_id,
            dataset_id=dataset.id if dataset else None,
            dataset_sha256=event.dataset_sha256,
            manifest=event.manifest.model_dump(mode="json"),
            about=event.metadata,
            metrics=event.metrics,
            evaluating=judged,
            opponent=active.version if active else None,
            reference_number=(await current_reference(session)).number,
        )
    )
