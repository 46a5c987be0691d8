"""What the inference worker promises to those who ask it, over a real nats-server.

The engine is a stand-in that reads one fruit for each generation; adapters, object store, pointer and queue are real.
"""

import asyncio
import dataclasses
import json
import shutil
import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fake_engine import BARE, CRASHING, FRUITS, HANGING, TEXT, FakeEngine
from nats.aio.client import Client
from prometheus_client import REGISTRY
from toy_model import make_adapter, make_base, write_manifest

from contracts import (
    ActiveModel,
    AdapterManifest,
    DeadLetter,
    ExtractionCompleted,
    ExtractionFailed,
    ExtractionRequested,
    ModelRef,
    Reference,
    subjects,
)
from inference_worker.adapters import AdapterRefused
from inference_worker.depot import Depot
from inference_worker.engines.base import Engine, Weights
from inference_worker.engines.torch_engine import TorchEngine
from inference_worker.follow import Follower
from inference_worker.generations import Generations
from inference_worker.model_thread import ModelThread
from inference_worker.worker import Worker
from servicekit.broker import connect, publish
from servicekit.consumer import consume_batches
from servicekit.health import Health
from servicekit.objects import NatsObjects, put_adapter
from servicekit.references import ReferenceWatch
from tests_support import eventually

pytestmark = pytest.mark.integration

SUBJECT = subjects.REQUESTED_PEFT
FAST = subjects.Delivery(ack_wait=timedelta(seconds=1), max_deliver=3, backoff=(timedelta(milliseconds=50),))
CONSUMER = dataclasses.replace(subjects.INFERENCE_WORKER, delivery=FAST)


@dataclasses.dataclass(frozen=True)
class Adapter:
    """A published adapter and the version and fruit that go with it."""

    version: str
    fruit: str
    folder: Path
    manifest: AdapterManifest

    @property
    def sha256(self) -> str:
        return self.manifest.sha256


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def rules(base: Path):
    return TorchEngine.open(base, device="cpu", threads=1).rules


@pytest.fixture(scope="module")
async def adapters(nats: Client, base: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Adapter]:
    """One published adapter for each fruit."""
    made = []
    for n, fruit in enumerate(FRUITS):
        folder = make_adapter(base, tmp_path_factory.mktemp("adapter"), seed=n)
        adapter = Adapter(f"v{n}", fruit, folder, write_manifest(base, folder))
        await put_adapter(NatsObjects(nats), folder, adapter.manifest)
        made.append(adapter)
    return made


@pytest.fixture
async def quick_redelivery(nats: Client, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The worker's consumer, emptied, with a short ack wait, and quick to stop."""
    monkeypatch.setattr("servicekit.consumer.FETCH_TIMEOUT", timedelta(seconds=0.2))
    jetstream = nats.jetstream()
    for stream in ("EXTRACTION_REQUESTS", "EXTRACTION_RESULTS", "DEAD"):
        await jetstream.purge_stream(stream)
    await (await jetstream.key_value(subjects.MODELS_BUCKET)).purge(subjects.ACTIVE_KEY)
    info = await jetstream.consumer_info(CONSUMER.stream, CONSUMER.name)
    await jetstream.add_consumer(CONSUMER.stream, dataclasses.replace(info.config, ack_wait=1))
    yield
    await jetstream.add_consumer(CONSUMER.stream, info.config)


class Running:
    """A worker on a connection of its own."""

    def __init__(self, url: str, engine: Engine, home: Path, canary=lambda *_: iter(()), batch: int = 4) -> None:
        self._url = url
        self.engine = engine
        self._home = home
        self._canary = canary
        self._batch = batch
        self.health = Health()
        self.stop = asyncio.Event()

    async def __aenter__(self) -> "Running":
        self.connection = await connect(self._url, "worker under test")
        self.thread = ModelThread()
        depot = Depot(NatsObjects(self.connection), self._home, self.engine.rules)
        generations = Generations(self.engine, depot.fetch, self._canary, self.thread)
        poll = timedelta(milliseconds=30)
        self.follower = Follower(self.connection, generations, self.health, poll)
        worker = Worker(self.connection, self.engine, self.thread, generations, self.follower,
                        ReferenceWatch(self.connection), timedelta(seconds=0.3))  # fmt: skip
        self.tasks = [
            asyncio.create_task(self.follower.run(self.stop)),
            asyncio.create_task(
                consume_batches(self.connection, subjects.INFERENCE_WORKER_NOW, ExtractionRequested, worker.handle,
                                health=self.health, stop=self.stop, batch=2)
            ),
            asyncio.create_task(
                consume_batches(self.connection, CONSUMER, ExtractionRequested, worker.handle,
                                health=self.health, stop=self.stop, batch=self._batch)
            ),
        ]  # fmt: skip
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await asyncio.gather(*self.tasks)
        self.thread.close()
        await self.connection.close()

    async def die(self) -> None:
        """As if killed: nothing is acked, nothing published, nothing drained.

        Python 3.11's `wait_for`, in which nats-py waits for messages, may swallow a cancellation: it is repeated.
        """
        left = set(self.tasks)
        while left:
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=0.05)
        await self.connection.close()
        self.tasks = []


@pytest.fixture
def engine(rules, adapters: list[Adapter]) -> FakeEngine:
    return FakeEngine(rules, {adapter.sha256: adapter.fruit for adapter in adapters})


@pytest.fixture
async def worker(nats_url: str, engine: FakeEngine, quick_redelivery: None, tmp_path: Path) -> AsyncIterator[Running]:
    async with Running(nats_url, engine, tmp_path) as running:
        yield running


def request(**fields) -> ExtractionRequested:
    number = uuid.uuid4().hex[:8]
    given = {"request_id": f"q{number}", "record_id": f"r{number}", "revision": 1, "text": TEXT,
             "reference_version": Reference().version}  # fmt: skip
    return ExtractionRequested.model_validate(given | fields)


def bare(**fields) -> ExtractionRequested:
    return request(evaluate=ModelRef(version="base", sha256=None), **fields)


async def ask(connection: Client, *requests: ExtractionRequested) -> None:
    for asked in requests:
        await publish(connection, SUBJECT, asked, uuid.uuid4().hex)


async def activate(connection: Client, number: int, adapter: Adapter | None, sha256: str | None = None) -> None:
    pointer = ActiveModel(
        activation=number, version=adapter.version if adapter else None, sha256=sha256 or (adapter and adapter.sha256)
    )
    bucket = await connection.jetstream().key_value(subjects.MODELS_BUCKET)
    await bucket.put(subjects.ACTIVE_KEY, pointer.model_dump_json().encode())


async def stored(connection: Client, stream: str) -> list[tuple[str, bytes]]:
    """(subject, payload) of all messages of a stream, oldest first."""
    jetstream = connection.jetstream()
    state = (await jetstream.stream_info(stream)).state
    numbers = range(state.first_seq, state.last_seq + 1) if state.messages else ()
    messages = [await jetstream.get_msg(stream, number) for number in numbers]
    return [(message.subject, message.data) for message in messages]


async def completed(connection: Client) -> list[ExtractionCompleted]:
    found = await stored(connection, "EXTRACTION_RESULTS")
    return [ExtractionCompleted.model_validate_json(data) for subject, data in found if ".completed." in subject]


async def failed(connection: Client) -> list[ExtractionFailed]:
    found = await stored(connection, "EXTRACTION_RESULTS")
    return [ExtractionFailed.model_validate_json(data) for subject, data in found if ".failed." in subject]


async def results(connection: Client, count: int) -> list[ExtractionCompleted]:
    """The completions, once there are `count` of them and no request is left."""

    async def enough() -> bool:
        left = (await connection.jetstream().stream_info("EXTRACTION_REQUESTS")).state.messages
        return left == 0 and len(await completed(connection)) >= count

    await eventually(enough)
    found = await completed(connection)
    assert len(found) == count
    return found


def fruits(result: ExtractionCompleted) -> list[str]:
    return [item.name for item in result.extraction.items]


async def test_a_request_is_completed_by_the_active_generation_which_the_result_names(nats, worker, adapters):
    await activate(nats, 1, adapters[0])
    asked = request(activation=1)
    await ask(nats, asked)
    (result,) = await results(nats, 1)
    assert (result.request_id, result.record_id, result.method) == (asked.request_id, asked.record_id, "peft")
    assert (result.generation.version, result.generation.activation) == ("v0", 1)
    assert (result.version, result.generation.sha256) == ("v0", adapters[0].sha256)
    assert fruits(result) == ["apples"]


async def test_a_request_that_is_delivered_twice_is_completed_once(nats, worker):
    asked = bare()
    await ask(nats, asked, asked, asked)
    assert fruits((await results(nats, 1))[0]) == [BARE]


async def test_a_worker_killed_in_the_middle_of_a_message_loses_nothing(
    nats, nats_url, engine, quick_redelivery, tmp_path
):
    asked = [bare(text=f"{TEXT}\n{HANGING}"), *(bare() for _ in range(9))]
    async with Running(nats_url, engine, tmp_path) as first:
        await ask(nats, *asked)
        await eventually(lambda: engine.batches)
        await first.die()
        engine.go_on.set()
    async with Running(nats_url, engine, tmp_path):
        found = await results(nats, len(asked))
    assert {result.record_id for result in found} == {one.record_id for one in asked}


async def test_a_stopped_worker_finishes_what_it_holds(nats, nats_url, engine, quick_redelivery, tmp_path):
    async with Running(nats_url, engine, tmp_path) as running:
        await ask(nats, bare(text=f"{TEXT}\n{HANGING}"))
        await eventually(lambda: engine.batches)
        running.stop.set()
        await asyncio.sleep(0.1)
        engine.go_on.set()
    await results(nats, 1)


async def test_a_payload_that_is_no_request_becomes_a_dead_letter(nats, worker):
    await nats.jetstream().publish(SUBJECT, b'{"text": 5}')
    await eventually(lambda: stored(nats, "DEAD"))
    ((subject, data),) = await stored(nats, "DEAD")
    assert subject == f"dead.{SUBJECT}"
    assert "not a ExtractionRequested" in DeadLetter.model_validate_json(data).reason


async def test_a_message_on_which_the_model_crashes_becomes_a_dead_letter_and_its_batch_is_read(nats, worker):
    spoilt, good = bare(text=CRASHING), [bare() for _ in range(5)]
    await ask(nats, good[0], spoilt, *good[1:])
    found = await results(nats, len(good))
    assert {result.record_id for result in found} == {one.record_id for one in good}
    ((_, data),) = await stored(nats, "DEAD")
    letter = DeadLetter.model_validate_json(data)
    assert (letter.reason, letter.deliveries) == ("the model crashed", FAST.max_deliver)


async def test_while_an_engine_elsewhere_is_away_messages_wait_and_none_is_lost(nats, worker, engine):
    engine.is_away = True
    asked = [bare() for _ in range(3)]
    await ask(nats, *asked)
    await eventually(lambda: len(engine.batches) > 2 * FAST.max_deliver)
    engine.is_away = False
    found = await results(nats, len(asked))
    assert {result.record_id for result in found} == {one.record_id for one in asked}
    assert not await stored(nats, "DEAD")


async def test_a_message_that_can_never_be_read_fails_with_its_reason(nats, worker):
    await ask(nats, bare(text="a" * 40_001))
    (failure,) = await eventually(lambda: failed(nats))
    assert (failure.version, failure.method) == ("base", "peft")
    assert "at most 40000" in failure.reason
    assert await results(nats, 0) == []


async def test_who_looks_at_a_record_waits_for_one_batch_of_the_backlog_and_no_more(nats, worker, engine):
    """Twelve long messages wait, the first of them is being read; the one that is looked at comes second."""
    backlog = [bare(text=f"{TEXT}\n{HANGING if n == 0 else n} {'and so on ' * 250}") for n in range(12)]
    await ask(nats, *backlog)
    await eventually(lambda: engine.batches)
    looked_at = bare()
    await publish(nats, subjects.REQUESTED_PEFT_NOW, looked_at, uuid.uuid4().hex)
    await asyncio.sleep(0.5)
    engine.go_on.set()
    found = await results(nats, 13)
    assert [result.record_id for result in found].index(looked_at.record_id) <= 2


async def test_a_record_that_was_read_is_not_read_again_by_the_same_generation(nats, worker, engine, adapters):
    await activate(nats, 1, adapters[0])
    first, again = request(record_id="r"), request(record_id="r")
    await ask(nats, first)
    await results(nats, 1)
    batches = len(engine.batches)
    await ask(nats, again)
    assert {result.request_id for result in await results(nats, 2)} == {first.request_id, again.request_id}
    assert len(engine.batches) == batches
    await activate_and_settle(nats, worker, 2, adapters[1])
    await ask(nats, request(record_id="r"), request(record_id="r", revision=2))
    assert [fruits(result) for result in await results(nats, 4)][2:] == [["pears"], ["pears"]]


async def test_an_object_store_that_is_gone_is_waited_for_and_the_old_generation_goes_on(
    nats, worker, adapters, monkeypatch
):
    await activate(nats, 1, adapters[0])
    await eventually(lambda: worker.follower.settled == 1)

    async def gone(*_: object, **__: object) -> None:
        raise OSError("the object store does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(Depot, "_download", gone)
        await activate(nats, 2, adapters[1])
        await eventually(lambda: worker.health.problems)
        await ask(nats, request(activation=1))
        assert fruits((await results(nats, 1))[0]) == ["apples"]
    await eventually(lambda: worker.follower.settled == 2)
    await ask(nats, request(activation=2))
    assert fruits((await results(nats, 2))[-1]) == ["pears"]


async def test_a_pointer_that_moves_while_an_adapter_loads_ends_at_the_newest(nats, worker, adapters, monkeypatch):
    load, loading = FakeEngine.load, asyncio.Event()

    def slow(self: FakeEngine, folder: Path, sha256: str) -> Weights:
        if sha256 == adapters[1].sha256:
            loading.set()
            time.sleep(0.3)
        return load(self, folder, sha256)

    monkeypatch.setattr(FakeEngine, "load", slow)
    await activate(nats, 1, adapters[1])
    await asyncio.wait_for(loading.wait(), 10)
    await activate(nats, 2, adapters[2])
    await ask(nats, request(activation=2))
    (result,) = await results(nats, 1)
    assert (fruits(result), result.generation.activation) == (["plums"], 2)


async def test_a_version_published_again_with_other_bytes_is_another_generation(nats, worker, adapters):
    """Versions are names for people; what is loaded, kept and told is the hash."""
    other = dataclasses.replace(adapters[1], version=adapters[0].version)
    await activate(nats, 1, adapters[0])
    await activate_and_settle(nats, worker, 2, other)
    await ask(nats, request(activation=2))
    (result,) = await results(nats, 1)
    assert (result.version, result.generation.sha256, fruits(result)) == ("v0", other.sha256, ["pears"])


STEPS_OF_A_RELOAD = {
    "download": (Depot, "_download"),
    "admit": (Depot, "_admit"),
    "load": (FakeEngine, "load"),
    "golden messages": (ModelThread, "run"),
    "commit": (Follower, "_commit"),
}


@pytest.mark.parametrize("step", STEPS_OF_A_RELOAD)
async def test_a_worker_killed_in_any_step_of_a_reload_starts_again_with_the_new_generation(
    step, nats, nats_url, engine, adapters, quick_redelivery, tmp_path, monkeypatch
):
    owner, name = STEPS_OF_A_RELOAD[step]
    reached = threading.Event()

    async def hang(*_: object) -> None:
        reached.set()
        await asyncio.sleep(60)

    def block(*_: object) -> None:
        reached.set()
        time.sleep(0.5)
        raise OSError("the process is gone")

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, hang if asyncio.iscoroutinefunction(getattr(owner, name)) else block)
        async with Running(nats_url, engine, tmp_path) as first:
            await activate(nats, 1, adapters[0])
            await ask(nats, request(activation=1))
            await eventually(reached.is_set)
            await first.die()
    async with Running(nats_url, engine, tmp_path):
        assert fruits((await results(nats, 1))[0]) == ["apples"]


async def test_requests_wait_until_a_model_is_active(nats, worker, adapters):
    await ask(nats, request(), request())
    await asyncio.sleep(0.6)
    assert await completed(nats) == []
    await activate(nats, 1, adapters[1])
    assert [fruits(result) for result in await results(nats, 2)] == [["pears"], ["pears"]]
    assert await stored(nats, "DEAD") == []


async def test_a_request_is_not_read_before_the_activation_that_it_names(nats, worker, adapters):
    await activate(nats, 1, adapters[0])
    await eventually(lambda: worker.follower.settled == 1)
    await ask(nats, request(activation=2))
    await asyncio.sleep(0.6)
    assert await completed(nats) == []
    await activate(nats, 2, adapters[1])
    assert (await results(nats, 1))[0].generation.activation == 2


async def test_an_older_activation_is_ignored(nats, worker, adapters):
    await activate(nats, 5, adapters[1])
    await eventually(lambda: worker.follower.settled == 5)
    await activate(nats, 4, adapters[0])
    await asyncio.sleep(0.3)
    await ask(nats, request())
    assert fruits((await results(nats, 1))[0]) == ["pears"]
    assert REGISTRY.get_sample_value("larder_generation_activation") == 5


async def test_a_request_that_names_a_candidate_is_read_by_it_while_another_serves(nats, worker, adapters):
    await activate(nats, 1, adapters[0])
    candidate = ModelRef(version="v2", sha256=adapters[2].sha256)
    await ask(nats, request(evaluate=candidate), request(activation=1), bare())
    found = {result.version: result for result in await results(nats, 3)}
    assert {version: fruits(result) for version, result in found.items()} == {
        "v2": ["plums"], "v0": ["apples"], "base": [BARE]
    }  # fmt: skip
    assert (found["v2"].generation.activation, found["base"].generation.sha256) == (None, None)


async def test_no_request_is_dropped_or_mixed_while_generations_are_swapped(nats, worker, adapters):
    """Thirty swaps under load: every result is what the generation that it names reads, and the last one wins."""
    fruit_of = {adapter.version: adapter.fruit for adapter in adapters}
    asked = []
    for number in range(1, 31):
        await activate(nats, number, adapters[number % 3])
        asked += [request(activation=number if number % 5 == 0 else None) for _ in range(5)]
        await ask(nats, *asked[-5:])
    found = await results(nats, len(asked))
    assert {result.record_id for result in found} == {one.record_id for one in asked}
    assert all(fruits(result) == [fruit_of[result.generation.version]] for result in found)
    needed = {one.record_id: one.activation or 0 for one in asked}
    assert all(result.generation.activation >= needed[result.record_id] for result in found)
    assert found[-1].generation.activation == 30
    assert await stored(nats, "DEAD") == []


def damaged(adapter: Adapter, base: Path, folder: Path) -> Adapter:
    """Published under a hash of its own with weights for another base."""
    shutil.copytree(adapter.folder, folder)
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps(config | {"lora_dropout": 0.5, "use_dora": True}))
    return Adapter("v9", "none", folder, write_manifest(base, folder))


async def test_a_bad_adapter_is_quarantined_and_told_and_the_old_one_goes_on(nats, worker, adapters, base, tmp_path):
    bad = damaged(adapters[0], base, tmp_path / "bad")
    await put_adapter(NatsObjects(nats), bad.folder, bad.manifest)
    refused = REGISTRY.get_sample_value("larder_adapters_refused_total", {"reason": "OPTION_USE_DORA"}) or 0
    await activate(nats, 1, adapters[0])
    await activate_and_settle(nats, worker, 2, bad)
    await ask(nats, request(activation=2))
    (result,) = await results(nats, 1)
    assert (result.generation.version, result.generation.activation, fruits(result)) == ("v0", 1, ["apples"])
    await eventually(lambda: worker.health.is_ready)  # the other consumer may still make its first fetch
    assert "version v9 was refused, v0 goes on serving" in worker.health.notes[0]
    assert REGISTRY.get_sample_value("larder_adapters_refused_total", {"reason": "OPTION_USE_DORA"}) == refused + 1
    quarantine = tmp_path / "adapters" / "quarantine" / bad.sha256
    assert (quarantine / "REASON.txt").read_text().startswith("OPTION_USE_DORA: ")


async def activate_and_settle(nats, worker, number: int, adapter: Adapter) -> None:
    await eventually(lambda: worker.follower.settled == number - 1)
    await activate(nats, number, adapter)
    await eventually(lambda: worker.follower.settled == number)


async def test_a_request_fails_with_the_reason_when_the_first_adapter_is_refused(
    nats, worker, adapters, base, tmp_path
):
    bad = damaged(adapters[1], base, tmp_path / "bad")
    await put_adapter(NatsObjects(nats), bad.folder, bad.manifest)
    await activate(nats, 1, bad)
    await ask(nats, request(activation=1), request(evaluate=ModelRef(version="v9", sha256=bad.sha256)))
    await eventually(lambda: settled_with_failures(nats, 2))
    assert all("use_dora" in failure.reason and failure.version == "v9" for failure in await failed(nats))


async def settled_with_failures(connection: Client, count: int) -> bool:
    return len(await failed(connection)) == count


async def test_an_adapter_that_reads_golden_messages_badly_is_not_served(
    nats, nats_url, engine, adapters, quick_redelivery, tmp_path
):
    def canary(_: Engine, weights: Weights) -> Iterator[None]:
        yield
        if weights.model == "pears":
            raise AdapterRefused("CANARY", "It reads nothing.")

    async with Running(nats_url, engine, tmp_path, canary) as worker:
        await activate(nats, 1, adapters[0])
        await activate_and_settle(nats, worker, 2, adapters[1])
        await ask(nats, request(activation=2))
        assert fruits((await results(nats, 1))[0]) == ["apples"]
        await activate_and_settle(nats, worker, 3, adapters[2])
        assert worker.health.notes == []


async def test_a_rollback_serves_the_earlier_adapter_again_without_fetching_it(nats, worker, adapters, tmp_path):
    await activate(nats, 1, adapters[0])
    await activate_and_settle(nats, worker, 2, adapters[1])
    shutil.rmtree(tmp_path / "adapters" / adapters[0].sha256)
    await activate_and_settle(nats, worker, 3, adapters[0])
    await ask(nats, request(activation=3))
    assert fruits((await results(nats, 1))[0]) == ["apples"]
    assert not (tmp_path / "adapters" / adapters[0].sha256).exists()


async def test_after_deactivation_requests_wait_for_the_next_model(nats, worker, adapters):
    await activate(nats, 1, adapters[0])
    await eventually(lambda: worker.follower.serving)
    await activate(nats, 2, None)
    await eventually(lambda: worker.follower.settled == 2)
    await ask(nats, request(activation=2))
    await asyncio.sleep(0.5)
    assert await completed(nats) == []
    await activate(nats, 3, adapters[2])
    assert fruits((await results(nats, 1))[0]) == ["plums"]


class TestFetching:
    """The depot: complete and verified on disk, or refused with a reason."""

    @pytest.fixture
    def depot(self, nats: Client, rules, tmp_path: Path) -> Depot:
        return Depot(NatsObjects(nats), tmp_path, rules)

    async def test_a_good_adapter_is_fetched_once(self, depot: Depot, adapters, nats):
        folder = await depot.fetch(adapters[0].sha256)
        stamp = (folder / "adapter_model.safetensors").stat().st_mtime_ns
        assert (await depot.fetch(adapters[0].sha256)) == folder
        assert (folder / "adapter_model.safetensors").stat().st_mtime_ns == stamp
        assert [path.name for path in folder.parent.iterdir()] == [adapters[0].sha256]

    async def test_a_copy_that_rotted_on_disk_is_set_aside_and_fetched_again(self, depot: Depot, adapters, tmp_path):
        folder = await depot.fetch(adapters[0].sha256)
        (folder / "adapter_model.safetensors").write_bytes(b"rotten")
        fetched = await depot.fetch(adapters[0].sha256)
        assert (fetched / "adapter_model.safetensors").stat().st_size > 100
        assert (tmp_path / "adapters/quarantine" / adapters[0].sha256 / "REASON.txt").read_text().startswith("SIZE")

    async def test_an_adapter_that_was_never_published_is_refused(self, depot: Depot):
        with pytest.raises(AdapterRefused, match="not in the object store"):
            await depot.fetch("0" * 64)

    @pytest.mark.parametrize(("spoil", "code"), [(lambda b: b[:-9], "SIZE"), (lambda b: b[:-1] + b"\1", "HASH")])
    async def test_bytes_that_changed_in_the_store_are_refused(
        self, spoil, code, depot: Depot, adapters, base, nats, tmp_path
    ):
        shutil.copytree(adapters[0].folder, tmp_path / "other")
        weights = tmp_path / "other" / "adapter_model.safetensors"
        config = tmp_path / "other" / "adapter_config.json"
        config.write_text(config.read_text() + " " * ord(code[0]))
        manifest = write_manifest(base, tmp_path / "other")
        weights.write_bytes(spoil(weights.read_bytes()))
        await put_adapter(NatsObjects(nats), tmp_path / "other", manifest)
        with pytest.raises(AdapterRefused) as refused:
            await depot.fetch(manifest.sha256)
        assert refused.value.code == code
        assert (tmp_path / "adapters/quarantine" / manifest.sha256 / "REASON.txt").read_text().startswith(code)
        assert not (tmp_path / "adapters" / manifest.sha256).exists()

    async def test_a_disk_that_fills_up_leaves_nothing_behind_and_the_next_try_works(
        self, depot: Depot, adapters, tmp_path, monkeypatch
    ):
        async def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(NatsObjects, "fetch", full)
            with pytest.raises(OSError, match="No space left"):
                await depot.fetch(adapters[0].sha256)
        assert list((tmp_path / "adapters").iterdir()) == []
        await depot.fetch(adapters[0].sha256)

    async def test_what_a_killed_worker_left_half_fetched_is_deleted(self, depot: Depot, tmp_path):
        left_over = tmp_path / "adapters" / ".fetching-abc"
        left_over.mkdir()
        (left_over / "adapter_config.json").write_text("{")
        depot.clean()
        assert not left_over.exists()
