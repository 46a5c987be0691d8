"""Deciding on records over HTTP."""

import asyncio
import json
import uuid
from typing import Any

import pytest
from audit_api_client import Api, completed

from audit_api.recording.writing import record_completed, record_failed
from contracts import ExtractionFailed, Method

pytestmark = pytest.mark.integration

KALE = {"direction": "inbound", "sections": [{"items": [{"name": "kale", "quantity": 2, "unit": "lb"}]}]}


async def rows(api: Api, *texts: str) -> None:
    lines = [json.dumps({"id": f"r{n}", "text": text}) for n, text in enumerate(texts)]
    assert (await api.upload("\n".join(lines).encode()))["state"] == "done"


def request(**fields: Any) -> dict[str, Any]:
    return {"key": str(uuid.uuid4()), "revision": 1, "decision": "confirmed", "extraction": KALE, **fields}


async def audited(api: Api, audit: str) -> list[str]:
    return [item["id"] for item in (await api.get("/api/records", audit=audit))["items"]]


async def test_a_confirmed_record_leaves_the_queue_with_its_pounds(api: Api) -> None:
    await rows(api, "2 lb kale", "bread")
    audit = await api.post("/api/records/r0/audits", request(draft_method="regex", draft_version="1"), status=201)
    assert (audit["decision"], audit["by"], audit["draft_method"]) == ("confirmed", "local", "regex")
    assert audit["extraction"]["pounds"] == 2
    assert audit["extraction"]["items"][0]["lbs_source"] == "stated"
    assert await audited(api, "unaudited") == ["r1"]
    assert await audited(api, "audited") == ["r0"]
    assert (await api.get("/api/records/r0"))["audit"] == audit
    (event,) = await api.outbox("audit.recorded")
    assert event == {"audit_id": audit["id"], "record_id": "r0", "revision": 1, "decision": "confirmed"}


async def test_the_same_key_decides_once(api: Api) -> None:
    await rows(api, "2 lb kale")
    body = request()
    answers = await asyncio.gather(
        *(api.post("/api/records/r0/audits", body, status=201) for _ in range(4)), return_exceptions=False
    )
    assert len({answer["id"] for answer in answers}) == 1
    assert len(await api.rows("SELECT 1 FROM audits")) == 1


async def test_a_key_of_another_decision_is_refused(api: Api) -> None:
    await rows(api, "2 lb kale", "bread")
    body = request()
    await api.post("/api/records/r0/audits", body, status=201)
    refusal = await api.post("/api/records/r1/audits", body, status=409)
    assert refusal["error"]["code"] == "KEY_REUSED"


async def test_a_stale_revision_is_refused(api: Api) -> None:
    await rows(api, "2 lb kale")
    await rows(api, "3 lb kale")
    refusal = await api.post("/api/records/r0/audits", request(), status=409)
    assert refusal["error"]["code"] == "STALE_REVISION"
    assert "revision 2" in refusal["error"]["message"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"extraction": None}, "EXTRACTION_MISSING"),
        ({"decision": "undone"}, "INVALID_REQUEST"),
        ({"extraction": {"direction": "sideways"}}, "INVALID_REQUEST"),
        ({"extraction": {"rescue_location": "a\0b"}}, "INVALID_REQUEST"),
        ({"key": "no uuid"}, "INVALID_REQUEST"),
    ],
)
async def test_a_wrong_decision_is_refused_with_its_place(api: Api, body: dict[str, Any], code: str) -> None:
    await rows(api, "2 lb kale")
    refusal = await api.post("/api/records/r0/audits", request(**body), status=422)
    assert refusal["error"]["code"] == code
    assert await audited(api, "audited") == []


async def test_a_skipped_record_leaves_the_queue_without_being_audited(api: Api) -> None:
    await rows(api, "hello all")
    await api.post("/api/records/r0/audits", request(decision="skipped"), status=201)
    assert await audited(api, "unaudited") == []
    assert await audited(api, "audited") == []
    (item,) = (await api.get("/api/records", audit="all"))["items"]
    assert (item["audited"], item["decision"]) == (False, "skipped")


async def test_undoing_brings_back_the_decision_before(api: Api) -> None:
    await rows(api, "2 lb kale")
    await api.confirm("r0", KALE)
    await api.post("/api/records/r0/audits", request(decision="corrected", extraction={}), status=201)
    key = str(uuid.uuid4())
    assert (await api.post("/api/records/r0/audits/undo", {"key": key}))["decision"] == "undone"
    assert (await api.get("/api/records/r0"))["audit"]["decision"] == "confirmed"
    await api.post("/api/records/r0/audits/undo", {"key": key})
    assert (await api.get("/api/stats"))["pounds"] == 2
    await api.post("/api/records/r0/audits/undo", {"key": str(uuid.uuid4())})
    assert await audited(api, "unaudited") == ["r0"]
    assert (await api.get("/api/stats"))["pounds"] == 0
    refusal = await api.post("/api/records/r0/audits/undo", {"key": str(uuid.uuid4())}, status=409)
    assert refusal["error"]["code"] == "NOTHING_TO_UNDO"


async def test_a_record_that_is_not_there_is_said_so(api: Api) -> None:
    assert (await api.post("/api/records/r9/audits", request(), status=404))["error"]["code"] == "NOT_FOUND"
    assert (await api.client.get("/api/records/r9")).json()["error"]["message"] == 'There is no record "r9".'
    assert (await api.client.get("/api/nothing")).json()["error"]["code"] == "NOT_FOUND"


async def test_the_queue_has_pages_orders_and_a_search(api: Api) -> None:
    await rows(api, "2 lb kale", "50% off bread", "kale again", "milk")
    page = await api.get("/api/records", limit=2)
    assert (page["total"], [item["id"] for item in page["items"]]) == (4, ["r0", "r1"])
    page = await api.get("/api/records", limit=2, after=page["next"])
    assert (page["total"], [item["id"] for item in page["items"]]) == (4, ["r2", "r3"])
    assert (await api.get("/api/records", after=page["next"]))["next"] is None
    newest = await api.get("/api/records", order="newest", limit=1)
    assert newest["items"][0]["id"] == "r3"
    assert [item["id"] for item in (await api.get("/api/records", q="KALE"))["items"]] == ["r0", "r2"]
    assert [item["id"] for item in (await api.get("/api/records", q="50%"))["items"]] == ["r1"]
    assert (await api.client.get("/api/records", params={"limit": 0})).status_code == 422


async def test_a_shown_reading_can_be_sent_back_as_it_is(api: Api) -> None:
    await rows(api, "2 cs kale")
    async with api.database.transaction() as session:
        await record_completed(session, completed("r0"))
    reading = (await api.get("/api/records/r0"))["readings"]["regex"]
    assert [item["name"] for item in reading["extraction"]["items"]] == ["kale"]
    await api.confirm("r0", reading["extraction"])


async def test_a_failed_reading_shows_its_reason(api: Api) -> None:
    await rows(api, "2 cs kale")
    failed = ExtractionFailed(
        request_id="r", record_id="r0", revision=1, method=Method.REGEX, version="1", reason="too long"
    )
    async with api.database.transaction() as session:
        await record_failed(session, failed)
    record = await api.get("/api/records/r0")
    assert (record["readings"]["regex"], record["failures"]["regex"]) == (None, "too long")
    assert (await api.get("/api/status"))["pending"]["regex"] == 0


async def test_stats_add_up_the_audits_in_force(api: Api) -> None:
    await rows(api, "a", "b", "c")
    at_quay = {**KALE, "rescue_location": "Quay"}
    await api.confirm("r0", at_quay)
    await api.confirm("r1", {**at_quay, "sections": [{"location": "Stall", "items": [{"name": "xyzzy"}]}]})
    stats = await api.get("/api/stats")
    assert (stats["audited"], stats["records"], stats["items"], stats["pounds"]) == (2, 3, 2, 2)
    assert [(bar["name"], bar["pounds"], bar["items"]) for bar in stats["by_location"]] == [
        ("Quay", 2, 1),
        ("Stall", 0, 1),
    ]
    assert {bar["name"] for bar in stats["by_subcategory"]} >= {None}
    readiness = stats["readiness"]
    assert (readiness["audited"], readiness["needed"], readiness["ready"]) == (2, 10, False)


async def test_who_decided_is_kept(api: Api) -> None:
    await rows(api, "a")
    answer = await api.client.post("/api/records/r0/audits", json=request(), headers={"X-Larder-User": "Ana"})
    assert answer.json()["by"] == "Ana"
