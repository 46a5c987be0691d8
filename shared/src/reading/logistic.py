"""Logistic regression for a few features and few examples, drawn towards what was believed before. Pure.

Invariant: the result is the one minimum of the negative log-likelihood plus half of `strength` times the squared
distance from the prior's weights; without examples it is the prior itself.
"""

import math
from collections.abc import Sequence
from typing import Final, TypeAlias

Vector: TypeAlias = Sequence[float]

_STEPS: Final = 50
_SMALL: Final = 1e-8


def probability(weights: Vector, features: Vector) -> float:
    """How likely the answer is yes, 0..1."""
    return sigmoid(sum(w * x for w, x in zip(weights, features, strict=True)))


def sigmoid(value: float) -> float:
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    return math.exp(value) / (1 + math.exp(value))


def logit(share: float, bound: float = 0.001) -> float:
    """The log-odds of `share`, kept within those of `bound` and `1 - bound`."""
    share = min(max(share, bound), 1 - bound)
    return math.log(share / (1 - share))


def fit(rows: Sequence[Vector], answers: Sequence[bool], prior: Vector, strength: float) -> tuple[float, ...]:
    """The weights, by Newton's method; halved steps keep it from overshooting."""
    weights = list(prior)
    loss = _loss(weights, rows, answers, prior, strength)
    for _ in range(_STEPS):
        step = _newton(weights, rows, answers, prior, strength)
        for _ in range(_STEPS):
            moved = [w - s for w, s in zip(weights, step, strict=True)]
            moved_loss = _loss(moved, rows, answers, prior, strength)
            if moved_loss <= loss:
                break
            step = [s / 2 for s in step]
        weights, loss = moved, moved_loss
        if max(map(abs, step)) < _SMALL:
            break
    return tuple(weights)


def _loss(weights: Vector, rows: Sequence[Vector], answers: Sequence[bool], prior: Vector, strength: float) -> float:
    total = strength / 2 * sum((w - p) ** 2 for w, p in zip(weights, prior, strict=True))
    for row, answer in zip(rows, answers, strict=True):
        score = sum(w * x for w, x in zip(weights, row, strict=True))
        wrong = -score if answer else score
        total += max(wrong, 0.0) + math.log1p(math.exp(-abs(wrong)))
    return total


def _newton(
    weights: Vector, rows: Sequence[Vector], answers: Sequence[bool], prior: Vector, strength: float
) -> list[float]:
    size = range(len(prior))
    slope = [strength * (weights[i] - prior[i]) for i in size]
    curve = [[strength * (i == j) for j in size] for i in size]
    for row, answer in zip(rows, answers, strict=True):
        share = probability(weights, row)
        for i in size:
            slope[i] += (share - answer) * row[i]
            for j in size:
                curve[i][j] += share * (1 - share) * row[i] * row[j]
    return _solve(curve, slope)


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gaussian elimination; the matrix is positive definite, so that no pivot is 0."""
    size = len(right)
    rows = [[*matrix[i], right[i]] for i in range(size)]
    for n in range(size):
        for below in range(n + 1, size):
            factor = rows[below][n] / rows[n][n]
            rows[below] = [b - factor * a for a, b in zip(rows[n], rows[below], strict=True)]
    solution = [0.0] * size
    for n in reversed(range(size)):
        known = sum(rows[n][m] * solution[m] for m in range(n + 1, size))
        solution[n] = (rows[n][size] - known) / rows[n][n]
    return solution
