"""Which machine is rented."""

from trainer_orchestrator.cloud.choice import Wishes, choose
from trainer_orchestrator.cloud.wire import InstanceTypeOffer


def offer(name: str, cents: int, *regions: str, gpus: int = 1, memory: int = 24) -> InstanceTypeOffer:
    kind = {
        "name": name,
        "description": f"{gpus}x X ({memory} GB)",
        "price_cents_per_hour": cents,
        "specs": {"vcpus": 4, "memory_gib": 64, "gpus": gpus},
    }
    return InstanceTypeOffer.model_validate(
        {"instance_type": kind, "regions_with_capacity_available": [{"name": region} for region in regions]}
    )


A10 = offer("gpu_1x_a10", 129, "us-east-1", "us-west-1")
A100 = offer("gpu_1x_a100", 199, "us-east-1", memory=40)


def names(market) -> list[tuple[str, str]]:
    return [(choice.type, choice.region) for choice in market.choices]


def test_the_preferred_machine_comes_first_then_the_cheapest():
    market = choose([offer("new", 50, "r"), A100, A10], Wishes(max_cents_per_hour=200))
    assert names(market) == [
        ("gpu_1x_a10", "us-east-1"), ("gpu_1x_a10", "us-west-1"), ("gpu_1x_a100", "us-east-1"), ("new", "r"),
    ]  # fmt: skip
    liked = Wishes(max_cents_per_hour=200, preferred=["gpu_1x_a100"], regions=["us-east-1"])
    assert names(choose([A10, A100], liked)) == [("gpu_1x_a100", "us-east-1"), ("gpu_1x_a10", "us-east-1")]


def test_what_does_not_fit_is_never_chosen():
    unfit = [
        offer("gpu_1x_gh200", 10, "r"),
        offer("gpu_8x_a10", 10, "r", gpus=8),
        offer("cpu", 10, "r", gpus=0),
        offer("small", 10, "r", memory=8),
        offer("full", 10),
    ]
    market = choose(unfit, Wishes(max_cents_per_hour=1000))
    assert market.choices == ()
    assert "try again later" in market.problem(1000)


def test_above_the_cap_the_price_and_the_setting_are_named():
    market = choose([A100, A10], Wishes(max_cents_per_hour=100))
    assert market.choices == ()
    assert "$1.29 an hour, above the cap of $1.00: raise LARDER_MAX_PRICE_PER_HOUR" in market.problem(100)
