"""The expander: nothing that the message does not say, and evidence for what it does."""

from contracts import Directory, Extraction, Place, PlaceKind
from reading.derive import DEFAULT_TABLES
from reading.expand import expand

DIRECTORY = Directory(
    places={
        "The Barn": Place(kind=(PlaceKind.HOME,)),
        "Anchor Market": Place(aliases=("anchor",), kind=(PlaceKind.RESCUE,)),
        "Anchor Deli West": Place(aliases=("west deli",), kind=(PlaceKind.RESCUE,)),
    }
)
TEXT = "Dropped from west deli:\n• 2 cs Sweet Rolls\n• 3 boxes mac &amp; cheese\n• rolls"


def read(target: str, text: str = TEXT) -> Extraction:
    return expand(target, text, DIRECTORY, DEFAULT_TABLES)


def test_names_are_restored_from_the_message_whatever_their_spaces() -> None:
    assert [i.name for i in read("inbound|westdeli|*\n2|cs|sweetrolls\n3|boxes|mac&cheese").items] == [
        "sweet rolls",
        "mac & cheese",
    ]


def test_an_item_that_is_not_in_the_message_is_left_out() -> None:
    assert read("inbound||\n2|cs|apples\n1||rol").items == ()


def test_an_item_is_found_no_more_often_than_it_is_written() -> None:
    assert [i.name for i in read("unknown||\n||rolls\n||rolls\n||sweet rolls").items] == ["rolls", "rolls"]


def test_a_number_or_unit_that_is_not_on_the_line_is_left_out() -> None:
    item = read("unknown||\n7|pallets|sweet rolls").items[0]
    assert (item.quantity, item.unit) == (None, None)


def test_evidence_shows_the_raw_text() -> None:
    extraction = read("inbound|west deli|*\n3|boxes|mac & cheese")
    shown = {field: TEXT[span.start : span.end] for field, span in extraction.evidence.items()}
    assert shown == {
        "rescue_location": "west deli",
        "sections.0.items.0.name": "mac &amp; cheese",
        "sections.0.items.0.quantity": "3",
        "sections.0.items.0.unit": "boxes",
    }


def test_a_part_of_a_known_place_stands_for_the_place() -> None:
    assert read("inbound|west|*").rescue_location == "Anchor Deli West"


def test_home_is_the_directory_s_and_an_unknown_place_stays_as_written() -> None:
    extraction = read("outbound|*|The Pigs", "The Pigs took 2 cs rolls")
    assert (extraction.rescue_location, extraction.drop_off_location) == ("The Barn", "The Pigs")


def test_a_place_that_is_nowhere_is_no_place() -> None:
    extraction = read("both|moon base|=moon base")
    assert (extraction.rescue_location, extraction.drop_off_location) == (None, None)


def test_an_unwritten_place_of_the_directory_is_resolved() -> None:
    assert read("inbound|=anchormarket|*").rescue_location == "Anchor Market"
