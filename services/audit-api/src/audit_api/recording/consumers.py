"""The consumers: each handles one message in one short transaction and is acked after the commit."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from nats.aio.client import Client
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.database import Database, is_gone
from audit_api.models_registry.publishing import NameTaken, record_published
from audit_api.recording.writing import UnknownRevision, record_completed, record_dead_letter, record_failed
from audit_api.slack.reports import record_run
from contracts import AdapterPublished, DeadLetter, ExtractionCompleted, ExtractionFailed, RunEvent
from contracts.base import Contract
from contracts.subjects import (
    DEAD_LETTERS,
    RECORDING_COMPLETED,
    RECORDING_FAILED,
    REGISTRY_PUBLISHED,
    RUN_REPORTS,
    Consumer,
)
from servicekit.consumer import Poison, Retry, consume
from servicekit.health import Health

T = TypeVar("T", bound=Contract)
Write = Callable[[AsyncSession, T], Awaitable[bool]]


async def consume_all(
    connection: Client, database: Database, *, wake_evaluation: asyncio.Event, health: Health, stop: asyncio.Event
) -> None:
    """Run every consumer of this service until `stop`, each finishing what it holds."""

    async def run(consumer: Consumer, contract: type[T], write: Write[T]) -> None:
        handle = handler(database, write, wake_evaluation)
        await consume(connection, consumer, contract, handle, health=health, stop=stop, batch=16)

    async with asyncio.TaskGroup() as consumers:
        consumers.create_task(run(RECORDING_COMPLETED, ExtractionCompleted, record_completed))
        consumers.create_task(run(RECORDING_FAILED, ExtractionFailed, record_failed))
        consumers.create_task(run(DEAD_LETTERS, DeadLetter, record_dead_letter))
        consumers.create_task(run(REGISTRY_PUBLISHED, AdapterPublished, record_published))
        consumers.create_task(run(RUN_REPORTS, RunEvent, record_run))


def handler(database: Database, write: Write[T], wake_evaluation: asyncio.Event) -> Callable[[T], Awaitable[None]]:
    """One message's effect, committed when it returns. What can never be written is poison."""

    async def handle(value: T) -> None:
        try:
            async with database.transaction() as session:
                written = await write(session, value)
        except (UnknownRevision, NameTaken) as error:
            raise Poison(str(error)) from error
        except Exception as error:
            if is_gone(error):  # not the message's fault: tried again for as long as it takes
                raise Retry(f"The database does not answer ({type(error).__name__}).") from error
            raise
        if written:
            wake_evaluation.set()

    return handle
