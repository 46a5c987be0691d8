"""The service's live connection to Slack: Socket Mode or the Events API in, history and names behind, answers out.

Without a bot token it does nothing. Every part that fails waits and tries again, and says on the page why.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from audit_api.database import Database, is_gone
from audit_api.settings import Settings
from audit_api.slack import backfill, posts, reports
from audit_api.slack.events import Bot
from audit_api.slack.inbox import store, work_off
from audit_api.slack.web import Slack, SlackAway, SlackBusy, SlackRefused
from servicekit.waiting import pause

log = structlog.get_logger(__name__)
REFRESHED = timedelta(minutes=30)
"""How often channels and names are asked for."""
PAUSE, AFTER_A_FAILURE = 1.0, 15.0
"""Seconds."""


@dataclass
class Connection:
    """What the page shows of it."""

    settings: Settings
    database: Database
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    bot: Bot | None = None
    problem: str | None = None
    refreshed_at: datetime | None = None

    @property
    def is_configured(self) -> bool:
        return self.settings.slack_bot_token is not None

    @property
    def way(self) -> str:
        """How events come."""
        if self.settings.slack_app_token is not None:
            return "socket"
        return "events" if self.settings.slack_signing_secret is not None else "none"

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; returns at once without a bot token."""
        token = self.settings.slack_bot_token
        if token is None:
            return
        slack = Slack(token.get_secret_value(), self.settings.slack_api_url)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._repeat(stop, self._work_off))
            tasks.create_task(self._repeat(stop, lambda: self._look(slack)))
            tasks.create_task(self._repeat(stop, lambda: posts.step(self.database, slack, self.settings.public_url)))
            tasks.create_task(self._repeat(stop, lambda: reports.step(self.database, slack, self.settings.public_url)))
            if self.settings.slack_app_token is not None:
                tasks.create_task(self._listen(stop))

    async def _work_off(self) -> bool:
        async with self.database.transaction() as session:
            return await work_off(session, self.settings.grouping_window_minutes, self.bot)

    async def _look(self, slack: Slack) -> bool:
        """Names first, for messages name people; then a page of history."""
        now = datetime.now(UTC)
        if self.refreshed_at is None or now - self.refreshed_at > REFRESHED:
            self.bot = await backfill.refresh(self.database, slack)
            self.refreshed_at = now
        more = await backfill.step(self.database, slack, self.settings.grouping_window_minutes, self.bot)
        self.problem = None
        return more

    async def _repeat(self, stop: asyncio.Event, step: Callable[[], Awaitable[bool]]) -> None:
        while not stop.is_set():
            wait, more = PAUSE, False
            try:
                more = await step()
            except SlackBusy as busy:
                wait = busy.after.total_seconds()
            except (SlackAway, SlackRefused) as error:
                self.problem, wait = str(error), AFTER_A_FAILURE
                log.warning("Slack waits", reason=str(error))
            except Exception as error:
                if not is_gone(error):
                    raise
            if not more:
                await pause(wait, stop, self.wake)
                self.wake.clear()

    async def _listen(self, stop: asyncio.Event) -> None:
        """Socket Mode: slack_sdk keeps the connection, and opens it anew when it breaks."""
        app_token = self.settings.slack_app_token
        assert app_token is not None  # noqa: S101 - asked for by the caller
        web = AsyncWebClient(base_url=self.settings.slack_api_url)
        client = SocketModeClient(app_token=app_token.get_secret_value(), web_client=web)
        client.socket_mode_request_listeners.append(self._received)
        try:
            while not stop.is_set():
                try:
                    await client.connect()  # type: ignore[no-untyped-call]
                    await stop.wait()
                except Exception as error:  # noqa: BLE001 - whatever breaks the way in is told, and tried again
                    self.problem = f"Socket Mode does not connect ({type(error).__name__}); check the app token."
                    await pause(AFTER_A_FAILURE, stop)
        finally:
            await client.close()  # type: ignore[no-untyped-call]

    async def _received(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Stored first; acknowledged only then, so that Slack sends it again when storing failed."""
        if request.type == "events_api":
            await self.receive(request.payload)
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))

    async def receive(self, envelope: dict[str, object]) -> None:
        """Store an event from either way in."""
        async with self.database.transaction() as session:
            await store(session, envelope)
        self.wake.set()
