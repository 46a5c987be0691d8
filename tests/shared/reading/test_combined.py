"""One reading from two, by calibrated confidence."""

from hypothesis import given
from hypothesis import strategies as st

from contracts import Direction, Directory, Extraction, Item, Method, Place, PlaceKind, Section, Signal, Span
from reading.calibration import UNFITTED, Calibration, Field, Judged, calibrate
from reading.combined import Source, combine
from reading.matching import pair_items, placed
from reading.offers import HEAD, Pair
from reading.target import places_of

DIRECTORY = Directory(places={"Barn": Place(kind=(PlaceKind.HOME,)), "Anchor Market": Place(aliases=("anchor",))})
ROLLS = Item(name="rolls", quantity=2, unit="case")
MILK = Item(name="whole milk", quantity=3, unit="gallon")
KALE = Item(name="kale", quantity=1, unit="box")


def item_paths(extraction: Extraction) -> list[str]:
    return [one.path for one in placed(extraction)]


def reading(*items: Item, sure: float | None = None, **fields: object) -> Extraction:
    """With `sure`, the model's: each field was written with that probability."""
    found = Extraction(sections=(Section(items=items),) if items else (), **fields)  # type: ignore[arg-type]
    if sure is None:
        return found
    paths = [*HEAD, *(f"{path}.{part}" for path in item_paths(found) for part in ("name", "quantity", "unit"))]
    signals = {path: Signal(least=sure, margin=sure) for path in paths}
    return found.model_copy(update={"confidence": dict.fromkeys(paths, sure), "signals": signals})


def test_a_sure_model_is_followed_and_an_unsure_one_is_not() -> None:
    regex = reading(direction=Direction.INBOUND)
    sure = combine(regex, reading(direction=Direction.OUTBOUND, sure=0.99), DIRECTORY)
    unsure = combine(regex, reading(direction=Direction.OUTBOUND, sure=0.4), DIRECTORY)
    assert (sure.extraction.direction, sure.sources["direction"]) == ("outbound", Source.PEFT)
    assert (unsure.extraction.direction, unsure.sources["direction"]) == ("inbound", Source.REGEX)
    assert (sure.fell_back, unsure.fell_back) == ((), ("direction",))


def test_places_that_mean_the_same_agree() -> None:
    regex = reading(rescue_location="Anchor Market", drop_off_location="Barn")
    combined = combine(regex, reading(rescue_location="anchor", sure=0.2), DIRECTORY)
    assert combined.extraction.rescue_location == "Anchor Market"
    assert {combined.sources[field] for field in HEAD} == {Source.BOTH}


def test_each_item_has_its_own_source() -> None:
    other_milk = MILK.model_copy(update={"quantity": 30})
    combined = combine(reading(ROLLS, MILK), reading(other_milk, ROLLS, KALE, sure=0.99), DIRECTORY)
    assert set(combined.extraction.items) == {ROLLS, other_milk, KALE}
    assert [s for path, s in combined.sources.items() if ".items." in path] == [Source.BOTH, Source.PEFT, Source.PEFT]


def test_an_item_that_a_doubtful_model_alone_has_is_left_out() -> None:
    combined = combine(reading(ROLLS), reading(ROLLS, KALE, sure=0.3), DIRECTORY)
    assert combined.extraction.items == (ROLLS,)


def test_agreement_makes_surer_than_either_alone() -> None:
    alone = combine(reading(), reading(ROLLS, sure=0.9), DIRECTORY)
    together = combine(reading(ROLLS), reading(ROLLS, sure=0.9), DIRECTORY)
    path = "sections.0.items.0"
    assert together.extraction.confidence[path] > alone.extraction.confidence[path]


def test_items_go_into_the_sections_of_the_leading_reading_in_the_order_of_the_message() -> None:
    def placed(location: str, *starts: tuple[Item, int]) -> tuple[Section, list[int]]:
        return Section(location=location, items=tuple(item for item, _ in starts)), [start for _, start in starts]

    regex_sections = [placed("Anchor Market", (ROLLS, 0)), placed("Barn", (MILK, 20))]
    regex = Extraction(
        sections=tuple(section for section, _ in regex_sections),
        evidence={"sections.0.items.0.name": Span(start=0, end=5), "sections.1.items.0.name": Span(start=20, end=30)},
    )
    model = reading(ROLLS, KALE, MILK, sure=0.99)
    spans = {f"sections.0.items.{n}.name": Span(start=at, end=at + 4) for n, at in enumerate((0, 10, 20))}
    combined = combine(regex, model.model_copy(update={"evidence": spans}), DIRECTORY).extraction
    assert [item.name for section in combined.sections for item in section.items] == ["rolls", "kale", "whole milk"]
    evidence = {p: s.start for p, s in combined.evidence.items()}
    assert all(f"{path}.name" in evidence for path in item_paths(combined))


def test_audits_move_the_confidence_towards_what_was_right() -> None:
    """Here the model is right and regex wrong whenever they differ, unsure as the model is."""
    regex, model = reading(direction=Direction.INBOUND), reading(direction=Direction.OUTBOUND, sure=0.4)
    pair = Pair(regex, model, places_of(DIRECTORY))
    offers = [offer for candidate in pair.candidates() for offer in pair.offers(candidate)]
    judged = [Judged(o, o.method is Method.PEFT) for o in offers if o.field is Field.DIRECTION] * 40
    calibration = calibrate(judged, records=40)
    assert combine(regex, model, DIRECTORY, UNFITTED).sources["direction"] is Source.REGEX
    assert combine(regex, model, DIRECTORY, calibration).sources["direction"] is Source.PEFT
    assert Calibration.model_validate_json(calibration.model_dump_json()) == calibration


items = st.lists(
    st.builds(
        Item,
        name=st.sampled_from(["kale", "rolls", "milk", "whole milk"]),
        quantity=st.sampled_from([None, 1.0, 2.0, 40.0]),
        unit=st.sampled_from([None, "box"]),
    ),
    max_size=6,
)
heads = st.fixed_dictionaries(
    {
        "direction": st.sampled_from(Direction),
        "rescue_location": st.sampled_from([None, "Barn", "anchor", "Elsewhere"]),
        "drop_off_location": st.sampled_from([None, "Barn", "Elsewhere"]),
    }
)


@given(items, items, heads, heads, st.floats(0, 1))
def test_every_value_comes_from_one_of_the_readings(
    left: list[Item], right: list[Item], head: dict[str, object], other: dict[str, object], sure: float
) -> None:
    regex, model = reading(*left, **head), reading(*right, sure=sure, **other)
    combined = combine(regex, model, DIRECTORY)
    extraction = combined.extraction
    assert {getattr(extraction, f) for f in HEAD} <= {getattr(r, f) for r in (regex, model) for f in HEAD}
    assert set(extraction.items) <= {*left, *right}
    assert len(extraction.items) <= len(left) + len(right) - len(pair_items(placed(regex), placed(model)))
    assert set(combined.sources) == set(extraction.confidence) == {*HEAD, *item_paths(extraction)}
    assert 0 <= combined.confidence <= 1


@given(items, heads, st.floats(0, 1))
def test_two_equal_readings_are_combined_to_themselves(same: list[Item], head: dict[str, object], sure: float) -> None:
    combined = combine(reading(*same, **head), reading(*same, sure=sure, **head), DIRECTORY)
    assert combined.extraction.sections == reading(*same).sections
    assert set(combined.sources.values()) == {Source.BOTH}
