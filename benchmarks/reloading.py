"""Reloads under load: `python benchmarks/reloading.py [--reloads 1000] [--quick]`.

Starts a broker and a worker as `larder up` does, with larder-tiny and adapters of random small changes. One reader asks
for one message after the other, as people who look do, while the pointer moves to the next adapter as soon as the last
one has answered. There are more adapters than a worker keeps, so each reload verifies, merges, compiles and passes the
golden messages; the first round also fetches. Ask and answer travel through the broker.

dropped: requests without an answer. doubled: answers beyond the first. mixed: answers that are not, with every
confidence, what their generation read alone, before. wrong generation: answers older than the one that the request
names, or than one before them. p99 is from asking to the answer; publish to serving is from moving the pointer to the
first new answer. The table goes to the output, the worker's log to the error output.
"""

import sys

sys.path.append(sys.path.pop(0))  # this folder last, since a file in it would hide the package `reading`

import argparse
import asyncio
import json
import os
import resource
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import torch
from nats.aio.client import Client
from nats.aio.msg import Msg
from peft import LoraConfig, get_peft_model
from transformers import LlamaForCausalLM

from contracts import (
    ActiveModel,
    AdapterManifest,
    ExtractionCompleted,
    ExtractionRequested,
    Method,
    Reference,
    subjects,
)
from contracts.hashing import ADAPTER_FILES, adapter_sha256, base_model_ref, file_entry
from larder_local.keys import make_keys
from larder_local.ports import free_port
from larder_local.servers import launch, prepare_nats
from servicekit.broker import connect, publish
from servicekit.objects import NatsObjects, put_adapter
from servicekit.provision import provision

ROOT = Path(__file__).resolve().parents[1]
TINY = ROOT / "models" / "larder-tiny"
ADAPTERS = 6
"""More than a worker keeps loaded."""
BEFORE = 500
"""At most so many requests are asked before the first reload."""
PATIENCE = 60.0


@dataclass
class Tally:
    """What was asked and answered."""

    seconds: list[float] = field(default_factory=list)
    dropped: int = 0
    doubled: int = 0
    mixed: int = 0
    wrong: int = 0


class Asker:
    """Asks one message after the other, and judges each answer."""

    def __init__(self, connection: Client, texts: Sequence[str], manifests: Sequence[AdapterManifest]) -> None:
        self._connection = connection
        self._texts = texts
        self._manifests = manifests
        self._waiting: dict[str, asyncio.Future[ExtractionCompleted]] = {}
        self._alone: dict[tuple[str | None, int], object] = {}
        self._turns = count()
        self._served = 0
        self._moved = asyncio.Condition()
        self.tally = Tally()

    async def answered(self, message: Msg) -> None:
        result = ExtractionCompleted.model_validate_json(message.data)
        waiting = self._waiting.pop(result.request_id, None)
        if waiting is None:
            self.tally.doubled += 1
        else:
            waiting.set_result(result)

    async def activate(self, number: int) -> float:
        """Seconds from moving the pointer to the first answer of the new generation."""
        manifest = self._manifests[number % ADAPTERS]
        pointer = ActiveModel(activation=number, version=f"v{number % ADAPTERS}", sha256=manifest.sha256)
        bucket = await self._connection.jetstream().key_value(subjects.MODELS_BUCKET)
        began = time.perf_counter()
        await bucket.put(subjects.ACTIVE_KEY, pointer.model_dump_json().encode())
        async with asyncio.timeout(PATIENCE), self._moved:
            await self._moved.wait_for(lambda: self._served >= number)
        return time.perf_counter() - began

    async def ask(self, activation: int | None = None) -> None:
        turn = next(self._turns) % len(self._texts)
        request = ExtractionRequested(
            request_id=uuid.uuid4().hex, record_id=uuid.uuid4().hex, revision=1, text=self._texts[turn],
            reference_version=Reference().version, activation=activation,
        )  # fmt: skip
        waiting = self._waiting[request.request_id] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        await publish(self._connection, subjects.REQUESTED_PEFT_NOW, request, request.request_id)
        try:
            result = await asyncio.wait_for(waiting, PATIENCE)
        except TimeoutError:
            self.tally.dropped += 1
            return
        self.tally.seconds.append(time.perf_counter() - began)
        await self._judge(result, turn, max(activation or 0, self._served))

    async def _judge(self, result: ExtractionCompleted, turn: int, least: int) -> None:
        """The first reading of a text by a generation, taken while nothing moves, is what later ones must equal."""
        number = (result.generation and result.generation.activation) or 0
        sha256 = result.generation and result.generation.sha256
        alone = self._alone.setdefault((sha256, turn), result.extraction)
        self.tally.mixed += alone != result.extraction
        self.tally.wrong += number < least or sha256 != self._manifests[number % ADAPTERS].sha256
        async with self._moved:
            self._served = max(self._served, number)
            self._moved.notify_all()

    async def ask_until(self, stop: asyncio.Event) -> None:
        """Every third request names the newest activation that is known to serve."""
        for number in count():
            if stop.is_set():
                return
            await self.ask(self._served if number % 3 == 0 else None)

    def differing(self) -> int:
        """Texts that not all generations read alike; where none differs, nothing could be seen to mix."""
        readings = [{json.dumps(str(self._alone.get((one.sha256, n)))) for one in self._manifests}
                    for n in range(len(self._texts))]  # fmt: skip
        return sum(len(one) > 1 for one in readings)


async def measure(url: str, home: Path, reloads: int) -> None:
    connection = await connect(url, "benchmark")
    await provision(connection)
    manifests = [noisy_adapter(home / f"a{seed}", seed) for seed in range(ADAPTERS)]
    for n, manifest in enumerate(manifests):
        await put_adapter(NatsObjects(connection), home / f"a{n}", manifest)
    worker = await start_worker(url, home / "worker")
    asker = Asker(connection, texts(), manifests)
    await connection.subscribe(subjects.COMPLETED.format(method=Method.PEFT), cb=asker.answered)
    try:
        first = await read_alone(asker)
        asker.tally = before = Tally()
        for _ in range(min(BEFORE, 3 * reloads)):
            await asker.ask()
        asker.tally = during = Tally()
        memory = resident(worker.pid)
        seconds = await reload_under_load(asker, first, reloads)
        print_table(before, during, seconds, resident(worker.pid) - memory, asker.differing())
    finally:
        worker.terminate()
        await worker.wait()
        await connection.close()


async def read_alone(asker: Asker) -> int:
    """Each generation reads each text while nothing moves; the next activation's number."""
    for number in range(1, ADAPTERS + 1):
        asking = asyncio.create_task(asker.ask(number))
        await asker.activate(number)
        await asking
        for _ in texts():
            await asker.ask(number)
    return ADAPTERS + 1


async def reload_under_load(asker: Asker, first: int, reloads: int) -> list[float]:
    stop = asyncio.Event()
    asking = asyncio.create_task(asker.ask_until(stop))
    try:
        return [await asker.activate(number) for number in range(first, first + reloads)]
    finally:
        stop.set()
        await asking


def print_table(before: Tally, during: Tally, seconds: Sequence[float], grown: float, differing: int) -> None:
    print("| reloads | requests meanwhile | dropped | doubled | mixed | wrong generation "
          "| p99 ms before | p99 ms during | publish to serving s, p50 / p99 "
          "| worker's MiB grown | texts read differently |")  # fmt: skip
    print("|" + "---|" * 11)
    print(f"| {len(seconds)} | {len(during.seconds) + during.dropped} | {during.dropped} | {during.doubled} | "
          f"{during.mixed} | {during.wrong} | {p99(before.seconds) * 1e3:.0f} | {p99(during.seconds) * 1e3:.0f} | "
          f"{statistics.median(seconds):.2f} / {p99(seconds):.2f} | {grown:.0f} | "
          f"{differing} of {len(texts())} |")  # fmt: skip


async def start_worker(url: str, home: Path) -> asyncio.subprocess.Process:
    environment = os.environ | {"NATS_URL": url, "LARDER_PORT": str(free_port(0)), "LARDER_HOME": str(home),
                                "LARDER_BASE_MODEL": str(TINY)}  # fmt: skip
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "inference_worker", env=environment, stdout=asyncio.subprocess.DEVNULL
    )


@contextmanager
def broker(home: Path) -> Iterator[str]:
    server = prepare_nats(home / "nats", free_port(0), make_keys(home / "keys"))
    process = launch(server, home / "nats.log")
    try:
        yield server.url
    finally:
        process.terminate()
        process.wait()


def noisy_adapter(folder: Path, seed: int) -> AdapterManifest:
    """An adapter that changes some answers a little."""
    torch.manual_seed(seed)
    config = LoraConfig(r=8, target_modules=["q_proj", "v_proj"])
    model = get_peft_model(LlamaForCausalLM.from_pretrained(TINY, dtype=torch.float32), config)
    for name, tensor in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(tensor, std=0.03)
    model.save_pretrained(folder)
    files = {name: file_entry(folder / name) for name in ADAPTER_FILES}
    return AdapterManifest(
        sha256=adapter_sha256(folder), files=files, base=base_model_ref("larder-tiny", TINY), rank=8,
        alpha=config.lora_alpha, target_modules=("q_proj", "v_proj"), target_format=1,
    )  # fmt: skip


def texts() -> list[str]:
    """Twelve messages of the sample."""
    lines = (ROOT / "sample" / "labels.jsonl").read_text().splitlines()[1:240:20]
    return [json.loads(line)["text"] for line in lines]


def p99(values: Sequence[float]) -> float:
    found = sorted(values)
    return found[min(len(found) - 1, int(len(found) * 0.99))]


def resident(process: int) -> float:
    """MiB of a process now."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reloads", type=int, default=1000)
    parser.add_argument("--quick", action="store_true", help="30 reloads")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, broker(Path(folder)) as url:
        asyncio.run(measure(url, Path(folder), 30 if options.quick else options.reloads))


if __name__ == "__main__":
    main()
