"""The client against the fake, which is held to the public specification: typed answers, typed errors, no secrets."""

import logging

import httpx
import pytest
from pydantic import SecretStr

from trainer_orchestrator.cloud.client import LambdaClient
from trainer_orchestrator.cloud.errors import (
    AccountInactive,
    KeyRefused,
    NoCapacity,
    NotFound,
    QuotaExceeded,
    Refused,
    TooManyRequests,
    Unanswered,
    error_of,
)
from trainer_orchestrator.cloud.gate import RateGate, Rates
from trainer_orchestrator.cloud.wire import InstanceStatus, LaunchRequest

REQUEST = LaunchRequest(
    region_name="us-east-1",
    instance_type_name="gpu_1x_a10",
    ssh_key_names=("ours",),
    name="larder-test-r1-1",
    image={"family": "lambda-stack-24-04"},
    user_data="",
)


async def launched(cloud) -> str:
    await cloud.client.add_ssh_key("ours", "ssh-ed25519 AAAA")
    return await cloud.client.launch(REQUEST)


async def test_prices_and_free_regions_are_read_live(cloud):
    offers = {offer.instance_type.name: offer for offer in await cloud.client.instance_types()}
    a10 = offers["gpu_1x_a10"]
    assert (a10.instance_type.price_cents_per_hour, a10.instance_type.gpu_memory_gb) == (129, 24)
    assert [region.name for region in a10.regions_with_capacity_available] == ["us-east-1", "us-west-1"]
    assert not offers["gpu_1x_gh200"].instance_type.is_x86


async def test_a_launched_machine_is_listed_and_terminated(cloud):
    cloud.account.behaviour.terminating = 600
    instance_id = await launched(cloud)
    (listed,) = await cloud.client.instances()
    assert (listed.id, listed.name, listed.status) == (instance_id, REQUEST.name, InstanceStatus.BOOTING)
    await cloud.client.terminate(instance_id)
    assert cloud.account.alive() == []
    assert (await cloud.client.instance(instance_id)).status is InstanceStatus.TERMINATING


async def test_a_second_terminate_is_an_unknown_error_that_says_nothing(cloud):
    instance_id = await launched(cloud)
    await cloud.client.terminate(instance_id)
    with pytest.raises(Unanswered, match="global/unknown"):
        await cloud.client.terminate(instance_id)


async def test_images_and_keys_are_listed(cloud):
    added = await cloud.client.add_ssh_key("ours", "ssh-ed25519 AAAA")
    assert await cloud.client.ssh_keys() == (added,)
    assert "lambda-stack-24-04" in {image.family for image in await cloud.client.images()}


@pytest.mark.parametrize(
    ("behaviour", "error", "says"),
    [
        ({"refuses_key": True}, KeyRefused, "set LAMBDA_LABS_API_KEY"),
        ({"inactive": True}, AccountInactive, "payment method or credit"),
        ({"quota": 0}, QuotaExceeded, "end one"),
        ({"refuses_capacity": 1}, NoCapacity, "free in that region"),
        ({"breaks_launch_answers": 1}, Unanswered, "502"),
        ({"loses_launch_answers": 1}, Unanswered, "does not answer"),
    ],
)
async def test_a_refused_launch_is_one_sentence_with_a_type(cloud, behaviour, error, says):
    for name, value in behaviour.items():
        if name not in {"refuses_key", "inactive"}:
            setattr(cloud.account.behaviour, name, value)
    await cloud.client.add_ssh_key("ours", "ssh-ed25519 AAAA")
    for name, value in behaviour.items():
        setattr(cloud.account.behaviour, name, value)
    with pytest.raises(error, match=says) as caught:
        await cloud.client.launch(REQUEST)
    assert "\n" not in str(caught.value)
    assert len(cloud.account.alive()) == (not issubclass(error, Refused)), "only a refusal means that there is none"


async def test_without_a_key_nothing_is_asked(cloud, tmp_path):
    async with httpx.AsyncClient() as http:
        gate = RateGate(tmp_path, SecretStr(""), Rates(0, 0))
        with pytest.raises(KeyRefused, match="LAMBDA_LABS_API_KEY is not set"):
            await LambdaClient(http, None, gate, cloud.address).instances()
    assert cloud.account.requests == []


@pytest.mark.parametrize("kind", ["json", "bare", "retry-after"])
async def test_too_many_requests_are_told_apart_in_every_form(cloud, kind):
    cloud.account.behaviour.too_many = [kind]
    with pytest.raises(TooManyRequests):
        await cloud.client.instances()


async def test_a_bad_gateway_and_an_unknown_machine(cloud):
    cloud.account.behaviour.bad_gateways = 1
    with pytest.raises(Unanswered):
        await cloud.client.instances()
    with pytest.raises(NotFound):
        await cloud.client.instance("nope")


async def test_an_error_of_an_upstream_provider_says_nothing_about_the_effect():
    assert isinstance(error_of(400, "provider/internal-unavailable"), Unanswered)
    assert isinstance(error_of(400, None), Unanswered)
    assert isinstance(error_of(400, "global/invalid-parameters"), Refused)


async def test_neither_the_key_nor_a_machine_s_token_is_ever_logged(cloud, caplog):
    with caplog.at_level(logging.DEBUG):
        await launched(cloud)
        await cloud.client.instances()
        cloud.account.behaviour.refuses_key = True
        with pytest.raises(KeyRefused) as caught:
            await cloud.client.instances()
    assert cloud.account.keys
    said = caplog.text + repr(caught.value) + repr(vars(cloud.client))
    assert "SECRET-TOKEN" not in said
    assert "a-key-of-the-tests" not in said
