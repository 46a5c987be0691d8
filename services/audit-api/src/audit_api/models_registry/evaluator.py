"""Finishes evaluations: looks, at every recorded reading and every second, whether one has all it needs."""

from sqlalchemy import select

from audit_api.database import Database
from audit_api.models import ModelVersion
from audit_api.models_registry.evaluation import finish_if_complete, may_be_complete, request_missing


class Evaluator:
    """The evaluations of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def resume(self) -> None:
        """Ask again for what is missing, in case the broker lost requests while this service was away."""
        for version in await self._evaluating():
            async with self._database.transaction() as session:
                await request_missing(session, await session.get_one(ModelVersion, version))

    async def finish_complete(self) -> bool:
        """Judge what can be judged; False, for a recorded reading will wake the next look."""
        for version in await self._evaluating():
            async with self._database.transaction() as session:
                ready = await may_be_complete(session, version)
            if ready:
                async with self._database.transaction() as session:
                    await finish_if_complete(session, version)
        return False

    async def _evaluating(self) -> list[str]:
        async with self._database.transaction() as session:
            found = await session.execute(select(ModelVersion.version).where(ModelVersion.evaluating))
            return list(found.scalars())
