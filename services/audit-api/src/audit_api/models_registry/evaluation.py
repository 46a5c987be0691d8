"""Evaluating a version: have the held-out records read by it, by the bare base model and by its opponent; then judge.

The readings are recorded like any other. State decides when an evaluation is over: every held-out record has a
reading, or a failure, by each of them and by regex, made with the reference of the evaluation or a newer one. A failure
counts as an empty reading.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
import structlog
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.database import Lock, lock
from audit_api.errors import not_found
from audit_api.models import DatasetRow, ModelVersion, Reading
from audit_api.models_registry.activation import EVALUATING, REGISTERED, activate
from audit_api.models_registry.active import active_model
from audit_api.models_registry.gate import refusal
from audit_api.models_registry.scoring import ACTIVE, BASE, CANDIDATE, REGEX, HeldOut, evaluate
from audit_api.outbox.requests import Readable, request_peft, request_regex
from audit_api.reference.store import current_reference
from contracts import Extraction, Method, ModelRef
from contracts.names import base_version

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Reader:
    """Whose readings are compared, and under which name in the scores."""

    role: str
    method: Method
    model: ModelRef | None = None
    """None for regex, whose version does not matter."""


def readers(model: ModelVersion, opponent_sha256: str | None) -> list[Reader]:
    """Who reads the held-out records of this evaluation."""
    found = [_regex(), _base(model), candidate(model)]
    if model.opponent is not None:
        found.append(Reader(ACTIVE, Method.PEFT, ModelRef(version=model.opponent, sha256=opponent_sha256)))
    return found


def candidate(model: ModelVersion) -> Reader:
    """The version itself."""
    return Reader(CANDIDATE, Method.PEFT, ModelRef(version=model.version, sha256=model.sha256))


async def reader_called(session: AsyncSession, model: ModelVersion, name: str) -> Reader:
    """`regex`, `base`, or another version. Raises ApiError when there is no such version."""
    if name in {REGEX, BASE}:
        return _regex() if name == REGEX else _base(model)
    other = await session.get(ModelVersion, name)
    if other is None:
        raise not_found("model version", name)
    return Reader(ACTIVE, Method.PEFT, ModelRef(version=name, sha256=other.sha256))


def _regex() -> Reader:
    return Reader(REGEX, Method.REGEX)


def _base(model: ModelVersion) -> Reader:
    return Reader(BASE, Method.PEFT, ModelRef(version=base_version(model.manifest["base"]["sha256"]), sha256=None))


async def request_missing(session: AsyncSession, model: ModelVersion) -> None:
    """Ask for every reading that the evaluation lacks."""
    reference = await current_reference(session)
    for reader in readers(model, await _opponent_sha256(session, model)):
        found = await session.execute(_held_out(model).where(_lacks(reader, model)))
        records = [Readable(row.record_id, row.revision, row.text, _extraction(row.draft)) for row in found]
        if reader.model is None:
            await request_regex(session, records, reference.version)
        else:
            await request_peft(session, records, reference.version, evaluate=reader.model)


async def may_be_complete(session: AsyncSession, version: str) -> bool:
    """Without a lock: whether it is worth to call `finish_if_complete`."""
    model = await session.get_one(ModelVersion, version)
    return not await _missing(session, model)


async def finish_if_complete(session: AsyncSession, version: str) -> bool:
    """Judge the version when all its readings are there; whether that was so.

    When another version became active meanwhile, the evaluation goes on against that one.
    """
    await lock(session, Lock.ACTIVATION)
    model = await session.get(ModelVersion, version, with_for_update=True)
    if model is None or not model.evaluating:
        return False
    active = await active_model(session)
    opponent = active.version if active and active.version != version else None
    if opponent != model.opponent:
        model.opponent = opponent
        await session.flush()
        await request_missing(session, model)
    if await _missing(session, model):
        return False
    await _finish(session, model)
    return True


async def _finish(session: AsyncSession, model: ModelVersion) -> None:
    directory = (await current_reference(session)).value.directory
    records = await held_out_records(session, model, readers(model, await _opponent_sha256(session, model)))
    found = await anyio.to_thread.run_sync(evaluate, records, directory, model.opponent)
    verdict = refusal(await _failures(session, model), len(records)) or found.verdict
    model.scores, model.evaluating, model.reason = found.scores, False, verdict.reason
    model.calibration = found.calibration.model_dump(mode="json")
    model.confidence = found.confidence.to_dict()
    waits = model.state == EVALUATING
    model.state = REGISTERED if waits else model.state
    await session.flush()
    log.info("model evaluated", version=model.version, passed=verdict.passed, reason=verdict.reason)
    if waits and verdict.passed:
        await activate(session, model.version, by="gate", why=verdict.reason)


async def held_out_records(session: AsyncSession, model: ModelVersion, of: Sequence[Reader]) -> list[HeldOut]:
    """The held-out records of `model`'s dataset, each with what these readers read in it."""
    query = select(DatasetRow.record_id, DatasetRow.text, DatasetRow.extraction, *[_reading(reader) for reader in of])
    rows = await session.execute(
        query.where(DatasetRow.dataset_id == model.dataset_id, DatasetRow.held_out).order_by(DatasetRow.position)
    )
    return [
        HeldOut(
            record_id,
            text,
            Extraction.model_validate(audit),
            {r.role: _extraction(x) for r, x in zip(of, read, strict=True)},
        )
        for record_id, text, audit, *read in rows
    ]


def _reading(reader: Reader) -> ColumnElement[Any]:
    """Its newest extraction of the row's record."""
    return (
        select(Reading.extraction)
        .where(_reads(reader), Reading.extraction.is_not(None))
        .order_by(Reading.read_at.desc())
        .limit(1)
        .scalar_subquery()
        .label(f"read_by_{reader.role}")
    )


async def _failures(session: AsyncSession, model: ModelVersion) -> list[str]:
    """Why the candidate could not read held-out records, one reason for each."""
    found = await session.execute(
        select(Reading.failure)
        .join(DatasetRow, and_(DatasetRow.record_id == Reading.record_id, DatasetRow.revision == Reading.revision))
        .where(DatasetRow.dataset_id == model.dataset_id, DatasetRow.held_out, Reading.failure.is_not(None))
        .where(Reading.method == Method.PEFT.value, Reading.version == model.version)
    )
    return [failure for failure in found.scalars() if failure]


async def _missing(session: AsyncSession, model: ModelVersion) -> int:
    missing = 0
    for reader in readers(model, None):
        lacking = _held_out(model).where(_lacks(reader, model)).subquery()
        missing += await session.scalar(select(func.count()).select_from(lacking)) or 0
    return missing


def _held_out(model: ModelVersion) -> Select[Any]:
    draft = _reading(_regex()).label("draft")
    return (
        select(DatasetRow.record_id, DatasetRow.revision, DatasetRow.text, draft)
        .where(DatasetRow.dataset_id == model.dataset_id, DatasetRow.held_out)
        .order_by(DatasetRow.position)
    )


def _lacks(reader: Reader, model: ModelVersion) -> ColumnElement[bool]:
    """A failure from before this evaluation is tried again."""
    counts = or_(Reading.extraction.is_not(None), Reading.read_at >= model.created_at)
    return ~exists().where(_reads(reader), Reading.reference_number >= model.reference_number, counts)


def _reads(reader: Reader) -> ColumnElement[bool]:
    same = and_(
        Reading.record_id == DatasetRow.record_id,
        Reading.revision == DatasetRow.revision,
        Reading.method == reader.method.value,
    )
    return and_(same, Reading.version == reader.model.version) if reader.model else same


async def _opponent_sha256(session: AsyncSession, model: ModelVersion) -> str | None:
    if model.opponent is None:
        return None
    return (await session.get_one(ModelVersion, model.opponent)).sha256


def _extraction(extraction: Mapping[str, Any] | None) -> Extraction | None:
    return Extraction.model_validate(extraction) if extraction else None
