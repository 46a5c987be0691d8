"""Reads the history of the channels that are read: one page a step, its place kept with its messages.

Invariant: the place moves in the transaction that writes the page's messages, so that a stop in between reads a page
again and skips none. A channel that Slack makes wait is left alone until then; one that needs a person says so.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.database import Database
from audit_api.intake.live import write_live
from audit_api.privacy.forgotten import forgotten_among
from audit_api.slack.events import Bot, entry_message
from audit_api.slack.inbox import known_names, without_deleted
from audit_api.slack.tables import SlackChannel, SlackUser
from audit_api.slack.web import Slack, SlackAway, SlackBusy, SlackRefused, next_cursor

log = structlog.get_logger(__name__)
AWAY = timedelta(seconds=15)
Json = Mapping[str, Any]


async def step(database: Database, slack: Slack, window_minutes: int, bot: Bot | None) -> bool:
    """Read one page of one channel that waits for it; whether there may be more at once."""
    async with database.transaction() as session:
        channel = await _next(session)
        if channel is not None:
            channel.history, channel.problem = "running", None
    if channel is None:
        return False
    try:
        page = await slack.history(channel.id, channel.cursor)
        entries = await _with_replies(slack, channel.id, page.get("messages") or [])
    except SlackBusy as busy:
        await _wait(database, channel.id, busy.after, None)
    except SlackAway as away:
        await _wait(database, channel.id, AWAY, str(away))
    except SlackRefused as refused:
        await _wait(database, channel.id, None, str(refused))
    else:
        await _write(database, channel, page, entries, window_minutes, bot)
    return True


async def _next(session: AsyncSession) -> SlackChannel | None:
    now = datetime.now(UTC)
    query = select(SlackChannel).where(
        SlackChannel.reading,
        SlackChannel.history.in_(("wanted", "running")),
        or_(SlackChannel.wait_until.is_(None), SlackChannel.wait_until <= now),
    )
    return await session.scalar(query.order_by(SlackChannel.id).limit(1).with_for_update(skip_locked=True))


async def _with_replies(slack: Slack, channel: str, entries: list[Json]) -> list[Json]:
    """A page's messages, each thread's replies behind its parent."""
    found: list[Json] = []
    for entry in entries:
        found.append(entry)
        if entry.get("reply_count") and entry.get("ts"):
            found += await _replies(slack, channel, str(entry["ts"]))
    return found


async def _replies(slack: Slack, channel: str, ts: str) -> list[Json]:
    found: list[Json] = []
    cursor = ""
    while True:
        page = await slack.replies(channel, ts, cursor)
        found += [reply for reply in page.get("messages") or [] if reply.get("ts") != ts]
        cursor = next_cursor(page)
        if not cursor:
            return found


async def _write(
    database: Database, channel: SlackChannel, page: Json, entries: list[Json], window_minutes: int, bot: Bot | None
) -> None:
    async with database.transaction() as session:
        names = await known_names(session)
        theirs = [entry for entry in entries if bot is None or not bot.wrote(entry)]
        messages = [m for entry in theirs if (m := entry_message(entry, channel.id, names)) is not None]
        await write_live(session, await without_deleted(session, messages), window_minutes)
        cursor = next_cursor(page)
        values = {
            "cursor": cursor,
            "history": "running" if cursor else "done",
            "fetched": SlackChannel.fetched + len(messages),
            "wait_until": None,
            "problem": None,
        }
        await session.execute(update(SlackChannel).where(SlackChannel.id == channel.id).values(values))


async def _wait(database: Database, channel_id: str, after: timedelta | None, problem: str | None) -> None:
    """Without a time: until a person asks again."""
    values: dict[str, Any] = {"problem": problem}
    if after is None:
        values["history"] = "none"
    else:
        values["wait_until"] = datetime.now(UTC) + after
    async with database.transaction() as session:
        await session.execute(update(SlackChannel).where(SlackChannel.id == channel_id).values(values))


async def refresh(database: Database, slack: Slack) -> Bot:
    """Bring channels and members' names up to date; who we are. Raises SlackBusy, SlackAway, SlackRefused."""
    me = await slack.who_am_i()
    channels = [entry async for entry in _all(slack.channels, "channels")]
    users = [entry async for entry in _all(slack.users, "members")]
    async with database.transaction() as session:
        for entry in channels:
            row = {
                "id": entry["id"],
                "name": str(entry.get("name") or entry["id"]),
                "is_member": bool(entry.get("is_member")),
            }
            values = insert(SlackChannel).values(row)
            await session.execute(
                values.on_conflict_do_update(index_elements=["id"], set_={k: row[k] for k in ("name", "is_member")})
            )
        gone = await forgotten_among(session, [entry["id"] for entry in users])
        for entry in users:
            if entry["id"] in gone:
                continue
            row = {"id": entry["id"], "name": _user_name(entry)}
            values = insert(SlackUser).values(row)
            await session.execute(values.on_conflict_do_update(index_elements=["id"], set_={"name": row["name"]}))
    return Bot(str(me.get("user_id") or ""), str(me["bot_id"]) if me.get("bot_id") else None)


async def _all(ask: Any, key: str) -> Any:  # noqa: ANN401 - an async generator over one of Slack's lists
    cursor = ""
    while True:
        page = await ask(cursor)
        for entry in page.get(key) or []:
            if isinstance(entry.get("id"), str):
                yield entry
        cursor = next_cursor(page)
        if not cursor:
            return


def _user_name(entry: Json) -> str:
    profile = entry.get("profile") or {}
    names = (profile.get("display_name"), entry.get("real_name"), profile.get("real_name"), entry.get("name"))
    return next((str(name) for name in names if name), str(entry["id"]))
