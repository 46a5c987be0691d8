"""The target format: what is written, and that it says the same when it is read again."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import Direction, Directory, Extraction, Item, Place, PlaceKind, Section
from reading.derive import DEFAULT_TABLES
from reading.expand import expand
from reading.prompt import PieceKind
from reading.target import decode, encode, encode_pieces, fuse, is_well_formed
from trainer_orchestrator.recipe.synthesize import Message, messages

DIRECTORY = Directory(
    places={
        "The Barn": Place(kind=(PlaceKind.HOME,), aliases=("barn",)),
        "Anchor Market": Place(aliases=("anchor",), kind=(PlaceKind.RESCUE,)),
        "Love Table": Place(aliases=("the table", "LT"), kind=(PlaceKind.DROP_OFF,)),
    }
)


def reading(*items: Item, direction: Direction = Direction.INBOUND, rescue: str | None = "Anchor Market") -> Extraction:
    return Extraction(
        direction=direction, rescue_location=rescue, drop_off_location="The Barn", sections=(Section(items=items),)
    )


def test_a_target_is_spelled_as_in_the_message() -> None:
    text = "Dropped from ANCHOR:\n• 1/2 cs Apples\n• 3 boxes of mac &amp; cheese"
    items = Item(name="apples", quantity=0.5, unit="case"), Item(name="mac & cheese", quantity=3, unit="box")
    assert encode(text, reading(*items), DIRECTORY) == "inbound|anchor|*\n1/2|cs|apples\n3|boxes|mac & cheese"


def test_quantity_and_unit_are_written_once_each() -> None:
    text = "8 boxes bread"
    item = Item(name="bread", quantity=8, unit="box")
    assert encode(text, Extraction(sections=(Section(items=(item,)),)), DIRECTORY) == "unknown||\n8|boxes|bread"


@pytest.mark.parametrize(
    ("text", "item", "line"),
    [
        ("Case pears", Item(name="pears", quantity=1, unit="case"), "|case|pears"),
        ("bags of rolls", Item(name="rolls", unit="bag"), "?|bags|rolls"),
        ("rolls", Item(name="rolls", quantity=1), "=1||rolls"),
        ("rolls", Item(name="rolls"), "||rolls"),
        ("rolls x3", Item(name="rolls", quantity=3), "3||rolls"),
        ("9 1/2 gallons milk", Item(name="milk", quantity=9, unit="half gallon"), "9|gallons|milk"),
        ("1 1/2 gallons milk", Item(name="milk", quantity=1.5, unit="gallon"), "1 1/2|gallons|milk"),
        ("12 dozen eggs", Item(name="eggs", quantity=12, unit="dozen"), "12|dozen|eggs"),
        ("a dozen eggs", Item(name="eggs", quantity=12), "a dozen||eggs"),
        ("4 sleds rolls", Item(name="rolls", quantity=4, unit="sled"), "4|sleds|rolls"),
    ],
)
def test_what_is_not_written_has_a_sign(text: str, item: Item, line: str) -> None:
    extraction = Extraction(sections=(Section(items=(item,)),))
    target = encode(text, extraction, DIRECTORY)
    assert target == f"unknown||\n{line}"
    assert (
        expand(target, text, DIRECTORY, DEFAULT_TABLES)
        .items[0]
        .model_copy(update={"estimated_lbs": None, "subcategory": None, "lbs_source": None, "lbs_rule": None})
        == item
    )


def test_without_a_home_the_side_that_nobody_names_is_written_as_the_home_is() -> None:
    """The base has learned that sign, and both read as no place; two signs for one thing would have to be guessed."""
    elsewhere = Directory(places={"Anchor Market": Place(kind=(PlaceKind.RESCUE,))})
    inbound = Extraction(direction=Direction.INBOUND, rescue_location="Anchor Market")
    outbound = Extraction(direction=Direction.OUTBOUND, drop_off_location="Anchor Market")
    assert encode("dropped from Anchor Market", inbound, elsewhere) == "inbound|anchor market|*"
    assert encode("Anchor Market took", outbound, elsewhere) == "outbound|*|anchor market"
    read = expand("inbound|anchor market|*", "dropped from Anchor Market", elsewhere, DEFAULT_TABLES)
    assert read.drop_off_location is None


def test_a_place_of_the_directory_that_is_not_written_is_named() -> None:
    assert encode("usual spot: 2 cs rolls", reading(), DIRECTORY).startswith("inbound|=anchor market|*")


def test_sections_begin_with_their_place_and_an_empty_sign_leaves_it() -> None:
    text = "Anchor\n2 cs rolls\nLT\n3 cs milk\nalso 4 cs kale"
    sections = (
        Section(location="Anchor Market", items=(Item(name="rolls", quantity=2, unit="case"),)),
        Section(location="Love Table", items=(Item(name="milk", quantity=3, unit="case"),)),
        Section(items=(Item(name="kale", quantity=4, unit="case"),)),
    )
    target = encode(text, Extraction(sections=sections), DIRECTORY)
    assert target.split("\n")[1:] == ["@anchor", "2|cs|rolls", "@lt", "3|cs|milk", "@", "4|cs|kale"]
    assert [s.location for s in expand(target, text, DIRECTORY, DEFAULT_TABLES).sections] == [
        "Anchor Market",
        "Love Table",
        None,
    ]


def plain(extraction: Extraction) -> object:
    items = [[(i.name, i.quantity, i.unit) for i in s.items] for s in extraction.sections]
    places = extraction.rescue_location, extraction.drop_off_location, [s.location for s in extraction.sections]
    return extraction.direction, places, items


def test_generated_messages_survive_writing_and_expanding() -> None:
    sample = list(itertools.islice(messages(11), 400))
    same = sum(plain(m.extraction) == plain(expanded(m)) for m in sample)
    assert same >= 0.97 * len(sample)


def test_pieces_fuse_into_the_target_of_the_whole_message() -> None:
    """Items always; places too, but for one that follows its list in a later piece, which the first cannot know."""
    pairs = [(fuse(encode_pieces(*m)), encode(*m)) for m in itertools.islice(messages(12), 300)]
    assert all(_items(fused) == _items(whole) for fused, whole in pairs)
    assert sum(fused == whole for fused, whole in pairs) >= 0.92 * len(pairs)


def _items(target: str) -> list[str]:
    return [line for line in target.split("\n") if not line.startswith("@")]


def test_no_line_of_a_generated_target_repeats_a_number_or_unit_in_the_name() -> None:
    for message in itertools.islice(messages(13), 300):
        for line in encode(*message).split("\n")[1:]:
            quantity, _, name = [*line.split("|"), "", ""][:3]
            assert line.startswith("@") or not (quantity and name.startswith(f"{quantity} ")), line


def expanded(message: Message) -> Extraction:
    return expand(encode(*message), message.text, message.directory, DEFAULT_TABLES)


@given(st.text(alphabet="ab12|@*=?\n ", max_size=80))
def test_any_text_can_be_decoded_and_expanded(target: str) -> None:
    decode(target)
    extraction = expand(target, "1 case ab\n2 ab from b", DIRECTORY, DEFAULT_TABLES)
    assert all(item.name in "1 case ab\n2 ab from b" for item in extraction.items)


def test_a_well_formed_target_holds_nothing_that_reading_it_leaves_out() -> None:
    assert is_well_formed("inbound|aldi|", PieceKind.HEAD)
    assert is_well_formed("@aldi\n2|case|kale\n||milk", PieceKind.LINES)
    assert is_well_formed("", PieceKind.LINES)
    for target, kind in (("sideways||", PieceKind.HEAD), ("inbound|aldi", PieceKind.HEAD), ("", PieceKind.HEAD)):
        assert not is_well_formed(target, kind)
    for target in ("2|case|", "2 cases kale", "2|case|kale|more"):
        assert not is_well_formed(target, PieceKind.LINES)


def test_a_line_of_a_thousand_items_is_written_and_read_in_a_moment() -> None:
    """What stands near a name is looked for, not what stands anywhere on its line: that would take hours."""
    text = ", ".join(["5 cs figs"] * 1000)
    figs = tuple(Item(name="figs", quantity=5, unit="case") for _ in range(1000))
    target = encode(text, Extraction(sections=(Section(items=figs),)), DIRECTORY)
    assert target == "unknown||" + "\n5|cs|figs" * 1000
    assert len(expand(target, text, DIRECTORY, DEFAULT_TABLES).items) == 1000
