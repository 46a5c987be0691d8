"""Evaluating a version: have the held-out records read by it, by the bare base model and by its opponent; then judge.

The readings are recorded like any other. State decides when an evaluation is over: every held-out record has a
reading, or a failure, by each of them and by regex, made with the reference of the evaluation or a newer one. A failure
counts as an empty reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.database import Lock, lock
from audit_api.models import DatasetRow, ModelVersion, Reading
from audit_api.models_registry.activation import EVALUATING, REGISTERED, activate
from audit_api.models_registry.active import active_model
from audit_api.models_registry.gate import Verdict, judge, refusal
from audit_api.outbox.requests import Readable, request_peft, request_regex
from audit_api.reference.store import current_reference
from contracts import Directory, Extraction, Method, ModelRef
from contracts.names import base_version
from reading.score import score

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
    found = [
        Reader("regex", Method.REGEX),
        Reader("base", Method.PEFT, ModelRef(version=base_version(model.manifest["base"]["sha256"]), sha256=None)),
        Reader("candidate", Method.PEFT, ModelRef(version=model.version, sha256=model.sha256)),
    ]
    if model.opponent is not None:
        found.append(Reader("active", Method.PEFT, ModelRef(version=model.opponent, sha256=opponent_sha256)))
    return found


async def request_missing(session: AsyncSession, model: ModelVersion) -> None:
    """Ask for every reading that the evaluation lacks."""
    reference = await current_reference(session)
    for reader in readers(model, await _opponent_sha256(session, model)):
        found = await session.execute(_held_out(model).where(_lacks(reader, model)))
        records = [Readable(row.record_id, row.revision, row.text, _draft(row.draft)) for row in found]
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
    scores = {
        reader.role: await _score(session, model, reader, directory)
        for reader in readers(model, await _opponent_sha256(session, model))
    }
    failures = await _failures(session, model)
    verdict = refusal(failures, scores["candidate"]["messages"]) or _verdict(scores, model.opponent)
    model.scores, model.evaluating, model.reason = scores, False, verdict.reason
    waits = model.state == EVALUATING
    model.state = REGISTERED if waits else model.state
    await session.flush()
    log.info("model evaluated", version=model.version, passed=verdict.passed, reason=verdict.reason)
    if waits and verdict.passed:
        await activate(session, model.version, by="gate", why=verdict.reason)


def _verdict(scores: Mapping[str, Mapping[str, Any]], opponent: str | None) -> Verdict:
    """Against the active version; the first one against the bare base model."""
    if opponent is not None:
        return judge(scores["candidate"], scores["active"], opponent)
    return judge(scores["candidate"], scores["base"], "the base model")


async def _score(session: AsyncSession, model: ModelVersion, reader: Reader, directory: Directory) -> dict[str, Any]:
    rows = (await session.execute(_with_readings(model, reader))).all()
    gold = [Extraction.model_validate(row.gold) for row in rows]
    predicted = [Extraction.model_validate(row.predicted) if row.predicted else Extraction() for row in rows]
    return score(gold, predicted, directory).to_dict()


def _with_readings(model: ModelVersion, reader: Reader) -> Select[Any]:
    predicted = (
        select(Reading.extraction)
        .where(_reads(reader), Reading.extraction.is_not(None))
        .order_by(Reading.read_at.desc())
        .limit(1)
        .scalar_subquery()
        .label("predicted")
    )
    return (
        select(DatasetRow.extraction.label("gold"), predicted)
        .where(DatasetRow.dataset_id == model.dataset_id, DatasetRow.held_out)
        .order_by(DatasetRow.position)
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
    draft = (
        select(Reading.extraction)
        .where(_reads(Reader("regex", Method.REGEX)), Reading.extraction.is_not(None))
        .order_by(Reading.read_at.desc())
        .limit(1)
        .scalar_subquery()
        .label("draft")
    )
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


def _draft(extraction: Mapping[str, Any] | None) -> Extraction | None:
    return Extraction.model_validate(extraction) if extraction else None
