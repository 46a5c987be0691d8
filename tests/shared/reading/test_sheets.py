"""The directory and the tables as JSON and CSV."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import Directory, Place, PlaceKind, Tables
from reading.derive import DEFAULT_TABLES
from reading.sheets import BadSheet, read_directory, read_tables, write_directory, write_tables

FORMS = pytest.mark.parametrize("form", ["json", "csv"])
spellings = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters=";"), min_size=1, max_size=12)
places = st.builds(
    Place,
    aliases=st.lists(spellings, max_size=3).map(tuple),
    kind=st.lists(st.sampled_from(PlaceKind), unique=True).map(tuple),
)
directories = st.builds(Directory, places=st.dictionaries(spellings.filter(lambda s: s[0] != "_"), places, max_size=4))


@FORMS
@given(directory=directories)
def test_a_directory_survives_its_file(form, directory):
    assert read_directory(write_directory(directory, form)) == directory


@FORMS
def test_the_shipped_tables_survive_their_file(form):
    assert read_tables(write_tables(DEFAULT_TABLES, form)) == DEFAULT_TABLES


def test_a_spreadsheet_may_separate_by_semicolons_and_order_its_columns_otherwise():
    written = "\ufeffaliases,name,kinds\r\ncm; corner,Corner Market,rescue\r\n\r\n"
    assert read_directory(written).places == {
        "Corner Market": Place(aliases=("cm", "corner"), kind=(PlaceKind.RESCUE,))
    }
    assert read_tables("what;name;unit;value\nunit weight;;case;25\n") == Tables(units={"case": 25})


@pytest.mark.parametrize(
    ("read", "written", "says"),
    [
        (read_directory, "name,aliases\nA,b", "The first line lacks the column kinds"),
        (read_directory, "name,kinds,aliases\nA,,\nA,,", "Line 3 has the name A again"),
        (read_directory, "name,kinds,aliases\n,rescue,x", "Line 2 has no name"),
        (read_directory, "name,kinds,aliases\nA,shop,", 'Line 2 has the kind "shop"; kinds are rescue'),
        (read_directory, "{broken", "This is no JSON"),
        (read_directory, '{"A": {"kind": ["shop"]}}', "This is no directory of places"),
        (read_tables, "what,name,unit,value\nunit weight,,case,much", 'Line 2 has the weight "much"'),
        (read_tables, "what,name,unit,value\nweight,,case,3", 'Line 2 begins with "weight"'),
        (read_tables, "what,name,unit,value\nunit weight,,case,-3", "These are no tables: units.case"),
        (read_tables, '{"units": {"case": -3}}', "These are no tables: units.case"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_what_to_do(read, written, says):
    with pytest.raises(BadSheet, match=says):
        read(written)
