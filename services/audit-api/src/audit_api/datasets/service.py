"""Freezing the audits of now for a run, and reading frozen rows again."""

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.audit.history import AUDITED
from audit_api.database import Database
from audit_api.datasets.freezing import Divided, divide, line_of
from audit_api.errors import ApiError, not_found
from audit_api.models import Audit, Dataset, DatasetRow, MessageRow, Record
from audit_api.outbox.requests import chunks
from audit_api.privacy.pseudonyms import Pseudonyms
from audit_api.reference.store import current_reference
from audit_api.slack.tables import SlackUser
from audit_api.stats.status import count_audited
from contracts import LabelledRow

PAGE = 500


@dataclass(frozen=True)
class _Source:
    revision: int
    audit_id: uuid.UUID


async def freeze(session: AsyncSession, run_id: str, needed: int) -> Dataset:
    """The dataset of this run, frozen at the first call. Raises ApiError NOT_ENOUGH_AUDITED_RECORDS."""
    if (present := await session.scalar(select(Dataset).where(Dataset.run_id == run_id))) is not None:
        return present
    audited = await count_audited(session)
    if audited < needed:
        raise ApiError(409, "NOT_ENOUGH_AUDITED_RECORDS", f"Not enough audited records: {audited} of {needed}.")
    rows = [row async for row in _audited(session, "")]
    divided = divide(LabelledRow(id=row.id, text=row.text, extraction=row.extraction) for row in rows)
    dataset = Dataset(
        id=uuid.uuid4(),
        run_id=run_id,
        sha256=divided.sha256,
        train=len(divided.train),
        held_out=len(divided.held_out),
        reference_version=(await current_reference(session)).version,
        frozen_at=datetime.now(UTC),
    )
    session.add(dataset)
    await session.flush()
    await _write_rows(session, dataset, divided, {row.id: _Source(row.revision, row.audit_id) for row in rows})
    return dataset


async def find_dataset(session: AsyncSession, dataset_id: uuid.UUID) -> Dataset:
    """Raises ApiError."""
    dataset = await session.get(Dataset, dataset_id)
    if dataset is None:
        raise not_found("dataset", dataset_id)
    return dataset


async def frozen_lines(
    database: Database, dataset_id: uuid.UUID, *, held_out: bool, pseudonyms: Pseudonyms | None = None
) -> AsyncIterator[str]:
    """The rows of one part as lines of LABELLED.jsonl, read in pages."""
    last = -1
    while True:
        async with database.transaction() as session:
            rows = await _page(session, dataset_id, held_out=held_out, after=last)
        for row in rows:
            labelled = LabelledRow(id=row.record_id, text=row.text, extraction=row.extraction)
            yield line_of(pseudonyms.row(labelled) if pseudonyms else labelled) + "\n"
        if len(rows) < PAGE:
            return
        last = rows[-1].position


async def pseudonyms_of(session: AsyncSession, salt: str) -> Pseudonyms:
    """For everybody who ever wrote, and every member whose name is known."""
    authors = await session.execute(select(MessageRow.author).where(MessageRow.source != "").distinct())
    members = await session.execute(select(SlackUser.name))
    places = (await current_reference(session)).value.directory.places
    spellings = [spelling for name, place in places.items() for spelling in (name, *place.aliases)]
    return Pseudonyms([*authors.scalars(), *members.scalars()], spellings, salt)


async def audited_lines(database: Database) -> AsyncIterator[str]:
    """Every audited record of now as lines of LABELLED.jsonl, in the order of the ids."""
    last = ""
    while True:
        async with database.transaction() as session:
            rows = await _audited_page(session, last)
        for row in rows:
            yield line_of(LabelledRow(id=row.id, text=row.text, extraction=row.extraction)) + "\n"
        if len(rows) < PAGE:
            return
        last = rows[-1].id


async def _audited(session: AsyncSession, last: str) -> AsyncIterator[Any]:
    while rows := await _audited_page(session, last):
        for row in rows:
            yield row
        last = rows[-1].id


async def _audited_page(session: AsyncSession, after: str) -> Sequence[Any]:
    """(id, text, revision, audit_id, extraction) of the next records with an audit to learn from."""
    query = (
        select(Record.id, Record.text, Record.revision, Audit.id.label("audit_id"), Audit.extraction)
        .join(Audit, Audit.id == Record.audit_id)
        .where(Record.retired.is_(False), Record.decision.in_([d.value for d in AUDITED]), Record.id > after)
        .order_by(Record.id)
        .limit(PAGE)
    )
    return (await session.execute(query)).all()


async def _page(session: AsyncSession, dataset_id: uuid.UUID, *, held_out: bool, after: int) -> Sequence[DatasetRow]:
    query = (
        select(DatasetRow)
        .where(DatasetRow.dataset_id == dataset_id, DatasetRow.held_out.is_(held_out), DatasetRow.position > after)
        .order_by(DatasetRow.position)
        .limit(PAGE)
    )
    return (await session.execute(query)).scalars().all()


async def _write_rows(session: AsyncSession, dataset: Dataset, divided: Divided, sources: dict[str, _Source]) -> None:
    parts = [(row, False) for row in divided.train] + [(row, True) for row in divided.held_out]
    rows = [
        {
            "dataset_id": dataset.id,
            "position": position,
            "held_out": held_out,
            "record_id": row.id,
            "revision": sources[row.id].revision,
            "audit_id": sources[row.id].audit_id,
            "text": row.text,
            "extraction": row.extraction.model_dump(mode="json"),
        }
        for position, (row, held_out) in enumerate(parts)
    ]
    for part in chunks(rows):
        await session.execute(insert(DatasetRow), list(part))
