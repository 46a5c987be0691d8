"""Judging confidence by audits that did not teach it."""

import random

from hypothesis import given
from hypothesis import strategies as st

from contracts import Direction, Directory, Extraction, Item, Section, Signal
from reading.calibration import Field
from reading.judging import MESSAGE, AuditedPair, judge
from reading.reliability import acceptance, at_least, reliability, risk_coverage
from reading.score import score, tallies
from reading.uncertainty import differences, intervals

NOWHERE = Directory()


def message(direction: Direction, sure: float = 0.0) -> Extraction:
    signals = {"direction": Signal(least=sure, margin=sure)} if sure else {}
    confidence = {"direction": sure} if sure else {}
    return Extraction(direction=direction, confidence=confidence, signals=signals)


def pairs(count: int) -> list[AuditedPair]:
    """A model that is right as often as it says; regex always says the same and is right half of the time."""
    dice = random.Random(3)
    found = []
    for _ in range(count):
        sure, truth = dice.choice([0.55, 0.97]), dice.choice([Direction.INBOUND, Direction.OUTBOUND])
        wrong = Direction.OUTBOUND if truth is Direction.INBOUND else Direction.INBOUND
        said = truth if dice.random() < sure else wrong
        found.append(AuditedPair(message(truth), message(Direction.INBOUND), message(said, sure)))
    return found


def test_the_combination_is_better_than_either_and_its_confidence_means_what_it_says() -> None:
    messages = pairs(400)
    judgement = judge(messages, NOWHERE)
    audits = [one.audit for one in messages]
    of = {
        name: score(audits, readings, NOWHERE).direction
        for name, readings in {
            "regex": [one.regex for one in messages],
            "model": [one.model for one in messages],
            "combined": [one.extraction for one in judgement.combined],
        }.items()
    }
    assert of["combined"] >= max(of["regex"], of["model"]) - 0.01
    assert judgement.confidence.fields[Field.DIRECTION].calibration_error < 0.06
    assert judgement.calibration.records == 400


def test_what_a_fold_says_of_itself_teaches_it_nothing() -> None:
    """One message of five that alone knows that regex is right: read with what the other four say."""
    wrong = AuditedPair(message(Direction.OUTBOUND), message(Direction.INBOUND), message(Direction.OUTBOUND, 0.9))
    right = AuditedPair(message(Direction.INBOUND), message(Direction.INBOUND), message(Direction.OUTBOUND, 0.9))
    combined = judge([right, *[wrong] * 40], NOWHERE).combined
    assert combined[0].extraction.direction is Direction.OUTBOUND


def test_whole_messages_are_judged_with_their_items() -> None:
    kale = Extraction(sections=(Section(items=(Item(name="kale"),)),))
    judgement = judge([AuditedPair(kale, kale, kale), AuditedPair(kale, Extraction(), Extraction())], NOWHERE)
    assert judgement.confidence.fields[MESSAGE].count == 2
    assert [point.risk for point in judgement.confidence.curve][-1] == 0.5
    assert judge([], NOWHERE).confidence.acceptance.share == 0


def test_a_reliability_table_compares_what_was_said_with_what_was_right() -> None:
    table = reliability([(0.95, True)] * 8 + [(0.95, False)] * 2 + [(0.25, False)] * 10)
    assert [(one.low, one.count, one.right) for one in table.bins] == [(0.2, 10, 0.0), (0.9, 10, 0.8)]
    assert table.calibration_error == 0.2


def test_the_greatest_share_that_is_right_often_enough_is_accepted() -> None:
    outcomes = [(0.9, True)] * 200 + [(0.8, False)] * 2 + [(0.7, True)] * 98 + [(0.6, False)] * 100
    found = acceptance(outcomes, precision=0.99)
    assert (found.accepted, found.wrong, found.threshold, found.share) == (300, 2, 0.7, 0.75)
    assert found.interval[0] < 0.75 < found.interval[1]
    assert [point.coverage for point in risk_coverage(outcomes)] == [0.5, 0.505, 0.75, 1.0]


def test_thirty_right_of_thirty_prove_nine_in_ten() -> None:
    assert (at_least(30, 30), at_least(299, 299), at_least(0, 5)) == (0.905, 0.99, 0.0)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=40))
def test_no_accepted_part_is_wrong_more_often_than_allowed(outcomes: list[tuple[float, bool]]) -> None:
    found = acceptance(outcomes, precision=0.9)
    assert found.wrong <= 0.1 * found.accepted + 1e-9
    assert found.accepted == sum(sure >= (2 if found.threshold is None else found.threshold) for sure, _ in outcomes)


def test_intervals_hold_their_figure_and_narrow_with_more_messages() -> None:
    audits = [message(Direction.INBOUND)] * 200
    read = [message(Direction.INBOUND if n % 4 else Direction.OUTBOUND) for n in range(200)]
    few, many = (intervals(tallies(audits[:n], read[:n], NOWHERE))["direction"] for n in (20, 200))
    assert few[0] < 0.75 < few[1]
    assert many[1] - many[0] < few[1] - few[0]


def test_two_readings_are_compared_message_by_message() -> None:
    """Each alone is uncertain; that the one is right where the other is wrong is not."""
    audits = [message(Direction.INBOUND)] * 60
    left = tallies(audits, [message(Direction.INBOUND if n % 2 else Direction.BOTH) for n in range(60)], NOWHERE)
    right = tallies(audits, [message(Direction.INBOUND if n % 4 == 1 else Direction.BOTH) for n in range(60)], NOWHERE)
    low, high = differences(left, right)["direction"]
    assert 0 < low < 0.25 < high
