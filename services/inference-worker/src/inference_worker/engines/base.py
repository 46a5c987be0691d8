"""The face of an engine: token ids in, token ids with log-probabilities out, greedy.

Invariant: `Weights` are immutable. A generation is loaded beside the others and dropped, never changed, so that a
batch which holds one cannot be mixed with another. An engine is driven by one thread at a time; only `load` may run
beside a `decode`.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from contracts.manifests import BaseModelRef
from inference_worker.grounded import Grammar, Vocabulary


class BaseModelError(Exception):
    """The base model cannot be loaded; the message is one sentence that says what to do next."""


@dataclass(frozen=True)
class Weights:
    """A base model with or without an adapter."""

    model: Any
    """Opaque outside the engine that made it."""
    sha256: str | None
    """The adapter's name; None for the bare base model."""


@dataclass(frozen=True)
class Job:
    """One prompt to continue."""

    prompt: tuple[int, ...]
    limit: int
    """At most so many tokens are written."""
    draft: tuple[int, ...] = ()
    """What the answer may be; it saves steps where the model agrees, and changes nothing where it does not."""
    grammar: Grammar | None = None
    """What the answer may consist of; None lets the model write anything."""


@dataclass(frozen=True)
class Written:
    """What a model wrote after one prompt, the end token left out."""

    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    """The natural logarithm of each token's probability among all tokens, allowed or not; same length as `ids`."""
    margins: tuple[float, ...]
    """By how much each token was likelier than the next allowed one, 0..1; same length as `ids`."""
    complete: bool
    """Whether the answer was ended; False when the limit cut it off."""


@dataclass(frozen=True)
class Feed:
    """What one row reads in one step: tokens that are sure, then guesses, and what may follow the last of each."""

    row: int
    position: int
    """So many of its tokens are kept; what the row read beyond them were wrong guesses, and is forgotten."""
    tokens: tuple[int, ...]
    guesses: int
    """How many of `tokens` are guesses; they are the last ones."""
    allowed: tuple["array[int] | None", ...]
    """The token ids that may follow the last sure token and each guess; None for any."""


@dataclass(frozen=True)
class Choice:
    """The likeliest allowed token at one place; see `Written`."""

    token: int
    logprob: float
    margin: float


class Session(Protocol):
    """A micro-batch of rows in one generation, with what it remembers of them."""

    def step(self, feeds: Sequence[Feed]) -> list[list[Choice]]:
        """For each feed what follows its last sure token and each of its guesses. A row not fed again has ended."""
        ...


@dataclass(frozen=True)
class LoraRules:
    """What an adapter must fit: of the base model, and of what this engine can run."""

    base: BaseModelRef
    linear_shapes: Mapping[str, tuple[int, int]]
    """Module path -> (rows, columns) of every linear layer that an adapter may extend."""
    max_rank: int = 256


class Engine(Protocol):
    """Runs one base model and any number of adapters for it."""

    name: str
    """As `LARDER_ENGINE` spells it."""

    @property
    def rules(self) -> LoraRules: ...

    @property
    def context(self) -> int:
        """Prompt and answer together may hold so many tokens."""
        ...

    @property
    def base(self) -> Weights:
        """The bare base model."""
        ...

    def load(self, adapter: Path, sha256: str) -> Weights:
        """Load a verified adapter folder beside what is loaded; takes no memory from it."""
        ...

    @property
    def vocabulary(self) -> Vocabulary | None:
        """What masks are made of; None when this engine cannot mask."""
        ...

    def encode(self, text: str) -> tuple[int, ...]:
        """Token ids of `text`, without special tokens."""
        ...

    def encode_prompt(self, text: str) -> tuple[int, ...]:
        """Token ids of `text` behind the model's start token, if it has one."""
        ...

    def text(self, ids: Sequence[int]) -> str:
        """The text of token ids, special tokens left out."""
        ...

    def decode(self, weights: Weights, jobs: Sequence[Job]) -> list[Written]:
        """Continue each prompt greedily; the answers stand in the order of the jobs."""
        ...
