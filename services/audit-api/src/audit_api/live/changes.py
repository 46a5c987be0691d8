"""Announcing a change to whoever looks at a page, in the caller's transaction: it is heard after the commit or never.

A page only asks again for what it shows, so an announcement that is lost or doubled costs a request and nothing else.
"""

import json
from collections.abc import Sequence
from typing import Literal, TypeAlias

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

CHANNEL = "larder_changes"
MOST_IDS = 40
"""More than these, and the page asks for everything; a notification holds 8,000 bytes."""

Kind: TypeAlias = Literal["records", "leases", "models", "reference", "imports", "everything"]


async def announce_change(session: AsyncSession, kind: Kind, ids: Sequence[str] = ()) -> None:
    """`ids`: the records that changed; none means any of that kind."""
    named = list(ids) if len(ids) <= MOST_IDS else []
    payload = json.dumps({"kind": kind, "ids": named})
    await session.execute(text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": payload})
