"""The broker's layout, on the real server."""

import uuid

from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StreamConfig

from contracts.subjects import COMPLETED, RECORDING_COMPLETED
from servicekit.broker import publish_bytes
from servicekit.provision import provision
from tests_support import eventually

STREAM = RECORDING_COMPLETED.stream


async def messages(nats: Client) -> int:
    return int((await nats.jetstream().stream_info(STREAM)).state.messages)


async def test_a_broker_that_kept_results_lets_go_of_those_that_are_recorded_and_of_no_other(nats: Client) -> None:
    """Earlier versions kept them for 14 days, where forgetting a person did not reach them."""
    jetstream = nats.jetstream()
    present = (await jetstream.stream_info(STREAM)).config
    await jetstream.delete_stream(STREAM)
    await jetstream.add_stream(
        StreamConfig(name=STREAM, subjects=present.subjects, retention=RetentionPolicy.LIMITS, max_age=present.max_age)
    )
    await jetstream.add_consumer(
        STREAM,
        ConsumerConfig(
            durable_name=RECORDING_COMPLETED.name,
            filter_subject=RECORDING_COMPLETED.subject,
            ack_policy=AckPolicy.EXPLICIT,
        ),
    )
    for _ in range(2):
        await publish_bytes(nats, COMPLETED.format(method="regex"), b"{}", uuid.uuid4().hex)
    subscription = await jetstream.pull_subscribe_bind(consumer=RECORDING_COMPLETED.name, stream=STREAM)
    (recorded,) = await subscription.fetch(1)
    await recorded.ack_sync()

    await provision(nats)
    await eventually(lambda: only_one_is_left(nats))
    assert (await jetstream.stream_info(STREAM)).config.retention == RetentionPolicy.INTEREST
    await jetstream.purge_stream(STREAM)


async def only_one_is_left(nats: Client) -> bool:
    return await messages(nats) == 1
