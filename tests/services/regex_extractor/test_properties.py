"""What holds for every text, however strange."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from contracts import Directory
from reading.derive import DEFAULT_TABLES
from regex_extractor import extract, sections
from regex_extractor.text import Text
from tests_support import cpu_seconds

_words = str.split
WORDS = [
    *_words(
        "3 1/2 .5 20-30 ~20 x4 ½ 1,200 6/8 12/27/2021 25# 2% 18ct half a an one some dozen I 0 000 10:30 3pm $5 # %"
    ),
    *_words("case cs. boxes casesof gal lbs packs bag of or if and & &amp; plus full each pears Frito-Lay’s K-cups"),
    *_words("took from to at @ for -> —&gt; :arrow_right: gk barn HT the our freezer today Monday not please"),
    *_words("( ) , ; : . ... … - • * ! ? / + ' \" “ <@U1> <PERSON> :pray: 😀 İ ß \ue000 \x00"),
    *["1 1/2", "x 2", "21 x 12", "40 oz", "a few", "banana boxes", "1/2 gal", "mac & cheese", "frozen chicken"],
    *["dropped off", "picked up", "Corner Market", "there are", "Inventory:", "<https://x.y|z>", "9" * 30],
    *["\n", "\n\n", "   ", "\t", "\u2028"],
]
MESSAGES = st.lists(st.sampled_from(WORDS), max_size=40).flatmap(
    lambda words: st.sampled_from([" ", "", "\n"]).map(lambda gap: gap.join(words))
)
WRITTEN = {
    "3": 3, "1/2": 0.5, "1 1/2": 1.5, ".5": 0.5, "2.5": 2.5, "20-30": 20, "~20": 20, "½": 0.5, "1,200": 1200, "12": 12,
    "a few": 3, "two": 2, "x4": 4, "about 7": 7, "2 & 1/2": 2.5, "twenty five": 25,
}  # fmt: skip
"""A quantity as written, and its value."""
QUIET = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def check(text, directory):
    read = extract(text, directory, DEFAULT_TABLES)
    for span in read.evidence.values():
        assert 0 <= span.start < span.end <= len(text)
    for item in read.items:
        assert item.quantity is None or item.quantity >= 0
        assert item.name == item.name.strip() != ""
    assert read.pounds == pytest.approx(sum(item.estimated_lbs or 0 for item in read.items))
    return read


@QUIET
@given(text=st.text(max_size=200))
def test_any_text_is_read_without_an_error(text, directory):
    check(text, directory)


@QUIET
@given(text=MESSAGES)
def test_any_mixture_of_the_language_is_read_without_an_error(text, directory):
    check(text, directory)


@QUIET
@given(text=MESSAGES)
def test_a_group_without_a_directory_is_read_without_an_error(text):
    read = check(text, Directory())
    assert {read.rescue_location, read.drop_off_location} <= {None, *places_in(text, read)}


def places_in(text, read):
    """What stands in the text where the reading found its places."""
    ends = (read.evidence.get(path) for path in ("rescue_location", "drop_off_location"))
    return {Text(text[span.start : span.end]).clean for span in ends if span}


@QUIET
@given(text=MESSAGES)
def test_the_evidence_of_a_value_is_the_value(text, directory):
    read = check(text, directory)
    for s, section in enumerate(read.sections):
        for i, item in enumerate(section.items):
            at = {name: read.evidence.get(f"sections.{s}.items.{i}.{name}") for name in ("name", "quantity", "unit")}
            assert _plain(text[at["name"].start : at["name"].end]) == item.name
            assert at["unit"] is None or item.unit is not None
            assert at["quantity"] is None or item.quantity is not None


@QUIET
@given(
    quantity=st.sampled_from(list(WRITTEN)),
    unit=st.sampled_from(["cases", "big boxes", "bags of", ""]),
    behind=st.booleans(),
)
def test_the_evidence_of_a_quantity_is_how_it_is_written(quantity, unit, behind, directory):
    line = f"pears - {quantity} {unit}" if behind else f"{quantity} {unit} pears"
    text = f"GK took &amp; thanks:\n• 2 boxes figs\n• {line}"
    read = check(text, directory)
    item, span = read.items[1], read.evidence["sections.0.items.1.quantity"]
    assert (item.name, item.quantity) == ("pears", WRITTEN[quantity])
    assert text[span.start : span.end] == quantity


FIRST = _words(
    "Ashland Bethel Cedar Douglas Eastside Fulton Grace Hyde Irving Juniper Kimball Lincoln Maplewood Northgate Ottawa "
    "Pullman Quincy Riverdale Sheridan Trinity Uptown Vernon Wabash Yates Zion Oak Elm Saint Holy New"
)
SECOND = _words("Hill Park Heights Square Creek Valley Rapids Grove Point Family Hope")
LAST = _words("Grocers Orchard Pantry Church Farms Bakery Shelter Kitchen Fridge School Library Market Center")
UNKNOWN = st.builds(
    lambda first, second, last: " ".join(filter(None, (first, second, last))),
    st.sampled_from(FIRST),
    st.sampled_from([*SECOND, ""]),
    st.sampled_from(LAST),
)


@QUIET
@given(name=UNKNOWN, lower=st.booleans())
def test_an_unknown_place_is_named_as_it_is_written(name, lower, directory):
    assume(not (lower and {"New", "Family"} & set(name.split())))  # in lower case they are everyday words
    name = name.lower() if lower else name
    for heading in (f"Dropped from {name}:", f"From {name}", f"{name} -> GK", f"{name} haul 5/30"):
        assert check(f"{heading}\n3 cases pears", directory).rescue_location == name
    for heading in (f"Corner Market to {name}", f"Dropped at {name}:", f"Delivered to {name}", f"For {name}:"):
        assert check(f"{heading}\n3 cases pears", directory).drop_off_location == name


PLACES = ["Corner Market North", "Willow Farm", "Green Kitchen", "Street Fridge"]


@QUIET
@given(place=st.sampled_from(PLACES), at=st.integers(1, 9), letter=st.sampled_from("aeiouqz"), gone=st.booleans())
def test_one_wrong_letter_does_not_hide_a_place(place, at, letter, gone, directory):
    misspelt = place[:at] + ("" if gone else letter) + place[at + 1 :]
    assume(" " in misspelt and " " not in place[at : at + 1])
    read = check(f"Picked up from {misspelt}:\n3 cases pears", directory)
    assert read.rescue_location == place


@QUIET
@given(before=st.sampled_from("abcdelrst"), behind=st.sampled_from("abcdelrst"))
def test_a_place_is_no_part_of_a_word(before, behind, directory):
    """`GK` is not in `lgke`, as `UC` is not in `lettuce`."""
    read = check(f"3 cases {before}gk{behind}\n2 boxes {before}barn{behind}", directory)
    assert (read.rescue_location, read.drop_off_location) == (None, None)


def _plain(written):
    return " ".join(Text(written).clean.replace("\ue000", " ").lower().split())


FOODS = ["pears", "frozen chicken", "mac & cheese", "salad mix", "bread/pastries", "red onions", "oat milk", "figs"]
UNITS = ["case", "box", "bag", "crate", "pallet", "sack", "flat", "tub", "lug", "gallon", "dozen", "half gallon", None]
QUANTITIES = st.one_of(st.integers(2, 400), st.sampled_from([0.5, 1.5, 2.5]))
ITEMS = st.lists(st.tuples(QUANTITIES, st.sampled_from(UNITS), st.sampled_from(FOODS)), min_size=1, max_size=12)


@QUIET
@given(items=ITEMS)
def test_reading_a_canonical_rendering_gives_the_same_items(items, directory):
    rendered = "\n".join(f"{quantity:g} {unit + ' ' if unit else ''}{name}" for quantity, unit, name in items)
    read = check("GK took:\n" + rendered, directory)
    assert [(item.quantity, item.unit, item.name) for item in read.items] == items
    assert read.drop_off_location == "Green Kitchen"


UNIT_SPELLINGS = [
    "dozen",
    "gallons",
    "gal",
    "lbs",
    "large bags",
    "big boxes of",
    "cases",
    "cs",
    "bx",
    "Boxes",
    "bag",
    "crate",
    "flat",
    "can",
    "pallet of",
    "sm boxes",
    "cans",
    "",
]
NAME_WORDS = [
    *_words(
        "pears frozen chicken and mac & cheese bread/pastries of with large box in cans the from kits bags milk juice"
    ),
    *_words(
        "mixed lb took a two full goods or each mainly caces boxees some to go / used like any n K-cups o's various"
    ),
]
LINES = st.tuples(
    st.sampled_from(["", "• ", "- ", "-", "   "]),
    st.sampled_from(["3", "12", "1.5", ".5", "1/2", "2 1/2", "1 1/3", "0", "45", "1000", "One", "two"]),
    st.sampled_from([" ", "", "  "]),
    st.sampled_from(UNIT_SPELLINGS),
    st.lists(st.sampled_from(NAME_WORDS), min_size=1, max_size=5),
    st.sampled_from(["", " ", ".", "!", " (ripe)", "(2 large ones, 3 small)", ","]),
)


@QUIET
@given(parts=LINES)
def test_the_plain_line_is_read_as_the_grammar_reads_it(parts, directory):
    bullet, quantity, gap, unit, words, end = parts
    line = f"{bullet}{quantity}{gap}{unit} {' '.join(words)}{end}"
    in_one_step = extract(line, directory, DEFAULT_TABLES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sections, "read_plain", lambda *_: None)
        assert extract(line, directory, DEFAULT_TABLES) == in_one_step


@pytest.mark.parametrize(
    "piece",
    ["- • * ", "9", "a", "(", "1,", "and ", "3 cases ", "from the ", "took to ", "1/", "1 box & ", "3 cases pears, "],
)
def test_time_grows_with_the_length_of_a_hostile_text_and_not_faster(piece, directory):
    def seconds(length):
        text = (piece * (length // len(piece) + 1))[:length]
        return cpu_seconds(lambda: extract(text, directory, DEFAULT_TABLES))

    seconds(1_000)
    assert seconds(80_000) < 16 * max(seconds(20_000), 0.01)
