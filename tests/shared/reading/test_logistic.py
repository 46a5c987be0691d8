"""Logistic regression that is drawn towards a prior."""

import random

import pytest

from reading.logistic import fit, probability


def test_without_examples_the_prior_holds() -> None:
    assert fit([], [], (0.5, -1.0), strength=1.0) == (0.5, -1.0)


def test_many_examples_give_their_own_weights() -> None:
    dice = random.Random(7)
    rows = [(1.0, dice.gauss(0, 1)) for _ in range(4000)]
    answers = [dice.random() < probability((0.5, 2.0), row) for row in rows]
    assert fit(rows, answers, (0.0, 0.0), strength=1.0) == pytest.approx((0.5, 2.0), abs=0.2)


def test_examples_that_all_say_yes_leave_a_doubt() -> None:
    (weight,) = fit([(1.0,)] * 20, [True] * 20, (0.0,), strength=1.0)
    assert 0.8 < probability((weight,), (1.0,)) < 0.99
