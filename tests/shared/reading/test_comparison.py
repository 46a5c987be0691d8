"""Two readings side by side."""

import itertools
import time

from hypothesis import given
from hypothesis import strategies as st

from contracts import Direction, Extraction, Item, Section, Span
from reading.comparison import compare
from reading.matching import LARGEST, assignment, likeness, pair_items, placed


def reading(*items: Item, **fields: object) -> Extraction:
    return Extraction(sections=(Section(items=items),) if items else (), **fields)  # type: ignore[arg-type]


ROLLS = Item(name="rolls", quantity=2, unit="case")
MILK = Item(name="whole milk", quantity=3, unit="gallon")


def states(left: Extraction, right: Extraction) -> list[str]:
    return [item.agreement for item in compare(left, right).items]


def test_equal_readings_agree_in_every_field_whatever_the_order_of_their_items():
    found = compare(reading(ROLLS, MILK), reading(MILK, ROLLS))
    assert found.agrees
    assert found.items[0].right_path == "sections.0.items.1"


def test_a_field_that_one_reading_lacks_is_told_apart_from_one_that_differs():
    left = reading(ROLLS, rescue_location="Aldi", direction=Direction.INBOUND)
    right = reading(ROLLS.model_copy(update={"quantity": 5, "unit": None}), direction=Direction.BOTH)
    found = compare(left, right)
    assert [field.agreement for field in found.fields] == ["differ", "only_left", "agree"]
    assert [field.agreement for field in found.items[0].fields] == ["agree", "differ", "only_left", "agree"]


def test_an_item_that_one_reading_lacks_stands_alone():
    found = compare(reading(ROLLS, MILK), reading(MILK, Item(name="figs")))
    assert [(one.left_path, one.right_path) for one in found.items] == [
        ("sections.0.items.0", None),
        ("sections.0.items.1", "sections.0.items.0"),
        (None, "sections.0.items.1"),
    ]
    assert states(reading(ROLLS), reading()) == ["only_left"]


def test_an_item_under_another_place_differs_in_its_location_alone():
    left = Extraction(sections=(Section(location="Aldi", items=(ROLLS,)),))
    right = Extraction(sections=(Section(location="Whole Foods", items=(ROLLS,)),))
    (item,) = compare(left, right).items
    assert [field.field for field in item.fields if field.agreement == "differ"] == ["location"]


def test_names_found_at_the_same_spot_are_the_same_thing_whatever_they_are_called():
    left = reading(Item(name="diet pe koat"), evidence={"sections.0.items.0.name": Span(start=4, end=16)})
    right = reading(Item(name="tea coats"), evidence={"sections.0.items.0.name": Span(start=9, end=16)})
    assert states(left, right) == ["differ"]


def test_no_item_takes_the_partner_that_another_needs():
    """Greedy by likeness would pair the two `milk` and leave `oat milk` without its only partner."""
    left = reading(Item(name="milk", quantity=1), Item(name="oat milk", quantity=9))
    right = reading(Item(name="milk oat drink", quantity=9), Item(name="milk", quantity=2))
    assert [(one.left_path, one.right_path) for one in compare(left, right).items] == [
        ("sections.0.items.0", "sections.0.items.1"),
        ("sections.0.items.1", "sections.0.items.0"),
    ]


@given(
    st.integers(1, 6).flatmap(
        lambda n: st.lists(st.lists(st.integers(-9, 9), min_size=n, max_size=n), min_size=n, max_size=n)
    )
)
def test_an_assignment_costs_the_least(costs: list[list[int]]):  # fmt: skip
    n = len(costs)
    least = min(sum(costs[r][c] for r, c in enumerate(order)) for order in itertools.permutations(range(n)))
    assert sum(costs[r][c] for r, c in enumerate(assignment(costs))) == least


NAMES = st.sampled_from(["milk", "oat milk", "apples", "apple", "red apples", "rolls"])
ITEMS = st.lists(st.builds(Item, name=NAMES, quantity=st.sampled_from([None, 1.0, 2.0])), max_size=8)


@given(ITEMS, ITEMS)
def test_every_item_of_both_readings_appears_exactly_once(left: list[Item], right: list[Item]):
    found = compare(reading(*left), reading(*right)).items
    assert [one.left_path for one in found if one.left_path] == [p.path for p in placed(reading(*left))]
    assert {one.right_path for one in found if one.right_path} == {p.path for p in placed(reading(*right))}
    assert len([one for one in found if one.right_path]) == len(right)


@given(ITEMS, ITEMS)
def test_items_that_are_paired_could_be_the_same_thing(left: list[Item], right: list[Item]):
    a, b = placed(reading(*left)), placed(reading(*right))
    assert all(likeness(a[i], b[j]) for i, j in pair_items(a, b))


def test_a_hostile_message_with_thousands_of_like_items_is_compared_in_seconds():
    many = [Item(name=f"milk {n}", quantity=n) for n in range(100 * LARGEST // 2)]
    shifted = [Item(name=f"milk {n}", quantity=n + 0.5) for n in range(len(many))]
    began = time.process_time()
    assert len(compare(reading(*many), reading(*shifted)).items) >= len(many)
    assert time.process_time() - began < 20
