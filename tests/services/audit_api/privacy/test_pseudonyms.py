"""Rows that leave the group's machines name no member."""

from audit_api.privacy.pseudonyms import Pseudonyms
from contracts import Extraction, Item, LabelledRow, Section, Span

NAMES = ["Ana Reyes", "Bo Lindqvist", "Rose", "Al"]
CLEAN = Pseudonyms(NAMES, ["Rose"], "salt")


def test_names_mentions_and_parts_of_names_are_replaced_alike_everywhere() -> None:
    text = CLEAN.text("@Ana Reyes took 2 boxes, thanks Ana! Lindqvist's van. Anastasia stays.")
    assert not {"Ana Reyes", "Ana!", "Lindqvist"} & {
        part for part in ("Ana Reyes", "Ana!", "Lindqvist") if part in text
    }
    assert "Anastasia stays." in text
    assert CLEAN.text("Ana and Ana") == CLEAN.text("Ana") + " and " + CLEAN.text("Ana")


def test_a_name_that_is_a_place_and_a_name_that_is_too_short_stay() -> None:
    assert CLEAN.text("from Rose, 2 boxes, Al") == "from Rose, 2 boxes, Al"


def test_addresses_and_telephone_numbers_are_replaced_and_quantities_are_not() -> None:
    text = CLEAN.text("call +1 (312) 555-0187 or ana.r@larder.example, 12 cases 24 ct, 1/2 box, 1200 lbs")
    assert text == "call 555-0100 or person@example.org, 12 cases 24 ct, 1/2 box, 1200 lbs"


def test_labels_are_replaced_as_their_text_is_and_lose_their_places_in_it() -> None:
    section = Section(location="Ana's porch", items=(Item(name="kale", quantity=2, unit="case"),))
    reading = Extraction(
        rescue_location="Ana's porch", sections=(section,), evidence={"rescue_location": Span(start=5, end=16)}
    )
    row = CLEAN.row(LabelledRow(id="r", text="from Ana's porch: 2 cases kale", extraction=reading))
    assert row.extraction.rescue_location in row.text
    assert "Ana" not in row.model_dump_json()
    assert row.extraction.evidence == {}
    assert row.extraction.sections[0].items == section.items
