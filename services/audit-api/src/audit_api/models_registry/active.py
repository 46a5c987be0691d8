"""Which model is in force: the activation with the highest number."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.models import Activation, ModelVersion
from contracts import ActiveModel


async def active_model(session: AsyncSession) -> ActiveModel | None:
    """The newest activation, whose version is None after the last model was rolled back; None before the first."""
    found = await session.execute(
        select(Activation.number, Activation.version, ModelVersion.sha256)
        .outerjoin(ModelVersion, ModelVersion.version == Activation.version)
        .order_by(Activation.number.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return ActiveModel(activation=row.number, version=row.version, sha256=row.sha256) if row else None
