"""Audits that were made elsewhere: labelled rows become audits of the records that they name.

The audit's key is made from what it says, so that importing the same labels again writes nothing, also after a person
has corrected one of them.
"""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.audit.history import Decision
from audit_api.audit.writing import NewAudit, write_audits
from audit_api.models import Audit, Record
from audit_api.outbox.requests import chunks
from audit_api.reference.store import current_reference
from contracts import LabelledRow, Tables
from reading.derive import derive

_NAMESPACE = uuid.UUID("6f0b3d0e-5d0c-4b5e-9a43-0c6f6d1c7d11")


async def write_labels(session: AsyncSession, labels: Sequence[LabelledRow]) -> int:
    """Write the audits that are not there yet; how many. The records must be there, with these texts.

    A label of a record that was forgotten since is left out.
    """
    revisions: dict[str, int] = {}
    for part in chunks(labels):
        found = await session.execute(select(Record.id, Record.revision).where(Record.id.in_([_id(r) for r in part])))
        revisions |= {row.id: row.revision for row in found}
    reference = (await current_reference(session)).value
    audits = list(_audits([row for row in labels if _id(row) in revisions], revisions, reference.tables))
    known = await _known_keys(session, audits)
    fresh = [audit for audit in audits if audit.key not in known]
    await write_audits(session, fresh, reference.directory.home)
    return len(fresh)


def _audits(labels: Iterable[LabelledRow], revisions: Mapping[str, int], tables: Tables) -> Iterable[NewAudit]:
    for row in labels:
        said = hashlib.sha256(row.extraction.model_dump_json().encode()).hexdigest()
        revision = revisions[_id(row)]
        yield NewAudit(
            key=uuid.uuid5(_NAMESPACE, f"{_id(row)}:{revision}:{said}"),
            record_id=_id(row),
            revision=revision,
            decision=Decision.CONFIRMED,
            extraction=derive(row.extraction, tables),
            by="import",
        )


async def _known_keys(session: AsyncSession, audits: Iterable[NewAudit]) -> set[uuid.UUID]:
    known: set[uuid.UUID] = set()
    for part in chunks(audit.key for audit in audits):
        known |= set((await session.execute(select(Audit.key).where(Audit.key.in_(part)))).scalars())
    return known


def _id(row: LabelledRow) -> str:
    return row.id.strip()
