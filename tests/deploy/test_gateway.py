"""The gateway in front of two small upstreams that say what they received."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from larder_local.gateway import SECURITY_HEADERS, Upstreams, gateway
from larder_local.ports import free_port


def upstream(name: str) -> Starlette:
    async def echo(request: Request) -> Response:
        body = await request.body()
        said = {"from": name, "path": request.url.path, "query": request.url.query, "method": request.method}
        return JSONResponse({**said, "bytes": len(body)}, status_code=418 if "teapot" in request.url.path else 200)

    async def events(_: Request) -> Response:
        async def lines() -> AsyncIterator[bytes]:
            yield b"data: one\n\n"
            yield b"data: two\n\n"

        return StreamingResponse(lines(), media_type="text/event-stream")

    methods = ["GET", "POST", "PUT", "DELETE"]
    return Starlette(routes=[Route("/runs/1/events", events), Route("/{path:path}", echo, methods=methods)])


async def serving(app: Starlette) -> AsyncIterator[str]:
    import asyncio

    port = free_port(0)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="on"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells only so
        await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task


@pytest.fixture(scope="module")
def frontend(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    (folder / "assets").mkdir()
    (folder / "index.html").write_text("<title>Larder</title>")
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "assets" / "app.js").write_text("1")
    return folder


@pytest.fixture(scope="module")
async def audit_api() -> AsyncIterator[str]:
    async for url in serving(upstream("audit-api")):
        yield url


@pytest.fixture(scope="module")
async def trainer() -> AsyncIterator[str]:
    async for url in serving(upstream("trainer")):
        yield url


@pytest.fixture(scope="module")
async def client(frontend: Path, audit_api: str, trainer: str) -> AsyncIterator[httpx.AsyncClient]:
    async for url in serving(gateway(frontend, Upstreams(audit_api, trainer))):
        async with httpx.AsyncClient(base_url=url) as client:
            yield client


async def test_api_addresses_reach_audit_api_with_method_query_and_body(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/records?audit=all&q=a%20b", content=b"12345")
    assert answer.json() == {
        "from": "audit-api",
        "path": "/api/records",
        "query": "audit=all&q=a%20b",
        "method": "POST",
        "bytes": 5,
    }


async def test_an_upstreams_refusal_passes_unchanged(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/teapot")).status_code == 418


async def test_runs_reach_the_trainer(client: httpx.AsyncClient) -> None:
    assert (await client.get("/runs")).json()["from"] == "trainer"
    assert (await client.get("/runs/7/log")).json()["path"] == "/runs/7/log"


async def test_events_are_streamed(client: httpx.AsyncClient) -> None:
    async with client.stream("GET", "/runs/1/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert [line async for line in answer.aiter_lines() if line] == ["data: one", "data: two"]


async def test_files_beside_the_page_are_served_and_every_other_address_is_the_page(client: httpx.AsyncClient) -> None:
    assert (await client.get("/icon.svg")).text == "<svg/>"
    assert (await client.get("/assets/app.js")).text == "1"
    assert "<title>" in (await client.get("/models/v1")).text


async def test_no_address_leads_out_of_the_page_folder(client: httpx.AsyncClient) -> None:
    for path in ("/../secret", "/assets/../../secret", "/%2e%2e/secret", "/assets/%2e%2e/%2e%2e/etc/passwd"):
        answer = await client.get(path)
        assert "root:" not in answer.text


async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient) -> None:
    for path in ("/", "/api/status", "/runs", "/healthz"):
        headers = (await client.get(path)).headers
        assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


async def test_an_upstream_that_is_away_is_told_in_one_sentence(frontend: Path) -> None:
    gone = Upstreams("http://127.0.0.1:9", "http://127.0.0.1:9")
    async for url in serving(gateway(frontend, gone)):
        async with httpx.AsyncClient(base_url=url) as client:
            answer = await client.get("/api/status")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "STARTING")
