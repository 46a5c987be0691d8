"""Which numbers and foods a text mentions."""

import pytest

from contracts import Extraction, Item, Section, Span
from reading.default_tables import DEFAULT_TABLES
from reading.mentions import mentions, unclaimed


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in mentions(text, DEFAULT_TABLES)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Picked up 5 cases bananas", ["5", "bananas"]),
        ("2½ boxes and 1/2 a pallet of lettuce", ["2½", "1/2", "lettuce"]),
        ("two bags of potatoes", ["two", "potatoes"]),
        ("1,200 lb apples", ["1,200", "apples"]),
    ],
)
def test_quantities_and_foods_are_mentioned(text: str, wanted: list[str]) -> None:
    assert found(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "back at 10:30",
        "see you at 5pm",
        "call (312) 555-0100",
        "on 3/14/2025",
        "ask <@U0123456>",
        "https://example.org/12",
        "March 3",
        "the 21st",
        ":100:",
        "van costs $40",
    ],
)
def test_what_is_no_quantity_is_not(text: str) -> None:
    assert found(text) == []


def test_a_claim_is_evidence_or_an_items_name() -> None:
    text = "5 cases bananas, 3 boxes lettuce"
    item = Item(name="lettuce")
    said = Extraction(
        sections=(Section(items=(item,)),), evidence={"sections.0.items.0.quantity": Span(start=0, end=1)}
    )
    left = [text[one.start : one.end] for one in unclaimed(said, text, DEFAULT_TABLES)]
    assert left == ["bananas", "3"]


def test_a_places_own_words_are_no_omission() -> None:
    said = Extraction(rescue_location="Apple Valley Market")
    assert unclaimed(said, "from Apple Valley Market", DEFAULT_TABLES) == []
