"""What travels over NATS, one class a subject. Publishers and consumers share nothing else.

`request_id` ties a reading to the outbox row that asked for it; it is a log field, never a key.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeFloat, PositiveInt

from contracts.base import Contract
from contracts.extraction import Extraction
from contracts.manifests import AdapterManifest, Sha256
from contracts.names import VersionName


class Method(StrEnum):
    """How a record is read."""

    REGEX = "regex"
    PEFT = "peft"


class Generation(Contract):
    """An adapter as loaded in a worker."""

    version: VersionName
    sha256: Sha256 | None
    activation: PositiveInt | None
    """The activation number under which the worker serves it; None when it was loaded only to be evaluated."""


class ModelRef(Contract):
    """A model version to read with; `sha256` is None for the bare base model (`base-<8 digits of its hash>`)."""

    version: VersionName
    sha256: Sha256 | None


class ExtractionRequested(Contract):
    """`extraction.requested.<method>`: read this record revision."""

    request_id: str
    record_id: str
    revision: PositiveInt
    text: str
    reference_version: str
    """The worker must know this version of the reference, or a newer one, before it reads."""
    draft: Extraction | None = None
    """For peft: the regex reading of the same revision, when it is known."""
    activation: PositiveInt | None = None
    """For peft: the worker must follow this activation, or a newer one, before it reads."""
    evaluate: ModelRef | None = None
    """For peft: read with this version instead of the active one, to judge it on held-out audits."""


class ExtractionCompleted(Contract):
    """`extraction.completed.<method>`: what was read. Recorded once per (record, revision, method, version)."""

    request_id: str
    record_id: str
    revision: PositiveInt
    method: Method
    version: str
    """The extractor's version: the regex extractor's own, or the model version's name."""
    generation: Generation | None = None
    reference_version: str
    extraction: Extraction
    ms: NonNegativeFloat


class ExtractionFailed(Contract):
    """`extraction.failed.<method>`: the record was refused for good, and why."""

    request_id: str
    record_id: str
    revision: PositiveInt
    method: Method
    version: str
    reason: str


class AuditRecorded(Contract):
    """`audit.recorded`: a person decided on a record revision."""

    audit_id: str
    record_id: str
    revision: PositiveInt
    decision: str


class RunState(StrEnum):
    """States of a training run; the legal moves stand in `trainer_orchestrator.run`."""

    REQUESTED = "requested"
    DATASET_FROZEN = "dataset_frozen"
    LAUNCHING = "launching"
    BOOTING = "booting"
    READY = "ready"
    UPLOADING = "uploading"
    TRAINING = "training"
    DOWNLOADING = "downloading"
    PUBLISHING = "publishing"
    RELEASING = "releasing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RunEvent(Contract):
    """`run.event.<run>`: a run changed its state, or tells of its progress."""

    run_id: str
    version: VersionName
    state: RunState
    at: datetime
    reason: str | None = None
    """Why a run failed: a typed reason such as `TRAINING_FAILED`, and a sentence."""
    progress: dict[str, Any] = Field(default_factory=dict)
    by: str = "person"
    """Who asked for the run: `person` or `autopilot`."""


class AdapterPublished(Contract):
    """`adapter.published`: an adapter and its manifest lie in the object store, complete."""

    run_id: str
    version: VersionName
    manifest: AdapterManifest
    dataset_sha256: Sha256
    metadata: dict[str, Any]
    """The recipe's `metadata.json`: hyper-parameters, package versions, start, end, seconds, cost."""
    metrics: dict[str, Any]
    """The recipe's `metrics.json`: losses and held-out metrics of base and adapter."""


class ActiveModel(Contract):
    """The value of key `active` in bucket `models`: what every worker should serve.

    `activation` only grows; a worker ignores a pointer older than the one it follows.
    """

    activation: PositiveInt
    version: VersionName | None
    """None when no model is active."""
    sha256: Sha256 | None


class ModelActivated(Contract):
    """`model.activated`: the pointer moved."""

    active: ActiveModel
    by: str
    why: str


class DeadLetter(Contract):
    """`dead.<original subject>`: a message that could not be processed, with its reason and its bytes."""

    format: Literal[1] = 1
    subject: str
    consumer: str
    reason: str
    deliveries: PositiveInt
    payload: Annotated[str, Field(description="the original bytes, base64")]
    headers: dict[str, str] = Field(default_factory=dict)
    at: datetime
