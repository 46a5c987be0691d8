"""Scores and comparisons."""

import pytest

from contracts import Directory, Extraction, Item, Place, PlaceKind, Section
from reading.score import matched, same_item, score

DIRECTORY = Directory(places={"Barn": Place(kind=(PlaceKind.HOME,)), "Anchor Market": Place(aliases=("anchor",))})


def reading(*items: Item, **fields: object) -> Extraction:
    return Extraction(sections=(Section(items=items),) if items else (), **fields)  # type: ignore[arg-type]


ROLLS = Item(name="rolls", quantity=2, unit="case")
MILK = Item(name="whole milk", quantity=3, unit="gallon")


def test_equal_readings_score_one() -> None:
    scores = score([reading(ROLLS, MILK)], [reading(MILK, ROLLS)], DIRECTORY)
    assert (scores.items_exact.f1, scores.all_exact, scores.direction) == (1.0, 1.0, 1.0)


def test_precision_and_recall_count_items() -> None:
    scores = score([reading(ROLLS, MILK)], [reading(ROLLS)], DIRECTORY)
    assert (scores.items_exact.precision, scores.items_exact.recall, scores.all_exact) == (1.0, 0.5, 0.0)


def test_a_lenient_name_shares_half_of_its_words() -> None:
    scores = score([reading(MILK)], [reading(Item(name="milk", quantity=3, unit="gallon"))], DIRECTORY)
    assert (scores.items_exact.f1, scores.items_lenient.f1) == (0.0, 1.0)


def test_places_count_by_canonical_name_and_home_as_none() -> None:
    gold = reading(rescue_location="Anchor Market", drop_off_location="Barn")
    scores = score([gold], [reading(rescue_location="ANCHOR")], DIRECTORY)
    assert (scores.rescue_location, scores.drop_off_location) == (1.0, 1.0)


def test_as_many_items_as_possible_are_matched() -> None:
    """A greedy matching gives the first item the only partner of the second."""
    left, right = [ROLLS, MILK], [MILK, ROLLS]
    both = matched(left, right, lambda a, b: a == ROLLS or b == MILK)
    assert len(both) == 2
    assert matched([ROLLS] * 600, [ROLLS] * 600, same_item) == [(i, i) for i in range(600)]


def test_pounds_error_is_relative_to_the_gold() -> None:
    gold = reading(Item(name="rolls", estimated_lbs=10))
    assert score([gold], [reading(Item(name="rolls", estimated_lbs=5))], DIRECTORY).pounds_error == 0.5


def test_readings_must_be_paired() -> None:
    with pytest.raises(ValueError, match="shorter"):
        score([reading(), reading()], [reading()], DIRECTORY)


def test_values_that_the_message_does_not_say_are_counted() -> None:
    invented = reading(ROLLS, Item(name="caviar", quantity=7, unit="case"), rescue_location="Anchor Market")
    text = "2 cases of rolls, one box of kale, from the ANCHOR"
    scores = score([reading(ROLLS)], [invented], DIRECTORY, [text])
    assert scores.ungrounded == pytest.approx(2 / 7, abs=1e-4)
    assert score([reading()], [reading(drop_off_location="Barn")], DIRECTORY, ["kale"]).ungrounded == 0


def test_a_message_that_could_not_be_read_counts_as_read_empty() -> None:
    scores = score([reading(ROLLS), reading(ROLLS)], [None, reading(ROLLS)], DIRECTORY)
    assert (scores.invalid, scores.items_exact.recall, scores.all_exact) == (0.5, 0.5, 0.5)
