"""Start the regex extractor: `python -m regex_extractor`. Drains what it holds on SIGTERM, then exits."""

import asyncio
from contextlib import suppress

from contracts import ExtractionRequested
from contracts.subjects import REGEX_EXTRACTOR
from regex_extractor.settings import Settings
from regex_extractor.worker import Worker
from servicekit.broker import Stopped, connect
from servicekit.consumer import consume
from servicekit.health import Health, health_app, serve, stop_on_signals
from servicekit.logs import configure_logs
from servicekit.references import ReferenceWatch


def main() -> None:
    settings = Settings()
    configure_logs("regex-extractor", settings.log_format)
    asyncio.run(run(settings))


async def run(settings: Settings) -> None:
    """Serve health at once, connect, then read until told to stop."""
    stop, health = stop_on_signals(), Health()
    health.set_ready(REGEX_EXTRACTOR.name, False, problem="is connecting to the broker")
    serving = asyncio.create_task(serve(health_app(health), settings.host, settings.port, stop))
    try:
        with suppress(Stopped):
            await work(settings, health, stop)
    finally:
        stop.set()
        await serving


async def work(settings: Settings, health: Health, stop: asyncio.Event) -> None:
    connection = await connect(settings.nats_url, "regex-extractor", password=settings.nats_password, stop=stop)
    try:
        references = ReferenceWatch(connection)
        await references.start()
        worker = Worker(connection, references)
        await consume(connection, REGEX_EXTRACTOR, ExtractionRequested, worker.handle, health=health, stop=stop)
    finally:
        await connection.drain()


if __name__ == "__main__":
    main()
