"""Direction, places, and sections: who moves what where."""

import pytest

from contracts import Direction, Directory
from reading.derive import DEFAULT_TABLES
from regex_extractor import extract

ITEMS = "\n3 cases pears\n2 boxes plums"


def route(text, directory):
    read = extract(text, directory, DEFAULT_TABLES)
    return read.direction.value, read.rescue_location, read.drop_off_location


ROUTES = {
    "From Corner Market:": ("inbound", "Corner Market", "The Barn"),
    "Dropped from corner mkt": ("inbound", "Corner Market", "The Barn"),
    "Corner Market haul 5/30": ("inbound", "Corner Market", "The Barn"),
    "1/12 North corner pickup": ("inbound", "Corner Market North", "The Barn"),
    "Picked up at Willow": ("inbound", "Willow Farm", "The Barn"),
    "<@U1> and I dropped willow farm": ("inbound", "Willow Farm", "The Barn"),
    "Willow dropped off": ("inbound", "Willow Farm", "The Barn"),
    "Corner Market": ("inbound", "Corner Market", "The Barn"),
    "Dropped:": ("inbound", None, "The Barn"),
    "We received": ("inbound", None, "The Barn"),
    "HT picked up from willow on Tuesday:": ("inbound", "Willow Farm", "The Barn"),
    "Dropped from Windy Orchard:": ("inbound", "Windy Orchard", "The Barn"),
    "Elm Grocers food rescue 5/30": ("inbound", "Elm Grocers", "The Barn"),
    "Elm Grocers:": ("inbound", "Elm Grocers", "The Barn"),
    "Came in today:": ("inbound", None, "The Barn"),
    "@maria from GK was here and said:\nI grabbed this from the barn": ("outbound", "The Barn", "Green Kitchen"),
    "Barn received from Willow:": ("both", "Willow Farm", "The Barn"),
    "GK took:": ("outbound", "The Barn", "Green Kitchen"),
    "GK also took today": ("outbound", "The Barn", "Green Kitchen"),
    "Picked up for GK": ("outbound", "The Barn", "Green Kitchen"),
    "Harbor Table grabbed this for the street fridges": ("outbound", "The Barn", "Street Fridge"),
    "HT took for market distro this past Sat 6/18": ("outbound", "The Barn", "Harbor Table"),
    "HT took from the barn yesterday": ("outbound", "The Barn", "Harbor Table"),
    "I took the following (I didn't take from the marked pallets)": ("outbound", "The Barn", None),
    "Taking to Green Kitchen": ("outbound", "The Barn", "Green Kitchen"),
    "Barn -> GK": ("outbound", "The Barn", "Green Kitchen"),
    "BLM took": ("outbound", "The Barn", "BLM"),
    "Elm Mutual Aid picked up": ("outbound", "The Barn", "Elm Mutual Aid"),
    "Corner :arrow_right: GK": ("both", "Corner Market", "Green Kitchen"),
    "Corner Market --&gt; Barn": ("both", "Corner Market", "The Barn"),
    "From willow to the street fridge": ("both", "Willow Farm", "Street Fridge"),
    "Dropped at the barn from Willow:": ("both", "Willow Farm", "The Barn"),
    "HT took from corner mkt, dropped off @ barn": ("both", "Corner Market", "The Barn"),
    "willow pickup delivered to Green Kitchen": ("both", "Willow Farm", "Green Kitchen"),
    "Corner Market gave us": ("inbound", "Corner Market", "The Barn"),
    "Hill Orchard dropped off": ("inbound", "Hill Orchard", "The Barn"),
    "Went to Corner Market today, got": ("inbound", "Corner Market", "The Barn"),
    "Corner Market > GK": ("both", "Corner Market", "Green Kitchen"),
    "Pickup: Corner Market\nDropoff: GK": ("both", "Corner Market", "Green Kitchen"),
    "Rescued from: Corner Market\nDelivered to: GK": ("both", "Corner Market", "Green Kitchen"),
    "Elm Grocers 4/6": ("inbound", "Elm Grocers", "The Barn"),
    "elm grocery to the street fridge": ("both", "elm grocery", "Street Fridge"),
    "Received from Ms. Lopez's garden:": ("inbound", "Ms. Lopez's garden", "The Barn"),
    "elders took:": ("outbound", "The Barn", "elders"),
    "GK took from HQ": ("outbound", "The Barn", "Green Kitchen"),
    "Picked up from: Corner Market\nDropped to: Harbor Table": ("both", "Corner Market", "Harbor Table"),
    "Pick up #2 Corner Market": ("inbound", "Corner Market", "The Barn"),
    "Corner Market run 5/30": ("inbound", "Corner Market", "The Barn"),
    "Corner Market donation:": ("inbound", "Corner Market", "The Barn"),
    "mercado gave:": ("inbound", "mercado", "The Barn"),
    "Corner Market\nBoth to GK": ("both", "Corner Market", "Green Kitchen"),
    "Took about 2 hours": ("unknown", None, None),
    "Store was closed when I got there": ("unknown", None, None),
    "Who is picking up from Willow tomorrow?": ("unknown", None, None),
    "Pears, plums, and thanks to everybody": ("unknown", None, None),
    "": ("unknown", None, None),
}


@pytest.mark.parametrize(("heading", "expected"), ROUTES.items())
def test_a_heading_says_who_moves_what_where(heading, expected, directory):
    assert route(heading + ITEMS, directory) == expected


def test_what_is_still_under_way_has_not_moved(directory):
    assert route("I'm headed to Willow, back by 4", directory) == ("unknown", None, None)


@pytest.mark.parametrize(
    "text",
    [
        "Corner Market has 3 cases of pears if someone wants to grab them",
        "There are 3 cases of pears by the door that need to go today",
        "please take:\n3 cases of pears by the door",
    ],
)
def test_what_is_offered_has_not_moved(text, directory):
    read = extract(text, directory, DEFAULT_TABLES)
    assert (read.direction, read.items) == ("unknown", ())


TAILS = {
    "{items}\nCorner Market": ("inbound", "Corner Market", "The Barn"),
    "Corner haul{items}\nDropped at GK": ("both", "Corner Market", "Green Kitchen"),
    "{items}\nTook to street fridge": ("outbound", "The Barn", "Street Fridge"),
    "Dropped off{items}\n   from willow": ("inbound", "Willow Farm", "The Barn"),
    "Corner haul{items}\nAll the rest to gk freezer.": ("both", "Corner Market", "Green Kitchen"),
    "HT dropped off{items}\nGK took\n1 box figs": ("both", "The Barn", "Green Kitchen"),
    "GK took{items}\nWe set aside a pallet for HT with some figs": ("outbound", "The Barn", "Green Kitchen"),
    "GK took{items}\nThe big box belongs to the barn.": ("outbound", "The Barn", "Green Kitchen"),
    "GK took{items}\nWe will not pick up from Willow today.": ("outbound", "The Barn", "Green Kitchen"),
    "Dropped from Willow{items}\nI had to leave some for Thursday pick up": ("inbound", "Willow Farm", "The Barn"),
}


@pytest.mark.parametrize(("text", "expected"), TAILS.items())
def test_a_sentence_behind_the_items_says_where_they_went(text, expected, directory):
    assert route(text.format(items=ITEMS), directory) == expected


def test_a_place_inside_an_item_does_not_become_the_source(directory):
    assert (
        route("GK took:\n3 cases frozen stuff from Corner\n2 boxes corner pantry randoms", directory)[1] == "The Barn"
    )


def test_the_fuller_spelling_of_a_source_wins(directory):
    text = "Logs of the North Corner drops\n1/3 Corner haul:\n3 boxes figs\nNorth corner:\n2 boxes figs"
    assert route(text, directory)[1] == "Corner Market North"


def test_the_sentence_that_tells_the_whole_move_names_its_source(directory):
    assert route("Got 3 boxes figs from Willow, 2 boxes plums from Corner. Brought to GK", directory) == (
        "both",
        "Willow Farm",
        "Green Kitchen",
    )


def test_a_shop_never_takes(directory):
    assert route("Rescue log 3/12\nCorner - 6 boxes bread\nAll to the barn", directory)[1:] == (
        "Corner Market",
        "The Barn",
    )


def test_a_misspelled_place_is_found(directory):
    assert route("Dropped from Wilow Farm:" + ITEMS, directory)[1] == "Willow Farm"


def test_a_group_with_two_homes_leaves_the_unwritten_one_open():
    two = Directory.from_mapping({"Barn": {"kind": ["home"]}, "Shed": {"kind": ["home"]}, "GK": {"kind": ["drop_off"]}})
    assert route("GK took:\n3 cases pears", two) == ("outbound", None, "GK")
    assert route("GK took from Shed:\n3 cases pears", two) == ("outbound", "Shed", "GK")


SECTIONS = {
    "Picked up for GK\n1 box figs\nFor HT-\n2 boxes plums\n1 box kale": [("Green Kitchen", 1), ("Harbor Table", 2)],
    "Dropped off some rolls- 4 bags\n\nGrabbed for GK\n1 box figs": [(None, 1), ("Green Kitchen", 1)],
    "Corner -> barn\n1 box figs\nCorner -> GK\n2 boxes kale": [("The Barn", 1), ("Green Kitchen", 1)],
    "Willow:\n1 box figs\n\nCorner\n2 boxes kale\nDropped at GK": [("Willow Farm", 1), ("Corner Market", 1)],
    "HT dropped off\n3 boxes figs\nfrom willow\n4 bags kale\nfrom corner\nHT took\n1 box oats": [
        ("Willow Farm", 1), ("Corner Market", 1), ("Harbor Table", 1),
    ],
    "HT picked up\n4 bags kale from Willow\n2 boxes figs\n5 boxes oats from Corner\nTook\n1 box plums": [
        ("Willow Farm", 1), ("Corner Market", 2), ("Harbor Table", 1),
    ],
    "Pick-ups\nCorner: 1 box figs\nDrop-offs\nGK: 1 box kale": [("Corner Market", 1), ("Green Kitchen", 1)],
    "1 box figs\n\nfreezer:\n2 boxes chicken": [(None, 2)],
}  # fmt: skip


@pytest.mark.parametrize(("text", "sections"), SECTIONS.items())
def test_a_heading_opens_a_section_and_no_item_is_lost(text, sections, directory):
    read = extract(text, directory, DEFAULT_TABLES)
    assert [(section.location, len(section.items)) for section in read.sections] == sections


@pytest.mark.parametrize(
    "text",
    [
        "Can anyone pick up from Willow tomorrow?",
        "Good morning everybody, see you at the barn at 10:30",
        "We need 3 drivers for the Corner run",
        "Please let me know if GK needs anything :pray:",
        "Could somebody move the boxes? They're from Tuesday's Corner Market run",
    ],
)
def test_talk_moves_nothing(text, directory):
    read = extract(text, directory, DEFAULT_TABLES)
    assert read.items == ()
    assert read.direction is Direction.UNKNOWN
