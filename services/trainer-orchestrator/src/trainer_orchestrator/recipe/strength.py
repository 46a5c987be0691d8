"""How much of what an adapter learned is kept.

A few audits teach habits and, beside them, chance. Where the base reads a group's messages well already, a part of the
way from its weights to the tuned ones reads other messages better than either end (interpolation of weights: Wortsman
et al. 2022, "Robust fine-tuning of zero-shot models"); where it does not, all of the way does. The held-out loss cannot
tell the two apart, since it goes on falling while copies go wrong; the loss before the first step can. The figures
stand in `benchmarks/README.md`.
"""

from collections.abc import Mapping
from typing import Final

from torch import Tensor

LEAST: Final = 0.4


def fitting_strength(untaught: float) -> float:
    """The strength for audits whose targets cost the bare base `untaught` nats a token: from `LEAST` to 1."""
    return round(min(1.0, max(LEAST, untaught)), 2)


def scaled(weights: Mapping[str, Tensor], strength: float) -> dict[str, Tensor]:
    """The adapter whose update is `strength` times that of `weights`: it is linear in the B matrices."""
    return {name: tensor * strength if ".lora_B." in name else tensor for name, tensor in weights.items()}
