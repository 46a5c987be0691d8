"""Two people at once: leases, saves that do not overwrite, second opinions."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from audit_api_client import Api, audit_api_on

pytestmark = pytest.mark.integration

ANN, BEN = {"X-Larder-User": "Ann"}, {"X-Larder-User": "Ben"}


def kale(quantity: float = 2) -> dict[str, Any]:
    return {"direction": "inbound", "sections": [{"items": [{"name": "kale", "quantity": quantity, "unit": "lb"}]}]}


async def rows(api: Api, *texts: str) -> None:
    lines = [json.dumps({"id": f"r{n}", "text": text}) for n, text in enumerate(texts)]
    assert (await api.upload("\n".join(lines).encode()))["state"] == "done"


@pytest.fixture
async def everybody(postgres_url: str) -> AsyncIterator[Api]:
    """Every audited record awaits a second opinion."""
    async with audit_api_on(postgres_url, LARDER_SECOND_OPINION_PERCENT=100) as found:
        yield found


async def audit(api: Api, who: dict[str, str], **fields: Any) -> httpx.Response:
    body = {"key": str(uuid.uuid4()), "revision": 1, "decision": "confirmed", "extraction": kale(), **fields}
    return await api.client.post("/api/records/r0/audits", json=body, headers=who)


async def test_a_save_over_an_unseen_audit_is_refused(api: Api) -> None:
    await rows(api, "2 lb kale")
    first = (await audit(api, ANN, seen=None)).json()
    refused = await audit(api, BEN, seen=None, extraction=kale(3))
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "STALE_AUDIT")
    assert (await api.get("/api/records/r0"))["audit"]["by"] == "Ann"
    assert (await audit(api, BEN, seen=first["id"], extraction=kale(3))).status_code == 201


async def test_a_decision_is_seen_by_its_key_before_its_id_is_known(api: Api) -> None:
    await rows(api, "2 lb kale")
    key = str(uuid.uuid4())
    assert (await audit(api, ANN, seen=None, key=key)).status_code == 201
    assert (await audit(api, BEN, seen=str(uuid.uuid4()))).status_code == 409
    assert (await audit(api, ANN, seen=key, extraction=kale(3))).status_code == 201


async def test_of_many_saves_at_once_one_wins(api: Api) -> None:
    await rows(api, "2 lb kale")
    answers = await asyncio.gather(*(audit(api, who, seen=None) for who in (ANN, BEN) * 4))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_undoing_takes_back_only_ones_own_decision(api: Api) -> None:
    await rows(api, "2 lb kale")
    key = str(uuid.uuid4())
    first = (await audit(api, ANN, key=key)).json()
    await audit(api, BEN, seen=first["id"])
    body = {"key": str(uuid.uuid4()), "of_key": key}
    refusal = await api.post("/api/records/r0/audits/undo", body, status=409)
    assert refusal["error"]["code"] == "STALE_AUDIT"


async def hold(api: Api, holder: uuid.UUID, record_id: str, who: dict[str, str]) -> list[dict[str, Any]]:
    answer = await api.client.put(f"/api/leases/{holder}", json={"record_id": record_id}, headers=who)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def test_a_window_holds_one_record_and_others_see_who(api: Api) -> None:
    await rows(api, "2 lb kale", "bread")
    ann, ben = uuid.uuid4(), uuid.uuid4()
    await hold(api, ann, "r0", ANN)
    await hold(api, ann, "r1", ANN)
    present = await hold(api, ben, "r1", BEN)
    assert [(lease["by"], lease["record_id"]) for lease in present] == [("Ann", "r1"), ("Ben", "r1")]
    listed = {item["id"]: item["held_by"] for item in (await api.get("/api/records"))["items"]}
    assert listed["r0"] is None
    assert listed["r1"] in ("Ann", "Ben")
    left = (await api.client.delete(f"/api/leases/{ann}")).json()
    assert [lease["by"] for lease in left] == ["Ben"]


async def test_a_lease_ends_by_itself(api: Api) -> None:
    await rows(api, "2 lb kale")
    await hold(api, uuid.uuid4(), "r0", ANN)
    await api.rows("UPDATE leases SET until = now() - interval '1 second' RETURNING 1")
    assert await api.get("/api/leases") == []


async def opine(api: Api, who: dict[str, str], said: dict[str, Any]) -> httpx.Response:
    body = {"key": str(uuid.uuid4()), "revision": 1, "extraction": said}
    return await api.client.post("/api/records/r0/opinions", json=body, headers=who)


async def second_for(api: Api, who: dict[str, str]) -> list[str]:
    answer = await api.client.get("/api/records", params={"audit": "second"}, headers=who)
    return [item["id"] for item in answer.json()["items"]]


async def test_a_second_opinion_is_asked_of_somebody_else(everybody: Api) -> None:
    await rows(everybody, "2 lb kale")
    await audit(everybody, ANN)
    assert await second_for(everybody, ANN) == []
    assert await second_for(everybody, BEN) == ["r0"]
    assert (await opine(everybody, ANN, kale())).json()["error"]["code"] == "OWN_AUDIT"
    assert (await opine(everybody, BEN, kale())).status_code == 201
    assert await second_for(everybody, BEN) == []


async def test_agreement_is_told_field_by_field_and_a_dispute_needs_a_look(everybody: Api) -> None:
    await rows(everybody, "2 lb kale")
    await audit(everybody, ANN)
    opinion = (await opine(everybody, BEN, kale(3))).json()
    assert opinion["agrees"] == {"direction": True, "rescue_location": True, "drop_off_location": True, "items": False}
    agreement = (await everybody.get("/api/stats"))["agreement"]
    assert agreement["of"] == 1
    assert (agreement["fields"]["direction"], agreement["fields"]["items"]) == (1, 0)
    await everybody.rank()
    (item,) = (await everybody.get("/api/records", audit="look"))["items"]
    assert item["reasons"] == ["auditors_disagree"]
    assert (await everybody.get("/api/records/r0"))["audit"]["by"] == "Ann"


async def test_no_second_opinion_without_a_first(everybody: Api) -> None:
    await rows(everybody, "2 lb kale")
    assert (await opine(everybody, BEN, kale())).json()["error"]["code"] == "NOT_AUDITED"
