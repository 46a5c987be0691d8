"""Reads requested records: `extraction.requested.regex` -> `extraction.completed.regex`.

Invariant: a request is acked only after its result was stored by the broker; the result's message id is made of the
request, so that a request which is delivered twice is completed once. A text that the rules cannot read is a dead
letter with its reason; a broker that does not answer is nobody's fault and is tried again. A reading that is too long
for the broker is published without its evidence, and as a failure when that is too long as well.
"""

import asyncio
import time

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError

from contracts import Extraction, ExtractionCompleted, ExtractionFailed, ExtractionRequested, Method, Reference
from contracts.subjects import COMPLETED, FAILED
from regex_extractor import VERSION
from regex_extractor.extract import extract
from servicekit.broker import publish
from servicekit.consumer import Poison, Retry
from servicekit.references import ReferenceWatch

log = structlog.get_logger(__name__)


class Worker:
    """Handles one request at a time; reading runs in a thread, so that health answers meanwhile."""

    def __init__(self, connection: Client, references: ReferenceWatch) -> None:
        self._connection = connection
        self._references = references

    async def handle(self, request: ExtractionRequested) -> None:
        """Returns when the result is stored. Raises Retry or Poison."""
        try:
            reference = await self._references.at_least(request.reference_version)
            started = time.perf_counter()
            extraction = await asyncio.to_thread(read, request, reference)
            spent = (time.perf_counter() - started) * 1000
            await self._deliver(request, extraction, round(spent, 3))
        except (NatsError, OSError, TimeoutError) as error:
            raise Retry(f"The broker does not answer ({error or type(error).__name__}).") from error

    async def _deliver(self, request: ExtractionRequested, extraction: Extraction, ms: float) -> None:
        for fitting in (extraction, extraction.model_copy(update={"evidence": {}})):
            try:
                await self._publish(request, fitting, ms)
            except MaxPayloadError:
                log.warning("reading too long", record_id=request.record_id, items=len(fitting.items))
            else:
                return
        await self._fail(request, f"The record holds {len(extraction.items)} items, too many for one; split it.")

    async def _fail(self, request: ExtractionRequested, reason: str) -> None:
        failed = ExtractionFailed(
            request_id=request.request_id,
            record_id=request.record_id,
            revision=request.revision,
            method=Method.REGEX,
            version=VERSION,
            reason=reason,
        )
        subject = FAILED.format(method=Method.REGEX.value)
        await publish(self._connection, subject, failed, f"{request.request_id}:{Method.REGEX.value}")

    async def _publish(self, request: ExtractionRequested, extraction: Extraction, ms: float) -> None:
        completed = ExtractionCompleted(
            request_id=request.request_id,
            record_id=request.record_id,
            revision=request.revision,
            method=Method.REGEX,
            version=VERSION,
            reference_version=self._references.version,
            extraction=extraction,
            ms=ms,
        )
        subject = COMPLETED.format(method=Method.REGEX.value)
        await publish(self._connection, subject, completed, f"{request.request_id}:{Method.REGEX.value}")
        log.info(
            "record read", record_id=request.record_id, revision=request.revision, request_id=request.request_id, ms=ms
        )


def read(request: ExtractionRequested, reference: Reference) -> Extraction:
    """The reading of a request. Raises Poison, with the error, when the rules fail on it."""
    try:
        return extract(request.text, reference.directory, reference.tables)
    except Exception as error:
        log.exception("the rules failed", record_id=request.record_id, request_id=request.request_id)
        raise Poison(
            f"The rules cannot read this record ({type(error).__name__}: {error}); report its text as a bug."
        ) from error
