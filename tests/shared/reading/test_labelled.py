"""Labelled lines."""

import json

import pytest

from reading.labelled import parse_labelled_line


def line(extraction: object) -> str:
    return json.dumps({"id": 7, "text": "2 cs rolls", "extraction": extraction})


ITEM = {"name": "rolls", "quantity": 2, "unit": "case"}


def test_sections_are_read() -> None:
    row = parse_labelled_line(line({"direction": "inbound", "sections": [{"location": None, "items": [ITEM]}]}))
    assert (row.id, row.extraction.items[0].name) == ("7", "rolls")


def test_a_derived_item_list_beside_sections_is_ignored() -> None:
    row = parse_labelled_line(line({"sections": [{"location": None, "items": [ITEM]}], "items": [ITEM, ITEM]}))
    assert len(row.extraction.items) == 1


def test_a_flat_item_list_alone_is_one_section() -> None:
    row = parse_labelled_line(line({"items": [ITEM]}))
    assert [s.location for s in row.extraction.sections] == [None]


@pytest.mark.parametrize("bad", ["[]", "{}", '{"id": 1, "text": "x"}', "not json"])
def test_what_is_no_labelled_row_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_labelled_line(bad)
