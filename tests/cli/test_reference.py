"""`larder directory` and `larder tables` as a person runs them, against a real API and database."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import uvicorn
from audit_api_client import Api, audit_api_on

from larder_local.ports import free_port
from reading.derive import DEFAULT_TABLES
from reading.sheets import read_directory, read_tables

pytestmark = pytest.mark.integration

Larder = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture(scope="module")
async def api(postgres_url: str) -> AsyncIterator[Api]:
    async with audit_api_on(postgres_url) as found:
        yield found


@pytest.fixture(scope="module")
async def larder(api: Api, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Larder]:
    """Runs the command; its status, and all that it printed."""
    port, home = free_port(0), tmp_path_factory.mktemp("home")
    server = uvicorn.Server(uvicorn.Config(api.app, port=port, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    environment = os.environ | {
        "LARDER_HOME": str(home),
        "LARDER_URL": f"http://127.0.0.1:{port}",
        "COLUMNS": "200",
    }

    async def run(*arguments: str | Path) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("larder")),
            *map(str, arguments),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await process.communicate()
        return process.returncode or 0, printed.decode()

    yield run
    server.should_exit = True
    await serving


async def test_places_are_added_listed_exported_edited_and_removed(larder: Larder, tmp_path: Path) -> None:
    assert (await larder("directory", "add", "The Shed", "--kind", "home"))[0] == 0
    assert (await larder("directory", "add", "Lantern Fridge", "--kind", "drop_off", "--alias", "lantern"))[0] == 0
    sheet = tmp_path / "places.csv"
    assert (await larder("directory", "export", "--output", sheet)) == (0, "")
    sheet.write_text(sheet.read_text() + "Quay,rescue,quay mkt; the quay\n")
    assert "The directory has 3 places (before: 2)" in (await larder("directory", "import", sheet))[1]
    assert "removed" not in (await larder("directory", "remove", "Quay"))[1]
    status, printed = await larder("directory", "export")
    assert (status, list(read_directory(printed).places)) == (0, ["The Shed", "Lantern Fridge"])
    status, printed = await larder("directory", "add", "Second Shed", "--kind", "home")
    assert (status, "Only one place can be home" in printed) == (1, True)


async def test_an_alias_shows_the_messages_that_it_fixes(larder: Larder, api: Api) -> None:
    lines = [json.dumps({"id": "r1", "text": "LF took\n3 boxes pears"}), json.dumps({"id": "r2", "text": "bread"})]
    assert (await api.upload("\n".join(lines).encode()))["state"] == "done"
    assert (await larder("directory", "add", "Moon Fridge", "--kind", "drop_off", "--alias", "moon"))[0] == 0
    status, printed = await larder("directory", "alias", "LF", "moon", "--dry-run")
    assert (status, "r1  LF took" in printed, "Messages that it fixes: 1;" in printed) == (0, True, True)
    assert "LF" not in (await api.get("/api/directory"))["Moon Fridge"]["aliases"]
    assert (await larder("directory", "alias", "LF", "moon"))[0] == 0
    assert "LF" in (await api.get("/api/directory"))["Moon Fridge"]["aliases"]
    status, printed = await larder("directory", "alias", "LF", "Nowhere")
    assert (status, 'There is no place "Nowhere"' in printed) == (1, True)
    assert (await larder("directory", "remove", "Moon Fridge"))[0] == 0


async def test_tables_are_previewed_and_saved_only_on_a_yes(larder: Larder, api: Api, tmp_path: Path) -> None:
    assert (await api.upload(json.dumps({"id": "r3", "text": "2 cases kale"}).encode()))["state"] == "done"
    await api.confirm("r3", {"sections": [{"items": [{"name": "kale", "quantity": 2, "unit": "case"}]}]})
    sheet = tmp_path / "tables.csv"
    assert (await larder("tables", "export", "--output", sheet))[0] == 0
    assert read_tables(sheet.read_text()) == DEFAULT_TABLES
    sheet.write_text(sheet.read_text() + "item weight,kale,case,11\n")
    status, printed = await larder("tables", "preview", sheet)
    assert (status, "Items that change: 1, in audited messages: 1" in printed) == (0, True)
    assert (await larder("tables", "import", sheet))[0] == 1  # nobody answers
    assert (await api.get("/api/tables"))["item_units"].get("kale") is None
    assert (await larder("tables", "import", sheet, "--yes"))[0] == 0
    assert (await api.get("/api/stats"))["pounds"] == 22


async def test_a_wrong_file_is_refused_in_one_sentence(larder: Larder, tmp_path: Path) -> None:
    sheet = tmp_path / "tables.csv"
    sheet.write_text("what,name,unit,value\nunit weight,,case,much\n")
    status, printed = await larder("tables", "import", sheet, "--yes")
    assert (status, 'Line 2 has the weight "much"' in printed, "Traceback" in printed) == (1, True, False)
    status, printed = await larder("directory", "import", tmp_path / "none.csv")
    assert (status, "cannot be read" in printed) == (1, True)
