"""An invented group: two shops and a farm that give, a fridge and two kitchens that take, and the group's own barn."""

import pytest

from contracts import Directory

PLACES = {
    "Corner Market": {"aliases": ["corner", "corner mkt", "corner elm st"], "kind": ["rescue"]},
    "Corner Market North": {"aliases": ["north corner", "corner north"], "kind": ["rescue"]},
    "Willow Farm": {"aliases": ["willow"], "kind": ["rescue"]},
    "Green Kitchen": {"aliases": ["gk"], "kind": ["drop_off"]},
    "Harbor Table": {"aliases": ["ht", "harbor"], "kind": ["drop_off", "rescue"]},
    "Street Fridge": {"aliases": ["fridge on elm", "street fridges"], "kind": ["drop_off"]},
    "The Barn": {"aliases": ["barn"], "kind": ["home"]},
}


@pytest.fixture(scope="session")
def directory() -> Directory:
    return Directory.from_mapping(PLACES)
