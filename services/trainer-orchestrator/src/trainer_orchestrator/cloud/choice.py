"""Which machine to rent: within the price cap, with enough memory, by preference, then the cheapest. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from trainer_orchestrator.cloud.wire import InstanceType, InstanceTypeOffer

PREFERRED: Final = ("gpu_1x_a10", "gpu_1x_rtx6000", "gpu_1x_a6000", "gpu_1x_a100", "gpu_1x_a100_sxm4")
"""One small GPU is enough for an adapter of a 1B model; a faster one boots as slowly and costs more."""


@dataclass(frozen=True)
class Wishes:
    """What a machine must be, and what is liked best."""

    max_cents_per_hour: int
    preferred: Sequence[str] = PREFERRED
    regions: Sequence[str] = ()
    """Only these, in this order; any when empty."""
    min_gpu_memory_gb: int = 16
    gpus: int = 1


@dataclass(frozen=True)
class Choice:
    """A machine type in a region, with its price of now."""

    type: str
    description: str
    region: str
    cents_per_hour: int


@dataclass(frozen=True)
class Market:
    """What may be rented, best first, and what was too dear, cheapest first."""

    choices: tuple[Choice, ...]
    too_dear: tuple[InstanceType, ...] = field(default=())

    def problem(self, max_cents_per_hour: int) -> str:
        """Why nothing is there to rent, and what to do."""
        if self.too_dear:
            cheapest = self.too_dear[0]
            return (
                f"The cheapest free machine ({cheapest.name}) costs {money(cheapest.price_cents_per_hour)} an hour, "
                f"above the cap of {money(max_cents_per_hour)}: raise LARDER_MAX_PRICE_PER_HOUR or try again later."
            )
        return "Lambda has no fitting machine free now: try again later, or train with `--on local`."


def choose(offers: Iterable[InstanceTypeOffer], wishes: Wishes) -> Market:
    """Every fitting type in every region that says it has one free."""
    free = [offer for offer in offers if _fits(offer.instance_type, wishes) and _regions(offer, wishes)]
    too_dear = [o.instance_type for o in free if o.instance_type.price_cents_per_hour > wishes.max_cents_per_hour]
    affordable = [o for o in free if o.instance_type.price_cents_per_hour <= wishes.max_cents_per_hour]
    affordable.sort(key=lambda offer: _rank(offer.instance_type, wishes))
    choices = [_choice(offer.instance_type, region) for offer in affordable for region in _regions(offer, wishes)]
    return Market(tuple(choices), tuple(sorted(too_dear, key=lambda it: it.price_cents_per_hour)))


def money(cents: float) -> str:
    """`$1.29`."""
    return f"${cents / 100:.2f}"


def _fits(kind: InstanceType, wishes: Wishes) -> bool:
    """The bundle's wheels are for x86."""
    return kind.specs.gpus == wishes.gpus and kind.gpu_memory_gb >= wishes.min_gpu_memory_gb and kind.is_x86


def _rank(kind: InstanceType, wishes: Wishes) -> tuple[int, int]:
    preferred = list(wishes.preferred)
    return (preferred.index(kind.name) if kind.name in preferred else len(preferred), kind.price_cents_per_hour)


def _regions(offer: InstanceTypeOffer, wishes: Wishes) -> list[str]:
    free = [region.name for region in offer.regions_with_capacity_available]
    return [name for name in wishes.regions if name in free] if wishes.regions else free


def _choice(kind: InstanceType, region: str) -> Choice:
    return Choice(kind.name, kind.description, region, kind.price_cents_per_hour)
