"""Making a version the active one. The only place where the pointer moves.

Invariant: the activation row, the states, the pointer for the workers and the backlog commit together, under a lock
that waits for readings which did not see the change; so every record is asked for by the backlog or by its regex
reading.
"""

from datetime import UTC, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.audit.ranking import all_to_rank
from audit_api.database import Lock, lock
from audit_api.errors import ApiError, not_found
from audit_api.live.changes import announce_change
from audit_api.models import Activation, ModelVersion, outbox
from audit_api.models_registry.active import active_model
from audit_api.models_registry.history import Step, before_current
from audit_api.outbox.backlog import close_backlogs, open_backlog
from contracts import ActiveModel, Method, ModelActivated
from contracts.subjects import ACTIVE_KEY, MODEL_ACTIVATED, MODELS_BUCKET
from servicekit.outbox import enqueue, enqueue_key_value

EVALUATING, ACTIVE, REGISTERED, DELETED = "evaluating", "active", "registered", "deleted"


async def activate(session: AsyncSession, version: str, *, by: str, why: str) -> ActiveModel:
    """Make `version` active; when it is, only what it failed to read is tried again.

    Raises ApiError when there is no such version.
    """
    await lock(session, Lock.ACTIVATION)
    current = await active_model(session)
    if current is not None and current.version == version:
        await open_backlog(session, Method.PEFT, current.activation)
        return current
    model = await session.get(ModelVersion, version)
    if model is None or model.state == DELETED:
        raise not_found("model version", version)
    return await _move(session, current, ActiveModelTarget(version, model.sha256), by=by, why=why, rollback=False)


async def roll_back(session: AsyncSession, *, by: str) -> ActiveModel:
    """Go back to the version before; to none when there was none. Raises ApiError when no model is active."""
    await lock(session, Lock.ACTIVATION)
    current = await active_model(session)
    if current is None or current.version is None:
        raise ApiError(409, "NO_ACTIVE_MODEL", "No model is active, so there is nothing to roll back.")
    history = await session.execute(select(Activation.version, Activation.rollback).order_by(Activation.number))
    deleted = await session.execute(select(ModelVersion.version).where(ModelVersion.state == DELETED))
    version = before_current([Step(*row) for row in history], set(deleted.scalars()))
    model = await session.get(ModelVersion, version) if version else None
    target = ActiveModelTarget(version, model.sha256 if model else None)
    return await _move(session, current, target, by=by, why=f"Rolled back from {current.version}.", rollback=True)


async def announce_active(session: AsyncSession) -> None:
    """Put the pointer where the workers look for it, in case the broker lost it."""
    current = await active_model(session)
    if current is not None:
        await enqueue_key_value(session, outbox, MODELS_BUCKET, ACTIVE_KEY, current)


class ActiveModelTarget:
    """Where the pointer moves: a version and its adapter, or nowhere."""

    def __init__(self, version: str | None, sha256: str | None) -> None:
        self.version, self.sha256 = version, sha256


async def _move(
    session: AsyncSession, current: ActiveModel | None, target: ActiveModelTarget, *, by: str, why: str, rollback: bool
) -> ActiveModel:
    number = (current.activation if current else 0) + 1
    active = ActiveModel(activation=number, version=target.version, sha256=target.sha256)
    await session.execute(
        insert(Activation).values(
            number=number, version=target.version, rollback=rollback, by=by, why=why, at=datetime.now(UTC)
        )
    )
    await session.execute(update(ModelVersion).where(ModelVersion.state == ACTIVE).values(state=REGISTERED))
    await close_backlogs(session, Method.PEFT)
    await all_to_rank(session)
    if target.version is not None:
        await session.execute(update(ModelVersion).where(ModelVersion.version == target.version).values(state=ACTIVE))
        await open_backlog(session, Method.PEFT, number)
    await enqueue_key_value(session, outbox, MODELS_BUCKET, ACTIVE_KEY, active)
    await enqueue(session, outbox, MODEL_ACTIVATED, ModelActivated(active=active, by=by, why=why))
    await announce_change(session, "models")
    return active
