"""What waits and what serves, for the page's header.

A count is kept for ten times what it cost, so that it is exact where it is cheap and never what keeps the database
busy.
"""

import asyncio
import time
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.audit.history import AUDITED
from audit_api.database import Database
from audit_api.models import DeadLetterRow, Reading, Record
from audit_api.models_registry.active import active_model
from audit_api.outbox.backlog import progress
from audit_api.schemas import Answer
from contracts import Method

KEPT = 10
"""Times the cost of counting."""
CHEAP_S = 0.25
"""Up to this, every request counts."""


class Pending(Answer):
    """How many current records, by method; peft: of the active model."""

    regex: int
    peft: int


class Status(Answer):
    """What waits and what serves."""

    records: int
    audited: int
    skipped: int
    needs_look: int
    second_opinions: int
    """Audited records that await another auditor's opinion."""
    active_version: str | None
    pending: Pending
    reading_again: bool
    """Whether records await being read by a newer model, or with newer places or tables: see /api/backlogs."""
    failed: Pending
    """Current records whose newest try gave no reading, by method; activating the version again tries those of peft."""
    dead_letters: int
    has_sample: bool
    needed_for_training: int


@dataclass
class StatusBoard:
    """The newest status. One request counts, the others wait for it."""

    database: Database
    needed: int
    has_sample: bool

    def __post_init__(self) -> None:
        self._known: Status | None = None
        self._until = 0.0
        self._counting = asyncio.Lock()

    async def read(self) -> Status:
        async with self._counting:
            if self._known is None or time.monotonic() >= self._until:
                started = time.monotonic()
                async with self.database.transaction() as session:
                    self._known = await read_status(session, self.needed, has_sample=self.has_sample)
                cost = time.monotonic() - started
                self._until = time.monotonic() + (cost * KEPT if cost > CHEAP_S else 0)
            return self._known


async def read_status(session: AsyncSession, needed: int, *, has_sample: bool) -> Status:
    """Counts everything anew."""
    active = await active_model(session)
    version = active.version if active else None
    any_model = literal(version is not None)
    regex, failed = Reading.method == Method.REGEX.value, Reading.extraction.is_(None)
    peft = (Reading.method == Method.PEFT.value) & (Reading.version == version)
    letters = select(func.count()).select_from(DeadLetterRow).where(DeadLetterRow.replayed_at.is_(None))
    return Status(
        records=await count(session),
        audited=await count_audited(session),
        skipped=await count(session, Record.decision == "skipped"),
        needs_look=await count(session, Record.needs_look.expression),
        second_opinions=await count(session, Record.second.expression),
        active_version=version,
        pending=Pending(
            regex=await count(session, ~_has_reading(regex)),
            peft=await count(session, ~_has_reading(peft) & any_model),
        ),
        reading_again=bool(await progress(session)),
        failed=Pending(
            regex=await count(session, _has_reading(regex & failed), ~_has_reading(regex & ~failed)),
            peft=await count(session, _has_reading(peft & failed)),
        ),
        dead_letters=await session.scalar(letters) or 0,
        has_sample=has_sample,
        needed_for_training=needed,
    )


async def count_audited(session: AsyncSession, *where: ColumnElement[bool]) -> int:
    """Records that can be learned from."""
    return await count(session, Record.decision.in_([decision.value for decision in AUDITED]), *where)


async def count(session: AsyncSession, *where: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count()).select_from(Record).where(~Record.retired, *where)) or 0


def _has_reading(which: ColumnElement[bool]) -> ColumnElement[bool]:
    same = (Reading.record_id == Record.id) & (Reading.revision == Record.revision)
    return exists().where(same, which)
