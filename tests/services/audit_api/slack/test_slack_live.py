"""Live Slack against a fake of it: events, history, misbehaviour, answers, and what an admin chooses."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from audit_api_client import Api, audit_api_on, extraction
from fake_slack import APP_TOKEN, SECRET, TOKEN, FakeSlack, event, fake_slack, refusal, signed, too_fast

from audit_api.models import ModelVersion
from audit_api.slack import backfill, posts, reports
from audit_api.slack.events import Bot
from audit_api.slack.inbox import work_off
from audit_api.slack.web import Slack
from contracts import RunEvent, RunState
from tests_support import eventually

pytestmark = pytest.mark.integration
WINDOW = 30
BOT = Bot("UBOT", "BBOT")
OLD = 1_700_000_000


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with fake_slack() as found:
        yield found


@pytest.fixture
async def api(postgres_url: str, slack: FakeSlack) -> AsyncIterator[Api]:
    """Reads C1; its steps are driven by the test."""
    settings = {"SLACK_SIGNING_SECRET": SECRET, "SLACK_BOT_TOKEN": TOKEN, "LARDER_SLACK_API_URL": f"{slack.url}/api/"}
    async with audit_api_on(postgres_url, **settings) as found:
        await backfill.refresh(found.database, client(slack))
        await choose(found, reading=True)
        yield found


def client(slack: FakeSlack) -> Slack:
    return Slack(TOKEN, f"{slack.url}/api/")


async def choose(api: Api, **choice: Any) -> dict[str, Any]:
    answer = await api.client.patch("/api/slack/channels/C1", json=choice)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def deliver(api: Api, envelope: dict[str, Any], **headers: str) -> int:
    body = json.dumps(envelope).encode()
    answer = await api.client.post("/api/slack/events", content=body, headers={**signed(body), **headers})
    return answer.status_code


async def work(api: Api) -> None:
    async with api.database.transaction() as session:
        while await work_off(session, WINDOW, BOT):
            pass


async def texts(api: Api) -> list[str]:
    return [item["text"] for item in (await api.get("/api/records", audit="all"))["items"]]


async def read_history(api: Api, slack: FakeSlack) -> None:
    for _ in range(20):
        await api.rows("UPDATE slack_channels SET wait_until = NULL RETURNING 1")
        if not await backfill.step(api.database, client(slack), WINDOW, BOT):
            return


def said(ts: float, text: str, user: str = "U1", **fields: Any) -> dict[str, Any]:
    return {"type": "message", "user": user, "ts": f"{ts:.6f}", "text": text, **fields}


async def test_a_message_becomes_a_record_that_is_read(api: Api) -> None:
    assert await deliver(api, event("E1", user="U1", ts="1700000000.000100", text="2 cs kale for <@U2>")) == 200
    assert await texts(api) == []
    await work(api)
    assert await texts(api) == ["2 cs kale for @bo"]
    assert len(await api.outbox("extraction.requested.regex")) == 1
    assert await api.rows("SELECT 1 FROM slack_events WHERE body IS NOT NULL") == []


async def test_an_event_that_slack_sends_again_changes_nothing(api: Api) -> None:
    for attempt in ("0", "1", "2"):
        again = event("E1", user="U1", ts="1700000000.000100", text="2 cs kale")
        assert await deliver(api, again, **{"x-slack-retry-num": attempt}) == 200
        await work(api)
    assert (await api.rows("SELECT count(*) FROM message_revisions"))[0][0] == 1


@pytest.mark.parametrize(("headers", "why"), [
    ({}, "unsigned"),
    ({"x-slack-signature": "v0=00"}, "wrong signature"),
    ({"x-slack-request-timestamp": "yesterday"}, "no time"),
    ({"x-slack-request-timestamp": str(int(time.time()) + 60)}, "signed for another time"),
    ({"x-slack-signature": "é"}, "not ASCII"),
])  # fmt: skip
async def test_what_slack_did_not_sign_is_refused(api: Api, headers: dict[str, str], why: str) -> None:
    body = json.dumps(event("E1", user="U1", ts="1.0", text="x")).encode()
    sent = {k: v.encode() for k, v in {**({} if why == "unsigned" else signed(body)), **headers}.items()}
    answer = await api.client.post("/api/slack/events", content=body, headers=sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "NOT_FROM_SLACK"), why


@pytest.mark.parametrize("headers_of", [
    lambda body: signed(body, at=time.time() - 600),
    lambda body: signed(body, secret="another"),
    lambda body: signed(body + b" "),
])  # fmt: skip
async def test_stale_forged_and_altered_requests_are_refused(api: Api, headers_of: Any) -> None:
    body = json.dumps(event("E1", user="U1", ts="1.0", text="x")).encode()
    assert (await api.client.post("/api/slack/events", content=body, headers=headers_of(body))).status_code == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 100_000, b'"x"'])
async def test_signed_nonsense_is_refused(api: Api, body: bytes) -> None:
    assert (await api.client.post("/api/slack/events", content=body, headers=signed(body))).status_code == 400


async def test_slacks_challenge_is_answered(api: Api) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1a"}).encode()
    answer = await api.client.post("/api/slack/events", content=body, headers=signed(body))
    assert answer.json()["challenge"] == "3eZbrw1a"


async def test_a_channel_that_nobody_chose_is_not_kept(api: Api) -> None:
    await choose(api, reading=False)
    await deliver(api, event("E1", user="U1", ts="1700000000.000100", text="private"))
    assert await api.rows("SELECT 1 FROM slack_events") == []


async def test_edits_and_deletions_follow_in_whatever_order_they_come(api: Api) -> None:
    first = said(OLD, "2 cs kale")
    newer = {**first, "text": "4 cs kale", "edited": {"user": "U1", "ts": "1700000200.000000"}}
    older = {**first, "text": "3 cs kale", "edited": {"user": "U1", "ts": "1700000100.000000"}}
    for number, entry in enumerate((newer, older)):
        await deliver(api, event(f"E{number}", subtype="message_changed", message=entry, ts="1700000300.0"))
    await deliver(api, {**event("E8"), "event": {**first, "channel": "C1"}})
    await work(api)
    assert await texts(api) == ["4 cs kale"]
    await deliver(api, event("E9", subtype="message_deleted", deleted_ts=first["ts"], ts="1700000400.0"))
    await work(api)
    assert await texts(api) == []


async def test_a_message_that_comes_after_its_deletion_stays_deleted(api: Api) -> None:
    await deliver(api, event("E1", subtype="message_deleted", deleted_ts=f"{OLD}.000000", ts="1700000400.0"))
    await work(api)
    await deliver(api, {**event("E2"), "event": {**said(OLD, "2 cs kale"), "channel": "C1"}})
    await work(api)
    assert await texts(api) == []


async def test_joins_and_the_bots_own_posts_are_nobodys_words_and_other_bots_are_read(api: Api) -> None:
    for number, fields in enumerate((
        {"subtype": "channel_join", "user": "U1", "text": "joined"},
        {"user": "UBOT", "text": "Read: 2 cases kale"},
        {"subtype": "bot_message", "bot_id": "BBOT", "text": "Read: 2 cases kale"},
        {"subtype": "bot_message", "bot_id": "B7", "text": "3 boxes figs"},
    )):  # fmt: skip
        await deliver(api, event(f"E{number}", ts=f"{OLD + number * 9000}.000000", **fields))
    await work(api)
    assert await texts(api) == ["3 boxes figs"]


async def test_a_live_message_joins_the_record_that_its_neighbours_are(api: Api) -> None:
    for number, minutes in enumerate((0, 20, 300, 10)):
        entry = said(OLD + minutes * 60, f"line {minutes}")
        await deliver(api, {**event(f"E{number}"), "event": {**entry, "channel": "C1"}})
        await work(api)
    assert await texts(api) == ["line 0\nline 10\nline 20", "line 300"]


async def test_history_is_read_page_by_page_with_threads_and_goes_on_where_it_stopped(api: Api, slack) -> None:
    slack.messages["C1"] = [said(OLD + n * 9000, f"post {n}") for n in range(5)]
    slack.messages["C1"][1] |= {"reply_count": 3, "thread_ts": slack.messages["C1"][1]["ts"]}
    parent = slack.messages["C1"][1]
    replies = [said(OLD + 9001 + n, f"reply {n}", user="U2", thread_ts=parent["ts"]) for n in range(3)]
    slack.replies[parent["ts"]] = [parent, *replies]
    assert await backfill.step(api.database, client(slack), WINDOW, BOT)
    state = (await api.get("/api/slack"))["channels"][0]
    assert (state["history"], state["fetched"]) == ("running", 2)
    await read_history(api, slack)
    assert sorted(await texts(api)) == [*(f"post {n}" for n in range(5)), "reply 0\nreply 1\nreply 2"]
    assert [call.get("cursor") for call in slack.asked("conversations.history")] == [None, "2", "4"]
    assert (await api.get("/api/slack"))["channels"][0]["history"] == "done"


async def test_reading_history_again_changes_nothing(api: Api, slack: FakeSlack) -> None:
    slack.messages["C1"] = [said(OLD, "2 cs kale")]
    await read_history(api, slack)
    await choose(api, history="wanted")
    await read_history(api, slack)
    assert (await api.rows("SELECT count(*) FROM message_revisions"))[0][0] == 1


async def test_slack_that_asks_to_wait_is_left_alone_that_long(api: Api, slack: FakeSlack) -> None:
    slack.messages["C1"] = [said(OLD, "2 cs kale")]
    slack.faults["conversations.history"] = [lambda: too_fast(90)]
    assert await backfill.step(api.database, client(slack), WINDOW, BOT)
    assert not await backfill.step(api.database, client(slack), WINDOW, BOT)
    assert len(slack.asked("conversations.history")) == 1
    (row,) = await api.rows("SELECT wait_until - now() > interval '80 s' AS waits FROM slack_channels")
    assert row.waits
    await read_history(api, slack)
    assert await texts(api) == ["2 cs kale"]


@pytest.mark.parametrize("fault", [lambda: refusal("internal_error", 500), lambda: refusal("fatal_error", 503)])
async def test_a_failing_slack_loses_no_page(api: Api, slack: FakeSlack, fault: Any) -> None:
    slack.messages["C1"] = [said(OLD + n * 9000, f"post {n}") for n in range(4)]
    slack.faults["conversations.history"] = [fault, fault]
    await read_history(api, slack)
    assert len(await texts(api)) == 4


@pytest.mark.parametrize(("error", "sentence"), [
    ("token_expired", "install the app again"),
    ("not_in_channel", "/invite @Larder"),
    ("some_new_error", "some_new_error"),
])  # fmt: skip
async def test_what_needs_a_person_is_said_and_not_tried_for_ever(api: Api, slack: FakeSlack, error, sentence) -> None:
    slack.faults["conversations.history"] = [lambda: refusal(error)]
    await backfill.step(api.database, client(slack), WINDOW, BOT)
    state = (await api.get("/api/slack"))["channels"][0]
    assert sentence in state["problem"]
    assert not await backfill.step(api.database, client(slack), WINDOW, BOT)


async def test_socket_mode_stores_before_it_acknowledges_and_comes_back_when_it_breaks(postgres_url, slack) -> None:
    settings = {"SLACK_APP_TOKEN": APP_TOKEN, "SLACK_BOT_TOKEN": TOKEN, "LARDER_SLACK_API_URL": f"{slack.url}/api/"}
    async with audit_api_on(postgres_url, **settings) as api:
        await backfill.refresh(api.database, client(slack))
        await choose(api, reading=True)
        stop = asyncio.Event()
        running = asyncio.create_task(api.app.state.parts.slack.run(stop))
        for number in range(2):
            entry = {**said(OLD + number * 9000, f"post {number}"), "channel": "C1"}
            await slack.send(f"envelope-{number}", {**event(f"E{number}"), "event": entry})
            await eventually(lambda n=number: f"envelope-{n}" in slack.acknowledged, 60)
            assert len(await api.rows("SELECT 1 FROM slack_events")) == number + 1
            await slack.break_sockets()

        async def both_are_read() -> bool:
            return sorted(await texts(api)) == ["post 0", "post 1"]

        await eventually(both_are_read, 60)
        stop.set()
        await asyncio.wait_for(running, 30)


async def test_the_bot_answers_once_where_it_was_asked_to_and_changes_its_answer(api: Api, slack: FakeSlack) -> None:
    now = time.time()
    await deliver(api, {**event("E1"), "event": {**said(now, "2 cases kale"), "channel": "C1"}})
    await work(api)
    record = (await api.get("/api/records", audit="all"))["items"][0]["id"]
    await read(api, record, 1)
    assert not await posts.step(api.database, client(slack), "https://larder.example")
    await choose(api, posting=True)
    assert await posts.step(api.database, client(slack), "https://larder.example")
    assert not await posts.step(api.database, client(slack), "https://larder.example")
    (post,) = slack.posts
    assert post["thread_ts"] == f"{now:.6f}"
    assert post["text"].startswith("Read: 2 cases kale. <https://larder.example/")
    edited = {**said(now, "3 cases kale"), "edited": {"ts": f"{now + 1:.6f}"}}
    await deliver(api, event("E2", subtype="message_changed", message=edited, ts=f"{now + 1:.6f}"))
    await work(api)
    await read(api, record, 2)
    assert await posts.step(api.database, client(slack), "https://larder.example")
    assert slack.calls[-1][0] == "chat.update"


async def test_what_the_autopilot_trained_is_told_once_it_is_judged_and_only_where_that_was_asked_for(
    api: Api, slack: FakeSlack
) -> None:
    async def tell() -> list[str]:
        while await reports.step(api.database, client(slack), "https://larder.example"):
            pass
        return [post["text"] for post in slack.posts]

    await end(api, "unasked", RunState.DONE)
    await choose(api, reports=True)
    for _ in range(2):  # events come at least once
        await end(api, "v1", RunState.TRAINING)
        await end(api, "v1", RunState.DONE)
        await end(api, "mine", RunState.DONE, by="person")
    await model(api, "v1", state="evaluating", evaluating=True)
    assert await tell() == []
    await api.rows(
        "UPDATE model_versions SET evaluating = false, state = 'active', reason = 'Better <!channel>.' RETURNING 1"
    )
    told = "The autopilot trained v1; it serves now. Better &lt;!channel&gt;. <https://larder.example/models|Figures>"
    assert await tell() == [told]
    await end(api, "v2", RunState.FAILED, reason="NO_CAPACITY: Lambda has no fitting machine free now.")
    failed = "The autopilot trained no new version: Lambda has no fitting machine free now. "
    assert await tell() == [told, failed + "<https://larder.example/models|Models>"]
    assert "thread_ts" not in slack.posts[0]


async def end(api: Api, version: str, state: RunState, by: str = "autopilot", reason: str | None = None) -> None:
    at = datetime.now(UTC)
    event_ = RunEvent(run_id=f"run-{version}", version=version, state=state, at=at, by=by, reason=reason)
    async with api.database.transaction() as session:
        await reports.record_run(session, event_)


async def model(api: Api, version: str, **fields: Any) -> None:
    row = {"manifest": {}, "about": {}, "metrics": {}, "dataset_sha256": "d", "reference_number": 1, **fields}
    async with api.database.transaction() as session:
        session.add(ModelVersion(version=version, sha256="s", run_id=f"run-{version}", **row))


async def read(api: Api, record: str, revision: int) -> None:
    await api.rows(
        "INSERT INTO readings (record_id, revision, method, version, extraction, reference_number) "
        "VALUES (:record, :revision, 'regex', '1', CAST(:extraction AS jsonb), 1) RETURNING 1",
        record=record, revision=revision, extraction=extraction().model_dump_json(),
    )  # fmt: skip


def test_a_message_cannot_make_the_bot_mention_everybody() -> None:
    text = posts.sentence(extraction(name="<!channel> kale"), "https://larder.example")
    assert "<!channel>" not in text
    assert "&lt;!channel&gt; kale" in text
