"""How fast the audit workspace is on a large ledger: list, filter, next and save at the API, and the page in Chromium.

    python benchmarks/workspace.py [--records 1000000] [--requests 60] [--no-page]

Starts a Postgres of its own in a temporary folder, fills it with records, two readings each, and audits on a third, and
asks the audit API over HTTP, one request after the other, as one busy auditor would. Client, API and database share the
machine. 100,000 records take about a minute, 1,000,000 about ten, most of it filling.
"""

import sys

sys.path.append(sys.path.pop(0))  # this folder last: its reading.py would hide the package `reading`

import argparse
import asyncio
import os
import random
import shutil
import signal
import statistics
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import httpx
from playwright.async_api import async_playwright

from audit_api.app import create_app
from audit_api.database import Database, migrate
from audit_api.service import begin, build_parts
from audit_api.settings import Settings
from larder_local.gateway import Upstreams, gateway
from larder_local.ports import free_port
from larder_local.servers import launch, prepare_postgres
from servicekit.health import Health, serve

FRONTEND = Path(__file__).resolve().parents[1] / "frontend/dist"
AIMS_MS = {100_000: 50, 1_000_000: 100}
USABLE_S = 1.0

READING = """
jsonb_build_object('format', 1, 'direction', 'inbound', 'rescue_location', 'Store ' || n % 40,
  'drop_off_location', 'Fridge ' || n % 25, 'evidence', '{}'::jsonb,
  'confidence', jsonb_build_object('sections.0.items.0.name', 0.5 + (n % 50) / 100.0),
  'sections', jsonb_build_array(jsonb_build_object('location', NULL, 'items', jsonb_build_array(
    jsonb_build_object('name', 'bananas', 'quantity', n % 9 + 1, 'unit', 'case', 'estimated_lbs', 25 * (n % 9 + 1),
      'subcategory', 'Produce', 'lbs_source', 'table', 'lbs_rule', 'case x 25 lb'),
    jsonb_build_object('name', 'milk', 'quantity', n % 7 + 1, 'unit', 'gallon', 'estimated_lbs', 8.6 * (n % 7 + 1),
      'subcategory', 'Dairy', 'lbs_source', 'table', 'lbs_rule', 'gallon x 8.6 lb')))))
"""
FILL = f"""
SET session_replication_role = replica;
INSERT INTO model_versions (version, sha256, state, run_id, dataset_sha256, manifest, about, metrics, evaluating,
  reference_number) VALUES ('v1', repeat('0', 64), 'active', 'run', '', '{{}}', '{{}}', '{{}}', false, 0);
INSERT INTO activations (number, version, rollback, by, why) VALUES (1, 'v1', false, 'benchmark', 'benchmark');
INSERT INTO records (id, revision, channel_id, channel, author_id, author, posted_at, text, audit_id, decision, risk,
    needs_look, reasons, places, read_pounds)
  SELECT 'C' || n % 6 || '-' || n, 1, 'C' || n % 6, 'channel-' || n % 6, 'U' || n % 80, 'Volunteer ' || n % 80,
    timestamptz '2019-01-01' + n * interval '3 minutes',
    'Picked up ' || n % 9 + 1 || ' cases bananas and ' || n % 7 + 1 || ' gallons milk from Store ' || n % 40
      || ', dropped at Fridge ' || n % 25 || '. Note ' || md5(n::text),
    CASE WHEN n % 3 = 0 THEN ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid END,
    CASE WHEN n % 3 = 0 THEN 'confirmed' END, random() * 500, n % 20 = 1,
    CASE WHEN n % 20 = 1 THEN ARRAY['disagreement'] ELSE '{{}}' END,
    ARRAY['Store ' || n % 40, 'Fridge ' || n % 25], 25 * (n % 9 + 1) + 8.6 * (n % 7 + 1)
  FROM generate_series(1, $RECORDS) n;
INSERT INTO record_revisions (record_id, revision, text) SELECT id, 1, text FROM records;
INSERT INTO messages (channel_id, ts, channel, author_id, author, source, text, posted_at, revision, record_id)
  SELECT channel_id, id, channel, author_id, author, text, text, posted_at, 1, id FROM records;
INSERT INTO readings (record_id, revision, method, version, extraction, reference_number, ms)
  SELECT 'C' || n % 6 || '-' || n, 1, method, version, {READING}, 1, 3
  FROM generate_series(1, $RECORDS) n, (VALUES ('regex', '1'), ('peft', 'v1')) reader(method, version);
INSERT INTO read_items (record_id, position, location, subcategory, pounds)
  SELECT 'C' || n % 6 || '-' || n, p, 'Store ' || n % 40, CASE p WHEN 0 THEN 'Produce' ELSE 'Dairy' END, 25
  FROM generate_series(1, $RECORDS) n, generate_series(0, 1) p;
INSERT INTO audits (id, key, record_id, revision, decision, extraction, by, via)
  SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, gen_random_uuid(), 'C' || n % 6 || '-' || n, 1,
    'confirmed', {READING}, 'benchmark', 'oldest' FROM generate_series(3, $RECORDS, 3) n;
INSERT INTO audit_items (audit_id, position, location, subcategory, pounds)
  SELECT id, p, 'Store 1', CASE p WHEN 0 THEN 'Produce' ELSE 'Dairy' END, 25 FROM audits, generate_series(0, 1) p;
"""


async def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--records", type=int, default=100_000)
    arguments.add_argument("--requests", type=int, default=60, help="of each kind")
    arguments.add_argument("--no-page", action="store_true", help="leave Chromium out")
    given = arguments.parse_args()
    with _postgres() as url:
        settings = Settings.model_validate({"DATABASE_URL": url})
        database = Database(settings.database_url)
        await _answers(url)
        await migrate(database.engine, settings.migrations)
        parts = build_parts(settings, database)
        await begin(parts)
        started = time.monotonic()
        await _fill(url, given.records)
        print(f"{given.records:,} records, {2 * given.records:,} extractions, in {time.monotonic() - started:.0f} s")
        stop, port, page_port = asyncio.Event(), free_port(0), free_port(0)
        address = f"http://127.0.0.1:{port}"
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(serve(create_app(parts, Health()), "127.0.0.1", port, stop))
            page = gateway(FRONTEND, Upstreams(address, address))
            tasks.create_task(serve(page, "127.0.0.1", page_port, stop))
            try:
                await _measure(address, given.requests, given.records)
                if not given.no_page:
                    await _measure_page(f"http://127.0.0.1:{page_port}")
            finally:
                parts.changes.stop()
                stop.set()
        await database.close()


@contextmanager
def _postgres() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="larder-workspace-"))
    folder.chmod(0o755)
    server = prepare_postgres(folder / "postgres", free_port(0), "benchmark")
    process = launch(server, folder / "postgres.log")
    try:
        yield server.url
    finally:
        process.send_signal(signal.SIGINT)  # at once: the polite way waits for connections that an error left open
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def _answers(url: str) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                await (await asyncpg.connect(url)).close()
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.2)
            else:
                return


async def _fill(url: str, records: int) -> None:
    """Indexes are made again after the rows: many times faster."""
    connection = await asyncpg.connect(url)
    await connection.execute("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'")
    indexes = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'records' AND indexname LIKE 'ix_%'"
    )
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['indexname']}")
    await connection.execute(FILL.replace("$RECORDS", str(records)))
    for index in indexes:
        await connection.execute(index["indexdef"])
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def _measure(address: str, requests: int, records: int) -> None:
    chance = random.Random(7)
    connecting = httpx.AsyncHTTPTransport(retries=5)  # the server began a moment ago
    async with httpx.AsyncClient(base_url=address, timeout=60, transport=connecting) as client:
        cursors = {order: await _walk(client, order) for order in ("oldest", "risk", "random")}

        def listing(**wanted: object) -> Callable[[], Awaitable[object]]:
            return lambda: _get(client, "/api/records", {"audit": "unaudited", **wanted})

        kinds: dict[str, Callable[[], Awaitable[object]]] = {
            "list, oldest first": listing(),
            "list, newest first": listing(order="newest"),
            "list, most worth auditing": listing(order="risk"),
            "list, random stream": listing(order="random"),
            "list, a page further on": lambda: _get(
                client, "/api/records", {"audit": "unaudited", "order": "risk", "after": cursors["risk"]}
            ),
            "filter, needs a look": listing(audit="look", order="risk"),
            "filter, channel and date": lambda: _get(
                client,
                "/api/records",
                {
                    "channel": f"C{chance.randrange(6)}",
                    "since": "2019-03-01T00:00:00Z",
                    "until": "2019-04-01T00:00:00Z",
                },
            ),
            "filter, place": lambda: _get(client, "/api/records", {"place": f"Store {chance.randrange(40)}"}),
            "filter, rare word": lambda: _get(client, "/api/records", {"q": f"{chance.randrange(16**5):05x}"}),
            "filter, common word": lambda: _get(client, "/api/records", {"q": "bananas"}),
            "next": lambda: _get(client, f"/api/records/{_record(chance, records)}", {}),
            "save": lambda: _save(client, _record(chance, records)),
        }
        aim = next((ms for size, ms in AIMS_MS.items() if records <= size), AIMS_MS[1_000_000])
        print(f"\n| {'request':<26} | p50 ms | p95 ms | aim p95 |\n|{'-' * 28}|-------:|-------:|--------:|")
        for name, ask in kinds.items():
            times = [await _timed(ask) for _ in range(requests)]
            p95 = statistics.quantiles(times, n=20)[-1]
            print(f"| {name:<26} | {statistics.median(times):6.1f} | {p95:6.1f} | {aim:7} |", flush=True)


def _record(chance: random.Random, records: int) -> str:
    n = chance.randrange(1, records + 1)
    return f"C{n % 6}-{n}"


async def _walk(client: httpx.AsyncClient, order: str) -> str:
    """Some pages on."""
    after = ""
    for _ in range(10):
        page = await _get(client, "/api/records", {"audit": "unaudited", "order": order, "after": after})
        after = page["next"]
    return after


async def _get(client: httpx.AsyncClient, path: str, wanted: dict[str, object]) -> dict[str, str]:
    answer = await client.get(path, params={name: str(value) for name, value in wanted.items()})
    answer.raise_for_status()
    found: dict[str, str] = answer.json()
    return found


async def _save(client: httpx.AsyncClient, record_id: str) -> None:
    extraction = {"direction": "inbound", "sections": [{"items": [{"name": "kale", "quantity": 2, "unit": "case"}]}]}
    body = {"key": str(uuid.uuid4()), "revision": 1, "decision": "corrected", "extraction": extraction}
    (await client.post(f"/api/records/{record_id}/audits", json=body)).raise_for_status()


async def _timed(ask: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await ask()
    return (time.perf_counter() - started) * 1000


async def _measure_page(address: str) -> None:
    """From the request for the page until a message can be marked audited, with an empty cache."""
    path = next(found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name)))
    times = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for _ in range(7):
            context = await browser.new_context(viewport={"width": 1280, "height": 860})
            page = await context.new_page()
            started = time.perf_counter()
            await page.goto(address, wait_until="commit")
            await page.get_by_role("button", name="Mark audited").wait_for()
            times.append(time.perf_counter() - started)
            await context.close()
        await browser.close()
    print(f"\npage usable: median {statistics.median(times):.2f} s, slowest {max(times):.2f} s (aim {USABLE_S:.1f} s)")


if __name__ == "__main__":
    os.environ.setdefault("LARDER_LOG_FORMAT", "console")
    asyncio.run(main())
