"""Killing a part in the middle of a backlog: every record ends with exactly one result per method and version.

Nobody restarts the rest: the supervisor brings back what was killed, and the others find it again.
"""

import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import httpx
import pytest
from publishing import publish_neutral_version

from larder_local.keys import Keys
from running_larder import RunningLarder
from servicekit.access import ADMINISTRATOR
from tests_support import eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

BACKLOG = 400
PATIENCE = timedelta(minutes=4)


class Driver:
    """A person's browser, and a look into the database that no person has."""

    def __init__(self, larder: RunningLarder, client: httpx.AsyncClient) -> None:
        self.larder = larder
        self.client = client
        self.ports = json.loads((larder.home / "ports.json").read_text())
        self.keys = Keys(larder.home / "keys")

    async def post(self, path: str, **body: object) -> dict[str, object]:
        answer = await self.client.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def import_lines(self, lines: list[str], kind: str = "auto") -> None:
        answer = await self.client.post(
            "/api/imports", params={"kind": kind}, files={"file": ("lines.jsonl", "\n".join(lines).encode())}
        )
        assert answer.is_success, answer.text
        number = answer.json()["id"]

        async def over() -> bool:
            job = (await self.client.get(f"/api/imports/{number}")).json()
            assert job["state"] != "failed", job
            return job["state"] == "done"

        await eventually(over, seconds=60)

    async def query(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        url = f"postgresql://larder@127.0.0.1:{self.ports['postgres']}/larder"
        connection = await asyncpg.connect(url, password=self.keys.password(ADMINISTRATOR, "database"))
        try:
            return await connection.fetch(sql, *arguments)
        finally:
            await connection.close()

    async def readings(self, prefix: str, method: str, version: str | None = None) -> int:
        """How many records named `prefix...` are read at their current revision; -1 while the database is away."""
        sql = (
            "SELECT count(DISTINCT id) FROM records "
            "JOIN readings ON record_id = id AND readings.revision = records.revision "
            "WHERE id LIKE $1 || '%' AND failure IS NULL AND method = $2 AND ($3::text IS NULL OR version = $3)"
        )
        try:
            return (await self.query(sql, prefix, method, version))[0][0]
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return -1

    async def until_read(self, wanted: int, prefix: str, method: str, version: str | None = None) -> None:
        async def all_read() -> bool:
            return await self.readings(prefix, method, version) >= wanted

        await eventually(all_read, seconds=PATIENCE.total_seconds())

    async def assert_one_result_each(self, prefix: str, method: str) -> None:
        """One reading for each record and version, none of them a failure, and nothing in the dead letters."""
        sql = (
            "SELECT record_id, revision, version, count(*), count(failure) FROM readings "
            "WHERE record_id LIKE $1 || '%' AND method = $2 GROUP BY 1, 2, 3"
        )
        rows = await self.query(sql, prefix, method)
        assert len(rows) == BACKLOG
        assert {(row[3], row[4]) for row in rows} == {(1, 0)}
        assert (await self.client.get("/api/status")).json()["dead_letters"] == 0


@pytest.fixture(scope="module")
async def driver(larder: RunningLarder) -> AsyncIterator[Driver]:
    async with httpx.AsyncClient(base_url=larder.address, timeout=60) as client:
        yield Driver(larder, client)


@pytest.fixture(scope="module")
async def active_model(driver: Driver) -> str:
    """A published version that is active and serves."""
    return await publish_neutral_version(driver.larder, driver.client)


def is_up(larder: RunningLarder, name: str) -> bool:
    """Whether the supervisor has brought it back since an earlier test killed it."""
    try:
        larder.process(name)
    except LookupError:
        return False
    return True


def messages(name: str) -> list[str]:
    return [
        json.dumps({"id": f"{name}-{n}", "text": f"Picked up {n} cases bananas\n2 bags bread"}) for n in range(BACKLOG)
    ]


@pytest.mark.parametrize("victim", ["regex-extractor", "inference-worker", "nats", "postgres", "audit-api"])
async def test_a_part_killed_in_the_middle_of_a_backlog_costs_no_record_and_doubles_none(
    victim: str, driver: Driver, active_model: str
) -> None:
    method, version = ("peft", active_model) if victim == "inference-worker" else ("regex", None)
    await eventually(lambda: is_up(driver.larder, victim))
    await driver.import_lines(messages(victim))
    await driver.until_read(5, victim, method, version)
    driver.larder.kill(victim)
    began = time.monotonic()
    await driver.until_read(BACKLOG, victim, "regex")
    await driver.until_read(BACKLOG, victim, "peft", active_model)
    print(f"{victim}: whole again after {time.monotonic() - began:.1f} s")
    await driver.assert_one_result_each(victim, "regex")
    await driver.assert_one_result_each(victim, "peft")
