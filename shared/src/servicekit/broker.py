"""Connecting to NATS and publishing. A connection is tried for ever; a publish waits for the stream's answer."""

import nats
import structlog
from nats.aio.client import Client
from nats.js.api import Header

from contracts.base import Contract

log = structlog.get_logger(__name__)


async def connect(url: str, name: str) -> Client:
    """A connection that outlives restarts of the server, and waits for one that is not there yet."""

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
    )


async def publish(connection: Client, subject: str, value: Contract, message_id: str) -> None:
    """Publish once: a second publish with the same id inside the stream's window is dropped by the server.

    Returns when the stream has stored it; raises nats.errors.Error when it has not.
    """
    await publish_bytes(connection, subject, value.model_dump_json().encode(), message_id)


async def publish_bytes(connection: Client, subject: str, payload: bytes, message_id: str) -> None:
    """As `publish`, for a payload that is serialised already."""
    await connection.jetstream().publish(subject, payload, timeout=5, headers={Header.MSG_ID.value: message_id})
