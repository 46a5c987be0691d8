"""The real nats-server refuses each account what is not its service's business."""

import asyncio

import nats as nats_py
import pytest
from nats.aio.client import Client

from larder_local.keys import Keys
from larder_local.servers import Server
from servicekit.access import ACCOUNTS, ADMINISTRATOR
from servicekit.broker import inbox_of

AUDIT, REGEX, WORKER, TRAINER = "audit-api", "regex-extractor", "inference-worker", "trainer-orchestrator"
NAMES = tuple(account.name for account in ACCOUNTS)

MAY_PUBLISH = {
    "extraction.requested.regex": {AUDIT},
    "extraction.requested.peft": {AUDIT},
    "extraction.requested.peft-now": {AUDIT},
    "extraction.completed.regex": {AUDIT, REGEX},
    "extraction.completed.peft": {AUDIT, WORKER},
    "extraction.failed.regex": {AUDIT, REGEX},
    "extraction.failed.peft": {AUDIT, WORKER},
    "audit.recorded": {AUDIT},
    "run.event.1": {TRAINER},
    "adapter.published": {AUDIT, TRAINER},
    "model.activated": {AUDIT},
    "dead.extraction.requested.regex": {AUDIT, REGEX},
    "dead.extraction.requested.peft": {AUDIT, WORKER},
    "dead.extraction.requested.peft-now": {AUDIT, WORKER},
    "dead.adapter.published": {AUDIT},
    "$KV.models.active": {AUDIT},
    "$KV.reference.current": {AUDIT},
    "$O.adapters.M.x": {TRAINER},
    "$JS.API.CONSUMER.MSG.NEXT.EXTRACTION_REQUESTS.regex-extractor": {REGEX},
    "$JS.API.CONSUMER.MSG.NEXT.EXTRACTION_REQUESTS.inference-worker": {WORKER},
    "$JS.API.CONSUMER.MSG.NEXT.EXTRACTION_REQUESTS.inference-worker-now": {WORKER},
    "$JS.API.CONSUMER.MSG.NEXT.EXTRACTION_RESULTS.recording-completed": {AUDIT},
    "$JS.API.STREAM.INFO.KV_models": {AUDIT, WORKER},
    "$JS.API.STREAM.INFO.KV_reference": {AUDIT, REGEX, WORKER},
    "$JS.API.STREAM.MSG.GET.OBJ_adapters": {AUDIT, WORKER, TRAINER},
    "$JS.API.STREAM.MSG.GET.AUDITS": set(),
    "$JS.API.STREAM.CREATE.SPY": {AUDIT},
    "$JS.API.STREAM.DELETE.AUDITS": set(),
    "$JS.API.STREAM.PURGE.EXTRACTION_REQUESTS": set(),
    "$JS.API.STREAM.PURGE.OBJ_adapters": {TRAINER},
    "$JS.API.STREAM.MSG.DELETE.AUDITS": set(),
    "$JS.API.CONSUMER.DELETE.EXTRACTION_REQUESTS.regex-extractor": set(),
    "$JS.API.ACCOUNT.PURGE.x": set(),
    "$SYS.REQ.SERVER.PING": set(),
    "anything.else": set(),
}
"""What follows from the flow of a message, written down a second time and by hand."""


class Session:
    """One connection as an account, and what the server refused it."""

    def __init__(self, connection: Client, refused: list[str]) -> None:
        self.connection = connection
        self._refused = refused

    async def refusals(self) -> list[str]:
        await self.connection.flush()
        await asyncio.sleep(0.05)
        return self._refused


async def session(server: Server, keys: Keys, account: str) -> Session:
    refused: list[str] = []

    async def note(error: Exception) -> None:
        refused.append(str(error).lower())

    url = f"nats://127.0.0.1:{server.port}"
    connection = await nats_py.connect(
        url, user=account, password=keys.password(account, "nats"), error_cb=note, allow_reconnect=False
    )
    return Session(connection, refused)


@pytest.mark.parametrize("account", NAMES)
async def test_an_account_publishes_exactly_what_its_service_announces(
    account: str, nats: Client, nats_server: Server, keys: Keys
) -> None:
    asking = await session(nats_server, keys, account)
    for subject in MAY_PUBLISH:
        await asking.connection.publish(subject, b"{}")
    refused = " ".join(await asking.refusals())
    await asking.connection.close()
    assert {subject for subject in MAY_PUBLISH if f'"{subject.lower()}"' not in refused} == {
        subject for subject, allowed in MAY_PUBLISH.items() if account in allowed
    }


@pytest.mark.parametrize("account", NAMES)
async def test_an_account_hears_its_own_answers_and_nothing_else(
    account: str, nats: Client, nats_server: Server, keys: Keys
) -> None:
    asking = await session(nats_server, keys, account)
    others = [f"{inbox_of(name)}.>" for name in (*NAMES, ADMINISTRATOR) if name != account]
    forbidden = [">", "_INBOX.>", "extraction.>", "$KV.>", "$O.>", "$JS.>", "$SYS.>", *others]
    await asking.connection.subscribe(f"{inbox_of(account)}.>")
    for subject in forbidden:
        await asking.connection.subscribe(subject)
    refused = " ".join(await asking.refusals())
    await asking.connection.close()
    assert [subject for subject in forbidden if f'"{subject.lower()}"' not in refused] == []
    assert f'"{inbox_of(account)}.>"' not in refused


@pytest.mark.parametrize("credentials", [{}, {"user": AUDIT, "password": "guess"}, {"user": "nobody", "password": ""}])
async def test_nobody_connects_without_the_right_password(nats_server: Server, credentials: dict[str, str]) -> None:
    async def ignore(_: Exception) -> None:
        """The connection's own error is what counts."""

    with pytest.raises(nats_py.errors.Error, match=r"(?i)authorization"):
        await nats_py.connect(
            f"nats://127.0.0.1:{nats_server.port}", allow_reconnect=False, error_cb=ignore, **credentials
        )
