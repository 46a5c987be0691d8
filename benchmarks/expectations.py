"""Gold files whose labels leave room: `{"id", "text", "expect"}`.

A value that is a list means that any of its members is right; `name_any`, `quantity_any`, `unit_any` do the same for an
item, and `optional` marks an item that may be missing. Only the fields that are present are judged.

Invariant: `lenient_figures` settles every alternative in favour of the reading first, and then counts what is left;
`settled` settles them without one, as training data needs.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from contracts import Direction, Directory, Extraction, Item, Section
from reading.places import Places, key
from reading.score import matched, plain, same_item

Expected = Mapping[str, Any]
_PLACES = ("rescue_location", "drop_off_location")


def lenient_figures(expected: Sequence[Expected], read: Sequence[Extraction], directory: Directory) -> dict[str, float]:
    """Shares by field; `..._named` counts only the messages in which a place is required."""
    counts: Counter[str] = Counter()
    places = Places(directory)
    for wanted, got in zip(expected, read, strict=True):
        _count_direction(counts, wanted, got)
        for field in _PLACES:
            _count_place(counts, field, wanted, getattr(got, field), places)
        _count_items(counts, wanted, got.items)
        if wanted.get("sections") or "n_sections" in wanted:
            number = wanted.get("n_sections", len(wanted.get("sections", ())))
            counts.update(sections_of=1, sections=number == len(got.sections))
    return _shares(counts)


def settled(expected: Expected, text: str, directory: Directory) -> Extraction:
    """The one reading that a person would have written down, as an audit: the first alternative of each value.

    Of several places, the one that the message writes; what is implied is the group's home, where that is accepted.
    """
    direction = Direction(_listed(expected.get("direction", "unknown"))[0])
    places = {field: _settled_place(expected, field, text, direction, directory) for field in _PLACES}
    sections = [part for part in expected.get("sections", ()) if part.get("items")]
    parts = [(part.get("location") or None, part["items"]) for part in sections] or [(None, expected.get("items", ()))]
    return Extraction(
        direction=direction,
        sections=tuple(
            Section(location=location, items=tuple(_settled_item(item) for item in items if _is_named(item)))
            for location, items in parts
            if items
        ),
        **places,
    )


def _settled_place(expected: Expected, field: str, text: str, direction: Direction, directory: Directory) -> str | None:
    accepted = _listed(expected.get(field, expected.get(f"{field}_any", "")))
    named = [name for name in accepted if name]
    others = [name for name in named if name != directory.home]
    if directory.home in named and (direction is not Direction.BOTH or not others):
        return directory.home
    if "" in accepted and direction is not Direction.BOTH:
        return None
    mentioned = {mention.name for mention in Places(directory).find(text)}
    written = [name for name in others if name in mentioned or name.lower() in text.lower()]
    return next(iter(written or others), None)


def _is_named(wanted: Expected) -> bool:
    return bool(wanted.get("name") or wanted.get("name_any"))


def _settled_item(wanted: Expected) -> Item:
    def first(field: str) -> Any:  # noqa: ANN401 -- JSON
        return (wanted.get(f"{field}_any") or [wanted.get(field)])[0]

    return Item(name=first("name"), quantity=first("quantity"), unit=first("unit"))


def _count_direction(counts: Counter[str], wanted: Expected, got: Extraction) -> None:
    if "direction" in wanted:
        counts.update(direction_of=1, direction=got.direction.value in _listed(wanted["direction"]))


def _count_place(counts: Counter[str], field: str, wanted: Expected, got: str | None, places: Places) -> None:
    if field not in wanted and f"{field}_any" not in wanted:
        return
    accepted = {_place(name, places) for name in _listed(wanted.get(field, wanted.get(f"{field}_any")))}
    right = _place(got, places) in accepted
    counts.update({f"{field}_of": 1, field: right})
    if "" not in accepted:
        counts.update({f"{field}_named_of": 1, f"{field}_named": right})


def _count_items(counts: Counter[str], wanted: Expected, got: Sequence[Item]) -> None:
    if "items" not in wanted:
        return
    required = [item for item in wanted["items"] if not item.get("optional")]
    free = list(got)
    hits = _take(required, free)
    _take([item for item in wanted["items"] if item.get("optional")], free)
    counts.update(hits=hits, found=hits + len(free), wanted=len(required), all_exact_of=1)
    counts.update(all_exact=hits == len(required) and not free)


def _take(wanted: Iterable[Expected], free: list[Item]) -> int:
    """How many wanted items are among `free`, which loses them."""
    hits = 0
    for item in wanted:
        at = next((at for at, other in enumerate(free) if _fits(item, other)), None)
        if at is not None:
            free.pop(at)
            hits += 1
    return hits


def _fits(wanted: Expected, got: Item) -> bool:
    if wanted.get("optional") and plain(str(wanted.get("name") or "")) == plain(got.name):
        return True
    names = [name for name in wanted.get("name_any", [wanted.get("name")]) if name]
    return any(
        matched([Item(name=name, quantity=quantity, unit=unit)], [got], same_item)
        for name in names or [got.name]
        for quantity in (wanted.get("quantity_any", [wanted.get("quantity")]))
        for unit in (wanted.get("unit_any", [wanted.get("unit")]))
    )


def _shares(counts: Counter[str]) -> dict[str, float]:
    fields = [name.removesuffix("_of") for name in counts if name.endswith("_of")]
    shares = {field: counts[field] / counts[f"{field}_of"] for field in fields}
    precision = counts["hits"] / counts["found"] if counts["found"] else 0.0
    recall = counts["hits"] / counts["wanted"] if counts["wanted"] else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"items_precision": precision, "items_recall": recall, "items_f1": f1, **shares}


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 -- JSON
    return value if isinstance(value, list) else [value]


def _place(name: str | None, places: Places) -> str:
    return (places.resolve(name) or key(name)) if name else ""
