"""Which audit is in force."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from audit_api.audit.history import Decision, in_force
from audit_api.audit.items import counted_items
from contracts import Extraction, Item, Section


@dataclass(frozen=True)
class Entry:
    name: str
    decision: str
    revision: int = 1


A = Entry("a", Decision.CONFIRMED)
B = Entry("b", Decision.CORRECTED)
UNDONE = Entry("undone", Decision.UNDONE)


def test_the_last_decision_is_in_force() -> None:
    assert in_force([A, B], 1) == B


def test_an_undoing_brings_back_the_decision_before() -> None:
    assert in_force([A, B, UNDONE], 1) == A
    assert in_force([A, B, UNDONE, UNDONE], 1) is None
    assert in_force([A, UNDONE, B], 1) == B


def test_decisions_on_another_revision_do_not_count() -> None:
    assert in_force([A, Entry("undone", Decision.UNDONE, revision=2)], 1) == A
    assert in_force([A], 2) is None


@given(st.lists(st.sampled_from([A, B, UNDONE]), max_size=10))
def test_undoing_takes_back_exactly_the_decision_in_force(history: list[Entry]) -> None:
    if in_force(history, 1) is not None:
        assert in_force([*history, A, UNDONE], 1) == in_force(history, 1)


def test_an_item_counts_for_its_sections_place_and_else_for_the_other_end() -> None:
    def place(location: str | None, rescue: str | None, drop_off: str | None) -> str | None:
        section = Section(location=location, items=(Item(name="kale", estimated_lbs=4, subcategory="Produce"),))
        extraction = Extraction(rescue_location=rescue, drop_off_location=drop_off, sections=(section,))
        (item,) = counted_items(extraction, home="Shed")
        assert (item.subcategory, item.pounds) == ("Produce", 4)
        return item.location

    assert place("Stall 3", "Quay Grocer", "Shed") == "Stall 3"
    assert place(None, "Quay Grocer", "Shed") == "Quay Grocer"
    assert place(None, "Shed", "Fridge") == "Fridge"
    assert place(None, "Shed", None) == "Shed"
    assert place(None, None, None) is None
