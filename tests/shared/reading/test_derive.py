import pytest

from contracts import Category, Extraction, Item, LbsSource, Section, Tables
from reading.derive import DEFAULT_TABLES, derive


def read(*items, tables=DEFAULT_TABLES):
    return derive(Extraction(sections=(Section(items=items),)), tables)


def category(name):
    return read(Item(name=name)).items[0].subcategory


@pytest.mark.parametrize(
    ("name", "subcategory"),
    [
        ("frozen chicken", "Meat"),
        ("steak", "Meat"),
        ("orange juice", "Beverages"),
        ("iced tea", "Beverages"),
        ("oat milk", "Dairy"),
        ("bananas", "Produce"),
        ("banana bread", "Bread/Bakery"),
        ("green beans", "Produce"),
        ("black beans", "Grocery"),
        ("mac & cheese", "Grocery"),
        ("peanut butter", "Grocery"),
        ("ice cream", "Assorted Freezer"),
        ("salad mix", "Produce"),
        ("toilet paper", "Non-Food"),
        ("cream of chicken soup", "Grocery"),
        ("butternut squash", "Produce"),
        ("cheese", "Deli/Prepared"),
        ("flibbets", None),
    ],
)
def test_the_default_tables_know_everyday_food(name, subcategory):
    assert category(name) == subcategory


def test_pounds_that_the_message_states_are_kept():
    stated = Item(name="onions", quantity=2, unit="bag", estimated_lbs=50, lbs_source=LbsSource.STATED)
    item = read(stated).items[0]
    assert (item.estimated_lbs, item.lbs_source) == (50, LbsSource.STATED)


def test_a_quantity_in_pounds_is_stated():
    item = read(Item(name="apples", quantity=10, unit="lb")).items[0]
    assert (item.estimated_lbs, item.lbs_source) == (10, LbsSource.STATED)


def test_an_estimate_names_its_rule():
    tables = Tables(
        categories=(Category(name="Fruit", keywords=("apple",), lbs_per_unit={"case": 40}),),
        item_units={"red apple": {"case": 42}},
        units={"crate": 30},
    )
    items = read(
        Item(name="apples", quantity=5, unit="case"),
        Item(name="red apples", quantity=1, unit="case"),
        Item(name="apples", quantity=2, unit="crate"),
        Item(name="apples", quantity=2, unit="jar"),
        tables=tables,
    ).items
    assert [item.lbs_rule for item in items] == [
        "5 case x 40 lb, Fruit",
        "1 case x 42 lb, red apple",
        "2 crate x 30 lb, any crate",
        None,
    ]
    assert [item.estimated_lbs for item in items] == [200, 42, 60, None]


def test_an_item_without_a_quantity_has_no_pounds():
    assert read(Item(name="bread", unit="case")).items[0].estimated_lbs is None


def test_the_tables_version_is_kept():
    assert read().tables_version == DEFAULT_TABLES.version


def test_deriving_twice_changes_nothing():
    once = read(Item(name="apples", quantity=5, unit="case"), Item(name="milk", quantity=3, unit="gallon"))
    assert derive(once, DEFAULT_TABLES) == once


def test_total_pounds_are_the_sum_of_the_items():
    extraction = read(Item(name="apples", quantity=5, unit="case"), Item(name="milk", quantity=3, unit="gallon"))
    assert extraction.pounds == pytest.approx(sum(item.estimated_lbs for item in extraction.items))
