"""Reads requested records and publishes what it read: `extraction.requested.peft` -> `extraction.completed.peft`.

Invariant: a request is acked only after its result was stored by the broker. The result's message id is made of the
request and the version, so that a request which is delivered twice is completed once. A request keeps the generation
that it started with, and its result names it.

Requests of people who look at a record come by a consumer of their own. They wait for the micro-batch that is being
read, a second or so, and for nothing else. What was read is remembered by (record, revision, generation, reference), so
that a record which is asked for by a person and by the backlog is read once.
"""

import time
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

import structlog
from nats.aio.client import Client

from contracts import (
    ExtractionCompleted,
    ExtractionFailed,
    ExtractionRequested,
    Generation,
    Method,
    ModelRef,
    Reference,
)
from contracts.subjects import COMPLETED, FAILED
from inference_worker.adapters import AdapterRefused
from inference_worker.engines.base import Engine
from inference_worker.follow import Follower, Serving
from inference_worker.generations import Generations
from inference_worker.metrics import READING_SECONDS
from inference_worker.model_thread import ModelThread
from inference_worker.reader import MessageRefused, Reader
from servicekit.broker import publish
from servicekit.consumer import Retry
from servicekit.objects import STORE_ERRORS
from servicekit.references import ReferenceWatch

log = structlog.get_logger(__name__)
Outcome = Exception | None
CHARACTERS = 2_000
"""Of one micro-batch; longer messages are read alone."""


class Refused(Exception):
    """The request can never be answered; becomes an ExtractionFailed."""

    def __init__(self, version: str, reason: str) -> None:
        super().__init__(reason)
        self.version = version


class Worker:
    """Handles batches of requests."""

    def __init__(
        self, connection: Client, engine: Engine, thread: ModelThread, generations: Generations, follower: Follower,
        references: ReferenceWatch, patience: timedelta,
    ) -> None:  # fmt: skip
        self._connection = connection
        self._engine = engine
        self._thread = thread
        self._generations = generations
        self._follower = follower
        self._references = references
        self._patience = patience
        self._known = Known()

    async def handle(self, requests: Sequence[ExtractionRequested]) -> Sequence[Outcome]:
        """One outcome for each request, in order: None when its result is stored, else what prevented it."""
        outcomes: dict[int, Outcome] = {}
        groups: dict[tuple[str, Generation], list[int]] = defaultdict(list)
        serving: dict[Generation, Serving] = {}
        deadline = time.monotonic() + self._patience.total_seconds()
        for place, request in enumerate(requests):
            try:
                found = await self._serving_for(request, deadline)
            except Refused as refused:
                outcomes[place] = await self._fail(request, refused)
            except (Retry, *STORE_ERRORS) as error:
                outcomes[place] = as_retry(error)
            else:
                serving[found.generation] = found
                groups[request.reference_version, found.generation].append(place)
        for (reference_version, generation), places in groups.items():
            reference = await self._references.at_least(reference_version)
            group = [requests[place] for place in places]
            done = await self._read_group(group, serving[generation], reference)
            outcomes.update(zip(places, done, strict=True))
        return [outcomes[place] for place in range(len(requests))]

    async def _serving_for(self, request: ExtractionRequested, deadline: float) -> Serving:
        """What to read this request with. Raises Retry when it is not here yet, Refused when it never will be."""
        if request.evaluate is not None:
            return await self._candidate(request.evaluate)
        patience = timedelta(seconds=max(0.0, deadline - time.monotonic()))
        if request.activation is not None and not await self._follower.settles(request.activation, patience):
            raise Retry(f"activation {request.activation} is not loaded yet")
        serving = self._follower.serving
        if serving is not None:
            return serving
        if (note := self._follower.refusal) is not None:
            raise Refused(*note)
        raise Retry("no model is active")

    async def _candidate(self, model: ModelRef) -> Serving:
        """A version to be judged; it serves nobody else."""
        try:
            weights = await self._generations.load(model.sha256)
        except AdapterRefused as refused:
            raise Refused(model.version, str(refused)) from refused
        return Serving(Generation(version=model.version, sha256=model.sha256, activation=None), weights)

    async def _read_group(
        self, requests: Sequence[ExtractionRequested], serving: Serving, reference: Reference
    ) -> Sequence[Outcome]:
        """What is known already is published again, the rest read in micro-batches of a bounded length."""
        known = [self._known.find(request, serving, reference) for request in requests]
        unknown = [request for request, result in zip(requests, known, strict=True) if result is None]
        read = iter([
            outcome
            for batch in micro_batches(unknown)
            for outcome in await self._read_batch(batch, serving, reference)
        ])  # fmt: skip
        return [next(read) if result is None else await self._publish(result) for result in known]

    async def _read_batch(
        self, requests: Sequence[ExtractionRequested], serving: Serving, reference: Reference
    ) -> Sequence[Outcome]:
        """Read together; when one message spoils the batch, read each alone so that only it suffers."""
        try:
            completed = await self._read(requests, serving, reference)
        except ConnectionError as error:  # an engine elsewhere is away: no fault of the messages
            return [as_retry(error)] * len(requests)
        except Exception as error:  # noqa: BLE001 - the boundary: an outcome for each message
            if len(requests) == 1:
                return [await self._spoiled(requests[0], serving, error)]
            return [(await self._read_batch([request], serving, reference))[0] for request in requests]
        return [await self._publish(result) for result in completed]

    async def _read(
        self, requests: Sequence[ExtractionRequested], serving: Serving, reference: Reference
    ) -> list[ExtractionCompleted]:
        reader = Reader(self._engine, serving.weights)
        texts, drafts = [request.text for request in requests], [request.draft for request in requests]
        started = time.perf_counter()
        extractions = await self._thread.run(reader.read, texts, reference, drafts)
        share = (time.perf_counter() - started) / len(requests)
        READING_SECONDS.observe(share)
        completed = [
            ExtractionCompleted(
                request_id=request.request_id, record_id=request.record_id, revision=request.revision,
                method=Method.PEFT, version=serving.generation.version, generation=serving.generation,
                reference_version=reference.version, extraction=extraction, ms=share * 1000,
            )
            for request, extraction in zip(requests, extractions, strict=True)
        ]  # fmt: skip
        for result in completed:
            self._known.keep(result)
        return completed

    async def _spoiled(self, request: ExtractionRequested, serving: Serving, error: Exception) -> Outcome:
        """A message that can never be read has failed; any other error may pass, until the broker is tired of it."""
        if isinstance(error, MessageRefused):
            return await self._fail(request, Refused(serving.generation.version, str(error)))
        log.error("reading failed", record_id=request.record_id, request_id=request.request_id, exc_info=error)
        return error

    async def _publish(self, completed: ExtractionCompleted) -> Outcome:
        subject = COMPLETED.format(method=Method.PEFT)
        return await self._stored(subject, completed, f"{completed.request_id}:{completed.version}")

    async def _fail(self, request: ExtractionRequested, refused: Refused) -> Outcome:
        failed = ExtractionFailed(
            request_id=request.request_id, record_id=request.record_id, revision=request.revision, method=Method.PEFT,
            version=refused.version, reason=str(refused),
        )  # fmt: skip
        log.warning("record not read", record_id=request.record_id, request_id=request.request_id, reason=str(refused))
        return await self._stored(
            FAILED.format(method=Method.PEFT), failed, f"{request.request_id}:{refused.version}:failed"
        )

    async def _stored(self, subject: str, result: ExtractionCompleted | ExtractionFailed, message_id: str) -> Outcome:
        try:
            await publish(self._connection, subject, result, message_id)
        except STORE_ERRORS as error:
            return as_retry(error)
        return None


class Known:
    """The last results, by what they depend on."""

    def __init__(self, most: int = 512) -> None:
        self._most = most
        self._results: OrderedDict[tuple[str, int, Generation | None, str], ExtractionCompleted] = OrderedDict()

    def find(self, request: ExtractionRequested, serving: Serving, reference: Reference) -> ExtractionCompleted | None:
        """An earlier result, told as this request's."""
        key = (request.record_id, request.revision, serving.generation, reference.version)
        found = self._results.get(key)
        return found and found.model_copy(update={"request_id": request.request_id})

    def keep(self, result: ExtractionCompleted) -> None:
        self._results[result.record_id, result.revision, result.generation, result.reference_version] = result
        while len(self._results) > self._most:
            self._results.popitem(last=False)


def micro_batches(requests: Sequence[ExtractionRequested]) -> Iterator[list[ExtractionRequested]]:
    """Consecutive requests that together hold about `CHARACTERS`, so that a person who looks waits for little."""
    batch: list[ExtractionRequested] = []
    for request in requests:
        if batch and sum(len(one.text) for one in batch) + len(request.text) > CHARACTERS:
            yield batch
            batch = []
        batch.append(request)
    if batch:
        yield batch


def as_retry(error: Exception) -> Retry:
    """What may pass by itself is no fault of the message."""
    return error if isinstance(error, Retry) else Retry(str(error) or type(error).__name__)
