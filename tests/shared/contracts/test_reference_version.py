"""A reference keeps its version on its way through the database and the broker."""

from contracts import Directory, Place, Reference


def test_the_order_of_keys_does_not_change_the_version() -> None:
    one = Reference(directory=Directory(places={"Quay Larder": Place(), "Ash": Place(aliases=("the ash",))}))
    other = Reference(directory=Directory(places={"Ash": Place(aliases=("the ash",)), "Quay Larder": Place()}))
    assert one.version == other.version


def test_the_order_of_aliases_does() -> None:
    one = Directory(places={"Ash": Place(aliases=("a", "b"))})
    other = Directory(places={"Ash": Place(aliases=("b", "a"))})
    assert one.version != other.version
