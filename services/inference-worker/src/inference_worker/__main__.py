"""Start the inference worker: `python -m inference_worker`. Drains what it holds on SIGTERM, then exits."""

import asyncio
import sys
from contextlib import suppress

import structlog

from contracts import ExtractionRequested
from contracts.subjects import INFERENCE_WORKER, INFERENCE_WORKER_NOW
from inference_worker.canary import read_golden_messages
from inference_worker.depot import Depot
from inference_worker.engines.base import BaseModelError
from inference_worker.engines.opening import open_engine
from inference_worker.follow import Follower
from inference_worker.generations import Generations
from inference_worker.model_thread import ModelThread
from inference_worker.settings import Settings
from inference_worker.worker import Worker
from servicekit.broker import Stopped, connect
from servicekit.consumer import consume_batches
from servicekit.health import Health, health_app, serve, stop_on_signals
from servicekit.logs import configure_logs
from servicekit.objects import object_store
from servicekit.references import ReferenceWatch

LOOKED_AT = 2
"""Requests of people who look that are read together: the first should not wait for many."""
log = structlog.get_logger("inference_worker")


def main() -> None:
    settings = Settings()
    configure_logs("inference-worker", settings.log_format)
    try:
        asyncio.run(run(settings))
    except BaseModelError as error:
        sys.exit(str(error))


async def run(settings: Settings) -> None:
    """Serve health at once, load the base model, then follow the active model and read until told to stop."""
    stop, health = stop_on_signals(), Health()
    health.set_ready("base model", False, problem="is being loaded")
    health.set_ready(INFERENCE_WORKER.name, False, problem="has not fetched yet")
    serving = asyncio.create_task(serve(health_app(health), settings.host, settings.port, stop))
    try:
        with suppress(Stopped):
            await work(settings, health, stop)
    finally:
        stop.set()
        await serving


async def work(settings: Settings, health: Health, stop: asyncio.Event) -> None:
    thread = ModelThread()
    engine = await thread.run(open_engine, settings.base_model, settings.wishes)
    health.set_ready("base model", True)
    connection = await connect(settings.nats_url, "inference-worker", password=settings.nats_password, stop=stop)
    objects = object_store(settings.object_store, connection, settings.object_store_secret)
    depot = Depot(objects, settings.home.expanduser(), engine.rules)
    depot.clean()
    references = ReferenceWatch(connection)
    await references.start()
    generations = Generations(engine, depot.fetch, read_golden_messages, thread)
    follower = Follower(connection, generations, health)
    worker = Worker(connection, engine, thread, generations, follower, references, settings.patience)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(follower.run(stop))
            tasks.create_task(
                consume_batches(connection, INFERENCE_WORKER, ExtractionRequested, worker.handle,
                                health=health, stop=stop, batch=settings.batch)
            )  # fmt: skip
            tasks.create_task(
                consume_batches(connection, INFERENCE_WORKER_NOW, ExtractionRequested, worker.handle,
                                health=health, stop=stop, batch=LOOKED_AT)
            )  # fmt: skip
    finally:
        thread.close()
        await connection.drain()


if __name__ == "__main__":
    main()
