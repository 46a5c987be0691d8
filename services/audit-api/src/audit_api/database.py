"""The database: its engine, its transactions, and bringing its tables up to date.

Every change runs in `Database.transaction()`, which commits once at its end. Migrations run under an advisory lock, so
that two processes that start at once do not migrate twice.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import IntEnum
from pathlib import Path

import asyncpg
from sqlalchemy import URL, text
from sqlalchemy.exc import DataError, IntegrityError, NotSupportedError, ProgrammingError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from servicekit.migrations import upgrade

_OUR_FAULT = (IntegrityError, DataError, ProgrammingError, NotSupportedError)
_UNKEEPABLE = ("22021", "22P05")
"""character_not_in_repertoire, untranslatable_character; SQLAlchemy knows neither as a DataError."""


def is_gone(error: BaseException) -> bool:
    """Whether the database did not answer, so that the same thing may work later; not the fault of what was asked."""
    if isinstance(error, SQLAlchemyError):
        return not isinstance(error, _OUR_FAULT) and not is_unkeepable(error)
    return isinstance(error, OSError | asyncpg.PostgresError | asyncpg.InterfaceError)


def is_unkeepable(error: BaseException) -> bool:
    """Whether a text holds a character that Postgres keeps nowhere: NUL, which JSON may carry."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) in _UNKEEPABLE


class Lock(IntEnum):
    """Keys of the advisory locks, all held until the transaction ends."""

    MIGRATION = 0x1A4DE401
    INTAKE = 0x1A4DE402
    """One import writes at a time."""
    ACTIVATION = 0x1A4DE403
    """Exclusive: the active model changes. Shared: a reading is recorded and asks which model is active."""
    REFERENCE = 0x1A4DE404
    ACCOUNTS = 0x1A4DE40A
    """Logins are given out, and admins taken away, one at a time."""


class Database:
    """One pool of connections."""

    def __init__(self, url: URL | str) -> None:
        self.engine: AsyncEngine = create_async_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Commits when the block ends, rolls back when it raises."""
        async with self._sessions() as session, session.begin():
            yield session

    async def close(self) -> None:
        await self.engine.dispose()


async def lock(session: AsyncSession, key: Lock, *, shared: bool = False) -> None:
    """Wait for an advisory lock; it is released when the transaction ends."""
    suffix = "_shared" if shared else ""
    await session.execute(text(f"SELECT pg_advisory_xact_lock{suffix}({int(key)})"))


async def migrate(engine: AsyncEngine, migrations: Path) -> None:
    """Bring the tables up to date; does nothing when they are. Raises NewerTables."""
    async with engine.begin() as connection:
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({int(Lock.MIGRATION)})"))
        await connection.run_sync(upgrade, migrations)
