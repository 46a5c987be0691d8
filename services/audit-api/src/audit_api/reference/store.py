"""The reference (directory and tables) at its versions; the newest is in force.

Invariant: a new version, its announcement, the backlog that has every record read again and the audited items' new
pounds are committed together; the number of a version only grows, so that of two readings the one with the newer
reference is known.
"""

from dataclasses import dataclass

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.database import Lock, lock
from audit_api.live.changes import announce_change
from audit_api.models import ReferenceVersion, outbox
from audit_api.outbox.backlog import open_backlog
from audit_api.reference.rederiving import rederive
from contracts import Directory, Method, Reference, Tables
from contracts.subjects import CURRENT_KEY, REFERENCE_BUCKET
from reading.default_tables import DEFAULT_TABLES
from servicekit.outbox import enqueue_key_value


@dataclass(frozen=True)
class CurrentReference:
    """The reference in force, its place in the history and its version."""

    number: int
    version: str
    value: Reference


async def current_reference(session: AsyncSession) -> CurrentReference:
    """The newest version; the shipped tables and an empty directory are written as the first when there is none."""
    found = await session.execute(select(ReferenceVersion).order_by(ReferenceVersion.number.desc()).limit(1))
    row = found.scalar_one_or_none()
    if row is None:
        return await put_reference(session, directory=Directory(), tables=DEFAULT_TABLES)
    return CurrentReference(row.number, row.version, Reference.model_validate(row.reference))


async def put_reference(
    session: AsyncSession, *, directory: Directory | None = None, tables: Tables | None = None
) -> CurrentReference:
    """Replace the directory, the tables or both. Writes nothing when nothing differs."""
    await lock(session, Lock.REFERENCE)
    present = (
        await session.execute(select(ReferenceVersion).order_by(ReferenceVersion.number.desc()).limit(1))
    ).scalar_one_or_none()
    old = Reference.model_validate(present.reference) if present else Reference()
    new = Reference(directory=directory or old.directory, tables=tables or old.tables)
    if present is not None and new == old:
        return CurrentReference(present.number, present.version, old)
    number = await session.scalar(
        insert(ReferenceVersion)
        .values(version=new.version, reference=new.model_dump(mode="json"))
        .returning(ReferenceVersion.number)
    )
    if number is None:
        raise RuntimeError("the database gave the new reference no number")
    await announce(session, new)
    if present is not None:
        await open_backlog(session, Method.REGEX, number)
        await announce_change(session, "reference")
    if new.tables != old.tables:
        await rederive(session, new.tables, new.directory.home)
    return CurrentReference(number, new.version, new)


async def announce(session: AsyncSession, reference: Reference) -> None:
    """Put the reference where the workers look for it."""
    await enqueue_key_value(session, outbox, REFERENCE_BUCKET, CURRENT_KEY, reference)


async def reference_number(session: AsyncSession, version: str) -> int:
    """The newest number of this version; 0 for one that was never known here."""
    number = await session.scalar(select(func.max(ReferenceVersion.number)).where(ReferenceVersion.version == version))
    return number or 0
