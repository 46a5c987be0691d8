"""Subjects, streams, consumers, and buckets: the broker's whole layout, and its delivery policy, as data.

`servicekit.provision` makes the broker agree with this file. Work-queue retention allows one consumer per subject
filter, so regex and peft have subjects of their own.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final


class Retention(StrEnum):
    WORK_QUEUE = "workqueue"
    INTEREST = "interest"
    """Gone as soon as its consumer has it: what people wrote lies in the database, where it can be forgotten."""
    LIMITS = "limits"


@dataclass(frozen=True)
class Delivery:
    """How often and how fast a message is tried again.

    `ack_wait` is short because a dead client's messages return only after it; long work sends `in_progress`.
    """

    ack_wait: timedelta = timedelta(seconds=30)
    max_deliver: int = 6
    """Failures of a handler after which a message is buried."""
    max_crashes: int = 200
    """Deliveries of any kind after which a message is buried unread: it may be what kills its worker."""
    backoff: tuple[timedelta, ...] = (
        timedelta(seconds=1),
        timedelta(seconds=3),
        timedelta(seconds=10),
        timedelta(seconds=30),
    )
    max_ack_pending: int = 64


@dataclass(frozen=True)
class Stream:
    name: str
    subjects: tuple[str, ...]
    retention: Retention
    max_age: timedelta = timedelta(days=14)
    duplicate_window: timedelta = timedelta(minutes=10)


@dataclass(frozen=True)
class Consumer:
    """A durable pull consumer: `name` on `stream`, for messages on `subject`."""

    name: str
    stream: str
    subject: str
    delivery: Delivery = Delivery()


REQUESTED_REGEX: Final = "extraction.requested.regex"
REQUESTED_PEFT: Final = "extraction.requested.peft"
REQUESTED_PEFT_NOW: Final = "extraction.requested.peft-now"
"""Somebody is looking at the record: read before what waits on REQUESTED_PEFT."""
COMPLETED: Final = "extraction.completed.{method}"
FAILED: Final = "extraction.failed.{method}"
AUDIT_RECORDED: Final = "audit.recorded"
RUN_EVENT: Final = "run.event.{run_id}"
ADAPTER_PUBLISHED: Final = "adapter.published"
MODEL_ACTIVATED: Final = "model.activated"
DEAD: Final = "dead.{subject}"

STREAMS: Final = (
    Stream("EXTRACTION_REQUESTS", ("extraction.requested.*",), Retention.WORK_QUEUE),
    Stream("EXTRACTION_RESULTS", ("extraction.completed.*", "extraction.failed.*"), Retention.INTEREST),
    Stream("AUDITS", (AUDIT_RECORDED,), Retention.LIMITS),
    Stream("RUNS", ("run.event.*",), Retention.LIMITS),
    Stream("MODELS", (ADAPTER_PUBLISHED, MODEL_ACTIVATED), Retention.LIMITS),
    Stream("DEAD", ("dead.>",), Retention.INTEREST, max_age=timedelta(days=90)),
)

REGEX_EXTRACTOR: Final = Consumer("regex-extractor", "EXTRACTION_REQUESTS", REQUESTED_REGEX)
INFERENCE_WORKER: Final = Consumer("inference-worker", "EXTRACTION_REQUESTS", REQUESTED_PEFT)
INFERENCE_WORKER_NOW: Final = Consumer("inference-worker-now", "EXTRACTION_REQUESTS", REQUESTED_PEFT_NOW)
RECORDING_COMPLETED: Final = Consumer("recording-completed", "EXTRACTION_RESULTS", "extraction.completed.*")
RECORDING_FAILED: Final = Consumer("recording-failed", "EXTRACTION_RESULTS", "extraction.failed.*")
REGISTRY_PUBLISHED: Final = Consumer("registry-published", "MODELS", ADAPTER_PUBLISHED)
RUN_REPORTS: Final = Consumer("run-reports", "RUNS", "run.event.*")
DEAD_LETTERS: Final = Consumer("dead-letters", "DEAD", "dead.>")

CONSUMERS: Final = (
    REGEX_EXTRACTOR,
    INFERENCE_WORKER,
    INFERENCE_WORKER_NOW,
    RECORDING_COMPLETED,
    RECORDING_FAILED,
    REGISTRY_PUBLISHED,
    RUN_REPORTS,
    DEAD_LETTERS,
)

MODELS_BUCKET: Final = "models"
ACTIVE_KEY: Final = "active"
REFERENCE_BUCKET: Final = "reference"
CURRENT_KEY: Final = "current"
KEY_VALUE_BUCKETS: Final = (MODELS_BUCKET, REFERENCE_BUCKET)

ADAPTERS_BUCKET: Final = "adapters"
"""Objects `<sha256>/<file>`, and `<sha256>/manifest.json` last."""
OBJECT_BUCKETS: Final = (ADAPTERS_BUCKET,)
