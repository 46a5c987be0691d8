"""One line of LABELLED.jsonl: `{"id", "text", "extraction"}`, as people and other programs write it.

Invariant: the sections say what the items are. A flat `items` list beside them is derived and ignored; alone, it stands
for one section without a place.
"""

import json
from collections.abc import Mapping
from typing import Any

from contracts import LabelledRow

_DERIVED = ("items", "pounds")


def parse_labelled_line(line: str) -> LabelledRow:
    """The row of one line. Raises ValueError (JSON or validation) when it cannot be read."""
    raw = json.loads(line)
    if not isinstance(raw, Mapping) or not isinstance(raw.get("extraction"), Mapping):
        raise ValueError("A labelled line needs the fields id, text, and extraction.")  # noqa: TRY004 -- the data is wrong
    return LabelledRow.model_validate(
        {"id": str(raw.get("id")), "text": raw.get("text"), "extraction": _sectioned(raw)}
    )


def _sectioned(raw: Mapping[str, Any]) -> dict[str, Any]:
    extraction = {key: value for key, value in raw["extraction"].items() if key not in _DERIVED}
    items = raw["extraction"].get("items")
    if items and not extraction.get("sections"):
        extraction["sections"] = [{"location": None, "items": items}]
    extraction["sections"] = [_section(section) for section in extraction.get("sections") or []]
    return extraction


def _section(section: Mapping[str, Any]) -> dict[str, Any]:
    return {**section, "items": [{k: v for k, v in item.items() if v is not None} for item in section["items"]]}
