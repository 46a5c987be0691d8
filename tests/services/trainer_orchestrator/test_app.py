"""The HTTP face, over the real database."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from fuzzing import findings
from pydantic import SecretStr

from contracts import RunEvent, RunState
from servicekit.health import Health
from trainer_orchestrator.app import Parts, create_app
from trainer_orchestrator.cloud.choice import Wishes
from trainer_orchestrator.cloud.client import LambdaClient
from trainer_orchestrator.cloud.gate import RateGate, Rates
from trainer_orchestrator.errors import Refusal
from trainer_orchestrator.logbook import Logbook
from trainer_orchestrator.plan import Planner
from trainer_orchestrator.run import CANCELLED, Run, Target

pytestmark = pytest.mark.integration


@pytest.fixture
def app(trainer) -> FastAPI:
    store = trainer.store
    acceptance = trainer.acceptance(store)
    client = LambdaClient(httpx.AsyncClient(), None, RateGate(trainer.home, SecretStr(""), Rates(0, 0)))
    planner = Planner(trainer.audit, acceptance.machines, client, Wishes(200), "larder-tiny", "", 200)
    parts = Parts(store, acceptance, Logbook(trainer.home), planner, asyncio.Event(), asyncio.Event())
    return create_app(parts, Health())


@pytest.fixture
async def http(app) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://trainer") as http:
        yield http


async def start(http, key: str = "k1", version: str | None = None, **more) -> httpx.Response:
    return await http.post("/runs", json={"key": key, "version": version, **more})


def steady(run: dict) -> dict:
    """Without the stages, whose seconds pass."""
    return {name: value for name, value in run.items() if name != "stages"}


def code_of(response: httpx.Response) -> str:
    return response.json()["error"]["code"]


async def test_a_run_is_accepted_and_named(http):
    response = await start(http)
    run = response.json()
    assert response.status_code == 202
    assert (run["version"], run["target"], run["state"], run["progress"]) == ("v1", "local", "requested", {})
    assert [entry["state"] for entry in run["history"]] == ["requested"]
    assert steady((await http.get(f"/runs/{run['id']}")).json()) == steady(run)
    assert [steady(one) for one in (await http.get("/runs")).json()["items"]] == [steady(run)]


async def test_the_same_key_gives_the_same_run(http):
    first, second = await start(http), await start(http)
    assert (second.status_code, steady(second.json())) == (202, steady(first.json()))
    assert len((await http.get("/runs")).json()["items"]) == 1


async def test_the_same_key_at_the_same_time_gives_one_run(http):
    answers = await asyncio.gather(*(start(http) for _ in range(5)))
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_a_key_cannot_be_used_for_another_request(http):
    await start(http, version="v1")
    assert code_of(await start(http, version="v2")) == "KEY_REUSED"


async def test_too_few_audits_are_refused_and_nothing_changes(http, audit_state, trainer):
    audit_state.audited = 7
    response = await start(http)
    assert response.status_code == 409
    expected = {"code": "NOT_ENOUGH_AUDITED_RECORDS", "message": "Not enough audited records: 7 of 10."}
    assert response.json() == {"error": expected}
    assert (await http.get("/runs")).json() == {"items": []}
    assert audit_state.datasets == {}


@pytest.mark.parametrize(
    ("version", "code"),
    [("taken", "VERSION_EXISTS"), ("base", "VERSION_NAME_RESERVED"), ("base-1a2b3c4d", "VERSION_NAME_RESERVED")],
)
async def test_a_version_that_exists_is_refused(http, audit_state, version, code):
    audit_state.versions.add("taken")
    response = await start(http, version=version)
    assert (response.status_code, code_of(response)) == (409, code)
    plan = (await http.get("/runs/plan", params={"version": version})).json()
    assert (plan["version"], plan["problem"]) == (None, response.json()["error"]["message"])


async def test_a_version_that_lies_in_the_versions_folder_is_refused(http, trainer):
    (trainer.home / "versions/mine").mkdir(parents=True)
    assert code_of(await start(http, version="mine")) == "VERSION_EXISTS"


async def test_a_version_that_a_run_brought_is_refused(http, trainer):
    await trainer.finish(await trainer.accepted("mine"))
    assert code_of(await start(http, version="mine")) == "VERSION_EXISTS"


async def test_the_name_of_a_failed_run_is_free_again_but_not_given_by_itself(http, trainer):
    trainer.machines.exit_code = 1
    await trainer.finish(await trainer.accepted("v1"))
    named = (await start(http)).json()
    assert named["version"] == "v2"
    await http.post(f"/runs/{named['id']}/cancel")
    await trainer.finish(await trainer.store.load(named["id"]))
    assert (await start(http, key="k2", version="v1")).json()["version"] == "v1"


async def test_names_that_audit_api_knows_are_passed_over(http, audit_state):
    audit_state.versions |= {"v1", "v2"}
    assert (await start(http)).json()["version"] == "v3"


async def test_one_run_at_a_time_trains_on_a_target(http):
    await start(http)
    response = await start(http, key="k2")
    assert (response.status_code, code_of(response)) == (409, "RUN_IN_PROGRESS")
    assert "v1" in response.json()["error"]["message"]


async def test_a_target_may_have_as_many_runs_at_once_as_the_setting_says(trainer):
    acceptance = replace(trainer.acceptance(), at_once={Target.LOCAL: 3})
    asked = [acceptance.accept(f"k{number}", f"v{number}", Target.LOCAL) for number in range(8)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    runs = [answer for answer in answers if isinstance(answer, Run)]
    refused = [str(answer) for answer in answers if isinstance(answer, Refusal)]
    assert (len(runs), len(refused)) == (3, 5), "asked at the same moment"
    names = ", ".join(run.version for run in sorted(runs, key=lambda run: run.created_at))
    assert set(refused) == {f"{names} are being trained on local; wait until one of them ends, or cancel one."}
    store, pipeline = trainer.store, trainer.pipeline()
    claimed = await pipeline.store.claim()
    await asyncio.gather(*map(pipeline.work, claimed))
    assert [(await store.load(run.id)).state for run in runs] == [RunState.DONE] * 3


@pytest.mark.parametrize("wrong", [{"version": "../v1"}, {"target": "moon"}, {"key": ""}, {"colour": "red"}])
async def test_a_malformed_request_is_refused_in_one_sentence(http, wrong):
    response = await http.post("/runs", json={"key": "k1", **wrong})
    assert (response.status_code, code_of(response)) == (422, "INVALID_REQUEST")
    assert next(iter(wrong)) in response.json()["error"]["message"]


async def test_an_audit_api_that_is_down_is_said(http, audit_state):
    audit_state.is_down = True
    response = await start(http)
    assert (response.status_code, code_of(response)) == (503, "AUDIT_API_UNAVAILABLE")


@pytest.mark.parametrize("path", ["", "/log", "/events"])
async def test_an_unknown_run_is_not_found(http, path):
    response = await http.get(f"/runs/nope{path}")
    assert (response.status_code, code_of(response)) == (404, "RUN_NOT_FOUND")


async def test_a_run_can_be_cancelled_until_it_publishes(http, trainer):
    run = (await start(http)).json()
    response = await http.post(f"/runs/{run['id']}/cancel")
    assert (response.status_code, response.json()["cancel_requested"]) == (202, True)
    await trainer.finish(await trainer.store.load(run["id"]))
    ended = (await http.get(f"/runs/{run['id']}")).json()
    assert (ended["state"], ended["reason_code"], ended["reason"]) == ("cancelled", "CANCELLED", CANCELLED.text)


async def test_a_run_that_is_over_cannot_be_cancelled(http, trainer):
    run = await trainer.finish(await trainer.accepted("v1"))
    response = await http.post(f"/runs/{run.id}/cancel")
    assert (response.status_code, code_of(response)) == (409, "RUN_NOT_CANCELLABLE")


async def test_a_finished_run_shows_its_dataset_its_progress_and_its_log(http, trainer):
    run = await trainer.finish(await trainer.accepted("v1"))
    shown = (await http.get(f"/runs/{run.id}")).json()
    assert (shown["dataset"]["train"], shown["dataset"]["held_out"]) == (3, 2)
    assert shown["progress"] == {"step": 3, "steps": 3, "loss": 0.5}
    assert shown["finished_at"] is not None
    log = await http.get(f"/runs/{run.id}/log")
    assert log.headers["content-type"].startswith("text/plain")
    assert log.text.count('"step": 3,') == 1


async def test_events_tell_every_state_and_go_on_after_the_last_id(http, trainer):
    run = await trainer.finish(await trainer.accepted("v1"))
    whole = events_of(await http.get(f"/runs/{run.id}/events"))
    states = [event.state for _, event in whole]
    assert (states[0], states[-1], len(set(states))) == ("requested", "done", 11)
    number = whole[7][0]
    rest = events_of(await http.get(f"/runs/{run.id}/events", headers={"Last-Event-ID": str(number)}))
    assert rest[: len(whole) - 8] == whole[8:]


def events_of(response: httpx.Response) -> list[tuple[int, RunEvent]]:
    assert response.headers["content-type"].startswith("text/event-stream")
    blocks = [block.split("\n") for block in response.text.split("\n\n") if block.startswith("id: ")]
    return [(int(number[4:]), RunEvent.model_validate(json.loads(data[6:]))) for number, data in blocks]


async def test_the_description_names_every_error_by_its_own_shape():
    description = create_app(None, Health()).openapi()
    assert set(description["paths"]) == {"/runs", "/runs/plan", "/runs/autopilot", "/runs/{run_id}"} | {
        f"/runs/{{run_id}}/{name}" for name in ("cancel", "events", "log")
    }
    assert "HTTPValidationError" not in description["components"]["schemas"]


async def test_a_plan_tells_machine_time_and_cost_and_changes_nothing(http):
    plan = (await http.get("/runs/plan")).json()
    assert (plan["version"], plan["target"], plan["machine"]) == ("v1", "local", "this computer")
    assert plan["problem"] is None
    assert (plan["cents_per_hour"], plan["expected_cents"]) == (None, 0)
    assert plan["expected_seconds"] > 0
    assert (await http.get("/runs")).json() == {"items": []}


@pytest.mark.parametrize(("target", "says"), [("lambda", "LAMBDA_LABS_API_KEY"), ("ssh", "LARDER_SSH_HOST")])
async def test_a_target_that_is_not_set_up_says_what_to_set(http, target, says):
    response = await start(http, target=target)
    assert (response.status_code, code_of(response)) == (409, "TARGET_NOT_CONFIGURED")
    assert says in response.json()["error"]["message"]
    assert says in (await http.get(f"/runs/plan?target={target}")).json()["problem"]


async def test_a_plan_says_when_there_is_too_little_to_learn_from(http, audit_state):
    audit_state.audited = 7
    assert (await http.get("/runs/plan")).json()["problem"] == "Not enough audited records: 7 of 10."


async def test_a_finished_run_shows_seconds_and_cents_by_stage(http, trainer):
    run = await trainer.finish(await trainer.accepted("v1"))
    shown = (await http.get(f"/runs/{run.id}")).json()
    assert [line["state"] for line in shown["stages"]][-1] == "releasing"
    assert shown["cost_cents"] == 0
    assert shown["by"] == "person"


async def test_the_autopilot_is_off_until_it_is_set(http):
    assert not (await http.get("/runs/autopilot")).json()["settings"]["enabled"]
    changed = {"enabled": True, "after_audits": 30, "hour": 4, "target": "local", "monthly_budget_cents": 0}
    assert (await http.put("/runs/autopilot", json=changed)).json() == {"settings": changed, "report": None}
    assert (await http.get("/runs/autopilot")).json()["settings"] == changed
    wrong = await http.put("/runs/autopilot", json={**changed, "hour": 24})
    assert (wrong.status_code, code_of(wrong)) == (422, "INVALID_REQUEST")


async def test_schemathesis_finds_no_route_that_fails_or_answers_what_it_does_not_describe(app, tmp_path):
    assert await findings(app, tmp_path) == ""
