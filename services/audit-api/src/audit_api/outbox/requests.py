"""Requests for readings. Several thousand are written with one statement each."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.models import outbox
from contracts import Extraction, ExtractionRequested, ModelRef
from contracts.subjects import REQUESTED_PEFT, REQUESTED_PEFT_NOW, REQUESTED_REGEX
from servicekit.outbox import enqueue_many

T = TypeVar("T")
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Readable:
    """A record revision to be read, with the regex reading of it where it is known."""

    record_id: str
    revision: int
    text: str
    draft: Extraction | None = None


async def request_regex(session: AsyncSession, records: Iterable[Readable], reference_version: str) -> None:
    """Ask the regex extractor to read these."""
    for part in chunks(records):
        requests = [_request(record, reference_version) for record in part]
        await enqueue_many(session, outbox, [(REQUESTED_REGEX, request) for request in requests])


async def request_peft(
    session: AsyncSession,
    records: Iterable[Readable],
    reference_version: str,
    *,
    activation: int | None = None,
    evaluate: ModelRef | None = None,
    now: bool = False,
) -> None:
    """Ask the inference worker: with the model of that activation, or to evaluate the model named.

    `now`: before everything that waits, since somebody is looking.
    """
    subject = REQUESTED_PEFT_NOW if now else REQUESTED_PEFT
    for part in chunks(records):
        requests = [
            _request(record, reference_version).model_copy(
                update={"draft": record.draft, "activation": activation, "evaluate": evaluate}
            )
            for record in part
        ]
        await enqueue_many(session, outbox, [(subject, request) for request in requests])


def _request(record: Readable, reference_version: str) -> ExtractionRequested:
    return ExtractionRequested(
        request_id=str(uuid.uuid4()),
        record_id=record.record_id,
        revision=record.revision,
        text=record.text,
        reference_version=reference_version,
    )


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterable[Sequence[T]]:
    """The values in lists of at most `size`."""
    remaining = iter(values)
    while part := list(islice(remaining, size)):
        yield part
