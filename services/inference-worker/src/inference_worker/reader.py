"""Reads messages with one generation: prompt, decode, fuse, expand. The same offline and in the worker.

Invariant: a reading depends on the message, the reference and the generation alone; other messages of the batch and the
drafts change the speed only, up to ties of rounding. What the message does not contain cannot be written under the
masks of `grounded`; where an engine cannot mask, `reading.expand` drops it. What the model cut off at its limit is read
as far as it goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from contracts import Extraction, Reference
from contracts.hashing import adapter_sha256
from inference_worker.adapters import verify
from inference_worker.confidence import Spelled, with_confidence
from inference_worker.engines.base import Engine, Job, Weights, Written
from inference_worker.engines.opening import open_engine
from inference_worker.grounded import grammar_of
from reading.expand import expand
from reading.prompt import Piece, pieces
from reading.target import at_home, encode_pieces, fuse, is_well_formed

LONGEST_MESSAGE = 40_000
"""Characters; Slack itself cuts a message there."""


class MessageRefused(Exception):
    """The message can never be read; says why in one sentence for a person."""


@dataclass(frozen=True)
class Question:
    """One piece of one message, as the engine takes it."""

    message: int
    job: Job


class Reader:
    """Reads with one engine and one generation."""

    def __init__(self, engine: Engine, weights: Weights, *, masks: bool = True) -> None:
        self._engine = engine
        self._masks = masks
        self._weights = weights

    @classmethod
    def load(cls, base: str | Path, adapter: Path | None = None, *, masks: bool = True) -> Self:
        """Without a broker: a base model's folder or Hugging Face id, and an adapter's folder with its manifest.

        Raises BaseModelError or AdapterRefused, each with a sentence that says what to do.
        """
        engine = open_engine(base)
        if adapter is None:
            return cls(engine, engine.base, masks=masks)
        verify(adapter, engine.rules)
        return cls(engine, engine.load(adapter, adapter_sha256(adapter)), masks=masks)

    def read(
        self, texts: Sequence[str], reference: Reference, drafts: Sequence[Extraction | None] | None = None
    ) -> list[Extraction]:
        """One extraction for each text, in order. Raises MessageRefused when one of them cannot be read at all.

        `drafts` are other readings of the same texts, such as regex's; where the model agrees they save it steps.
        """
        answers = self._answers(texts, reference, drafts or [None] * len(texts))
        return [self._reading(text, answer, reference) for text, answer in zip(texts, answers, strict=True)]

    def keeps_format(self, text: str, reference: Reference) -> bool:
        """Whether the model ends its answers by itself and writes nothing in them but the line format.

        Read without masks, under which noise keeps the format too.
        """
        (answers,) = Reader(self._engine, self._weights, masks=False)._answers([text], reference, [None])
        return all(
            answer.complete and is_well_formed(self._engine.text(answer.ids), piece.kind)
            for piece, answer in zip(pieces(text), answers, strict=True)
        )

    def _answers(
        self, texts: Sequence[str], reference: Reference, drafts: Sequence[Extraction | None]
    ) -> list[list[Written]]:
        """For each text the answers to its pieces, in order."""
        questions = [
            question
            for message, (text, draft) in enumerate(zip(texts, drafts, strict=True))
            for question in self._questions(message, text, draft, reference)
        ]
        answers = self._engine.decode(self._weights, [question.job for question in questions])
        by_message: list[list[Written]] = [[] for _ in texts]
        for question, answer in zip(questions, answers, strict=True):
            by_message[question.message].append(answer)
        return by_message

    def _questions(self, message: int, text: str, draft: Extraction | None, reference: Reference) -> list[Question]:
        if len(text) > LONGEST_MESSAGE:
            raise MessageRefused(f"The message holds {len(text)} characters; at most {LONGEST_MESSAGE} are read.")
        parts = pieces(text)
        targets = self._drafted(text, draft, reference) if draft else [""] * len(parts)
        return [
            Question(message, self._job(piece, target, reference)) for piece, target in zip(parts, targets, strict=True)
        ]

    def _drafted(self, text: str, draft: Extraction, reference: Reference) -> list[str]:
        header, *lines = encode_pieces(text, draft, reference.directory)
        return [at_home(header), *lines]

    def _job(self, piece: Piece, draft: str, reference: Reference) -> Job:
        prompt = self._engine.encode_prompt(piece.prompt)
        room = self._engine.context - len(prompt)
        if room < piece.max_tokens:
            raise MessageRefused(
                f"A line of the message needs {len(prompt)} tokens, too many for a model with {self._engine.context}."
            )
        vocabulary = self._engine.vocabulary if self._masks else None
        grammar = grammar_of(piece, reference.directory, vocabulary) if vocabulary else None
        return Job(prompt, piece.max_tokens, self._engine.encode(draft) if draft else (), grammar)

    def _reading(self, text: str, answers: Sequence[Written], reference: Reference) -> Extraction:
        target = fuse([self._engine.text(answer.ids) for answer in answers])
        extraction = expand(target, text, reference.directory, reference.tables)
        return with_confidence(extraction, text, [self._spelled(answer) for answer in answers])

    def _spelled(self, answer: Written) -> list[Spelled]:
        return [
            Spelled(self._engine.text([token]), logprob, margin)
            for token, logprob, margin in zip(answer.ids, answer.logprobs, answer.margins, strict=True)
        ]
