"""Spellings of quantities, units, and names, each with what it says: `spellings.txt`, one a line, `\\n` for a new line.

Behind the arrow stand the items, `quantity|unit|name`, separated by semicolons; nothing when there is none.
"""

from pathlib import Path

import pytest

from reading.derive import DEFAULT_TABLES
from regex_extractor import extract

SPELLINGS = [
    line.split(" ==>") for line in (Path(__file__).parent / "spellings.txt").read_text().splitlines() if line.strip()
]


@pytest.mark.parametrize(("written", "says"), SPELLINGS)
def test_a_spelling_is_read_as_what_stands_beside_it(written, says, directory):
    read = extract("GK took:\n" + written.replace("\\n", "\n"), directory, DEFAULT_TABLES)
    shown = [f"{'' if i.quantity is None else f'{i.quantity:g}'}|{i.unit or ''}|{i.name}" for i in read.items]
    assert "; ".join(shown) == says.strip()
