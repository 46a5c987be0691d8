"""Model versions: published, evaluated, gated, activated, rolled back."""

import json
from datetime import datetime
from typing import Any

import pytest
from audit_api_client import Api, completed, extraction
from sqlalchemy import text

from audit_api.models_registry.evaluator import Evaluator
from audit_api.models_registry.publishing import NameTaken, record_published
from audit_api.outbox.backlog import step_backlogs
from audit_api.recording.writing import record_completed, record_failed
from contracts import AdapterManifest, AdapterPublished, BaseModelRef, Extraction, ExtractionFailed, Method

pytestmark = pytest.mark.integration

GOLD = extraction("kale", direction="inbound")
BASE = "base-bbbbbbbb"
WRONG = extraction("bread", direction="outbound")


def published(version: str, run_id: str = "run", digit: str = "a", dataset_sha256: str = "d" * 64) -> AdapterPublished:
    base = BaseModelRef(name="larder-tiny", sha256="b" * 64, tokenizer_sha256="c" * 64)
    manifest = AdapterManifest(
        sha256=digit * 64, files={}, base=base, rank=8, alpha=16, target_modules=("q_proj",), target_format=1
    )
    return AdapterPublished(
        run_id=run_id,
        version=version,
        manifest=manifest,
        dataset_sha256=dataset_sha256,
        metadata={"epochs": 3},
        metrics={"loss": 0.1},
    )


async def dataset(api: Api, run_id: str = "run", count: int = 40) -> list[str]:
    """The ids of the held-out records; every record has a regex reading."""
    label = GOLD.model_dump(mode="json")
    lines = [json.dumps({"id": f"r{n:03}", "text": f"2 cs kale {n}", "extraction": label}) for n in range(count)]
    await api.upload("\n".join(lines).encode(), kind="audited")
    frozen = await api.post("/api/datasets", {"run_id": run_id}, status=201)
    reference = await version_of_reference(api)
    async with api.database.transaction() as session:
        for n in range(count):
            await record_completed(session, completed(f"r{n:03}", extraction=WRONG, reference_version=reference))
    answer = await api.client.get(f"/api/datasets/{frozen['id']}/held_out.jsonl")
    return [json.loads(line)["id"] for line in answer.text.splitlines()]


async def version_of_reference(api: Api) -> str:
    (row,) = await api.rows("SELECT version FROM reference_versions ORDER BY number DESC LIMIT 1")
    return str(row.version)


async def publish(api: Api, event: AdapterPublished) -> bool:
    async with api.database.transaction() as session:
        return await record_published(session, event)


async def read(api: Api, ids: list[str], version: str, reading: Extraction) -> None:
    reference = await version_of_reference(api)
    async with api.database.transaction() as session:
        for record_id in ids:
            result = completed(
                record_id, method=Method.PEFT, version=version, extraction=reading, reference_version=reference
            )
            await record_completed(session, result)
    await Evaluator(api.database).finish_complete()


async def trained(api: Api, version: str, held_out: list[str], reading: Extraction, digit: str) -> dict[str, Any]:
    """A version that was published and evaluated."""
    await publish(api, published(version, digit=digit))
    await read(api, held_out, BASE, WRONG)
    await read(api, held_out, version, reading)
    found: dict[str, Any] = await api.get(f"/api/models/{version}")
    return found


async def test_a_published_adapter_is_evaluated_on_the_held_out_records(api: Api) -> None:
    held_out = await dataset(api)
    assert await publish(api, published("v1"))
    model = await api.get("/api/models/v1")
    assert (model["state"], model["scores"], model["base"]) == ("evaluating", None, "larder-tiny")
    assert model["dataset"]["held_out"] == len(held_out)
    requests = await api.outbox("extraction.requested.peft")
    asked = {(request["record_id"], request["evaluate"]["version"]) for request in requests}
    assert asked == {(record_id, version) for record_id in held_out for version in (BASE, "v1")}
    assert all(request["draft"]["direction"] == "outbound" for request in requests)
    assert {request["evaluate"]["sha256"] for request in requests} == {None, "a" * 64}


async def test_a_first_version_that_is_not_worse_than_the_base_becomes_active(api: Api) -> None:
    held_out = await dataset(api)
    model = await trained(api, "v1", held_out, GOLD, "a")
    assert (model["state"], model["evaluating"]) == ("active", False)
    assert model["scores"]["candidate"]["items_exact"]["f1"] == 1
    assert set(model["scores"]) == {"regex", "base", "candidate", "combined"}
    assert model["scores"]["combined"]["items_exact"]["f1"] == 1
    assert model["scores"]["candidate"]["intervals"]["direction"] == [1.0, 1.0]
    assert model["confidence"]["fields"]["message"]["count"] == len(held_out)
    assert model["reason"].startswith("Not worse than the base model in any field")
    assert [(one["number"], one["by"]) for one in model["activations"]] == [(1, "gate")]
    assert (await api.get("/api/status"))["active_version"] == "v1"
    (pointer,) = await api.outbox("$kv.models.active")
    assert pointer == {"activation": 1, "version": "v1", "sha256": "a" * 64}
    assert len(await api.outbox("model.activated")) == 1


async def test_a_worse_version_stays_registered_and_says_why(api: Api) -> None:
    held_out = await dataset(api)
    await trained(api, "v1", held_out, GOLD, "a")
    model = await trained(api, "v2", held_out, WRONG, "e")
    assert model["state"] == "registered"
    assert model["reason"].startswith("Worse than v1 on")
    assert set(model["scores"]) == {"regex", "base", "candidate", "active", "combined"}
    assert (await api.get("/api/models"))["active"] == "v1"


async def test_an_evaluation_waits_for_every_reading_and_counts_failures_as_empty(api: Api) -> None:
    held_out = await dataset(api)
    await publish(api, published("v1"))
    await read(api, held_out, BASE, WRONG)
    await read(api, held_out[1:], "v1", GOLD)
    assert (await api.get("/api/models/v1"))["state"] == "evaluating"
    failed = ExtractionFailed(
        request_id="r", record_id=held_out[0], revision=1, method=Method.PEFT, version="v1", reason="no"
    )
    async with api.database.transaction() as session:
        await record_failed(session, failed)
    await Evaluator(api.database).finish_complete()
    model = await api.get("/api/models/v1")
    assert model["scores"]["candidate"]["messages"] == len(held_out)
    assert 0 < model["scores"]["candidate"]["items_exact"]["recall"] < 1
    assert (model["state"], model["reason"]) == (
        "registered",
        f"It could not read 1 of {len(held_out)} held-out records: no",
    )


async def test_an_evaluation_goes_on_against_a_version_that_became_active_meanwhile(api: Api) -> None:
    held_out = await dataset(api)
    await publish(api, published("v1"))
    await publish(api, published("v2", digit="e"))
    await read(api, held_out, BASE, WRONG)
    await read(api, held_out, "v1", GOLD)
    assert (await api.get("/api/models/v1"))["state"] == "active"
    await read(api, held_out, "v2", WRONG)
    model = await api.get("/api/models/v2")
    assert (model["state"], model["reason"]) == ("registered", model["reason"])
    assert model["reason"].startswith("Worse than v1")


async def test_the_same_event_again_changes_nothing_and_a_taken_name_is_refused(api: Api) -> None:
    await dataset(api)
    await publish(api, published("v1"))
    before = len(await api.outbox("extraction.requested.peft"))
    assert not await publish(api, published("v1"))
    assert len(await api.outbox("extraction.requested.peft")) == before
    for event in (published("v1", digit="f"), published("base"), published(BASE)):
        with pytest.raises(NameTaken, match="train under another name"):
            await publish(api, event)


async def test_a_version_without_known_held_out_records_waits_for_a_person(api: Api) -> None:
    await publish(api, published("v1", run_id="elsewhere"))
    model = await api.get("/api/models/v1")
    assert (model["state"], model["dataset"]["held_out"]) == ("registered", None)
    assert "by hand" in model["reason"]
    assert (await api.post("/api/models/v1/activate"))["state"] == "active"


async def test_an_activation_has_every_record_read_by_the_version(api: Api) -> None:
    await dataset(api, count=40)
    await publish(api, published("v1", run_id="elsewhere", dataset_sha256="0" * 64))
    await api.post("/api/models/v1/activate")
    async with api.database.transaction() as session:
        assert not await step_backlogs(session)
    requests = await api.outbox("extraction.requested.peft")
    assert {request["record_id"] for request in requests} == {f"r{n:03}" for n in range(40)}
    assert {(request["activation"], request["evaluate"]) for request in requests} == {(1, None)}
    assert (await api.get("/api/status"))["pending"]["peft"] == 40
    await read(api, ["r000"], "v1", GOLD)
    assert (await api.get("/api/records/r000"))["readings"]["peft"]["version"] == "v1"
    assert (await api.get("/api/status"))["pending"]["peft"] == 39


async def test_a_new_record_is_asked_for_when_its_regex_reading_comes(api: Api) -> None:
    await publish(api, published("v1", run_id="elsewhere"))
    await api.post("/api/models/v1/activate")
    await api.upload(b'{"id": "new", "text": "2 cs kale"}')
    assert await api.outbox("extraction.requested.peft") == []
    async with api.database.transaction() as session:
        await record_completed(session, completed("new"))
    (request,) = await api.outbox("extraction.requested.peft")
    assert (request["record_id"], request["activation"]) == ("new", 1)
    assert request["draft"]["sections"][0]["items"][0]["name"] == "kale"


async def test_both_readings_of_a_record_are_compared_once_both_are_there(api: Api) -> None:
    held_out = await dataset(api)
    await publish(api, published("v1"))
    await api.post("/api/models/v1/activate")
    record = f"/api/records/{held_out[0]}/comparison"
    found = await api.get(record)
    assert (found["missing"], found["agrees"], found["items"]) == (["peft"], False, [])
    await read(api, held_out[:1], "v1", extraction("whole bread", quantity=3, direction="outbound"))
    found = await api.get(record)
    assert (found["missing"], found["agrees"]) == ([], False)
    assert [field["agreement"] for field in found["fields"]] == ["agree", "agree", "agree"]
    (item,) = found["items"]
    assert {field["field"]: field["agreement"] for field in item["fields"]} == {
        "name": "differ", "quantity": "differ", "unit": "agree", "location": "agree"
    }  # fmt: skip
    assert (await api.client.get("/api/records/nobody/comparison")).status_code == 404


async def test_a_record_that_somebody_looks_at_is_asked_for_at_once_unless_it_is_read_already(api: Api) -> None:
    held_out = await dataset(api)
    assert await api.post(f"/api/records/{held_out[0]}/reading", status=202) == {"asked": False}
    await publish(api, published("v1"))
    await api.post("/api/models/v1/activate")
    assert await api.post(f"/api/records/{held_out[0]}/reading", status=202) == {"asked": True}
    (asked,) = await api.outbox("extraction.requested.peft-now")
    assert (asked["record_id"], asked["activation"]) == (held_out[0], 1)
    assert asked["draft"]["direction"] == "outbound"
    await read(api, held_out[:1], "v1", GOLD)
    assert await api.post(f"/api/records/{held_out[0]}/reading", status=202) == {"asked": False}
    assert (await api.client.post("/api/records/nobody/reading")).status_code == 404


async def test_a_known_reading_is_answered_without_waiting_for_the_worker_or_the_broker(api: Api) -> None:
    """Neither of them runs here: the page is answered by the database, and nothing is asked for."""
    held_out = await dataset(api)
    await publish(api, published("v1"))
    await api.post("/api/models/v1/activate")
    await read(api, held_out[:1], "v1", GOLD)
    asked = await api.outbox("extraction.requested.peft-now")
    readings = (await api.get(f"/api/records/{held_out[0]}"))["readings"]
    assert readings["peft"]["version"] == "v1"
    assert await api.outbox("extraction.requested.peft-now") == asked


async def test_a_paused_backlog_asks_for_nothing_until_it_goes_on(api: Api) -> None:
    ids = await dataset(api)
    await publish(api, published("v1", run_id="elsewhere"))
    await api.post("/api/models/v1/activate")
    (backlog,) = (await api.post("/api/backlogs/peft/pause"))["items"]
    assert (backlog["method"], backlog["version"], backlog["paused"]) == ("peft", "v1", True)
    assert (backlog["total"], backlog["unread"]) == (40, 40)

    async def asked() -> int:
        async with api.database.transaction() as session:
            await step_backlogs(session)
        return len(await api.outbox("extraction.requested.peft"))

    assert await asked() == 0
    await api.post("/api/backlogs/peft/resume")
    assert await asked() == 40
    await read(api, ids, "v1", GOLD)
    (left,) = [one for one in (await api.get("/api/backlogs"))["items"] if one["method"] == "peft"]
    assert (left["unread"], left["paused"]) == (40 - len(ids), False)


async def test_rolling_back_goes_to_the_version_before_and_then_to_none(api: Api) -> None:
    for version, digit in (("v1", "a"), ("v2", "e")):
        await publish(api, published(version, run_id="elsewhere", digit=digit))
        await api.post(f"/api/models/{version}/activate")
    assert await api.post("/api/models/rollback") == {"activation": 3, "version": "v1"}
    assert (await api.get("/api/models/v2"))["state"] == "registered"
    assert await api.post("/api/models/rollback") == {"activation": 4, "version": None}
    refusal = await api.post("/api/models/rollback", status=409)
    assert refusal["error"]["code"] == "NO_ACTIVE_MODEL"
    pointers = await api.outbox("$kv.models.active")
    assert [(pointer["activation"], pointer["version"]) for pointer in pointers] == [
        (1, "v1"),
        (2, "v2"),
        (3, "v1"),
        (4, None),
    ]


async def test_the_active_version_cannot_be_deleted_and_a_deleted_one_keeps_its_name(api: Api) -> None:
    await publish(api, published("v1", run_id="elsewhere"))
    await api.post("/api/models/v1/activate")
    answer = await api.client.delete("/api/models/v1")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "MODEL_IS_ACTIVE")
    await api.post("/api/models/rollback")
    assert (await api.client.delete("/api/models/v1")).json()["state"] == "deleted"
    assert (await api.get("/api/models"))["items"] == []
    assert (await api.get("/api/models/v1"))["state"] == "deleted"
    assert (await api.post("/api/models/v1/activate", status=404))["error"]["code"] == "NOT_FOUND"
    assert (await api.client.delete("/api/models/v9")).status_code == 404


async def test_a_changed_directory_has_everything_read_again(api: Api) -> None:
    await dataset(api, count=12)
    before = len(await api.outbox("extraction.requested.regex"))
    place = {"Quay": {"aliases": ["the quay"], "kind": ["rescue"]}}
    assert (await api.client.put("/api/directory", json=place)).json() == place
    async with api.database.transaction() as session:
        await step_backlogs(session)
    requests = (await api.outbox("extraction.requested.regex"))[before:]
    assert len(requests) == 12
    assert {request["reference_version"] for request in requests} == {await version_of_reference(api)}
    assert (await api.outbox("$kv.reference.current"))[-1]["directory"]["places"] == place
    await api.client.put("/api/directory", json=place)
    assert len(await api.rows("SELECT 1 FROM reference_versions")) == 2


async def test_activating_again_tries_what_failed_and_nothing_else(api: Api) -> None:
    await dataset(api, count=12)
    await publish(api, published("v1", run_id="elsewhere", dataset_sha256="0" * 64))
    await api.post("/api/models/v1/activate")
    await read(api, [f"r{n:03}" for n in range(1, 12)], "v1", GOLD)
    failed = ExtractionFailed(
        request_id="r", record_id="r000", revision=1, method=Method.PEFT, version="v1", reason="other weights"
    )
    async with api.database.transaction() as session:
        await record_failed(session, failed)
    status = await api.get("/api/status")
    assert (status["pending"]["peft"], status["failed"]) == (0, {"regex": 0, "peft": 1})
    await api.post("/api/models/v1/activate")
    async with api.database.transaction() as session:
        await step_backlogs(session)
    (request,) = await api.outbox("extraction.requested.peft")
    assert (request["record_id"], request["activation"]) == ("r000", 1)
    await read(api, ["r000"], "v1", GOLD)
    assert (await api.get("/api/status"))["failed"]["peft"] == 0
    assert len((await api.get("/api/models/v1"))["activations"]) == 1


async def test_what_changed_between_two_versions_is_told_message_by_message(api: Api) -> None:
    held_out = await dataset(api)
    await trained(api, "v1", held_out, GOLD, "a")
    await trained(api, "v2", held_out, WRONG, "e")
    found = await api.get("/api/models/v2/changes", against="v1")
    assert (found["compared"], found["better"], found["worse"]) == (len(held_out), 0, 3 * len(held_out))
    assert {one["record_id"] for one in found["items"]} == set(held_out)
    assert found["items"][0]["differences"] == [
        {"field": "direction", "before": "inbound", "after": "outbound", "before_right": True, "after_right": False},
        {"field": "item", "before": "2 case kale", "after": None, "before_right": True, "after_right": False},
        {"field": "item", "before": None, "after": "2 case bread", "before_right": True, "after_right": False},
    ]
    assert (await api.get("/api/models/v1/changes", against="base"))["better"] == found["worse"]
    assert (await api.get("/api/models/v2/changes"))["items"] == []
    for path in ("/api/models/v9/changes", "/api/models/v1/changes?against=v9"):
        assert (await api.client.get(path)).status_code == 404


async def test_both_readings_of_a_record_are_combined_by_the_active_versions_calibration(api: Api) -> None:
    held_out = await dataset(api)
    await trained(api, "v1", held_out, GOLD, "a")
    combined = (await api.get(f"/api/records/{held_out[0]}"))["readings"]["combined"]
    assert (combined["version"], combined["calibrated_on"]) == ("v1", len(held_out))
    assert combined["extraction"]["direction"] == "inbound"
    assert [item["name"] for item in combined["extraction"]["items"]] == ["kale"]
    assert combined["sources"] == {
        "direction": "peft",
        "rescue_location": "both",
        "drop_off_location": "both",
        "sections.0.items.0": "peft",
    }
    assert set(combined["extraction"]["confidence"]) == set(combined["sources"])


async def test_what_served_on_a_day_is_known_also_after_a_rollback_and_a_deletion(api: Api) -> None:
    for version, digit in (("v1", "a"), ("v2", "e")):
        await publish(api, published(version, run_id="elsewhere", digit=digit))
        await api.post(f"/api/models/{version}/activate")
    await api.post("/api/models/rollback")
    await api.client.delete("/api/models/v2")
    async with api.database.transaction() as session:
        # The history refuses changes; a superuser's replication role is what may move it into the past.
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        for number, moment in ((1, "2026-03-01T00:00Z"), (2, "2026-03-03T12:00Z"), (3, "2026-03-05T00:00Z")):
            moved = text("UPDATE activations SET at = :at WHERE number = :number")
            await session.execute(moved, {"at": datetime.fromisoformat(moment), "number": number})
    found = await api.get("/api/activations", since="2026-03-03T00:00:00Z", until="2026-03-04T00:00:00Z")
    assert [(one["version"], one["by"]) for one in found["items"]] == [("v2", "local"), ("v1", "local")]
    assert [one["until"] is None for one in (await api.get("/api/activations"))["items"]] == [True, False, False]
    assert (await api.get("/api/activations", until="2026-02-01T00:00:00Z"))["items"] == []
    assert (await api.client.get("/api/activations?since=yesterday")).status_code == 422
