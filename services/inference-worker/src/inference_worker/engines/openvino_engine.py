"""The engine for processors: OpenVINO's runtime, weights in 8 bits (or as they are), one packed row for a micro-batch.

A generation is the base with its adapter merged in float32 and quantised again; that happens in the background when it
is loaded, and reading costs nothing extra. In 8 bits a score differs from the reference's by about 1 on larder-tiny
(activations are quantised as they come): near-ties may fall the other way, accuracy on real messages is the same within
noise (`benchmarks/README.md`). With `quantise=False` it is the reference up to about 1e-4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import openvino as ov
from safetensors import safe_open
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

from inference_worker.adapters import Lora, read_lora
from inference_worker.decoding import Limits, Statistics, decode
from inference_worker.engines.base import BaseModelError, Choice, Feed, Job, LoraRules, Session, Weights, Written
from inference_worker.engines.choosing import choose, split
from inference_worker.engines.loading import (
    SMALL,
    configured_ends,
    find_base,
    linear_shapes,
    load_config,
    load_tokenizer,
)
from inference_worker.engines.openvino_graph import Matrix, Shape, build
from inference_worker.engines.prefixes import Prefixes, shared_prefix
from inference_worker.engines.tokenizing import TextCodec, end_tokens

SMALL_LIMITS: Final = Limits(batch_tokens=320, batch_rows=8, guesses=48)
LARGE_LIMITS: Final = Limits(batch_tokens=512, batch_rows=8, guesses=24)
NOBODY, EVERYBODY = -2, -1
"""Owners of a column that no row sees any more, and of one that all see."""
HIDDEN: Final = np.float32(-1e9)
SMALL_GRAIN, LARGE_GRAIN = 16, 4
"""A row is filled up to a multiple of this: the runtime prepares its kernels anew for every width behind every length
that it has not met. 163 messages met 568 such pairs with larder-tiny, and 94 with rows of 16, whose steps take 1.5 ms
longer when their kernels are there; a large model's steps are longer than the preparation, and so would be its filling.
"""
KERNELS: Final = 64
"""Prepared kernels that the runtime remembers. Every width behind every length is another, and its own limit of 5,000
held 2 GB after 300 short messages. With 64 memory stays below 0.9 GB, and new messages are read as fast.
"""


@dataclass(frozen=True)
class Prefix:
    """What a generation remembers of the beginning of many prompts."""

    length: int
    remembered: Mapping[str, npt.NDArray[np.float32]]


class OpenVinoEngine(TextCodec):
    """Implements `engines.base.Engine` for models of the Llama architecture."""

    name = "openvino"

    def __init__(self, folder: Path, config: Any, rules: LoraRules, *, quantise: bool, threads: int) -> None:  # noqa: ANN401
        tokenizer = load_tokenizer(folder)
        super().__init__(tokenizer, end_tokens(configured_ends(folder, config), tokenizer))
        self.rules = rules
        self.context: int = config.max_position_embeddings
        self.statistics = Statistics()
        self._folder = folder
        self._shape = shape_of(config)
        self._quantise = quantise
        self._frequencies = LlamaRotaryEmbedding(config).inv_freq.numpy().astype(np.float32)
        small = parameters(rules, config) < SMALL
        self.limits = SMALL_LIMITS if small else LARGE_LIMITS
        self._grain = SMALL_GRAIN if small else LARGE_GRAIN
        self._core = ov.Core()
        self._options = {
            "INFERENCE_NUM_THREADS": threads or (1 if small else 0),
            "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1",
            "CPU_RUNTIME_CACHE_CAPACITY": str(KERNELS),
        }  # fmt: skip
        self._prefixes: Prefixes[Prefix] = Prefixes()
        self.base = Weights(self._compile(None), None)

    @classmethod
    def open(cls, base: str | Path, *, quantise: bool = True, threads: int = 0) -> Self:
        """Load a base model from a folder or by its Hugging Face id. Raises BaseModelError."""
        folder, reference = find_base(base)
        config = load_config(folder)
        refuse_other_architectures(config, folder)
        rules = LoraRules(reference, linear_shapes(folder))
        return cls(folder, config, rules, quantise=quantise, threads=threads)

    def load(self, adapter: Path, sha256: str) -> Weights:
        return Weights(self._compile(read_lora(adapter)), sha256)

    def decode(self, weights: Weights, jobs: Sequence[Job]) -> list[Written]:
        prefix = shared_prefix(jobs)
        known = self._prefixes.get(weights, prefix, self._read_prefix) if prefix else None

        def begin(batch: Sequence[Job]) -> Session:
            return self.session(weights, len(batch), known)

        return decode(jobs, begin, self.signs, self.limits, self.statistics, prefix=len(prefix))

    def session(self, weights: Weights, _rows: int, prefix: Prefix | None = None) -> Session:
        """A micro-batch, whose prompts begin with `prefix`. It takes the place of the session before it."""
        return _Session(weights.model, prefix, self._grain)

    def _read_prefix(self, weights: Weights, prefix: tuple[int, ...]) -> Prefix:
        session = _Session(weights.model, None, self._grain)
        session.step([Feed(0, 0, prefix, 0, (None,))])
        return session.as_prefix(len(prefix))

    def _compile(self, lora: Lora | None) -> Any:  # noqa: ANN401 - openvino is untyped
        with Checkpoint(self._folder, lora) as checkpoint:
            model = build(self._shape, checkpoint.tensor, self._frequencies, quantise=self._quantise)
        return self._core.compile_model(model, "CPU", self._options).create_infer_request()


class _Session:
    """Many rows in one: whose token each column is, where it stands in its row, and whether it still counts."""

    def __init__(self, request: Any, prefix: Prefix | None, grain: int) -> None:  # noqa: ANN401 - openvino is untyped
        self._request = request
        self._grain = grain
        self._owner = np.zeros(0, np.int32)
        self._place = np.zeros(0, np.int32)
        request.reset_state()
        if prefix is not None:
            for state in request.query_state():
                state.state = ov.Tensor(prefix.remembered[state.name])
            self._note(np.full(prefix.length, EVERYBODY, np.int32), np.arange(prefix.length, dtype=np.int32))

    def as_prefix(self, length: int) -> Prefix:
        """What was read so far, without the columns that filled a row up."""
        remembered = {state.name: state.state.data[:, :, :length].copy() for state in self._request.query_state()}
        return Prefix(length, remembered)

    def step(self, feeds: Sequence[Feed]) -> list[list[Choice]]:
        self._forget_wrong_guesses(feeds)
        lengths = [len(feed.tokens) for feed in feeds]
        owner = np.repeat(np.array([feed.row for feed in feeds], np.int32), lengths)
        place = np.concatenate([np.arange(feed.position, feed.position + len(feed.tokens)) for feed in feeds])
        ends = np.cumsum(lengths)
        kept = np.concatenate([np.arange(end - feed.guesses - 1, end) for feed, end in zip(feeds, ends, strict=True)])
        width = -(-len(owner) // self._grain) * self._grain
        ids = np.zeros((1, width), np.int64)
        ids[0, : len(owner)] = np.concatenate([np.array(feed.tokens) for feed in feeds])
        positions = np.zeros((1, width), np.float32)
        positions[0, : len(owner)] = place
        mask = self._mask(owner, place, width)
        given = {"ids": ids, "positions": positions, "mask": mask, "kept": kept}
        scores, sums = self._request.infer(given, share_inputs=True, share_outputs=True).values()
        self._note(owner, place.astype(np.int32))
        self._note(np.full(width - len(owner), NOBODY, np.int32), np.zeros(width - len(owner), np.int32))
        return split(choose(scores, sums, [ids for feed in feeds for ids in feed.allowed]), feeds)

    def _forget_wrong_guesses(self, feeds: Sequence[Feed]) -> None:
        """A column without an owner is seen by nobody."""
        for feed in feeds:
            self._owner[(self._owner == feed.row) & (self._place >= feed.position)] = NOBODY

    def _mask(self, owner: npt.NDArray[np.int32], place: npt.NDArray[Any], width: int) -> Matrix:
        """Each token sees the shared prefix, and of its own row what stands before it and itself."""
        behind = len(self._owner)
        mask = np.full((1, 1, width, behind + width), HIDDEN, np.float32)
        seen = (self._owner == owner[:, None]) | (self._owner == EVERYBODY)
        new = (owner == owner[:, None]) & (place <= place[:, None])
        mask[0, 0, : len(owner), :behind][seen] = 0
        mask[0, 0, : len(owner), behind : behind + len(owner)][new] = 0
        mask[0, 0, len(owner) :, behind:] = 0
        return mask

    def _note(self, owner: npt.NDArray[np.int32], place: npt.NDArray[np.int32]) -> None:
        self._owner, self._place = np.concatenate([self._owner, owner]), np.concatenate([self._place, place])


class Checkpoint:
    """The base's tensors, read one at a time from its files, with an adapter merged in."""

    def __init__(self, folder: Path, lora: Lora | None) -> None:
        self._files: list[Any] = [safe_open(path, "pt") for path in sorted(folder.glob("*.safetensors"))]
        self._file_of = {name: file for file in self._files for name in file.keys()}  # noqa: SIM118 - no mapping
        self._lora = lora

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file_of.clear()
        self._files.clear()

    def tensor(self, name: str) -> Matrix:
        """As float32; bfloat16 would lose small updates."""
        weight = self._file_of[name].get_tensor(name).float()
        pair = self._lora.pairs.get(name.removesuffix(".weight")) if self._lora else None
        if pair is not None and self._lora is not None:
            down, up = pair
            weight = weight + self._lora.scale * (up.float() @ down.float())
        merged: Matrix = weight.numpy()
        return merged


def shape_of(config: Any) -> Shape:  # noqa: ANN401 - transformers is untyped
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return Shape(
        config.num_hidden_layers, config.num_attention_heads, config.num_key_value_heads, size, config.rms_norm_eps,
        tied=config.tie_word_embeddings,
    )  # fmt: skip


def refuse_other_architectures(config: Any, folder: Path) -> None:  # noqa: ANN401 - as above
    plain = not (getattr(config, "attention_bias", False) or getattr(config, "mlp_bias", False))
    if config.model_type != "llama" or not plain or config.hidden_act != "silu":
        raise BaseModelError(
            f"The openvino engine runs plain Llama models, and {folder.name} is none: set LARDER_ENGINE=torch."
        )


def parameters(rules: LoraRules, config: Any) -> int:  # noqa: ANN401 - as above
    layers = sum(rows * columns for rows, columns in rules.linear_shapes.values())
    return int(layers + config.vocab_size * config.hidden_size)
