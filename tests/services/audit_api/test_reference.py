"""The directory, what audits teach it, and the tables with what they change in past totals."""

import json
import uuid
from typing import Any

import pytest
from audit_api_client import Api, completed

from audit_api.recording.writing import record_completed
from audit_api.reference.aliases import Alias, taught_aliases
from contracts import Directory, Extraction, Span
from reading.derive import DEFAULT_TABLES

pytestmark = pytest.mark.integration

PLACES = {
    "Quay & Sons": {"aliases": ["quay"], "kind": ["rescue"]},
    "Lantern Fridge": {"aliases": [], "kind": ["drop_off"]},
    "The Shed": {"aliases": ["shed"], "kind": ["home"]},
}
TABLES = {"categories": [{"name": "Produce", "keywords": ["kale"], "lbs_per_unit": {"case": 20}}], "units": {"box": 5}}


async def rows(api: Api, *texts: str) -> None:
    lines = [json.dumps({"id": f"r{n}", "text": text}) for n, text in enumerate(texts)]
    assert (await api.upload("\n".join(lines).encode()))["state"] == "done"


async def put(api: Api, path: str, body: Any, status: int = 200) -> Any:
    answer = await api.client.put(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def read_by_rules(api: Api, record_id: str, extraction: Extraction) -> None:
    async with api.database.transaction() as session:
        await record_completed(session, completed(record_id, extraction=extraction))


def taken_by(place: str | None) -> dict[str, Any]:
    item = {"name": "kale", "quantity": 2, "unit": "case"}
    return {"direction": "outbound", "drop_off_location": place, "sections": [{"items": [item]}]}


def lf(end: int = 2) -> Extraction:
    return Extraction(drop_off_location="LF", evidence={"drop_off_location": Span(start=0, end=end)})


async def test_a_corrected_spelling_is_offered_as_an_alias_with_what_it_fixes(api: Api) -> None:
    await put(api, "/api/directory", PLACES)
    await rows(api, "LF took:\n2 cases kale", "LF took 3 boxes pears", "lf\n1 bag figs", "the shelf took", "Quay haul")
    await read_by_rules(api, "r0", lf())
    await api.confirm("r0", taken_by("Lantern Fridge"), decision="corrected")
    await api.confirm("r2", taken_by("LF"))
    (offer,) = await api.get("/api/records/r0/aliases")
    assert (offer["spelling"], offer["place"], offer["taken_by"]) == ("LF", "Lantern Fridge", None)
    assert [(fix["id"], fix["audited"]) for fix in offer["fixes"]] == [("r1", False), ("r2", True)]
    assert (offer["unaudited"], offer["audited"]) == (1, 1)


async def test_an_accepted_alias_has_every_record_read_again_and_is_offered_no_more(api: Api) -> None:
    await put(api, "/api/directory", PLACES)
    await rows(api, "LF took:\n2 cases kale")
    await read_by_rules(api, "r0", lf())
    await api.confirm("r0", taken_by("Lantern Fridge"), decision="corrected")
    after = await api.post("/api/directory/aliases", {"spelling": "LF", "place": "Lantern Fridge"})
    assert after["Lantern Fridge"]["aliases"] == ["LF"]
    assert await api.get("/api/records/r0/aliases") == []
    assert len(await api.rows("SELECT 1 FROM backlogs WHERE method = 'regex' AND finished_at IS NULL")) >= 1
    assert await api.post("/api/directory/aliases", {"spelling": "lf", "place": "Lantern Fridge"}) == after


async def test_an_alias_of_another_place_or_of_none_is_refused(api: Api) -> None:
    await put(api, "/api/directory", PLACES)
    taken = await api.post("/api/directory/aliases", {"spelling": "Quay", "place": "Lantern Fridge"}, status=409)
    assert "names Quay & Sons already" in taken["error"]["message"]
    await api.post("/api/directory/aliases", {"spelling": "Q", "place": "Nowhere"}, status=404)
    preview = await api.post("/api/directory/aliases/preview", {"spelling": "Quay", "place": "Lantern Fridge"})
    assert preview["taken_by"] == "Quay & Sons"


def test_only_a_spelling_that_the_message_holds_teaches_an_alias() -> None:
    directory = Directory.from_mapping(PLACES)
    decided = Extraction(drop_off_location="Lantern Fridge", rescue_location="Elsewhere")
    text = "LF took 2 cases kale"
    assert taught_aliases(text, lf(), decided, directory) == [Alias(spelling="LF", place="Lantern Fridge")]
    assert taught_aliases(text, Extraction(drop_off_location="LF"), decided, directory) == []
    known = Extraction(drop_off_location="Lantern Fridge", evidence={"drop_off_location": Span(start=0, end=14)})
    assert taught_aliases("lantern fridge took", known, decided, directory) == []


async def test_new_tables_show_what_they_change_before_they_change_it(api: Api) -> None:
    await put(api, "/api/tables", TABLES)
    await rows(api, "2 cases kale", "1 box soap", "3 lb kale", "skipped")
    await api.confirm("r0", taken_by(None))
    await api.confirm("r1", {"sections": [{"items": [{"name": "soap", "quantity": 1, "unit": "box"}]}]})
    await api.confirm("r2", {"sections": [{"items": [{"name": "kale", "quantity": 3, "unit": "lb"}]}]})
    categories = [*TABLES["categories"], {"name": "Care", "keywords": ["soap"], "lbs_per_unit": {}}]
    wanted = {"categories": categories, "units": {"box": 7, "case": 30}}
    wanted["categories"][0] = {**TABLES["categories"][0], "lbs_per_unit": {"case": 25}}
    preview = await api.post("/api/tables/preview", wanted)
    assert (preview["records"], preview["items"]) == (2, 2)
    assert (preview["pounds_before"], preview["pounds_after"]) == (48, 60)
    changes = {c["name"]: (c["pounds_before"], c["pounds_after"]) for c in preview["by_subcategory"]}
    assert changes == {"Produce": (43, 53), None: (5, 0), "Care": (0, 7)}
    assert (await api.get("/api/stats"))["pounds"] == 48
    audits = await api.rows("SELECT id, extraction FROM audits ORDER BY number")
    await put(api, "/api/tables", wanted)
    assert (await api.get("/api/stats"))["pounds"] == 60
    assert await api.rows("SELECT id, extraction FROM audits ORDER BY number") == audits
    assert (await api.post("/api/tables/preview", wanted))["by_subcategory"] == []


async def test_an_audit_that_comes_back_into_force_counts_by_the_tables_of_now(api: Api) -> None:
    await put(api, "/api/tables", TABLES)
    await rows(api, "2 cases kale")
    await api.confirm("r0", taken_by(None))
    await api.confirm("r0", {"sections": []}, decision="corrected")
    await put(api, "/api/tables", {**TABLES, "categories": [], "units": {"case": 1}})
    await api.post("/api/records/r0/audits/undo", {"key": str(uuid.uuid4())})
    assert (await api.get("/api/stats"))["pounds"] == 2


async def test_the_directory_and_the_tables_go_out_as_files_and_come_back(api: Api) -> None:
    await put(api, "/api/directory", PLACES)
    for form in ("csv", "json"):
        file = (await api.client.get("/api/directory/file", params={"form": form})).text
        assert (await api.client.post("/api/directory/file", content=file)).json() == PLACES
        file = (await api.client.get("/api/tables/file", params={"form": form})).text
        read = (await api.client.post("/api/tables/file", content=file)).json()
        assert read == DEFAULT_TABLES.model_dump(mode="json")
    bad = await api.client.post("/api/directory/file", content="name,kinds\nA,rescue")
    assert (bad.status_code, "lacks the column aliases" in bad.json()["error"]["message"]) == (422, True)


async def test_negative_weights_and_doubled_subcategories_are_refused(api: Api) -> None:
    await put(api, "/api/tables", {"units": {"case": -1}}, status=422)
    doubled = await put(api, "/api/tables", {"categories": [TABLES["categories"][0]] * 2}, status=422)
    assert "Produce stands there twice" in doubled["error"]["message"]
