"""Forgetting messages with all that was derived from them, in the caller's one transaction: all of it or nothing.

A record holds one author's messages, so what a person wrote goes as whole records. Of a message there stays that one
stood there; of a person, a fingerprint of the id. What others wrote stays, with the person's names and id taken out.
Accounts, who did what, and the directory are the group's own and stay. Not reached: back-ups, trained adapters, and
what Slack itself keeps.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, insert, or_, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.base import Executable

from audit_api.database import Lock, lock
from audit_api.intake.message import FORGOTTEN
from audit_api.live.changes import announce_change
from audit_api.models import MessageRow, Record
from audit_api.privacy.forgotten import fingerprint
from audit_api.privacy.mentions import forget_dead_letters, redact_everywhere
from audit_api.privacy.people import Person
from audit_api.privacy.redaction import Redaction
from audit_api.privacy.steps import GONE, GONE_MESSAGES, GONE_RECORDS, STEPS, VERSIONS
from audit_api.privacy.tables import ForgottenPerson
from audit_api.schemas import Answer
from audit_api.slack.tables import SlackEvent, SlackUser


class Forgotten(Answer):
    """What goes, or went."""

    messages: int
    records: int
    readings: int
    audits: int
    dataset_rows: int
    mentions: int
    """Rows of others' in which the person is named; they stay, without the name."""
    versions: list[str]
    """Trained on what goes; they keep what they learned until they are deleted."""


async def forget_person(session: AsyncSession, person: Person) -> Forgotten:
    """What the person wrote, and the person's names in what others wrote."""
    await _alone(session)
    await _take(session, Record.author_id == person.id, MessageRow.author_id == person.id)
    body = SlackEvent.body
    theirs = or_(body["user"].astext == person.id, body["message"]["user"].astext == person.id)
    await session.execute(delete(SlackEvent).where(theirs))
    await session.execute(delete(SlackUser).where(SlackUser.id == person.id))
    known = upsert(ForgottenPerson).values(digest=fingerprint(person.id))
    await session.execute(known.on_conflict_do_nothing())
    return await _forget_taken(session, Redaction([person.id], person.names))


async def forget_before(session: AsyncSession, moment: datetime) -> Forgotten:
    """Every record whose newest message is older."""
    await _alone(session)
    newer = exists().where(MessageRow.record_id == Record.id, MessageRow.posted_at >= moment)
    alone = MessageRow.record_id.is_(None) | MessageRow.record_id.in_(GONE)
    old = (MessageRow.posted_at < moment) & (MessageRow.author_id != FORGOTTEN) & alone
    await _take(session, (Record.posted_at < moment) & ~newer, old)
    return await _forget_taken(session, None)


async def _alone(session: AsyncSession) -> None:
    """No import, reading or audit is written meanwhile; and audits may be deleted, in this transaction only."""
    await lock(session, Lock.INTAKE)
    await lock(session, Lock.ACTIVATION)
    await session.execute(text("LOCK TABLE records IN EXCLUSIVE MODE"))
    await session.execute(text("SET LOCAL larder.forgetting = 'on'"))


async def _take(session: AsyncSession, records: ColumnElement[bool], messages: ColumnElement[bool]) -> None:
    """Note which records and messages go."""
    await session.execute(text("CREATE TEMP TABLE gone_records (id text PRIMARY KEY)"))
    key = "channel_id text, ts text, PRIMARY KEY (channel_id, ts)"
    await session.execute(text(f"CREATE TEMP TABLE gone_messages ({key})"))
    await session.execute(insert(GONE_RECORDS).from_select(["id"], select(Record.id).where(records)))
    found = select(MessageRow.channel_id, MessageRow.ts).where(messages)
    await session.execute(insert(GONE_MESSAGES).from_select(["channel_id", "ts"], found))


async def _forget_taken(session: AsyncSession, redaction: Redaction | None) -> Forgotten:
    versions = list((await session.execute(VERSIONS)).scalars())
    await forget_dead_letters(session, redaction)
    gone = {name: await _did(session, step) for name, step in STEPS.items()}
    mentions = await redact_everywhere(session, redaction) if redaction else 0
    await session.execute(text("DROP TABLE gone_records, gone_messages"))
    await announce_change(session, "everything")
    counted = {name: gone[name] for name in ("messages", "records", "readings", "audits", "dataset_rows")}
    return Forgotten(**counted, mentions=mentions, versions=versions)


async def _did(session: AsyncSession, step: Executable) -> int:
    done = await session.execute(step, execution_options={"synchronize_session": False})
    return int(done.rowcount)  # type: ignore[attr-defined]
