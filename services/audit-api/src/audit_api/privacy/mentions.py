"""Taking a person's names and id out of every table that may hold them."""

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ARRAY, Column, String, Table, cast, delete, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.models import Base, DeadLetterRow
from audit_api.privacy.redaction import Redaction
from audit_api.privacy.steps import GONE

_KEPT = {
    "accounts", "sessions", "api_tokens", "invitations", "sign_in_failures", "activity", "activations",
    "reference_versions", "slack_channels", "imports",
}  # fmt: skip
"""The group's own: who may do what, who did what, and its places."""
_WHO = {"author", "author_id", "by", "channel", "channel_id"}
"""Columns that name others."""


async def forget_dead_letters(session: AsyncSession, redaction: Redaction | None) -> None:
    """A letter is kept as it came, so one that tells of what goes, goes whole."""
    records = set((await session.execute(GONE)).scalars())
    letters = await session.execute(select(DeadLetterRow.id, DeadLetterRow.payload))
    gone = [letter_id for letter_id, payload in letters if _tells(base64.b64decode(payload), records, redaction)]
    await session.execute(delete(DeadLetterRow).where(DeadLetterRow.id.in_(gone)))


async def redact_everywhere(session: AsyncSession, redaction: Redaction) -> int:
    """How many rows named the person."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in _KEPT]
    return sum([await _redact(session, table, redaction) for table in tables])


def _tells(payload: bytes, records: set[str], redaction: Redaction | None) -> bool:
    try:
        told = json.loads(payload)
    except ValueError:
        told = payload.decode(errors="replace")
    about = told.get("record_id") if isinstance(told, dict) else None
    return about in records or (redaction is not None and redaction.value(told) != told)


async def _redact(session: AsyncSession, table: Table, redaction: Redaction) -> int:
    columns, keys = list(_texts(table)), list(table.primary_key.columns)
    named = [cast(column, String).icontains(it, autoescape=True) for column in columns for it in _as_kept(redaction)]
    if not named:
        return 0
    changed = 0
    for row in (await session.execute(select(*keys, *columns).where(or_(*named)))).mappings().all():
        values = {column.name: redaction.value(row[column.name]) for column in columns}
        if any(values[column.name] != row[column.name] for column in columns):
            where = [key == row[key.name] for key in keys]
            await session.execute(update(table).where(*where).values(values))
            changed += 1
    return changed


def _texts(table: Table) -> Iterator[Column[Any]]:
    for column in table.columns:
        is_text = isinstance(column.type, String | JSONB | ARRAY)
        if is_text and not column.primary_key and column.computed is None and column.name not in _WHO:
            yield column


def _as_kept(redaction: Redaction) -> Sequence[str]:
    """As a column holds them; JSON spells a quotation mark in another way."""
    return sorted({spelling for it in redaction.needles for spelling in (it, json.dumps(it, ensure_ascii=False)[1:-1])})
