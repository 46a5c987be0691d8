import pytest

from reading.units import canonical_unit, spellings


@pytest.mark.parametrize(
    ("spelling", "unit"),
    [
        ("cs", "case"),
        ("cs.", "case"),
        ("Cases", "case"),
        ("boxes", "box"),
        ("bxs", "box"),
        ("#", "lb"),
        ("pounds", "lb"),
        ("banana  boxes", "box"),
        ("Shopping Bags", "bag"),
        ("loaves", "loaf"),
        ("1/2 gal", "half gallon"),
        ("pallete", "pallet"),
        ("bunches", "bunch"),
    ],
)
def test_spellings_have_a_canonical_singular(spelling, unit):
    assert canonical_unit(spelling) == unit


@pytest.mark.parametrize("spelling", ["", "bananas", "boxing", "xyz"])
def test_an_unknown_word_is_no_unit(spelling):
    assert canonical_unit(spelling) is None


def test_a_canonical_unit_is_its_own_canonical_unit():
    assert all(canonical_unit(canonical_unit(spelling)) == canonical_unit(spelling) for spelling in spellings())
