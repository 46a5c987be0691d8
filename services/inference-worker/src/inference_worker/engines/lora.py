"""Puts a LoRA adapter over a base model without touching the base.

Invariant: each generation is a module tree of its own over the base's tensors. Nothing is switched between batches, so
nothing can be mixed, and dropping the tree frees the generation. A tensor of the base is shared, never written.
Small models get merged weights (no extra step when reading); large ones keep the two thin matrices beside the layer.
"""

import copy
from collections.abc import Mapping

import torch
from torch import nn

from inference_worker.adapters import Lora


class LoraLinear(nn.Module):
    """`layer(x) + scale * B(A(x))`, with a frozen layer of the base."""

    down: torch.Tensor
    up: torch.Tensor

    def __init__(self, layer: nn.Module, down: torch.Tensor, up: torch.Tensor, scale: float) -> None:
        super().__init__()
        self.layer = layer
        self.register_buffer("down", down, persistent=False)
        self.register_buffer("up", up * scale, persistent=False)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        extra = nn.functional.linear(nn.functional.linear(hidden, self.down), self.up)
        return self.layer(hidden) + extra  # type: ignore[no-any-return]


def share(model: nn.Module) -> nn.Module:
    """A second module tree over the same tensors."""
    tensors = [*model.parameters(), *model.buffers()]
    return copy.deepcopy(model, {id(tensor): tensor for tensor in tensors})


def extend(model: nn.Module, lora: Lora, *, merge: bool) -> nn.Module:
    """A new tree: `model` with `lora` (verified to fit) over it."""
    tree = share(model)
    for path, (down, up) in lora.pairs.items():
        parent_path, _, name = path.rpartition(".")
        parent = tree.get_submodule(parent_path)
        layer = getattr(parent, name)
        setattr(parent, name, merged(layer, down, up, lora.scale) if merge else beside(layer, down, up, lora.scale))
    return tree.eval().requires_grad_(requires_grad=False)


def merged(layer: nn.Linear, down: torch.Tensor, up: torch.Tensor, scale: float) -> nn.Linear:
    """The layer with new weights; computed in float32, because bfloat16 would lose small updates."""
    weight = layer.weight
    update = scale * (up.to(weight.device, torch.float32) @ down.to(weight.device, torch.float32))
    layer.weight = nn.Parameter((weight.float() + update).to(weight.dtype), requires_grad=False)
    return layer


def beside(layer: nn.Linear, down: torch.Tensor, up: torch.Tensor, scale: float) -> LoraLinear:
    """In the layer's own type; beside a quantised layer in the type that it computes in."""
    weight = layer.weight
    dtype = weight.dtype if weight.dtype.is_floating_point else torch.bfloat16
    return LoraLinear(layer, down.to(weight.device, dtype), up.to(weight.device, dtype), scale)


def linear_shapes(model: nn.Module) -> Mapping[str, tuple[int, int]]:
    """Every linear layer but the head, which may be tied to the embedding: path -> (rows, columns)."""
    return {
        path: (module.out_features, module.in_features)
        for path, module in model.named_modules()
        if isinstance(module, nn.Linear) and path != "lm_head"
    }
