"""One line of LABELLED.jsonl: `{"id", "text", "extraction"}`, as people and other programs write it.

Invariants: the sections say what the items are; a flat `items` list beside them is derived and ignored; alone, it
stands for one section without a place. A line that cannot be read is refused with one sentence that names the field.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from contracts import LabelledRow

_DERIVED = ("items", "pounds")
FIELDS: Final[Mapping[str, tuple[type, ...]]] = {"id": (str, int), "text": (str,), "extraction": (dict,)}


class BadLabel(ValueError):
    """A line is no label; one sentence for a person."""


def parse_labelled_line(line: str) -> LabelledRow:
    """The row of one line. Raises BadLabel."""
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadLabel(f"it is not JSON ({error}).") from error
    _check(raw)
    try:
        row = {"id": str(raw["id"]), "text": raw["text"], "extraction": _sectioned(raw["extraction"])}
        return LabelledRow.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadLabel(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from error


def _check(raw: object) -> None:
    if not isinstance(raw, dict):
        raise BadLabel('it is no object {"id", "text", "extraction"}.')
    for field, kinds in FIELDS.items():
        if field not in raw:
            others = ", ".join(f'"{name}"' for name in raw if name not in FIELDS)
            raise BadLabel(f'"{field}" is missing{f"; it has {others}" if others else ""}.')
        if not isinstance(raw[field], kinds) or isinstance(raw[field], bool):
            raise BadLabel(f'"{field}" must be {"an object" if dict in kinds else "text"}.')


def _sectioned(extraction: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in extraction.items() if key not in _DERIVED}
    items = extraction.get("items")
    if items and not kept.get("sections"):
        kept["sections"] = [{"location": None, "items": items}]
    sections = kept.get("sections") or []
    kept["sections"] = [_section(it) for it in sections] if isinstance(sections, list) else sections
    return kept


def _section(section: Any) -> Any:  # noqa: ANN401 - what is no section is the model's to refuse
    if not isinstance(section, dict) or not isinstance(section.get("items"), list):
        return section
    return {**section, "items": [_item(item) for item in section["items"]]}


def _item(item: Any) -> Any:  # noqa: ANN401
    return {k: v for k, v in item.items() if v is not None} if isinstance(item, dict) else item
