"""What an alias would fix: the records whose text holds the new spelling, in the order of time."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.audit.queries import show_one
from audit_api.models import Record
from audit_api.reference.aliases import Alias, Repairs, taken_by, taught_aliases
from audit_api.reference.store import current_reference
from audit_api.schemas import Answer
from contracts import Directory
from reading.places import key

SHOWN = 50


class Fixed(Answer):
    """A record that the alias would read differently; audited ones stay as they were decided."""

    id: str
    text: str
    author: str
    posted_at: datetime
    audited: bool


class AliasOffer(Answer):
    """A spelling that could become an alias, and what it would fix; the first records are listed."""

    spelling: str
    place: str
    taken_by: str | None
    """Another place that this spelling stands for now; it has to be taken from there first."""
    unaudited: int
    audited: int
    fixes: list[Fixed]


async def offers_of(session: AsyncSession, record_id: str) -> list[AliasOffer]:
    """What the audit in force of a record teaches about spellings. Raises ApiError when there is no such record."""
    record = await show_one(session, record_id)
    if record.audit is None or record.audit.extraction is None:
        return []
    directory = (await current_reference(session)).value.directory
    readings = [reading for reading in (record.readings.regex, record.readings.peft) if reading is not None]
    decided = record.audit.extraction
    aliases = dict.fromkeys(
        alias for reading in readings for alias in taught_aliases(record.text, reading.extraction, decided, directory)
    )
    return [await offer(session, alias, directory, but=record_id) for alias in aliases]


async def offer(session: AsyncSession, alias: Alias, directory: Directory, but: str | None = None) -> AliasOffer:
    """What `alias` would fix, apart from the record `but`."""
    repairs = Repairs(directory, alias)
    fixed = [row for row in await _candidates(session, alias, but) if repairs.fix(row.text)]
    return AliasOffer(
        spelling=alias.spelling,
        place=alias.place,
        taken_by=taken_by(alias, directory),
        unaudited=sum(row.decision is None for row in fixed),
        audited=sum(row.decision is not None for row in fixed),
        fixes=[
            Fixed(id=r.id, text=r.text, author=r.author, posted_at=r.posted_at, audited=r.decision is not None)
            for r in sorted(fixed, key=lambda r: (r.decision is not None, r.posted_at))[:SHOWN]
        ],
    )


async def _candidates(session: AsyncSession, alias: Alias, but: str | None) -> list[Record]:
    """Records that hold the spelling's longest word: few enough to be looked at one by one."""
    word = max(key(alias.spelling).split(), key=len)
    query = select(Record).where(Record.retired.is_(False), Record.text.icontains(word, autoescape=True))
    if but is not None:
        query = query.where(Record.id != but)
    return list((await session.execute(query)).scalars().all())
