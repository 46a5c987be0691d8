"""Writes readings and dead letters, idempotent, in the caller's transaction.

A reading is replaced only by one that was made with a newer reference; a failure by any later result. So a second
delivery changes nothing. A regex result of a current revision asks for the model's reading in the same transaction.
"""

import base64
import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.audit.ranking import to_rank
from audit_api.database import Lock, lock
from audit_api.models import DeadLetterRow, Reading, Record, RecordRevision
from audit_api.models_registry.active import active_model
from audit_api.outbox.requests import Readable, request_peft
from audit_api.privacy.forgotten import is_forgotten_record
from audit_api.reference.store import current_reference, reference_number
from contracts import (
    DeadLetter,
    Extraction,
    ExtractionCompleted,
    ExtractionFailed,
    ExtractionRequested,
    Generation,
    Method,
)
from contracts.subjects import REQUESTED_PEFT, REQUESTED_PEFT_NOW, REQUESTED_REGEX

UNKNOWN_VERSION = "unknown"
"""Of a reading whose worker could not say which version it is."""

_METHODS = {REQUESTED_REGEX: Method.REGEX, REQUESTED_PEFT: Method.PEFT, REQUESTED_PEFT_NOW: Method.PEFT}


class UnknownRevision(Exception):
    """A result names a record revision that was never written here."""


@dataclass(frozen=True)
class _Result:
    record_id: str
    revision: int
    method: Method
    version: str
    reference_number: int
    extraction: Extraction | None = None
    failure: str | None = None
    generation: Generation | None = None
    ms: float | None = None


async def record_completed(session: AsyncSession, event: ExtractionCompleted) -> bool:
    """Whether anything was written. Raises UnknownRevision."""
    number = await reference_number(session, event.reference_version)
    result = _Result(
        event.record_id,
        event.revision,
        event.method,
        event.version,
        number,
        extraction=event.extraction,
        generation=event.generation,
        ms=event.ms,
    )
    return await _record(session, result)


async def record_failed(session: AsyncSession, event: ExtractionFailed) -> bool:
    """Whether anything was written. Raises UnknownRevision."""
    number = (await current_reference(session)).number
    result = _Result(event.record_id, event.revision, event.method, event.version, number, failure=event.reason)
    return await _record(session, result)


async def record_dead_letter(session: AsyncSession, letter: DeadLetter) -> bool:
    """Keep the letter; a request for a reading that died is a failed reading as well. Whether it is a new one.

    Of a record that was forgotten meanwhile nothing is kept.
    """
    if await _is_of_forgotten(session, letter):
        return False
    digest = hashlib.sha256(letter.model_dump_json().encode()).hexdigest()
    row = letter.model_dump(include={"subject", "consumer", "reason", "deliveries", "payload", "at"})
    written = await session.execute(
        insert(DeadLetterRow)
        .values(id=uuid.uuid4(), digest=digest, **row)
        .on_conflict_do_nothing(index_elements=["digest"])
        .returning(DeadLetterRow.id)
    )
    if written.scalar_one_or_none() is None:
        return False
    if letter.subject in _METHODS:
        await _fail_request(session, letter)
    return True


async def _is_of_forgotten(session: AsyncSession, letter: DeadLetter) -> bool:
    try:
        told = json.loads(base64.b64decode(letter.payload))
    except ValueError:
        return False
    record_id = told.get("record_id") if isinstance(told, dict) else None
    return isinstance(record_id, str) and await is_forgotten_record(session, record_id)


async def _fail_request(session: AsyncSession, letter: DeadLetter) -> None:
    try:
        request = ExtractionRequested.model_validate_json(base64.b64decode(letter.payload))
    except (ValidationError, ValueError):
        return  # what cannot be read names no record
    version = request.evaluate.version if request.evaluate else UNKNOWN_VERSION
    if request.activation and (active := await active_model(session)) and active.version:
        version = active.version
    number = (await current_reference(session)).number
    method = _METHODS[letter.subject]
    result = _Result(request.record_id, request.revision, method, version, number, failure=letter.reason)
    if await _revision_exists(session, result):
        await _record(session, result)


async def _record(session: AsyncSession, result: _Result) -> bool:
    """The shared lock lets an activation wait for the readings that did not see it (see `models_registry`)."""
    await lock(session, Lock.ACTIVATION, shared=True)
    if not await _revision_exists(session, result):
        if await is_forgotten_record(session, result.record_id):
            return False
        raise UnknownRevision(f"There is no revision {result.revision} of a record {result.record_id}.")
    if not await _upsert(session, result):
        return False
    await to_rank(session, [result.record_id])
    if result.method is Method.REGEX:
        await _ask_model(session, result)
    return True


async def _revision_exists(session: AsyncSession, result: _Result) -> bool:
    return await session.get(RecordRevision, (result.record_id, result.revision)) is not None


async def _upsert(session: AsyncSession, result: _Result) -> bool:
    values = _values(result)
    statement = insert(Reading).values(**values)
    newer = Reading.reference_number < statement.excluded.reference_number
    key = ("record_id", "revision", "method", "version")
    written = await session.execute(
        statement.on_conflict_do_update(
            index_elements=key,
            set_={name: statement.excluded[name] for name in [*(values.keys() - key), "read_at"]},
            where=or_(newer, Reading.extraction.is_(None)),
        ).returning(Reading.record_id)
    )
    return written.scalar_one_or_none() is not None


def _values(result: _Result) -> dict[str, Any]:
    return {
        "record_id": result.record_id,
        "revision": result.revision,
        "method": result.method.value,
        "version": result.version,
        "reference_number": result.reference_number,
        "extraction": result.extraction.model_dump(mode="json") if result.extraction else None,
        "failure": result.failure,
        "generation": result.generation.model_dump(mode="json") if result.generation else None,
        "ms": result.ms,
    }


async def _ask_model(session: AsyncSession, result: _Result) -> None:
    """With the regex reading as its draft; without one when regex failed."""
    active = await active_model(session)
    record = await session.scalar(
        select(Record).where(
            Record.id == result.record_id, Record.revision == result.revision, Record.retired.is_(False)
        )
    )
    if active is None or active.version is None or record is None:
        return
    reference = await current_reference(session)
    readable = Readable(record.id, record.revision, record.text, result.extraction)
    await request_peft(session, [readable], reference.version, activation=active.activation)
