"""Reading all records again after a change of the model or of the reference, a little at a time.

Invariant: the change commits together with a backlog row and is short; this loop then walks the records in the order of
their ids and remembers how far it came, so that a new process goes on where the last one died. It never runs far ahead
of the workers: new messages should not wait behind a hundred thousand old ones, and what a newer change supersedes is
never asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Row, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from audit_api.models import Activation, Backlog, Reading, Record, ReferenceVersion
from audit_api.outbox.requests import Readable, request_peft, request_regex
from contracts import Extraction, Method

log = structlog.get_logger(__name__)

STEP = 200
"""Records asked for in one transaction."""
AHEAD = 600
"""Records that may be asked for and not read yet."""


async def open_backlog(session: AsyncSession, method: Method, number: int) -> None:
    """Have all records read again by the activation (peft) or with the reference (regex) of that number."""
    await close_backlogs(session, method)
    if not await session.scalar(select(exists().where(Record.retired.is_(False)))):
        return  # records that come later are asked for as they come
    await session.execute(insert(Backlog).values(method=method.value, number=number))


async def close_backlogs(session: AsyncSession, method: Method) -> None:
    """Stop asking for readings that nobody needs any more."""
    open_ones = update(Backlog).where(Backlog.method == method.value, Backlog.finished_at.is_(None))
    await session.execute(open_ones.values(finished_at=datetime.now(UTC)))


async def step_backlogs(session: AsyncSession) -> bool:
    """Ask for the next records of every open backlog; whether there is more to ask for at once."""
    found = await session.execute(
        select(Backlog)
        .where(Backlog.finished_at.is_(None), Backlog.paused_at.is_(None))
        .order_by(Backlog.id)
        .with_for_update(skip_locked=True)
    )
    return any([await _step(session, backlog) for backlog in found.scalars().all()])


async def set_paused(session: AsyncSession, method: Method, *, paused: bool) -> None:
    """Ask for nothing more of a method's open backlog, or go on where it stopped; nothing where none is open."""
    at = datetime.now(UTC) if paused else None
    open_ones = update(Backlog).where(Backlog.method == method.value, Backlog.finished_at.is_(None))
    await session.execute(open_ones.values(paused_at=at))


@dataclass(frozen=True)
class Progress:
    """How far the newest backlog of a method is. `unread` counts down to 0, also after all was asked for."""

    method: Method
    version: str | None
    """The model version that reads; None for regex."""
    total: int
    unread: int
    asked: bool
    """All of it is asked for: the last ones are on their way, and pausing changes nothing."""
    paused: bool
    since: datetime


async def progress(session: AsyncSession) -> list[Progress]:
    """Of every method whose newest backlog still has records to be read."""
    newest = select(func.max(Backlog.id)).group_by(Backlog.method)
    backlogs = await session.scalars(select(Backlog).where(Backlog.id.in_(newest)).order_by(Backlog.id))
    states = [await _progress(session, backlog) for backlog in backlogs.all()]
    return [state for state in states if state.unread]


async def _progress(session: AsyncSession, backlog: Backlog) -> Progress:
    version = await _model_version(session, backlog)
    current = select(func.count()).select_from(Record).where(Record.retired.is_(False))
    unread = await session.scalar(current.where(_lacks_reading(backlog, version))) or 0
    return Progress(
        Method(backlog.method), version, await session.scalar(current) or 0, unread,
        backlog.finished_at is not None, backlog.paused_at is not None, backlog.created_at,
    )  # fmt: skip


async def _step(session: AsyncSession, backlog: Backlog) -> bool:
    version = await _model_version(session, backlog)
    if await _unread(session, _lacks_reading(backlog, version) & (Record.id <= backlog.cursor)) >= AHEAD:
        return False
    rows = await _next_rows(session, backlog, version)
    await _request(session, backlog, rows)
    if rows:
        backlog.cursor = rows[-1].id
    if len(rows) < STEP:
        backlog.finished_at = datetime.now(UTC)
        log.info("backlog asked for", method=backlog.method, number=backlog.number)
    return len(rows) == STEP


async def _next_rows(session: AsyncSession, backlog: Backlog, version: str | None) -> Sequence[Row[Any]]:
    """(id, revision, text, draft) of the next records to ask for."""
    draft = _regex_draft()
    query = (
        select(Record.id, Record.revision, Record.text, draft)
        .where(Record.retired.is_(False), Record.id > backlog.cursor, _lacks_reading(backlog, version))
        .order_by(Record.id)
        .limit(STEP)
    )
    if backlog.method == Method.PEFT:  # what has no regex reading yet is asked for when it gets one
        query = query.where(_has_regex_reading())
    return (await session.execute(query)).all()


async def _request(session: AsyncSession, backlog: Backlog, rows: Sequence[Row[Any]]) -> None:
    records = [Readable(r.id, r.revision, r.text, r.draft and Extraction.model_validate(r.draft)) for r in rows]
    reference = await session.scalar(select(ReferenceVersion.version).order_by(ReferenceVersion.number.desc()).limit(1))
    if backlog.method == Method.PEFT:
        await request_peft(session, records, reference or "", activation=backlog.number)
    else:
        await request_regex(session, records, reference or "")


async def _model_version(session: AsyncSession, backlog: Backlog) -> str | None:
    if backlog.method != Method.PEFT:
        return None
    version: str | None = await session.scalar(select(Activation.version).where(Activation.number == backlog.number))
    return version


async def _unread(session: AsyncSession, where: ColumnElement[bool]) -> int:
    limited = select(Record.id).where(Record.retired.is_(False), where).limit(AHEAD).subquery()
    return await session.scalar(select(func.count()).select_from(limited)) or 0


def _lacks_reading(backlog: Backlog, version: str | None) -> ColumnElement[bool]:
    """A failure from before the backlog is tried again; one since then counts as read."""
    wanted = Reading.version == version if version else Reading.reference_number >= backlog.number
    return ~exists().where(
        Reading.record_id == Record.id,
        Reading.revision == Record.revision,
        Reading.method == backlog.method,
        wanted,
        or_(Reading.extraction.is_not(None), Reading.read_at >= backlog.created_at),
    )


def _has_regex_reading() -> ColumnElement[bool]:
    return exists().where(
        Reading.record_id == Record.id,
        Reading.revision == Record.revision,
        Reading.method == Method.REGEX.value,
    )


async def regex_reading(session: AsyncSession, record: Record) -> dict[str, Any] | None:
    """The newest regex extraction of the record's revision."""
    found: dict[str, Any] | None = await session.scalar(select(_regex_draft()).where(Record.id == record.id))
    return found


def _regex_draft() -> ColumnElement[Any]:
    """The newest regex extraction of the record's revision, or NULL."""
    regex = aliased(Reading)
    return (
        select(regex.extraction)
        .where(
            regex.record_id == Record.id,
            regex.revision == Record.revision,
            regex.method == Method.REGEX.value,
            regex.extraction.is_not(None),
        )
        .order_by(regex.read_at.desc())
        .limit(1)
        .scalar_subquery()
        .label("draft")
    )
