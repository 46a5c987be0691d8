"""Imports over HTTP, into a real database."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from audit_api_client import Api, audit_api_on
from slack_exports import export, post, zipped

from audit_api.intake.jobs import ImportJobs

pytestmark = pytest.mark.integration

EXPORT = [
    post(1000, "Picked up from Quay &amp; Sons:"),
    post(1060, "2 cs kale"),
    post(2000, "thanks <@U1>!", user="U2"),
]


async def counts(api: Api) -> tuple[int, ...]:
    tables = ("messages", "message_revisions", "records", "record_revisions", "audits")
    return tuple([(await api.rows(f"SELECT count(*) FROM {table}"))[0][0] for table in tables])


async def test_an_export_becomes_records_and_requests_for_readings(api: Api) -> None:
    done = await api.upload(zipped(export(EXPORT)), "export.zip")
    assert (done["state"], done["done"], done["total"]) == ("done", 3, 3)
    assert (done["messages"], done["records"], done["revisions"], done["error"]) == (3, 2, 0, None)
    page = await api.get("/api/records", audit="unaudited")
    assert [(item["id"], item["text"]) for item in page["items"]] == [
        ("C1-1000.000000", "Picked up from Quay & Sons:\n2 cs kale"),
        ("C1-2000.000000", "thanks @Ana!"),
    ]
    requests = await api.outbox("extraction.requested.regex")
    assert [(request["record_id"], request["revision"]) for request in requests] == [
        ("C1-1000.000000", 1),
        ("C1-2000.000000", 1),
    ]
    (reference,) = {request["reference_version"] for request in requests}
    assert reference == (await api.rows("SELECT version FROM reference_versions"))[0][0]


async def test_importing_again_changes_nothing(api: Api) -> None:
    await api.upload(zipped(export(EXPORT)))
    before = await counts(api)
    again = await api.upload(zipped(export(EXPORT)))
    assert (again["messages"], again["records"], again["revisions"]) == (0, 0, 0)
    assert await counts(api) == before
    assert len(await api.outbox("extraction.requested.regex")) == 2


async def test_an_edit_reopens_the_record_and_has_it_read_again(api: Api) -> None:
    await api.upload(zipped(export(EXPORT)))
    await api.confirm("C1-1000.000000", {"direction": "inbound"})
    edited = post(1060, "3 cs kale", edited={"user": "U1", "ts": "9000.000000"})
    done = await api.upload(zipped(export([EXPORT[0], edited, EXPORT[2]])))
    assert (done["messages"], done["records"], done["revisions"]) == (0, 0, 1)
    record = await api.get("/api/records/C1-1000.000000")
    assert (record["revision"], record["text"]) == (2, "Picked up from Quay & Sons:\n3 cs kale")
    assert (record["audited"], record["audit"], record["earlier_audit"]["revision"]) == (False, None, 1)
    assert (await api.outbox("extraction.requested.regex"))[-1]["revision"] == 2


async def test_a_later_export_adds_to_a_record(api: Api) -> None:
    await api.upload(zipped(export(EXPORT[:1])))
    done = await api.upload(zipped(export(EXPORT)))
    assert (done["messages"], done["records"], done["revisions"]) == (2, 1, 1)


async def test_a_deleted_message_retires_its_record(api: Api) -> None:
    await api.upload(zipped(export(EXPORT)))
    await api.upload(zipped(export([post(2000, "gone", user="U2", subtype="tombstone")])))
    page = await api.get("/api/records", audit="all")
    assert [item["id"] for item in page["items"]] == ["C1-1000.000000"]
    assert (await api.client.get("/api/records/C1-2000.000000")).status_code == 404


async def test_a_bad_file_imports_nothing_and_says_where(api: Api) -> None:
    broken = export(EXPORT) | {"pickups/2025-03-02.json": b'[{"type": "message"'}
    answer = await api.client.post("/api/imports", files={"file": ("export.zip", zipped(broken))})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "BAD_FILE")
    sentence = answer.json()["error"]["message"]
    assert sentence.startswith("pickups/2025-03-02.json, line 1, column 20: it is not JSON")
    assert sentence.endswith("Nothing was imported.")
    assert await counts(api) == (0, 0, 0, 0, 0)


async def test_a_conflict_found_while_writing_rolls_everything_back(api: Api) -> None:
    await api.upload(zipped(export(EXPORT)))
    before = await counts(api)
    rows = [{"id": "new", "text": "bread"}, {"id": "C1-1000.000000", "text": "something else"}]
    done = await api.upload("\n".join(map(json.dumps, rows)).encode(), "rows.jsonl")
    assert done["state"] == "failed"
    assert 'record "C1-1000.000000" came from Slack with another text' in done["error"]
    assert await counts(api) == before


async def test_labels_audit_the_records_that_they_name(api: Api) -> None:
    await api.upload(zipped(export(EXPORT)))
    item = {"name": "kale", "quantity": 2, "unit": "case"}
    labels = [
        {"id": "C1-1000.000000", "text": "Picked up from Quay & Sons:\n2 cs kale", "extraction": {"items": [item]}},
        {"id": "elsewhere", "text": "nothing today", "extraction": {}},
    ]
    data = "\n".join(map(json.dumps, labels)).encode()
    done = await api.upload(data, "labels.jsonl", kind="audited")
    assert (done["messages"], done["records"], done["audits"]) == (1, 1, 2)
    record = await api.get("/api/records/C1-1000.000000")
    assert (record["channel"], record["decision"], record["audit"]["by"]) == ("pickups", "confirmed", "import")
    assert record["audit"]["extraction"]["items"][0]["subcategory"] is not None
    assert (await api.upload(data, "labels.jsonl", kind="audited"))["audits"] == 0


async def test_importing_labels_again_does_not_overrule_a_person(api: Api) -> None:
    data = b'{"id": "a", "text": "2 cs kale", "extraction": {"direction": "inbound"}}'
    await api.upload(data, kind="audited")
    await api.confirm("a", {"direction": "outbound"})
    await api.upload(data, kind="audited")
    assert (await api.get("/api/records/a"))["audit"]["extraction"]["direction"] == "outbound"


async def test_the_sample_brings_its_places_only_into_an_empty_directory(postgres_url: str, tmp_path: Path) -> None:
    for name, data in export(EXPORT).items():
        path = tmp_path / "export" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "directory.json").write_text('{"Quay & Sons": {"aliases": ["quay"], "kind": ["rescue"]}}')
    async with audit_api_on(postgres_url) as api:
        assert not (await api.get("/api/status"))["has_sample"]
        await api.post("/api/imports/sample", status=404)
    async with audit_api_on(postgres_url, LARDER_SAMPLE=tmp_path) as api:
        assert (await api.get("/api/status"))["has_sample"]
        await api.post("/api/imports/sample", status=202)
        await api._finish_imports()
        assert list(await api.get("/api/directory")) == ["Quay & Sons"]
        assert (await api.get("/api/records"))["total"] == 2
        await api.client.put("/api/directory", json={"Mine": {"aliases": [], "kind": ["home"]}})
        await api.post("/api/imports/sample", status=202)
        await api._finish_imports()
        assert list(await api.get("/api/directory")) == ["Mine"]


async def test_an_import_that_a_stopped_service_left_behind_is_failed(api: Api) -> None:
    (row,) = await api.rows(
        "INSERT INTO imports (id, name, state) VALUES (gen_random_uuid(), 'x', 'running') RETURNING id"
    )
    await ImportJobs(api.database, timedelta(minutes=30)).fail_abandoned()
    found = await api.get(f"/api/imports/{row.id}")
    assert found["state"] == "failed"
    assert "import the file again" in found["error"]


async def test_too_large_a_file_is_refused_at_once(postgres_url: str) -> None:
    async with audit_api_on(postgres_url, LARDER_MAX_UPLOAD_MIB=1) as api:
        answer = await api.client.post("/api/imports", files={"file": ("big", b"x" * (1024 * 1024 + 1))})
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "FILE_TOO_LARGE")
