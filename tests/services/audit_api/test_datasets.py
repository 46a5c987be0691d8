"""Freezing audits for a run."""

import json
import re
import uuid
from datetime import datetime

import pytest
from audit_api_client import Api

from audit_api.slack.tables import SlackUser
from contracts import DatasetManifest
from reading.labelled import parse_labelled_line

pytestmark = pytest.mark.integration


async def labelled(api: Api, count: int) -> None:
    lines = [json.dumps({"id": f"r{n:03}", "text": f"{n} cs kale", "extraction": {}}) for n in range(count)]
    assert (await api.upload("\n".join(lines).encode(), kind="audited"))["audits"] == count


async def test_too_few_audits_are_refused_in_one_sentence(api: Api) -> None:
    await labelled(api, 7)
    assert await api.get("/api/datasets/readiness") == {
        "audited": 7,
        "needed": 10,
        "ready": False,
        "since_last": 7,
        "missing": ["Audit 3 more: a training needs 10."],
    }
    refusal = await api.post("/api/datasets", {"run_id": "run"}, status=409)
    assert refusal["error"] == {
        "code": "NOT_ENOUGH_AUDITED_RECORDS",
        "message": "Not enough audited records: 7 of 10.",
    }
    assert await api.rows("SELECT 1 FROM datasets") == []


async def test_a_run_gets_one_dataset_however_often_it_asks(api: Api) -> None:
    await labelled(api, 40)
    first = await api.post("/api/datasets", {"run_id": "run"}, status=201)
    await api.confirm("r000", {"direction": "inbound"})
    assert await api.post("/api/datasets", {"run_id": "run"}, status=201) == first
    other = await api.post("/api/datasets", {"run_id": "other"}, status=201)
    assert other["sha256"] != first["sha256"]
    manifest = DatasetManifest.model_validate({key: value for key, value in first.items() if key != "id"})
    assert manifest.train + manifest.held_out == 40
    assert isinstance(manifest.frozen_at, datetime)


async def test_frozen_rows_stay_as_they_were(api: Api) -> None:
    await labelled(api, 30)
    frozen = await api.post("/api/datasets", {"run_id": "run"}, status=201)
    await api.upload(b'{"id": "r000", "text": "changed"}')
    parts = {}
    for part in ("train", "held_out"):
        answer = await api.client.get(f"/api/datasets/{frozen['id']}/{part}.jsonl")
        parts[part] = [parse_labelled_line(line) for line in answer.text.splitlines()]
    assert (len(parts["train"]), len(parts["held_out"])) == (frozen["train"], frozen["held_out"])
    everything = {row.id: row.text for part in parts.values() for row in part}
    assert everything == {f"r{n:03}": f"{n} cs kale" for n in range(30)}


async def test_rows_for_another_computer_name_no_member(api: Api) -> None:
    row = {"id": "r0", "text": "Rosalind took 2 cs kale from Aldi", "extraction": {"rescue_location": "Rosalind"}}
    lines = [json.dumps({**row, "id": f"r{n:03}"}) for n in range(12)]
    await api.upload("\n".join(lines).encode(), kind="audited")
    async with api.database.transaction() as session:
        session.add(SlackUser(id="U1", name="Rosalind Vega"))
    frozen = await api.post("/api/datasets", {"run_id": "run"}, status=201)
    found = []
    for part in ("train", "held_out"):
        answer = await api.client.get(f"/api/datasets/{frozen['id']}/{part}.jsonl", params={"pseudonymous": True})
        found += [parse_labelled_line(line) for line in answer.text.splitlines()]
    assert len(found) == 12
    (text,), (place,) = {row.text for row in found}, {row.extraction.rescue_location for row in found}
    assert text == f"{place} took 2 cs kale from Aldi"
    assert re.fullmatch(r"Person\d", place or "")


async def test_the_export_is_what_is_audited_now(api: Api) -> None:
    await labelled(api, 12)
    await api.post("/api/records/r003/audits/undo", {"key": str(uuid.uuid4())})
    answer = await api.client.get("/api/datasets/export")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    rows = [parse_labelled_line(line) for line in answer.text.splitlines()]
    assert [row.id for row in rows] == [f"r{n:03}" for n in range(12) if n != 3]


async def test_a_skipped_record_teaches_nothing(api: Api) -> None:
    await api.upload(b'{"id": "a", "text": "hello"}')
    body = {"key": str(uuid.uuid4()), "revision": 1, "decision": "skipped"}
    await api.post("/api/records/a/audits", body, status=201)
    assert (await api.client.get("/api/datasets/export")).text == ""


async def test_a_dataset_that_is_not_there_is_said_so(api: Api) -> None:
    answer = await api.client.get(f"/api/datasets/{uuid.uuid4()}/train.jsonl")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
