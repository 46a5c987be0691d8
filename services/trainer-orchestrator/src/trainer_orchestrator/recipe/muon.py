"""Muon: momentum whose matrices are made orthogonal before each step; the layers' matrices learn faster than with Adam.

Invariant: only two-dimensional parameters; the rest belongs to AdamW. After Keller Jordan's description
(https://kellerjordan.github.io/posts/muon/); the iteration runs in bfloat16 where the processor multiplies it natively.
"""

from collections.abc import Iterable
from typing import Any, Final

import torch
from torch import Tensor

from trainer_orchestrator.recipe.precision import fast_dtype

_COEFFICIENTS: Final = (3.4445, -4.7750, 2.0315)
_ITERATIONS: Final = 5


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised, scaled to a root-mean-square of 0.2 as AdamW's steps have."""

    def __init__(self, params: Iterable[Tensor], lr: float, momentum: float = 0.95, weight_decay: float = 0.0) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # noqa: ANN401, ARG002 -- the base's signature
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, parameter.grad, group)

    def _move(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        average = state["momentum"].lerp_(gradient, 1 - group["momentum"])
        update = _orthogonal(gradient.lerp(average, group["momentum"]))
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        parameter.add_(update, alpha=-group["lr"] * 0.2 * max(parameter.shape) ** 0.5)


def _orthogonal(matrix: Tensor) -> Tensor:
    """The nearest matrix with singular values about one, by Newton and Schulz's iteration."""
    a, b, c = _COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = (x / (x.norm() + 1e-7)).to(fast_dtype(matrix.device.type))
    for _ in range(_ITERATIONS):
        square = x @ x.T
        x = torch.addmm(x, torch.addmm(square, square, square, beta=b, alpha=c), x, beta=a)
    result: Tensor = x.T if tall else x
    return result.to(matrix.dtype)
