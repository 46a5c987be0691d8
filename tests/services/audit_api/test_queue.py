"""The queue in its orders, through its filters, and what makes a record need a look."""

import json
import uuid
from typing import Any

import pytest
from audit_api_client import Api, completed, extraction

from audit_api.recording.writing import record_completed
from contracts import Extraction, Item, Method, Section

pytestmark = pytest.mark.integration

KALE = {"sections": [{"items": [{"name": "kale", "quantity": 2, "unit": "lb"}]}]}


async def rows(api: Api, *texts: str) -> None:
    lines = [json.dumps({"id": f"r{n}", "text": text}) for n, text in enumerate(texts)]
    assert (await api.upload("\n".join(lines).encode()))["state"] == "done"


async def read(api: Api, record_id: str, said: Extraction, **more: Any) -> None:
    async with api.database.transaction() as session:
        await record_completed(session, completed(record_id, extraction=said, **more))


async def ids(api: Api, **wanted: Any) -> list[str]:
    return [item["id"] for item in (await api.get("/api/records", **wanted))["items"]]


def weighing(pounds: float, **fields: Any) -> Extraction:
    item = Item(name="kale", quantity=pounds, unit="lb", estimated_lbs=pounds)
    return Extraction(sections=(Section(items=(item,)),), **fields)


@pytest.mark.parametrize("order", ["oldest", "newest", "risk", "random"])
async def test_every_order_shows_every_record_once_page_by_page(api: Api, order: str) -> None:
    await rows(api, *[f"{n} lb kale" for n in range(2, 11)])
    await api.rank()
    seen: list[str] = []
    page = await api.get("/api/records", order=order, limit=2)
    while page["items"]:
        seen += [item["id"] for item in page["items"]]
        page = await api.get("/api/records", order=order, limit=2, after=page["next"])
    assert sorted(seen) == [f"r{n}" for n in range(9)]


async def test_the_most_worth_auditing_comes_first(api: Api) -> None:
    await rows(api, "10 lb kale", "900 lb kale", "50 lb kale")
    for record_id, pounds in (("r0", 10), ("r1", 900), ("r2", 50)):
        await read(api, record_id, weighing(pounds))
    await api.rank()
    assert await ids(api, order="risk") == ["r1", "r2", "r0"]


async def test_a_random_order_stays_the_same_and_is_not_the_order_of_time(api: Api) -> None:
    await rows(api, *[f"{n} lb kale" for n in range(2, 20)])
    first = await ids(api, order="random")
    assert first == await ids(api, order="random")
    assert first != await ids(api, order="oldest")


async def test_records_leaving_the_list_shift_nothing(api: Api) -> None:
    await rows(api, *[f"{n} lb kale" for n in range(2, 8)])
    page = await api.get("/api/records", audit="unaudited", limit=2)
    await api.confirm("r0", KALE)
    await api.confirm("r1", KALE)
    assert await ids(api, audit="unaudited", limit=2, after=page["next"]) == ["r2", "r3"]


async def test_a_broken_cursor_is_refused_in_a_sentence(api: Api) -> None:
    answer = await api.client.get("/api/records", params={"after": "nonsense"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "INVALID_CURSOR")


async def test_channel_place_and_date_choose_records(api: Api) -> None:
    lines = [
        {"id": "a", "text": "2 lb kale", "posted_at": "2025-03-01T10:00:00Z"},
        {"id": "b", "text": "3 lb kale", "posted_at": "2025-04-01T10:00:00Z"},
    ]
    assert (await api.upload("\n".join(map(json.dumps, lines)).encode()))["state"] == "done"
    await api.rows(
        "UPDATE records SET posted_at = '2025-03-01T10:00:00Z', channel_id = 'C9' WHERE id = 'a' RETURNING 1"
    )
    await api.rows("UPDATE records SET posted_at = '2025-04-01T10:00:00Z' WHERE id = 'b' RETURNING 1")
    await read(api, "b", weighing(3, rescue_location="Aldi"))
    await api.rank()
    assert await ids(api, channel="C9") == ["a"]
    assert await ids(api, place="Aldi") == ["b"]
    assert await ids(api, until="2025-03-15T00:00:00Z") == ["a"]
    assert await ids(api, since="2025-03-15T00:00:00Z") == ["b"]
    filters = await api.get("/api/records/filters")
    assert "C9" in [channel["id"] for channel in filters["channels"]]
    assert (filters["first_day"], filters["last_day"]) == ("2025-03-01", "2025-04-01")


async def test_what_is_odd_needs_a_look_and_says_why(api: Api) -> None:
    await rows(api, "2 lb kale", "5 cases tofu and 2 lb kale", "no reading of this one", "2 lb kale")
    sure = {"sections.0.items.0.name": 0.4}
    evidence = {
        "sections.0.items.0.quantity": {"start": 0, "end": 1},
        "sections.0.items.0.name": {"start": 5, "end": 9},
    }
    await read(api, "r0", Extraction.model_validate({**KALE, "evidence": evidence}))
    await read(api, "r1", Extraction.model_validate(KALE))
    await read(api, "r3", Extraction.model_validate({**KALE, "evidence": evidence, "confidence": sure}))
    await api.rank()
    found = {item["id"]: item["reasons"] for item in (await api.get("/api/records"))["items"]}
    assert found == {"r0": [], "r1": ["unclaimed"], "r2": ["unread"], "r3": ["doubt"]}
    assert await ids(api, audit="look") == ["r1", "r2", "r3"]


async def test_disagreeing_readers_need_a_look(api: Api) -> None:
    await rows(api, "2 cases kale")
    await api.rows(
        "INSERT INTO model_versions (version, sha256, state, run_id, dataset_sha256, manifest, about, metrics,"
        " evaluating, reference_number)"
        " VALUES ('v1', repeat('0', 64), 'active', 'run', '', '{}', '{}', '{}', false, 0) RETURNING 1"
    )
    await api.rows(
        "INSERT INTO activations (number, version, rollback, by, why) VALUES (1, 'v1', false, 'a', 'b') RETURNING 1"
    )
    await read(api, "r0", extraction(quantity=2))
    await read(api, "r0", extraction(quantity=3), method=Method.PEFT, version="v1")
    await api.rank()
    (item,) = (await api.get("/api/records"))["items"]
    assert "disagreement" in item["reasons"]


async def test_an_edit_after_an_audit_opens_it_again_with_both_texts(api: Api) -> None:
    await rows(api, "2 lb kale")
    await api.confirm("r0", KALE)
    await rows(api, "3 lb kale")
    await api.rank()
    (item,) = (await api.get("/api/records", audit="unaudited"))["items"]
    assert "edited" in item["reasons"]
    record = await api.get("/api/records/r0")
    assert (record["text"], record["earlier_text"]) == ("3 lb kale", "2 lb kale")
    assert record["earlier_audit"]["extraction"]["pounds"] == 2


async def test_numbers_and_foods_of_the_text_are_named(api: Api) -> None:
    await rows(api, "Picked up 5 cases bananas at 10:30am")
    found = (await api.get("/api/records/r0"))["mentions"]
    assert [(one["kind"], one["start"], one["end"]) for one in found] == [("number", 10, 11), ("food", 18, 25)]


async def test_history_tells_every_text_and_every_decision(api: Api) -> None:
    await rows(api, "2 lb kale")
    await api.confirm("r0", KALE, via="risk")
    await api.post("/api/records/r0/audits/undo", {"key": str(uuid.uuid4())})
    await rows(api, "3 lb kale")
    history = await api.get("/api/records/r0/history")
    assert [one["text"] for one in history["revisions"]] == ["2 lb kale", "3 lb kale"]
    assert [one["decision"] for one in history["audits"]] == ["confirmed", "undone"]
    assert history["audits"][0]["via"] == "risk"


async def test_a_long_list_is_counted_no_further_than_a_person_needs(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit_api.audit.listing.COUNTED", 2)
    await rows(api, "2 lb kale", "3 lb kale", "4 lb kale")
    page = await api.get("/api/records")
    assert (page["total"], page["more_than_total"]) == (2, True)
