"""Items as volunteers write them: `quantity|unit|name`, one line of the table for each way of writing."""

import pytest

from reading.derive import DEFAULT_TABLES
from regex_extractor import extract


def read(text, directory):
    return [
        f"{_number(item.quantity)}|{item.unit or ''}|{item.name}"
        for item in extract(text, directory, DEFAULT_TABLES).items
    ]


def _number(quantity):
    return "" if quantity is None else f"{quantity:g}"


LINES = {
    # quantities
    "3 cases pears": ["3|case|pears"],
    "1case pears": ["1|case|pears"],
    "2casesof Pears": ["2|case|pears"],
    "1/2 case pears": ["0.5|case|pears"],
    "I/2 case pears": ["0.5|case|pears"],
    "1 1/2 boxes pears": ["1.5|box|pears"],
    "2.5 pallets squash": ["2.5|pallet|squash"],
    ".5 bx pears": ["0.5|box|pears"],
    "~20 bags kale": ["20|bag|kale"],
    "20-ish bags of kale": ["20|bag|kale"],
    "20-30 loaves of bread": ["20|loaf|bread"],
    "10 or so cases of squash": ["10|case|squash"],
    "Two boxes plums": ["2|box|plums"],
    "half a box of plums": ["0.5|box|plums"],
    "a few boxes of greens": ["3|box|greens"],
    "a couple boxes of cream": ["2|box|cream"],
    "a dozen eggs": ["1|dozen|eggs"],
    "6 dozen eggs": ["6|dozen|eggs"],
    "I case plums": ["1|case|plums"],
    "Case plums": ["1|case|plums"],
    "Cs plums": ["1|case|plums"],
    "Big bag of carrots": ["1|bag|carrots"],
    "LAST BOX OF PLUMS!": ["1|box|plums"],
    "12 - bags of carrots": ["12|bag|carrots"],
    "2 x box peppers": ["2|box|peppers"],
    "x9 bags of kale": ["9|bag|kale"],
    "x60 Apples (x6 per person)": ["60||apples"],
    "Boxes of bread x3": ["3|box|bread"],
    "Box of dip x 1/2": ["0.5|box|dip"],
    "1 bag of Breadx4": ["4|bag|bread"],
    "Clorox wipes x2": ["2||clorox wipes"],
    "3x plum juice": ["3||plum juice"],
    "1 & 1/2 box bread": ["1.5|box|bread"],
    "2 quarter pallets of squash": ["0.5|pallet|squash"],
    "a dozen boxes figs": ["12|box|figs"],
    "half a dozen boxes figs": ["6|box|figs"],
    "½ cases buns": ["0.5|case|buns"],
    "approx. 30 lb squash": ["30|lb|squash"],
    "abt 15 lbs kale and abt 3 boxes figs": ["15|lb|kale", "3|box|figs"],
    "60 rolls": ["60||rolls"],
    # sizes that are no counts
    "4 - 5lb bags of potatoes": ["4|bag|potatoes"],
    "2 (large) boxes of oats": ["2|box|oats"],
    "40 oz box frozen chops": ["1|box|frozen chops"],
    "50 lb bag potatoes": ["1|bag|potatoes"],
    "2 large (25lb) bags onions": ["2|bag|onions"],
    "1 25# bag beets": ["1|bag|beets"],
    "13 cases 18ct mac & cheese": ["13|case|mac & cheese"],
    "8 case of 15 dozen eggs": ["8|case|eggs"],
    "4 12 packs of soda": ["4|pack|soda"],
    "2 cases spring mix 8ct each": ["2|case|spring mix"],
    "1 case (12 boxes) cereal": ["1|case|cereal"],
    "11 gals 2% milk": ["11|gallon|2% milk"],
    "36 1/2 gal milk": ["36|half gallon|milk"],
    "1 1/2 gallons milk": ["1.5|gallon|milk"],
    "1 pallet (approx 1,200 lbs) potatoes": ["1|pallet|potatoes"],
    # units
    "10 apples (cs)": ["10|case|apples"],
    "2 boxes/apples": ["2|box|apples"],
    "3 shelves of bread": ["3|shelf|bread"],
    "4 banana boxes of deli": ["4|box|deli"],
    "4 large shopping bags of kale": ["4|bag|kale"],
    "6 garbage bags full of greens": ["6|bag|greens"],
    "2 sm boxes chili": ["2|box|chili"],
    "3 bpxes sugar": ["3|box|sugar"],
    "2 lime cakes": ["2||lime cakes"],
    "1 vs yogurt": ["1|case|yogurt"],
    "3 boxes if plums": ["3|box|plums"],
    "10 produce boxes": ["10|box|produce"],
    "2 boxes milk boxes": ["2|box|milk boxes"],
    "4 assorted boxes of meat": ["4|box|meat"],
    "5 slabs of ribs": ["5|slab|ribs"],
    "5 salad kits": ["5||salad kits"],
    "96 bread": ["96||bread"],
    # the name first
    "Pears - 4 boxes": ["4|box|pears"],
    "Squash             1 crate": ["1|crate|squash"],
    "Misc produce 15cs": ["15|case|misc produce"],
    "Garlic(1) container": ["1|container|garlic"],
    "Masks (3 boxes)": ["3|box|masks"],
    "Gloves (1)": ["1||gloves"],
    "Salmon box x1": ["1|box|salmon"],
    "Odd Things (cards, gnomes) Box x1": ["1|box|odd things"],
    "Rice, 2 sacks": ["2|sack|rice"],
    "produce, 3 boxes": ["3|box|produce"],
    "Butter (1 lb) - 40": ["40||butter"],
    "Eggs (doz) - 30": ["30|dozen|eggs"],
    "12 cs - pears": ["12|case|pears"],
    "figs (3 boxes) and 2 boxes plums": ["3|box|figs", "2|box|plums"],
    # names
    "6 cases Mac &amp; cheese": ["6|case|mac & cheese"],
    "3 cases produce (pears, plums, 12 figs)": ["3|case|produce"],
    "1 case milk dated 1/7": ["1|case|milk"],
    "4 cases milk 2/22": ["4|case|milk"],
    "26 cases of past dated milk": ["26|case|past dated milk"],
    "11 boxes of kale with a use by date of today": ["11|box|kale"],
    "4 boxes dips in the walk-in": ["4|box|dips"],
    "2 cases chicken in a pouch": ["2|case|chicken in a pouch"],
    "2 crates :corn: sweetcorn": ["2|crate|sweetcorn"],
    "3 pallets of dry goods (2 held for next week)": ["3|pallet|dry goods"],
    "2 boxes assorted chips, seltzer & bars": ["2|box|assorted chips, seltzer & bars"],
    "7 up crates": ["7|crate|up"],
    "2 bags salt/vinegar chips": ["2|bag|salt/vinegar chips"],
    "4 cs soup this morning": ["4|case|soup"],
    "We received a pallet of yogurt (48 cases)": ["1|pallet|yogurt"],
    # lists
    "gk took 4 bread 3 milk 2 cheese": ["4||bread", "3||milk", "2||cheese"],
    "11 loaves rye / 4 baguettes / 2 doz bagels": ["11|loaf|rye", "4||baguettes", "2|dozen|bagels"],
    "5 cs pears, 3 cs plums, bread": ["5|case|pears", "3|case|plums", "||bread"],
    "I bag onions 4 cases corn": ["1|bag|onions", "4|case|corn"],
    "1 pallet of salads and 1 pallet of plums": ["1|pallet|salads", "1|pallet|plums"],
    "one crate of kale, one of zucchini, and one of figs": ["1|crate|kale", "1|crate|zucchini", "1|crate|figs"],
    "1 tote & 6 small boxes of figs": ["1|tote|figs", "6|box|figs"],
    "1 box each: kale, beets and figs": ["1|box|kale", "1|box|beets", "1|box|figs"],
    "3 boxes figs (ripe), 2 boxes kale; 1 bag oats.": ["3|box|figs", "2|box|kale", "1|bag|oats"],
    # no items
    "0 boxes figs": [],
    "Deli 0": [],
    "Who took the 3 cases of pears?": [],
    "dropped 2 pallets:": [],
    "1. Remove foil": [],
    "2. Bake 8-10 minutes at 350 degrees.": [],
    "We need 10 volunteers on Saturday at 10am": [],
    "van 2, cooler 38": [],
    "There are 2 shifts open tomorrow": [],
    "I can take them": [],
    "Next time bring 20 boxes": [],
    "Can someone take 3 boxes of bread?": [],
    "There's 5 left if anyone wants one": [],
}


@pytest.mark.parametrize(("text", "items"), LINES.items())
def test_a_line_is_read_as_a_volunteer_means_it(text, items, directory):
    assert read(text, directory) == items


def test_pounds_that_the_message_states_win_over_the_tables(directory):
    (item,) = extract("2 (25lb) bags onions", directory, DEFAULT_TABLES).items
    assert (item.estimated_lbs, item.lbs_source) == (50, "stated")


def test_a_column_goes_on_under_the_name_above_it(directory):
    text = "Gift boxes -  20 large boxes\n                     15 small boxes all the rest"
    assert read(text, directory) == ["20|box|gift", "15|box|gift"]


def test_what_somebody_wants_is_no_item(directory):
    assert read("Shopping list:\n5 cases pears\n2 boxes plums\n\nGK took:\n1 box figs", directory) == ["1|box|figs"]


@pytest.mark.parametrize("heading", ["Inventory:", "Up for grabs:", "Available at the barn:", "Shopping list:"])
def test_a_list_of_what_stands_somewhere_or_is_wanted_moves_nothing(heading, directory):
    moved_nothing = extract(f"{heading}\n5 cases pears\n2 boxes plums", directory, DEFAULT_TABLES)
    assert (moved_nothing.direction, moved_nothing.items) == ("unknown", ())


def test_food_without_a_quantity_is_an_item_among_items(directory):
    assert read("GK took:\n• 3 boxes figs\n• Applesauce\n• Thanks all", directory) == ["3|box|figs", "||applesauce"]
