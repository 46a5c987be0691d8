import pytest

from contracts import Directory
from reading.places import Places
from tests_support import cpu_seconds


@pytest.fixture
def places():
    return Places(
        Directory.from_mapping(
            {
                "_notes": ["ignored"],
                "Green Grocer": {"aliases": ["gg", "green grocer’s", "grn. grocer"], "kind": ["rescue"]},
                "Green Grocer North": {"aliases": ["gg north"], "kind": ["rescue"]},
                "Bread & Roses": {"aliases": ["b&r", "b&amp;r took"], "kind": ["drop_off"]},
                "The Barn": {"aliases": ["barn"], "kind": ["home"]},
                "Quay": {"aliases": ["quay &"], "kind": ["drop_off"]},
            }
        )
    )


def test_a_spelling_resolves_whatever_its_case_apostrophes_and_entities(places):
    assert places.resolve("GREEN  GROCERS") == "Green Grocer"
    assert places.resolve("bread &amp; roses") == "Bread & Roses"
    assert places.resolve("Bread and Roses") == "Bread & Roses"
    assert places.resolve("nowhere") is None


def test_the_longest_spelling_wins(places):
    assert [m.name for m in places.find("from Green Grocer North to the barn")] == ["Green Grocer North", "The Barn"]


def test_a_mention_spans_what_is_written(places):
    text = "picked up at Grn Grocer today"
    (mention,) = places.find(text)
    assert text[mention.start : mention.end] == "Grn Grocer"


def test_places_match_on_word_boundaries_only(places):
    assert places.find("eggs and legging, barnyard") == []


def test_a_verb_in_an_alias_is_not_part_of_the_mention(places):
    text = "B&amp;R took 3 boxes"
    (mention,) = places.find(text)
    assert text[mention.start : mention.end] == "B&amp;R"


def test_an_alias_that_ends_in_and_is_not_searched(places):
    assert places.find("the quay and the market")[0].name == "Quay"


def test_home_is_the_only_place_of_that_kind(places):
    assert places.home == "The Barn"
    two = Directory.from_mapping({"A": {"kind": ["home"]}, "B": {"kind": ["home"]}})
    assert Places(two).home is None
    assert Places(two).homes == ("A", "B")


def test_time_is_linear_in_the_text(places):
    def seconds(n):
        return cpu_seconds(lambda: places.find("green grocer nor " * n))

    seconds(100)
    assert seconds(20_000) < 40 * max(seconds(2_000), 0.001)
