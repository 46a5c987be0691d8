"""Floors for the invented messages in `benchmarks/messages`, which other groups could have posted.

Of all but `developed` only the figures are looked at: what the grammar learns, it learns from other texts.
"""

import json
import sys
from pathlib import Path

import pytest

from contracts import Directory

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from rules import MESSAGES, figures, read_rows  # noqa: E402 -- a script's folder, not a package

FLOORS = {
    "developed": {"items_f1": 0.98, "all_exact": 0.95, "direction": 0.97, "rescue_location_named": 0.95, "sections": 1},
    "blind": {"items_f1": 0.95, "all_exact": 0.85, "direction": 0.93, "rescue_location_named": 0.95, "sections": 1},
    "annex": {"items_f1": 0.97, "all_exact": 0.85, "direction": 0.92, "rescue_location_named": 0.9, "sections": 0.8},
    "boathouse": {
        "items_f1": 0.97,
        "all_exact": 0.82,
        "direction": 0.95,
        "rescue_location_named": 0.92,
        "sections": 0.8,
    },
}


@pytest.mark.parametrize("name", FLOORS)
def test_messages_of_other_groups_are_read_no_worse_than_before(name):
    own = MESSAGES / f"{name}.directory.json"
    places = own if own.exists() else MESSAGES / "directory.json"
    directory = Directory.from_mapping(json.loads(places.read_text()))
    reached = figures(read_rows(MESSAGES / f"{name}.jsonl"), directory, directory)
    assert {field: reached[field] for field, floor in FLOORS[name].items() if reached[field] < floor} == {}
