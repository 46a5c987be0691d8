"""A group's first day: the directory is empty, and places are found by where they stand and by chains' names."""

import pytest

from contracts import Directory
from reading.derive import DEFAULT_TABLES
from regex_extractor import extract

NOTHING = Directory()
ITEMS = "\n3 cases pears\n2 boxes plums"


def route(text, directory=NOTHING):
    read = extract(text, directory, DEFAULT_TABLES)
    return read.direction.value, read.rescue_location, read.drop_off_location


CHAINS = {
    "kroger haul 3/4": ("inbound", "kroger", None),
    "Did the lidl pickup with @jo": ("inbound", "lidl", None),
    "safeway northgate:": ("inbound", "safeway northgate", None),
    "South Loop Marianos": ("inbound", "South Loop Marianos", None),
    "Dropped from south loop mariano's": ("inbound", "south loop mariano's", None),
    "Picked up from Kroger on Main": ("inbound", "Kroger on Main", None),
    "Picked up from Kroger on Monday": ("inbound", "Kroger", None),
    "Costco Bakery": ("inbound", "Costco", None),
    "trader joe's was light today - just": ("inbound", "trader joe's", None),
    "elders took from Whole Foods": ("inbound", "Whole Foods", None),
}


@pytest.mark.parametrize(("heading", "expected"), CHAINS.items())
def test_a_shop_of_a_chain_needs_no_directory(heading, expected):
    text = heading + (" 2 bags bread" if heading.endswith("just") else ITEMS)
    assert route(text) == expected


def test_a_chain_in_the_directory_keeps_its_own_name():
    known = Directory.from_mapping({"Kroger Elm St": {"aliases": ["kroger"], "kind": ["rescue"]}})
    assert route("kroger haul" + ITEMS, known)[1] == "Kroger Elm St"


HEADINGS = {
    "wholesome:": ("inbound", "wholesome", None),
    "riverbend farm haul 3/4": ("inbound", "riverbend farm", None),
    "riverbend": ("inbound", "riverbend", None),
    "2nd Blessing run 3/14": ("inbound", "2nd Blessing", None),
    "Saturday farmers market:": ("inbound", "Saturday farmers market", None),
    "sat market gleanings -> elders": ("both", "sat market", "elders"),
    "sunrise bakery to oak house": ("both", "sunrise bakery", "oak house"),
    "From oak Grocers -> Elm Pantry & the rest": ("both", "oak Grocers", "Elm Pantry"),
    "Dropped at st. brigid's": ("outbound", None, "st. brigid's"),
    "Picked up for jail support": ("outbound", None, "jail support"),
    "Took for the p/$ fridge:": ("outbound", None, "p/$ fridge"),
    "For the elders:": ("outbound", None, "elders"),
    "stocked the free fridge with:": ("outbound", None, "free fridge"),
    "took the following for the Oakdale distro": ("outbound", None, "Oakdale"),
    "Took for Elm Food Not Bombs:": ("outbound", None, "Elm Food Not Bombs"),
    "TUK took from Elm Depot Hall today": ("outbound", "Elm Depot Hall", "TUK"),
    "Oak fridge (<@U1> 8-8-22 )took:": ("outbound", None, "Oak fridge"),
    "Delivered to Elm Church and Oak Church": ("outbound", None, "Elm Church"),
    "awesome haul today": ("unknown", None, None),
    "Produce:": ("unknown", None, None),
    "quick update": ("unknown", None, None),
    "Took for dinner tonight": ("outbound", None, None),
}


@pytest.mark.parametrize(("heading", "expected"), HEADINGS.items())
def test_an_unknown_place_is_found_by_where_it_stands(heading, expected):
    assert route(heading + ITEMS) == expected


LINES = {
    "st brigids took 20 boxes produce": ("outbound", None, "st brigids"),
    "we just took 20 boxes produce": ("outbound", None, None),
    "dropped 3 boxes pears at Elm Pantry and 7 at the store": ("outbound", None, "Elm Pantry"),
    "picked up 3 boxes pears at Oak House": ("inbound", "Oak House", None),
    "Left 3 boxes pears at Elm Pantry": ("outbound", None, "Elm Pantry"),
    "3 boxes pears to Elm Pantry": ("outbound", None, "Elm Pantry"),
    "2 boxes left": ("unknown", None, None),
}


@pytest.mark.parametrize(("line", "expected"), LINES.items())
def test_an_unknown_place_is_found_in_the_line_of_its_items(line, expected):
    assert route(line) == expected


def test_a_heading_below_a_source_says_where_its_items_went():
    read = extract("Oak Bakery pickup\nElm Kitchen\n2 boxes rolls\nFree Fridge\n1 box pies", NOTHING, DEFAULT_TABLES)
    assert read.direction == "both"
    assert [len(section.items) for section in read.sections] == [1, 1]
    assert read.sections[1].location == "Free Fridge"


def test_what_is_left_somewhere_after_its_list_is_counted_once():
    read = extract("Oak Bakery pickup\n9 boxes rolls\nLeft 3 boxes rolls at Elm Pantry", NOTHING, DEFAULT_TABLES)
    assert [(item.quantity, item.name) for item in read.items] == [(9, "rolls")]
    assert (read.direction, read.drop_off_location) == ("both", "Elm Pantry")


def test_a_question_about_items_moves_none():
    assert extract("Who took the 3 cases of pears?", NOTHING, DEFAULT_TABLES).items == ()
    assert route("Is the safeway run still on? We need someone for it") == ("unknown", None, None)


def test_what_went_to_the_compost_has_left():
    assert route("Composted 3 boxes pears") == ("outbound", None, None)
