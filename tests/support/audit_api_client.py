"""The audit API on a real database, without its loops: what tests drive step by step."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from audit_api.app import create_app
from audit_api.audit.ranking import step_ranking
from audit_api.database import Database, migrate
from audit_api.models import Base
from audit_api.service import begin, build_parts
from audit_api.settings import Settings
from contracts import Extraction, ExtractionCompleted, Item, Method, Section
from servicekit.health import Health


class Api:
    """An HTTP client whose server is in this process."""

    def __init__(self, client: httpx.AsyncClient, database: Database, finish_imports: Any, app: FastAPI) -> None:
        self.client, self.database, self._finish_imports, self.app = client, database, finish_imports, app

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None, status: int = 200, **params: Any) -> Any:
        answer = await self.client.post(path, json=body, params=params)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def upload(self, data: bytes, name: str = "file", kind: str = "auto") -> dict[str, Any]:
        """The finished import."""
        answer = await self.client.post("/api/imports", files={"file": (name, data)}, params={"kind": kind})
        assert answer.status_code == 202, answer.text
        await self._finish_imports()
        found: dict[str, Any] = await self.get(f"/api/imports/{answer.json()['id']}")
        return found

    async def rank(self) -> None:
        """What the service's own loop does a moment after a change."""
        more = True
        while more:
            async with self.database.transaction() as session:
                more = await step_ranking(session)

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        async with self.database.transaction() as session:
            return list((await session.execute(text(statement), values)).all())

    async def outbox(self, subject: str) -> list[dict[str, Any]]:
        """The payloads announced on a subject, in order."""
        found = await self.rows("SELECT payload FROM outbox WHERE subject = :subject ORDER BY number", subject=subject)
        return [row.payload for row in found]

    async def confirm(self, record_id: str, extraction: dict[str, Any], revision: int = 1, **more: Any) -> Any:
        body = {"key": str(uuid.uuid4()), "revision": revision, "decision": "confirmed", "extraction": extraction}
        return await self.post(f"/api/records/{record_id}/audits", {**body, **more}, status=201)


@asynccontextmanager
async def audit_api_on(url: str, **settings: Any) -> AsyncIterator[Api]:
    """The API on the database at `url`, emptied first."""
    values = Settings(**{"DATABASE_URL": url, "LARDER_SAMPLE": Path("/nonexistent"), **settings})
    database = Database(values.database_url)
    await migrate(database.engine, values.migrations)
    async with database.engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {', '.join(Base.metadata.tables)} RESTART IDENTITY CASCADE"))
    parts = build_parts(values, database)
    await begin(parts)
    app = create_app(parts, Health())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:
        yield Api(client, database, parts.imports.finish, app)
    await parts.imports.finish()
    await database.close()


def extraction(name: str = "kale", quantity: float = 2, unit: str = "case", **fields: Any) -> Extraction:
    """A reading of one item."""
    item = Item(name=name, quantity=quantity, unit=unit)
    return Extraction(sections=(Section(items=(item,)),), **fields)


def completed(
    record_id: str, revision: int = 1, method: Method = Method.REGEX, version: str = "1", **fields: Any
) -> ExtractionCompleted:
    """A worker's result; `reference_version` should be one that the API knows."""
    values: dict[str, Any] = {"extraction": extraction(), "ms": 1.5, "reference_version": "", **fields}
    return ExtractionCompleted(
        request_id="r", record_id=record_id, revision=revision, method=method, version=version, **values
    )
