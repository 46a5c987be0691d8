"""What ships in `sample/` is what its hand-written source says, and what intake makes of the export."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from audit_api.intake.archive import Bounds, FolderFiles
from audit_api.intake.grouping import Group, Stored, group
from audit_api.intake.slack_export import parse_export
from contracts import Directory, LabelledRow
from reading.places import Places
from reading.quantities import parse_quantity
from reading.units import canonical_unit
from sample import build, source

SAMPLE = Path(build.__file__).parent
WINDOW = timedelta(minutes=30)
HOUSE_UNITS = {"hamper", "blue", "sled"}


@pytest.fixture(scope="module")
def house() -> source.House:
    return source.read_house()


@pytest.fixture(scope="module")
def blocks(house: source.House) -> list[source.Block]:
    return source.read_blocks(house)


@pytest.fixture(scope="module")
def rows() -> list[LabelledRow]:
    return [LabelledRow.model_validate_json(line) for line in (SAMPLE / "labels.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def records() -> dict[str, Group]:
    messages = parse_export(FolderFiles(SAMPLE / "export", Bounds()))
    return {record.id: record for record in group(map(Stored, messages), WINDOW)}


def test_shipped_files_are_what_the_source_builds(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "FOLDER", tmp_path)
    assert build.main() == 0
    built = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.json*")}
    shipped = [SAMPLE / "directory.json", SAMPLE / "labels.jsonl", *(SAMPLE / "export").rglob("*.json")]
    assert built == {path.relative_to(SAMPLE): path.read_bytes() for path in shipped}


def test_every_label_is_a_record_of_the_export_with_the_same_text(rows, records):
    assert {row.id: row.text for row in rows} == {row.id: records[row.id].text for row in rows}


def test_only_what_a_bot_says_has_no_label(rows, records):
    unlabelled = records.keys() - {row.id for row in rows}
    assert [records[record].first.author_id for record in unlabelled] == ["B0TWSHIFTS1"]


def test_labels_name_places_of_the_shipped_directory(rows):
    known = set(Directory.from_mapping(json.loads((SAMPLE / "directory.json").read_text())).places) | {None}
    for row in rows:
        said = row.extraction
        assert {said.rescue_location, said.drop_off_location, *(section.location for section in said.sections)} <= known


def test_every_item_is_written_in_its_message(rows):
    for row in rows:
        assert [item.name for item in row.extraction.items if item.name not in row.text.lower()] == []


def test_labels_follow_the_rules_for_directions(rows, house):
    home = Directory.from_mapping(house.directory).home
    for row in rows:
        said = row.extraction
        match said.direction.value:
            case "inbound":
                assert said.drop_off_location == home != said.rescue_location
            case "outbound":
                assert said.rescue_location == home != said.drop_off_location
            case "both":
                assert said.rescue_location
                assert said.drop_off_location
            case "unknown":
                assert said.rescue_location is said.drop_off_location is None


def test_written_quantities_and_units_read_as_labelled(blocks):
    lines = [line for block in blocks for line in block.label[1:] if not line.startswith("@")]
    for quantity, unit, _ in (line.split("|") for line in lines):
        if quantity and "=" not in quantity:
            assert (quantity, source.written_quantity(quantity)) == (quantity, parse_quantity(quantity))
        if unit and source.UNITS[unit.lower()] not in HOUSE_UNITS:
            assert (unit, source.UNITS[unit.lower()]) == (unit, canonical_unit(unit))


def test_the_directory_does_not_know_the_nicknames(house):
    places = Places(Directory.from_mapping(house.directory))
    assert {name: places.resolve(name) for name in house.nicknames} == dict.fromkeys(house.nicknames)


def test_the_sample_is_large_and_mixed(rows):
    assert len(rows) >= 300
    without_food = sum(not row.extraction.items for row in rows)
    assert 0.1 <= without_food / len(rows) <= 0.15
    assert {row.extraction.direction.value for row in rows} == {"inbound", "outbound", "both", "unknown"}


def test_most_messages_keep_a_habit_that_only_this_house_has(blocks, house):
    labelled = [block for block in blocks if block.label]
    units = {spelling for unit in HOUSE_UNITS for spelling in (unit, *source.UNIT_SPELLINGS[unit])}
    keep = [
        block
        for block in labelled
        if any(source.occurs(habit, post.text) for post in block.posts for habit in {*house.nicknames, *units})
    ]
    assert len(keep) > len(labelled) / 2


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (("inbound|Penny E|*", "4|hampers|bread"), "the quantity is not written"),
        (("inbound|Penny E|*", "3|sleds|bread"), "the unit is not written"),
        (("inbound|Penny E|*", "3|hampers|breads"), "the name is not written"),
        (("inbound|Penny Q|*",), "is not written in the message"),
        (("inbound|Atlantis|*",), "atlantis"),
    ],
)
def test_a_wrong_label_is_refused(house, blocks, wrong, problem):
    post = source.Post(blocks[0].posts[0].at, "pickups", "Noor", "IN Penny E\n3 hampers bread", {})
    with pytest.raises(source.SourceError, match=problem):
        source.label(source.Block((post,), wrong), house)
