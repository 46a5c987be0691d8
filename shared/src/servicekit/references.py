"""Following the group's reference (directory and tables) in the key-value bucket."""

import asyncio
from datetime import timedelta

import structlog
from nats.aio.client import Client
from nats.js.errors import BucketNotFoundError, KeyNotFoundError

from contracts import Reference
from contracts.subjects import CURRENT_KEY, REFERENCE_BUCKET

log = structlog.get_logger(__name__)


class ReferenceWatch:
    """The newest reference that this process has seen; read again when a request names another version."""

    def __init__(self, connection: Client) -> None:
        self._connection = connection
        self.current = Reference()
        self._version = self.current.version
        self._given_up: set[str] = set()
        self._read_at = 0.0

    async def start(self) -> None:
        await self._read()

    async def at_least(self, version: str, patience: timedelta = timedelta(seconds=2)) -> Reference:
        """The reference of that version; the newest known when it does not come in time, or was replaced since.

        A version that did not come is not waited for again (a backlog may name an old one in every message); whether
        there is a newer one is then asked once a second.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + (0 if version in self._given_up else patience.total_seconds())
        while self._version != version and (clock() < deadline or clock() - self._read_at > 1):
            await self._read()
            if self._version != version and clock() < deadline:
                await asyncio.sleep(0.1)
        if self._version != version:
            self._given_up.add(version)
        return self.current

    @property
    def version(self) -> str:
        return self._version

    async def _read(self) -> None:
        self._read_at = asyncio.get_running_loop().time()
        try:
            bucket = await self._connection.jetstream().key_value(REFERENCE_BUCKET)
            entry = await bucket.get(CURRENT_KEY)
        except (BucketNotFoundError, KeyNotFoundError):  # audit-api has not published one yet
            return
        self.current = Reference.model_validate_json(entry.value or b"")
        if self.current.version != self._version:
            self._version = self.current.version
            log.info("reference read", reference_version=self._version)
