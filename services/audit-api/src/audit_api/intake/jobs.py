"""An import as a job: parsed elsewhere, written in one transaction, its progress visible from outside.

Invariant: the job is `done` exactly when its rows are committed, for both happen in one transaction; a failed job has
changed nothing. A job that a stopped process left behind is failed at the next start.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.database import Database, is_gone
from audit_api.intake.labels import write_labels
from audit_api.intake.message import BadFile
from audit_api.intake.parsing import Export, Parsed
from audit_api.intake.planning import RecordConflict
from audit_api.intake.writing import Counts, Progress, write_export, write_rows
from audit_api.models import Import

log = structlog.get_logger(__name__)

PATIENCE = 60
"""Seconds to wait for a database that is gone."""

Before = Callable[[AsyncSession], Awaitable[None]]
"""What else to write in the import's transaction, before its messages."""


class ImportJobs:
    """The imports of this process."""

    def __init__(self, database: Database, window: timedelta) -> None:
        self._database, self._window = database, window
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, name: str, reading: Awaitable[Parsed], before: Before | None = None) -> uuid.UUID:
        """Begin an import of what is being read; returns its id at once."""
        import_id = uuid.uuid4()
        async with self._database.transaction() as session:
            await session.execute(insert(Import).values(id=import_id, name=name, state="running"))
        task = asyncio.create_task(self._run(import_id, reading, before))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return import_id

    async def finish(self) -> None:
        """Wait for the imports that are running."""
        await asyncio.gather(*self._tasks)

    async def fail_abandoned(self) -> None:
        """Mark what an earlier process did not finish."""
        error = "The service stopped during this import and nothing was imported; import the file again."
        async with self._database.transaction() as session:
            await session.execute(
                update(Import).where(Import.state == "running").values(state="failed", error=error, finished_at=_now())
            )

    async def _run(self, import_id: uuid.UUID, reading: Awaitable[Parsed], before: Before | None) -> None:
        try:
            await self._import(import_id, await reading, before)
        except (BadFile, RecordConflict) as error:
            await self._fail(import_id, f"{error} Nothing was imported.")
        except Exception as error:
            log.exception("import failed", import_id=str(import_id))
            await self._fail(import_id, f"The import failed ({type(error).__name__}) and changed nothing; see the log.")

    async def _import(self, import_id: uuid.UUID, parsed: Parsed, before: Before | None) -> None:
        await self._set(import_id, total=len(parsed.messages))
        async with self._database.transaction() as session:
            if before is not None:
                await before(session)
            counts = await self._write(session, parsed, self._progress(import_id, len(parsed.messages)))
            done = {"state": "done", "done": len(parsed.messages), "finished_at": _now(), **asdict(counts)}
            await session.execute(update(Import).where(Import.id == import_id).values(done))

    async def _write(self, session: AsyncSession, parsed: Parsed, progress: Progress) -> Counts:
        if isinstance(parsed, Export):
            return await write_export(session, parsed.messages, self._window, progress)
        counts = await write_rows(session, parsed.messages, progress)
        audits = await write_labels(session, parsed.labels)
        return Counts(counts.messages, counts.records, counts.revisions, audits)

    def _progress(self, import_id: uuid.UUID, total: int) -> Progress:
        async def report(share: float) -> None:
            await self._set(import_id, done=int(share * total))

        return report

    async def _fail(self, import_id: uuid.UUID, error: str) -> None:
        """Patient, for a database that is gone is a likely reason to fail; a stop leaves it to `fail_abandoned`."""
        for _ in range(PATIENCE):
            try:
                await self._set(import_id, state="failed", error=error, finished_at=_now())
            except Exception as gone:
                if not is_gone(gone):
                    raise
                await asyncio.sleep(1)
            else:
                return

    async def _set(self, import_id: uuid.UUID, **values: object) -> None:
        async with self._database.transaction() as session:
            await session.execute(update(Import).where(Import.id == import_id).values(**values))


def _now() -> datetime:
    return datetime.now(UTC)
