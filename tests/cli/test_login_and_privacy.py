"""`larder login` and `larder privacy` as a person runs them, against a real API with accounts and a real database."""

import asyncio
import os
import stat
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import uvicorn
from audit_api_client import Api
from signing_in import larder_with_accounts, person, session_of
from slack_exports import export, post, zipped

from audit_api.accounts.secret import hashed
from larder_local.ports import free_port

pytestmark = pytest.mark.integration

PASSWORD = "four plain garden words"
Larder = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
async def api(postgres_url: str) -> AsyncIterator[Api]:
    async with larder_with_accounts(postgres_url) as found:
        password = await hashed(PASSWORD)
        await person(found, "admin", login="ann", name="Ann", password_hash=password)
        await person(found, "viewer", login="new", password_hash=password, must_change_password=True)
        yield found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
async def larder(api: Api, home: Path) -> AsyncIterator[Larder]:
    """Runs the command with a settings folder of its own; its status, and all that it printed."""
    port = free_port(0)
    server = uvicorn.Server(uvicorn.Config(api.app, port=port, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    address = {"LARDER_HOME": str(home), "LARDER_URL": f"http://127.0.0.1:{port}", "XDG_CONFIG_HOME": str(home)}
    environment = {key: value for key, value in os.environ.items() if key != "LARDER_TOKEN"} | address
    program = str(Path(sys.executable).with_name("larder"))

    async def run(*arguments: str, typed: str = "") -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            program, *arguments, env=environment | {"COLUMNS": "400"}, stdin=PIPE, stdout=PIPE, stderr=STDOUT
        )
        printed, _ = await process.communicate(typed.encode())
        return process.returncode or 0, printed.decode()

    yield run
    server.should_exit = True
    await serving


async def test_signing_in_keeps_a_token_that_only_its_owner_can_read(larder: Larder, api: Api, home: Path) -> None:
    assert "Sign in first" in (await larder("models", "list"))[1]
    wrong = await larder("login", typed="ann\nsomething else\n")
    assert (wrong[0], "larder:" in wrong[1], "something else" in wrong[1]) == (1, True, False)
    assert "Choose your own password" in (await larder("login", typed=f"new\n{PASSWORD}\n"))[1]
    done, printed = await larder("login", typed=f"ann\n{PASSWORD}\n")
    assert (done, "as admin" in printed, PASSWORD in printed) == (0, True, False)
    assert (await larder("models", "list"))[0] == 0
    assert stat.S_IMODE((home / "larder" / "tokens.json").stat().st_mode) == 0o600
    assert await api.rows("SELECT 1 FROM sessions") == []  # the session that made the token is over


async def test_a_person_is_forgotten_only_after_the_counts_and_a_yes(larder: Larder, api: Api) -> None:
    await larder("login", typed=f"ann\n{PASSWORD}\n")
    session = await session_of(api, await person(api, "auditor"))
    file = {"file": ("export.zip", zipped(export([post(1e9), post(2e9, user="U2")])))}
    assert (await api.client.post("/api/imports", files=file, headers=session)).status_code == 202
    await api.app.state.parts.imports.finish()
    for arguments, typed in ((["--dry-run"], ""), ([], "n\n")):
        done, printed = await larder("privacy", "forget", "ana", *arguments, typed=typed)
        assert (done, "Would delete 1 messages, 1 records" in printed) == (0, True)
    assert len(await api.rows("SELECT 1 FROM records")) == 2
    assert "Deleted 1 messages" in (await larder("privacy", "forget", "Ana", typed="y\n"))[1]
    assert [row.author_id for row in await api.rows("SELECT author_id FROM records")] == ["U2"]
    assert 'There is no person "Ana"' in (await larder("privacy", "forget", "Ana", "--yes"))[1]
