import pytest
from hypothesis import given
from hypothesis import strategies as st

from reading.quantities import MAX_QUANTITY, parse_quantity


@pytest.mark.parametrize(
    ("spelling", "value"),
    [
        ("5", 5),
        ("1/2", 0.5),
        ("1 1/2", 1.5),
        ("1-1/2", 1.5),
        ("1½", 1.5),
        ("½", 0.5),
        (".5", 0.5),
        ("2.5", 2.5),
        ("1,200", 1200),
        ("~20", 20),
        ("20-ish", 20),
        ("20+", 20),
        ("about 200", 200),
        ("20-30", 20),
        ("5 or 6", 5),
        ("x3", 3),
        ("3x", 3),
        ("a", 1),
        ("an", 1),
        ("I", 1),
        ("I/2", 0.5),
        ("half", 0.5),
        ("half a", 0.5),
        ("a half", 0.5),
        ("one and a half", 1.5),
        ("Twenty-five", 25),
        ("a few", 3),
        ("a couple of", 2),
        ("a dozen", 12),
        ("half a dozen", 6),
        ("two dozen", 24),
        ("2 dozen", 24),
    ],
)
def test_spellings_of_volunteers_are_numbers(spelling, value):
    assert parse_quantity(spelling) == pytest.approx(value)


@pytest.mark.parametrize("spelling", ["", "foo", "1/0", "several", "9" * 100_000, "12345678901", "1 2 3", "--", "of"])
def test_what_is_no_number_is_none(spelling):
    assert parse_quantity(spelling) is None


@given(st.text(max_size=80))
def test_any_text_gives_none_or_a_bounded_number(text):
    value = parse_quantity(text)
    assert value is None or 0 <= value <= MAX_QUANTITY


@given(st.text(alphabet="0123456789/.-,x~ aif½", max_size=70))
def test_number_like_text_gives_none_or_a_bounded_number(text):
    value = parse_quantity(text)
    assert value is None or 0 <= value <= MAX_QUANTITY
