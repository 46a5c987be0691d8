"""Connecting to NATS and publishing. A connection is tried for ever; a publish waits for the stream's answer."""

import asyncio
from typing import Any

import nats
import structlog
from nats.aio.client import Client
from nats.js.api import Header
from pydantic import SecretStr

from contracts.base import Contract

log = structlog.get_logger(__name__)


class Stopped(Exception):
    """The service was told to stop while it still waited for something; it has nothing to drain."""


async def connect(
    url: str, name: str, *, password: SecretStr | None = None, stop: asyncio.Event | None = None
) -> Client:
    """A connection that outlives restarts of the server, and waits for one that is not there yet.

    With a password it is that of account `name`, whose answers come to inboxes that no other account may hear. Raises
    Stopped when `stop` is set before the server was there.
    """
    connecting = asyncio.create_task(_connect(url, name, password))
    if stop is None:
        return await connecting
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({connecting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not connecting.done():
            raise Stopped
    finally:
        stopping.cancel()
        if not connecting.done():
            connecting.cancel()
    return connecting.result()


async def _connect(url: str, name: str, password: SecretStr | None) -> Client:
    async def reconnected() -> None:
        log.info("nats reconnected")

    async def disconnected() -> None:
        log.warning("nats disconnected")

    async def failed(error: Exception) -> None:
        log.warning("nats error", error=str(error) or type(error).__name__)

    return await nats.connect(
        url,
        name=name,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.5,
        ping_interval=10,
        max_outstanding_pings=2,
        reconnected_cb=reconnected,
        disconnected_cb=disconnected,
        error_cb=failed,
        **_account(name, password),
    )


def _account(name: str, password: SecretStr | None) -> dict[str, Any]:
    if password is None:
        return {}
    return {"user": name, "password": password.get_secret_value(), "inbox_prefix": inbox_of(name)}


def inbox_of(account: str) -> str:
    """The beginning of the subjects on which an account gets its answers."""
    return f"_INBOX.{account}"


async def publish(connection: Client, subject: str, value: Contract, message_id: str) -> None:
    """Publish once: a second publish with the same id inside the stream's window is dropped by the server.

    Returns when the stream has stored it; raises nats.errors.Error when it has not.
    """
    await publish_bytes(connection, subject, value.model_dump_json().encode(), message_id)


async def publish_bytes(connection: Client, subject: str, payload: bytes, message_id: str) -> None:
    """As `publish`, for a payload that is serialised already."""
    await connection.jetstream().publish(subject, payload, timeout=5, headers={Header.MSG_ID.value: message_id})
