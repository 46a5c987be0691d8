"""After a person is forgotten no table holds their id, name or words, and what others wrote counts as before."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from audit_api_client import Api, audit_api_on, completed, extraction
from slack_exports import post, zipped

from audit_api.privacy import forgetting
from audit_api.privacy.retention import step_retention
from audit_api.recording.writing import record_completed, record_dead_letter
from contracts import DeadLetter, Span
from contracts.subjects import REQUESTED_REGEX

pytestmark = pytest.mark.integration

NADIA = {"id": "U7NADIA", "name": "nadia", "profile": {"display_name": "Nadia Ferro"}}
BO = {"id": "U2", "name": "bo", "profile": {"display_name": "Bo"}}
HERS, BOS = "C1-1000000100.000000", ("C1-1000000000.000000", "C1-1000000200.000000", "C1-1000000300.000000")
TRACES = ("u7nadia", "nadia ferro", "quomberr")
"""In small letters: her id, her name, and a word that only she wrote."""


@pytest.fixture
async def api(postgres_url: str) -> AsyncIterator[Api]:
    async with audit_api_on(postgres_url, LARDER_MIN_AUDITS=1) as found:
        yield found


def workspace(*more: dict[str, Any]) -> bytes:
    posts = [
        post(1e9, "2 cases kale from Aldi", "U2"),
        post(1e9 + 100, "5 boxes quomberries, from my porch", "U7NADIA"),
        post(1e9 + 200, "3 bags rice, thanks <@U7NADIA>", "U2"),
        post(1e9 + 300, "nadia ferro has 4 lbs beans", "U2", thread_ts=f"{1e9 + 100:.6f}"),
        *more,
    ]
    files = {
        "users.json": [NADIA, BO],
        "channels.json": [{"id": "C1", "name": "pickups"}],
        "pickups/2001-09-09.json": posts,
    }
    return zipped({name: json.dumps(content).encode() for name, content in files.items()})


async def filled(api: Api) -> None:
    """Everything that keeps something of a message."""
    assert (await api.upload(workspace()))["records"] == 4
    beans = extraction(
        "beans", 4, "lb", rescue_location="Nadia Ferro", evidence={"rescue_location": Span(start=0, end=11)}
    )
    said = {
        HERS: extraction("quomberries", 5, "box"),
        BOS[0]: extraction(),
        BOS[1]: extraction("rice", 3, "bag"),
        BOS[2]: beans,
    }
    async with api.database.transaction() as session:
        for record_id, reading in said.items():
            await record_completed(session, completed(record_id, extraction=reading))
        for record_id in (HERS, BOS[0]):
            request = json.dumps({"record_id": record_id, "text": "quomberries" if record_id == HERS else "kale"})
            await record_dead_letter(session, letter(request.encode()))
    for record_id, reading in said.items():
        await api.confirm(record_id, reading.model_dump(mode="json"))
    await api.rank()
    await api.post("/api/datasets", {"run_id": "run"}, status=201)
    for statement in (
        "INSERT INTO slack_users VALUES ('U7NADIA', 'Nadia Ferro'), ('U2', 'Bo')",
        'INSERT INTO slack_events (event_id, body) VALUES (\'E1\', \'{"user": "U7NADIA", "text": "quomberries"}\')',
        'INSERT INTO slack_events (event_id, body) VALUES (\'E2\', \'{"user": "U2", "text": "for <@U7NADIA>"}\')',
        f"INSERT INTO slack_posts VALUES ('{HERS}', 1, '1.0')",
        f"INSERT INTO leases VALUES (gen_random_uuid(), '{HERS}', 'Bo', now(), now())",
        "INSERT INTO second_opinions SELECT gen_random_uuid(), id, extraction, '{}', 'Bo' FROM audits",
        "INSERT INTO model_versions (version, sha256, state, run_id, dataset_id, dataset_sha256, manifest, about,"
        " metrics, evaluating, reference_number) SELECT 'v1', '', 'registered', 'run', id, sha256, '{}', '{}', '{}',"
        " false, 1 FROM datasets",
        "UPDATE dataset_rows SET held_out = false",
    ):
        await api.rows(f"{statement} RETURNING 1")


def letter(payload: bytes) -> DeadLetter:
    at = datetime.now(UTC)
    subject = REQUESTED_REGEX
    return DeadLetter(
        subject=subject, consumer="c", reason="r", deliveries=1, payload=base64.b64encode(payload).decode(), at=at
    )


async def everything(api: Api) -> dict[str, list[str]]:
    """Every row of every table, as text, with what is base64 read as well."""
    tables = await api.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    found = {}
    for (table,) in tables:
        rows = [row[0] for row in await api.rows(f'SELECT t::text FROM "{table}" t')]
        found[table] = sorted(rows)
    letters = await api.rows("SELECT payload FROM dead_letters")
    return found | {"letters": [base64.b64decode(row.payload).decode() for row in letters]}


async def traces(api: Api) -> dict[str, list[str]]:
    held = await everything(api)
    return {table: rows for table, rows in held.items() if any(t in row.lower() for row in rows for t in TRACES)}


async def of_bo(api: Api) -> list[Any]:
    """Whatever counts of what others wrote."""
    pounds = "SELECT sum(pounds), count(*) FROM audit_items JOIN audits a ON a.id = audit_id WHERE record_id <> :hers"
    records = "SELECT id, revision, decision, audit_id FROM records WHERE id <> :hers ORDER BY id"
    return [tuple(row) for statement in (pounds, records) for row in await api.rows(statement, hers=HERS)]


async def test_nothing_of_the_person_is_left_in_any_table_and_others_count_as_before(api: Api) -> None:
    await filled(api)
    assert len(await traces(api)) > 12  # else the search would prove nothing
    before = await of_bo(api)
    gone = await api.post("/api/privacy/forget", {"person": "nadia ferro"})
    assert await traces(api) == {}
    assert await of_bo(api) == before
    assert (gone["messages"], gone["records"], gone["readings"], gone["audits"], gone["dataset_rows"]) == (
        1,
        1,
        1,
        1,
        1,
    )
    assert gone["versions"] == ["v1"]
    assert [json.loads(it)["record_id"] for it in (await everything(api))["letters"]] == [BOS[0]]
    beans = (await api.get(f"/api/records/{BOS[2]}"))["audit"]["extraction"]
    assert beans["rescue_location"] == "█" * 11


async def test_the_list_of_who_did_what_tells_who_forgot_and_not_whom(api: Api) -> None:
    await filled(api)
    await api.client.post("/api/privacy/forget", json={"person": "U7NADIA"}, headers={"X-Larder-User": "Ann"})
    newest = (await api.get("/api/activity"))["items"][0]
    assert (newest["who"], newest["action"], newest["subject"]) == ("Ann", "forget a person", "")
    assert newest["detail"]["messages"] == 1


async def test_a_preview_says_the_same_and_changes_nothing(api: Api) -> None:
    await filled(api)
    before = await everything(api)
    told = await api.post("/api/privacy/forget/preview", {"person": "Nadia Ferro"})
    assert await everything(api) == before
    assert await api.post("/api/privacy/forget", {"person": "Nadia Ferro"}) == told


async def test_the_same_export_again_brings_nothing_back_and_changes_nothing(api: Api) -> None:
    await filled(api)
    await api.post("/api/privacy/forget", {"person": "U7NADIA"})
    before = await of_bo(api)
    again = await api.upload(workspace(post(1e9 + 150, "6 boxes quomberries", "U7NADIA")))
    assert [again[name] for name in ("messages", "records", "revisions")] == [0, 0, 0]
    assert await of_bo(api) == before
    assert await traces(api) == {}


async def test_an_end_in_between_leaves_everything(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    await filled(api)
    before = await everything(api)

    async def dies(*_: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(forgetting, "announce_change", dies)
    answer = await api.client.post("/api/privacy/forget", json={"person": "U7NADIA"})
    assert answer.status_code == 503
    assert await everything(api) == before


async def test_what_workers_still_held_is_dropped(api: Api) -> None:
    await filled(api)
    await api.post("/api/privacy/forget", {"person": "U7NADIA"})
    async with api.database.transaction() as session:
        assert not await record_completed(session, completed(HERS, extraction=extraction("quomberries")))
        request = json.dumps({"record_id": HERS, "text": "quomberries"}).encode()
        assert not await record_dead_letter(session, letter(request))
    assert await traces(api) == {}


async def test_nobody_and_several_people_of_a_name_are_refused(api: Api) -> None:
    await filled(api)
    await api.rows("INSERT INTO slack_users VALUES ('U9', 'Nadia Ferro') RETURNING 1")
    several = await api.client.post("/api/privacy/forget", json={"person": "Nadia Ferro"})
    assert (several.status_code, several.json()["error"]["code"]) == (409, "SEVERAL_PEOPLE")
    assert "U7NADIA, U9" in several.json()["error"]["message"]
    for nobody in ("Nadia", "import", "forgotten", "unknown"):
        assert (await api.client.post("/api/privacy/forget", json={"person": nobody})).status_code == 404


async def test_what_is_older_than_the_group_keeps_is_forgotten(api: Api) -> None:
    await filled(api)
    new = post(datetime.now(UTC).timestamp() - 3600, "9 cases plums", "U2")
    await api.upload(workspace(new))
    await step_retention(api.database, 30)
    (record,) = await api.rows("SELECT text FROM records")
    assert record.text == "9 cases plums"
    (note,) = await api.rows("SELECT who, action, detail FROM activity WHERE action LIKE 'forget%'")
    assert (note.who, note.detail["records"]) == ("larder", 4)
    await step_retention(api.database, 30)
    assert len(await api.rows("SELECT 1 FROM activity WHERE action LIKE 'forget%'")) == 1


async def test_a_record_whose_last_message_is_young_enough_is_kept_whole(api: Api) -> None:
    edge = datetime.now(UTC) - timedelta(days=30)
    posts = [post((edge + timedelta(minutes=m)).timestamp(), "2 cs kale", "U2") for m in (-10, 10)]
    await api.upload(workspace(*posts))
    await step_retention(api.database, 30)
    (record,) = await api.rows("SELECT text FROM records")
    assert record.text == "2 cs kale\n2 cs kale"
