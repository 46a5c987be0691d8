"""Make the broker agree with `contracts.subjects`. Run by audit-api, the only account that may, at every start.

Existing streams and consumers are read, compared and updated only on a difference: an update with the same settings
once lost messages that waited in nak-with-delay (nats-server #5526).
"""

from collections.abc import Awaitable

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StreamConfig
from nats.js.errors import BadRequestError, NotFoundError

from contracts import subjects


async def provision(connection: Client) -> None:
    """Create or update all streams, consumers, key-value and object buckets."""
    jetstream = connection.jetstream()
    for stream in subjects.STREAMS:
        await _provision_stream(jetstream, stream)
    for consumer in subjects.CONSUMERS:
        await _provision_consumer(jetstream, consumer)
    for bucket in subjects.KEY_VALUE_BUCKETS:
        await _provision_key_value(jetstream, bucket)
    for bucket in subjects.OBJECT_BUCKETS:
        await _provision_objects(jetstream, bucket)


async def _provision_stream(jetstream: JetStreamContext, stream: subjects.Stream) -> None:
    wanted = StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        retention=RetentionPolicy(stream.retention),
        max_age=stream.max_age.total_seconds(),
        duplicate_window=stream.duplicate_window.total_seconds(),
    )
    try:
        present = (await jetstream.stream_info(stream.name)).config
    except NotFoundError:
        await jetstream.add_stream(wanted)
        return
    if any(_differs(present, wanted, field) for field in ("subjects", "retention", "max_age", "duplicate_window")):
        await jetstream.update_stream(wanted)


async def _provision_consumer(jetstream: JetStreamContext, consumer: subjects.Consumer) -> None:
    """`max_deliver` stays unlimited on the server: the consumer itself sends a worn-out message to `dead.>`."""
    wanted = ConsumerConfig(
        durable_name=consumer.name,
        filter_subject=consumer.subject,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=consumer.delivery.ack_wait.total_seconds(),
        max_ack_pending=consumer.delivery.max_ack_pending,
        max_deliver=-1,
    )
    try:
        present = (await jetstream.consumer_info(consumer.stream, consumer.name)).config
    except NotFoundError:
        await jetstream.add_consumer(consumer.stream, wanted)
        return
    if any(_differs(present, wanted, field) for field in ("filter_subject", "ack_wait", "max_ack_pending")):
        await jetstream.add_consumer(consumer.stream, wanted)


async def _provision_key_value(jetstream: JetStreamContext, bucket: str) -> None:
    try:
        await jetstream.key_value(bucket)
    except NotFoundError:
        await _create(jetstream.create_key_value(bucket=bucket, history=8))


async def _provision_objects(jetstream: JetStreamContext, bucket: str) -> None:
    try:
        await jetstream.object_store(bucket)
    except NotFoundError:
        await _create(jetstream.create_object_store(bucket=bucket))


async def _create(creation: Awaitable[object]) -> None:
    """Two services that start at once may both find a bucket missing; the second creation is refused, harmlessly."""
    try:
        await creation
    except BadRequestError as error:
        if "already in use" not in str(error):
            raise


def _differs(present: object, wanted: object, field: str) -> bool:
    return bool(getattr(present, field) != getattr(wanted, field))
