"""Greedy decoding of many prompts: draft, verify, mask. Knows no engine; pure but for the session it is given.

Invariant: the answer is, token by token, the likeliest one that the grammar allows. Drafts and guesses only decide how
many tokens a step reads: a guess is kept where the model would have written it, and forgotten from the first place
where it would not have. Two scores that differ by less than an engine's rounding may change places when a batch or a
guess changes the shape of a multiplication; how much that is stands with each engine.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from inference_worker.engines.base import Choice, Feed, Job, Session, Written
from inference_worker.engines.drafts import Draft
from inference_worker.grounded import SHORT, State

AFTER_A_MISTAKE: Final = 16
"""Guessed tokens a step once the draft was wrong: about two lines."""


@dataclass(frozen=True)
class Tokens:
    """Token ids with a meaning."""

    ends: frozenset[int]
    line_ends: frozenset[int]
    separators: frozenset[int] = frozenset()
    breaks: frozenset[int] = frozenset()
    """Signs and digits: where a copied name probably ends."""


@dataclass(frozen=True)
class Limits:
    """How much one step reads; measured for each engine and size of model."""

    batch_tokens: int
    """Prompt tokens of one micro-batch, padding included."""
    batch_rows: int
    guesses: int
    """Guessed tokens of one row in one step."""


@dataclass
class Statistics:
    """What decoding took, for benchmarks and metrics."""

    steps: int = 0
    fed: int = 0
    written: int = 0
    guessed: int = 0
    accepted: int = 0


class Row:
    """One job while it is decoded."""

    def __init__(self, job: Job, tokens: Tokens, prefix: int = 0) -> None:
        self.job = job
        self.complete = False
        self._written: list[Choice] = []
        self._position = prefix
        """How many of its tokens the session keeps."""
        self._unread = job.prompt[prefix:]
        """Sure tokens that the model has not read yet."""
        self._guess: tuple[int, ...] = ()
        self._state = job.grammar.start if job.grammar else None
        self._tokens = tokens
        self._draft = Draft(job.draft, tokens, job.prompt)

    @property
    def is_done(self) -> bool:
        return self.complete or len(self._written) >= self.job.limit

    def feed(self, row: int, most: int) -> Feed:
        """What to read next: unread tokens, and at most so many guesses behind them."""
        room = self.job.limit - len(self._written) - 1
        self._guess, allowed = self._guessed(min(most, room))
        return Feed(row, self._position, self._unread + self._guess, len(self._guess), allowed)

    def take(self, choices: Sequence[Choice], statistics: Statistics) -> None:
        """Take what the model writes after the unread tokens and after each guess, up to the first wrong guess."""
        self._position += len(self._unread)
        right = 0
        for right, choice in enumerate(choices):
            self._write(choice)
            self._unread = (choice.token,)
            if self.is_done or right == len(self._guess) or choice.token != self._guess[right]:
                break
        self._position += right
        statistics.guessed += len(self._guess)
        statistics.accepted += right

    def answer(self) -> Written:
        written = self._written
        return Written(
            tuple(choice.token for choice in written), tuple(choice.logprob for choice in written),
            tuple(choice.margin for choice in written), self.complete,
        )  # fmt: skip

    def _guessed(self, most: int) -> tuple[tuple[int, ...], tuple["array[int] | None", ...]]:
        """Guesses that the grammar allows, and what it allows after the unread tokens and after each of them."""
        grammar, state, draft = self.job.grammar, self._state, self._draft.copy()
        guess: list[int] = []
        allowed = [grammar.allowed(state) if grammar and state else None]
        while len(guess) < (min(most, AFTER_A_MISTAKE) if draft.was_wrong else most):
            token = self._likely(draft, state)
            if token is None or token in self._tokens.ends:
                break
            guess.append(token)
            draft.saw(token)
            state = grammar.moves(state)[token] if grammar and state else None
            allowed.append(grammar.allowed(state) if grammar and state else None)
        return tuple(guess), tuple(allowed)

    def _likely(self, draft: Draft, state: State | None) -> int | None:
        """The only token that may come, or what the draft says, or the sign that ends a value."""
        wanted = draft.next()
        if self.job.grammar is None or state is None:
            return wanted
        moves = self.job.grammar.moves(state)
        if len(moves) == 1:
            return next(iter(moves))
        if wanted in moves and (draft.is_followed or state.field not in SHORT):
            return wanted
        closing = [sign for sign in (*self._tokens.separators, *draft.line_ends) if sign in moves]
        return closing[0] if len(closing) == 1 and state.at is not None else None

    def _write(self, choice: Choice) -> None:
        self._draft.saw(choice.token)
        if choice.token in self._tokens.ends:
            self.complete = True
            return
        self._written.append(choice)
        if self.job.grammar is not None and self._state is not None:
            self._state = self.job.grammar.moves(self._state)[choice.token]
            self.complete = self._tokens.ends.issuperset(self.job.grammar.moves(self._state))


def decode(
    jobs: Sequence[Job],
    begin: Callable[[Sequence[Job]], Session],
    tokens: Tokens,
    limits: Limits,
    statistics: Statistics,
    prefix: int = 0,
) -> list[Written]:
    """Continue each prompt; the answers stand in the order of the jobs.

    `begin` opens a session for a micro-batch, which knows the first `prefix` tokens of every prompt already.
    """
    rows = [Row(job, tokens, prefix) for job in jobs]
    for batch in micro_batches(rows, limits):
        _decode_batch(batch, begin([row.job for row in batch]), limits.guesses, statistics)
    answers = [row.answer() for row in rows]
    statistics.written += sum(len(answer.ids) for answer in answers)
    return answers


def _decode_batch(rows: Sequence[Row], session: Session, guesses: int, statistics: Statistics) -> None:
    while True:
        feeds = [row.feed(n, guesses) for n, row in enumerate(rows) if not row.is_done]
        if not feeds:
            return
        statistics.steps += 1
        statistics.fed += sum(len(feed.tokens) for feed in feeds)
        for feed, choices in zip(feeds, session.step(feeds), strict=True):
            rows[feed.row].take(choices, statistics)


def micro_batches(rows: Sequence[Row], limits: Limits) -> Iterator[list[Row]]:
    """Rows sorted by what they read first, so that little is padded, cut where a batch would hold too many tokens."""
    batch: list[Row] = []
    for row in sorted(rows, key=first_read):
        if batch and (len(batch) == limits.batch_rows or (len(batch) + 1) * first_read(row) > limits.batch_tokens):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def first_read(row: Row) -> int:
    return len(row.job.prompt) + len(row.job.draft)
